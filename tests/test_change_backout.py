"""`change backout`: what a change did is taken back from history, so that the gate allows it under its own votes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from court import Court, change, record
from test_gate_flows import DONE, INCIDENT, REVIEW

DB = "ConfigurationItem/db-01"
APP = "ConfigurationItem/app-01"
WHY = ("--incident", "INC-1", "--set", "implementation.cause=The test loan failed.")


def went_wrong(court: Court) -> None:
    """The branch pr is let through, and an incident comes of it."""
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says
    court.merge("pr")
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend")
    court.branch("back")


def implementing(court: Court, items: dict[str, str], do: Any, **spec: Any) -> None:
    """CHG-1 was merged with what it did, and an incident came of it."""
    court.branch("pr")
    do()
    court.put(change("CHG-1", items, **spec))
    court.commit("jaan", "Update")
    court.votes("CHG-1", "liis", "kadri")
    went_wrong(court)


def bump(court: Court) -> Any:
    return lambda: court.edit(DB, {"/spec/version": "1.0.1"})


def test_the_gate_allows_what_it_writes(court: Court, tmp_path: Path) -> None:
    file = court.repo.path / "records/configuration-items/db-01.yaml"
    file.write_bytes(b"# as it was, with its comment\n" + file.read_bytes())
    court.commit("mari", "A comment")
    before = file.read_bytes()
    implementing(court, {DB: "change"}, bump(court))
    assert file.read_bytes() != before
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert file.read_bytes() == before
    spec = court.get("ChangeRequest/CHG-1")["spec"]
    assert (spec["state"], spec["links"]) == ("backed-out", {"incidents": ["INC-1"]})
    assert spec["implementation"]["result"] == "backed-out"
    assert spec["implementation"]["by"] == ["jaan"]
    assert "under the votes on CHG-1 until 2026-12-02T03:00Z" in ran.stdout
    court.commit("jaan", "Take it back")
    judged = court.gate("--receipt", str(tmp_path / "receipt.json"))
    assert judged.outcome == "ALLOWED", judged.says
    predicate = json.loads((tmp_path / "receipt.json").read_bytes())["predicate"]
    assert (predicate["valid_until"], predicate["ends_with"]) == (
        "2026-12-02T03:00:00Z",
        "the time to take it back ends",
    )
    (one,) = predicate["changes"]
    assert {vote["subject"] for vote in one["used"]} == {one["subject"]}  # what the change did was voted on
    assert [line["name"] for line in one["lines"]] == ["db-01"]


def test_records_that_were_added_go_and_those_removed_come_back(court: Court) -> None:
    def work() -> None:
        court.remove(DB)
        court.edit("Service/loans", {"/spec/components": [{"item": "app-01"}, {"item": "db-02"}]})
        spec = {"type": "database", "state": "live", "version": "2.0.0", "environment": "production"}
        court.put(record("ConfigurationItem", "db-02", spec, "Role/database-team"))
        court.repo.write(".gitattributes", "records/** text eol=lf\n# more\n")

    new = "ConfigurationItem/db-02"
    court.branch("start")
    items = {DB: "remove", new: "add", "Service/loans": "change", "File/.gitattributes": "change"}
    court.checkout("main")
    court.branch("pr")
    work()
    court.put(change("CHG-1", items))
    court.commit("jaan", "Update")
    court.votes("CHG-1", "liis", "kadri", "rein", "sirje")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says
    court.merge("pr")
    court.put({**INCIDENT, "spec": {**INCIDENT["spec"], "items": ["app-01"]}})
    court.commit("mari", "Nobody can lend")
    court.branch("back")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert court.repo.git("status", "--porcelain") == ""
    assert (
        court.repo.git("diff", "--name-only", "start", "HEAD", "--", "records/configuration-items", "records/services")
        == ""
    )
    assert court.repo.git("diff", "--name-only", "start", "HEAD", "--", ".gitattributes") == ""
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_a_commit_holds_nothing_else(court: Court) -> None:
    implementing(court, {DB: "change"}, bump(court))
    court.repo.write("staged.txt", "staged\n")
    court.repo.git("add", "staged.txt")
    court.repo.write("README.md", "edited\n")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert court.repo.git("show", "--name-only", "--format=", "HEAD").split() == [
        "records/changes/CHG-1.yaml",
        "records/configuration-items/db-01.yaml",
    ]
    assert court.repo.git("status", "--porcelain").splitlines() == ["A  staged.txt", "?? README.md"]
    assert court.gate().outcome == "ALLOWED"


def test_without_an_incident_it_says_what_to_add(court: Court) -> None:
    implementing(court, {DB: "change"}, bump(court))
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main")
    assert (ran.code, "--incident" in ran.stderr, "implementation.cause" in ran.stderr) == (2, True, True)
    assert court.repo.git("status", "--porcelain") == ""
    assert court.run("jaan", "change", "backout", "CHG-1", "--base", "main", "--commit").code == 2
    assert court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY).code == 0
    assert court.get(DB)["spec"]["version"] == "1.0.0"
    cause = "implementation.cause=The test loan failed twice."
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", "--incident", "INC-1", "--set", cause)
    assert (ran.code, court.get(DB)["spec"]["version"]) == (0, "1.0.0"), ran.stderr
    assert court.get("ChangeRequest/CHG-1")["spec"]["implementation"]["cause"] == "The test loan failed twice."
    court.commit("jaan", "Take it back")
    assert court.gate().outcome == "ALLOWED"


@pytest.mark.parametrize(
    ("who", "now", "says"),
    [
        ("kadri", "2026-12-01T22:30:00Z", "not among its implementers"),
        ("jaan", "2026-12-02T03:00:00Z", "ended 2026-12-02T03:00Z"),
    ],
)
def test_what_the_gate_would_deny_is_said_before(court: Court, who: str, now: str, says: str) -> None:
    implementing(court, {DB: "change"}, bump(court))
    court.now = now
    ran = court.run(who, "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, says in ran.stdout) == (1, True), ran.stdout
    court.commit(who, "Take it back")
    assert court.gate().outcome == "DENIED"


def test_of_a_change_in_parts_only_what_has_come_is_taken_back(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change", APP: "change"}, state="approved", apply="in-parts")
    for item in planned["spec"]["items"]:
        item["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan both")
    court.votes("CHG-1", "liis", "kadri")
    court.merge("plan")
    court.branch("first")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    court.merge("first")
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend")
    court.branch("back")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "app-01" not in ran.stdout
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_what_was_edited_since_is_not_undone(court: Court) -> None:
    implementing(court, {DB: "change"}, bump(court))
    court.checkout("main")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "A later edit")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, "undo what came later" in ran.stderr) == (3, True)
    assert court.repo.git("status", "--porcelain") == ""


def test_only_a_change_that_is_implementing_is_backed_out(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}, state="draft"))
    court.commit("jaan", "A draft")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, "is draft at the base" in ran.stderr) == (2, True)
    ran = court.run("jaan", "change", "backout", "CHG-2", "--base", "main", *WHY)
    assert ran.code == 2


def test_a_work_tree_that_is_elsewhere_is_left_as_it_is(court: Court) -> None:
    implementing(court, {DB: "change"}, bump(court))
    court.edit(DB, {"/spec/version": "7.0.0"})
    before = court.repo.git("status", "--porcelain")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, "Begin a branch where the target stands" in ran.stderr) == (3, True)
    assert court.repo.git("status", "--porcelain") == before
    assert court.get("ChangeRequest/CHG-1")["spec"]["state"] == "implementing"


# --- what it follows up


def without_incident(court: Court) -> None:
    """CHG-1 was merged; nobody wrote an incident yet."""
    implementing(court, {DB: "change"}, bump(court))
    court.checkout("main")
    court.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    court.repo.git("branch", "-D", "back")
    court.branch("back")


def test_an_incident_that_is_in_no_commit_is_committed_with_it(court: Court) -> None:
    without_incident(court)
    court.put(INCIDENT)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert (ran.code, court.gate().outcome) == (0, "ALLOWED"), ran.stdout + ran.stderr
    assert "records/incidents/INC-1.yaml" in ran.stdout
    assert court.repo.git("status", "--porcelain") == ""


def test_an_incident_that_is_in_no_commit_is_named_where_nothing_is_committed(court: Court) -> None:
    without_incident(court)
    court.put(INCIDENT)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "records/incidents/INC-1.yaml is in no commit: commit it, too" in ran.stdout


@pytest.mark.parametrize(
    ("option", "name", "kind"), [("incident", "INC-7", "Incident"), ("problem", "PRB-7", "Problem")]
)
def test_what_stands_nowhere_is_to_be_written_first(court: Court, option: str, name: str, kind: str) -> None:
    without_incident(court)
    argv = (f"--{option}", name, "--set", "implementation.cause=The test loan failed.", "--commit")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert f"itsmctl new {kind} {name}" in ran.stderr
    assert court.repo.git("status", "--porcelain") == ""


def test_what_the_gate_denies_for_another_reason_is_told_and_is_no_success(court: Court) -> None:
    implementing(court, {DB: "change"}, bump(court))
    court.edit(APP, {"/spec/version": "9.9"})
    court.commit("jaan", "And something else")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert (ran.code, court.gate().outcome) == (1, "DENIED")
    assert "the gate will not allow it like that: NOT_COVERED" in ran.stdout
    assert "under the votes" not in ran.stdout


def test_a_rename_is_taken_back_wherever_it_wrote_the_new_name(court: Court) -> None:
    """In services, audits and closed changes alike; and in what began to name the record since."""
    closed = change("CHG-0", {DB: "change"}, state="closed", implementation=DONE, review=REVIEW)
    court.put(closed)
    court.commit("mari", "An old change")
    before = {one: court.get(one) for one in ("ChangeRequest/CHG-0", "Service/loans", DB)}
    named = "ConfigurationItem/db-one"

    def work() -> None:
        assert court.run("jaan", "rename", DB, "db-one").code == 0

    court.branch("pr")
    work()
    court.put(change("CHG-1", {DB: "remove", named: "add"}))
    court.commit("jaan", "Another name")
    for one in ("rein", "sirje", "liis", "kadri"):
        court.vote(one, "CHG-1")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says
    court.merge("pr")
    assert court.get("ChangeRequest/CHG-0")["spec"]["items"][0]["item"] == named
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend")
    court.branch("back")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "deleted records/configuration-items/db-one.yaml" in ran.stdout
    assert "wrote records/configuration-items/db-01.yaml" in ran.stdout
    assert {one: court.get(one) for one in before} == before
    court.commit("jaan", "Take it back")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", (judged.codes, judged.says)
    # no more than that goes along with it
    for ref, edits, codes in (
        ("Service/loans", {"/spec/criticality": "high"}, {"NOT_COVERED"}),
        ("ChangeRequest/CHG-0", {"/spec/reason": "Another one."}, {"CLOSED"}),
        (DB, {"/spec/version": "9.9.9"}, {"NOT_ITS_LINE"}),
    ):
        court.edit(ref, edits)
        court.commit("jaan", "And more")
        assert codes <= court.gate().codes, ref
        court.git("jaan", "reset", "--quiet", "--hard", "HEAD~1")
    # nor without the change that gave the name
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.commit("jaan", "It goes on")
    assert court.gate().codes >= {"NOT_COVERED"} or court.gate().codes >= {"FORMERLY"}


def test_the_name_of_a_role_is_given_back_by_a_change_of_its_own(court: Court) -> None:
    def work() -> None:
        assert court.run("jaan", "rename", "Role/database-team", "dba").code == 0

    court.branch("pr")
    work()
    court.put(change("CHG-1", {"Role/database-team": "remove", "Role/dba": "add"}))
    court.commit("jaan", "Another name")
    for one in ("rein", "sirje"):
        court.vote(one, "CHG-1")
    went_wrong(court)
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert (ran.code, "itsmctl rename Role/dba database-team" in ran.stderr) == (2, True), ran.stderr
    assert not court.repo.git("status", "--porcelain")
    assert court.run("jaan", "rename", "Role/dba", "database-team").code == 0
    court.put(change("CHG-2", {"Role/dba": "remove", "Role/database-team": "add"}))
    held = court.get("ChangeRequest/CHG-1")  # and the first one is finished
    held["spec"] |= {"state": "implemented", "implementation": DONE}
    court.put(held)
    court.commit("jaan", "The name that it had")
    for one in ("rein", "sirje"):
        court.vote(one, "CHG-2")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", (judged.codes, judged.says)
