"""What a rename alters, as places and texts: the record's own name, and every reference to it. Pure; writes nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from itsmctl.kinds import steps_of
from itsmctl.kinds.pointers import escaped
from itsmctl.records import CHANGE, Law, Record, references_of, value_at
from itsmctl.snapshot import Snapshot

ROLES_IN_SETTINGS = ("/owner_fallback", "/emergency/roles/*")
"""Where the settings name roles."""

NUMBERED = ("ApprovalRule", "FreezeWindow", "Role")
"""Kinds of record that carry a serial, which rises with each edit; a rename is one."""

_MODEL = "ChangeModel"
"""Its lists of names are of the kind that stands beside them."""


def references(head: Snapshot, record: Record, name: str) -> dict[str, dict[str, str]]:
    """Path → {pointer: what is to be written there}, for every record that refers to one that gets a new name.

    References by its former names are among them, and those that planned edits of changes would write. A change that
    took one of the former names away goes on saying so: that is no reference to what the record is called today.
    """
    refs = {record.ref, *(former for former, now in head.formerly.items() if now == record.ref)}
    found = {}
    for other in head.records.values():
        naming = (
            pointer
            for pointer, target in named(other, head.law)
            if target in refs and not (target != record.ref and _takes_away(other, pointer))
        )
        edits = {pointer: _renamed(other.data, pointer, name) for pointer in naming}
        if edits:
            found[other.path] = edits
    return found


def as_named_today(before: Record, after: Record, head: Snapshot) -> Mapping[str, Any]:
    """The data of a record of a base, in which references to what was renamed since are written as the head has them.

    A reference that `after`, the record as it is now, still writes by a former name stays as it is.
    """
    if not head.formerly:
        return before.data
    kept = {target for _, target in named(after, head.law)}  # what took a name away keeps it, too
    gone = {former: now for former, now in head.formerly.items() if former not in head.records and former not in kept}
    texts = {
        pointer: _renamed(before.data, pointer, gone[target].partition("/")[2])
        for pointer, target in named(before, head.law)
        if target in gone
    }
    return written(before.data, texts) if texts else before.data


def written(data: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """The data of a record with texts at pointers that lead to texts."""
    copied = copy.deepcopy(dict(data))
    for pointer, text in texts.items():
        *above, last = steps_of(pointer)
        at: Any = copied
        for step in above:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[int(last) if isinstance(at, list) else last] = text
    return copied


def formerly(record: Record, name: str, *, is_undone: bool) -> list[str]:
    """The former names of the record once it has a new one, the oldest first.

    `is_undone`: the present name was never committed, and the record only goes back to one that it had.
    """
    held = value_at(record.data, "/metadata/formerly") or []
    kept = [former for former in held if former not in (name, record.name)]
    return kept if is_undone and name in held else [*kept, record.name]


def serial(record: Record, *, is_undone: bool) -> int | None:
    """The serial of the record once it has a new name; None where it carries none. `is_undone`: see `formerly`."""
    held = value_at(record.data, "/spec/serial")
    if record.kind not in NUMBERED or isinstance(held, bool) or not isinstance(held, int):
        return None
    return held - 1 if is_undone else held + 1


def in_settings(settings: object, kind: str, old: str, name: str) -> dict[str, str]:
    """{pointer: what is to be written there} for the settings, which name roles by their plain names."""
    if kind != "Role":
        return {}
    found = {}
    for pattern in ROLES_IN_SETTINGS:
        above, _, rest = pattern.partition("/*")
        value = value_at(settings, above)
        places = [f"{above}/{at}" for at in range(len(value))] if rest == "" and isinstance(value, list) else [above]
        found.update({pointer: name for pointer in places if value_at(settings, pointer) == old})
    return found


def named(record: Record, law: Law) -> Iterator[tuple[str, str]]:
    """(pointer, Kind/name) of each field that names a record, those among them that the schema calls no reference."""
    yield from record.references
    if record.kind == CHANGE:
        for place, item in enumerate(_list(value_at(record.data, "/spec/items"))):
            for inner, target in _planned(item, law):
                yield f"/spec/items/{place}/set/{inner}", target
    if record.kind == _MODEL:
        for place, group in enumerate(_list(value_at(record.data, "/spec/allows"))):
            for at, name in enumerate(_list(value_at(group, "/names"))):
                yield f"/spec/allows/{place}/names/{at}", f"{value_at(group, '/kind')}/{name}"


def _takes_away(record: Record, pointer: str) -> bool:
    """Is it the item of a change that removes what it names?"""
    above, _, last = pointer.rpartition("/")
    is_item = record.kind == CHANGE and last == "item" and above.startswith("/spec/items/")
    return is_item and value_at(record.data, f"{above}/action") == "remove"


def _planned(item: object, law: Law) -> Iterator[tuple[str, str]]:
    """(place below `set`, Kind/name) of each reference that the planned edit of an item would write."""
    named, planned = value_at(item, "/item"), value_at(item, "/set")
    kind = law.kinds.get(named.partition("/")[0]) if isinstance(named, str) else None
    if kind is None or not isinstance(planned, dict):
        return
    for place, value in planned.items():
        for pointer, target in references_of(kind, _nested(place, value)):
            yield escaped(place) + _mapped(pointer, place), target


def _nested(pointer: str, value: object) -> Mapping[str, Any]:
    """A record in which nothing is written but this value. An index stands for the only item of a list."""
    data: Any = value
    for step in reversed(pointer.split("/")[1:]):
        data = [data] if step.isdecimal() or step == "-" else {step.replace("~1", "/").replace("~0", "~"): data}
    return data if isinstance(data, dict) else {}


def _mapped(pointer: str, place: str) -> str:
    """What lies behind the planned place in a pointer into `_nested`."""
    return "".join(f"/{step}" for step in pointer.split("/")[1 + place.count("/") :])


def _renamed(data: object, pointer: str, name: str) -> str:
    kind, slash, _ = str(value_at(data, pointer)).rpartition("/")
    return f"{kind}{slash}{name}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
