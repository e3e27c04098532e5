"""What an unquoted scalar means: the YAML 1.2 core schema, and nothing else decides it. One value for each number."""

from __future__ import annotations

import math
import re

from itsmctl import canonical

MAX_DIGITS = 400
"""A number may be written with so many characters; longer ones exist to break readers."""

WORDS: dict[str, object] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("0123456789+-.")


class NotRepresentable(ValueError):
    """A number that plain data cannot hold; the text says why, as the end of a sentence."""


def resolve(text: str) -> object:
    """The value of an unquoted scalar: None, bool, int, float or the text itself. Raises NotRepresentable."""
    if text in WORDS:
        return WORDS[text]
    return _number(text) if text[0] in _NUMBER_STARTS else text


def _number(text: str) -> object:
    if _INTEGER.fullmatch(text):
        return int(_short(text))
    if _FLOAT.fullmatch(text):
        value = float(_short(text))
        if math.isinf(value):
            raise NotRepresentable("is too large for a number")
        return whole(value)
    if _PREFIXED.fullmatch(text):
        return int(_short(text), 0)
    if _NOT_FINITE.fullmatch(text):
        raise NotRepresentable("is not a number that JSON can hold")
    return text


def whole(value: float) -> int | float:
    """The integer of a number that canonical JSON writes as one: 1.0 is 1, -0.0 is 0, and 1e21 is no integer there.

    No digest tells the two apart, and so nobody who agreed to the one has seen the other: nothing that reads may.
    """
    text = canonical.number(value) if value.is_integer() else ""
    return int(text) if text.lstrip("-").isdecimal() else value


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise NotRepresentable(f"is a number of {len(text)} characters (at most {MAX_DIGITS})")
    return text
