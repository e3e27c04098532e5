"""Is each item and service of a release, at a commit, what the baseline after froze? By content.
What altered it since is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.records import same
from itsmctl.release import frozen
from itsmctl.release.dossier import is_file
from itsmctl.release.items import action_of
from itsmctl.release.landings import called
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.landings import Landing
    from itsmctl.release.requirement import Outcome


class Moved(Struct, frozen=True):
    """An item or service that is another than was frozen. `by`: (commit, change) of what the gate let through, which
    did that.

    `lacks`: why that does not account for it; "" where it does. `pointer`: its place in the release.
    """

    pointer: str
    ref: str
    by: tuple[tuple[str, str], ...]
    lacks: str


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """Each item that is another at the commit that is asked of, and that nothing accounts for."""
    after = frozen.manifest(dossier, dossier.spec.get("baseline_after"))
    if after is None:
        says = "it cannot be told whether the items are what was frozen, as no baseline after the release holds"
        yield _is(dossier, "unknown", says, "See BASELINE_AFTER.", "/spec/baseline_after")
        return
    found = list(moved(dossier, after, dossier.place.tip.oid))
    faults = [one for one in found if one.lacks]
    yield from unless("ITEM_ALTERED", (_fault(dossier, after, one) for one in faults), told(found))


def told(found: list[Moved]) -> str:
    """What changes did since, in words; "" where they did nothing."""
    since = {(change, one.ref, oid[:7]) for one in found for oid, change in one.by}
    return "; ".join(f"{change} altered {ref} since, with commit {at}" for change, ref, at in sorted(since))


def _is(dossier: Dossier, outcome: Outcome, says: str, hint: str, pointer: str) -> Requirement:
    return Requirement("ITEM_ALTERED", outcome, says, hint, dossier.record.path, pointer)


def _fault(dossier: Dossier, after: Manifest, one: Moved) -> Requirement:
    says = f"{one.ref} is another than {after.name} froze: {one.lacks}"
    hint = f"git diff {after.source.commit[:12]} {dossier.place.tip.oid[:12]} shows it. Put back what was frozen, or "
    hint += "have a change carry the edit out."
    return _is(dossier, "unmet", says, hint, one.pointer)


def moved(dossier: Dossier, after: Manifest, commit: str) -> Iterator[Moved]:
    """Each item or service of the release that is another at a commit of the line than in its baseline after."""
    known = {one.ref: one for one in after.items}
    for place, ref, item in dossier.items:
        if not _is_kept(dossier, after, known, commit, ref, item):
            yield _accounted(dossier, after, commit, f"/spec/items/{place}", ref)
    for place, ref in enumerate(one for one in dossier.services if one not in dossier.refs):
        there = next((known[name] for name in called(ref, dossier.head) if name in known), None)
        was = (there.blob if there is not None else "") or dossier.blob(after.source.commit, ref)
        blob = dossier.blob(commit, ref)
        if was != blob and not _is_same(dossier, after, ref, was, blob):
            yield _accounted(dossier, after, commit, f"/spec/services/{place}", ref)


def _is_kept(
    dossier: Dossier, after: Manifest, known: Mapping[str, Any], commit: str, ref: str, item: Mapping[str, Any]
) -> bool:
    blob, frozen_at = dossier.blob(commit, ref), after.source.commit
    if is_file(ref):
        return blob == dossier.blob(frozen_at, ref)
    there = next((known[name] for name in called(ref, dossier.head) if name in known), None)
    if there is None:  # what is not listed to be removed has to be in the baseline: AFTER_DIFFERS tells that
        return not blob and action_of(item) == "remove"
    was = there.blob or dossier.blob(frozen_at, ref)  # of a record with secrets, the manifest tells none
    return was == blob or _is_same(dossier, after, ref, was, blob)


def _is_same(dossier: Dossier, after: Manifest, ref: str, was: str, blob: str) -> bool:
    """Is it the same record, but for its name, or those of what it names? A rename alters nothing of it."""
    if frozen.is_same(dossier, was, blob, after.canonical):
        return True
    one, other = (dossier.today(dossier.data(at), ref.partition("/")[0]) for at in (was, blob))
    return isinstance(one, dict) and isinstance(other, dict) and same(one, other)


def _accounted(dossier: Dossier, after: Manifest, commit: str, pointer: str, ref: str) -> Moved:
    """By which changes it came to differ, where the gate let each of the landings through that altered it."""
    line = dossier.line
    start, end = line.place(after.source.commit), line.place(commit)
    if start is None or end is None or end < start:
        return Moved(pointer, ref, (), f"commit {commit[:12]} does not come after the one that was frozen")
    since = [one for one in line.landings if start < one.place <= end and ref in one.covers]
    if not since:
        return Moved(pointer, ref, (), "no commit of the line tells why")
    found: list[tuple[str, str]] = []
    for one in since:
        change, lacks = let_through(dossier, one, ref)
        if lacks:
            return Moved(pointer, ref, (), lacks)
        found.append((one.oid, change))
    return Moved(pointer, ref, tuple(found), "")


def let_through(dossier: Dossier, landing: Landing, ref: str) -> tuple[str, str]:
    """(the change that the gate let alter it there, "") or ("", why there is none)."""
    lacks = f"commit {landing.oid[:12]} altered it, and no change in play lists it"
    for change in sorted(landing.covers[ref]):
        lacks, _ = dossier.answers.lack(change, landing.parent, landing.oid, called(ref, dossier.head))
        if not lacks:
            return change, ""
    return "", lacks
