"""A schedule of changes as iCalendar (RFC 5545), in UTC. Texts are taken for hostile: no record adds a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from itsmctl.desk.forward import TENTATIVE
from itsmctl.escape import visible

if TYPE_CHECKING:
    from itsmctl.desk.forward import Entry, Schedule

_OCTETS = 75  # of one line, without its end


def calendar(found: Schedule, stamp: datetime) -> str:
    """The whole object, with CRLF. `stamp`: the moment whose records it shows, so that it is the same for the same."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//itsmctl//change schedule//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(f'Changes of {found.repository}')}",
    ]
    for one in found.entries:
        lines += _event(one, found.repository, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(one: Entry, repository: str, stamp: datetime) -> Iterator[str]:
    record = one.record
    name = f"FreezeWindow/{record.name}" if one.is_freeze else record.name
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(f'{name}@{repository}')}"
    yield f"DTSTAMP:{_moment(stamp)}"
    yield f"DTSTART:{_moment(one.window.start)}"
    yield f"DTEND:{_moment(one.window.end)}"
    yield f"SUMMARY:{escaped(f'{_prefix(one)}{record.name} {record.title}')}"
    yield f"DESCRIPTION:{escaped(chr(10).join(_about(one)))}"
    yield f"CATEGORIES:{'FREEZE' if one.is_freeze else 'CHANGE'}"
    yield f"STATUS:{_status(one)}"
    yield f"TRANSP:{'TRANSPARENT' if one.is_freeze else 'OPAQUE'}"
    yield "END:VEVENT"


def _prefix(one: Entry) -> str:
    return "Freeze: " if one.is_freeze else ""


def _status(one: Entry) -> str:
    if one.is_called_off:
        return "CANCELLED"
    return "TENTATIVE" if one.record.state in TENTATIVE else "CONFIRMED"


def _about(one: Entry) -> Iterator[str]:
    spec = one.record.data["spec"]
    if one.is_freeze:
        yield str(spec["reason"])
    else:
        risk = spec.get("risk", {}).get("level")
        yield f"{spec['class']}, {one.record.state}" + (f", risk {risk}" if risk else "")
        yield from (f"{item['action']} {item['item']}" for item in spec.get("items", ()))
    if one.services:
        yield f"services: {', '.join(one.services)}"
    yield from (f"{note.code}: {note.says}" for note in one.notes)


def escaped(text: str) -> str:
    """A text as a value of the kind TEXT (RFC 5545, 3.3.11): line breaks are kept, nothing else unseen is."""
    lines = (visible(line, longest=10_000) for line in text.replace("\r\n", "\n").split("\n"))
    shown = ("".join(f"\\{one}" if one in "\\;," else one for one in line) for line in lines)
    return "\\n".join(shown)


def folded(line: str) -> str:
    """A content line in pieces of at most 75 octets, no letter cut in two (3.1)."""
    pieces: list[str] = []
    piece, room = "", _OCTETS
    for letter in line:
        size = len(letter.encode("utf-8", "surrogatepass"))
        if size > room:
            pieces.append(piece)
            piece, room = " ", _OCTETS - 1
        piece += letter
        room -= size
    return "\r\n".join([*pieces, piece])


def _moment(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds").replace("-", "").replace(":", "")
        + "Z"
    )
