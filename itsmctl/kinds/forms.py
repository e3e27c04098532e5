"""Forms of text that JSON Schema leaves to the reader: days, instants, time zones, regular expressions.

Both validators ask these functions, so that neither can read a form in its own way. No clock, no record.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NO_JSON = (ValueError, TypeError, OverflowError)
"""What the fast validator raises on data that JSON cannot hold."""

_LONGEST_ZONE = 64
_LONGEST_PATTERN = 1000  # a longer one can make the engine build an automaton of many megabytes

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])",
    re.ASCII,
)


def is_date(text: object) -> bool:
    """A day of the calendar, as 2026-11-22; the 30th of February is none."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_instant(text: object) -> bool:
    """An instant with its offset, as RFC 3339 writes it: 2026-11-22T08:00:00+02:00. No leap seconds."""
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return False
    offset = "+00:00" if found[3] == "Z" else found[3]
    try:
        datetime.fromisoformat(found[1] + offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def is_moment(text: object) -> bool:
    """An instant, or a local time without offset: 2026-11-22T22:00."""
    if not isinstance(text, str) or not _LOCAL.fullmatch(text):
        return is_instant(text)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_zone(text: object) -> bool:
    """A time zone that the time zone data of this machine, or of the package tzdata, know."""
    return isinstance(text, str) and len(text) <= _LONGEST_ZONE and _is_zone(text)


@lru_cache(maxsize=256)
def _is_zone(text: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError, UnicodeError):
        return False
    return True


def is_pattern(text: object) -> bool:
    """A regular expression that can be matched in linear time: no look-around, no back references; not too long."""
    if not isinstance(text, str) or len(text) > _LONGEST_PATTERN:
        return False
    try:
        matcher(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """A search for the pattern. The engine of the fast validator does it for the slow one too: linear, one meaning.

    Raises ValueError where it cannot be compiled.
    """
    import jsonschema_rs

    checker = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    return checker.is_valid


def matches(pattern: str, text: str) -> bool:
    """Does the pattern match somewhere in the text? Nothing matches a text that JSON cannot hold."""
    try:
        return matcher(pattern)(text)
    except NO_JSON:
        return False


def _of_text(check: Callable[[object], bool]) -> Callable[[object], bool]:
    """As JSON Schema has it: a format says nothing about what is no text."""
    return lambda value: not isinstance(value, str) or check(value)


CHECKS = MappingProxyType(
    {
        "date": _of_text(is_date),
        "date-time": _of_text(is_instant),
        "moment": _of_text(is_moment),
        "time-zone": _of_text(is_zone),
        "regex": _of_text(is_pattern),
    }
)
"""Every format that a schema may ask for."""
