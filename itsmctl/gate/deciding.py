"""One change: does all that it needs stand today? Puts together what rules, calendar, model and emergency say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsmctl.gate import backout, calendar, emergency, lifecycle, plan, rules, spending, standard
from itsmctl.gate import contributors as hands
from itsmctl.gate.model import CHANGE, Proposal
from itsmctl.gate.verdict import About, Verdict, allow, deny, note, of

if TYPE_CHECKING:
    from itsmctl.gate.contributors import Contributors
    from itsmctl.gate.coverage import Claim
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Line


@dataclass(frozen=True)
class Court:
    """What every change of one proposal is judged by. `altered`: person → the entry of their own that the head alters."""

    proposal: Proposal
    evidence: Evidence
    roster: Roster
    altered: Mapping[str, str]
    debts: tuple[emergency.Debt, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on one change, and until when it holds."""

    verdict: Verdict
    bounds: tuple[calendar.Bound, ...] = ()


def decide(claim: Claim, court: Court) -> Ruling | None:
    """The ruling on a change in play; None where it is only named, and nothing of it is up for a decision."""
    kind = court.proposal.rulebook.kinds[CHANGE]
    passed = lifecycle.passed(kind, claim.before.data if claim.before else None, claim.record.data)
    needs = [state for state in ("approved", "implementing") if state in passed]
    if claim.edits and claim.record.state == backout.STATE:
        return _Taking(claim, court).ruling()
    if claim.edits or needs:
        return _Making(claim, court, tuple(passed)).ruling()
    if claim.record.ref not in court.proposal.edits:
        return None
    was = claim.before.state if claim.before else "nothing"
    says = f"{was} → {claim.record.state}: no vote is due" if was != claim.record.state else "edited: no vote is due"
    return Ruling(of("change", claim.name, [*_collisions(claim, court)], says, **{"class": claim.spec["class"]}))


def _collisions(claim: Claim, court: Court) -> Sequence[Verdict]:
    return calendar.collisions(court.proposal, claim.record) if claim.record.state in calendar.OPEN else ()


@dataclass
class _Making:
    """A change that is approved, begun or carried out with this head."""

    claim: Claim
    court: Court
    passed: tuple[str, ...]

    def ruling(self) -> Ruling:
        claim, court = self.claim, self.court
        proposal = court.proposal
        had = hands.of(claim.record.data, claim.record.path, claim.edits, proposal, court.roster, court.evidence.facts)
        grounds = [*had.verdicts(proposal), *self._spent()]
        effective, proof = self._class()
        judged = self._judged(effective, had)
        grounds += [one for one in (proof,) if one is not None]
        grounds += judged.verdicts
        works = bool(claim.edits) or "implementing" in self.passed
        asked = self._asked(effective, judged.roles)
        if works:
            grounds += self._time(effective, proof, asked)
            if effective != "emergency":
                grounds += emergency.owed(proposal, claim.record, claim.edits, court.debts)
        grounds += _collisions(claim, court)
        says = effective if effective == claim.spec["class"] else f"{effective} (declared {claim.spec['class']})"
        verdict = of("change", claim.name, grounds, says, **self._details(effective))
        model = standard.model_of(proposal, claim.record) if effective == "standard" else None
        bound = calendar.valid_until(proposal, asked, judged.votes, model) if works else None
        return Ruling(verdict, (bound,) if bound is not None else ())

    def _details(self, effective: str) -> dict[str, Any]:
        return {
            "class": effective,
            "declared": self.claim.spec["class"],
            "state": self.claim.record.state,
            "lines": [one.line.data for one in self.claim.edits],
        }

    def _spent(self) -> Iterator[Verdict]:
        claim = self.claim
        for line in sorted(spending.spent(claim.name, [one.line for one in claim.edits], self.court.proposal.history)):
            says = f"{claim.name} did this to {line.ref} already: to do it again takes a new change"
            yield deny("check", line.ref, "SPENT", says, About(claim.record.path, "/spec/items"))

    def _class(self) -> tuple[str, Verdict | None]:
        """What the change is, as against what it calls itself; of a standard change, the proof."""
        declared = str(self.claim.spec["class"])
        if declared != "standard":
            return declared, None
        proof = standard.prove(self.court.proposal, self.claim.record, self.claim.edits)
        if proof.allowed:
            return "standard", proof
        # outside of its model it is a normal change: what votes it then needs is told beside what is outside
        return "normal", note("check", proof.name, proof.code, proof.says, proof.about, **proof.details)

    def _judged(self, effective: str, had: Contributors) -> rules.Judged:
        question = rules.question(
            self.court.proposal,
            self.court.evidence,
            self.court.roster,
            self.claim.record,
            lines=self._lines(),
            exact=self._is_whole(),
            contributors=had.persons,
            altered=self.court.altered,
            before=self.claim.before,
        )
        if effective == "standard":
            return rules.Judged((), (), frozenset())
        if effective == "emergency":
            return emergency.judge(question, self.claim.edits)
        return rules.judge(question)

    def _is_whole(self) -> bool:
        """Do all lines of a vote have to arrive with this head?"""
        return bool(self.claim.edits) and self.claim.spec.get("apply") != "in-parts"

    def _lines(self) -> tuple[Line, ...]:
        """The lines that are up: of the head's edits, else of the plan."""
        if self.claim.edits:
            return tuple(sorted(one.line for one in self.claim.edits))
        try:
            return plan.lines(self.claim.record.data, self.court.proposal.base)
        except plan.Unplannable:
            return ()  # the finding on the plan denies; see `planned`

    def _asked(self, effective: str, roles: frozenset[str]) -> calendar.Asked:
        before = self.claim.before.data if self.claim.before else None
        return calendar.Asked(self.claim.name, self.claim.record.data, effective, self.claim.edits, roles, before)

    def _time(self, effective: str, proof: Verdict | None, asked: calendar.Asked) -> Iterator[Verdict]:
        """The window, but for emergencies and models that do without; freezes, but for models that ignore them."""
        proposal, record = self.court.proposal, self.claim.record
        details = proof.details if proof is not None and effective == "standard" else {}
        if effective != "emergency" and details.get("window") != "free":
            seen = calendar.first_seen(proposal, record.name)
            yield calendar.window(record.data, proposal.now, seen, About(record.path, "/spec/schedule"))
        if details.get("freezes") != "ignored":
            yield from calendar.freezes(proposal, asked)


