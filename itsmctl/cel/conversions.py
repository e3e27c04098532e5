"""Type conversions, as cel-go does them: int uint double string bytes bool type timestamp duration; and size."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

from .instants import SECOND, Duration, Timestamp, parse_duration, parse_timestamp, quote
from .operations import Meter, charge_size, in_int, in_uint
from .problems import EvaluationError
from .values import TypeValue, Uint, kind, shown_kind

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,400}")
_DOUBLE: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?|inf|infinity|nan)", re.IGNORECASE
)
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def _refuse(value: object, wanted: str) -> EvaluationError:
    return EvaluationError(f"no such overload: {wanted}() does not take {shown_kind(value)}")


def to_int(meter: Meter, value: Any) -> int:
    """Doubles are cut towards zero; text is decimal; a timestamp gives seconds, a duration nanoseconds."""
    del meter
    match kind(value):
        case "int":
            return in_int(value, "the number")
        case "uint":
            return in_int(int(value), "the number")
        case "double":
            if not math.isfinite(value) or not -(2.0**63) < value < 2.0**63:
                raise EvaluationError(f"integer overflow: {show_double(value)} lies outside of an int")
            return int(value)
        case "string":
            if _WHOLE.fullmatch(value):
                return in_int(int(value), "the number")
            raise EvaluationError(f"{quote(value)} is no int")
        case "google.protobuf.Timestamp":
            return int(value.nanoseconds // SECOND)
        case "google.protobuf.Duration":
            return int(value.nanoseconds)
    raise _refuse(value, "int")


def to_uint(meter: Meter, value: Any) -> Uint:
    """Doubles are cut towards zero; negative numbers are out of range."""
    del meter
    match kind(value):
        case "int" | "uint":
            return in_uint(int(value), "the number")
        case "double":
            if not math.isfinite(value) or not 0 <= value < 2.0**64:
                raise EvaluationError(f"integer overflow: {show_double(value)} lies outside of a uint")
            return Uint(value)
        case "string":
            if _WHOLE.fullmatch(value) and value[0] not in "+-":
                return in_uint(int(value), "the number")
            raise EvaluationError(f"{quote(value)} is no uint")
    raise _refuse(value, "uint")


def to_double(meter: Meter, value: Any) -> float:
    """Text may be NaN or Infinity; a number too large is an error."""
    del meter
    match kind(value):
        case "double":
            return float(value)
        case "int" | "uint":
            try:
                return float(value)
            except OverflowError:
                raise EvaluationError("the number is too large for a double") from None
        case "string":
            if len(value) <= 400 and _DOUBLE.fullmatch(value):
                number = float(value)
                if not math.isinf(number) or "inf" in value.lower():
                    return number
                raise EvaluationError("the number is too large for a double")
            raise EvaluationError(f"{quote(value)} is no double")
    raise _refuse(value, "double")


def to_string(meter: Meter, value: Any) -> str:
    """Numbers, bools, bytes (UTF-8) and times as text."""
    match kind(value):
        case "string":
            return str(value)
        case "int" | "uint":
            return show_int(value)
        case "bool":
            return "true" if value else "false"
        case "double":
            return show_double(value)
        case "bytes":
            charge_size(meter, len(value))
            try:
                return str(value.decode())
            except UnicodeDecodeError:
                raise EvaluationError("the bytes are no UTF-8 text") from None
        case "google.protobuf.Timestamp":
            return str(value.as_written())
        case "google.protobuf.Duration" | "net.IP" | "net.CIDR":
            return str(value)
    raise _refuse(value, "string")


def show_int(value: int) -> str:
    """The decimal digits."""
    return str(int(in_int(value, "the number") if not isinstance(value, Uint) else value))


def show_double(value: float) -> str:
    """The shortest digits that read back as the same double: 0.1, 100000, 1e+06 as Go prints them, +Inf, NaN."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if value == 0:
        return "-0" if sign else "0"
    shown = "".join(map(str, digits))
    power = len(shown) + int(exponent) - 1
    if -4 <= power < 6:
        text = format(Decimal(repr(abs(value))), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa = shown[0] + ("." + shown[1:] if len(shown) > 1 else "")
        text = f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return ("-" if sign else "") + text


def to_bytes(meter: Meter, value: Any) -> bytes:
    """Text as UTF-8."""
    match kind(value):
        case "bytes":
            return bytes(value)
        case "string":
            charge_size(meter, len(value))
            try:
                return str(value).encode()
            except UnicodeEncodeError:
                raise EvaluationError("the text holds half a surrogate pair, which is no character") from None
    raise _refuse(value, "bytes")


def to_bool(meter: Meter, value: object) -> bool:
    """Text: true, True, TRUE, t, T, 1 and their opposites."""
    del meter
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise EvaluationError(f"{quote(value)} is neither true nor false")
    raise _refuse(value, "bool")


def to_timestamp(meter: Meter, value: object) -> Timestamp:
    """RFC 3339 text, or seconds since 1970."""
    del meter
    match value:
        case Timestamp():
            return value
        case str():
            return parse_timestamp(value)
        case int() if not isinstance(value, (bool, Uint)):
            return Timestamp(value * SECOND)
    raise _refuse(value, "timestamp")


def to_duration(meter: Meter, value: object) -> Duration:
    """Text like 1h30m, or seconds."""
    del meter
    match value:
        case Duration():
            return value
        case str():
            return parse_duration(value)
        case int() if not isinstance(value, (bool, Uint)):
            return Duration(value * SECOND)
    raise _refuse(value, "duration")


def type_of(meter: Meter, value: object) -> TypeValue:
    """The type as a value."""
    del meter
    return TypeValue(kind(value))


def size(meter: Meter, value: Any) -> int:
    """Code points of text, bytes, elements, entries."""
    del meter
    if kind(value) in {"string", "bytes", "list", "map"}:
        return len(value)
    raise _refuse(value, "size")
