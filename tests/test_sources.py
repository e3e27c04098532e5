"""Work tree and commit hold the same files in the same order; what is no plain file is named, never followed."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import MakeRepo, Repo

from itsmctl import gitdiscovery
from itsmctl.errors import CannotJudge
from itsmctl.sources import Commit, Irregular, Source, SourceFile, WorkTree
from itsmctl.yamltext import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def work_tree(repo: Repo, at: str = "") -> WorkTree:
    return WorkTree(repo.path / at, gitdiscovery.discover(repo.path / at, repo.environ))


def commit(repo: Repo, rev: str = "HEAD", prefix: str = "") -> Commit:
    found = gitdiscovery.discover(repo.path, repo.environ)
    assert found is not None
    return Commit(found, prefix, found.resolve(rev))


def told(source: Source, under: str = "records") -> list[tuple[str, bytes | str]]:
    """(path, content or what is irregular about it), in the order of the source."""
    return [(file.path, file.content if isinstance(file, SourceFile) else file.what) for file in source.files(under)]


def paths(source: Source, under: str = "records") -> list[str]:
    return [path for path, _ in told(source, under)]


# --- both sources -------------------------------------------------------------------------------------------------

IN_ORDER = [
    "records/.hidden.yaml",
    "records/B/a.yaml",
    "records/a-b.yaml",
    "records/a.yaml",
    "records/a/b.yaml",
    "records/a/b/c/d/e.yaml",
    "records/a0.yaml",
    "records/notes.txt",
    "records/õ.yaml",
    "records/\U0001f600.yaml",
]


def test_a_clean_checkout_and_its_commit_hold_the_same_files_in_the_same_order(repo: Repo) -> None:
    for path in reversed(IN_ORDER):
        repo.write(path, f"of {path}")
    repo.write("elsewhere.yaml")
    repo.write("records2/x.yaml")
    repo.write("--")
    repo.commit()
    expected = [(path, f"of {path}".encode()) for path in sorted(IN_ORDER)]
    assert told(work_tree(repo)) == expected
    assert told(commit(repo)) == expected


@needs_posix
def test_odd_names_are_the_same_from_both(repo: Repo) -> None:
    names = [b"line\nfeed", b'quote"', b"-dash", b"\xff\xfe", b"\xc3\xb5", b"back\\slash", b"\x1b[31m", b"a:b", b"*"]
    for name in names:
        file = Path(os.fsdecode(os.fsencode(repo.path) + b"/records/" + name))
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(name)
    repo.commit()
    expected = sorted(("records/" + name.decode(errors="surrogateescape"), name) for name in names)
    for source in (work_tree(repo), commit(repo)):
        assert told(source) == expected
        assert all(source.holds(path) and source.content(path) == name for path, name in expected)


def test_line_ends_may_differ_and_nothing_else(repo: Repo, tmp_path: Path) -> None:
    repo.write("records/a.yaml", "a: 1\nb: 2\n")
    repo.commit()
    repo.git("-c", "core.autocrlf=true", "clone", "--quiet", str(repo.path), str(tmp_path / "windows"))
    windows = Repo(tmp_path / "windows", repo.environ)
    assert told(work_tree(windows)) == [("records/a.yaml", b"a: 1\r\nb: 2\r\n")]
    assert told(commit(windows)) == [("records/a.yaml", b"a: 1\nb: 2\n")]


def test_blobs_of_a_commit_are_read_as_they_are_whatever_attributes_say(repo: Repo) -> None:
    repo.write("records/a.yaml", "a: 1\n")
    repo.write(".gitattributes", "*.yaml working-tree-encoding=UTF-16 -diff export-ignore\n")
    blob = repo.git("hash-object", "-w", "--no-filters", "records/a.yaml")
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},records/a.yaml")
    repo.commit_staged()
    assert list(commit(repo).files("records")) == [SourceFile("records/a.yaml", b"a: 1\n", blob)]


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_a_governed_folder_below_the_top_of_the_repository(make_repo: MakeRepo, options: tuple[str, ...]) -> None:
    repo = make_repo("deep", *options)
    repo.write("records/not-ours.yaml")
    repo.write("a/b/itsm.yaml", "settings")
    repo.write("a/b/records/x.yaml", "x")
    repo.write("a/.gitignore", "ignored.yaml")
    repo.write("a/b/records/gone.yaml", "x")
    repo.commit()
    (repo.path / "a/b/records/gone.yaml").unlink()
    repo.commit()
    repo.write("a/b/records/ignored.yaml")
    for source in (work_tree(repo, "a/b"), commit(repo, prefix="a/b/")):
        assert told(source) == [("records/x.yaml", b"x")]
        assert source.content("itsm.yaml") == b"settings"
        assert source.once_held("records/gone.yaml")
        assert not source.once_held("records/never.yaml")
        assert not source.once_held("a/b/records/gone.yaml")


def test_the_names_at_the_root_are_the_same_from_both(repo: Repo) -> None:
    for path in ("a/Records/x.yaml", "a/--", "a/õ\n", "b/elsewhere"):
        repo.write(path)
    repo.commit()
    assert work_tree(repo, "a").names() == commit(repo, prefix="a/").names() == {"Records", "--", "õ\n"}
    assert commit(repo).names() == {"a", "b"}
    assert work_tree(repo).names() == {"a", "b", ".git"}


def test_one_file_and_one_folder_may_be_asked_for(repo: Repo) -> None:
    for path in ("itsm.yaml", "records/a/x.yaml", "records/a.yaml", "records/ab/x.yaml"):
        repo.write(path, path)
    repo.commit()
    for source in (work_tree(repo), commit(repo)):
        assert paths(source, "itsm.yaml") == ["itsm.yaml"]
        assert paths(source, "records/a") == ["records/a/x.yaml"]
        assert paths(source, "records/a.yaml") == ["records/a.yaml"]
        assert paths(source, "nothing") == []
        assert paths(source, "") == []


UNREACHABLE = [
    "",
    ".",
    "..",
    "/etc/passwd",
    "../outside",
    "records/../../outside",
    "records/./a.yaml",
    "records//a.yaml",
    "records/a.yaml/",
    "./records/a.yaml",
    ".git/config",
    "records/a.yaml\0",
    "RECORDS/a.yaml",
    "records/A.yaml",
    "records",
    "records/no.yaml",
]


@pytest.mark.parametrize("path", UNREACHABLE)
def test_a_path_leads_to_one_spelling_inside_the_root_or_nowhere(repo: Repo, path: str) -> None:
    repo.write("records/a.yaml", "a")
    (repo.path.parent / "outside").write_text("secret")
    repo.commit()
    for source in (work_tree(repo), commit(repo)):
        assert not source.holds(path)
        assert source.content(path) is None
        if path:
            assert paths(source, path) in ([], ["records/a.yaml"] if path == "records" else [])


def test_no_more_is_read_than_shows_that_a_file_is_too_big(repo: Repo) -> None:
    for name, size in (("exact", MAX_BYTES), ("over", MAX_BYTES + 1), ("giant", 12 << 20), ("chunk", 1 << 16)):
        repo.write(f"records/{name}.yaml", bytes(size))
    repo.commit()
    expected = {"exact": MAX_BYTES, "over": MAX_BYTES + 1, "giant": MAX_BYTES + 1, "chunk": 1 << 16}
    for source in (work_tree(repo), commit(repo)):
        sizes = {path: len(content) for path, content in told(source)}
        assert sizes == {f"records/{name}.yaml": size for name, size in expected.items()}
        assert len(source.content("records/giant.yaml") or b"") == MAX_BYTES + 1


def test_labels_name_what_is_read(repo: Repo) -> None:
    repo.commit_staged()
    oid = repo.git("rev-parse", "HEAD")
    assert (work_tree(repo).label, commit(repo).label) == ("work tree", f"commit {oid[:7]} (main)")


# --- what is no plain file ----------------------------------------------------------------------------------------


@needs_posix
def test_links_and_executables_are_named_and_not_followed_from_both(repo: Repo) -> None:
    (repo.path.parent / "outside.yaml").write_text("secret")
    repo.write("records/plain.yaml", "plain")
    repo.write("records/run.yaml", "run").chmod(0o755)
    for name, target in (
        ("inside", "plain.yaml"),
        ("outside", "../../outside.yaml"),
        ("nowhere", "/nowhere"),
        ("loop", "loop"),
        ("folder", "/etc"),
        ("itself", "."),
    ):
        (repo.path / "records" / name).symlink_to(target)
    repo.commit()
    for source in (work_tree(repo), commit(repo)):
        assert told(source) == [
            *(
                (f"records/{name}", "a symbolic link")
                for name in ("folder", "inside", "itself", "loop", "nowhere", "outside")
            ),
            ("records/plain.yaml", b"plain"),
            ("records/run.yaml", "an executable file"),
        ]
        for path in ("records/inside", "records/folder/passwd", "records/itself/plain.yaml", "records/run.yaml"):
            assert source.content(path) is None
            assert source.holds(path) == (path == "records/run.yaml")
        assert told(source, "records/folder/passwd") == [("records/folder", "a symbolic link")]
    irregular = next(file for file in work_tree(repo).files("records") if isinstance(file, Irregular))
    assert "Put the file itself there" in irregular.hint


@needs_posix
def test_a_link_in_place_of_the_folder_is_named_from_both(repo: Repo) -> None:
    (repo.path.parent / "elsewhere").mkdir()
    (repo.path.parent / "elsewhere/x.yaml").write_text("x")
    (repo.path / "records").symlink_to("../elsewhere")
    repo.commit()
    for source in (work_tree(repo), commit(repo)):
        assert told(source) == [("records", "a symbolic link")]
        assert source.content("records/x.yaml") is None


def test_submodules_are_named_from_both_initialised_or_not(make_repo: MakeRepo, tmp_path: Path) -> None:
    inner, outer = make_repo("inner"), make_repo("outer")
    inner.write("x.yaml", "x")
    inner.commit()
    outer.write("records/a.yaml", "a")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "records/sub")
    outer.commit()
    outer.git("clone", "--quiet", str(outer.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone", outer.environ)
    expected = [("records/a.yaml", b"a"), ("records/sub", "a nested git repository")]
    for source in (work_tree(outer), commit(outer), work_tree(clone), commit(clone)):
        assert told(source) == expected


def test_a_nested_repository_and_an_empty_folder(repo: Repo) -> None:
    repo.write("records/a.yaml", "a")
    repo.commit()
    (repo.path / "records/empty/folder").mkdir(parents=True)
    repo.git("init", "--quiet", str(repo.path / "records/nested"))
    repo.write("records/nested/x.yaml")
    assert told(work_tree(repo)) == [("records/a.yaml", b"a"), ("records/nested", "a nested git repository")]


@needs_posix
def test_pipes_sockets_and_unreadable_files_neither_block_nor_vanish(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("records/a.yaml", "a")
    os.mkfifo(repo.path / "records/pipe.yaml")
    monkeypatch.chdir(repo.path / "records")  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.yaml")
        assert told(work_tree(repo)) == [
            ("records/a.yaml", b"a"),
            ("records/pipe.yaml", "a FIFO"),
            ("records/socket.yaml", "a socket"),
        ]
        assert work_tree(repo).content("records/pipe.yaml") is None


@needs_posix
@pytest.mark.parametrize("place", [".gitignore", "records/.gitignore", "a/b/.gitignore"])
def test_a_pipe_called_gitignore_does_not_block(repo: Repo, place: str) -> None:
    repo.write("a/b/records/a.yaml", "a")
    root = "a/b" if place.startswith("a/") else ""
    repo.write("records/a.yaml", "a")
    os.mkfifo(repo.path / place)
    assert ("records/a.yaml", b"a") in told(work_tree(repo, root))


@contextmanager
def _unprivileged(folder: Path) -> Iterator[None]:
    """As somebody who may not read everything: root may, so tests that run as root step down."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@needs_posix
