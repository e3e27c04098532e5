"""What looks like a secret, by the name of its field or by itself, and so is never copied. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

KEPT = "(a secret: not shown)"
"""What stands in the place of a secret, wherever one would be shown or written."""

OTHER = "(another secret: not shown)"
"""What stands there instead where it differs from one that stands beside it."""

_WORDS = re.compile(
    r"pass(?:word|wd|phrase|code)|\bpwd\b|secret|token|credential|\bpsk\b|preshared|\bpin\b|\bpuk\b|"
    r"(?:private|secret|access|api|ssh|host|account|storage|encryption|signing|master|pre shared)\s?keys?\b|"
    r"key\s?material|(?:snmp|community) (?:community|string)|^community$|connection\s?string|\bauth\b|\bcookie",
    re.IGNORECASE,
)
_JOINTS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_VALUES = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|"
    r"\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abposr]-[\w-]{10,}|AKIA[0-9A-Z]{16}|"
    r"AGE-SECRET-KEY-1\w+|hvs\.\w{20,}|npm_\w{30,}|pypi-\w{40,})|"
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|"
    r"[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@",
    re.IGNORECASE,
)
_SHORTEST = 14  # characters of a key or token in _VALUES; most texts are shorter


@lru_cache(maxsize=4096)
def is_named_secret(name: str) -> bool:
    """Does a field of this name, a pointer, a column or a property, hold a secret? Rather once too often."""
    return _WORDS.search(_JOINTS.sub(" ", name).strip()) is not None


def holds_secret(text: str) -> bool:
    """Does the text itself look like a key, a token, or an address with a password in it?"""
    return (len(text) >= _SHORTEST or "://" in text) and _VALUES.search(text) is not None


def is_marked(form: object) -> bool:
    """Does the form of an attribute (JSON Schema) say that it is a secret, or that something in it is?"""
    waiting = [form]
    while waiting:
        held = waiting.pop()
        if isinstance(held, Mapping):
            if held.get("writeOnly") is True:
                return True
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
    return False


def hides(name: str, value: object) -> bool:
    """Is a value of that name a secret, or does it hold one, however deep?"""
    waiting: list[tuple[str, object]] = [(name, value)]
    while waiting:
        called, held = waiting.pop()
        if is_named_secret(called) or holds_secret(called) or (isinstance(held, str) and holds_secret(held)):
            return True
        if isinstance(held, Mapping):
            waiting += [(str(key), inner) for key, inner in held.items()]
        elif isinstance(held, list):
            waiting += [("", inner) for inner in held]
    return False
