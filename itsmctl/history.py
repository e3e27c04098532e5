"""The history of one record by its identity: every commit that touched it, over renames and moves, as steps.

Identity is kind and name. A record goes on under another name where a later version of it lists the former one in
`metadata.formerly`; it goes on at another path where kind and name stay the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from itsmctl import yamltext
from itsmctl.comparing import FieldEdit, altered
from itsmctl.marked import Marks, veiled
from itsmctl.past import Past
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.githistory import FileEdit, Logged
    from itsmctl.kinds import Kind

Deed = Literal["created", "created again", "already there", "altered", "renamed", "moved", "deleted", "merged"]
"""`already there`: the commit is where a shallow clone begins. `merged`: of a merge, what is in none of its parents."""


class Version(Struct, frozen=True):
    """The record in one commit. `data` is None where the file could not be read, and `unread` says why."""

    path: str
    name: str
    data: Mapping[str, Any] | None
    unread: str = ""


class Step(Struct, frozen=True):
    """What one commit did to the record. `before` is None where there was none, `after` where there is none left."""

    commit: Logged
    deed: Deed
    before: Version | None
    after: Version | None
    edits: tuple[FieldEdit, ...] = ()

    @property
    def says_something(self) -> bool:
        """Does the record say something else than before? Not where only its form or its place is another one."""
        if self.before is None or self.after is None:
            return self.deed != "already there"
        return bool(self.edits) or bool(self.after.unread)


class History(Struct, frozen=True):
    """All steps of one record, the newest first; `names` are all that it ever had, that of the last version first."""

    kind: str
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    is_cut: bool  # a shallow clone: what is older is not here

    @property
    def ref(self) -> str:
        """`Kind/name`, by its last name."""
        return f"{self.kind}/{self.names[0]}"


def of(kind: Kind, name: str, past: Past, marks: Sequence[Marks] = ()) -> History:
    """The history of the record that is or was called so. No steps: no commit ever held it.

    `marks`: of what is never shown; the edits hold no value of it.
    """
    trace = _Trace(past, kind, marks)
    trace.follow(name)
    steps: list[Step] = []
    for commit in reversed(past.commits.values()):  # the oldest first, so that each step knows what was before it
        touched = [edit for edit in past.edits.get(commit.oid, ()) if trace.holds(edit, commit)]
        if touched:
            steps.append(trace.step(commit, touched, steps))
    steps.reverse()
    last = next((version.name for step in steps for version in (step.after, step.before) if version), name)
    names = dict.fromkeys([last, *(found for step in steps for found in _names_in(step)), *sorted(trace.names)])
    return History(kind.name, tuple(names), tuple(steps), past.is_cut)


def _names_in(step: Step) -> Iterator[str]:
    return (version.name for version in (step.after, step.before) if version is not None)


class _Trace(Struct):
    """Follows one record through the past: which names and paths were its own, and until when."""

    past: Past
    kind: Kind
    marks: Sequence[Marks]
    names: set[str] = field(default_factory=set)
    strays: set[str] = field(default_factory=set)  # paths away from its place, where it stood for a while
    renames: list[tuple[str, str, str]] = field(default_factory=list)  # (commit, former name, new name)

    def follow(self, name: str) -> None:
        """Find all names that the record ever had, and all other places that it stood in."""
        pending = [name]
        while pending:
            one = pending.pop()
            if one not in self.names:
                self.names.add(one)
                touching = {oid: held for oid, held in self.past.edits.items() if self._mine(one, held)}
                self.past.expect(edit.after for held in touching.values() for edit in self._mine(one, held))
                for oid, held in touching.items():
                    pending += self._others(one, oid, held)

    def _mine(self, name: str, held: tuple[FileEdit, ...]) -> list[FileEdit]:
        return [edit for edit in held if self._stands_for(edit.path) == name]

    def _others(self, name: str, oid: str, held: tuple[FileEdit, ...]) -> Iterator[str]:
        """Names that one commit gave to the record or took from it; strays are noted."""
        mine = self._mine(name, held)
        left = {self._stands_for(edit.path) for edit in held if not edit.after}
        for edit in mine:
            for former in _listed(self.past.data(edit.after)) if edit.after else ():
                yield former
                if former in left:
                    self.renames.append((oid, former, name))
        came, went = any(not any(edit.before) for edit in mine), any(not edit.after for edit in mine)
        if came == went:
            return
        # its other end, if there is one, stands in the same commit
        others = [edit for edit in held if edit not in mine and not (edit.after if came else any(edit.before))]
        self.past.expect(edit.after or edit.before[0] for edit in others)
        for edit in others:
            data = self.past.data(edit.after or edit.before[0])
            called = value_at(data, "/metadata/name")
            if value_at(data, "/kind") != self.kind.name or not isinstance(called, str):
                continue
            if called == name:
                self.strays.add(edit.path)
            elif went and name in _listed(data):
                yield called

    def holds(self, edit: FileEdit, commit: Logged) -> bool:
        """Is that an edit to the record, and not to another one at a place that was its own once?"""
        name = self._stands_for(edit.path)
        if name in self.names:
            return not self._is_reuse(name, commit.oid)
        if edit.path not in self.strays:
            return False
        data = [self.past.data(blob) for blob in (edit.after, *edit.before) if blob]
        return any(
            value_at(one, "/kind") == self.kind.name and value_at(one, "/metadata/name") in self.names for one in data
        )

    def _is_reuse(self, name: str, oid: str) -> bool:
        """Had the record left that name before the commit, without coming back to it?"""
        descends = self.past.descends
        return any(
            former == name
            and descends(oid, left)
            and not any(
                back == name and descends(came, left) and (came == oid or descends(oid, came))
                for came, _, back in self.renames
            )
            for left, former, _ in self.renames
        )

    def _stands_for(self, path: str) -> str:
        """The name that a path stands for, empty where it is no place of this kind."""
        identity = self.past.identity(path)
        return identity[1] if identity and identity[0] == self.kind.plural else ""

    def step(self, commit: Logged, touched: list[FileEdit], older: list[Step]) -> Step:
        """The step that a commit made; `older` are those before it, the oldest first."""
        if len(commit.parents) > 1:
            return self._merge(commit, touched)
        gone = next((edit for edit in touched if not edit.after), None)
        here = next((edit for edit in touched if edit.after), None)
        former = here if here and any(here.before) else gone
        before = self._version(former.path, former.before[0]) if former else None
        after = self._version(here.path, here.after) if here else None
        edits = (
            self._altered(_comparable(before, older), after.data) if before and after and after.data is not None else ()
        )
        return Step(commit, self._deed(commit, before, after, older), before, after, tuple(edits))

    def _deed(self, commit: Logged, before: Version | None, after: Version | None, older: list[Step]) -> Deed:
        if after is None:
            return "deleted"
        if before is None:
            if commit.oid in self.past.cut:
                return "already there"
            return "created again" if any(step.deed == "deleted" for step in older) else "created"
        if before.name != after.name:
            return "renamed"
        return "moved" if before.path != after.path else "altered"

    def _merge(self, commit: Logged, touched: list[FileEdit]) -> Step:
        """Only what is otherwise than in each parent is the merge's own."""
        paths = sorted({edit.path for edit in touched} | self._places())
        found = self.past.blobs([f"{oid}:{path}" for oid in (commit.oid, *commit.parents) for path in paths])
        sides: list[Version | None] = []
        for start in range(0, len(found), len(paths)):
            held = zip(paths, found[start : start + len(paths)], strict=True)
            sides.append(next((self._version(path, blob) for path, blob in held if blob), None))
        after, *before = sides
        first = next((side for side in before if side is not None), None)
        if after is None or first is None:
            return Step(commit, "deleted" if after is None else "created", first, after)
        own = [list(self._altered(side.data, after.data)) for side in before if side and side.data and after.data]
        fields = [{edit.field for edit in edits} for edits in own]
        edits = tuple(edit for edit in (own[0] if own else ()) if all(edit.field in held for held in fields))
        return Step(commit, "merged", first, after, edits)

    def _altered(self, before: object, after: object) -> Iterator[FieldEdit]:
        return altered(*veiled(self.marks, self.kind.name, before, after))

    def _places(self) -> set[str]:
        """Every path that the record ever had."""
        return self.strays.union(*(self.past.paths_of(self.kind.plural, name) for name in self.names))

    def _version(self, path: str, blob: str) -> Version:
        name = self._stands_for(path)
        try:
            data = self.past.read(blob)
        except yamltext.Refused as refused:
            first = refused.refusals[0]
            return Version(self.past.inner(path), name, None, f"line {first.span.line}: {first.message}")
        if not isinstance(data, dict):
            return Version(self.past.inner(path), name, None, "it is no mapping")
        if path in self.strays:
            name = str(value_at(data, "/metadata/name"))
        return Version(self.past.inner(path), name, data)


def _comparable(before: Version | None, older: Iterable[Step]) -> Mapping[str, Any]:
    """The version before, or, where that could not be read, the last one that could."""
    if before is not None and before.data is not None:
        return before.data
    read = [step.after.data for step in older if step.after is not None and step.after.data is not None]
    return read[-1] if read else {}


def _listed(data: object) -> Iterator[str]:
    former = value_at(data, "/metadata/formerly")
    return (name for name in former if isinstance(name, str)) if isinstance(former, list) else iter(())
