"""Debts of emergencies: they come of what landed, are paid by evidence, stay paid, and end by no false back-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from court import Court, Judged, change, person, record, rule, walk
from test_gate_flows import AFTERWARDS, APP, DB, INCIDENT, allowed, emergency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Repo

CHG = "ChangeRequest/CHG-1"
CONTENT = {at: value for at, value in AFTERWARDS.items() if at.split("/")[2] not in ("state", "review")}
LONG = {"start": "2026-12-01T00:00:00Z", "end": "2027-02-01T00:00:00Z"}
DAYS = {"roles": ["change-advisory-board"], "from": "2026-12-04", "to": "2026-12-28", "reason": "Leave."}
LATE = "2026-12-20T08:00:00Z"


def night(court: Court, *argv: str, edits: dict[str, Any] | None = None, **spec: Any) -> None:
    """An emergency by kadri, all written down, that arvo lets through at 22:30 and that lands ten minutes later."""
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, edits or {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    own = {"/spec/requester": "kadri", "/spec/implementers": ["kadri"], "/spec/implementation": None}
    court.edit(CHG, {**CONTENT, **own, **{f"/spec/{key}": value for key, value in spec.items()}})
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    court.vote("arvo", "CHG-1", *argv)
    allowed(court, "OVERRIDDEN")
    court.merge("fix", at="2026-12-01T22:40:00Z")


def pay(court: Court, *voters: str, day: int = 2) -> None:
    """Votes, and what became of it, on main."""
    court.now = f"2026-12-0{day}T08:00:00Z"
    court.votes("CHG-1", *voters)
    done = {at: value for at, value in AFTERWARDS.items() if at in ("/spec/implementation", "/spec/state")}
    court.edit(CHG, {**done, "/spec/review": {**AFTERWARDS["/spec/review"], "on": f"2026-12-0{day}"}})
    court.commit("kadri", "Catch up", at=f"2026-12-0{day}T09:00:00Z")


def word(court: Court, person: str = "mari", day: int = 2) -> None:
    court.now = f"2026-12-0{day}T10:00:00Z"
    court.vote(person, "CHG-1")
    court.commit("kadri", "Nothing", at=f"2026-12-0{day}T11:00:00Z")


def owes(court: Court, now: str = LATE) -> str:
    """What is still owed, in the words of change show; empty where nothing is."""
    court.now = now
    ran = court.run("liis", "change", "show", "CHG-1", "--base", "main")
    assert ran.code == 0, ran.stderr
    text = " ".join(ran.stdout.split())
    return text.partition("CHG-1 owes ")[2].partition(" rule ")[0]


# --- what was over when the governance began


def over(court: Court, start: str, *, anew: bool = False) -> None:
    """On a branch that begins at `start`, or at nothing: a commit in which CHG-1 is closed, and settings come."""
    text = (court.repo.path / "records/changes/CHG-1.yaml").read_text().replace("implementing", "closed")
    law = (court.repo.path / "itsm.yaml").read_text()
    court.repo.git("checkout", "--quiet", *(("-b", "fox", start) if start else ("--orphan", "fox")))
    court.repo.git("rm", "--quiet", "-r", "-f", "--ignore-unmatch", ".")
    if start:
        court.commit("jaan", "Nothing is here")
    court.repo.write("records/changes/CHG-1.yaml", text)
    if anew:
        court.repo.write("itsm.yaml", law)
    court.commit("jaan", "Long over")


def test_only_the_commit_that_brought_the_settings_says_what_was_over_before_them(
    repo: Repo, keys: Mapping[str, Path]
) -> None:
    repo.write("README.md", "# Town\n")
    court = Court(repo, keys)
    first = court.commit("rein", "Begin")
    night(court.found())
    tip = repo.git("rev-parse", "main")
    assert "full vote" in owes(court)
    unrelated = ("merge", "--quiet", "--no-ff", "--allow-unrelated-histories", "-s", "ours", "-m", "Up")
    for start, anew in ((first, False), (first, True), ("", False), ("", True), (tip, True)):
        over(court, start, anew=anew)
        line = repo.git("rev-parse", "fox")
        court.checkout("main")
        court.git("jaan", *unrelated, "fox")
        beside = owes(court)
        # now the other way round: the branch takes the place of main, with the files of main
        tree = f"{tip}^{{tree}}"
        turned = court.git("jaan", "commit-tree", tree, "-p", line, "-p", tip, "-m", "Up")
        court.git("jaan", "reset", "--quiet", "--hard", turned)
        assert ("full vote" in beside, "full vote" in owes(court)) == (True, True), (start, anew)
        court.git("jaan", "reset", "--quiet", "--hard", tip)
        repo.git("branch", "--quiet", "-D", "fox")


def test_what_was_over_when_the_settings_came_owes_nothing(repo: Repo, keys: Mapping[str, Path]) -> None:
    repo.write("README.md", "# Town\n")
    court = Court(repo, keys)
    court.commit("rein", "Begin")
    court.put(emergency("CHG-1", {DB: "change"}))
    court.edit(CHG, {**AFTERWARDS, "/spec/state": "closed"})
    court.put(INCIDENT)
    court.commit("rein", "An old change")
    court.found()
    assert owes(court) == ""


# --- paid stays paid


def test_what_becomes_of_voters_and_rules_brings_no_debt_back(court: Court) -> None:
    night(court)
    pay(court, "liis", "jaan")
    assert "mari's own word" in owes(court)
    word(court)
    assert owes(court) == ""
    later = "2026-12-05T08:00:00Z"
    tip = court.repo.git("rev-parse", "HEAD")
    deeds: dict[str, Any] = {
        "leaves": lambda: court.edit("Person/liis", {"/spec/state": "left"}),
        "acts for a maker": lambda: court.put(
            record("Delegation", "leave", {"state": "granted", "delegator": "liis", "delegate": "kadri", **DAYS})
        ),
        "is raised": lambda: court.edit("ApprovalRule/normal", {"/spec/require/0/count": 3, "/spec/serial": 2}),
        "holds no role": lambda: court.edit("Role/change-advisory-board", {"/spec/holders": [], "/spec/serial": 2}),
    }
    for deed in deeds.values():
        court.git("mari", "reset", "--quiet", "--hard", tip)
        deed()
        court.commit("rein", "Things change", at=later)
        assert owes(court) == ""
    court.git("mari", "reset", "--quiet", "--hard", tip)
    keys = court.get("Person/jaan")["spec"]["keys"]
    court.edit("Person/jaan", {"/spec/keys": [{**keys[0], "compromised_since": "2026-12-01T00:00:00Z"}]})
    court.commit("rein", "The key was stolen", at=later)
    assert "the full vote" in owes(court)


def test_who_takes_a_vote_back_before_all_is_paid_has_not_paid(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T06:00:00Z"
    court.votes("CHG-1", "liis", "jaan")
    court.commit("kadri", "Nothing", at="2026-12-02T07:00:00Z")
    court.vote("liis", "CHG-1", decision="withdraw")
    pay(court)
    word(court, day=3)  # mari is on the board, and reviews: her vote counts as any
    assert owes(court) == ""
    court.git("mari", "reset", "--quiet", "--hard", "HEAD~2")
    word(court, "sirje", day=3)
    assert "the full vote" in owes(court)


def test_a_vote_that_was_there_before_the_voter_left_pays_with_a_later_review(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T06:00:00Z"
    court.votes("CHG-1", "liis", "jaan")
    court.commit("kadri", "Nothing", at="2026-12-02T07:00:00Z")
    court.edit("Person/liis", {"/spec/state": "left"})
    court.commit("rein", "Leaves", at="2026-12-03T07:00:00Z")
    pay(court, day=4)
    review = {**AFTERWARDS["/spec/review"], "by": "sirje", "on": "2026-12-04"}
    court.edit(CHG, {"/spec/review": review})
    court.commit("kadri", "It was sirje", at="2026-12-04T09:30:00Z")
    assert "full vote" not in owes(court)
    word(court, "sirje", day=4)
    assert owes(court) == ""


# --- what landed decides whom the rules ask, and what votes have to be on


def test_an_emergency_does_not_choose_who_settles_its_debt(court: Court) -> None:
    rule = {"role": "service-manager"}
    court.edit(
        "ApprovalRule/normal",
        {"/spec/when": "items.exists(i, i.spec.environment == 'test')", "/spec/require": [{"role": "database-team"}]},
    )
    court.edit("ApprovalRule/high", {"/spec/when": None, "/spec/require": [rule, {"owner_of": "items"}]})
    court.commit("rein", "Production is the managers'")
    night(court, edits={"/spec/environment": "test", "/metadata/owner": "Role/emergency-approver"})
    pay(court, "jaan")
    word(court, "mari")
    assert "the full vote" in owes(court)  # neither the managers nor the database team, whose it was
    court.now = "2026-12-03T08:00:00Z"
    court.vote("sirje", "CHG-1")  # jaan is of the team whose it was, and arvo of those whose it became
    assert owes(court) == ""


@pytest.mark.parametrize("how", ["expires", "is cast anew"])
def test_a_vote_that_no_longer_counts_undoes_nothing_that_landed(court: Court, how: str) -> None:
    court.branch("early")
    court.put(INCIDENT)
    court.edit(DB, {"/spec/version": "1.0.9"})
    court.put(emergency("CHG-1", {DB: "change"}))
    own = {"/spec/requester": "kadri", "/spec/implementers": ["kadri"], "/spec/implementation": None}
    court.edit(CHG, {**CONTENT, **own})
    court.commit("kadri", "As it is shown")
    court.votes("CHG-1", "liis", "jaan")
    kept = court.repo.git("rev-parse", "HEAD")
    court.checkout("main")
    night(court, *(["--expires", "2026-12-01T22:31:00Z"] if how == "expires" else []), edits={"/spec/version": "6.6.6"})
    court.repo.git("checkout", "--quiet", kept, "--", "approvals")
    court.commit("kadri", "The votes of before", at="2026-12-01T23:00:00Z")
    if how != "expires":
        court.now = "2026-12-01T23:30:00Z"
        court.vote("arvo", "CHG-1", decision="withdraw")
    pay(court)
    word(court, "sirje")
    court.edit(CHG, {"/spec/review/by": "sirje"})
    court.commit("kadri", "Sirje")
    court.now = "2026-12-02T12:00:00Z"
    court.vote("sirje", "CHG-1")
    assert "the full vote" in owes(court)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_votes_pay_for_what_landed_however_it_was_merged(court: Court, how: str, there: bool) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1-rc"})
    court.commit("kadri", "Try", at="2026-12-01T22:18:00Z")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it", at="2026-12-01T22:19:00Z")
    court.put(emergency("CHG-1", {DB: "change"}))
    own = {"/spec/requester": "kadri", "/spec/implementers": ["kadri"], "/spec/implementation": None}
    court.edit(CHG, {**CONTENT, **own})
    written = court.commit("kadri", "Write it down", at="2026-12-01T22:20:00Z")
    court.votes("CHG-1", "arvo", "liis", "jaan")
    allowed(court, "OVERRIDDEN")
    if not there:
        court.repo.git("reset", "--quiet", "--hard", written)  # they were relayed, say
    court.merge("fix", how=how, at="2026-12-01T22:40:00Z")
    assert ("the full vote" in owes(court, "2026-12-02T06:00:00Z")) is not there
    if not there:
        shown = court.vote("liis", "CHG-1").stdout
        assert 'spec.version  "1.0.0" → "1.0.1"' in shown
        court.vote("jaan", "CHG-1")
        assert "the full vote" not in owes(court, "2026-12-02T07:00:00Z")


# --- limits


def limited(court: Court, number: int, at: str, *argv: str) -> set[str]:
    """The next emergency of the same item, minutes later, dated as the tip is."""
    court.checkout("main").branch(f"fix-{number}")
    court.edit(DB, {"/spec/version": f"1.0.{number}"})
    court.put(emergency(f"CHG-{number}", {DB: "change"}))
    court.edit(f"ChangeRequest/CHG-{number}", {"/spec/requester": "kadri", "/spec/implementers": ["kadri"]})
    court.commit("kadri", "Fix it", at=at)
    court.vote("arvo", f"CHG-{number}", *argv)
    found = court.gate().codes
    court.merge(f"fix-{number}", at=at)
    court.now = f"2026-12-01T22:4{number}:00Z"
    return found


def test_votes_that_expire_at_once_do_not_get_around_the_limit(court: Court) -> None:
    old = "2026-10-20T12:00:00Z"
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at=old)
    found = [limited(court, number, old, "--expires", f"{court.now[:-3]}30Z") for number in (1, 2, 3)]
    assert found == [set(), set(), {"EMERGENCY_LIMIT"}]


def part(court: Court, version: str, at: str) -> set[str]:
    """A further part of the emergency, as it goes on."""
    court.checkout("main").branch(f"part-{version}")
    court.edit(DB, {"/spec/version": version})
    court.commit("kadri", "And this\n\nChange: CHG-1", at=at)
    ran = court.run("arvo", "change", "approve", "CHG-1", "--key", str(court.keys["arvo"]), "--yes", "--base", "main")
    assert ran.code == 0, ran.stderr  # a vote that counts is signed without --anyway
    found = court.gate().codes
    if not found:
        court.merge(f"part-{version}", at=at)
    return found


def test_each_part_of_an_emergency_counts_in_the_limit(court: Court) -> None:
    night(court, apply="in-parts")
    court.now = "2026-12-01T22:50:00Z"
    assert part(court, "1.0.2", "2026-12-01T22:51:00Z") == set()
    court.now = "2026-12-01T23:00:00Z"
    assert part(court, "1.0.3", "2026-12-01T23:01:00Z") == {"EMERGENCY_LIMIT"}


def test_an_emergency_has_no_further_part_once_it_is_due(court: Court) -> None:
    night(court, apply="in-parts")
    court.now = "2026-12-06T22:30:00Z"
    assert part(court, "1.0.2", "2026-12-06T22:20:00Z") == set()
    court.checkout("main")
    court.git("mari", "reset", "--quiet", "--hard", "HEAD~1")
    court.repo.git("branch", "-D", "part-1.0.2")
    court.now = "2026-12-06T22:41:00Z"
    assert part(court, "1.0.2", "2026-12-06T22:40:30Z") == {"EMERGENCY_OVER"}


def test_what_comes_back_to_where_it_began_can_be_paid(court: Court) -> None:
    night(court, apply="in-parts")
    court.now = "2026-12-01T22:50:00Z"
    assert part(court, "1.0.0", "2026-12-01T22:51:00Z") == set()
    pay(court, "liis")
    assert "full vote" in owes(court)
    pay(court, "jaan")
    word(court)
    assert owes(court) == ""


# --- taken back, and refused


FALSE = {
    "/spec/state": "backed-out",
    "/spec/links": {"incidents": ["INC-1"], "problems": ["PRB-1"]},
    "/spec/implementation": {**AFTERWARDS["/spec/implementation"], "result": "backed-out", "cause": "It failed."},
}
PROBLEM = record(
    "Problem",
    "PRB-1",
    {
        "state": "recorded",
        "category": "software",
        "impact": "high",
        "urgency": "high",
        "priority": "high",
        "reported_at": "2026-12-02T08:00:00Z",
        "assigned_to": "Person/rein",
        "incidents": ["INC-1"],
    },
    "Role/service-manager",
)


def said_to_be_back(court: Court) -> Judged:
    """What the gate says where a change that is not back says that it was backed out."""
    court.now = "2026-12-02T01:00:00Z"
    court.branch("back")
    court.edit(CHG, {**FALSE, "/spec/links": {"incidents": ["INC-1"]}})
    court.commit("kadri", "Backed out", at="2026-12-02T00:50:00Z")
    judged = court.gate()
    assert "NOT_BACK" in judged.codes
    return judged


@pytest.mark.parametrize("class_", ["emergency", "normal"])
def test_what_was_not_taken_back_does_not_say_that_it_was(court: Court, class_: str) -> None:
    if class_ == "emergency":
        night(court)
    else:
        court.put(INCIDENT)
        court.commit("jaan", "Nobody can lend", at="2026-11-30T11:00:00Z")
        court.branch("fix")
        court.edit(DB, {"/spec/version": "1.0.1"})
        court.put(change("CHG-1", {DB: "change"}))
        court.commit("jaan", "Update")
        court.votes("CHG-1", "liis", "kadri")
        allowed(court)
        court.merge("fix", at="2026-12-01T22:40:00Z")
    judged = said_to_be_back(court)
    assert "ConfigurationItem/db-01 is not as it was before it" in judged.says
    court.edit(CHG, {"/spec/state": "failed", "/spec/implementation/result": "failed"})
    court.commit("kadri", "It failed", at="2026-12-02T00:55:00Z")
    assert "NOT_BACK" not in court.gate().codes


def test_what_it_did_and_nobody_can_tell_is_not_said_to_be_back(court: Court) -> None:
    court.put(INCIDENT)
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Past the gate", at="2026-11-30T11:00:00Z")
    for _ in range(52):  # further back than is looked
        court.git("jaan", "commit", "--quiet", "--allow-empty", "-m", "More")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Begun", at="2026-12-01T22:40:00Z")
    judged = said_to_be_back(court)
    assert f"whether {DB} is as before it cannot be told" in judged.says
    typed = "change move CHG-1 failed --set implementation.result=failed"
    assert f"itsmctl {typed}" in judged.says
    ran = court.run("kadri", *typed.split())
    assert "wrote records/changes/CHG-1.yaml" in ran.stdout, ran.stdout + ran.stderr
    court.commit("kadri", "It failed", at="2026-12-02T00:55:00Z")
    assert "NOT_BACK" not in court.gate().codes


def test_a_change_is_not_taken_back_by_half(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-11-30T11:00:00Z")
    court.branch("fix")
    for ref in (DB, APP):
        court.edit(ref, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "Update")
    court.votes("CHG-1", "liis", "kadri")
    court.merge("fix", at="2026-12-01T22:40:00Z")
    court.now = "2026-12-02T01:00:00Z"
    court.branch("back")
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.edit(CHG, {**FALSE, "/spec/links": {"incidents": ["INC-1"]}})
    court.commit("jaan", "Backed out", at="2026-12-02T00:50:00Z")
    judged = court.gate()
    assert "NOT_BACK" in judged.codes
    assert "ConfigurationItem/app-01 is not as it was before it" in judged.says
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.commit("jaan", "All of it", at="2026-12-02T00:55:00Z")
    assert "NOT_BACK" not in court.gate().codes


def test_a_veto_before_all_is_paid_stands_against_the_votes(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T06:00:00Z"
    court.votes("CHG-1", "liis", "jaan")
    court.commit("kadri", "Nothing", at="2026-12-02T07:00:00Z")
    court.now = "2026-12-02T07:30:00Z"
    court.vote("pille", "CHG-1", decision="reject")
    pay(court)
    word(court)
    assert "to be backed out, as it was refused" in owes(court)


def test_a_reject_by_whom_nobody_asks_settles_nothing(court: Court) -> None:
    night(court)
    court.put(PROBLEM)
    court.edit(CHG, FALSE)
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.commit("kadri", "Take it back", at="2026-12-02T07:00:00Z")
    court.now = "2026-12-02T08:00:00Z"
    court.vote("arvo", "CHG-1", decision="reject")
    assert "the full vote" in owes(court)
    shown = court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout
    assert "refuses it (itsmctl change reject CHG-1) and spec.links.problems" in " ".join(shown.split())
    court.now = "2026-12-02T09:00:00Z"
    court.vote("liis", "CHG-1", decision="reject")
    assert owes(court) == ""


def test_a_refused_one_is_back_before_it_is_settled(court: Court) -> None:
    night(court)
    court.put(PROBLEM)
    court.edit(CHG, FALSE)
    court.commit("kadri", "Past the gate", at="2026-12-02T07:00:00Z")
    court.now = "2026-12-02T08:00:00Z"
    court.vote("liis", "CHG-1", decision="reject")
    assert "ConfigurationItem/db-01 to be back as before it" in owes(court)
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.commit("jaan", "Really", at="2026-12-02T10:00:00Z")
    assert owes(court) == ""


# --- reviews


def test_a_name_that_is_typed_is_no_review(court: Court) -> None:
    night(court)
    pay(court, "liis", "jaan")
    assert "mari's own word" in owes(court)
    court.edit(CHG, {"/spec/review/side_effects": "A few."})
    court.commit("mari", "As typed", at="2026-12-02T09:10:00Z")  # who has a key signs
    assert "mari's own word" in owes(court)
    court.now = "2026-12-02T09:20:00Z"
    court.branch("word")
    court.vote("mari", "CHG-1")
    court.edit(CHG, {"/spec/review/side_effects": "None at all."})
    court.commit("kadri", "Better", at="2026-12-02T09:30:00Z")  # she has not seen that
    court.merge("word", at="2026-12-02T09:40:00Z")
    assert "mari's own word" in owes(court)
    court.vote("mari", "CHG-1")
    assert owes(court) == ""


def test_a_signed_commit_is_a_word_for_the_review(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T08:00:00Z"
    court.votes("CHG-1", "liis", "jaan")
    court.edit(CHG, {at: value for at, value in AFTERWARDS.items() if at in ("/spec/implementation", "/spec/state")})
    court.edit(CHG, {"/spec/review": {**AFTERWARDS["/spec/review"], "on": "2026-12-02"}})
    court.repo.git("add", "--all")
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={court.keys['kadri']}")
    court.git("mari", *signing, "commit", "--quiet", "-S", "-m", "Not with her key")
    assert "mari's own word" in owes(court)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={court.keys['mari']}")
    court.git("mari", *signing, "commit", "--quiet", "--amend", "--reset-author", "-S", "-m", "Review")
    assert owes(court) == ""


def test_nor_is_one_of_somebody_who_never_had_a_key(court: Court) -> None:
    court.put(person("uno", None))
    court.commit("rein", "No key")
    night(court)
    pay(court, "liis", "jaan")
    court.edit(CHG, {"/spec/review/by": "uno"})
    court.commit("kadri", "It was uno", at="2026-12-02T09:10:00Z")
    assert "uno's own word" in owes(court)
    court.edit(CHG, {"/spec/review/side_effects": "None at all."})
    court.commit("uno", "His review, by kadri", at="2026-12-02T09:20:00Z")
    assert "uno has no key to sign it with; put one into Person/uno, or let others review it" in owes(court)


@pytest.mark.parametrize("loss", ["runs out", "is retired", "is taken away"])
def test_who_had_a_key_signs_whatever_became_of_it(court: Court, loss: str) -> None:
    key = court.get("Person/ene")["spec"]["keys"][0]
    ends = {"runs out": "valid_until", "is retired": "retired_at"}
    left = [{**key, ends[loss]: "2026-11-29T00:00:00Z"}] if loss in ends else None
    court.edit("Person/ene", {"/spec/keys": left})
    court.commit("rein", f"The key {loss}")
    night(court)
    pay(court, "liis", "jaan")
    court.edit(CHG, {"/spec/review/by": "ene", "/spec/review/side_effects": "None at all."})
    court.commit("ene", "Her review, by kadri", at="2026-12-02T09:20:00Z")
    assert "ene's own word" in owes(court)


def test_who_rejects_or_takes_it_back_has_reviewed_nothing(court: Court) -> None:
    night(court)
    pay(court, "liis", "jaan")
    court.edit(CHG, {"/spec/review/by": "rein"})
    court.commit("kadri", "It was rein", at="2026-12-02T09:10:00Z")
    for hour, decision, owing in (
        (10, "reject", True),
        (11, "approve", False),
        (12, "withdraw", True),  # his word was taken back, although all was paid once
        (13, "approve", False),
    ):
        court.now = f"2026-12-02T{hour}:00:00Z"
        ran = court.vote("rein", "CHG-1", decision=decision)
        assert "side_effects: None." in ran.stdout
        assert ("rein's own word" in owes(court)) is owing, decision
    court.edit(CHG, {"/spec/state": "closed"})
    court.commit("kadri", "Done", at="2026-12-03T09:00:00Z")
    court.now = "2026-12-04T08:00:00Z"
    court.vote("rein", "CHG-1", decision="withdraw")
    assert owes(court) == ""  # nobody could write another review any more


def test_a_review_is_of_work_that_is_over(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T06:00:00Z"
    court.edit(CHG, {"/spec/review": {**AFTERWARDS["/spec/review"], "on": "2026-12-02"}})
    court.commit("kadri", "So it went", at="2026-12-02T05:30:00Z")
    for voter in ("liis", "jaan", "mari"):
        court.vote(voter, "CHG-1")
    assert "mari's own word" in owes(court)
    pay(court)
    assert "mari's own word" in owes(court)
    word(court)
    assert owes(court) == ""


def test_a_commit_of_others_in_the_name_of_the_reviewer_is_no_word(court: Court) -> None:
    court.put(person("uno", None))
    court.put(person("villu", None, active_to="2026-12-01"))
    court.commit("rein", "No keys")
    night(court)
    pay(court, "liis", "jaan")
    written = court.repo.git("rev-parse", "HEAD")
    for author, committer, trailer in (
        ("uno", "kadri", ""),
        ("uno", "uno", "\n\nCo-authored-by: Kadri <kadri@town.example>"),
        ("villu", "villu", ""),  # he has left
    ):
        court.git("mari", "reset", "--quiet", "--hard", written)
        court.edit(CHG, {"/spec/review/by": author})
        court.commit(author, f"My review{trailer}", committer, at="2026-12-02T09:20:00Z")
        assert owes(court) != "", (author, committer)


def test_a_word_that_was_given_stays_given_when_the_reviewer_leaves(court: Court) -> None:
    night(court)
    pay(court)
    word(court)
    court.edit("Person/mari", {"/spec/active_to": "2026-12-03"})
    court.commit("rein", "Mari leaves", at="2026-12-03T08:00:00Z")
    court.now = "2026-12-05T08:00:00Z"
    for voter in ("liis", "jaan"):
        court.vote(voter, "CHG-1")
    assert owes(court) == ""


def test_an_emergency_owes_no_less_than_a_normal_change_needs(court: Court) -> None:
    board = {"role": "change-advisory-board"}
    court.put(rule("as-ever", "change.spec.class == 'normal'", [{**board, "count": 3}]))
    court.put(rule("at-night", "change.spec.class == 'emergency'", [{"role": "security-manager"}], veto=[]))
    court.commit("rein", "Rules by class")
    night(court)
    pay(court, "liis", "jaan", "mari", "pille")
    word(court)
    assert "the full vote" in owes(court)
    court.now = "2026-12-03T08:00:00Z"
    court.vote("tonu", "CHG-1")
    assert owes(court) == ""


def test_the_head_that_brings_what_is_owed_is_told_the_next_step(court: Court) -> None:
    night(court)
    court.branch("catch-up")
    pay(court, "liis", "jaan")

    def steps() -> list[str]:
        (note,) = [one for one in walk(court.gate().verdict) if one["code"] == "OWES"]
        return list(note["details"]["steps"])

    (step,) = steps()
    assert step.startswith("mari's own word for the review")
    assert "itsmctl change approve CHG-1" in step
    court.vote("mari", "CHG-1")
    assert steps() == ["merge this head, which brings it"]
    court.merge("catch-up", at="2026-12-02T12:00:00Z")
    assert owes(court) == ""


# --- until when a verdict holds

DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "a role ends": ("Role/change-advisory-board", {"/spec/holders/0/to": "2026-12-01", "/spec/serial": 2}),
    "a person leaves": ("Person/liis", {"/spec/active_to": "2026-12-01"}),
    "an owner joins": ("Person/ene", {"/spec/active_from": "2026-12-02"}),
    "a key ends": ("Person/liis", {"/spec/keys/0/valid_until": "2026-12-02T00:00:00Z"}),
    "a vote ends": ("", {}),
    "a delegation begins": (
        "Delegation/leave",
        {"state": "granted", "delegator": "liis", "delegate": "jaan", **DAYS, "from": "2026-12-02"},
    ),
    "a delegation ends": (
        "Delegation/leave",
        {"state": "granted", "delegator": "liis", "delegate": "arvo", **DAYS, "from": "2026-11-20", "to": "2026-12-01"},
    ),
    "a debt falls due": ("", {}),
    "the window ends": ("", {}),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_verdict_holds_until_the_first_of_what_begins_or_ends(court: Court, deed: str) -> None:
    ref, edits = DEEDS[deed]
    ends = "2026-12-02T00:00:00Z"
    voter, argv = ("arvo" if deed == "a delegation ends" else "liis"), []
    if deed == "a delegation ends" or deed == "a delegation begins":
        court.put(record("Delegation", "leave", edits))
    elif ref:
        court.edit(ref, edits)
    if deed == "an owner joins":
        court.edit(
            "Role/service-manager", {"/spec/holders": [{"person": "ene", "from": "2020-01-01"}], "/spec/serial": 2}
        )
        court.edit(DB, {"/metadata/owner": "Role/service-manager"})
        court.edit("ApprovalRule/normal", {"/spec/serial": 2})
        court.repo.write(
            "itsm.yaml", (court.repo.path / "itsm.yaml").read_text().replace("service-manager", "database-team")
        )
    court.commit("rein", "So it is", at="2026-11-20T08:00:00Z")
    if deed == "a debt falls due":
        court.put(emergency("CHG-9", {APP: "change"}))
        court.edit(APP, {"/spec/version": "1.0.9"})
        court.commit("kadri", "An emergency", at="2026-11-30T13:00:00Z")
        ends = court.repo.git("log", "-1", "--format=%cI").replace("2026-11-30", "2026-12-05").replace("+00:00", "Z")
    schedule = {"start": "2026-12-01T22:00:00Z", "end": ends if deed == "the window ends" else LONG["end"]}
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, schedule=schedule))
    court.commit("jaan", "Update")
    argv = ["--expires", ends] if deed == "a vote ends" else []
    court.vote(voter, "CHG-1", *argv)
    court.vote("kadri", "CHG-1")
    until = str(allowed(court)["details"]["valid_until"])
    if len(until) == 17:
        until = until.replace("Z", ":00Z")
    assert until == ends
    simulated = ("--simulate", "--at")
    before = ends.replace("T00:00:00Z", "").replace("2026-12-02", "2026-12-01T23:59:59Z")
    if deed != "a debt falls due":
        assert court.gate(*simulated, before).code == 0
    assert court.gate(*simulated, ends.replace("0Z", "1Z") if ends.endswith("0Z") else ends).code == 1


TIMED = """\
apiVersion: itsm/v1
kind: Policy
metadata: {{name: TOWN-01, title: Nothing moves at night}}
spec:
  process: testing
  basis: house
  severity: error
  description: At night nobody is here to look after what moves.
  match: {{kind: ConfigurationItem}}
  assert: "{check}"
  message: "'it is night'"
  remediation: Wait until the morning.
  examples:
    - {{name: in the morning, record: {{spec: {{type: server, state: live}}}}, expect: pass}}
    - {{name: at night, record: {{spec: {{type: server, state: live}}}}, expect: fail}}
