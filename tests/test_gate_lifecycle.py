"""Life cycle and identity: legal hops with all that falls due, closed records, names that are used once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proposing import Story, book, touch

from itsmctl.gate import lifecycle
from itsmctl.records import Record

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.kinds import Kind

FULL: dict[str, Any] = {
    "class": "normal",
    "items": [{"item": "ConfigurationItem/vm-1", "action": "change"}],
    "reason": "It is old.",
    "requester": "mari",
    "risk": {"likelihood": "low", "impact": "low", "level": "low"},
    "impact": {"services": ["loans"]},
    "business_benefit": "It is new.",
    "plan": {"steps": ["Do it."]},
    "backout": {"steps": ["Undo it."]},
    "assessed": {"by": "mari", "on": "2026-11-01"},
    "implementers": ["jaan"],
    "schedule": {"start": "2026-11-22T06:00:00Z", "end": "2026-11-22T10:00:00Z"},
    "test": {"result": "passed"},
    "implementation": {"result": "successful"},
    "review": {"on": "2026-11-23"},
    "emergency": {"justification": "Now."},
    "model": "patch",
}


def kind(name: str = "ChangeRequest") -> Kind:
    return book().kinds[name]


def record(state: str, kind_: str = "ChangeRequest", **spec: Any) -> Record:
    full = FULL if kind_ == "ChangeRequest" else {}
    written = {key: value for key, value in {**full, **spec, "state": state}.items() if value is not None}
    data = {"kind": kind_, "metadata": {"name": "X-1", "owner": "Role/operations"}, "spec": written}
    return Record(kind_, "X-1", "records/changes/X-1.yaml", "", data)


def codes(before: Record | None, after: Record) -> list[str]:
    return sorted(one.code for one in lifecycle.hops(kind(after.kind), before, after) if not one.allowed)


@pytest.mark.parametrize(
    ("before", "after", "class_", "way"),
    [
        ("draft", "submitted", "normal", "submitted"),
        ("draft", "approved", "normal", "submitted assessed approved"),
        ("draft", "implementing", "normal", "submitted assessed approved scheduled implementing"),
        (None, "implementing", "normal", "draft submitted assessed approved scheduled implementing"),
        (None, "draft", "normal", "draft"),
        ("draft", "implementing", "emergency", "approved implementing"),
        ("approved", "implementing", "emergency", "implementing"),
        ("approved", "implementing", "normal", "scheduled implementing"),
        ("approved", "draft", "normal", "assessed draft"),
        ("implementing", "closed", "normal", "implemented reviewed closed"),
        ("implementing", "failed", "normal", "failed"),
    ],
)
def test_any_number_of_legal_hops(before: str | None, after: str, class_: str, way: str) -> None:
    links = {"links": {"incidents": ["INC-1"]}}
    old = record(before, **{"class": class_}) if before else None
    new = record(after, **{"class": class_}, **links)
    (said,) = lifecycle.hops(kind(), old, new)
    assert said.allowed
    assert said.details["passed"] == way.split() == list(lifecycle.passed(kind(), old, new))


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        ("implementing", "approved", ["implemented", "failed", "backed-out"]),
        ("implemented", "implementing", ["reviewed"]),
        ("implementing", "cancelled", ["implemented", "failed", "backed-out"]),
        ("failed", "implemented", ["reviewed"]),
        ("implementing", "nonsense", ["implemented", "failed", "backed-out"]),
        ("implementing", "", ["implemented", "failed", "backed-out"]),
    ],
)
def test_a_way_that_is_not_declared_is_none(before: str, after: str, legal: list[str]) -> None:
    links = {"links": {"incidents": ["INC-1"]}}
    old, new = record(before, **links), record(after, **links)
    (said,) = lifecycle.hops(kind(), old, new)
    assert said.code == "TRANSITION"
    assert said.details["legal"] == legal
    assert lifecycle.passed(kind(), old, new) == (after,)  # what it claims to enter


@pytest.mark.parametrize("field", ["risk", "plan", "backout", "assessed", "implementers", "schedule", "test", "reason"])
def test_what_falls_due_on_the_way_is_there(field: str) -> None:
    (said,) = lifecycle.hops(kind(), record("draft"), record("implementing", **{field: None}))
    assert said.code == "DUE"
    assert said.details["pointers"][0] == f"/spec/{field}"


def test_what_falls_due_on_the_way_falls_due_though_another_way_would_lead_past_it() -> None:
    new = record("draft", kind_="ChangeRequest", risk=None)
    assert codes(record("approved"), new) == ["DUE"]  # back over assessed, where a risk is due


def test_of_several_ways_the_one_with_all_in_place_counts() -> None:
    assert codes(record("implementing"), record("reviewed")) == []
    assert codes(record("implementing"), record("reviewed", review=None)) == ["DUE"]
    assert codes(record("implementing"), record("reviewed", implementation=None)) == ["DUE"]


@pytest.mark.parametrize("before", [None, "draft", "approved", "scheduled"])
@pytest.mark.parametrize("after", ["implemented", "failed", "backed-out", "reviewed", "closed"])
@pytest.mark.parametrize("class_", ["normal", "standard", "emergency"])
def test_done_comes_only_from_implementing_at_the_base(before: str | None, after: str, class_: str) -> None:
    links = {"links": {"problems": ["PRB-1"]}, "class": class_}
    assert codes(record(before, **links) if before else None, record(after, **links)) == ["SKIPPED_IMPLEMENTING"]


@pytest.mark.parametrize(
    ("state", "spec", "expected"),
    [
        ("failed", {}, ["NO_LINK"]),
        ("backed-out", {}, ["NO_LINK"]),
        ("failed", {"links": {"incidents": ["INC-1"]}}, []),
        ("failed", {"links": {"problems": ["PRB-1"]}}, []),
        ("failed", {"links": {"problems": [], "changes": ["CHG-2"]}}, ["NO_LINK"]),
        ("reviewed", {"implementation": {"result": "failed"}}, ["NO_LINK"]),  # on its way past failed
        ("implemented", {}, []),
    ],
)
def test_a_failure_is_followed_up(state: str, spec: dict[str, Any], expected: list[str]) -> None:
    assert codes(record("implementing"), record(state, **spec)) == expected


@pytest.mark.parametrize("state", ["closed", "rejected", "cancelled"])
def test_what_is_closed_does_not_change(state: str) -> None:
    assert codes(record(state), record(state, reason="Another.")) == ["CLOSED"]
    assert codes(record(state), record("draft")) == ["CLOSED"]


def test_a_closed_incident_is_not_opened_again() -> None:
    assert codes(record("closed", "Incident"), record("in-progress", "Incident")) == ["CLOSED"]
    assert codes(record("resolved", "Incident"), record("in-progress", "Incident")) != ["CLOSED"]


def test_class_and_model_stay_once_the_work_has_begun() -> None:
    assert codes(record("scheduled"), record("scheduled", **{"class": "standard"})) == []
    for state in ("implementing", "implemented", "reviewed"):
        assert codes(record(state), record(state, **{"class": "emergency"})) == ["CLASS_FIXED"]
        assert codes(record(state), record(state, model=None)) == ["CLASS_FIXED"]


def test_an_edit_that_moves_no_state_says_nothing() -> None:
    assert lifecycle.hops(kind(), record("submitted"), record("submitted", reason="Another.")) == ()
    assert lifecycle.passed(kind(), record("submitted"), record("submitted", reason="Another.")) == ()


def test_a_kind_without_a_life_cycle_has_no_hops() -> None:
    without = next(one for one in book().kinds.values() if one.lifecycle is None)
    assert lifecycle.hops(without, None, record("anything", without.name)) == ()


def test_a_state_at_the_base_that_nobody_declared_counts_as_none_yet() -> None:
    assert codes(record("nonsense"), record("submitted")) == []
    assert codes(record("nonsense"), record("implemented")) == ["SKIPPED_IMPLEMENTING"]


@pytest.mark.parametrize("name", sorted(one.name for one in book().kinds.values() if one.lifecycle))
def test_every_state_of_every_kind_is_reached_by_steps_that_it_declares(name: str) -> None:
    held = kind(name).lifecycle
    assert held is not None
    for state in held.states:
        after = record(state, name)
        way = lifecycle.passed(kind(name), None, after)
        steps = held.steps(after.data)
        assert way[0] in held.initial
        assert way[-1] == state
        assert all(two in steps[one] for one, two in pairwise(way))


STATES = [*kind().lifecycle.states, "nonsense"]  # type: ignore[union-attr]  # a change has a life cycle


@settings(max_examples=400, deadline=None)
@given(
    st.none() | st.sampled_from(STATES),
    st.sampled_from(STATES),
    st.sampled_from(["normal", "standard", "emergency"]),
    st.sets(st.sampled_from(sorted(FULL.keys() - {"class"}))),
)
def test_what_is_let_through_is_legal_and_complete(
    before: str | None, after: str, class_: str, without: set[str]
) -> None:
    """Held to the table of the schema, read in another way."""
    links = {"links": {"problems": ["PRB-1"]}, "class": class_}
    new = record(after, **links, **dict.fromkeys(without))
    old = record(before, **links) if before is not None else None
    held = kind().lifecycle
    assert held is not None
    reached = {before} if before in held.states else {"draft"}
    while more := {two for one in reached for two in held.steps(new.data).get(one or "", ())} - reached:
        reached |= more
    done = ("implemented", "failed", "backed-out", "reviewed", "closed")
    denied = codes(old, new)
    if denied == []:
        assert after in reached
        assert before == after or not held.missing(new.data)
        assert after not in done or before in (*done, "implementing")
        assert before not in ("closed", "rejected", "cancelled")
    elif not without:
        assert (
            after not in reached
            or (after in done and before not in (*done, "implementing"))
            or before in ("closed", "rejected", "cancelled")
        )


# --- names


def judged(story: Story) -> list[tuple[str, str]]:
    return [(one.name, one.code) for one in lifecycle.judge(story.propose()) if not one.allowed]


ITEM = {"type": "server", "state": "planned"}


def test_what_happened_stays_on_record(repo: Repo) -> None:
    story = Story(repo).put("Incident", "INC-1", {"state": "recorded"}).put("ConfigurationItem", "vm-1", ITEM).merge()
    story.drop("Incident", "INC-1").drop("ConfigurationItem", "vm-1")
    assert judged(story) == [("Incident/INC-1", "REMOVED")]  # an item may go, under a change


def test_a_register_record_is_not_hidden_under_another_name(repo: Repo) -> None:
    story = Story(repo).put("Problem", "PRB-1", {"state": "recorded"}).put("Problem", "PRB-2", {"state": "recorded"})
    story.merge().drop("Problem", "PRB-2").put("Problem", "PRB-1", {"state": "recorded"}, formerly=["PRB-2"])
    assert ("Problem/PRB-2", "REMOVED") in judged(story)
    story.merge().put("Problem", "PRB-3", {"state": "recorded"}).put("Problem", "PRB-4", {"state": "recorded"}).merge()
    story.drop("Problem", "PRB-3").drop("Problem", "PRB-4")
    story.put("Problem", "PRB-5", {"state": "recorded"}, formerly=["PRB-3", "PRB-4"])  # two in one
    assert [one for one in judged(story) if one[1] == "REMOVED"] == [
        ("Problem/PRB-3", "REMOVED"),
        ("Problem/PRB-4", "REMOVED"),
    ]


def test_one_record_does_not_become_two(repo: Repo) -> None:
    story = Story(repo).put("Problem", "PRB-1", {"state": "recorded"}).merge().drop("Problem", "PRB-1")
    for name in ("PRB-2", "PRB-3"):
        story.put("Problem", name, {"state": "recorded"}, formerly=["PRB-1"])
    assert ("Problem/PRB-1", "REMOVED") in judged(story)


@pytest.mark.parametrize("name", ["vm-1", "VM-1"])
def test_a_name_once_used_is_never_used_again(repo: Repo, name: str) -> None:
    story = Story(repo).put("ConfigurationItem", "vm-1", ITEM).merge().drop("ConfigurationItem", "vm-1").merge()
    story.put("ConfigurationItem", name, {**ITEM, "tier": 1})
    assert judged(story) == [(f"ConfigurationItem/{name}", "ID_REUSED")]


def test_a_name_that_differs_in_case_alone_is_used(repo: Repo) -> None:
    story = Story(repo).put("ConfigurationItem", "vm-1", ITEM).merge().put("ConfigurationItem", "VM-1", ITEM)
    assert judged(story) == [("ConfigurationItem/VM-1", "ID_REUSED")]


def test_a_record_may_be_renamed_and_go_back_to_a_name_of_its_own(repo: Repo) -> None:
    story = Story(repo).put("ConfigurationItem", "vm-1", ITEM).merge()
    story.drop("ConfigurationItem", "vm-1").put("ConfigurationItem", "vm-2", ITEM, formerly=["vm-1"])
    assert judged(story) == []
    story.drop("ConfigurationItem", "vm-2").put("ConfigurationItem", "vm-1", ITEM, formerly=["vm-2"])
    assert judged(story) == []
    story.put("ConfigurationItem", "vm-2", ITEM)  # of which it is the former name
    assert ("ConfigurationItem/vm-2", "ID_REUSED") in judged(story)


CLOSED = {"state": "cancelled", "class": "normal", "items": [{"item": "ConfigurationItem/vm-1", "action": "change"}]}


def test_closed_records_follow_a_rename_and_nothing_else(repo: Repo) -> None:
    story = Story(repo).put("ConfigurationItem", "vm-1", ITEM).put("ChangeRequest", "CHG-1", CLOSED).merge()
    ran = repo.run("rename", "ConfigurationItem/vm-1", "vm-2")
    assert ran.code == 0, ran.stderr
    assert "vm-2" in (repo.path / story.home("ChangeRequest", "CHG-1")).read_text()
    assert judged(story) == []
    repo.run("rename", "ConfigurationItem/vm-2", "vm-3")
    items = [{"item": "ConfigurationItem/vm-3", "action": "change"}]
    story.put("ChangeRequest", "CHG-1", {**CLOSED, "items": items, "reason": "Slipped in."})
    assert judged(story) == [("ChangeRequest/CHG-1", "CLOSED")]


def test_a_closed_record_may_get_another_name_and_nothing_else(repo: Repo) -> None:
    story = Story(repo).put("ChangeRequest", "CHG-1", CLOSED).merge()
    story.drop("ChangeRequest", "CHG-1").put("ChangeRequest", "CHG-2", CLOSED, formerly=["CHG-1"], title="Another")
    assert judged(story) == [("ChangeRequest/CHG-2", "CLOSED")]
    story.put("ChangeRequest", "CHG-2", CLOSED, formerly=["CHG-1"], title="ChangeRequest CHG-1")
    repo.git("reset", "--quiet", "--soft", "HEAD~1")
    assert judged(story) == []


def test_a_rename_hides_no_hop(repo: Repo) -> None:
    spec = {"state": "draft", "class": "normal"}
    story = Story(repo).put("ChangeRequest", "CHG-1", spec).merge()
    story.drop("ChangeRequest", "CHG-1")
    story.put("ChangeRequest", "CHG-2", {**FULL, "state": "implemented"}, formerly=["CHG-1"])
    assert judged(story) == [("ChangeRequest/CHG-2", "SKIPPED_IMPLEMENTING")]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (CLOSED, []),  # as it was
        ({**CLOSED, "state": "draft"}, [("ChangeRequest/CHG-1", "CLOSED")]),
    ],
)
def test_what_cannot_be_read_at_the_base_goes_on_from_what_history_has(
    repo: Repo, spec: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    story = Story(repo).put("ChangeRequest", "CHG-1", CLOSED).merge()
    repo.write(story.home("ChangeRequest", "CHG-1"), "{")
    story.merge().put("ChangeRequest", "CHG-1", spec)
    assert judged(story) == expected


def test_touch_says_what_is_done() -> None:
    assert touch(None, record("draft")).action == "add"
