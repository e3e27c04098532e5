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
    """`file`: what stood there once, of one path perhaps several. `restoring`: the command, from the governed root,
    that puts it back.
    """

    file: EvidenceFile
    restoring: str


def agreements(place: Place, found: Held) -> Iterator[Gone]:
    """Each agreement of which neither the statement nor the signature stands there, as it ever was, by path."""
    folder = home(found.name, "")
    held = {path.removeprefix(folder) for path in place.ever if path.startswith(folder)}
    names = sorted({one.removesuffix(".sig") for one in held if proof.is_agreement(one)})
    for name in names:
        if name not in found.files and f"{name}.sig" not in found.files:
            yield from _gone(place, folder + name, [f"{folder}{one}" for one in (name, f"{name}.sig") if one in held])


def _gone(place: Place, path: str, paths: list[str]) -> Iterator[Gone]:
    """`paths`: of the statement, the signature, or both."""
    wanted = [place.prefix + one for one in paths]
    commits: dict[tuple[str, str], str] = {}  # the ids of both → the last commit that left them so
    for commit in place.bench.touching(place.tip.oid, wanted, place.prefix):
        statement, signature = place.bench.repo.ids([f"{commit.oid}:{place.prefix}{path}{end}" for end in ("", ".sig")])
        if statement or signature:
            commits[statement, signature] = commit.oid
    for pair, oid in commits.items():
        contents = [place.bench.content(blob) if blob else None for blob in pair]
        file = EvidenceFile(path, contents[0], contents[1], "history")
        yield Gone(file, shlex.join(["git", "checkout", oid[:12], "--", *paths]))
