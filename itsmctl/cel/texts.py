"""Functions on text: the standard ones and cel-go's strings extension. Positions count code points from 0."""

from __future__ import annotations

import binascii
from typing import Any, Final

from .operations import Meter, charge_size, in_int
from .problems import EvaluationError
from .values import Uint, shown_kind

_ABSENT: Final = object()
"""An argument that is not given; null is one that is."""
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
# what strings.trim of Go takes for space
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_ESCAPED: Final = {
    ord(char): shown
    for char, shown in (
        ("\a", "\\a"),
        ("\b", "\\b"),
        ("\f", "\\f"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
        ("\v", "\\v"),
        ("\\", "\\\\"),
        ('"', '\\"'),
    )
}


def _take(name: str, *values: object) -> None:
    """All the values must be text."""
    for value in values:
        if not isinstance(value, str):
            raise EvaluationError(f"no such overload: {name}() works on text, not on {shown_kind(value)}")


def _whole(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, (bool, Uint)):
        return in_int(value, "the number")
    raise EvaluationError(f"no such overload: {name}() takes an int here, not {shown_kind(value)}")


def starts_with(meter: Meter, text: Any, prefix: Any) -> bool:
    """Does the text start with the prefix?"""
    del meter
    _take("startsWith", text, prefix)
    return bool(text.startswith(prefix))


def ends_with(meter: Meter, text: Any, suffix: Any) -> bool:
    """Does the text end with the suffix?"""
    del meter
    _take("endsWith", text, suffix)
    return bool(text.endswith(suffix))


def contains(meter: Meter, text: Any, part: Any) -> bool:
    """Does the text hold the part?"""
    _take("contains", text, part)
    charge_size(meter, len(text) // 8)
    return part in text


def char_at(meter: Meter, text: Any, at: Any) -> str:
    """The character at a position; the position after the last one gives ""."""
    del meter
    _take("charAt", text)
    if 0 <= _whole("charAt", at) <= len(text):
        return str(text[at : at + 1])
    raise EvaluationError(f"index out of range: {at} in a text of {len(text)}")


def index_of(meter: Meter, text: Any, part: Any, start: Any = 0) -> int:
    """Where the part first stands at or after `start`, -1 if nowhere."""
    _take("indexOf", text, part)
    charge_size(meter, len(text) // 8)
    if not 0 <= _whole("indexOf", start) <= len(text):
        raise EvaluationError(f"index out of range: {start} in a text of {len(text)}")
    return int(text.find(part, start))


def last_index_of(meter: Meter, text: Any, part: Any, start: Any = _ABSENT) -> int:
    """Where the part last stands at or before `start`, -1 if nowhere."""
    _take("lastIndexOf", text, part)
    charge_size(meter, len(text) // 8)
    if start is _ABSENT:
        return int(text.rfind(part))
    found = text.rfind(part, 0, max(0, _whole("lastIndexOf", start)) + len(part))
    # where the search starts behind the last character, the implementations of CEL do not agree on what it finds
    if not 0 <= start <= len(text) or (part and found >= 0 and start == len(text)):
        raise EvaluationError(f"index out of range: {start} in a text of {len(text)}")
    return int(found)


def lower_ascii(meter: Meter, text: Any) -> str:
    """A-Z as a-z; other letters stay."""
    _take("lowerAscii", text)
    charge_size(meter, len(text))
    return str(text.translate(_LOWER))


def upper_ascii(meter: Meter, text: Any) -> str:
    """a-z as A-Z; other letters stay."""
    _take("upperAscii", text)
    charge_size(meter, len(text))
    return str(text.translate(_UPPER))


def replace(meter: Meter, text: Any, old: Any, new: Any, limit: Any = -1) -> str:
    """Each `old` replaced by `new`; with a limit, only the first so many."""
    _take("replace", text, old, new)
    count = min(_whole("replace", limit), len(text) + 1)
    found = text.count(old)
    times = found if count < 0 else min(found, count)
    charge_size(meter, len(text) + times * len(new))
    return str(text.replace(old, new, count))


def split(meter: Meter, text: Any, separator: Any, limit: Any = -1) -> list[str]:
    """The parts between separators, at most `limit` of them; an empty separator splits into characters."""
    _take("split", text, separator)
    most = min(_whole("split", limit), len(text) + 1)
    charge_size(meter, len(text))
    if most == 0:
        return []
    if separator:
        return list(text.split(separator, most - 1 if most > 0 else -1))
    if most < 0 or most >= len(text):
        return list(text)
    return [*text[: most - 1], text[most - 1 :]]


def join(meter: Meter, parts: Any, separator: Any = "") -> str:
    """The texts of a list, with the separator between them."""
    if not isinstance(parts, (list, tuple)):
        raise EvaluationError(f"no such overload: join() works on a list of text, not on {shown_kind(parts)}")
    _take("join", separator, *parts)
    charge_size(meter, sum(map(len, parts)) + len(separator) * len(parts))
    return str(separator.join(parts))


def substring(meter: Meter, text: Any, start: Any, end: Any = _ABSENT) -> str:
    """The text from `start` to before `end`."""
    _take("substring", text)
    last = len(text) if end is _ABSENT else _whole("substring", end)
    if not 0 <= _whole("substring", start) <= last <= len(text):
        shown = f"{start}" if end is _ABSENT else f"{start} to {end}"
        raise EvaluationError(f"index out of range: {shown} in a text of {len(text)}")
    charge_size(meter, last - start)
    return str(text[start:last])


def trim(meter: Meter, text: Any) -> str:
    """Without the white space around it."""
    _take("trim", text)
    charge_size(meter, len(text))
    return str(text.strip(_SPACE))


def reverse(meter: Meter, text: Any) -> object:
    """Text or a list, last first."""
    if isinstance(text, (list, tuple)):
        charge_size(meter, len(text))
        return list(text[::-1])
    _take("reverse", text)
    charge_size(meter, len(text))
    return text[::-1]


def quoted(meter: Meter, text: Any) -> str:
    """In double quotes, with escapes, on one line."""
    _take("strings.quote", text)
    charge_size(meter, len(text) * 2)
    return f'"{text.translate(_ESCAPED)}"'


def base64_encode(meter: Meter, data: Any) -> str:
    """The bytes as base64 text, padded."""
    if not isinstance(data, bytes):
        raise EvaluationError(f"no such overload: base64.encode() works on bytes, not on {shown_kind(data)}")
    charge_size(meter, len(data))
    return binascii.b2a_base64(data, newline=False).decode()


def base64_decode(meter: Meter, text: Any) -> bytes:
    """The bytes that base64 text stands for; the padding may be missing."""
    _take("base64.decode", text)
    charge_size(meter, len(text))
    try:
        if "=" in text and len(text) % 4:
            raise ValueError
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        raise EvaluationError("the text is no base64") from None
