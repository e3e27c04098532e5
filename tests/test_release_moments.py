"""`release check`: a roll-out at its time, by the law of then, with a baseline after it that comes after it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Made
from court import WINDOW, change, record
from depot import REL, Depot, policy, release
from test_gate_flows import INCIDENT
from test_release_check import finish
from test_release_claims import grounds, unmet

CHG = "ChangeRequest/CHG-1"
POLICY = "ReleasePolicy/releases"
SERVICE = "Service/loans"
SPEC: dict[str, Any] = release()["spec"]
MERGED = "2026-12-01T22:10:00Z"
"""Within the window, before the roll-out at 22:30."""


def put(depot: Depot, data: dict[str, Any], person: str = "rein") -> None:
    """Write a record, straight onto main."""
    depot.court.put(data)
    depot.court.commit(person, f"Put {data['metadata']['name']}", at=depot.court.now)


# --- the baseline after


def test_a_baseline_after_comes_after_the_roll_out_began(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at=MERGED)
    depot.court.now = "2026-12-01T22:20:00Z"
    depot.edit(CHG, {"/spec/implementation": {"started": "2026-12-01T22:12:00Z"}}, "jaan")
    depot.freeze("early")
    depot.finish()
    depot.freeze("loans-2-after")
    depot.go_live(**{"/spec/baseline_after": "early"})
    found = unmet(depot, "done")
    assert found.keys() == {"BASELINE_AFTER"}
    assert "before the release went live at 2026-12-01T22:30Z" in found["BASELINE_AFTER"]
    depot.edit(REL, {"/spec/baseline_after": "loans-2-after"})
    assert unmet(depot, "done") == {}  # frozen once it was over


# --- windows and freezes


def test_a_roll_out_lies_in_the_window_that_was_voted_on(made: Made) -> None:
    depot, later = made("ready"), "2026-12-20T05:00:00Z"
    (stage,) = SPEC["plan"]["stages"]
    stage = {**stage, "start": later, "end": "2026-12-20T06:00:00Z"}
    depot.edit(REL, {"/spec/go_live": later, "/spec/plan/stages": [stage]})
    depot.carry_out(at=MERGED)
    found = unmet(depot, "ready")
    assert found.keys() == {"REL-20", "ROLLOUT_BLOCKED"}
    depot.edit(CHG, {"/spec/schedule/end": "2026-12-31T00:00:00Z"}, "jaan")
    found = unmet(depot, "ready")
    assert "that its record says another one now, nobody agreed to" in found["ROLLOUT_BLOCKED"]
    depot.edit(CHG, {"/spec/schedule": None}, "jaan")
    found = unmet(depot, "ready")
    assert "REL-20" not in found
    assert "is outside of the window that was voted on" in found["ROLLOUT_BLOCKED"]
    depot.edit(CHG, {"/spec/schedule": {**WINDOW, "end": "2026-12-31T00:00:00Z"}}, "jaan")
    depot.court.votes("CHG-1", "liis", "kadri")
    assert "ROLLOUT_BLOCKED" not in unmet(depot, "ready")  # now somebody did


def test_a_roll_out_without_a_time_is_in_no_window_and_outside_of_none(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at=MERGED)
    depot.edit(REL, {"/spec/go_live": None, "/spec/plan/stages": [{"name": "Desk", "sites": ["Kesk"]}]})
    assert unmet(depot, "ready").keys() == {"RELEASE_DUE", "ROLLOUT_TIME"}


def freeze(name: str = "year-end", **spec: Any) -> dict[str, Any]:
    written = {
        "state": "planned",
        "start": "2026-12-01T22:20:00Z",
        "end": "2026-12-02T20:00:00Z",
        "reason": "Year's end",
    }
    return record("FreezeWindow", name, {**written, **spec}, "Role/change-manager")


def test_a_freeze_that_came_after_the_merge_stops_the_roll_out(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at=MERGED)
    depot.court.now = "2026-12-01T22:20:00Z"
    for frozen, is_met in (
        (freeze(), False),
        (freeze(allows=[{"class": "normal"}]), True),
        (freeze(allows=[{"class": "normal", "role": "change-advisory-board"}]), True),
        (freeze(allows=[{"class": "normal", "role": "security-manager"}]), False),
        (freeze(state="cancelled"), True),
        (freeze(start="2026-12-02T01:00:00Z"), True),
        (freeze(state="odd"), False),
    ):
        put(depot, frozen)
        depot.court.now = depot.court.now.replace(":20:", ":25:")  # a commit that is to come is of no time
        assert ("ROLLOUT_BLOCKED" not in unmet(depot, "ready")) is is_met, frozen
    helps = "".join(one["help"] for one in depot.check("ready")["requirements"] if one["outcome"] != "met")
    assert "Did you mean FreezeWindow/year-end" not in helps  # nobody mistyped it
    assert "itsmctl validate records/freeze-windows/year-end.yaml says what is wrong" in helps


def test_a_freeze_is_asked_as_it_was_known_by_then(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at=MERGED)
    depot.court.now = "2026-12-01T22:20:00Z"
    put(depot, freeze())
    finish(depot)
    depot.court.remove("FreezeWindow/year-end")
    depot.court.commit("rein", "Thaw", at=depot.court.now)
    assert "is inside of the freeze year-end" in unmet(depot, "done")["ROLLOUT_BLOCKED"]


def test_a_freeze_is_asked_of_the_roles_of_then(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at=MERGED)
    depot.court.now = "2026-12-01T22:20:00Z"
    put(depot, freeze(allows=[{"class": "normal", "role": "security-manager"}]))
    finish(depot)
    assert "ROLLOUT_BLOCKED" in unmet(depot, "done")
    holders = [*depot.court.get("Role/security-manager")["spec"]["holders"], {"person": "liis", "from": "2020-01-01"}]
    depot.edit("Role/security-manager", {"/spec/holders": holders}, "rein")
    assert "ROLLOUT_BLOCKED" in unmet(depot, "done"), "nobody knew her as one when it was rolled out"


def test_a_freeze_that_nobody_knew_of_stops_nothing(made: Made) -> None:
    depot = made("done")
    put(depot, freeze())
    assert "ROLLOUT_BLOCKED" not in unmet(depot, "done")


# --- steps


def test_what_was_over_is_not_live_again(made: Made) -> None:
    depot = made("done")
    for state in ("rejected", "live"):
        depot.edit(REL, {"/spec/state": state})
    found = unmet(depot, "done")
    assert found.keys() == {"LIFE_CYCLE"}
    assert "loans-2 was rejected, and became live again" in found["LIFE_CYCLE"]


def test_what_was_taken_back_was_not_carried_out(made: Made) -> None:
    depot = made("done")
    kept = depot.court.get(CHG)["spec"]["implementation"]
    for state, result in (("backed-out", "failed"), ("implemented", "successful")):
        depot.edit(CHG, {"/spec/state": state, "/spec/implementation": {**kept, "result": result}}, "jaan")
    assert unmet(depot, "done").keys() == {"LIFE_CYCLE"}
    (hint,) = [one["help"] for one in depot.check("done")["requirements"] if one["code"] == "LIFE_CYCLE"]
    shown = depot.court.repo.git(*hint.partition(". git ")[2].split())
    assert "+  state: backed-out" in shown


def test_what_never_kept_to_a_schema_is_no_step(made: Made) -> None:
    depot = made("done")
    for ref in (CHG, REL):
        kept = depot.court.get(ref)
        depot.edit(ref, {"/spec/state": [kept["spec"]["state"]]}, "jaan")
        put(depot, kept)
    assert unmet(depot, "done") == {}


@pytest.mark.parametrize("how", ["failed", "backed-out"])
def test_a_review_makes_no_success_of_a_change(made: Made, how: str) -> None:
    depot = made("done")
    kept, incidents = depot.court.get(CHG)["spec"]["implementation"], {"incidents": ["INC-1"]}
    put(depot, INCIDENT)
    for state, result in ((how, how), ("reviewed", how), ("reviewed", "successful")):
        edits = {"/spec/state": state, "/spec/implementation": {**kept, "result": result}, "/spec/links": incidents}
        depot.edit(CHG, {**edits, "/spec/review": {"on": "2026-12-02", "by": "mari"}}, "jaan")
        assert "CHANGE_STATE" in unmet(depot, "done"), (state, result)


def test_a_review_makes_no_success_of_a_release(made: Made) -> None:
    depot = made("done")
    for state in ("backed-out", "reviewed"):
        depot.edit(REL, {"/spec/state": state, "/spec/result": "failed", "/spec/post_release": {}})
        assert "RELEASE_STATE" in unmet(depot, "done"), state
    depot.edit(REL, {"/spec/state": "live", "/spec/result": None, "/spec/post_release": None})
    assert "loans-2 was backed-out, and became live again" in unmet(depot, "done")["LIFE_CYCLE"]


def test_a_release_that_failed_by_its_own_word_is_not_done(made: Made) -> None:
    depot = made("done")
    for result in ("failed", "partly-successful"):
        depot.edit(REL, {"/spec/state": "reviewed", "/spec/result": result, "/spec/post_release": {}})
        assert ("RELEASE_STATE" in unmet(depot, "done")) is (result == "failed")


@pytest.mark.parametrize("states", [("backed-out", "reviewed"), ("backed-out", "live", "reviewed")])
def test_what_came_with_one_merge_is_looked_into(made: Made, states: tuple[str, ...]) -> None:
    depot = made("done")
    depot.court.branch("all")
    for state in states:
        depot.edit(REL, {"/spec/state": state, "/spec/post_release": {}})
    depot.court.merge("all", at=depot.court.now)
    assert ("RELEASE_STATE" in unmet(depot, "done")) is ("live" not in states)  # that was mistyped


def test_a_step_back_from_nothing_that_was_over_is_told(made: Made) -> None:
    depot = made("ready")
    for state in ("accepted", "approved"):
        depot.edit(REL, {"/spec/state": state})
    assert "loans-2 was approved, and became accepted again" in grounds(depot, "ready", "LIFE_CYCLE")


# --- the law


def test_a_policy_is_not_weakened_behind_the_gate(made: Made) -> None:
    depot = made("ready")
    one, other = policy()["spec"]["stages"]
    depot.edit(POLICY, {"/spec/stages": [one, {**other, "independent": True}]}, "rein")
    assert "LAW_WEAKENED" not in unmet(depot, "ready")  # it asks more
    depot.edit(POLICY, {"/spec/stages": [one]}, "rein")
    assert "the stage operational is gone" in unmet(depot, "ready")["LAW_WEAKENED"]
    depot.edit(POLICY, {"/spec/stages": [one, {**other, "roles": [*other["roles"], "database-team"]}]}, "rein")
    assert "other roles may sign operational off" in unmet(depot, "ready")["LAW_WEAKENED"]
    depot.edit(POLICY, {"/spec/stages": [one, other]}, "rein")
    assert unmet(depot, "ready") == {}
    put(depot, policy() | {"metadata": {**policy()["metadata"], "name": "mild"}})
    depot.edit(REL, {"/spec/policy": "mild"})
    assert "it came only then" in unmet(depot, "ready")["LAW_WEAKENED"]
    (hint,) = [one["help"] for one in depot.check("ready")["requirements"] if one["code"] == "LAW_WEAKENED"]
    assert hint.startswith("Take it away"), "there is nothing that git show could show"


def test_the_law_of_the_roll_out_is_the_one_of_then(made: Made) -> None:
    depot = made("ready")
    one, other = policy()["spec"]["stages"]
    depot.edit(POLICY, {"/spec/stages": [one]}, "rein")
    depot.carry_out()
    finish(depot)
    depot.edit(POLICY, {"/spec/stages": [one, other]}, "rein")
    assert unmet(depot, "done").keys() == {"LAW_WEAKENED"}


def test_a_policy_may_be_weakened_by_a_change(made: Made) -> None:
    depot = made("ready")
    court, (one, other) = depot.court, policy()["spec"]["stages"]
    for stages in ([one], [one, other]):  # what was put back is over
        depot.edit(POLICY, {"/spec/stages": stages}, "kadri")
    window = {"start": "2026-12-01T12:00:00Z", "end": "2026-12-01T14:00:00Z"}
    court.branch("CHG-2")
    court.put(change("CHG-2", {POLICY: "change"}, state="implementing", schedule=window))
    court.edit(POLICY, {"/spec/stages": [one]})
    court.now = "2026-12-01T12:10:00Z"
    court.commit("jaan", "One stage\n\nChange: CHG-2", at=court.now)
    court.votes("CHG-2", "liis", "rein")
    court.merge("CHG-2", at=court.now)
    court.now = "2026-12-01T12:20:00Z"
    assert "LAW_WEAKENED" not in unmet(depot, "ready")


@pytest.mark.parametrize(
    ("ref", "edits"),
    [
        (POLICY, {"/spec/state": "superseded"}),
        (POLICY, {"/spec/services": ["fines"]}),
        (POLICY, None),
        ("ReleasePolicy/mild", {"/spec/approved_on": "2026-02-01"}),  # the one approved last comes first
        ("ReleasePolicy/mild", {"/spec/services": ["loans"]}),  # before the one for all services
    ],
)
def test_a_policy_that_asked_more_is_not_set_aside(made: Made, ref: str, edits: dict[str, Any] | None) -> None:
    depot = made("planned")
    mild, later = policy(stages=policy()["spec"]["stages"][:1], approved_on="2026-01-10"), release()
    mild["metadata"]["name"], later["metadata"]["name"] = "mild", "loans-3"
    put(depot, mild)
    put(depot, later)

    def weakened() -> str:
        ran = depot.court.run("mari", "release", "check", "loans-3", "--stage", "ready", "-f", "json")
        found = [one for one in json.loads(ran.stdout)["requirements"] if one["code"] == "LAW_WEAKENED"]
        return "".join(one["says"] for one in found if one["outcome"] != "met")

    assert weakened() == ""
    if edits is None:
        depot.court.remove(ref)
        depot.court.commit("rein", "Gone", at=depot.court.now)
    else:
        depot.edit(ref, edits, "rein")
    assert f"the stage operational is gone. What became of {ref} no gate let in" in weakened()


# --- services, audits, remedies


def test_a_service_of_the_release_is_what_was_frozen(made: Made) -> None:
    depot = made("done")
    kept = depot.court.get(SERVICE)
    depot.edit(SERVICE, {"/metadata/title": "HACKED"}, "jaan")
    assert f"{SERVICE} is another than loans-2-after froze" in unmet(depot, "done")["ITEM_ALTERED"]
    depot.run("tag", "loans-2", code=1)
    put(depot, kept)
    assert unmet(depot, "done") == {}


def test_an_audit_of_the_environment_found_nothing_that_is_open(made: Made) -> None:
    depot = made("ready")
    found = {"what": "different", "item": "vm-acc", "field": "/spec/version", "observed": "0.9"}
    audit = {
        "state": "reported",
        "type": "functional",
        "trigger": "before-release",
        "planned_on": "2026-11-20",
        "scope": "The test environment.",
        "on": "2026-11-21",
        "auditors": ["kadri"],
        "criteria": "Versions.",
        "verified": ["vm-acc"],
        "result": "All is as it should be.",
        "reported_on": "2026-11-22",
    }
    depot.court.put(record("ConfigurationAudit", "acc", {**audit, "discrepancies": [found]}))
    depot.edit(REL, {"/spec/acceptance/audit": "acc"})
    assert "acc found what is still open: vm-acc" in unmet(depot, "ready")["ACCEPTANCE_AUDIT"]
    put(depot, record("ConfigurationAudit", "acc", {**audit, "state": "planned"}))
    assert "planned only" in unmet(depot, "ready")["ACCEPTANCE_AUDIT"]
    put(depot, record("ConfigurationAudit", "acc", audit))
    assert "ACCEPTANCE_AUDIT" not in unmet(depot, "ready")


def test_a_remedy_is_accepted_by_somebody_who_is_here(made: Made) -> None:
    depot = made("ready")
    remedy = {"why": "It cannot be taken back.", "steps": ["Say sorry."], "accepted_by": "Person/tonu"}
    depot.edit(REL, {"/spec/backout": None, "/spec/remedy": remedy})
    assert "accepted by Person/tonu, only written, by mari" in grounds(depot, "ready", "BACKOUT_TARGET")
    depot.edit(REL, {"/spec/remedy/accepted_by": "Person/jaan"})
    assert "and carries CHG-1 out" in grounds(depot, "ready", "BACKOUT_TARGET")
    depot.edit(REL, {"/spec/remedy/accepted_by": "Person/tonu"})
    depot.edit("Person/tonu", {"/spec/state": "left", "/spec/active_to": "2026-11-01"}, "rein")
    assert "was not here on 2026-12-01" in unmet(depot, "ready")["BACKOUT_TARGET"]
    depot.edit(REL, {"/spec/remedy/accepted_by": "Role/service-manager"})
    assert "BACKOUT_TARGET" not in unmet(depot, "ready")
    depot.edit("Role/service-manager", {"/spec/holders": [{"person": "rein", "from": "2027-01-01"}]}, "rein")
    assert "had no holder" in unmet(depot, "ready")["BACKOUT_TARGET"]
