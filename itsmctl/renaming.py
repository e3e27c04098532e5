"""What a rename alters, as places and texts: the record's own name, and every reference to it. Pure; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itsmctl.covering import CHANGE
from itsmctl.records import Law, Record, escape, references_of, value_at
from itsmctl.snapshot import Snapshot

ROLES_IN_SETTINGS = ("/owner_fallback", "/emergency/roles/*")
"""Where the settings name roles."""


def references(head: Snapshot, record: Record, name: str) -> dict[str, dict[str, str]]:
    """Path → {pointer: what is to be written there}, for every record that refers to one that gets a new name.

    References by its former names are among them, and those that planned edits of changes would write.
    """
    refs = {record.ref, *(former for former, now in head.formerly.items() if now == record.ref)}
    found = {}
    for other in head.records.values():
        edits = {pointer: _renamed(other.data, pointer, name) for pointer in _naming(other, refs, head.law)}
        if edits:
            found[other.path] = edits
    return found


def formerly(record: Record, name: str, *, is_undone: bool) -> list[str]:
    """The former names of the record once it has a new one, the oldest first.

    `is_undone`: the present name was never committed, and the record only goes back to one that it had.
    """
    held = value_at(record.data, "/metadata/formerly") or []
    kept = [former for former in held if former not in (name, record.name)]
    return kept if is_undone and name in held else [*kept, record.name]


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


def _naming(record: Record, refs: Iterable[str], law: Law) -> Iterator[str]:
    """Pointers of the fields that name one of `refs`."""
    for pointer, target in record.references:
        if target in refs:
            yield pointer
    if record.kind == CHANGE:
        for place, item in enumerate(_list(value_at(record.data, "/spec/items"))):
            for inner, target in _planned(item, law):
                if target in refs:
                    yield f"/spec/items/{place}/set/{inner}"


def _planned(item: object, law: Law) -> Iterator[tuple[str, str]]:
    """(place below `set`, Kind/name) of each reference that the planned edit of an item would write."""
    named, planned = value_at(item, "/item"), value_at(item, "/set")
    kind = law.kinds.get(named.partition("/")[0]) if isinstance(named, str) else None
    if kind is None or not isinstance(planned, dict):
        return
    for place, value in planned.items():
        for pointer, target in references_of(kind, _nested(place, value)):
            yield escape(place) + _mapped(pointer, place), target


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
