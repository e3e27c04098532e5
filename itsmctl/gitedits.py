"""What differs between two trees, as `git diff-tree` says it: many pairs from one git process, strictly parsed, each
once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import to_text

if TYPE_CHECKING:
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


_Pair = tuple[str, str]
_First = Callable[[Sequence[_Pair], Sequence[str]], list[tuple["TreeEdit", ...]] | None]
_MOST_KEPT = 200_000  # edits


class Compared(Struct, frozen=True):
    """Pairs of trees of one repository that were compared already: trees do not change, and history is looked at often.

    A replay of a branch asks at each of its commits for what was done before it.
    """

    _held: dict[tuple[str, ...], dict[_Pair, tuple[TreeEdit, ...]]] = field(default_factory=dict)
    _count: list[int] = field(default_factory=lambda: [0])  # edits in it

    def of(
        self, git: GitProcess, pairs: Sequence[_Pair], under: Sequence[str], first: _First
    ) -> list[tuple[TreeEdit, ...]]:
        """See `compare`. `first`: who is asked before git is; None where that one cannot tell."""
        known = self._held.get(tuple(under), {})
        asked = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        told = first(asked, under)
        fresh = dict(zip(asked, compare(git, asked, under) if told is None else told, strict=True))
        found = [known[pair] if pair in known else fresh[pair] for pair in pairs]
        self._count[0] += sum(map(len, fresh.values()))
        if self._count[0] > _MOST_KEPT:
            self._held.clear()
            self._count[0] = 0
        else:
            self._held.setdefault(tuple(under), {}).update(fresh)
        return found


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
