"""`itsmctl receipt …`: opens a receipt and its commits, and reports whether it stands. Decides nothing."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from itsmctl.cli import options, say
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.cli.courtroom import Case, What
    from itsmctl.findings import Report
    from itsmctl.receipt_model import Receipt

_SHORT = "Check what the gate wrote down, before a deployment."
_ABOUT = f"""{_SHORT}

itsmctl gate --receipt FILE writes a receipt of its verdict; it is not signed, so nothing in it is simply believed.

Example:

  itsmctl receipt --help
"""

_VERIFY = """Does a receipt of the gate still stand for what is deployed?

Judges the commits that it names again, as of its time, and compares; asks whether its time is over, and whether what
is deployed is the very merge result, on its target. For the step before a deployment: a merge within the window may be
deployed outside of it. A receipt speaks for its own merge; of those before it itsmctl audit history tells.

Examples:

  itsmctl receipt verify receipt.json

  itsmctl receipt verify receipt.json --commit HEAD

Exit codes: 0 it stands, 1 it does not, 2 usage, 3 cannot judge.
"""


def register(app: typer.Typer) -> None:
    """Add the group to the app."""
    group = say.group(_ABOUT)
    group.command("verify", help=_VERIFY, short_help="Does a receipt still stand for what is deployed?")(verify)
    app.add_typer(group, name="receipt", help=_ABOUT, short_help=_SHORT)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The receipt, as the gate wrote it.")],
    commit: Annotated[
        str | None, typer.Option("--commit", metavar="REF", help="What is deployed. Default: the tip of its target.")
    ] = None,
    reviews: Annotated[
        list[str] | None, typer.Option("--reviews", metavar="SOURCE", help="Reviews that were read, as for the gate.")
    ] = None,
    votes: Annotated[
        list[Path] | None, typer.Option("--votes", metavar="DIR", help="Signed votes that came from no commit.")
    ] = None,
    bootstrap: Annotated[
        str | None, typer.Option("--bootstrap", metavar="DIGEST", help="Of the first governance, if it is about that.")
    ] = None,
    root: options.Bench = None,
    formats: options.Formats = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    color: options.Color = "auto",
) -> int:
    """See _VERIFY."""
    from itsmctl.cli import courtroom, output

    with output.Reports(formats, "receipt verify") as reports:
        report = _report(file, commit, root, (tuple(reviews or ()), tuple(votes or ()), bootstrap))
        return reports.emit(report, output.look(color, verbose, quiet, False, courtroom.governed(root, report.prefix)))


_Brought = tuple[tuple[str, ...], tuple[Path, ...], str | None]


def _report(file: Path, commit: str | None, root: Path | None, brought: _Brought) -> Report:
    from itsmctl import receipt_model, vouching
    from itsmctl.cli import courtroom, workplace

    try:
        held = receipt_model.read(file.read_bytes())
    except FileNotFoundError:
        raise Misuse(f"there is no {file}", "Name the file that itsmctl gate --receipt wrote.") from None
    except OSError as error:
        raise CannotJudge(f"the receipt {file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        return vouching.unreadable(file.name, str(error), workplace.moment(None))
    read = held.predicate.read
    what = courtroom.What(read.base, read.head, held.predicate.target, *brought)
    with courtroom.opened(root, what, courtroom.Supposed()) as case:
        tip = case.repo.resolve(_name_of(case, held))
        deployed = case.repo.resolve(commit) if commit is not None else tip
        matter = vouching.Matter(
            file.name,
            held,
            deployed,
            tip,
            case.ask.now,
            lambda: _again(case, what, held),
            lambda base, head: _between(case, held, base, head),
            bool(what.reviews),
        )
        return vouching.report(matter, case.bench, case.ask.prefix.rstrip("/"))


def _name_of(case: Case, held: Receipt) -> str:
    """The target as the remote has it, else as it is here."""
    from itsmctl import destination

    target = held.predicate.target
    for full in (destination.REMOTE + target.removeprefix(destination.LOCAL), target):
        if full in case.repo.refs:
            return full
    raise CannotJudge(f"{target}, which the receipt is for, is not here", "Get it: git fetch origin")


def _between(case: Case, held: Receipt, base: str, head: str) -> str:
    """See vouching.Matter."""
    from itsmctl.replaying import Replay

    line = case.bench.first_parents(head, [])
    start = next((place for place, one in enumerate(line) if one.oid == base), len(line))
    replay = Replay(case.bench, case.ask.prefix, held.predicate.target, os.environ)
    told = datetime.fromisoformat(held.predicate.at)
    return replay.between(line, start + 1, len(line) - 1, told) if start < len(line) else ""


def _again(case: Case, what: What, held: Receipt) -> Receipt:
    """The receipt that the same verdict would have by now, as of that time."""
    from itsmctl import receipt
    from itsmctl.cli import courtroom, receipting

    at = datetime.fromisoformat(held.predicate.at)
    then = replace(case, ask=replace(case.ask, now=at))
    heard = courtroom.heard(then, what, courtroom.Supposed())
    return receipt.of(heard, receipting.programs(case))
