"""What single commits of a head leave at governed paths that the head as a whole does not. Reads; judges nothing.

What a forge merges commit by commit stands at the base for a while after each of them, and history is read later on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import canonical, yamltext
from itsmctl.foldersteps import digest_of
from itsmctl.gate import subject
from itsmctl.gate.model import Passing
from itsmctl.gate.shelf import BASELINES
from itsmctl.gitedits import PLAIN
from itsmctl.protecting import SHELVES, is_protected, placed
from itsmctl.records import CHANGE, ROOT, SUFFIX, Record, value_at
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.gate.model import Touched
    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitedits import TreeEdit
    from itsmctl.kinds import Kind
    from itsmctl.records import Law

Entry = tuple[str, str] | None
"""(mode, blob) of what stands at a path; None where nothing does."""


class Head(Struct, frozen=True):
    """A head that is judged. `base`: where it goes; `tree`: its merge result; `net`: full path → (what the
    base has there, what that has), of all that differs.
    """

    bench: Bench
    prefix: str
    law: Law  # of the base
    base: str
    tree: str
    net: Mapping[str, tuple[Entry, Entry]]
    edits: Mapping[str, Touched]
    commits: Sequence[Brought]

    def passing(self) -> tuple[Passing, ...]:
        """What its commits leave and it does not, where that matters; see Passing.

        Files under approvals/ that the base does not have are none of it: votes are added and taken away again. Files
        under baselines/ are: history is asked what ever stood with a baseline, and whether its name was used.
        """
        apart = tuple(self._apart())
        found = [one for one in self._left() if not self._comes_anew(one)]
        if not found:
            return apart
        held = self._held([one for one in found if one.full not in self.net])
        ends = [self.net.get(one.full, (held.get(one.full),) * 2) for one in found]
        sides = [(one, end) for one, (start, end) in zip(found, ends, strict=True) if not one.is_taken({start, end})]
        both = (side for one, end in sides for side in (one.entry, end))
        blobs = {side[1] for side in both if side is not None and side[0] == PLAIN}
        contents = self.bench.contents(sorted(blobs), yamltext.MAX_BYTES + 1)
        mine = [Passing(one.commit, one.ref, one.path, self._why(one, end, contents)) for one, end in sides]
        bound = (self._bound(one, end, contents) for (one, end), said in zip(sides, mine, strict=True) if not said.why)
        return (*(one for one in mine if one.why), *filter(None, bound), *apart)

    def _bound(self, one: _Left, end: Entry, contents: Mapping[str, bytes]) -> Passing | None:
        """Of a change whose record may go through it: what votes are on, where that is not what it is in the end."""
        if one.kind is None or one.kind.name != CHANGE or one.ref not in self.edits:
            return None
        then, last = (_approvable(one, side, one.kind, contents) for side in (one.entry, end))
        if then in ("", last):
            return None
        by = value_at(_data(one.entry, contents), "/spec/review/by")
        return Passing(one.commit, one.ref, one.path, "bound", then, by if isinstance(by, str) else "")

    def _apart(self) -> Iterator[Passing]:
        """Governance that the head alters by several commits: all of it but what the last of them does."""
        found = {commit.oid: list(self._law(commit)) for commit in self.commits} if len(self.commits) > 1 else {}
        altering = [oid for oid, files in found.items() if files]
        for oid in altering[:-1]:
            yield from (Passing(oid, one.ref, one.path, "apart") for one in found[oid])

    def _law(self, commit: Brought) -> Iterator[_Left]:
        """What a commit does of the governance that differs in the end."""
        for full, edit in _own(commit, self.prefix):
            one = _Left(commit.oid, full, placed(full, self.prefix), edit.after, None, commit.taken.get(full))
            if full in self.net and not one.is_taken(self.net[full]) and one.is_governed(self.law):
                one = replace(one, kind=self._kind(one.path))
                if (one.kind is None or one.kind.governance) and one.ref in self.edits:
                    yield one

    def _left(self) -> Iterator[_Left]:
        """What a commit leaves otherwise than the merge result, where paths and blobs alone tell."""
        for commit in self.commits:
            for full, edit in _own(commit, self.prefix):
                if full in self.net and self.net[full][1] == edit.after:
                    continue
                path = placed(full, self.prefix)
                one = _Left(commit.oid, full, path, edit.after, self._kind(path), commit.taken.get(full))
                if one.is_governed(self.law) or one.is_frozen or (one.is_shelved and full not in self.net):
                    yield one

    def _comes_anew(self, one: _Left) -> bool:
        """Will no history ever hold at the base what the commit leaves, but what the head comes to?

        Where the head does not follow the base, its commits reach the line of the target by a rebase alone: there the
        one that does something at a path leaves the merge result. Votes and baselines are found wherever they stood.
        """
        if one.is_shelved or any(len(commit.parents) != 1 or self.base in commit.parents for commit in self.commits):
            return False
        return sum(one.full in (full for full, _ in _own(commit, self.prefix)) for commit in self.commits) == 1

    def _kind(self, path: str) -> Kind | None:
        """The kind of the records in that folder; None for a file, and for a folder of no kind."""
        parts = PurePosixPath(path).parts
        return self.law.kinds.by_plural.get(parts[1]) if parts[0] == ROOT and len(parts) > 2 else None

    def _held(self, left: Sequence[_Left]) -> dict[str, Entry]:
        """Full path → what the merge result has there, of paths that are the same at the base."""
        under = {f"{self.prefix}{ROOT}" if one.is_record else one.full for one in left}
        listed = (entry for path in sorted(under) for entry in self.bench.repo.tree_files(self.tree, path))
        return {entry.path: (entry.mode, entry.oid) for entry in listed}

    def _why(self, one: _Left, end: Entry, contents: Mapping[str, bytes]) -> str:
        """See Passing.why; "" where it does not matter."""
        left = one.entry
        if left == end or (one.is_record and _same(left, end, contents)):
            return ""
        if one.is_frozen:
            return "frozen"
        if one.is_shelved:
            return "evidence" if end is not None else ""
        if one.kind is None or one.kind.governance:
            return "law"
        if one.ref not in self.edits:
            return "nothing"
        if left is None:
            return "gone" if end is not None else ""
        data = _data(left, contents)
        if not isinstance(data, dict):
            return ""  # a slip that was mended: nobody reads it for what it might be
        if (data.get("kind"), value_at(data, "/metadata/name")) != (one.kind.name, one.name):
            return "another"
        if one.kind.name == CHANGE:
            return "" if _leads(one.kind, data, _data(end, contents)) else "state"
        return "several" if one.kind.controlled else ""


class _Left(Struct, frozen=True):
    """What stands at a path after a commit, which did something there. `path` is from the governed root, see TOP."""

    commit: str
    full: str
    path: str
    entry: Entry
    kind: Kind | None
    over: frozenset[Entry] | None  # what was there before a merge that only took over what the base's history has

    def is_taken(self, ends: Collection[Entry]) -> bool:
        """Did a merge only take it over, as it is done to bring a branch up to date? `ends`: of base and result.

        What had one of those there already was up to date; from there it only goes back.
        """
        return self.over is not None and self.over.isdisjoint(ends)

    @property
    def is_record(self) -> bool:
        """Is it at a place for records, whose form says nothing?"""
        return self.path.startswith(f"{ROOT}/")

    @property
    def is_shelved(self) -> bool:
        """Is it evidence, or a baseline?"""
        return self.path.startswith(SHELVES)

    @property
    def is_frozen(self) -> bool:
        """Is it a baseline, or stands with one?"""
        return self.path.startswith(BASELINES)

    def is_governed(self, law: Law) -> bool:
        """Is it a record, or a protected file?"""
        return self.is_record or is_protected(self.path, law)

    @property
    def name(self) -> str:
        """What a record there would be called."""
        return PurePosixPath(self.path).name.removesuffix(SUFFIX)

    @property
    def ref(self) -> str:
        """`Kind/name`, or `File/path`."""
        return f"{self.kind.name}/{self.name}" if self.kind is not None else f"{FILE}/{self.path}"


def _own(commit: Brought, prefix: str) -> Iterator[tuple[str, TreeEdit]]:
    """(full path, what was done there) of all that a commit did by itself."""
    yield from ((prefix + edit.path, edit) for edit in commit.edits)
    yield from ((edit.path, edit) for edit in commit.outside)


def _same(one: Entry, other: Entry, contents: Mapping[str, bytes]) -> bool:
    """Are both records of the same content, in whatever form?"""
    if one is None or other is None or (one[0], other[0]) != (PLAIN, PLAIN):
        return False
    return digest_of(contents[one[1]]) == digest_of(contents[other[1]])


def _data(entry: Entry, contents: Mapping[str, bytes]) -> object:
    try:
        return yamltext.read(contents[entry[1]]) if entry is not None and entry[0] == PLAIN else None
    except yamltext.Refused:
        return None


def _approvable(one: _Left, entry: Entry, kind: Kind, contents: Mapping[str, bytes]) -> str:
    """Digest of what votes are on; "" where nothing can be voted on."""
    data = _data(entry, contents)
    try:
        record = Record(kind.name, one.name, one.path, "", data) if isinstance(data, dict) else None
        return canonical.digest(subject.approvable(record, kind)) if record is not None else ""
    except ValueError:
        return ""


def _leads(kind: Kind, before: Mapping[str, object], after: object) -> bool:
    """Do legal steps lead from the state of the one to that of the other? A state that nobody declared is no state."""
    held = kind.lifecycle
    start, goal = value_at(before, "/spec/state"), value_at(after, "/spec/state")
    if held is None or after is None or start not in held.states:
        return True
    return goal == start or goal in held.reachable(str(start), after)
