"""What a bench answers with about commits, and what a commit did by itself, worked out of what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from itsmctl.gitcommit import Hand, Signature
from itsmctl.gitedits import TreeEdit
from itsmctl.gitrepo import Revision


class Merged(NamedTuple):
    """The result of a merge. `commit` is a made-up merge commit of base and head, the same on every machine."""

    tree: str
    commit: Revision


class Brought(NamedTuple):
    """One commit that a head brings. `edits` are its own effect below the prefix, with paths from there.

    For a merge that is what differs from merging its parents anew, with every path that conflicts then; for one of more
    than two parents, whatever differs from any of them (too much rather than too little). `outside`: its effect outside
    of the prefix, with paths from the top. `taken`: the paths, from the top, at which a merge has just what each of its
    parents that the head does not bring has, and they have the same; with what the others have there, (mode, blob) or
    None. `time` is None where the commit does not say it. `names`: what its `Change:` trailers name.
    """

    oid: str
    parents: tuple[str, ...]
    time: int | None
    hands: tuple[Hand, ...]
    edits: tuple[TreeEdit, ...]
    outside: tuple[TreeEdit, ...]
    names: tuple[str, ...]
    signatures: tuple[Signature, ...]
    taken: Mapping[str, frozenset[tuple[str, str] | None]] = MappingProxyType({})


class Landed(NamedTuple):
    """One commit of a first-parent line, its committer's time, and what it did against its first parent."""

    oid: str
    time: int
    edits: tuple[TreeEdit, ...]
    is_merge: bool = False


class Step(NamedTuple):
    """A commit at its place on a first-parent line, with the tree before it."""

    place: int
    oid: str
    before: str
    tree: str
    time: int
    is_merge: bool


def effect(compared: Sequence[tuple[TreeEdit, ...]], conflicts: frozenset[str]) -> list[TreeEdit]:
    """One edit a path. Of a merge with conflicts, the parents speak for the paths that conflict and no others."""
    found: dict[str, TreeEdit] = {}
    for number, edits in enumerate(compared):
        for edit in edits:
            if number == 0 or not conflicts or edit.path in conflicts:
                found.setdefault(edit.path, edit)
    return [found[path] for path in sorted(found)]


def inside(edits: Sequence[TreeEdit], prefix: str) -> tuple[TreeEdit, ...]:
    """Those below the prefix, with their paths from there."""
    if not prefix:
        return tuple(edits)
    return tuple(edit._replace(path=edit.path[len(prefix) :]) for edit in edits if edit.path.startswith(prefix))


def taken_over(
    own: Iterable[TreeEdit], sides: Sequence[tuple[Iterable[TreeEdit], bool]]
) -> dict[str, frozenset[tuple[str, str] | None]]:
    """See Brought. `sides`: how a merge differs from each parent, and whether the head brings that one."""
    if all(is_brought for _, is_brought in sides):
        return {}
    differ = {edit.path for side, is_brought in sides if not is_brought for edit in side}
    held: dict[str, set[tuple[str, str] | None]] = {edit.path: set() for edit in own if edit.path not in differ}
    for edit in (edit for side, _ in sides for edit in side if edit.path in held):
        held[edit.path].add(edit.before)
    return {path: frozenset(entries) for path, entries in held.items()}
