"""Status accounting on one page: what is in which baseline, where items stand today, what is on the way. Pure but for
the reading of commits through the bench.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import rulebook, snapshot, sources
from itsmctl.baseline import form, origins, proof, section
from itsmctl.baseline.origins import Origin
from itsmctl.baseline.proof import Fault, Held
from itsmctl.case import Case
from itsmctl.drawing import count, prose, rows, table

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Item, Manifest
    from itsmctl.baseline.place import Place
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

_MOST = 40  # items that text lists


class Standing(Struct, frozen=True):
    """One controlled record. `within`: the baselines that hold it, oldest first; `since`: "same", "changed", "new" or
    "gone", as against the newest of them. `revisions`: how many contents the baselines hold of it.
    """

    ref: str
    state: str
    within: tuple[str, ...]
    since: str
    revisions: int
    origin: Origin | None


class _Within(Struct):
    """The baselines that hold a record, oldest first, and how many contents; the newest, and the record in that."""

    names: list[str]
    digests: set[str]
    newest: Manifest
    frozen: Item


class Status(Struct, frozen=True):
    """`baselines`: light; `unreadable`: those that cannot be read, with why."""

    label: str
    baselines: tuple[Held, ...]
    unreadable: tuple[tuple[str, str], ...]
    items: tuple[Standing, ...]
    accounting: Mapping[str, Any]


def baselines(place: Place) -> tuple[tuple[Held, ...], tuple[tuple[str, str], ...]]:
    """(those that can be read, light, oldest first; the others as (name, why))."""
    read, wrong = [], []
    for name in proof.names(place.bench, place.tip.tree, place.prefix):
        one = proof.held(place.bench, place.tip.tree, place.prefix, name)
        if isinstance(one, Fault):
            wrong.append((name, one.says))
        else:
            read.append(one.light())
    return tuple(sorted(read, key=lambda one: (one.manifest.source.time, one.name))), tuple(wrong)


def _within(place: Place, held: tuple[Held, ...]) -> dict[str, _Within]:
    """Kind/name → the baselines that hold it. One is read after the other: many may be large."""
    found: dict[str, _Within] = {}
    for one in held:
        for item in proof.again(place.bench, place.tip.tree, place.prefix, one.name).manifest.items:
            known = found.get(item.ref)
            if known is None:
                found[item.ref] = _Within([one.name], {item.digest}, one.manifest, item)
                continue
            known.names.append(one.name)
            known.newest = one.manifest
            if item.secrets or item.digest != known.frozen.digest:
                known.digests.add(item.digest)
                known.frozen = item
    return found


def of(place: Place) -> Status:
    """The status at the tip. Raises CannotJudge where its law or its records cannot be used."""
    held, wrong = baselines(place)
    within = _within(place, held)
    source = sources.Commit(place.bench.repo, place.prefix, place.tip)
    book = rulebook.load(source)
    head = snapshot.read(source, book.law)
    refs = [ref for ref, record in head.records.items() if head.law.kinds[record.kind].controlled]
    paths = {head.records[ref].path: ref for ref in refs}
    came = origins.of(place.bench, place.tip.oid, place.prefix, book.kinds, paths)
    items = [_standing(ref, place, head, within.get(ref), came.get(ref)) for ref in sorted({*refs, *within})]
    digests = dict.fromkeys(refs, "")
    accounting = section.accounting(book, Case(head, place.now.astimezone(UTC)), digests)
    return Status(place.tip.label, held, wrong, tuple(items), accounting)


def _standing(ref: str, place: Place, head: Snapshot, within: _Within | None, origin: Origin | None) -> Standing:
    record = head.records.get(ref)
    since = "gone" if record is None else "new"
    if record is not None and within is not None:
        since = "same" if _is_as_frozen(record, place, within.newest, within.frozen) else "changed"
    names = tuple(within.names) if within is not None else ()
    number = len(within.digests) if within is not None else 0
    return Standing(ref, record.state if record else "", names, since, number, origin)


def _is_as_frozen(record: Record, place: Place, manifest: Manifest, frozen: Item) -> bool:
    """Is the record what was frozen? Of one with secrets, which no digest is over, git tells."""
    if frozen.secrets:
        there = place.bench.repo.ids([f"{manifest.source.commit}:{place.prefix}{frozen.path}"])[0]
        return there == record.blob
    try:
        return form.digest(record.data, manifest.canonical) == frozen.digest
    except ValueError:
        return False


def text(found: Status, width: int) -> str:
    """One page for people."""
    lines = [*prose(f"Status of {found.label}", width), "", *listing(found.baselines, found.unreadable, width), ""]
    number = {word: sum(one.since == word for one in found.items) for word in ("same", "changed", "new", "gone")}
    lines += prose("Controlled records, as against the newest baseline that each is in:", width)
    lines += rows([(word, str(many)) for word, many in number.items() if many], width)
    moved = [one for one in found.items if one.since in ("changed", "gone")]
    if moved:
        lines += ["", "Moved since they were frozen:"]
        cells = [
            (one.ref, one.since, one.within[-1], " ".join(one.origin.changes) if one.origin else "") for one in moved
        ]
        lines += table(cells[:_MOST], width, heads=("record", "", "frozen in", "changes"), wrap=True)
        lines += prose(f"and {len(moved) - _MOST} more (-f json lists all)", width, 2) if moved[_MOST:] else []
    for heading, entries in (
        ("On the way:", [(one["name"], one["state"], " ".join(one["items"])) for one in found.accounting["changes"]]),
        ("Waivers in force:", [(one["waiver"], one["rule"], one["record"]) for one in found.accounting["waivers"]]),
    ):
        lines += ["", heading, *table(entries[:_MOST], width, wrap=True)] if entries else []
    return "\n".join(lines) + "\n"


def listing(held: tuple[Held, ...], wrong: tuple[tuple[str, str], ...], width: int) -> list[str]:
    """A line for each baseline."""
    if not held and not wrong:
        return prose("There is no baseline yet. itsmctl baseline create NAME makes one.", width)
    cells = [
        (
            one.name,
            one.manifest.of,
            one.manifest.source.time,
            str(one.records),
            agreements(one),
            one.manifest.root[:12],
        )
        for one in held
    ]
    lines = table(cells, width, 0, ("name", "kind", "frozen", "records", "agreements", "root")) if cells else []
    return lines + [line for name, says in wrong for line in prose(f"{name}: {says}", width)]


def agreements(held: Held) -> str:
    """How many statements of agreement lie there; only `verify` tells whether they count."""
    number = sum(name.startswith(proof.AGREEMENTS) and name.endswith(".json") for name in held.files)
    return f"{count(number, 'statement')}, not checked" if number else "none: a snapshot"


def listed(held: tuple[Held, ...], wrong: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The list for programs."""
    return {
        "baselines": [
            {
                "name": one.name,
                "of": one.manifest.of,
                "frozen": one.manifest.source.time,
                "commit": one.manifest.source.commit,
                "records": one.records,
                "root": one.manifest.root,
                "supersedes": one.manifest.supersedes.name if one.manifest.supersedes else None,
                "release": one.manifest.release,
                "agreement_statements": sum(name.endswith(".json") and "/" in name for name in one.files),
            }
            for one in held
        ],
        "unreadable": [{"name": name, "says": says} for name, says in wrong],
    }


def data(found: Status) -> dict[str, Any]:
    """The page for programs."""
    return {
        **listed(found.baselines, found.unreadable),
        "items": [
            {
                "ref": one.ref,
                "state": one.state,
                "baselines": list(one.within),
                "since": one.since,
                "revisions": one.revisions,
                "last_commit": one.origin.commit if one.origin else None,
                "last_changes": list(one.origin.changes) if one.origin else [],
            }
            for one in found.items
        ],
        "changes": found.accounting["changes"],
        "waivers": found.accounting["waivers"],
    }
