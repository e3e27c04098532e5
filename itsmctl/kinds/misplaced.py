"""Whole parts of a record in the wrong place, such as all of spec inside metadata: told once, not field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl.kinds import fields
from itsmctl.kinds.pointers import escaped
from itsmctl.kinds.words import Fault, dotted, listed

if TYPE_CHECKING:
    from itsmctl.kinds.asked import Asked

_PARTS = ("metadata", "spec")
_MOST_NAMED = 3


def told_once(asked: Asked, data: object, found: Sequence[Fault]) -> list[Fault]:
    """The faults, those that one slip of the indentation explains replaced by one that names the slip."""
    if not isinstance(data, Mapping) or not asked.kind:
        return list(found)
    told = {fault: drops for part in _PARTS for fault, drops in _slips(asked, data, part)}
    dropped = {pointer for drops in told.values() for pointer in drops}
    return [*told, *(fault for fault in found if fault.pointer not in dropped)]


def _slips(asked: Asked, data: Mapping[str, Any], part: str) -> Iterator[tuple[Fault, frozenset[str]]]:
    """(fault, the pointers of those that it stands for) where `part`, or what belongs into it, stands elsewhere."""
    parts = fields.find(asked.root, f"/{part}")
    known = fields.keys(parts)
    there = data.get(part)
    for other in ("", *(name for name in _PARTS if name != part)):
        held = data if not other else data.get(other)
        if not isinstance(held, Mapping) or not known:
            continue
        place = f"/{other}" if other else ""
        if other and part not in data and isinstance(held.get(part), Mapping):
            yield _inside(part, other), frozenset({f"/{part}", f"{place}/{part}"})
            continue
        own = fields.keys(fields.find(asked.root, place))
        strays = [key for key in held if isinstance(key, str) and key in known and key not in own]
        if strays and (not there or len(strays) > _MOST_NAMED):
            missing = {f"/{part}"} if not there else {f"/{part}/{key}" for key in strays}
            drops = frozenset({*missing, *(f"{place}/{escaped(key)}" for key in strays)})
            yield _strays(part, place, strays, written=part in data), drops


def _inside(part: str, other: str) -> Fault:
    message = f"{part} stands inside {other}"
    hint = f"Move {part}, with all that stands below it, to the left, into the column of {other}."
    return Fault(f"/{other}/{part}", message, hint, True, "schema-unknown-field")


def _strays(part: str, place: str, strays: Sequence[str], *, written: bool) -> Fault:
    """Fields of `part` that stand in another part, or at the top level of the record."""
    more = len(strays) - _MOST_NAMED
    names = [*strays[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    fault = f"{place}/{escaped(strays[0])}"
    verb = "stands" if len(strays) == 1 else "stand"
    where = f"in {dotted(place)}" if place else "at the top level of the record"
    message = f"{listed(names, 'and')} {verb} {where}, and {'belongs' if len(strays) == 1 else 'belong'} in {part}"
    it = "it" if len(strays) == 1 else "them"
    if written:
        hint = f"Move {it} below {part}:, two blanks further right than that line."
    elif place:
        hint = f"Write {part}: on a line of its own in front of {strays[0]}, in the column of {dotted(place)}."
    else:
        hint = f"Write {part}: on a line of its own in front of {strays[0]}, and indent {it} by two blanks."
    return Fault(fault, message, hint, True, "schema-unknown-field")