"""
"""A rule of the repository itself."""


def test_a_verdict_ends_where_what_rules_ask_turns(court: Court) -> None:
    board = [{"role": "change-advisory-board", "count": 2}]
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    for voter in ("liis", "kadri"):
        court.vote(voter, "CHG-1")
    turn = "timestamp('2026-12-02T00:00:00Z')"
    window = ("2026-12-02T02:00Z", "the window ends")
    turns = ("2026-12-02T00:00Z", "the rule later is another from then on")
    night = "the rule TOWN-01 finds something from then on"
    anew = "and not only against a fixed timestamp, so that it is asked anew after 1 h"
    for when, check, ends in (
        (f"as_of >= {turn}", "", turns),
        (f"as_of > {turn}", "", turns),
        (f"{turn} == as_of", "", turns),
        (f"!(as_of < {turn}) || as_of < timestamp('2026-01-01T00:00:00Z')", "", turns),
        ("as_of < timestamp('2026-12-01T22:00:00Z')", "", window),
        (f"as_of >= {turn} && change.spec.risk.level == 'high'", "", window),
        ("as_of.getHours() == 1", "", ("2026-12-01T23:30Z", anew)),
        ("string(as_of) > '2026-12-02'", "", ("2026-12-01T23:30Z", anew)),
        (f"as_of - duration('1h') > {turn}", "", ("2026-12-01T23:30Z", anew)),
        ("", f"as_of < {turn}", window),  # the base has that as well by then
        ("", f"as_of < {turn} || self.spec.version == '1.0.0'", ("2026-12-02T00:00Z", night)),
        ("", f"as_of < {turn} || self.spec.version == '1.0.1'", window),
        ("", "as_of.getHours() > 6", ("2026-12-01T23:30Z", "the rule TOWN-01 reads the time")),
    ):
        court.checkout("main")
        if when:
            court.put(rule("later", when, board))
        else:
            (court.repo.path / "records/approval-rules/later.yaml").unlink(missing_ok=True)
            court.repo.write("policies/TOWN-01.yaml", TIMED.format(check=check))
        court.commit("rein", "Rules")
        court.checkout("pr")
        details = allowed(court)["details"]
        assert details["valid_until"] == ends[0], (when, check)
        assert ends[1] in str(details["ends_with"])
        if "23:30" not in ends[0]:
            later = court.gate("--simulate", "--at", f"2026-12-02T00:00:0{0 if '== as_of' in when else 1}Z")
            assert later.code == (ends[0] == turns[0]), (when, check)


def test_a_verdict_ends_where_a_shipped_rule_that_counts_days_finds_something(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Begun")
    court.branch("done")
    done = {key: value for key, value in AFTERWARDS["/spec/implementation"].items() if not key.startswith("verified")}
    court.edit(CHG, {"/spec/state": "implemented", "/spec/implementation": done})
    court.commit("jaan", "Done", at="2026-12-01T22:25:00Z")
    details = allowed(court)["details"]
    assert "CHG-19 finds something" in str(details["ends_with"])
    ends = str(details["valid_until"])
    assert court.gate("--simulate", "--at", ends if ends.count(":") > 1 else ends.replace("Z", ":00Z")).code == 1


# --- what the desk says of it


def test_moving_an_emergency_on_says_what_it_owes_as_long_as_it_does(court: Court) -> None:
    night(court)
    pay(court, "liis", "jaan")
    owing = court.run("kadri", "change", "close", "CHG-1")
    assert "CHG-1 owes mari's own word for the review" in " ".join(owing.stderr.split()), owing.stderr
    assert "full vote" not in owing.stderr  # which is paid
    assert owing.code == 2
    word(court)
    assert "owes" not in court.run("kadri", "change", "close", "CHG-1").stdout


def test_moving_a_change_on_names_what_rules_ask_for_then(court: Court) -> None:
    done = {key: value for key, value in FALSE["/spec/implementation"].items() if not key.startswith("verified")}
    court.put(change("CHG-1", {DB: "change"}, state="backed-out", implementation=done))
    court.edit(CHG, {"/spec/links": {"incidents": ["INC-1"]}, "/spec/review": AFTERWARDS["/spec/review"]})
    court.commit("kadri", "Take it back", at="2026-11-30T07:00:00Z")
    ran = court.run("kadri", "change", "close", "CHG-1")
    assert "asked for by rules now:" in ran.stdout, ran.stderr
    assert "CHG-12: " in ran.stdout


def test_a_new_emergency_is_told_its_own_way(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    told = ("reason=Nobody can lend.", "emergency.incident=INC-1", "emergency.authorised_by=arvo")
    why = [word for one in (*told, "emergency.justification=All is shut.") for word in ("--set", one)]
    ran = court.run(
        "kadri", "change", "new", "CHG-1", "--from-diff", "--set", "class=emergency", *why, "--base", "main"
    )
    assert ran.code == 0, ran.stderr
    assert "change submit" not in ran.stdout
    command = next(
        line for line in ran.stdout.splitlines() if line.startswith("itsmctl change move CHG-1 implementing")
    )
    assert "itsmctl change approve CHG-1" in command
    assert court.run("kadri", *command.partition(",")[0].split()[1:]).code == 0
    court.commit("kadri", "Write it down", at="2026-12-01T22:25:00Z")
    court.vote("arvo", "CHG-1")
    assert court.gate().codes == set()


# --- what an emergency did is told by what the gate covered by it


def overridden(court: Court, *, gap: int = 0, trailer: str = "", before: bool = False) -> None:
    """An emergency whose edit names another change, and may lie before it; arvo lets it through."""
    court.branch("fix")
    court.edit(DB, {"/spec/version": "6.6.6", "/metadata/owner": "Role/change-advisory-board"})
    if before:
        court.commit("kadri", f"Fix it{trailer}", at="2026-12-01T22:18:00Z")
    for _ in range(gap):
        court.commit("kadri", "Nothing", at="2026-12-01T22:19:00Z")
    court.put(emergency("CHG-1", {DB: "change"}))
    own = {"/spec/requester": "kadri", "/spec/implementers": ["kadri"], "/spec/implementation": None}
    court.edit(CHG, {**CONTENT, **own})
    if trailer:
        court.edit("ChangeRequest/CHG-9", {"/spec/state": "failed", "/spec/links": {"incidents": ["INC-1"]}})
        done = {**FALSE["/spec/implementation"], "result": "failed"}
        court.edit("ChangeRequest/CHG-9", {"/spec/implementation": done})
    court.commit("kadri", f"Write it down{trailer}", at="2026-12-01T22:20:00Z")
    court.vote("arvo", "CHG-1")
    allowed(court, "OVERRIDDEN")


def still_owes(court: Court) -> None:
    """Neither is it taken back by a word, nor is the vote on nothing."""
    court.now = "2026-12-02T01:00:00Z"
    court.branch("back")
    court.edit(CHG, {**FALSE, "/spec/links": {"incidents": ["INC-1"]}})
    court.commit("kadri", "Backed out", at="2026-12-02T00:50:00Z")
    assert "NOT_BACK" in court.gate().codes
    court.checkout("main")
    shown = " ".join(court.vote("mari", "CHG-1").stdout.split())
    assert 'spec.version "1.0.0" → "6.6.6"' in shown
    court.vote("liis", "CHG-1")
    assert "the full vote" in owes(court)  # the owners of before are asked as well


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_a_trailer_takes_no_edit_away_from_an_emergency(court: Court, how: str) -> None:
    court.put(INCIDENT)
    court.put(change("CHG-9", {DB: "change"}))
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    overridden(court, trailer="\n\nChange: CHG-9", before=how == "rebase")
    court.merge("fix", how=how, at="2026-12-01T22:40:00Z")
    still_owes(court)


def test_an_edit_before_the_record_is_its_own_however_far_before(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    overridden(court, gap=52, before=True)
    kept = court.repo.git("rev-parse", "HEAD")
    # a vote that the head takes out again, or that is only handed over, tells nobody what it did
    court.repo.git("rm", "-r", "--quiet", "approvals")
    court.commit("kadri", "Tidy up", at="2026-12-01T22:25:00Z")
    judged = court.gate()
    assert judged.codes == {"EMERGENCY_VOTE"}
    assert judged.ignored == {}
    assert "has to land with the emergency" in judged.says
    court.repo.git("reset", "--quiet", "--hard", kept)
    court.merge("fix", how="rebase", at="2026-12-01T22:40:00Z")
    court.now = "2026-12-01T22:50:00Z"
    court.branch("more")
    court.edit(DB, {"/spec/version": "7.7.7"})
    court.commit("kadri", "And this\n\nChange: CHG-1", at="2026-12-01T22:45:00Z")
    assert "LINES_APART" in court.vote("arvo", "CHG-1").stderr
    assert "LINES_APART" in court.gate().codes
    court.checkout("main")
    still_owes(court)


# --- what owes something is not closed


def test_what_owes_something_is_not_closed(court: Court) -> None:
    night(court)
    court.branch("close")
    pay(court)
    court.now = "2026-12-02T10:00:00Z"
    ran = court.run("kadri", "change", "close", "CHG-1")
    assert ran.code == 2
    assert "leave it" in ran.stderr
    court.edit(CHG, {"/spec/state": "closed"})
    court.commit("kadri", "Done", at="2026-12-02T09:10:00Z")
    assert court.gate().codes == {"STILL_OWES"}
    court.edit(CHG, {"/spec/state": "reviewed"})
    court.commit("kadri", "Not yet", at="2026-12-02T09:20:00Z")
    court.git("kadri", "reset", "--quiet", "--soft", "main")
    court.commit_staged("kadri", "Reviewed", at="2026-12-02T09:30:00Z")
    allowed(court)
    court.merge("close", at="2026-12-02T09:40:00Z")
    for voters, outcome in ((("liis", "jaan"), False), (("mari",), True)):
        court.branch(f"pay-{voters[0]}")
        court.votes("CHG-1", *voters)
        court.edit(CHG, {"/spec/state": "closed"})
        court.commit("kadri", "Done", at="2026-12-02T09:50:00Z")
        assert (court.gate().code == 0) is outcome  # with all that was lacking, it may be closed
        if not outcome:
            court.git("kadri", "reset", "--quiet", "--hard", "HEAD~")
        court.merge(f"pay-{voters[0]}", at="2026-12-02T10:20:00Z")
    assert owes(court) == ""
    court.branch("more")
    court.edit(CHG, {"/spec/review/objectives_met": False})
    court.commit("kadri", "Now it is paid")
    assert "CLOSED" in court.gate().codes


def test_what_was_closed_past_the_gate_is_still_paid(court: Court) -> None:
    night(court)
    pay(court, "liis", "jaan")
    court.edit(CHG, {"/spec/state": "closed", "/spec/review/by": "kadri"})
    court.commit("kadri", "Past the gate", at="2026-12-02T09:10:00Z")
    assert "somebody who did not make it" in owes(court)
    for edits, code in (
        ({"/spec/state": "reviewed"}, "CLOSED"),
        ({"/spec/reason": "Another one."}, "AMENDED"),
        ({"/spec/class": "normal"}, "CLASS_FIXED"),
        ({"/spec/implementation/result": "backed-out"}, "NOT_BACK"),
        ({"/spec/state": "implementing"}, "CLOSED"),
    ):
        court.branch(code + str(court.made))
        court.edit(CHG, edits)
        court.commit("kadri", "Something else", at="2026-12-02T09:20:00Z")
        assert code in court.gate().codes
        court.checkout("main")
    court.branch("pay")
    court.edit(CHG, {"/spec/review": {**AFTERWARDS["/spec/review"], "on": "2026-12-02"}})
    court.commit("kadri", "Mari reviewed it", at="2026-12-02T09:30:00Z")
    court.now = "2026-12-02T10:00:00Z"
    court.vote("mari", "CHG-1")
    allowed(court)
    court.merge("pay", at="2026-12-02T10:20:00Z")
    assert owes(court) == ""


def test_one_that_is_refused_once_its_work_is_over_is_put_back_by_another_change(court: Court) -> None:
    night(court)
    done = {at: value for at, value in AFTERWARDS.items() if at == "/spec/implementation"}
    for state in ("implemented", "closed"):
        court.edit(CHG, {**done, "/spec/state": state})
        court.commit("kadri", "It was done", at="2026-12-02T07:30:00Z")
        if state == "implemented":
            court.now = "2026-12-02T08:00:00Z"
            court.vote("liis", "CHG-1", "--reason", "No.", decision="reject")
        said = owes(court)
        assert "itsmctl change new --from-diff --set follows_up=CHG-1" in said
        assert f"itsmctl change move CHG-1 {'closed' if state == 'closed' else 'reviewed'} --set" in said
        assert "change backout" not in said
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.commit("kadri", "Past the gate, for short", at="2026-12-03T08:00:00Z")
    assert "follows_up" not in owes(court)
    court.now = "2026-12-03T10:00:00Z"
    court.branch("say")
    words = "--set implementation.result=backed-out --set implementation.cause=Refused. --set links.problems=[PRB-1]"
    court.put(record("Problem", "PRB-1", {"state": "open", "severity": "low", "opened": "2026-12-02T09:00:00Z"}))
    ran = court.run("kadri", "change", "move", "CHG-1", "closed", *words.split())
    assert ran.code == 0, ran.stderr + ran.stdout
    court.commit("kadri", "Say so", at="2026-12-03T09:00:00Z")
    assert "CLOSED" not in court.gate().codes
    court.merge("say", at="2026-12-03T09:30:00Z")
    assert owes(court) == ""
