"""`itsmctl fmt` and `itsmctl rename`: let the desk plan, show or write what it planned, and say what was done."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.fmt import Tidied, Tidying
    from itsmctl.desk.rename import Renaming, Touched
    from itsmctl.findings import Report
    from itsmctl.marked import Marks
    from itsmctl.records import Law

_FMT = """Bring records, policies and itsm.yaml into canonical form, and records home.

Keys stand in the order of their schema, texts without quotes that nobody needs, two blanks a level. Data and comments
stay, and so do line breaks of long texts and what is written in brackets. A record away from its home
records/<kinds>/<name>.yaml is moved there. PATHS narrow; `-` reads standard input and writes standard output.

Examples:

  itsmctl fmt

  itsmctl fmt --check --diff records/services

  itsmctl fmt - --stdin-filename records/services/loans.yaml < loans.yaml

Exit codes: 0 all is or was made canonical; 1 some file cannot be read or moved, or, with --check or --diff, is not
canonical; 2 usage; 3 cannot judge.
"""

_RENAME = """Give a record another name: move its file, and rewrite every reference to it in records and settings.

The former name is kept in metadata.formerly, so that history and old references still lead to the record. A name that
is or ever was in use is refused, and so is, where there are approval rules, another name for what no change covers (a
change, an incident, an audit, a supplier) and the target branch has. Comments and formatting stay; all files are
written, or none. Texts that merely mention the record are listed, and left as they are; so are the examples of
policies, which have records of their own.

Examples:

  itsmctl rename Service/loans lending --dry-run

  itsmctl rename ConfigurationItem/db-loans db-lending --diff
