"""When the items of a release were altered on the branch, by which changes: read from first-parent history alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import covering
from itsmctl.baseline.origins import listed
from itsmctl.gate.spending import names
from itsmctl.records import ROOT, value_at
from itsmctl.settings import FILE as FILE_OF_SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Landed
    from itsmctl.kinds import Kinds
    from itsmctl.past import Past
    from itsmctl.snapshot import Snapshot


COVERING = ("approved", "scheduled", "implementing", "backed-out")
"""States in which a change covers edits. In a rebase merge the edit may come before the change is begun."""


class Landing(Struct, frozen=True):
    """One commit of the first-parent line that altered items. `place` counts from 0, the oldest.

    `covers`: item → the changes in play with that commit that list it. `parent` is "" of the first commit of all.
    """

    place: int
    oid: str
    parent: str
    time: int
    covers: Mapping[str, frozenset[str]]

    def of(self, changes: Iterable[str]) -> frozenset[str]:
        """Those of the changes that cover anything here."""
        wanted = frozenset(changes)
        return frozenset(name for found in self.covers.values() for name in found if name in wanted)


class Line(Struct, frozen=True):
    """The first-parent line up to the tip, oldest first, and what landed on it."""

    commits: tuple[Landed, ...]
    landings: tuple[Landing, ...]

    def place(self, oid: str) -> int | None:
        """Where a commit stands on the line; None where it does not."""
        return next((place for place, one in enumerate(self.commits) if one.oid == oid), None)

    def first(self, changes: Iterable[str], items: Iterable[str]) -> Landing | None:
        """The first merge in which any of the changes altered any of the items."""
        wanted, things = frozenset(changes), frozenset(items)
        for one in self.landings:
            if any(found & wanted for item, found in one.covers.items() if item in things):
                return one
        return None


def called(ref: str, head: Snapshot) -> tuple[str, ...]:
    """`Kind/name` by every name that the record has or had; of a file and of what is not there just the one."""
    record = head.get(ref)
    return tuple(dict.fromkeys((ref, *(names(record) if record is not None else ()))))


def paths(ref: str, head: Snapshot, past: Past) -> tuple[str, ...]:
    """Every path, from the top of the repository, that the record or file ever stood at."""
    kind, _, name = ref.partition("/")
    if kind == FILE:
        return (past.prefix + name,)
    known = head.law.kinds.get(kind)
    if known is None:
        return ()
    held = (past.paths_of(known.plural, one.partition("/")[2]) for one in called(ref, head))
    return tuple(path for places in held for path in places)


def line(bench: Bench, tip: str, head: Snapshot, past: Past, items: Iterable[str]) -> Line:
    """The line up to `tip`, with every commit that altered one of the items (`Kind/name` or `File/path`)."""
    at = {path: ref for ref in items for path in paths(ref, head, past)}
    files = [path for path, ref in at.items() if ref.startswith(f"{FILE}/")]
    commits = bench.first_parents(tip, [past.prefix + ROOT, *files])
    touched = {
        place: dict.fromkeys(at[edit.path] for edit in one.edits if edit.path in at)
        for place, one in enumerate(commits)
    }
    touched = {place: refs for place, refs in touched.items() if refs}
    aliases = {ref: frozenset(called(ref, head)) for ref in dict.fromkeys(at.values())}
    covers = _covers(past, head.law.kinds, [commits[place].oid for place in touched], aliases)
    found = []
    for place, refs in touched.items():
        one = commits[place]
        parent = commits[place - 1].oid if place else ""
        held = {ref: frozenset(name for name, items in covers[one.oid].items() if items & aliases[ref]) for ref in refs}
        found.append(Landing(place, one.oid, parent, one.time, held))
    return Line(commits, tuple(found))


def _covers(
    past: Past, kinds: Kinds, commits: list[str], aliases: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, frozenset[str]]]:
    """Commit → change in play → what it lists.

    One that was over before the commit covers nothing any more, and one that is not approved yet nothing so far. What
    founded the governance, or came before it, nothing covers.
    """
    refs = frozenset(name for held in aliases.values() for name in held)
    early = covering.ungoverned(past, FILE_OF_SETTINGS, commits)
    found: dict[str, dict[str, frozenset[str]]] = {oid: {} for oid in commits}
    for oid, covers in covering.of(past, kinds, [one for one in commits if one not in early], refs).items():
        mine = (one for one in covers if not one.over and value_at(one.data, "/spec/state") in COVERING)
        found[oid] = {one.name: listed(one.data) for one in mine}
    return found
