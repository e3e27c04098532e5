"""What the votes on an emergency come to once its work has begun: a full quorum, a refusal, or neither.

Pure. The subject is what was applied: lines that votes are on, and that the base's history holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate import contributors as hands
from itsmctl.gate import emergency, questions, rules, spending
from itsmctl.gate.coverage import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from itsmctl.gate.emergency import Decided
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Line


def owed(proposal: Proposal, evidence: Evidence, roster: Roster) -> tuple[emergency.Debt, ...]:
    """What emergency changes of the base owe by now, see emergency.debts."""
    return emergency.debts(
        proposal,
        lambda change: decided(change, proposal, evidence, roster),
        lambda change: makers(change, proposal, evidence, roster),
    )


def decided(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> Decided:
    """See emergency.Decided. Those who made the change, or what it did, do not settle it."""
    claim = Claim(proposal.merged.records.get(change.ref, change), change, ())
    refused = False
    paid: set[Line] = set()
    whole = applied(change, proposal, evidence)
    had = barred(claim, _all(whole), proposal, roster)
    for lines in whole:
        question = questions.question(
            claim, proposal, evidence, roster, contributors=had, altered={}, reviewed={}, lines=lines
        )
        answer = rules.judge_rules(question)
        if answer.met and answer.votes:
            paid.update(lines)
            if all(paid.issuperset(one) for one in whole):
                return "met"
        refused = refused or any(one.rejects and not one.code for one in question.ballots)
    return "refused" if refused else "open"


def barred(claim: Claim, lines: Iterable[Line], proposal: Proposal, roster: Roster) -> dict[str, str]:
    """Person → why they do not settle a change whose work has begun: a hand in its record, or in its lines."""
    done = hands.of_work(claim.before or claim.record, lines, proposal, roster)
    return {**done.persons, **hands.of(claim, proposal, roster, ()).persons}


def makers(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> Mapping[str, str]:
    """Person → why they are one of those who made what a change at the base did, its record included."""
    return hands.of_work(change, _all(applied(change, proposal, evidence)), proposal, roster).persons


def _all(sets: Iterable[tuple[Line, ...]]) -> frozenset[Line]:
    return frozenset(line for lines in sets for line in lines)


def applied(change: Record, proposal: Proposal, evidence: Evidence) -> list[tuple[Line, ...]]:
    """The lines of each vote set that were carried out whole; a change without lines has one empty set.

    Where lines were carried out, a vote on none of them settles nothing.
    """
    found = dict.fromkeys(vote.lines for vote in evidence.votes if vote.change == change.name and vote.lines)
    return [lines for lines in found if spending.spent(change, lines, proposal.history) == frozenset(lines)] or [()]
