"""What differs between two trees, as `git diff-tree` says it: many pairs from one git process, strictly parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.gitprocess import GitProcess

PLAIN = "100644"
"""The mode of a regular file that is no program: the only one that records and evidence have."""

RUN = "100755"
"""The mode of a regular file that may be run."""

NESTED = "160000"
"""The mode of a submodule: it is known by a commit, and there is no blob."""

_EDIT = re.compile(rb":([0-7]{6}) ([0-7]{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [ADMT]\0([^\0]+)\0")


class TreeEdit(NamedTuple):
    """What differs at one path: (mode as git writes it, object id) on each side, None where nothing stands there."""

    path: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None

    @property
    def status(self) -> str:
        """A: added, D: deleted, T: of another type (file, link, submodule), M: otherwise modified."""
        if self.before is None or self.after is None:
            return "A" if self.before is None else "D"
        return "M" if self.before[0][:2] == self.after[0][:2] else "T"


def compare(git: GitProcess, pairs: Sequence[tuple[str, str]], under: Sequence[str] = ()) -> list[tuple[TreeEdit, ...]]:
    """For each pair of trees (full ids) what differs, at and below the paths `under` (taken literally) or anywhere."""
    asked = [pair for pair in pairs if pair[0] != pair[1]]
    if not asked:
        return [() for _ in pairs]
    words = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--")
    said = git.run(*words, *under, stdin="".join(f"{a} {b}\n" for a, b in asked).encode())
    found: list[tuple[TreeEdit, ...]] = []
    at = 0
    for before, after in pairs:
        edits: list[TreeEdit] = []
        if before != after:
            header = f"{before} {after}\n".encode()
            if not said.startswith(header, at):
                raise _garbled(git)
            at += len(header)
            while edit := _EDIT.match(said, at):
                edits.append(_edit(edit))
                at = edit.end()
        found.append(tuple(edits))
    if at != len(said):
        raise _garbled(git)
    return found


def _garbled(git: GitProcess) -> CannotJudge:
    return CannotJudge(
        f"git diff-tree said something in {git.place} that is no answer", "See that PATH leads to git itself."
    )


def _edit(found: re.Match[bytes]) -> TreeEdit:
    old_mode, new_mode, old, new = (part.decode() for part in found.groups()[:4])
    before = None if old_mode == "000000" else (old_mode, old)
    return TreeEdit(to_text(found[5]), before, None if new_mode == "000000" else (new_mode, new))
