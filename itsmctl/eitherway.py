"""Reads what history would tell once a head has landed, merged or put in the place of the base: see gate.tellings.

Where that is not the same, the gate denies: no commit says later which of its parents was the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl import proposal as reading
from itsmctl.earlier import Earlier
from itsmctl.errors import CannotJudge
from itsmctl.gate import applied, earliest, tellings
from itsmctl.gate.model import Landed, Parting
from itsmctl.proposal import Ask
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision
    from itsmctl.records import Record
    from itsmctl.votes import Evidence

Collected = Callable[[Ask, "Proposal", Roster], "Evidence"]
"""Brings the votes on all emergencies of a proposal."""


def partings(
    bench: Bench, ask: Ask, held: Proposal, evidence: Evidence, environ: Mapping[str, str], votes: Collected
) -> tuple[Parting, ...]:
    """What history would tell otherwise, by how the head lands; nothing where it cannot take the place of the base.

    What cannot be read is told as such. The head of a law that cannot be used is denied for that.
    """
    can_take_it = any(held.base_oid in one.parents for one in bench.brought(held.base_oid, held.head_oid, ask.prefix))
    if ask.is_past or not can_take_it or held.law_fault:
        return ()
    changes = list(tellings.concerned(held, held.overtaken))
    if not changes:
        return ()
    try:
        roster = Roster.of(held.base, held.now)
        before = _known(held, evidence, roster)
        both = _Both(bench, ask, environ, votes, before)
        return tuple(both.found(changes, held))
    except CannotJudge as error:
        return tuple(Parting(one.ref, one.path, tellings.unknown(error)) for one in changes[:1])


class _Both:
    """The base as it is, and as it would be either way."""

    def __init__(self, bench: Bench, ask: Ask, environ: Mapping[str, str], votes: Collected, before: Landed) -> None:
        self._bench, self._ask, self._environ, self._votes, self._before = bench, ask, environ, votes, before
        merged = bench.merge(ask.base.oid, ask.head.oid, at=int(ask.now.timestamp())).commit
        self._merged, self._ahead = self._landed(merged), self._landed(ask.head)

    def found(self, changes: list[Record], held: Proposal) -> Iterator[Parting]:
        """Of each of the changes."""
        for change in changes:
            if held.overtaken is not None:
                what = tellings.parted(change, self._before, self._merged, self._ahead)
                if what:
                    yield Parting(change.ref, change.path, f"{what} would be told otherwise")
            elif tellings.is_paid_by_dates(change, self._merged, self._ahead):
                yield Parting(change.ref, change.path, "", by_dates=True)

    def _landed(self, tip: Revision) -> Landed:
        """What stands there, as a proposal that proposes nothing."""
        ask = Ask(tip, tip, self._ask.prefix, self._ask.target, self._ask.now, is_past=True, is_named=True)
        held, reader = reading.read(self._bench, ask, self._environ, reading.Known(changes_only=True))
        held = replace(held, landed=Earlier(self._bench, ask.prefix, held, reader, self._environ).landed)
        roster = Roster.of(held.base, ask.now)
        return _known(held, self._votes(ask, held, roster), roster)


def _known(held: Proposal, evidence: Evidence, roster: Roster) -> Landed:
    held = replace(held, earliest=earliest.of(held, evidence, roster))
    return Landed(applied.known(held, evidence), evidence, roster)
