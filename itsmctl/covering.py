"""Which change covers a commit's edit to a record: the one that is in play with it and lists the record. Pure.

In play is a change that a commit of the same head names in a trailer `Change: ID`, or whose record such a commit adds
or edits. A head is what one commit of the first-parent line brought there. A trailer selects, it never authorises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from itsmctl.kinds import Kinds
    from itsmctl.past import Past

Naming = Literal["commit", "head"]
"""Who names the change: the commit itself, or another one of its head."""


class Cover(Struct, frozen=True):
    """A change that is in play. `data` is its record as the head left it, None where there is none of that name.

    `lists`: does the change list the record among its items? `to`: the version that it plans there. `over`: the
    terminal state that it was in before the head brought anything; it covered nothing any more then.
    """

    name: str
    named_by: Naming
    data: dict[str, Any] | None
    lists: bool
    to: str
    over: str


def of(past: Past, kinds: Kinds, commits: Iterable[str], refs: Iterable[str]) -> dict[str, tuple[Cover, ...]]:
    """Commit → the changes that cover what it did to the record with these names (`Kind/name`), its own trailers first.

    A change that only another commit of the head names counts where it lists the record.
    """
    wanted = frozenset(refs)
    own = {oid: _named_by(past, oid) for oid in commits}
    around = {oid: in_play(past, kinds, past.brought[past.brought_by[oid]]) for oid in own}
    named = {oid: (*own[oid], *around[oid]) for oid in own}
    folder, heads = kinds[CHANGE].plural, {oid: past.brought_by[oid] for oid in own}
    bases = {oid: past.commits[head].parents[0] for oid, head in heads.items() if _has_base(past, head)}
    blobs = _blobs(past, folder, heads, named)
    earlier = _blobs(past, folder, bases, named)
    past.expect([*blobs.values(), *earlier.values()])
    terminal = _terminal(kinds)

    def cover(oid: str, name: str, named_by: Naming) -> Cover:
        data = _data(past, blobs.get((oid, name), ""))
        state = value_at(_data(past, earlier.get((oid, name), "")), "/spec/state")
        item = next((one for one in _items(data) if value_at(one, "/item") in wanted), None)
        over = state if isinstance(state, str) and state in terminal else ""
        return Cover(name, named_by, data, item is not None, _text(value_at(item, "/to")), over)

    found = {}
    for oid, names in own.items():
        others = (cover(oid, name, "head") for name in around[oid] if name not in names)
        found[oid] = (*(cover(oid, name, "commit") for name in names), *(one for one in others if one.lists))
    return found


def _has_base(past: Past, head: str) -> bool:
    return head not in past.cut and bool(past.commits[head].parents)


def _terminal(kinds: Kinds) -> frozenset[str]:
    lifecycle = kinds[CHANGE].lifecycle
    return lifecycle.terminal if lifecycle is not None else frozenset()


def _data(past: Past, blob: str) -> dict[str, Any] | None:
    data = past.data(blob) if blob else None
    return data if isinstance(data, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _blobs(
    past: Past, folder: str, trees: Mapping[str, str], wanted: Mapping[str, Iterable[str]]
) -> dict[tuple[str, str], str]:
    """(commit, name of a change) → its record in the tree that goes with the commit, at whichever of its places."""
    places = [
        (oid, name, f"{tree}:{path}")
        for oid, tree in trees.items()
        for name in wanted[oid]
        for path in past.paths_of(folder, name)
    ]
    blobs = past.blobs([place for _, _, place in places])
    return {(oid, name): blob for (oid, name, _), blob in zip(places, blobs, strict=True) if blob}


def _named_by(past: Past, commit: str) -> list[str]:
    return list(dict.fromkeys(name for trailer in past.commits[commit].trailers if (name := id_of(trailer))))


def in_play(past: Past, kinds: Kinds, head: Iterable[str]) -> list[str]:
    """The names of all changes that the commits of a head name in trailers, or whose records they add or edit."""
    found: dict[str, None] = {}
    plural = kinds[CHANGE].plural
    for oid in head:
        for trailer in past.commits[oid].trailers:
            found.setdefault(id_of(trailer))
        for edit in past.edits.get(oid, ()):
            identity = past.identity(edit.path)
            if identity is not None and identity[0] == plural and edit.after:
                found.setdefault(identity[1])
    return [name for name in found if name]


def id_of(trailer: str) -> str:
    """The name of the change that the value of a trailer gives: `CHG-2026-0042`, also behind its kind."""
    return trailer.removeprefix(f"{CHANGE}/")


def ungoverned(past: Past, settings: str, commits: Iterable[str]) -> frozenset[str]:
    """Those of the commits whose head founds the governance, or comes before it: there no change is needed yet.

    `settings` is the path of the settings, which every governed commit holds.
    """
    heads = {oid: past.brought_by[oid] for oid in commits}
    bases = {oid: past.commits[head].parents[:1] for oid, head in heads.items() if head not in past.cut}
    held = past.blobs([f"{base}:{past.prefix}{settings}" for parents in bases.values() for base in parents])
    known = iter(held)
    return frozenset(oid for oid, parents in bases.items() if not parents or not next(known))


def _items(change: object) -> Iterator[object]:
    items = value_at(change, "/spec/items")
    yield from items if isinstance(items, list) else ()
