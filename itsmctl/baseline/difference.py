"""What differs between two baselines, record by record and field by field. Reads the records that differ, no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import yamltext
from itsmctl.baseline import form
from itsmctl.baseline.fields import Item, Manifest
from itsmctl.baseline.manifest import item
from itsmctl.comparing import FieldEdit, altered
from itsmctl.errors import CannotJudge
from itsmctl.marked import veiled
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitedits import TreeEdit
    from itsmctl.marked import Marks

Deed = Literal["added", "removed", "renamed", "moved", "changed"]
Aspect = Literal["state", "owner", "relation", "field"]


class Difference(Struct, frozen=True):
    """One record that differs. `ref`: its name in the later baseline, else in the earlier one.

    `fields`: what differs in it; of a record that came or went there are none. `aspects`: what sort of thing differs.
    """

    ref: str
    deed: Deed
    before: Item | None
    after: Item | None
    fields: tuple[FieldEdit, ...] = ()
    aspects: tuple[Aspect, ...] = ()

    @property
    def refs(self) -> frozenset[str]:
        """Kind/name in either baseline: what a change may have listed."""
        return frozenset(one.ref for one in (self.before, self.after) if one is not None)

    @property
    def paths(self) -> frozenset[str]:
        """Where it stands in either."""
        return frozenset(one.path for one in (self.before, self.after) if one is not None)


def differences(
    bench: Bench, earlier: Manifest, later: Manifest, marks: Sequence[Marks] = (), prefix: str = ""
) -> list[Difference]:
    """By Kind/name. Raises CannotJudge where a record that differs is not there to be read.

    `marks`: of what is never shown, in the records that differ; `prefix`: where the governed root lies in the trees.
    """
    old, new = (_placed(bench, manifest, prefix) for manifest in (earlier, later))
    moved = _moved(bench, earlier, later, prefix)
    differing = [
        (was, now)
        for was, now in ((old.get(ref), new.get(ref)) for ref in sorted({*old, *new}))
        if was is None or now is None or was.path in moved or (was is not now and _may_differ(was, now))
    ]
    if not differing:
        return []
    contents = _contents(bench, [one.blob for pair in differing for one in pair if one is not None])
    for manifest, side in ((earlier, 0), (later, 1)):
        items = [one for pair in differing if (one := pair[side])]
        _refuse_untrue(manifest, items, _there(bench, manifest, prefix, items, moved, side), contents)
    differing = [(was, now) for was, now in differing if was is None or now is None or _may_differ(was, now)]
    refs = frozenset(one.ref for pair in differing for one in pair if one is not None)
    related = _edges(earlier, refs), _edges(later, refs)
    found = []
    for before, after in _paired(differing, contents):
        if before is None or after is None:
            ref = next(one.ref for one in (before, after) if one is not None)
            found.append(Difference(ref, "added" if before is None else "removed", before, after))
            continue
        fields = tuple(altered(*veiled(marks, after.kind, contents[before.blob], contents[after.blob])))
        if not fields and _hashed(before)[1:] == _hashed(after)[1:] and _is_veiled(before, after):
            continue  # hashed in another form, or its form alone is another one
        linked = related[0].get(before.ref) != related[1].get(after.ref)
        deed, aspects = _deed(before, after, fields), _aspects(before, after, fields, linked)
        found.append(Difference(after.ref, deed, before, after, fields, aspects))
    return sorted(found, key=lambda one: one.ref)


def _moved(bench: Bench, earlier: Manifest, later: Manifest, prefix: str) -> Mapping[str, TreeEdit]:
    """The paths, from the governed root, at which the trees of the two differ, whatever their manifests say."""
    edits = bench.edits(earlier.source.tree, later.source.tree)
    return {one.path.removeprefix(prefix): one for one in edits if one.path.startswith(prefix)}


def _there(
    bench: Bench, manifest: Manifest, prefix: str, items: Sequence[Item], moved: Mapping[str, TreeEdit], side: int
) -> list[str]:
    """The id of what stands at the path of each item at the commit of the manifest, which is on that side of `moved`;
    "" where nothing does.
    """
    found: dict[str, str] = {}
    for one in items:
        if one.path in moved:
            entry = (moved[one.path].before, moved[one.path].after)[side]
            found[one.path] = entry[1] if entry is not None else ""
    asked = [one.path for one in items if one.path not in found]
    ids = bench.repo.ids([f"{manifest.source.commit}:{prefix}{path}" for path in asked])
    found |= dict(zip(asked, ids, strict=True))
    return [found[one.path] for one in items]


def _refuse_untrue(
    manifest: Manifest, items: Sequence[Item], there: Sequence[str], contents: Mapping[str, Mapping[str, Any]]
) -> None:
    """Raises CannotJudge where an item is not what its commit holds: a manifest can be written by anybody."""
    for one, oid in zip(items, there, strict=True):
        try:
            again = item(contents[one.blob], one.path, manifest.canonical, one.secrets)
        except (ValueError, KeyError, TypeError, RecursionError):
            again = {}
        if oid != one.blob or any(getattr(one, name) != again.get(name) for name in form.LINE):
            says = f"{manifest.name} does not hold: {one.ref} is not what {one.path} is at the commit that was frozen"
            raise CannotJudge(says, f"itsmctl baseline verify {manifest.name}")


def _hashed(item: Item) -> tuple[str, str]:
    return item.digest, item.path


def _is_veiled(before: Item, after: Item) -> bool:
    """Is one of the two digests over less than the record?"""
    return bool(before.secrets or after.secrets)


def _may_differ(before: Item, after: Item) -> bool:
    """Their digests tell, but for secrets, which those are not over."""
    return _hashed(before) != _hashed(after) or (_is_veiled(before, after) and before.blob != after.blob)


def _placed(bench: Bench, manifest: Manifest, prefix: str) -> dict[str, Item]:
    """Kind/name → item. Of one with secrets, the manifest does not tell git's id; its commit does."""
    veiled_ = [one for one in manifest.items if not one.blob]
    ids = bench.repo.ids([f"{manifest.source.commit}:{prefix}{one.path}" for one in veiled_])
    if not all(ids):
        missing = next(one for one, oid in zip(veiled_, ids, strict=True) if not oid)
        raise CannotJudge(f"{missing.path} is not there at the commit of {manifest.name}", _VERIFY)
    found = {one.ref: one for one in manifest.items}
    return found | {one.ref: replace(one, blob=oid) for one, oid in zip(veiled_, ids, strict=True)}


