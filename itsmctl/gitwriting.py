"""The one place that makes commits and tags: adds new files to a branch, and leaves what is staged or edited alone.

Makes a repository of its own, too, with a history that is told.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import find_git, to_bytes

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo


class Commit(Struct, frozen=True):
    """A commit to be made on a branch ("main"): who, when, and path → content of what is new or otherwise in it."""

    branch: str
    name: str
    email: str
    at: datetime
    message: str
    files: Mapping[str, bytes]


class _Writer(Struct, frozen=True, dict=True):
    """Runs git with the settings of whoever commits, since it is their commit; hooks and signing stay out of it."""

    repo: GitRepo
    environ: Mapping[str, str]
    aside: tuple[str, str] | None = None  # where new objects go, if not into the repository, and where others are

    @cached_property
    def _git(self) -> str:
        return find_git(self.environ)

    def blobs(self, contents: Sequence[bytes]) -> list[str]:
        """Write blobs, several of them by one git; their ids, in that order."""
        with tempfile.TemporaryDirectory() as scratch:
            if len(contents) < 2 or "\n" in scratch:
                return [self.run("hash-object", "-w", "--stdin", stdin=content) for content in contents]
            files = [Path(scratch, str(place)) for place in range(len(contents))]
            for file, content in zip(files, contents, strict=True):
                file.write_bytes(content)
            lines = b"".join(os.fsencode(file) + b"\n" for file in files)
            return self.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=lines).split("\n")

    def run(self, *words: str, stdin: bytes = b"", index: str = "") -> str:
        kept = {name: value for name, value in self.environ.items() if name not in _MISLEADING}
        if index:
            kept["GIT_INDEX_FILE"] = index
        if self.aside is not None:
            kept["GIT_OBJECT_DIRECTORY"], kept["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = self.aside
        place = [f"--git-dir={self.repo.git_dir}"]
        place += [f"--work-tree={self.repo.root}"] if self.repo.root else []
        command = [self._git, *place, "-c", "core.hooksPath=/dev/null", *words]
        done = subprocess.run(command, input=stdin, env=kept, capture_output=True, check=False, cwd=self.repo.git_dir)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().replace("\n", " ")
            command_word = next(word for word in words if not word.startswith("-") and "=" not in word)
            raise CannotJudge(f"git {command_word} failed: {said or 'it said nothing'}", "Nothing was written.")
        return done.stdout.decode("utf-8", "replace").strip()


_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE")


def commit_new(repo: GitRepo, ref: str, files: Mapping[str, bytes], message: str, environ: Mapping[str, str]) -> str:
    """Commit new files (path from the top of the repository → content) onto `ref` (HEAD, or a full name); the new id.

    With HEAD, the files stand in the work tree and the index afterwards, too. Raises CannotJudge where one of them is
    there already, or git cannot commit; then nothing has changed. The branch that is checked out is HEAD, by whatever
    name; one that is checked out in another work tree is refused, since files and index there would fall behind.
    """
    writer = _Writer(repo, environ)
    ref = _as_head(writer, ref)
    old = writer.run("rev-parse", "--verify", f"{ref}^{{commit}}")
    held = set(writer.run("ls-tree", "-r", "--name-only", "-z", old, "--", *files).split("\0"))
    for path in files:
        there = repo.root is not None and ref == "HEAD" and os.path.lexists(repo.root / path)
        if path in held or there:
            raise CannotJudge(f"{path} is there already", "Nothing was committed. Move it away.")
    blobs = dict(zip(files, writer.blobs(list(files.values())), strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        index = str(Path(scratch, "index"))
        writer.run("read-tree", old, index=index)
        _add(writer, blobs, index)
        tree = writer.run("write-tree", index=index)
    new = writer.run("commit-tree", "--no-gpg-sign", "-p", old, "-F", "-", tree, stdin=message.encode())
    writer.run("update-ref", "-m", f"itsmctl: {message.splitlines()[0]}", ref, new, old)
    if ref == "HEAD" and repo.root is not None:
        for path, content in files.items():
            target = repo.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        _add(writer, blobs)
    return new


def _as_head(writer: _Writer, ref: str) -> str:
    """HEAD for the branch that is checked out here. Raises CannotJudge for one that is checked out elsewhere."""
    repo = writer.repo
    if ref == "HEAD" or ref == f"refs/heads/{repo.branch}":
        return "HEAD"
    if ref not in repo.refs:
        short = ref.removeprefix("refs/heads/")
        raise CannotJudge(f"there is no branch {short} here", f"Make it first: git branch {short} origin/{short}")
    place = ""
    for line in writer.run("worktree", "list", "--porcelain").splitlines():
        place = line.removeprefix("worktree ") if line.startswith("worktree ") else place
        if line == f"branch {ref}":
            raise CannotJudge(f"{ref} is checked out in {place}", "Run the command there.")
    return ref


def commit_files(
    repo: GitRepo,
    files: Mapping[str, bytes | None],
    message: str,
    environ: Mapping[str, str],
    runs: Collection[str] = (),
) -> str:
    """Commit files (path from the top → content, None: gone) as they stand in the work tree now, and nothing else.

    `runs`: those that may be run. What else is staged or edited stays so. Returns the new id. Raises CannotJudge where
    git cannot commit; then neither HEAD nor the index has changed.
    """
    writer = _Writer(repo, environ)
    old, new, blobs = _on_head(writer, files, message, runs)
    writer.run("update-ref", "-m", f"itsmctl: {message.splitlines()[0]}", "HEAD", new, old)
    _add(writer, blobs, runs=runs)
    return new


def supposed(
    repo: GitRepo,
    files: Mapping[str, bytes | None],
    message: str,
    environ: Mapping[str, str],
    aside: Path,
    runs: Collection[str] = (),
) -> str:
    """The id that `commit_files` would give, by objects in the folder `aside` alone: nothing of the repository changes.

    Raises CannotJudge where git cannot make it.
    """
    objects = _Writer(repo, environ).run("rev-parse", "--path-format=absolute", "--git-path", "objects")
    return _on_head(_Writer(repo, environ, (str(aside), objects)), files, message, runs)[1]


def _on_head(
    writer: _Writer, files: Mapping[str, bytes | None], message: str, runs: Collection[str]
) -> tuple[str, str, Mapping[str, str]]:
    """(HEAD, a new commit on it, the blobs by path), which no ref leads to yet."""
    old = writer.run("rev-parse", "--verify", "HEAD^{commit}")
    held = {path: content for path, content in files.items() if content is not None}
    blobs = dict.fromkeys(files, "0" * len(old)) | dict(zip(held, writer.blobs(list(held.values())), strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        index = str(Path(scratch, "index"))
        writer.run("read-tree", old, index=index)
        _add(writer, blobs, index, runs)
        tree = writer.run("write-tree", index=index)
    new = writer.run("commit-tree", "--no-gpg-sign", "-p", old, "-F", "-", tree, stdin=message.encode())
    return old, new, blobs


def tag(
    repo: GitRepo, name: str, commit: str, message: str, environ: Mapping[str, str], key: Path | str | None = None
) -> str:
    """Make the annotated tag `name` on a commit. `key` signs it: the file of a key, or a public key in ssh-agent.

    Returns its full name. Raises CannotJudge where there is one of that name, or git cannot make it.
    """
    there = next((ref for ref in repo.refs if ref.casefold() == f"refs/tags/{name}".casefold()), "")
    if there:
        short = there.removeprefix("refs/tags/")
        hint = f"git show {there} says what it is of. Tags of baselines and releases are made once. If it is to be "
        hint += f"signed, and nobody else has it yet: git tag -d {short}, then again with --sign."
        raise CannotJudge(f"the tag {short} is there already", hint)
    writer = _Writer(repo, environ)
    words = ["tag", "--annotate", "--no-sign"]
    if key is not None:
        by = f"user.signingKey={key}" if isinstance(key, Path) else f"user.signingKey=key::{key}"
        words = ["-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", by, "tag", "--sign"]
    writer.run(*words, "--cleanup=verbatim", "-F", "-", name, commit, stdin=message.encode())
    return f"refs/tags/{name}"


def _add(writer: _Writer, blobs: Mapping[str, str], index: str = "", runs: Collection[str] = ()) -> None:
    """Stage blobs by path; an id of nothing but zeros takes a path away."""
    there = {path: b"100755 " if path in runs else b"100644 " for path in blobs}
    modes = {path: there[path] if oid.strip("0") else b"0 " for path, oid in blobs.items()}
    lines = b"".join(modes[path] + oid.encode() + b"\t" + to_bytes(path) + b"\0" for path, oid in blobs.items())
    writer.run("update-index", "-z", "--add", "--index-info", stdin=lines, index=index)


def found(folder: Path, branch: str, commits: Sequence[Commit], environ: Mapping[str, str]) -> GitRepo:
    """A new repository in `folder` with these commits, and `branch` checked out. Raises CannotJudge."""
    from itsmctl.gitdiscovery import discover

    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in environ.items() if name not in _MISLEADING}
    command = [
        find_git(environ),
        "init",
        "--quiet",
        "--template=",
        f"--initial-branch={branch}",
        str(folder.absolute()),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=kept, capture_output=True, check=False, cwd=folder)
    repo = discover(folder, environ) if done.returncode == 0 else None
    if repo is None or repo.root != Path(os.path.realpath(folder)):
        said = done.stderr.decode("utf-8", "replace").strip().replace("\n", " ")
        raise CannotJudge(f"git init failed in {folder}: {said or 'it said nothing'}", "Choose another folder.")
    add(repo, commits, environ)
    _Writer(repo, environ).run("reset", "--quiet", "--hard", f"refs/heads/{branch}", "--")
    return discover(folder, environ) or repo  # one that sees the new branches


def add(repo: GitRepo, commits: Sequence[Commit], environ: Mapping[str, str]) -> None:
    """Make commits, each on the tip of its branch; a branch that is not there yet begins at main. Raises CannotJudge.

    Work tree and index stay as they are: what is checked out is not to be added to.
    """
    writer = _Writer(repo, environ)
    if not commits:
        return
    listed = writer.run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split("\n")
    there, told = {one for one in listed if one}, set[str]()
    stream = b""
    for commit in commits:
        start = commit.branch if commit.branch in there else "main"
        # what this very stream has told of goes on by itself, or by its name; what stood before, by its commit
        after = "" if commit.branch in told else f"refs/heads/{start}" + ("" if start in told else "^0")
        stream += _told(commit, after if start in there | told else "")
        told.add(commit.branch)
    writer.run("fast-import", "--quiet", "--done", stdin=stream + b"done\n")


def _told(commit: Commit, start: str) -> bytes:
    """As git fast-import reads it."""
    who = f"{commit.name} <{commit.email}> {int(commit.at.timestamp())} +0000"
    lines = [f"commit refs/heads/{commit.branch}", f"author {who}", f"committer {who}"]
    said = "\n".join(lines).encode() + b"\n" + _data(f"{commit.message}\n".encode())
    said += f"from {start}\n".encode() if start else b""
    for path, content in sorted(commit.files.items()):
        said += f"M 100644 inline {path}\n".encode() + _data(content)
    return said + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
