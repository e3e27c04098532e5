"""The macros that go through lists and maps, traced: one step an element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import access, lists, nodes, operations
from .frames import placed
from .loops import cost, entries
from .nodes import Node
from .problems import EvaluationError
from .trace import COMPUTED, Bound, Provenance, Scope, Trace
from .values import make_map

if TYPE_CHECKING:
    from .tracer import Tracer


def trace_loop(tracer: Tracer, trace: Trace, node: nodes.Loop, scope: Scope) -> None:
    """Evaluate a loop into `trace`. Pays and gets back steps as `loops` does."""
    over = tracer.below(trace, node.range, scope)
    try:
        items = access.pairs(over.value) if len(node.variables) == 2 else access.elements(over.value, node.kind)
    except EvaluationError as error:
        raise placed(error, node.range) from None
    price = cost(node)
    tracer.meter[0] -= price * len(items)
    if tracer.meter[0] < 0:
        raise operations.exhausted(tracer.meter)
    if node.kind in {"all", "exists"}:
        _any_or_all(_Walk(tracer, trace, node, scope), items, price)
    elif node.kind == "exists_one":
        _exactly_one(_Walk(tracer, trace, node, scope), items)
    elif node.kind == "sortBy":
        _sort(_Walk(tracer, trace, node, scope), items)
    else:
        _collect(_Walk(tracer, trace, node, scope), items)


class _Walk:
    """One loop under way. The range is the first step of its trace, each element another one."""

    def __init__(self, tracer: Tracer, trace: Trace, node: nodes.Loop, scope: Scope) -> None:
        self.tracer = tracer
        self.trace = trace
        self.node = node
        self.scope = scope
        self.over = trace.children[0]

    def enter(self, item: Any, at: int) -> tuple[Trace, Scope]:
        """The step of an element, and the variables for it. The first of two is read with the second."""
        step = Trace(self.tracer.source, self.node.variables[0], item, element=True)
        step.name = ", ".join(variable.name for variable in self.node.variables)
        values = (item,)
        if len(self.node.variables) == 2:
            step.value = list(item)
            values = item
            step.origin = self.tracer.part(self.over.origin, item[1], item[0])
        else:
            step.origin = self.tracer.part(self.over.origin, item, item if isinstance(self.over.value, Mapping) else at)
        self.trace.children.append(step)
        origin = self.origin(step)
        bound = {v.name: Bound(value, origin) for v, value in zip(self.node.variables, values, strict=True)}
        return step, {**self.scope, **bound}

    def origin(self, element: Trace) -> Provenance:
        """Where an element came from: the list, if it has no place of its own."""
        return Provenance(steps=(self.over,)) if element.origin is COMPUTED else element.origin

    def ask(self, element: Trace, condition: Node, scope: Scope) -> Trace:
        """The step of a condition, failed if it is neither true nor false."""
        step = self.tracer.step(condition, scope)
        element.children.append(step)
        if step.error is None and step.value is not True and step.value is not False:
            problem = operations.not_bool(step.value, f"the condition of {self.node.kind}()")
            step.error = placed(problem, condition)
        element.error = step.error
        return step

    def holds(self, element: Trace, condition: Node, scope: Scope) -> bool:
        """Is the condition true? Raises its error."""
        step = self.ask(element, condition, scope)
        if step.error is not None:
            raise step.error
        return bool(step.value)


def _any_or_all(walk: _Walk, items: Sequence[Any], price: int) -> None:
    decisive = walk.node.kind == "exists"
    problem: EvaluationError | None = None
    for at, item in enumerate(items):
        element, inner = walk.enter(item, at)
        step = walk.ask(element, walk.node.body, inner)
        if step.error is not None:
            if step.error.fatal:
                raise step.error
            problem = problem or step.error
        elif step.value is decisive:
            walk.tracer.meter[0] += price * (len(items) - at - 1)
            walk.trace.value = decisive
            return
    if problem is not None:
        raise problem
    walk.trace.value = not decisive


def _exactly_one(walk: _Walk, items: Sequence[Any]) -> None:
    count = 0
    for at, item in enumerate(items):
        element, inner = walk.enter(item, at)
        count += walk.holds(element, walk.node.body, inner)
    walk.trace.value = count == 1


def _sort(walk: _Walk, items: Sequence[Any]) -> None:
    keys: list[Any] = []
    parts: list[Provenance] = []
    for at, item in enumerate(items):
        element, inner = walk.enter(item, at)
        key = walk.tracer.below(element, walk.node.body, inner)
        keys.append(key.value)
        parts.append(walk.origin(element))
    try:
        order = lists.positions(keys)
    except EvaluationError as error:
        raise placed(error, walk.node.body) from None
    walk.trace.value = [items[at] for at in order]
    walk.trace.origin = Provenance(steps=tuple(walk.trace.children), parts=tuple(parts[at] for at in order))


def _collect(walk: _Walk, items: Sequence[Any]) -> None:
    """filter, map and the transforming macros."""
    node, tracer = walk.node, walk.tracer
    made: list[Any] = []
    parts: list[Provenance] = []
    for at, item in enumerate(items):
        element, inner = walk.enter(item, at)
        if node.kind == "filter":
            if walk.holds(element, node.body, inner):
                made.append(item)
                parts.append(walk.origin(element))
            continue
        if node.guard is not None and not walk.holds(element, node.guard, inner):
            continue
        result = tracer.step(node.body, inner)
        element.children.append(result)
        element.error = result.error
        if result.error is not None:
            raise result.error
        parts.append(tracer.whence(result))
        if node.kind in {"map", "transformList"}:
            made.append(result.value)
            continue
        try:
            made.extend(entries(node, item, result.value, tracer.meter))
        except EvaluationError as error:
            result.error = element.error = placed(error, node.body)
            raise
    trace = walk.trace
    if node.kind in {"transformMap", "transformMapEntry"}:
        trace.value = make_map(made)
    else:
        trace.value = made
        trace.origin = Provenance(steps=tuple(trace.children), parts=tuple(parts))
