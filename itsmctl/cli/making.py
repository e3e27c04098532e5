"""`itsmctl change new | submit | implement | close | move | backout`: reads the command line alone."""

from __future__ import annotations

from typing import Annotated

import typer

from itsmctl.cli import completing, options


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("new", short_help="Write a change, for what the branch edits or by hand.", help=_NEW)(new)
    group.command("submit", short_help="Hand a change in, to be decided.", help=_SUBMIT)(submit)
    group.command("implement", short_help="Say that the work begins: edits come with it.", help=_IMPLEMENT)(implement)
    group.command("close", short_help="Close a change that was reviewed.", help=_CLOSE)(close)
    group.command("move", short_help="Bring a change to any state that may follow.", help=_MOVE)(move)
    group.command("backout", short_help="Take back what a change did, file by file.", help=_BACKOUT)(backout)


Id = Annotated[
    str, typer.Argument(metavar="ID", help="The change, like CHG-2026-0042.", autocompletion=completing.changes)
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="The value of a field, such as reason='…'. Repeat."),
]
Base = Annotated[str | None, typer.Option("--base", metavar="REF", help="Where it goes. Default: as for itsmctl gate.")]


def new(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Its id. Default: one that nobody else takes.")] = "",
    from_diff: Annotated[
        bool, typer.Option("--from-diff", help="For what the commits of this branch edit, as the gate sees it.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="As a standard change of this model; refused where it does not allow all of it.",
            autocompletion=completing.models,
        ),
    ] = None,
    settings: Set = None,
    base: Base = None,
    root: options.Root = None,
) -> int:
    """See _NEW."""
    from itsmctl.cli import changing

    if not from_diff:
        return changing.plain(name, model, settings or (), root)
    return changing.from_diff(changing.Wanted(name, model, settings or ()), root, base)


def submit(name: Id, settings: Set = None, root: options.Root = None) -> int:
    """See _SUBMIT."""
    from itsmctl.cli import moving

    return moving.move(name, "submitted", settings or (), root)


def implement(name: Id, settings: Set = None, root: options.Root = None) -> int:
    """See _IMPLEMENT."""
    from itsmctl.cli import moving

    return moving.move(name, "implementing", settings or (), root)


def close(name: Id, settings: Set = None, root: options.Root = None) -> int:
    """See _CLOSE."""
    from itsmctl.cli import moving

    return moving.move(name, "closed", settings or (), root)


def move(
    name: Id,
    state: Annotated[str, typer.Argument(metavar="STATE", help="Like assessed.", autocompletion=completing.states)],
    settings: Set = None,
    root: options.Root = None,
) -> int:
    """See _MOVE."""
    from itsmctl.cli import moving

    return moving.move(name, state, settings or (), root)


def backout(
    name: Id,
    incident: Annotated[
        list[str] | None, typer.Option("--incident", metavar="ID", help="The incident that follows it up. Repeat.")
    ] = None,
    problem: Annotated[
        list[str] | None, typer.Option("--problem", metavar="ID", help="The problem that follows it up. Repeat.")
    ] = None,
    settings: Set = None,
    commit: Annotated[bool, typer.Option("--commit", help="Commit it, too: these files alone.")] = False,
    base: Base = None,
    root: options.Root = None,
) -> int:
    """See _BACKOUT."""
    from itsmctl.cli import retreating

    told = retreating.Retreat(name, incident or (), problem or (), settings or (), commit)
    return retreating.back_out(told, root, base)


_NEW = """Write a change request.

With --from-diff it is for what the commits of this branch edit and no change covers yet: the items with what is done
to them, the services behind them, requester and implementers by the e-mail addresses that git knows. Where a change
model allows all of it, it becomes a standard change that needs no vote, ready for the gate: so a pipeline can run this
on the branches of a bot. Else it is a draft, and what cannot be known from the diff is named. Where every edit is
covered, nothing is written. Without --from-diff this is itsmctl new ChangeRequest.

Examples:

  itsmctl change new --from-diff

  itsmctl change new --from-diff --set reason='The version in use gets no more fixes.'

  itsmctl change new --set title='Newer PostgreSQL' --set class=normal

Exit codes: 0 written or not needed, 2 usage (the model does not allow it), 3 cannot judge.
"""

_HOP = """
The life cycle is judged from where the target branch has the change, as the gate does; an illegal hop is not written.
What falls due on the way and is missing is listed with an example of each, and the exit code is 1. Comments and order
of the file stay.
"""

_SUBMIT = f"""Hand a change in: it is complete enough to be assessed, and votes on it begin to count.
{_HOP}
Example:

  itsmctl change submit CHG-2026-0105
"""

_IMPLEMENT = f"""Say that the work on a change begins. The edits that it lists are merged together with this.
{_HOP}
Example:

  itsmctl change implement CHG-2026-0102
"""

_CLOSE = f"""Close a change that was carried out and reviewed. A closed change is not edited any more.
{_HOP}
Example:

  itsmctl change close CHG-2026-0095
"""

_MOVE = f"""Bring a change to any state that may follow, over several hops if need be.
{_HOP}
Examples:

  itsmctl change move CHG-2026-0105 assessed

  itsmctl change move CHG-2026-0102 cancelled
"""

_BACKOUT = """Take back what a change did: every record and file that it altered becomes what it was, byte by byte.

It is read from the history of the target branch; so run it on a branch that begins there. The change becomes
backed-out. Its own votes cover that until the end of its window and the time that its back-out takes, if one of its
implementers does it; freezes do not hold it up. It needs an incident or a problem that follows it up, and why.

Example:

  itsmctl change backout CHG-2026-0098 --incident INC-2026-0311 --set implementation.cause='Loans fail.' --commit

Exit codes: 0 written, 1 written, and the gate will not allow it like that, 2 usage or something lacks, 3 cannot judge.
"""