def _deed(before: Item, after: Item, fields: Sequence[FieldEdit]) -> Deed:
    if before.ref != after.ref:
        return "renamed"
    return "moved" if before.path != after.path and not fields else "changed"


def _contents(bench: Bench, blobs: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Blob → the data in it."""
    found: dict[str, Mapping[str, Any]] = {}
    with closing(bench.repo.blobs(list(dict.fromkeys(blobs)), yamltext.MAX_BYTES + 1)) as contents:
        for oid, content in contents:
            try:
                data = yamltext.read(content)
            except yamltext.Refused as error:
                raise CannotJudge(f"the record in object {oid[:12]} cannot be read: {error}", _VERIFY) from None
            found[oid] = data if isinstance(data, dict) else {}
    return found


_VERIFY = "itsmctl baseline verify tells whether the baseline holds."


def _paired(
    differing: Sequence[tuple[Item | None, Item | None]], contents: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Item | None, Item | None]]:
    """The same, with a record that went and one that lists its name as a former one of its own as one pair."""
    gone = {before.ref: before for before, after in differing if before is not None and after is None}
    renamed = {}
    for before, after in differing:
        if before is None and after is not None:
            former = value_at(contents[after.blob], "/metadata/formerly")
            for name in former if isinstance(former, list) else ():
                if f"{after.kind}/{name}" in gone:
                    renamed[after.ref] = gone.pop(f"{after.kind}/{name}")
                    break
    taken = {one.ref for one in renamed.values()}
    for before, after in differing:
        if after is None and before is not None and before.ref in taken:
            continue
        yield (renamed.get(after.ref, before) if after is not None else before), after


def _edges(manifest: Manifest, refs: frozenset[str]) -> dict[str, frozenset[tuple[str, str, str]]]:
    """Kind/name → the (field, type, target) of its references, for those asked for."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for edge in (*manifest.section.relations, *manifest.section.boundary):
        if edge.source in refs and not edge.field.startswith("/metadata/"):
            found.setdefault(edge.source, set()).add((edge.field, edge.type, edge.target))
    return {ref: frozenset(edges) for ref, edges in found.items()}


def _aspects(before: Item, after: Item, fields: Sequence[FieldEdit], linked: bool) -> tuple[Aspect, ...]:
    found: list[Aspect] = []
    if before.state != after.state:
        found.append("state")
    if before.owner != after.owner:
        found.append("owner")
    if linked:
        found.append("relation")
    if any(one.field not in ("spec.state", "metadata.owner") and "relations" not in one.field for one in fields):
        found.append("field")
    return tuple(found)
