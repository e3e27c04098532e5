"""What is said about a change leads on: to the file that is not committed, to where a vote belongs, to whoever is not
on record, and to paths that can be opened."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from court import Court, change, record, walk

DB = "ConfigurationItem/db-01"


@pytest.fixture
def pr(court: Court) -> Court:
    """A branch with a change of one item, by jaan."""
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    return court


# --- what is not committed


def test_show_tells_that_the_file_says_something_else(pr: Court) -> None:
    assert pr.run("mari", "change", "show", "CHG-1", "--base", "main").stderr == ""
    pr.edit("ChangeRequest/CHG-1", {"/spec/state": "reviewed"})
    ran = pr.run("mari", "change", "show", "CHG-1", "--base", "main", "-f", "json")
    assert ran.code == 0
    assert (
        "CHG-1.yaml is edited and not committed: this is what the commit says; in the file it is reviewed\n"
        in ran.stderr
    )
    pr.commit("jaan")
    assert pr.run("mari", "change", "show", "CHG-1", "--base", "main").stderr == ""


@pytest.mark.parametrize("content", ["x: [\n", None])
def test_show_tells_that_the_file_cannot_be_read(pr: Court, content: str | None) -> None:
    file = pr.repo.path / "records/changes/CHG-1.yaml"
    file.unlink() if content is None else file.write_text(content)
    assert "is edited and not committed" in pr.run("mari", "change", "show", "CHG-1", "--base", "main").stderr


def test_show_of_another_branch_says_nothing_of_files(pr: Court) -> None:
    pr.checkout("main")
    pr.put(change("CHG-1", {DB: "change"}, state="draft", schedule=None))
    assert pr.run("mari", "change", "show", "CHG-1", "--base", "main", "--head", "pr").stderr == ""


def test_a_change_that_is_in_no_commit_is_named(court: Court) -> None:
    court.branch("pr")
    court.put(change("CHG-1", {DB: "change"}))
    for argv in (("show", "CHG-1"), ("approve", "CHG-1", "--key", str(court.keys["mari"]), "--yes")):
        ran = court.run("mari", "change", *argv, "--base", "main")
        assert ran.code == 2
        assert "records/changes/CHG-1.yaml is there, and in no commit: commit it" in ran.stderr


# --- where a vote belongs


@pytest.mark.parametrize("folder", ["votes", "a folder"])
def test_the_commands_that_bring_a_vote_along_work_as_they_stand(pr: Court, tmp_path: Path, folder: str) -> None:
    out = tmp_path / folder
    argv = ("change", "approve", "CHG-1", "--key", str(pr.keys["mari"]), "--yes", "--anyway", "--out", str(out))
    said = pr.run("mari", *argv, "--base", "main").stdout
    lines = [line.strip() for line in said.split("next: ")[1].splitlines()[1:]]
    assert len(lines) == 4
    subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=pr.repo.path, env=dict(pr.repo.environ), check=True)
    votes = [one for one in walk(pr.gate().verdict) if one["what"] == "vote"]
    assert {one["name"] for one in votes} == {"mari"}
    assert re.search(r"approvals/CHG-1/mari-[0-9a-f]{12}\.json", pr.repo.git("show", "--name-only", "HEAD"))


# --- who is not on record


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--add-vote", "nobody"), "--add-vote: no Person at the base is called nobody"),
        (("--add-vote", "nobody:board"), "--add-vote: no Person at the base is called nobody"),
        (("--add-vote", "marri"), "did you mean mari"),
        (("--add-vote", "mari:no-such-role"), "--add-vote: no Role at the base is called no-such-role"),
        (("--without", "nobody"), "--without: no Person at the base is called nobody"),
    ],
)
def test_who_is_not_on_record_is_not_supposed_to_vote(pr: Court, argv: tuple[str, ...], says: str) -> None:
    ran = pr.run("mari", "gate", "--base", "main", "--simulate", *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert re.search("itsmctl list (Person|Role)", ran.stderr)


def test_who_is_on_record_is(pr: Court) -> None:
    assert pr.run("mari", "gate", "--base", "main", "--simulate", "--add-vote", "mari").code in (0, 1)


# --- what is meant


def test_a_freeze_is_named_on_a_single_line(court: Court) -> None:
    spec = {
        "state": "planned",
        "start": "2026-11-30T00:00:00Z",
        "end": "2026-12-24T00:00:00Z",
        "reason": "Quiet days.",
        "serial": 1,
    }
    court.put(record("FreezeWindow", "library-days", spec, "Role/change-manager"))
    court.commit("rein")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan")
    said = court.run("mari", "gate", "--base", "main", "-f", "concise").stdout
    assert [
        line for line in said.splitlines() if "[FREEZE]" in line and "the freeze library-days, from 2026-11-30" in line
    ]


def test_what_was_edited_at_the_base_can_be_looked_up(pr: Court) -> None:
    pr.vote("mari", "CHG-1")
    pr.checkout("main")
    pr.edit(DB, {"/metadata/title": "Another title"})
    pr.commit("rein")
    pr.checkout("pr")
    said = " ".join(str(one["says"]) for one in walk(pr.gate().verdict) if one["code"] == "STALE")
    assert f"{DB} is another at the base since" in said
    command = re.search(r"\(itsmctl (log [^)]*) says what\)", said)
    assert command is not None
    shown = pr.run("mari", *command[1].split())
    assert "/metadata/title" in shown.stdout or "Another title" in shown.stdout


@pytest.mark.parametrize("root", ["docs", "."])
def test_paths_can_be_opened_wherever_the_root_is_looked_for_from(pr: Court, root: str) -> None:
    """--root docs, a folder of the governed repository: its records do not lie below docs."""
    pr.repo.write("docs/a.md", "a\n")
    said = pr.run("mari", "gate", "--base", "main", "--root", root, "-f", "concise").stdout
    paths = re.findall(r"^(\S+\.yaml):\d+:\d+: ", said, re.MULTILINE)
    assert paths
    assert all((pr.repo.path / path).is_file() for path in paths)
