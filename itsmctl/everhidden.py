"""What was marked as a secret at any commit: what was one once is not shown, whoever took the mark away since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import rulebook, sources
from itsmctl.errors import CannotJudge
from itsmctl.marked import TYPES, Marks

if TYPE_CHECKING:
    from itsmctl.kinds import Kinds
    from itsmctl.past import Past
    from itsmctl.snapshot import Snapshot

_SCHEMAS = "schemas"


def of(head: Snapshot, past: Past) -> tuple[Marks, ...]:
    """The marks of `head`, and those of each commit, on any line, that did something to classes or to own kinds."""
    by_type = [oid for oid, edits in past.edits.items() if any(_is_type(past, one.path) for one in edits)]
    by_kind = past.repo.edits(past.tip, past.prefix + _SCHEMAS)
    found = [head.marks]
    for oid in dict.fromkeys((*by_type, *by_kind)):
        kinds = _kinds(past, oid) if by_kind else None
        found.append(Marks.of_types(_types(past, oid), kinds or head.law.kinds))
    return tuple(one for one in found if not one.is_empty)


def _is_type(past: Past, path: str) -> bool:
    identity = past.identity(path)
    return identity is not None and identity[0] == TYPES


def _types(past: Past, oid: str) -> list[object]:
    """The data of every class at a commit."""
    paths = [path for identity, held in past.places.items() if identity[0] == TYPES for path in held]
    blobs = [blob for blob in past.blobs([f"{oid}:{path}" for path in paths]) if blob]
    past.expect(blobs)
    return [past.data(blob) for blob in blobs]


def _kinds(past: Past, oid: str) -> Kinds | None:
    """The kinds of a commit; None where its law could not be used, so that nothing of a kind of its own was judged."""
    try:
        return rulebook.law(sources.Commit(past.repo, past.prefix, past.repo.resolve(oid))).kinds
    except CannotJudge:
        return None
