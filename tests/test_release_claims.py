"""`release check`: what a release claims and is not so. Each claim alone is broken, and gives its own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Made
from court import record
from depot import APP, BEFORE_IT, REL, Depot, policy, release

POLICY = "ReleasePolicy/releases"


def unmet(depot: Depot, stage: str, *argv: str) -> dict[str, str]:
    """Code → what is said, of all that does not pass."""
    found = depot.check(stage, *argv)["requirements"]
    return {one["code"]: one["says"] for one in found if one["outcome"] not in ("met", "owed")}


def grounds(depot: Depot, stage: str, code: str) -> str:
    """What is said of a requirement that is met."""
    (one,) = [one for one in depot.check(stage)["requirements"] if one["code"] == code]
    assert one["outcome"] == "met", one
    return str(one["says"])


# --- the way back


@pytest.mark.parametrize("target", ["loans-2-after", "again", "loans-2-before"])
def test_a_way_back_leads_to_what_was_before(made: Made, target: str) -> None:
    depot = made("done")
    if target == "again":  # frozen after the release as well, under another name
        depot.vault.create("again", "--scope", APP)
        depot.vault.approve("again")
    depot.edit(REL, {"/spec/backout/target": target})
    found = unmet(depot, "done")
    if target == "loans-2-before":
        assert found == {}
    else:
        assert found.keys() == {"BACKOUT_TARGET"}
        assert "does not come before the first merge" in found["BACKOUT_TARGET"]


def test_a_way_back_is_no_older_version(made: Made) -> None:
    depot = made("planned")
    depot.court.edit(APP, {"/spec/version": "0.9.0"})
    depot.court.commit("jaan", "Older", at=depot.court.now)
    depot.freeze("older")
    depot.court.edit(APP, {"/spec/version": "1.0.0"})
    depot.court.commit("jaan", "As it was", at=depot.court.now)
    depot.freeze("as-it-was")
    depot.court.now = BEFORE_IT
    depot.plan()
    depot.approve(baseline_before="as-it-was", backout={**release()["spec"]["backout"], "target": "older"})
    found = unmet(depot, "ready")
    assert found.keys() == {"BACKOUT_TARGET"}
    assert "holds ConfigurationItem/app-01 at 0.9.0" in found["BACKOUT_TARGET"]
    depot.edit(REL, {"/spec/backout/target": "as-it-was"})
    assert unmet(depot, "ready") == {}


def test_a_way_back_holds_every_item(made: Made) -> None:
    depot = made("ready")
    depot.vault.create("other", "--scope", "ConfigurationItem/db-01")
    depot.vault.approve("other")
    depot.edit(REL, {"/spec/backout/target": "other"})
    assert "does not hold ConfigurationItem/app-01" in unmet(depot, "ready")["BACKOUT_TARGET"]


# --- known errors and problems


def known_error(**spec: Any) -> dict[str, Any]:
    written = {"state": "open", "symptom": "ä is lost.", "cause": "Bytes.", "workaround": "Write ae.", **spec}
    return record("KnownError", "KE-2", {key: value for key, value in written.items() if value is not None})


def problem(**spec: Any) -> dict[str, Any]:
    written = {"state": "recorded", "detected_on": "2026-11-20", "category": "data", "impact": "low", **spec}
    return record("Problem", "PRB-1", {key: value for key, value in written.items() if value is not None})


@pytest.mark.parametrize(
    "found",
    [
        known_error(items=["app-01"], found_on="2026-11-20"),
        known_error(items=["app-01"]),
        known_error(services=["loans"], found_in_release="loans-2", found_on="2026-11-20"),
        known_error(items=["app-01"], state="fix-planned", changes=["CHG-1"]),
        problem(items=["app-01"]),
        problem(services=["loans"]),
        known_error(services=["loans"], found_on="2026-12-24"),  # a day that is still to come
        known_error(items=["app-01"], found_in_release="loans-2", found_on="2026-12-24"),
        problem(items=["app-01"], detected_on="2026-12-24"),
        problem(services=["loans"], caused_by=["ChangeRequest/CHG-1"]),
    ],
)
@pytest.mark.parametrize("stage", ["ready", "done"])
def test_what_is_open_is_listed(made: Made, found: dict[str, Any], stage: str) -> None:
    depot = made(stage)
    depot.court.put(found)
    depot.court.commit("jaan", "Found", at=depot.court.now)
    assert unmet(depot, stage).keys() - {"REL-02"} == {"KNOWN_ERROR_UNLISTED"}
    name = found["metadata"]["name"]
    for audience in ("support", "operations"):
        assert name in depot.run("notes", "loans-2", "--audience", audience).stdout
    listed = {"/spec/problems_open": [name]} if name == "PRB-1" else {"/spec/known_errors/carried": ["KE-1", name]}
    depot.edit(REL, listed)
    # REL-02 says of one that a change of the release removes it, REL-13 that nobody knows yet what is still to come
    assert unmet(depot, stage).keys() <= ({"REL-13"} if "2026-12-24" in str(found) else {"REL-02"})


@pytest.mark.parametrize(
    "found",
    [
        known_error(items=["db-01"], found_on="2026-11-20"),
        known_error(items=["app-01"], state="fixed", changes=["CHG-1"], found_on="2026-11-20"),
        known_error(items=["app-01"], found_in_release="loans-2", found_on="2026-12-02"),
        problem(items=["app-01"], detected_on="2026-12-02"),
        known_error(services=["loans"], found_on="2026-12-02"),
    ],
)
def test_what_is_elsewhere_over_or_came_later_need_not_be(made: Made, found: dict[str, Any]) -> None:
    depot = made("done")
    depot.court.put(found)
    depot.court.commit("jaan", "Found", at=depot.court.now)
    assert unmet(depot, "done").keys() <= {"REL-02"}
    told = depot.run("notes", "loans-2", "--audience", "support").stdout
    is_about = "2026-12-02" in str(found)
    assert (found["metadata"]["name"] in told) is is_about


def test_a_problem_is_listed_with_a_known_error_of_it(made: Made) -> None:
    depot = made("ready")
    depot.court.put(problem(items=["app-01"]))
    depot.court.edit("KnownError/KE-1", {"/spec/problem": "PRB-1"})
    depot.court.commit("jaan", "Found", at=depot.court.now)
    assert unmet(depot, "ready") == {}


def test_one_that_cannot_be_read_may_be_about_anything(made: Made) -> None:
    depot = made("ready")
    depot.court.put(known_error(items=["db-01"], odd=True))
    depot.court.commit("jaan", "Found", at=depot.court.now)
    assert unmet(depot, "ready").keys() == {"KNOWN_ERROR_UNLISTED"}
    depot.court.repo.write("records/known-errors/KE-2.yaml", "a: [")
    depot.court.commit("jaan", "Worse", at=depot.court.now)
    assert unmet(depot, "ready").keys() == {"KNOWN_ERROR_UNLISTED"}


@pytest.mark.parametrize(("zone", "is_later"), [("Europe/Tallinn", False), ("UTC", True)])
def test_the_day_of_the_roll_out_is_that_of_the_organisation(made: Made, zone: str, is_later: bool) -> None:
    depot = made("done")  # live at 2026-12-01T22:30Z
    path = depot.court.repo.path / "itsm.yaml"
    path.write_text(f"{path.read_text()}calendar: {{zone: {zone}}}\n")
    depot.court.put(known_error(items=["app-01"], found_on="2026-12-01"))
    depot.court.commit("jaan", "Found", at=depot.court.now)
    depot.court.put(known_error(items=["app-01"], found_on="2026-12-02"))
    depot.court.commit("jaan", "Found later", at=depot.court.now)
    for written in ("2026-12-01T22:30:00Z", "2026-12-02T00:30:00+02:00", "2026-12-01T12:30:00-10:00"):
        depot.edit(REL, {"/spec/go_live": written})
        said = unmet(depot, "done").get("KNOWN_ERROR_UNLISTED", "")
        assert ("is open, is about app-01" in said) is not is_later, written
        assert ("that it was found on 2026-12-01" in said) is is_later, written


def test_what_was_open_with_it_is_not_silenced(made: Made) -> None:
    depot = made("done")
    court = depot.court

    def puts(*found: dict[str, Any]) -> dict[str, str]:
        for one in found:
            court.put(one)
        court.commit("jaan", "Found", at=court.now)
        return {key: says for key, says in unmet(depot, "done").items() if key != "REL-02"}

    whole = known_error(items=["app-01"], found_on="2026-11-20")
    assert "is open, is about app-01" in puts(whole)["KNOWN_ERROR_UNLISTED"]
    for spec in ({"state": "fixed"}, {"state": "closed", "changes": ["CHG-1"]}):
        says = puts(known_error(items=["app-01"], found_on="2026-11-20", **spec))["KNOWN_ERROR_UNLISTED"]
        assert f"is said to be {spec['state']}, and lacks what is due then" in says
    puts(whole)
    says = puts(known_error(items=["app-01"], found_on="2026-12-02"))["KNOWN_ERROR_UNLISTED"]
    assert "that it was found on 2026-11-20" in says
    assert puts(known_error(items=["db-01"], found_on="2026-11-20")) == {}, "that may be right, so it is told"
    assert "KnownError/KE-2 was about ConfigurationItem/app-01" in grounds(depot, "done", "KNOWN_ERROR_UNLISTED")
    court.repo.git("rm", "-q", "records/known-errors/KE-2.yaml")
    puts(problem(items=["db-01"]))
    (one,) = [one for one in depot.check("done")["requirements"] if one["outcome"] == "unmet"]
    assert "KnownError KE-2 was open, about ConfigurationItem/app-01, and was taken away" in one["says"]
    commit = one["help"].split()[5].removesuffix("^")
    assert one["help"] == f"Put it back: git checkout {commit}^ -- records/known-errors/KE-2.yaml"
    court.repo.git(*one["help"].partition(": git ")[2].split())
    assert puts() == {}


def test_the_date_of_a_commit_silences_nothing(made: Made) -> None:
    depot = made("done")
    court = depot.court
    court.put(known_error(items=["app-01"], found_on="2026-11-20"))
    court.commit("jaan", "Found", at=court.now)
    court.remove("KnownError/KE-2")
    court.commit("jaan", "Gone long ago", at="2020-01-01T00:00:00Z")
    assert "was taken away" in unmet(depot, "done")["KNOWN_ERROR_UNLISTED"]


def test_what_the_calendar_asks_of_a_change_later_undoes_no_release(made: Made) -> None:
    depot, late = made("done"), ("--as-of", "2028-03-01T00:00:00Z")
    found = depot.check("done", *late)["requirements"]
    assert {one["code"] for one in found if one["outcome"] != "met"} == {"REL-17"}, "that is the release's own"
    (told,) = [one["says"] for one in found if one["code"] == "RELIED_ON"]
    assert "fell due since the roll-out, and is not the release's: ChangeRequest/CHG-1 (CHG-19)" in told
    depot.court.edit("ConfigurationItem/app-01", {"/metadata/owner": "Role/nobody"})
    depot.court.commit("jaan", "Break it", at=depot.court.now)
    assert "RELIED_ON" in unmet(depot, "done", *late)


# --- a change comes once


@pytest.mark.parametrize(
    ("state", "codes"), [("live", {"CHANGE_ELSEWHERE"}), ("closed", {"CHANGE_ELSEWHERE"}), ("backed-out", set())]
)
def test_a_change_came_with_one_release(made: Made, state: str, codes: set[str]) -> None:
    depot = made("done")
    other = release(state=state)
    other["metadata"]["name"] = "loans-1b"
    depot.court.put(other)
    depot.court.commit("mari", "The same once more", at=depot.court.now)
    assert unmet(depot, "done").keys() == codes


# --- digests


def test_where_nothing_is_compared_nothing_was_accepted(made: Made) -> None:
    depot = made("planned")
    depot.court.edit(APP, {"/spec/master": None})
    depot.court.commit("jaan", "No master copy", at=depot.court.now)
    depot.freeze("bare")
    depot.court.now = BEFORE_IT
    depot.plan(items=[{"item": APP, "action": "change", "from": "1.0.0", "to": "2.0.0"}])
    item = {key: value for key, value in release()["spec"]["items"][0].items() if key != "digest"}
    build = {**release()["spec"]["build"], "artefacts": []}
    target = {**release()["spec"]["backout"], "target": "bare"}
    depot.approve(items=[item], build=build, baseline_before="bare", backout=target)
    found = unmet(depot, "ready")
    assert found.keys() == {"ITEM_DIGEST"}
    assert "nothing to compare" in found["ITEM_DIGEST"]
    depot.edit(POLICY, {"/spec/without_digests": "It is a page in a wiki."})
    assert "nothing was compared of ConfigurationItem/app-01" in grounds(depot, "ready", "ITEM_DIGEST")
    found = unmet(depot, "ready")
    assert found.keys() == {"LAW_WEAKENED"}  # so late, it takes a change
    assert "digests may be left out" in found["LAW_WEAKENED"]


def test_a_policy_without_digests_excuses_none_that_is_half_written(made: Made) -> None:
    depot = made("ready")
    depot.edit(POLICY, {"/spec/without_digests": "It is a page in a wiki."})
    depot.amend({"/spec/build/artefacts": []})
    assert "ITEM_DIGEST" in unmet(depot, "ready")


# --- errors of what is relied on


@pytest.mark.parametrize(
    ("ref", "edits", "why"),
    [
        (POLICY, {"/spec/agreed_with": None}, "REL-01"),
        ("ChangeRequest/CHG-1", {"/spec/risk": None}, "record-due"),
        ("Person/kadri", {"/metadata/owner": "Role/nobody"}, "reference"),
        ("ConfigurationItem/vm-acc", {"/metadata/owner": "Role/nobody"}, "reference"),
        ("KnownError/KE-1", {"/spec/cause": None}, "record-due"),
        (APP, {"/metadata/owner": "Role/nobody"}, "reference"),
        ("Library/artefacts", {"/metadata/owner": "Role/nobody"}, "reference"),
    ],
)
def test_errors_of_the_records_that_the_check_relies_on(made: Made, ref: str, edits: dict[str, Any], why: str) -> None:
    depot = made("ready")
    depot.edit(ref, edits, "rein")
    found = unmet(depot, "ready")
    assert "RELIED_ON" in found
    assert ref in found["RELIED_ON"]
    assert f"({why})" in found["RELIED_ON"]


def test_errors_of_others_are_their_own(made: Made) -> None:
    depot = made("ready")
    depot.edit("ConfigurationItem/db-01", {"/metadata/owner": "Role/nobody"}, "rein")
    assert unmet(depot, "ready") == {}


# --- documents


def folder(depot: Depot) -> None:
    depot.court.repo.write("docs/folder/a.md", "A\n")


def link(depot: Depot) -> None:
    (depot.court.repo.path / "docs/link.md").symlink_to("release.md")


def empty(depot: Depot) -> None:
    depot.court.repo.write("docs/empty.md", "\n")


@pytest.mark.parametrize(
    ("make", "field", "written"),
    [
        (folder, "notes", "docs/folder"),
        (folder, "notes", "docs/folder/"),
        (folder, "notes", "docs/"),
        (link, "notes", "docs/link.md"),
        (empty, "notes", "docs/empty.md"),
        (None, "install", "NOSUCHFILE"),
        (None, "support", "no such file.md"),
        (None, "backout", "As every time."),
        (None, "notes", "/docs/release.md"),
        (None, "notes", "docs//release.md"),
        (None, "notes", "../docs/release.md"),
        (None, "notes", "file:///docs/release.md"),
        (None, "notes", "https://"),
        (None, "notes", "."),
        (None, "training", "docs/none.md"),
        (None, "test_evidence", "results of today.md"),
        (None, "authorisation", "NOSUCHFILE"),
    ],
)
def test_a_document_is_a_file_of_the_commit(
    made: Made, make: Callable[[Depot], None] | None, field: str, written: str
) -> None:
    depot = made("ready")
    if make is not None:
        make(depot)
    depot.edit(REL, {f"/spec/documents/{field}": written})
    assert unmet(depot, "ready").keys() == {"DOCUMENT_GONE"}


@pytest.mark.parametrize(
    ("field", "written", "told"),
    [
        ("notes", "./docs/release.md#new", ""),
        ("notes", "docs/a file.md", ""),
        ("notes", "https://wiki.town.example/loans-2", "notes by address"),
        ("training", "None needed: nothing looks different.", "training in words"),
        ("authorisation", "minutes of the board of 2026-11-18", "authorisation in words"),
    ],
)
def test_what_else_a_document_may_be_is_told(made: Made, field: str, written: str, told: str) -> None:
    depot = made("ready")
    depot.court.repo.write("docs/a file.md", "A\n")
    depot.edit(REL, {f"/spec/documents/{field}": written})
    assert unmet(depot, "ready") == {}
    assert told in grounds(depot, "ready", "DOCUMENT_GONE")


# --- who wrote a sign-off


def stages(**second: Any) -> list[dict[str, Any]]:
    """The stages of the policy, with something said of the first."""
    first, *others = policy()["spec"]["stages"]
    return [{**first, **second}, *others]


def signed_off(depot: Depot, by: str, key: str = "", at: str = BEFORE_IT) -> None:
    """The release is approved without sign-offs; they come in a commit of their own, signed if a key is given."""
    court, signoffs = depot.court, release()["spec"]["acceptance"]["signoffs"]
    depot.approve(acceptance={**release()["spec"]["acceptance"], "signoffs": []})
    court.edit(REL, {"/spec/acceptance/signoffs": signoffs})
    court.repo.git("add", "--all")
    words = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={court.keys[key]}", "commit", "-S") if key else ("commit",)
    court._as(by, at=at).git(*words, "--quiet", "--no-verify", "-m", "Sign off")


def test_it_is_said_that_a_sign_off_is_only_written(made: Made) -> None:
    depot = made("ready")
    told = grounds(depot, "ready", "SIGNOFF_LACKS")
    assert "functional by kadri, only written, by mari in" in told


@pytest.mark.parametrize(
    ("by", "key", "is_met"),
    [("kadri", "kadri", True), ("jaan", "kadri", True), ("kadri", "", False), ("kadri", "jaan", False)],
)
def test_a_policy_may_ask_for_signatures(made: Made, by: str, key: str, is_met: bool) -> None:
    depot = made("planned")
    depot.plan()
    signed_off(depot, by, key)
    assert ("functional by kadri, signed by kadri" in grounds(depot, "ready", "SIGNOFF_LACKS")) is is_met
    depot.edit(POLICY, {"/spec/stages": stages(signed=True)})
    assert unmet(depot, "ready").keys() == (set() if is_met else {"SIGNOFF_UNSIGNED"})


def test_a_signature_with_a_stolen_key_is_none(made: Made) -> None:
    depot = made("planned")
    depot.plan(votes=("liis", "jaan"))
    signed_off(depot, "kadri", "kadri")
    depot.edit(POLICY, {"/spec/stages": stages(signed=True)})
    depot.edit("Person/kadri", {"/spec/keys/0/compromised_since": "2026-11-01T00:00:00Z"}, "rein")
    assert "SIGNOFF_UNSIGNED" in unmet(depot, "ready")


def test_what_was_signed_is_what_ships(made: Made) -> None:
    depot = made("planned")
    depot.plan()
    signed_off(depot, "kadri", "kadri")
    depot.edit(POLICY, {"/spec/stages": stages(signed=True)})
    depot.edit(REL, {"/spec/build/tools": ["python 3.13"]})
    assert unmet(depot, "ready").keys() == {"SIGNOFF_UNSIGNED", "ACCEPTED_OTHER"}


@pytest.mark.parametrize(("by", "key", "is_met"), [("jaan", "", False), ("mari", "", True), ("jaan", "kadri", True)])
def test_who_makes_the_changes_writes_no_independent_sign_off(made: Made, by: str, key: str, is_met: bool) -> None:
    depot = made("planned")
    depot.plan()
    signed_off(depot, by, key)
    assert unmet(depot, "ready") == {}
    depot.edit(POLICY, {"/spec/stages": stages(independent=True)})
    assert unmet(depot, "ready").keys() == (set() if is_met else {"SIGNOFF_BY_MAKER"})


def test_who_signs_a_later_edit_did_not_sign_the_sign_off(made: Made) -> None:
    depot = made("planned")
    depot.plan()
    signed_off(depot, "jaan")
    depot.edit(POLICY, {"/spec/stages": stages(signed=True)})
    court = depot.court
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={court.keys['kadri']}")
    court.edit(REL, {"/metadata/title": "Another"})
    court.repo.git("add", "--all")
    court._as("kadri", at=BEFORE_IT).git(*signing, "commit", "-S", "--quiet", "--no-verify", "-m", "A title")
    assert unmet(depot, "ready").keys() == {"SIGNOFF_UNSIGNED"}
    court.branch("side")
    court.edit(REL, {"/spec/documents/notes": "docs/release.md#new"})
    court.commit("jaan", "A side", at=BEFORE_IT)
    court.checkout("main")
    words = ("merge", "-S", "--quiet", "--no-ff", "-m", "Merge side", "side")
    court._as("kadri", at=BEFORE_IT).git(*signing, *words)
    assert unmet(depot, "ready").keys() == {"SIGNOFF_UNSIGNED"}
    held = court.get(REL)["spec"]["acceptance"]["signoffs"]
    depot.edit(REL, {"/spec/acceptance/signoffs": [], "/metadata/title": "Without"})
    court.edit(REL, {"/spec/acceptance/signoffs": held})
    court.repo.git("add", "--all")
    court._as("kadri", at=BEFORE_IT).git(*signing, "commit", "-S", "--quiet", "--no-verify", "-m", "Sign off")
    assert unmet(depot, "ready") == {}  # those very lines are hers now


@pytest.mark.parametrize(
    "edits",
    [
        {"/spec/active_from": "2027-01-01"},
        {"/spec/state": "left", "/spec/active_to": "2026-11-01"},
        {"/spec/active_to": "2026-11-01"},
    ],
)
def test_a_sign_off_is_of_somebody_who_was_here(made: Made, edits: dict[str, str]) -> None:
    depot = made("done")
    depot.edit("Person/kadri", edits, "rein")
    assert "nobody who was here and held the role" in unmet(depot, "done")["SIGNOFF_LACKS"]


def test_who_leaves_later_did_sign_off(made: Made) -> None:
    depot = made("done")
    depot.edit("Person/kadri", {"/spec/state": "left"}, "rein")
    assert "SIGNOFF_LACKS" not in unmet(depot, "done")


# --- scopes


def test_a_narrow_baseline_after_hides_nothing(made: Made) -> None:
    depot = made("planned")
    depot.freeze("wide", "--scope", "ConfigurationItem")
    depot.court.now = BEFORE_IT
    depot.plan()
    depot.approve(baseline_before="wide")
    depot.carry_out()
    depot.edit("ConfigurationItem/db-01", {"/spec/version": "9"}, "jaan")
    depot.finish()
    depot.vault.create("loans-2-after", "--scope", APP)
    depot.vault.approve("loans-2-after")
    depot.go_live()
    found = unmet(depot, "done")
    assert found.keys() == {"AFTER_DIFFERS"}
    assert "ConfigurationItem/db-01 is outside of the scope of loans-2-after" in found["AFTER_DIFFERS"]
