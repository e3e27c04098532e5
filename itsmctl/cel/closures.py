"""The building blocks of the fast evaluator: closures for operators and calls, over one flat frame.

Errors get their place in the except branches only, which cost nothing while all goes well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import access, nodes, operations
from .frames import Frame, Run, placed
from .library import FUNCTIONS
from .nodes import Node
from .operations import ARITHMETIC, equal
from .problems import EvaluationError
from .values import INT_MAX, INT_MIN, Optional


def held(value: object, node: Node) -> tuple[object, ...]:
    """What an optional holds, for `[?a]` and `{?k: v}`."""
    if isinstance(value, Optional):
        return value.held
    raise placed(operations.no_overload("?", value), node)


def equality(node: nodes.Binary, left: Run, right: Run) -> Run:
    """`==` and `!=`; with text on the right without a detour."""
    wanted = node.operator == "=="
    if isinstance(node.right, nodes.Literal) and type(node.right.value) is str:
        text = node.right.value
        if wanted:
            return lambda frame: left(frame) == text
        return lambda frame: left(frame) != text

    def run(frame: Frame) -> bool:
        a, b = left(frame), right(frame)
        if type(a) is str and type(b) is str:
            return (a == b) is wanted
        try:
            return equal(a, b, frame) is wanted
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


_FREE: Final = 8
"""Lists that are shorter are looked through without charge."""


def either_or_both(node: nodes.Logic, first: Run, second: Run) -> Run:
    """`||` and `&&` of two operands, which nearly all are: as the general way, without its loop."""
    decisive = node.operator == "||"
    neutral = not decisive
    one, two = node.operands

    def run(frame: Frame) -> bool:
        problem: EvaluationError | None = None
        try:
            value: object = first(frame)
        except EvaluationError as error:
            if error.fatal:
                raise
            problem = error
        else:
            if value is decisive:
                return decisive
            if value is not neutral:
                problem = placed(operations.not_bool(value, node.operator), one)
        try:
            value = second(frame)
        except EvaluationError as error:
            if error.fatal:
                raise
            problem = problem or error
        else:
            if value is decisive:
                return decisive
            if value is not neutral:
                problem = problem or placed(operations.not_bool(value, node.operator), two)
        if problem is not None:
            raise problem
        return neutral

    return run


def membership(node: nodes.Binary, left: Run, right: Run) -> Run:
    """`in`; a short list of text is a set."""
    if isinstance(node.right, nodes.ListOf) and len(node.right.items) < 8:
        words = [item.value for item in node.right.items if isinstance(item, nodes.Literal)]
        if len(words) == len(node.right.items) and all(type(word) is str for word in words):
            known = frozenset(words)

            def look_up(frame: Frame) -> bool:
                value = left(frame)
                return type(value) is str and value in known

            return look_up

    def run(frame: Frame) -> bool:
        a, b = left(frame), right(frame)
        if type(a) is str and (type(b) is dict or (type(b) is list and len(b) < _FREE)):
            return a in b
        try:
            return operations.contains(a, b, frame)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def arithmetic(node: nodes.Binary, left: Run, right: Run) -> Run:
    """`+ - * / %`; small sums of ints without a detour."""
    apply = ARITHMETIC[node.operator]
    add, subtract = node.operator == "+", node.operator == "-"

    def run(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        if type(a) is int and type(b) is int and (add or subtract):
            total = a + b if add else a - b
            if INT_MIN <= total <= INT_MAX:
                return total
        try:
            return apply(a, b, frame)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def comparison(node: nodes.Binary, left: Run, right: Run) -> Run:
    """`< <= > >=`."""
    symbol = node.operator
    less, strict = symbol in {"<", "<="}, symbol in {"<", ">"}

    def run(frame: Frame) -> bool:
        a, b = left(frame), right(frame)
        if type(a) is type(b) and (type(a) is int or type(a) is str):
            if not less:
                a, b = b, a
            return bool(a < b if strict else a <= b)
        try:
            return operations.compare(symbol, a, b)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def size(node: nodes.Call, operand: Run) -> Run:
    """size(x)."""
    sized = frozenset({list, str, dict})
    apply = FUNCTIONS["size"].call

    def run(frame: Frame) -> int:
        value = operand(frame)
        if type(value) in sized:
            return len(value)
        try:
            return apply(frame, value)  # type: ignore[return-value]
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def standard_call(node: nodes.Call, apply: Callable[..., object], args: tuple[Run, ...]) -> Run:
    """A standard function."""
    if len(args) == 1:
        (only,) = args

        def run_one(frame: Frame) -> Any:
            value = only(frame)
            try:
                return apply(frame, value)
            except EvaluationError as error:
                raise placed(error, node) from None

        return run_one

    def run(frame: Frame) -> Any:
        values = [arg(frame) for arg in args]
        try:
            return apply(frame, *values)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def host_failure(name: str, error: Exception) -> EvaluationError:
    """A function of the host went wrong in a way that it did not foresee: nothing may absorb that."""
    return EvaluationError(f"{name}() failed: {type(error).__name__}: {str(error)[:200]}", fatal=True)


def host_call(node: nodes.Call, name: str, slot: int, args: tuple[Run, ...]) -> Run:
    """A function of the host."""
    if len(args) == 1:
        (only,) = args

        def run_one(frame: Frame) -> Any:
            value = only(frame)
            try:
                return frame[slot](value)
            except EvaluationError as error:
                raise placed(error, node) from None
            except Exception as error:
                raise placed(host_failure(name, error), node) from error

        return run_one

    def run(frame: Frame) -> Any:
        values = [arg(frame) for arg in args]
        try:
            return frame[slot](*values)
        except EvaluationError as error:
            raise placed(error, node) from None
        except Exception as error:
            raise placed(host_failure(name, error), node) from error

    return run


def coalesce(node: nodes.Call, first: Run, second: Run, apply: Callable[..., object]) -> Run:
    """`a.or(b)` and `a.orValue(b)`: b is evaluated only if a is empty."""

    def run(frame: Frame) -> Any:
        value = first(frame)
        other = second(frame) if isinstance(value, Optional) and not value.held else None
        try:
            return apply(frame, value, other)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def field_or(node: nodes.Call, field: nodes.Select, operand: Run, second: Run, apply: Callable[..., object]) -> Run:
    """`a.?b.orValue(c)`: of a plain dictionary no optional is made in between."""
    name = field.field

    def run(frame: Frame) -> Any:
        value = operand(frame)
        if type(value) is dict:
            return value[name] if name in value else second(frame)
        try:
            found = access.select_optional(value, name)
        except EvaluationError as error:
            raise placed(error, field) from None
        other = None if found.held else second(frame)
        try:
            return apply(frame, found, other)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run
