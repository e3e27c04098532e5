"""Doubts about what the examples of a policy show: sides of conditions, operators, constants, twins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.policy import branches, mutation
from itsmctl.policy.lint.doubt import Doubt, Scene, field, short

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy


def sides(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Conditions of which the examples show one side only."""
    for one in branches.conditions(policy, scene.law):
        if len(one.answers) == 2:
            continue
        part = (one.program.text, one.start, one.end)
        if one.whole and one.pointer == "/spec/match/when":
            message = "`when` is true of every example, so that none shows what the rule leaves alone"
            yield Doubt("policy-when", one.pointer, message)
        elif one.whole:
            message = "every example that passes does so because the rule does not look at it"
            yield Doubt("policy-vacuous", "/spec/examples", message, key=True)
        else:
            yield Doubt("policy-branch", one.pointer, _one_sided(one), _wanted(one), part=part)


def _one_sided(one: branches.Condition) -> str:
    if not one.answers:
        return f"no example comes to `{short(one.text)}` in {field(one.pointer)}"
    always = "true" if True in one.answers else "false"
    return f"`{short(one.text)}` in {field(one.pointer)} is {always} in every example that comes to it"


def _wanted(one: branches.Condition) -> str:
    if one.pointer == "/spec/message":
        how = "for which the message takes the other way" if one.answers else "for which the message says this"
        return f"Add an example with `expect: fail` {how}, or make the message simpler."
    side = "in which it is false" if True in one.answers else "in which it is true"
    how = side if one.answers else "that comes to it: what stands before it decides too early"
    return f"Add an example {how}, or leave it out if it makes no difference."


def surviving(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Operators and constants that no example pins down."""
    for one in mutation.survivors(policy, scene.law, scene.types) if scene.mutants else ():
        was, now = short(one.mutant.was), short(one.mutant.now) or "nothing"
        message = f"`{was}` in {field(one.pointer)} could as well be `{now}`: no example would notice"
        part = (one.program.text, one.mutant.start, one.mutant.end)
        yield Doubt("policy-mutant", one.pointer, message, part=part)


def twins(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Examples with one name or one content."""
    del scene
    for position, example in enumerate(policy.examples):
        for other in policy.examples[:position]:
            top = f"/spec/examples/{position}"
            if example.name == other.name:
                message = f"two examples are called {example.name!r}"
                yield Doubt("policy-twin", f"{top}/name", message, "A report names an example by its name alone.")
            elif example.model_copy(update={"name": "", "at": None}) == other.model_copy(
                update={"name": "", "at": None}
            ):
                message = f"the example {example.name!r} shows the same as {other.name!r}"
                yield Doubt("policy-twin", f"{top}/name", message, "Leave one of them out, or make it differ.")
