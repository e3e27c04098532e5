"""What git says of the past: commits as they are, edits to oddly named files, nothing that a config could bend."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import Repo

from itsmctl.gitdiscovery import discover
from itsmctl.gitrepo import GitRepo

if TYPE_CHECKING:
    from conftest import MakeRepo


def opened(repo: Repo) -> GitRepo:
    found = discover(repo.path, repo.environ)
    assert found is not None
    return found


def edits(repo: Repo, under: str = "records") -> dict[str, list[tuple[str, int, bool, bool]]]:
    """Subject → (path, parents, was there before, is there after) of each edit."""
    git = opened(repo)
    subjects = {commit.oid: commit.subject for commit in git.commits("HEAD")}
    return {
        subjects[oid]: [(one.path, len(one.before), any(one.before), bool(one.after)) for one in held]
        for oid, held in git.edits("HEAD", under).items()
    }


def test_a_commit_is_told_as_it_says_itself(repo: Repo) -> None:
    repo.write(".mailmap", "Somebody Else <else@example.org> <mari@example.org>\n")
    first = repo.commit("One")
    second = repo.commit_staged("Two  words\n\nText.\n\nChange: CHG-1\nchange:  CHG-2\n  and more\nOther: x")
    newest, oldest = opened(repo).commits("HEAD")
    assert (newest.oid, newest.parents, oldest.oid, oldest.parents) == (second, (first,), first, ())
    assert (newest.author, newest.email, newest.subject) == ("Mari Maasikas", "mari@example.org", "Two  words")
    assert newest.trailers == ("CHG-1", "CHG-2 and more")
    assert (newest.authored, newest.committed) == (1793606402, 1793606402)
    assert oldest.trailers == ()


def test_children_come_before_their_parents_whatever_their_dates(repo: Repo) -> None:
    for day in ("2026-03-01", "2025-01-01", "2026-02-01"):
        dated = {**repo.environ, "GIT_AUTHOR_DATE": f"{day}T00:00:00Z", "GIT_COMMITTER_DATE": f"{day}T00:00:00Z"}
        Repo(repo.path, dated).git("commit", "--quiet", "--allow-empty", "-m", day)
    assert [commit.subject for commit in opened(repo).commits("HEAD")] == ["2026-02-01", "2025-01-01", "2026-03-01"]


def test_added_edited_removed_and_nothing_but_what_lies_below(repo: Repo) -> None:
    repo.write("records/a", "1")
    repo.write("elsewhere/a", "1")
    repo.commit("Add")
    repo.write("records/a", "2")
    repo.commit("Edit")
    repo.write("elsewhere/a", "2")
    repo.commit("Elsewhere")
    repo.git("mv", "records/a", "records/b")
    repo.commit("Move")
    assert edits(repo) == {
        "Add": [("records/a", 1, False, True)],
        "Edit": [("records/a", 1, True, True)],
        "Move": [("records/a", 1, True, False), ("records/b", 1, False, True)],
    }


@pytest.mark.parametrize("name", ["line\nbreak", ":100644 100644 a b M", "tab\there", "õun", b"\xff\xfe", "-x", "*"])
def test_odd_names(repo: Repo, name: str | bytes) -> None:
    raw = name.encode() if isinstance(name, str) else name
    repo.write(f"records/{os.fsdecode(raw)}", "x")
    repo.commit("Odd")
    (found,) = edits(repo)["Odd"]
    assert found == (f"records/{raw.decode('utf-8', 'surrogateescape')}", 1, False, True)


def test_of_a_merge_only_what_is_in_none_of_its_parents(repo: Repo) -> None:
    repo.write("records/a", "1")
    repo.write("records/b", "1")
    repo.commit("Base")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.write("records/a", "topic")
    repo.write("records/b", "topic")
    repo.commit("Topic")
    repo.git("checkout", "--quiet", "main")
    repo.write("records/a", "main")
    repo.commit("Main")
    repo.git("merge", "--quiet", "--no-commit", "-s", "ours", "topic")
    repo.write("records/a", "both")
    repo.write("records/b", "topic")
    repo.write("records/c", "new")
    repo.commit("Merge")
    assert edits(repo)["Merge"] == [("records/a", 2, True, True), ("records/c", 2, False, True)]


def test_what_is_no_plain_file_counts_as_none(repo: Repo) -> None:
    repo.write("records/program").chmod(0o755)
    (repo.path / "records/link").symlink_to("program")
    repo.write("records/file", "x")
    repo.commit("Three")
    (held,) = opened(repo).edits("HEAD", "records").values()
    assert [one.path for one in held] == ["records/file"]
    (repo.path / "records/file").unlink()
    (repo.path / "records/file").symlink_to("program")
    repo.commit("Turned into a link")
    assert edits(repo)["Turned into a link"] == [("records/file", 1, True, False)]
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},records/module.yaml")
    repo.commit_staged("A submodule")
    assert "A submodule" not in edits(repo)


def test_no_config_of_the_repository_bends_the_answer(repo: Repo) -> None:
    repo.write("records/a", "one\ntwo\nthree\n")
    repo.commit("Add")
    repo.git("mv", "records/a", "records/b")
    repo.commit("Move\n\nChange: CHG-1")
    honest = opened(repo).commits("HEAD"), edits(repo)
    for key, value in {
        "log.follow": "true",
        "log.showRoot": "false",
        "log.diffMerges": "off",
        "diff.renames": "copies",
        "diff.relative": "true",
        "core.abbrev": "4",
        "core.quotePath": "true",
        "trailer.separators": "#",
        "i18n.logOutputEncoding": "latin1",
        "format.pretty": "oneline",
        "color.ui": "always",
    }.items():
        repo.git("config", key, value)
    assert (opened(repo).commits("HEAD"), edits(repo)) == honest


def test_a_repository_with_other_ids(make_repo: MakeRepo) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    repo.write("records/a", "1")
    repo.commit("Add")
    ((oid, held),) = opened(repo).edits("HEAD", "records").items()
    assert (len(oid), held[0].before, len(held[0].after)) == (64, ("",), 64)


def test_where_a_shallow_clone_is_cut(repo: Repo) -> None:
    for number in range(3):
        repo.write("records/a", str(number))
        repo.commit(str(number))
    root = repo.git("rev-list", "--max-parents=0", "HEAD")
    assert opened(repo).cut_at([root]) == frozenset()
    clone = Repo(repo.path.parent / "clone", repo.environ)
    words = ["git", "clone", "-q", "--depth=2", repo.path.as_uri(), str(clone.path)]
    subprocess.run(words, env=repo.environ, check=True)
    newest, oldest = opened(clone).commits("HEAD")
    assert opened(clone).cut_at([oldest.oid]) == {oldest.oid}
    assert newest.parents == (oldest.oid,)
    assert oldest.parents == ()


def test_ids_of_what_commits_hold(repo: Repo) -> None:
    repo.write("records/a", "1")
    oid = repo.commit("Add")
    found = opened(repo).ids([f"{oid}:records/a", f"{oid}:records/b", f"{oid}:a\nb", "nonsense"])
    assert [bool(one) for one in found] == [True, False, False, False]
