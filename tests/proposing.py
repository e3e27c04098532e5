"""Proposals from real repositories: records are written as data, merged at given times, and read back through git."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conftest import Repo
from msgspec.structs import replace
from world import SETTINGS

from itsmctl import canonical, gitdiscovery, rulebook, snapshot, sources, yamltext
from itsmctl.gate.history import Arrival, Aside, Landing, Written
from itsmctl.gate.model import Brought, Proposal, Touched
from itsmctl.records import same
from itsmctl.settings import view
from itsmctl.votes import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook
    from itsmctl.settings import View

FOUNDED = "2026-01-05T08:00:00Z"
NOW = "2026-11-22T08:00:00Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Story:
    """A governed repository, and what was merged into it when."""

    def __init__(self, repo: Repo, settings: str = "") -> None:
        self.repo = repo
        self.settings = f"{SETTINGS}{settings}"
        repo.write("itsm.yaml", self.settings)
        self.merge(FOUNDED)

    def home(self, kind: str, name: str) -> str:
        return book().law.home(book().kinds[kind].plural, name)

    def put(self, kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> Story:
        data = {
            "apiVersion": "itsm/v1",
            "kind": kind,
            "metadata": {"name": name, "title": f"{kind} {name}", "owner": "Role/operations", **metadata},
            "spec": spec,
        }
        self.repo.write(self.home(kind, name), json.dumps(data))
        return self

    def drop(self, kind: str, name: str) -> Story:
        (self.repo.path / self.home(kind, name)).unlink()
        return self

    def merge(self, at: str = "2026-11-01T08:00:00Z") -> Story:
        dated = {**self.repo.environ, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        one = Repo(self.repo.path, dated)
        one.git("add", "--all")
        one.git("commit", "--quiet", "--allow-empty", "--message", "more")
        return self

    def propose(self, now: str = NOW) -> Proposal:
        """What stands in the work tree now, as a head on what was merged last."""
        self.merge(now)
        return proposal(self.repo, "HEAD~1", "HEAD", moment(now), self.settings)


@dataclass(frozen=True)
class Past:
    """The first-parent history of a commit, read with plain git."""

    repo: Repo
    tip: str
    _held: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def line(self) -> list[tuple[str, int]]:
        said = self.repo.git("log", "--first-parent", "--reverse", "--format=%H %ct", self.tip)
        return [(oid, int(time)) for oid, time in (line.split() for line in said.splitlines())]

    def data(self, oid: str, ref: str) -> Mapping[str, Any] | None:
        kind, _, name = ref.partition("/")
        path = name if kind == "File" else book().law.home(book().kinds[kind].plural, name)
        listed = self.repo.git("ls-tree", oid, "--", path)
        if not listed:
            return None
        blob = listed.split()[2]
        if blob not in self._held:
            self._held[blob] = _read(self.repo.git("cat-file", "blob", blob).encode())
        found: dict[str, Any] | None = self._held[blob]
        return found

    def appeared(self, ref: str) -> int | None:
        return next((n for n, (oid, _) in enumerate(self.line) if self.data(oid, ref) is not None), None)

    def founding(self, ref: str) -> tuple[Mapping[str, Any] | None, ...]:
        founded = (oid for oid, _ in self.line if self.data(oid, "File/itsm.yaml") is not None)
        return tuple(self.data(oid, ref) for oid in [*founded][:1])

    def states_since(self, ref: str, place: int) -> tuple[str | None, ...]:
        held = [self.data(oid, ref) for oid, _ in self.line[place:]]
        states = [None if one is None else canonical.digest(one) for one in held]
        return tuple(one for at, one in enumerate(states) if not at or one != states[at - 1])

    def edits_since(self, ref: str, place: int) -> tuple[tuple[str | None, str | None], ...]:
        states = self.states_since(ref, max(place - 1, 0))
        return tuple((old, new) for old, new in pairwise(states) if old != new)

    def stood(self, ref: str, place: int) -> frozenset[str | None]:
        return frozenset(self.states_since(ref, place))

    def ever(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        return self.versions(ref)

    def versions(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        found: list[tuple[int, Mapping[str, Any] | None]] = []
        last: Mapping[str, Any] | None = None
        for oid, time in self.line:
            data = self.data(oid, ref)
            if (data is None) != (last is None) or not same(data, last):
                found.append((time, data))
            last = data
        return tuple(found)

    def places(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        held = [(place, self.data(oid, ref)) for place, (oid, _) in enumerate(self.line)]
        last = [None, *(data for _, data in held)]
        return tuple(
            one for one in held if (one[1] is None) != (last[one[0]] is None) or not same(one[1], last[one[0]])
        )

    def aside(self, ref: str) -> tuple[Aside, ...]:
        return ()

    def held(self, ref: str, place: int) -> Mapping[str, Any] | None:
        return self.data(self.line[place][0], ref)

    def authored(self, ref: str) -> tuple[Brought, ...]:
        return ()

    def landings(self, ref: str) -> tuple[Landing, ...]:
        held = ((place, self.line[place][1], data) for place, data in self.places(ref))
        return tuple(
            Landing(place, time, canonical.digest(dict(data)) if data is not None else None, data)
            for place, time, data in held
        )

    def arrivals(self, ref: str) -> tuple[Arrival, ...]:
        held = self.landings(ref)
        pairs = zip((None, *(one.digest for one in held)), held, strict=False)
        return tuple(Arrival(one.place, one.place, one.time, old, one.digest, one.data) for old, one in pairs)

    def written(self, ref: str) -> tuple[Written, ...]:
        return ()

    def makers(self, ref: str, before: str | None, after: str | None, since: int) -> tuple[Brought, ...]:
        return ()

    def used(self, ref: str) -> bool:
        kind, _, name = ref.partition("/")
        path = book().law.home(book().kinds[kind].plural, name)
        said = self.repo.git("log", "--format=", "--name-only", self.tip)
        return path.casefold() in {line.casefold() for line in said.splitlines()}


def _read(content: bytes) -> object:
    try:
        return yamltext.read(content)
    except yamltext.Refused:
        return None


def proposal(repo: Repo, base: str, head: str, now: datetime, settings: str) -> Proposal:
    """The head has the base as its parent, so that the merge result is the head."""
    held = gitdiscovery.discover(repo.path, repo.environ)
    assert held is not None
    law = replace(book(), settings=_view(settings))
    memo: dict[tuple[str, bytes], Any] = {}
    commits = [held.resolve(base), held.resolve(head)]
    before, after = (snapshot.read(sources.Commit(held, "", one), law.law, memo) for one in commits)
    edits = {}
    for ref in sorted({*before.records, *after.records}):
        old, new = before.records.get(ref), after.records.get(ref)
        if old is None or new is None or not same(old.data, new.data):
            edits[ref] = touch(old, new)
    paths = frozenset(repo.git("diff", "--name-only", base, head).splitlines())
    brought = (Brought(commits[1].oid, commits[1].time, (), paths, evidence_only=False),)
    history = Past(repo, commits[0].oid)
    return Proposal(
        before,
        after,
        law,
        commits[0].oid,
        commits[1].oid,
        commits[1].tree,
        "refs/heads/main",
        now,
        edits,
        {},
        brought,
        history,
    )


def touch(old: Record | None, new: Record | None) -> Touched:
    record = new or old
    assert record is not None
    kind = book().kinds[record.kind]
    digests = [canonical.digest(dict(one.data)) if one is not None else None for one in (old, new)]
    return Touched(Line(kind.name, record.name, *digests), old, new, record.path, kind.controlled, kind.governance)


@cache  # nothing changes it
def book() -> Rulebook:
    return rulebook.builtin()


@cache
def _view(settings: str) -> View:
    return view(settings.encode(), lambda _: False)
