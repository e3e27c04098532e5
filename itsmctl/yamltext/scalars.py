"""What an unquoted scalar means: the YAML 1.2 core schema, and nothing else decides it. Standard library only."""

from __future__ import annotations

import math
import re

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
        return value
    if _PREFIXED.fullmatch(text):
        return int(_short(text), 0)
    if _NOT_FINITE.fullmatch(text):
        raise NotRepresentable("is not a number that JSON can hold")
    return text


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise NotRepresentable(f"is a number of {len(text)} characters (at most {MAX_DIGITS})")
    return text
