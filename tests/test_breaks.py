"""For each rule, the example repository broken in the smallest way: exactly that finding, on the right line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import breaking
import pytest
from conftest import Repo, undisturbed

if TYPE_CHECKING:
    from breaking import Break

PROJECT = Path(__file__).resolve().parent.parent
BREAKS = breaking.breaks()
PROCESSES = sorted(folder.name for folder in (PROJECT / "policies").iterdir() if folder.is_dir())


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The example, committed. Each test leaves it as it was."""
    folder = tmp_path_factory.mktemp("breaks")
    repo = Repo(folder / "example", undisturbed(folder / "home"))
    shutil.copytree(PROJECT / "example-repo", repo.path)
    repo.git("init", "--quiet", "--template=", "--initial-branch=main")
    repo.commit("The example")
    return repo


@pytest.mark.parametrize("broken", BREAKS, ids=[one.id for one in BREAKS])
def test_it_is_found_and_nothing_else(broken: Break, example: Repo) -> None:
    found, expected = breaking.outcome(broken, example)
    assert found == expected


def test_unbroken_nothing_is_found(example: Repo) -> None:
    """So what the breaks find comes from the breaks, and each has put everything back."""
    assert breaking.found(example) == []
    assert breaking.found(example, breaking.AS_OF, "--since=HEAD") == []
    assert example.git("status", "--porcelain") == ""


@pytest.mark.parametrize("process", PROCESSES)
def test_each_rule_is_broken(process: str) -> None:
    rules = {path.stem for path in (PROJECT / "policies" / process).glob("*.yaml")}
    assert {one.rule for one in BREAKS if one.table == process} == rules


def test_names_of_breaks_are_distinct() -> None:
    assert len({one.id for one in BREAKS}) == len(BREAKS)
