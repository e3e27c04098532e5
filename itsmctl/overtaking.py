"""What the base did that a head has from a merge alone, and not in its own line of first parents. Judges nothing.

Put in the place of the base as it is, such a head moves what the base did to the line of a second parent.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from itsmctl.gate.model import Overtaken
from itsmctl.gitprocess import EMPTY_TREE
from itsmctl.protecting import SHELVES, is_protected, placed
from itsmctl.records import ROOT, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Brought
    from itsmctl.records import Law


def overtaken(
    bench: Bench, base: str, head: str, commits: Sequence[Brought], prefix: str, law: Law
) -> Overtaken | None:
    """See Overtaken; None where the head follows the base by first parents, or does not hold it. `commits`: of it."""
    parents = {one.oid: one.parents for one in commits}
    if not any(base in one.parents for one in commits):
        return None
    start = head
    while start in parents:
        start = next(iter(parents[start]), "")
    if start == base:
        return None
    tree = bench.revision(start).tree if start else EMPTY_TREE[bench.object_format]
    line = bench.first_parents(base, ["."], start)
    is_side = start not in {one.oid for one in line}
    # what went back and forth on it differs by no more than what did not, and was done all the same
    edits = [*bench.edits(tree, bench.revision(base).tree), *(edit for one in line for edit in one.edits)]
    paths = [placed(path, prefix) for path in dict.fromkeys(one.path for one in edits)]
    return Overtaken(is_side, any(_decides(one, law) for one in paths), frozenset(_names(paths, law)))


def _decides(path: str, law: Law) -> bool:
    """May what stands there have a say in what a change needs? Registers and evidence have none."""
    parts = PurePosixPath(path).parts
    if parts[0] != ROOT:
        return is_protected(path, law)
    kind = law.kinds.by_plural.get(parts[1]) if len(parts) > 2 else None
    return kind is None or kind.controlled


def _names(paths: Iterable[str], law: Law) -> Iterable[str]:
    """`Kind/name` of each record there, and "approvals/CHANGE/" of each statement."""
    for path in paths:
        parts = PurePosixPath(path).parts
        if parts[0] == ROOT and len(parts) > 2 and parts[1] in law.kinds.by_plural:
            yield f"{law.kinds.by_plural[parts[1]].name}/{parts[-1].removesuffix(SUFFIX)}"
        elif path.startswith(SHELVES[0]) and len(parts) > 2:
            yield f"{SHELVES[0]}{parts[1]}/"
