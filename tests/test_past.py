"""What came after a commit is told as all of the past tells it; where records stood, also what nobody touched since."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from itsmctl import past
from itsmctl.gitdiscovery import discover
from itsmctl.gitrepo import GitRepo

if TYPE_CHECKING:
    from conftest import Repo


def opened(repo: Repo) -> GitRepo:
    found = discover(repo.path, repo.environ)
    assert found is not None
    return found


def grow(repo: Repo, seed: int) -> list[str]:
    """Commits on main and merged branches, which write, move and delete records at random; the first-parent line."""
    chance = random.Random(seed)
    files = [f"records/{folder}/{split}{name}.yaml" for folder in ("a", "b") for split in ("", "0/") for name in "xyz"]

    def work(mark: str) -> None:
        for path in chance.sample(files, 3):
            target = repo.path / path
            if target.exists() and chance.random() < 0.4:
                target.unlink()
            else:
                repo.write(path, f"{mark} {path}\n")
        repo.commit(f"Work {mark}\n\nChange: CHG-{mark}")

    work("0")
    line = [repo.head]
    for number in range(1, 7):
        if chance.random() < 0.5:
            work(str(number))
        else:
            repo.git("checkout", "--quiet", "-b", f"side-{number}", chance.choice(line))
            work(f"{number}-side")
            repo.git("checkout", "--quiet", "main")
            repo.git("merge", "--quiet", "--no-ff", "--no-commit", "-s", "ours", f"side-{number}")
            for path in chance.sample(files, 2):
                repo.write(path, f"{number} merged {path}\n")
            repo.commit(f"Merge {number}")
        line.append(repo.head)
    return line


@pytest.mark.parametrize("seed", range(6))
def test_what_came_after_a_commit_is_told_as_all_of_the_past_tells_it(repo: Repo, seed: int) -> None:
    line = grow(repo, seed)
    since = line[2]
    git = opened(repo)
    whole, later = past.read(git, line[-1], ""), past.read(git, line[-1], "", since)
    held = set(repo.git("rev-list", f"{since}..{line[-1]}").split())
    assert set(later.commits) == held
    assert later.commits == {oid: one for oid, one in whole.commits.items() if oid in held}
    assert later.edits == {oid: edits for oid, edits in whole.edits.items() if oid in held}
    assert later.brought_by == {oid: by for oid, by in whole.brought_by.items() if oid in held}
    assert later.brought == {oid: brought for oid, brought in whole.brought.items() if oid in line[3:]}
    for folder in ("a", "b"):
        for name in "xyz":
            there = {path for oid in line[2:] for path in repo.git("ls-tree", "-r", "--name-only", oid).split()}
            stood = {path for path in there if whole.identity(path) == (folder, name)}
            assert stood <= set(later.paths_of(folder, name)) <= set(whole.paths_of(folder, name))


@pytest.mark.parametrize("seed", range(6))
def test_an_object_is_named_as_git_names_it_whether_an_edit_tells_it_or_not(repo: Repo, seed: int) -> None:
    line = grow(repo, seed)
    git = opened(repo)
    paths = sorted({path for oid in line for path in repo.git("ls-tree", "-r", "--name-only", oid).split()})
    every = repo.git("rev-list", "main").split()
    names = [f"{oid}:{path}" for oid in every for path in (*paths, "records", "nowhere", "no:where")]
    for since in ("", line[2]):
        assert past.read(git, line[-1], "", since).blobs(names) == git.ids(names)


def test_what_is_no_plain_file_is_named_as_well(repo: Repo) -> None:
    repo.write("records/a/x.yaml", "x\n")
    repo.commit("One")
    path = repo.path / "records/a/x.yaml"
    path.unlink()
    path.symlink_to("elsewhere")
    repo.commit("Two")
    path.unlink()
    repo.write("records/a/x.yaml", "x\n")
    path.chmod(0o755)
    repo.commit("Three")
    git = opened(repo)
    names = [f"{oid}:records/a/x.yaml" for oid in repo.git("rev-list", "main").split()]
    assert past.read(git, repo.head, "").blobs(names) == git.ids(names)
