"""Data as canonical JSON (RFC 8785), and its digest. What is equal in meaning has equal bytes; standard library only.

Key order, comments, quoting and line ends of the file that the data came from are gone already; here go spaces, the
order of keys, and the two ways of writing a whole number (1 and 1.0).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping

VERSION = 1
"""Of the canonical form. A later one stands beside it: what was signed or frozen once stays checkable."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True).encode
_FRACTION = re.compile(r"[\[,:]-?[0-9]+[.e]")  # of a number, or of a text that looks like one: the long way tells
_BEYOND = re.compile("[\U00010000-\U0010ffff]")  # sorts otherwise by code points than by the code units of UTF-16


def canonical(data: object) -> bytes:
    """UTF-8 bytes of plain data: None, bool, int, float, str, list, dict with keys that are texts.

    Equal to RFC 8785 for whole numbers up to 2^53; larger ones are written out, where RFC 8785 would round them and
    make different numbers one. Raises ValueError for infinity, for what is no number, and for lone surrogates.
    """
    text = _ENCODE(data)
    if isinstance(data, float) or _FRACTION.search(text) or (not text.isascii() and _BEYOND.search(text)):
        text = _long(data)
    return text.encode()


def pieces(data: Mapping[str, object]) -> Iterator[bytes]:
    """The same bytes of a mapping, in pieces: each element of a list in it by itself, and iterators as lists.

    So that what is large has not to be in memory as data, as text and as bytes at once. Raises ValueError as above.
    """
    opening = "{"
    for key in _in_order(data):
        value = data[key]
        yield f"{opening}{_ENCODE(key)}:".encode()
        yield from _elements(value) if isinstance(value, list | Iterator) else (canonical(value),)
        opening = ","
    yield b"}" if data else b"{}"


def _elements(values: Iterable[object]) -> Iterator[bytes]:
    between = b"["
    for value in values:
        yield between + canonical(value)
        between = b","
    yield b"]" if between == b"," else b"[]"


def digest(data: object) -> str:
    """SHA-256 of the canonical form: 64 hexadecimal digits."""
    return hashlib.sha256(canonical(data)).hexdigest()


def _long(data: object) -> str:
    """The same form, value by value: with numbers as ECMAScript writes them, and keys by their UTF-16 code units."""
    if isinstance(data, dict):
        return "{" + ",".join(f"{_ENCODE(key)}:{_long(data[key])}" for key in _in_order(data)) + "}"
    if isinstance(data, list):
        return "[" + ",".join(_long(value) for value in data) + "]"
    return number(data) if isinstance(data, float) else _ENCODE(data)


def _in_order(data: Mapping[str, object]) -> list[str]:
    return sorted(data, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def number(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString), which is what RFC 8785 asks for."""
    if not math.isfinite(value):
        raise ValueError("infinity and not-a-number have no canonical form")
    if value == 0:
        return "0"
    sign, digits, exponent = _shortest(value)
    size = len(digits)
    point = exponent + size  # digits before the decimal point
    if size <= point <= 21:
        text = digits + "0" * (point - size)
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        mantissa = digits if size == 1 else f"{digits[0]}.{digits[1:]}"
        text = f"{mantissa}e{point - 1:+d}"
    return sign + text


def _shortest(value: float) -> tuple[str, str, int]:
    """(sign, digits, exponent) of the shortest decimal that reads back as the same number: what repr finds."""
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power or 0) - len(fraction)
    stripped = digits.rstrip("0")
    return "-" if value < 0 else "", stripped, exponent + len(digits) - len(stripped)
