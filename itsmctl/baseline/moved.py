"""Where the governed root was before it was moved to where it is: what came before that is asked there. Reads git."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place


def hint(place: Place) -> str:
    """What to do where a commit from before the move cannot be read; "" where the root was never elsewhere."""
    here, before, moved = place.prefix + FILE, "", ("", "")
    for landed in place.bench.first_parents(place.tip.oid, [here]):
        if before and any(one.path == here and one.before is None for one in landed.edits):
            moved = (before, landed.oid)
        before = landed.oid
    if not moved[0]:
        return ""
    trees = [place.bench.revision(one).tree for one in moved]
    gone = [one.path for one in place.repo.tree_edits(*trees) if one.after is None]
    roots = [path.removesuffix(FILE) for path in gone if path.rpartition("/")[2] == FILE]
    if len(roots) != 1:
        return ""
    folder = f"../before-{moved[1][:7]}"
    root = f" --root {shlex.quote(f'{folder}/{roots[0]}'.rstrip('/'))}"
    says = (
        f"The governed root was {roots[0] or 'the top'} until commit {moved[1][:7]}: what was frozen before is asked "
    )
    return f"{says}there. First: git worktree add {folder} {moved[0][:12]} and then the same command with{root}"
