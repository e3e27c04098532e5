"""What the history of the base says of records and files: the gate's History, read through the bench when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from itsmctl import gitlines, yamltext
from itsmctl.errors import CannotJudge
from itsmctl.foldersteps import NOTHING, Folder, Step, digest_of, file_digest, gone_on, name_of
from itsmctl.gate.history import Arrival, Aside, Landing, Written
from itsmctl.gitedits import PLAIN, RUN
from itsmctl.marked import ITEM
from itsmctl.protecting import full
from itsmctl.records import CHANGE, ROOT
from itsmctl.renaming import NUMBERED
from itsmctl.settings.rootnames import FILE as SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl import gitdeeds
    from itsmctl.gate.model import Brought
    from itsmctl.gitbench import Bench
    from itsmctl.gitlines import Grown, Placed
    from itsmctl.kinds import Kinds


class Read(Struct, frozen=True):
    """What was read for the histories of several commits of one line, under one law: each goes on from the last.

    `folders`: (path, is it a file?) → the order of commits up to which it was read, and what was done there.
    """

    folders: dict[tuple[str, bool], tuple[Sequence[Placed], Folder]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    data: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)  # not to be altered
    digests: dict[tuple[bool, str], str] = field(default_factory=dict)  # (is it a file's?, blob) → digest
    brought: dict[tuple[str, bool], tuple[gitdeeds.Brought, Brought]] = field(default_factory=dict)  # commit, verified?


class FirstParent(Struct, dict=True):
    """See gate.history. Places count all commits that lead to `tip` from 0, the oldest, as gitlines has them."""

    bench: Bench
    tip: str
    prefix: str
    kinds: Kinds
    as_brought: Callable[[gitdeeds.Brought, bool], Brought]  # True: with signatures verified
    now: float  # in seconds since 1970
    read: Read = field(default_factory=Read)
    _folders: dict[str, Folder] = field(default_factory=dict)
    _made: dict[tuple[str, str, str], tuple[Brought, ...]] = field(default_factory=dict)

    @cached_property
    def _commits(self) -> Mapping[str, Grown]:
        return self.bench.grown(self.tip)

    @cached_property
    def _order(self) -> Sequence[Placed]:
        return gitlines.ordered(self._commits, self.tip)

    @cached_property
    def _first_line(self) -> Sequence[int]:
        """The places of the first-parent line."""
        return [place for place, one in enumerate(self._order) if one.line == 0]

    @cached_property
    def _times(self) -> Sequence[int]:
        """Of each place. Makers of commits say when: on the first line none is older than those before it, or to come.

        On another line none is later than the merge with which it came in.
        """
        said = [self._commits[one.oid].time for one in self._order]
        believed = [0 if time > self.now else time for time in said]
        found, latest = [], 0
        landed = dict(zip(self._first_line, accumulate((believed[at] for at in self._first_line), max), strict=True))
        for place in reversed(range(len(said))):
            latest = landed.get(place, latest)
            found.append(latest if self._order[place].line == 0 else min(latest, said[place]))
        return found[::-1]

    def _landing(self, place: int) -> int:
        """The place on the first-parent line at which the commit there came in: its own, or that of a merge."""
        at = bisect_left(self._first_line, place)
        return self._first_line[at] if at < len(self._first_line) else len(self._order)

    def appeared(self, ref: str) -> int | None:
        """See History."""
        return next((one.place for one in self._steps(ref) if one.after), None)

    def founding(self, ref: str) -> tuple[Mapping[str, Any] | None, ...]:
        """See History."""
        began = [
            self._order[one.place].oid for one in self._steps(f"{FILE}/{SETTINGS}") if one.after and not one.before
        ]
        parents = {oid: self._commits[oid].parents for oid in began}
        asked = [f"{parent}:{self.prefix}{SETTINGS}" for oid in began for parent in parents[oid]]
        asked += [f"{oid}:{path}" for oid in began for path in self._paths(ref)]
        blobs = dict(zip(asked, self.bench.repo.ids(asked), strict=True))
        founded = [oid for oid in began if not any(blobs[f"{one}:{self.prefix}{SETTINGS}"] for one in parents[oid])]
        held = (next(filter(None, (blobs[f"{oid}:{path}"] for path in self._paths(ref))), "") for oid in founded)
        return tuple(self._data(blob) for blob in held)

    def states_since(self, ref: str, place: int) -> tuple[str | None, ...]:
        """See History."""
        start = self._landing(place)
        mine = [one for one in self._steps(ref) if one.line == 0]
        before = [one.after for one in mine if one.place < start][-1:] or [""]
        blobs = [*(before if start != self._first_line[0] else ()), *(one.after for one in mine if one.place >= start)]
        return tuple(self._digest(ref, blob) for blob in blobs)

    def edits_since(self, ref: str, place: int) -> tuple[tuple[str | None, str | None], ...]:
        """See History."""
        steps = (one for one in self._steps(ref) if one.place >= place)
        return tuple((self._digest(ref, one.before), self._digest(ref, one.after)) for one in steps)

    def stood(self, ref: str, place: int) -> frozenset[str | None]:
        """See History."""
        start, line = self._landing(place), self._order[place].line
        held = list(self._steps(ref))
        found = {one.after for one in held if one.place >= place}
        found.add(next((one.after for one in reversed(held) if one.line == 0 and one.place <= start), ""))
        # in a rebased branch the edit may lie before the commit that brought its change
        found.update([one.after for one in held if line and one.line == line and one.place < place][-1:])
        return frozenset(self._digest(ref, blob) for blob in found)

    def versions(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """See History."""
        return tuple((self._times[one.place], self._data(one.after)) for one in self._steps(ref) if one.line == 0)

    def ever(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """See History."""
        return tuple((self._times[one.place], self._data(one.after)) for one in self._steps(ref))

    def places(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """See History."""
        return tuple((one.place, self._data(one.after)) for one in self._steps(ref))

    def landings(self, ref: str) -> tuple[Landing, ...]:
        """See History."""
        steps = (one for one in self._steps(ref) if one.line == 0)
        return tuple(
            Landing(one.place, self._times[one.place], self._digest(ref, one.after), self._data(one.after))
            for one in steps
        )

    def arrivals(self, ref: str) -> tuple[Arrival, ...]:
        """See History."""
        found = []
        for one in self._steps(ref):
            if one.line == 0 or self._order[one.place].brings:
                said = self._commits[self._order[one.place].oid].time if one.line else 0
                # whoever turned the lines around may have dated that merge long ago, and not those before it
                time = max(self._times[one.place], said if said <= self.now else 0)
                digests = self._digest(ref, one.before), self._digest(ref, one.after)
                found.append(Arrival(one.place, self._landing(one.place), time, *digests, self._data(one.after)))
        return tuple(found)

    def aside(self, ref: str) -> tuple[Aside, ...]:
        """See History."""
        steps = ((one, self._digest(ref, one.before), self._digest(ref, one.after)) for one in self._steps(ref))
        return tuple(
            Aside(one.place, one.line, before, after, self._data(one.after)) for one, before, after in steps if one.line
        )

    def held(self, ref: str, place: int) -> Mapping[str, Any] | None:
        """See History."""
        asked = [f"{self._order[place].oid}:{path}" for path in self._paths(ref)]
        return self._data(next(filter(None, self.bench.repo.ids(asked)), "") if asked else "")

    def authored(self, ref: str) -> tuple[Brought, ...]:
        """See History."""
        commits = self.bench.touching(self.tip, self._paths(ref), self.prefix)
        return tuple(self._as_brought(one) for one in commits)

    def written(self, ref: str) -> tuple[Written, ...]:
        """See History."""
        paths = self._paths(ref)
        return tuple(
            Written(
                self._as_brought(commit, verified=True), self._data(_blob(edit.before)), self._data(_blob(edit.after))
            )
            for commit in self.bench.touching(self.tip, paths, self.prefix)
            for edit in commit.edits
            if self.prefix + edit.path in paths
        )

    def makers(self, ref: str, before: str | None, after: str | None, since: int) -> tuple[Brought, ...]:
        """See History."""
        every = [(one, self._digest(ref, one.after)) for one in self._steps(ref)]
        ends = [one for one, digest in every if digest == after]
        found: dict[str, Brought] = {}
        for end in [one for one in ends if one.place >= since] or ends[-1:]:
            line = [(one, digest) for one, digest in every if one.line == end.line and one.place <= end.place]
            start = next((at for at in reversed(range(len(line) - 1)) if line[at][1] == before), -1)
            for commit in self._between(ref, line[start + 1][0].place, end.place):
                found[commit.oid] = commit
        return tuple(found.values())

    def _between(self, ref: str, first: int, last: int) -> tuple[Brought, ...]:
        """The commits that came in from the one place to the other, and that did something to the record themselves."""
        tip, base = self._order[last].oid, next(iter(self._commits[self._order[first].oid].parents), "")
        if (ref, base, tip) not in self._made:
            self._made[ref, base, tip] = tuple(self._read_between(ref, base, tip))
        return self._made[ref, base, tip]

    def _read_between(self, ref: str, base: str, tip: str) -> Iterable[Brought]:
        if not base:
            commits = self.bench.touching(tip, self._paths(ref), self.prefix)
            return map(self._as_brought, commits)
        commits = self.bench.brought(base, tip, self.prefix)
        mine = [one for one in commits if any(self._is_at(path, ref) for path in self._altered(one))]
        return map(self._as_brought, mine or commits)

    def _as_brought(self, commit: gitdeeds.Brought, *, verified: bool = False) -> Brought:
        known = self.read.brought.get((commit.oid, verified))
        if known is None or known[0] != commit:
            known = self.read.brought[commit.oid, verified] = commit, self.as_brought(commit, verified)
        return known[1]

    def _altered(self, commit: gitdeeds.Brought) -> Iterable[str]:
        """What it does by itself, from the top of the repository."""
        return (*(self.prefix + edit.path for edit in commit.edits), *(edit.path for edit in commit.outside))

    def _is_at(self, path: str, ref: str) -> bool:
        """Is that the record, or the file, wherever its folder may put it?"""
        kind, _, name = ref.partition("/")
        if kind == FILE:
            return path == self._file(name)
        return name_of(path) == name and path.startswith(f"{self._home(kind)}/")

    def used(self, ref: str) -> bool:
        """See History."""
        folded = ref.partition("/")[2].casefold()
        return any(name.casefold() == folded for name in self._folder(ref).steps)

    def content_with(self, ref: str, digest: str) -> tuple[bytes, bool]:
        """The file of a record, or the protected file, as it last was when its digest was this one; and is it run?

        Raises CannotJudge where it never was in this history, or was no regular file.
        """
        for one in reversed(self._steps(ref)):
            if one.after and self._digest(ref, one.after) == digest:
                mode, _, oid = one.after.rpartition(" ")
                if mode not in ("", RUN):
                    raise CannotJudge(f"{ref} was no regular file then", "Put back by hand what was there.")
                return (self.bench.content(oid) if _is_file(ref) else self._content(oid)), mode == RUN
        raise CannotJudge(f"{ref} never stood like that in the history of the base", "Get all of it: git fetch.")

    def _steps(self, ref: str) -> Sequence[Step]:
        """What each commit did to the record or file, in order of places."""
        kind, _, name = ref.partition("/")
        return self._folder(ref).steps.get(self._file(name) if kind == FILE else name, ())

    def _paths(self, ref: str) -> list[str]:
        """Every path that the record or file ever had, from the top of the repository."""
        kind, _, name = ref.partition("/")
        return sorted(self._folder(ref).paths.get(self._file(name) if kind == FILE else name, ()))

    def _folder(self, ref: str) -> Folder:
        """What was done in the folder of the record's kind, or at the path of the file."""
        under = self._under(ref)
        if under[0] not in self._folders:
            about = ref if ref in _TOGETHER[0] else ref.partition("/")[0]
            group = next((held for held in _TOGETHER if about in held), ())
            self._read_folders([self._under(one) for one in group] or [under])
        return self._folders[under[0]]

    def _under(self, ref: str) -> tuple[str, bool]:
        """(the folder of the record's kind, or the path of the file; is it a file?)."""
        kind, _, name = ref.partition("/")
        return (self._file(name), True) if kind == FILE else (self._home(kind), False)

    def _read_folders(self, under: Sequence[tuple[str, bool]]) -> None:
        """All of them from one comparison of the commits that are not known there yet."""
        read = [self.read.folders.get(one, ((), NOTHING)) for one in under]
        order = read[0][0]
        if any(one != order for one, _ in read) or self._order[: len(order)] != order:  # of another line
            order, read = (), [((), NOTHING) for _ in under]
        later = self.bench.landed(self._commits, self._order[len(order) :], *(path for path, _ in under))
        for (path, is_file), (_, known) in zip(under, read, strict=True):
            self._folders[path] = gone_on(known, self._order, later, path, is_file)
            self.read.folders[path, is_file] = self._order, self._folders[path]

    def _home(self, kind: str) -> str:
        """The folder of a kind, from the top of the repository."""
        return f"{self.prefix}{ROOT}/{self._plural(kind)}"

    def _plural(self, kind: str) -> str:
        found = self.kinds.by_name.get(kind)
        return found.plural if found is not None else kind

    def _file(self, name: str) -> str:
        """The path of a file from the top of the repository, see protecting.TOP."""
        return full(name, self.prefix)

    def _digest(self, ref: str, blob: str) -> str | None:
        if not blob:
            return None
        key = _is_file(ref), blob
        if key not in self.read.digests:
            mode, _, oid = blob.rpartition(" ")
            self.read.digests[key] = (
                file_digest((mode or PLAIN, oid), self.bench.content) if key[0] else digest_of(self._content(blob))
            )
        return self.read.digests[key]

    def _data(self, blob: str) -> Mapping[str, Any] | None:
        if not blob or " " in blob:
            return None
        if blob not in self.read.data:
            try:
                data = yamltext.read(self._content(blob))
            except yamltext.Refused:
                data = None
            self.read.data[blob] = data if isinstance(data, dict) else None
        return self.read.data[blob]

    def _content(self, blob: str) -> bytes:
        contents = self.read.contents
        if blob not in contents:
            near = next((folder.blobs for folder in self._folders.values() if blob in folder.blobs), ())
            # what stands beside it is likely to be asked for next: a git process for each would take too long
            wanted = near if len(near) <= _MOST_AT_ONCE else ()
            contents.update(self.bench.contents(sorted({blob, *wanted} - contents.keys()), yamltext.MAX_BYTES + 1))
        return contents[blob]


def _is_file(ref: str) -> bool:
    return ref.startswith(f"{FILE}/")


def _blob(side: tuple[str, str] | None) -> str:
    """Of a plain file; "" where there is none."""
    return side[1] if side is not None and side[0] == PLAIN else ""


_TOGETHER = ((CHANGE, ITEM, f"{FILE}/{SETTINGS}"), NUMBERED)
"""Kinds and files that are asked for by nearly whoever asks for one of them: they are read at once."""

_MOST_AT_ONCE = 2_000
