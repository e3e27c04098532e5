"""Were rules, settings or schemas that a release is judged by made to ask less behind the gate, since it was planned?

A rule counts where its findings deny: on releases unless it is only told, on what a release relies on as an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import rulebook, sources
from itsmctl.baseline.scope import RELEASE
from itsmctl.errors import CannotJudge
from itsmctl.records import value_at
from itsmctl.release import kept, relied, slipped
from itsmctl.release.requirement import Requirement
from itsmctl.settings import FILE as SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.policy import Policy
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.landings import Landing
    from itsmctl.rulebook import Rulebook

_CODE = "LAW_WEAKENED"
_FOLDERS = ("policies", "schemas")
_JUDGES = ("match", "needs", "let", "assert")
"""What of a rule decides; all else is words."""


class _Asked(Struct, frozen=True):
    """Of one rule, or of the schema of a kind. `areas`: where it denies. `body`: what it asks, as one text.

    `how`: what keeps it from denying, in words; `path`: of the file that says all that.
    """

    areas: frozenset[str]
    body: str
    how: str
    path: str


_Law = Mapping[str, _Asked]
"""What is asked of a release and of what it relies on: "the rule REL-01", or "the schema of Widget" → how."""


class _Less(Struct, frozen=True):
    """Something that asks less than when the release was planned: what, how, and in which file."""

    what: str
    how: str
    path: str
    body: str  # tells one way of asking less from another


def judge(dossier: Dossier, place: int, planned: str) -> Iterator[Requirement]:
    """What asks less at the tip than at the commit of the line, at `place`, that planned the release; and of rules on
    releases, also when the roll-out began.
    """
    held = dict.fromkeys((dossier.place.tip.oid, dossier.then.oid))
    law = _files(dossier, planned)
    for oid in (oid for oid in held if _files(dossier, oid) != law):
        areas = frozenset((RELEASE,)) if oid != dossier.place.tip.oid else _areas(dossier)
        try:
            faults = list(_faults(dossier, areas, place, planned, oid))
        except CannotJudge as error:
            faults = list(_untold(dossier, place, oid, error))
        if faults:
            yield from faults
            return


def _areas(dossier: Dossier) -> frozenset[str]:
    """The kinds of what is judged: the release, and all that it relies on."""
    return frozenset((RELEASE, *(one.kind for one in relied.records(dossier).values())))


def _files(dossier: Dossier, oid: str) -> tuple[str, ...]:
    prefix = dossier.place.prefix
    return tuple(dossier.place.repo.ids([f"{oid}:{prefix}{one}" for one in (SETTINGS, *_FOLDERS)]))


def _faults(dossier: Dossier, areas: frozenset[str], place: int, planned: str, until: str) -> Iterator[Requirement]:
    """One for each file that has something ask less, and was not let in like that."""
    old = _law(dossier, planned, areas)
    less = _weaker(old, _law(dossier, until, areas))
    lacks = _not_let_in(dossier, old, areas, place, until) if less else {}
    by_path: dict[str, list[_Less]] = {}
    for one in sorted(less & lacks.keys(), key=lambda one: (one.path, one.what)):
        by_path.setdefault(one.path, []).append(one)
    for path, found in by_path.items():
        said = " and ".join(f"{one.what} {one.how}" for one in found)
        says = f"the settings have {said}" if path == SETTINGS else f"{path} has {said}"
        says += f", since after the release was planned. No gate let that in: {lacks[found[0]]}"
        hint, pointer = slipped.hint(dossier, planned, f"{FILE}/{path}"), "/policies" if path == SETTINGS else ""
        if until != dossier.place.tip.oid:
            says = f"when the roll-out began, {says}"
            hint = "What it was rolled out by stays so. Plan what is still to come as another release."
        yield Requirement(_CODE, "unmet", says, hint, path, pointer)


def _not_let_in(dossier: Dossier, old: _Law, areas: frozenset[str], place: int, until: str) -> dict[_Less, str]:
    """What asks less at a commit of the line → why the gate did not let in what made it do so."""
    before: frozenset[_Less] = frozenset()
    found: dict[_Less, str] = {}
    waiting: list[Landing] = []
    for landing in slipped.since(dossier, _refs(dossier), place, until):
        waiting.append(landing)
        try:
            now = _weaker(old, _law(dossier, landing.oid, areas))
        except CannotJudge:
            continue  # what came of it shows where the law can be read again
        lacks = _lacks(dossier, waiting) if now - before else ""
        found = {one: why for one, why in found.items() if one in now}
        found |= dict.fromkeys(now - before, lacks) if lacks else {}
        before, waiting = now, []
    return found


def _lacks(dossier: Dossier, landings: list[Landing]) -> str:
    """Why the gate did not let through one of the law's files in one of the landings; "" where it let all through."""
    both = ((one, ref) for one in landings for ref in one.covers)
    return next((lacks for one, ref in both if (lacks := kept.let_through(dossier, one, ref)[1])), "")


