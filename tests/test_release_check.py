"""`release check`: one good release passes; each requirement that is broken in the smallest way gives its own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Made, Repo
from court import Court, change, record
from depot import APP, BEFORE_IT, IN_IT, NEW, OLD, REL, Depot, policy, release

ITEM = {"item": APP, "action": "change", "from": "1.0.0", "to": "2.0.0", "digest": NEW}
CHANGED = {key: value for key, value in ITEM.items() if key != "digest"}
CHG = "ChangeRequest/CHG-1"
PLANNED = {"/spec/version": "2.0.0", "/spec/master/digest": NEW}


# --- what passes


def test_a_release_with_all_that_it_takes_is_ready(made: Made) -> None:
    found = made("ready").check("ready")
    assert {one["outcome"] for one in found["requirements"]} == {"met"}
    assert [one["state"] for one in found["next"]] == ["rolling-out", "cancelled"]
    assert [one["which"] for one in found["baselines"]] == ["before"]


def test_a_release_that_was_rolled_out_as_planned_is_done(made: Made) -> None:
    found = made("done").check("done")
    assert {one["outcome"] for one in found["requirements"]} == {"met"}
    assert [one["state"] for one in found["next"]] == ["reviewed"]
    assert found["next"][0]["lacks"] == ["/spec/result", "/spec/post_release"]


def test_what_is_ready_is_not_done_and_what_is_done_is_not_ready(made: Made) -> None:
    assert {"RELEASE_STATE", "CHANGE_STATE", "ITEM_VERSION", "BASELINE_AFTER"} <= made("ready").codes("done")
    assert {"RELEASE_STATE", "ROLLOUT_TIME"} <= made("done").codes("ready")


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_a_change_may_come_in_as_forges_merge(made: Made, how: str) -> None:
    depot = made("ready")
    depot.carry_out(how=how)
    depot.finish()
    depot.freeze("loans-2-after")
    depot.go_live()
    assert depot.codes("done") == set()


def test_the_work_tree_has_no_say(made: Made) -> None:
    depot = made("ready")
    depot.court.edit(REL, {"/spec/changes": []})
    assert depot.codes("ready") == set()
    head = depot.vault.head
    depot.court.commit("mari", "Empty it", at=depot.court.now)
    assert "CHANGE_GONE" in depot.codes("ready")
    assert depot.codes("ready", "--rev", head) == set()


def test_a_change_on_a_branch_is_found_there(made: Made) -> None:
    depot = made("ready")
    depot.court.branch("pr/sooner&later")
    depot.court.put(change("CHG-2", {APP: "change"}))
    depot.court.commit("jaan", "Later", at=depot.court.now)
    depot.court.checkout("main")
    depot.court.edit(REL, {"/spec/changes": ["CHG-2", "CHG-3"]})
    depot.court.commit("mari", "Other ones", at=depot.court.now)
    helps = {(one["says"], one["help"]) for one in depot.check("ready")["requirements"] if "CHG-" in one["says"]}
    there = "CHG-2 is on the branch pr/sooner&later, which is not merged yet, and has to be before the roll-out. "
    there += "To ask of it there: itsmctl release check loans-2 --stage ready --rev 'pr/sooner&later'"
    assert {("there is no change CHG-2", there), ("there is no ChangeRequest called CHG-2", there)} <= helps
    assert ("there is no change CHG-3", "Correct spec.changes.") in helps
    assert "CHANGE_GONE" not in depot.codes("ready", "--rev", "pr/sooner&later")


def test_what_is_met_since_there_is_nothing_says_so(made: Made) -> None:
    depot = made("ready")
    depot.edit(REL, {"/spec/known_errors": None, "/spec/documents": None, "/spec/changes": None})
    told = {one["code"]: one["says"] for one in depot.check("ready")["requirements"] if one["outcome"] == "met"}
    assert told["DOCUMENT_GONE"] == "none is named"
    assert told["KNOWN_ERROR_GONE"] == "none is listed"
    assert told["ITEM_NOT_LISTED"] == "no change is listed"
    depot.edit(REL, {"/spec/acceptance/signoffs": None, "/spec/baseline_before": None})
    found = {one["code"]: one["says"] for one in depot.check("done")["requirements"]}
    assert found["SIGNOFF_BY_MAKER"] == found["ACCEPTED_OTHER"] == "nobody has signed off yet"
    assert found["AFTER_DIFFERS"].endswith("as it names no baseline_before and no baseline_after")


def test_a_governed_root_in_a_subfolder(tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> None:
    top = Repo(tmp_path / "top", environ)
    root = Repo(top.path / "towns/one", environ)
    root.path.mkdir(parents=True)
    top.git("init", "--quiet", "--template=", "--initial-branch=main")
    top.write("main.py", "print()\n")
    depot = Depot.over(Court(root, keys).found())
    depot.freeze("loans-2-before")
    depot.court.now = BEFORE_IT
    depot.plan()
    depot.approve()
    assert depot.codes("ready") == set()
    depot.carry_out()
    finish(depot)
    assert depot.codes("done") == set()
    assert "release/loans-2" in depot.run("tag", "loans-2").stdout


# --- what does not, before the roll-out


def other_release(depot: Depot) -> None:
    spec = {"state": "planned", "type": "minor", "changes": ["CHG-1"]}
    depot.court.put(record("Release", "loans-3", spec, "Role/release-manager"))
    depot.court.commit("mari", "Plan another")


def freeze_window(depot: Depot) -> None:
    spec = {"state": "planned", "start": "2026-12-01T20:00:00Z", "end": "2026-12-02T20:00:00Z", "reason": "Year's end"}
    depot.court.put(record("FreezeWindow", "year-end", spec, "Role/change-manager"))
    depot.court.commit("rein", "Freeze")


def by_hand(depot: Depot) -> None:
    depot.edit(APP, {"/spec/location": "Cellar"}, "jaan")


def independent(depot: Depot) -> None:
    stages = policy()["spec"]["stages"]
    stages[0]["independent"] = True
    depot.edit("ReleasePolicy/releases", {"/spec/stages": stages})
    depot.edit(REL, {"/spec/acceptance/signoffs/0/person": "jaan"})


def compromised(depot: Depot) -> None:
    depot.edit("Person/liis", {"/spec/keys/0/compromised_since": "2026-11-01T00:00:00Z"})


def edit(ref: str, **edits: Any) -> Callable[[Depot], None]:
    """An edit of a record; `__` stands for a slash."""
    return lambda depot: depot.edit(ref, {f"/spec/{at.replace('__', '/')}": value for at, value in edits.items()})


def amend(**edits: Any) -> Callable[[Depot], None]:
    """An edit of the release that is signed off anew."""
    return lambda depot: depot.amend({f"/spec/{at.replace('__', '/')}": value for at, value in edits.items()})


SIGNED = release()["spec"]["acceptance"]["signoffs"]
SWAPPED = [{**SIGNED[0], "on": SIGNED[1]["on"]}, {**SIGNED[1], "on": SIGNED[0]["on"]}]
STAGES = release()["spec"]["plan"]["stages"]

READY: dict[str, tuple[Callable[[Depot], None], set[str]]] = {
    "a record that breaks its schema": (edit(REL, type="huge"), {"RELEASE_UNSOUND"}),
    "not approved yet": (edit(REL, state="accepted"), {"RELEASE_STATE"}),
    "on its way": (edit(REL, state="rolling-out"), {"RELEASE_STATE"}),
    "called off": (edit(REL, state="cancelled"), {"RELEASE_STATE"}),
    "no agreements": (edit(REL, agreements=None), {"RELEASE_DUE"}),
    "no time": (edit(REL, go_live=None, plan__stages=None), {"RELEASE_DUE", "ROLLOUT_TIME"}),
    "users did not agree": (edit(REL, agreements__1__party="support"), {"REL-04"}),
    "a test failed": (edit(REL, acceptance__tests__0__result="failed"), {"REL-06", "ACCEPTED_OTHER"}),
    "a change that is not there": (edit(REL, changes=["CHG-1", "CHG-9"]), {"CHANGE_GONE", "reference"}),
    "a change that breaks its schema": (edit(CHG, **{"class": "odd"}), {"CHANGE_GONE", "policy-error", "RELIED_ON"}),
    "a change that is not approved": (edit(CHG, state="assessed"), {"CHANGE_STATE", "REL-03"}),
    "a change that was altered since": (edit(CHG, reason="Another one."), {"CHANGE_NOT_APPROVED"}),
    "a voter's key was stolen": (compromised, {"CHANGE_NOT_APPROVED"}),
    "a change in two releases": (other_release, {"CHANGE_ELSEWHERE"}),
    "a change that names another release": (edit(CHG, release="loans-9"), {"CHANGE_ELSEWHERE", "RELIED_ON"}),
    "an item that is elsewhere": (
        amend(items=[{**ITEM, "from": "0.9"}]),
        {"ITEM_VERSION", "BEFORE_DIFFERS", "BACKOUT_TARGET"},
    ),
    "an item without versions": (
        amend(items=[{"item": APP, "action": "change", "digest": NEW}]),
        {"ITEM_VERSION"},
    ),
    "an item that is not there": (
        amend(items=[ITEM, {"item": "ConfigurationItem/app-9", "action": "change", "from": "1", "to": "2"}]),
        {"ITEM_VERSION", "ITEM_DIGEST", "BEFORE_DIFFERS", "BACKOUT_TARGET", "REL-03", "reference"},
    ),
    "an item that is listed twice": (amend(items=[ITEM, ITEM]), {"ITEM_VERSION"}),
    "another build": (amend(build__artefacts__0__digest=OLD), {"ITEM_DIGEST", "REL-08"}),
    "an item without its digest": (amend(items=[{**ITEM, "digest": None}]), {"RELEASE_UNSOUND"}),
    "no artefact": (amend(build__artefacts=None), {"ITEM_DIGEST"}),
    "an item of its change that is not its own": (
        edit(CHG, items=[{**CHANGED, "set": PLANNED}, {"item": "ConfigurationItem/db-01", "action": "change"}]),
        {"ITEM_NOT_LISTED", "CHANGE_NOT_APPROVED"},
    ),
    "a library that is closed": (edit("Library/artefacts", state="closed"), {"ITEM_MASTER"}),
    "a baseline that nobody made": (
        edit(REL, baseline_before="loans-1"),
        {"BASELINE_BEFORE", "BEFORE_DIFFERS", "CHANGE_NOT_LISTED", "ITEM_NOT_COVERED"},
    ),
    "no way back": (edit(REL, backout__target="loans-1"), {"BACKOUT_TARGET"}),
    "a remedy that nobody accepted": (
        edit(REL, backout=None, remedy={"why": "Old data are gone.", "steps": ["Restore."]}),
        {"BACKOUT_TARGET", "REL-05"},
    ),
    "signed by somebody else": (edit(REL, acceptance__signoffs__0__person="liis"), {"SIGNOFF_LACKS", "REL-07"}),
    "signed in another order": (edit(REL, acceptance__signoffs=SWAPPED), {"SIGNOFF_LACKS", "REL-07"}),
    "a stage that is open": (edit(REL, acceptance__signoffs=SIGNED[:1]), {"SIGNOFF_LACKS", "REL-07"}),
    "no policy says the stages": (edit("ReleasePolicy/releases", state="in-review"), {"SIGNOFF_LACKS", "REL-01"}),
    "signed by who makes the change": (independent, {"SIGNOFF_BY_MAKER"}),
    "altered after it was accepted": (edit(REL, build__tools=["python 3.13"]), {"ACCEPTED_OTHER"}),
    "a known error that is not there": (
        edit(REL, known_errors__carried=["KE-1", "KE-9"]),
        {"KNOWN_ERROR_GONE", "reference"},
    ),
    "a known error that is closed": (
        edit("KnownError/KE-1", state="closed", closure={"on": "2026-11-20", "reason": "obsolete"}),
        {"REL-13"},
    ),
    "a document that is not there": (edit(REL, documents__notes="docs/none.md"), {"DOCUMENT_GONE"}),
    "a document outside": (edit(REL, documents__notes="../../etc/passwd"), {"DOCUMENT_GONE"}),
    "a freeze": (freeze_window, {"ROLLOUT_BLOCKED"}),
    "outside of the window": (
        edit(REL, go_live="2026-12-03T10:00:00Z", plan__stages=None),
        {"ROLLOUT_BLOCKED", "REL-20"},
    ),
    "an edit that no change covers": (
        by_hand,
        {"ITEM_NOT_COVERED", "BEFORE_DIFFERS", "CHANGE_NOT_APPROVED"},
    ),
}


@pytest.mark.parametrize("what", READY)
def test_before_the_roll_out(made: Made, what: str) -> None:
    depot = made("ready")
    broken, expected = READY[what]
    broken(depot)
    assert depot.codes("ready") == expected


def test_votes_are_what_approves_and_not_a_state(made: Made) -> None:
    depot = made("planned")
    depot.plan(votes=("liis",))
    depot.approve()
    found = depot.check("ready")["requirements"]
    (one,) = [one for one in found if one["outcome"] != "met"]
    assert one["code"] == "CHANGE_NOT_APPROVED"
    assert "lacks 1 × owner" in one["says"]


def test_a_snapshot_is_no_base(made: Made) -> None:
    depot = made("ready")
    depot.vault.create("loans-2-again", "--release", "loans-2")
    depot.edit(REL, {"/spec/baseline_before": "loans-2-again"})
    found = {one["code"]: one for one in depot.check("ready")["requirements"]}
    assert "NOT_AGREED" in found["BASELINE_BEFORE"]["says"]


def test_ready_is_asked_before_the_roll_out(made: Made) -> None:
    depot = made("ready")
    assert depot.codes("ready", "--as-of", "2026-12-01T22:29:59Z") == set()
    assert depot.codes("ready", "--as-of", "2026-12-01T22:30:00Z") == {"ROLLOUT_TIME"}


def test_each_requirement_says_where_what_and_what_to_do(made: Made) -> None:
    depot = made("ready")
    depot.edit(REL, {"/spec/documents/notes": "docs/none.md"})
    found = [one for one in depot.check("ready")["requirements"] if one["outcome"] != "met"]
    assert found == [
        {
            "code": "DOCUMENT_GONE",
            "outcome": "unmet",
            "says": "the document notes is to be at docs/none.md, and the commit holds no such file",
            "help": "Commit it as a file, and write its path from the governed root, or write its address: https://…",
            "path": "records/releases/loans-2.yaml",
            "pointer": "/spec/documents/notes",
            "due": None,
        }
    ]


# --- what does not, after it


def taken_back(depot: Depot) -> None:
    depot.edit(REL, {"/spec/state": "backed-out"})


def tagged_by_hand(depot: Depot) -> None:
    depot.court.git("mari", "tag", "-a", "-m", "Release loans-2", "release/loans-2")


DONE: dict[str, tuple[Callable[[Depot], None], set[str]]] = {
    "taken back": (taken_back, {"RELEASE_STATE"}),
    "no baseline after": (edit(REL, baseline_after=None), {"BASELINE_AFTER", "AFTER_DIFFERS", "ITEM_ALTERED"}),
    "the baseline before for the one after": (
        edit(REL, baseline_after="loans-2-before"),
        {"AFTER_DIFFERS", "BASELINE_AFTER"},
    ),
    "fixed by word only": (
        edit(REL, known_errors={"fixed": ["KE-1"]}),
        {"KNOWN_ERROR_OPEN"},
    ),
    "a stage that nobody checked": (edit(REL, plan__stages=STAGES), {"REL-09"}),
    "another master copy": (edit(APP, master__digest=OLD), {"ITEM_DIGEST", "REL-08", "ITEM_ALTERED"}),
    "an item that moved on": (edit(APP, version="2.0.1"), {"ITEM_VERSION", "RELIED_ON", "ITEM_ALTERED"}),
    "another version than planned": (
        amend(items=[{**ITEM, "to": "2.0.1"}]),
        {"ITEM_VERSION", "AFTER_DIFFERS", "SIGNOFF_LACKS"},
    ),
    "an item that did not move": (
        amend(items=[ITEM, {"item": "ConfigurationItem/db-01", "action": "change", "from": "1.0.0", "to": "1.0.0"}]),
        {"AFTER_DIFFERS", "ITEM_DIGEST", "REL-03", "SIGNOFF_LACKS"},
    ),
    "an item that was there": (
        amend(items=[{"item": APP, "action": "add", "to": "2.0.0", "digest": NEW}]),
        {"BEFORE_DIFFERS", "BACKOUT_TARGET", "AFTER_DIFFERS", "SIGNOFF_LACKS"},
    ),
    "a change whose work is not over": (edit(CHG, state="implementing", implementation=None), {"CHANGE_STATE"}),
    "a tag that says something else": (tagged_by_hand, {"RELEASE_TAG"}),
}


@pytest.mark.parametrize("what", DONE)
def test_after_the_roll_out(made: Made, what: str) -> None:
    depot = made("done")
    broken, expected = DONE[what]
    broken(depot)
    assert depot.codes("done") == expected


def finish(depot: Depot) -> None:
    """From the merge to the end."""
    depot.finish()
    depot.freeze("loans-2-after")
    depot.go_live()


def test_what_was_merged_without_votes_was_not_approved(made: Made) -> None:
    depot = made("planned")
    depot.plan(votes=())
    depot.approve()
    depot.carry_out()
    depot.court.vote("liis", "CHG-1")
    depot.court.vote("kadri", "CHG-1")  # too late
    finish(depot)
    assert depot.codes("done") == {"CHANGE_NOT_APPROVED", "AFTER_DIFFERS", "READY_THEN"}


def test_votes_are_on_what_was_done(made: Made) -> None:
    depot = made("ready")
    court = depot.court
    court.now = IN_IT
    court.edit(CHG, {"/spec/state": "implementing"})
    court.edit(APP, {"/spec/version": "2.0.0", "/spec/master/digest": NEW, "/spec/location": "Cellar"})
    court.commit("jaan", "More than planned\n\nChange: CHG-1", at=IN_IT)
    finish(depot)
    assert "CHANGE_NOT_APPROVED" in depot.codes("done")


def test_an_edit_beside_a_change_that_is_only_edited_is_not_approved(made: Made) -> None:
    depot = made("planned")
    depot.plan(votes=())
    depot.approve()
    court = depot.court
    court.now = IN_IT
    court.branch("beside")
    court.edit(CHG, {"/metadata/title": "Another title"})  # still approved: no vote is due for that
    court.edit(APP, PLANNED)
    court.commit("jaan", "Slip it in", at=IN_IT)
    court.merge("beside", at=IN_IT)
    finish(depot)
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "CHANGE_NOT_APPROVED"]
    assert one["outcome"] == "unknown"


def test_a_merge_outside_of_the_window(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(at="2026-12-02T06:00:00Z")
    finish(depot)
    found = [one for one in depot.check("done")["requirements"] if one["outcome"] != "met"]
    assert {one["code"] for one in found} == {"ROLLOUT_BLOCKED", "AFTER_DIFFERS"}
    assert "OUTSIDE_WINDOW" in found[0]["says"]


def test_a_change_that_came_along_unlisted(made: Made) -> None:
    depot = made("ready")
    court = depot.court
    depot.carry_out()
    court.branch("other")
    court.put(change("CHG-2", {APP: "change"}, release=None))
    court.edit(APP, {"/spec/location": "Cellar"})
    court.commit("jaan", "Move it\n\nChange: CHG-2", at=IN_IT)
    court.vote("liis", "CHG-2")
    court.vote("kadri", "CHG-2")
    court.merge("other", at=IN_IT)
    finish(depot)
    assert depot.codes("done") == {"CHANGE_NOT_LISTED", "AFTER_DIFFERS"}


def test_what_else_moved_is_no_part_of_the_release(made: Made) -> None:
    depot = made("ready")
    depot.carry_out()
    depot.edit("ConfigurationItem/db-01", {"/spec/version": "9"}, "jaan")
    finish(depot)
    (one,) = [one for one in depot.check("done")["requirements"] if one["outcome"] != "met"]
    assert one["code"] == "AFTER_DIFFERS"
    assert "ConfigurationItem/db-01 is changed between the two baselines, and is no item" in one["says"]


def test_a_baseline_before_that_was_frozen_too_late(made: Made) -> None:
    depot = made("ready")
    depot.carry_out()
    depot.court.now = "2026-12-01T23:50:00Z"
    depot.freeze("too-late")
    finish(depot)
    depot.edit(REL, {"/spec/baseline_before": "too-late"})
    assert depot.codes("done") == {"BASELINE_BEFORE", "BEFORE_DIFFERS", "AFTER_DIFFERS"}


def test_a_sign_off_that_was_written_after_the_roll_out(made: Made) -> None:
    depot = made("planned")
    depot.plan()
    acceptance = {**release()["spec"]["acceptance"], "signoffs": SIGNED[:1]}
    depot.approve(acceptance=acceptance)
    depot.carry_out()
    finish(depot)
    depot.edit(REL, {"/spec/acceptance/signoffs": SIGNED})
    assert depot.codes("done") == {"SIGNOFF_LACKS", "READY_THEN"}


def test_who_made_the_commits_is_found_in_history(made: Made) -> None:
    depot = made("ready")
    depot.carry_out(by="mari")
    finish(depot)
    assert depot.codes("done") == set()
    stages = policy()["spec"]["stages"]
    stages[1]["independent"] = True
    depot.edit("ReleasePolicy/releases", {"/spec/stages": stages})
    assert depot.codes("done") == {"SIGNOFF_BY_MAKER"}


@pytest.mark.parametrize("is_told", [True, False])
def test_a_change_that_was_renamed_by_hand_is_the_one_that_landed(made: Made, is_told: bool) -> None:
    depot = made("ready")
    depot.carry_out(by="mari")
    finish(depot)
    depot.court.repo.git("mv", "records/changes/CHG-1.yaml", "records/changes/CHG-9.yaml")
    about = {"/metadata/name": "CHG-9", "/metadata/formerly": ["CHG-1"] if is_told else None}
    depot.court.edit("ChangeRequest/CHG-9", about)
    depot.edit(REL, {"/spec/changes": ["CHG-9"]})
    assert depot.codes("done") >= (set() if is_told else {"CHANGE_NOT_APPROVED", "CHANGE_NOT_LISTED"})
    if is_told:
        assert depot.codes("done") == set()
        stages = policy()["spec"]["stages"]
        stages[1]["independent"] = True
        depot.edit("ReleasePolicy/releases", {"/spec/stages": stages})
        assert depot.codes("done") == {"SIGNOFF_BY_MAKER"}


def test_no_change_takes_the_name_of_another_for_a_former_one_of_its_own(made: Made) -> None:
    depot = made("done")
    other = depot.court.get("ChangeRequest/CHG-1")
    other["metadata"] |= {"name": "CHG-9", "formerly": ["CHG-1"]}
    depot.court.put(other)
    depot.edit(REL, {"/spec/changes": ["CHG-9"]})
    assert depot.codes("done") >= {"CHANGE_NOT_APPROVED", "CHANGE_NOT_LISTED"}


def test_what_came_after_the_release_is_another_story_for_what_it_does_not_list(made: Made) -> None:
    depot = made("done")
    depot.edit("ConfigurationItem/db-01", {"/metadata/title": "Another title"}, "jaan")
    assert depot.codes("done") == set()


# --- emergencies


def emergency(depot: Depot, votes: tuple[str, ...] = ("arvo",)) -> None:
    """An emergency release of an emergency change, approved with as little as it takes."""
    spec = {"state": "in-progress", "reported_at": BEFORE_IT, "impact": "high", "urgency": "high", "priority": "high"}
    depot.court.put(record("Incident", "INC-1", {**spec, "type": "incident", "services": ["loans"]}))
    depot.court.commit("jaan", "All is closed", at=BEFORE_IT)
    why = {"justification": "All is closed.", "incident": "INC-1", "authorised_by": "arvo"}
    depot.plan(votes=votes, **{"class": "emergency", "emergency": why})
    agreements = release()["spec"]["agreements"][2:3]
    acceptance = {**release()["spec"]["acceptance"], "signoffs": []}
    depot.approve(type="emergency", agreements=agreements, acceptance=acceptance, documents=None)


def outcomes(depot: Depot, stage: str, *argv: str) -> dict[str, dict[str, Any]]:
    """Code → what is not simply met."""
    found = depot.check(stage, *argv)["requirements"]
    return {one["code"]: one for one in found if one["outcome"] != "met"}


def test_what_an_emergency_brings_later_is_owed_with_its_day(made: Made) -> None:
    depot = made("planned")
    emergency(depot)
    found = outcomes(depot, "ready")
    assert {code: (one["outcome"], one["due"]) for code, one in found.items()} == {
        "REL-04": ("owed", "2026-12-31T22:30:00Z"),
        "REL-07": ("owed", "2026-12-31T22:30:00Z"),
        "REL-09": ("owed", "2026-12-31T22:30:00Z"),
        "REL-11": ("owed", "2026-12-31T22:30:00Z"),
        "REL-16": ("owed", "2026-12-31T22:30:00Z"),
        "RELEASE_DUE": ("owed", "2026-12-31T22:30:00Z"),
    }
    assert "owed by" in found["REL-04"]["says"]
    assert "READY, and owes" in depot.run("check", "loans-2", "--stage", "ready").stdout


def test_what_is_owed_is_unmet_once_its_day_is_past(made: Made) -> None:
    depot = made("planned")
    emergency(depot)
    depot.carry_out()
    finish(depot)
    assert {one["outcome"] for one in outcomes(depot, "done").values()} == {"owed"}
    depot.run("tag", "loans-2")
    assert "Owed: CHANGE_OWES by 2026-12-06T" in depot.court.repo.git("cat-file", "tag", "release/loans-2")
    assert depot.codes("done", "--as-of", "2026-12-08T00:00:00Z") == {"CHANGE_OWES"}
    late = depot.codes("done", "--as-of", "2027-01-01T00:00:00Z")
    assert {"CHANGE_OWES", "REL-04", "REL-07", "REL-16", "RELEASE_DUE"} <= late


def test_an_emergency_without_its_vote_is_none(made: Made) -> None:
    depot = made("planned")
    emergency(depot, votes=())
    found = outcomes(depot, "ready")["CHANGE_NOT_APPROVED"]
    assert "EMERGENCY_VOTE" in found["says"]


def test_a_release_that_only_calls_itself_an_emergency_owes_nothing_it_lacks(made: Made) -> None:
    depot = made("ready")
    depot.edit(REL, {"/spec/type": "emergency"})
    assert "REL-14" in depot.codes("ready")
