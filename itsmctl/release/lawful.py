"""Was the law that a release is judged by weakened behind the gate's back, once the release was planned?

Whoever may push can take a stage out of a release policy, or have a rule only told (see softened). What is
made stricter hurts nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import covering
from itsmctl.errors import CannotJudge
from itsmctl.records import ROOT, value_at
from itsmctl.release import landings, law, slipped, softened
from itsmctl.release.requirement import Requirement, unless
from itsmctl.settings import FILE as SETTINGS

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier
    from itsmctl.snapshot import Snapshot

_CODE, _POLICY = "LAW_WEAKENED", "ReleasePolicy"


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
    yield from softened.judge(dossier, place, commit)


def _each(dossier: Dossier, place: int, commit: str) -> Iterator[Requirement]:
    """The policies that the release follows today, one by one."""
    for ref in _followed(dossier):
        was, record = dossier.blob(commit, ref), dossier.head.get(ref)

        def how(oid: str, ref: str = ref, was: str = was) -> str:
            """In what it asks less at a commit, in words."""
            now = dossier.blob(oid, ref)
            both = (dossier.today(dossier.data(one), _POLICY) for one in (was, now))
            return "; ".join(_weaker(*both)) if now != was else ""

        for oid in dict.fromkeys((dossier.then.oid, dossier.place.tip.oid)):
            weak = how(oid) if dossier.blob(oid, ref) else ""
            lacks = slipped.why(dossier, ref, place, oid, lambda at: bool(how(at))) if weak else ""
            if lacks:
                says = f"{ref} was weakened after the release was planned: {weak}. No gate let that in: {lacks}"
                path = record.path if record is not None else ""
                yield Requirement(_CODE, "unmet", says, slipped.hint(dossier, commit, ref), path, "/spec/stages")
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
            how = _less(dossier, commit, oid)
            found = next(_altered(dossier, place, commit, oid), None) if how else None
            if found is not None:
                ref, path, lacks = found
                says = f"the release policies ask for less than when the release was planned: {how}. "
                says += f"What became of {ref} no gate let in: {lacks}"
                yield Requirement(_CODE, "unmet", says, slipped.hint(dossier, commit, ref), path, "/spec")
                return
    except CannotJudge as error:
        says = f"it cannot be told what the release policies asked when the release was planned: {error.message}"
        yield Requirement(_CODE, "unknown", says, error.hint, dossier.record.path, "/spec")


def _together(dossier: Dossier, records: Snapshot) -> object:
    """What the policies that the release follows among these records come to, as one of them: see `law`."""
    held = law.policies(dossier, records)
    asked = {"stages": law.stages(held), "without_digests": law.without_digests(held)[1]}
    return dossier.today({**dossier.record.data, "spec": asked}, _POLICY)


def _less(dossier: Dossier, planned: str, oid: str) -> str:
    """In what all policies of a commit together ask less than those of another, in words; "" where none is left."""
    now = _together(dossier, dossier.records_at(oid))
    held = value_at(now, "/spec/stages")
    return "; ".join(_weaker(_together(dossier, dossier.records_at(planned)), now)) if held else ""


def _altered(dossier: Dossier, since: int, planned: str, until: str) -> Iterator[tuple[str, str, str]]:
    """(Kind/name, path, why) of each policy that no gate let be altered, removed or brought since then."""

    def is_weak(oid: str) -> bool:
        try:
            return bool(_less(dossier, planned, oid))
        except CannotJudge:
            return True  # nobody can tell that it was put back there

    old = dossier.records_at(planned)
    known = {one.ref: one.path for one in (*old.by_kind.get(_POLICY, ()), *dossier.head.by_kind.get(_POLICY, ()))}
    for ref, path in sorted(known.items()):
        record = dossier.head.get(ref)
        today = record.ref if record is not None else ref
        lacks = slipped.why(dossier, today, since, until, is_weak)
        if lacks:
            yield today, path, lacks


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
        yield "it came only then"
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


def _ungated(dossier: Dossier) -> str:
    """Which of the policies are as no gate let them in, in words: they count, and people should know."""
    found = []
    for ref in _followed(dossier):
        line = landings.line(dossier.place.bench, dossier.place.tip.oid, dossier.head, dossier.past, [ref])
        early = covering.ungoverned(dossier.past, SETTINGS, [one.oid for one in line.landings])
        bare = [one.oid[:7] for one in line.landings if one.oid not in early and not one.covers[ref]]
        found += [f"{ref} as no change brought it, in {bare[-1]}"] if bare else []
    return "; ".join(found)
