"""Which commit of the branch edited each record last, and which change covers that. Reads history through the bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import covering, past
from itsmctl.records import CHANGE, ROOT, value_at
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.kinds import Kinds
    from itsmctl.past import Past


class Origin(Struct, frozen=True):
    """`commit`: the one of the first-parent line. `changes`: those in play with it that list the record, sorted."""

    commit: str
    changes: tuple[str, ...]


def of(bench: Bench, tip: str, prefix: str, kinds: Kinds, paths: Mapping[str, str]) -> dict[str, Origin]:
    """Kind/name → Origin, for the records at `paths` (path from the governed root → Kind/name) in the commit `tip`."""
    last: dict[str, str] = {}
    for landed in bench.first_parents(tip, [prefix + ROOT]):
        for edit in landed.edits:
            path = edit.path.removeprefix(prefix)
            if path in paths:
                last[path] = landed.oid
    known = past.read(bench.repo, tip, prefix)
    covers = _covers(known, kinds, sorted(set(last.values())), frozenset(paths.values()))
    return {
        ref: Origin(last[path], tuple(sorted(name for name, items in covers[last[path]].items() if ref in items)))
        for path, ref in paths.items()
    }


def _covers(
    known: Past, kinds: Kinds, commits: list[str], refs: frozenset[str]
) -> dict[str, dict[str, frozenset[str]]]:
    """Commit → change → what it lists. Of what founds the governance, or came before it, no change is expected."""
    early = covering.ungoverned(known, FILE, commits)
    late = [oid for oid in commits if oid not in early]
    found: dict[str, dict[str, frozenset[str]]] = {oid: {} for oid in commits}
    for oid, covers in covering.of(known, kinds, late, refs).items() if CHANGE in kinds else ():
        found[oid] = {one.name: listed(one.data) for one in covers}
    return found


def listed(change: object) -> frozenset[str]:
    """Kind/name of every item of a change."""
    items = value_at(change, "/spec/items")
    named = (value_at(item, "/item") for item in (items if isinstance(items, list) else ()))
    return frozenset(name for name in named if isinstance(name, str))
