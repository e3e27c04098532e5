"""Which observed thing is which item: by the sets that tell an item, best first. What is not sure is not guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.baseline.audit import values
from itsmctl.baseline.audit.expected import NAME, Expected, Item
from itsmctl.errors import CannotJudge
from itsmctl.escape import visible

if TYPE_CHECKING:
    from itsmctl.baseline.audit.mapping import AuditMapping
    from itsmctl.baseline.audit.observed import Observation, Observed

Set = tuple[str, ...]
Ranked = tuple[tuple[int, Set], ...]
"""The sets that tell an item, each with what sort of set it is."""

_OWN, _GIVEN, _NAMED = 0, 1, 2  # sets of the class, those of the mapping, and the name, best first


class Sighting(Struct, frozen=True):
    """An item and the thing that was taken for it; `by`: the fields by which it was recognised."""

    item: Item
    thing: Observation
    by: Set


class Matched(Struct, frozen=True):
    """What one file shows of the items. `doubtful`: a thing and the several items that it could be."""

    sightings: Mapping[str, Sequence[Sighting]]  # by the name of the item
    doubtful: Sequence[tuple[Observation, tuple[Item, ...]]]
    strangers: Sequence[Observation]


def match(expected: Expected, seen: Observed) -> Matched:
    """Every thing of a file with its item. Linear in both.

    Of the sets of a class's `identity`, then of the mapping's `identify_by`, then the name, the first that both have in
    full decides, as in CIType. Where things of several classes would fit, the better set goes before, and then an item
    of the class that was observed. Raises CannotJudge where the mapping maps no set in full.
    """
    finder = _Finder(expected, seen.mapping)
    if not finder.can_find:
        ranks = sorted({pair for ranked in finder.lists for pair in ranked})
        sets = dict.fromkeys(" and ".join(_dotted(at) for at in one) for _, one in ranks)
        says = f"by nothing that {visible(seen.mapping.path)} maps can an item be recognised"
        raise CannotJudge(says, f"Map all of one of: {'; '.join(sets)}. Or say identify_by:, with fields that tell.")
    sightings: dict[str, list[Sighting]] = {}
    doubtful: list[tuple[Observation, tuple[Item, ...]]] = []
    strangers: list[Observation] = []
    for thing in seen.things:
        found = finder.find(thing)
        if len(found) == 1:
            item, by = found[0]
            sightings.setdefault(item.name, []).append(Sighting(item, thing, by))
        elif found:
            doubtful.append((thing, tuple(item for item, _ in found)))
        else:
            strangers.append(thing)
    return Matched(sightings, doubtful, strangers)


def _dotted(pointer: str) -> str:
    return pointer.removeprefix("/metadata/").removeprefix("/spec/").replace("/", ".")


class _Finder:
    """An index of the items by each set that tells them."""

    def __init__(self, expected: Expected, mapping: AuditMapping) -> None:
        self.expected = expected
        self.sources = mapping.sources
        self.given = mapping.identify_by
        self.index: dict[tuple[Set, Set], list[Item]] = {}
        self.ranked: dict[str, Ranked] = {}  # by the name of the item
        self.has: dict[str, frozenset[Set]] = {}
        for item in expected.items.values():
            ranked = self.ranked[item.name] = self._ranked(item)
            kept = []
            for _, one in ranked:
                key = self._key(one, {pointer: item.value(pointer) for pointer in one})
                if key is not None:
                    self.index.setdefault((one, key), []).append(item)
                    kept.append(one)
            self.has[item.name] = frozenset(kept)
        self.lists = list(dict.fromkeys(self.ranked.values()))
        self.can_find = any(
            all(pointer in self.sources for pointer in one) for ranked in self.lists for _, one in ranked
        )

    def _ranked(self, item: Item) -> Ranked:
        own = [(_OWN, one) for one in item.identity]
        return (*own, *((_GIVEN, one) for one in self.given), (_NAMED, (NAME,)))

    def _key(self, one: Set, held: Mapping[str, object]) -> Set | None:
        """The values of a set, as they are compared; None where one is missing."""
        found = []
        for pointer in one:
            value = held.get(pointer)
            text = values.formed(value, self.sources.get(pointer)) if value is not None else ""
            if not text:
                return None
            found.append(text)
        return tuple(found)

    def find(self, thing: Observation) -> list[tuple[Item, Set]]:
        """The items that the thing can be, each once."""
        found: dict[str, tuple[tuple[int, int], Item, Set]] = {}
        for ranked in self.lists:
            for rank, item, one in self._decided(thing, ranked):
                if item.name not in found or rank < found[item.name][0]:
                    found[item.name] = (rank, item, one)
        best = min((rank for rank, _, _ in found.values()), default=None)
        left = [(item, one) for rank, item, one in found.values() if rank == best]
        fitting = [(item, one) for item, one in left if self._fits(thing.type, item)]
        return fitting or left

    def _decided(self, thing: Observation, ranked: Ranked) -> Iterator[tuple[tuple[int, int], Item, Set]]:
        """The items of that list of sets whose first set that the thing has too is equal."""
        before: list[Set] = []
        for place, (sort, one) in enumerate(ranked):
            key = self._key(one, thing.values)
            if key is None:
                continue
            for item in self.index.get((one, key), ()):
                if self.ranked[item.name] == ranked and not self.has[item.name].intersection(before):
                    yield (sort, place), item, one
            before.append(one)

    def _fits(self, type_: str, item: Item) -> bool:
        """May a thing of the observed class be recorded as this item?"""
        held = self.expected.classes.get(type_)
        return not type_ or type_ in item.lineage or (held is not None and item.type in held.lineage)
