"""Do the votes on a change meet the approval rules at the base? Rules, votes and persons in, verdict nodes out. Pure.

Whoever is not decided on is denied: no rule that applies, a rule that errs, and one that nobody could meet all deny.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from itsmctl import cel, roster
from itsmctl.errors import CannotJudge
from itsmctl.gate import ballots, verdict, wayout, weighing
from itsmctl.gate.requirements import demands
from itsmctl.gate.verdict import About, Verdict
from itsmctl.gate.weighing import Question
from itsmctl.records import Record
from itsmctl.votes import Line, Vote

RULE = "ApprovalRule"
FAMILIES = ("governance", "changes")
"""What approval rules are for."""


class Answer(Struct, frozen=True):
    """What the rules say of a change. `grounds`: one node for each rule that applies, and what is lacking overall.

    `votes`: those that meet the rules, as far as they are met, for how long the verdict holds. `lines`: what the vote
    set that was counted is on.
    """

    grounds: tuple[Verdict, ...]
    votes: tuple[Vote, ...]
    lines: tuple[Line, ...]

    @property
    def met(self) -> bool:
        """Does nothing deny?"""
        return all(one.allowed for one in self.grounds)


def judge_rules(question: Question, families: Sequence[str] = FAMILIES) -> Answer:
    """The rules of both families at the base, or of those that are asked for, over the change and its votes.

    A change of governance (persons, roles, rules, protected files, …) needs a rule `for: governance`, one of other
    records, or of none, a rule `for: changes`; a change of both needs both. Raises CannotJudge where who is who, or
    a rule, cannot be read: a rule that is passed over would be no rule.
    """
    refuse_unreliable(question)
    if not question.setting.change.sound:
        ref = question.setting.change.ref
        says = f"{ref} breaks its schema, so no rule can be asked of it: itsmctl validate"
        return Answer((verdict.deny("rule", ref, "RULE_ERROR", says),), (), question.box.lines)
    applying, grounds = _applying(question, families)
    answers = []
    for lines in ballots.sets(question.ballots) or (question.box.lines,):
        weighed = [weighing.weigh(rule, question, lines) for rule in applying]
        way = wayout.node(question.box, [one.problem for one in weighed if one.problem is not None])
        nodes = (*grounds, *(one.node for one in weighed), *way)
        answers.append(Answer(nodes, _together([one.votes for one in weighed]), lines))
    return min(answers, key=_lacking)


def asked(question: Question) -> frozenset[str]:
    """Whom the rules that apply ask for, or give a veto. A rule that errs asks for nobody: it passes nothing either."""
    roster = question.box.roster
    found: set[str] = set()
    for rule in _applying(question, FAMILIES)[0]:
        try:
            found.update(person for one in demands(rule, question.setting, roster) for person in one.persons)
        except (cel.EvaluationError, *weighing.UNEXPECTED):
            continue
        found.update(person for role in rule.data["spec"].get("veto", ()) for person in roster.eligible(role))
    return frozenset(found)


def refuse_unreliable(question: Question) -> None:
    """Raises CannotJudge with every fault in persons, roles, delegations and rules at the base: in what decides."""
    base = question.setting.base
    faults = [*question.box.roster.faults, *roster.unreliable(base, (RULE,))]
    if faults:
        lines = "\n".join(f"  {one.path}: {one.says}" for one in faults)
        raise CannotJudge(
            f"who may approve cannot be told from the {base.label}:\n{lines}",
            "Mend these records on the target branch; until then nothing is approved.",
        )


def _applying(question: Question, families: Sequence[str]) -> tuple[list[Record], tuple[Verdict, ...]]:
    """The rules that apply, and a node for every one that errs, and for a family of which none applies."""
    items = question.setting.items
    wanted = {"governance": any(one.governance for one in items), "changes": not all(one.governance for one in items)}
    wanted["changes"] |= not items
    applying: list[Record] = []
    nodes: list[Verdict] = []
    for family, is_wanted in wanted.items():
        if not is_wanted or family not in families:
            continue
        rules = [r for r in question.setting.base.by_kind.get(RULE, ()) if r.data["spec"]["for"] == family]
        held, errors = _those_that_apply(rules, question)
        applying += held
        nodes += errors
        if not held and not errors:
            nodes.append(_no_rule(family, rules, question))
    return applying, tuple(nodes)


def _those_that_apply(rules: Sequence[Record], question: Question) -> tuple[list[Record], list[Verdict]]:
    held, errors = [], []
    for rule in rules:
        words = ""
        try:
            governs = rule.data["spec"]["for"] == "governance"
            if question.setting.applies(rule.data["spec"].get("when"), governs=governs):
                held.append(rule)
            missing = [r for r in rule.data["spec"].get("veto", ()) if not question.box.roster.has_role(r)]
            words = f"its veto role {missing[0]} is no Role at the base" if missing else ""
        except (cel.CompileError, cel.EvaluationError) as error:
            words = error.render()
        except weighing.UNEXPECTED as error:
            words = f"a record that it looks at is not as its schema says ({type(error).__name__})"
        if words:
            says = f"the rule cannot be applied, so nothing passes it: {words}"
            about = About(rule.path, "/spec/when", "base")
            errors.append(verdict.deny("rule", rule.name, "RULE_ERROR", says, about, error=words))
    return held, errors


def _no_rule(family: str, rules: Sequence[Record], question: Question) -> Verdict:
    why = f"none of {', '.join(rule.name for rule in rules)} applies" if rules else "there is none at the base"
    says = (
        f"no approval rule for {family} applies to {question.setting.change.ref}: {why}. "
        f"Add an ApprovalRule with for: {family} that does, one merge earlier"
    )
    return verdict.deny("rule", family, "NO_RULE", says, None, family=family, rules=[rule.name for rule in rules])


def _together(votes: Sequence[Sequence[Vote]]) -> tuple[Vote, ...]:
    """Each vote once."""
    return tuple({id(one): one for held in votes for one in held}.values())


def _lacking(answer: Answer) -> tuple[int, int]:
    """How far it is from allowing: nodes that deny, and persons who are missing."""
    missing = sum(one["missing"] for node in answer.grounds for one in node.details.get("lacking", ()))
    return sum(not one.allowed for one in answer.grounds), missing
