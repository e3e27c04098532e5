"""A record is judged the same in the work tree, at a revision, and against a base; rules over edits need the last.

The records are those of the example with as many breaks at once as fit together. How pre-commit judges stands in
test_ecosystem.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import breaking
import pytest
from breaking import AS_OF, found
from conftest import Repo, undisturbed

from itsmctl import rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from breaking import Break

PROJECT = Path(__file__).resolve().parent.parent
BREAKS = breaking.breaks()
OF_EDITS = [one for one in BREAKS if one.since]
NEED_A_BASE = {policy.rule.id for policy in rulebook.builtin().policies if policy.needs_base}


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The example, as one commit."""
    folder = tmp_path_factory.mktemp("same")
    repo = Repo(folder / "example", undisturbed(folder / "home"))
    shutil.copytree(PROJECT / "example-repo", repo.path)
    repo.git("init", "--quiet", "--template=", "--initial-branch=main")
    repo.commit("The example")
    return repo


@pytest.fixture
def example(committed: Repo) -> Iterator[Repo]:
    """The example for one test, which may edit and commit."""
    clean = committed.git("rev-parse", "HEAD")
    yield committed
    committed.git("reset", "--quiet", "--hard", clean)
    committed.git("clean", "--quiet", "--force", "-d")


def rule_of(told: str) -> str:
    return told.split(" ")[0]


def broken_in(repo: Repo, one: Break) -> bool:
    """Break it so, if what stands there still allows it."""
    files = {repo.path / edit["file"] for edit in one.edits}
    before = {file: file.read_bytes() for file in files if file.exists()}
    try:
        for edit in one.edits:
            breaking.apply(edit, repo.path / edit["file"])
    except (AssertionError, FileNotFoundError):
        for file in files:
            file.write_bytes(before[file]) if file in before else file.unlink(missing_ok=True)
        return False
    return True


def test_many_findings_are_the_same_whichever_way_they_are_looked_for(example: Repo) -> None:
    clean = example.git("rev-parse", "HEAD")
    done = [one for one in BREAKS if one.as_of == AS_OF and broken_in(example, one)]
    assert len(done) > len(BREAKS) / 2
    work = found(example)
    assert len({rule_of(told) for told in work}) > len(done) / 4

    against = found(example, AS_OF, f"--since={clean}")
    assert [told for told in against if rule_of(told) not in NEED_A_BASE] == work
    example.commit("broken")
    assert found(example, AS_OF, "--rev=HEAD") == work
    assert found(example) == work
    assert found(example, AS_OF, "--rev=HEAD", f"--since={clean}") == against
    assert found(example, AS_OF, "--since=HEAD") == []


def test_each_rule_over_edits_is_tried() -> None:
    assert {one.rule for one in OF_EDITS} >= NEED_A_BASE


@pytest.mark.parametrize("one", OF_EDITS, ids=[one.id for one in OF_EDITS])
def test_a_rule_over_edits_sees_them_in_the_work_tree_and_between_commits(one: Break, example: Repo) -> None:
    clean = example.git("rev-parse", "HEAD")
    assert broken_in(example, one)
    without = example.run("validate", "--as-of", one.as_of, "--format", "json")
    report = json.loads(without.stdout)
    if one.rule in NEED_A_BASE:
        assert one.rule in {held["rule"] for held in report["seen"]["rules_not_run"]}
        assert one.rule not in {held["rule"] for held in report["findings"]}

    edited = [told for told in found(example, one.as_of, f"--since={clean}") if rule_of(told) == one.rule]
    assert edited
    example.commit("edited")
    later = found(example, one.as_of, "--rev=HEAD", f"--since={clean}")
    assert [told for told in later if rule_of(told) == one.rule] == edited
    assert one.rule not in map(rule_of, found(example, one.as_of, "--since=HEAD"))
