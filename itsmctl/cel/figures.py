"""Functions on numbers and collections: the math and sets extensions of cel-go, and optional values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from .instants import EARLIEST, Duration, Timestamp
from .operations import NUMBERS, Meter, charge, compare, equal, in_int
from .problems import EvaluationError
from .values import NOTHING, UINT_MAX, Optional, TypeValue, Uint, kind, shown_kind


def _refuse(name: str, value: object) -> EvaluationError:
    return EvaluationError(f"no such overload: {name}() does not work on {shown_kind(value)}")


def extreme(name: str, symbol: str) -> Callable[..., object]:
    """math.greatest and math.least: of numbers, or of the one list given."""

    def choose(meter: Meter, *values: object) -> object:
        if len(values) == 1 and isinstance(values[0], (list, tuple)):
            values = tuple(values[0])
            charge(meter, len(values) // 8)
            if not values:
                raise EvaluationError(f"{name}() needs at least one number")
        for value in values:
            if kind(value) not in NUMBERS:
                raise _refuse(name, value)
        best = values[0]
        for value in values[1:]:
            if compare(symbol, value, best):
                best = value
        return best

    return choose


def rounding(name: str) -> Callable[..., float]:
    """math.ceil, floor, round (half away from zero) and trunc, of a double."""
    way = _WAYS[name]

    def apply(meter: Meter, value: object) -> float:
        del meter
        if not isinstance(value, float):
            raise _refuse(name, value)
        return math.copysign(way(value), value) if math.isfinite(value) else value  # -0.2 is rounded to -0.0

    return apply


def _half_away(value: float) -> int:
    whole = math.floor(abs(value))
    return whole + (abs(value) - whole >= 0.5)


_WAYS: Final[dict[str, Callable[[float], int]]] = {
    "math.ceil": math.ceil,
    "math.floor": math.floor,
    "math.round": _half_away,
    "math.trunc": math.trunc,
}


def test(name: str) -> Callable[..., bool]:
    """math.isNaN, isInf and isFinite, of a double."""
    check = {"math.isNaN": math.isnan, "math.isInf": math.isinf, "math.isFinite": math.isfinite}[name]

    def apply(meter: Meter, value: object) -> bool:
        del meter
        if not isinstance(value, float):
            raise _refuse(name, value)
        return check(value)

    return apply


def absolute(meter: Meter, value: Any) -> object:
    """math.abs: the number without its sign."""
    del meter
    match kind(value):
        case "int":
            return in_int(abs(value), "the absolute value")
        case "uint" | "double":
            return value if type(value) is Uint else abs(value)
    raise _refuse("math.abs", value)


def sign(meter: Meter, value: Any) -> object:
    """math.sign: -1, 0 or 1, in the type of the number."""
    del meter
    name = kind(value)
    if name not in NUMBERS:
        raise _refuse("math.sign", value)
    if name == "double" and math.isnan(value):
        return value
    sign_ = (value > 0) - (value < 0)
    return Uint(sign_) if name == "uint" else float(sign_) if name == "double" else sign_


def square_root(meter: Meter, value: Any) -> float:
    """math.sqrt: NaN of a negative number."""
    del meter
    if kind(value) not in NUMBERS:
        raise _refuse("math.sqrt", value)
    number = float(in_int(value, "the number") if kind(value) == "int" else value)
    return math.sqrt(number) if number >= 0 else math.nan


def bits(name: str) -> Callable[..., int]:
    """math.bitAnd, bitOr, bitXor of two ints or two uints."""
    operation: Callable[[int, int], int] = {
        "math.bitAnd": lambda a, b: a & b,
        "math.bitOr": lambda a, b: a | b,
        "math.bitXor": lambda a, b: a ^ b,
    }[name]

    def apply(meter: Meter, one: Any, other: Any) -> int:
        del meter
        kinds = {kind(one), kind(other)}
        if kinds == {"int"}:
            return operation(in_int(one, "the number"), in_int(other, "the number"))
        if kinds == {"uint"}:
            return Uint(operation(int(one), int(other)))
        raise _refuse(name, one if kind(one) not in {"int", "uint"} else other)

    return apply


def bit_not(meter: Meter, value: Any) -> int:
    """math.bitNot: each bit the other way round."""
    del meter
    match kind(value):
        case "int":
            return ~in_int(value, "the number")
        case "uint":
            return Uint(UINT_MAX - int(value))
    raise _refuse("math.bitNot", value)


def shift(name: str) -> Callable[..., int]:
    """math.bitShiftLeft and bitShiftRight: by 0 or more; bits that leave the 64 are lost, no sign is drawn in."""
    left = name == "math.bitShiftLeft"

    def apply(meter: Meter, value: Any, count: Any) -> int:
        del meter
        if kind(value) not in {"int", "uint"} or kind(count) != "int":
            raise _refuse(name, value if kind(value) not in {"int", "uint"} else count)
        if in_int(count, "the number") < 0:
            raise EvaluationError(f"{name}() shifts by 0 or more, not by {count}")
        pattern = int(value) & UINT_MAX
        moved = 0 if count > 63 else (pattern << count) & UINT_MAX if left else pattern >> count
        if type(value) is Uint:
            return Uint(moved)
        return moved - 2**64 if moved >= 2**63 else moved

    return apply


# --- sets


def _lists(name: str, meter: Meter, one: object, other: object) -> None:
    for value in (one, other):
        if not isinstance(value, (list, tuple)):
            raise _refuse(name, value)
    charge(meter, len(one) * len(other) // 8)  # type: ignore[arg-type]


def _holds(where: Any, needle: object, meter: Meter) -> bool:
    return any(equal(needle, element, meter) for element in where)


def set_contains(meter: Meter, one: Any, other: Any) -> bool:
    """Is each element of the second list in the first?"""
    _lists("sets.contains", meter, one, other)
    return all(_holds(one, element, meter) for element in other)


def set_equivalent(meter: Meter, one: Any, other: Any) -> bool:
    """Does each list hold all elements of the other? Order and number do not matter."""
    return set_contains(meter, one, other) and set_contains(meter, other, one)


def set_intersects(meter: Meter, one: Any, other: Any) -> bool:
    """Do the lists have an element in common?"""
    _lists("sets.intersects", meter, one, other)
    return any(_holds(one, element, meter) for element in other)


# --- optional values


def optional_of(meter: Meter, value: object) -> Optional:
    """An optional that holds the value."""
    del meter
    return Optional(value)


def optional_none(meter: Meter) -> Optional:
    """An empty optional."""
    del meter
    return NOTHING


def optional_of_non_zero(meter: Meter, value: object) -> Optional:
    """An optional that is empty for null, false, 0, "", [] and {}."""
    del meter
    zero = value is None or (not isinstance(value, (TypeValue, Optional)) and _is_zero(value))
    return NOTHING if zero else Optional(value)


def _is_zero(value: Any) -> bool:
    if isinstance(value, (bool, int, float, str, bytes, list, tuple, Mapping)):
        return not value
    if isinstance(value, Timestamp) and value.nanoseconds in {0, EARLIEST}:
        raise EvaluationError(f"the implementations of CEL do not agree whether {value} is a zero value")
    return isinstance(value, Duration) and value.nanoseconds == 0


def _optional(name: str, value: object) -> Optional:
    if isinstance(value, Optional):
        return value
    raise _refuse(name, value)


def has_value(meter: Meter, value: object) -> bool:
    """Does the optional hold a value?"""
    del meter
    return bool(_optional("hasValue", value).held)


def held_value(meter: Meter, value: object) -> object:
    """What the optional holds; an error if it is empty."""
    del meter
    held = _optional("value", value).held
    if not held:
        raise EvaluationError("the optional holds no value")
    return held[0]


def either(meter: Meter, value: object, other: object) -> object:
    """The optional itself, or the other one if it is empty. The other one is evaluated only then."""
    del meter
    return value if _optional("or", value).held else _optional("or", other)


def value_or(meter: Meter, value: object, other: object) -> object:
    """What the optional holds, or the other value if it is empty. The other one is evaluated only then."""
    del meter
    held = _optional("orValue", value).held
    return held[0] if held else other


def bound_value(value: object, macro: str) -> tuple[object, ...]:
    """What an optional holds, as optMap() and optFlatMap() see it."""
    return _optional(macro, value).held


def flat(value: object) -> Optional:
    """The result of optFlatMap(): an optional already."""
    return _optional("optFlatMap", value)
