"""When changes began and ended, as the first-parent history of the base tells it. Reads a History; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from itsmctl.errors import CannotJudge
from itsmctl.gate.model import Proposal
from itsmctl.records import CHANGE, Record, value_at

DONE = frozenset({"implemented", "failed", "backed-out", "reviewed", "closed"})
"""States of a change whose work is over, however it ended."""

STARTED = DONE | {"implementing"}
"""States of a change whose work began."""

FAILED = frozenset({"failed", "backed-out"})
"""States, and results, of a change that did not come to what it should."""

REVIEWED = frozenset({"reviewed", "closed"})
"""States of what was looked back at, which tell nothing of how it went."""


def state_of(data: object) -> str:
    """The state that a version of a change says; "" where it says none: history holds what never kept to a schema."""
    return _text(data, "/spec/state")


def _text(data: object, pointer: str) -> str:
    found = value_at(data, pointer)
    return found if isinstance(found, str) else ""


Version = tuple[datetime, Mapping[str, Any]]
"""When the base's history got a version of a record, and its data."""


def changes(proposal: Proposal) -> tuple[Record, ...]:
    """Every change that stands at the base.

    Raises CannotJudge where one cannot be read: what limits, budgets and debts go by would not be known.
    """
    for ref, path in sorted(proposal.base.unread.items()):
        if ref.startswith(f"{CHANGE}/"):
            message = f"{path} cannot be read at the base, so that nobody knows what that change counts for"
            raise CannotJudge(
                message, "Mend the file first, in a head of its own: itsmctl validate says what is wrong."
            )
    return proposal.base.by_kind.get(CHANGE, ())


def versions(proposal: Proposal, record: Record) -> tuple[Version, ...]:
    """All versions of a record in the history of the base, oldest first, under former names too.

    Raises CannotJudge where there is none although it stands at the base: then history is not that of the base.
    """
    found = [
        (moment(time), data)
        for name in _names(proposal, record)
        for time, data in proposal.history.versions(name)
        if data is not None
    ]
    if not found:
        message = f"{record.ref} stands at the base, and its history shows no commit that brought it"
        raise CannotJudge(message, "Get all of history: git fetch --unshallow.")
    return tuple(found)


def began(proposal: Proposal, change: Record) -> Version | None:
    """When the work on a change at the base began, and what the change said then; None where it did not begin.

    A change that was over already when the governance was founded began before anybody was asked.
    """
    held = versions(proposal, change)
    if _was_over(proposal, change, held):
        return None
    return _first(held, lambda data: state_of(data) in STARTED)


def counted_from(proposal: Proposal, change: Record) -> Version | None:
    """The same for limits, which a commit with a date of long ago does not get around: see Proposal.earliest."""
    found = began(proposal, change)
    return found and (max(found[0], proposal.earliest.get(change.name, found[0])), found[1])


def landed_first(proposal: Proposal, change: Record) -> datetime | None:
    """When its work began by the first commit with which that came in at the target, whichever line was its then."""
    found = began(proposal, change)
    if found is None:
        return None
    held = (one for one in _arrived(proposal, change) if state_of(one[1]) in STARTED)
    return min([found[0], *(time for time, _ in held)])


def owing_from(proposal: Proposal, change: Record) -> Version | None:
    """The same for debts: as early as any line of commits has it begun, but not before it was let through.

    Whoever merges the target into a branch, and puts that in its place, does not begin anew by it.
    """
    found = began(proposal, change)
    if found is None:
        return None
    times = [
        moment(time)
        for name in _names(proposal, change)
        for time, data in proposal.history.ever(name)
        if data is not None and state_of(data) in STARTED
    ]
    first = min(times, default=found[0])
    return min(found[0], max(first, proposal.earliest.get(change.name, first))), found[1]


def beginning(proposal: Proposal) -> tuple[Record, ...]:
    """Every change whose work begins with the head itself: several in one head count against each other's limits."""
    touched = (proposal.merged.records.get(ref) for ref in proposal.edits if ref.startswith(f"{CHANGE}/"))
    found = []
    for record in touched:
        before = proposal.base.get(record.ref) if record is not None else None
        if record is not None and record.state in STARTED and (before is None or before.state not in STARTED):
            found.append(record)
    return tuple(found)


def failed(proposal: Proposal, change: Record) -> datetime | None:
    """When a change at the base came out as failed or backed out, no sooner than it began; None where it did not.

    That it came out otherwise later undoes nothing, nor does it whoever turns the lines of the base around.
    """
    held = versions(proposal, change)
    if _was_over(proposal, change, held):
        return None
    found = _first(held, _is_failure) or _first(_arrived(proposal, change), _is_failure)
    return max(found[0], proposal.earliest.get(change.name, found[0])) if found else None


def _arrived(proposal: Proposal, change: Record) -> tuple[Version, ...]:
    """All versions with which it came in at the target, whichever line was the target's then."""
    found = (one for name in _names(proposal, change) for one in proposal.history.arrivals(name))
    return tuple((moment(one.time), one.data) for one in found if one.data is not None)


def _is_failure(data: Mapping[str, Any]) -> bool:
    return state_of(data) in FAILED or _text(data, "/spec/implementation/result") in FAILED


def _first(held: tuple[Version, ...], fits: Callable[[Mapping[str, Any]], bool]) -> Version | None:
    return next((one for one in held if fits(one[1])), None)


def _was_over(proposal: Proposal, change: Record, held: tuple[Version, ...]) -> bool:
    """Was it over when the governance began, in the very commits that brought the settings?

    That it stood on some line before the settings is not enough: whoever begins a branch back there, and merges the
    target into it, could have it so. Of several beginnings, as where histories without a common root are merged, each
    has to say it.
    """
    if state_of(held[0][1]) not in DONE:
        return False
    sides = [proposal.history.founding(name) for name in _names(proposal, change)]
    return bool(sides[0]) and all(any(state_of(data) in DONE for data in stood) for stood in zip(*sides, strict=True))


def names(record: Record) -> tuple[str, ...]:
    """`Kind/name` of a record, and by each name that it says it had."""
    former = value_at(record.data, "/metadata/formerly")
    held = former if isinstance(former, list) else ()
    return (record.ref, *(f"{record.kind}/{name}" for name in held if isinstance(name, str)))


def _names(proposal: Proposal, record: Record) -> list[str]:
    """Its former names, the oldest first, and its own. A name that another record bears is none of its former ones."""
    _, *former = names(record)
    return [*dict.fromkeys(name for name in former if name not in proposal.base.records), record.ref]


def first_seen(proposal: Proposal, name: str) -> datetime | None:
    """The earliest sign of a change: its first version at the base, or a commit of the head that has it.

    Times of commits are what their makers say: they can make a change look older, never younger than it is.
    """
    ref = f"{CHANGE}/{name}"
    signs = [moment(time) for time, data in proposal.history.versions(ref) if data is not None]
    paths = {record.path for graph in (proposal.base, proposal.merged) if (record := graph.get(ref)) is not None}
    signs += [moment(one.time) for one in proposal.commits if one.paths & paths]
    return min(signs, default=None)


def moment(time: int) -> datetime:
    """Seconds since 1970, as a commit has them. Raises CannotJudge for what is no time."""
    try:
        return datetime.fromtimestamp(time, UTC)
    except (OverflowError, ValueError, OSError):
        message = f"a commit says that it was made {time} seconds after 1970, which is no time"
        raise CannotJudge(message, "git log --format=%H%x20%ct shows which; it was not made by git itself.") from None
