"""What the operators do to values. Both evaluators come here, so that they cannot differ.

A `meter` is a list whose first element is the number of steps left; what takes longer than a step is charged to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .instants import Duration, Timestamp
from .problems import EvaluationError
from .values import INT_MAX, INT_MIN, UINT_MAX, Optional, Uint, find, kind, shown_kind

Meter = list[Any]

BUDGET: Final = 100_000
"""How many steps an evaluation may take, unless the host says otherwise."""
FREE: Final = 100
"""Text and lists up to this size cost nothing extra; beyond it, each hundred characters or elements cost a step."""


def charge(meter: Meter, steps: int) -> None:
    """Take steps off the meter. Raises a fatal EvaluationError when none are left."""
    meter[0] -= steps
    if meter[0] < 0:
        raise exhausted(meter)


def exhausted(meter: Meter) -> EvaluationError:
    """The error of a meter that has run out; `meter[1]` is what it started with."""
    return EvaluationError(f"the expression needs more than {meter[1]:,} steps", fatal=True)


def charge_size(meter: Meter, size: int) -> None:
    """Charge for reading or making a text or list of that size."""
    if size > FREE:
        charge(meter, size // 100)


# --- equality and order


def equal(one: object, other: object, meter: Meter) -> bool:
    """`==`: deep, numbers by value across types, bool never equal to a number, NaN equal to nothing."""
    left, right = type(one), type(other)
    if left is right and left in _ATOMIC:
        return one == other
    a, b = kind(one), kind(other)
    if a in NUMBERS and b in NUMBERS:
        return _same_number(one, other)
    if a != b:
        return False
    if a == "list":
        return _equal_lists(one, other, meter)  # type: ignore[arg-type]
    if a == "map":
        return _equal_maps(one, other, meter)  # type: ignore[arg-type]
    if isinstance(one, Optional) and isinstance(other, Optional):
        if one.held and other.held:
            return equal(one.held[0], other.held[0], meter)
        return one.held == other.held
    return one == other


_ATOMIC: Final = frozenset({str, bool, int, Uint, float, bytes, type(None), Timestamp, Duration})
NUMBERS: Final = frozenset({"int", "uint", "double"})


def _same_number(one: Any, other: Any) -> bool:
    # as cel-go: an int is compared with a double after turning it into one
    if isinstance(one, float) != isinstance(other, float):
        try:
            return float(one) == float(other)
        except OverflowError:
            return False
    return bool(one == other)


def _equal_lists(one: Sequence[object], other: Sequence[object], meter: Meter) -> bool:
    if len(one) != len(other):
        return False
    charge(meter, 1 + len(one) // 4)
    return all(equal(a, b, meter) for a, b in zip(one, other, strict=True))


def _equal_maps(one: Mapping[object, object], other: Mapping[object, object], meter: Meter) -> bool:
    if len(one) != len(other):
        return False
    charge(meter, 1 + len(one) // 2)
    if one is other and type(one) is dict and "nan" not in repr(one):  # a record beside itself; NaN is not equal to NaN
        return True
    for key, value in one.items():
        found = find(other, key)
        if not found or not equal(value, found[0], meter):
            return False
    return True


def compare(symbol: str, one: Any, other: Any) -> bool:
    """`<`, `<=`, `>`, `>=`. Numbers compare across types; everything else with its own kind only."""
    a, b = kind(one), kind(other)
    if a in NUMBERS and b in NUMBERS:
        if isinstance(one, float) != isinstance(other, float):
            one, other = _as_float(one), _as_float(other)
        if isinstance(one, float) and (math.isnan(one) or math.isnan(other)):
            raise EvaluationError("NaN has no order")
    elif a != b or a not in _ORDERED:
        raise no_overload(symbol, one, other)
    if symbol == "<":
        return bool(one < other)
    if symbol == "<=":
        return bool(one <= other)
    return bool(other < one) if symbol == ">" else bool(other <= one)


_ORDERED: Final = frozenset({"bool", "string", "bytes", "google.protobuf.Timestamp", "google.protobuf.Duration"})


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def contains(needle: object, where: object, meter: Meter) -> bool:
    """`needle in where`: an element of a list, or a key of a map."""
    if isinstance(where, (list, tuple)):
        charge(meter, len(where) // 8)
        if type(needle) is str:
            return needle in where
        return any(equal(needle, element, meter) for element in where)
    if isinstance(where, Mapping) and not isinstance(needle, bytes):
        return bool(find(where, needle))
    raise no_overload("in", needle, where)


def no_overload(symbol: str, *operands: object) -> EvaluationError:
    """The error of an operator that does not work on these kinds."""
    kinds = " and ".join(shown_kind(operand) for operand in operands)
    return EvaluationError(f"no such overload: {symbol} does not work on {kinds}")


# --- arithmetic


def in_int(value: int, what: str) -> int:
    """The value, if it fits an int."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvaluationError(f"integer overflow: {what} lies outside of an int")


