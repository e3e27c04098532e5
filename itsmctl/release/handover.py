"""What comes with a release: known errors on record, documents that are there, a roll-out at its time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from itsmctl.gate import calendar
from itsmctl.kinds.words import dotted
from itsmctl.release import beginning, law, silenced, tagging, trouble
from itsmctl.release.dossier import as_in
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.silenced import Silenced

BEFORE = ("planned", "building", "in-acceptance", "accepted")


def state(dossier: Dossier) -> Iterator[Requirement]:
    """Is the release in a state that fits the stage, with all that falls due where the stage leads?"""
    now, path = dossier.record.state, dossier.record.path
    steps = " or ".join(one.state for one in law.following(dossier)) or "nothing else"
    fitting = ("approved",) if dossier.stage == "ready" else tagging.OVER
    faults = []
    if now not in fitting:
        is_early = now in BEFORE if dossier.stage == "ready" else now in (*BEFORE, "approved", "rolling-out")
        hint = f"It may become {steps} next."
        if dossier.stage == "ready" and not is_early:
            hint = f"Ask itsmctl release check {dossier.record.name} --stage done. {hint}"
        wanted = " or ".join(fitting)
        says = (
            f"the release is {now}, and {'before' if dossier.stage == 'ready' else 'after'} its roll-out it is {wanted}"
        )
        faults.append(Requirement("RELEASE_STATE", "waiting" if is_early else "unmet", says, hint, path, "/spec/state"))
    elif beginning.came_from(dossier, dossier.record) == "backed-out":
        says, hint = f"the release is {now}, and was backed-out before that", "What is tried again is another release."
        faults.append(Requirement("RELEASE_STATE", "unmet", says, hint, path, "/spec/state"))
    elif dossier.spec.get("result") == "failed":
        says, hint = f"the release is {now}, and failed by its own word", "What is tried again is another release."
        faults.append(Requirement("RELEASE_STATE", "unmet", says, hint, path, "/spec/result"))
    yield from unless("RELEASE_STATE", faults, now)
    yield from due(dossier)


def due(dossier: Dossier) -> Iterator[Requirement]:
    """Is all written that falls due where the stage leads?"""
    lacks = dossier.kind.lifecycle.missing(as_in(dossier, law.aim(dossier))[1].data) if dossier.kind.lifecycle else ()
    yield from unless("RELEASE_DUE", (_lacking(dossier, since, pointers) for since, pointers in lacks))


def _lacking(dossier: Dossier, since: str, pointers: tuple[str, ...]) -> Requirement:
    what = " or ".join(dotted(one) for one in pointers)
    says = f"{what} is not written, and is due once a release is {since}"
    hint = f"itsmctl explain Release {pointers[0]} shows what stands there."
    return Requirement("RELEASE_DUE", "unmet", says, hint, dossier.record.path, pointers[0])


def rollout(dossier: Dossier) -> Iterator[Requirement]:
    """Ready is asked before the roll-out begins, done after it began."""
    yield from unless("ROLLOUT_TIME", _rollout(dossier), _moved(dossier))


def _moved(dossier: Dossier) -> str:
    """That it was moved after its time had come, in words: whoever decides should know."""
    begins, planned, late = dossier.begins, dossier.moments[:1], beginning.put_off(dossier)
    if begins is not None and planned and begins < planned[0]:
        said = calendar.said(planned[0])
        return f"it began at {calendar.said(begins)}, by the plan or the work of then; the plan of today says {said}"
    if late is not None and begins is not None:
        return f"put off to {calendar.said(begins)} after its time had come at {calendar.said(late)}"
    return ""


def _rollout(dossier: Dossier) -> Iterator[Requirement]:
    path, name = dossier.record.path, dossier.record.name
    if not dossier.moments or "go_live" not in dossier.spec:
        says = "it cannot be told when the roll-out is, as no go_live is written that is a time"
        yield Requirement("ROLLOUT_TIME", "unknown", says, "Write spec.go_live.", path, "/spec")
        return
    begins = dossier.begins or dossier.moments[0]
    is_on_its_way = beginning.is_begun(dossier, dossier.now.timestamp())
    if dossier.stage == "ready" and dossier.now >= begins:
        says = f"the roll-out began at {calendar.said(begins)}: whether it was ready can no longer be decided"
        hint = f"Ask itsmctl release check {name} --stage done"
        hint += ", or plan another time." if dossier.moments[0] == begins and not is_on_its_way else "."
        yield Requirement("ROLLOUT_TIME", "unmet", says, hint, path, "/spec/go_live")
    if dossier.stage == "done" and dossier.over is not None and dossier.now < dossier.over:
        says = f"the roll-out goes on until {calendar.said(dossier.over)}"
        yield Requirement("ROLLOUT_TIME", "waiting", says, "Ask again after it.", path, "/spec/go_live")


def known_errors(dossier: Dossier) -> Iterator[Requirement]:
    """What tests found is on record for whoever is called; what is fixed is so on record as well."""
    listed = any(dossier.spec.get("known_errors", {}).values())
    yield from unless("KNOWN_ERROR_GONE", _handed_over(dossier), "" if listed else "none is listed")
    hidden = list(silenced.silenced(dossier))
    turned = [one for one in hidden if _turned(one)]
    told = "; ".join(f"{one.ref} was about {one.about} until commit {one.commit[:7]}" for one in turned)
    yield from unless("KNOWN_ERROR_UNLISTED", chain(_unlisted(dossier), _silenced(dossier, hidden)), told)
    if dossier.stage == "done":
        yield from unless("KNOWN_ERROR_OPEN", _fixed(dossier))


def _handed_over(dossier: Dossier) -> Iterator[Requirement]:
    held = dossier.spec.get("known_errors", {})
    for field in ("carried", "found_in_test", "fixed"):
        for place, name in enumerate(held.get(field, ())):
            record, at = dossier.head.get(f"KnownError/{name}"), f"/spec/known_errors/{field}/{place}"
            if record is None or not record.sound:
                why = "is not on record" if record is None else "breaks its schema"
                says = f"the known error {name} {why}, so that nobody who is called finds it"
                hint = "itsmctl new KnownError writes one, with symptom and workaround."
                yield Requirement("KNOWN_ERROR_GONE", "unmet", says, hint, dossier.record.path, at)
            elif field != "fixed" and not record.data["spec"].get("workaround"):
                says = f"the known error {name} tells no workaround"
                hint = "Write what helps, or that nothing does, into spec.workaround."
                yield Requirement("KNOWN_ERROR_GONE", "unmet", says, hint, record.path, "/spec")


def _unlisted(dossier: Dossier) -> Iterator[Requirement]:
    """What is open with the release or its items, and it does not say so. What came after it is another story."""
    for ref, path in trouble.unreadable(dossier.head):
        says = f"{ref} cannot be read, so that nobody can tell whether it is about the release"
        yield Requirement("KNOWN_ERROR_UNLISTED", "unknown", says, f"itsmctl validate {path} says why.", path)
    for one in trouble.unlisted(dossier.head, dossier.record):
        if not one.is_later(dossier.roster.day):
            what, name = one.record.ref.replace("/", " ", 1), one.names.partition("/")[2]
            says = f"{what} is {one.record.state}, is about {name}, and the release does not list it"
            where = " or ".join(dotted(at) for at in trouble.LISTS[one.record.kind])
            hint = f"List it in {where}."
            hint += " Or list a known error of it." if one.record.kind == "Problem" else ""
            hint += "" if one.found else " If it was found after the roll-out, write the day into the record of it."
            if one.record.state not in trouble.OPEN[one.record.kind]:
                says = f"{what}, about {name}, is said to be {one.record.state}, and lacks what is due then"
                hint = f"itsmctl validate {one.record.path} says what."
            yield Requirement("KNOWN_ERROR_UNLISTED", "unmet", says, hint, dossier.record.path, "/spec")


def _turned(one: Silenced) -> bool:
    """Is it there, and about something else today? That may be right, so it is told, and decides nothing."""
    return not one.is_gone and not one.day


def _silenced(dossier: Dossier, hidden: Iterable[Silenced]) -> Iterator[Requirement]:
    """What was open with the release, and was taken away, or moved behind the roll-out."""
    for one in (one for one in hidden if not _turned(one)):
        what, at = one.ref.replace("/", " ", 1), one.commit[:12]
        if one.is_gone:
            says = f"{what} was open, about {one.about}, and was taken away with commit {at}"
            hint = f"Put it back: git checkout {at}^ -- {dossier.place.typed(one.path)}"
        else:
            says = f"{what}, about {one.about}, said until commit {at} that it was found on {one.day}"
            hint = f"List it in {' or '.join(map(dotted, trouble.LISTS[one.ref.partition('/')[0]]))}."
        yield Requirement("KNOWN_ERROR_UNLISTED", "unmet", says, hint, dossier.record.path, "/spec")


def _fixed(dossier: Dossier) -> Iterator[Requirement]:
    for name in dossier.spec.get("known_errors", {}).get("fixed", ()):
        record = dossier.head.get(f"KnownError/{name}")
        if record is not None and record.state not in ("fixed", "closed"):
            says = f"the release says that it fixes {name}, which is {record.state}"
            hint = "Set it to fixed once that was seen, or move it to known_errors.carried."
            yield Requirement("KNOWN_ERROR_OPEN", "unmet", says, hint, record.path, "/spec/state")


_ADDRESS = re.compile(r"https?://[^\s/]+\S*")
_SAID = ("training", "test_evidence", "authorisation")
"""Documents of which REL-16 takes a sentence, too; the others are opened at night, by somebody in a hurry."""

_A_FILE = re.compile(r"\S*|.*(?:/\S*|\.[A-Za-z0-9]{1,5})(?:#\S*)?")
"""What is one word, or ends like the path of a file, is meant as one."""


def documents(dossier: Dossier) -> Iterator[Requirement]:
    """Documents are files of the commit. Behind an address nobody looks, and a sentence is told as such."""
    yield from unless("DOCUMENT_GONE", _documents(dossier), _beside(dossier))


def _is_path(field: str, written: str) -> bool:
    """Is a file meant?"""
    if _ADDRESS.fullmatch(written) is not None:
        return False
    return field not in _SAID or _A_FILE.fullmatch(written) is not None


def _beside(dossier: Dossier) -> str:
    held = dossier.spec.get("documents", {})
    if not held:
        return "none is named"
    found = [(field, "by address" if _ADDRESS.fullmatch(one) else "in words") for field, one in held.items()]
    others = ", ".join(f"{field} {how}" for field, how in found if not _is_path(field, held[field]))
    return f"not looked behind: {others}" if others else ""


def files(dossier: Dossier) -> dict[str, str]:
    """Field → path from the governed root, of the documents that are files of the commit."""
    held = dossier.spec.get("documents", {})
    found = {field: one for field, one in held.items() if _is_path(field, one) and not _missing(dossier, one)}
    return {field: one.partition("#")[0].removeprefix("./") for field, one in found.items()}


def _documents(dossier: Dossier) -> Iterator[Requirement]:
    for field, written in dossier.spec.get("documents", {}).items():
        why = _missing(dossier, written) if _is_path(field, written) else ""
        if why:
            says = f"the document {field} is to be at {written}, and {why}"
            hint = "Commit it as a file, and write its path from the governed root, or write its address: https://…"
            yield Requirement("DOCUMENT_GONE", "unmet", says, hint, dossier.record.path, f"/spec/documents/{field}")


def _missing(dossier: Dossier, written: str) -> str:
    """Why there is no file with something in it at a path; "" where there is."""
    place = dossier.place
    path = place.prefix + written.partition("#")[0].removeprefix("./")
    if path in ("", place.prefix) or path.startswith("/") or {"..", ".", "", ".git"} & {*path.split("/")}:
        return "that is no path of a file in the repository"
    found = next((one for one in place.bench.repo.tree_files(place.tip.tree, path) if one.path == path), None)
    if found is None:
        return "the commit holds no such file"
    if found.mode not in ("100644", "100755"):
        return "what stands there is no plain file"
    return "" if place.bench.content(found.oid).strip() else "the file is empty"
