"""Trees as git's objects hold them, each held to its id: what stands at and below a path, and what differs. Asks none.

What a tree holds is read from its bytes, and its bytes have to be what its id says: no git that lies, or that ends
well without a word, can hide a record, a vote or a rule.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.gitedits import NESTED, PLAIN, RUN, TreeEdit
from itsmctl.gitprocess import ELSEWHERE, PARTIAL, to_bytes, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from itsmctl.gittalk import Answer

FOLDER = "40000"
_ENTRY = {
    20: re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL),
    32: re.compile(rb"([0-7]+) ([^\0]+)\0(.{32})", re.DOTALL),
}
_HASH = {40: hashlib.sha1, 64: hashlib.sha256}
_LINK = "120000"
_USUAL = {one.encode(): one for one in (PLAIN, RUN, _LINK, NESTED, FOLDER)}
_LONGEST = 1 << 27  # bytes of one tree: three million entries
_DEEPEST = 500  # folders in folders
_MOST_FILES = 1 << 22  # in one listing: equal folders in folders can stand for more files than there are atoms
_MOST_KEPT = 100_000  # entries of trees, and of listings


class TreeFile(NamedTuple):
    """One entry of a tree that is no tree itself. `mode` as git writes it: 100644, 100755, 120000, 160000."""

    path: str
    mode: str
    oid: str


_Entries = dict[str, tuple[str, str]]  # name → (mode, id), in the order of the tree


class Trees(Struct, frozen=True):
    """The trees of one repository. `ask`: what each name stands for, with at most that many bytes of it.

    Trees are named by full ids, or by what leads to one; paths are relative to the top, with `/`; "" and "." are the
    top. Every method raises CannotJudge where a tree is missing or damaged, or the repository nests too deep.
    """

    ask: Callable[[Sequence[str], int], Sequence[Answer]]
    _held: dict[str, _Entries] = field(default_factory=dict)
    _kept: list[int] = field(default_factory=lambda: [0])  # entries of what is held
    _listed: dict[tuple[str, str], tuple[TreeFile, ...]] = field(default_factory=dict)  # (tree, its path) → below it

    def names(self, tree: str, folder: str) -> frozenset[str]:
        """The names in one folder; none where there is no such folder."""
        mode, oid = self._at(tree, folder)
        return frozenset(self._load([oid])[oid]) if mode == FOLDER else frozenset()

    def files(self, tree: str, under: str) -> tuple[TreeFile, ...]:
        """Every entry at and below a path, in git's order."""
        mode, oid = self._at(tree, under)
        path = "/".join(_steps(under))
        if mode != FOLDER:
            return (TreeFile(path, mode, oid),) if oid and not under.endswith("/") else ()
        prefix = f"{path}/" if path else ""
        if (oid, prefix) in self._listed:
            return self._listed[oid, prefix]
        if sum(map(len, self._listed.values())) > _MOST_KEPT:
            self._listed.clear()
        trees: dict[str, _Entries] = {}
        level = [oid]
        for _ in range(_DEEPEST):
            trees |= self._load(level)
            level = [one for one in dict.fromkeys(_folders(map(trees.__getitem__, level))) if one not in trees]
            if not level:
                if _count(oid, trees, {}) > _MOST_FILES:
                    raise CannotJudge(f"tree {oid} stands for more than {_MOST_FILES} files", "Make it smaller.")
                return self._list(oid, prefix, trees)
        raise _too_deep(tree)

    def differing(self, before: str, after: str, under: str = "") -> list[TreeEdit]:
        """What differs between two trees at and below a path, in git's order; renames are not guessed at."""
        path = "/".join(_steps(under))
        sides = [self._at(tree, under) for tree in (before, after)]
        if sides[0] == sides[1]:
            return []
        found: list[TreeEdit] = []
        if any(mode not in (FOLDER, "") for mode, _ in sides):
            files = [side if side[0] != FOLDER and side[1] else None for side in sides]
            found.append(TreeEdit(path, files[0], files[1]))
        old, new = (oid if mode == FOLDER else "" for mode, oid in sides)
        return [*found, *self._differ(old, new, f"{path}/" if path else "", 0)]

    def _differ(self, before: str, after: str, prefix: str, depth: int) -> Iterator[TreeEdit]:
        """`before`, `after`: trees, or "" where nothing stands."""
        if depth > _DEEPEST:
            raise _too_deep(after or before)
        trees = self._load([oid for oid in (before, after) if oid])
        old, new = (
            {(name, one[0] == FOLDER): one for name, one in trees.get(oid, {}).items()} for oid in (before, after)
        )
        other = {key for key, _ in old.items() ^ new.items()}
        self._load([one[1] for side in (old, new) for key in other if key[1] and (one := side.get(key))])
        for name, is_folder in sorted(other, key=lambda key: to_bytes(key[0] + "/" * key[1])):
            was, now = old.get((name, is_folder)), new.get((name, is_folder))
            if is_folder:
                inner = (was[1] if was else "", now[1] if now else "")
                yield from self._differ(*inner, f"{prefix}{name}/", depth + 1)
            else:
                yield TreeEdit(prefix + name, was, now)

    def _list(self, oid: str, prefix: str, trees: Mapping[str, _Entries]) -> tuple[TreeFile, ...]:
        """Nearly all of which stand in the tree of a base and in that of its head alike."""
        known = self._listed.get((oid, prefix))
        if known is not None:
            return known
        found: list[TreeFile] = []
        for name, (mode, one) in trees[oid].items():
            if mode == FOLDER:
                found += self._list(one, f"{prefix}{name}/", trees)
            else:
                found.append(TreeFile(prefix + name, mode, one))
        self._listed[oid, prefix] = tuple(found)
        return self._listed[oid, prefix]

    def _at(self, tree: str, path: str) -> tuple[str, str]:
        """(mode, id) of what stands at a path; two empty texts where nothing does."""
        at = (FOLDER, self._top(tree))
        for step in _steps(path):
            at = self._load([at[1]])[at[1]].get(step, ("", "")) if at[0] == FOLDER else ("", "")
        return at

    def _top(self, tree: str) -> str:
        if tree in self._held:
            return tree
        (answer,) = self.ask([f"{tree}^{{tree}}"], _LONGEST)
        if not answer.oid:
            raise _missing(tree)
        self._keep(answer.oid, answer)
        return answer.oid

    def _load(self, oids: Sequence[str]) -> dict[str, _Entries]:
        """The entries of each tree, all that are not known from one question."""
        wanted = [oid for oid in oids if oid not in self._held]
        known = {oid: self._held[oid] for oid in oids if oid in self._held}
        if wanted:
            for oid, answer in zip(wanted, self.ask(wanted, _LONGEST), strict=True):
                known[oid] = self._keep(oid, answer)
        return known

    def _keep(self, oid: str, answer: Answer) -> _Entries:
        if not answer.oid:
            raise _missing(oid)
        entries = _parsed(oid, answer.kind, answer.content)
        self._kept[0] += len(entries)
        if self._kept[0] > _MOST_KEPT:
            self._held.clear()
            self._kept[0] = len(entries)
        self._held[oid] = entries
        return entries


