"""What the history of the base says of records and files: the gate's History, read through the bench when asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from itsmctl import canonical, yamltext
from itsmctl.errors import CannotJudge
from itsmctl.gate.model import Written
from itsmctl.gitedits import PLAIN
from itsmctl.protecting import TOP
from itsmctl.records import ROOT, SUFFIX
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl import gitbench
    from itsmctl.gate.model import Brought
    from itsmctl.gitbench import Bench, Landed
    from itsmctl.kinds import Kinds


@dataclass
class FirstParent:
    """See gate.model.History. Places count the commits of the first-parent line of `tip` from 0, the oldest."""

    bench: Bench
    tip: str
    prefix: str
    kinds: Kinds
    as_brought: Callable[[gitbench.Brought, bool], Brought] = field(repr=False)  # True: with signatures verified
    now: float  # in seconds since 1970
    _times: tuple[int, ...] = field(default=(), repr=False)  # of each place
    _oids: tuple[str, ...] = field(default=(), repr=False)  # of each place
    _landed: dict[str, tuple[tuple[int, Landed], ...]] = field(default_factory=dict, repr=False)
    _contents: dict[str, bytes] = field(default_factory=dict, repr=False)
    _made: dict[tuple[str, int, int], tuple[Brought, ...]] = field(default_factory=dict, repr=False)

    def appeared(self, ref: str) -> int | None:
        """See History."""
        for place, blob in self._steps(ref):
            if blob:
                return place
        return None

    def states_since(self, ref: str, place: int) -> tuple[str | None, ...]:
        """See History."""
        current: str = ""
        found: list[str] = []
        for at, blob in self._steps(ref):
            if at > place and not found:
                found.append(current)
            current = blob
            if at >= place:
                found.append(blob)
        if not found:
            found.append(current)
        return tuple(self._digest(ref, blob) for blob in found)

    def versions(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """See History. Times are what makers of commits say: none is older than those before it, or still to come."""
        return tuple((self._times[place], self._data(blob)) for place, blob in self._steps(ref))

    def places(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """See History."""
        return tuple((place, self._data(blob)) for place, blob in self._steps(ref))

    def authored(self, ref: str) -> tuple[Brought, ...]:
        """See History."""
        paths = {edit.path for _, landed in self._folder(ref) for edit in landed.edits if self._is(edit.path, ref)}
        return tuple(self.as_brought(one, False) for one in self.bench.touching(self.tip, sorted(paths), self.prefix))

    def written(self, ref: str) -> tuple[Written, ...]:
        """See History."""
        paths = {edit.path for _, landed in self._folder(ref) for edit in landed.edits if self._is(edit.path, ref)}
        return tuple(
            Written(self.as_brought(commit, True), *(self._data(_blob(side)) for side in (edit.before, edit.after)))
            for commit in self.bench.touching(self.tip, sorted(paths), self.prefix)
            for edit in commit.edits
            if self.prefix + edit.path in paths
        )

    def makers(self, ref: str, before: str | None, after: str | None, since: int) -> tuple[Brought, ...]:
        """See History."""
        steps = [(place, self._digest(ref, blob)) for place, blob in self._steps(ref)]
        ends = [at for at, (_, digest) in enumerate(steps) if digest == after]
        found: dict[str, Brought] = {}
        for end in [at for at in ends if steps[at][0] >= since] or ends[-1:]:
            start = next((at for at in reversed(range(end)) if steps[at][1] == before), -1)
            for commit in self._between(ref, steps[start + 1][0], steps[end][0]):
                found[commit.oid] = commit
        return tuple(found.values())

    def _between(self, ref: str, first: int, last: int) -> tuple[Brought, ...]:
        """The commits that landed at these places, and that did something to the record by themselves."""
        if (ref, first, last) not in self._made:
            self._made[ref, first, last] = tuple(self._read_between(ref, first, last))
        return self._made[ref, first, last]

    def _read_between(self, ref: str, first: int, last: int) -> Iterable[Brought]:
        if first == 0:
            landed = [one for place, one in self._folder(ref) if place <= last]
            paths = {edit.path for one in landed for edit in one.edits if self._is(edit.path, ref)}
            found = self.bench.touching(self._oids[last], sorted(paths), self.prefix)
            return (self.as_brought(one, False) for one in found)
        commits = self.bench.brought(self._oids[first - 1], self._oids[last], self.prefix)
        mine = [one for one in commits if any(self._is_at(path, ref) for path in self._paths(one))]
        return (self.as_brought(one, False) for one in mine or commits)

    def _paths(self, commit: gitbench.Brought) -> Iterable[str]:
        """What it does by itself, from the top of the repository."""
        return (*(self.prefix + edit.path for edit in commit.edits), *commit.outside)

    def _is_at(self, path: str, ref: str) -> bool:
        """Is that the record, or the file, wherever its folder may put it?"""
        kind = ref.partition("/")[0]
        return self._is(path, ref) and (kind == FILE or path.startswith(f"{self.prefix}{ROOT}/{self._plural(kind)}/"))

    def used(self, ref: str) -> bool:
        """See History."""
        folded = ref.partition("/")[2].casefold()
        names = (self._name(edit.path) for _, landed in self._folder(ref) for edit in landed.edits)
        return any(name.casefold() == folded for name in names)

    def content_with(self, ref: str, digest: str) -> bytes:
        """The file of a record, or the protected file, as it last was when its digest was this one.

        Raises CannotJudge where it never was on this line.
        """
        for _, blob in reversed(list(self._steps(ref))):
            if blob and self._digest(ref, blob) == digest:
                return self._content(blob)
        raise CannotJudge(f"{ref} never stood like that in the history of the base", "Get all of it: git fetch.")

    def _steps(self, ref: str) -> Iterable[tuple[int, str]]:
        """(place, blob or "") of each first-parent commit that altered the record or file, oldest first.

        A record that moves within one commit, as when its folder is split, is there all the time.
        """
        for place, landed in self._folder(ref):
            mine = [edit for edit in landed.edits if self._is(edit.path, ref)]
            if mine:
                here = next((edit.after for edit in mine if edit.after is not None), None)
                yield place, here[1] if here is not None else ""

    def _folder(self, ref: str) -> tuple[tuple[int, Landed], ...]:
        """What landed in the folder of the record's kind, or at the path of the file."""
        kind, _, name = ref.partition("/")
        under = self._file(name) if kind == FILE else f"{self.prefix}{ROOT}/{self._plural(kind)}"
        if under not in self._landed:
            line = self.bench.first_parents(self.tip, [under])
            self._landed[under] = tuple((place, landed) for place, landed in enumerate(line) if landed.edits)
            if not self._times:
                believed = (0 if landed.time > self.now else landed.time for landed in line)
                self._times = tuple(accumulate(believed, max))
                self._oids = tuple(landed.oid for landed in line)
        return self._landed[under]

    def _plural(self, kind: str) -> str:
        found = self.kinds.by_name.get(kind)
        return found.plural if found is not None else kind

    def _is(self, path: str, ref: str) -> bool:
        kind, _, name = ref.partition("/")
        return path == self._file(name) if kind == FILE else self._name(path) == name

    def _file(self, name: str) -> str:
        """The path of a file from the top of the repository, see protecting.TOP."""
        return name.removeprefix(TOP) if name.startswith(TOP) else self.prefix + name

    @staticmethod
    def _name(path: str) -> str:
        return path.rsplit("/", 1)[-1].removesuffix(SUFFIX)

    def _digest(self, ref: str, blob: str) -> str | None:
        if not blob:
            return None
        content = self._content(blob)
        if not ref.startswith(f"{FILE}/"):
            try:
                return canonical.digest(yamltext.read(content))
            except (yamltext.Refused, ValueError):
                pass  # by its bytes, as the proposal has it
        return hashlib.sha256(content).hexdigest()

    def _data(self, blob: str) -> Mapping[str, Any] | None:
        try:
            data = yamltext.read(self._content(blob)) if blob else None
        except yamltext.Refused:
            return None
        return data if isinstance(data, dict) else None

    def _content(self, blob: str) -> bytes:
        if blob not in self._contents:
            held = [edits for folder in self._landed.values() for edits in folder]
            near = {
                edit.after[1] for _, landed in held for edit in landed.edits if edit.after and edit.after[0] == PLAIN
            }
            # what stands beside it is likely to be asked for next: a git process for each would take too long
            wanted = near - self._contents.keys() if blob in near and len(near) <= _MOST_AT_ONCE else {blob}
            self._contents.update(self.bench.contents(sorted({blob, *wanted}), yamltext.MAX_BYTES + 1))
        return self._contents[blob]


def _blob(side: tuple[str, str] | None) -> str:
    """Of a plain file; "" where there is none."""
    return side[1] if side is not None and side[0] == PLAIN else ""


_MOST_AT_ONCE = 2_000
