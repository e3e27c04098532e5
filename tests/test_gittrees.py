"""Trees read from their objects: the same as git lists and compares, and nothing that is not what its id says."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRepo, Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import gitdiscovery
from itsmctl.errors import CannotJudge
from itsmctl.gitrepo import GitRepo

NAMES = ["a", "a.b", "a-", "a0", "ab", "õ", "b", b"\xff".decode(errors="surrogateescape"), "line\nfeed", " x "]
MODES = ["100644", "100755", "120000", "160000"]
LEAF = st.tuples(st.sampled_from(MODES), st.integers(0, 2))
TREE: st.SearchStrategy[Any] = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), LEAF, max_size=4),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), LEAF | inner, max_size=4),
    max_leaves=12,
)


def opened(repo: Repo) -> GitRepo:
    found = gitdiscovery.discover(repo.path, repo.environ)
    assert found is not None
    return found


def raw(repo: Repo, kind: str, content: bytes, digest: Callable[..., Any] = hashlib.sha1) -> str:
    """An object of any content, written as git does, without a process and without git's opinion on it. Its id."""
    whole = f"{kind} {len(content)}\0".encode() + content
    oid: str = digest(whole, usedforsecurity=False).hexdigest()
    place = repo.path / ".git/objects" / oid[:2] / oid[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(whole))
    return oid


def entry(mode: str, name: str, oid: str) -> bytes:
    return f"{mode} {name}".encode(errors="surrogateescape") + b"\0" + bytes.fromhex(oid)


def made(repo: Repo, tree: Any, blobs: list[str], digest: Callable[..., Any]) -> str:
    """A tree with its subtrees; its id."""
    entries = []
    for name, held in tree.items():
        is_folder = isinstance(held, dict)
        mode, oid = ("40000", made(repo, held, blobs, digest)) if is_folder else (held[0], blobs[held[1]])
        entries.append(((name + "/" * is_folder).encode(errors="surrogateescape"), entry(mode, name, oid)))
    return raw(repo, "tree", b"".join(one for _, one in sorted(entries)), digest)


def listed(repo: Repo, tree: str) -> list[tuple[str, str, str]]:
    """By git."""
    lines = repo.git("ls-tree", "-r", "-z", "--full-tree", tree).split("\0")[:-1]
    fields = [line.partition("\t") for line in lines]
    return [(path, about.split(" ")[0], about.split(" ")[2]) for about, _, path in fields]


def compared(repo: Repo, before: str, after: str) -> list[tuple[Any, ...]]:
    """By git."""
    said = repo.git("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after).split("\0")[:-1]
    found = []
    for about, path in zip(said[::2], said[1::2], strict=True):
        old_mode, new_mode, old, new, _ = about.removeprefix(":").split(" ")
        sides = ((old_mode, old), (new_mode, new))
        found.append((path, *(None if mode == "000000" else (mode, oid) for mode, oid in sides)))
    return found


@pytest.mark.parametrize("form", ["sha1", "sha256"])
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=TREE, after=TREE)
def test_they_hold_and_differ_as_git_says(
    tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str], form: str, before: Any, after: Any
) -> None:
    repo = Repo(tmp_path_factory.mktemp("trees"), environ)
    repo.git("init", "-q", f"--object-format={form}")
    digest = getattr(hashlib, form)
    blobs = [raw(repo, "blob", content, digest) for content in (b"one", b"two", b"three")]
    one, two = made(repo, before, blobs, digest), made(repo, after, blobs, digest)
    found = opened(repo)
    files, edits = listed(repo, two), compared(repo, one, two)
    for tree, expected in ((one, listed(repo, one)), (two, files), (two, files)):
        assert [tuple(file) for file in found.tree_files(tree, ".")] == expected
    assert [tuple(edit) for edit in found.tree_edits(one, two)] == edits
    assert found.tree_names(one, "") == before.keys()
    for name in before.keys() | after.keys():
        assert [tuple(edit) for edit in found.tree_edits(one, two, name)] == [
            edit for edit in edits if f"{edit[0]}/".startswith(f"{name}/")
        ]
        assert [tuple(file) for file in found.tree_files(two, name)] == [
            file for file in files if f"{file[0]}/".startswith(f"{name}/")
        ]


