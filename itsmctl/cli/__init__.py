"""The front door: argv → one call → print → exit code. The only room with typer, clock, environment and stdout."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence

from itsmctl import __version__


def script() -> None:
    """The console script. It ends the process at once: freeing a large snapshot object by object would take long."""
    gc.disable()  # what is read is kept to the end, so that looking for garbage among it only costs time
    code = main(sys.argv[1:])
    os._exit(_delivered(code))


def _delivered(code: int) -> int:
    """`code` once all output is out; 3 where it does not get out, since a verdict that nobody reads is none."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            code = 3
        except OSError as error:
            code = 3
            with contextlib.suppress(OSError):
                os.write(2, f"cannot judge: the output cannot be written: {error.strerror}\n".encode())
    return code


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 passed, 1 findings, 2 usage, 3 cannot judge.

    Every failure ends here: what is not a verdict is 2 or 3, never 0 or 1.
    """
    if list(argv) == ["--version"]:
        print(f"itsmctl {__version__}")
        return 0
    from itsmctl.cli.door import run

    return run(list(argv))