def _refs(dossier: Dossier) -> list[str]:
    """`File/path` of the settings, and of each rule and schema of the repository's own that ever was."""
    prefix = dossier.place.prefix
    line = dossier.place.bench.first_parents(dossier.place.tip.oid, [f"{prefix}{one}" for one in _FOLDERS])
    paths = (edit.path.removeprefix(prefix) for landed in line for edit in landed.edits)
    own = (path for path in paths if path.partition("/")[0] in _FOLDERS)
    return [f"{FILE}/{SETTINGS}", *dict.fromkeys(f"{FILE}/{path}" for path in own)]


def _untold(dossier: Dossier, place: int, until: str, error: CannotJudge) -> Iterator[Requirement]:
    """A law of then cannot be read today: where the gate let in all that came of it, that need not be."""
    lacks = _lacks(dossier, slipped.since(dossier, _refs(dossier), place, until))
    if lacks:
        says = f"it cannot be told whether rules ask less than when the release was planned: {error.message}. What "
        says += f"became of them no gate let in: {lacks}"
        hint = "Plan what is still to come as another release: it is held against the law of the day it is planned."
        yield Requirement(_CODE, "unknown", says, hint, dossier.record.path, "/spec")


def _law(dossier: Dossier, oid: str, areas: frozenset[str]) -> _Law:
    """What the law of a commit asks. Raises CannotJudge where it cannot be used."""
    place = dossier.place
    if oid == place.tip.oid:
        book = dossier.book
    else:
        book = rulebook.load(sources.Commit(place.bench.repo, place.prefix, place.bench.revision(oid)))
    found = {f"the rule {one.rule.id}": _asked(dossier, oid, book, one, areas) for one in book.policies}
    for kind in (book.kinds.by_name.get(name) for name in sorted(areas)):
        if kind is not None and not kind.builtin:
            found[f"the schema of {kind.name}"] = _Asked(frozenset((kind.name,)), _text(kind.written), "", kind.path)
    return found


def _asked(dossier: Dossier, oid: str, book: Rulebook, one: Policy, areas: frozenset[str]) -> _Asked:
    rule, off = one.rule, one.rule.id in book.off
    is_set = off or rule.id in book.settings.severity
    is_told = rule.severity == "info" or rule.enforcement == "advisory"
    counts = {RELEASE: not is_told}
    found = {
        kind for kind in areas.intersection(one.kinds) if counts.get(kind, not is_told and rule.severity == "error")
    }
    how = "switched off" if off else "only told" if is_told else ""
    how = how or ("as warnings only" if rule.severity == "warning" else "ask something else")
    body = ""
    if not one.builtin:
        spec = value_at(dossier.data(dossier.blob(oid, f"{FILE}/{rule.path}")), "/spec")
        body = _text({key: spec.get(key) for key in _JUDGES}) if isinstance(spec, dict) else ""
    path = SETTINGS if is_set or one.builtin else rule.path
    return _Asked(frozenset() if off else frozenset(found), body, how, path)


def _text(data: object) -> str:
    return json.dumps(data, sort_keys=True)


def _weaker(old: _Law, new: _Law) -> frozenset[_Less]:
    """All that asks less than it did. What asks something else may do so: nobody can tell that it does not."""
    found = set()
    for what, was in old.items():
        now = new.get(what)
        if was.areas and now is None:
            found.add(_Less(what, "no more", was.path, ""))
        elif was.areas and now is not None and was.areas - now.areas:
            found.add(_Less(what.removeprefix("the rule "), now.how, now.path, now.body))
        elif was.areas and now is not None and was.body != now.body:
            found.add(_Less(what, "ask something else", now.path, now.body))
    return frozenset(found)
