"""CEL written as Python's syntax tree, for `swift`: what runs is exact where it ends, and raises where it is not.

Every name in what it writes is one of its own; texts of the rule stand in it as constants, never as code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from . import nodes
from .calls import Resolution
from .checker import Checked
from .loops import cost
from .nodes import Node
from .operations import ARITHMETIC
from .problems import EvaluationError
from .types import BOOL
from .values import INT_MAX, INT_MIN, make_map

AT: Final[dict[str, Any]] = {"lineno": 1, "col_offset": 0}
"""Where everything stands, as far as Python is concerned; finding that out afterwards takes longer than writing it."""


class Unsupported(Exception):
    """The expression has a form that only the closures know."""


Written = tuple[ast.expr, str]
"""An expression, and what is proven of its value: bool, int, str, list, dict or nothing."""


class Scribe:
    """Writes CEL as Python. Every name in what it writes is one of its own."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.checked: Checked = Checked(BOOL, {}, {}, {})
        self.globals: dict[str, str] = {}  # variable of the host → ours
        self.functions: dict[str, str] = {}
        self.constants: dict[str, object] = {}
        self.parts: dict[str, str] = {}  # field of the subject → ours
        self.lets: dict[str, tuple[str, str]] = {}  # name → ours, what is proven of it
        self.metered = False
        self._count = 0

    def begin(self) -> None:
        """Another claim: what it names is its own."""
        self.lets.clear()
        self.metered = False

    def opening(self) -> list[ast.stmt]:
        """What comes first: the parts of the subject that are looked into."""
        first: list[ast.stmt] = []
        for field, mine in self.parts.items():
            part = _call("a_dict", ast.Subscript(_name("subject"), ast.Constant(field, **AT), ast.Load(), **AT))
            first.append(ast.Assign([ast.Name(mine, ast.Store(), **AT)], part, **AT))
        return first

    def fresh(self, prefix: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{prefix}{self._count}"

    def variable(self, name: str, proof: str) -> str:
        """The name of a let, known from here on."""
        if name == self.subject:
            raise Unsupported("a let in place of the subject")
        mine = self.fresh("let")
        self.lets[name] = (mine, proof)
        return mine

    def constant(self, value: object) -> ast.expr:
        """A value that is the same each time."""
        if value is None or type(value) in (str, bool) or (type(value) is int and INT_MIN <= value <= INT_MAX):
            return ast.Constant(value, **AT)  # type: ignore[arg-type]  # what ast takes
        mine = self.fresh("constant")
        self.constants[mine] = value
        return _name(mine)

    def meter(self) -> ast.expr:
        """The list that steps are taken from."""
        self.metered = True
        return _name("meter")

    def value_of(self, expression: tuple[Node, Checked]) -> Written:
        """A whole expression."""
        node, self.checked = expression
        return self.write(node, {})

    def condition(self, asked: Node | tuple[Node, Checked], scope: Mapping[str, str]) -> ast.expr:
        """An expression, or a part of the one at hand, that is True or False and nothing else."""
        written, proof = self.value_of(asked) if isinstance(asked, tuple) else self.write(asked, scope)
        return written if proof == "bool" else _call("a_bool", written)

    def value(self, node: Node, scope: Mapping[str, str]) -> ast.expr:
        """An expression of which nothing need be known."""
        return self.write(node, scope)[0]

    def write(self, node: Node, scope: Mapping[str, str]) -> Written:
        """The node as Python. Raises Unsupported."""
        if node in self.checked.constants:
            return self.constant(self.checked.constants[node]), ""
        match node:
            case nodes.Literal():
                return self.constant(node.value), _PROOFS.get(type(node.value), "")
            case nodes.Ident():
                return self.ident(node, scope)
            case nodes.Select(optional=False):
                return self.select(node, scope)
            case nodes.Select():
                return _call("select_optional", self.owner(node.operand, scope)[0], ast.Constant(node.field, **AT)), ""
            case nodes.Index():
                look = "index_optional" if node.optional else "index"
                return _call(look, self.owner(node.operand, scope)[0], self.value(node.key, scope)), ""
            case nodes.Has():
                return self.has(node, scope), "bool"
            case nodes.Binary():
                return self.binary(node, scope)
            case nodes.Logic():
                operator = ast.Or() if node.operator == "||" else ast.And()
                return ast.BoolOp(operator, [self.condition(one, scope) for one in node.operands], **AT), "bool"
            case nodes.Unary(operator="!"):
                return negated(self.condition(node.operand, scope)), "bool"
            case nodes.Unary():
                return _call("negate", self.value(node.operand, scope)), ""
            case nodes.Conditional():
                then, first = self.write(node.then, scope)
                otherwise, second = self.write(node.otherwise, scope)
                made = ast.IfExp(self.condition(node.test, scope), then, otherwise, **AT)
                return made, first if first == second else ""
            case nodes.ListOf() if not any(node.optional):
                return self.list_of(node, scope), "list"
            case nodes.MapOf():
                return self.constant(_constant_map(node)), ""
            case nodes.Loop():
                return self.loop(node, scope)
            case nodes.Bind(optional=""):
                return self.bind(node, scope)
            case nodes.Call():
                return self.call(node, scope)
        raise Unsupported(type(node).__name__)

    def ident(self, node: nodes.Ident, scope: Mapping[str, str]) -> Written:
        """A variable: of a macro, a let, the subject, or one that the host gives."""
        if node.name in scope and not node.root:
            return _name(scope[node.name]), ""
        if node.name == self.subject:
            return _name("subject"), ""
        if node.name in self.lets:
            mine, proof = self.lets[node.name]
            return _name(mine), proof
        if node.name not in self.globals:
            self.globals[node.name] = self.fresh("given")
        return _name(self.globals[node.name]), ""

    def owner(self, node: Node, scope: Mapping[str, str]) -> Written:
        """What a field is looked up in. A part of the subject is looked up once, and is known to be a mapping."""
        match node:
            case nodes.Select(operand=nodes.Ident() as base, optional=False) if (
                base.name == self.subject and base.name not in scope and node not in self.checked.constants
            ):
                if node.field not in self.parts:
                    self.parts[node.field] = self.fresh("part")
                return _name(self.parts[node.field]), "dict"
        return self.write(node, scope)

    def select(self, node: nodes.Select, scope: Mapping[str, str]) -> Written:
        """`operand.field`: of anything but a mapping, and of one without the field, Python raises as well."""
        operand, field = self.owner(node.operand, scope)[0], ast.Constant(node.field, **AT)
        if _is_optional(node.operand) or not isinstance(operand, ast.Name | ast.Subscript | ast.Call):
            return _call("select", operand, field), ""
        return ast.Subscript(operand, field, ast.Load(), **AT), ""

    def has(self, node: nodes.Has, scope: Mapping[str, str]) -> ast.expr:
        """`has(operand.field)`."""
        operand, proof = self.owner(node.operand, scope)
        operand = operand if proof == "dict" else _call("a_dict", operand)
        return ast.Compare(ast.Constant(node.field, **AT), [ast.In()], [operand], **AT)

    def binary(self, node: nodes.Binary, scope: Mapping[str, str]) -> Written:
        """Arithmetic, comparison, equality, `in`."""
        symbol = node.operator
        if symbol == "in" and (words := _words(node.right)) is not None:
            return ast.Compare(self.value(node.left, scope), [ast.In()], [self.constant(words)], **AT), "bool"
        left, of_left = self.write(node.left, scope)
        right, of_right = self.write(node.right, scope)
        if symbol in {"==", "!="}:
            operator = ast.Eq() if symbol == "==" else ast.NotEq()
            if "str" in (of_left, of_right) or of_left == of_right == "int":
                return ast.Compare(left, [operator], [right], **AT), "bool"
            same = _call("same", left, right, self.meter())
            return (same if symbol == "==" else negated(same)), "bool"
        if symbol == "in":
            return _call("within", left, right, self.meter()), "bool"
        if symbol in ARITHMETIC:
            mine = f"arithmetic{ord(symbol)}"
            self.constants[mine] = ARITHMETIC[symbol]
            return _call(mine, left, right, self.meter()), ""
        if of_left == of_right and of_left in {"int", "str"}:
            return ast.Compare(left, [_ORDERS[symbol]()], [right], **AT), "bool"
        return _call("ordered", ast.Constant(symbol, **AT), left, right), "bool"

    def list_of(self, node: nodes.ListOf, scope: Mapping[str, str]) -> ast.expr:
        """`[a, b]`; one of constants is made once, since nothing changes a list."""
        if all(isinstance(item, nodes.Literal) for item in node.items):
            return self.constant([item.value for item in node.items if isinstance(item, nodes.Literal)])
        return ast.List([self.value(item, scope) for item in node.items], ast.Load(), **AT)

    def loop(self, node: nodes.Loop, scope: Mapping[str, str]) -> Written:
        """The macros with one variable that ask, choose or turn. The whole list is paid for, as the closures do."""
        if len(node.variables) != 1 or node.kind not in {"all", "exists", "exists_one", "filter", "map"}:
            raise Unsupported(node.kind)
        items = _call("paid", self.value(node.range, scope), ast.Constant(cost(node), **AT), self.meter())
        mine = self.fresh("item")
        inner = {**scope, node.variables[0].name: mine}
        conditions = [] if node.guard is None else [self.condition(node.guard, inner)]
        if node.kind == "filter":
            body, conditions = _name(mine), [self.condition(node.body, inner)]
        else:
            body = self.value(node.body, inner) if node.kind == "map" else self.condition(node.body, inner)
        through = ast.comprehension(ast.Name(mine, ast.Store(), **AT), items, conditions, 0)
        if node.kind in {"filter", "map"}:
            return ast.ListComp(body, [through], **AT), "list"
        if node.kind == "exists_one":
            total = _call("sum", ast.ListComp(body, [through], **AT))
            return ast.Compare(total, [ast.Eq()], [ast.Constant(1, **AT)], **AT), "bool"
        return _call("any" if node.kind == "exists" else "all", ast.GeneratorExp(body, [through], **AT)), "bool"

    def bind(self, node: nodes.Bind, scope: Mapping[str, str]) -> Written:
        """`cel.bind(name, value, result)`."""
        mine = self.fresh("bound")
        body, proof = self.write(node.body, {**scope, node.variable.name: mine})
        items = ast.List([self.value(node.value, scope)], ast.Load(), **AT)
        made = ast.ListComp(body, [ast.comprehension(ast.Name(mine, ast.Store(), **AT), items, [], 0)], **AT)
        return ast.Subscript(made, ast.Constant(0, **AT), ast.Load(), **AT), proof

    def call(self, node: nodes.Call, scope: Mapping[str, str]) -> Written:
        """A function or method."""
        resolved = self.checked.calls[node]
        name = resolved.name
        if resolved.standard is not None and name in {"or", "orValue"}:
            return self.coalesce(resolved, scope), ""
        written = [self.write(arg, scope) for arg in resolved.args]
        values = [value for value, _ in written]
        if resolved.standard is None:
            mine = self.functions.setdefault(name, f"function{len(self.functions)}")
            return _call(mine, *values), ""
        if name == "dyn":
            return written[0]
        if name == "size":
            return _call("len" if written[0][1] in {"list", "str", "dict"} else "size", *values), "int"
        return _call(self.standard(resolved), self.meter(), *values), "bool" if self.checked.types[node] == BOOL else ""

    def standard(self, resolved: Resolution) -> str:
        """Our name of a standard function."""
        mine = self.fresh("standard")
        self.constants[mine] = resolved.standard and resolved.standard.call
        return mine

    def coalesce(self, resolved: Resolution, scope: Mapping[str, str]) -> ast.expr:
        """`a.or(b)` and `a.orValue(b)`: b is evaluated only if a is empty. Of a field no optional need be made."""
        first, other = resolved.args
        plain = isinstance(other, nodes.Literal) or (isinstance(other, nodes.ListOf) and not other.items)
        if plain and isinstance(first, nodes.Select) and first.optional and resolved.name == "orValue":
            operand, proof = self.owner(first.operand, scope)
            if proof == "dict" or not _is_optional(first.operand):
                operand = operand if proof == "dict" else _call("a_dict", operand)
                get = ast.Attribute(operand, "get", ast.Load(), **AT)
                return ast.Call(get, [ast.Constant(first.field, **AT), self.value(other, scope)], [], **AT)
        mine = self.standard(resolved)
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        later = ast.Lambda(nothing, self.value(other, scope), **AT)
        return _call("coalesce", _name(mine), self.meter(), self.value(first, scope), later)


_PROOFS: Final = {str: "str", bool: "bool", int: "int"}
_ORDERS: Final[dict[str, type[ast.cmpop]]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load(), **AT)


def negated(value: ast.expr) -> ast.expr:
    """`not value`."""
    return ast.UnaryOp(ast.Not(), value, **AT)


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(_name(name), list(args), [], **AT)


def _is_optional(node: Node) -> bool:
    """Does the node look something up that may be missing?"""
    return isinstance(node, nodes.Select | nodes.Index) and (node.optional or _is_optional(node.operand))


def _constant_map(node: nodes.MapOf) -> object:
    """A map of nothing but constants and maps of them, made once: nothing changes a map."""
    if any(node.optional) or not all(isinstance(key, nodes.Literal) for key in node.keys):
        raise Unsupported("a map")
    values = []
    for value in node.values:
        if not isinstance(value, nodes.Literal | nodes.MapOf):
            raise Unsupported("a map")
        values.append(value.value if isinstance(value, nodes.Literal) else _constant_map(value))
    keys = [key.value for key in node.keys if isinstance(key, nodes.Literal)]
    try:
        return make_map(list(zip(keys, values, strict=True)))
    except EvaluationError as error:
        raise Unsupported("a map") from error


def _words(node: Node) -> frozenset[str] | None:
    """The texts of a list of nothing else."""
    if not isinstance(node, nodes.ListOf) or any(node.optional):
        return None
    words = [item.value for item in node.items if isinstance(item, nodes.Literal) and type(item.value) is str]
    return frozenset(words) if len(words) == len(node.items) else None
