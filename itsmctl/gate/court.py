"""Court: what every change of one proposal is judged by, and what several of its parts ask of it alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from itsmctl.gate import ballots, emergency, rules
from itsmctl.gate.verdict import Verdict, note, worst

if TYPE_CHECKING:
    from itsmctl.gate.ballots import Reviewed
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


@dataclass(frozen=True)
class Court:
    """`altered`: person → the entry of their own that the head alters. `owed`: the debts of emergency changes.

    `reviewed`: change → commit → what a review of that commit was on.
    """

    proposal: Proposal
    evidence: Evidence
    roster: Roster
    altered: Mapping[str, str]
    reviewed: Mapping[str, Mapping[str, Reviewed]] = field(default_factory=dict)
    owed: tuple[emergency.Debt, ...] = ()

    def emergency(self, claim: Claim, question: Question, had: Mapping[str, str]) -> Verdict:
        """What lets an emergency go ahead at once, with the votes on it; `had`: its contributors."""
        roles = self.proposal.rulebook.settings.emergency.get("roles", ())
        voted: dict[str, set[str]] = {}
        for role in roles:
            # whether a contributor's own vote counts is for the settings to say, and for emergency.judge
            for one in ballots.in_role(question.ballots, self.roster, role, solo=True):
                voted.setdefault(one.person, set()).add(role)
        found = emergency.judge(self.proposal, claim.record, claim.edits, voted, frozenset(had))
        # what decides from now on is no emergency: an edit of it needs whom it needs at any other time
        governed = any(one.governance for one in question.setting.items)
        asked = rules.judge_rules(question, ("governance",)).grounds if governed else ()
        outcome = worst((found.outcome, *(one.outcome for one in asked)))
        return replace(found, outcome=outcome, because=(*found.because, *asked, *map(_ballot, question.ballots)))


def _ballot(one: ballots.Ballot) -> Verdict:
    details = {
        "decision": one.decision,
        "counted": one.approves,
        "role": one.role,
        "tier": one.tier,
        "source": one.source,
        "moved": [list(pair) for pair in one.moved],
    }
    return note("vote", one.person or "?", one.code, one.says, None, **details)