def test_what_may_not_be_read_is_named(environ: dict[str, str]) -> None:
    root = Path(tempfile.mkdtemp(dir="/tmp"))  # neither tmp_path nor TMPDIR: somebody else may not enter them
    try:
        (root / "records/closed").mkdir(parents=True)
        (root / "records/closed/x.yaml").write_text("x")
        (root / "records/secret.yaml").write_text("x")
        for path, mode in (("", 0o755), ("records/closed", 0), ("records/secret.yaml", 0)):
            (root / path).chmod(mode)
        with _unprivileged(root):
            source = WorkTree(root, None)
            assert told(source) == [
                ("records/closed", "a folder that cannot be read (permission denied)"),
                ("records/secret.yaml", "a file that cannot be read (permission denied)"),
            ]
            assert source.content("records/secret.yaml") is None
    finally:
        (root / "records/closed").chmod(0o755)
        shutil.rmtree(root)


def test_a_file_replaced_after_it_was_listed_is_not_followed(repo: Repo) -> None:
    repo.write("records/a.yaml", "a")
    repo.write("records/b.yaml", "b")
    source = work_tree(repo)
    assert source.holds("records/a.yaml")
    (repo.path / "records/a.yaml").unlink()
    (repo.path / "records/b.yaml").unlink()
    (repo.path / "records/b.yaml").symlink_to("/etc/passwd")
    ((path, what),) = told(source)
    assert path == "records/b.yaml"
    assert str(what).startswith("a file that cannot be read")


