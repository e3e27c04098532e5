"""Which lines were spent already, as the history of the base tells: each is good for one merge. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate.beginnings import STARTED
from itsmctl.gate.services import listed
from itsmctl.records import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from itsmctl.gate.model import History, Proposal
    from itsmctl.records import Record
    from itsmctl.votes import Line


def spent(change: Record, lines: Iterable[Line], history: History) -> frozenset[Line]:
    """Those of the lines that B's history holds since the change first appeared, under whatever name.

    A line is held once the record stood at its after-digest at any commit from then on, be it of the first-parent line
    or of one that came in with a merge. Whether it came there from the before-digest is not asked: in a rebase merge
    the edit may lie before the commit that brought the change, and an edit that was made and taken back is spent in
    either case, whoever made it.
    """
    place = appeared(change, history)
    if place is None:
        return frozenset()
    return frozenset(line for line in lines if line.after in history.stood(line.ref, place))


def appeared(change: Record, history: History) -> int | None:
    """The place in the base's history where the change first was, by its name of today or a former one."""
    places = [history.appeared(ref) for ref in names(change)]
    return min((place for place in places if place is not None), default=None)


def apart(change: Record, before: Record | None, proposal: Proposal) -> tuple[str, ...]:
    """What a change lists and was altered already since its work began: `Kind/name`, or `File/path`.

    So is what was signed for it and landed: on a fast-forwarded line the edit may lie before the record. All lines of a
    change arrive in one head; else it would go on for ever, past limits that count changes.
    """
    history = proposal.history
    if before is None or before.state not in STARTED:
        return ()
    steps = [step for ref in names(change) for step in history.places(ref)]
    start = min((place for place, data in steps if data and value_at(data, "/spec/state") in STARTED), default=None)
    if start is None:
        return ()
    signed = proposal.signed(before)
    moved = (any(old != new for old, new in history.edits_since(ref, start)) for ref in listed(before.data))
    return tuple(ref for ref, is_moved in zip(listed(before.data), moved, strict=True) if is_moved or ref in signed)


def names(record: Record) -> tuple[str, ...]:
    """`Kind/name` of a record, and by each name that it says it had."""
    former = value_at(record.data, "/metadata/formerly")
    held = former if isinstance(former, list) else ()
    return (record.ref, *(f"{record.kind}/{name}" for name in held if isinstance(name, str)))
