"""Court: what every change of one proposal is judged by, and what several of its parts ask of it alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl.gate import ballots, emergency, questions, rules, settling, weighing
from itsmctl.gate.ballots import Ballot
from itsmctl.gate.verdict import Verdict, note, worst

if TYPE_CHECKING:
    from itsmctl.gate.ballots import Reviewed
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.gate.weighing import Question
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Line


class Court(Struct, frozen=True):
    """`altered`: person → the entry of their own that the head alters. `owed`: the debts of emergency changes.

    `reviewed`: change → commit → what a review of that commit was on.
    """

    proposal: Proposal
    evidence: Evidence
    roster: Roster
    altered: Mapping[str, str]
    reviewed: Mapping[str, Mapping[str, Reviewed]] = field(default_factory=dict)
    owed: tuple[emergency.Debt, ...] = ()

    def question(
        self,
        claim: Claim,
        had: Mapping[str, str],
        *,
        evidence: Evidence | None = None,
        lines: Sequence[Line] | None = None,
        done: Sequence[Touched] | None = None,
    ) -> Question:
        """What is asked of votes and rules about a change; `had`: its contributors. `evidence`: another than all."""
        return questions.question(
            claim,
            self.proposal,
            self.evidence if evidence is None else evidence,
            self.roster,
            contributors=had,
            altered=self.altered,
            reviewed=self.reviewed.get(claim.name, {}),
            lines=lines,
            done=done,
        )

    def emergency(
        self, claim: Claim, question: Question, had: Mapping[str, str], *, taken_back: bool = False
    ) -> Verdict:
        """What lets an emergency go ahead at once, with the votes on it; `had`: its contributors.

        A veto stops it as it stops any change, whatever else the rule of the veto is about. To take it back needs its
        vote alone: neither is the incident still open by then, nor is it one more emergency.

        The vote lands with the emergency: what that did is told by what the vote is on, see `applied`.
        Codes: VOTE_ELSEWHERE, and those of emergency.judge. Raises CannotJudge where a rule cannot be read.
        """
        roles = self.proposal.rulebook.settings.emergency.get("roles", ())
        voted: dict[str, set[str]] = {}
        elsewhere: dict[str, Ballot] = {}
        for role in roles:
            # whether a contributor's own vote counts is for the settings to say, and for emergency.judge
            for one in ballots.in_role(question.ballots, self.roster, role, solo=True):
                if taken_back or self._lands(one):
                    voted.setdefault(one.person, set()).add(role)
                else:
                    elsewhere[one.person] = one
        judge = emergency.taken_back if taken_back else emergency.judge
        landings = partial(settling.landings, proposal=self.proposal, evidence=self.evidence)
        found = judge(self.proposal, claim.record, claim.edits, voted, frozenset(had), landings, self._able(question))
        # what decides from now on is no emergency: an edit of it needs whom it needs at any other time
        governed = any(one.governance for one in question.setting.items)
        asked = rules.judge_rules(question, ("governance",)).grounds if governed else ()
        vetoed = self._vetoes(question) if not taken_back else []
        outcome = worst((found.outcome, *(one.outcome for one in (*asked, *vetoed))))
        told = [_elsewhere(one, claim.name, self.proposal.at_head) for one in elsewhere.values() if not voted]
        grounds = (*found.because, *told, *asked, *vetoed[:1], *map(_ballot, question.ballots))
        return replace(found, outcome=outcome, because=grounds)

    def _vetoes(self, question: Question) -> list[Verdict]:
        rules.refuse_unreliable(question)
        every = self.proposal.base.by_kind.get(rules.RULE, ())
        changes = [one for one in every if one.data["spec"]["for"] == "changes"]
        return [node for rule in changes for node in weighing.vetoes(rule, question)]

    def _lands(self, one: Ballot) -> bool:
        """Does the statement stand in the merge result? One that is only supposed has no bytes."""
        return one.vote is not None and (not one.vote.digest or one.vote.source in self.evidence.kept)

    def _able(self, question: Question) -> Mapping[str, str]:
        """Person → the emergency role in which they could let it go ahead, who have not voted yet."""
        policy = self.proposal.rulebook.settings.emergency
        voted = {one.person for one in question.ballots if one.approves}
        found: dict[str, str] = {}
        for role in policy.get("roles", ()):
            for person in self.roster.eligible(role):
                barred = question.barred.get(person, "")
                is_free = not barred or (policy.get("solo", False) and barred.startswith("CONTRIBUTOR"))
                if is_free and person not in voted and self.roster.can_sign(person):
                    found.setdefault(person, role)
        return found


def _elsewhere(one: Ballot, change: str, at_head: str) -> Verdict:
    says = (
        f"the vote of {one.person} ({one.source}) does not stand in the merge result: it has to land with the "
        f"emergency, since it tells later on what that did. Bring both of its files into approvals/{change}/ and "
        f"commit them, or {one.person} votes again: itsmctl change approve {change}{at_head}"
    )
    return note("note", one.person, "VOTE_ELSEWHERE", says, None, source=one.source)


def _ballot(one: Ballot) -> Verdict:
    details = {
        "decision": one.decision,
        "counted": one.approves,
        "role": one.role,
        "tier": one.tier,
        "source": one.source,
        "moved": [list(pair) for pair in one.moved],
    }
    return note("vote", one.person or "?", one.code, one.says, None, **details)
