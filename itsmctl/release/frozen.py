"""The baselines of a release: before it, and after it. They verify, and differ by just what it lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.baseline import explaining, form
from itsmctl.baseline.place import is_below
from itsmctl.drawing import count
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.release import bythen
from itsmctl.release.dossier import is_file
from itsmctl.release.items import action_of, version_of
from itsmctl.release.landings import called
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.baseline.explaining import Comparison, Explained
    from itsmctl.baseline.fields import Item, Manifest
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Outcome

_CREATE = "itsmctl baseline create {0} --release {1} freezes one, itsmctl baseline approve {0} agrees to it."


def manifest(dossier: Dossier, name: object) -> Manifest | None:
    """What the baseline of that name says, if it holds and is agreed to."""
    found = dossier.baseline(name) if isinstance(name, str) else ""
    if isinstance(found, str) or found.held is None or not found.holds or not found.is_agreed:
        return None
    return found.held.manifest


def named(dossier: Dossier) -> Iterator[tuple[str, str, str]]:
    """(before or after, name, root) of the baselines of the release that hold."""
    for word in ("before", "after"):
        found = manifest(dossier, dossier.spec.get(f"baseline_{word}"))
        if found is not None:
            yield word, found.name, found.root


def standing(dossier: Dossier, code: str, name: object, pointer: str, what: str) -> Iterator[Requirement]:
    """Is a baseline named that holds, and that somebody who may agreed to?"""
    release, path = dossier.record.name, dossier.record.path
    if not isinstance(name, str):
        hint = f"Name it in {pointer.strip('/').replace('/', '.')}. {_CREATE.format('NAME', release)}"
        yield Requirement(code, "unmet", f"no {what} is named", hint, path, pointer)
        return
    found = dossier.baseline(name)
    if isinstance(found, str):
        hint = f"itsmctl baseline verify {name}"
        yield Requirement(code, "unknown", f"the {what}, {name}, cannot be judged: {found}", hint, path, pointer)
        return
    wrong = [one for one in found.faults if one.severity == "error"]
    if wrong or not found.is_agreed:
        first = f"{wrong[0].code}: {wrong[0].says}" if wrong else "nobody agreed to it"
        lost = next((one for one in found.agreements if not one.counts), None)
        first += f" ({lost.person or lost.path}: {lost.says})" if lost is not None and not found.is_agreed else ""
        more = f", and {len(wrong) - 1} more" if wrong[1:] else ""
        hint = f"itsmctl baseline verify {name} says more."
        if any(one.code == "MANIFEST_GONE" for one in wrong):
            hint = _CREATE.format(name, release)
        yield Requirement(code, "unmet", f"the {what}, {name}, does not hold: {first}{more}", hint, path, pointer)


# --- before


def before(dossier: Dossier) -> Iterator[Requirement]:
    """It verifies, and holds each affected item as it was before the first merge of the release's changes."""
    name = dossier.spec.get("baseline_before")
    pointer = "/spec/baseline_before"
    faults = list(standing(dossier, "BASELINE_BEFORE", name, pointer, "baseline before the release"))
    faults += bythen.late(dossier, "BASELINE_BEFORE", name, pointer)
    yield from unless("BASELINE_BEFORE", faults, str(name or ""))
    held = manifest(dossier, name)
    if held is None:
        says = "it cannot be told how the items were before, as no baseline before the release holds"
        yield Requirement("BEFORE_DIFFERS", "unknown", says, "See BASELINE_BEFORE.", dossier.record.path, pointer)
        return
    yield from unless("BEFORE_DIFFERS", _as_before(dossier, held), _until(dossier))


def _until(dossier: Dossier) -> str:
    first = dossier.first
    return f"first merge: {first.oid[:12]}" if first is not None else "nothing of it is merged yet"


def _as_before(dossier: Dossier, held: Manifest) -> Iterator[Requirement]:
    first = dossier.first
    at = first.parent if first is not None else dossier.place.tip.oid
    early = list(untimely(dossier, held))
    if early:
        hint = "A baseline before is frozen on this branch, before the first change is merged: name that one."
        yield from (_before(dossier, says, hint) for says in early)
        return
    known = {one.ref: one for one in held.items}
    for place, ref, item in dossier.items:
        yield from _item_before(dossier, held, known, at, (place, ref, item))


def untimely(dossier: Dossier, held: Manifest) -> Iterator[str]:
    """Why a baseline was not frozen on this branch before the first merge of the release."""
    first, source = dossier.first, held.source.commit
    at = first.parent if first is not None else dossier.place.tip.oid
    if dossier.line.place(source) is None:
        yield f"{held.name} was frozen from commit {source[:12]}, which is not on the line of this branch"
    elif not at or not is_below(dossier.place.bench, source, at):
        when = f"the first merge of its changes, {first.oid[:12]}" if first is not None else "this commit"
        yield f"{held.name} was frozen from commit {source[:12]}, which does not come before {when}"


