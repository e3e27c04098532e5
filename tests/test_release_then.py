"""`release check`: what was there when the roll-out began, and not what anybody writes of that time afterwards."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from conftest import Made
from court import change, record
from depot import APP, REL, Depot, read, release
from test_release_check import finish
from test_release_claims import grounds, unmet

SIGNED = release()["spec"]["acceptance"]["signoffs"]
LATER = "2026-12-02T09:45:00Z"
SERVICE = "Service/loans"


def moved(depot: Depot, at: str) -> None:
    """The roll-out is said to have been later."""
    (stage,) = depot.court.get(REL)["spec"]["plan"]["stages"]
    stage |= {"start": at, "end": at, "verified": {"by": "kadri", "on": at}}
    depot.edit(REL, {"/spec/go_live": at, "/spec/plan/stages": [stage]})


def test_a_sign_off_that_is_put_back_counts_from_then(made: Made) -> None:
    depot = made("done")
    depot.edit(REL, {"/spec/acceptance/signoffs": SIGNED[:1]})
    assert "SIGNOFF_LACKS" in unmet(depot, "done")
    depot.edit(REL, {"/spec/acceptance/signoffs": SIGNED}, "jaan")
    found = unmet(depot, "done")
    assert found.keys() == {"SIGNOFF_LACKS"}
    assert "operational was written down as signed off after the roll-out began" in found["SIGNOFF_LACKS"]


def test_a_roll_out_that_began_is_not_moved(made: Made) -> None:
    depot = made("done")
    late = [SIGNED[0], {**SIGNED[1], "on": "2026-11-29T12:00:00Z"}]
    depot.edit(REL, {"/spec/acceptance/signoffs": late})
    assert unmet(depot, "done").keys() == {"SIGNOFF_LACKS"}
    depot.court.now = "2026-12-02T10:30:00Z"
    moved(depot, "2026-12-02T10:10:00Z")
    assert "SIGNOFF_LACKS" in unmet(depot, "done")
    depot.edit(REL, {"/spec/type": "emergency"})
    assert "SIGNOFF_LACKS" in unmet(depot, "done"), "what it became afterwards it was not then"


def test_a_roll_out_that_did_not_begin_may_be_put_off(made: Made) -> None:
    depot = made("ready")
    depot.court.now = "2026-12-01T22:40:00Z"  # nobody began
    moment = "2026-12-01T22:45:00Z"
    (stage,) = release()["spec"]["plan"]["stages"]
    stage["start"] = moment
    late = [SIGNED[0], {**SIGNED[1], "on": "2026-12-01T22:35:00Z"}]
    edits = {"/spec/go_live": moment, "/spec/plan/stages": [stage], "/spec/acceptance/signoffs": late}
    depot.edit(REL, edits)
    assert "SIGNOFF_LACKS" not in unmet(depot, "ready")


def test_tests_are_accepted_as_they_were(made: Made) -> None:
    depot = made("done")
    (test,) = release()["spec"]["acceptance"]["tests"]
    for edits in (
        {"/spec/acceptance/tests": [{**test, "evidence": "docs/other.md"}]},
        {"/spec/acceptance/equivalence": "Another machine, really."},
    ):
        depot.edit(REL, edits)
        assert unmet(depot, "done").keys() == {"ACCEPTED_OTHER"}
        depot.edit(
            REL,
            {f"/spec/acceptance/{name}": release()["spec"]["acceptance"][name] for name in ("tests", "equivalence")},
        )
    depot.edit(REL, {"/spec/acceptance/tests": [test, {**test, "what": "Way back"}]})
    assert unmet(depot, "done") == {}, "later stages add tests"


@pytest.mark.parametrize("in_time", [False, True])
def test_who_held_a_role_was_known_to_by_then(made: Made, in_time: bool) -> None:
    depot = made("planned")
    depot.plan()
    signoffs = [{**SIGNED[0], "person": "liis"}, SIGNED[1]]
    depot.approve(acceptance={**release()["spec"]["acceptance"], "signoffs": signoffs})
    holders = [*depot.court.get("Role/database-team")["spec"]["holders"], {"person": "liis", "from": "2020-01-01"}]
    if in_time:
        depot.edit("Role/database-team", {"/spec/holders": holders}, "rein")
    depot.carry_out()
    finish(depot)
    if not in_time:
        depot.edit("Role/database-team", {"/spec/holders": holders}, "rein")
    assert ("SIGNOFF_LACKS" in unmet(depot, "done")) is not in_time


def test_a_baseline_before_was_there_by_then(made: Made) -> None:
    depot = made("done")
    source = depot.vault.manifest("loans-2-before")["source"]["commit"]
    depot.freeze("told", "--rev", source)
    depot.edit(REL, {"/spec/baseline_before": "told", "/spec/backout/target": "told"})
    found = unmet(depot, "done")
    assert found.keys() == {"BASELINE_BEFORE", "BACKOUT_TARGET"}
    assert "told came onto the branch after the roll-out began" in found["BASELINE_BEFORE"]


def test_an_agreement_to_it_was_there_by_then(made: Made) -> None:
    depot = made("planned")
    depot.vault.create("mine", "--release", "loans-2")
    depot.plan()
    depot.approve(baseline_before="mine")
    depot.carry_out()
    depot.vault.approve("mine")
    finish(depot)
    found = unmet(depot, "done")
    assert found.keys() == {"BASELINE_BEFORE"}
    assert "mine was agreed to after the roll-out began" in found["BASELINE_BEFORE"]


def test_a_baseline_after_is_of_the_branch(made: Made) -> None:
    depot = made("done")
    court = depot.court
    court.branch("side", "HEAD^")
    side = court.commit("jaan", "Side", at=court.now)
    court.checkout("main")
    depot.edit(SERVICE, {"/metadata/title": "HACKED"}, "jaan")
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Merge side", "side")
    depot.freeze("aside", "--rev", side)
    depot.edit(REL, {"/spec/baseline_after": "aside"})
    found = unmet(depot, "done")
    assert "is not on the line of this branch" in found["BASELINE_AFTER"]


def test_services_are_compared_however_narrow_the_baselines(made: Made) -> None:
    depot = made("planned")
    depot.vault.create("narrow", "--scope", APP)
    depot.vault.approve("narrow")
    depot.plan()
    depot.approve(baseline_before="narrow")
    depot.carry_out()
    depot.finish()
    depot.vault.create("narrow-after", "--scope", APP)
    depot.vault.approve("narrow-after")
    depot.go_live(**{"/spec/baseline_after": "narrow-after"})
    wide = {item["name"] for item in depot.vault.manifest("narrow")["items"]}
    assert "loans" not in wide
    assert unmet(depot, "done") == {}
    depot.edit(SERVICE, {"/metadata/title": "HACKED"}, "jaan")
    depot.vault.create("narrow-2", "--scope", APP)
    depot.vault.approve("narrow-2")
    depot.edit(REL, {"/spec/baseline_after": "narrow-2"})
    found = unmet(depot, "done")
    assert found.keys() == {"AFTER_DIFFERS"}
    assert f"{SERVICE}, a service of the release, is another after it than before" in found["AFTER_DIFFERS"]


# --- waivers, and what rules deny


def waiver(**spec: Any) -> dict[str, Any]:
    """One that lets the release do without its training."""
    written = {
        "state": "granted",
        "rule": "REL-16",
        "record": REL,
        "reason": "Nobody looks.",
        "risk": "None.",
        "compensation": "None.",
        "approved_by": "rein",
        "approved_on": "2026-11-30",
        "expires": "2026-12-20",
        **spec,
    }
    return record("Waiver", "no-training", written)


def untrained(depot: Depot) -> None:
    """The release without its document of training."""
    held = read(depot, REL)
    del held["spec"]["documents"]["training"]
    depot.court.put(held)


def test_a_waiver_that_the_gate_did_not_let_in_lifts_nothing(made: Made) -> None:
    depot = made("done")
    untrained(depot)
    depot.court.put(waiver())
    depot.court.commit("jaan", "Wave it through", at=depot.court.now)
    found = unmet(depot, "done")
    assert found.keys() == {"REL-16"}
    assert "the waiver no-training does not lift it" in found["REL-16"]


def test_a_waiver_that_the_gate_let_in_is_told(made: Made) -> None:
    depot = made("done")
    untrained(depot)
    court = depot.court
    court.commit("mari", "No training", at=court.now)
    window = {"start": "2026-12-02T10:30:00Z", "end": "2026-12-02T12:00:00Z"}
    court.branch("CHG-2")
    court.put(change("CHG-2", {"Waiver/no-training": "add"}, state="implementing", schedule=window))
    court.put(waiver())
    court.commit("jaan", "Waive it\n\nChange: CHG-2", at=court.now)
    court.now = "2026-12-02T10:40:00Z"
    court.votes("CHG-2", "rein", "sirje")
    court.merge("CHG-2", at=court.now)
    assert "waived: REL-16 by Waiver/no-training" in grounds(depot, "done", "RELEASE_RULES")
    assert depot.check("done")["waived"] == [{"rule": "REL-16", "waiver": "no-training"}]
    assert "REL-16, until 2026-12-20" in depot.run("notes", "loans-2", "--audience", "operations").stdout
    depot.run("tag", "loans-2")
    assert "Waived: REL-16 by no-training" in court.repo.git("cat-file", "tag", "release/loans-2")
    assert unmet(depot, "done") == {}


def test_a_rule_that_the_settings_only_tell_is_named(made: Made) -> None:
    depot = made("done")
    path = depot.court.repo.path / "itsm.yaml"
    kept = path.read_text()
    for written, told, says in (
        ("severity: {REL-16: info}", "lowered to info by the settings: REL-16", "REL-16 only told"),
        ("off: [{rule: REL-16, reason: Nobody looks.}]", "not REL-16: switched off", "REL-16 switched off"),
    ):
        path.write_text(f"{kept}policies:\n  {written}\n")
        depot.court.commit("rein", "Lower it", at=depot.court.now)
        assert told in grounds(depot, "done", "RELEASE_RULES")
        assert f"the settings have {says}" in unmet(depot, "done").get("LAW_WEAKENED", "")


def test_a_known_error_of_a_service_that_says_that_it_has_an_item(made: Made) -> None:
    depot = made("done")
    for name, item in (("fines", "app-01"), ("print", "db-01")):
        spec = {"state": "proposed", "criticality": "low", "components": [{"item": item}]}
        depot.court.put(record("Service", name, spec))
    spec = {"state": "open", "symptom": "S.", "cause": "C.", "workaround": "W.", "services": ["print"]}
    depot.court.put(record("KnownError", "KE-9", spec))
    depot.court.commit("jaan", "Other services", at=depot.court.now)
    assert unmet(depot, "done") == {}
    depot.edit("KnownError/KE-9", {"/spec/services": ["fines"]}, "jaan")
    found = unmet(depot, "done")
    assert found.keys() == {"KNOWN_ERROR_UNLISTED"}
    assert "is about fines" in found["KNOWN_ERROR_UNLISTED"]


# --- what was there once, and is not


def test_votes_that_were_taken_away_are_missed(made: Made) -> None:
    depot = made("done")
    repo = depot.court.repo
    repo.git("rm", "-rq", "approvals/CHG-1")
    depot.court.commit("jaan", "Tidy", at=depot.court.now)
    (one,) = [one for one in depot.check("done")["requirements"] if one["outcome"] == "unmet"]
    assert one["code"] == "EVIDENCE_GONE"
    repo.git(*shlex.split(one["help"].partition("Put it back: git ")[2]))
    depot.court.commit("jaan", "Put it back", at=depot.court.now)
    assert unmet(depot, "done") == {}
    for voter in ("liis", "kadri"):  # each commit has what the ones before it left
        repo.git("rm", "-rq", "--", f"approvals/CHG-1/{voter}-*")
        depot.court.commit("jaan", f"Tidy {voter}", at=depot.court.now)
    (one,) = [one for one in depot.check("done")["requirements"] if one["outcome"] == "unmet"]
    for command in one["help"].partition("Put it back: ")[2].split(" && "):
        repo.git(*shlex.split(command)[1:])
    depot.court.commit("jaan", "Put it back", at=depot.court.now)
    assert unmet(depot, "done") == {}


def test_a_record_that_is_altered_before_it_is_tagged_again_is_told(made: Made) -> None:
    depot = made("done")
    depot.edit(REL, {"/spec/backout/steps": ["Pray."]})
    assert "altered since the roll-out began: spec.backout.steps" in grounds(depot, "done", "RELEASE_EDITED")
    depot.run("tag", "loans-2")
    assert "altered since the roll-out began: spec.backout.steps" in grounds(depot, "done", "RELEASE_EDITED")
