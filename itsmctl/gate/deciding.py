"""One change: does all that it needs stand today? Puts together what rules, calendar, model and emergency say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.gate import (
    amending,
    backout,
    ballots,
    beginnings,
    calendar,
    collisions,
    consent,
    derived,
    emergency,
    lifecycle,
    paying,
    questions,
    rules,
    spending,
    squashes,
    standard,
)
from itsmctl.gate import contributors as hands
from itsmctl.gate.verdict import About, Verdict, deny, note, of
from itsmctl.kinds.words import dotted
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.gate.contributors import Contributors
    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.votes import Vote


FUTILE = frozenset({"SPENT", "LINES_APART", "PLAN_UNFIT"})
"""Codes past which no vote helps: it takes another change, or another plan."""

_ANOTHER = "itsmctl change new --from-diff writes one, and then it is committed"


class Ruling(Struct, frozen=True):
    """The verdict on one change, and the moments at which it ends."""

    verdict: Verdict
    bounds: tuple[calendar.Bound, ...] = ()


def decide(claim: Claim, court: Court) -> Ruling | None:
    """The ruling on a change in play; None where it is only named, and nothing of it is up for a decision."""
    found = _decided(claim, court)
    if found is None:
        return None

    def had() -> Mapping[str, str]:
        return hands.of(claim, court.proposal, court.roster, court.evidence.facts).persons

    return replace(found, verdict=squashes.noted(found.verdict, had, court.proposal.at_head))


def _decided(claim: Claim, court: Court) -> Ruling | None:
    kind = court.proposal.rulebook.kinds[CHANGE]
    passed = lifecycle.passed(kind, claim.before, claim.record)
    if claim.edits and claim.record.state == backout.STATE:
        return Ruling(*backout.judge(claim, court))
    if claim.edits or "approved" in passed or "implementing" in passed:
        return _Making(claim, court, passed).ruling()
    if claim.record.ref not in court.proposal.edits:
        return None
    untrue = tuple(backout.untrue(claim, court))
    if (amended := amending.judge(claim, court)) is not None:
        return Ruling(replace(amended, because=(*amended.because, *untrue), outcome="DENIED") if untrue else amended)
    was = claim.before.state if claim.before else "nothing"
    moved = f"{was} → {claim.record.state}" if was != claim.record.state else "edited"
    met = collisions.collisions(court.proposal, claim.record) if claim.record.state in collisions.OPEN else ()
    owed = paying.of(claim.name, court)
    details: dict[str, Any] = {"class": claim.spec["class"], "state": claim.record.state}
    says = f"{moved}: no vote is due now, and its debt stands" if owed else f"{moved}: no vote is due"
    return Ruling(of("change", claim.name, (*met, *owed, *untrue), says, **details))


class _Making(Struct, frozen=True, dict=True):
    """A change that is approved, begun or carried out with this head."""

    claim: Claim
    court: Court
    passed: tuple[str, ...]

    def ruling(self) -> Ruling:
        claim, proposal = self.claim, self.court.proposal
        class_, proof = self._class
        grounds = [*self._had.verdicts(proposal), *spent(claim, proposal), *questions.plan_faults(claim, proposal)]
        if proof is not None:
            grounds.append(proof)
            grounds += derived.as_normal(claim, proposal) if class_ == "normal" else ()
        says, votes = self._approval(grounds)
        asked = self._asked(self._roles())
        if self._works:
            grounds += self._time(asked)
            stopped = emergency.blocked(proposal, claim.record, claim.edits, class_, self.court.owed)
            grounds += [*stopped, *(owed for one in stopped for owed in paying.of(one.name, self.court))]
        grounds += collisions.collisions(proposal, claim.record)
        declared = str(claim.spec["class"])
        details: dict[str, Any] = {
            "class": class_,
            "declared": declared,
            "state": claim.record.state,
            "lines": [one.line.data for one in claim.edits],
        }
        details |= {"outside": self._outside} if self._outside else {}
        verdict = of("change", claim.name, grounds, says, **details)
        return Ruling(verdict, tuple(self._bounds(asked, votes)))

    @cached_property
    def _had(self) -> Contributors:
        claim, court = self.claim, self.court
        return hands.of(claim, court.proposal, court.roster, court.evidence.facts)

    @property
    def _works(self) -> bool:
        """Is the work on the change begun, or gone on with?"""
        return bool(self.claim.edits) or "implementing" in self.passed

    @cached_property
    def _class(self) -> tuple[str, Verdict | None]:
        """What the change is, as against what it calls itself; of one that calls itself standard, the proof."""
        declared = str(self.claim.spec["class"])
        if declared != "standard":
            return declared, None
        touched = self.claim.edits or questions.planned(self.claim, self.court.proposal)
        proof = standard.prove(self.court.proposal, self.claim.record, touched)
        if proof.allowed:
            return "standard", proof
        # outside of its model it is a normal change: what is outside is told beside the votes that it then needs
        return "normal", _noted(proof)

    @cached_property
    def _question(self) -> Question:
        return self.court.question(self.claim, self._had.persons)

    def _approval(self, grounds: list[Verdict]) -> tuple[str, tuple[Vote, ...]]:
        """Adds what rules, model or emergency say; what the change is in words, and the votes that count."""
        class_, proof = self._class
        declared = str(self.claim.spec["class"])
        futile = any(one.code in FUTILE for one in grounds)
        if class_ == "standard":
            return f"standard ({proof.says})" if proof else class_, ()
        if class_ == "emergency":
            grounds.append(self.court.emergency(self.claim, self._question, self._had.persons))
            if grounds[-1].allowed:
                grounds += paying.ahead(grounds.pop(), self.claim, self.court, self._had.persons)
            word = consent.of(self._question, grounds[-1].because)
            grounds += word.grounds
            grounds[:] = self._filled_first(grounds)
            cast = [one.vote for one in self._question.ballots if one.approves and one.vote is not None]
            return class_, (*cast, *word.votes)
        answer = rules.judge_rules(self._question)
        word = consent.of(self._question, answer.grounds)
        found = [one for one in (*answer.grounds, *word.grounds) if not (futile and one.what == "next")]
        grounds += self._filled_first(found)
        if answer.met and not answer.votes:
            says_so = "the rules that apply ask nobody: a change that nobody agreed to is not approved"
            grounds.append(deny("rule", self.claim.name, "NO_VOTE", says_so))
        return (f"normal (declared {declared}: {self._outside})" if declared != class_ else class_), (
            *answer.votes,
            *word.votes,
        )

    def _filled_first(self, grounds: Sequence[Verdict]) -> list[Verdict]:
        """The grounds, whose next steps begin with what is still to be written: votes before that would go stale."""
        record, proposal = self.claim.record, self.court.proposal
        kind = proposal.rulebook.kinds[CHANGE]
        hops = [one for one in lifecycle.hops(kind, self.claim.before, record) if one.code == "DUE"]
        wrong = [f"{' or '.join(map(dotted, one.details['pointers']))} is due" for one in hops]
        found = [one for one in proposal.inspection if one.record == record.ref and one.severity == "error"]
        wrong += [one.rule for one in found if one.rule != "record-due"]
        if not hops and not found:
            return list(grounds)
        what = f" ({', '.join(dict.fromkeys(wrong))})" if wrong else ""
        says = f"first put right what is wrong in {record.name}{what}, and commit it; then "
        return [_after(says, one) for one in grounds]

    @property
    def _outside(self) -> str:
        """Why a change that calls itself standard is none: the first place outside of its model, by its name."""
        proof = self._class[1]
        if proof is None or self._class[0] == "standard":
            return ""
        told = [one.says for one in proof.because] or [proof.says]
        return told[0] + (f", and {len(told) - 1} more" if len(told) > 1 else "")

    def _roles(self) -> frozenset[str]:
        """Roles of which somebody has voted for the change: what a freeze may ask for."""
        court = self.court
        wanted = calendar.roles_asked(court.proposal.base)
        return frozenset(role for role in wanted if ballots.in_role(self._question.ballots, court.roster, role))

    def _asked(self, roles: frozenset[str]) -> calendar.Asked:
        before = self.claim.before.data if self.claim.before else None
        class_ = self._class[0]
        return calendar.Asked(self.claim.name, self.claim.record.data, class_, self.claim.edits, roles, before)

    def _time(self, asked: calendar.Asked) -> Iterator[Verdict]:
        """The window, but for emergencies and models that do without; freezes, but for models that ignore them."""
        proposal, record = self.court.proposal, self.claim.record
        class_, proof = self._class
        facts = proof.details if proof is not None and class_ == "standard" else {}
        if class_ != "emergency" and facts.get("window") != "free":
            seen = beginnings.first_seen(proposal, record.name)
            yield calendar.window(record.data, proposal.now, seen, About(record.path, "/spec/schedule"))
        if facts.get("freezes") != "ignored":
            yield from calendar.freezes(proposal, asked)

    def _bounds(self, asked: calendar.Asked, votes: Sequence[Vote]) -> Iterator[calendar.Bound]:
        if not self._works:
            return
        proposal, model = self.court.proposal, None
        if self._class[0] == "standard":
            model = proposal.base.get(f"ChangeModel/{self.claim.spec.get('model')}")
        waivers = [one for one in proposal.base.by_kind.get("Waiver", ()) if one.name in proposal.waived]
        bound = calendar.valid_until(proposal, asked, votes, model, waivers)
        if bound is not None:
            yield bound


def spent(claim: Claim, proposal: Proposal) -> Iterator[Verdict]:
    """What the change did already, of what the head does under it: no vote lets it do that again."""
    lines = [one.line for one in claim.edits]
    for line in sorted(spending.spent(claim.record, lines, proposal)):
        says = f"{claim.name} did this to {line.ref} already: to do it again takes a new change. {_ANOTHER}"
        yield deny("check", line.ref, "SPENT", says, About(claim.record.path, "/spec/items"))
    # a standard change is approved by nobody who could have agreed to its being made in parts
    in_parts = claim.spec.get("apply") == "in-parts" and claim.spec["class"] != "standard"
    if claim.edits and not in_parts:
        for ref in spending.apart(claim.record, claim.before, proposal):
            says = (
                f"{claim.name} was carried out at {ref} already: all of it arrives in one head, so it takes another. "
                f"{_ANOTHER}"
            )
            yield deny("check", ref, "LINES_APART", says, About(claim.record.path, "/spec/items"))


def _after(first: str, ground: Verdict) -> Verdict:
    if ground.what == "next":
        return replace(ground, says=first + ground.says)
    return replace(ground, because=tuple(_after(first, one) for one in ground.because)) if ground.because else ground


def _noted(proof: Verdict) -> Verdict:
    """The same grounds, which decide nothing any more."""
    grounds = tuple(note("note", one.name, one.code, one.says, one.about, **one.details) for one in proof.because)
    return Verdict("note", proof.name, "NOTED", "NOT_STANDARD", proof.says, grounds, proof.about, proof.details)
