"""Open known errors and problems that have to do with a release, and whether it lists them. Pure: records in, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.gate import calendar
from itsmctl.gate.spending import names
from itsmctl.records import value_at
from itsmctl.release.beginning import moment

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

OPEN = {
    "KnownError": ("open", "fix-planned"),
    "Problem": ("recorded", "investigating", "known-error", "resolving"),
}
"""Kind → the states in which it still hurts somebody."""

LISTS = {
    "KnownError": ("/spec/known_errors/fixed", "/spec/known_errors/carried", "/spec/known_errors/found_in_test"),
    "Problem": ("/spec/problems_closed", "/spec/problems_open"),
}
"""Kind → where a release lists them."""

_FOUND = {"KnownError": "/spec/found_on", "Problem": "/spec/detected_on"}
_BROUGHT_BY = {"KnownError": "/spec/found_in_release", "Problem": "/spec/caused_by"}
_ABOUT = (("/spec/items", "ConfigurationItem"), ("/spec/services", "Service"))


class Trouble(Struct, frozen=True):
    """One that is open and not listed. `names`: the release, or a change, item or service of it, that it is about.

    `went`: see `went`; `found`: the day on which this was found, "" where none is written.
    """

    record: Record
    names: str
    went: str
    found: str

    def is_later(self, today: str) -> bool:
        """See is_after."""
        return is_after(self.went, self.found, today)


def went(head: Snapshot, release: Record) -> str:
    """The day of the organisation on which the release went live, YYYY-MM-DD, whatever offset its time is written with;
    "" where none is written that is a time.
    """
    live = moment(str(value_at(release.data, "/spec/go_live")))
    return live.astimezone(calendar.zone_of(head.law.settings)).date().isoformat() if live is not None else ""


def is_after(went: str, found: str, today: str) -> bool:
    """Was it found after the release went live? On a day that is still to come nothing was found. ISO days."""
    return bool(went) and went < found <= today


def unlisted(head: Snapshot, release: Record) -> Iterator[Trouble]:
    """Every open known error and problem that names the release, a change, item or service of it, or a service that
    says itself that it depends on one of the items, and is not listed. One that is said to be over, and lacks what is
    due then, is open.

    A problem is listed with a known error of it as well. `release` keeps to its schema; what does not is passed over.
    """
    listed, concern, live = lists(head, release), Concern.of(head, release), went(head, release)
    for kind, states in OPEN.items():
        for record in head.by_kind.get(kind, ()):
            if not record.sound or record.ref in listed or not (record.state in states or _lacks(head, record)):
                continue
            about = concern.about(kind, record.data)
            if about:
                yield Trouble(record, about, live, found_on(kind, record.data))


def _lacks(head: Snapshot, record: Record) -> bool:
    """Does something that is due in its state lack? Of what is said to be over, nobody wrote how."""
    lifecycle = head.law.kinds[record.kind].lifecycle
    return lifecycle is not None and bool(lifecycle.missing(record.data))


def lists(head: Snapshot, release: Record) -> set[str]:
    """`Kind/name` of today of the known errors and problems that a release lists, or lists a known error of."""
    listed = {_today(head, f"{kind}/{name}") for kind, at in LISTS.items() for name in _all(release.data, *at)}
    known = (head.records.get(ref) for ref in listed)
    return listed | {
        _today(head, f"Problem/{name}")
        for one in known
        if one is not None and one.sound
        for name in _all(one.data, "/spec/problem")
    }


def found_on(kind: str, data: object) -> str:
    """The day on which it says that it was found, as YYYY-MM-DD; "" where it says none."""
    found = value_at(data, _FOUND[kind])
    return found if isinstance(found, str) else ""


class Concern(Struct, frozen=True):
    """`Kind/name` of today of what a release is about: itself, its changes, items, and services."""

    head: Snapshot
    refs: frozenset[str]

    @classmethod
    def of(cls, head: Snapshot, release: Record) -> Concern:
        """`release` keeps to its schema."""
        spec = release.data["spec"]
        mine = {*names(release), *(_today(head, f"ChangeRequest/{name}") for name in spec.get("changes", ()))}
        items = {_today(head, item["item"]) for item in spec.get("items", ())}
        items |= {one.ref for ref in items for one, _ in head.referrers.get(ref, ()) if one.kind == "Service"}
        items |= {_today(head, f"Service/{name}") for name in spec.get("services", ())}
        return cls(head, frozenset(mine | items))

    def about(self, kind: str, data: object) -> str:
        """The first of them that a known error or problem names; "" where it names none. `data`: of any version."""
        return next((ref for ref in _about(self.head, kind, data) if ref in self.refs), "")


def unreadable(head: Snapshot) -> Iterator[tuple[str, str]]:
    """(Kind/name, path) of those of which nobody can tell what they are about."""
    for kind in OPEN:
        yield from ((one.ref, one.path) for one in head.by_kind.get(kind, ()) if not one.sound)
        yield from ((ref, path) for ref, path in head.unread.items() if ref.startswith(f"{kind}/"))


def _about(head: Snapshot, kind: str, data: object) -> Iterator[str]:
    """`Kind/name` of today of what a known error or problem names."""
    prefix = "Release/" if kind == "KnownError" else ""
    yield from (_today(head, f"{prefix}{name}") for name in _all(data, _BROUGHT_BY[kind]))
    yield from (_today(head, f"{target}/{name}") for at, target in _ABOUT for name in _all(data, at))


def _all(data: object, *pointers: str) -> Iterator[str]:
    """The texts that stand there; of what does not keep to its schema, those that are any."""
    for pointer in pointers:
        found: Any = value_at(data, pointer)
        held = found if isinstance(found, list) else [found]
        yield from (one for one in held if isinstance(one, str))


def _today(head: Snapshot, ref: str) -> str:
    record = head.get(ref)
    return record.ref if record is not None else ref
