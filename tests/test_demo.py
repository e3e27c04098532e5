"""`itsmctl init --example`: a real repository, in which each command that it prints says what it promises."""

from __future__ import annotations

import json
import re
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Repo, undisturbed
from court import Judged, walk

from itsmctl.desk.example import EXAMPLES

if TYPE_CHECKING:
    from conftest import Ran


def made(folder: Path) -> tuple[Repo, Ran]:
    """The example, in `folder`/library, and how the command ended."""
    outside = Repo(folder, undisturbed(folder / "home"))
    ran = outside.run("init", "--example", "library")
    return Repo(folder / "library", outside.environ), ran


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Ran]:
    repo, ran = made(tmp_path_factory.mktemp("example"))
    assert ran.code == 0, ran.stderr
    return repo, ran


def printed(ran: Ran) -> list[str]:
    """The command lines that are printed, in their order."""
    return [line.strip() for line in ran.stdout.splitlines() if line.startswith("  ")]


def test_the_reasons_are_those_that_it_tells_and_no_others(library: tuple[Repo, Ran]) -> None:
    repo, _ = library
    denied = {}
    for one in EXAMPLES:
        told = Judged(repo.run("gate", "--head", one.branch, "-f", "json"))
        denied[one.branch] = (told.outcome, told.codes, told.ignored)
    assert denied["pr/allowed"] == ("ALLOWED", set(), {})
    assert denied["pr/stale"] == ("DENIED", {"LACKING"}, {"mari": "STALE", "kadri": "STALE"})
    assert denied["pr/self-approved"] == ("DENIED", {"LACKING"}, {"jaan": "CONTRIBUTOR"})
    assert denied["pr/emergency"][0] == "OVERRIDDEN"
    assert denied["pr/freeze"] == ("DENIED", {"FREEZE"}, {})


def test_its_records_are_sound_and_its_history_passes(library: tuple[Repo, Ran]) -> None:
    repo, _ = library
    checked = repo.run("validate", "--rev", "main", "-f", "json")
    assert checked.code == 0
    # two service managers and a rule that asks for both: neither of them can alter the rules
    assert {one["rule"] for one in json.loads(checked.stdout)["findings"]} == {"approval-bus-factor"}
    assert repo.run("audit", "history", "main").code == 0


def test_every_command_that_it_prints_says_what_it_promises(tmp_path: Path) -> None:
    repo, ran = made(tmp_path)
    commands = printed(ran)
    assert commands[0] == "cd library"
    promised = re.findall(r"^([A-Z]+): .+\n\n  itsmctl gate --head (\S+)$", ran.stdout, re.MULTILINE)
    assert promised == [(one.outcome, one.branch) for one in EXAMPLES]
    for outcome, branch in promised:
        assert f"itsmctl gate --head {branch}" in commands
        told = Judged(repo.run("gate", "--head", branch, "-f", "json"))
        codes = {one["code"] for one in walk(told.verdict)}
        assert outcome == told.outcome or (told.code == 1 and outcome in codes), (branch, codes)
    for line in commands[1:]:
        words = shlex.split(line)
        if words[0] == "git":
            repo.git(*words[1:])
        elif "--head" not in words:
            done = repo.run(*words[1:])
            assert done.code == 0, (line, done.stdout, done.stderr)


def test_it_leaves_a_clean_work_tree_on_main(tmp_path: Path) -> None:
    repo, _ = made(tmp_path)
    assert repo.git("branch", "--show-current") == "main"
    assert repo.git("status", "--porcelain") == ""
    repo.git("fsck", "--strict")
    branches = repo.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()
    assert sorted(branches) == sorted(["main", *(one.branch for one in EXAMPLES)])
    keys = repo.path.with_name("library.keys")
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    for key in keys.iterdir():
        assert key.suffix == ".pub" or stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("taken", ["library", "library.keys"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine").write_text("mine")
    _, ran = made(tmp_path)
    assert ran.code == 2
    assert f"{taken} is there already" in ran.stderr
    assert (tmp_path / taken / "mine").read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == [taken]


@pytest.mark.parametrize(("missing", "says"), [("git", "git is not installed"), ("ssh-keygen", "ssh-keygen is not")])
def test_what_is_missing_is_named_and_nothing_is_left_behind(tmp_path: Path, missing: str, says: str) -> None:
    import shutil

    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"git", "ssh-keygen", "ssh"} - {missing}:
        (programs / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "here").mkdir()
    outside = Repo(tmp_path / "here", {**undisturbed(tmp_path / "home"), "PATH": str(programs)})
    ran = outside.run("init", "--example", "library")
    assert ran.code == 3
    assert says in ran.stderr
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("argv", [(), ("library", "--name", "Mari"), ("library", "--branch", "trunk")])
def test_it_has_a_folder_and_a_world_of_its_own(tmp_path: Path, argv: tuple[str, ...]) -> None:
    ran = Repo(tmp_path, undisturbed(tmp_path / "home")).run("init", "--example", *argv)
    assert ran.code == 2
    assert list(tmp_path.iterdir()) == []
