"""What git knows of the past: every commit up to one, and what each did to the files below a folder. Asks only git."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from itsmctl.gitprocess import GitProcess, to_text

TRAILER = "Change"
"""The trailer in which a commit names the changes that cover it: `Change: CHG-2026-0042`."""

TRAILERS = f"%(trailers:key={TRAILER},valueonly=true,unfold=true,separator=%x01)%x01%B"
"""What `named` reads, as git log prints it: the trailers, and all of the message."""

_LINE = re.compile(rf"^{TRAILER}:[ \t]*(\S+)[ \t]*$(?!\n[ \t])", re.MULTILINE | re.IGNORECASE)
_FIELDS = ("%H", "%P", "%at", "%ct", "%an", "%ae", "%s", TRAILERS)
_HEADER = re.compile(rb"\n?(:+)((?:[0-7]{6} )+)((?:[0-9a-f]+ )+)[A-Z]+")


class Logged(NamedTuple):
    """One commit, as it says itself: nobody has checked its names and times.

    Times are in seconds since 1970 (UTC). `trailers` are the values of its `Change:` trailers, see `named`.
    """

    oid: str
    parents: tuple[str, ...]
    authored: int
    committed: int
    author: str
    email: str
    subject: str
    trailers: tuple[str, ...]


class FileEdit(NamedTuple):
    """What a commit did to one file: for each parent the blob before, then the one after. Empty: there was no file.

    What is no plain file (a link, a program, a submodule) counts as none. Of a merge only those files are listed that
    are otherwise than in each of its parents.
    """

    path: str
    before: tuple[str, ...]
    after: str


def commits(git: GitProcess, tip: str, since: str = "") -> list[Logged]:
    """All commits up to `tip` and with it, none before those that follow it; without `since` and all up to that."""
    said = git.run("log", "--topo-order", "-z", f"--format={'%x00'.join(_FIELDS)}", *_span(tip, since), "--")
    words = [to_text(word) for word in said.split(b"\0")]
    found = []
    for at in range(0, len(words) - len(_FIELDS) + 1, len(_FIELDS)):
        oid, parents, authored, committed, author, email, subject, trailers = words[at : at + len(_FIELDS)]
        times = _seconds(authored), _seconds(committed)
        found.append(Logged(oid, tuple(parents.split()), *times, author, email, subject, named(trailers)))
    return found


def named(said: str) -> tuple[str, ...]:
    """The changes that a commit names, from what TRAILERS prints.

    git looks for trailers at the end of a message. A forge that squashes repeats the messages of several commits, each
    with its own; so a line `Change: NAME` counts anywhere, if it holds nothing else.
    """
    *trailers, message = said.split("\x01")
    return tuple(dict.fromkeys([value.strip() for value in trailers if value.strip()] + _LINE.findall(message)))


def edits(git: GitProcess, tip: str, under: str, since: str = "") -> Mapping[str, tuple[FileEdit, ...]]:
    """Commit → its edits to files at and below `under` (a path, taken literally), by path; without those with none.

    Of the commits that `commits` gives for the same `tip` and `since`.
    """
    words = ("log", "--topo-order", "--full-history", "--root", "-c", "--raw", "--no-renames", "--no-abbrev")
    said = git.run(*words, "--no-ext-diff", "-z", "--format=%H", *_span(tip, since), "--", under)
    found: dict[str, list[FileEdit]] = {}
    oid = ""
    tokens = iter(said.split(b"\0"))
    for token in tokens:
        header = _HEADER.fullmatch(token)
        if header is not None:
            edit = _edit(header, to_text(next(tokens)))
            if edit.after or any(edit.before):
                found.setdefault(oid, []).append(edit)
        elif token.strip():
            oid = token.strip().decode()
    return {oid: tuple(sorted(held)) for oid, held in found.items()}


def _span(tip: str, since: str) -> tuple[str, ...]:
    return ("--end-of-options", tip, *((f"^{since}",) if since else ()))


def _edit(header: re.Match[bytes], path: str) -> FileEdit:
    modes, oids = header[2].decode().split(), header[3].decode().split()
    *before, after = (oid if mode == "100644" else "" for mode, oid in zip(modes, oids, strict=True))
    return FileEdit(path, tuple(before), after)


def _seconds(text: str) -> int:
    """git writes nothing for a time that it cannot read."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else 0
