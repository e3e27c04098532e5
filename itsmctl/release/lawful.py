"""Was the law that a release is judged by weakened behind the gate's back, once the release was planned?

Whoever may push can take a stage out of a release policy, or have a rule only told. What is made stricter hurts nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import covering
from itsmctl.baseline.scope import RELEASE
from itsmctl.records import value_at
from itsmctl.release import kept, landings, law
from itsmctl.release.requirement import Requirement, unless
from itsmctl.settings import FILE as SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier

_CODE, _POLICY = "LAW_WEAKENED", "ReleasePolicy"


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """The release policies that the release follows, and the settings, against what they were when it was planned."""
    yield from unless(_CODE, _weakened(dossier), _ungated(dossier))


def _weakened(dossier: Dossier) -> Iterator[Requirement]:
    planned = _planned(dossier)
    if planned is None:
        return  # it was never on the branch: READY_THEN and the sign-offs tell that
    place, commit = planned
    for ref in _followed(dossier):
        was, blobs = dossier.data(dossier.blob(commit, ref)), [dossier.blob(dossier.then.oid, ref)]
        blobs += [dossier.blob(dossier.place.tip.oid, ref)]
        for now in map(dossier.data, dict.fromkeys(one for one in blobs if one)):
            how = "; ".join(_weaker(dossier.today(was, _POLICY), dossier.today(now, _POLICY)))
            lacks, path = _not_let_in(dossier, ref, place) if how else "", _path(dossier, ref)
            if lacks:
                says = f"{ref} was weakened after the release was planned: {how}. No gate let that in: {lacks}"
                yield Requirement(_CODE, "unmet", says, _hint(dossier, commit, path), path, "/spec/stages")
                break
    yield from _lowered(dossier, place, commit)


def _path(dossier: Dossier, ref: str) -> str:
    record = dossier.head.get(ref)
    return record.path if record is not None else ""


def _hint(dossier: Dossier, commit: str, path: str) -> str:
    shown = f"git show {commit[:12]}:{dossier.place.prefix}{path}"
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
    """Rules on releases that the settings have only told since then."""
    ref = f"{FILE}/{SETTINGS}"
    was, now = (dossier.data(dossier.blob(at, ref)) for at in (commit, dossier.place.tip.oid))
    old, new = (value_at(one, "/policies/severity") for one in (was, now))
    mine = {one.rule.id for one in dossier.book.policies if RELEASE in one.kinds}
    less = [
        rule
        for rule, level in (new.items() if isinstance(new, dict) else ())
        if rule in mine and level == "info" and (not isinstance(old, dict) or old.get(rule) != "info")
    ]
    lacks = _not_let_in(dossier, ref, since) if less else ""
    if lacks:
        says = f"the settings have {', '.join(sorted(less))} only told, since after the release was planned. "
        says += "No gate let that in: "
        yield Requirement(
            _CODE, "unmet", says + lacks, _hint(dossier, commit, SETTINGS), SETTINGS, "/policies/severity"
        )


def _ungated(dossier: Dossier) -> str:
    """Which of the policies are as no gate let them in, in words: they count, and people should know."""
    found = []
    for ref in _followed(dossier):
        line = landings.line(dossier.place.bench, dossier.place.tip.oid, dossier.head, dossier.past, [ref])
        early = covering.ungoverned(dossier.past, SETTINGS, [one.oid for one in line.landings])
        bare = [one.oid[:7] for one in line.landings if one.oid not in early and not one.covers[ref]]
        found += [f"{ref} as no change brought it, in {bare[-1]}"] if bare else []
    return "; ".join(found)
