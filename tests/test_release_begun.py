"""`release check --stage done`: was a release ready when its roll-out began, and does that beginning stay put?"""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from conftest import Made
from court import change
from depot import APP, IN_IT, NEW, REL, Depot, release
from test_release_check import finish
from test_release_claims import grounds, known_error, unmet

SPEC: dict[str, Any] = release()["spec"]
SIGNED = SPEC["acceptance"]["signoffs"]
IN_TIME, TOO_LATE = "2026-12-01T22:20:00Z", "2026-12-01T22:35:00Z"
"""Before the roll-out at 22:30, and after it."""


def rolled_out(depot: Depot, edits: dict[str, Any], *, put_right: str, merged: str = "2026-12-01T22:10:00Z") -> None:
    """The release lacks something; its change is merged, and what it lacked is put right at a time; then it is live."""
    depot.edit(REL, edits)
    depot.carry_out(at=merged)
    depot.court.now = put_right
    depot.edit(REL, {at: _at(at) for at in edits})
    finish(depot)


def _at(pointer: str) -> Any:
    found: Any = release()
    for step in pointer.split("/")[1:]:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


LACKING: dict[str, tuple[dict[str, Any], str]] = {
    "a test that failed": ({"/spec/acceptance/tests/0/result": "failed"}, "REL-06"),
    "not approved": ({"/spec/state": "planned"}, "RELEASE_STATE"),
    "no way back, and nobody agreed": ({"/spec/backout": None, "/spec/agreements": None}, "RELEASE_DUE"),
    "no baseline to go back to": ({"/spec/backout/target": "nowhere"}, "BACKOUT_TARGET"),
    "a document that is not there": ({"/spec/documents/notes": "docs/none.md"}, "DOCUMENT_GONE"),
    "another build": ({"/spec/build/tools": ["python 3.11"]}, "ACCEPTED_OTHER"),
}


@pytest.mark.parametrize("what", LACKING)
def test_what_is_put_right_after_the_roll_out_began_was_not_ready(made: Made, what: str) -> None:
    depot, (edits, code) = made("ready"), LACKING[what]
    rolled_out(depot, edits, put_right=TOO_LATE)
    found = [one["says"] for one in depot.check("done")["requirements"] if one["code"] == "READY_THEN"]
    assert any(says.startswith("when the roll-out began at 2026-12-01T22:30Z") and code in says for says in found)


def test_what_is_put_right_before_the_roll_out_was_ready(made: Made) -> None:
    depot = made("ready")
    edits = {"/spec/backout": None, "/spec/agreements": None, "/spec/documents/notes": "docs/none.md"}
    rolled_out(depot, edits, put_right=IN_TIME)
    assert unmet(depot, "done") == {}
    assert "2026-12-01T22:30Z" in grounds(depot, "done", "READY_THEN")


@pytest.mark.parametrize(("merged", "is_ready"), [("2026-12-01T22:10:00Z", True), (IN_IT, False)])
def test_a_change_that_comes_with_the_work_itself_is_there_by_then(made: Made, merged: str, is_ready: bool) -> None:
    depot = made("planned")
    depot.approve()
    court, items = depot.court, [{"item": APP, "action": "change", "from": "1.0.0", "to": "2.0.0"}]
    court.now = merged
    court.branch("do-CHG-1")
    written = change("CHG-1", release="loans-2")
    written["spec"]["items"] = items
    court.put(written)
    court.edit(APP, {"/spec/version": "2.0.0", "/spec/master/digest": NEW})
    court.commit("jaan", "Carry it out\n\nChange: CHG-1", at=court.now)
    court.votes("CHG-1", "liis", "kadri")
    court.merge("do-CHG-1", at=court.now)
    finish(depot)
    found = unmet(depot, "done")
    assert found.keys() == (set() if is_ready else {"READY_THEN"})
    assert is_ready or "there is no ChangeRequest called CHG-1" in found["READY_THEN"]


