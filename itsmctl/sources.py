"""Files of the governed repository, from the work tree or from a commit: the same files in the same order from both.

Reads, never writes, and follows no link. What is no plain file is handed on as Irregular, never skipped.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import to_bytes, to_text
from itsmctl.yamltext import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from itsmctl.gitrepo import GitRepo, Revision

_LIMIT = MAX_BYTES + 1  # one byte more than allowed shows that a file is too big
_CHUNK = 1 << 16  # os.read allocates what it is asked for: megabytes at once cost six times as much
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_LINK = "a symbolic link"
_NESTED = "a nested git repository"
_EXECUTABLE = "an executable file"
_IMPOSSIBLE = "a path that no work tree can hold"

_BY_TYPE = {
    stat.S_IFREG: "",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: _LINK,
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# ls-tree writes no other modes, whatever stands in the tree
_BY_MODE = {"100644": "", "100755": _EXECUTABLE, "120000": _LINK, "160000": _NESTED}

_HINTS = {
    _LINK: "Put the file itself there: what a link leads to can change without the record.",
    _EXECUTABLE: "Take the permission to execute away: git update-index --chmod=-x, and chmod -x.",
    _NESTED: "Move it elsewhere: this repository has no history of what is inside (a submodule is such a one, too).",
    _IMPOSSIBLE: "Remove it from the commit: git fsck tells how it is damaged.",
}

_ODD_STEP = re.compile(r"(?:^|/)(?:|\.|\.\.|\.git)(?:/|$)" + (r"|[\\:]" if os.name == "nt" else ""), re.IGNORECASE)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A regular file. `path` is relative to the governed root, with `/`; its bytes that are not UTF-8 are surrogates.

    At most MAX_BYTES + 1 bytes of `content` are read. `blob` is git's id of it, empty in a work tree.
    """

    path: str
    content: bytes
    blob: str = ""


@dataclass(frozen=True, slots=True)
class Irregular:
    """What stands at `path` and is no plain file. `what` names it ("a symbolic link")."""

    path: str
    what: str

    @property
    def hint(self) -> str:
        """What to do about it."""
        return _HINTS.get(self.what, "Only regular files that can be read are records: replace or remove it.")


class Source(Protocol):
    """Where files come from. Paths are relative to the governed root, with `/`; nothing else is ever reached."""

    @property
    def label(self) -> str:
        """What is read, for people: "work tree", "commit 1a2b3c4 (main)"."""

    @property
    def whole_history(self) -> bool:
        """Is all of history there, so that `once_held` can answer? Not so in a shallow clone."""

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """Every file at `under` and below, by path in code-point order."""

    def content(self, path: str) -> bytes | None:
        """The first MAX_BYTES + 1 bytes of the regular file at `path`, or None where there is none."""

    def holds(self, path: str) -> bool:
        """Is there a regular file at exactly this path, letter case included?"""

    def once_held(self, path: str) -> bool:
        """Did any commit up to here hold a file at `path`? Raises CannotJudge where history is cut off."""


