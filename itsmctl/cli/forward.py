"""`itsmctl change show | list | schedule`: one change with its verdict so far, the open ones, and what comes when."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options, say
from itsmctl.cli.say import Shape
from itsmctl.errors import Misuse

if TYPE_CHECKING:
    from itsmctl.cli.courtroom import What
    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.sofar import SoFar
    from itsmctl.roster import Roster
    from itsmctl.snapshot import Snapshot


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("show", short_help="Show a change, its votes, and what it still needs.", help=_SHOW)(show)
    group.command("list", short_help="List the open changes.", help=_LIST)(list_)
    group.command("schedule", short_help="Show which changes come when, with freezes.", help=_SCHEDULE)(schedule)


def show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="The change, like CHG-2026-0042.", autocompletion=completing.changes)
    ],
    base: Annotated[
        str | None, typer.Option("--base", metavar="REF", help="Where it goes. Default: as for itsmctl gate.")
    ] = None,
    head: Annotated[str, typer.Option("--head", metavar="REF", help="The head that holds it.")] = "HEAD",
    votes: Annotated[
        list[Path] | None,
        typer.Option("--votes", metavar="DIR", help="Signed votes that are in no commit yet. Repeat for several."),
    ] = None,
    root: options.Bench = None,
    shape: Shape = "text",
) -> int:
    """See _SHOW."""
    from itsmctl.cli import courtroom
    from itsmctl.desk import sofar
    from itsmctl.escape import visible

    say.check(shape, ("text", "json"))
    found, aside = _found(name, courtroom.What(base, head, None, votes=tuple(votes or ()), may_be_own=True), root)
    sys.stderr.write("".join(f"note: {visible(line)}\n" for line in aside))
    return say.say(shape, lambda width: sofar.text(found, width), lambda: sofar.data(found))


def _found(name: str, what: What, root: Path | None) -> tuple[SoFar, list[str]]:
    """What stands so far, and what the work tree has that no commit has."""
    from itsmctl import addressing, hearing
    from itsmctl.cli import courtroom, whereabouts
    from itsmctl.desk import sofar
    from itsmctl.errors import CannotJudge
    from itsmctl.records import CHANGE
    from itsmctl.roster import Roster

    plain = name.removeprefix(f"{CHANGE}/")
    with courtroom.opened(root, what, courtroom.Supposed()) as case:
        heard = hearing.hear(case.bench, case.ask, os.environ, (), courtroom.relayed(what), more=[plain])
        held = heard.proposal
        try:
            record = addressing.record(f"{CHANGE}/{plain}", held.merged)
        except Misuse as error:
            hint = whereabouts.elsewhere(case, held, plain) or whereabouts.pending(case, held, plain) or error.hint
            raise Misuse(error.message, hint) from None
        if not record.sound:
            raise CannotJudge(f"{record.ref} breaks its schema", f"itsmctl validate {record.path} says what is wrong.")
        aside = whereabouts.edited(case, record)
        return sofar.of_change(record, heard, Roster.of(held.base, held.now)), aside


def list_(
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="In this state. Default: all but those that are over. Repeat.",
            autocompletion=completing.states,
        ),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="That you ask for, carry out, or answer for.")] = False,
    root: options.Root = None,
    rev: options.Rev = None,
    shape: Shape = "text",
) -> int:
    """See _LIST."""
    from itsmctl.cli import workplace
    from itsmctl.desk import docket

    say.check(shape, ("text", "json"))
    head = workplace.find(root).snapshot(rev)
    rows = docket.rows(head, states or (), _me(head) if mine else None)
    _warn(docket.unread(head))
    return say.say(shape, lambda width: docket.text(rows, width), lambda: [row.data for row in rows])


def _warn(paths: tuple[str, ...]) -> None:
    """A word on standard error for each file that could not be read: a list that lacks something says so."""
    from itsmctl.escape import visible

    for path in paths:
        typer.echo(f"note: {visible(path)} cannot be read, and is left out: itsmctl validate says why", err=True)


def _me(head: Snapshot) -> tuple[str, Roster]:
    from itsmctl.cli import changing, workplace
    from itsmctl.roster import Roster

    roster, email = Roster.of(head, workplace.moment(None)), changing.email()
    person = roster.email(email) if email else None
    if person is None:
        message = f"no Person has the e-mail address {email}" if email else "git has no e-mail address of yours"
        raise Misuse(message, "git config user.email says it; the addresses stand in Person records.")
    return person, roster


def schedule(
    start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="From when on. Default: today.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day. Default: no end.")] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Only what reaches this service.")
    ] = None,
    root: options.Root = None,
    rev: options.Rev = None,
    as_of: options.AsOf = None,
    shape: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text, json or ics.")] = "text",
) -> int:
    """See _SCHEDULE."""
    from itsmctl.cli import workplace
    from itsmctl.desk import forward, ics

    say.check(shape, ("text", "json", "ics"))
    place = workplace.find(root)
    head = place.snapshot(rev)
    first, last = _span(start, end, as_of)
    found = forward.schedule(head, first, last, _service(service, head))
    if shape == "ics":
        return say.put(ics.calendar(found, _stamp(place, rev, as_of)))
    return say.say(shape, lambda width: forward.text(found, width), lambda: forward.data(found))


def _service(name: str | None, head: Snapshot) -> str | None:
    """The plain name. Raises Misuse where there is no such service: nothing would be found, and that would be false."""
    from itsmctl import addressing

    return addressing.record(name if "/" in name else f"Service/{name}", head).name if name is not None else None


def _span(start: str | None, end: str | None, as_of: str | None) -> tuple[datetime, datetime | None]:
    """[first, last) in UTC; a day that ends it is part of it."""
    from itsmctl.cli import workplace

    first = workplace.moment(start if start is not None else as_of)
    if start is None:
        first = datetime.combine(first.date(), time.min, UTC)
    if end is None:
        return first, None
    last = workplace.moment(end)
    last = last + timedelta(days=1) if len(end) == len("2026-12-01") else last
    if last <= first:
        raise Misuse(f"--to {end} is not after --from", "Give a later day.")
    return first, last


def _stamp(place: Workplace, rev: str | None, as_of: str | None) -> datetime:
    """When what is shown was so: as asked, else when it was committed, so that the same records give the same bytes."""
    from itsmctl.cli import workplace

    if as_of is None and place.repo is not None and (rev is not None or place.repo.head() is not None):
        return datetime.fromtimestamp(place.repo.resolve(rev or "HEAD").time, UTC)
    return workplace.moment(as_of)


_SHOW = """Show a change with its verdict so far: items, each vote and whether it counts, what it still needs.

It is the gate's own answer for the change on this head; where the head does not put the change up for a decision, what
its votes come to under the rules that stand at the base today.

Examples:

  itsmctl change show CHG-2026-0098

  itsmctl change show CHG-2026-0098 --head HEAD -f json
"""

_LIST = """List the changes that are not over, those with a window first, in the order of their windows.

Examples:

  itsmctl change list

  itsmctl change list --state assessed --state approved -f json
"""

_SCHEDULE = """Show the forward schedule of changes: what is done when, with freezes, and with changes that meet.

Times are in UTC. With -f ics it is a calendar that others can subscribe to: an event keeps its identity when its change
moves, and one that is called off is marked so. Drafts are left out.

Examples:

  itsmctl change schedule

  itsmctl change schedule --from 2026-12-01 --to 2026-12-24 --service loans

  itsmctl change schedule -f ics > changes.ics
"""
