"""Whole claims as one Python function that proves that they hold, or gives up: never that one does not.

Most rules hold of most records. What is proven here is exactly what the closures would say; wherever a value is not
of the kind that the short way takes, the function raises, and the closures decide. Trees of `ast` are built, never
source text, so nothing that a rule says can become code.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, Final

from msgspec import Struct

from . import access, operations
from .checker import Checked
from .nodes import Node
from .scribe import AT, Scribe, Unsupported, negated
from .values import Optional

Unproven = Callable[[object], Sequence[int]]
"""The positions of the claims that are not proven of a subject. An exception: of none of them is anything proven."""

Expression = tuple[Node, Checked]


class Parts(Struct, frozen=True):
    """The expressions of one claim: where `guard` is true, `body` has to be; `lets` come between the two."""

    guard: Expression | None
    lets: tuple[tuple[str, Expression], ...]
    body: Expression


class Unsure(Exception):
    """Not for the short way."""


class Swift:
    """Claims about `subject`, each written as a block of one function, in the order in which the closures evaluate.

    A block that stumbles leaves its own claim unproven; `beyond` are the claims of a form that only closures know.
    """

    def __init__(self, subject: str, claims: Sequence[Parts]) -> None:
        scribe = Scribe(subject)
        blocks: list[ast.stmt] = []
        beyond: list[int] = []
        for position, parts in enumerate(claims):
            try:
                blocks.append(_block(scribe, position, parts))
            except (Unsupported, RecursionError):
                beyond.append(position)
        self.beyond = tuple(beyond)
        result = ast.Return(ast.Name("unsure", ast.Load(), **AT), **AT)
        self._code = _code([_set("unsure", ast.Name("beyond", ast.Load(), **AT)), *scribe.opening(), *blocks, result])
        self._names, self._functions, self._constants = scribe.globals, scribe.functions, scribe.constants

    def bound(
        self, constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]], budget: int
    ) -> Unproven:
        """The function; each claim has room for `budget` steps. What was not given it stumbles over."""
        known: dict[str, Any] = {**_HELPERS, **self._constants, "budget": budget, "beyond": self.beyond}
        known.update((mine, constants[name]) for name, mine in self._names.items() if name in constants)
        known.update((mine, functions[name]) for name, mine in self._functions.items() if name in functions)
        return FunctionType(self._code, known)


def _block(scribe: Scribe, position: int, parts: Parts) -> ast.stmt:
    """`try: if guard: lets; if not body: unsure += (position,)`, and the same on any exception."""
    scribe.begin()
    guard = scribe.condition(parts.guard, {}) if parts.guard is not None else None
    inner: list[ast.stmt] = []
    for name, expression in parts.lets:
        value, proof = scribe.value_of(expression)
        inner.append(_set(scribe.variable(name, proof), value))
    body = scribe.condition(parts.body, {})
    inner.append(ast.If(negated(body), [_unsure(position)], [], **AT))
    statements: list[ast.stmt] = inner if guard is None else [ast.If(guard, inner, [], **AT)]
    if scribe.metered:
        budget = ast.Name("budget", ast.Load(), **AT)
        statements.insert(0, _set("meter", ast.List([budget, budget], ast.Load(), **AT)))
    stumbled = ast.ExceptHandler(ast.Name("Exception", ast.Load(), **AT), None, [_unsure(position)], **AT)
    return ast.Try(statements, [stumbled], [], [], **AT)


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store(), **AT)], value, **AT)


def _unsure(position: int) -> ast.stmt:
    added = ast.Tuple([ast.Constant(position, **AT)], ast.Load(), **AT)
    return ast.AugAssign(ast.Name("unsure", ast.Store(), **AT), ast.Add(), added, **AT)


def _code(statements: list[ast.stmt]) -> CodeType:
    """The code object of `def unproven(subject): statements`."""
    module = ast.parse("def unproven(subject): ...")  # the fields of a definition differ between versions of Python
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - it was just written
    function.body = statements
    compiled = compile(module, "<claims>", "exec", dont_inherit=True)
    return next(held for held in compiled.co_consts if isinstance(held, CodeType))


# --- what the functions call: each raises where the closures would have to look closer


def _a_bool(value: object) -> bool:
    if value is True or value is False:
        return value
    raise Unsure


def _a_dict(value: object) -> dict[object, object]:
    if type(value) is dict:
        return value
    raise Unsure


def _size(value: object) -> int:
    if type(value) is list or type(value) is str or type(value) is dict:
        return len(value)
    raise Unsure


def _index(operand: Any, key: object) -> object:
    if type(key) is str and type(operand) is dict:
        return operand[key]
    return access.index(operand, key)


def _coalesce(
    apply: Callable[..., object], meter: operations.Meter, value: object, later: Callable[[], object]
) -> object:
    return apply(meter, value, later() if isinstance(value, Optional) and not value.held else None)


def _same(one: object, other: object, meter: operations.Meter) -> bool:
    if type(one) is str and type(other) is str:
        return one == other
    return operations.equal(one, other, meter)


def _within(needle: object, where: Any, meter: operations.Meter) -> bool:
    if type(needle) is str:
        if type(where) is dict:
            return needle in where
        if type(where) is list:
            meter[0] -= len(where) // 8
            if meter[0] < 0:
                raise Unsure
            return needle in where
    return operations.contains(needle, where, meter)


def _ordered(symbol: str, one: Any, other: Any) -> bool:
    if (type(one) is int and type(other) is int) or (type(one) is str and type(other) is str):
        return bool(_ORDER[symbol](one, other))
    return operations.compare(symbol, one, other)


def _paid(value: object, price: int, meter: operations.Meter) -> list[object]:
    if type(value) is not list:
        raise Unsure
    meter[0] -= price * len(value)
    if meter[0] < 0:
        raise Unsure
    return value


_ORDER: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

_HELPERS: Final[dict[str, object]] = {
    "Exception": Exception,
    "__builtins__": {},
    "a_bool": _a_bool,
    "a_dict": _a_dict,
    "all": all,
    "any": any,
    "coalesce": _coalesce,
    "index": _index,
    "index_optional": access.index_optional,
    "len": len,
    "negate": operations.negate,
    "ordered": _ordered,
    "paid": _paid,
    "same": _same,
    "select": access.select,
    "select_optional": access.select_optional,
    "size": _size,
    "sum": sum,
    "within": _within,
}
