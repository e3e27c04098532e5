"""The way back of a release: to a baseline with its items as the release found them, or a remedy that was accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.baseline.place import People
from itsmctl.errors import CannotJudge
from itsmctl.records import same, value_at
from itsmctl.release import bythen, frozen
from itsmctl.release.dossier import is_file
from itsmctl.release.items import action_of, version_of
from itsmctl.release.landings import called
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Item, Manifest
    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """The back-out leads to a baseline that holds and has the items in it, or somebody accepted that there is none."""
    yield from unless("BACKOUT_TARGET", _way_back(dossier), _way(dossier))


def _way(dossier: Dossier) -> str:
    target = dossier.spec.get("backout", {}).get("target")
    return str(target) if target else f"a remedy, accepted by {_remedy(dossier).get('accepted_by')}{_said(dossier)}"


def _remedy(dossier: Dossier) -> Mapping[str, Any]:
    remedy: Mapping[str, Any] = dossier.spec.get("remedy", {})
    return remedy


def _said(dossier: Dossier) -> str:
    """Who wrote that down, and what else they have to do with the release: it is a word in a record."""
    remedy, held = _remedy(dossier), None
    for commit, data in reversed(dossier.writings):
        was = value_at(data, "/spec/remedy")
        if was is None or not same(was, remedy):
            break
        held = commit
    persons, others = (
        People(dossier.roster, dossier.book.settings.data).makers([held]) if held is not None else ({}, [])
    )
    who = " and ".join((*persons, *others)) or "nobody known"
    name = dossier.roster.today("Person", str(remedy.get("accepted_by")).partition("/")[2])
    works = [
        change.name
        for change in filter(None, dossier.changes.values())
        if name in {dossier.roster.today("Person", one) for one in value_at(change.data, "/spec/implementers") or ()}
    ]
    return f", only written, by {who}" + (f", and carries {', '.join(works)} out" if works else "")


def _way_back(dossier: Dossier) -> Iterator[Requirement]:
    backout, remedy, path = dossier.spec.get("backout"), dossier.spec.get("remedy"), dossier.record.path
    if backout is None and remedy is None:
        says = "there is neither a way back nor a remedy"
        hint = "Write spec.backout with steps, trigger and target, or spec.remedy with why, steps and accepted_by."
        yield Requirement("BACKOUT_TARGET", "unmet", says, hint, path, "/spec")
        return
    if backout is None:
        who = dossier.head.get(str(remedy.get("accepted_by"))) if remedy and "accepted_by" in remedy else None
        if who is None or not who.sound:
            says = "nobody who is known accepted that there is no way back"
            hint = "Write who did into spec.remedy.accepted_by, as Person/name or Role/name."
            yield Requirement("BACKOUT_TARGET", "unmet", says, hint, path, "/spec/remedy")
        elif why := _absent(dossier, who):
            says = f"{who.ref}, who is to have accepted that there is no way back, {why}"
            hint = "Have it accepted by somebody who is here: write who did into spec.remedy.accepted_by."
            yield Requirement("BACKOUT_TARGET", "unmet", says, hint, path, "/spec/remedy/accepted_by")
        return
    yield from _decides(dossier, backout)
    name, pointer = backout.get("target"), "/spec/backout/target"
    yield from frozen.standing(dossier, "BACKOUT_TARGET", name, pointer, "baseline to go back to")
    yield from bythen.late(dossier, "BACKOUT_TARGET", name, pointer)
    held = frozen.manifest(dossier, name)
    if held is None:
        return
    yield from _as_it_was(dossier, held)


def _decides(dossier: Dossier, backout: Mapping[str, Any]) -> Iterator[Requirement]:
    """Whoever is to decide on the way back was here to do it."""
    who = dossier.head.get(str(backout.get("decision_maker")))
    why = _absent(dossier, who) if who is not None and who.sound else ""
    if who is not None and why:
        says = f"{who.ref}, who is to decide whether it is taken back, {why}"
        hint = "Before the roll-out, write somebody who is here into spec.backout.decision_maker; after it, the"
        hint += " review says who decided instead."
        path = dossier.record.path
        yield Requirement("BACKOUT_TARGET", "unmet", says, hint, path, "/spec/backout/decision_maker")


def _absent(dossier: Dossier, who: Record) -> str:
    """Why nobody can have decided anything as that person or role, when the roll-out began or, before it, today."""
    began = dossier.begins is not None and dossier.begins <= dossier.now
    at = dossier.begins if began and dossier.begins is not None else dossier.now
    day = at.date().isoformat()
    if who.kind == "Role":
        held = value_at(who.data, "/spec/holders") or ()
        is_held = any(str(one["from"]) <= day <= str(one.get("to", day)) for one in held)
        return "" if is_held else f"had no holder on {day}"
    first, last = (value_at(who.data, f"/spec/active_{end}") for end in ("from", "to"))
    if (first is not None and day < str(first)) or (last is not None and str(last) < day):
        return f"was not here on {day}"
    if who.state == "active" or (last is not None and began):
        return ""
    if began:
        try:
            then = dossier.place.records(dossier.then).get(who.ref)
        except CannotJudge:
            then = None
        return "" if then is not None and then.sound and then.state == "active" else f"was not here on {day}"
    return f"is {who.state}"


def _as_it_was(dossier: Dossier, held: Manifest) -> Iterator[Requirement]:
    """What is gone back to was frozen before the release, and has each item as the release found it."""
    found = list(frozen.untimely(dossier, held))
    known = {one.ref: one for one in held.items}
    for _, ref, item in dossier.items if not found else ():
        found += _gone_back(dossier, held, known, ref, item)
    for says in found:
        hint = "Name one that was frozen before it: baseline_before will do."
        path = dossier.record.path
        yield Requirement("BACKOUT_TARGET", "unmet", f"{says}: that is no way back", hint, path, "/spec/backout/target")


def _gone_back(
    dossier: Dossier, held: Manifest, known: Mapping[str, Item], ref: str, item: Mapping[str, Any]
) -> Iterator[str]:
    """In what an item would not be again what it was, where the baseline is gone back to."""
    at = dossier.first.parent if dossier.first is not None else dossier.place.tip.oid
    blob = dossier.blob(at, ref)
    if is_file(ref):
        if dossier.blob(held.source.commit, ref) != blob:
            yield f"{ref} is another in {held.name} than it was before the release"
        return
    there = next((known[name] for name in called(ref, dossier.head) if name in known), None)
    if action_of(item) == "add":
        if there is not None:
            yield f"{held.name} holds {ref}, which the release adds"
        return
    if there is None:
        yield f"{held.name} does not hold {ref}"
        return
    kept = there.blob or dossier.blob(held.source.commit, ref)
    was, before = (version_of(dossier.data(one)) for one in (kept, blob))
    wanted = item.get("from", before)
    if wanted is None and was is None:
        if kept != blob and not frozen.is_same(dossier, kept, blob, held.canonical):
            yield f"{ref} has no version, and is another in {held.name} than it was before the release"
    elif was != wanted:
        yield f"{held.name} holds {ref} at {was or 'no version'}, and before the release it was at {wanted or 'none'}"