def in_uint(value: int, what: str) -> Uint:
    """The value as a uint, if it fits."""
    if 0 <= value <= UINT_MAX:
        return Uint(value)
    raise EvaluationError(f"integer overflow: {what} lies outside of a uint")


def add(a: Any, b: Any, meter: Meter) -> object:
    """`a + b`: numbers of one type, text, bytes, lists, times."""
    match kind(a), kind(b):
        case "int", "int":
            return in_int(a + b, "the sum")
        case "string", "string":
            charge_size(meter, len(a) + len(b))
            return a + b
        case "uint", "uint":
            return in_uint(int(a) + int(b), "the sum")
        case "double", "double":
            return a + b
        case "list", "list":
            charge_size(meter, len(a) + len(b))
            return [*a, *b]
        case "bytes", "bytes":
            charge_size(meter, len(a) + len(b))
            return a + b
    if isinstance(a, Duration) and isinstance(b, Duration):
        return Duration(a.nanoseconds + b.nanoseconds)
    if isinstance(a, (Timestamp, Duration)) and isinstance(b, (Timestamp, Duration)) and type(a) is not type(b):
        return Timestamp(a.nanoseconds + b.nanoseconds, a.offset if isinstance(a, Timestamp) else b.offset)  # type: ignore[union-attr]
    raise no_overload("+", a, b)


def subtract(a: Any, b: Any, meter: Meter) -> object:
    """`a - b`: numbers of one type, times."""
    del meter
    match kind(a), kind(b):
        case "int", "int":
            return in_int(a - b, "the difference")
        case "uint", "uint":
            return in_uint(int(a) - int(b), "the difference")
        case "double", "double":
            return a - b
    if isinstance(a, (Timestamp, Duration)) and type(a) is type(b):
        return Duration(a.nanoseconds - b.nanoseconds)
    if isinstance(a, Timestamp) and isinstance(b, Duration):
        return Timestamp(a.nanoseconds - b.nanoseconds, a.offset)
    raise no_overload("-", a, b)


def multiply(a: Any, b: Any, meter: Meter) -> object:
    """`a * b`: numbers of one type."""
    del meter
    match kind(a), kind(b):
        case "int", "int":
            return in_int(a * b, "the product")
        case "uint", "uint":
            return in_uint(int(a) * int(b), "the product")
        case "double", "double":
            return a * b
    raise no_overload("*", a, b)


def _fit(*numbers: int) -> None:
    """Data may hold ints beyond 64 bits; there is no calculating with them."""
    for number in numbers:
        if type(number) is not Uint:
            in_int(number, "the number")


def divide(a: Any, b: Any, meter: Meter) -> object:
    """`a / b`: numbers of one type; integers towards zero, doubles as IEEE has it."""
    del meter
    match kind(a), kind(b):
        case ("int", "int") | ("uint", "uint"):
            if b == 0:
                raise EvaluationError("division by zero")
            _fit(a, b)
            quotient = abs(int(a)) // abs(int(b))
            if type(a) is Uint:
                return Uint(quotient)
            return in_int(quotient if (a < 0) == (b < 0) else -quotient, "the quotient")
        case "double", "double":
            if b == 0.0:
                if a == 0.0 or math.isnan(a):
                    return math.nan
                return math.copysign(math.inf, a) * math.copysign(1.0, b)
            return a / b
    raise no_overload("/", a, b)


def modulo(a: Any, b: Any, meter: Meter) -> object:
    """`a % b`: integers of one type; the sign is that of `a`."""
    del meter
    match kind(a), kind(b):
        case ("int", "int") | ("uint", "uint"):
            if b == 0:
                raise EvaluationError("modulus by zero")
            _fit(a, b)
            if type(a) is Uint:
                return Uint(int(a) % int(b))
            if a == INT_MIN and b == -1:
                raise EvaluationError("integer overflow: the remainder lies outside of an int")
            rest = abs(a) % abs(b)
            return in_int(-rest if a < 0 else rest, "the remainder")
    raise no_overload("%", a, b)


ARITHMETIC: Final[dict[str, Callable[[Any, Any, Meter], object]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
}


def negate(a: Any) -> object:
    """`-a` of an int or double."""
    match kind(a):
        case "int":
            return in_int(-a, "the negative")
        case "double":
            return -a
    raise no_overload("-", a)


def invert(a: object) -> bool:
    """`!a` of a bool."""
    if a is True or a is False:
        return not a
    raise no_overload("!", a)


def not_bool(value: object, place: str) -> EvaluationError:
    """The error of something other than true or false where one is needed."""
    return EvaluationError(f"no such overload: {place} needs true or false, not {shown_kind(value)}")
