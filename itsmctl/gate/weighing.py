"""The votes on a change against one approval rule: which of them meet it, and what is lacking. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from itsmctl import cel, quorum
from itsmctl.gate import ballots, impasse, verdict
from itsmctl.gate.applying import Setting
from itsmctl.gate.ballots import Ballot, Box
from itsmctl.gate.requirements import Demand, can_vote, demands, fits
from itsmctl.gate.verdict import About, Verdict
from itsmctl.gate.wayout import Problem
from itsmctl.quorum import Matching, Requirement
from itsmctl.records import Record
from itsmctl.votes import Line, Tier, Vote

UNEXPECTED = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What a function may run into on a record that breaks its schema: it holds what nothing expects."""


class Question(Struct, frozen=True, dict=True):
    """One change with all that its approval depends on: what `when` is asked about, and the votes on it.

    `setting.items` are the records and files that the change covers, `box.lines` their lines.
    """

    setting: Setting
    box: Box

    @cached_property
    def ballots(self) -> tuple[Ballot, ...]:
        """Every vote on the change, counted or not."""
        return ballots.count(self.box)

    @cached_property
    def barred(self) -> Mapping[str, str]:
        """Person → why the head keeps them from approving."""
        return ballots.barred(self.box)


class Weighed(Struct, frozen=True):
    """One rule, judged. `votes`: those that meet it. `problem`: what is lacking, where votes can mend it."""

    node: Verdict
    votes: tuple[Vote, ...] = ()
    problem: Problem | None = None


class _Scale(Struct, frozen=True, dict=True):
    """One rule with the votes that are put to it: of all that count, those on these lines."""

    rule: Record
    question: Question
    lines: tuple[Line, ...]
    asked: tuple[Demand, ...]

    @property
    def tier(self) -> Tier:
        tier: Tier = self.rule.data["spec"].get("min_tier", "T3")
        return tier

    @cached_property
    def counted(self) -> Mapping[str, Ballot]:
        """Person → the approval that meets what the rule asks of one, the strongest if there are several."""
        found: dict[str, Ballot] = {}
        for one in self.question.ballots:
            if not self.why_not(one) and (one.person not in found or one.tier > found[one.person].tier):
                found[one.person] = one
        return found

    def why_not(self, one: Ballot) -> tuple[str, str] | None:
        """(code, sentence) why a ballot is no approval under this rule; None where it is one."""
        if one.code:
            return one.code, one.says
        if one.decision != "approve":
            return one.decision.upper(), one.vote.reason if one.vote is not None else ""
        if not ballots.reaches(one.tier, self.tier):
            return "TIER_TOO_LOW", f"the rule counts {self.tier} and stronger, and this is {one.tier}"
        if one.lines != self.lines:
            return "OTHER_LINES", "it is on other lines than the votes that it would have to count with"
        mine = [demand for demand in self.asked if one.person in demand.persons]
        if not mine:
            wanted = ", ".join(demand.label for demand in self.asked)
            return "NO_ROLE", f"{one.person} is none of those that the rule asks for: {wanted}"
        if not any(fits(demand, one.role, self.question.box.roster) for demand in mine):
            wanted = " or ".join(demand.label for demand in mine)
            return "NO_ROLE", f"it is cast as {one.role}, and would count as {wanted}"
        return None

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """What is asked, with whom it may be met by: those who have voted, as they say that they vote."""
        return tuple(Requirement(one.label, self._eligible(one), one.count) for one in self.asked)

    def _eligible(self, demand: Demand) -> frozenset[str]:
        roster = self.question.box.roster
        return frozenset(
            person
            for person in demand.persons
            if person not in self.counted or fits(demand, self.counted[person].role, roster)
        )

    @cached_property
    def matching(self) -> Matching:
        return quorum.match(self.requirements, self.counted, self.voices)

    @cached_property
    def voices(self) -> Mapping[str, Mapping[str, str]]:
        """Whom delegations make one vote under this rule, and why."""
        return self.question.box.roster.voices(role for demand in self.asked for role in demand.roles)

    @cached_property
    def able(self) -> frozenset[str]:
        """Who could still approve under this rule, those who did included."""
        box, barred = self.question.box, self.question.barred
        asked = {person for demand in self.asked for person in demand.persons}
        return frozenset(
            one for one in asked if one in self.counted or (one not in barred and can_vote(one, box.roster, self.tier))
        )


def weigh(rule: Record, question: Question, lines: tuple[Line, ...]) -> Weighed:
    """A rule that applies, over the approvals that are on these lines."""
    about = About(rule.path, "/spec/require", "base")
    try:
        asked = demands(rule, question.setting, question.box.roster)
    except cel.EvaluationError as error:
        says = f"whom the rule asks for cannot be told: {error.message}"
        return Weighed(verdict.deny("rule", rule.name, "RULE_ERROR", says, about, error=error.message))
    except UNEXPECTED as error:
        says = f"whom the rule asks for cannot be told: a record is not as its schema says ({type(error).__name__})"
        return Weighed(verdict.deny("rule", rule.name, "RULE_ERROR", says, about))
    scale = _Scale(rule, question, lines, asked)
    return _weighed(scale)


