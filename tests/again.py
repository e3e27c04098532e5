"""Steps that tests take on their way: what a command wrote once is put there again, where all that it sees is the same.

Hundreds of tests begin with the same votes and baselines, and to draw one up, sign it and commit it takes a second.
All that such a command goes by is in the key: every file of the work tree, what is staged, every ref and setting, which
objects there are, who runs it and when, with which words. Where any of it differs, it runs; only what ended with 0 is
kept. It always runs where it is what the tests are about, and where a test patches anything.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from conftest import Ran, Repo

_UNSAID = ("index", "COMMIT_EDITMSG", "ORIG_HEAD", "logs")  # in .git; the index has times in it, and is asked for
_SUBJECT = {"test_change_votes", "test_baseline_create", "test_gate_faults"}
"""Where a vote or a baseline is made to look at how it is made."""

_Wrote = Mapping[str, tuple[int, bytes] | None]
"""Path → (mode, content) of what a command wrote; None for what it took away."""

_KEPT: dict[bytes, tuple[Ran, _Wrote]] = {}
_STATE = {"is_on": False}


def allow(item: pytest.Item) -> None:
    """A test begins."""
    fixtures = getattr(item, "fixturenames", ())
    _STATE["is_on"] = "monkeypatch" not in fixtures and item.path.stem not in _SUBJECT


def again(repo: Repo, run: Callable[[], Ran], *words: str) -> Ran:
    """What `run` says, a command on `repo` with those words, whether or not it is run."""
    place = str(repo.path.parent)
    if not _STATE["is_on"] or not (repo.path / ".git").is_dir() or any(place in word for word in words):
        return run()
    before = dict(_files(repo.path))
    key = _key(repo, before, words)
    if key in _KEPT:
        ran, wrote = _KEPT[key]
        for path, written in wrote.items():
            _put(repo.path / path, written)
        return ran
    ran = run()
    if ran.code == 0 and place not in ran.stdout + ran.stderr:
        after = dict(_files(repo.path))
        changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
        _KEPT[key] = ran, {path: _written(repo.path / path) for path in changed}
    return ran


def _key(repo: Repo, files: Mapping[str, bytes], words: tuple[str, ...]) -> bytes:
    place = str(repo.path.parent)
    said = {name: value.replace(place, "") for name, value in repo.environ.items()}
    facts = [repr((words, sorted(said.items()))), repo.git("ls-files", "--stage", "-z")]
    digest = hashlib.sha256("\0".join(facts).encode(errors="surrogateescape"))
    for path in sorted(files):
        if not path.startswith(".git/") or path.split("/")[1] not in _UNSAID:
            digest.update(b"\0%s\0%s" % (os.fsencode(path), files[path]))
    return digest.digest()


def _files(top: Path) -> Iterator[tuple[str, bytes]]:
    """(path, what identifies its content) of all files, with those of git."""
    yield from _below(str(top), "")


def _below(folder: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    with os.scandir(folder) as entries:
        held = list(entries)
    for entry in held:
        path = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{path}/")
        elif path.startswith(".git/objects/"):
            yield path, b"%d" % entry.stat(follow_symlinks=False).st_size
        elif entry.is_file(follow_symlinks=False):
            opened = os.open(entry.path, os.O_RDONLY)
            about = os.fstat(opened)
            yield path, b"%o %s" % (about.st_mode, os.read(opened, about.st_size))
            os.close(opened)
        else:
            yield path, b"%o %s" % (entry.stat(follow_symlinks=False).st_mode, os.fsencode(Path(entry.path).readlink()))


def _written(file: Path) -> tuple[int, bytes] | None:
    return (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) if file.exists() else None


def _put(file: Path, written: tuple[int, bytes] | None) -> None:
    file.unlink(missing_ok=True)
    if written is not None:
        mode, content = written
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
