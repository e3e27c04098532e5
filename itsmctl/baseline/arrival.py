"""How a manifest came in: once, from a commit of the branch, under a name of its own, and whether it still is that one.

Reads history through the bench; asks no key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from itsmctl.baseline import ever, proof
from itsmctl.baseline.manifest import FOLDER, home
from itsmctl.baseline.place import Place, is_below
from itsmctl.baseline.proof import Fault, Held

if TYPE_CHECKING:
    from itsmctl.gitdeeds import Brought


def history(place: Place, found: Held, adding: Sequence[Brought]) -> Iterator[Fault]:
    """The manifest came in once, above the commit that was frozen, and is as it came."""
    source, path = found.manifest.source.commit, home(found.name)
    if not adding:
        yield Fault("NOT_COMMITTED", f"no commit adds {path}", "git fsck tells more.", path=path)
        return
    others = sorted({ever.name_of(one) for one in place.ever} - {found.name})
    for other in (one for one in others if one.casefold() == found.name.casefold()):
        yield _alike(place, found, other, adding[0])
    if len(adding) > 1:
        listed = ", ".join(one.oid[:12] for one in adding)
        says = f"{len(adding)} commits touch {path}: {listed}. A baseline is added once, and its name never used again"
        yield Fault("NAME_REUSED", says, _RENAME, path=path)
    if not place.is_on_line(source) and is_below(place.bench, source, place.tip.oid):
        says = (
            f"the commit that was frozen, {source[:12]}, came with a merge: {place.tip.label} itself was never at it, "
        )
        says += "and may have held something else at that time"
        yield Fault("OFF_LINE", says, "Freeze a commit of the branch itself, under another name.", "warning", path)
    for one in adding:
        if not is_below(place.bench, source, one.oid):
            says = f"the commit that was frozen, {source[:12]}, is not below commit {one.oid[:12]}, which adds {path}"
            yield Fault("HISTORY_REWRITTEN", says, "Find out who rewrote the history; the old commit is in a clone.")


def _alike(place: Place, found: Held, other: str, added: Brought) -> Fault:
    """A name that differs in upper and lower case alone. One that came later, and is gone, takes nothing from this."""
    path = home(found.name)
    standing = place.bench.repo.tree_files(place.tip.tree, f"{place.prefix}{FOLDER}/{other}")
    held = [place.prefix + one for one in place.ever if ever.name_of(one) == other]
    theirs = () if standing else place.bench.touching(place.tip.oid, held, place.prefix)
    if not standing and all(is_below(place.bench, added.oid, one.oid) for one in theirs):
        says = f"history held files with the name {other}, which came after {found.name}, and are gone"
        return Fault("NAME_REUSED", says, "", "note", path)
    says = f"history holds a baseline {other}, too: names differ in more than upper and lower case"
    return Fault("NAME_REUSED", says, _RENAME, path=path)


_RENAME = "Freeze the later one again under a name of its own: itsmctl baseline create"


def replaced(place: Place, found: Held) -> str:
    """Why a manifest that is what its commit gives is not the one that once came in under that name, or was agreed to.

    Empty where it is. No key is asked: whoever can, asks all of `verify`.
    """
    adding = place.bench.touching(place.tip.oid, [place.prefix + home(found.name)], place.prefix)
    wrong = next((one for one in history(place, found, adding) if one.severity == "error"), None)
    if wrong is not None:
        return f"{found.name} does not hold: {wrong.code}: {wrong.says}"
    return proof.of_others(place.bench, found)
