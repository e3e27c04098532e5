"""Which sides of each condition the examples of a policy show: what is only ever true, false, or never asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import cel
from itsmctl.cel import nodes
from itsmctl.policy.stage import Stage, set_up

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy
    from itsmctl.records import Law


class Condition(Struct, frozen=True):
    """A part of the expression at `pointer` that is true or false, with the answers that the examples got from it.

    `start` and `end` are offsets into the expression. `whole`: it is all of the expression.
    """

    pointer: str
    program: cel.Program
    start: int
    end: int
    answers: frozenset[bool]
    whole: bool = False

    @property
    def text(self) -> str:
        """The condition as written."""
        return self.program.text[self.start : self.end]


def conditions(policy: Policy, law: Law) -> list[Condition]:
    """Every condition of the policy's expressions and of its message, in the order of the file.

    Those are: each side of `&&` and `||`, what stands before `?`, and what all, exists, exists_one and filter ask of
    each element; and `when` and `assert` as wholes. Examples that hold no sound records are passed over.
    """
    answers: dict[int, set[bool]] = {}
    for position in range(len(policy.examples)):
        stage = set_up(policy, position, law)
        if isinstance(stage, Stage):
            for trace in _traces(policy, stage):
                _gather(trace, answers)
    found = []
    for pointer, program in (*policy.expressions, ("/spec/message", policy.message)):
        for node, whole in _asked(program.node, pointer in ("/spec/match/when", "/spec/assert")):
            got = frozenset(answers.get(id(node), ()))
            found.append(Condition(pointer, program, node.start, node.end, got, whole))
    return found


def _traces(policy: Policy, stage: Stage) -> Iterator[cel.Trace]:
    """Every expression that the verdict on a stage takes, and the message where it fails."""
    record, world = stage.record, stage.world
    lifecycle = world.case.head.law.kinds[record.kind].lifecycle
    if not policy.closed and lifecycle is not None and record.state in lifecycle.terminal:
        return
    traces = policy.traces(record, world)
    yield from (trace for _, trace in traces)
    if traces[-1][0] == "assert" and traces[-1][1].value is False:
        given = {label.removeprefix("let "): trace for label, trace in traces if label.startswith("let ")}
        activation = {"self": record.data, "as_of": world.as_of} | {name: one.value for name, one in given.items()}
        yield policy.message.trace(activation, world.functions, origin_of=world.origin, given=given)


def _gather(trace: cel.Trace, answers: dict[int, set[bool]]) -> None:
    """Every true or false in a trace, by the node that it came from. Does not recurse."""
    stack = [trace]
    while stack:
        step = stack.pop()
        if step.evaluated and not step.element and isinstance(step.value, bool) and step.error is None:
            answers.setdefault(id(step.node), set()).add(step.value)
        stack.extend(step.children)


def _asked(tree: nodes.Node, judges: bool) -> Iterator[tuple[nodes.Node, bool]]:
    """The nodes that are conditions, and whether each is the whole; chains are asked side by side, not as one."""
    if judges:
        yield tree, True
    for node in nodes.walk(tree):
        asked: tuple[nodes.Node, ...] = ()
        match node:
            case nodes.Logic():
                asked = node.operands
            case nodes.Conditional():
                asked = (node.test,)
            case nodes.Loop():
                asked = (node.guard,) if node.guard is not None else ()
                asked += (node.body,) if node.kind in nodes.ASKING else ()
        yield from ((one, False) for one in asked if not isinstance(one, nodes.Logic | nodes.Literal))
