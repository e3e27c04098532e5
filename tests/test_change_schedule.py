"""`change schedule`: what comes when, as text, JSON and iCalendar; held against another reader of iCalendar."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import icalendar
from court import WINDOW, Court, change, record
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.desk import ics

DB = "ConfigurationItem/db-01"
APP = "ConfigurationItem/app-01"
LATER = {"start": "2026-12-05T22:00:00+02:00", "end": "2026-12-05T23:30:00+02:00"}


def freeze(name: str = "yearend", **spec: Any) -> dict[str, Any]:
    times = {"start": "2026-12-05T00:00:00Z", "end": "2027-01-03T00:00:00Z"}
    return record("FreezeWindow", name, {"state": "planned", **times, "reason": "Nobody is here.", "serial": 1, **spec})


def planned(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}, state="scheduled"))
    court.put(change("CHG-2", {DB: "change"}, state="approved", schedule={**WINDOW, "end": "2026-12-01T23:00:00Z"}))
    court.put(change("CHG-3", {APP: "change"}, state="assessed", schedule=LATER))
    court.put(change("CHG-4", {}, state="cancelled", schedule=LATER))
    court.put(change("CHG-5", {}, state="draft"))
    court.put(change("CHG-6", {}, state="approved", schedule=None))
    court.put(freeze())
    court.commit("mari", "Plans", at="2026-11-30T12:00:00Z")


def told(court: Court, *argv: str) -> dict[str, Any]:
    ran = court.run("mari", "change", "schedule", "-f", "json", *argv)
    assert ran.code == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["entries"]]


def test_changes_and_freezes_stand_by_their_time_with_what_they_meet(court: Court) -> None:
    planned(court)
    found = told(court)
    assert names(found) == ["CHG-2", "CHG-1", "yearend", "CHG-3", "CHG-4"]
    notes = {one["name"]: [note["code"] for note in one["notes"]] for one in found["entries"]}
    assert notes == {"CHG-1": ["COLLISION"], "CHG-2": ["COLLISION"], "CHG-3": ["FREEZE"], "CHG-4": [], "yearend": []}
    assert [one["change"] for one in found["unplanned"]] == ["CHG-6"]
    text = court.run("mari", "change", "schedule").stdout
    assert "2026-12-01 (UTC)\n  22:00 – 23:00  CHG-2  Chg 2 (normal, approved) [loans]\n" in text
    assert "! FREEZE yearend" in text
    assert "CHG-4" not in text


def test_days_and_services_narrow_it(court: Court) -> None:
    planned(court)
    assert names(told(court, "--to", "2026-12-01")) == ["CHG-2", "CHG-1"]
    assert names(told(court, "--from", "2026-12-02")) == ["CHG-1", "yearend", "CHG-3", "CHG-4"]
    assert names(told(court, "--from", "2026-12-02T02:00:00Z", "--to", "2026-12-04")) == []
    court.put(record("Service", "maps", {"state": "proposed", "criticality": "low"}))
    assert names(told(court, "--service", "maps")) == ["yearend"]
    assert "CHG-1" in names(told(court, "--service", "loans"))
    assert court.run("mari", "change", "schedule", "--service", "loan").code == 2
    assert court.run("mari", "change", "schedule", "--from", "2026-12-02", "--to", "2026-12-01").code == 2


def calendar(court: Court, *argv: str) -> tuple[str, Any]:
    ran = court.run("mari", "change", "schedule", "-f", "ics", *argv)
    assert ran.code == 0, ran.stderr
    return ran.stdout, icalendar.Calendar.from_ical(ran.stdout)


def test_the_calendar_says_the_same_to_another_reader(court: Court) -> None:
    planned(court)
    text, found = calendar(court)
    events = {str(one["UID"]): one for one in found.walk("VEVENT")}
    assert set(events) == {*(f"CHG-{n}@town-services" for n in (1, 2, 3, 4)), "FreezeWindow/yearend@town-services"}
    one = events["CHG-3@town-services"]
    assert one["DTSTART"].dt == datetime(2026, 12, 5, 20, 0, tzinfo=UTC)
    assert one["DTEND"].dt == datetime(2026, 12, 5, 21, 30, tzinfo=UTC)
    states = {uid.partition("@")[0]: str(one["STATUS"]) for uid, one in events.items()}
    assert states["CHG-1"] == states["FreezeWindow/yearend"] == "CONFIRMED"
    assert (states["CHG-3"], states["CHG-4"]) == ("TENTATIVE", "CANCELLED")
    assert {uid: str(one["TRANSP"]) for uid, one in events.items() if str(one["TRANSP"]) != "OPAQUE"} == {
        "FreezeWindow/yearend@town-services": "TRANSPARENT"
    }
    assert str(events["CHG-1@town-services"]["SUMMARY"]) == "CHG-1 Chg 1"
    assert "change ConfigurationItem/db-01\n" in str(events["CHG-1@town-services"]["DESCRIPTION"])
    assert text.count("\n") == text.count("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_the_same_records_give_the_same_bytes_at_any_time(court: Court) -> None:
    planned(court)
    first, found = calendar(court, "--from", "2026-12-01")
    court.now = "2026-12-03T08:00:00Z"
    assert calendar(court, "--from", "2026-12-01")[0] == first
    committed = datetime.fromtimestamp(int(court.repo.git("log", "-1", "--format=%ct")), UTC)
    assert {one["DTSTAMP"].dt for one in found.walk("VEVENT")} == {committed}
    _, asked = calendar(court, "--as-of", "2026-12-01T10:00:00Z")
    assert {one["DTSTAMP"].dt for one in asked.walk("VEVENT")} == {datetime(2026, 12, 1, 10, tzinfo=UTC)}


def test_an_event_keeps_its_identity_when_its_change_moves(court: Court) -> None:
    planned(court)
    court.edit("ChangeRequest/CHG-1", {"/spec/schedule": LATER})
    _, found = calendar(court)
    moved = [one for one in found.walk("VEVENT") if str(one["UID"]) == "CHG-1@town-services"]
    assert [one["DTSTART"].dt for one in moved] == [datetime(2026, 12, 5, 20, 0, tzinfo=UTC)]


def test_no_record_adds_a_line_of_its_own(court: Court) -> None:
    planned(court)
    court.edit("FreezeWindow/yearend", {"/spec/reason": "a,b;c\\d\nEND:VEVENT\nBEGIN:VEVENT"})
    text, found = calendar(court)
    assert text.count("\r\nBEGIN:VEVENT\r\n") == len(found.walk("VEVENT")) == 5
    (one,) = [one for one in found.walk("VEVENT") if str(one["UID"]).startswith("FreezeWindow/")]
    assert str(one["DESCRIPTION"]).startswith("a,b;c\\d\nEND:VEVENT\nBEGIN:VEVENT")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_folds_into_short_lines_and_comes_back(text: str) -> None:
    line = f"SUMMARY:{ics.escaped(text)}"
    folded = ics.folded(line)
    pieces = folded.split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert not any(ord(letter) < 32 or ord(letter) == 127 for letter in line)
