"""Local times that name no instant: without a zone, or skipped or shown twice where the zone's clocks are changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from itsmctl.kinds import fields, forms
from itsmctl.kinds.pointers import value_at
from itsmctl.kinds.words import Fault, dotted, in_place, name_of, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.kinds.fields import FieldInfo

_RULE = "schema-format"
_SIGNS = ("+", "-")
Zoned = tuple[str, str]
"""A field with a moment, and the field with the zone that it is meant in where it has no offset. Both as pointers."""


def zoned(root: Mapping[str, Any], walked: Iterable[FieldInfo]) -> tuple[Zoned, ...]:
    """The moments of a schema that stand beside a zone or below one; those inside of lists are left out.

    `walked`: its fields, gone through only where there is a moment at all: few kinds have any.
    """
    if not _holds(root, "moment"):
        return ()
    known = tuple(walked)
    zones = [one.pointer for one in known if _has_format(root, one.pointer, "time-zone")]
    found = []
    for field in known:
        if "*" not in field.pointer and _has_format(root, field.pointer, "moment"):
            above = [zone for zone in zones if field.pointer.startswith(zone.rpartition("/")[0] + "/")]
            if above:
                found.append((field.pointer, max(above, key=len)))
    return tuple(found)


def faults(data: object, moments: Sequence[Zoned]) -> Iterator[Fault]:
    """One fault for each local time of a record, sound otherwise, that is no instant."""
    for pointer, zone_at in moments:
        text = value_at(data, pointer)
        # with an offset it is an instant, as most are; that it has the form of either is known
        if isinstance(text, str) and text[-1:] != "Z" and text[-6:-5] not in _SIGNS and forms.is_moment(text):
            zone = value_at(data, zone_at)
            if zone is None:
                yield without_zone(pointer, text, zone_at)
            elif isinstance(zone, str) and forms.is_zone(zone) and (fault := _changed(pointer, text, zone)) is not None:
                yield fault


def without_zone(pointer: str, text: str, zone_at: str, zone: str = "Europe/Tallinn") -> Fault:
    """The fault of a local time, at `pointer`, whose zone is missing at `zone_at`. `zone`: one that would do."""
    parent, _, name = zone_at.rpartition("/")
    message = f"{name_of(pointer)}: {said(text)} has no offset from UTC, and there is no {name}{in_place(parent)}"
    whole = _whole(text)
    beside = f"{name}: {zone} beside it" if pointer.rpartition("/")[0] == parent else f"{dotted(zone_at)}: {zone}"
    hint = f"Write {beside}, or the time with its offset: {whole}+02:00 (in UTC: {whole}Z)"
    return Fault(pointer, message, hint, False, _RULE)


def _changed(pointer: str, text: str, zone: str) -> Fault | None:
    """The fault of a time of which the clocks show none, or two."""
    from zoneinfo import ZoneInfo

    place, name = ZoneInfo(zone), name_of(pointer)
    first, second = (datetime.fromisoformat(text).replace(tzinfo=place, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return None
    if before > after:
        message = f"{name}: {said(text)} comes twice in {zone}, where the clocks are put back over it"
        hint = f"Write it with its offset: {first.isoformat()} the first time, {second.isoformat()} the second."
    else:
        try:
            shown = first.astimezone(UTC).astimezone(place)
        except OverflowError:
            return None
        message = f"{name}: {said(text)} does not exist in {zone}, where the clocks are put forward over it"
        hint = f"Write {name}: {shown.replace(tzinfo=None).isoformat()[: len(text)]}, as the clocks show it then."
    return Fault(pointer, message, hint, False, _RULE)


def _whole(text: str) -> str:
    return text if text.count(":") == 2 else f"{text}:00"


def _holds(part: object, wanted: str) -> bool:
    """Does a schema ask for a format anywhere?"""
    if isinstance(part, dict):
        return part.get("format") == wanted or any(_holds(inner, wanted) for inner in part.values())
    return isinstance(part, list) and any(_holds(inner, wanted) for inner in part)


def _has_format(root: Mapping[str, Any], pointer: str, wanted: str) -> bool:
    return any(part.get("format") == wanted for part in fields.find(root, pointer))