@pytest.mark.parametrize("voted", [IN_TIME, TOO_LATE])
def test_a_change_was_approved_by_then(made: Made, voted: str) -> None:
    depot = made("planned")
    depot.plan(votes=())
    depot.approve()
    depot.court.now = voted
    depot.court.votes("CHG-1", "liis", "kadri")
    depot.carry_out()
    finish(depot)
    assert unmet(depot, "done").keys() == ({"READY_THEN"} if voted == TOO_LATE else set())


def test_no_change_joins_the_release_once_it_rolls_out(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at="2026-12-01T22:10:00Z")
    court = depot.court
    court.now = TOO_LATE
    court.branch("do-CHG-2")
    written = change("CHG-2", {APP: "change"}, release="loans-2")
    court.put(written)
    court.edit(APP, {"/metadata/title": "Another thing"})
    court.edit(REL, {"/spec/changes": ["CHG-1", "CHG-2"]})
    court.commit("jaan", "Another thing\n\nChange: CHG-2", at=court.now)
    court.votes("CHG-2", "liis", "kadri")
    court.merge("do-CHG-2", at=court.now)
    depot.finish("CHG-2")
    finish(depot)
    found = unmet(depot, "done")
    assert "the release did not list CHG-2, which it lists now" in found["READY_THEN"]


@pytest.mark.parametrize("listed", [IN_TIME, TOO_LATE])
def test_a_known_error_was_listed_by_then(made: Made, listed: str) -> None:
    depot = made("ready")
    depot.carry_out(at="2026-12-01T22:10:00Z")
    court = depot.court
    court.put(known_error(items=["app-01"], found_on="2026-11-20"))
    court.commit("jaan", "Found", at=court.now)
    court.now = listed
    depot.edit(REL, {"/spec/known_errors/carried": ["KE-1", "KE-2"]})
    finish(depot)
    found = unmet(depot, "done")
    assert found.keys() == ({"READY_THEN"} if listed == TOO_LATE else set())
    assert listed == IN_TIME or "KE-2 is open, is about app-01" in found["READY_THEN"]


def test_an_emergency_is_not_asked_whether_it_was_ready(made: Made) -> None:
    depot = made("ready")
    depot.edit(REL, {"/spec/type": "emergency", "/spec/documents": None})
    depot.carry_out()
    finish(depot)
    assert "READY_THEN" not in unmet(depot, "done")


def test_what_the_roll_out_swaps_is_told(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at="2026-12-01T22:10:00Z")
    depot.court.now = TOO_LATE
    depot.edit(REL, {"/spec/backout/steps": ["Pray."], "/spec/agreements/3/by": "Nobody"})
    finish(depot)
    told = grounds(depot, "done", "RELEASE_EDITED")
    assert told.startswith("altered since the roll-out began: spec.backout.steps")
    assert "agreements" in told


def test_another_release_that_was_set_aside_behind_its_time_is_told(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at="2026-12-01T22:10:00Z")
    court = depot.court
    court.now = IN_TIME
    other = release(go_live="2026-12-01T22:15:00Z")
    other["metadata"]["name"] = "loans-old"
    other["spec"]["plan"]["stages"][0]["start"] = "2026-12-01T22:15:00Z"
    court.put(other)
    court.commit("mari", "Another", at="2026-12-01T22:12:00Z")
    court.remove("Release/loans-old")
    court.commit("mari", "It was never there", at=court.now)
    finish(depot)
    (one,) = [one for one in depot.check("done")["requirements"] if one["outcome"] not in ("met", "owed")]
    assert one["code"] == "CHANGE_ELSEWHERE"
    assert "CHG-1 was in loans-old before, whose time came at 2026-12-01T22:15Z" in one["says"]
    court.repo.git(*shlex.split(one["help"].partition("became of it: git ")[2]))
    depot.edit("Release/loans-old", {"/spec/state": "cancelled"})
    assert unmet(depot, "done") == {}
    assert "and which is cancelled now" in grounds(depot, "done", "CHANGE_ELSEWHERE")


# --- the beginning