@dataclass(frozen=True)
class WorkTree:
    """The files on disk below `root`, as listed once, without what git ignores. `repo` is None in a plain folder.

    Whether a file is executable is what git has staged: so it is the same as in a commit, on any file system.
    """

    root: Path
    repo: GitRepo | None
    _listed: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def label(self) -> str:
        """See Source."""
        return "work tree"

    @property
    def whole_history(self) -> bool:
        """See Source."""
        return self.repo is None or not self.repo.is_shallow

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """See Source. A file that vanishes after it was listed is left out."""
        root = os.fsencode(self.root) + b"/"
        for path, what in _within(self._list(_top(under)), under):
            found = Irregular(path, what) if what else _read(root, path)
            if found is not None:
                yield found

    def content(self, path: str) -> bytes | None:
        """See Source. Read anew at each call."""
        found = _read(os.fsencode(self.root) + b"/", path) if self.holds(path) else None
        return found.content if isinstance(found, SourceFile) else None

    def holds(self, path: str) -> bool:
        """See Source."""
        return self._list(_top(path)).get(path) == ""

    def once_held(self, path: str) -> bool:
        """See Source. Without a commit nothing was ever held."""
        return self._head is not None and self._head.once_held(path)

    def _list(self, top: str) -> Mapping[str, str]:
        """Path → what is irregular about it, or "", of everything at and below a top folder; sorted."""
        if top not in self._listed:
            found, empty = _walk(os.fsencode(self.root), top)
            if self.repo and self.repo.root and (found or empty):
                self._ask_git(self.repo, self.repo.root, top, found, empty)
            self._listed[top] = dict(sorted(found.items()))
        return self._listed[top]

    def _ask_git(self, repo: GitRepo, repo_root: Path, top: str, found: dict[str, str], empty: list[str]) -> None:
        """Amend `found` by what only git knows."""
        prefix = self._prefix
        for full, mode in repo.irregular_modes(prefix + top).items():
            path = full.removeprefix(prefix)
            # a submodule that nobody initialised is checked out as an empty folder, which alone says nothing
            if (mode == "100755" and found.get(path) == "") or (mode == "160000" and path in empty):
                found[path] = _BY_MODE[mode]
        if self._is_gitignore_a_pipe(repo_root, found):
            return
        ignored = {path.removeprefix(prefix) for path in repo.ignored(prefix + top)}
        folders = tuple(path for path in ignored if path.endswith("/"))
        for path in [path for path in found if path in ignored or (folders and f"{path}/".startswith(folders))]:
            del found[path]

    def _is_gitignore_a_pipe(self, repo_root: Path, found: Mapping[str, str]) -> bool:
        """git would wait for ever on it, so nothing is taken as ignored then."""
        if any(what not in ("", _LINK) for path, what in found.items() if path.endswith("/.gitignore")):
            return True
        steps = self._prefix.split("/")[:-1]
        above = (repo_root.joinpath(*steps[:depth]) for depth in range(len(steps) + 1))
        return any((folder / ".gitignore").is_fifo() for folder in above)

    @cached_property
    def _head(self) -> Commit | None:
        head = self.repo.head() if self.repo else None
        return Commit(self.repo, head, self._prefix) if self.repo and head else None

    @cached_property
    def _prefix(self) -> str:
        return self.repo.prefix_of(self.root) if self.repo else ""


@dataclass(slots=True)
class _Ahead:
    """Contents by blob, of files that are likely to be asked for next: a git process for each would take too long."""

    reach: int = 1  # files to read at once: few at first, as it may be the only one
    size: int = 0
    held: dict[str, bytes] = field(default_factory=dict)

    def fill(self, repo: GitRepo, oids: list[str]) -> None:
        """Read the first of `oids` in any case, and as many of the others as take about a megabyte together."""
        if self.size > 8 * _LIMIT:
            self.held.clear()
            self.size = 0
        self.reach = min(2 * self.reach, 1024)
        enough = self.size + _LIMIT
        with closing(repo.blobs(oids, _LIMIT)) as contents:
            for oid, content in contents:
                self.held[oid] = content
                self.size += len(content)
                if self.size > enough:
                    break


