"""A release with the records around it, as notes tell of them: names, titles, times, lists in Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.escape import visible
from itsmctl.gate import calendar
from itsmctl.markup import heading, prose, row
from itsmctl.records import value_at
from itsmctl.release import trouble

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00)?(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")


class Leaflet(Struct, frozen=True):
    """What notes are written from: one commit, one release that keeps to its schema."""

    head: Snapshot
    record: Record

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the release says."""
        spec: Mapping[str, Any] = self.record.data["spec"]
        return spec

    @property
    def plan(self) -> Mapping[str, Any]:
        """Its plan."""
        plan: Mapping[str, Any] = self.spec.get("plan", {})
        return plan

    def records(self, kind: str, names: Iterable[str]) -> Iterator[tuple[str, Record | None]]:
        """(name as written, the record; None where it is not there to be read) of each."""
        for name in names:
            found = self.head.get(f"{kind}/{name}")
            yield name, found if found is not None and found.sound else None

    def changes(self) -> list[tuple[str, Record | None]]:
        """The changes that it carries."""
        return list(self.records("ChangeRequest", self.spec.get("changes", ())))

    def known_errors(self, *fields: str) -> list[tuple[str, Record | None]]:
        """Known errors below these fields, each once."""
        held = self.spec.get("known_errors", {})
        names = dict.fromkeys(name for field in fields for name in held.get(field, ()))
        return list(self.records("KnownError", names))

    def unlisted(self) -> tuple[Record, ...]:
        """Open known errors and problems that have to do with it, and that it does not list."""
        found = (one.record for one in trouble.unlisted(self.head, self.record))
        return tuple(one for one in found if one.state in trouble.OPEN[one.kind])

    def waivers(self) -> tuple[Record, ...]:
        """Granted waivers of rules on the release. Whether the gate let them in, the check tells."""
        every = (one for one in self.head.by_kind.get("Waiver", ()) if one.sound and one.state == "granted")
        return tuple(one for one in every if self.head.get(value_at(one.data, "/spec/record")) is self.record)

    def title(self, ref: str) -> str:
        """The title of a record, else its name."""
        found = self.head.get(ref)
        return found.title if found is not None else ref.partition("/")[2] or ref

    def services(self, names: Iterable[str]) -> str:
        """Titles of services in a row."""
        return ", ".join(self.title(f"Service/{name}") for name in names)

    def people(self, ref: str) -> str:
        """A person by name, or a role with those who hold it as long as nothing ends that."""
        record = self.head.get(ref)
        if record is None or not record.sound:
            return ref
        if record.kind != "Role":
            return record.title
        held = [one["person"] for one in record.data["spec"]["holders"] if "to" not in one]
        names = [self._person(name) for name in held]
        return f"{record.title}: {', '.join(names)}" if names else record.title

    def _person(self, name: str) -> str:
        record = self.head.get(f"Person/{name}")
        if record is None or not record.sound:
            return name
        addresses = record.data["spec"].get("emails") or [""]
        return f"{record.title} ({addresses[0]})" if addresses[0] else record.title


def text(record: Record | None, pointer: str) -> str:
    """What a record says there; "" where it says nothing, or is not there."""
    found = value_at(record.data, pointer) if record is not None else None
    return " ".join(found.split()) if isinstance(found, str) else ""


def moment(written: str) -> str:
    """An instant as people read it, in the offset that it was written in: 2027-01-17, 08:00 (UTC+02:00)."""
    found = _INSTANT.fullmatch(written)
    if found is None:
        return written
    day, clock, seconds, offset = found.groups()
    zone = "" if offset is None else " (UTC)" if offset in ("Z", "+00:00") else f" (UTC{offset})"
    return f"{day}, {clock}{seconds or ''}{zone}"


def window(record: Record | None) -> str:
    """The window of a change, in UTC."""
    found = calendar.span(record.data) if record is not None else None
    return f"{calendar.said(found.start)} to {calendar.said(found.end)}" if isinstance(found, calendar.Window) else ""


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A section with these lines, and nothing where there are none."""
    held = list(lines)
    if any(held):
        yield from heading(2, title)
        yield from held
        if held[-1]:
            yield ""


def bullet(*parts: str) -> str:
    """One item of a list: its first part stands out, where there are several."""
    first, *rest = (part for part in parts if part) if any(parts) else ("",)
    told = f"**{shown(first)}**" if rest else shown(first)
    return f"- {' '.join([told, *(shown(part) for part in rest)])}"


def steps(written: Sequence[str]) -> Iterator[str]:
    """A numbered list."""
    for number, one in enumerate(written, 1):
        yield f"{number}. {shown(one)}"


def table(heads: Sequence[str], entries: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, and nothing where it has no line."""
    held = [row(entry) for entry in entries]
    if held:
        yield f"| {' | '.join(heads)} |"
        yield "|" + "---|" * len(heads)
        yield from held


def shown(written: str) -> str:
    """Text of a record as the middle of a line of Markdown takes it, on one line."""
    return prose(visible(" ".join(written.split()), longest=10_000))


def ended(written: str) -> str:
    """A sentence with its full stop."""
    return written if not written or written.endswith((".", "!", "?", ":", "…")) else f"{written}."
