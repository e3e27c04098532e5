"""Was the law that a release is judged by weakened behind the gate's back, once the release was planned?

Whoever may push can take a stage out of a release policy, or have a rule only told. What is made stricter hurts nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import covering
from itsmctl.baseline.scope import RELEASE
from itsmctl.errors import CannotJudge
from itsmctl.records import ROOT, value_at
from itsmctl.release import kept, landings, law
from itsmctl.release.requirement import Requirement, unless
from itsmctl.settings import FILE as SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier
    from itsmctl.snapshot import Snapshot

_CODE, _POLICY, _OFF = "LAW_WEAKENED", "ReleasePolicy", "switched off"


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """The release policies that the release follows, and the settings, against what they were when it was planned."""
    yield from unless(_CODE, _weakened(dossier), _ungated(dossier))


def _weakened(dossier: Dossier) -> Iterator[Requirement]:
    planned = _planned(dossier)
    if planned is None:
        return  # it was never on the branch: READY_THEN and the sign-offs tell that
    place, commit = planned
    told = list(_each(dossier, place, commit))
    yield from told or _others(dossier, place, commit)
    yield from _lowered(dossier, place, commit)


def _each(dossier: Dossier, place: int, commit: str) -> Iterator[Requirement]:
    """The policies that the release follows today, one by one."""
    for ref in _followed(dossier):
        was, blobs = dossier.data(dossier.blob(commit, ref)), [dossier.blob(dossier.then.oid, ref)]
        blobs += [dossier.blob(dossier.place.tip.oid, ref)]
        for now in map(dossier.data, dict.fromkeys(one for one in blobs if one)):
            how = "; ".join(_weaker(dossier.today(was, _POLICY), dossier.today(now, _POLICY)))
            lacks, record = _not_let_in(dossier, ref, place) if how else "", dossier.head.get(ref)
            if lacks:
                deed = "was weakened" if was is not None else "came"
                says = f"{ref} {deed} after the release was planned: {how}. No gate let that in: {lacks}"
                path = record.path if record is not None else ""
                yield Requirement(_CODE, "unmet", says, _hint(dossier, commit, ref), path, "/spec/stages")
                break


def _others(dossier: Dossier, place: int, commit: str) -> Iterator[Requirement]:
    """All that it followed by then: one that is over, gone, or not asked first any more may have asked for more. Where
    no policy is left, SIGNOFF_LACKS tells that.
    """
    folder = f"{dossier.place.prefix}{ROOT}/{dossier.book.kinds[_POLICY].plural}"
    since = dict.fromkeys((dossier.then.oid, dossier.place.tip.oid))
    first, *later = dossier.place.repo.ids([f"{oid}:{folder}" for oid in (commit, *since)])
    try:
        for oid in [oid for oid, tree in zip(since, later, strict=True) if tree != first]:
            old, now = dossier.records_at(commit), _together(dossier, dossier.records_at(oid))
            how = "; ".join(_weaker(_together(dossier, old), now)) if value_at(now, "/spec/stages") else ""
            found = next(_altered(dossier, place, old), None) if how else None
            if found is not None:
                ref, path, lacks = found
                says = f"the release policies ask for less than when the release was planned: {how}. "
                says += f"What became of {ref} no gate let in: {lacks}"
                yield Requirement(_CODE, "unmet", says, _hint(dossier, commit, ref), path, "/spec")
                return
    except CannotJudge as error:
        says = f"it cannot be told what the release policies asked when the release was planned: {error.message}"
        yield Requirement(_CODE, "unknown", says, error.hint, dossier.record.path, "/spec")


def _together(dossier: Dossier, records: Snapshot) -> object:
    """What the policies that the release follows among these records come to, as one of them: see `law`."""
    held = law.policies(dossier, records)
    asked = {"stages": law.stages(held), "without_digests": law.without_digests(held)[1]}
    return dossier.today({**dossier.record.data, "spec": asked}, _POLICY)


def _altered(dossier: Dossier, since: int, old: Snapshot) -> Iterator[tuple[str, str, str]]:
    """(Kind/name, path, why) of each policy that no gate let be altered, removed or brought since then."""
    known = {one.ref: one.path for one in (*old.by_kind.get(_POLICY, ()), *dossier.head.by_kind.get(_POLICY, ()))}
    for ref, path in sorted(known.items()):
        record = dossier.head.get(ref)
        today = record.ref if record is not None else ref
        lacks = _not_let_in(dossier, today, since)
        if lacks:
            yield today, path, lacks


def _hint(dossier: Dossier, commit: str, ref: str) -> str:
    held = landings.paths(ref, dossier.head, dossier.past)
    there = dossier.place.repo.ids([f"{commit}:{path}" for path in held])
    path = next((path for path, blob in zip(held, there, strict=True) if blob), "")
    if not path:
        anew = "then have a change bring it under another name, as names are never used again, before the roll-out"
        return f"Take it away, as there was none when the release was planned; {anew}."
    shown = f"git show {commit[:12]}:{path}"
    return f"Put back what stood there, as {shown} shows it; then have a change alter it, before the roll-out."


def _planned(dossier: Dossier) -> tuple[int, str] | None:
    """(place on the line, commit) of what first brought the release; None where nothing did."""
    line = landings.line(dossier.place.bench, dossier.place.tip.oid, dossier.head, dossier.past, [dossier.record.ref])
    first = next(iter(line.landings), None)
    return (first.place, first.oid) if first is not None else None


def _followed(dossier: Dossier) -> list[str]:
    return [f"{_POLICY}/{one['metadata']['name']}" for one in law.policies(dossier)]


def _weaker(was: object, now: object) -> Iterator[str]:
    """In what a policy asks less than it did, in words."""
    if was is None:
        yield "there was none of that name before"
        return
    old, new = (value_at(one, "/spec/stages") for one in (was, now))
    if isinstance(old, list):
        held = {str(value_at(one, "/name")): one for one in new} if isinstance(new, list) else {}
        for stage in old:
            name = str(value_at(stage, "/name"))
            mine = held.get(name)
            if mine is None:
                yield f"the stage {name} is gone"
                continue
            if _roles(mine) - _roles(stage):
                yield f"other roles may sign {name} off"
            for flag in ("independent", "signed"):
                if value_at(stage, f"/{flag}") is True and value_at(mine, f"/{flag}") is not True:
                    yield f"{name} is not {flag} any more"
    if not value_at(was, "/spec/without_digests") and value_at(now, "/spec/without_digests"):
        yield "digests may be left out"


def _roles(stage: object) -> set[str]:
    found = value_at(stage, "/roles")
    return {str(one) for one in found} if isinstance(found, list) else set()


def _not_let_in(dossier: Dossier, ref: str, since: int) -> str:
    """Why the gate did not let in what altered it after a place on the line; "" where it did."""
    place = dossier.place
    line = landings.line(place.bench, place.tip.oid, dossier.head, dossier.past, [ref])
    early = covering.ungoverned(dossier.past, SETTINGS, [one.oid for one in line.landings])
    for landing in line.landings:
        if landing.place > since and landing.oid not in early:
            _, lacks = kept.let_through(dossier, landing, ref)
            if lacks:
                return lacks
    return ""


def _lowered(dossier: Dossier, since: int, commit: str) -> Iterator[Requirement]:
    """Rules on releases that the settings have only told, or switched off, since then."""
    ref = f"{FILE}/{SETTINGS}"
    old, new = (_quiet(dossier.data(dossier.blob(at, ref))) for at in (commit, dossier.place.tip.oid))
    mine = {one.rule.id for one in dossier.book.policies if RELEASE in one.kinds}
    less = {rule: how for rule, how in new.items() if rule in mine and old.get(rule) not in (how, _OFF)}
    lacks = _not_let_in(dossier, ref, since) if less else ""
    if lacks:
        told = " and ".join(f"{rule} {how}" for rule, how in sorted(less.items()))
        says = f"the settings have {told}, since after the release was planned. No gate let that in: {lacks}"
        yield Requirement(_CODE, "unmet", says, _hint(dossier, commit, ref), SETTINGS, "/policies")


def _quiet(settings: object) -> dict[str, str]:
    """Rule → how the settings keep it from denying anything, in words."""
    levels, off = (value_at(settings, f"/policies/{field}") for field in ("severity", "off"))
    found = {
        rule: "only told" for rule, level in (levels.items() if isinstance(levels, dict) else ()) if level == "info"
    }
    return found | {str(value_at(one, "/rule")): _OFF for one in (off if isinstance(off, list) else ())}


def _ungated(dossier: Dossier) -> str:
    """Which of the policies are as no gate let them in, in words: they count, and people should know."""
    found = []
    for ref in _followed(dossier):
        line = landings.line(dossier.place.bench, dossier.place.tip.oid, dossier.head, dossier.past, [ref])
        early = covering.ungoverned(dossier.past, SETTINGS, [one.oid for one in line.landings])
        bare = [one.oid[:7] for one in line.landings if one.oid not in early and not one.covers[ref]]
        found += [f"{ref} as no change brought it, in {bare[-1]}"] if bare else []
    return "; ".join(found)
