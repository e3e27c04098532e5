"""What rules ask of figures that come period by period: which days are left out, and which way they go."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.functions import periods


def period(text: str) -> dict[str, str]:
    """`2026-10-01 2026-10-31`, or `2026-10` for the month."""
    if len(text) == 7:
        first = date.fromisoformat(f"{text}-01")
        return {"from": first.isoformat(), "to": ((first + timedelta(31)).replace(day=1) - timedelta(1)).isoformat()}
    first_, last = text.split()
    return {"from": first_, "to": last}


@pytest.mark.parametrize(
    ("window", "moment", "zone", "expected"),
    [
        ("month", "2026-11-22T08:00:00Z", "UTC", "2026-10-01 2026-10-31"),  # the worked examples
        ("quarter", "2026-11-22T08:00:00Z", "UTC", "2026-07-01 2026-09-30"),
        ("month", "2026-10-31T23:59:59Z", "UTC", "2026-09-01 2026-09-30"),
        ("month", "2026-10-31T22:00:00Z", "Europe/Tallinn", "2026-10-01 2026-10-31"),  # it is November there
        ("month", "2026-11-01T03:59:59Z", "America/New_York", "2026-09-01 2026-09-30"),
        ("month", "2026-01-01T00:00:00Z", "UTC", "2025-12-01 2025-12-31"),
        ("month", "2028-03-01T00:00:00Z", "UTC", "2028-02-01 2028-02-29"),
        ("quarter", "2026-03-31T23:59:59Z", "UTC", "2025-10-01 2025-12-31"),
        ("quarter", "2026-04-01T00:00:00Z", "UTC", "2026-01-01 2026-03-31"),
        ("year", "2026-12-31T23:59:59Z", "UTC", "2025-01-01 2025-12-31"),
        ("year", "2027-01-01T00:00:00Z", "UTC", "2026-01-01 2026-12-31"),
        ("week", "2026-11-22T23:59:59Z", "UTC", "2026-11-09 2026-11-15"),  # a Sunday
        ("week", "2026-11-23T00:00:00Z", "UTC", "2026-11-16 2026-11-22"),
        ("day", "2026-11-22T23:59:59Z", "UTC", "2026-11-21 2026-11-21"),
    ],
)
def test_the_last_period_that_is_over(window: str, moment: str, zone: str, expected: str) -> None:
    assert periods.closed_period(window, cel.parse_timestamp(moment), zone) == period(expected)


def test_what_is_no_period_and_what_lies_before_the_calendar() -> None:
    with pytest.raises(cel.EvaluationError, match="'each' is no period: day, week, month, quarter or year"):
        periods.closed_period("each", cel.parse_timestamp("2026-11-22T08:00:00Z"), "UTC")
    for window in ("day", "week", "month", "quarter", "year"):
        with pytest.raises(cel.EvaluationError, match="outside of the years 1 to 9999"):
            periods.closed_period(window, cel.parse_timestamp("0001-01-01T00:00:00Z"), "UTC")


@pytest.mark.parametrize(
    ("held", "last", "since", "expected"),
    [
        (["2026-07", "2026-09"], "2026-10", "", ["2026-08", "2026-10"]),  # the worked example
        (["2026-09", "2026-10"], "2026-10", "", []),
        ([], "2026-10", "", ["2026-10"]),
        (["2026-09", "2026-10 2026-10-31"], "2026-10", "", None),
        (["2026-07-01 2026-12-31"], "2026-10", "", []),
        (["2026-07-01 2026-12-31"], "2026-10", "2026-09-01", []),
        (["2026-11"], "2026-10", "", ["2026-10"]),  # the month that runs is no help
        (["2026-09"], "2026-10", "", ["2026-10"]),
        (["2026-07-01 2026-10-30"], "2026-10", "", ["2026-10-31 2026-10-31"]),
        (["2026-10-02 2026-10-31"], "2026-10", "", ["2026-10-01 2026-10-01"]),
        (["2026-10-01 2026-10-10", "2026-10-12 2026-10-31"], "2026-10", "", ["2026-10-11 2026-10-11"]),
        (["2026-10-05 2026-10-31", "2026-10-01 2026-10-20"], "2026-10", "", []),
        (["2026-10-01 2026-10-31", "2026-10-05 2026-10-06"], "2026-10", "", []),
        # days before the first day are not asked for
        (["2026-10-16 2026-10-31"], "2026-10", "2026-10-16", []),
        (["2026-07"], "2026-10", "2026-09-01", ["2026-09-01 2026-10-31"]),
        ([], "2026-10", "2026-11-01", []),
        (["2026-07", "2026-10"], "2026-10", "2026-09-16", ["2026-09-16 2026-09-30"]),
        # a period that ends before it begins holds no day
        (["2026-10-31 2026-10-01"], "2026-10", "", ["2026-10"]),
    ],
)
def test_gaps(held: list[str], last: str, since: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(cel.EvaluationError, match="'2026-10' is no date"):
            periods.gaps([period(one) for one in held], period(last), since)
    else:
        found = periods.gaps([period(one) for one in held], period(last), since)
        assert found == [period(one) for one in expected]


START = date(2026, 1, 1)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=5)


def days(first: int, last: int) -> dict[str, str]:
    return {"from": (START + timedelta(first)).isoformat(), "to": (START + timedelta(last)).isoformat()}


@settings(max_examples=150, deadline=None)
@given(SPANS, st.integers(20, 50), st.integers(0, 20), st.none() | st.integers(0, 70))
def test_gaps_are_the_days_that_no_period_holds(
    spans: list[tuple[int, int]], first: int, length: int, since: int | None
) -> None:
    held = [days(start, start + more) for start, more in spans]
    last = days(first, first + length)
    begin = "" if since is None else (START + timedelta(since)).isoformat()
    covered = {n for start, more in spans for n in range(start, start + more + 1)}
    from_ = max(min([first, *(start for start, _ in spans)]), since or 0)
    expected = [n for n in range(from_, first + length + 1) if n not in covered]
    found = periods.gaps(held, last, begin)
    numbers = [[(date.fromisoformat(gap[end]) - START).days for end in ("from", "to")] for gap in found]
    assert [n for start, end in numbers for n in range(start, end + 1)] == expected
    assert all(end + 1 < other for (_, end), (other, _) in pairwise(numbers))
    assert periods.gaps(held[::-1], last, begin) == found


def measured(value: float, month: int, name: str = "m") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"value": value, "period": {"from": "", "to": f"2026-{month:02d}-28"}}}


@pytest.mark.parametrize(
    ("values", "comparator", "expected"),
    [
        ([99.9, 99.7, 99.8, 99.6, 99.1], "at-least", [99.8, 99.6, 99.1]),  # the worked example
        ([99.9, 99.8, 99.7], "at-least", [99.9, 99.8, 99.7]),
        ([99.7, 99.8], "at-least", []),
        ([99.7, 99.7], "at-least", []),
        ([99.9, 99.8, 99.8, 99.7], "at-least", [99.8, 99.7]),
        ([2, 3, 4], "at-most", [2, 3, 4]),
        ([4, 3, 2], "at-most", []),
        ([2, 3, 3], "at-most", []),
        ([99.9], "at-least", []),
        ([], "at-least", []),
    ],
)
def test_worsening(values: list[float], comparator: str, expected: list[float]) -> None:
    row = [measured(value, month) for month, value in enumerate(values, 1)]
    for order in (row, row[::-1], row[1::2] + row[::2]):
        assert [one["spec"]["value"] for one in periods.worsening(order, comparator)] == expected
