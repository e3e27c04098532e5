"""What rules ask of windows: when they begin and end, and which of them share an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asking import ask, record
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.functions import windows

if TYPE_CHECKING:
    from pathlib import Path


def change(name: str, start: str, end: str, zone: str = "") -> str:
    where = f", zone: {zone}" if zone else ""
    return record(
        "ChangeRequest", name, f"{{state: draft, class: normal, schedule: {{start: {start}, end: {end}{where}}}}}"
    )


def freeze(name: str, start: str, end: str, zone: str = "") -> str:
    where = f", zone: {zone}" if zone else ""
    return record(
        "FreezeWindow", name, f"{{state: planned, start: {start}, end: {end}{where}, reason: Few of us are here.}}"
    )


NIGHT = change("CHG-1", "2026-11-22T22:00", "2026-11-23T02:00", "Europe/Tallinn")


@pytest.mark.parametrize(
    ("written", "about", "start", "end"),
    [
        (NIGHT, "ChangeRequest/CHG-1", "2026-11-22T20:00:00Z", "2026-11-23T00:00:00Z"),
        (
            change("CHG-1", "2026-11-22T22:00:00+02:00", "2026-11-23T01:00:00Z"),
            "ChangeRequest/CHG-1",
            "2026-11-22T20:00:00Z",
            "2026-11-23T01:00:00Z",
        ),
        # summer time ends in it: five hours on the wall are six on the way
        (
            change("CHG-1", "2026-10-25T00:00", "2026-10-25T05:00", "Europe/Tallinn"),
            "ChangeRequest/CHG-1",
            "2026-10-24T21:00:00Z",
            "2026-10-25T03:00:00Z",
        ),
        # an offset says more than the zone beside it
        (
            change("CHG-1", "2026-11-22T22:00:00Z", "2026-11-23T02:00", "Europe/Tallinn"),
            "ChangeRequest/CHG-1",
            "2026-11-22T22:00:00Z",
            "2026-11-23T00:00:00Z",
        ),
        (
            freeze("xmas", "2026-12-18T18:00", "2027-01-04T06:00", "Europe/Tallinn"),
            "FreezeWindow/xmas",
            "2026-12-18T16:00:00Z",
            "2027-01-04T04:00:00Z",
        ),
    ],
)
def test_a_window_begins_and_ends(tmp_path: Path, written: str, about: str, start: str, end: str) -> None:
    text = f"starts(self) == timestamp('{start}') && ends(self) == timestamp('{end}')"
    assert ask(tmp_path, [written], text, about) is True


def test_a_record_without_a_window_is_an_error(tmp_path: Path) -> None:
    bare = record("ChangeRequest", "CHG-1", "{state: draft, class: normal}")
    for text in ("starts(self) == as_of", "ends(self) == as_of", "size(overlapping(self, 'ChangeRequest')) == 0"):
        with pytest.raises(cel.EvaluationError, match="the record has no window"):
            ask(tmp_path, [bare], text, "ChangeRequest/CHG-1")


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("2026-03-29T03:30", "comes never in Europe/Tallinn"),
        ("2026-10-25T03:30", "comes twice in Europe/Tallinn"),
        ("tomorrow", "'tomorrow' is no time"),
    ],
)
def test_a_time_that_is_none_is_an_error(start: str, says: str) -> None:
    with pytest.raises(cel.EvaluationError, match=says):
        windows.starts({"spec": {"start": start, "end": "2026-12-01T05:00", "zone": "Europe/Tallinn"}})


# --- which of them meet


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [
        ("2026-11-23T01:00:00+02:00", "2026-11-23T03:00:00+02:00", True),  # the worked example: an hour in common
        ("2026-11-23T02:00:00+02:00", "2026-11-23T03:00:00+02:00", False),  # begins where the other ends
        ("2026-11-23T01:59:59+02:00", "2026-11-23T03:00:00+02:00", True),
        ("2026-11-22T20:00:00+02:00", "2026-11-22T22:00:00+02:00", False),  # ends where the other begins
        ("2026-11-22T20:00:00+02:00", "2026-11-22T22:00:01+02:00", True),
        ("2026-11-22T23:00:00+02:00", "2026-11-23T00:00:00+02:00", True),  # inside
        ("2026-11-01T00:00:00+02:00", "2026-12-01T00:00:00+02:00", True),  # around
        ("2026-11-22T22:00:00+02:00", "2026-11-23T02:00:00+02:00", True),  # the same
        ("2026-11-22T20:30:00Z", "2026-11-22T21:00:00Z", True),  # in another zone
        ("2026-11-22T23:00:00+02:00", "2026-11-22T23:00:00+02:00", False),  # no length
        ("2026-11-23T01:00:00+02:00", "2026-11-22T23:00:00+02:00", False),  # ends before it begins
    ],
)
def test_two_windows_meet_if_they_share_an_instant(tmp_path: Path, start: str, end: str, meets: bool) -> None:
    both = [NIGHT, change("CHG-2", start, end)]
    for one, other in (("CHG-1", "CHG-2"), ("CHG-2", "CHG-1")):
        found = ask(
            tmp_path, both, "overlapping(self, 'ChangeRequest').map(c, c.metadata.name)", f"ChangeRequest/{one}"
        )
        assert found == ([other] if meets else [])
    spans = f"overlap(starts(self), ends(self), instant('{start}'), instant('{end}'))"
    assert ask(tmp_path, both, spans, "ChangeRequest/CHG-1") is meets


def test_windows_of_another_kind_come_in_the_order_of_their_starts(tmp_path: Path) -> None:
    freezes = [
        freeze("a-late", "2026-11-23T01:00:00+02:00", "2026-11-24T00:00:00+02:00"),
        freeze("b-long", "2026-11-01T00:00:00+02:00", "2026-12-01T00:00:00+02:00"),
        freeze("c-over", "2026-11-20T00:00:00+02:00", "2026-11-21T00:00:00+02:00"),
        freeze("d-later", "2026-11-23T02:00:00+02:00", "2026-11-24T00:00:00+02:00"),
    ]
    text = "overlapping(self, 'FreezeWindow').map(f, f.metadata.name)"
    assert ask(tmp_path, [NIGHT, *freezes], text, "ChangeRequest/CHG-1") == ["b-long", "a-late"]


def test_records_without_a_window_meet_nothing(tmp_path: Path) -> None:
    others = [
        record("ChangeRequest", "CHG-3", "{state: draft, class: normal}"),
        change("CHG-4", "2026-11-22T23:00:00+02:00", "2026-11-22T23:30:00+02:00"),
    ]
    text = "overlapping(self, 'ChangeRequest').map(c, c.metadata.name)"
    assert ask(tmp_path, [NIGHT, *others], text, "ChangeRequest/CHG-1") == ["CHG-4"]


def test_a_record_that_breaks_its_schema_might_be_one_of_them(tmp_path: Path) -> None:
    broken = record("FreezeWindow", "year-end", "{state: planned, start: 2026-11-22T00:00:00Z}")
    with pytest.raises(cel.EvaluationError, match="FreezeWindow/year-end breaks its schema"):
        ask(tmp_path, [NIGHT, broken], "size(overlapping(self, 'FreezeWindow')) == 0", "ChangeRequest/CHG-1")


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(SPANS)
def test_what_the_index_finds_is_what_comparing_each_pair_finds(spans: list[tuple[int, int]]) -> None:
    midnight = datetime(2026, 11, 22, tzinfo=UTC)

    def moment(hour: int) -> str:
        return (midnight + timedelta(hours=hour)).isoformat()

    data = [{"spec": {"start": moment(start), "end": moment(end)}} for start, end in spans]
    ordered = windows.Timetable(data)
    for (start, end), one in zip(spans, data, strict=True):
        found = [place for other in ordered.meeting(one) for place, each in enumerate(data) if each is other]
        shared = [
            place
            for place, (begins, until) in enumerate(spans)
            if data[place] is not one and set(range(start, end)) & set(range(begins, until))
        ]
        assert sorted(found) == sorted(shared)
