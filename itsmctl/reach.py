"""What depends on records, and what they depend on: everything that references lead to, each with the shortest way."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import addressing
from itsmctl.drawing import count, table, titled
from itsmctl.errors import Misuse
from itsmctl.escape import fold, visible
from itsmctl.kinds.pointers import escaped
from itsmctl.nearest import did_you_mean
from itsmctl.portrait import former_names, named
from itsmctl.records import Record, value_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from itsmctl.case import Case, Edit
    from itsmctl.snapshot import Snapshot

Link = tuple[str, str, str]
"""A reference: (Kind/name that refers, pointer, Kind/name referred to)."""


class Reached(Struct, frozen=True):
    """A record that references lead to or from. `way`: the references in between, that nearest to the start first."""

    record: Record
    way: tuple[Link, ...]


class Reach(Struct, frozen=True):
    """Both directions from a record, or from all that was edited; a direction that was not asked for is None.

    Only what is in force depends on others: items, services, agreements. `named_by` holds what refers to a start and is
    about it, but does not fail with it: changes, releases, waivers, owners of what it stands for.
    """

    case: Case
    start: Record | None  # None: from every edit of the case
    depends_on: tuple[Reached, ...] | None
    depended_on_by: tuple[Reached, ...] | None
    named_by: tuple[Reached, ...] | None

    @property
    def unread(self) -> tuple[tuple[str, str], ...]:
        """(Kind/name, path) of every record that cannot be read: what it refers to is missing from all of this."""
        head = self.case.head
        return tuple((ref, head.unread[ref]) for ref in sorted(head.blind))


class Range(Struct, frozen=True):
    """How far to look. `depth` 0 is without end; `kinds` narrow what is told, not what is walked through."""

    down: bool = True  # what the records depend on
    up: bool = True  # what depends on them
    depth: int = 0
    kinds: tuple[str, ...] = ()


def of(word: str | None, case: Case, wanted: Range) -> Reach:
    """What references lead to from the record called `word`, or from any that was edited. The starts are left out.

    Raises Misuse where no record, or more than one, is called that.
    """
    start = addressing.record(word, case.head) if word is not None else None
    starts = (start.ref,) if start is not None else tuple(case.edits)
    down = tuple(_walk(starts, case.head, True, wanted)) if wanted.down else None
    up = tuple(_walk(starts, case.head, False, wanted)) if wanted.up else None
    named_by = tuple(_naming(starts, case.head, wanted)) if wanted.up else None
    return Reach(case, start, down, up, named_by)


def kinds(words: Iterable[str], head: Snapshot) -> tuple[str, ...]:
    """The kinds of these names, in any letter case. Raises Misuse for one that is not known."""
    known = {kind.casefold(): kind for kind in head.law.kinds}
    for word in words:
        if word.casefold() not in known:
            guess = did_you_mean(word, head.law.kinds)
            raise Misuse(
                f"there is no kind {word}" + (f": {guess}" if guess else ""), "itsmctl schema list prints them."
            )
    return tuple(known[word.casefold()] for word in words)


def _walk(starts: Collection[str], head: Snapshot, outwards: bool, wanted: Range) -> Iterator[Reached]:
    """Breadth first, by name within a distance; one walk for all starts, so that the cost is that of the graph.

    It goes on only through what is in force: everything has an owner, and behind owners is the whole house.
    """
    came: dict[str, Link | None] = dict.fromkeys(starts)
    former = former_names(head)
    level = sorted(starts)
    distance = 0
    while level and (not wanted.depth or distance < wanted.depth):
        distance += 1
        following: list[str] = []
        for ref in level:
            if distance > 1 and not _leans(ref, head):
                continue
            for other, link in _links(ref, head, former, outwards):
                if other not in came and (_needs(link, head) if outwards else _carries(link, head)):
                    came[other] = link
                    following.append(other)
        level = sorted(following)
        for ref in level:
            record = head.records.get(ref)
            if record is not None and _is_told(record, wanted):
                yield Reached(record, _way(ref, came, outwards))


def _naming(starts: Collection[str], head: Snapshot, wanted: Range) -> Iterator[Reached]:
    """What refers to a start without depending on it, each once, by name."""
    former = former_names(head)
    found: dict[str, Link] = {}
    for ref in sorted(starts):
        for other, link in _links(ref, head, former, outwards=False):
            if other not in starts and not _carries(link, head):
                found.setdefault(other, link)
    for other in sorted(found):
        if _is_told(head.records[other], wanted):
            yield Reached(head.records[other], (found[other],))


def _leans(ref: str, head: Snapshot) -> bool:
    """Is it a record that depends on what it refers to? The same as for `impact(…)` in rules."""
    kind = head.law.kinds.get(ref.partition("/")[0])
    return kind is not None and kind.leaning


def _carries(link: Link, head: Snapshot) -> bool:
    """Does the record that refers fail with the one referred to?"""
    kind = head.law.kinds.get(link[0].partition("/")[0])
    return kind is not None and kind.leans_at(link[1])


def _needs(link: Link, head: Snapshot) -> bool:
    """As `_carries`; but a change or an incident, which cannot fail, needs all that it is about."""
    return _carries(link, head) or not _leans(link[0], head)


def _is_told(record: Record, wanted: Range) -> bool:
    return not wanted.kinds or record.kind in wanted.kinds


def _links(ref: str, head: Snapshot, former: Mapping[str, Sequence[str]], outwards: bool) -> Iterator[tuple[str, Link]]:
    if outwards:
        record = head.records.get(ref)
        for pointer, written in record.references if record is not None else ():
            target = head.get(written)
            other = target.ref if target is not None else written
            yield other, (ref, pointer, other)
    else:
        for name in (ref, *former.get(ref, ())):
            for record, pointer in head.referrers.get(name, ()):
                yield record.ref, (record.ref, pointer, ref)


def _way(ref: str, came: dict[str, Link | None], outwards: bool) -> tuple[Link, ...]:
    way: list[Link] = []
    link = came[ref]
    while link is not None:
        way.append(link)
        link = came[link[0] if outwards else link[2]]
    return tuple(reversed(way))


def text(reach: Reach, by_kind: bool, width: int) -> str:
    """Where it starts, then one block for each direction, grouped by distance or by kind."""
    start, edits = reach.start, reach.case.edits
    if start is not None:
        lines = titled(start.ref, named(start), width)
        one = "it"
    else:
        lines = [
            f"edited since {visible(reach.case.base.label if reach.case.base else '')}: {count(len(edits), 'record')}"
        ]
        lines += table([(_how(edit), ref, ", ".join(fields(edit))) for ref, edit in edits.items()], width)
        one = "them"
    lines += _block(
        f"what {'it depends' if start is not None else 'they depend'} on", reach.depends_on, reach, by_kind, width
    )
    lines += _block(f"what depends on {one}", reach.depended_on_by, reach, by_kind, width)
    if reach.named_by:
        lines += _block(f"what else names {one}", reach.named_by, reach, by_kind, width)
    if reach.unread:
        lines += ["", f"not all is told, since {count(len(reach.unread), 'record')} cannot be read:", ""]
        lines += table(reach.unread, width)
        lines += ["", "itsmctl validate says what is wrong with them."]
    return "\n".join(lines) + "\n"


def data(reach: Reach) -> dict[str, Any]:
    """The reach for programs; a direction that was not asked for is left out."""
    found: dict[str, Any] = {}
    if reach.start is not None:
        found["ref"] = reach.start.ref
    else:
        edits = reach.case.edits
        found["edits"] = [{"ref": ref, "edit": _how(edit), "fields": list(fields(edit))} for ref, edit in edits.items()]
    if reach.depends_on is not None:
        found["depends_on"] = [_plain(one) for one in reach.depends_on]
    if reach.depended_on_by is not None:
        found["depended_on_by"] = [_plain(one) for one in reach.depended_on_by]
    if reach.named_by is not None:
        found["named_by"] = [_plain(one) for one in reach.named_by]
    found["unread"] = [{"ref": ref, "path": path} for ref, path in reach.unread]
    return found


def fields(edit: Edit) -> tuple[str, ...]:
    """The outermost fields that differ, with dots: `spec.version`. None for a record that came or went."""
    if edit.before is None or edit.after is None:
        return ()
    return tuple(pointer[1:].replace("/", ".") for pointer in _differing(edit.before.data, edit.after.data, ""))


def _differing(before: Any, after: Any, pointer: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            at = f"{pointer}/{escaped(key)}"
            if key in before and key in after:
                yield from _differing(before[key], after[key], at)
            else:
                yield at
    elif repr(before) != repr(after):
        yield pointer


def _how(edit: Edit) -> str:
    return "added" if edit.before is None else "removed" if edit.after is None else "altered"


def _block(title: str, found: Sequence[Reached] | None, reach: Reach, by_kind: bool, width: int) -> list[str]:
    if found is None:
        return []
    lines = ["", f"{title}: {count(len(found), 'record')}"]
    for heading, group in _grouped(found, by_kind):
        lines += ["", f"  {heading}"]
        for one in group:
            lines += _entry(one, reach.case.head, width)
    return lines


def _grouped(found: Sequence[Reached], by_kind: bool) -> Iterator[tuple[str, list[Reached]]]:
    if by_kind:
        ordered = sorted(found, key=lambda one: one.record.kind)
        for kind, group in groupby(ordered, key=lambda one: one.record.kind):
            yield kind, list(group)
    else:
        for distance, group in groupby(found, key=lambda one: len(one.way)):
            yield "directly" if distance == 1 else f"over {distance} references", list(group)


def _entry(one: Reached, head: Snapshot, width: int) -> list[str]:
    """The record, and below it the way in the direction of the references: the one that depends stands first."""
    entry = titled(one.record.ref, named(one.record), width, indent=4)
    links = one.way if one.way[-1][2] == one.record.ref else tuple(reversed(one.way))
    way = links[0][0] + "".join(f" -> {_field(link, head)} -> {link[2]}" for link in links)
    return entry + [f"      {line}" for line in fold(visible(way), max(width - 6, 20))]


def _field(link: Link, head: Snapshot) -> str:
    """`components/0/item`; a typed relation says its type: `relations/0/target (runs-on)`."""
    origin, pointer, _ = link
    short = pointer.removeprefix("/spec/").removeprefix("/metadata/")
    record = head.records.get(origin)
    beside = value_at(record.data, pointer.rpartition("/")[0]) if record is not None else None
    sort = beside.get("type") if isinstance(beside, dict) and pointer.startswith("/spec/relations/") else None
    return f"{short} ({sort})" if isinstance(sort, str) else short


def _plain(one: Reached) -> dict[str, Any]:
    return {
        "ref": one.record.ref,
        "title": one.record.title,
        "state": one.record.state or None,
        "distance": len(one.way),
        "way": [{"from": origin, "pointer": pointer, "to": target} for origin, pointer, target in one.way],
    }
