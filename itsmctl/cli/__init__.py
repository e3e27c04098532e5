"""The front door: argv → one call → print → exit code. The only room with typer, clock, environment and stdout."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from itsmctl import __version__


def script() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 passed, 1 findings, 2 usage, 3 cannot judge.

    Every failure ends here: what is not a verdict is 2 or 3, never 0 or 1.
    """
    if list(argv) == ["--version"]:
        print(f"itsmctl {__version__}")
        return 0
    from itsmctl.cli.door import run

    return run(list(argv))