# --- the work tree ------------------------------------------------------------------------------------------------


def test_what_git_ignores_is_left_out_and_what_it_tracks_is_not(repo: Repo) -> None:
    repo.write(".gitignore", "*.bak\nrecords/build/\n")
    repo.write("records/tracked.bak", "t")
    repo.git("add", "--force", "records/tracked.bak", ".gitignore")
    repo.commit_staged()
    repo.write("records/untracked.yaml", "u")
    repo.write("records/ignored.bak")
    repo.write("records/build/deep/x.yaml")
    repo.git("init", "--quiet", str(repo.path / "records/build/nested"))
    repo.write("records/build/nested/y.yaml")
    source = work_tree(repo)
    assert told(source) == [("records/tracked.bak", b"t"), ("records/untracked.yaml", b"u")]
    assert not source.holds("records/ignored.bak")
    assert source.content("records/ignored.bak") is None


@needs_posix
def test_the_staged_mode_decides_on_any_file_system(repo: Repo) -> None:
    repo.write("records/a.yaml", "a").chmod(0o755)
    repo.write("records/b.yaml", "b")
    repo.git("config", "core.fileMode", "false")
    repo.git("add", "--all")
    repo.git("update-index", "--chmod=+x", "records/b.yaml")
    repo.commit_staged()
    expected = [("records/a.yaml", b"a"), ("records/b.yaml", "an executable file")]
    assert told(work_tree(repo)) == expected
    assert told(commit(repo)) == expected


