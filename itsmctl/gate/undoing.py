"""What of a change can be taken back today: only what it did itself, and only where that still stands. Pure.

What others did to a record since has to be taken back first, the last of it first, as one undoes steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.gate import applied
from itsmctl.gate.beginnings import state_of
from itsmctl.gate.services import listed
from itsmctl.gate.tracks import Course
from itsmctl.records import CHANGE
from itsmctl.votes import Line

if TYPE_CHECKING:
    from itsmctl.gate.applied import Edit, Work
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record


class Undo(Struct, frozen=True):
    """Of one record. `line`: what the change did and what goes; None where that is not to be done, and `why` says so.

    `places`: where on the first-parent line it was done. `is_gone`: nothing of it stands that could go.
    """

    line: Line | None
    why: str = ""
    places: frozenset[int] = frozenset()
    is_gone: bool = False


def of(change: Record, work: Work, proposal: Proposal) -> Mapping[str, Undo]:
    """`Kind/name` → how what the change did to it goes, for each record that it did something to."""
    mine: dict[str, set[tuple[int, Line]]] = {}
    for one in work.edits:
        if not one.is_sure:
            continue  # nobody could say that this is not the work of others
        mine.setdefault(one.line.ref, set()).add((one.place, one.line))
    return {ref: _of(change, ref, held, proposal) for ref, held in mine.items()}


class _Step(Struct, frozen=True):
    """What the record became by an edit that stands; the first one is what it was before all of them."""

    digest: str | None
    edit: Edit | None
    is_own: bool


def _of(change: Record, ref: str, mine: Collection[tuple[int, Line]], proposal: Proposal) -> Undo:
    stack: list[_Step] = []
    for one in applied.edits(ref, proposal):
        is_own = (one.place, one.line) in mine
        if not stack and not is_own:
            continue
        stack = stack or [_Step(one.line.before, None, is_own=False)]
        if not is_own and len(stack) > 1 and stack[-2].digest == one.line.after:
            stack.pop()
        else:
            stack.append(_Step(one.line.after, one, is_own))
    if not any(one.is_own for one in stack):
        return Undo(None, f"what {change.name} did to {ref} was taken back already", is_gone=True)
    if not stack[-1].is_own:
        return Undo(None, _later(change, ref, stack, proposal))
    start = next(at for at in range(len(stack) - 1, -1, -1) if not stack[at].is_own)
    if any(one.is_own for one in stack[:start]):
        says = f"between what {change.name} did to {ref} there is what others did, and that would go, too"
        return Undo(None, says)
    kind, _, name = ref.partition("/")
    line = Line(kind, name, stack[start].digest, stack[-1].digest)
    places = frozenset(one.edit.place for one in stack[start + 1 :] if one.edit is not None)
    if line.before == line.after:
        return Undo(None, f"{ref} is as it was before {change.name}", places, is_gone=True)
    return Undo(line, "", places)


def _later(change: Record, ref: str, stack: list[_Step], proposal: Proposal) -> str:
    """Others did more to the record since: who, as far as can be told, and what is to be done about it."""
    says = f"{ref} is no longer as {change.name} left it, so taking that back would undo what came later"
    last = stack[-1].edit
    today = proposal.base.get(ref)
    if today is not None and today.ref != ref:
        says = f"{ref} is called {today.name} since {change.name}, and its votes are on what it was called"
    names = _doing(change, ref, last.place, proposal) if last is not None else ()
    if len(names) == 1:
        says += f": {names[0]} came after it. Take that back first: itsmctl change backout {names[0]}"
    return says


def _doing(change: Record, ref: str, place: int, proposal: Proposal) -> tuple[str, ...]:
    """The other change that lists the record, is still being carried out, and was edited there, or right after."""
    found: list[tuple[int, str]] = []
    for one in proposal.base.by_kind.get(CHANGE, ()):
        if one.ref != change.ref and one.state == "implementing" and ref in listed(one.data):
            steps = Course.of(one, proposal.history).steps
            found += [(at, one.name) for at, data in steps if at >= place and state_of(data) == one.state][:1]
    return tuple(name for at, name in found if at == min(found)[0])
