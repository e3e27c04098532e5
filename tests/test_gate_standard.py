"""Standard changes are proven by the diff: one place outside of the model makes them normal, and is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proposing import NOW, Story

from itsmctl.comparing import ABSENT
from itsmctl.gate import standard
from itsmctl.gate.differences import differences, leaves
from itsmctl.kinds.pointers import pointer_of
from itsmctl.records import same

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.gate.verdict import Verdict

VERSION = {"at": "/spec/version", "pattern": r"[0-9]+\.[0-9]+\.[0-9]+", "keeps": 2}
SOFTWARE = {"kind": "ConfigurationItem", "types": ["software"], "environments": ["production"], "fields": [VERSION]}
MODEL: dict[str, Any] = {
    "state": "approved",
    "steps": ["Roll it out."],
    "allows": [SOFTWARE],
    "max_risk": "low",
    "window": "free",
    "freezes": "ignored",
    "failure_budget": {"failures": 2, "within_days": 30},
    "expires": "2026-11-22",
}
APP = {"type": "application", "state": "live", "version": "4.12.0", "environment": "production", "tier": 2}
CHANGE = {"state": "implementing", "class": "standard", "model": "patch"}


def found(repo: Repo, settings: str = "", **model: Any) -> Story:
    """An application app-1, of a class that extends software, and a model for its versions."""
    story = Story(repo, settings)
    story.put("CIType", "software", {"selection": "All.", "control": {"level": "basic"}})
    story.put("CIType", "application", {"extends": "software"})
    story.put("ConfigurationItem", "app-1", APP, labels={"site": "tartu"})
    spec = {key: value for key, value in {**MODEL, **model}.items() if value is not None}
    return story.put("ChangeModel", "patch", spec).merge()


def prove(story: Story, now: str = NOW, **change: Any) -> Verdict:
    """What comes of a standard change under the model, with all that stands in the work tree."""
    story.put("ChangeRequest", "CHG-1", {**CHANGE, **change})
    proposal = story.propose(now)
    touched = [one for one in proposal.edits.values() if one.controlled]
    return standard.prove(proposal, proposal.merged.records["ChangeRequest/CHG-1"], touched)


def alter(story: Story, **spec: Any) -> Story:
    written = {key: value for key, value in {**APP, **spec}.items() if value is not None}
    return story.put("ConfigurationItem", "app-1", written, labels={"site": "tartu"})


def outside(said: Verdict) -> list[str]:
    assert said.codes <= {"OUTSIDE_MODEL"}
    return [one.details["pointer"] for one in said.because]


def test_what_is_inside_needs_no_vote(repo: Repo) -> None:
    said = prove(alter(found(repo), version="4.12.1"))
    assert said.allowed
    assert said.details == {"model": "patch", "window": "free", "freezes": "ignored"}


def test_one_field_outside_is_named(repo: Repo) -> None:
    said = prove(alter(found(repo), version="4.12.1", tier=1))
    assert not said.allowed
    (one,) = said.because
    assert (one.code, one.says) == ("OUTSIDE_MODEL", "/spec/tier is outside model patch")
    assert one.about is not None
    assert one.about.pointer == "/spec/tier"


@pytest.mark.parametrize(
    ("version", "is_inside"),
    [
        ("4.12.1", True),
        ("4.12.10", True),
        ("4.13.0", False),  # a leading part moved
        ("4.12", False),
        ("4.12.1-rc1", False),  # all of it has to match
        ("x4.12.1", False),
        ("4.12.1; rm", False),
        (None, False),  # taken away
    ],
)
def test_a_version_stays_inside_its_pattern_and_leading_parts(repo: Repo, version: str | None, is_inside: bool) -> None:
    assert outside(prove(alter(found(repo), version=version))) == ([] if is_inside else ["/spec/version"])


@pytest.mark.parametrize(
    ("field", "value", "is_inside"),
    [
        ({"minimum": 20, "maximum": 500}, 500, True),
        ({"minimum": 20, "maximum": 500}, 501, False),
        ({"minimum": 20, "maximum": 500}, 19, False),
        ({"minimum": 0}, True, False),  # which Python takes for a number
        ({"minimum": 0}, "30", False),
        ({"minimum": 20, "maximum": 500}, None, False),
        ({"one_of": [1, "b"]}, 1, True),
        ({"one_of": [1, "b"]}, True, False),
        ({"one_of": [1, "b"]}, "c", False),
        ({"one_of": [{"a": 1}]}, {"a": 1}, True),  # the value of the field, not of what is below it
        ({"one_of": [{"a": 1}]}, {"a": 1, "b": 2}, False),
        ({"pattern": "a|b"}, "a", True),
        ({"pattern": "a|b"}, "ax", False),
        ({"pattern": "(a+)+"}, "a" * 5000 + "b", False),  # in no time
        ({"pattern": "(?=a)a"}, "a", False),  # cannot be used
        ({"pattern": "a)|(?:b"}, "a", False),  # cannot be used, though brackets around it would mend it
        ({}, [1, {"b": 2}], True),
        ({"pattern": ".*"}, ["a"], False),
        ({"keeps": 0}, "new", False),  # there was none to keep
    ],
)
def test_a_field_gets_values_that_the_model_allows(field: dict[str, Any], value: Any, is_inside: bool) -> None:
    before: dict[str, Any] = {"spec": {"attributes": {"x": 30}}}
    after: dict[str, Any] = {"spec": {"attributes": {} if value is None else {"x": value}}}
    one = {"at": "/spec/attributes/x", **field}
    places = list(differences(before, after))
    assert places
    assert all(standard._covers(one, place, before, after) for place in places) is is_inside


@pytest.mark.parametrize(
    ("entry", "is_inside"),
    [
        ({"types": ["application"]}, True),
        ({"types": ["software"]}, True),  # classes that extend it
        ({"types": ["server"]}, False),
        ({"types": []}, False),
        ({"environments": ["test"]}, False),
        ({"labels": {"site": "tartu"}}, True),
        ({"labels": {"site": "narva"}}, False),
        ({"labels": {"rack": "tartu"}}, False),
        ({"names": ["app-1"]}, True),
        ({"names": ["app-2"]}, False),
        ({"actions": ["add"]}, False),
        ({"actions": ["add", "change"]}, True),
        ({"kind": "Service"}, False),
    ],
)
def test_a_part_of_the_model_is_for_the_records_that_it_selects(
    repo: Repo, entry: dict[str, Any], is_inside: bool
) -> None:
    said = prove(alter(found(repo, allows=[{**SOFTWARE, **entry}]), version="4.12.1"))
    assert outside(said) == ([] if is_inside else [""])


def test_a_record_has_to_fit_before_and_after(repo: Repo) -> None:
    fields = [{"at": "/spec/environment"}, {"at": "/spec/version"}]
    allows = [{**SOFTWARE, "fields": fields}]
    assert outside(prove(alter(found(repo, allows=allows), environment="test"))) == [""]
    story = alter(found(Story(repo).repo, allows=allows), environment="test").merge()
    assert outside(prove(alter(story, environment="production"))) == [""]


def test_metadata_is_outside_unless_it_is_listed(repo: Repo) -> None:
    star = [{**SOFTWARE, "fields": [{"at": "/*/labels"}, {"at": "/*/owner"}, {"at": "/*/*"}]}]
    story = found(repo, allows=star)
    story.put("ConfigurationItem", "app-1", APP, labels={"site": "narva"}, owner="Person/mari")
    assert outside(prove(story)) == ["/metadata/owner", "/metadata/labels/site"]
    story.put("ChangeModel", "patch", {**MODEL, "allows": [{**SOFTWARE, "fields": [{"at": "/metadata/labels/*"}]}]})
    story.put("ConfigurationItem", "app-1", APP, labels={"site": "tartu"}).merge()
    story.put("ConfigurationItem", "app-1", APP, labels={"site": "narva", "rack": "7"})
    assert outside(prove(story)) == []


def test_a_new_or_removed_record_is_inside_with_all_its_fields_or_not_at_all(repo: Repo) -> None:
    named = ["/spec/type", "/spec/state", "/spec/version", "/spec/environment", "/metadata/title", "/metadata/owner"]
    entry = {**SOFTWARE, "actions": ["add", "remove"], "fields": [{"at": one} for one in named]}
    story = found(repo, allows=[entry])
    new = {key: value for key, value in APP.items() if key != "tier"}
    assert outside(prove(story.put("ConfigurationItem", "app-2", new))) == []
    assert outside(prove(story.put("ConfigurationItem", "app-3", APP))) == ["/spec/tier"]
    story.drop("ConfigurationItem", "app-2")
    assert outside(prove(story)) == []


@pytest.mark.parametrize("kind", ["Person", "Role", "ApprovalRule", "ChangeModel", "FreezeWindow", "CIType"])
def test_governance_is_inside_of_no_model(repo: Repo, kind: str) -> None:
    entry = {"kind": kind, "fields": [{"at": "/spec"}, {"at": "/metadata"}], "actions": ["add", "change", "remove"]}
    said = prove(found(repo, allows=[SOFTWARE, entry]).put(kind, "new", {"state": "planned"}))
    assert outside(said) == [""]
    assert "governance" in said.because[0].says


def test_a_model_that_the_head_brings_or_widens_counts_for_nothing(repo: Repo) -> None:
    story = alter(found(repo), version="4.12.1", tier=1)
    wide = {**MODEL, "allows": [{**SOFTWARE, "fields": [{"at": "/spec"}]}]}
    story.put("ChangeModel", "patch", wide).put("ChangeModel", "mine", wide)
    assert "/spec/tier" in outside(prove(story))
    assert prove(alter(found(repo), version="4.12.1"), model="other").codes == {"NO_MODEL"}


def test_no_model_is_no_model(repo: Repo) -> None:
    assert prove(alter(found(repo), version="4.12.1"), model=None).codes == {"NO_MODEL"}


def test_without_an_edit_there_is_nothing_to_prove(repo: Repo) -> None:
    assert prove(found(repo)).codes == {"NOTHING_TO_PROVE"}


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ({"state": "suspended"}, "MODEL_NOT_APPROVED"),
        ({"state": "draft"}, "MODEL_NOT_APPROVED"),
        ({"expires": "2026-11-21"}, "MODEL_EXPIRED"),
        ({"expires": None}, "MODEL_INCOMPLETE"),
        ({"max_risk": None}, "MODEL_INCOMPLETE"),
        ({"failure_budget": None}, "MODEL_INCOMPLETE"),
        ({"allows": None}, "MODEL_INCOMPLETE"),
        ({"window": "whenever"}, "MODEL_INCOMPLETE"),
    ],
)
def test_only_an_approved_and_unexpired_model_counts(repo: Repo, model: dict[str, Any], code: str) -> None:
    assert prove(alter(found(repo, **model), version="4.12.1")).codes == {code}


def test_the_last_day_counts_where_the_organisation_is(repo: Repo) -> None:
    story = alter(found(repo, "calendar: {zone: Europe/Tallinn}\n"), version="4.12.1")
    assert prove(story, "2026-11-22T21:59:59Z").allowed
    alter(story, version="4.12.2")
    assert prove(story, "2026-11-22T22:00:00Z").codes == {"MODEL_EXPIRED"}


# --- limits


def test_no_more_records_than_the_model_allows(repo: Repo) -> None:
    story = found(repo, limits={"records": 2}).put("ConfigurationItem", "app-2", APP)
    story.put("ConfigurationItem", "app-3", APP).merge()
    for name in ("app-2", "app-3"):
        story.put("ConfigurationItem", name, {**APP, "version": "4.12.1"})
    listed = [{"item": f"ConfigurationItem/app-{n}", "action": "change"} for n in (1, 2, 3)]
    assert prove(story).allowed
    for name in ("app-2", "app-3"):
        story.put("ConfigurationItem", name, {**APP, "version": "4.12.2"})
    assert prove(story, items=listed).codes == {"OVER_LIMIT"}
    for name in ("app-1", "app-2", "app-3"):
        story.put("ConfigurationItem", name, {**APP, "version": "4.12.3"})
    assert "OVER_LIMIT" in prove(story).codes


def do(story: Story, name: str, at: str, *states: str, **spec: Any) -> None:
    """Lets a change of the model go through states, one merge each, all at one time."""
    for state in states or ("scheduled", "implementing", "implemented"):
        story.put("ChangeRequest", name, {**CHANGE, "state": state, **spec}).merge(at)


@pytest.mark.parametrize(
    ("times", "is_inside"),
    [
        (["2026-11-16T08:00:00Z"], True),
        (["2026-11-16T08:00:00Z", "2026-11-21T08:00:00Z"], False),
        (["2026-11-15T08:00:00Z", "2026-11-21T08:00:00Z"], True),  # seven days ago
        (["2026-11-15T08:00:01Z", "2026-11-21T08:00:00Z"], False),
        (["2026-12-24T08:00:00Z", "2026-11-21T08:00:00Z"], False),  # a clock that runs ahead hides nothing
    ],
)
def test_no_more_changes_in_a_week_than_the_model_allows(repo: Repo, times: list[str], is_inside: bool) -> None:
    story = found(repo, limits={"per_week": 2})
    for number, time in enumerate(times):
        do(story, f"CHG-1{number}", time)
    do(story, "CHG-90", "2026-11-21T08:00:00Z", model="other")
    do(story, "CHG-91", "2026-11-21T08:00:00Z", "submitted", "scheduled")  # not begun
    said = prove(alter(story, version="4.12.1"))
    assert said.codes == (set() if is_inside else {"TOO_OFTEN"})


def test_a_change_that_goes_on_counts_once(repo: Repo) -> None:
    story = found(repo, limits={"per_week": 1})
    do(story, "CHG-1", "2026-11-21T08:00:00Z", "scheduled", "implementing")
    assert prove(alter(story, version="4.12.1")).allowed


@pytest.mark.parametrize(
    ("failures", "is_inside"),
    [
        ([("failed", "2026-11-21T08:00:00Z")], True),
        ([("failed", "2026-11-21T08:00:00Z"), ("backed-out", "2026-11-20T08:00:00Z")], False),
        ([("failed", "2026-11-21T08:00:00Z"), ("backed-out", "2026-10-20T08:00:00Z")], True),
        ([("failed", "2026-11-21T08:00:00Z"), ("implemented", "2026-11-20T08:00:00Z")], True),
    ],
)
def test_a_model_stops_counting_once_too_many_of_its_changes_failed(
    repo: Repo, failures: list[tuple[str, str]], is_inside: bool
) -> None:
    story = found(repo)
    for number, (state, time) in enumerate(failures):
        do(story, f"CHG-1{number}", time, "implementing", state, "reviewed", "closed")
    said = prove(alter(story, version="4.12.1"))
    assert said.codes == (set() if is_inside else {"BUDGET_SPENT"})


@pytest.mark.parametrize(
    ("risk", "codes"),
    [
        ({"likelihood": "low", "impact": "medium", "level": "low"}, set()),
        ({"likelihood": "low", "impact": "low", "level": "medium"}, {"TOO_RISKY"}),
        ({"likelihood": "high", "impact": "high", "level": "low"}, {"TOO_RISKY"}),  # whatever it declares
        ({"likelihood": "very-low", "impact": "low", "level": "low"}, {"TOO_RISKY"}),  # the matrix has no such grade
        ({"likelihood": "low", "impact": "low", "level": "very-low"}, {"TOO_RISKY"}),
    ],
)
def test_no_more_risk_than_the_model_allows(repo: Repo, risk: dict[str, str], codes: set[str]) -> None:
    assert prove(alter(found(repo), version="4.12.1"), risk=risk).codes == codes


# --- the differences themselves

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b"]) | st.just(1.0)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc/~*"), inner), max_leaves=8
)


@settings(max_examples=300, deadline=None)
@given(DATA, DATA)
def test_nothing_that_differs_is_overlooked(before: object, after: object) -> None:
    places = list(differences(before, after))
    assert (not places) is same(before, after)
    assert len(set(places)) == len(places)
    assert [pointer_of(place) for place in differences(after, before)] or not places


@settings(max_examples=200, deadline=None)
@given(DATA)
def test_a_whole_record_differs_from_none_in_every_leaf(data: object) -> None:
    assert set(differences(ABSENT, data)) == set(leaves(data)) == set(differences(data, ABSENT))
    assert list(leaves(data))


@settings(max_examples=200, deadline=None)
@given(DATA, DATA, st.sampled_from([(), ("a",), ("*",), ("a", "*"), ("*", "b"), ("b", "0")]))
def test_a_field_without_conditions_covers_itself_and_what_is_below(
    before: object, after: object, pattern: tuple[str, ...]
) -> None:
    field = {"at": pointer_of(("spec", *pattern))}
    for place in differences({"spec": before}, {"spec": after}):
        is_below = len(place) > len(pattern) and all(
            one in ("*", step) for one, step in zip(pattern, place[1:], strict=False)
        )
        assert standard._covers(field, place, {"spec": before}, {"spec": after}) is is_below
