"""What rules ask of hours that come back every week: whether a span lies in them, also where clocks are changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.functions import hours

TALLINN = "Europe/Tallinn"


def weekly(*lines: str) -> list[dict[str, Any]]:
    """`sat, sun 22:00 02:00` as weekly hours."""
    split = [line.rsplit(" ", 2) for line in lines]
    return [{"days": days.split(", "), "from": start, "to": end} for days, start, end in split]


def within(start: str, end: str, *lines: str, zone: str = TALLINN) -> bool:
    times = cel.parse_timestamp(start), cel.parse_timestamp(end)
    return hours.within_hours(*times, weekly(*lines), zone)


@pytest.mark.parametrize(
    ("start", "end", "lines", "expected"),
    [
        # the worked example: a Sunday, and the Monday after
        ("2026-11-29T05:15:00+02:00", "2026-11-29T06:45:00+02:00", ["sun 05:00 10:00"], True),
        ("2026-11-30T05:15:00+02:00", "2026-11-30T06:45:00+02:00", ["sun 05:00 10:00"], False),
        # half-open at both ends
        ("2026-11-29T05:00:00+02:00", "2026-11-29T10:00:00+02:00", ["sun 05:00 10:00"], True),
        ("2026-11-29T04:59:59+02:00", "2026-11-29T10:00:00+02:00", ["sun 05:00 10:00"], False),
        ("2026-11-29T05:00:00+02:00", "2026-11-29T10:00:01+02:00", ["sun 05:00 10:00"], False),
        # hours that touch are one, also over midnight and over the end of the week
        ("2026-11-28T23:00:00+02:00", "2026-11-29T03:00:00+02:00", ["sat 22:00 24:00", "sun 00:00 04:00"], True),
        ("2026-11-29T23:00:00+02:00", "2026-11-30T01:00:00+02:00", ["sun 22:00 02:00"], True),
        ("2026-11-29T23:00:00+02:00", "2026-11-30T02:00:01+02:00", ["sun 22:00 02:00"], False),
        ("2026-11-29T01:00:00+02:00", "2026-11-29T01:30:00+02:00", ["sun 22:00 02:00"], False),
        ("2026-11-29T08:00:00+02:00", "2026-11-30T08:00:00+02:00", ["sun 08:00 08:00"], True),
        # a gap in between
        ("2026-11-29T05:00:00+02:00", "2026-11-29T10:00:00+02:00", ["sun 05:00 07:00", "sun 07:01 10:00"], False),
        # the clock went back at 04:00: 05:00 is an hour later in UTC than on the day before
        ("2026-10-25T03:00:00Z", "2026-10-25T08:00:00Z", ["sun 05:00 10:00"], True),
        ("2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z", ["sun 05:00 10:00"], False),
        # 03:00 to 04:00 came twice, and both are meant
        ("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", ["sun 03:00 04:00"], True),
        # 03:00 to 04:00 was skipped in spring: 02:00 to 05:00 lasts two hours
        ("2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", ["sun 02:00 05:00"], True),
        ("2026-03-29T00:00:00Z", "2026-03-29T02:00:01Z", ["sun 02:00 05:00"], False),
        ("2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", ["sun 03:00 04:00"], False),
        # days and weeks
        ("2026-11-22T00:00:00Z", "2027-11-22T00:00:00Z", ["mon, tue, wed, thu, fri, sat, sun 00:00 24:00"], True),
        ("2026-11-22T00:00:00Z", "2027-11-22T00:00:00Z", ["mon, tue, wed, thu, fri, sat, sun 00:00 23:59"], False),
        ("2026-11-23T00:00:00+02:00", "2026-11-29T00:00:00+02:00", ["mon, tue, wed, thu, fri, sat 00:00 24:00"], True),
        ("2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z", [], False),
        # a span that holds no instant lies in anything
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", [], True),
        ("2026-11-22T09:00:00Z", "2026-11-22T08:00:00Z", [], True),
    ],
)
def test_a_span_lies_in_weekly_hours(start: str, end: str, lines: list[str], expected: bool) -> None:
    assert within(start, end, *lines) is expected


def test_the_zone_decides_which_hours_they_are() -> None:
    span = "2026-11-29T05:00:00Z", "2026-11-29T06:00:00Z"
    assert within(*span, "sun 05:00 06:00", zone="UTC")
    assert not within(*span, "sun 05:00 06:00")
    assert within(*span, "sun 07:00 08:00")


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9999-12-31T22:00:00Z"])
def test_the_ends_of_the_calendar_are_refused(start: str) -> None:
    with pytest.raises(cel.EvaluationError, match="years 1 to 9999"):
        within(start, start.replace(":00Z", ":01Z"), "mon 05:00 06:00", zone="UTC")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(cel.EvaluationError, match="'Europe/Atlantis' is no time zone"):
        within("2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z", "mon 05:00 06:00", zone="Europe/Atlantis")


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-11-22T22:30:00Z", TALLINN, "2026-11-23"),  # the worked example
        ("2026-11-22T21:59:59Z", TALLINN, "2026-11-22"),
        ("2026-11-22T22:30:00Z", "UTC", "2026-11-22"),
        ("2026-11-22T04:59:59Z", "America/New_York", "2026-11-21"),
    ],
)
def test_the_day_that_it_is_somewhere(moment: str, zone: str, expected: str) -> None:
    assert hours.local_date(cel.parse_timestamp(moment), zone) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["mon 08:00 09:00", "mon 08:30 10:00"], [(480, 600)]),
        (["tue 00:00 24:00", "mon 00:00 24:00"], [(0, 2880)]),
        (["sun 22:00 02:00"], [(0, 120), (9960, 10080)]),
        (["mon 08:00 08:00"], [(480, 1920)]),
        (["mon 24:00 02:00"], [(1440, 1560)]),
    ],
)
def test_weekly_hours_are_spans_of_minutes(lines: list[str], expected: list[tuple[int, int]]) -> None:
    assert list(hours.week(weekly(*lines))) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((480, 600), "mon 08:00 to 10:00"),
        ((9960, 10080), "sun 22:00 to 24:00"),
        ((1380, 1500), "mon 23:00 to tue 01:00"),
        ((0, 2880), "mon 00:00 to tue 24:00"),
    ],
)
def test_spans_in_words(span: tuple[int, int], expected: str) -> None:
    assert hours.in_words(span) == expected


@pytest.mark.parametrize(
    ("zone", "other", "expected"),
    [
        (TALLINN, TALLINN, (0,)),
        (TALLINN, "Europe/Helsinki", (0,)),
        (TALLINN, "UTC", (-180, -120)),
        ("UTC", TALLINN, (120, 180)),
        (TALLINN, "America/New_York", (-420, -360)),  # the two change their clocks in different weeks
    ],
)
def test_how_much_more_another_clock_shows(zone: str, other: str, expected: tuple[int, ...]) -> None:
    assert hours.shifts(zone, other, date(2026, 11, 22)) == expected
    assert len(hours.shifts(zone, other, date.max)) == len(expected)


DAYS = st.lists(st.sampled_from(hours.WEEKDAYS), min_size=1, max_size=3, unique=True)
CLOCK = st.tuples(st.integers(0, 23), st.sampled_from([0, 30])).map(lambda at: f"{at[0]:02d}:{at[1]:02d}")
LINES = st.lists(st.tuples(DAYS, CLOCK, CLOCK).map(lambda one: f"{', '.join(one[0])} {one[1]} {one[2]}"), max_size=3)


@settings(max_examples=100, deadline=None)
@given(LINES, LINES, st.sampled_from([-90, 0, 120]))
def test_a_gap_is_found_where_minutes_are_missing(one: list[str], other: list[str], later: int) -> None:
    promised, given_ = hours.week(weekly(*one)), hours.week(weekly(*other))
    there = {(minute - later) % hours.WEEK for start, end in given_ for minute in range(start, end, 30)}
    missing = [minute for start, end in promised for minute in range(start, end, 30) if minute not in there]
    gap = hours.first_gap(promised, hours.moved(given_, later))
    assert (gap[0] if gap else None) == (missing[0] if missing else None)
    if gap:
        assert set(range(*gap, 30)) <= set(missing)


@settings(max_examples=60, deadline=None)
@given(LINES, st.integers(0, 400), st.integers(1, 100))
def test_in_utc_a_span_lies_in_the_hours_if_each_half_hour_does(lines: list[str], start: int, length: int) -> None:
    monday = cel.parse_timestamp("2026-11-16T00:00:00Z").nanoseconds
    half = 30 * 60 * 10**9
    held = {minute // 30 for one, other in hours.week(weekly(*lines)) for minute in range(one, other, 30)}
    expected = all(n % 336 in held for n in range(start, start + length))
    span = (cel.Timestamp(monday + n * half) for n in (start, start + length))
    assert hours.within_hours(*span, weekly(*lines), "UTC") is expected


def test_a_minute_of_a_day_belongs_to_it() -> None:
    spans = hours.week(weekly("mon 22:00 02:00", "tue 08:00 09:00"))
    assert hours.of_day(spans, 1440 + 480) == ((1440, 1560), (1920, 1980))
    assert timedelta(minutes=hours.WEEK) == timedelta(days=7)
