"""What became of the changes that let something through, and of the votes on them, since then. Reads through the bench.

The gate's answer of then stays what it was. But a vote by a key that was somebody else's was nobody's then, either; and
what was decided on votes that were taken away, nobody can see any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl import yamltext
from itsmctl.baseline import section
from itsmctl.evidence import signed, statement
from itsmctl.gate.beginnings import FAILED, REVIEWED, state_of
from itsmctl.records import CHANGE, ROOT, SUFFIX, value_at

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place

UNDONE = ("rejected", "cancelled", *sorted(FAILED))
"""States of a change whose work does not stand, or was never to be done."""


def taken_away(place: Place, folders: Iterable[str]) -> dict[str, str]:
    """Path → the commit of the line that took it away, of files in the folders (both from the top of git)."""
    wanted = list(folders)
    gone: dict[str, str] = {}
    for landed in place.bench.first_parents(place.tip.oid, wanted):
        for edit in landed.edits:
            gone.pop(edit.path, None)
            gone |= {edit.path: landed.oid} if edit.after is None else {}
    return {path: oid for path, oid in sorted(gone.items()) if any(path.startswith(f"{one}/") for one in wanted)}


class Lapsed(Struct, frozen=True, dict=True):
    """As of the tip of the place, now. Nothing is read before it is asked, and nothing twice."""

    place: Place
    _lacks: dict[tuple[str, str], str] = field(default_factory=dict)
    _records: dict[str, object] = field(default_factory=dict)

    def lack(self, change: str, commit: str) -> str:
        """Why the votes on a change show no approval of what came with a commit of the line, in a sentence; "" where
        they do, or it had none. A key that became somebody else's after that commit was the voter's by then.
        """
        if (change, commit) not in self._lacks:
            self._lacks[change, commit] = self._lack(change, commit)
        return self._lacks[change, commit]

    def undone(self, changes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(change, how it stands today) of those that are not carried out any more, or are not there."""
        for name in sorted(set(changes)):
            record = self._record(name)
            state = state_of(record)
            if record is None:
                yield name, "no more among the records"
            elif state in UNDONE:
                yield name, f"{state} today"
            elif state in REVIEWED and (how := self._came_from(name, record)) in UNDONE:
                yield name, f"{how}, and {state} since"

    def _lack(self, change: str, commit: str) -> str:
        place, folders = self.place, [f"{statement.FOLDER}/{name}" for name in self._names(change)]
        held = (section.evidence(place.bench, place.tip.tree, place.prefix, folder) for folder in folders)
        files = [one for each in held for one in each]
        if files:  # who is who takes all records to tell
            at = place.line_time(place.bench.revision(commit))
            for one in signed.collect(files, place.people(place.tip, at).roster, at, place.environ).refused:
                if one.code == "REVOKED" and one.decision == "approve":
                    return f"{change} was approved by {one.person}, and {one.says.partition(': ')[0]}"
        for path, oid in taken_away(place, (f"{place.prefix}{folder}" for folder in folders)).items():
            return f"{path}, on which {change} was decided, was taken away with commit {oid[:12]}"
        return ""

    def _came_from(self, change: str, record: object) -> str:
        """How a change that was looked back at ended, by its own word or its last other state on the line."""
        result = value_at(record, "/spec/implementation/result")
        if result in UNDONE:
            return str(result)
        place, files = self.place, {f"{name}{SUFFIX}" for name in self._names(change)}
        line = place.bench.first_parents(place.tip.oid, [f"{place.prefix}{ROOT}/{self._folder}"])
        edits = (edit for landed in line for edit in landed.edits if edit.path.rsplit("/", 1)[-1] in files)
        blobs = [edit.after[1] for edit in edits if edit.after is not None]
        contents = place.bench.contents(blobs, yamltext.MAX_BYTES + 1)
        states = (state_of(_read(contents[blob])) for blob in reversed(blobs))
        return next((state for state in states if state and state not in REVIEWED), "")

    def _names(self, change: str) -> list[str]:
        """Each name that it has, or had."""
        record = self._record(change)
        former, today = value_at(record, "/metadata/formerly"), value_at(record, "/metadata/name")
        named = [*(former if isinstance(former, list) else ()), today]
        return sorted({change, *(one for one in named if isinstance(one, str))})

    def _record(self, change: str) -> object:
        """The change of that name, or that had it once; None where none can be read."""
        if change not in self._records:
            every = [oid for oids in self._files.values() for oid in oids]
            # only one that is called otherwise today takes more than those at its name
            found = self._called(change, self._files.get(change, ())) or self._called(change, every)
            self._records[change] = found
        return self._records[change]

    def _called(self, change: str, oids: Iterable[str]) -> object:
        for content in self.place.bench.contents(oids, yamltext.MAX_BYTES + 1).values():
            record = _read(content)
            former = value_at(record, "/metadata/formerly")
            if change in (value_at(record, "/metadata/name"), *(former if isinstance(former, list) else ())):
                return record
        return None

    @property
    def _folder(self) -> str:
        """Where changes stand, below records/."""
        return self.place.kinds(self.place.tip)[CHANGE].plural

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """Name → the blobs that stand there, of each change of the tip."""
        place = self.place
        found: dict[str, list[str]] = {}
        for one in place.bench.repo.tree_files(place.tip.tree, f"{place.prefix}{ROOT}/{self._folder}"):
            found.setdefault(one.path.rsplit("/", 1)[-1].removesuffix(SUFFIX), []).append(one.oid)
        return found


def _read(content: bytes) -> object:
    try:
        return yamltext.read(content)
    except yamltext.Refused:
        return None
