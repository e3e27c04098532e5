"""Timestamps and durations to the nanosecond: reading, writing, calendar parts in a time zone. No clock.

Ranges and forms are those of cel-go: timestamps from year 1 to 9999, durations in 64 bits of nanoseconds (292 years).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .problems import EvaluationError

SECOND: Final = 1_000_000_000
EARLIEST: Final = -62_135_596_800 * SECOND
_LATEST: Final = 253_402_300_800 * SECOND - 1
_LONGEST: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_UNITS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_AMOUNT: Final = re.compile(r"(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(ns|us|µs|μs|ms|s|m|h)")
_OFFSET: Final = re.compile(r"([+-]?)([0-9]{1,2}):([0-5][0-9])")


class Duration:
    """A span of time, in nanoseconds. Ordered; raises EvaluationError beyond 64 bits."""

    __slots__ = ("nanoseconds",)

    def __init__(self, nanoseconds: int) -> None:
        if not -_LONGEST - 1 <= nanoseconds <= _LONGEST:
            raise EvaluationError("duration out of range: it spans at most 292 years")
        self.nanoseconds = nanoseconds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Duration) -> bool:
        return self.nanoseconds < other.nanoseconds

    def __le__(self, other: Duration) -> bool:
        return self.nanoseconds <= other.nanoseconds

    def __hash__(self) -> int:
        return hash((Duration, self.nanoseconds))

    def __str__(self) -> str:
        whole, rest = divmod(abs(self.nanoseconds), SECOND)
        seconds = whole + rest / SECOND
        text = format(Decimal(repr(seconds)), "f").removesuffix(".0")
        return f"{'-' if self.nanoseconds < 0 else ''}{text}s"

    def __repr__(self) -> str:
        return f'duration("{self}")'

    def in_units(self, nanoseconds: int) -> int:
        """How many whole units of that many nanoseconds, towards zero."""
        whole = abs(self.nanoseconds) // nanoseconds
        return -whole if self.nanoseconds < 0 else whole


class Timestamp:
    """An instant, in nanoseconds since 1970-01-01T00:00:00Z. Ordered; raises EvaluationError outside years 1-9999.

    `offset`: the seconds east of Greenwich that it was written with. Only its text knows of it, as in cel-go.
    """

    __slots__ = ("nanoseconds", "offset")

    def __init__(self, nanoseconds: int, offset: int = 0) -> None:
        if not EARLIEST <= nanoseconds <= _LATEST:
            raise EvaluationError("timestamp out of range: it lies in the years 1 to 9999")
        self.nanoseconds = nanoseconds
        self.offset = offset

    @classmethod
    def of(cls, moment: datetime) -> Timestamp:
        """The timestamp of a Python datetime that has a time zone."""
        if moment.tzinfo is None:
            raise EvaluationError("a timestamp needs a time zone")
        past = moment - _EPOCH
        return cls(((past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds) * 1_000)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timestamp) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Timestamp) -> bool:
        return self.nanoseconds < other.nanoseconds

    def __le__(self, other: Timestamp) -> bool:
        return self.nanoseconds <= other.nanoseconds

    def __hash__(self) -> int:
        return hash((Timestamp, self.nanoseconds))

    def __str__(self) -> str:
        return self._written(0)

    def __repr__(self) -> str:
        return f'timestamp("{self}")'

    def as_written(self) -> str:
        """RFC 3339 text with the offset that it was written with; `str()` gives it in UTC."""
        return self._written(self.offset)

    def _written(self, offset: int) -> str:
        moment = self.local(timezone(timedelta(seconds=offset)))
        rest = self.nanoseconds % SECOND
        fraction = f".{rest:09d}".rstrip("0") if rest else ""
        hours, minutes = divmod(abs(offset) // 60, 60)
        zone = f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}" if offset else "Z"
        return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}{fraction}{zone}"

    def local(self, zone: tzinfo) -> datetime:
        """The calendar date and time in `zone`, to the microsecond. Raises EvaluationError outside years 1-9999."""
        try:
            return (_EPOCH + timedelta(microseconds=self.nanoseconds // 1_000)).astimezone(zone)
        except (OverflowError, ValueError) as error:
            raise EvaluationError("timestamp out of range in that time zone") from error


def parse_timestamp(text: str) -> Timestamp:
    """The instant that RFC 3339 text names, e.g. 2026-11-22T10:00:00Z or 2026-11-22T11:00:00.5+01:00."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise EvaluationError(f"{quote(text)} is no timestamp: write it like 2026-11-22T10:00:00Z")
    *date, fraction, sign, hours, minutes = match.groups()
    try:
        moment = datetime(*(int(part) for part in date), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise EvaluationError(f"{quote(text)} is no timestamp: {error}") from error
    past = moment - _EPOCH
    nanoseconds = (past.days * 86_400 + past.seconds) * SECOND + int(f"{fraction or '0':0<9}"[:9])
    if not sign:
        return Timestamp(nanoseconds)
    if int(hours) > 23 or int(minutes) > 59:
        raise EvaluationError(f"{quote(text)} is no timestamp: the offset is out of range")
    offset = (int(hours) * 60 + int(minutes)) * (60 if sign == "+" else -60)
    return Timestamp(nanoseconds - offset * SECOND, offset)


def parse_duration(text: str) -> Duration:
    """The span that text like 90s, 1h30m or -1.5h names. Units: h m s ms us ns; there is no unit for days."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return Duration(0)
    total, at = 0, 0
    while match := _AMOUNT.match(rest, at, at + 64):
        whole, fraction = match[1] or "0", match[2] or match[3] or ""
        unit = _UNITS[match[4]]
        total += int(whole) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)
        at = match.end()
    if at < len(rest) or not rest:
        raise EvaluationError(f"{quote(text)} is no duration: write it like 90s, 1h30m or 24h")
    return Duration(sign * total)


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name (Europe/Vienna) or a fixed offset (+01:00). Raises EvaluationError."""
    if name in {"", "UTC"}:
        return UTC
    match = _OFFSET.fullmatch(name)
    if match is not None and int(match[2]) < 24:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        if name != "localtime" and "\0" not in name:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise EvaluationError(f"{quote(name)} is no time zone: write Europe/Vienna, UTC or +01:00")


def quote(text: str) -> str:
    """The text in quotes for a message: escaped, and shortened where it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
