"""The bench: real repositories, honest and hostile. What is judged is what the objects say, or nothing is."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import MakeRepo, Repo
from hypothesis import given
from hypothesis import strategies as st
from msgspec import field

from itsmctl import gitbench, gitcommit, gitdiscovery, gitlines, gitrepo, rulebook, snapshot, sources
from itsmctl.errors import CannotJudge
from itsmctl.gitbench import Bench
from itsmctl.gitedits import TreeEdit

PIECES = (
    b"author ",
    b"committer ",
    b"tree ",
    b"gpgsig ",
    b"-----BEGIN SSH SIGNATURE-----",
    b"\n",
    b"\n\n",
    b" ",
    b"Mari <m@e.org> 1 +0000",
    b"Co-authored-by: ",
    b"<",
    b">",
    b"\xff",
    b"\0",
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


@contextmanager
def benched(repo: Repo, **options: object) -> Iterator[Bench]:
    found = gitdiscovery.discover(repo.path, repo.environ)
    assert found is not None
    with gitbench.bench(found, **options) as bench:  # type: ignore[arg-type]
        yield bench


def refusal(call: Callable[..., object], *arguments: object) -> CannotJudge:
    with pytest.raises(CannotJudge) as caught:
        call(*arguments)
    assert caught.value.hint
    return caught.value


def refused_bench(repo: Repo, **options: object) -> CannotJudge:
    with pytest.raises(CannotJudge) as caught, benched(repo, **options):
        pass
    assert caught.value.hint
    return caught.value


def contents(bench: Bench, tree: str) -> dict[str, bytes]:
    files = bench.repo.tree_files(tree, ".") if tree else []
    return {
        file.path: content
        for file, (_, content) in zip(files, bench.repo.blobs([f.oid for f in files], 1 << 20), strict=True)
    }


def forked(repo: Repo) -> tuple[str, str]:
    """main and topic, each with a file of its own."""
    repo.write("shared.txt", "".join(f"{n}\n" for n in range(20)))
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("topic.txt", "topic\n")
    head = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("main.txt", "main\n")
    return repo.commit(), head


def raw_commit(repo: Repo, content: bytes) -> str:
    return repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=content)


def tree_of(repo: Repo, rev: str = "HEAD") -> str:
    return repo.git("rev-parse", f"{rev}^{{tree}}")


def commit_tree(repo: Repo, tree: str, *parents: str, message: str = "made") -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    return repo.git("commit-tree", tree, *words, "-m", message)


# --- merge --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_a_merge_is_read_like_any_commit_and_is_the_same_each_time(
    make_repo: MakeRepo, options: tuple[str, ...]
) -> None:
    repo = make_repo("repo", *options)
    base, head = forked(repo)
    with benched(repo) as bench:
        merged = bench.merge(base, head)
        source = sources.Commit(bench.repo, "", merged.commit)
        assert source.names() == {"shared.txt", "topic.txt", "main.txt"}
        assert source.content("topic.txt") == b"topic\n"
        assert source.once_held("topic.txt")
        assert source.whole_history
        assert merged.tree == merged.commit.tree == bench.repo.resolve(merged.commit.oid).tree
        assert merged.commit.time == max(bench.repo.resolve(base).time, bench.repo.resolve(head).time)
    with benched(repo) as bench:
        assert bench.merge(base, head) == merged


def test_one_that_is_in_the_other_is_merged_too(repo: Repo) -> None:
    base, _ = forked(repo)
    root = repo.git("rev-parse", f"{base}~1")
    with benched(repo) as bench:
        assert bench.merge(base, root).tree == tree_of(repo, base)
        assert bench.merge(root, base).tree == tree_of(repo, base)
        assert bench.merge(base, base).tree == tree_of(repo, base)


@pytest.mark.parametrize(
    "times", [(300, 200, 100), (100, 300, 50), (100, 200, 300)], ids=["back", "forth and back", "on"]
)
@pytest.mark.parametrize("more", [0, 80], ids=["near", "far"])
def test_whatever_its_commits_say_of_time_one_that_is_in_the_other_is_merged(
    repo: Repo, times: tuple[int, ...], more: int
) -> None:
    trees, line = [], list[str]()
    for name in "abc":
        repo.write(name, name)
        repo.commit()
        trees.append(tree_of(repo))
    for time, tree in zip((*times, *[times[-1]] * more), (*trees, *trees[-1:] * more), strict=True):
        ident = b"Jaan <jaan@example.org> %d +0000" % time
        parent = b"parent %s\n" % line[-1].encode() if line else b""
        head = b"tree %s\n%sauthor %s\ncommitter %s\n\n" % (tree.encode(), parent, ident, ident)
        line.append(raw_commit(repo, head + b"%d\n" % len(line)))
    with benched(repo) as bench:
        for before in line[:3]:
            assert bench.merge(before, line[-1]).tree == bench.merge(line[-1], before).tree == trees[-1]
            assert bench.holds(line[-1], before)
            assert bench.holds(before, line[-1]) is (before == line[-1])
        whole = bench.first_parents(line[-1], [])
        assert bench.first_parents(line[1], []) == whole[:2]
        assert not bench.holds(line[1], line[2])
        assert bench.holds(line[2], line[1])


def test_a_conflict_names_its_paths_and_the_way_out(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.write("main.txt", "otherwise\n")
    head = repo.commit()
    with benched(repo) as bench:
        said = refusal(bench.merge, base, head)
        assert "main.txt" in said.message
        assert "Merge the target branch" in said.hint


def test_histories_without_a_common_commit_are_refused(repo: Repo) -> None:
    base, _ = forked(repo)
    head = commit_tree(repo, tree_of(repo))
    with benched(repo) as bench:
        assert "no history in common" in refusal(bench.merge, base, head).message


def test_a_criss_cross_history_is_merged(repo: Repo) -> None:
    base, head = forked(repo)
    repo.git("merge", "-q", "--no-edit", head)
    one = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "topic")
    repo.git("merge", "-q", "--no-edit", base)
    repo.write("late.txt", "late\n")
    two = repo.commit()
    assert len(repo.git("merge-base", "--all", one, two).split()) == 2
    with benched(repo) as bench:
        assert bench.merge(one, two).tree == tree_of(repo, two)


def test_where_several_bases_conflict_only_what_both_sides_have_alike_is_merged(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.write("main.txt", "otherwise\n")
    topic = repo.commit()
    trees = []
    for solution in ("main\n", "main\n", "other\n"):
        repo.write("main.txt", solution)
        repo.git("add", "--all")
        trees.append(repo.git("write-tree"))
    one, alike, unlike = (
        commit_tree(repo, tree, *parents)
        for tree, parents in zip(trees, ((base, topic), (topic, base), (topic, base)), strict=True)
    )
    with benched(repo) as bench:
        assert bench.merge(one, alike).tree == tree_of(repo, one)
        assert "main.txt" in refusal(bench.merge, one, unlike).message
        cured = commit_tree(repo, tree_of(repo, unlike), unlike, one)
        assert bench.merge(one, cured).tree == tree_of(repo, unlike)


@pytest.mark.parametrize("side", ["one", "two"])
def test_an_edit_does_not_wander_with_a_rename(repo: Repo, side: str) -> None:
    base, _ = forked(repo)
    blob = repo.git("rev-parse", f"{base}:shared.txt")
    edited = repo.git("hash-object", "-w", "--stdin", stdin="".join(f"{n}\n" for n in range(21)).encode())
    renames = commit_tree(repo, repo.git("mktree", stdin=f"100644 blob {blob}\tmoved.txt\n".encode()), base)
    edits = commit_tree(repo, repo.git("mktree", stdin=f"100644 blob {edited}\tshared.txt\n".encode()), base)
    pair = (renames, edits) if side == "one" else (edits, renames)
    merge = commit_tree(repo, repo.git("mktree", stdin=f"100644 blob {edited}\tmoved.txt\n".encode()), *pair)
    with benched(repo) as bench:
        assert "moved.txt" in refusal(bench.merge, *pair).message
        (found,) = [one for one in bench.brought(base, merge) if one.oid == merge]
        assert {edit.path for edit in found.edits} == {"moved.txt", "shared.txt"}


def test_renames_are_not_guessed_at(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.git("mv", "shared.txt", "moved.txt")
    head = repo.commit()
    repo.git("checkout", "-q", "-b", "side", base)
    repo.write("shared.txt", "".join(f"{n}\n" for n in range(21)))
    side = repo.commit()
    with benched(repo) as bench:
        assert "shared.txt" in refusal(bench.merge, head, side).message
        found = {edit.path: edit.status for edit in bench.edits(tree_of(repo, base), tree_of(repo, head))}
        assert found == {"shared.txt": "D", "moved.txt": "A"}


@pytest.mark.parametrize("where", ["content", "info", "config"])
def test_neither_attributes_nor_config_have_a_say(repo: Repo, where: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    attributes = "*.txt merge=union -diff\n*.yaml working-tree-encoding=UTF-16\n*.own merge=own\n"
    if where == "content":
        repo.write(".gitattributes", attributes)
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.write("main.txt", "otherwise\n")
    head = repo.commit()
    if where == "info":
        repo.write(".git/info/attributes", attributes)
    else:
        repo.write("somewhere", attributes)
        repo.git("config", "core.attributesFile", str(repo.path / "somewhere"))
    repo.git("config", "merge.default", "own")
    repo.git("config", "merge.own.driver", f"touch {mark}")
    repo.git("config", "merge.renames", "true")
    with benched(repo) as bench:
        assert "main.txt" in refusal(bench.merge, base, head).message
    assert not mark.exists()


def test_replacements_and_grafts_have_no_say(repo: Repo) -> None:
    base, head = forked(repo)
    other = commit_tree(repo, repo.git("mktree"), repo.git("rev-parse", f"{base}~1"))
    repo.git("replace", head, other)
    repo.write(".git/info/grafts", f"{head}\n")
    with benched(repo) as bench:
        assert "topic.txt" in contents(bench, bench.merge(base, head).tree)
        assert [one.oid for one in bench.brought(base, head)] == [head]


def test_only_full_ids_of_commits_are_taken(repo: Repo) -> None:
    base, head = forked(repo)
    repo.git("tag", "-a", "v1", "-m", "one", head)
    tag = repo.git("rev-parse", "v1")
    with benched(repo) as bench:
        for name in ("main", "HEAD", base[:12], "", "--help", base.upper(), f"{base}\n", tag, "0" * 40, tree_of(repo)):
            refusal(bench.merge, base, name)
            refusal(bench.brought, name, head)
            refusal(bench.first_parents, name, ["a"])
            refusal(bench.refuse_damaged, name, head)


# --- what the repository has to be ----------------------------------------------------------------------------------


def test_a_shallow_clone_is_refused_with_what_mends_it(repo: Repo, tmp_path: Path) -> None:
    forked(repo)
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"))
    said = refused_bench(Repo(tmp_path / "clone", repo.environ))
    assert "git fetch --unshallow" in said.hint


@pytest.mark.parametrize("key", ["remote.origin.promisor", "remote.a.b.partialCloneFilter", "extensions.partialClone"])
def test_a_partial_clone_is_refused(repo: Repo, key: str) -> None:
    forked(repo)
    repo.git("config", key, "true")
    said = refused_bench(repo)
    assert "partial clone" in said.message
    assert "--refetch" in said.hint


def test_a_partial_clone_of_another_git_is_refused(repo: Repo, tmp_path: Path) -> None:
    forked(repo)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(tmp_path / "clone"))
    assert "partial clone" in refused_bench(Repo(tmp_path / "clone", repo.environ)).message


@posix
def test_an_old_git_is_refused(repo: Repo, tmp_path: Path) -> None:
    forked(repo)
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = version ] && echo git version 2.37.9 && exit\nexec {shutil.which("git")} "$@"\n'
    )
    fake.chmod(0o755)
    path = f"{fake.parent}{os.pathsep}{repo.environ['PATH']}"
    said = refused_bench(Repo(repo.path, {**repo.environ, "PATH": path}))
    assert "2.37.9" in said.message
    assert "2.38" in said.message


@posix
def test_a_path_may_hold_anything(make_repo: MakeRepo) -> None:
    repo = make_repo('odd "na\\me"\n# õ')
    base, head = forked(repo)
    with benched(repo) as bench:
        assert "topic.txt" in contents(bench, bench.merge(base, head).tree)


def test_a_linked_work_tree_borrows_from_the_repository_that_it_belongs_to(repo: Repo, tmp_path: Path) -> None:
    base, head = forked(repo)
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "topic")
    with benched(Repo(tmp_path / "linked", repo.environ)) as bench:
        assert "topic.txt" in contents(bench, bench.merge(base, head).tree)


def test_a_quarantine_is_read_when_it_is_asked_for(repo: Repo, tmp_path: Path) -> None:
    base, _ = forked(repo)
    shutil.copytree(repo.path, tmp_path / "other")
    other = Repo(tmp_path / "other", repo.environ)
    other.write("new.txt", "new\n")
    head = other.commit()
    with benched(repo) as bench:
        refusal(bench.merge, base, head)
    with benched(repo, quarantine=[tmp_path / "other/.git/objects"]) as bench:
        assert "new.txt" in contents(bench, bench.merge(base, head).tree)
    assert "cannot be read" in refused_bench(repo, quarantine=[tmp_path / "nowhere"]).message
    assert "absolute" in refused_bench(repo, quarantine=[Path("nowhere")]).message


def test_the_real_repository_is_never_written_and_the_bench_vanishes(repo: Repo) -> None:
    base, head = forked(repo)
    before = {path: path.stat().st_mtime_ns for path in repo.path.rglob("*")}
    with benched(repo) as bench:
        place = bench.repo.git_dir
        bench.merge(base, head)
        bench.brought(base, head)
        bench.first_parents(base, ["main.txt"])
        bench.refuse_damaged(base, head)
    assert {path: path.stat().st_mtime_ns for path in repo.path.rglob("*")} == before
    assert not place.exists()


# --- edits and first parents ------------------------------------------------------------------------------------------


def test_edits_are_of_any_mode_and_any_name(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"content")
    commit = commit_tree(repo, repo.git("mktree"))

    def tree(*entries: str) -> str:
        listed = b"".join(entry.encode("utf-8", "surrogateescape") + b"\0" for entry in entries)
        return repo.git("mktree", "-z", stdin=listed)

    before = tree(f"100644 blob {blob}\ta", f"100644 blob {blob}\tmode", f"100644 blob {blob}\ttype")
    odd = "line\nfeed \udcff :100644"
    after = tree(
        f"100644 blob {blob}\t{odd}",
        f"100755 blob {blob}\tmode",
        f"160000 commit {commit}\tsub",
        f"120000 blob {blob}\ttype",
    )
    with benched(repo) as bench:
        assert set(bench.edits(before, after)) == {
            TreeEdit("a", ("100644", blob), None),
            TreeEdit(odd, None, ("100644", blob)),
            TreeEdit("mode", ("100644", blob), ("100755", blob)),
            TreeEdit("sub", None, ("160000", commit)),
            TreeEdit("type", ("100644", blob), ("120000", blob)),
        }
        assert [edit.status for edit in bench.edits(before, after)] == ["D", "A", "M", "A", "T"]
        assert bench.edits(after, after) == ()
        refusal(bench.edits, before, "HEAD")
        refusal(bench.edits, before, "0" * 40)


def test_the_first_parent_line_with_what_each_commit_did_on_it(repo: Repo) -> None:
    base, head = forked(repo)
    repo.git("merge", "-q", "--no-edit", head)
    tip = repo.git("rev-parse", "HEAD")
    with benched(repo) as bench:
        landed = bench.first_parents(tip, ["topic.txt", "shared.txt", "main*"])
        assert [one.oid for one in landed] == [repo.git("rev-parse", f"{base}~1"), base, tip]
        assert [[edit.path for edit in one.edits] for one in landed] == [["shared.txt"], [], ["topic.txt"]]
        assert [one.time for one in landed][:2] == [1793606401, 1793606403]
        assert not any(one.edits for one in bench.first_parents(tip, []))


# --- what a head brings -----------------------------------------------------------------------------------------------


def test_hands_are_those_of_the_raw_commit(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.write(".mailmap", "Somebody Else <else@example.org> <mari@example.org>\n")
    squashed = "x\n\n* Co-Authored-By: Jaan <jaan@example.org>\n\n"
    folded = "co-authored-by:\n  Liis <liis@example.org>, K <k@e.org>\nnot\n"
    head = repo.commit(f"{squashed}{folded}\nchange: CHG-1\nChange: CHG-2\n")
    with benched(repo) as bench:
        (one,) = bench.brought(base, head)
        assert [(hand.role, hand.email, hand.readable) for hand in one.hands] == [
            ("author", "mari@example.org", True),
            ("committer", "mari@example.org", True),
            ("co-author", "jaan@example.org", True),
            ("co-author", "liis@example.org", True),
            ("co-author", "k@e.org", True),
        ]
        assert one.names == ("CHG-1", "CHG-2")
        assert [edit.path for edit in one.edits] == [".mailmap"]


@pytest.mark.parametrize(
    "ident",
    [
        b"Mari 1793606401 +0000",
        b"Mari <> 1793606401 +0000",
        b"Mari <mari@example.org 1793606401 +0000",
        b"Mari <mari@example.org>",
        b"Mari <mari@example.org> <jaan@example.org> 1793606401 +0000",
        b"Mari <mari\xff@example.org> 1793606401 +0000",
        b"",
    ],
)
def test_who_cannot_be_read_is_there_all_the_same(repo: Repo, ident: bytes) -> None:
    base, _ = forked(repo)
    good = b"Jaan <jaan@example.org> 1793606401 +0000"
    head = raw_commit(
        repo,
        b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n" % (tree_of(repo).encode(), base.encode(), ident, good),
    )
    with benched(repo) as bench:
        (one,) = bench.brought(base, head)
        author, committer = one.hands
        assert (author.role, author.readable) == ("author", False)
        assert (committer.email, committer.readable) == ("jaan@example.org", True)


def test_own_effects_below_a_prefix(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.write("gov/records/a.yaml", "a\n")
    one = repo.commit()
    repo.write("gov/records/a.yaml", "b\n")
    repo.write("app.py", "b\n")
    two = repo.commit()
    with benched(repo) as bench:
        found = bench.brought(base, two, "gov/")
        assert [commit.oid for commit in found] == [one, two]
        assert [[(edit.path, edit.status) for edit in commit.edits] for commit in found] == [
            [("records/a.yaml", "A")],
            [("records/a.yaml", "M")],
        ]
        assert [bool(commit.outside) for commit in found] == [False, True]
        blob = found[1].edits[0].after
        assert blob is not None
        assert dict(bench.repo.blobs([blob[1]], 10)) == {blob[1]: b"b\n"}


def test_a_clean_merge_has_no_effect_and_an_evil_one_has(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    topic = repo.git("rev-parse", "HEAD")
    repo.git("merge", "-q", "--no-edit", base)
    clean = repo.git("rev-parse", "HEAD")
    repo.write("main.txt", "evil\n")
    repo.git("add", "--all")
    evil = commit_tree(repo, repo.git("write-tree"), topic, base)
    dropped = commit_tree(repo, tree_of(repo, topic), topic, base)
    with benched(repo) as bench:
        assert [one.edits for one in bench.brought(base, clean) if one.oid == clean] == [()]
        for made, status in ((evil, "M"), (dropped, "D")):
            (merge,) = [one for one in bench.brought(base, made) if one.oid == made]
            assert [(edit.path, edit.status) for edit in merge.edits] == [("main.txt", status)]


@pytest.mark.parametrize("resolution", ["main\n", "otherwise\n", "both\n"])
def test_a_path_that_conflicts_is_the_effect_of_who_solved_it(repo: Repo, resolution: str) -> None:
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.write("main.txt", "otherwise\n")
    topic = repo.commit()
    repo.write("main.txt", resolution)
    repo.git("add", "--all")
    merge = commit_tree(repo, repo.git("write-tree"), topic, base)
    with benched(repo) as bench:
        (found,) = [one for one in bench.brought(base, merge) if one.oid == merge]
        assert "main.txt" in [edit.path for edit in found.edits]


def test_a_conflict_left_with_its_markers_is_an_effect(repo: Repo) -> None:
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.write("main.txt", "otherwise\n")
    topic = repo.commit()
    listed = subprocess.run(
        ["git", "-C", repo.path, "merge-tree", "--write-tree", topic, base],
        env=repo.environ,
        capture_output=True,
        check=False,
    )
    merge = commit_tree(repo, listed.stdout.split()[0].decode(), topic, base)
    with benched(repo) as bench:
        (found,) = [one for one in bench.brought(base, merge) if one.oid == merge]
        assert [edit.path for edit in found.edits] == ["main.txt"]


def test_an_octopus_has_every_path_that_differs_from_any_parent(repo: Repo) -> None:
    base, head = forked(repo)
    third = commit_tree(repo, repo.git("mktree"), base)
    octopus = commit_tree(repo, tree_of(repo, base), base, head, third)
    with benched(repo) as bench:
        (found,) = [one for one in bench.brought(base, octopus) if one.oid == octopus]
        assert [edit.path for edit in found.edits] == ["main.txt", "shared.txt", "topic.txt"]


def test_a_root_and_an_unrelated_parent_bring_all_that_they_hold(repo: Repo) -> None:
    base, _ = forked(repo)
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"content")
    root = commit_tree(repo, repo.git("mktree", stdin=f"100644 blob {blob}\tnew\n".encode()))
    merge = commit_tree(repo, tree_of(repo, base), base, root)
    with benched(repo) as bench:
        found = {one.oid: [(edit.path, edit.status) for edit in one.edits] for one in bench.brought(base, merge)}
        assert found == {root: [("new", "A")], merge: [("new", "D")]}


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa"])
def test_a_signer_is_told_by_the_key_and_the_signature_can_be_verified(
    make_repo: MakeRepo, tmp_path: Path, algorithm: str, options: tuple[str, ...]
) -> None:
    repo = make_repo("repo", *options)
    base, _ = forked(repo)
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", algorithm, "-N", "", "-C", "", "-f", key], check=True)
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True
    ).stdout.split()[1]
    repo.git("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}", "commit", "-q", "-S", "--allow-empty", "-m", "x")
    with benched(repo) as bench:
        (one,) = bench.brought(base, repo.git("rev-parse", "HEAD"))
    assert [(hand.key, hand.readable) for hand in one.hands if hand.role == "signer"] == [(printed, True)]
    (signature,) = one.signatures
    signers = tmp_path / "signers"
    signers.write_text(f"mari@example.org {key.with_suffix('.pub').read_text()}")
    (tmp_path / "sig").write_bytes(signature.armor)
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        signers,
        "-I",
        "mari@example.org",
        "-n",
        "git",
        "-s",
        tmp_path / "sig",
    ]
    assert subprocess.run(command, input=signature.payload, capture_output=True, check=False).returncode == 0
    assert subprocess.run(command, input=signature.payload + b".", capture_output=True, check=False).returncode != 0


def test_of_a_certificate_the_key_counts_that_it_certifies(tmp_path: Path) -> None:
    for name in ("ca", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", tmp_path / name], check=True)
    command = ["ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "any", "-n", "ceo@example.org", tmp_path / "key.pub"]
    subprocess.run(command, check=True)
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], check=True, capture_output=True, text=True
    )
    (tmp_path / "text").write_bytes(b"text")
    command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", tmp_path / "key-cert.pub", tmp_path / "text"]
    subprocess.run(command, check=True, capture_output=True)
    assert b"cert-v01" in base64.b64decode(b"".join((tmp_path / "text.sig").read_bytes().split(b"\n")[1:-2]))
    assert gitcommit.fingerprint((tmp_path / "text.sig").read_bytes()) == listed.stdout.split()[1]


@pytest.mark.parametrize(
    ("armor", "key", "readable"),
    [
        ("-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----", gitcommit.OPENPGP, True),
        ("-----BEGIN SIGNED MESSAGE-----\n x\n -----END SIGNED MESSAGE-----", gitcommit.X509, True),
        ("-----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----", "", False),
        ("anything", "", False),
    ],
)
def test_another_sort_of_signature_is_marked(repo: Repo, armor: str, key: str, readable: bool) -> None:
    base, _ = forked(repo)
    ident = "Mari <mari@example.org> 1793606401 +0000"
    unsigned = f"tree {tree_of(repo)}\nparent {base}\nauthor {ident}\ncommitter {ident}\n"
    head = raw_commit(repo, f"{unsigned}gpgsig {armor}\ngpgsig-sha256 {armor}\n\nx\n".encode())
    with benched(repo) as bench:
        (one,) = bench.brought(base, head)
    assert [(hand.key, hand.readable) for hand in one.hands if hand.role == "signer"] == [(key, readable)] * 2
    assert {signature.payload for signature in one.signatures} == {f"{unsigned}\nx\n".encode()}


@given(st.binary() | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join))
def test_any_bytes_are_a_commit_with_an_author_and_a_committer(content: bytes) -> None:
    found = gitcommit.parse(content)
    assert {"author", "committer"} <= {hand.role for hand in found.hands}
    assert all(hand.readable is False or hand.email or hand.key for hand in found.hands)
    gitcommit.fingerprint(content)


@given(st.binary(max_size=80))
def test_any_bytes_in_an_armor_are_a_key_or_none(inside: bytes) -> None:
    body = base64.b64encode(b"SSHSIG\0\0\0\1" + inside)
    armor = b"-----BEGIN SSH SIGNATURE-----\n" + body + b"\n-----END SSH SIGNATURE-----\n"
    assert gitcommit.fingerprint(armor) == "" or gitcommit.fingerprint(armor).startswith("SHA256:")


# --- damaged objects --------------------------------------------------------------------------------------------------


def write_tree(repo: Repo, *entries: tuple[bytes, bytes, str]) -> str:
    content = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=content)


DAMAGE: dict[str, Callable[[str, str], list[tuple[bytes, bytes, str]]]] = {
    "duplicateEntries": lambda blob, _: [(b"100644", b"a", blob), (b"100644", b"a", blob)],
    "hasDotgit": lambda blob, _: [(b"100644", b".GIT", blob)],
    "hasDotdot": lambda blob, tree: [(b"40000", b"..", tree)],
    "fullPathname": lambda blob, _: [(b"100644", b"a/b", blob)],
    "badFilemode": lambda blob, _: [(b"100666", b"a", blob)],
    "zeroPaddedFilemode": lambda blob, tree: [(b"040000", b"a", tree)],
    "nullSha1": lambda blob, _: [(b"160000", b"a", "0" * 40)],
    "treeNotSorted": lambda blob, _: [(b"100644", b"b", blob), (b"100644", b"a", blob)],
}


@pytest.mark.parametrize("problem", DAMAGE)
def test_a_damaged_tree_is_named(repo: Repo, problem: str) -> None:
    base, _ = forked(repo)
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"content")
    tree = write_tree(repo, *DAMAGE[problem](blob, write_tree(repo, (b"100644", b"x", blob))))
    head = commit_tree(repo, tree, base)
    with benched(repo) as bench:
        said = refusal(bench.refuse_damaged, base, head)
        assert problem in said.message
        assert tree in said.message


@pytest.mark.parametrize("author", [b"Mari", b"Mari <mari@example.org> x", b"Mari <a> <b> 1 +0000"])
def test_a_damaged_identity_is_named(repo: Repo, author: bytes) -> None:
    base, _ = forked(repo)
    good = b"Jaan <jaan@example.org> 1793606401 +0000"
    head = raw_commit(
        repo,
        b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n" % (tree_of(repo).encode(), base.encode(), author, good),
    )
    with benched(repo) as bench:
        assert head in refusal(bench.refuse_damaged, base, head).message


@posix
def test_what_is_missing_or_not_what_its_name_says_is_refused(repo: Repo) -> None:
    base, head = forked(repo)
    repo.git("checkout", "-q", "topic")
    blob = repo.git("rev-parse", f"{head}:topic.txt")
    file = repo.path / ".git/objects" / blob[:2] / blob[2:]
    other = repo.git("hash-object", "-w", "--stdin", stdin=b"other")
    with benched(repo) as bench:
        bench.refuse_damaged(base, head)
        bench.refuse_damaged(base, head)
        bench.refuse_damaged(head, head)
    file.chmod(stat.S_IRWXU)
    file.write_bytes((repo.path / ".git/objects" / other[:2] / other[2:]).read_bytes())
    with benched(repo) as bench:
        refusal(bench.refuse_damaged, base, head)
    file.unlink()
    with benched(repo) as bench:
        assert blob in refusal(bench.refuse_damaged, base, head).message


# --- a git that fails -------------------------------------------------------------------------------------------------

FAULTS = {
    "fails": "echo fatal: out of memory >&2; exit 128",
    "fails silently": "exit 1",
    "garbage": "printf 'xyzzy\\0'; exit 0",
    "garbage and fails": "printf 'xyzzy\\0'; exit 1",
    "killed amid": "echo 100644; kill -SEGV $$",
}


def everything(repo: Repo, found: gitrepo.GitRepo, base: str, head: str) -> None:
    with gitbench.bench(found) as bench:
        bench.refuse_damaged(base, head)
        merged = bench.merge(base, head)
        list(sources.Commit(bench.repo, "", merged.commit).files("records"))
        bench.edits(tree_of(repo, base), merged.tree)
        bench.brought(base, head)
        bench.first_parents(base, ["records"])
        grown = bench.grown(head)
        bench.landed(grown, gitlines.ordered(grown, head), "records")


@posix
@pytest.mark.parametrize("fault", FAULTS)
def test_whichever_call_of_git_goes_wrong_nothing_is_judged(repo: Repo, tmp_path: Path, fault: str) -> None:
    repo.write("records/a.yaml", "a\n")
    repo.commit()
    base, _ = forked(repo)
    repo.git("checkout", "-q", "topic")
    repo.git("merge", "-q", "--no-edit", base)
    repo.write("records/b.yaml", "b\n")
    head = repo.commit()
    count, fake = tmp_path / "count", tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(
        f"""#!/bin/sh
