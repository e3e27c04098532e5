"""The one error door: runs the typer app and turns every way out into an exit code and a message on stderr."""

from __future__ import annotations

import contextlib
import errno
import gc
import sys
import traceback

from typer.exceptions import Abort, Exit, TyperException

from itsmctl import __version__
from itsmctl.cli import undelivered
from itsmctl.cli.app import app
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import visible
from itsmctl.findings import EXIT_CANNOT_JUDGE, EXIT_USAGE

DEBUG = "--debug"
_LOST = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""What a write to standard output fails with; whoever writes files catches it there."""


def run(argv: list[str]) -> int:
    """The exit code of `argv`; nothing escapes but KeyboardInterrupt's own code, 130."""
    debug = DEBUG in argv
    argv = [word for word in argv if word != DEBUG]
    _speak_utf8()
    if any("\0" in word for word in argv):
        return _say("error", "a NUL character stands in the command line", "No file and no name holds one.", EXIT_USAGE)
    collecting = gc.isenabled()
    gc.disable()  # records are kept to the end, so that looking for garbage among them only costs time
    try:
        return int(app(argv, prog_name="itsmctl", standalone_mode=False) or 0)
    except CannotJudge as error:
        return _say("cannot judge", error.message, error.hint, EXIT_CANNOT_JUDGE)
    except Misuse as error:
        return _say("error", error.message, error.hint, EXIT_USAGE)
    except Exit as error:
        return error.exit_code
    except TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, Abort):
        return _say("stopped", "interrupted", "", 130)
    except SystemExit as error:  # typer's own way out: 1 where the reader of the output went away
        return EXIT_CANNOT_JUDGE if error.code else 0
    except Exception as error:  # noqa: BLE001 - the last door: a bug must end as "cannot judge", never as a verdict
        if isinstance(error, OSError) and error.errno in _LOST:
            return undelivered(error)
        return _bug(error, debug)
    finally:
        if collecting:
            gc.enable()


def _usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else "itsmctl --help"
    return _say("error", error.format_message(), hint, EXIT_USAGE)


def _bug(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    where = f"itsmctl {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    message = f"a bug: {type(error).__name__}: {error} ({where})"
    return _say("cannot judge", message, "Please report it with the output of the same command and --debug.", 3)


def _say(word: str, message: str, hint: str, code: int) -> int:
    lines = [f"{word}: {message}"] + ([f"  help: {hint}"] if hint else [])
    with contextlib.suppress(OSError):  # the exit code still says it
        sys.stderr.write("".join(f"{visible(line)}\n" for text in lines for line in text.split("\n")))
    return code


def _speak_utf8() -> None:
    """Same bytes out in any locale: what a record holds is UTF-8, and so is every report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
