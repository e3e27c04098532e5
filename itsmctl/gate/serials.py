"""Serials of approval rules, roles and freezes: they rise with each edit, and never fall. Pure; history is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from itsmctl.gate import verdict
from itsmctl.gate.history import History
from itsmctl.gate.model import Touched
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record, value_at
from itsmctl.renaming import NUMBERED
from itsmctl.snapshot import Snapshot

_AT = "/spec/serial"


def serial_faults(edits: Iterable[Touched], history: History) -> tuple[Verdict, ...]:
    """A node that denies (SERIAL) for each edit that does not raise the serial that the record ever carried.

    A record that never had one may do without; one that had loses it as little as it may lower it, be it in between
    removed and brought back. Removing the record itself is no fault.
    """
    found = []
    for one in edits:
        if one.line.kind not in NUMBERED or one.after is None:
            continue
        highest = max(_known(one.after, history.ever, one.before), default=None)
        serial = _serial(one.after.data)
        if highest is not None and (serial is None or serial <= highest):
            stands = "has no serial" if serial is None else f"has the serial {serial}"
            says = f"{one.ref} {stands}, and it had {highest} before: an edit raises it. Write serial: {highest + 1}"
            about = About(one.path, _AT, "merge")
            found.append(verdict.deny("check", one.ref, "SERIAL", says, about, serial=serial, highest=highest))
    return tuple(found)


def rollback_faults(base: Snapshot, history: History) -> tuple[Verdict, ...]:
    """A node that denies (SERIAL) for each record at the base whose serial is lower than history has seen."""
    found = []
    for record in (one for kind in NUMBERED for one in base.by_kind.get(kind, ())):
        # on the first-parent line alone: what a branch had in between, and gave up, was never rolled back
        highest = max(_known(record, history.versions, None), default=None)
        serial = _serial(record.data)
        if highest is not None and (serial is None or serial < highest):
            says = (
                f"{record.ref} at the base has the serial {'none' if serial is None else serial}, and history has seen "
                f"{highest}: it was rolled back. Bring the later version back, or one with a higher serial"
            )
            about = About(record.path, _AT, "base")
            found.append(verdict.deny("check", record.ref, "SERIAL", says, about, serial=serial, highest=highest))
    return tuple(found)


_Versions = Callable[[str], Sequence[tuple[int, Mapping[str, Any] | None]]]


def _known(record: Record, versions_of: _Versions, before: Record | None) -> list[int]:
    """Every serial that the record is known to have had, under any of its names."""
    formerly = value_at(record.data, "/metadata/formerly")
    names = [record.name, *(formerly if isinstance(formerly, list) else ())]
    versions = [data for name in names for _, data in versions_of(f"{record.kind}/{name}") if data is not None]
    held = [_serial(data) for data in (*versions, *((before.data,) if before is not None else ()))]
    return [serial for serial in held if serial is not None]


def _serial(data: Mapping[str, Any]) -> int | None:
    serial = value_at(data, _AT)
    if isinstance(serial, float) and serial.is_integer():
        return int(serial)  # 2.0 is 2 in canonical form, so that nobody is asked when one becomes the other
    return serial if isinstance(serial, int) and not isinstance(serial, bool) else None
