"""What one of two baselines holds and the other was never asked for: its record is there, and outside of that scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.baseline import form
from itsmctl.errors import CannotJudge
from itsmctl.gitedits import PLAIN
from itsmctl.records import ROOT, SUFFIX

if TYPE_CHECKING:
    from itsmctl.baseline.difference import Difference
    from itsmctl.baseline.fields import Item, Manifest
    from itsmctl.baseline.place import Place

Way = Literal["left", "joined"]


class Outside(Struct, frozen=True):
    """`left`: the later baseline does not hold it, `joined`: the earlier one does not. `is_same`: the record that
    stands at the commit of that baseline is what the other one holds, so that nothing of it differs.
    """

    ref: str
    way: Way
    is_same: bool


def beyond(place: Place, earlier: Manifest, later: Manifest, found: Sequence[Difference]) -> Iterator[Outside]:
    """Those of the differences that are none of content, by Kind/name. Raises CannotJudge where git cannot answer."""
    for way, deed, manifest in (("left", "removed", later), ("joined", "added", earlier)):
        held = [one for one in found if one.deed == deed]
        places = _places(place, manifest) if held else {}
        for one in held:
            item = one.before or one.after
            blob = places.get((item.path.split("/")[1], item.name)) if item is not None else None
            if item is not None and blob is not None:
                yield Outside(one.ref, "left" if way == "left" else "joined", _is_same(place, item, blob))


def refuse_narrowed(place: Place, earlier: Manifest, later: Manifest, found: Sequence[Outside]) -> None:
    """What differs, and is outside of the scope of one, was perhaps taken out of its manifest by hand.

    That takes a rebuild to tell, so it is asked only then. Raises CannotJudge where it is so.
    """
    for way, manifest in (("left", later), ("joined", earlier)):
        if not any(one.way == way and not one.is_same for one in found):
            continue
        from itsmctl.baseline import rebuilding

        told = rebuilding.manifest_faults(place.bench, place.prefix, place.tip.tree, manifest.name, place.environ)
        wrong = [one for one in told if one.severity != "note" and one.code != rebuilding.DIFFERS]
        if wrong:
            says = f"{manifest.name} does not hold: {wrong[0].code}: {wrong[0].says}"
            raise CannotJudge(says, f"itsmctl baseline verify {manifest.name}")


def _places(place: Place, manifest: Manifest) -> dict[tuple[str, str], str]:
    """(folder, name) → blob of every record file at the commit of a baseline."""
    found = {}
    for one in place.bench.repo.tree_files(manifest.source.tree, place.prefix + ROOT):
        parts = one.path.removeprefix(place.prefix).split("/")
        if one.mode == PLAIN and len(parts) > 2 and one.path.endswith(SUFFIX):
            found[parts[1], parts[-1].removesuffix(SUFFIX)] = one.oid
    return found


def _is_same(place: Place, item: Item, blob: str) -> bool:
    """Reformatting says nothing; what cannot be read is not the same."""
    if blob == item.blob:
        return True
    try:
        data = yamltext.read(place.bench.content(blob))
        return any(form.digest(data, version) == item.digest for version in form.FORMS)
    except (yamltext.Refused, ValueError, TypeError, RecursionError):
        return False


def scope_of(manifest: Manifest) -> str:
    """What a baseline was asked for, in words."""
    if manifest.scope.asked:
        return ", ".join(manifest.scope.asked)
    if manifest.of == "release":
        return f"items and services of release {manifest.release}"
    return "every Service" if manifest.of == "service" else "every controlled record"
