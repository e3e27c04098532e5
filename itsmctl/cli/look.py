"""`itsmctl list`, `show`, `impact` and `log`: what records there are, what one says, depends on, and came from."""

from __future__ import annotations

from typing import Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import Shape, say
from itsmctl.errors import Misuse
from itsmctl.findings import EXIT_CANNOT_JUDGE, EXIT_PASSED
from itsmctl.nearest import did_you_mean

_LIST = """List the records of a kind by name, with state and title; without a kind, how many there are of each.

A file that stands among them and cannot be read is named, and the exit code is 3. Changes have a list of their own that
tells more, itsmctl change list, and so have baselines, itsmctl baseline list.

Examples:

  itsmctl list Role

  itsmctl list

  itsmctl list Release --rev origin/main -f json
"""

_SHOW = """Show one record: what it says, what it refers to, what refers to it, and which state may come next.

REF is Kind/name, or the bare name where no other record has it; letter case does not matter.

Examples:

  itsmctl show Service/loans

  itsmctl show CHG-2026-0098 --rev origin/main -f json
"""

_IMPACT = """Show what depends on a record and what it depends on, each with the references in between.

Items, services and agreements depend on what they refer to, and on what that depends on. All else that names a record,
such as a change or a waiver, is about it and is listed beside. With --since, show what depends on the records that were
edited since REV: what a pull request touches. Where a record cannot be read, that is said, and the exit code is 3.

Examples:

  itsmctl impact ConfigurationItem/db-loans --direction up --kind Service

  itsmctl impact Service/loans --depth 1

  itsmctl impact --since origin/main
"""

_LOG = """Show the history of a record: the commits that touched it, what they altered, and the change behind each.

The record is followed by its identity: over renames (itsmctl rename), moves, and after it is gone. The change behind a
step is the one that its commit names in a trailer such as `Change: CHG-2026-0098`, or whose record came in with the
same merge and lists this one among its items.

Examples:

  itsmctl log Service/loans

  itsmctl log CHG-2026-0098 --rev origin/main -f json
"""

_UP, _DOWN, _BOTH = "up", "down", "both"


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("list", help=_LIST, short_help="List the records of a kind.")(list_)
    app.command("show", help=_SHOW, short_help="Show one record and both sides of its references.")(show)
    app.command("impact", help=_IMPACT, short_help="Show what depends on a record, and what it depends on.")(impact)
    app.command("log", help=_LOG, short_help="Show the history of one record, with the changes behind it.")(log)


def list_(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="A kind of records, like Role.", autocompletion=completing.kinds),
    ] = None,
    root: options.Root = None,
    rev: options.Rev = None,
    shape: Shape = "text",
) -> int:
    """See _LIST."""
    from itsmctl import listing, reach
    from itsmctl.cli import workplace

    head = workplace.find(root).snapshot(rev)
    if kind is None:
        say(shape, lambda width: listing.kinds_text(head, width), lambda: listing.kinds_data(head))
        return EXIT_CANNOT_JUDGE if head.unread else EXIT_PASSED
    (name,) = reach.kinds((kind,), head)
    say(shape, lambda width: listing.records_text(name, head, width), lambda: listing.records_data(name, head))
    return EXIT_CANNOT_JUDGE if listing.unread(name, head) else EXIT_PASSED


def show(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Kind/name or name.", autocompletion=completing.records)],
    root: options.Root = None,
    rev: options.Rev = None,
    shape: Shape = "text",
) -> int:
    """See _SHOW."""
    from itsmctl import addressing, portrait
    from itsmctl.cli import workplace

    _, case = workplace.find(root).case(rev, None, workplace.moment(None))
    found = portrait.of(addressing.record(ref, case.head), case.head)
    return say(shape, lambda width: portrait.text(found, width), lambda: portrait.data(found))


def impact(
    ref: Annotated[
        str | None,
        typer.Argument(metavar="[REF]", help="Kind/name or name.", autocompletion=completing.records),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="REV", help="Instead of REF: every record edited since REV.")
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(
            "--direction",
            metavar="WAY",
            help="up: what depends on it; down: what it depends on; both. Default: both, with --since up.",
        ),
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=0, metavar="N", help="At most N references away; 0: all.")] = 0,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="KIND", help="Tell of these kinds only. Repeatable.", autocompletion=completing.kinds
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="WHAT", help="Group by distance or by kind.")] = "distance",
    root: options.Root = None,
    rev: options.Rev = None,
    shape: Shape = "text",
) -> int:
    """See _IMPACT."""
    from itsmctl import reach
    from itsmctl.cli import workplace

    way = _one_of("--direction", direction or (_BOTH if since is None else _UP), (_UP, _DOWN, _BOTH))
    by_kind = _one_of("--by", by, ("distance", "kind")) == "kind"
    if (ref is None) == (since is None):
        raise Misuse("give either a record or --since", "itsmctl impact Service/loans, or itsmctl impact --since main")
    _, case = workplace.find(root).case(rev, since, workplace.moment(None))
    wanted = reach.Range(way != _UP, way != _DOWN, depth, reach.kinds(kind or (), case.head))
    found = reach.of(ref, case, wanted)
    say(shape, lambda width: reach.text(found, by_kind, width), lambda: reach.data(found))
    return EXIT_CANNOT_JUDGE if found.unread else EXIT_PASSED


def log(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Kind/name or name.", autocompletion=completing.records)],
    root: options.Root = None,
    rev: Annotated[str, typer.Option("--rev", metavar="REV", help="The commit to start from. Default: HEAD.")] = "HEAD",
    shape: Shape = "text",
) -> int:
    """See _LOG."""
    from itsmctl import chronicle
    from itsmctl.cli import output, workplace

    place = workplace.find(root)
    with output.progress("reading history"):
        past = place.past(rev)
        found = chronicle.of(ref, place.snapshot(rev), past, lambda: place.snapshot(None))
    return say(shape, lambda width: chronicle.text(found, width), lambda: chronicle.data(found))


def _one_of(option: str, word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        guess = did_you_mean(word, known)
        raise Misuse(f"{option} {word!r} is not known" + (f": {guess}" if guess else ""), f"Use {', '.join(known)}.")
    return word
