"""The open changes as a table: what each is, where it stands, who answers for it. Lists; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import drawing
from itsmctl.errors import Misuse
from itsmctl.gate import calendar
from itsmctl.nearest import did_you_mean
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.snapshot import Snapshot


class Row(Struct, frozen=True):
    """One change. `window` is in UTC, None where there is none, or in words why it is none."""

    record: Record
    window: calendar.Window | str | None

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        window = self.window if isinstance(self.window, calendar.Window) else None
        return {
            "change": self.record.name,
            "title": self.record.title,
            "class": self.text("/spec/class"),
            "state": self.record.state,
            "risk": self.text("/spec/risk/level") or None,
            "start": calendar.stamp(window.start) if window else None,
            "end": calendar.stamp(window.end) if window else None,
            "owner": self.text("/metadata/owner") or None,
            "requester": self.text("/spec/requester") or None,
            "path": self.record.path,
        }

    def text(self, pointer: str) -> str:
        """What is written there, "" for what is no text."""
        found = value_at(self.record.data, pointer)
        return found if isinstance(found, str) else ""

    @property
    def cells(self) -> tuple[str, ...]:
        """For people."""
        window = self.window
        when = (
            f"{calendar.said(window.start)}/{calendar.said(window.end)}" if isinstance(window, calendar.Window) else ""
        )
        record = self.record
        risk, owner = self.text("/spec/risk/level"), self.text("/metadata/owner")
        what = (record.name, self.text("/spec/class"), record.state, risk, when or ("unclear" if window else ""))
        return (*what, owner, record.title)


_TITLE = 24  # columns that a title needs beside the others

HEADS = ("CHANGE", "CLASS", "STATE", "RISK", "WINDOW", "OWNER", "TITLE")


def rows(head: Snapshot, states: Iterable[str], mine: tuple[str, Roster] | None) -> tuple[Row, ...]:
    """Changes in these states (none: those that are not over), of one person where `mine` names one; by window, by id.

    Those of a person are those that they ask for, carry out, or answer for, by themselves or in a role.
    """
    wanted = frozenset(_states(head, states))
    found = [
        Row(record, calendar.span(record.data))
        for record in head.by_kind.get(CHANGE, ())
        if record.state in wanted and (mine is None or _is_of(record, *mine))
    ]
    return tuple(sorted(found, key=_order))


def unread(head: Snapshot) -> tuple[str, ...]:
    """Paths of changes that could not be read, and are therefore in no list."""
    return tuple(sorted(path for ref, path in head.unread.items() if ref.startswith(f"{CHANGE}/")))


def text(found: tuple[Row, ...], width: int) -> str:
    """The table, or that there is nothing to list."""
    if not found:
        return "no change is open\n"
    cells = [one.cells for one in found]
    left = sum(max(map(len, column)) + 2 for column in list(zip(HEADS, *cells, strict=True))[:-1])
    if left + _TITLE <= width:
        return "\n".join(drawing.table(cells, width, 0, HEADS, wrap=True)) + "\n"
    lines: list[str] = []
    for name, *facts, title in cells:
        lines += drawing.titled(name, title, width)
        lines += drawing.prose(", ".join(filter(None, facts)), width, indent=4)
    return "\n".join(lines) + "\n"


def _states(head: Snapshot, asked: Iterable[str]) -> Iterator[str]:
    held = head.law.kinds[CHANGE].lifecycle
    known = held.states if held is not None else ()
    words = [word for text in asked for word in text.split(",") if word]
    for word in words:
        if word not in known:
            guess = did_you_mean(word, known)
            raise Misuse(f"no change is ever {word}" + (f": {guess}" if guess else ""), f"States: {', '.join(known)}")
    yield from words or (state for state in known if held is not None and state not in held.terminal)


def _is_of(record: Record, person: str, roster: Roster) -> bool:
    spec = value_at(record.data, "/spec")
    spec = spec if isinstance(spec, dict) else {}
    implementers = spec.get("implementers")
    named = [spec.get("requester"), *(implementers if isinstance(implementers, list) else ())]
    kind, _, name = str(value_at(record.data, "/metadata/owner") or "").partition("/")
    answers = name == person if kind == "Person" else kind == "Role" and person in roster.eligible(name)
    return answers or any(isinstance(one, str) and roster.today("Person", one) == person for one in named)


def _order(row: Row) -> tuple[bool, str, str]:
    window = row.window if isinstance(row.window, calendar.Window) else None
    return (window is None, calendar.stamp(window.start) if window else "", row.record.name)
