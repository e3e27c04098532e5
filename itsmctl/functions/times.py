"""What a rule may ask of dates and times beyond CEL's own. The clock is `as_of`, which the caller sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.recordtypes import RecordTypes

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = 86_400 * 1_000_000_000


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    del types
    point = cel.union((cel.TIMESTAMP, cel.STRING))
    return (
        cel.Function("days_between", ((point, point),), cel.INT, _DAYS_BETWEEN),
        cel.Function("instant", ((cel.STRING,), (cel.STRING, cel.STRING)), cel.TIMESTAMP, _INSTANT),
        cel.Function("day_of", ((cel.STRING,),), cel.STRING, _DAY_OF),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf. The time itself is the variable `as_of`."""
    del case
    return {"days_between": days_between, "instant": instant, "day_of": day_of}


def days_between(start: object, end: object) -> int:
    """Whole days from `start` to `end`, towards zero: (end - start) / 24 h. Text is read as `instant` does."""
    span = _point(end).nanoseconds - _point(start).nanoseconds
    return span // _DAY if span >= 0 else -(-span // _DAY)


@lru_cache(maxsize=10_000)  # days and windows recur over many records
def instant(text: str, zone: str = "") -> cel.Timestamp:
    """The point in time that a text names: a date (its first second), RFC 3339, or with a zone a local time.

    A local time that a zone's clocks skip or show twice is refused: which instant is meant cannot be told.
    """
    try:
        if not zone:
            return cel.parse_timestamp(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise cel.EvaluationError(f"{text!r} is no time: {error}") from None
    if local.tzinfo is not None:
        return cel.Timestamp.of(local)
    place = cel.zone_named(zone)
    first, second = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        how = "twice" if first.utcoffset() > second.utcoffset() else "never"  # type: ignore[operator]  # a zone was given
        raise cel.EvaluationError(f"{text} comes {how} in {zone}: the clocks are changed; write it with an offset")
    return cel.Timestamp.of(first.astimezone(UTC) + timedelta())


def day_of(text: str) -> str:
    """The day that a time is on where it was written, like 2026-11-22: what stands before its T. A date is itself."""
    instant(text)
    return text[: len("2026-11-22")]


def _point(value: object) -> cel.Timestamp:
    if isinstance(value, cel.Timestamp):
        return value
    if isinstance(value, str):
        return instant(value)
    raise cel.EvaluationError("days_between takes two times: timestamps, dates, or RFC 3339 texts")


_DAYS_BETWEEN = """Whole days from the first time to the second, towards zero; negative if the second is earlier.

Each is a timestamp, a date (its first second in UTC) or RFC 3339 text.
Examples: days_between('2026-11-01', '2026-11-22') == 21, days_between(as_of, self.spec.valid_to) < 30
"""
_INSTANT = """The timestamp that a text names: a date stands for its first second in UTC; else RFC 3339.

With a second argument, local time in that IANA zone. A local time that the zone skips or has twice is an error.
Example: instant(self.spec.schedule.start) < as_of
"""
_DAY_OF = """The day that a time is on, as a date, where the time was written: in its own offset.

Days are in order as texts, so that a day is compared with a day. Text that is no time is an error.
Example: day_of('2026-06-14T01:30:00+03:00') == '2026-06-14', though in UTC it is the day before
"""
