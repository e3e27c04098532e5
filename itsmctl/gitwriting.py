"""The one place that makes commits and tags: adds new files to a branch, and leaves what is staged or edited alone."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import find_git, to_bytes

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo


@dataclass(frozen=True, slots=True)
class _Writer:
    """Runs git with the settings of whoever commits, since it is their commit; hooks and signing stay out of it."""

    repo: GitRepo
    environ: Mapping[str, str]

    def run(self, *words: str, stdin: bytes = b"", index: str = "") -> str:
        kept = {name: value for name, value in self.environ.items() if name not in _MISLEADING}
        if index:
            kept["GIT_INDEX_FILE"] = index
        place = [f"--git-dir={self.repo.git_dir}"]
        place += [f"--work-tree={self.repo.root}"] if self.repo.root else []
        command = [find_git(self.environ), *place, "-c", "core.hooksPath=/dev/null", *words]
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
    there already, or git cannot commit; then nothing has changed.
    """
    writer = _Writer(repo, environ)
    old = writer.run("rev-parse", "--verify", f"{ref}^{{commit}}")
    held = set(writer.run("ls-tree", "-r", "--name-only", "-z", old, "--", *files).split("\0"))
    for path in files:
        there = repo.root is not None and ref == "HEAD" and os.path.lexists(repo.root / path)
        if path in held or there:
            raise CannotJudge(f"{path} is there already", "Nothing was committed. Move it away.")
    blobs = {path: writer.run("hash-object", "-w", "--stdin", stdin=content) for path, content in files.items()}
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


def tag(
    repo: GitRepo, name: str, commit: str, message: str, environ: Mapping[str, str], key: Path | str | None = None
) -> str:
    """Make the annotated tag `name` on a commit. `key` signs it: the file of a key, or a public key in ssh-agent.

    Returns its full name. Raises CannotJudge where there is one of that name, or git cannot make it.
    """
    writer = _Writer(repo, environ)
    words = ["tag", "--annotate", "--no-sign"]
    if key is not None:
        by = f"user.signingKey={key}" if isinstance(key, Path) else f"user.signingKey=key::{key}"
        words = ["-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", by, "tag", "--sign"]
    writer.run(*words, "--cleanup=verbatim", "-F", "-", name, commit, stdin=message.encode())
    return f"refs/tags/{name}"


def _add(writer: _Writer, blobs: Mapping[str, str], index: str = "") -> None:
    lines = b"".join(b"100644 " + oid.encode() + b"\t" + to_bytes(path) + b"\0" for path, oid in blobs.items())
    writer.run("update-index", "-z", "--add", "--index-info", stdin=lines, index=index)
