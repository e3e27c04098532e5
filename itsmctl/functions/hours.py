"""What a rule may ask of hours that come back every week, such as service hours. Times of day are those of a zone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]
Span = tuple[int, int]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY  # minutes, as everything here that is not said to be otherwise

_MINUTE = 60 * 1_000_000_000


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    del types
    hours = cel.ListType(
        cel.ObjectType("hours", {"days": cel.ListType(cel.STRING), "from": cel.STRING, "to": cel.STRING})
    )
    return (
        cel.Function("within_hours", ((cel.TIMESTAMP, cel.TIMESTAMP, hours, cel.STRING),), cel.BOOL, _WITHIN_HOURS),
        cel.Function("local_date", ((cel.TIMESTAMP, cel.STRING),), cel.STRING, _LOCAL_DATE),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    del case
    return {"within_hours": within_hours, "local_date": local_date}


def within_hours(start: cel.Timestamp, end: cel.Timestamp, weekly: Iterable[Data], zone: str) -> bool:
    """Does [start, end) lie wholly in the weekly hours of a zone? See _WITHIN_HOURS."""
    weekly = tuple(weekly)
    if start >= end or week(weekly) == ((0, WEEK),):
        return True
    if end.nanoseconds - start.nanoseconds > (WEEK + DAY) * _MINUTE:
        return False  # the week has a gap, and one day more than a week holds the whole of it
    place = cel.zone_named(zone)
    first = start.local(place).date()
    reached = start.nanoseconds
    for opens, closes in sorted(_opened(weekly, first, place)):
        if opens > reached:
            break
        reached = max(reached, closes)
    return reached >= end.nanoseconds


def local_date(moment: cel.Timestamp, zone: str) -> str:
    """The day that it is in a zone at that instant, as YYYY-MM-DD."""
    return moment.local(cel.zone_named(zone)).date().isoformat()


def week(weekly: Iterable[Data]) -> tuple[Span, ...]:
    """Weekly hours as spans [from, to) of minutes since Monday 00:00, in order, none of which meet.

    Hours that end when they begin or earlier go past midnight.
    """
    return _joined(
        span
        for hours in weekly
        for start, end in [_from_to(hours)]
        for day in hours["days"]
        for span in _around(WEEKDAYS.index(day) * DAY + start, end - start)
    )


def moved(spans: tuple[Span, ...], later: int) -> tuple[Span, ...]:
    """Spans as `week` makes them, read off a clock that shows `later` minutes more: the same on the clock beside it."""
    return _joined(part for start, end in spans for part in _around(start - later, end - start)) if later else spans


def first_gap(promised: tuple[Span, ...], given: tuple[Span, ...]) -> Span | None:
    """The first span of `promised` that `given` leaves out; None if there is none. Both as `week` makes them."""
    opens = [start for start, _ in given]
    for start, end in promised:
        place = bisect_right(opens, start) - 1
        reached = max(start, given[place][1]) if place >= 0 else start
        if reached < end:
            return reached, min([end, *opens[place + 1 : place + 2]])
    return None


def of_day(spans: tuple[Span, ...], minute: int) -> tuple[Span, ...]:
    """The parts of the spans that lie on the day of that minute of the week."""
    start = minute // DAY * DAY
    parts = ((max(one, start), min(other, start + DAY)) for one, other in spans)
    return tuple(part for part in parts if part[0] < part[1])


@lru_cache(maxsize=256)
def shifts(zone: str, other: str, day: date) -> tuple[int, ...]:
    """How many minutes the clock of `other` shows more than that of `zone`: every value in the year from `day` on."""
    if zone == other:
        return (0,)
    here, there = cel.zone_named(zone), cel.zone_named(other)
    year = min(day, date(date.max.year - 2, 1, 1))
    noons = (datetime.combine(year + timedelta(days=n), time(12), here) for n in range(366))
    found = {_minutes_ahead(noon.astimezone(there)) - _minutes_ahead(noon) for noon in noons}
    return tuple(sorted(found))


def in_words(span: Span) -> str:
    """A span of the week as people write it: `sat 10:00 to 16:00`."""
    start, end = span
    day, last = divmod(end, DAY) if end % DAY else (end // DAY - 1, DAY)
    there = "" if day == start // DAY else f"{WEEKDAYS[day]} "
    return f"{WEEKDAYS[start // DAY]} {_clock(start % DAY)} to {there}{_clock(last)}"


def _opened(weekly: Iterable[Data], first: date, place: tzinfo) -> Iterator[Span]:
    """The instants [from, to) of the hours in the ten days around `first`, in nanoseconds.

    Where clocks are changed: a time that comes twice is meant both times, one that is skipped not at all.
    """
    try:
        for day in (first + timedelta(days=n) for n in range(-1, 10)):
            for hours in weekly:
                if WEEKDAYS[day.weekday()] in hours["days"]:
                    opens, closes = _from_to(hours)
                    yield _instant(day, opens, place, 0), _instant(day, closes, place, 1)
    except OverflowError:
        raise cel.EvaluationError("the hours lie outside of the years 1 to 9999") from None


def _instant(day: date, minute: int, place: tzinfo, fold: int) -> int:
    later, minute = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=later), time(*divmod(minute, 60), fold=fold), place)
    return cel.Timestamp.of(local.astimezone(UTC)).nanoseconds


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minutes_ahead(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // timedelta(minutes=1)


def _from_to(hours: Data) -> Span:
    """(from, to) of one day in minutes since its midnight; `to` is later than `from`, and may lie on the next day."""
    start, end = (int(text[:2]) * 60 + int(text[3:5]) for text in (hours["from"], hours["to"]))
    return start, end if end > start else end + DAY


def _around(start: int, length: int) -> Iterator[Span]:
    """[start, start + length) on the circle of the week, cut where it passes Sunday midnight."""
    start %= WEEK
    end = start + min(length, WEEK)
    yield start, min(end, WEEK)
    if end > WEEK:
        yield 0, end - WEEK


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that overlap or touch made one."""
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)


_WITHIN_HOURS = """Does a span of time, from its start to before its end, lie wholly in hours that come back every week?

The arguments: start, end, a list of weekly hours {days, from, to}, and the IANA zone that these are meant in.
Formula: [start, end) ⊆ ∪ [from, to) over the days named, each turned into instants by the zone on that very day, so
that a change of the clocks moves the hours with them. Hours that touch count as one; those that end when they begin or
earlier pass midnight. A span that ends before it begins lies in anything. Source: our reading of what a permitted
window is; ISO/IEC 20000-2:2005, 6.1.2 has agreements name them.
Example: [05:15, 06:45) on a Sunday in Tallinn lies in {days: [sun], from: 05:00, to: 10:00}, and in none of a Monday
Example: within_hours(starts(self), ends(self), a.spec.planned_interruptions.windows, a.spec.service_hours.zone)
"""
_LOCAL_DATE = """The day that it is in an IANA zone at an instant, as text like 2026-11-22: it compares as dates do.

Example: local_date(timestamp('2026-11-22T22:30:00Z'), 'Europe/Tallinn') == '2026-11-23'
"""
