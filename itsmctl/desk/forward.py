"""The forward schedule of changes: what is done when, what is frozen, and where they meet. Tells; decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import drawing
from itsmctl.gate import calendar, collisions, services
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from itsmctl.gate.verdict import Verdict
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

CALLED_OFF = frozenset({"cancelled", "rejected"})
TENTATIVE = frozenset({"submitted", "assessed"})
_NEVER = frozenset({"draft", *CALLED_OFF})
_FREEZE = "FreezeWindow"


class Scene(Struct, frozen=True):
    """What the calendar of the gate is asked about: one set of records, at the moment when a window begins."""

    base: Snapshot
    merged: Snapshot
    now: datetime


class Entry(Struct, frozen=True):
    """A change or a freeze with its time. `notes`: freezes and other changes that it meets, for people."""

    record: Record
    window: calendar.Window
    services: tuple[str, ...]
    notes: tuple[Verdict, ...] = ()

    @property
    def is_freeze(self) -> bool:
        """Is it a time in which nothing is changed?"""
        return self.record.kind == _FREEZE

    @property
    def is_called_off(self) -> bool:
        """Will it not take place?"""
        return self.record.state in CALLED_OFF


class Schedule(Struct, frozen=True):
    """Entries by their time. `unplanned`: open changes without a window that could be told, with why."""

    repository: str
    start: datetime
    end: datetime | None
    entries: tuple[Entry, ...]
    unplanned: tuple[tuple[Record, str], ...]
    unread: tuple[str, ...] = ()


def schedule(head: Snapshot, start: datetime, end: datetime | None, service: str | None) -> Schedule:
    """What lies in [start, end), of one service (plain name) or of all. Drafts have no time yet, whatever they say."""
    entries: list[Entry] = []
    unplanned: list[tuple[Record, str]] = []
    for record in (*head.by_kind.get(CHANGE, ()), *head.by_kind.get(_FREEZE, ())):
        if record.state == "draft" or not record.sound:
            continue
        entry = _entry(record, head)
        if isinstance(entry, str):
            if record.state in collisions.OPEN:
                unplanned.append((record, entry))
        elif _lies_in(entry.window, start, end) and _is_about(entry, service, head):
            entries.append(entry)
    order = sorted(entries, key=lambda one: (one.window.start, one.window.end, one.record.ref))
    bad = [one.path for kind in (CHANGE, _FREEZE) for one in head.by_kind.get(kind, ()) if not one.sound]
    bad += [path for ref, path in head.unread.items() if ref.partition("/")[0] in (CHANGE, _FREEZE)]
    repository = str(head.law.settings.data["repository"])
    return Schedule(repository, start, end, tuple(order), tuple(unplanned), tuple(sorted(bad)))


def _entry(record: Record, head: Snapshot) -> Entry | str:
    window = calendar.span(record.data)
    if not isinstance(window, calendar.Window):
        return window or "it has no window"
    if record.kind == _FREEZE:
        return Entry(record, window, tuple(value_at(record.data, "/spec/services") or ()))
    scene = Scene(head, head, window.start)
    reach = services.reached(scene, [record.data])
    notes: tuple[Verdict, ...] = ()
    if record.state not in _NEVER and record.state in collisions.OPEN | TENTATIVE:
        asked = calendar.Asked(record.name, record.data, str(record.data["spec"]["class"]))
        frozen = calendar.freezes(scene, asked)
        notes = (*(one for one in frozen if not one.allowed), *collisions.collisions(scene, record))
    return Entry(record, window, tuple(sorted(reach.services)), notes)


def _lies_in(window: calendar.Window, start: datetime, end: datetime | None) -> bool:
    return window.end > start and (end is None or window.start < end)


def _is_about(entry: Entry, service: str | None, head: Snapshot) -> bool:
    """A freeze without services is about all of them."""
    if service is None or (entry.is_freeze and not entry.services):
        return True
    return services.today(head, "Service", service) in {services.today(head, "Service", one) for one in entry.services}


def data(found: Schedule) -> dict[str, Any]:
    """For programs."""
    return {
        "repository": found.repository,
        "from": calendar.stamp(found.start),
        "to": calendar.stamp(found.end) if found.end is not None else None,
        "entries": [_plain(one) for one in found.entries],
        "unplanned": [{"change": one.name, "state": one.state, "why": why} for one, why in found.unplanned],
        "unreadable": list(found.unread),
    }


def _plain(one: Entry) -> dict[str, Any]:
    record = one.record
    told: dict[str, Any] = {
        "kind": record.kind,
        "name": record.name,
        "title": record.title,
        "state": record.state,
        "start": calendar.stamp(one.window.start),
        "end": calendar.stamp(one.window.end),
        "services": list(one.services),
        "notes": [{"code": note.code, "name": note.name, "says": note.says} for note in one.notes],
    }
    if not one.is_freeze:
        told |= {"class": record.data["spec"]["class"], "risk": value_at(record.data, "/spec/risk/level")}
    return told


def text(found: Schedule, width: int) -> str:
    """For people: day by day, in UTC; what is called off is left out."""
    lines: list[str] = []
    day = ""
    for one in found.entries:
        if one.is_called_off:
            continue
        starts = calendar.stamp(one.window.start)
        if starts[:10] != day:
            day = starts[:10]
            lines += [*([""] if lines else []), f"{day} (UTC)"]
        lines += _lines(one, width)
    if found.unplanned:
        lines += [*([""] if lines else []), "without a window"]
        lines += drawing.rows([(one.name, f"{one.state}: {why}") for one, why in found.unplanned], width)
    if found.unread:
        lines += [*([""] if lines else []), "left out, since they cannot be read or break their schema"]
        lines += drawing.code("\n".join(found.unread), width, 2)
    return "\n".join(lines or ["nothing is scheduled"]) + "\n"


def _lines(one: Entry, width: int) -> list[str]:
    when = f"{_clock(one.window.start, one.window.start)} – {_clock(one.window.end, one.window.start)}"
    record = one.record
    what = "freeze" if one.is_freeze else f"{record.data['spec']['class']}, {record.state}"
    about = f" [{', '.join(one.services)}]" if one.services else (" [all services]" if one.is_freeze else "")
    lines = drawing.titled(f"{when}  {record.name}", f"{record.title} ({what}){about}", width, 2)
    for note in one.notes:
        lines += drawing.prose(f"! {note.code} {_with_name(note)}", width, 6)
    return lines


def _with_name(note: Verdict) -> str:
    return note.says if note.says.startswith(note.name) else f"{note.name}: {note.says}"


def _clock(moment: datetime, day: datetime) -> str:
    said = calendar.stamp(moment)
    return said[11:16] if said[:10] == calendar.stamp(day)[:10] else f"{said[:10]} {said[11:16]}"