"""

_STDIN = Path("-")


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("fmt", help=_FMT, short_help="Bring files into canonical form, and records home.")(fmt)
    app.command("rename", help=_RENAME, short_help="Give a record another name, everywhere.")(rename)


def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders. Default: the whole repository. -: standard input.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list what is due, and exit with 1.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what is due, and exit with 1.")] = False,
    stdin_filename: Annotated[
        Path | None, typer.Option("--stdin-filename", metavar="PATH", help="What standard input is called, with -.")
    ] = None,
    root: options.Root = None,
    color: options.Color = "auto",
) -> int:
    """See _FMT."""
    from itsmctl.cli import output, workplace
    from itsmctl.desk import fmt, rewriting

    if _STDIN in (paths or []) or stdin_filename is not None:
        return _piped(paths or [], stdin_filename, root, check, diff, color)
    place, narrowed = workplace.around(paths or [], root)
    with output.progress("reading records"):
        found = fmt.tidy(place.source(), place.law(), narrowed, place.last())
    if not (check or diff):
        rewriting.rewrite_all(place.root, found.plan)
    return _tell(found, place, check, diff, color)


def _tell(found: Tidying, place: Workplace, check: bool, diff: bool, color: str) -> int:
    """What was or would be done on stdout, or the diff of it; what could not be done behind it, or on stderr.

    The diff goes into logs: it holds no secret, so that it shows those lines and alters none.
    """
    from itsmctl import veil
    from itsmctl.cli import output
    from itsmctl.desk import telling
    from itsmctl.formats import FORMATS

    look = output.look(color, 0, False, False, place.root)
    report = _report(found, check or diff)
    if diff:
        marks = veil.marks_in(place.source(), place.law().kinds)
        sys.stdout.write(_patched(found.due, marks, place, color))
        sys.stderr.write(FORMATS["concise"].write(report, look))
    else:
        sys.stdout.write(telling.tidied(found, look.base, check) + FORMATS[output.automatic()].write(report, look))
    return 1 if found.findings or ((check or diff) and found.due) else 0


def _report(found: Tidying, is_trial: bool) -> Report:
    from itsmctl import __version__, records, yamltext
    from itsmctl.desk import telling
    from itsmctl.findings import Report, Seen

    rules = (*yamltext.RULES, *records.RULES)
    seen = Seen("work tree", "", files=len(found.files))
    return Report("fmt", found.findings, seen, rules, __version__, summary=telling.summary(found, is_trial))


def _piped(paths: Sequence[Path], name: Path | None, root: Path | None, check: bool, diff: bool, color: str) -> int:
    """Standard input to standard output; findings on stderr, and then nothing on stdout."""
    from itsmctl.cli import output
    from itsmctl.desk import fmt
    from itsmctl.desk.patch import patch
    from itsmctl.formats.wording import line_with_help
    from itsmctl.yamltext import MAX_BYTES

    if list(paths) != [_STDIN]:
        raise Misuse("--stdin-filename goes with - alone", "itsmctl fmt - --stdin-filename PATH < FILE")
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    shown = name.as_posix() if name is not None else "<stdin>"
    found = fmt.tidy_text(content, shown, _law_around(root, name))
    if isinstance(found, tuple):
        look = output.look(color, 0, True, False)
        sys.stderr.write("".join(f"{line_with_help(one, look, '')}\n" for one in found))
        return 1
    if diff:
        from itsmctl import veil
        from itsmctl.marked import NO_MARKS

        around = _around(root, name)
        marks = veil.marks_in(around.source(), around.law().kinds) if around is not None else NO_MARKS
        edits = [(shown, shown, veil.text(content, marks), veil.text(found, marks))] if found != content else []
        sys.stdout.write(patch(edits, color=output.has_color(color)))
    elif not check:
        sys.stdout.write(found.decode())
    elif found != content:
        sys.stdout.write(f"would format {shown}\n")
    sys.stdout.flush()
    return int((check or diff) and found != content)


def _law_around(root: Path | None, name: Path | None) -> Law:
    """Kinds and homes of the repository that the file is or would be in; those built in outside of any."""
    from itsmctl import rulebook

    place = _around(root, name)
    return place.law() if place is not None else rulebook.builtin().law


def _around(root: Path | None, name: Path | None) -> Workplace | None:
    """The repository that the file is or would be in; None outside of any."""
    from itsmctl.cli import workplace
    from itsmctl.settings import FILE

    start = (name or Path("x")).absolute().parent
    while not start.exists():
        start = start.parent
    if root is None and not any(os.path.lexists(folder / FILE) for folder in (start, *start.parents)):
        return None
    return workplace.find(root, start)


def rename(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Kind/name or name.", autocompletion=completing.records)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; list what would be done.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would be altered.")] = False,
    root: options.Root = None,
    color: options.Color = "auto",
) -> int:
    """See _RENAME."""
    from itsmctl import addressing
    from itsmctl.cli import output, workplace
    from itsmctl.desk import rename, rewriting

    place = workplace.find(root)
    with output.progress("reading records and history"):
        head = place.snapshot(None)
        record = addressing.record(ref, head)
        found = rename.plan(record, new, head, place.used(record.kind, head.law))
    if not (dry_run or diff):
        rewriting.rewrite_all(place.root, found.plan)
    return _tell_rename(found, head.marks, place, dry_run, diff, color)


def _patched(files: Sequence[Tidied | Touched], marks: Marks, place: Workplace, color: str) -> str:
    """What was planned for the files, as a patch that shows no secret."""
    from itsmctl import veil
    from itsmctl.cli import output
    from itsmctl.desk.patch import patch

    edits = [
        (
            place.prefix + one.path,
            place.prefix + one.home,
            veil.text(one.before, marks),
            veil.text(one.after, marks),
        )
        for one in files
    ]
    return patch(edits, color=output.has_color(color))


def _tell_rename(found: Renaming, marks: Marks, place: Workplace, dry_run: bool, diff: bool, color: str) -> int:
    from itsmctl.cli import output
    from itsmctl.desk import telling

    if diff:
        sys.stdout.write(_patched(found.files, marks, place, color))
    else:
        base = output.look(color, 0, False, False, place.root).base
        sys.stdout.write(telling.renamed(found, base, dry_run))
    sys.stdout.flush()
    return 0
