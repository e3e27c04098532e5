"""The example copied without its history: each command says that the commit is not there, in a place people know."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from conftest import Repo, undisturbed

PROJECT = Path(__file__).resolve().parent.parent
BENCH = re.compile(r"itsmctl-[a-z0-9_]{8}")
"""What temporary folders of git are called."""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    path = tmp_path_factory.mktemp("lone")
    repo = Repo(path, undisturbed(path / "home"))
    repo.git("init", "--quiet", "--initial-branch=main")
    shutil.copytree(PROJECT / "example-repo", path, dirs_exist_ok=True)
    repo.commit()
    return repo


@pytest.mark.parametrize(
    "line",
    [
        "baseline verify print-server-2026-11 --brief",
        "baseline diff print-server-2026-11 print-server-2026-11-30",
        "baseline export print-server-2026-11 -f csv",
        "baseline export print-server-2026-11 -f markdown",
        "baseline approve print-server-2026-11",
        "baseline tag print-server-2026-11",
        "release check print-server-2.4.14 --stage done",
        "release tag print-server-2.4.14",
        "baseline audit print-server-2026-11 --against docs/koha-runbook.md",
    ],
)
def test_the_commit_is_not_there(lone: Repo, line: str) -> None:
    ran = lone.run(*shlex.split(line))
    said = " ".join((ran.stdout + ran.stderr).split())
    assert ran.code in (1, 3)
    assert "no commit is called" in said
    assert f"in {lone.path}" in said
    assert BENCH.search(said) is None


@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_broken_objects_are_told_of_without_a_temporary_folder(repo: Repo, damage: str) -> None:
    shutil.copytree(PROJECT / "example-repo", repo.path, dirs_exist_ok=True)
    repo.commit()
    repo.git("branch", "work")
    oid = repo.git("rev-parse", "HEAD:records/services/loans.yaml")
    file = repo.path / ".git/objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(b"")
    for line in ("gate --base main --head work", "baseline status", "show loans --rev HEAD"):
        ran = repo.run(*line.split())
        assert ran.code == 3, line
        assert BENCH.search(ran.stderr) is None
        assert oid[:7] in ran.stderr