read n < {count}; n=$((n + 1)); echo $n > {count}
if [ $n -eq $AT ]; then {FAULTS[fault]}; fi
exec {shutil.which("git")} "$@"
"""
    )
    fake.chmod(0o755)
    path = f"{fake.parent}{os.pathsep}{repo.environ['PATH']}"
    at = 0
    while True:
        at += 1
        count.write_text("0\n")
        environ = {**repo.environ, "PATH": path, "AT": str(at)}
        found = gitrepo.GitRepo(repo.path / ".git", repo.path, environ)
        try:
            everything(repo, found, base, head)
        except CannotJudge:
            assert int(count.read_text()) >= at
            continue
        assert int(count.read_text()) < at, f"call {at} went wrong, and nobody noticed"
        break
    assert at > 12


@posix
@pytest.mark.parametrize("before", ["", "printf xyzzy", "printf '%040d blob 5\\nabc' 0"])
def test_git_that_hangs_is_ended_with_all_that_it_started(repo: Repo, tmp_path: Path, before: str) -> None:
    forked(repo)
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{before}\nsleep 6000 | sleep 6000\n")
    fake.chmod(0o755)
    environ = {**repo.environ, "PATH": f"{fake.parent}{os.pathsep}{repo.environ['PATH']}"}
    found = gitrepo.GitRepo(repo.path / ".git", repo.path, environ)
    with pytest.raises(CannotJudge, match="longer than"), gitbench.bench(found, limit=0.2):
        pass
    limited = gitrepo.GitRepo(repo.path / ".git", repo.path, environ, limit=0.2)
    limited.process.__dict__["version"] = (2, 39)  # cached: else that would hang already
    assert "longer than" in refusal(limited.process.run, "rev-parse", "HEAD").message
    assert "longer than" in refusal(limited.process.attempt, "rev-parse", "HEAD").message
    assert "longer than" in refusal(lambda: list(limited.blobs(["0" * 40], 10))).message


def test_every_call_on_the_bench_is_limited(repo: Repo) -> None:
    forked(repo)
    with benched(repo) as bench:
        assert bench.repo.process.limit == bench.repo.limit == gitbench.LIMIT


# --- reading one commit after another ---------------------------------------------------------------------------------

PERSON = "apiVersion: itsm/v1\nkind: Person\nmetadata: {{name: {0}, title: {1}, owner: Role/operations}}\nspec: {{}}\n"


def test_what_was_read_of_one_commit_is_not_fetched_for_another(repo: Repo) -> None:
    repo.write("itsm.yaml", "apiVersion: itsm/v1\nkind: Settings\nrepository: test\ntarget: refs/heads/main\n")
    for name in ("mari", "jaan"):
        repo.write(f"records/persons/{name}.yaml", PERSON.format(name, "Old"))
    base = repo.commit()
    repo.write("records/persons/jaan.yaml", PERSON.format("jaan", "New"))
    repo.write("records/persons/copy.yaml", PERSON.format("mari", "Old"))  # an old content at another path
    head = repo.commit()
    with benched(repo) as bench:
        before, after = (sources.Commit(bench.repo, "", bench.repo.resolve(oid)) for oid in (base, head))
        law = rulebook.law(before)
        memo: snapshot.Memo = {}
        first = snapshot.read(before, law, memo)
        expected = snapshot.read(after, law)
        asked: list[str] = []
        noted = Noted(after.repo, "", after.revision, asked=asked)
        found = snapshot.read(noted, law, memo)
    assert asked == [record.blob for record in (first.records["Person/mari"], expected.records["Person/jaan"])]
    assert found.records == expected.records
    assert found.remarks == expected.remarks
    assert found.paths == expected.paths
    assert found.records["Person/jaan"].title == "New"


HEADS: dict[str, Callable[[Repo], object]] = {
    "nothing": lambda repo: repo.write("notes.txt", "x"),
    "altered": lambda repo: repo.write("records/persons/jaan.yaml", PERSON.format("jaan", "New")),
    "added": lambda repo: repo.write("records/persons/aet.yaml", PERSON.format("aet", "New")),
    "removed": lambda repo: (repo.path / "records/persons/jaan.yaml").unlink(),
    "all removed": lambda repo: shutil.rmtree(repo.path / "records"),
    "called otherwise": lambda repo: (repo.path / "records/persons/jaan.yaml").rename(
        repo.path / "records/persons/zoe.yaml"
    ),
    "claimed twice": lambda repo: repo.write("records/persons/aet.yaml", PERSON.format("mari", "New")),
    "of another kind": lambda repo: repo.write("records/persons/jaan.yaml", "kind: Role\n"),
    "broken": lambda repo: repo.write("records/persons/jaan.yaml", "{"),
    "no record": lambda repo: repo.write("records/persons/README.md", "x"),
    "a link": lambda repo: (repo.path / "records/persons/link.yaml").symlink_to("mari.yaml"),
}


def stands(found: snapshot.Snapshot) -> dict[str, object]:
    assert list(found.records) == sorted(found.records)
    return {name: getattr(found, name) for name in ("records", "unread", "remarks", "paths", "blind")}


@posix
@pytest.mark.parametrize("first", HEADS)
@pytest.mark.parametrize("then", HEADS)
def test_a_snapshot_made_of_another_is_the_same_as_one_read_whole(repo: Repo, first: str, then: str) -> None:
    repo.write("itsm.yaml", "apiVersion: itsm/v1\nkind: Settings\nrepository: test\ntarget: refs/heads/main\n")
    for name in ("mari", "jaan", "tom"):
        repo.write(f"records/persons/{name}.yaml", PERSON.format(name, "Old"))
    repo.commit()
    if first != "nothing":
        HEADS[first](repo)
    repo.write("a.txt", "a")
    base = repo.commit()
    with suppress(FileNotFoundError, FileExistsError):
        HEADS[then](repo)
    repo.write("b.txt", "b")
    head = repo.commit()
    found = gitdiscovery.discover(repo.path, repo.environ)
    assert found is not None
    before, after = (sources.Commit(found, "", found.resolve(oid)) for oid in (base, head))
    law = rulebook.law(before)
    memo: snapshot.Memo = {}
    near = snapshot.read(before, law, memo)
    assert stands(snapshot.read(after, law, memo, near)) == stands(snapshot.read(after, law))


class Noted(sources.Commit, frozen=True, eq=False):
    """Notes which contents are fetched."""

    asked: list[str] = field(default_factory=list)

    def files_or(self, under: str, known: object) -> Iterator[object]:  # type: ignore[override]
        for file in super().files_or(under, known):  # type: ignore[type-var, arg-type]
            if isinstance(file, sources.SourceFile):
                self.asked.append(file.blob)
            yield file
