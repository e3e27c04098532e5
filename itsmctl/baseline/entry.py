"""What a head brings under baselines/, as the gate asks: each file with why it does not hold. Reads the bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.baseline import ever, proof, rebuilding, section
from itsmctl.baseline.agreement import judge
from itsmctl.baseline.manifest import FOLDER, home
from itsmctl.baseline.place import Place, is_below
from itsmctl.baseline.proof import AGREEMENTS, Fault
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision


def unproven(
    bench: Bench,
    prefix: str,
    base: Revision,
    merged: Revision,
    shelf: Mapping[str, str],
    now: datetime,
    environ: Mapping[str, str],
) -> dict[str, str]:
    """Path → why it does not hold, for each file of `shelf` (path from the governed root → deed) under baselines/.

    A new baseline has to be frozen from a commit that the base holds, to rebuild to the same bytes, and to bear a name
    that no baseline ever had. An agreement has to be signed by somebody who may agree. What cannot be told does not
    hold.
    """
    found: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for path in sorted(shelf):
        if path.startswith(f"{FOLDER}/"):
            groups.setdefault(path.split("/")[1] if path.count("/") > 1 else "", []).append(path)
    place = Place(bench.repo, bench, merged, prefix, now, environ)
    for name, paths in groups.items():
        twins = [one for one in groups if one != name and one.casefold() == name.casefold()]
        if twins:
            says = f"{twins[0]} comes with it, a name that differs in upper and lower case alone"
            found |= dict.fromkeys(paths, says)
            continue
        try:
            found |= dict(_group(place, base, name, paths)) if name else dict.fromkeys(paths, "it is in no baseline")
        except (CannotJudge, Misuse) as error:
            found |= dict.fromkeys(paths, error.message)
    return found


def _group(place: Place, base: Revision, name: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files that a head brings to one baseline."""
    agreements = [path for path in paths if path.startswith(home(name, AGREEMENTS))]
    others = [path for path in paths if path not in agreements]
    if others:
        why = _new(place, base, name) if home(name) in paths else "it comes to a baseline that is there already"
        yield from ((path, why) for path in others if why)
    if agreements:
        yield from _agreements(place, base, name, agreements)


def _new(place: Place, base: Revision, name: str) -> str:
    """Why a new baseline does not hold; empty where it does."""
    if name.casefold() in ever.names(place.bench, base.oid, place.prefix):
        return f"a baseline was called {name} before, and names are never used again"
    found = proof.held(place.bench, place.tip.tree, place.prefix, name)
    if isinstance(found, Fault):
        return found.says
    source = found.manifest.source.commit
    if not is_below(place.bench, source, base.oid):
        return f"the commit that was frozen, {source[:12]}, is not in the history of the base: merge it first"
    if not replace(place, tip=base).is_on_line(source):
        says = f"the commit that was frozen, {source[:12]}, came to the base with a merge, and the base was never at it"
        return f"{says}: freeze another one, under another name: itsmctl baseline create NAME --rev {base.oid[:12]}"
    before = found.manifest.supersedes
    if before is not None:
        held = proof.held(place.bench, base.tree, place.prefix, before.name)
        if isinstance(held, Fault) or held.manifest.root != before.root:
            return f"the base holds no baseline {before.name} with the root that it names"
    return rebuilding.verify_files(place.bench, place.prefix, place.tip, name, place.environ)


def _agreements(place: Place, base: Revision, name: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Agreements to a baseline that the merge result holds. Who made it is for `verify` to tell."""
    found = proof.held(place.bench, place.tip.tree, place.prefix, name)
    if isinstance(found, Fault):
        yield from ((path, found.says) for path in paths)
        return
    revision = proof.source_of(place.bench, found.manifest)
    if isinstance(revision, Fault):
        yield from ((path, revision.says) for path in paths)
        return
    based = replace(place, tip=base)  # what the head says of keys is judged, and does not judge
    files = section.evidence(place.bench, place.tip.tree, place.prefix, home(name, "agreement"))
    judged = judge(files, found, based, revision)
    says = {one.path: one.says for one in judged}
    for path in paths:
        if not proof.is_agreement(path.removeprefix(home(name, ""))):
            yield path, "nothing but agreements and their signatures stands there"
            continue
        why = says.get(path.removesuffix(".sig"), "there is no agreement of that name")
        if why:
            yield path, why
