"""Renames among the edits of a head, recomputed: which records follow from one, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import canonical, renaming
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot


class Renames(Struct, frozen=True):
    """`pairs`: (former Kind/name, new Kind/name). `follow`: records that differ only in what a rename does to them.

    `edited`: new names of records that differ in more than what a rename writes.
    """

    pairs: tuple[tuple[str, str], ...]
    follow: frozenset[str]
    edited: frozenset[str] = frozenset()

    @property
    def named(self) -> frozenset[str]:
        """Every name that a rename gave or took."""
        return frozenset(ref for pair in self.pairs for ref in pair)


def among(edits: Mapping[str, Touched], base: Snapshot) -> Renames:
    """The renames among the edits: one record gone, and one of its kind there that lists it in metadata.formerly."""
    back = tuple(sorted((old, new) for new, old in taken_back(edits).items()))
    pairs = (*sorted(_pairs(edits)), *back)
    if not pairs:
        return Renames((), frozenset())
    texts: dict[str, dict[str, str]] = {}
    for old, new in pairs:
        record, name = base.records[old], new.partition("/")[2]
        for path, places in renaming.references(base, record, name).items():
            texts.setdefault(path, {}).update(places)
    named = {ref for pair in pairs for ref in pair}
    follow = (
        ref
        for ref, touched in edits.items()
        if ref not in named
        and touched.before is not None
        and touched.line.after is not None
        and canonical.digest(renaming.written(touched.before.data, texts.get(touched.before.path, {})))
        == touched.line.after
    )
    return Renames(pairs, frozenset(follow), frozenset(_edited(edits, base, pairs, texts)))


def taken_back(edits: Mapping[str, Touched]) -> Mapping[str, str]:
    """Renames that the back-out of their change takes back: name that is given back → the one that is left for it.

    The change lists both, and the record that goes says that it had the other name before.
    """
    found = {}
    for change in edits.values():
        was, now = change.before, change.after
        if change.line.kind != CHANGE or was is None or now is None or now.state != "backed-out":
            continue
        items = value_at(was.data, "/spec/items")
        listed = {(one["item"], one["action"]) for one in (items if isinstance(items, list) else ())}
        for new, action in sorted(listed):
            old = _left_for(new, edits) if action == "remove" and was.state == "implementing" else ""
            if old and (old, "add") in listed:
                found[new] = old
    return found


def _left_for(new: str, edits: Mapping[str, Touched]) -> str:
    """The record that goes, and had the name of this one, which comes."""
    kind, _, name = new.partition("/")
    comes = edits.get(new)
    if comes is None or comes.line.before is not None or comes.after is None:
        return ""
    gone = [one for one in edits.values() if one.line.kind == kind and one.line.after is None]
    for one in gone:
        if one.before is not None and name in (value_at(one.before.data, "/metadata/formerly") or ()):
            return one.ref
    return ""


def settled(proposal: Proposal) -> Proposal:
    """The proposal with the edits alone that are up for a decision, see `decided`."""
    return replace(proposal, edits=decided(proposal.edits, proposal.base))


def decided(edits: Mapping[str, Touched], base: Snapshot) -> Mapping[str, Touched]:
    """The edits that are up for a decision: what follows from a rename is decided with it.

    A rename is an edit of governance, and so are the names that it gives and takes. What was edited beside it is up for
    those whom the edit needs as well, before and after.
    """
    taken = among(edits, base)
    if not taken.pairs:
        return edits
    found = {}
    for ref, one in edits.items():
        if ref in taken.named:
            is_edit = ref in taken.edited and one.controlled
            found[ref] = replace(one, controlled=True, governance=one.governance if is_edit else True)
        elif ref not in taken.follow:
            found[ref] = one
    return found


def expected(record: Record, name: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """The data that `itsmctl rename` leaves of a record, as which it gets that name; its own stays if `name` is that.

    `texts`: what the renames write into references of the record, by pointer.
    """
    data = renaming.written(record.data, texts)
    if name != record.name:
        data["metadata"]["name"] = name
        data["metadata"]["formerly"] = renaming.formerly(record, name, is_undone=False)
        if (serial := renaming.serial(record, is_undone=False)) is not None:
            data["spec"]["serial"] = serial
    return data


def carried(before: Record, former: Mapping[str, str], base: Snapshot) -> Record:
    """A record of the base with what renames write into it. `former`: new Kind/name → the one that was left for it."""
    texts: dict[str, str] = {}
    name = before.name
    for new, old in former.items():
        record, named = base.records[old], new.partition("/")[2]
        texts |= renaming.references(base, record, named).get(before.path, {})
        name = named if record.ref == before.ref else name
    return replace(before, data=expected(before, name, texts))


def _edited(
    edits: Mapping[str, Touched],
    base: Snapshot,
    pairs: tuple[tuple[str, str], ...],
    texts: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    """What two records claim to have been is a copy, and no rename: then all of it is an edit."""
    former = [old for old, _ in pairs]
    back = taken_back(edits)
    for old, new in pairs:
        record = base.records[old]
        if new in back:  # it was such a rename alone if what comes back would be renamed to what goes
            came = edits[new].after
            data = expected(came, record.name, {}) if came is not None else {}
            if canonical.digest(data) != edits[old].line.before:
                yield new
            continue
        data = expected(record, new.partition("/")[2], texts.get(record.path, {}))
        if former.count(old) > 1 or canonical.digest(data) != edits[new].line.after:
            yield new


def _pairs(edits: Mapping[str, Touched]) -> Iterator[tuple[str, str]]:
    for ref, touched in edits.items():
        if touched.line.before is not None or touched.after is None:
            continue
        former = value_at(touched.after.data, "/metadata/formerly")
        for name in former if isinstance(former, list) else ():
            gone = edits.get(f"{touched.line.kind}/{name}")
            if gone is not None and gone.line.after is None and gone.before is not None:
                yield gone.ref, ref
                break