def late(at: str, plan: str) -> dict[str, Any]:
    """The second sign-off comes, and the roll-out is said to be later than it."""
    (stage,) = SPEC["plan"]["stages"]
    signoffs = [SIGNED[0], {**SIGNED[1], "on": at}]
    return {
        "/spec/acceptance/signoffs": signoffs,
        "/spec/go_live": plan,
        "/spec/plan/stages": [{**stage, "start": plan}],
    }


@pytest.mark.parametrize("merged", [True, False])
def test_a_roll_out_is_put_off_only_while_nobody_has_begun(made: Made, merged: bool) -> None:
    depot, plan = made("ready"), "2026-12-01T22:44:00Z"
    depot.edit(REL, {"/spec/acceptance/signoffs": SIGNED[:1]})
    if merged:
        depot.carry_out(at="2026-12-01T22:10:00Z")
    depot.court.now = TOO_LATE
    depot.edit(REL, late("2026-12-01T22:31:00Z", plan))
    depot.court.now = "2026-12-01T22:40:00Z"
    assert ("SIGNOFF_LACKS" in unmet(depot, "ready")) is merged
    if not merged:
        assert "after its time had come at 2026-12-01T22:30Z" in grounds(depot, "ready", "ROLLOUT_TIME")
        depot.carry_out(at="2026-12-01T22:52:00Z")
    depot.finish()
    depot.freeze("loans-2-after")
    (stage,) = SPEC["plan"]["stages"]
    seen = {"by": "kadri", "on": "2026-12-01T23:20:00Z"}
    depot.go_live(**{"/spec/plan/stages": [{**stage, "start": plan, "verified": seen}]})
    found = unmet(depot, "done")
    assert found.keys() == ({"SIGNOFF_LACKS", "READY_THEN"} if merged else set())
    if not merged:
        assert "put off to 2026-12-01T22:44Z" in grounds(depot, "done", "ROLLOUT_TIME")


def test_the_work_on_a_change_is_a_beginning(made: Made) -> None:
    depot, plan = made("ready"), "2026-12-01T23:10:00Z"
    depot.edit(REL, {"/spec/acceptance/signoffs": SIGNED[:1], "/spec/go_live": plan, "/spec/plan/stages/0/start": plan})
    depot.carry_out(at="2026-12-01T22:10:00Z")
    done = {"started": "2026-12-01T22:12:00Z", "ended": "2026-12-01T22:15:00Z", "by": ["jaan"], "result": "successful"}
    depot.court.now = "2026-12-01T22:16:00Z"
    depot.edit("ChangeRequest/CHG-1", {"/spec/state": "implemented", "/spec/implementation": done}, "jaan")
    depot.court.now = "2026-12-01T22:40:00Z"
    depot.edit(REL, late("2026-12-01T22:38:00Z", plan))
    depot.edit("ChangeRequest/CHG-1", {"/spec/implementation/started": "2026-12-01T23:12:00Z"}, "jaan")
    depot.court.now = "2026-12-01T22:45:00Z"
    assert "the roll-out began at 2026-12-01T22:12Z" in unmet(depot, "ready")["SIGNOFF_LACKS"]


# --- names


def test_a_rename_takes_nothing_from_what_is_done(made: Made) -> None:
    depot = made("done")
    for ref, name in (
        ("Person/mari", "mari-2"),
        ("Role/release-manager", "releasing"),
        ("ConfigurationItem/vm-acc", "vm-test"),
        (APP, "app-1"),
    ):
        ran = depot.court.run("mari", "rename", ref, name)
        assert ran.code == 0, ran.stderr
        depot.court.commit("mari", f"Rename {ref}", at=depot.court.now)
    assert unmet(depot, "done") == {}
    assert "operational by mari-2, only written, by mari-2" in grounds(depot, "done", "SIGNOFF_LACKS")
    held = depot.court.get(REL)["spec"]["acceptance"]["signoffs"]
    depot.edit(REL, {"/spec/acceptance/signoffs": [held[0], {**held[1], "person": "sirje"}]})
    assert "SIGNOFF_LACKS" in unmet(depot, "done")  # another person is no rename