def test_a_plain_folder_needs_no_git(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/a.yaml").write_text("a")
    (tmp_path / "records/b.bak").write_text("b")
    (tmp_path / ".gitignore").write_text("*.bak")
    source = WorkTree(tmp_path, gitdiscovery.discover(tmp_path, {"PATH": ""}))
    assert told(source) == [("records/a.yaml", b"a"), ("records/b.bak", b"b")]
    assert source.whole_history
    assert not source.once_held("records/a.yaml")


def test_a_repository_without_a_commit_is_read(repo: Repo) -> None:
    repo.write("records/a.yaml", "a")
    source = work_tree(repo)
    assert told(source) == [("records/a.yaml", b"a")]
    assert not source.once_held("records/a.yaml")


def test_a_folder_too_deep_for_the_system_is_named(repo: Repo) -> None:
    name, depth = "d" * 200, 30
    here = os.open(repo.path, os.O_RDONLY)
    repo.write("records/a.yaml", "a")
    os.mkdir("records/" + name, dir_fd=here)
    descriptor = os.open("records/" + name, os.O_RDONLY, dir_fd=here)
    for _ in range(depth):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    os.close(here)
    found = told(WorkTree(repo.path, None))
    assert found[0] == ("records/a.yaml", b"a")
    assert found[1][1] == "a folder that cannot be read (file name too long)"


# --- the commit ---------------------------------------------------------------------------------------------------


def tree_of(repo: Repo, *lines: bytes) -> str:
    """A commit of a tree with these entries, as damaged as they are."""
    raw = b"".join(lines)
    tree = repo.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    top = repo.git("mktree", stdin=f"040000 tree {tree}\trecords\n".encode())
    return repo.git("commit-tree", "-m", "damaged", top)


def entry(repo: Repo, mode: str, name: bytes, content: bytes = b"x") -> bytes:
    oid = repo.git("hash-object", "-w", "--stdin", stdin=content)
    return mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)


def test_paths_that_no_work_tree_can_hold_are_named(repo: Repo) -> None:
    names = (b"..", b".", b".git", b".GIT", b"fine.yaml", b"..fine")
    rev = tree_of(repo, *(entry(repo, "100644", name) for name in names))
    impossible = "a path that no work tree can hold"
    assert dict(told(commit(repo, rev))) == {
        "records/.": impossible,
        "records/..": impossible,
        "records/.git": impossible,
        "records/.GIT": impossible,
        "records/..fine": b"x",
        "records/fine.yaml": b"x",
    }


def test_modes_of_old_or_damaged_trees_are_read_as_git_checks_them_out(repo: Repo) -> None:
    rev = tree_of(
        repo, *(entry(repo, mode, name) for mode, name in (("100664", b"a"), ("100711", b"b"), ("10000", b"c")))
    )
    expected = [("records/a", b"x"), ("records/b", "an executable file"), ("records/c", "a nested git repository")]
    assert told(commit(repo, rev)) == expected


def test_a_tree_that_holds_a_path_twice_is_refused(repo: Repo) -> None:
    rev = tree_of(repo, entry(repo, "100644", b"a.yaml", b"one"), entry(repo, "100644", b"a.yaml", b"two"))
    with pytest.raises(CannotJudge, match="holds the same path twice"):
        told(commit(repo, rev))


def test_a_shallow_clone_says_that_history_is_not_whole(repo: Repo, tmp_path: Path) -> None:
    repo.write("records/a.yaml", "a")
    repo.commit()
    repo.commit_staged()
    repo.git("clone", "--quiet", "--depth=1", repo.path.as_uri(), str(tmp_path / "shallow"))
    shallow = Repo(tmp_path / "shallow", repo.environ)
    for source in (work_tree(shallow), commit(shallow)):
        assert not source.whole_history
        assert source.once_held("records/a.yaml")
        with pytest.raises(CannotJudge, match="history is cut off"):
            source.once_held("records/b.yaml")
    assert work_tree(repo).whole_history
    assert commit(repo).whole_history