@dataclass
class _Taking:
    """A change that is taken back with this head, under its own votes."""

    claim: Claim
    court: Court

    def ruling(self) -> Ruling:
        claim, proposal = self.claim, self.court.proposal
        had = hands.of(claim.record.data, claim.record.path, claim.edits, proposal, self.court.roster, ())
        lines = backout.original_lines(claim)
        grounds = [*had.verdicts(proposal), *self._never_made(lines), backout.by_whom(claim, self._hands())]
        span = calendar.span(claim.record.data)
        ends = span.end if isinstance(span, calendar.Window) else None
        grounds.append(backout.in_time(claim, ends, proposal.now))
        if claim.spec["class"] == "standard":
            grounds.append(standard.model_verdict(proposal, claim.record))
        else:
            grounds += self._votes(lines, had).verdicts
        return Ruling(of("change", claim.name, grounds, "back-out", **{"class": claim.spec["class"], "state": "backed-out"}))

    def _never_made(self, lines: Sequence[Line]) -> Iterator[Verdict]:
        """Only what the change did can be taken back under it."""
        spent = spending.spent(self.claim.name, lines, self.court.proposal.history)
        for line in lines:
            if line not in spent:
                says = f"{self.claim.name} did not bring {line.ref} to where it stands: its back-out restores its own lines alone"
                yield deny("check", line.ref, "NOT_ITS_LINE", says, About(self.claim.record.path, "/spec/items"))

    def _hands(self) -> Mapping[str, str]:
        """Whoever had a hand in the commits of this head alone."""
        return hands.of_head(self.claim.edits, self.claim.record.path, self.court.proposal, self.court.roster)

    def _votes(self, lines: tuple[Line, ...], had: Contributors) -> rules.Judged:
        question = rules.question(
            self.court.proposal,
            self.court.evidence,
            self.court.roster,
            self.claim.record,
            lines=lines,
            exact=self.claim.spec.get("apply") != "in-parts",
            contributors=had.persons,
            altered=self.court.altered,
            before=self.claim.before,
        )
        return emergency.judge(question, self.claim.edits) if self.claim.spec["class"] == "emergency" else rules.judge(question)
