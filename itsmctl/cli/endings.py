"""How a run that came to no verdict ends: what is said, and the exit code. Prints nothing."""

from __future__ import annotations

import errno
import sys

from msgspec import Struct
from typer.exceptions import Abort, TyperException

from itsmctl import __version__
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.findings import EXIT_CANNOT_JUDGE, EXIT_USAGE

INTERRUPTED = 130
_LOST = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""What a write to standard output fails with; whoever writes files catches it there."""


class Ending(Struct, frozen=True):
    """`word: message`, then the hint."""

    word: str
    message: str
    hint: str
    code: int


def of(error: BaseException) -> Ending:
    """The ending of a run that `error` stopped; what nobody expected is a bug, and never a verdict."""
    if isinstance(error, CannotJudge):
        return Ending("cannot judge", error.message, error.hint, EXIT_CANNOT_JUDGE)
    if isinstance(error, Misuse):
        return Ending("error", error.message, error.hint, EXIT_USAGE)
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        hint = f"{context.command_path} --help" if context is not None else "itsmctl --help"
        return Ending("error", error.format_message(), hint, EXIT_USAGE)
    if isinstance(error, KeyboardInterrupt | Abort):
        return Ending("stopped", "interrupted", "", INTERRUPTED)
    where = f"itsmctl {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    message = f"a bug: {type(error).__name__}: {error} ({where})"
    hint = "Please report it with the output of the same command and --debug."
    return Ending("cannot judge", message, hint, EXIT_CANNOT_JUDGE)


def is_lost_output(error: BaseException) -> bool:
    """Did standard output take no more? That says nothing of the verdict, which files may hold already."""
    return isinstance(error, OSError) and error.errno in _LOST
