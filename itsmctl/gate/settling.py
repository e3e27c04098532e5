"""What the votes on an emergency come to once its work has begun: a full quorum, a refusal, or neither.

Pure. The subject is what was applied: lines that votes are on, and that the base's history holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate import contributors as hands
from itsmctl.gate import questions, rules, spending
from itsmctl.gate.coverage import Claim

if TYPE_CHECKING:
    from itsmctl.gate.emergency import Decided
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Line


def decided(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> Decided:
    """See emergency.Decided. Those who made the change do not settle it."""
    claim = Claim(proposal.merged.records.get(change.ref, change), change, ())
    had = hands.of(claim, proposal, roster, ())
    refused = False
    paid: set[Line] = set()
    whole = applied(change, proposal, evidence)
    for lines in whole:
        question = questions.question(
            claim, proposal, evidence, roster, contributors=had.persons, altered={}, reviewed={}, lines=lines
        )
        answer = rules.judge_rules(question)
        if answer.met and answer.votes:
            paid.update(lines)
            if all(paid.issuperset(one) for one in whole):
                return "met"
        refused = refused or any(one.rejects and not one.code for one in question.ballots)
    return "refused" if refused else "open"


def applied(change: Record, proposal: Proposal, evidence: Evidence) -> list[tuple[Line, ...]]:
    """The lines of each vote set that were carried out whole; a change without lines has one empty set.

    Where lines were carried out, a vote on none of them settles nothing.
    """
    found = dict.fromkeys(vote.lines for vote in evidence.votes if vote.change == change.name and vote.lines)
    return [lines for lines in found if spending.spent(change, lines, proposal.history) == frozenset(lines)] or [()]
