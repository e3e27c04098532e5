"""Agreements that history held, on any line, and the tree does not hold any more. Reads git, decides nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.baseline import proof
from itsmctl.baseline.manifest import home
from itsmctl.evidence.signed import EvidenceFile

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held


class Gone(Struct, frozen=True):
    """`file`: what stood there last. `restoring`: the command, from the governed root, that puts it back."""

    file: EvidenceFile
    restoring: str


def agreements(place: Place, found: Held) -> Iterator[Gone]:
    """Each agreement of which neither the statement nor the signature stands there, by path."""
    folder = home(found.name, "")
    held = {path.removeprefix(folder) for path in place.ever if path.startswith(folder)}
    names = sorted({one.removesuffix(".sig") for one in held if proof.is_agreement(one)})
    for name in names:
        if name not in found.files and f"{name}.sig" not in found.files:
            yield _gone(place, [f"{folder}{one}" for one in (name, f"{name}.sig") if one in held])


def _gone(place: Place, paths: list[str]) -> Gone:
    """`paths`: of the statement, the signature, or both."""
    wanted = [place.prefix + path for path in paths]
    blobs: dict[str, str] = {}
    whole = ""
    for commit in place.bench.touching(place.tip.oid, wanted, place.prefix):
        blobs |= {edit.path: edit.after[1] for edit in commit.edits if edit.after is not None and edit.path in paths}
        whole = commit.oid if all(place.bench.repo.ids([f"{commit.oid}:{path}" for path in wanted])) else whole
    contents = {path: place.bench.content(blob) for path, blob in blobs.items()}
    path = paths[0].removesuffix(".sig")
    file = EvidenceFile(path, contents.get(path), contents.get(f"{path}.sig"), "history")
    return Gone(file, shlex.join(["git", "checkout", whole[:12], "--", *paths]))
