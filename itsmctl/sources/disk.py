"""What stands on disk: walks folders and reads files, follows no link, and waits for nothing."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from itsmctl.gitprocess import to_bytes, to_text
from itsmctl.sources.model import LIMIT, LINK, NESTED, Irregular, SourceFile

_CHUNK = 1 << 16  # os.read allocates what it is asked for: megabytes at once cost six times as much
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_BY_TYPE = {
    stat.S_IFREG: "",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: LINK,
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Walked(NamedTuple):
    """What stands at and below a top folder. `found`: path → what is irregular about it, or ""."""

    found: dict[str, str]
    empty: list[str]  # folders
    runnable: set[str]  # plain files that their owner may execute


def walk(root: bytes, top: str, *, modes: bool = True) -> Walked:
    """What stands at and below a top folder; without `modes`, it is not asked which files are `runnable`."""
    walked = Walked({}, [], set())
    found, empty, runnable = walked
    try:
        mode = os.lstat(root + b"/" + to_bytes(top)).st_mode if top else 0
    except OSError:
        mode = 0
    if not stat.S_ISDIR(mode):
        if mode:
            found[top] = _kind(mode)
            runnable.update([top] if stat.S_ISREG(mode) and mode & stat.S_IXUSR else [])
        return walked
    pending = [top]
    while pending:
        folder = pending.pop()
        held: dict[str, str] = {}
        below: list[str] = []
        run: list[str] = []
        try:
            with os.scandir(root + b"/" + to_bytes(folder)) as entries:
                for entry in entries:
                    path = f"{folder}/{to_text(entry.name)}"
                    if entry.is_file(follow_symlinks=False):
                        held[path] = ""
                        if modes and entry.stat(follow_symlinks=False).st_mode & stat.S_IXUSR:
                            run.append(path)
                    elif entry.is_dir(follow_symlinks=False):
                        below.append(path)
                    else:
                        held[path] = _kind(entry.stat(follow_symlinks=False).st_mode)
        except OSError as error:
            held, below = {folder: f"a folder that cannot be read ({reason(error)})"}, []
        marker = f"{folder}/.git"
        if marker in held or marker in below:
            held, below = {folder: NESTED}, []
        if not held and not below:
            empty.append(folder)
        found |= held
        runnable.update(path for path in run if path in held)
        pending += below
    return walked


def read(root: bytes, path: str) -> SourceFile | Irregular | None:
    """The file, why it cannot be read, or None if it is gone. What is put in its place meanwhile cannot block."""
    try:
        descriptor = os.open(root + to_bytes(path), _FLAGS)
        try:
            content = os.read(descriptor, _CHUNK)
            more = os.read(descriptor, 1)  # a file system may give less than asked for before the end
            return SourceFile(path, content + more + _rest(descriptor, LIMIT - len(content) - 1) if more else content)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Irregular(path, f"a file that cannot be read ({reason(error)})")


def _rest(descriptor: int, limit: int) -> bytes:
    chunks = [b"."]
    while limit > 0 and chunks[-1]:
        chunks.append(os.read(descriptor, min(_CHUNK, limit)))
        limit -= len(chunks[-1])
    return b"".join(chunks[1:])


def _kind(mode: int) -> str:
    return _BY_TYPE.get(stat.S_IFMT(mode), "no regular file")


def names(root: bytes) -> frozenset[str]:
    """The names in a folder."""
    with os.scandir(root) as entries:
        return frozenset(to_text(entry.name) for entry in entries)


def reason(error: OSError) -> str:
    """What the system says, in the middle of a sentence."""
    return (error.strerror or type(error).__name__).lower()
