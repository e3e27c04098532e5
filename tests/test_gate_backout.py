"""Taking back what a change itself did: whatever others did in between stays, and the votes are those of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from court import Court, change, record, walk
from test_change_new import drafted, modelled
from test_gate_flows import APP, DB, DONE, INCIDENT, allowed, emergency, voted

if TYPE_CHECKING:
    from conftest import Ran

WHY = ("--incident", "INC-1", "--set", "implementation.cause=The test loan failed.")


def bump(court: Court, name: str, ref: str, version: str, how: str = "merge", first: str = "edit") -> None:
    """A change of its own brings a record to a version, and lands."""
    court.branch(name.lower())
    for step in ("edit", "record") if first == "edit" else ("record", "edit"):
        if step == "edit":
            court.edit(ref, {"/spec/version": version})
        else:
            court.put(change(name, {ref: "change"}))
        court.commit("jaan", f"{step} for {name}")
    voted(court, name, "liis", "kadri")
    allowed(court)
    court.merge(name.lower(), how=how)


def trouble(court: Court) -> None:
    """The incident on main, and a branch to take things back on."""
    court.checkout("main")
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend")


def back(court: Court, name: str, *argv: str, who: str = "jaan") -> Ran:
    """`change backout` on a branch of its own."""
    court.branch(f"back-{name.lower()}")
    return court.run(who, "change", "backout", name, "--base", "main", *(argv or WHY), "--commit")


def taken_back(court: Court, name: str, **versions: str) -> None:
    """The command does it, the gate allows it, and it is merged."""
    ran = back(court, name)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert {ref: court.get(f"ConfigurationItem/{ref.replace('_', '-')}")["spec"]["version"] for ref in versions} == (
        versions
    )
    allowed(court)
    court.merge(f"back-{name.lower()}")


def planned(court: Court, name: str, versions: dict[str, str], **spec: Any) -> None:
    """A plan that is voted on, and lands."""
    court.branch(f"plan-{name.lower()}")
    made = change(name, dict.fromkeys(versions, "change"), state="approved", **spec)
    for item in made["spec"]["items"]:
        item["set"] = {"/spec/version": versions[item["item"]]}
    court.put(made)
    court.commit("jaan", f"Plan {name}")
    voted(court, name, "liis", "kadri")
    allowed(court)
    court.merge(f"plan-{name.lower()}")


def carried_out(court: Court, name: str, ref: str, version: str, *voters: str, how: str = "merge") -> None:
    """A part of what was planned, or all of it."""
    branch = f"do-{name.lower()}-{ref.rpartition('/')[2]}"
    court.branch(branch)
    court.edit(f"ChangeRequest/{name}", {"/spec/state": "implementing"})
    court.edit(ref, {"/spec/version": version})
    court.commit("jaan", f"Carry out {name}\n\nChange: {name}")
    for one in voters:
        court.vote(one, name)
    allowed(court)
    court.merge(branch, how=how)


@pytest.mark.parametrize(("how", "first"), [("merge", "edit"), ("rebase", "edit"), ("rebase", "record")])
def test_a_fix_that_came_between_the_plan_and_the_work_stays(court: Court, how: str, first: str) -> None:
    planned(court, "CHG-1", {DB: "2.0.0"})
    bump(court, "CHG-2", DB, "1.0.1", how, first)
    carried_out(court, "CHG-1", DB, "2.0.0", "liis", "kadri", how=how)
    trouble(court)
    taken_back(court, "CHG-1", db_01="1.0.1")


def test_back_to_before_that_fix_is_no_back_out(court: Court) -> None:
    planned(court, "CHG-1", {DB: "2.0.0"})
    bump(court, "CHG-2", DB, "1.0.1")
    carried_out(court, "CHG-1", DB, "2.0.0", "liis", "kadri")
    trouble(court)
    assert back(court, "CHG-1").code == 0
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.commit("jaan", "All the way")
    assert {"NOT_ITS_LINE"} <= court.gate().codes


def test_each_part_is_taken_back_under_the_votes_that_it_was_done_under(court: Court) -> None:
    planned(court, "CHG-1", {DB: "2.0.0", APP: "2.0.0"}, apply="in-parts")
    carried_out(court, "CHG-1", DB, "2.0.0")
    bump(court, "CHG-2", APP, "1.0.1")
    carried_out(court, "CHG-1", APP, "2.0.0", "liis", "kadri")
    trouble(court)
    shown = court.run("jaan", "change", "show", "CHG-1", "--base", "main").stdout
    assert ("counted  liis" in shown, "ignored" in shown) == (True, False), shown
    taken_back(court, "CHG-1", db_01="1.0.0", app_01="1.0.1")


def test_what_stands_again_as_it_left_it_is_taken_back(court: Court) -> None:
    for name, version in (("CHG-1", "2.0.0"), ("CHG-2", "3.0.0"), ("CHG-3", "4.0.0")):
        bump(court, name, DB, version)
    trouble(court)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, "change backout CHG-3" in ran.stderr) == (3, True), ran.stderr
    for name, version in (("CHG-3", "3.0.0"), ("CHG-2", "2.0.0"), ("CHG-1", "1.0.0")):
        taken_back(court, name, db_01=version)


def test_what_was_taken_back_and_done_anew_by_another_change_is_that_ones(court: Court) -> None:
    bump(court, "CHG-1", DB, "2.0.0")
    bump(court, "CHG-2", DB, "1.0.0")
    bump(court, "CHG-3", DB, "2.0.0")
    trouble(court)
    ran = back(court, "CHG-1")
    assert ran.code in (2, 3), ran.stdout
    court.edit(DB, {"/spec/version": "1.0.0"})
    held = court.get("ChangeRequest/CHG-1")
    held["spec"] |= {"state": "backed-out", "links": {"incidents": ["INC-1"]}}
    held["spec"]["implementation"] = {**DONE, "result": "backed-out", "cause": "It failed."}
    court.put(held)
    court.commit("jaan", "Back by hand")
    assert {"NOT_ITS_LINE"} <= court.gate().codes
    court.git("jaan", "reset", "--quiet", "--hard", "main")
    court.checkout("main")
    taken_back(court, "CHG-3", db_01="1.0.0")


def filled_in(court: Court, more: dict[str, Any]) -> None:
    """An emergency that was let through, and filled in afterwards."""
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("jaan", "It burns", at="2026-12-01T22:10:00Z")
    voted(court, "CHG-1", "arvo")
    allowed(court, "OVERRIDDEN")
    court.merge("fix", at="2026-12-01T22:20:00Z")
    court.branch("fill")
    whole = change("CHG-1", {DB: "change"})["spec"]
    wanted = ("business_benefit", "risk", "impact", "assessed", "plan", "schedule", "backout", "category")
    court.edit("ChangeRequest/CHG-1", {f"/spec/{key}": whole[key] for key in wanted} | more)
    court.commit("jaan", "Fill it in")
    allowed(court)
    court.merge("fill")


def test_an_emergency_whose_debt_is_filled_in_is_taken_back_by_the_vote_of_the_night(court: Court) -> None:
    filled_in(court, {})
    taken_back(court, "CHG-1", db_01="1.0.0")


def test_whom_nobody_voted_on_takes_no_emergency_back(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    night = emergency("CHG-1", {DB: "change"})
    night["spec"]["implementers"] = ["kadri"]
    court.put(night)
    court.commit("jaan", "It burns", at="2026-12-01T22:10:00Z")
    court.vote("arvo", "CHG-1")
    allowed(court, "OVERRIDDEN")
    court.merge("fix", at="2026-12-01T22:20:00Z")
    court.branch("fill")
    court.edit("ChangeRequest/CHG-1", {"/spec/implementers": ["kadri", "jaan"]})
    court.commit("jaan", "And me")
    assert court.gate().codes >= {"AMENDED"}
    court.merge("fill")  # past the gate
    ran = back(court, "CHG-1")
    assert ran.code == 1, ran.stdout
    assert court.gate().codes >= {"NOT_IMPLEMENTER"}


def test_a_withdrawn_vote_is_none_for_the_back_out(court: Court) -> None:
    planned(court, "CHG-1", {DB: "2.0.0", APP: "2.0.0"}, apply="in-parts")
    carried_out(court, "CHG-1", DB, "2.0.0")
    bump(court, "CHG-2", APP, "1.0.1")
    carried_out(court, "CHG-1", APP, "2.0.0", "liis", "kadri")
    trouble(court)
    assert back(court, "CHG-1").code == 0
    allowed(court)
    court.vote("kadri", "CHG-1", "--reason", "I was wrong", decision="withdraw")
    assert court.gate().codes == {"LACKING"}


# --- spent


def test_what_another_change_did_is_not_spent(court: Court) -> None:
    """Two plans back and forth: neither did what the other did."""
    court.branch("plans")
    for name, version in (("CHG-1", "2.0.0"), ("CHG-2", "1.0.0"), ("CHG-3", "2.0.0")):
        court.put(change(name, {DB: "change"}, state="approved", plan={"steps": [version], "duration": "1h"}))
    court.commit("jaan", "Plan all three")
    for name in ("CHG-1", "CHG-2", "CHG-3"):
        voted(court, name, "liis", "kadri")
    allowed(court)
    court.merge("plans")
    for name, version in (("CHG-1", "2.0.0"), ("CHG-2", "1.0.0"), ("CHG-3", "2.0.0")):
        carried_out(court, name, DB, version, "liis", "kadri")
    # each of them is good for one time
    bump(court, "CHG-4", DB, "1.0.0")
    court.branch("again")
    court.edit(DB, {"/spec/version": "2.0.0"})
    court.commit("jaan", "Once more\n\nChange: CHG-3")
    assert court.gate().codes >= {"SPENT"}


# --- a name that it has since


def test_what_is_called_otherwise_since_is_named_back_first(court: Court) -> None:
    bump(court, "CHG-1", DB, "2.0.0")
    court.branch("naming")
    assert court.run("jaan", "rename", DB, "db-one").code == 0
    court.put(change("CHG-2", {DB: "remove", "ConfigurationItem/db-one": "add"}))
    court.commit("jaan", "Another name")
    voted(court, "CHG-2", "rein", "sirje", "liis", "kadri")
    allowed(court)
    court.merge("naming")
    trouble(court)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert ran.code == 3
    assert "ConfigurationItem/db-01 is called db-one since" in ran.stderr
    assert "itsmctl change backout CHG-2" in ran.stderr
    ran = back(court, "CHG-2")
    assert ran.code == 0, ran.stdout + ran.stderr
    allowed(court)
    court.merge("back-chg-2")
    taken_back(court, "CHG-1", db_01="1.0.0")


# --- other ways back, and what is told


def test_a_standard_change_without_a_window_is_taken_back_as_its_model_allows(court: Court) -> None:
    modelled(court, window="free")
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Bump the application")
    name, data, _ = drafted(court, "jaan", "--model", "patch")
    assert "schedule" not in data["spec"]
    court.edit(f"ChangeRequest/{name}", {"/spec/implementers": ["jaan"]})
    court.commit("jaan", "And its change")
    allowed(court)
    court.merge("bump")
    trouble(court)
    taken_back(court, name, app_01="1.0.0")


def test_where_the_model_asks_for_a_window_there_is_no_time_without_one(court: Court) -> None:
    modelled(court, window="required")
    made = change("CHG-1", {APP: "change"}, model="patch", schedule=None, **{"class": "standard"})
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(made)
    court.commit("jaan", "Past the gate")
    trouble(court)
    ran = back(court, "CHG-1")
    assert (ran.code, "now it takes a new change" in ran.stdout) == (1, True), ran.stdout
    assert court.gate().codes >= {"NO_WINDOW"}


def test_whoever_reverts_the_merge_of_a_change_is_told_how_it_is_taken_back(court: Court) -> None:
    bump(court, "CHG-1", DB, "2.0.0")
    court.branch("revert")
    court.git("jaan", "revert", "--no-edit", "-m", "1", "HEAD")
    judged = court.gate()
    codes = {"EVIDENCE_ALTERED", "REMOVED", "NOT_COVERED"}
    told = [one["says"] for one in walk(judged.verdict) if one["code"] in codes]
    assert codes <= judged.codes
    assert all("itsmctl change backout CHG-1" in one for one in told), told
    trouble(court)
    taken_back(court, "CHG-1", db_01="1.0.0")


def test_what_an_emergency_is_going_to_owe_is_not_what_it_has(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    made, whole = emergency("CHG-1", {DB: "change"}), change("CHG-1", {DB: "change"})["spec"]
    made["spec"] |= {key: whole[key] for key in ("risk", "impact", "plan", "assessed", "backout", "category")}
    court.put(made)
    court.commit("jaan", "It burns", at="2026-12-01T22:10:00Z")
    voted(court, "CHG-1", "arvo", "liis", "tonu")
    lacking = owed(allowed(court, "OVERRIDDEN"))
    assert "owes its review and the full vote of persons who did not make it within 5 days" in lacking
    voted(court, "CHG-1", "kadri")
    verdict = allowed(court, "OVERRIDDEN")
    ahead = owed(verdict)
    assert "owes its review within 5 days of its merge" in ahead
    assert "change approve" not in ahead
    assert "may go ahead at once, and owes its review within 5 days" in [one["says"] for one in walk(verdict)]
    court.merge("fix", at="2026-12-01T22:20:00Z")
    court.branch("go-on")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implemented", "/spec/implementation": DONE})
    court.commit("jaan", "Done")
    left = owed(allowed(court))
    assert "owes its review in spec.review until" in left, left


def owed(verdict: dict[str, Any]) -> str:
    """What is said of what it owes."""
    return "\n".join(one["says"] for one in walk(verdict) if one["code"] == "OWES")


def test_an_emergency_that_was_voted_on_again_after_a_fix_is_shown_and_taken_back_without_that(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("jaan", "It burns", at="2026-12-01T22:10:00Z")
    voted(court, "CHG-1", "arvo")
    bump_beside(court)
    court.checkout("fix")
    court.git("jaan", "rebase", "--quiet", "-X", "theirs", "main")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Once more")
    court.vote("arvo", "CHG-1")
    allowed(court, "OVERRIDDEN")
    court.merge("fix", at="2026-12-01T22:20:00Z")
    court.branch("refusal")
    shown = court.vote("liis", "CHG-1", "--reason", "Not so", decision="reject").stdout
    assert "1.0.1" in shown, shown
    assert "1.0.2" in shown, shown
    assert "1.0.0" not in shown, shown
    court.merge("refusal")
    problem = record(
        "Problem",
        "PRB-1",
        {
            "state": "recorded",
            "detected_on": "2026-12-01",
            "category": "software",
            "impact": "high",
            "services": ["loans"],
        },
    )
    court.branch("back")
    court.put(problem)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--problem", "PRB-1")
    assert ran.code == 0, ran.stdout + ran.stderr
    court.commit("jaan", "Take it back")
    assert court.get(DB)["spec"]["version"] == "1.0.1"
    judged = court.gate()
    assert "NOT_BACK" not in judged.codes, judged.says
    assert "to be back as before" not in judged.says


def bump_beside(court: Court) -> None:
    """The fix of somebody else lands meanwhile."""
    court.checkout("main")
    bump(court, "CHG-2", DB, "1.0.1")


def test_what_landed_past_a_vote_that_had_been_given_anew_has_no_votes_to_go_back_under(court: Court) -> None:
    planned(court, "CHG-1", {DB: "2.0.0", APP: "2.0.0"}, apply="in-parts")
    bump(court, "CHG-2", APP, "1.0.1")
    carried_out(court, "CHG-1", APP, "2.0.0", "liis", "kadri")  # these are on the application alone
    court.branch("past")
    court.edit(DB, {"/spec/version": "2.0.0"})
    court.commit("jaan", "And the database\n\nChange: CHG-1")
    assert court.gate().codes == {"LACKING"}
    court.merge("past")
    trouble(court)
    ran = back(court, "CHG-1")
    assert ran.code == 1, ran.stdout
    assert court.gate().codes == {"LACKING"}


def test_a_head_of_several_commits_is_taken_back_whole(court: Court) -> None:
    court.branch("pr")
    for version in ("1.5.0", "2.0.0"):
        court.edit(DB, {"/spec/version": version})
        court.commit("jaan", f"To {version}")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "And its change")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.merge("pr", how="rebase")
    trouble(court)
    taken_back(court, "CHG-1", db_01="1.0.0")


# --- who votes on a back-out


def test_notes_in_the_record_keep_nobody_from_the_votes_on_the_back_out(court: Court) -> None:
    """Nor does a name that a record has since; what votes bind is another matter, whoever writes that."""
    bump(court, "CHG-1", DB, "2.0.0")
    trouble(court)
    tip = court.repo.head

    def noted(edits: dict[str, Any], author: str = "kadri") -> set[str]:
        court.repo.git("checkout", "--quiet", "-B", "main", tip)
        court.repo.git("branch", "--quiet", "-D", "back-chg-1", "x") if court.repo.git(
            "branch", "--list", "x"
        ) else None
        court.edit("ChangeRequest/CHG-1", edits)
        court.commit(author, "A note", committer="annika" if author != "kadri" else "")
        court.repo.git("branch", "x")
        back(court, "CHG-1")
        return court.gate().codes

    assert noted({"/spec/links": {"incidents": ["INC-1"]}}) == set()
    assert noted({"/spec/test/result": "passed", "/spec/links": {"incidents": ["INC-1"]}}, "liis") == set()
    assert "LACKING" in noted({"/spec/reason": "Another one."})
    court.repo.git("checkout", "--quiet", "-B", "main", tip)
    court.repo.git("branch", "--quiet", "-D", "back-chg-1", "x")
    ran = court.run("kadri", "rename", "Service/loans", "lending")
    assert ran.code == 0, ran.stderr
    court.commit("kadri", "Its name")
    taken_back(court, "CHG-1", db_01="1.0.0")


def test_a_vote_on_the_back_out_stands_beside_those_on_the_change(court: Court) -> None:
    """The command that is printed is taken, and those whose votes hold need not vote again."""
    bump(court, "CHG-1", DB, "2.0.0")
    trouble(court)
    role = court.get("Role/change-advisory-board")
    for one in role["spec"]["holders"]:
        one |= {"to": "2026-11-30"} if one["person"] == "liis" else {}
    court.put(role)
    court.commit("rein", "Liis leaves the board")
    ran = back(court, "CHG-1")
    assert ran.code == 1
    assert court.gate().codes == {"LACKING"}
    ran = court.run("tonu", "change", "approve", "CHG-1", "--key", str(court.keys["tonu"]), "--yes", "--base", "main")
    assert ran.code == 0, ran.stderr
    allowed(court)
    ran = court.run("pille", "change", "approve", "CHG-1", "--key", str(court.keys["pille"]), "--yes", "--base", "main")
    assert ran.code == 2
    assert "NO_ROLE" in ran.stderr
    court.edit(APP, {"/spec/version": "9.9.9"})  # something else in the same head is under none of the votes
    court.commit("jaan", "And more")
    assert court.gate().code == 1
