"""What a change lists to be done to records, and whether that is what a commit did to one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.baseline.difference import Difference
    from itsmctl.covering import Cover
    from itsmctl.gitedits import TreeEdit


def deeds_of(change: object) -> Mapping[str, frozenset[str]]:
    """Kind/name of every item of a change → what it lists to be done to it: add, change, remove."""
    items = value_at(change, "/spec/items")
    found: dict[str, set[str]] = {}
    for item in items if isinstance(items, list) else ():
        name, action = value_at(item, "/item"), value_at(item, "/action")
        if isinstance(name, str):
            found.setdefault(name, set()).add(action if isinstance(action, str) else "change")
    return {name: frozenset(held) for name, held in found.items()}


def deed_of(edits: Sequence[TreeEdit]) -> str:
    """What one commit did to a record, at all the places where it stood before or after."""
    if all(one.before is None for one in edits):
        return "add"
    return "remove" if all(one.after is None for one in edits) else "change"


_DONE_TO = {"add": "added", "change": "changed", "remove": "removed"}


class Listing(Struct, frozen=True):
    """A change in play with a commit, and what it lists."""

    name: str
    data: Mapping[str, Any]
    deeds: Mapping[str, frozenset[str]]
    over: str = ""  # the state in which it was over before the commit; it covered nothing any more then

    def wrong(self, difference: Difference, deed: str) -> str:
        """Why it does not list what was done, though it lists the record; "" where it does."""
        listed_to = {one for ref in difference.refs for one in self.deeds.get(ref, ())}
        before, after = difference.before, difference.after
        if deed in listed_to:
            return ""
        if before is not None and after is not None and before.ref != after.ref and deed == "change":
            both = "remove" in self.deeds.get(before.ref, ()) and "add" in self.deeds.get(after.ref, ())
            return "" if both else f"{self.name} lists neither that it is changed, nor both of its names"
        told = " and ".join(sorted(_DONE_TO.get(one, one) for one in listed_to))
        return f"{self.name} lists it to be {told}, not {_DONE_TO[deed]}"


def by_item(covers: Iterable[Cover]) -> dict[str, list[Listing]]:
    """Kind/name → the changes in play that list it."""
    found: dict[str, list[Listing]] = {}
    for one in covers:
        listing = Listing(one.name, one.data or {}, deeds_of(one.data), one.over)
        for ref in listing.deeds:
            found.setdefault(ref, []).append(listing)
    return found
