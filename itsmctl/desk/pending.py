"""Which edits of a head still need a change: what none in play is for, and none that waits in the work tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itsmctl.desk.forward import CALLED_OFF
from itsmctl.gate import applied, beginnings, coverage, renames, services
from itsmctl.records import CHANGE
from itsmctl.votes import Evidence

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot


def uncovered(held: Proposal) -> tuple[Touched, ...]:
    """The controlled edits of the head that no change in play is for; those that only follow from a rename aside.

    A change is for what it lists as long as it may still be carried out: neither is it over, nor was that done already.
    """
    held = applied.known(renames.settled(held), Evidence())
    playing = [one for one in coverage.in_play(held).values() if _is_for_edits(one, held)]
    return tuple(
        one
        for one in held.edits.values()
        if one.controlled and not any(_is_for(change, one, held) for change in playing)
    )


def _is_for_edits(change: Record, held: Proposal) -> bool:
    """May the change still be carried out with this head, or is it what this head takes back?"""
    if change.state == coverage.TAKEN_BACK:
        before = held.base.get(change.ref)
        return before is not None and before.state != coverage.TAKEN_BACK
    return change.state == "implementing" or change.state not in beginnings.STARTED | CALLED_OFF


def _is_for(change: Record, one: Touched, held: Proposal) -> bool:
    if coverage.item_of(change, one.ref) is None:
        return False
    return change.state == coverage.TAKEN_BACK or not coverage.is_used_up(held, change, one)


def not_pending(
    touched: Sequence[Touched], held: Proposal, work: Snapshot
) -> tuple[tuple[Touched, ...], tuple[str, ...]]:
    """The edits that no change of the work tree is for, and a word on each such change that waits to be committed."""
    waiting = {
        one.name: frozenset(services.listed(one.data))
        for one in work.by_kind.get(CHANGE, ())
        if one.sound and one.ref not in held.base.records and one.state != "cancelled"
    }
    left = tuple(one for one in touched if not any(one.ref in listed for listed in waiting.values()))
    said = [
        f"{name} of the work tree is for {', '.join(refs)} already: commit it, and ask: itsmctl gate"
        for name, listed in waiting.items()
        if (refs := [one.ref for one in touched if one.ref in listed])
    ]
    return left, tuple(said)
