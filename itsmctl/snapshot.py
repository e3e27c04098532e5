"""All records at one revision, with the references between them in both directions. Reads through `sources` only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import cached_property
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import records
from itsmctl.marked import TYPE, Marks
from itsmctl.records import Law, Places, Reading, Record, Remark
from itsmctl.sources import Commit, Irregular, Source, SourceFile
from itsmctl.upkeep import Leans, formers, handed_on

Memo = MutableMapping[tuple[str, bytes], Reading]
"""What was read already, by path and git's id of the content, in hexadecimal digits.

Lets two revisions share the reading of equal files.
"""


class Snapshot(Struct, frozen=True, dict=True):
    """Every record that a source holds under `records/`.

    `records` maps `Kind/name` to its Record; `unread` maps the `Kind/name` that a path stands for to the path of a
    file that could not be read as a record, so that one broken file does not make all references to it dangle.
    """

    source: Source
    law: Law
    records: Mapping[str, Record]
    unread: Mapping[str, str]
    remarks: tuple[Remark, ...]
    paths: tuple[str, ...]  # of every file under records/, in order
    blind: frozenset[str]  # those of `unread` that nothing could be read from, so that they may be anything
    places: Places

    @property
    def files(self) -> int:
        """How many files stand under `records/`."""
        return len(self.paths)

    @property
    def label(self) -> str:
        """What was read: "work tree", or a commit."""
        return self.source.label

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[Record, ...]]:
        """The records of each kind that has any, in the order of their names."""
        grouped: dict[str, list[Record]] = {}
        for record in self.records.values():
            grouped.setdefault(record.kind, []).append(record)
        return {kind: tuple(grouped[kind]) for kind in sorted(grouped)}

    @cached_property
    def by_path(self) -> Mapping[str, Record]:
        """Path → the record there."""
        return {record.path: record for record in self.records.values()}

    @cached_property
    def marks(self) -> Marks:
        """Which values of the records are secret."""
        types = self.by_kind.get(TYPE, ())
        broken = (one.name for one in types if not one.sound)
        return Marks.of_types((one.data for one in types), self.law.kinds, broken)

    @cached_property
    def referrers(self) -> Mapping[str, tuple[tuple[Record, str], ...]]:
        """`Kind/name` → (record, pointer) of every reference to it."""
        found: dict[str, list[tuple[Record, str]]] = {}
        for record in self.records.values():
            for pointer, target in record.references:
                found.setdefault(target, []).append((record, pointer))
        return {target: tuple(sources) for target, sources in found.items()}

    @cached_property
    def formerly(self) -> Mapping[str, str]:
        """Former `Kind/name` → the name that its record has now (`metadata.formerly`)."""
        renamed: dict[str, str] = {}
        for record in self.records.values():
            for former in formers(record) or ():
                if isinstance(former, str):
                    renamed.setdefault(f"{record.kind}/{former}", record.ref)
        return renamed

    def get(self, ref: str) -> Record | None:
        """The record called `Kind/name`, by its name of today or a former one."""
        found = self.records.get(ref)
        if found is None and ref in self.formerly:
            found = self.records.get(self.formerly[ref])
        return found

    def holds(self, ref: str) -> bool:
        """Does `ref` name a record here, readable or not?"""
        return ref in self.records or ref in self.unread or ref in self.formerly

    def dependents(self, start: str) -> list[str]:
        """`Kind/name` of every record that depends on `start`, directly or through others; nearest first, by name.

        Only records that are in force depend on others: a change, a release, a waiver or a freeze that names a record
        is about it, and does not fail with it.
        """
        leaning = self._leaning
        level: Iterable[str] = leaning.get(start, ())
        found: list[str] = []
        if not level:  # most records
            return found
        seen = {start}
        while following := {*level} - seen:
            found += sorted(following) if len(following) > 1 else following
            seen |= following
            level = [ref for held in following if held in leaning for ref in leaning[held]]
        return found

    @cached_property
    def _leaning(self) -> Mapping[str, tuple[str, ...]]:
        """`Kind/name` → those that refer to it and depend on it."""
        leaning: dict[str, list[str]] = {}
        kinds = self.law.kinds
        for kind, held in self.by_kind.items():
            if kinds[kind].leaning:
                leans = Leans(kinds[kind])
                for record in held:
                    ref = record.ref
                    for pointer, target in record.references:
                        if leans[pointer]:
                            leaning.setdefault(target, []).append(ref)
        return {target: tuple(refs) for target, refs in leaning.items()}

    def walk(self, start: str, outwards: bool) -> Iterator[tuple[Record, tuple[tuple[str, str, str], ...]]]:
        """Every record that `start` depends on (`outwards`), or that depends on it; nearest first, by name.

        With each comes its shortest path from `start`: steps of (referring Kind/name, pointer, referred Kind/name).
        """
        seen = {start}
        level: list[tuple[str, tuple[tuple[str, str, str], ...]]] = [(start, ())]
        while level:
            following: list[tuple[str, tuple[tuple[str, str, str], ...]]] = []
            for ref, path in level:
                for target, step in self._steps(ref, outwards):
                    if target not in seen:
                        seen.add(target)
                        following.append((target, (*path, step)))
            following.sort(key=lambda item: item[0])
            for ref, path in following:
                record = self.records.get(ref)
                if record is not None:
                    yield record, path
            level = following

    def _steps(self, ref: str, outwards: bool) -> Iterator[tuple[str, tuple[str, str, str]]]:
        if outwards:
            record = self.records.get(ref)
            for pointer, written in record.references if record else ():
                target = self.get(written)
                yield (target.ref if target else written), (ref, pointer, written)
        else:
            for record, pointer in self.referrers.get(ref, ()):
                yield record.ref, (record.ref, pointer, ref)


def read(source: Source, law: Law, memo: Memo | None = None, near: Snapshot | None = None) -> Snapshot:
    """Read every file under `records/`; what is wrong with single files becomes remarks, never an error.

    `near`: a snapshot under the same law and memo, of a commit that is likely to be nearly the same.
    """
    if memo is not None and near is not None and isinstance(source, Commit) and isinstance(near.source, Commit):
        found = _amended(near, near.source, source, memo)
        if found is not None:
            return found
    return _whole(source, law, memo)


def _amended(near: Snapshot, before: Commit, source: Commit, memo: Memo) -> Snapshot | None:
    """The snapshot of `source`, made of the other and of what differs; None where anything is wrong in either.

    Nothing is wrong where each file is the one record of the name that its path stands for.
    """
    if near.remarks or near.unread or near.blind or len(near.records) != len(near.paths):
        return None
    if source.repo is not before.repo or source.prefix != before.prefix:
        return None
    was, now = source.against(before, records.ROOT)
    if not was and not now:
        found = replace(near, source=source, places=Places(source))
        found.__dict__.update(handed_on(near.__dict__, (), (), near.law.kinds))
        return found
    gone: dict[str, Record] = {}
    come: dict[str, Record] = {}
    for path, (_, blob) in was.items():
        record = memo[path, blob.encode()].record
        if record is None:
            return None
        gone[record.ref] = near.records[record.ref]
    for file in source.some(sorted(now)):
        reading = _read_once(file, near.law, memo)
        record = reading.record
        if reading.remarks or record is None or (record.kind, record.name) != reading.identity:
            return None
        if record.ref in come or (record.ref in near.records and record.ref not in gone):
            return None
        come[record.ref] = record
    ordered = {**near.records, **come}  # where one that was there stands, its new self does
    if come.keys() != gone.keys():
        ordered = {ref: ordered[ref] for ref in sorted(ordered) if ref in come or ref not in gone}
    paths = tuple(source.listing(records.ROOT))
    found = Snapshot(source, near.law, MappingProxyType(ordered), near.unread, (), paths, frozenset(), Places(source))
    found.__dict__.update(handed_on(near.__dict__, tuple(gone.values()), tuple(come.values()), near.law.kinds))
    return found


def _whole(source: Source, law: Law, memo: Memo | None) -> Snapshot:
    found: dict[str, Record] = {}
    unread: dict[str, str] = {}
    remarks: list[Remark] = []
    paths: list[str] = []
    blind: set[str] = set()
    for reading in _readings(source, law, memo):
        paths.append(reading.path)
        remarks.extend(reading.remarks)
        record = reading.record
        if record is not None and record.name:
            _place(record, found, remarks, law)
        if reading.identity is not None and (record is None or (record.kind, record.name) != reading.identity):
            unread["/".join(reading.identity)] = reading.path
            if record is None:
                blind.add("/".join(reading.identity))
    # a new dict: going through one that was emptied by pop costs as much as through the full one
    unread = {ref: path for ref, path in unread.items() if ref not in found}
    held = frozenset(paths)
    ordered = {ref: found[ref] for ref in sorted(found)}
    return Snapshot(
        source,
        law,
        MappingProxyType(ordered),
        MappingProxyType(unread),
        tuple(remark.in_the_way(held) for remark in remarks),
        tuple(paths),
        frozenset(blind - set(found)),
        Places(source),
    )


def _readings(source: Source, law: Law, memo: Memo | None) -> Iterator[Reading]:
    """What each file gives. Of a commit, a file that the memo knows by its blob is not even fetched."""
    if memo is None:
        yield from (records.read(file, law) for file in source.files(records.ROOT))
        return
    files = source.files_or(records.ROOT, memo) if isinstance(source, Commit) else source.files(records.ROOT)
    for file in files:
        yield file if isinstance(file, Reading) else _read_once(file, law, memo)


def _read_once(file: SourceFile | Irregular, law: Law, memo: Memo) -> Reading:
    if isinstance(file, Irregular):
        return records.read(file, law)
    key = (file.path, file.blob.encode() or _blob(file.content))
    if key not in memo:
        memo[key] = records.read(file, law)
    return memo[key]


def _blob(content: bytes) -> bytes:
    """The id that git gives such a blob, but in a repository of SHA-256, where a file is read once more instead."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest().encode()


def _place(record: Record, found: dict[str, Record], remarks: list[Remark], law: Law) -> None:
    """Two files may claim one name; the one at its home keeps it, and the other is named in a remark."""
    other = found.get(record.ref)
    if other is None:
        found[record.ref] = record
        return
    home = law.home(law.kinds[record.kind].plural, record.name)
    keeper, loser = (record, other) if record.path == home else (other, record)
    found[record.ref] = keeper
    remarks.append(
        Remark(
            "record-identity",
            "error",
            f"{record.ref} is written twice",
            loser.path,
            record.ref,
            "/metadata/name",
            hint="Give one of the two another name, or delete it. A name is never reused.",
            related=((keeper.path, "/metadata/name", "also here"),),
        )
    )
