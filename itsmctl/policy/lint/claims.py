"""Doubts about what a policy claims to be: its basis, severity, id and place, and whether it has work here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from itsmctl import cel, functions
from itsmctl.nearest import did_you_mean
from itsmctl.policy.lint.doubt import Doubt, Scene
from itsmctl.policy.rule import World

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy


def basis(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Clauses that do not go with the basis: nothing that the standard does not say may look as if it did."""
    del scene
    rule, clause = policy.rule, dict(policy.rule.clause)
    if rule.basis == "house" and clause:
        yield Doubt("policy-basis", "/spec/clause", "a house rule names a clause", _BASIS["house"], key=True)
    if rule.basis == "requirement" and not {"part1_2005", "part1_2018"} & clause.keys():
        yield Doubt("policy-basis", "/spec/basis", "a requirement names no clause of Part 1", _BASIS["requirement"])
    if rule.basis == "recommendation" and "part2_2005" not in clause:
        message = "a recommendation names no clause of Part 2"
        yield Doubt("policy-basis", "/spec/basis", message, _BASIS["recommendation"])
    if rule.basis == "recommendation" and "part1_2005" in clause:
        message = "a recommendation names a clause of Part 1, which holds requirements"
        yield Doubt("policy-basis", "/spec/clause/part1_2005", message, _BASIS["recommendation"])
    for edition, number in clause.items():
        if not _CLAUSES.fullmatch(number):
            message = f"{edition} is no clause number: {number}"
            yield Doubt("policy-basis", f"/spec/clause/{edition}", message, "Write numbers: 9.2 or 8.5.1, 8.7.2")


_CLAUSES = re.compile(r"\d+(\.\d+)*(, ?\d+(\.\d+)*)*")
_BASIS = {
    "house": "Leave the clause out. If the standard does ask for it, the basis is requirement or recommendation.",
    "requirement": "Name the clause as part1_2005 or part1_2018, or make the basis house.",
    "recommendation": "Advice stands in Part 2: name its clause as part2_2005, or make the basis house.",
}


def severity(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """A severity that does not go with the basis or the enforcement."""
    del scene
    rule = policy.rule
    says_why = ALL_THE_SAME in " ".join(rule.description.split())
    if rule.basis == "recommendation" and rule.severity == "error" and not says_why:
        yield Doubt("policy-severity", "/spec/severity", "a recommendation is an error", _LEVEL["recommendation"])
    if rule.basis == "requirement" and rule.severity == "info":
        yield Doubt("policy-severity", "/spec/severity", "a requirement is an info", _LEVEL["requirement"])
    if rule.enforcement == "advisory" and rule.severity == "error":
        yield Doubt("policy-severity", "/spec/severity", "an advisory rule is an error", _LEVEL["advisory"])


ALL_THE_SAME = "an error all the same"
"""What the description of a recommendation says, with the reason, where it is meant to be an error."""

_LEVEL = {
    "recommendation": (
        "The standard advises it and does not require it: make it a warning; or say in the description why it is "
        f"{ALL_THE_SAME}, in these words."
    ),
    "requirement": "Make it an error, or a warning where what it sees is only a sign of it.",
    "advisory": "It never fails a run, so call it a warning; or make the enforcement soft.",
}


def name(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """An id, file or process by which the rule would not be found."""
    rule = policy.rule
    folder, _, file = rule.path.removeprefix("policies/").rpartition("/")
    if rule.path.startswith("policies/") and file != f"{rule.id}.yaml":
        yield Doubt("policy-name", "/metadata/name", f"the file is called {file}", f"Rename it to {rule.id}.yaml.")
    if rule.path.startswith("policies/") and folder not in ("", rule.process):
        hint = f"Move it to policies/{rule.process}/, or straight into policies/."
        yield Doubt("policy-name", "/spec/process", f"the file is in policies/{folder}/", hint)
    owner = scene.prefixes.get(rule.id.split("-", 1)[0])
    if owner is not None and not policy.builtin:
        prefix = rule.id.split("-", 1)[0]
        message = f"{prefix}- begins the ids of rules that come with itsmctl, and a later version may bring {rule.id}"
        yield Doubt("policy-name", "/metadata/name", message, "Choose letters of your own, such as those of the team.")
    near = [] if rule.process in scene.processes else get_close_matches(rule.process, sorted(scene.processes), 1, 0.85)
    if near:
        hint = f"Did you mean {near[0]}? A process of your own needs a name that is not so near to another one."
        yield Doubt("policy-name", "/spec/process", f"no kind and no other rule is of {rule.process}", hint)


def place(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """A place for findings that no record of the kind can have."""
    if policy.at is None or any(scene.law.kinds[kind].field(policy.at) is not None for kind in policy.kinds):
        return
    known = [field.pointer for kind in policy.kinds for field in scene.law.kinds[kind].fields()]
    guess = did_you_mean(policy.at, known)
    hint = f"{guess[0].upper()}{guess[1:]}" if guess else "Write a JSON pointer such as /spec/state, or leave it out."
    yield Doubt("policy-place", "/spec/at", f"no {' or '.join(policy.kinds)} has a field {policy.at}", hint)


def idle(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """A rule of this repository that has nothing to look at in it."""
    if scene.case is None or policy.builtin:
        return
    held = [record for kind in policy.kinds for record in scene.case.head.by_kind.get(kind, ())]
    kinds = " and no ".join(policy.kinds)
    if not held:
        yield Doubt("policy-idle", "/spec/match/kind", f"there is no {kinds} in this repository")
        return
    world = World(scene.case, functions.bind(scene.case))
    try:
        if any(policy.applies(record, world) for record in held):
            return
    except cel.EvaluationError:
        return  # a record on which `when` has no value is a finding of `validate`
    pointer = "/spec/match/when" if policy.when is not None else "/spec/match/kind"
    yield Doubt("policy-idle", pointer, f"the rule looks at none of the {len(held)} records of its kind in here")