def _parsed(oid: str, kind: str, content: bytes) -> _Entries:
    """What a tree holds. It is what its id says, or an error."""
    named = _HASH[len(oid)](b"tree %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    if named != oid:
        what = "a tree" if kind == "tree" else f"a {kind}" if kind else "nothing"
        raise CannotJudge(f"git cat-file gave {what} for the tree {oid} that is not of that id", _FSCK)
    found = _ENTRY[len(oid) // 2].findall(content)
    entries = {to_text(name): (_USUAL.get(mode) or _mode(mode), one.hex()) for mode, name, one in found}
    if sum(len(mode) + len(name) for mode, name, _ in found) + len(found) * (2 + len(oid) // 2) != len(content):
        raise CannotJudge(f"tree {oid} is damaged: it holds what is no entry of a tree", _FSCK)
    if len(entries) < len(found):
        raise CannotJudge(f"tree {oid} is damaged: it holds the same path twice", _FSCK)
    return entries


_FSCK = "git fsck tells more."


def _mode(written: bytes) -> str:
    """As git itself understands modes that it no longer writes."""
    kind = int(written, 8) & 0o170000
    if kind == 0o100000:
        return RUN if int(written, 8) & 0o100 else PLAIN
    return {0o120000: _LINK, 0o040000: FOLDER}.get(kind, NESTED)


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step not in ("", ".")]


def _count(oid: str, trees: Mapping[str, _Entries], known: dict[str, int]) -> int:
    """How many files a tree stands for, each of its trees counted once."""
    if oid not in known:
        inner = sum(_count(one, trees, known) for one in _folders([trees[oid]]))
        known[oid] = inner + sum(mode != FOLDER for mode, _ in trees[oid].values())
    return known[oid]


def _folders(trees: Iterable[_Entries]) -> Iterator[str]:
    return (oid for entries in trees for mode, oid in entries.values() if mode == FOLDER)


def _missing(oid: str) -> CannotJudge:
    return CannotJudge(f"the tree {oid} is missing", f"{ELSEWHERE} {PARTIAL} Else: git fsck tells more.")


def _too_deep(tree: str) -> CannotJudge:
    return CannotJudge(f"tree {tree[:7]} nests more than {_DEEPEST} folders in each other", "Make it flatter.")