def _weighed(scale: _Scale) -> Weighed:
    rule, matching = scale.rule, scale.matching
    used = {person for persons in matching.used for person in persons}
    because = [*vetoes(rule, scale.question), *_over_limit(scale)]
    problem = None
    if not matching.met:
        facts = (scale.able, scale.question.barred, scale.voices, scale.tier)
        blocked = [*impasse.deadlocks(impasse.Asked(rule.path, scale.asked, scale.question.box, *facts))]
        because += blocked
        if not blocked:
            held = quorum.Problem(scale.requirements, frozenset(scale.counted), scale.able, scale.voices)
            problem = Problem(scale.asked, held)
    because += [_ballot(one, scale, used) for one in scale.question.ballots]
    lacking = [
        {"requirement": demand.says, "label": demand.label, "missing": missing, "persons": list(demand.persons)}
        for demand, missing in zip(scale.asked, matching.lacking, strict=True)
        if missing
    ]
    outcome = "DENIED" if lacking else verdict.worst(one.outcome for one in because)
    details: dict[str, Any] = {
        "requirements": [_plain(one, by) for one, by in zip(scale.asked, matching.used, strict=True)],
        "lacking": lacking,
        "min_tier": scale.tier,
        "for": rule.data["spec"]["for"],
    }
    says = ", ".join(demand.says for demand in scale.asked)
    about = About(rule.path, "/spec/when" if "when" in rule.data["spec"] else "/spec/require/0", "base")
    code = "LACKING" if lacking else ""
    node = Verdict("rule", rule.name, outcome, code, says, tuple(because), about, details)
    votes = tuple(vote for person in sorted(used) if (vote := scale.counted[person].vote) is not None)
    return Weighed(node, votes, problem)


def _plain(demand: Demand, by: tuple[str, ...]) -> dict[str, Any]:
    return {
        "requirement": demand.says,
        "label": demand.label,
        "count": demand.count,
        "owner": demand.owner,
        "about": list(demand.about),
        "at": demand.at,
        "met_by": list(by),
    }


def vetoes(rule: Record, question: Question) -> list[Verdict]:
    """A reject by who may vote in a veto role of the rule denies.

    Of reviews it counts whatever the rule's tier, if they were read from the forge: a rule that asks for more before
    it allows does not ask for more before it stops. Exported reviews anybody could have written.
    """
    found = []
    roster = question.box.roster
    weakest: Tier = "T1" if rule.data["spec"].get("min_tier") == "T1" else "T2"
    for place, role in enumerate(rule.data["spec"].get("veto", ())):
        for one in question.ballots:
            standing = roster.standing(one.person, role)
            if one.rejects and standing is not None and ballots.reaches(one.tier, weakest):
                reason = f": {one.vote.reason}" if one.vote is not None and one.vote.reason else ""
                says = (
                    f"{one.person}{_for(standing.via)} rejects it as {role}{reason}. Only {one.person} can take it back"
                )
                about = About(rule.path, f"/spec/veto/{place}", "base")
                facts = {"role": role, "via": standing.via, "tier": one.tier, "source": one.source}
                found.append(verdict.deny("check", one.person, "VETO", says, about, **facts))
    return found


def _over_limit(scale: _Scale) -> list[Verdict]:
    """More records in one change than the rule allows, in this head, in what was voted on, or in the record."""
    setting = scale.question.setting
    most = scale.rule.data["spec"].get("limits", {}).get("records")
    listed = len(setting.change.data["spec"].get("items", ()))
    size = max(len({one.ref for one in setting.items}), len(scale.lines), len(scale.question.box.lines), listed)
    if most is None or size <= most:
        return []
    says = f"the change covers {size} records, and the rule allows {most}: split it into several changes"
    about = About(scale.rule.path, "/spec/limits/records", "base")
    return [verdict.deny("check", scale.rule.name, "OVER_LIMIT", says, about, records=size, most=most)]


def _ballot(one: Ballot, scale: _Scale, used: set[str]) -> Verdict:
    """What the rule makes of one ballot: it says so, and decides nothing by itself."""
    code, says = scale.why_not(one) or ("", "")
    chosen = scale.counted.get(one.person)
    if not code and chosen is not one:
        code, says = "SUPERSEDED", f"{one.person} approved with stronger evidence as well"
    if not code and one.person not in used:
        why = scale.voices.get(one.person, {})
        others = sorted(other for other in used if other in why)
        if others:
            code, says = "ONE_VOTE", f"{one.person} and {others[0]} are one vote, {why[others[0]]}"
    label, via = "", ""
    for demand, persons in zip(scale.asked, scale.matching.used, strict=True):
        if one.person in demand.persons and (one.person in persons or not label):
            label, via = demand.label, _via(one.person, demand, scale)
    details = {
        "decision": one.decision,
        "counted": not code,
        "needed": not code and one.person in used,
        "role": label or one.role,
        "via": via,
        "tier": one.tier,
        "source": one.source,
        "change": scale.question.box.change,
        "moved": [list(pair) for pair in one.moved],
    }
    return verdict.note("vote", one.person or "?", code, says or _for(via).strip(), None, **details)


def _via(person: str, demand: Demand, scale: _Scale) -> str:
    standing = scale.question.box.roster.standing(person, demand.roles[0]) if demand.roles else None
    return standing.via if standing is not None else ""


def _for(via: str) -> str:
    return f" (for {via})" if via else ""
