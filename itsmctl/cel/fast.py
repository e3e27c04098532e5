"""The fast evaluator: a checked tree becomes nested Python closures over one flat frame.

A frame is a list: steps left, budget, variables, host functions, variables of macros. It serves as the meter too.
Errors get their place in the except branches only, which cost nothing while all goes well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import access, closures, frames, nodes, operations
from .checker import Checked
from .closures import held
from .frames import FIRST_SLOT, MISSING, Frame, Run, no_value, placed
from .loops import compile_bind, compile_loop
from .nodes import Node
from .operations import ARITHMETIC
from .problems import EvaluationError
from .values import make_map
from .written import TRIED


class Compiler:
    """Turns nodes into closures. `slots` is the layout of the frame after the two counters."""

    def __init__(self, checked: Checked, variables: tuple[str, ...], functions: tuple[str, ...]) -> None:
        self.checked = checked
        self.roots = {name: FIRST_SLOT + at for at, name in enumerate(variables)}
        self.functions = {name: FIRST_SLOT + len(variables) + at for at, name in enumerate(functions)}
        self.size = FIRST_SLOT + len(variables) + len(functions)
        self.pending: dict[int, Run] = {}  # the values of cel.bind(), by the slot that they go to

    def new_slot(self) -> int:
        """A slot for a variable of a macro."""
        self.size += 1
        return self.size - 1

    def part(self, node: Node, checked: Checked) -> Run:
        """The closure of another tree over the same frame."""
        self.checked = checked
        return self.compile(node, {})

    def compile(self, node: Node, scope: Mapping[str, int]) -> Run:
        """The closure of the node."""
        if node in self.checked.constants:
            return frames.constant(self.checked.constants[node])
        match node:
            case nodes.Literal():
                return frames.constant(node.value)
            case nodes.Ident():
                return self.ident(node, scope)
            case nodes.Select() if not node.optional:
                return self.path(node, scope)
            case nodes.Has():
                return self.has(node, scope)
            case nodes.Binary():
                return self.binary(node, scope)
            case nodes.Logic():
                return self.logic(node, scope)
            case nodes.Call():
                return self.call(node, scope)
            case nodes.Loop():
                return compile_loop(self, node, scope)
            case nodes.Unary():
                return self.unary(node, scope)
            case nodes.Conditional():
                return self.conditional(node, scope)
            case nodes.Index() | nodes.Select():
                return self.index(node, scope)
            case nodes.ListOf():
                return self.list_of(node, scope)
            case nodes.MapOf():
                return self.map_of(node, scope)
            case nodes.Bind():
                return self.bind(node, scope)
        raise TypeError(type(node).__name__)

    # --- names and fields

    def slot(self, node: nodes.Ident, scope: Mapping[str, int]) -> int:
        """Where the variable lies in the frame."""
        return self.roots[node.name] if node.root or node.name not in scope else scope[node.name]

    def ident(self, node: nodes.Ident, scope: Mapping[str, int]) -> Run:
        """A variable."""
        slot = self.slot(node, scope)
        if slot in self.pending:
            return frames.pending(slot, self.pending[slot])
        if slot >= FIRST_SLOT + len(self.roots):
            return lambda frame: frame[slot]

        def run(frame: Frame) -> Any:
            value = frame[slot]
            if value is MISSING:
                raise placed(no_value(node.name), node)
            return value

        return run

    def path(self, node: nodes.Select, scope: Mapping[str, int]) -> Run:
        """A whole chain of selections at once: plain dictionaries are looked into without a call between."""
        chain: list[nodes.Select] = []
        base: Node = node
        while isinstance(base, nodes.Select) and not base.optional and base not in self.checked.constants:
            chain.append(base)
            base = base.operand
        chain.reverse()

        def slowly(value: Any) -> Any:
            for link in chain:
                try:
                    value = access.select(value, link.field)
                except EvaluationError as error:
                    raise placed(error, link) from None
            return value

        start = self.compile(base, scope)
        keys = [link.field for link in chain]
        if isinstance(base, nodes.Ident):
            return frames.variable_path(self.slot(base, scope), keys, start, slowly)
        return frames.path(start, keys, slowly)

    def has(self, node: nodes.Has, scope: Mapping[str, int]) -> Run:
        """`has(a.b)`."""
        operand, field = self.compile(node.operand, scope), node.field

        def run(frame: Frame) -> bool:
            value = operand(frame)
            if type(value) is dict:
                return field in value
            try:
                return access.has(value, field)
            except EvaluationError as error:
                raise placed(error, node) from None

        return run

    def index(self, node: nodes.Index | nodes.Select, scope: Mapping[str, int]) -> Run:
        """`a[k]`, `a[?k]` and `a.?f`."""
        operand = self.compile(node.operand, scope)
        look: Callable[[Any, Any], object]
        plain = isinstance(node, nodes.Index) and not node.optional
        if isinstance(node, nodes.Select):
            key, look = frames.constant(node.field), access.select_optional
        else:
            key = self.compile(node.key, scope)
            look = access.index_optional if node.optional else access.index

        def run(frame: Frame) -> Any:
            value, at = operand(frame), key(frame)
            if plain and type(at) is str and type(value) is dict and at in value:
                return value[at]
            try:
                return look(value, at)
            except EvaluationError as error:
                raise placed(error, node) from None

        return run

    # --- operators

    def logic(self, node: nodes.Logic, scope: Mapping[str, int]) -> Run:
        """`||` and `&&`: an operand that decides wins over errors on either side; the first error is the error."""
        if len(node.operands) == 2:
            first, second = node.operands
            return closures.either_or_both(node, self.compile(first, scope), self.compile(second, scope))
        decisive = node.operator == "||"
        operands = tuple((operand, self.compile(operand, scope)) for operand in node.operands)
        place = node.operator

        def run(frame: Frame) -> bool:
            problem: EvaluationError | None = None
            for operand, evaluate in operands:
                try:
                    value: object = evaluate(frame)
                except EvaluationError as error:
                    if error.fatal:
                        raise
                    problem = problem or error
                    continue
                if value is decisive:
                    return decisive
                if value is not (not decisive):
                    problem = problem or placed(operations.not_bool(value, place), operand)
            if problem is not None:
                raise problem
            return not decisive

        return run

    def unary(self, node: nodes.Unary, scope: Mapping[str, int]) -> Run:
        """`!a` and `-a`."""
        operand = self.compile(node.operand, scope)
        inverts = node.operator == "!"
        apply: Callable[[Any], object] = operations.invert if inverts else operations.negate

        def run(frame: Frame) -> Any:
            value = operand(frame)
            if inverts and (value is True or value is False):
                return value is False
            try:
                return apply(value)
            except EvaluationError as error:
                raise placed(error, node) from None

        return run

    def conditional(self, node: nodes.Conditional, scope: Mapping[str, int]) -> Run:
        """`a ? b : c`."""
        test, then = self.compile(node.test, scope), self.compile(node.then, scope)
        otherwise = self.compile(node.otherwise, scope)

        def run(frame: Frame) -> Any:
            value = test(frame)
            if value is True:
                return then(frame)
            if value is False:
                return otherwise(frame)
            raise placed(operations.not_bool(value, "the condition before ?"), node.test)

        return run

    def binary(self, node: nodes.Binary, scope: Mapping[str, int]) -> Run:
        """Arithmetic, comparison, `in`."""
        left, right = self.compile(node.left, scope), self.compile(node.right, scope)
        symbol = node.operator
        if symbol in {"==", "!="}:
            return closures.equality(node, left, right)
        if symbol == "in":
            return closures.membership(node, left, right)
        if symbol in ARITHMETIC:
            return closures.arithmetic(node, left, right)
        return closures.comparison(node, left, right)

    # --- collections

    def list_of(self, node: nodes.ListOf, scope: Mapping[str, int]) -> Run:
        """`[a, ?b]`."""
        items = tuple(self.compile(item, scope) for item in node.items)
        if all(isinstance(item, nodes.Literal) for item in node.items) and not any(node.optional):
            return frames.constant([item([]) for item in items])  # nothing changes a list, so one will do
        if not any(node.optional):
            return lambda frame: [item(frame) for item in items]

        def run(frame: Frame) -> list[Any]:
            made: list[Any] = []
            for item, optional, evaluate in zip(node.items, node.optional, items, strict=True):
                value: object = evaluate(frame)
                made.extend(held(value, item) if optional else (value,))
            return made

        return run

    def map_of(self, node: nodes.MapOf, scope: Mapping[str, int]) -> Run:
        """`{k: v, ?k: v}`."""
        entries = tuple(
            (self.compile(key, scope), self.compile(value, scope), value, optional)
            for key, value, optional in zip(node.keys, node.values, node.optional, strict=True)
        )

        def run(frame: Frame) -> Any:
            pairs: list[tuple[object, object]] = []
            for key, value, value_node, optional in entries:
                found_key, found = key(frame), value(frame)
                pairs.extend((found_key, one) for one in (held(found, value_node) if optional else (found,)))
            try:
                return make_map(pairs)
            except EvaluationError as error:
                raise placed(error, node) from None

        return run

    # --- calls

    def bind(self, node: nodes.Bind, scope: Mapping[str, int]) -> Run:
        """cel.bind(), optMap() and optFlatMap()."""
        return compile_bind(self, node, scope)

    def call(self, node: nodes.Call, scope: Mapping[str, int]) -> Run:
        """A function or method."""
        resolved = self.checked.calls[node]
        args = tuple(self.compile(arg, scope) for arg in resolved.args)
        if resolved.standard is None:
            return closures.host_call(node, resolved.name, self.functions[resolved.name], args)
        first = resolved.args[0] if resolved.args else None
        if resolved.name == "orValue" and isinstance(first, nodes.Select) and first.optional:
            operand = self.compile(first.operand, scope)
            return closures.field_or(node, first, operand, args[1], resolved.standard.call)
        if resolved.name in {"or", "orValue"}:
            return closures.coalesce(node, args[0], args[1], resolved.standard.call)
        if resolved.name == "dyn":
            return args[0]
        if resolved.name == "size":
            return closures.size(node, args[0])
        apply = resolved.standard.call
        if resolved.name in TRIED and all(isinstance(arg, nodes.Literal) for arg in resolved.args):
            return frames.constant(apply([0, 0], *(arg([]) for arg in args)))
        return closures.standard_call(node, apply, args)
