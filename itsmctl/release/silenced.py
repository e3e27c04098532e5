"""Known errors and problems that were open with a release, and of which the tip says nothing any more. Reads the line.

Such records are edited without anybody's vote, so that one edit could hide what is wrong with a release.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.records import ROOT, value_at
from itsmctl.release import frozen, trouble

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier


class Silenced(Struct, frozen=True):
    """`ref`: `Kind/name` as it was; `path`: where it stood, from the top of git; `about`: what of the release it named.

    `commit`: of the line, that took it away, or turned it. `day`: on which it said that it was found, where it now says
    one after the roll-out; "" else. `is_gone`: is there no such record any more?
    """

    ref: str
    path: str
    about: str
    commit: str
    is_gone: bool
    day: str = ""


def silenced(dossier: Dossier) -> Iterator[Silenced]:
    """Each once, by the last edit that hid it. What the release lists all the same is none."""
    head, release = dossier.head, dossier.record
    concern, listed = trouble.Concern.of(head, release), trouble.lists(head, release)
    later = {one.record.ref for one in trouble.unlisted(head, release) if one.is_later(dossier.roster.day)}
    told: dict[str, Silenced] = {}
    gone: dict[str, str] = {}  # path → the commit that took it away last
    for kind, path, commit, old, is_last in _edits(dossier):
        gone |= {path: commit} if is_last else {}
        name, about = value_at(old, "/metadata/name"), concern.about(kind, old)
        is_open = value_at(old, "/spec/state") in trouble.OPEN[kind]
        found = trouble.found_on(kind, old)
        if not about or not is_open or not isinstance(name, str) or _is_after(dossier, found):
            continue
        record = head.get(f"{kind}/{name}")
        if record is None and f"{kind}/{name}" not in head.unread:
            told[f"{kind}/{name}"] = Silenced(f"{kind}/{name}", path, about, commit, True)
        elif record is not None and record.sound and record.ref not in listed:
            if not concern.about(kind, record.data):
                told[record.ref] = Silenced(record.ref, path, about, commit, False)
            elif found and record.ref in later:
                told[record.ref] = Silenced(record.ref, path, about, commit, False, found)
    for _, one in sorted(told.items()):
        yield replace(one, commit=gone.get(one.path, one.commit)) if one.is_gone else one


def _is_after(dossier: Dossier, found: str) -> bool:
    """Did it say then that it was found on a day after the roll-out?"""
    return trouble.is_after(trouble.went(dossier.head, dossier.record), found, dossier.roster.day)


def _edits(dossier: Dossier) -> Iterator[tuple[str, str, str, object, bool]]:
    """(kind, path, commit, data before, was it taken away there?) of each edit since the release was planned, or its
    baseline before was frozen: from there on whatever date a commit gives itself, which its maker writes.
    """
    place, since = dossier.place, [at for at, _ in dossier.versions[:1]]
    before = frozen.manifest(dossier, dossier.spec.get("baseline_before"))
    since += [place.bench.revision(before.source.commit).time] if before is not None else []
    folders = {f"{place.prefix}{ROOT}/{dossier.book.kinds[kind].plural}": kind for kind in trouble.OPEN}
    line = place.bench.first_parents(place.tip.oid, list(folders))
    for landed in dropwhile(lambda one: one.time < min(since, default=0), line):
        for edit in landed.edits:
            kind = next((kind for folder, kind in folders.items() if edit.path.startswith(f"{folder}/")), "")
            if kind and edit.before is not None:
                yield kind, edit.path, landed.oid, dossier.data(edit.before[1]), edit.after is None