def _before(dossier: Dossier, says: str, hint: str, pointer: str = "/spec/baseline_before") -> Requirement:
    return Requirement("BEFORE_DIFFERS", "unmet", says, hint, dossier.record.path, pointer)


def _item_before(
    dossier: Dossier, held: Manifest, known: Mapping[str, Item], at: str, one: tuple[int, str, Mapping[str, Any]]
) -> Iterator[Requirement]:
    place, ref, item = one
    pointer, action = f"/spec/items/{place}", action_of(item)
    if is_file(ref):
        if dossier.blob(held.source.commit, ref) != dossier.blob(at, ref):
            says = f"{ref} was altered between {held.name} and the first merge of the release"
            yield _before(dossier, says, "Freeze the baseline before after that.", pointer)
        if (action == "add") is bool(dossier.blob(at, ref)):
            says = f"the release is to {action} {ref}, which was {'there' if action == 'add' else 'not there'} before"
            yield _before(dossier, says, "Correct the action of the item.", pointer)
        return
    names = called(ref, dossier.head)
    there = next((known[name] for name in names if name in known), None)
    blob = dossier.blob(at, ref)
    if action == "add":
        if there is not None or blob:
            says = f"the release is to add {ref}, which was there before"
            yield _before(dossier, says, "Correct the action of the item: change.", f"{pointer}/action")
        return
    if there is None:
        says = f"{held.name} does not hold {ref}, which the release is to {action}"
        yield _before(dossier, says, "Freeze a baseline that holds every item that the release affects.", pointer)
        return
    frozen = there.blob or dossier.blob(held.source.commit, ref)  # of a record with secrets, the manifest tells none
    if frozen != blob and not is_same(dossier, frozen, blob, held.canonical):
        says = f"{ref} is another in {held.name} than it was before the first merge of the release ({at[:12]})"
        yield _before(dossier, says, "Freeze the baseline before the release after the last edit that is not its own.")
    was = version_of(dossier.data(frozen))
    if was is not None and item.get("from") is not None and was != item["from"]:
        says = f"{held.name} holds {ref} at {was}, and the release says that it comes from {item['from']}"
        yield _before(dossier, says, "Correct from of the item.", f"{pointer}/from")


def is_same(dossier: Dossier, one: str, other: str, version: int) -> bool:
    """Do two files hold the same record, secrets as well?"""
    digest = _digest(dossier, one, version)
    return bool(digest) and digest == _digest(dossier, other, version)


def _digest(dossier: Dossier, blob: str, version: int) -> str:
    try:
        return form.digest(dossier.data(blob), version) if blob else ""
    except (ValueError, TypeError, RecursionError):
        return ""


# --- after


def after(dossier: Dossier) -> Iterator[Requirement]:
    """It verifies, and what differs from the one before is what the release lists: no less and nothing else."""
    name, pointer = dossier.spec.get("baseline_after"), "/spec/baseline_after"
    faults = list(standing(dossier, "BASELINE_AFTER", name, pointer, "baseline after the release"))
    held = manifest(dossier, name)
    if held is not None and dossier.line.place(held.source.commit) is None:
        says = f"{name} was frozen from commit {held.source.commit[:12]}, which is not on the line of this branch"
        how = _CREATE.format("NAME", dossier.record.name)
        hint = f"Freeze what the branch holds, under another name, and name that one. {how}"
        faults.append(Requirement("BASELINE_AFTER", "unmet", says, hint, dossier.record.path, pointer))
    faults += bythen.early(dossier, name, pointer)
    yield from unless("BASELINE_AFTER", faults, str(name or ""))
    earlier, later = manifest(dossier, dossier.spec.get("baseline_before")), manifest(dossier, name)
    if earlier is None or later is None:
        says = "it cannot be told what the release altered, as one of its two baselines does not hold"
        yield _after(dossier, says, "See BASELINE_BEFORE and BASELINE_AFTER.", "unknown")
        return
    try:
        found = explaining.compare(dossier.place, earlier, later, dossier.answers.lack, is_verified=True)
    except (CannotJudge, Misuse) as error:
        yield _after(dossier, f"the two baselines cannot be compared: {error.message}", error.hint, "unknown")
        return
    yield from unless("AFTER_DIFFERS", _exact(dossier, found), f"{count(len(found.differences), 'difference')}")


def _after(dossier: Dossier, says: str, hint: str, outcome: Outcome = "unmet", pointer: str = "") -> Requirement:
    return Requirement("AFTER_DIFFERS", outcome, says, hint, dossier.record.path, pointer or "/spec/baseline_after")


