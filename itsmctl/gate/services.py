"""What a change reaches: services and environments, over the graph before and after. Derives; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from itsmctl.gate.model import Touched
from itsmctl.records import Record, value_at
from itsmctl.snapshot import Snapshot

_ITEM = "ConfigurationItem"
_SERVICE = "Service"
_NAMED = ("/spec/impact/services", "/spec/schedule/outage/services")


class Graphs(Protocol):
    """The records before and after: what a Proposal has; of a calendar of what stands today, both are the same."""

    @property
    def base(self) -> Snapshot:
        """Before."""

    @property
    def merged(self) -> Snapshot:
        """After."""


class Reach(Struct, frozen=True):
    """What a change reaches, by names of today. `services`: plain names → why, for people.

    `items`: `Kind/name` of what it touches or lists. `environments` is None where one of these says none, so that it
    may be in any.
    """

    services: Mapping[str, str]
    items: frozenset[str]
    environments: frozenset[str] | None

    def meets(self, services: Sequence[str], environments: Sequence[str]) -> bool:
        """Does it reach one of these services, in one of these environments? An empty list stands for all."""
        hit = not services or any(name in self.services for name in services)
        return hit and (not environments or self.environments is None or bool(self.environments & set(environments)))


def reached(proposal: Graphs, changes: Iterable[Mapping[str, Any]], touched: Iterable[Touched] = ()) -> Reach:
    """The reach of a change, given as the data of its record (before and after), and of the edits made under it.

    What the change says is not affected is not left out: what an author declares can only add.
    """
    changes = tuple(changes)
    graphs = (proposal.base, proposal.merged)
    refs = dict.fromkeys(one.ref for one in touched)
    for data in changes:
        refs.update((ref, None) for ref in listed(data))
    services: dict[str, str] = {}
    for data in changes:
        for name in named(data):
            services.setdefault(_today(graphs, name), "the change names it")
    places: set[str] = set()
    is_open = not refs
    for ref in refs:
        for graph in graphs:
            record = graph.get(ref)
            at = ref if record is None else record.ref
            if record is not None:
                is_open |= _notice(places, record)
            for other in (at, *dependents(graph, at)):
                kind, _, name = other.partition("/")
                if kind == _SERVICE:
                    services.setdefault(_today(graphs, name), "it is edited" if other == at else f"it stands on {ref}")
                elif other != at and kind == _ITEM and (leaning := graph.records.get(other)) is not None:
                    is_open |= _notice(places, leaning)
        is_open |= all(graph.get(ref) is None for graph in graphs)  # a protected file, or what is still to come
    return Reach(services, frozenset(refs), None if is_open else frozenset(places))


def dependents(graph: Snapshot, start: str) -> tuple[str, ...]:
    """`Kind/name` of all that depends on a record, nearest first, as `Snapshot.dependents` has it.

    References by a former name lead to the record, too.
    """
    former: dict[str, list[str]] = {}
    for old, now in graph.formerly.items():
        former.setdefault(now, []).append(old)
    found: dict[str, None] = {}
    level = [start]
    while level:
        following: dict[str, None] = {}
        for ref in level:
            for name in (ref, *former.get(ref, ())):
                for record, pointer in graph.referrers.get(name, ()):
                    is_known = record.ref == start or record.ref in found
                    if not is_known and graph.law.kinds[record.kind].leans_at(pointer):
                        following[record.ref] = None
        level = sorted(following)
        found.update(following)
    return tuple(found)


def listed(change: Mapping[str, Any]) -> tuple[str, ...]:
    """`Kind/name` or `File/path` of what a change lists."""
    items = value_at(change, "/spec/items")
    found = [value_at(one, "/item") for one in items] if isinstance(items, list) else []
    return tuple(dict.fromkeys(one for one in found if isinstance(one, str)))


def named(change: Mapping[str, Any]) -> tuple[str, ...]:
    """The services that a change names as affected or interrupted."""
    found: list[str] = []
    for pointer in _NAMED:
        written = value_at(change, pointer)
        found += [one for one in written if isinstance(one, str)] if isinstance(written, list) else []
    return tuple(dict.fromkeys(found))


def today(graph: Snapshot, kind: str, name: str) -> str:
    """The name that a record has today, by that name or a former one; the same where there is none."""
    record = graph.get(f"{kind}/{name}")
    return record.name if record is not None else name


def _today(graphs: tuple[Snapshot, Snapshot], name: str) -> str:
    """A service by its name at the base, where it has one: that is what freezes and former changes use."""
    base, merged = graphs
    record = base.get(f"{_SERVICE}/{name}")
    if record is None and (record := merged.get(f"{_SERVICE}/{name}")) is not None:
        former = value_at(record.data, "/metadata/formerly") or ()
        known = (base.records.get(f"{_SERVICE}/{one}") for one in former)
        record = next((one for one in known if one is not None), record)
    return record.name if record is not None else name


def _notice(places: set[str], record: Record) -> bool:
    """Adds the environment of a record; True where it says none."""
    place = value_at(record.data, "/spec/environment")
    if isinstance(place, str):
        places.add(place)
        return False
    return True
