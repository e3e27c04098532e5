"""The lines that a change plans: its items' `set`, applied to the records as they stand at the base. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import canonical
from itsmctl.kinds import steps_of
from itsmctl.votes import FILE, FieldMove, Line

if TYPE_CHECKING:
    from itsmctl.snapshot import Snapshot


class Unplannable(ValueError):
    """A planned edit that cannot be applied to the record as it is: `pointer` leads into the change."""

    def __init__(self, pointer: str, says: str) -> None:
        super().__init__(says)
        self.pointer = pointer
        self.says = says


def planned(change: Mapping[str, Any], base: Snapshot) -> Iterator[tuple[Line, tuple[FieldMove, ...]]]:
    """Each planned line with the fields that it alters. What the plan does not alter has none. Raises Unplannable."""
    for place, item in enumerate(change["spec"].get("items", ())):
        kind, _, name = item["item"].partition("/")
        if kind == FILE:
            continue  # bytes cannot be planned field by field
        record = base.records.get(item["item"])
        before = canonical.digest(record.data) if record is not None else None
        if "set" in item and item["action"] != "remove":
            data = record.data if record is not None else empty(kind, name)
            after, moves = applied(data, item["set"], f"/spec/items/{place}/set")
            line = Line(kind, name, before, canonical.digest(after))
        elif item["action"] == "remove" and record is not None:
            line, moves = Line(kind, name, before, None), ()
        else:
            continue
        if line.before != line.after:
            yield line, moves


def empty(kind: str, name: str) -> dict[str, Any]:
    """A record that says nothing yet: what a plan to add one begins with."""
    return {"apiVersion": "itsm/v1", "kind": kind, "metadata": {"name": name}, "spec": {}}


def applied(data: Mapping[str, Any], edits: Mapping[str, Any], where: str) -> tuple[Any, tuple[FieldMove, ...]]:
    """(the data with each value at its pointer, what that alters). null takes a field away; "-" is a new last item.

    Parents that are missing come into being as mappings. Raises Unplannable, with `where` before the pointer.
    """
    result: Any = copy.deepcopy(dict(data))
    moves = []
    for pointer, value in edits.items():
        *above, last = steps_of(pointer)
        at = result
        for step in above:
            at = _below(at, step, f"{where}/{pointer.replace('~', '~0').replace('/', '~1')}", pointer)
        old = _put(at, last, value, f"{where}/{pointer.replace('~', '~0').replace('/', '~1')}", pointer)
        moves.append(FieldMove(pointer, old, value))
    return result, tuple(moves)


def _below(at: Any, step: str, where: str, pointer: str) -> Any:
    if isinstance(at, dict):
        return at.setdefault(step, {})
    if isinstance(at, list) and step.isdecimal() and int(step) < len(at):
        return at[int(step)]
    raise Unplannable(where, f"{pointer} leads nowhere in the record as it stands at the base")


def _put(at: Any, step: str, value: Any, where: str, pointer: str) -> Any:
    if isinstance(at, dict):
        old = at.get(step)
        if value is None:
            at.pop(step, None)
        else:
            at[step] = value
        return old
    if isinstance(at, list) and step == "-" and value is not None:
        at.append(value)
        return None
    if isinstance(at, list) and step.isdecimal() and int(step) < len(at):
        old = at[int(step)]
        if value is None:
            del at[int(step)]
        else:
            at[int(step)] = value
        return old
    raise Unplannable(where, f"{pointer} leads nowhere in the record as it stands at the base")