def test_old_modes_are_what_git_takes_them_for(repo: Repo) -> None:
    blob = raw(repo, "blob", b"x")
    inner = raw(repo, "tree", entry("100664", "group", blob))
    modes = ("100600", "100775", "120777", "160000")
    held = b"".join(entry(mode, f"f{mode}", blob) for mode in modes) + entry("040000", "z", inner)
    tree = raw(repo, "tree", held)
    assert [tuple(file) for file in opened(repo).tree_files(tree, "")] == listed(repo, tree)


def refusal(repo: Repo, tree: str, under: str = "") -> CannotJudge:
    found = opened(repo)
    with found.process.standing(), pytest.raises(CannotJudge) as caught:
        found.tree_files(tree, under)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "damage",
    [b"100644 a\0short", b"100644\0", b"garbage", b"x644 a\0" + bytes(20), b"100644 \0" + bytes(20), b"\0"],
)
def test_what_is_no_tree_is_refused(repo: Repo, damage: bytes) -> None:
    sound = entry("100644", "a", raw(repo, "blob", b"x"))
    for content in (damage, sound + damage, damage + sound):
        assert "is damaged: it holds what is no entry" in str(refusal(repo, raw(repo, "tree", content)))


def test_one_name_twice_is_refused_even_as_file_and_folder(repo: Repo) -> None:
    file = entry("100644", "a", raw(repo, "blob", b"x"))
    folder = entry("40000", "a", raw(repo, "tree", file))
    for content in (file + file, file + folder):
        assert "holds the same path twice" in str(refusal(repo, raw(repo, "tree", content)))


def test_a_tree_that_is_not_what_its_id_says_is_refused(repo: Repo) -> None:
    tree = raw(repo, "tree", entry("100644", "a", raw(repo, "blob", b"x")))
    empty = raw(repo, "tree", b"")
    for other in (entry("100644", "b", raw(repo, "blob", b"x")), b""):
        place = repo.path / ".git/objects" / tree[:2] / tree[2:]
        place.write_bytes(zlib.compress(b"tree %d\0" % len(other) + other))
        assert refusal(repo, tree)
    assert opened(repo).tree_files(empty, "") == []


def test_a_missing_tree_is_told_with_the_command_that_gets_it(repo: Repo) -> None:
    inner = raw(repo, "tree", entry("100644", "a", raw(repo, "blob", b"x")))
    tree = raw(repo, "tree", entry("40000", "in", inner))
    (repo.path / ".git/objects" / inner[:2] / inner[2:]).unlink()
    for under in ("", "in", "in/a"):
        error = refusal(repo, tree, under)
        assert inner in str(error)
        assert "git fetch" in error.hint
    assert opened(repo).tree_files(tree, "elsewhere") == []


def test_folders_in_folders_without_end_are_refused(repo: Repo) -> None:
    """A tree of thirty levels, each of which holds the one below ten times, would stand for 10^30 files."""
    blob = raw(repo, "blob", b"x")
    bomb = deep = raw(repo, "tree", entry("100644", "a", blob))
    for _ in range(30):
        bomb = raw(repo, "tree", b"".join(entry("40000", f"{n}", bomb) for n in range(10)))
    assert "more than" in str(refusal(repo, bomb))
    for _ in range(600):
        deep = raw(repo, "tree", entry("40000", "d", deep))
    assert "nests more than 500 folders" in str(refusal(repo, deep))
    found = opened(repo)
    with found.process.standing(), pytest.raises(CannotJudge, match="nests more than 500"):
        found.tree_edits(deep, raw(repo, "tree", b""))


def test_a_file_is_no_folder_and_a_path_is_no_pattern(make_repo: MakeRepo, tmp_path: Path) -> None:
    del tmp_path
    repo = make_repo()
    repo.write("in/a*", "x")
    repo.write("in/ab", "x")
    tree = f"{repo.commit()}^{{tree}}"
    found = opened(repo)
    assert [file.path for file in found.tree_files(tree, "in/a*")] == ["in/a*"]
    assert [file.path for file in found.tree_files("main", "in/")] == ["in/a*", "in/ab"]
    assert found.tree_files(tree, "in/ab/") == found.tree_files(tree, "in/ab/more") == []
    assert found.tree_names(tree, "in/ab") == found.tree_names(tree, "nowhere") == frozenset()
