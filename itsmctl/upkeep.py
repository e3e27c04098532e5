"""Keeps up what was worked out from all records of a snapshot, for another one that differs in few of them. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any

from itsmctl.marked import TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from itsmctl.kinds import Kind
    from itsmctl.records import Record


class Leans(dict[str, bool]):
    """Pointer → does a record of the kind fail with what it refers to there? Asked once of each place."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, pointer: str) -> bool:
        found = self[pointer] = self._kind.leans_at(pointer)
        return found


_WORKED_OUT = ("_leaning", "by_kind", "by_path", "formerly", "marks", "referrers")


def handed_on(
    held: Mapping[str, Any], gone: Sequence[Record], come: Sequence[Record], kinds: Mapping[str, Kind]
) -> dict[str, Any]:
    """By the names of a snapshot's properties, what was worked out for one, as it is for one that has other records.

    `held`: what was worked out; `gone`, `come`: the records that it has alone, and those that the other has alone. Each
    is what the property of that name would give; it is not worked out anew, since that goes over all records.
    """
    both = (*gone, *come)
    if not both:
        return {name: held[name] for name in _WORKED_OUT if name in held}
    found: dict[str, Any] = {}
    if "by_kind" in held:
        found["by_kind"] = _by_kind(held["by_kind"], gone, come)
    if "by_path" in held:
        paths = dict(held["by_path"])
        for one in gone:
            paths.pop(one.path, None)
        found["by_path"] = paths | {one.path: one for one in come}
    if "referrers" in held:
        found["referrers"] = _referrers(held["referrers"], gone, come)
    if "_leaning" in held:
        found["_leaning"] = _leaning(held["_leaning"], both, come, kinds)
    if "formerly" in held and not any(formers(one) for one in both):
        found["formerly"] = held["formerly"]
    if "marks" in held and not any(one.kind == TYPE for one in both):
        found["marks"] = held["marks"]
    return found


def _by_kind(
    held: Mapping[str, tuple[Record, ...]], gone: Sequence[Record], come: Sequence[Record]
) -> dict[str, tuple[Record, ...]]:
    kinds = {kind: list(records) for kind, records in held.items()}
    for one in gone:
        del kinds[one.kind][bisect_left(kinds[one.kind], one.ref, key=_ref)]
    for one in come:
        insort(kinds.setdefault(one.kind, []), one, key=_ref)
    return {kind: tuple(kinds[kind]) for kind in sorted(kinds) if kinds[kind]}


_Pairs = tuple[tuple["Record", str], ...]


def _referrers(held: Mapping[str, _Pairs], gone: Sequence[Record], come: Sequence[Record]) -> dict[str, _Pairs]:
    found, refs = dict(held), {one.ref for one in gone}
    for target in {target for one in (*gone, *come) for _, target in one.references}:
        pairs = list(found.pop(target, ()))
        for ref in refs:
            start, end = (look(pairs, ref, key=_referring) for look in (bisect_left, bisect_right))
            del pairs[start:end]
        for pair in ((one, pointer) for one in come for pointer, named in one.references if named == target):
            insort(pairs, pair, key=_referring)
        if pairs:
            found[target] = tuple(pairs)
    return found


def _leaning(
    held: Mapping[str, tuple[str, ...]], both: Sequence[Record], come: Sequence[Record], kinds: Mapping[str, Kind]
) -> dict[str, tuple[str, ...]]:
    found, refs = dict(held), {one.ref for one in both}
    leans = {one.kind: Leans(kinds[one.kind]) for one in come}
    for target in {target for one in both for _, target in one.references}:
        kept = [ref for ref in found.pop(target, ()) if ref not in refs]
        kept += [one.ref for one in come for at, named in one.references if named == target and leans[one.kind][at]]
        if kept:
            found[target] = tuple(sorted(kept))
    return found


def _ref(record: Record) -> str:
    return record.ref


def _referring(pair: tuple[Record, str]) -> str:
    return pair[0].ref


def formers(record: Record) -> Any:
    """What it says that it was called before, whatever that is."""
    metadata = record.data.get("metadata")
    return metadata.get("formerly") if type(metadata) is dict else None
