"""A whole claim as one Python function that proves that it holds, or gives up: never that it does not.

Most rules hold of most records. What is proven here is exactly what the closures would say; wherever a value is not
of the kind that the short way takes, the function raises, and the closures decide. Trees of `ast` are built, never
source text, so nothing that a rule says can become code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, Final

from . import access, operations
from .checker import Checked
from .nodes import Node
from .scribe import AT, Scribe, negated
from .values import Optional

Holds = Callable[[object], bool]
"""True: the claim holds of the subject, or does not apply. Anything else, an exception too: not proven."""


class Unsure(Exception):
    """Not for the short way."""


class Swift:
    """`guard`, `lets` and `body` of a claim about `subject`, in the order in which the closures evaluate them.

    Raises Unsupported. `bound` gives the function over constants and functions; each has room for `budget` steps.
    """

    def __init__(
        self,
        subject: str,
        guard: tuple[Node, Checked] | None,
        lets: Sequence[tuple[str, Node, Checked]],
        body: tuple[Node, Checked],
    ) -> None:
        scribe = Scribe(subject)
        statements: list[ast.stmt] = []
        if guard is not None:
            scribe.checked = guard[1]
            test = scribe.condition(guard[0], {})
            statements.append(
                ast.If(test=negated(test), body=[ast.Return(ast.Constant(True, **AT), **AT)], orelse=[], **AT)
            )
        for name, node, checked in lets:
            scribe.checked = checked
            value, proof = scribe.write(node, {})
            variable = scribe.variable(name, proof)
            statements.append(ast.Assign(targets=[ast.Name(variable, ast.Store(), **AT)], value=value, **AT))
        scribe.checked = body[1]
        statements.append(ast.Return(scribe.condition(body[0], {}), **AT))
        self._code = _code([*scribe.opening(), *statements])
        self._names, self._functions, self._constants = scribe.globals, scribe.functions, scribe.constants

    def bound(self, constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]], budget: int) -> Holds:
        """The function. What was not given it stumbles over, and proves nothing."""
        known: dict[str, Any] = {**_HELPERS, **self._constants, "budget": budget}
        known.update((mine, constants[name]) for name, mine in self._names.items() if name in constants)
        known.update((mine, functions[name]) for name, mine in self._functions.items() if name in functions)
        return FunctionType(self._code, known)


def _code(statements: list[ast.stmt]) -> CodeType:
    """The code object of `def holds(subject): statements`."""
    module = ast.parse("def holds(subject): ...")  # the fields of a definition differ between versions of Python
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - it was just written
    function.body = statements
    compiled = compile(module, "<claim>", "exec", dont_inherit=True)
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
    if type(needle) is str and (type(where) is dict or (type(where) is list and len(where) < 8)):
        return needle in where
    return operations.contains(needle, where, meter)


def _ordered(symbol: str, one: Any, other: Any) -> bool:
    return operations.compare(symbol, one, other)


def _paid(value: object, price: int, meter: operations.Meter) -> list[object]:
    if type(value) is not list:
        raise Unsure
    meter[0] -= price * len(value)
    if meter[0] < 0:
        raise Unsure
    return value


_HELPERS: Final[dict[str, object]] = {
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
