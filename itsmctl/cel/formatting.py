"""string.format() of the strings extension: %s %d %f %e %x %X %o %b %%."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from .conversions import show_int
from .operations import Meter, charge, charge_size
from .problems import EvaluationError
from .values import kind, shown_kind

CLAUSE: Final = re.compile(r"%(?:\.([0-9]{0,9}))?(.?)", re.DOTALL)
_FINEST: Final = 1_000
"""The most digits after the point that may be asked for."""


def format_text(meter: Meter, text: Any, values: Any) -> str:
    """The text with each clause (%s, %d, %.2f, …) replaced by the next value of the list."""
    if not isinstance(text, str) or not isinstance(values, (list, tuple)):
        wrong = values if isinstance(text, str) else text
        raise EvaluationError(f"no such overload: format() takes text and a list, not {shown_kind(wrong)}")
    charge_size(meter, len(text))
    remaining = iter(values)
    pieces: list[str] = []
    at = 0
    for match in CLAUSE.finditer(text):
        pieces.append(text[at : match.start()])
        pieces.append(_clause(meter, match, remaining))
        charge_size(meter, len(pieces[-1]))
        at = match.end()
    pieces.append(text[at:])
    return "".join(pieces)


def read_clause(match: re.Match[str]) -> tuple[str, int]:
    """Letter and precision of a clause. Raises EvaluationError where it is none."""
    precision, letter = match.groups()
    if letter == "%" and precision is None:
        return letter, 0
    if letter not in _FORMATS:
        raise EvaluationError(f"format() does not know %{letter}: use one of %s %d %f %e %x %X %o %b %%")
    if precision is not None and (letter not in "fe" or not precision or int(precision) > _FINEST):
        raise EvaluationError(f"format() cannot use the precision of {match[0]}")
    return letter, 6 if precision is None else int(precision)


def _clause(meter: Meter, match: re.Match[str], values: Any) -> str:
    letter, precision = read_clause(match)
    if letter == "%":
        return "%"
    for value in values:
        return _FORMATS[letter](meter, value, precision)
    raise EvaluationError("format() has more clauses than values")


_NUMBERS: Final = frozenset({"int", "uint", "double"})
TAKES: Final = {
    "s": frozenset({*_NUMBERS, "string", "bool", "bytes", "null", "list", "map", "timestamp", "duration", "type"}),
    "d": _NUMBERS,
    "f": _NUMBERS,
    "e": _NUMBERS,
    "x": frozenset({"int", "uint", "string", "bytes"}),
    "X": frozenset({"int", "uint", "string", "bytes"}),
    "o": frozenset({"int", "uint"}),
    "b": frozenset({"int", "uint", "bool"}),
}
"""The kinds of values that a clause can show."""


def _refuse(letter: str, value: object) -> EvaluationError:
    return EvaluationError(f"no such overload: %{letter} cannot show {shown_kind(value)}")


def _special(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _as_text(meter: Meter, value: Any, precision: int) -> str:
    del precision
    match kind(value):
        case "string":
            return str(value)
        case "int" | "uint":
            return show_int(value)
        case "double":
            return _plain_double(value)
        case "bool":
            return "true" if value else "false"
        case "null_type":
            return "null"
        case "bytes":
            return str(value.decode(errors="replace"))
        case "list":
            charge(meter, len(value))
            return "[" + ", ".join(_part(meter, item) for item in value) + "]"
        case "map":
            charge(meter, len(value))
            entries = [(_part(meter, key), _part(meter, item)) for key, item in value.items()]
            return "{" + ", ".join(f"{key}: {item}" for key, item in sorted(entries)) + "}"
        case "google.protobuf.Timestamp" | "google.protobuf.Duration" | "type":
            return str(value)
    raise _refuse("s", value)


def _part(meter: Meter, value: Any) -> str:
    """What stands in a list or map, paid for at each place where it stands: few values can hold each other often."""
    shown = _as_text(meter, value, 0)
    charge_size(meter, len(shown))
    return shown


def _plain_double(value: float) -> str:
    if not math.isfinite(value):
        return _special(value)
    shown = format(Decimal(repr(value)), "f")  # without an exponent, as long as it may be
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _decimal(meter: Meter, value: Any, precision: int) -> str:
    del meter, precision
    if kind(value) in {"int", "uint"}:
        return show_int(value)
    if kind(value) == "double":
        return _plain_double(value)
    raise _refuse("d", value)


def _fixed(letter: str) -> Callable[[Meter, Any, int], str]:
    def show(meter: Meter, value: Any, precision: int) -> str:
        del meter
        if kind(value) not in {"double", "int", "uint"}:
            raise _refuse(letter, value)
        number = float(value) if kind(value) == "double" else float(int(show_int(value)))
        return _special(number) if not math.isfinite(number) else format(number, f".{precision}{letter}")

    return show


def _hexadecimal(letter: str) -> Callable[[Meter, Any, int], str]:
    def show(meter: Meter, value: Any, precision: int) -> str:
        del precision
        match kind(value):
            case "int" | "uint":
                shown = format(int(value), "x")
            case "string":
                charge_size(meter, len(value) * 2)
                shown = str(value.encode("utf-8", "replace").hex())
            case "bytes":
                charge_size(meter, len(value) * 2)
                shown = str(value.hex())
            case _:
                raise _refuse(letter, value)
        return shown if letter == "x" else shown.upper()

    return show


def _radix(letter: str) -> Callable[[Meter, Any, int], str]:
    def show(meter: Meter, value: Any, precision: int) -> str:
        del meter, precision
        if kind(value) in {"int", "uint"}:
            return format(int(value), letter)
        if letter == "b" and isinstance(value, bool):
            return "1" if value else "0"
        raise _refuse(letter, value)

    return show


_FORMATS: Final[dict[str, Callable[[Meter, Any, int], str]]] = {
    "s": _as_text,
    "d": _decimal,
    "f": _fixed("f"),
    "e": _fixed("e"),
    "x": _hexadecimal("x"),
    "X": _hexadecimal("X"),
    "o": _radix("o"),
    "b": _radix("b"),
}
