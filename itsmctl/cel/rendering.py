"""Values as short text, the same on every machine: for traces and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .conversions import show_double
from .instants import Duration, Timestamp
from .values import Address, AddressRange, Optional, Uint

WIDTH: Final = 72
"""How long the text of a value may be."""


def render(value: object, width: int = WIDTH) -> str:
    """The value as CEL would write it, cut with … where it is longer than `width`."""
    text = _text(value, width, 0)
    return text if len(text) <= width else text[: width - 1] + "…"


def _text(value: object, width: int, depth: int) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Uint():
            return f"{int(value)}u"
        case int():
            return str(value) if value.bit_length() <= 64 else "an int beyond 64 bits"
        case float():
            shown = show_double(value)
            return shown if any(sign in shown for sign in ".eIN") else f"{shown}.0"
        case str():
            return _quoted(value, width)
        case bytes():
            return "b" + _quoted(value[:width].decode("latin-1"), width)
        case Timestamp() | Duration() | Address() | AddressRange():
            return repr(value)
        case Optional():
            return f"optional.of({_text(value.held[0], width, depth + 1)})" if value.held else "optional.none()"
        case list() | tuple():
            return _several((_text(item, width, depth + 1) for item in value), "[]", len(value), width, depth)
        case Mapping():
            entries = (f"{_key(key, width)}: {_text(item, width, depth + 1)}" for key, item in value.items())
            return _several(entries, "{}", len(value), width, depth)
    return str(value)


def _several(parts: object, brackets: str, count: int, width: int, depth: int) -> str:
    """As many parts as fit, and how many there are where they do not."""
    shown: list[str] = []
    length = 0
    if depth > 3 and count:
        return f"{brackets[0]}…{brackets[1]}"
    for part in parts:  # type: ignore[attr-defined]
        length += len(part) + 2
        if length > width - 12 and shown:
            return f"{brackets[0]}{', '.join(shown)}, … {count} in all{brackets[1]}"
        shown.append(part)
    return f"{brackets[0]}{', '.join(shown)}{brackets[1]}"


def _key(key: object, width: int) -> str:
    return key if isinstance(key, str) and key.isidentifier() else _text(key, width, 9)


def _quoted(text: str, width: int) -> str:
    cut = text if len(text) <= width - 2 else text[: width - 3] + "…"
    return "'" + "".join(_character(char) for char in cut) + "'"


def _character(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable():
        return char
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char) or (
        f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
    )
