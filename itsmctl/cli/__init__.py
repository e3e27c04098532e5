"""The front door: argv → one call → print → exit code. The only room with typer, clock, environment and stdout."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from collections.abc import Sequence

from itsmctl import __version__


def script() -> None:
    """The console script. It ends the process at once: freeing a large snapshot object by object would take long."""
    gc.disable()  # what is read is kept to the end, so that looking for garbage among it only costs time
    sys.stdout, sys.stderr = sys.stdout or _Closed(), sys.stderr or _Closed()
    code = main(sys.argv[1:])
    os._exit(_delivered(code))


class _Closed(io.StringIO):
    """Stands for a stream that was closed before the program began: what is written to it cannot be delivered."""

    def flush(self) -> None:
        if self.tell():
            self.seek(0)
            raise OSError(errno.EBADF, "it is closed")


def _delivered(code: int) -> int:
    """`code` once all output is out; 3 where it does not get out, since a verdict that nobody reads is none."""
    with contextlib.suppress(OSError):  # without its words the code still says what happened
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except OSError as error:
        return undelivered(error)
    return code


def undelivered(error: OSError) -> int:
    """Exit code 3, and the reason on stderr, unless the reader just went away."""
    if error.errno != errno.EPIPE:
        with contextlib.suppress(OSError):
            os.write(2, f"cannot judge: the output cannot be written: {error.strerror}\n".encode())
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer fails no more
    return 3


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 passed, 1 findings, 2 usage, 3 cannot judge.

    Every failure ends here: what is not a verdict is 2 or 3, never 0 or 1.
    """
    if list(argv) == ["--version"]:
        try:
            print(f"itsmctl {__version__}")
        except OSError as error:
            return undelivered(error)
        return 0
    from itsmctl.cli.door import run

    # what else is installed has no say in how records are judged, and looking for it takes longer than most commands
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    return run(list(argv))
