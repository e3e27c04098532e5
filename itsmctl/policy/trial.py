"""Holds a policy against its own examples, each in its own tiny world. Reads no files, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from itsmctl import cel
from itsmctl.findings import Rule
from itsmctl.policy.stage import AS_OF, Stage, Trouble, set_up
from itsmctl.records import Remark

if TYPE_CHECKING:
    from itsmctl.policy.model import Example
    from itsmctl.policy.rule import Policy, World
    from itsmctl.records import Law, Record

__all__ = ["AS_OF", "RULES", "Outcome", "Trouble", "Verdict", "judge", "remarks", "run", "verdict"]

Verdict = Literal["pass", "fail", "does not apply", "undecided", "unsound"]
"""`unsound`: the example holds a record that breaks its schema, so no rule would ever look at it."""

RULES: tuple[Rule, ...] = (
    Rule(
        id="policy-example",
        title="Every example of a policy behaves as it says",
        severity="error",
        description="The examples are the tests of a rule, and what `itsmctl explain` shows. One that does not behave "
        "means that the rule does something else than its author thinks.",
        remediation="Mend the rule, or the example. itsmctl policy test FILE runs the examples of one policy.",
    ),
)


class Outcome(Struct, frozen=True):
    """One example, run. `at` and `message` are those of the finding, where the verdict is `fail` or `undecided`."""

    policy: Policy
    position: int  # in spec.examples, from 0; -1: about the examples as a whole
    name: str
    expect: str
    verdict: Verdict
    at: str = ""
    message: str = ""
    troubles: tuple[Trouble, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Does the example behave as it says?"""
        return not self.troubles


def run(policy: Policy, law: Law) -> list[Outcome]:
    """What the policy says of each of its examples, in order. Never raises for what an example holds."""
    outcomes = [_try(policy, position, example, law) for position, example in enumerate(policy.examples)]
    return [*outcomes, *_one_sided(policy, outcomes)]


def remarks(outcomes: list[Outcome]) -> list[Remark]:
    """The troubles as remarks on the policy files."""
    rule = RULES[0]
    return [
        Remark(
            rule.id,
            rule.severity,
            f"{outcome.policy.rule.id}: {f'example {outcome.name!r}: ' if outcome.name else ''}{trouble.message}",
            outcome.policy.rule.path,
            pointer=trouble.pointer,
            key=trouble.key,
            hint=trouble.hint or rule.remediation,
        )
        for outcome in outcomes
        for trouble in outcome.troubles
    ]


def _one_sided(policy: Policy, outcomes: list[Outcome]) -> Iterator[Outcome]:
    """A rule that is never seen to fail, or never to hold, is not shown to tell the two apart."""
    for expect, seen in (("fail", "fail"), ("pass", "pass")):
        if any(outcome.expect == expect for outcome in outcomes):
            continue
        message = f"no example {'fails' if seen == 'fail' else 'passes'}, so it is not shown that the rule can"
        yield Outcome(policy, -1, "", expect, "undecided", troubles=(Trouble("/spec/examples", message, key=True),))


def _try(policy: Policy, position: int, example: Example, law: Law) -> Outcome:
    """Lets the policy judge the record of one example in its own world."""
    stage = set_up(policy, position, law)
    if not isinstance(stage, Stage):
        return Outcome(policy, position, example.name, example.expect, "unsound", troubles=stage)
    verdict, remark, why = judge(policy, stage)
    at, message = (remark.pointer, remark.message) if remark is not None else ("", why)
    troubles = (
        *_compare(f"/spec/examples/{position}", example, verdict, at, message),
        *(_mute(policy, stage.record, stage.world) if verdict == "fail" else ()),
    )
    return Outcome(policy, position, example.name, example.expect, verdict, at, message, troubles)


def judge(policy: Policy, stage: Stage) -> tuple[Verdict, Remark | None, str]:
    """The verdict on a stage, the finding if there is one, and why the rule does not apply if it does not."""
    record, world = stage.record, stage.world
    if not _applies(policy, stage):
        return "does not apply", None, _aloof(policy, record, world)
    remark = policy.judge(record, world)
    if remark is None:
        return "pass", None, ""
    return ("fail" if remark.rule == policy.rule.id else "undecided"), remark, ""


def verdict(policy: Policy, stage: Stage) -> Verdict:
    """The verdict of `judge` alone: to find the words and the place of a finding takes most of the time."""
    return policy.verdict(stage.record, stage.world) if _applies(policy, stage) else "does not apply"


def _applies(policy: Policy, stage: Stage) -> bool:
    try:
        return policy.applies(stage.record, stage.world)
    except cel.EvaluationError:
        return True  # who judges reports it


def _mute(policy: Policy, record: Record, world: World) -> Iterator[Trouble]:
    """A message that has no value would leave the finding without its sentence."""
    activation: dict[str, object] = {"self": record.data, "as_of": world.as_of}
    for name, program in policy.lets:
        activation[name] = program.run(activation, world.functions)
    try:
        policy.message.run(activation, world.functions)
    except cel.EvaluationError as error:
        yield Trouble("/spec/message", f"the message has no value: {error.message}", "Guard what it reads with has(…).")


def _aloof(policy: Policy, record: Record, world: World) -> str:
    lifecycle = world.case.head.law.kinds[record.kind].lifecycle
    if lifecycle is not None and record.state in lifecycle.terminal and not policy.closed:
        return f"{record.state} is a terminal state, and the rule does not say `closed: true`"
    return "`when` is false of it"


def _compare(top: str, example: Example, verdict: Verdict, at: str, message: str) -> Iterator[Trouble]:
    """What is not as the example says. A rule that does not apply lets a record pass."""
    got = "pass" if verdict == "does not apply" else verdict
    if verdict == "undecided":
        hint = "Give what the rule reads, in the record or in `world`, or guard the expression with has(…)."
        yield Trouble(f"{top}/name", message, hint)
    elif got != example.expect:
        said = {
            "pass": "the rule passes it",
            "fail": f"the rule fails it at {at or '/'}: {message}",
            "does not apply": f"the rule does not look at it: {message}",
        }[verdict]
        yield Trouble(f"{top}/expect", f"expected to {example.expect}, but {said}")
    elif example.at is not None and got == "fail" and at != example.at:
        yield Trouble(f"{top}/at", f"expected at {example.at}, but the finding is at {at or '/'}")
    elif example.at is not None and got == "pass":
        yield Trouble(f"{top}/at", "a record that passes has no finding, so there is no place to expect", key=True)
