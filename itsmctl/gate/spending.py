"""Which lines were spent already, as the history of the base tells: each is good for one merge. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate.beginnings import STARTED, names, state_of
from itsmctl.gate.services import listed
from itsmctl.records import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from itsmctl.gate.history import Aside, History
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.votes import Line

__all__ = ["apart", "appeared", "names", "spent"]

NEAR = 50
"""Commits of a branch, between what it does to a record and where its change begins, that are looked through."""


def spent(change: Record, lines: Iterable[Line], proposal: Proposal) -> frozenset[Line]:
    """Those of the lines that the change did already, under whatever name; each is good for one landing.

    What others did is none of it, though the record stood at the same digests. What came in with a merge counts, too:
    whoever merges the target into a branch, and puts that in its place, gives no line back.
    """
    history, before = proposal.history, proposal.base.get(change.ref)
    place = appeared(change, history)
    if place is None:
        return frozenset()
    found = set()
    for line in lines:
        did = proposal.did(before, line) if before is not None else None
        if did is None:  # what it did cannot be told: then all that stood there since may have been its doing
            did = line.after in history.stood(line.ref, place)
        if did or _did_aside(change, line, history):
            found.add(line)
    return frozenset(found)


def _did_aside(change: Record, line: Line, history: History) -> bool:
    """Did a line of commits other than the first do that to the record while the change was carried out there?"""
    before: dict[int, set[str | None]] = {}
    for one in history.aside(line.ref):
        before.setdefault(one.line, set()).add(one.before)
        if one.after == line.after and line.before in before[one.line] and _is_at_work(change, line.ref, one, history):
            return True
    return False


def _is_at_work(change: Record, ref: str, aside: Aside, history: History) -> bool:
    """Was the change carried out in that commit, or did it begin on that line of commits soon after it?"""
    steps = [one for name in names(change) for one in history.aside(name)]
    held = [data for name in names(change) if (data := history.held(name, aside.place)) is not None]
    held += [
        one.data
        for one in steps
        if one.line == aside.line and aside.place <= one.place <= aside.place + NEAR and one.data
    ]
    return any(value_at(data, "/spec/state") == "implementing" and ref in listed(data) for data in held)


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
    start = min((place for place, data in steps if state_of(data) in STARTED), default=None)
    if start is None:
        return ()
    signed = proposal.signed(before)
    moved = (any(old != new for old, new in history.edits_since(ref, start)) for ref in listed(before.data))
    return tuple(ref for ref, is_moved in zip(listed(before.data), moved, strict=True) if is_moved or ref in signed)
