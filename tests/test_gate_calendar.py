"""Windows and freezes: what is inside, what is met, what lets a change through, and until when a verdict holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proposing import NOW, Story, moment

from itsmctl.gate import beginnings, calendar, collisions
from itsmctl.gate.calendar import Asked, Bound
from itsmctl.votes import Vote

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.gate.model import Proposal


def scheduled(start: str, end: str, **more: str) -> dict[str, Any]:
    return {"spec": {"schedule": {"start": start, "end": end, **more}}}


@pytest.mark.parametrize(
    ("now", "code", "where"),
    [
        ("2026-11-22T03:59:59Z", "OUTSIDE_WINDOW", "before"),
        ("2026-11-22T04:00:00Z", "", ""),
        ("2026-11-22T07:59:59Z", "", ""),
        ("2026-11-22T08:00:00Z", "OUTSIDE_WINDOW", "after"),  # half-open
    ],
)
@pytest.mark.parametrize(
    "written",
    [
        scheduled("2026-11-22T06:00", "2026-11-22T10:00", zone="Europe/Tallinn"),
        scheduled("2026-11-22T06:00:00+02:00", "2026-11-22T08:00:00Z"),
        scheduled("2026-11-22T06:00:00+02:00", "2026-11-22T08:00:00Z", zone="America/New_York"),  # offsets win
    ],
)
def test_a_window_is_half_open_and_in_utc(now: str, code: str, where: str, written: dict[str, Any]) -> None:
    said = calendar.window(written, moment(now))
    assert (said.code, said.details.get("where", "")) == (code, where)
    assert said.allowed is (code == "")


def test_what_comes_too_early_hears_the_earliest_time() -> None:
    said = calendar.window(scheduled("2026-12-01T22:00:00Z", "2026-12-02T00:00:00Z"), moment(NOW))
    assert said.says == "the window begins at 2026-12-01T22:00Z: come back then"
    assert said.details["earliest"] == "2026-12-01T22:00:00Z"


@pytest.mark.parametrize(
    "data", [{}, {"spec": {}}, {"spec": []}, {"spec": {"schedule": {}}}, {"spec": {"schedule": 5}}]
)
def test_no_window_is_no_window(data: dict[str, Any]) -> None:
    assert calendar.window(data, moment(NOW)).codes == {"NO_WINDOW"}


@pytest.mark.parametrize(
    ("start", "end", "zone", "word"),
    [
        ("2026-03-29T02:30", "2026-03-29T04:00", "Europe/Paris", "never"),
        ("2026-03-29T01:00", "2026-03-29T02:00", "Europe/Paris", "never"),
        ("2026-10-25T02:30", "2026-10-25T04:00", "Europe/Paris", "twice"),
        ("2026-10-25T01:30", "2026-10-25T02:59", "Europe/Paris", "twice"),
        ("2026-11-22T06:00", "2026-11-22T10:00", "", "offset"),
        ("2026-11-22T06:00", "2026-11-22T10:00:00Z", "", "offset"),
        ("2026-11-22T06:00", "2026-11-22T10:00", "Mars/Olympus", "zone"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z", "", "not after"),
        ("2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00Z", "", "not after"),
    ],
)
def test_a_window_that_cannot_be_told_is_denied(start: str, end: str, zone: str, word: str) -> None:
    written = scheduled(start, end, **({"zone": zone} if zone else {}))
    for now in ("2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", NOW):
        said = calendar.window(written, moment(now))
        assert said.codes == {"WINDOW_UNCLEAR"}
        assert word in said.says


def test_a_night_over_the_end_of_summer_time_is_an_hour_longer() -> None:
    found = calendar.span(scheduled("2026-10-24T22:00", "2026-10-25T06:00", zone="Europe/Paris"))
    assert isinstance(found, calendar.Window)
    assert found.end - found.start == timedelta(hours=9)


def test_one_end_of_a_window_is_none() -> None:
    data = {"spec": {"schedule": {"start": "2026-11-22T06:00:00Z"}}}
    assert calendar.window(data, moment(NOW)).codes == {"WINDOW_UNCLEAR"}


def test_a_window_is_agreed_on_before_it_begins() -> None:
    written = scheduled("2026-11-22T06:00:00Z", "2026-11-22T10:00:00Z")
    assert calendar.window(written, moment(NOW), moment("2026-11-22T06:00:00Z")).allowed
    late = calendar.window(written, moment(NOW), moment("2026-11-22T06:00:01Z"))
    assert late.allowed
    assert [one.code for one in late.because] == ["AFTER_THE_FACT"]


def test_a_change_is_seen_first_where_any_sign_of_it_is_first(repo: Repo) -> None:
    story = Story(repo).put("ChangeRequest", "CHG-1", {"state": "draft", "class": "normal"})
    story.merge("2026-11-03T08:00:00Z")
    held = story.put("ChangeRequest", "CHG-1", {"state": "submitted", "class": "normal"})
    held.put("ChangeRequest", "CHG-2", {"state": "draft", "class": "normal"})
    found = held.propose()
    assert beginnings.first_seen(found, "CHG-1") == moment("2026-11-03T08:00:00Z")
    assert beginnings.first_seen(found, "CHG-2") == moment(NOW)
    assert beginnings.first_seen(found, "CHG-3") is None


WORDS = st.sampled_from(
    ["2026-11-22T06:00", "2026-11-22T10:00:00Z", "2026-03-29T02:30", "Europe/Paris", "UTC", "", "T", "9999-12-31T23:59"]
)
LETTERS = st.text("0123456789-:+TZa/ \x00", max_size=20)
VALUES = WORDS | LETTERS | st.none() | st.integers() | st.lists(WORDS, max_size=2) | st.floats()


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["start", "end", "zone"]), VALUES), st.booleans())
def test_whatever_is_written_gives_a_verdict(written: dict[str, Any], nested: bool) -> None:
    data = {"spec": {"schedule": written} if nested else written}
    found = calendar.span(data)
    is_inside = isinstance(found, calendar.Window) and found.holds(moment(NOW))
    assert calendar.window(data, moment(NOW)).allowed is is_inside


# --- freezes

HOST = {"type": "server", "state": "live", "version": "1", "environment": "shared"}


def town(repo: Repo, settings: str = "") -> Story:
    """host-1 (shared) carries vm-1 (production), on which loans stands, and vm-2 (test), on which nothing does."""
    story = Story(repo, settings)
    runs = [{"type": "runs-on", "target": "host-1"}]
    story.put("ConfigurationItem", "host-1", HOST)
    story.put("ConfigurationItem", "vm-1", {**HOST, "environment": "production", "relations": runs})
    story.put("ConfigurationItem", "vm-2", {**HOST, "environment": "test", "relations": runs})
    story.put("Service", "loans", {"state": "live", "criticality": "high", "components": [{"item": "vm-1"}]})
    return story.put("Service", "rooms", {"state": "live"})


def freeze(story: Story, name: str = "quiet", state: str = "planned", **spec: Any) -> Story:
    days = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-30T00:00:00Z", "reason": "Exams."}
    return story.put("FreezeWindow", name, {"state": state, **days, **spec})


def asked(*items: str, class_: str = "normal", roles: tuple[str, ...] = (), **spec: Any) -> Asked:
    listed = [{"item": f"ConfigurationItem/{one}", "action": "change"} for one in items]
    return Asked("CHG-1", {"spec": {"class": class_, "items": listed, **spec}}, class_, (), roles)


def codes(proposal: Proposal, one: Asked) -> list[str]:
    return [said.code for said in calendar.freezes(proposal, one)]


@pytest.mark.parametrize(
    ("spec", "items", "expected"),
    [
        ({}, ["vm-2"], ["FREEZE"]),  # for all
        ({}, [], ["FREEZE"]),
        ({"services": ["loans"]}, ["vm-1"], ["FREEZE"]),
        ({"services": ["loans"]}, ["host-1"], ["FREEZE"]),  # behind what stands on it
        ({"services": ["loans"]}, ["vm-2"], []),
        ({"services": ["rooms"]}, ["vm-1"], []),
        ({"environments": ["production"]}, ["vm-1"], ["FREEZE"]),
        ({"environments": ["production"]}, ["host-1"], ["FREEZE"]),  # it carries production
        ({"environments": ["production"]}, ["vm-2"], []),
        ({"environments": ["production"]}, ["vm-9"], ["FREEZE"]),  # where it will be, nobody knows
        ({"environments": ["production"]}, [], ["FREEZE"]),
        ({"services": ["loans"], "environments": ["test"]}, ["vm-1"], []),
    ],
)
def test_a_freeze_is_for_its_services_and_environments(
    repo: Repo, spec: dict[str, Any], items: list[str], expected: list[str]
) -> None:
    proposal = freeze(town(repo), **spec).merge().propose()
    assert codes(proposal, asked(*items)) == expected


def test_services_that_the_change_names_are_in_reach_and_none_is_left_out_by_its_word(repo: Repo) -> None:
    proposal = freeze(town(repo), services=["loans"]).merge().propose()
    assert codes(proposal, asked("vm-2", impact={"services": ["loans"]})) == ["FREEZE"]
    assert codes(proposal, asked("vm-2", schedule={"outage": {"services": ["loans"]}})) == ["FREEZE"]
    reason = {"not_affected": [{"service": "loans", "reason": "No."}]}
    assert codes(proposal, asked("vm-1", impact=reason)) == ["FREEZE"]


def test_the_graph_before_counts_as_well_as_the_one_after(repo: Repo) -> None:
    story = freeze(town(repo), services=["loans"]).merge()
    story.put("Service", "loans", {"state": "live", "criticality": "high"})  # no longer stands on vm-1
    story.put("ConfigurationItem", "vm-1", {**HOST, "version": "2", "environment": "production"})
    proposal = story.propose()
    assert codes(proposal, asked("vm-1")) == ["FREEZE"]


def test_the_edits_count_whatever_the_change_lists(repo: Repo) -> None:
    story = freeze(town(repo), services=["loans"]).merge()
    proposal = story.put("ConfigurationItem", "vm-1", {**HOST, "version": "2"}).propose()
    touched = tuple(proposal.edits.values())
    one = Asked("CHG-1", {"spec": {"class": "normal"}}, "normal", touched)
    assert codes(proposal, one) == ["FREEZE"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (None, []),  # not in force now
        (("2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"), []),  # its end meets the start
        (("2026-11-21T00:00:00Z", "2026-12-01T00:00:01Z"), ["FREEZE"]),
        (("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z"), ["FREEZE"]),  # it lies in [now, end)
        (("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), []),
    ],
)
def test_a_freeze_that_meets_the_rest_of_the_window_denies(
    repo: Repo, schedule: tuple[str, str] | None, expected: list[str]
) -> None:
    story = freeze(town(repo), start="2026-12-01T00:00:00Z", end="2026-12-05T00:00:00Z").merge()
    more = {"schedule": {"start": schedule[0], "end": schedule[1]}} if schedule else {}
    proposal = story.propose()
    assert codes(proposal, asked("vm-1", **more)) == expected
    assert codes(proposal, asked("vm-1", class_="emergency", **more)) == []  # which needs no window


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-11-19T23:59:59Z", []), ("2026-11-20T00:00:00Z", ["FREEZE"]), ("2026-11-30T00:00:00Z", [])],
)
def test_a_freeze_is_half_open(repo: Repo, now: str, expected: list[str]) -> None:
    assert codes(freeze(town(repo)).merge().propose(now), asked("vm-1")) == expected


def test_a_freeze_says_what_it_is_and_when_it_ends(repo: Repo) -> None:
    (said,) = calendar.freezes(freeze(town(repo)).merge().propose(), asked("vm-1"))
    assert said.name == "quiet"
    assert said.says == (
        "from 2026-11-20T00:00Z to 2026-11-30T00:00Z (Exams) does not let normal changes through: "
        "earliest after it is 2026-11-30T00:00Z"
    )
    assert said.details["earliest"] == "2026-11-30T00:00:00Z"
    assert said.about is not None
    assert said.about.at == "base"


@pytest.mark.parametrize(
    ("class_", "roles", "expected"),
    [
        ("normal", (), "FREEZE"),
        ("normal", ("boss",), "FREEZE"),
        ("standard", (), "FREEZE_ALLOWED"),
        ("emergency", (), "FREEZE_ROLE"),
        ("emergency", ("clerk",), "FREEZE_ROLE"),
        ("emergency", ("clerk", "boss"), "FREEZE_ALLOWED"),
    ],
)
def test_a_freeze_lets_through_whom_it_names_with_the_role_that_it_asks_for(
    repo: Repo, class_: str, roles: tuple[str, ...], expected: str
) -> None:
    allows = [{"class": "standard"}, {"class": "emergency", "role": "boss"}]
    proposal = freeze(town(repo), allows=allows).merge().propose()
    (said,) = calendar.freezes(proposal, asked("vm-1", class_=class_, roles=roles))
    assert said.code == expected
    assert said.allowed is (expected == "FREEZE_ALLOWED")


def test_freezes_come_from_the_base_alone(repo: Repo) -> None:
    story = freeze(town(repo)).merge()
    freeze(story, state="cancelled")
    assert codes(story.propose(), asked("vm-1")) == ["FREEZE"]  # called off in the head only
    assert codes(story.merge().propose(), asked("vm-1")) == []


def test_a_freeze_that_cannot_be_read_or_told_denies(repo: Repo) -> None:
    story = town(repo)
    story.repo.write(story.home("FreezeWindow", "broken"), "{")
    freeze(story, "gap", start="2026-03-29T02:30", end="2026-03-29T12:00", zone="Europe/Paris", services=["rooms"])
    proposal = story.merge().propose()
    assert sorted((said.name, said.code) for said in calendar.freezes(proposal, asked("vm-1"))) == [
        ("broken", "FREEZE_UNCLEAR"),
        ("gap", "FREEZE_UNCLEAR"),
    ]


def test_what_cannot_be_told_is_mended_in_a_change_of_nothing_but_freezes(repo: Repo) -> None:
    story = town(repo)
    story.repo.write(story.home("FreezeWindow", "broken"), "{")
    freeze(story, "later", start="2026-11-28T00:00:00Z").merge()
    freeze(story, "later", start="2026-11-27T00:00:00Z")
    proposal = story.propose()
    one = Asked("CHG-1", {"spec": {"class": "normal"}}, "normal", tuple(proposal.edits.values()))
    assert [(said.code, said.outcome) for said in calendar.freezes(proposal, one)] == [("FREEZE_UNCLEAR", "NOTED")]
    story.put("ConfigurationItem", "vm-2", {**HOST, "version": "2"})
    freeze(story, "later", start="2026-11-26T00:00:00Z")
    proposal = story.propose()
    one = Asked("CHG-1", {"spec": {"class": "normal"}}, "normal", tuple(proposal.edits.values()))
    assert [(said.code, said.outcome) for said in calendar.freezes(proposal, one)] == [("FREEZE_UNCLEAR", "DENIED")]


def test_references_by_a_former_name_lead_to_the_record(repo: Repo) -> None:
    story = freeze(town(repo), services=["loans"])
    story.drop("ConfigurationItem", "vm-1")
    vm = {**HOST, "environment": "production", "relations": [{"type": "runs-on", "target": "host-1"}]}
    story.put("ConfigurationItem", "vm-7", vm, formerly=["vm-1"])  # loans still names vm-1
    proposal = story.merge().propose()
    assert codes(proposal, asked("vm-7")) == codes(proposal, asked("host-1")) == ["FREEZE"]
    assert codes(proposal, asked("vm-1")) == ["FREEZE"]


def test_services_keep_their_freeze_over_a_rename(repo: Repo) -> None:
    story = freeze(town(repo), services=["loans"]).merge()
    story.drop("Service", "loans")
    spec = {"state": "live", "criticality": "high", "components": [{"item": "vm-1"}]}
    story.put("Service", "lending", spec, formerly=["loans"])
    proposal = story.propose()
    assert codes(proposal, asked("vm-1")) == ["FREEZE"]
    assert codes(proposal, asked("vm-2", impact={"services": ["lending"]})) == ["FREEZE"]


# --- collisions


@pytest.mark.parametrize(
    ("state", "item", "hours", "expected"),
    [
        ("approved", "vm-1", (6, 10), ["ConfigurationItem/vm-1"]),
        ("scheduled", "vm-1", (9, 12), ["ConfigurationItem/vm-1"]),
        ("implementing", "host-1", (6, 10), ["ConfigurationItem/vm-1"]),  # which stands on it
        ("approved", "vm-1", (10, 12), None),  # one after the other
        ("submitted", "vm-1", (6, 10), None),
        ("closed", "vm-1", (6, 10), None),
        ("approved", "vm-2", (6, 10), None),
        ("approved", "vm-1", None, ["ConfigurationItem/vm-1"]),  # any time
    ],
)
def test_open_changes_of_one_ground_at_one_time_are_noted(
    repo: Repo, state: str, item: str, hours: tuple[int, int] | None, expected: list[str] | None
) -> None:
    def write(name: str, state: str, item: str, hours: tuple[int, int] | None) -> None:
        schedule = hours and {"start": f"2026-11-22T{hours[0]:02}:00:00Z", "end": f"2026-11-22T{hours[1]:02}:00:00Z"}
        listed = [{"item": f"ConfigurationItem/{item}", "action": "change"}]
        more = {"schedule": schedule} if schedule else {}
        story.put("ChangeRequest", name, {"state": state, "class": "normal", "items": listed, **more})

    story = town(repo).merge()
    write("CHG-1", "implementing", "vm-1", (6, 10))
    write("CHG-2", state, item, hours)
    proposal = story.propose()
    found = collisions.collisions(proposal, proposal.merged.records["ChangeRequest/CHG-1"])
    assert [one.details["records"] for one in found] == ([expected] if expected else [])
    assert all(one.outcome == "NOTED" and one.code == "COLLISION" and one.name == "CHG-2" for one in found)


# --- until when


def vote(person: str, expires: str = "", key: str = "") -> Vote:
    until = [moment(one) if one else None for one in (expires, key)]
    return Vote(person, "approve", "CHG-1", "T3", "", moment(NOW), expires_at=until[0], key_until=until[1])


def test_a_verdict_holds_until_the_first_of_its_grounds_ends(repo: Repo) -> None:
    story = freeze(town(repo, "calendar: {zone: Europe/Tallinn}\n"), start="2026-11-28T00:00:00Z")
    for name in ("free", "other"):
        freeze(story, name, start="2026-11-23T00:00:00Z", services=["rooms"])
    story.put("ChangeModel", "patch", {"state": "draft", "expires": "2026-11-26"})
    proposal = story.merge().propose()
    one = asked("vm-1")
    model = proposal.base.records["ChangeModel/patch"]
    schedule = {"start": "2026-11-22T06:00:00Z", "end": "2026-11-22T10:00:00Z"}
    until = calendar.valid_until
    assert until(proposal, one) == Bound(moment("2026-11-28T00:00:00Z"), "freeze quiet begins")
    assert until(proposal, one, model=model) == Bound(moment("2026-11-26T22:00:00Z"), "the model patch expires")
    votes = [vote("mari", "2026-11-25T00:00:00Z"), vote("jaan", key="2026-11-24T00:00:00Z")]
    assert until(proposal, one, votes[:1]) == Bound(moment("2026-11-25T00:00:00Z"), "the vote of mari expires")
    assert until(proposal, one, votes) == Bound(moment("2026-11-24T00:00:00Z"), "the key of jaan stops counting")
    scheduled_ = asked("vm-1", schedule=schedule)
    assert until(proposal, scheduled_, votes) == Bound(moment("2026-11-22T10:00:00Z"), "the window ends")


def test_the_next_freeze_that_would_deny_counts_and_no_other(repo: Repo) -> None:
    story = freeze(town(repo), start="2026-11-28T00:00:00Z", allows=[{"class": "standard"}])
    proposal = story.merge().propose()
    assert calendar.next_freeze(proposal, asked("vm-1")) is not None
    assert calendar.next_freeze(proposal, asked("vm-1", class_="standard")) is None
    assert calendar.valid_until(proposal, asked("vm-1", class_="standard")) is None


def test_the_last_day_is_over_where_the_organisation_is() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert calendar.day_ends("2026-10-24", paris) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert calendar.day_ends("2026-10-25", paris) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert calendar.day_ends("9999-12-31", UTC).year == 9999
