"""What was ever done in a folder or at a path, by the names of records; and what the files there come to. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from itsmctl import canonical, yamltext
from itsmctl.gitedits import NESTED, PLAIN
from itsmctl.records import SUFFIX

if TYPE_CHECKING:
    from itsmctl.gitedits import TreeEdit
    from itsmctl.gitlines import Placed


class Step(NamedTuple):
    """What one commit did to a record or file. `before`, `after`: blobs, "" where it was not there.

    What is no plain file, at the path of a file, has its mode before that: "100755 1a2b…".
    """

    place: int
    line: int
    before: str
    after: str


class Folder(NamedTuple):
    """What was ever done in a folder, or at a path: by the name of the record, and the paths that it had."""

    steps: Mapping[str, Sequence[Step]]
    paths: Mapping[str, Collection[str]]
    blobs: Collection[str]  # of plain files


NOTHING = Folder({}, {}, frozenset())


def gone_on(
    known: Folder, order: Sequence[Placed], later: Sequence[Sequence[TreeEdit]], under: str, is_file: bool
) -> Folder:
    """What is known, with the edits of the last commits of the order. Nothing of what is known is altered."""
    steps: dict[str, Sequence[Step]] = dict(known.steps)
    paths: dict[str, Collection[str]] = dict(known.paths)
    blobs: set[str] = set(known.blobs)
    for place, edits in enumerate(later, len(order) - len(later)):
        touched: dict[str, list[TreeEdit]] = {}
        for edit in edits:
            if edit.path == under or (not is_file and edit.path.startswith(f"{under}/")):
                touched.setdefault(under if is_file else name_of(edit.path), []).append(edit)
        for name, mine in touched.items():
            # a record that moves within one commit, as when its folder is split, is there all the time
            before, after = (
                next((_known(side, is_file) for side in held if side is not None), "") for held in _sides(mine)
            )
            steps[name] = (*steps.get(name, ()), Step(place, order[place].line, before, after))
            paths[name] = frozenset((*paths.get(name, ()), *(edit.path for edit in mine)))
            blobs.update(edit.after[1] for edit in mine if edit.after and edit.after[0] == PLAIN)
    return Folder(steps, paths, blobs)


def _known(side: tuple[str, str], is_file: bool) -> str:
    """See Step. Of a record the mode is no part: what is no plain file is none, and told as such."""
    mode, oid = side
    return f"{mode} {oid}" if is_file and mode != PLAIN else oid


def file_digest(entry: tuple[str, str], content: Callable[[str], bytes]) -> str:
    """SHA-256 of a file's bytes; of what is no plain file, of its mode and them. A submodule is known by its commit.

    `entry`: (mode, blob); `content`: brings the blob, whole.
    """
    mode, oid = entry
    if mode == NESTED:
        return hashlib.sha256(f"{mode} {oid}".encode()).hexdigest()
    held = content(oid)
    return hashlib.sha256(held if mode == PLAIN else f"{mode} ".encode() + held).hexdigest()


def digest_of(content: bytes) -> str:
    """SHA-256 of a record's canonical content; of what is none, of its bytes, as the proposal has it."""
    try:
        return canonical.digest(yamltext.read(content))
    except (yamltext.Refused, ValueError):
        return hashlib.sha256(content).hexdigest()


def name_of(path: str) -> str:
    """Of the record that stands there."""
    return path.rsplit("/", 1)[-1].removesuffix(SUFFIX)


def _sides(edits: Sequence[TreeEdit]) -> tuple[list[tuple[str, str] | None], list[tuple[str, str] | None]]:
    return [one.before for one in edits], [one.after for one in edits]
