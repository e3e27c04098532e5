"""What rules judge: the records of a head, optionally those of a base, and the time. A value; it does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from itsmctl.records import Record, same
from itsmctl.snapshot import Snapshot


class Edit(Struct, frozen=True):
    """One record that differs between base and head: added (no before), removed (no after), or altered."""

    before: Record | None
    after: Record | None

    @property
    def ref(self) -> str:
        """`Kind/name`."""
        record = self.after or self.before
        return record.ref if record else ""


class Case(Struct, frozen=True, dict=True):
    """The one argument of every rule. `as_of` is in UTC; `base` is None where there is nothing to compare with."""

    head: Snapshot
    as_of: datetime
    base: Snapshot | None = None

    @property
    def as_of_text(self) -> str:
        """`as_of` as reports show it: RFC 3339, in UTC. (`strftime` would write the year 1 as 1.)"""
        return f"{self.as_of.replace(tzinfo=None).isoformat(timespec='seconds')}Z"

    @cached_property
    def edits(self) -> Mapping[str, Edit]:
        """`Kind/name` → Edit, for records whose data differ between base and head; empty without a base.

        A record that cannot be read any more is not removed: nobody knows what became of it.
        """
        if self.base is None:
            return {}
        before, after = self.base.records, self.head.records
        edits: dict[str, Edit] = {}
        for ref in sorted({*before, *after} - self.head.blind):
            old, new = before.get(ref), after.get(ref)
            if old is None or new is None or not same(old.data, new.data):
                edits[ref] = Edit(old, new)
        return edits

    def before(self, record: Record) -> Record | None:
        """The record as it was at the base, under its name of today or a former one."""
        if self.base is None:
            return None
        found = self.base.records.get(record.ref)
        if found is None:
            for former, now in self.head.formerly.items():
                if now == record.ref and former in self.base.records:
                    return self.base.records[former]
        return found
