"""No head carries through history what its result does not hold: history is what later heads are judged by."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from court import Court, change, path_of, record, walk
from test_gate_attacks import denied
from test_gate_debts import LONG, night, owes
from test_gate_flows import APP, DB, allowed, voted
from vault import Vault

RULE = "ApprovalRule/normal"
CHG = "ChangeRequest/CHG-1"
LAX = {"/spec/require": [{"role": "emergency-approver", "count": 1}]}


def taken_back(court: Court, **how: Any) -> dict[str, str]:
    """Kind/name → why the gate calls it taken back."""
    found = (one for one in walk(court.gate(**how).verdict) if one["code"] == "TAKEN_BACK")
    return {one["name"]: one["details"]["why"] for one in found}


def squashed(court: Court) -> None:
    """Run the command that the gate prints, as it stands."""
    hints = {one["details"]["hint"] for one in walk(court.gate().verdict) if one["code"] == "TAKEN_BACK"}
    (hint,) = hints
    _, _, command = hint.partition("\n\n")
    for words in command.strip().split(" && "):
        program, *argv = shlex.split(words)
        assert program == "git"
        court.git("jaan", *argv)
    assert court.repo.git("rev-list", "--count", "main..HEAD") == "1"


def put_back(court: Court, *paths: str) -> None:
    """Commit these paths as main has them."""
    court.repo.git("checkout", "main", "--", *(paths or (".",)))
    court.commit("jaan", "As it was")


def test_law_that_is_only_tried_is_denied_and_leaves_no_trace_once_squashed(court: Court) -> None:
    court.branch("try")
    court.edit(RULE, LAX)
    court.commit("jaan", "A laxer rule")
    court.repo.write("notes.txt", "What came of it.\n")
    put_back(court, "records")
    assert taken_back(court) == {RULE: "law"}
    squashed(court)
    assert court.gate().verdict["code"] == "NOTHING_GOVERNED"


@pytest.mark.parametrize("ref", [RULE, "Person/sirje", "Role/change-advisory-board", "CIType/database"])
def test_no_kind_of_law_is_altered_and_put_back(court: Court, ref: str) -> None:
    court.branch("try")
    court.remove(ref)
    court.commit("jaan", "Away with it")
    put_back(court)
    assert taken_back(court) == {ref: "law"}
    judged = court.gate()
    assert "As a whole the head does nothing" in judged.ran.stdout


@pytest.mark.parametrize("path", ["itsm.yaml", "policies/own.yaml", "schemas/own.yaml", ".gitattributes", "CODEOWNERS"])
def test_nor_is_a_protected_file(court: Court, path: str) -> None:
    before = (court.repo.path / path).read_text() if (court.repo.path / path).exists() else ""
    court.branch("try")
    court.repo.write(path, before + "# tried\n")
    court.commit("jaan", "Try")
    if before:
        put_back(court, path)
    else:
        court.repo.git("rm", "--quiet", path)
        court.commit("jaan", "Away with it")
    assert taken_back(court) == {f"File/{path}": "law"}


def test_law_in_an_ordinary_folder_or_in_none_is_law(court: Court) -> None:
    court.branch("pr")
    text = (court.repo.path / "records/approval-rules/normal.yaml").read_text().replace("name: normal", "name: CHG-1")
    court.repo.write("records/changes/CHG-1.yaml", text)
    court.repo.write("records/loose.yaml", text)
    court.repo.write("records/nowhere/loose.yaml", text)
    court.commit("jaan", "A rule, somewhere")
    court.repo.git("rm", "--quiet", "records/loose.yaml", "records/nowhere/loose.yaml")
    court.put(change("CHG-1", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    assert taken_back(court) == {
        CHG: "another",
        "File/records/loose.yaml": "law",
        "File/records/nowhere/loose.yaml": "law",
    }


def test_law_that_is_agreed_to_is_no_other_on_the_way(court: Court) -> None:
    court.branch("pr")
    court.edit(RULE, {**LAX, "/spec/serial": 2})
    court.commit("jaan", "A laxer rule")
    court.edit(RULE, {"/spec/require": [{"role": "change-manager"}]})
    court.put(change("CHG-1", {RULE: "change"}))
    court.commit("jaan", "As it was meant")
    voted(court, "CHG-1", "rein", "sirje")
    denied(court, "TAKEN_BACK")
    assert taken_back(court) == {RULE: "law"}
    squashed(court)
    allowed(court)


def test_comments_and_order_are_no_other_law(court: Court) -> None:
    court.branch("pr")
    court.put(change("CHG-1", {RULE: "change"}))
    court.edit(RULE, {"/spec/serial": 2, "/spec/require": [{"role": "change-manager"}]})
    court.commit("jaan", "Another rule")
    path = court.repo.path / "records/approval-rules/normal.yaml"
    path.write_text(f"# why\n{path.read_text()}")
    court.commit("jaan", "Say why")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)


# --- other records


def test_a_record_that_is_only_tried_is_denied(court: Court) -> None:
    court.branch("docs")
    court.edit(DB, {"/spec/version": "9.9.9"})
    court.put(record("Incident", "INC-9", {"state": "recorded"}))
    court.commit("jaan", "Try")
    court.remove("Incident/INC-9")
    court.repo.write("notes.txt", "It does not work.\n")
    put_back(court, "records")
    assert taken_back(court) == {DB: "nothing", "Incident/INC-9": "nothing"}
    squashed(court)
    assert court.gate().verdict["code"] == "NOTHING_GOVERNED"


@pytest.mark.parametrize("file", ["y", "agreement/kadri-000000000000.json", "baseline.json"])
def test_nothing_comes_to_a_baseline_that_does_not_stay(court: Court, file: str) -> None:
    path = f"baselines/2026-12/{file}"
    court.branch("docs")
    court.repo.write(path, "{}\n")
    court.commit("jaan", "Try")
    court.repo.git("rm", "-q", path)
    court.repo.write("notes.txt", "Not that.\n")
    court.commit("jaan", "Not that")
    assert taken_back(court) == {f"File/{path}": "frozen"}
    squashed(court)
    assert court.gate().verdict["code"] == "NOTHING_GOVERNED"


def test_nor_does_a_manifest_come_twice(court: Court) -> None:
    court.branch("freeze")
    for text in ("{}\n", "[]\n"):
        court.repo.write("baselines/2026-12/baseline.json", text)
        court.commit("jaan", "Freeze")
    assert taken_back(court) == {"File/baselines/2026-12/baseline.json": "frozen"}


def test_who_agrees_to_a_baseline_has_not_made_it_once_it_is_squashed(court: Court) -> None:
    vault = Vault.over(court)
    court.branch("freeze")
    vault.create("loans-1", "--scope", "Service/loans")
    for deed in ("write", "rm"):
        if deed == "write":
            court.repo.write("baselines/loans-1/y", "A slip.\n")
        else:
            court.repo.git("rm", "-q", "baselines/loans-1/y")
        court.commit("jaan", "A slip")
    vault.approve("loans-1")
    assert taken_back(court) == {"File/baselines/loans-1/y": "frozen"}
    squashed(court)
    assert court.gate().ran.code == 0
    assert vault.codes("loans-1") == set()


def test_so_is_another_branch_that_is_merged_and_reverted(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    court.branch("docs", "main")
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan", "Notes")
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Try it", "pr")
    court.git("jaan", "revert", "--no-edit", "-m", "1", "HEAD")
    assert taken_back(court) == {DB: "nothing", CHG: "nothing"}


def test_several_commits_on_one_record_are_fine(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.9"})
    court.put(change("CHG-1", {DB: "change"}, state="draft"))
    court.commit("jaan", "Update the database")
    court.repo.write("records/changes/CHG-1.yaml", "a slip: [\n")
    court.commit("jaan", "A slip")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "The right version")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_a_change_goes_through_no_state_that_it_does_not_come_from(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, state="failed"))
    court.commit("jaan", "It failed")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "It did not")
    voted(court, "CHG-1", "liis", "kadri")
    assert taken_back(court) == {CHG: "state"}
    squashed(court)
    allowed(court)
    court.repo.git("branch", "done")
    court.merge("done")
    court.branch("more")
    court.remove(CHG)
    court.commit("jaan", "Away with it")
    court.repo.git("checkout", "main", "--", ".")
    court.edit(CHG, {"/spec/links": {"incidents": ["INC-1"]}})
    court.commit("jaan", "There again")
    assert taken_back(court) == {CHG: "gone"}


# --- what debts are paid by


def test_evidence_of_the_base_is_there_all_the_time(court: Court) -> None:
    night(court)
    court.now = "2026-12-02T08:00:00Z"
    court.vote("jaan", "CHG-1", decision="reject")
    court.commit("jaan", "No", at="2026-12-02T09:00:00Z")
    court.branch("pay")
    files = [path.relative_to(court.repo.path).as_posix() for path in court.repo.path.glob("approvals/CHG-1/jaan-*")]
    court.repo.git("rm", "--quiet", *files)
    court.vote("liis", "CHG-1")
    court.repo.git("add", "--all")
    court.commit("kadri", "Votes", at="2026-12-02T10:00:00Z")
    put_back(court, *files)
    assert taken_back(court) == {f"File/{path}": "evidence" for path in files}
    squashed(court)
    allowed(court)


def test_while_something_is_owed_law_and_items_come_in_one_step(court: Court) -> None:
    rest = {"ApprovalRule/high": "change", RULE: "change", DB: "change"}
    court.branch("pr")
    court.put(change("CHG-2", rest, schedule=LONG))
    court.edit(RULE, {"/spec/when": "true", "/spec/serial": 2})
    court.commit("jaan", "One rule")
    court.edit("ApprovalRule/high", {"/spec/require/0/count": 3, "/spec/serial": 2})
    court.edit(DB, {"/spec/version": "2.0.0"})
    court.commit("jaan", "The other one")
    court.edit(DB, {"/spec/version": "2.0.1"})
    court.commit("jaan", "And an item")
    assert taken_back(court) == {}
    work = court.repo.git("rev-parse", "HEAD")
    court.checkout("main")
    night(court)
    assert "full vote" in owes(court)
    court.branch("again")
    court.repo.git("checkout", work, "--", path_of(RULE), path_of("ChangeRequest/CHG-2"))
    court.commit("jaan", "One rule", at="2026-12-02T10:00:00Z")
    court.repo.git("checkout", work, "--", path_of("ApprovalRule/high"))
    court.edit("ConfigurationItem/db-01", {"/metadata/labels": {"site": "1"}})
    court.commit("jaan", "The other one", at="2026-12-02T10:10:00Z")
    court.edit("ConfigurationItem/db-01", {"/metadata/labels": {"site": "2"}})
    court.commit("jaan", "And an item", at="2026-12-02T10:20:00Z")
    assert taken_back(court) == {RULE: "apart", DB: "several"}
    squashed(court)
    assert taken_back(court) == {}
    # what the debt is not about is nobody's to ask after, unless something comes in between that could pay
    for names, more, found in (
        ((APP,), "", {}),
        ((DB,), "", {DB: "several"}),
        ((APP, DB), "", {DB: "several"}),
        ((APP,), "records/persons/ene.yaml", {APP: "several"}),
        ((APP,), "approvals/CHG-1/notes.md", {APP: "several"}),
        ((APP,), "approvals/CHG-3/notes.md", {}),
    ):
        court.repo.git("checkout", "--quiet", "-B", "apart", "main")
        for label in ("1", "2"):
            for ref in names:
                court.edit(ref, {"/metadata/labels": {"site": label}})
            court.commit("jaan", "An item", at="2026-12-02T10:10:00Z")
            if more:
                file = court.repo.path / more
                court.repo.write(more, (file.read_text() if file.exists() else "") + "# a word\n")
        court.commit("jaan", "And a word", at="2026-12-02T10:20:00Z")
        assert taken_back(court) == found, (names, more)


# --- honest branches


def test_what_main_did_is_nothing_of_the_branch(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    mine = court.commit("jaan", "Update the database")
    court.checkout("main")
    for version, lax in (("1.0.1", "change-manager"), ("1.0.2", "service-manager")):
        court.edit(APP, {"/spec/version": version})
        court.edit(RULE, {"/spec/require": [{"role": "change-advisory-board"}, {"role": lax}]})
        landed = court.commit("rein", "Rules and an application")
        court.checkout("pr")
        court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Update", "main")
        court.checkout("main")
    court.checkout("pr")
    assert taken_back(court) == {}
    voted(court, "CHG-1", "liis", "rein", "kadri")
    allowed(court)
    # an octopus that takes over a rule of main which main has altered since
    court.branch("other", f"{mine}~1")
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan", "Notes")
    court.branch("octopus", mine)
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Three", "main~1", "other")
    assert len(court.repo.git("show", "--no-patch", "--format=%P").split()) == 3
    assert taken_back(court) == {}
    # the same from a branch that is up to date: there it goes back, and a rule of before would decide for a while
    court.branch("back", "main")
    court.repo.write("more.txt", "More.\n")
    mine = court.commit("jaan", "Notes")
    tree = court.repo.git("rev-parse", "main~1^{tree}")
    three = [word for one in (mine, "main~1", "other") for word in ("-p", one)]
    evil = court.git("jaan", "commit-tree", tree, *three, "-m", "Three")
    court.git("jaan", "reset", "--quiet", "--hard", evil)
    court.repo.git("checkout", mine, "--", "records")
    court.commit("jaan", "As it was")
    assert taken_back(court) == {APP: "nothing", RULE: "law"}
    # a revert of what landed, and a commit that main has, too
    court.branch("revert")
    court.git("jaan", "revert", "--no-edit", landed)
    assert taken_back(court) == {}
    court.branch("picked", f"{landed}~1")
    court.git("jaan", "cherry-pick", landed)
    assert taken_back(court) == {}
    court.git("jaan", "cherry-pick", mine)
    assert taken_back(court) == {}


def test_what_the_base_did_since_is_nothing_that_a_commit_left(court: Court) -> None:
    """A head that does not follow the base lands as its merge result; one that follows it could by its own commits."""
    court.branch("pr")
    court.edit("Person/tonu", {"/spec/emails": ["tonu@town.example", "t@town.example"]})
    first = court.commit("jaan", "Another address")
    court.checkout("main")
    court.edit("Person/tonu", {"/spec/active_from": "2020-01-02"})
    court.commit("rein", "Another day")
    court.checkout("pr")
    assert taken_back(court) == {}
    court.edit("Person/tonu", {"/spec/emails": ["tonu@town.example", "u@town.example"]})
    court.commit("jaan", "Rather that one")
    assert taken_back(court) == {"Person/tonu": "law"}
    court.git("jaan", "reset", "--quiet", "--hard", first)
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Update", "main")
    assert taken_back(court) == {"Person/tonu": "law"}
    court.git("jaan", "reset", "--quiet", "--hard", first)
    court.git("jaan", "rebase", "--quiet", "main")
    assert taken_back(court) == {}
