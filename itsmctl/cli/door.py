"""The one error door: runs the typer app and turns every way out into an exit code and a message on stderr."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import traceback

from typer.exceptions import Abort, Exit, TyperException

from itsmctl.cli import endings, undelivered
from itsmctl.cli.app import command
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import fold, visible
from itsmctl.findings import EXIT_CANNOT_JUDGE, EXIT_USAGE

DEBUG = "--debug"
_COMPLETING = "_ITSMCTL_COMPLETE"  # set by the script that --install-completion installs; any command may be meant


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
        wanted = None if _COMPLETING in os.environ else next((word for word in argv if not word.startswith("-")), "")
        return int(command(wanted)(argv, prog_name="itsmctl", standalone_mode=False) or 0)
    except Exit as error:
        return error.exit_code
    except SystemExit as error:  # typer's own way out: 1 where the reader of the output went away
        return EXIT_CANNOT_JUDGE if error.code else 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last door: a bug ends as "cannot judge"
        return _ended(error, argv, debug)
    finally:
        if collecting:
            gc.enable()


def _ended(error: BaseException, argv: list[str], debug: bool) -> int:
    """Say why there is no verdict, on standard error and in the report files that the command line asks for."""
    if endings.is_lost_output(error):
        return undelivered(error)  # type: ignore[arg-type]  # it is an OSError
    ending = endings.of(error)
    if debug and isinstance(error, Exception) and not isinstance(error, CannotJudge | Misuse | TyperException | Abort):
        traceback.print_exception(error)
    if isinstance(error, TyperException):  # the command itself, which looks after its reports, was never called
        from itsmctl.cli import output

        output.give_up(argv, ending)
    return _say(ending.word, ending.message, ending.hint, ending.code)


def _say(word: str, message: str, hint: str, code: int) -> int:
    from itsmctl.cli import say

    lines = [f"{word}: {message}"] + ([f"  help: {hint}"] if hint else [])
    shown = [visible(line) for text in lines for line in text.split("\n")]
    room = say.room_of_errors()
    if room is not None:
        shown = [part for line in shown for part in _folded(line, room)]
    with contextlib.suppress(OSError):  # the exit code still says it
        sys.stderr.write("".join(f"{line}\n" for line in shown))
    return code


def _folded(line: str, room: int) -> list[str]:
    """A line for a terminal; what does not fit goes on two columns to the right."""
    left = len(line) - len(line.lstrip(" ")) + 2
    head, *rest = fold(line, max(room - left, 20), first=room)
    return [head, *(" " * left + part for part in rest)]


def _speak_utf8() -> None:
    """Same bytes out in any locale: what a record holds is UTF-8, and so is every report."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
