"""A baseline in the forms that other programs read. `EXPORTS` is the whole list; each is a function of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from itsmctl import yamltext
from itsmctl.baseline import arrival, ever, form, intoto, proof, rebuilding, verification
from itsmctl.baseline.manifest import FILE
from itsmctl.baseline.pages import sheet
from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held

EXPORTS: Mapping[str, str] = {
    "cyclonedx": proof.BOM,
    "in-toto": intoto.FILE,
    "csv": "",
    "markdown": proof.NOTES,
    "json": FILE,
}
"""Name of a form → the file of the baseline that holds it; "" for one that is made when asked for."""

_TELLS_OF_RULES = (FILE, proof.NOTES)
"""Files that tell what rules said: where those cannot be asked again, somebody has to have agreed to what is told."""

HEADS = ("kind", "name", "state", "owner", "path", "digest", "blob", "changes", "commit")
"""The columns of the CSV."""


def export(place: Place, baseline: str, name: str) -> str:
    """The baseline of that name in that form, as its commit gives it: not as somebody may have edited the file since.

    Raises CannotJudge where it does not hold, or nobody agreed to what its rules said; KeyError for an unknown form.
    """
    file = EXPORTS[name]
    faults = list(rebuilding.faults_of(place.bench, place.prefix, place.tip.tree, baseline, place.environ))
    if file not in _TELLS_OF_RULES or verification.verify(place, baseline, verification.Wanted(False)).is_agreed:
        faults = [one for one in faults if one.code != rebuilding.DIFFERS]
    wrong = "; ".join(f"{one.code}: {one.says}" for one in faults if one.severity != "note")
    if wrong:
        hint = f"itsmctl baseline verify {baseline} tells more."
        raise CannotJudge(f"{baseline} is not what its commit gives: {wrong}", hint)
    held = proof.again(place.bench, place.tip.tree, place.prefix, baseline)
    wrong = arrival.replaced(place, held)
    if wrong:
        raise CannotJudge(wrong, f"itsmctl baseline verify {held.name} tells more.")
    _refuse_hashed_secrets(place, held)
    if not file:
        return _csv(held)
    oid = held.files[file]
    del held  # what is exported is as large
    return place.bench.content(oid).decode()


def _refuse_hashed_secrets(place: Place, held: Held) -> None:
    """Raises CannotJudge where the baseline is of a form whose digests are over secrets, and there are any."""
    manifest = held.manifest
    if form.hides_secrets(manifest.canonical):
        return
    marks = [place.marks(one) for one in (place.bench.revision(manifest.source.commit), place.tip)]
    for item in manifest.items:
        if any(one.may_hide(item.kind) for one in marks):
            data = yamltext.read(place.bench.content(item.blob))
            if any(one.of(item.kind, data) for one in marks):
                says = (
                    f"{held.name} is of form {manifest.canonical}, and its digests are over secrets, as of {item.ref}"
                )
                taken = ever.taken(place.bench, place.tip.oid, place.prefix)
                raise CannotJudge(f"{says}: who has them can try values", rebuilding.again(manifest, taken))


def _csv(held: Held) -> str:
    """One line for each item; no cell is taken for a formula."""
    lines = ({**asdict(item), "changes": " ".join(item.changes)} for item in held.manifest.items)
    return sheet(HEADS, ([str(line[head]) for head in HEADS] for line in lines))
