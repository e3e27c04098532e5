"""What comes with a release: known errors on record, documents that are there, a roll-out at its time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.gate import calendar
from itsmctl.kinds.words import dotted
from itsmctl.release import law, tagging
from itsmctl.release.dossier import as_in
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier

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
    yield from unless("RELEASE_STATE", faults, now)
    lacks = dossier.kind.lifecycle.missing(as_in(dossier, law.aim(dossier))[1].data) if dossier.kind.lifecycle else ()
    yield from unless("RELEASE_DUE", (_lacking(dossier, since, pointers) for since, pointers in lacks))


def _lacking(dossier: Dossier, since: str, pointers: tuple[str, ...]) -> Requirement:
    what = " or ".join(dotted(one) for one in pointers)
    says = f"{what} is not written, and is due once a release is {since}"
    hint = f"itsmctl explain Release {pointers[0]} shows what stands there."
    return Requirement("RELEASE_DUE", "unmet", says, hint, dossier.record.path, pointers[0])


def rollout(dossier: Dossier) -> Iterator[Requirement]:
    """Ready is asked before the roll-out begins, done after it began."""
    yield from unless("ROLLOUT_TIME", _rollout(dossier))


def _rollout(dossier: Dossier) -> Iterator[Requirement]:
    path, name = dossier.record.path, dossier.record.name
    if not dossier.moments or "go_live" not in dossier.spec:
        says = "it cannot be told when the roll-out is, as no go_live is written that is a time"
        yield Requirement("ROLLOUT_TIME", "unknown", says, "Write spec.go_live.", path, "/spec")
        return
    begins = dossier.moments[0]
    if dossier.stage == "ready" and dossier.now >= begins:
        says = f"the roll-out began at {calendar.said(begins)}: whether it was ready can no longer be decided"
        hint = f"Ask itsmctl release check {name} --stage done, or plan another time."
        yield Requirement("ROLLOUT_TIME", "unmet", says, hint, path, "/spec/go_live")
    if dossier.stage == "done" and dossier.over is not None and dossier.now < dossier.over:
        says = f"the roll-out goes on until {calendar.said(dossier.over)}"
        yield Requirement("ROLLOUT_TIME", "waiting", says, "Ask again after it.", path, "/spec/go_live")


def known_errors(dossier: Dossier) -> Iterator[Requirement]:
    """What tests found is on record for whoever is called; what is fixed is so on record as well."""
    yield from unless("KNOWN_ERROR_GONE", _handed_over(dossier))
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


def _fixed(dossier: Dossier) -> Iterator[Requirement]:
    for name in dossier.spec.get("known_errors", {}).get("fixed", ()):
        record = dossier.head.get(f"KnownError/{name}")
        if record is not None and record.state not in ("fixed", "closed"):
            says = f"the release says that it fixes {name}, which is {record.state}"
            hint = "Set it to fixed once that was seen, or move it to known_errors.carried."
            yield Requirement("KNOWN_ERROR_OPEN", "unmet", says, hint, record.path, "/spec/state")


_PATH = re.compile(r"(?![A-Za-z][A-Za-z0-9+.-]*:)\S*[./]\S*")


def documents(dossier: Dossier) -> Iterator[Requirement]:
    """Documents that are named by path are in the commit. An address, or words, are not looked behind: see REL-16."""
    yield from unless("DOCUMENT_GONE", _documents(dossier))


def _documents(dossier: Dossier) -> Iterator[Requirement]:
    place = dossier.place
    for field, written in dossier.spec.get("documents", {}).items():
        if _PATH.fullmatch(written) is None:
            continue
        path = written.partition("#")[0].removeprefix("./")
        name = f"{place.tip.oid}:{place.prefix}{path}"
        is_path = bool(path) and "\n" not in name and ".." not in path.split("/")
        if not is_path or not place.bench.repo.ids([name])[0]:
            says = f"the document {field} is to be at {written}, and the commit holds no such file"
            hint = "Commit it, or correct its path, from the governed root."
            yield Requirement("DOCUMENT_GONE", "unmet", says, hint, dossier.record.path, f"/spec/documents/{field}")