def _exact(dossier: Dossier, found: Comparison) -> Iterator[Requirement]:
    names = {ref: frozenset(called(ref, dossier.head)) for _, ref, _ in dossier.items}
    diff = f"itsmctl baseline diff {found.earlier.name} {found.later.name} shows it."
    taken: set[str] = set()
    for place, ref, item in dossier.items:
        if is_file(ref):
            yield from _file(dossier, found, place, ref, item)
            continue
        mine = next((one for one in found.differences if one.difference.refs & names[ref]), None)
        if mine is None:
            says = f"{ref} is listed to {action_of(item)}, and does not differ between the two baselines"
            yield _after(
                dossier,
                says,
                f"Take it out of spec.items, or freeze it as it is now. {diff}",
                "unmet",
                f"/spec/items/{place}",
            )
            continue
        taken.add(mine.difference.ref)
        yield from _listed(dossier, mine, place, item)
    yield from _services(dossier, found)
    for apart in found.outside:
        if not apart.is_same:
            which = found.later.name if apart.way == "left" else found.earlier.name
            says = f"{apart.ref} is outside of the scope of {which}, and another at its commit than in the other one"
            yield _after(dossier, says, f"Freeze both with one scope. {diff}")
    for one in found.differences:
        if one.difference.ref not in taken:
            what = f"{one.difference.ref} is {one.difference.deed}"
            says = f"{what} between the two baselines, and is no item of the release"
            yield _after(dossier, says, f"List it in spec.items, or take the edit back. {diff}", "unmet", "/spec/items")


def _services(dossier: Dossier, found: Comparison) -> Iterator[Requirement]:
    """A service of the release is no other either, whether the baselines hold it or are too narrow for that."""
    wide = [{item.ref for item in one.items} for one in (found.earlier, found.later)]
    listed = {ref for _, ref, _ in dossier.items}
    for place, name in enumerate(dossier.spec.get("services", ())):
        record = dossier.head.get(f"Service/{name}")
        ref = record.ref if record is not None else f"Service/{name}"
        names = set(called(ref, dossier.head))
        if ref in listed or all(names & held for held in wide):
            continue  # compared as every other difference
        old, new = (dossier.blob(one.source.commit, ref) for one in (found.earlier, found.later))
        if old != new and not is_same(dossier, old, new, found.later.canonical):
            says = f"{ref}, a service of the release, is another after it than before, and is not in both baselines"
            hint = "List it in spec.items, or take the edit back. To freeze the services, too: itsmctl baseline create "
            hint += f"NAME --release {dossier.record.name}"
            yield _after(dossier, says, hint, "unmet", f"/spec/services/{place}")


def _file(dossier: Dossier, found: Comparison, place: int, ref: str, item: Mapping[str, Any]) -> Iterator[Requirement]:
    old, new = (dossier.blob(one.source.commit, ref) for one in (found.earlier, found.later))
    deed = "change" if old and new and old != new else "add" if new and not old else "remove" if old and not new else ""
    if deed != action_of(item):
        was = {"change": "changed", "add": "added", "remove": "removed", "": "not altered"}[deed]
        says = f"{ref} is listed to {action_of(item)}, and was {was} between the two baselines"
        yield _after(dossier, says, "Correct the action of the item.", "unmet", f"/spec/items/{place}/action")


_DEEDS = {"add": ("added",), "remove": ("removed",), "change": ("changed", "renamed")}


def _listed(dossier: Dossier, one: Explained, place: int, item: Mapping[str, Any]) -> Iterator[Requirement]:
    """A difference of an item: the right deed, the right versions, explained by changes of the release."""
    held, pointer = one.difference, f"/spec/items/{place}"
    if held.deed not in _DEEDS[action_of(item)]:
        says = f"{held.ref} is listed to {action_of(item)}, and is {held.deed} between the two baselines"
        yield _after(dossier, says, "Correct the action of the item.", "unmet", f"{pointer}/action")
    for field, side in (("from", held.before), ("to", held.after)):
        was = version_of(dossier.data(side.blob)) if side is not None else None
        if side is not None and was is not None and item.get(field) != was:
            name = dossier.spec["baseline_before" if field == "from" else "baseline_after"]
            says = f"{held.ref} is at {was} in {name}, and the release says {field}: {item.get(field, 'nothing')}"
            yield _after(dossier, says, "Correct the item, or freeze what is right.", "unmet", f"{pointer}/{field}")
    if one.standing != "explained":
        lacks = (
            "; ".join(dict.fromkeys(reason.lacks for reason in one.reasons if reason.lacks)) or "no commit tells why"
        )
        says = f"how {held.ref} came to differ is {one.standing}: {lacks}"
        yield _after(dossier, says, "Have a change explain it, or take the edit back.", "unmet", pointer)
    strange = sorted(set(one.changes) - dossier.called)
    if strange:
        says = f"{held.ref} was altered by {', '.join(strange)}, too, which the release does not list"
        yield _after(dossier, says, "List every change that altered it in spec.changes.", "unmet", "/spec/changes")
