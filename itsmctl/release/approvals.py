"""Is each change of a release there, approved by votes that count, in a fitting state, and in no other release?

A change that landed is judged at its landing, as the gate would have judged it; one that did not, as if its work began
with the roll-out. What its own fields say of approvals is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import announcing
from itsmctl.authorising import TIME
from itsmctl.errors import CannotJudge
from itsmctl.gate import calendar, deciding, earliest, settling
from itsmctl.gate.beginnings import FAILED, STARTED
from itsmctl.gate.court import Court
from itsmctl.gate.coverage import Claim
from itsmctl.records import value_at
from itsmctl.release import beginning, branches, lent, missed, timing, tried
from itsmctl.release.requirement import Outcome, Requirement, unless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from itsmctl.findings import Finding
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import Verdict
    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.landings import Landing

FITTING = {
    "ready": ("approved", "scheduled", "implementing", "implemented", "reviewed", "closed"),
    "done": ("implemented", "reviewed", "closed"),
}
"""Stage → the states that a change of the release may be in."""

CARRIES = ("planned", "building", "in-acceptance", "accepted", "approved", "rolling-out", "live", "reviewed", "closed")
"""States of a release that carries its changes somewhere, or brought them there."""


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """All that is asked of the changes one by one."""
    listed = dossier.changes
    if not listed:
        says = f"{dossier.record.name} lists no change, so that nobody approved what it does"
        hint = "List its changes in spec.changes."
        yield _at(dossier, "CHANGE_GONE", "unmet", says, hint)
        return
    gone = [name for name, record in listed.items() if record is None]
    yield from unless("CHANGE_GONE", (_gone(dossier, name) for name in gone), ", ".join(listed))
    held = [_Change(dossier, record) for record in listed.values() if record is not None]
    yield from unless("CHANGE_STATE", (one for each in held for one in each.state()))
    before = tried.before(dossier)
    faults = (*(one for each in held for one in each.elsewhere()), *tried.taken_away(dossier, before))
    yield from unless("CHANGE_ELSEWHERE", faults, "; ".join(one.says for one in before))
    if not held:
        return
    yield from unless("CHANGE_NOT_APPROVED", (one for each in held for one in each.approval()), _grounds(held))
    yield from unless("EVIDENCE_GONE", missed.judge(dossier, [one.record for one in held]))
    yield from unless("ROLLOUT_BLOCKED", (*(one for each in held for one in each.time()), *_rolled_out(dossier, held)))
    yield from unless("CHANGE_OWES", _debts(dossier))


def by_then(then: Dossier) -> Iterator[Requirement]:
    """What is not so of the changes at the last commit before the roll-out. What landed by then was decided on where it
    landed; of the rest, the votes that the branch held.
    """
    for name, record in then.changes.items():
        if record is None:
            yield _gone(then, name)
            continue
        one = _Change(then, record)
        yield from (*one.state(), *one.elsewhere())
        if not one.landings:
            yield from one.approval()


def _rolled_out(dossier: Dossier, held: Sequence[_Change]) -> Iterator[Requirement]:
    """What is said of the roll-out of changes that are merged, or were begun: the gate saw no more than their merge."""
    mine = [one for one in held if one.is_under_way]
    windows = {one.record.name: one.windows for one in mine}
    said = {one.record.name: one.window for one in mine if one.window is not None}
    yield from timing.outside(dossier, windows, said)
    for one in mine:
        yield from timing.frozen(dossier, one.record)


def _grounds(held: Sequence[_Change]) -> str:
    return "; ".join(one.grounds for one in held)


def _gone(dossier: Dossier, name: str) -> Requirement:
    record = dossier.head.get(f"ChangeRequest/{name}")
    says = f"there is no change {name}" if record is None else f"{name} breaks its schema, so that it proves nothing"
    if record is None:
        hint = branches.hint(dossier, name) or "Correct spec.changes."
    else:
        hint = f"itsmctl validate {record.path} says what is wrong."
    return _at(dossier, "CHANGE_GONE", "unmet", says, hint)


def _at(
    dossier: Dossier, code: str, outcome: Outcome, says: str, hint: str, pointer: str = "/spec/changes"
) -> Requirement:
    return Requirement(code, outcome, says, hint, dossier.record.path, pointer)


class _Change(Struct, frozen=True, dict=True):
    """One change of the release."""

    dossier: Dossier
    record: Record

    def _is(self, code: str, says: str, hint: str, pointer: str = "/spec/state") -> Requirement:
        return Requirement(code, "unmet", f"{self.record.name} {says}", hint, self.record.path, pointer)

    def state(self) -> Iterator[Requirement]:
        state, fitting = self.record.state, FITTING[self.dossier.stage]
        result = value_at(self.record.data, "/spec/implementation/result")
        failed = [one for one in (beginning.came_from(self.dossier, self.record), result) if one in FAILED]
        if state in fitting and failed:
            hint = (
                "A change that failed brings nothing: take it out of the release. What is tried again is another one."
            )
            yield self._is("CHANGE_STATE", f"is {state}, and did not succeed by its own word ({failed[0]})", hint)
        by, on = (value_at(self.record.data, f"/spec/implementation/verified_{end}") for end in ("by", "on"))
        if isinstance(by, str) and isinstance(on, str) and (last := lent.left(self.dossier, by)) and last < on:
            says = f"is said to have been verified by {by} on {on}, who left on {last}"
            hint = "Have its outcome looked at by somebody who is here, and write who did."
            yield self._is("CHANGE_STATE", says, hint, "/spec/implementation/verified_by")
        if state not in fitting:
            wanted = f"Before the roll-out it is {' or '.join(fitting[:2])}"
            hint = wanted if self.dossier.stage == "ready" else f"Once the release is done it is {' or '.join(fitting)}"
            held = self.dossier.book.kinds[self.record.kind].lifecycle
            ahead = held.reachable(state, self.record.data) if held is not None else set()
            moves = [f"itsmctl change move {self.record.name} {one}" for one in fitting if one in ahead][:1]
            yield self._is("CHANGE_STATE", f"is {state}", f"{hint}: {', or '.join([*moves, 'take it out'])}.")

    def elsewhere(self) -> Iterator[Requirement]:
        me = self.dossier.record
        for ref, path in self.dossier.head.unread.items():
            if ref.startswith(f"{me.kind}/"):
                says = f"may be in {ref.partition('/')[2]}, which cannot be read"
                yield replace(self._is("CHANGE_ELSEWHERE", says, f"Mend {path}."), outcome="unknown")
        for other in self.dossier.head.by_kind.get(me.kind, ()):
            if other.ref == me.ref:
                continue
            if not other.sound:
                says = f"may be in {other.name}, which breaks its schema"
                yield replace(self._is("CHANGE_ELSEWHERE", says, f"Mend {other.path}."), outcome="unknown")
            elif other.state in CARRIES and self._is_in(other):
                says = f"is in {other.name}, too, which is {other.state}: it comes with one of the two"
                yield self._is("CHANGE_ELSEWHERE", says, "Take it out of spec.changes of one of them.", "/spec/release")
        named = self.record.data["spec"].get("release")
        there = self.dossier.head.get(f"{me.kind}/{named}") if named else None
        if named and (there is None or there.ref != me.ref):
            says = f"says itself that it comes with {named}"
            yield self._is(
                "CHANGE_ELSEWHERE", says, f"Write release: {me.name} into it, or leave it out.", "/spec/release"
            )

    def _is_in(self, release: Record) -> bool:
        listed = (self.dossier.head.get(f"ChangeRequest/{name}") for name in release.data["spec"].get("changes", ()))
        return any(one is not None and one.ref == self.record.ref for one in listed)

    @cached_property
    def landings(self) -> tuple[Landing, ...]:
        """The merges in which it was in play and altered what it lists."""
        return tuple(one for one in self.dossier.line.landings if one.of(self.dossier.names_of(self.record)))

    @property
    def is_under_way(self) -> bool:
        """Did it land, or is its work begun by its own word?"""
        return bool(self.landings) or self.record.state in STARTED

    @property
    def window(self) -> calendar.Window | None:
        """The one that its record says; None where it says none."""
        found = calendar.span(self.record.data)
        return found if isinstance(found, calendar.Window) else None

    @cached_property
    def windows(self) -> tuple[calendar.Window, ...]:
        """Those that were voted on: what the record says now, where it said that as it landed, or the votes that stand
        now are on it; else what it said as it landed.
        """
        now = (self.window,) if self.window is not None else ()
        blobs = (self.dossier.blob(one.oid, self.record.ref) for one in self.landings)
        then = [calendar.span(data) for blob in blobs if isinstance(data := self.dossier.data(blob), dict)]
        held = tuple(dict.fromkeys(one for one in then if isinstance(one, calendar.Window)))
        if not held or (now and now[0] in held):
            return now
        stand = self._begins(self.dossier.now, is_timed=False)
        is_bound = all(not isinstance(one, str) and one.rule in TIME for one in stand)
        return now if now and is_bound else held

    @property
    def grounds(self) -> str:
        """On what its approval rests, in words."""
        if self.landings:
            at = ", ".join(one.oid[:7] for one in self.landings)
            return f"{self.record.name} as the gate saw it at {at}"
        return f"{self.record.name} by the votes that stand now"

    @cached_property
    def _reasons(self) -> tuple[Finding | str, ...]:
        """Why the gate would not let it through: where it landed, else when the roll-out begins."""
        if self.landings:
            return tuple(reason for one in self.landings for reason in self._landed(one))
        if self.record.state in STARTED or not self.dossier.moments:
            return tuple(self._begins(self.dossier.now, is_timed=False))
        span = calendar.span(self.record.data)
        fitting = [one for one in self.dossier.moments if isinstance(span, calendar.Window) and span.holds(one)]
        return tuple(self._begins((fitting or self.dossier.moments)[0], is_timed=True))

    def approval(self) -> Iterator[Requirement]:
        for one in self._reasons:
            if isinstance(one, str):
                yield replace(self._is("CHANGE_NOT_APPROVED", one, _SHOW.format(self.record.name)), outcome="unknown")
            elif one.rule not in TIME:
                yield self._told("CHANGE_NOT_APPROVED", one)
        for refused in self.dossier.evidence.refused:
            if refused.change == self.record.name and refused.code == "REVOKED" and refused.decision == "approve":
                says = f"was approved by {refused.person} with a key that was somebody else's, too: {refused.says}"
                yield self._is("CHANGE_NOT_APPROVED", says, _SHOW.format(self.record.name))

    def time(self) -> Iterator[Requirement]:
        for one in self._reasons:
            if not isinstance(one, str) and one.rule in TIME:
                yield self._told("ROLLOUT_BLOCKED", one)

    def _told(self, code: str, one: Finding) -> Requirement:
        says = one.message if one.message.startswith(self.record.name) else f"{self.record.name}: {one.message}"
        pointer = one.place.pointer if one.place.path == self.record.path else ""
        return Requirement(code, "unmet", f"{says} ({one.rule})", one.hint, self.record.path, pointer or "/spec/state")

    def _landed(self, landing: Landing) -> Iterator[Finding | str]:
        """What the gate says of the merge that brought it, over a run of commits where it came as one."""
        for name in sorted(landing.of(self.dossier.names_of(self.record))):
            yield from self.dossier.answers.lacks(name, landing.parent, landing.oid)

    def _begins(self, at: datetime, *, is_timed: bool) -> Iterator[Finding | str]:
        """What the gate would say if its work began at that moment, on the votes that stand now."""
        dossier = self.dossier
        proposal = replace(dossier.held, now=at, cache={})
        claim = Claim(
            _moved(self.record, "implementing" if is_timed else "approved"), _moved(self.record, "assessed"), ()
        )
        if is_timed:
            claim = replace(claim, before=_moved(self.record, "approved"))
        court = Court(proposal, dossier.evidence, dossier.roster, {})
        try:
            ruling = deciding.decide(claim, court)
        except CannotJudge as error:
            yield f"cannot be judged: {error.message}"
            return
        if ruling is None:
            yield "is not up for a decision, so that its votes cannot be told"
            return
        yield from _denials(ruling.verdict, proposal)


_SHOW = "itsmctl change show {} says what its votes come to."


def _moved(record: Record, state: str) -> Record:
    return replace(record, data={**record.data, "spec": {**record.data["spec"], "state": state}})


def _denials(node: Verdict, held: Proposal) -> Iterator[Finding]:
    if not node.allowed:
        yield from announcing.reasons(node, held)


def _debts(dossier: Dossier) -> Iterator[Requirement]:
    """What emergency changes of the release still owe: their review and the full vote."""
    held = replace(dossier.held, earliest=earliest.of(dossier.held, dossier.evidence, dossier.roster))
    for debt in settling.owed(held, dossier.evidence, dossier.roster):
        if debt.change in dossier.changes:
            is_late = debt.is_overdue(dossier.now)
            says = f"{debt.change} owes {' and '.join(debt.lacks)} by {calendar.said(debt.deadline)}"
            says += ", which is past" if is_late else ""
            outcome: Outcome = "unmet" if is_late else "owed"
            hint = _SHOW.format(debt.change)
            due = calendar.stamp(debt.deadline)
            yield Requirement("CHANGE_OWES", outcome, says, hint, debt.path, "/spec", due)
