"""Open known errors and problems that have to do with a release, and whether it lists them. Pure: records in, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.gate.spending import names
from itsmctl.records import value_at

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

    `went`: the day on which the release went live, `found`: the one on which this was found; "" where none is written.
    """

    record: Record
    names: str
    went: str
    found: str

    def is_later(self, today: str) -> bool:
        """Was it found after the release went live? On a day that is still to come nothing was found. ISO days."""
        return bool(self.went) and self.went < self.found <= today


def unlisted(head: Snapshot, release: Record) -> Iterator[Trouble]:
    """Every open known error and problem that names the release, a change, item or service of it, or a service that
    says itself that it depends on one of the items, and is not listed.

    A problem is listed with a known error of it as well. `release` keeps to its schema; what does not is passed over.
    """
    spec = release.data["spec"]
    mine = {*names(release), *(_today(head, f"ChangeRequest/{name}") for name in spec.get("changes", ()))}
    items = {_today(head, item["item"]) for item in spec.get("items", ())}
    items |= {one.ref for ref in items for one, _ in head.referrers.get(ref, ()) if one.kind == "Service"}
    items |= {_today(head, f"Service/{name}") for name in spec.get("services", ())}
    listed = {_today(head, f"{kind}/{name}") for kind, at in LISTS.items() for name in _all(release, *at)}
    known = (head.records.get(ref) for ref in listed)
    listed |= {_today(head, f"Problem/{name}") for one in known for name in _all(one, "/spec/problem")}
    went = str(spec.get("go_live", ""))[:10]
    for kind, states in OPEN.items():
        for record in head.by_kind.get(kind, ()):
            if not record.sound or record.state not in states or record.ref in listed:
                continue
            about = [ref for ref in _about(head, record) if ref in mine or ref in items]
            if about:
                found = value_at(record.data, _FOUND[kind])
                yield Trouble(record, about[0], went, found if isinstance(found, str) else "")


def unreadable(head: Snapshot) -> Iterator[tuple[str, str]]:
    """(Kind/name, path) of those of which nobody can tell what they are about."""
    for kind in OPEN:
        yield from ((one.ref, one.path) for one in head.by_kind.get(kind, ()) if not one.sound)
        yield from ((ref, path) for ref, path in head.unread.items() if ref.startswith(f"{kind}/"))


def _about(head: Snapshot, record: Record) -> Iterator[str]:
    """`Kind/name` of today of what a known error or problem names."""
    prefix = "Release/" if record.kind == "KnownError" else ""
    yield from (_today(head, f"{prefix}{name}") for name in _all(record, _BROUGHT_BY[record.kind]))
    yield from (_today(head, f"{kind}/{name}") for at, kind in _ABOUT for name in _all(record, at))


def _all(record: Record | None, *pointers: str) -> Iterator[str]:
    for pointer in pointers:
        found: Any = value_at(record.data, pointer) if record is not None and record.sound else None
        yield from (found if isinstance(found, list) else [found] if isinstance(found, str) else ())


def _today(head: Snapshot, ref: str) -> str:
    record = head.get(ref)
    return record.ref if record is not None else ref
