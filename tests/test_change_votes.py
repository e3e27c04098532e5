"""`change approve`, `reject` and `withdraw`: what is shown, what is signed, with which key, and where it goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from court import Court, change, person, walk

from itsmctl.evidence import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Ran

DB = "ConfigurationItem/db-01"


@pytest.fixture
def pr(court: Court) -> Court:
    """A branch with a change of one item, by jaan."""
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    return court


def cast(court: Court, who: str, decision: str = "approve", *argv: str, key: str | None = None) -> Ran:
    """A vote on CHG-1, whatever comes of it."""
    keyed = ("--key", str(court.keys[key or who])) if key != "" else ()
    return court.run(who, "change", decision, "CHG-1", "--base", "main", "--yes", *keyed, *argv)


def statements(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in sorted(folder.rglob("*.json"))]


def test_votes_that_tests_cast_in_a_row_are_those_of_the_command(
    pr: Court, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "x" * size)
    shutil.copytree(pr.repo.path, tmp_path / "copy")
    copy = replace(pr, repo=Repo(tmp_path / "copy", pr.repo.environ))
    for one in ("liis", "kadri", "rein"):
        pr.vote(one, "CHG-1")
    copy.votes("CHG-1", "liis", "kadri", "rein")
    assert copy.repo.git("rev-parse", "HEAD") == pr.repo.git("rev-parse", "HEAD")
    assert copy.repo.git("status", "--porcelain") == pr.repo.git("status", "--porcelain") == ""


@contextmanager
def agent(court: Court, *names: str) -> Iterator[Court]:
    """The same court with an ssh-agent of its own that holds these keys."""
    said = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    found = dict(
        part.split("=", 1) for part in said.split(";") if part.strip().startswith("SSH_A") for part in [part.strip()]
    )
    pid = int(said.split("SSH_AGENT_PID=")[1].split(";")[0])
    try:
        environ = {**court.repo.environ, "SSH_AUTH_SOCK": found["SSH_AUTH_SOCK"]}
        for name in names:
            subprocess.run(["ssh-add", "-q", str(court.keys[name])], env=environ, check=True, capture_output=True)
        yield replace(court, repo=Repo(court.repo.path, environ))
    finally:
        os.kill(pid, signal.SIGTERM)


def test_what_is_shown_is_what_is_signed(pr: Court) -> None:
    ran = cast(pr, "liis", "approve", "--reason", "Looks fine.")
    assert ran.code == 0, ran.stderr
    (signed,) = statements(pr.repo.path / "approvals")
    said = signed["predicate"]
    assert (said["person"], said["decision"], said["reason"]) == ("liis", "approve", "Looks fine.")
    assert signed["subject"][0]["digest"]["sha256"] in ran.stdout
    (line,) = said["lines"]
    for digest in (line["before"], line["after"]):
        assert digest[:12] in ran.stdout
    for text in (
        "liis approves CHG-1:  Chg 1",
        "goes to  refs/heads/main of town-services",
        'spec.version  "1.0.0" → "1.0.1"',
        "window   2026-12-01T22:00Z/2026-12-02T02:00Z",
        "reason   Looks fine.",
        "- Put the former version back.",
        "trigger: The test loan fails.",
        "reason: The version in use gets no more fixes.",
        "requester: jaan",
        "in: What is listed.",
    ):
        assert text in ran.stdout


@pytest.mark.parametrize("decision", ["approve", "reject", "withdraw"])
def test_every_leaf_of_what_was_seen_is_shown(pr: Court, decision: str) -> None:
    review = {"by": "liis", "on": "2026-11-30", "objectives_met": True, "side_effects": "Some were slow."}
    pr.edit("ChangeRequest/CHG-1", {"/spec/review": review, "/spec/risk/level": "medium"})
    pr.commit("jaan", "A review that nobody made")
    assert cast(pr, "liis", "approve", "--anyway").code == 0
    ran = cast(pr, "liis", decision, *(["--anyway"] if decision == "approve" else []))
    assert ran.code == 0, ran.stderr
    said = max(statements(pr.repo.path / "approvals"), key=lambda one: str(one["predicate"]["prev"] or ""))["predicate"]
    assert set(said["seen"]) >= {"base", "head", "review", "risk", "state", "window"}
    for name, leaf in said["seen"].items():
        assert leaf in ran.stdout, name
    for name, leaf in review.items():
        assert f"{name}: " in ran.stdout
        assert str(leaf) in ran.stdout or leaf is True
    assert "An approval says that it is this person's own." in " ".join(ran.stdout.split())


def test_a_protected_file_is_shown_line_by_line(pr: Court) -> None:
    pr.repo.write(".gitattributes", "records/** text eol=lf\n*.yaml -diff\n")
    pr.edit("ChangeRequest/CHG-1", {"/spec/items/0": {"item": "File/.gitattributes", "action": "change"}})
    pr.commit("jaan", "Attributes")
    ran = cast(pr, "liis", "approve", "--anyway", "--out", str(pr.repo.path / "votes"))
    assert ran.code == 0, ran.stderr
    assert "+*.yaml -diff" in ran.stdout


def test_plain_ssh_keygen_verifies_it(pr: Court, tmp_path: Path) -> None:
    assert cast(pr, "liis").code == 0
    (file,) = (pr.repo.path / "approvals/CHG-1").glob("*.json")
    public = pr.keys["liis"].with_name("liis.pub").read_text()
    (tmp_path / "allowed").write_text(f"liis {public}")
    command = ["ssh-keygen", "-Y", "verify", "-n", statement.NAMESPACE, "-I", "liis", "-f", str(tmp_path / "allowed")]
    done = subprocess.run([*command, "-s", f"{file}.sig"], input=file.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_commit_holds_the_vote_alone(pr: Court) -> None:
    pr.repo.write("staged.txt", "staged\n")
    pr.repo.git("add", "staged.txt")
    pr.edit(DB, {"/spec/version": "9.9.9"})
    pr.repo.write("untracked.txt", "untracked\n")
    before = pr.repo.git("status", "--porcelain")
    assert cast(pr, "liis").code == 0
    assert pr.repo.git("status", "--porcelain") == before
    held = pr.repo.git("show", "--name-status", "--format=%ae", "HEAD").split()
    assert held[0] == "liis@town.example"
    assert [held[1], held[3]] == ["A", "A"]
    assert all(path.startswith("approvals/CHG-1/liis-") for path in (held[2], held[4]))
    assert "1.0.1" in str(statements(pr.repo.path / "approvals"))
    assert "9.9.9" not in str(statements(pr.repo.path / "approvals"))


def test_the_key_in_an_agent_is_found(pr: Court) -> None:
    with agent(pr, "liis", "eve") as found:
        ran = cast(found, "liis", key="")
        assert ran.code == 0, ran.stderr
        assert "liis approves CHG-1" in ran.stdout
    with agent(pr, "kadri", "tonu") as found:
        ran = cast(found, "kadri", key="")
        assert (ran.code, "2 keys in ssh-agent" in ran.stderr) == (3, True)
        assert "kadri, tonu" in ran.stderr
        assert "--key ~/.ssh/id_ed25519.pub" in ran.stderr
        public = pr.keys["kadri"].with_name("kadri.pub")
        assert (
            found.run("kadri", "change", "approve", "CHG-1", "--base", "main", "--yes", "--key", str(public)).code == 0
        )


def test_without_a_key_that_counts_nothing_is_signed(pr: Court, tmp_path: Path) -> None:
    head = pr.repo.git("rev-parse", "HEAD")
    assert (cast(pr, "liis", key="").code, cast(pr, "eve").code) == (3, 3)
    missing = pr.run("liis", "change", "approve", "CHG-1", "--base", "main", "--yes", "--key", str(tmp_path / "none"))
    assert (missing.code, "cannot be read" in missing.stderr) == (3, True)
    assert "SHA256:" in cast(pr, "eve").stderr
    assert pr.repo.git("rev-parse", "HEAD") == head


def test_a_key_that_is_not_the_one_beside_it_signs_for_nobody(pr: Court, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(pr.keys["eve"].read_bytes())
    key.chmod(0o600)
    key.with_name("key.pub").write_bytes(pr.keys["liis"].with_name("liis.pub").read_bytes())
    ran = pr.run("liis", "change", "approve", "CHG-1", "--base", "main", "--yes", "--key", str(key))
    assert ran.code == 3, ran.stdout
    assert not (pr.repo.path / "approvals").exists()


def test_a_vote_is_that_of_the_keys_person_whoever_commits(pr: Court) -> None:
    ran = cast(pr, "tonu", key="liis")
    assert (ran.code, "liis approves" in ran.stdout) == (0, True)
    assert pr.repo.git("log", "-1", "--format=%ae") == "tonu@town.example"


def test_a_vote_for_a_folder_is_not_committed(pr: Court, tmp_path: Path) -> None:
    head = pr.repo.git("rev-parse", "HEAD")
    assert cast(pr, "liis", "approve", "--out", str(tmp_path / "votes")).code == 0
    assert pr.repo.git("rev-parse", "HEAD") == head
    assert pr.repo.git("status", "--porcelain") == ""
    assert len(list((tmp_path / "votes").iterdir())) == 2


def test_nobody_signs_without_being_asked(pr: Court) -> None:
    ran = pr.run("liis", "change", "approve", "CHG-1", "--base", "main", "--key", str(pr.keys["liis"]))
    assert (ran.code, "--yes" in ran.stderr) == (2, True)
    assert "liis approves CHG-1" in ran.stdout
    assert not (pr.repo.path / "approvals").exists()


def test_a_reject_on_the_target_stands_there(pr: Court) -> None:
    head = pr.repo.git("rev-parse", "HEAD")
    before = pr.repo.git("rev-parse", "main")
    assert cast(pr, "pille", "reject", "--reason", "Not tried.", "--to-base").code == 0
    assert pr.repo.git("rev-parse", "HEAD") == head
    assert pr.repo.git("status", "--porcelain") == ""
    assert pr.repo.git("rev-parse", "main~1") == before
    for one in ("liis", "kadri"):
        pr.vote(one, "CHG-1")
    judged = pr.gate()
    assert (judged.outcome, "VETO" in judged.codes) == ("DENIED", True)


def test_on_a_target_that_is_checked_out_files_and_index_follow(pr: Court) -> None:
    pr.checkout("main")
    pr.repo.write("staged.txt", "staged\n")
    pr.repo.git("add", "staged.txt")
    assert cast(pr, "pille", "reject", "--to-base", "--head", "pr").code == 0
    assert pr.repo.git("status", "--porcelain") == "A  staged.txt"
    assert len(list((pr.repo.path / "approvals/CHG-1").iterdir())) == 2


def test_a_target_that_is_checked_out_elsewhere_is_left_alone(pr: Court, tmp_path: Path) -> None:
    pr.repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "main")
    before = pr.repo.git("rev-parse", "main")
    ran = cast(pr, "pille", "reject", "--to-base")
    assert (ran.code, str(tmp_path / "other") in ran.stderr) == (3, True)
    assert pr.repo.git("rev-parse", "main") == before
    other = replace(pr, repo=Repo(tmp_path / "other", pr.repo.environ))
    assert cast(other, "pille", "reject", "--to-base", "--head", "pr").code == 0
    assert other.repo.git("status", "--porcelain") == ""


def test_a_target_that_is_not_here_is_named(pr: Court) -> None:
    pr.repo.git("update-ref", "refs/remotes/origin/main", "main")
    pr.repo.git("branch", "-D", "main")
    ran = pr.run(
        "pille",
        "change",
        "reject",
        "CHG-1",
        "--base",
        "origin/main",
        "--yes",
        "--key",
        str(pr.keys["pille"]),
        "--to-base",
    )
    assert (ran.code, "git branch main origin/main" in ran.stderr) == (3, True)


def test_a_detached_head_takes_the_vote(pr: Court) -> None:
    pr.repo.git("checkout", "--quiet", "--detach")
    branch = pr.repo.git("rev-parse", "pr")
    assert cast(pr, "liis").code == 0
    assert pr.repo.git("rev-parse", "pr") == branch == pr.repo.git("rev-parse", "HEAD~1")
    assert pr.repo.git("status", "--porcelain") == ""


def test_a_bare_repository_takes_votes(pr: Court, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    pr.repo.git("clone", "--quiet", "--bare", str(pr.repo.path), str(bare))
    there = replace(pr, repo=Repo(bare, pr.repo.environ))
    ran = cast(there, "liis")
    assert ran.code == 0, ran.stderr
    assert "approvals/CHG-1/liis-" in there.repo.git("ls-tree", "-r", "--name-only", "pr")


def test_a_submodule_takes_votes(pr: Court, make_repo: Any) -> None:
    outer = make_repo("outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "-b", "pr", str(pr.repo.path), "inner")
    outer.git("-C", "inner", "branch", "main", "origin/main")
    inner = replace(pr, repo=Repo(outer.path / "inner", pr.repo.environ))
    ran = cast(inner, "liis")
    assert ran.code == 0, ran.stderr
    assert inner.repo.git("status", "--porcelain") == ""
    assert inner.gate().ignored == {}


def test_who_is_asked_by_nobody_does_not_vote(pr: Court) -> None:
    ran = cast(pr, "rein")
    assert (ran.code, "NO_ROLE: rein is none of those that the rule asks for" in ran.stderr) == (2, True), ran.stderr
    ran = cast(pr, "liis", "approve", "--as", "service-manager")
    assert (ran.code, "it is cast as service-manager" in ran.stderr) == (2, True), ran.stderr
    ran = cast(pr, "liis", "approve", "--as", "change-advisory-bord")
    assert (ran.code, "did you mean change-advisory-board" in ran.stderr) == (2, True), ran.stderr
    assert not (pr.repo.path / "approvals").exists()
    assert cast(pr, "rein", "approve", "--anyway").code == 0
    assert pr.gate().ignored == {"rein": "NO_ROLE"}


def test_on_a_draft_one_is_told_that_it_will_not_count(pr: Court) -> None:
    pr.edit("ChangeRequest/CHG-1", {"/spec/state": "draft"})
    pr.commit("jaan", "Not yet")
    ran = cast(pr, "liis")
    assert (ran.code, "will not count: CHG-1 is a draft" in ran.stderr) == (2, True)
    assert cast(pr, "liis", "approve", "--anyway").code == 0
    pr.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    pr.commit("jaan", "Now")
    assert pr.gate().ignored == {"liis": "NOT_SUBMITTED"}


def test_whoever_made_the_change_is_told_before_they_sign(pr: Court) -> None:
    ran = pr.run("jaan", "change", "approve", "CHG-1", "--base", "main", "--key", str(pr.keys["jaan"]))
    assert ran.code == 2
    assert "will not count: jaan is barred" in ran.stderr
    assert "CONTRIBUTOR (author of" in ran.stderr
    assert "will not count" not in cast(pr, "liis").stderr


def test_whose_entry_is_altered_is_told_before_they_sign(pr: Court) -> None:
    pr.put(person("liis", pr.keys["liis"], emails=["liis@town.example", "l@town.example"]))
    pr.commit("jaan", "Another address")
    ran = cast(pr, "liis")
    assert "OWN_ENTRY" in ran.stderr


def test_a_vote_counts_until_it_expires(pr: Court) -> None:
    assert cast(pr, "liis", "approve", "--expires", "2026-12-01T23:00:00Z").code == 0
    pr.vote("kadri", "CHG-1")
    assert pr.gate().outcome == "ALLOWED"
    assert pr.gate().verdict["details"]["valid_until"] == "2026-12-01T23:00Z"
    pr.now = "2026-12-01T23:00:00Z"
    assert pr.gate().ignored == {"liis": "EXPIRED"}


@pytest.mark.parametrize("when", ["2026-12-01T22:30:00Z", "2026-11-01", "soon"])
def test_a_vote_that_never_counts_is_not_signed(pr: Court, when: str) -> None:
    ran = cast(pr, "liis", "approve", "--expires", when)
    assert ran.code in (2, 3), ran.stdout
    assert not (pr.repo.path / "approvals").exists()


def test_a_withdraw_takes_back_and_a_second_vote_counts_again(pr: Court) -> None:
    pr.vote("kadri", "CHG-1")
    pr.vote("liis", "CHG-1")
    assert pr.gate().outcome == "ALLOWED"
    pr.now = "2026-12-01T22:31:00Z"
    pr.vote("liis", "CHG-1", decision="withdraw")
    assert pr.gate().codes == {"LACKING"}
    pr.now = "2026-12-01T22:32:00Z"
    pr.vote("liis", "CHG-1")
    assert pr.gate().outcome == "ALLOWED"
    chain = {
        one["predicate"]["decision"]: one["predicate"]["prev"]
        for one in statements(pr.repo.path / "approvals/CHG-1")
        if one["predicate"]["person"] == "liis" and one["predicate"]["prev"]
    }
    assert set(chain) == {"withdraw", "approve"}
    assert len(set(chain.values())) == 2


def test_a_change_that_is_not_there_is_told_with_what_comes_near(pr: Court) -> None:
    ran = pr.run("liis", "change", "approve", "CHG-2", "--base", "main", "--yes", "--key", str(pr.keys["liis"]))
    assert (ran.code, "CHG-1" in ran.stderr) == (2, True)


def test_what_records_say_cannot_steer_the_terminal(pr: Court) -> None:
    pr.edit("ChangeRequest/CHG-1", {"/metadata/title": "##[group]fine"})
    pr.commit("jaan", "A title")
    ran = cast(pr, "liis")
    assert ran.code == 0
    assert "##[group]" not in ran.stdout


def test_what_the_gate_prints_works_where_another_branch_is_checked_out(pr: Court) -> None:
    pr.checkout("main")
    way = next(one for one in walk(pr.gate(head="pr").verdict) if one["what"] == "next")
    assert way["details"]["command"] == "itsmctl change approve CHG-1 --head pr"
    before = pr.repo.git("rev-parse", "main")
    ran = cast(pr, "liis", "approve", "--head", "pr")
    assert (ran.code, pr.repo.git("rev-parse", "main"), " on pr: " in ran.stdout) == (0, before, True)
    assert not (pr.repo.path / "approvals").exists()
    assert pr.gate(head="pr").codes == {"LACKING"}
    assert cast(pr, "kadri", "approve", "--head", "refs/heads/pr").code == 0
    assert pr.gate(head="pr").outcome == "ALLOWED"
    assert "next" not in [one["what"] for one in walk(pr.gate(head="pr").verdict)]


def test_a_change_of_another_branch_is_found_there(pr: Court) -> None:
    pr.checkout("main")
    for argv in (("approve", "CHG-1", "--key", str(pr.keys["liis"]), "--yes"), ("show", "CHG-1")):
        ran = pr.run("liis", "change", *argv, "--base", "main")
        assert (ran.code, "It is on pr: git switch pr, or add --head pr" in ran.stderr) == (2, True), ran.stderr


def test_a_vote_is_never_committed_beside_the_branch_that_it_is_for(pr: Court, tmp_path: Path) -> None:
    pr.repo.git("update-ref", "refs/remotes/origin/pr", "pr")
    oid = pr.repo.git("rev-parse", "pr")
    pr.checkout("main")
    for head, hint in (("origin/pr", "git switch pr, and run it there"), (oid, "Check the branch out")):
        ran = cast(pr, "liis", "approve", "--head", head)
        assert (ran.code, hint in ran.stderr) == (2, True), ran.stderr
        assert cast(pr, "liis", "approve", "--head", head, "--out", str(tmp_path / head)).code == 0
    assert pr.repo.git("rev-parse", "main") == pr.repo.git("rev-parse", "HEAD") != oid


def test_a_change_that_cannot_be_read_is_not_called_missing(pr: Court) -> None:
    path = "records/changes/CHG-1.yaml"
    pr.repo.write(path, "spec: [not, closed\n")
    pr.commit("jaan", "Break it")
    ran = cast(pr, "liis")
    assert (ran.code, f"itsmctl validate {path}" in ran.stderr) == (3, True), ran.stderr
    judged = pr.gate()
    assert {"UNREADABLE", "INSPECTION", "NOT_COVERED"} <= judged.codes
    assert "REMOVED" not in judged.codes
    assert "ChangeRequest/CHG-1 cannot be read, so mend that first" in judged.says
