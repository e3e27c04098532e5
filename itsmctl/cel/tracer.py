"""The tracing evaluator: walks the tree, keeps every step and where each value came from. Same values as `fast`.

Errors are kept in the steps, not raised: an expression that fails has a trace that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from . import access, nodes, operations
from .checker import Checked
from .frames import MISSING, no_value, placed
from .nodes import Node
from .problems import EvaluationError, Source
from .trace import COMPUTED, Pending, Provenance, Scope, Trace
from .traced_calls import trace_bind, trace_call
from .traced_collections import trace_list, trace_map
from .traced_loops import trace_loop
from .values import Optional

OriginOf = Callable[[object], "str | None"]


class Tracer:
    """One traced run."""

    def __init__(
        self,
        source: Source,
        checked: Checked,
        activation: Mapping[str, object],
        functions: Mapping[str, Callable[..., Any]],
        budget: int,
        origin_of: OriginOf | None,
        given: Mapping[str, Trace],
    ) -> None:
        self.source = source
        self.checked = checked
        self.activation = activation
        self.functions = functions
        self.meter: operations.Meter = [budget, budget]
        self.origin_of = origin_of
        self.given = given

    def run(self, tree: Node) -> Trace:
        """The trace of the whole expression."""
        try:
            trace = self.step(tree, {})
        except (RecursionError, MemoryError) as error:
            what = "the data is nested too deep" if isinstance(error, RecursionError) else "there is not enough memory"
            trace = self.new(tree)
            trace.error = EvaluationError(what, tree.start, tree.end, fatal=True)
        if trace.error is not None and trace.error.source is None:
            trace.error.source = self.source
        return trace

    def new(self, node: Node) -> Trace:
        """A step about to be evaluated."""
        return Trace(self.source, node)

    def skip(self, trace: Trace, *rest: Node) -> None:
        """Note the nodes that were not evaluated."""
        trace.children.extend(Trace(self.source, node, evaluated=False) for node in rest)

    def step(self, node: Node, scope: Scope) -> Trace:
        """Evaluate one node."""
        trace = self.new(node)
        if node in self.checked.constants:
            trace.value = self.checked.constants[node]
            return trace
        try:
            _STEPS[type(node)](self, trace, node, scope)
        except EvaluationError as error:
            trace.error = placed(error, node)
        return trace

    def below(self, trace: Trace, node: Node, scope: Scope) -> Trace:
        """Evaluate a node below another, which fails with it."""
        child = self.step(node, scope)
        trace.children.append(child)
        if child.error is not None:
            raise child.error
        return child

    # --- where values come from

    def part(self, whole: Provenance, value: object, step: object) -> Provenance:
        """Where an element or field of a value lies."""
        if whole.parts is not None and isinstance(step, int) and whole.parts[step].root is not None:
            return whole.parts[step]
        name = self.named(value)
        if name is not None:
            return Provenance(name, towards=(whole,))
        if whole.root is not None:
            pointer = f"{whole.pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
            return Provenance(whole.root, pointer, steps=whole.steps, towards=whole.towards)
        if whole.parts is not None and isinstance(step, int):
            return whole.parts[step]
        return whole

    def named(self, value: object) -> str | None:
        """The name that the host has for the value, if it is a record."""
        if self.origin_of is None or not isinstance(value, (Mapping, list)):
            return None
        return self.origin_of(value)

    def missing(self, whole: Provenance, step: object) -> Provenance:
        """The place where nothing was. A list or map is no step: it is the whole that was asked."""
        if whole.root is None or not isinstance(step, (str, int, float)):
            return whole
        pointer = f"{whole.pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
        return Provenance(whole.root, pointer, present=False, steps=whole.steps, towards=whole.towards)

    # --- names and fields

    def literal(self, trace: Trace, node: nodes.Literal, scope: Scope) -> None:
        """A constant."""
        del scope
        trace.value = node.value

    def ident(self, trace: Trace, node: nodes.Ident, scope: Scope) -> None:
        """A variable."""
        if node.name in scope and not node.root:
            bound = scope[node.name]
            if isinstance(bound, Pending):
                self.pending(trace, bound)
            else:
                trace.value, trace.origin = bound.value, bound.origin
            return
        given = self.given.get(node.name)
        value = self.activation.get(node.name, MISSING)
        if value is MISSING:
            raise no_value(node.name)
        trace.value = value
        if given is None:
            trace.origin = Provenance(node.name)
        else:
            trace.origin = Provenance(steps=(given,)) if given.origin is COMPUTED else given.origin

    @staticmethod
    def pending(trace: Trace, bound: Pending) -> None:
        """A variable of cel.bind()."""
        try:
            settled = bound.settle()
        except EvaluationError:
            if bound.step is not None:
                trace.origin = Provenance(steps=(bound.step,))
            raise
        trace.value, trace.origin = settled.value, settled.origin

    def select(self, trace: Trace, node: nodes.Select, scope: Scope) -> None:
        """`a.b` and `a.?b`."""
        operand = self.below(trace, node.operand, scope)
        look = access.select_optional if node.optional else access.select
        self.look(trace, operand, node.field, look)

    def index(self, trace: Trace, node: nodes.Index, scope: Scope) -> None:
        """`a[k]` and `a[?k]`."""
        operand = self.below(trace, node.operand, scope)
        key = self.below(trace, node.key, scope)
        self.look(trace, operand, key.value, access.index_optional if node.optional else access.index)

    def look(self, trace: Trace, operand: Trace, key: object, look: Callable[[Any, Any], object]) -> None:
        """Take a field or element, and note the place even if nothing is there."""
        step = int(key) if isinstance(key, float) and key.is_integer() else key
        trace.origin = self.missing(operand.origin, step)
        trace.value = look(operand.value, key)
        value = trace.value
        if isinstance(value, Optional):
            if not value.held:
                return
            value = value.held[0]
        trace.origin = self.part(operand.origin, value, step)

    def has(self, trace: Trace, node: nodes.Has, scope: Scope) -> None:
        """`has(a.b)`."""
        operand = self.below(trace, node.operand, scope)
        trace.value = access.has(operand.value, node.field)
        at = self.missing(operand.origin, node.field)
        trace.origin = Provenance(at.root, at.pointer, trace.value, at.steps, at.towards) if at.root is not None else at

    # --- operators

    def logic(self, trace: Trace, node: nodes.Logic, scope: Scope) -> None:
        """`&&` and `||`."""
        decisive = node.operator == "||"
        problem: EvaluationError | None = None
        for at, operand in enumerate(node.operands):
            child = self.step(operand, scope)
            trace.children.append(child)
            if child.error is not None:
                if child.error.fatal:
                    raise child.error
                problem = problem or child.error
            elif child.value is decisive:
                trace.value = decisive
                self.skip(trace, *node.operands[at + 1 :])
                return
            elif child.value is not (not decisive):
                child.error = placed(operations.not_bool(child.value, node.operator), operand)
                problem = problem or child.error
        if problem is not None:
            raise problem
        trace.value = not decisive

    def unary(self, trace: Trace, node: nodes.Unary, scope: Scope) -> None:
        """`!a` and `-a`."""
        value = self.below(trace, node.operand, scope).value
        trace.value = operations.invert(value) if node.operator == "!" else operations.negate(value)

    def conditional(self, trace: Trace, node: nodes.Conditional, scope: Scope) -> None:
        """`a ? b : c`."""
        test = self.below(trace, node.test, scope).value
        if test is not True and test is not False:
            raise placed(operations.not_bool(test, "the condition before ?"), node.test)
        if not test:
            self.skip(trace, node.then)
        chosen = self.below(trace, node.then if test else node.otherwise, scope)
        if test:
            self.skip(trace, node.otherwise)
        trace.value, trace.origin = chosen.value, chosen.origin

    def binary(self, trace: Trace, node: nodes.Binary, scope: Scope) -> None:
        """Arithmetic, comparison, `in`."""
        left = self.below(trace, node.left, scope)
        right = self.below(trace, node.right, scope)
        symbol = node.operator
        if symbol in {"==", "!="}:
            trace.value = operations.equal(left.value, right.value, self.meter) is (symbol == "==")
        elif symbol == "in":
            trace.value = operations.contains(left.value, right.value, self.meter)
            if isinstance(right.value, Mapping) and right.origin.root is not None:
                # the key of a map, as has() would ask for it; what chose the key led there
                at = self.missing(right.origin, left.value)
                trace.origin = Provenance(at.root, at.pointer, trace.value, (*at.steps, left), at.towards)
        elif symbol not in operations.ARITHMETIC:
            trace.value = operations.compare(symbol, left.value, right.value)
        else:
            trace.value = operations.ARITHMETIC[symbol](left.value, right.value, self.meter)
            if isinstance(trace.value, list):
                trace.origin = Provenance(steps=(left, right), parts=(*self.elements(left), *self.elements(right)))

    def elements(self, trace: Trace) -> list[Provenance]:
        """Where the elements of a list came from."""
        return [self.part(trace.origin, item, at) for at, item in enumerate(trace.value)]

    # --- collections

    def list_of(self, trace: Trace, node: nodes.ListOf, scope: Scope) -> None:
        """`[a, ?b]`."""
        trace_list(self, trace, node, scope)

    def map_of(self, trace: Trace, node: nodes.MapOf, scope: Scope) -> None:
        """`{k: v, ?k: v}`."""
        trace_map(self, trace, node, scope)

    @staticmethod
    def whence(trace: Trace) -> Provenance:
        """Where the value of a step came from, for use away from it."""
        return Provenance(steps=(trace,)) if trace.origin is COMPUTED else trace.origin

    # --- macros

    def bind(self, trace: Trace, node: nodes.Bind, scope: Scope) -> None:
        """cel.bind(), optMap() and optFlatMap()."""
        trace_bind(self, trace, node, scope)

    def loop(self, trace: Trace, node: nodes.Loop, scope: Scope) -> None:
        """all, exists, map and their kin."""
        trace_loop(self, trace, node, scope)

    def call(self, trace: Trace, node: nodes.Call, scope: Scope) -> None:
        """A function or method."""
        trace_call(self, trace, node, scope)


_STEPS: Final[dict[type, Callable[[Tracer, Trace, Node, Scope], None]]] = cast(
    "dict[type, Callable[[Tracer, Trace, Node, Scope], None]]",
    {
        nodes.Literal: Tracer.literal,
        nodes.Ident: Tracer.ident,
        nodes.Select: Tracer.select,
        nodes.Index: Tracer.index,
        nodes.Call: Tracer.call,
        nodes.Unary: Tracer.unary,
        nodes.Binary: Tracer.binary,
        nodes.Logic: Tracer.logic,
        nodes.Conditional: Tracer.conditional,
        nodes.ListOf: Tracer.list_of,
        nodes.MapOf: Tracer.map_of,
        nodes.Has: Tracer.has,
        nodes.Loop: Tracer.loop,
        nodes.Bind: Tracer.bind,
    },
)
