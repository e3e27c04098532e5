"""Is each item of a release where the stage wants it: at its version, with the digest of what was built and kept?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from itsmctl.drawing import count
from itsmctl.records import value_at
from itsmctl.release import law
from itsmctl.release.dossier import is_file
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Outcome

_ITEM = "ConfigurationItem"


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """All that is asked of the items one by one."""
    if not dossier.items:
        says = f"{dossier.record.name} lists no item, so that nobody can tell what it alters"
        yield _of(dossier, "ITEM_VERSION", "unmet", says, "List what it alters in spec.items, with from and to.", None)
        return
    yield from unless("ITEM_VERSION", _versions(dossier), count(len(dossier.items), "item"))
    yield from unless("ITEM_DIGEST", _digests(dossier), _compared(dossier))
    yield from unless("ITEM_MASTER", _masters(dossier))


def _of(
    dossier: Dossier, code: str, outcome: Outcome, says: str, hint: str, place: int | None, field: str = ""
) -> Requirement:
    pointer = "/spec/items" if place is None else f"/spec/items/{place}{field}"
    return Requirement(code, outcome, says, hint, dossier.record.path, pointer)


def action_of(item: Mapping[str, Any]) -> str:
    """add, remove or change."""
    return str(item.get("action", "change"))


def version_of(data: object) -> str | None:
    """The version of a record; None where it has none."""
    found = value_at(data, "/spec/version")
    return found if isinstance(found, str) else None


# --- versions


def _versions(dossier: Dossier) -> Iterator[Requirement]:
    seen: set[str] = set()
    for place, ref, item in dossier.items:
        if ref in seen:
            says = f"{ref} is listed twice, so that nobody can tell what becomes of it"
            yield _of(dossier, "ITEM_VERSION", "unmet", says, "List it once.", place)
            continue
        seen.add(ref)
        record = dossier.head.get(ref)
        if is_file(ref):
            yield from _file(dossier, place, ref, item)
        elif record is None and dossier.head.holds(ref):
            says = f"{ref} cannot be read, so that its version is not known"
            yield _of(dossier, "ITEM_VERSION", "unknown", says, "itsmctl validate says what is wrong with it.", place)
        elif record is not None and not record.sound:
            says = f"{ref} breaks its schema, so that its version is not known"
            yield _of(dossier, "ITEM_VERSION", "unknown", says, f"itsmctl validate {record.path}", place)
        else:
            yield from _record(dossier, place, ref, item, record)


def _file(dossier: Dossier, place: int, ref: str, item: Mapping[str, Any]) -> Iterator[Requirement]:
    """A file has no version: that it is there, or not."""
    is_there, action = bool(dossier.blob(dossier.place.tip.oid, ref)), action_of(item)
    if action == "remove" and is_there and dossier.stage == "done":
        yield _of(dossier, "ITEM_VERSION", "unmet", f"{ref} is to be removed, and is there", "Remove it.", place)
    elif action != "remove" and not is_there and (dossier.stage == "done" or action == "change"):
        says = f"{ref} is to be {'added' if action == 'add' else 'changed'}, and is not there"
        yield _of(dossier, "ITEM_VERSION", "unmet", says, "Write its path from the governed root.", place)


def _record(
    dossier: Dossier, place: int, ref: str, item: Mapping[str, Any], record: Record | None
) -> Iterator[Requirement]:
    action, is_done = action_of(item), dossier.stage == "done"
    at = version_of(record.data) if record is not None else None
    old, new = item.get("from"), item.get("to")
    if record is None:
        if action == "change" or (action == "add" and is_done):
            says = f"{ref} is to be {'changed' if action == 'change' else 'added'}, and there is no such record"
            yield _of(
                dossier, "ITEM_VERSION", "unmet", says, "Bring the record, or correct spec.items.", place, "/item"
            )
        return
    if action == "remove":
        if is_done:
            yield _of(dossier, "ITEM_VERSION", "unmet", f"{ref} is to be removed, and is there", "Remove it.", place)
        elif old is not None and at != old:
            yield _wrong(dossier, place, ref, at, [old], "/from")
        return
    if at is not None and (new is None or (action == "change" and old is None)):
        says = f"{ref} has a version, {at}, and the release does not say from which it goes to which"
        hint = "Write from and to of the item." if action == "change" else "Write to of the item."
        yield _of(dossier, "ITEM_VERSION", "unknown", says, hint, place)
        return
    wanted = [new] if is_done or action == "add" else [old, new]
    if at not in wanted:
        yield _wrong(dossier, place, ref, at, [str(one) for one in wanted if one is not None], "/to")


def _wrong(dossier: Dossier, place: int, ref: str, at: str | None, wanted: list[str], field: str) -> Requirement:
    when = "once the release is done" if dossier.stage == "done" else "before the roll-out"
    says = f"{ref} is at {at or 'no version'}, and {when} it is at {' or '.join(wanted)}"
    hint = "Merge the change that brings it there, or correct from and to of the item."
    return _of(dossier, "ITEM_VERSION", "unmet", says, hint, place, field)


# --- digests


def built(dossier: Dossier, ref: str, digest: object) -> list[str]:
    """The digests of the artefacts that become an item; where none names it, of the one with its digest: several items
    may be made of one artefact.
    """
    artefacts = dossier.spec.get("build", {}).get("artefacts", ())
    own = [one["digest"] for one in artefacts if "item" in one and _today(dossier, one["item"]) == ref]
    return list(dict.fromkeys(own)) or [one["digest"] for one in artefacts if one["digest"] == digest][:1]


def _today(dossier: Dossier, name: str) -> str:
    record = dossier.head.get(f"{_ITEM}/{name}")
    return record.ref if record is not None else f"{_ITEM}/{name}"


def _bare(dossier: Dossier) -> list[tuple[int, str]]:
    """(place, Kind/name) of the items that ship, and of which no digest is written anywhere.

    A record that is no configuration item is what ships itself: its content stands in the commit.
    """
    found = []
    for place, ref, item in dossier.items:
        record = dossier.head.get(ref)
        data = record.data if record is not None and record.sound else None
        own, master = item.get("digest"), value_at(data, "/spec/master/digest")
        if ref.startswith(f"{_ITEM}/") and action_of(item) != "remove":
            found += [] if own or master or built(dossier, ref, own) else [(place, ref)]
    return found


def _compared(dossier: Dossier) -> str:
    bare = [ref for _, ref in _bare(dossier)]
    if not bare:
        return ""
    name, says = law.without_digests(law.policies(dossier))
    return f"nothing was compared of {', '.join(bare)}, and {name} says why: {says}"


def _digests(dossier: Dossier) -> Iterator[Requirement]:
    """What was built is what the item says, and what the record of the item says once it is at that version."""
    bare = _bare(dossier)
    for place, ref in bare if not law.without_digests(law.policies(dossier))[1] else ():
        says = f"{ref}: there is nothing to compare, as no digest is written anywhere, so that any build may ship"
        hint = "Write the digest into spec.build.artefacts, spec.items and spec.master of the item. Where nothing "
        hint += "that has a digest is rolled out, have the release policy say so, and why, in spec.without_digests: "
        hint += "by a change, once the release is planned."
        yield _of(dossier, "ITEM_DIGEST", "unknown", says, hint, place)
    for place, ref, item in dossier.items:
        if not is_file(ref) and action_of(item) != "remove" and (place, ref) not in bare:
            yield from _digest(dossier, place, ref, item)


def _digest(dossier: Dossier, place: int, ref: str, item: Mapping[str, Any]) -> Iterator[Requirement]:
    record = dossier.head.get(ref)
    data = record.data if record is not None and record.sound else None
    own, master = item.get("digest"), value_at(data, "/spec/master/digest")
    artefacts = built(dossier, ref, own)
    if not (artefacts or own or value_at(data, "/spec/master")):
        return  # nothing is copied to anywhere
    lacking = [
        *([] if artefacts else ["the build lists no artefact for it (spec.build.artefacts)"]),
        *([] if own else ["the release writes no digest for it"]),
    ]
    arrived = data is not None and version_of(data) == item.get("to")
    if arrived and master is None:
        lacking.append("its record has none (spec.master.digest)")
    if lacking:
        says = f"{ref}: it cannot be told that what was accepted is what ships: {', and '.join(lacking)}"
        hint = "Write the digest in all of the places: artefact, item, and master copy."
        yield _of(dossier, "ITEM_DIGEST", "unknown", says, hint, place)
        return
    told = [*(("the build gave", one) for one in artefacts), ("the release ships", own)]
    told += [("the master copy is", master)] if arrived else []
    if len({digest for _, digest in told}) > 1:
        shown = ", ".join(f"{who} {_short(one)}" for who, one in told)
        hint = "Correct what is wrong; if another build ships, have that accepted."
        yield _of(dossier, "ITEM_DIGEST", "unmet", f"{ref}: {shown}", hint, place, "/digest")


def _short(digest: object) -> str:
    """Enough of a digest to tell two apart."""
    return f"{str(digest)[:19]}…"


def _masters(dossier: Dossier) -> Iterator[Requirement]:
    """A master copy is in a library that is open."""
    for _, ref, item in dossier.items:
        record = dossier.head.get(ref)
        master = value_at(record.data, "/spec/master") if record is not None and record.sound else None
        if not isinstance(master, dict) or action_of(item) == "remove" or record is None:
            continue
        name = master.get("library")
        library = dossier.head.get(f"Library/{name}") if name else None
        why = ""
        if not name:
            why = "it names no library"
        elif library is None or not library.sound:
            why = f"there is no library {name} that can be read"
        elif library.state != "active":
            why = f"library {name} is {library.state}"
        if why:
            says = f"the master copy of {ref} is {master['path']}, and {why}: nobody can compare it"
            hint = f"Name an active Library in spec.master.library of {record.path}."
            yield Requirement("ITEM_MASTER", "unmet", says, hint, record.path, "/spec/master")