@dataclass(frozen=True)
class Commit:
    """The files of one commit below `prefix` (the governed root within the repository: "" or "some/folder/")."""

    repo: GitRepo
    revision: Revision
    prefix: str = ""
    _listed: dict[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict, repr=False, compare=False)
    _ahead: _Ahead = field(default_factory=_Ahead, repr=False, compare=False)

    @property
    def label(self) -> str:
        """See Source."""
        return self.revision.label

    @property
    def whole_history(self) -> bool:
        """See Source."""
        return not self.repo.is_shallow

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """See Source. All contents stream through one git process."""
        entries = list(_within(self._list(_top(under)), under))
        with closing(self.repo.blobs([oid for _, (what, oid) in entries if not what], _LIMIT)) as contents:
            for path, (what, oid) in entries:
                yield Irregular(path, what) if what else SourceFile(path, next(contents)[1], oid)

    def content(self, path: str) -> bytes | None:
        """See Source."""
        listed = self._list(_top(path))
        what, oid = listed.get(path, (_IMPOSSIBLE, ""))
        if what:
            return None
        if oid not in self._ahead.held:
            following = islice(dropwhile(lambda one: one != path, listed), self._ahead.reach)
            self._ahead.fill(self.repo, [oid for what, oid in map(listed.__getitem__, following) if not what])
        return self._ahead.held[oid]

    def holds(self, path: str) -> bool:
        """See Source."""
        return self._list(_top(path)).get(path, (_IMPOSSIBLE, ""))[0] == ""

    def once_held(self, path: str) -> bool:
        """See Source."""
        top = _top(path)
        return bool(top) and self.repo.once_held(self.revision.oid, self.prefix + path, self.prefix + top)

    def _list(self, top: str) -> Mapping[str, tuple[str, str]]:
        """Path → (what is irregular about it, or ""; blob) of everything at and below a top folder; sorted."""
        if top not in self._listed:
            entries = self.repo.tree_files(self.revision.tree, self.prefix + top) if top else []
            found = {}
            for full, mode, oid in entries:
                path = full.removeprefix(self.prefix)
                found[path] = (_IMPOSSIBLE if _ODD_STEP.search(path) else _BY_MODE[mode], oid)
            if len(found) < len(entries):
                raise CannotJudge(
                    f"{self.label} holds the same path twice", "git fsck tells which: its tree is damaged."
                )
            self._listed[top] = dict(sorted(found.items()))
        return self._listed[top]


def _walk(root: bytes, top: str) -> tuple[dict[str, str], list[str]]:
    """What stands at and below a top folder: path → what is irregular about it, or ""; and all empty folders."""
    found: dict[str, str] = {}
    empty: list[str] = []
    try:
        mode = os.lstat(root + b"/" + to_bytes(top)).st_mode if top else 0
    except OSError:
        mode = 0
    if not stat.S_ISDIR(mode):
        return ({top: _kind(mode)} if mode else {}), empty
    pending = [top]
    while pending:
        folder = pending.pop()
        held: dict[str, str] = {}
        below: list[str] = []
        try:
            with os.scandir(root + b"/" + to_bytes(folder)) as entries:
                for entry in entries:
                    path = f"{folder}/{to_text(entry.name)}"
                    if entry.is_file(follow_symlinks=False):
                        held[path] = ""
                    elif entry.is_dir(follow_symlinks=False):
                        below.append(path)
                    else:
                        held[path] = _kind(entry.stat(follow_symlinks=False).st_mode)
        except OSError as error:
            held, below = {folder: f"a folder that cannot be read ({_reason(error)})"}, []
        marker = f"{folder}/.git"
        if marker in held or marker in below:
            held, below = {folder: _NESTED}, []
        if not held and not below:
            empty.append(folder)
        found |= held
        pending += below
    return found, empty


def _top(path: str) -> str:
    """The top folder of a path, or "" where the path is none that could be reached."""
    return "" if "\0" in path or _ODD_STEP.search(path) else path.partition("/")[0]


def _within(listed: Mapping[str, _T], under: str) -> Iterable[tuple[str, _T]]:
    """What is listed at `under`, below it, or in its way (a link that `under` would have to follow)."""
    if "/" not in under:
        return listed.items()
    below = under + "/"
    return [
        (path, about)
        for path, about in listed.items()
        if path == under or path.startswith(below) or below.startswith(path + "/")
    ]


def _read(root: bytes, path: str) -> SourceFile | Irregular | None:
    """The file, why it cannot be read, or None if it is gone. What is put in its place meanwhile cannot block."""
    try:
        descriptor = os.open(root + to_bytes(path), _FLAGS)
        try:
            content = os.read(descriptor, _CHUNK)
            more = os.read(descriptor, 1)  # a file system may give less than asked for before the end
            return SourceFile(path, content + more + _rest(descriptor, _LIMIT - len(content) - 1) if more else content)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Irregular(path, f"a file that cannot be read ({_reason(error)})")


def _rest(descriptor: int, limit: int) -> bytes:
    chunks = [b"."]
    while limit > 0 and chunks[-1]:
        chunks.append(os.read(descriptor, min(_CHUNK, limit)))
        limit -= len(chunks[-1])
    return b"".join(chunks[1:])


def _kind(mode: int) -> str:
    return _BY_TYPE.get(stat.S_IFMT(mode), "no regular file")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
