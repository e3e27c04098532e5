"""Merges two commits into a tree, path by path: `git merge-tree`, held to what a merge without renames would give.

Before 2.49 git guesses at renames whatever it is told, and carries the edit of one file over to another. An edit must
not wander to where its author did not make it, so each such path counts as a conflict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.gitedits import compare
from itsmctl.gitplace import NO_GIT, id_of, keep
from itsmctl.gitprocess import EMPTY_TREE, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from itsmctl.gitedits import TreeEdit
    from itsmctl.gitprocess import GitProcess
    from itsmctl.gitrepo import GitRepo

_CONFLICT = re.compile(rb"[0-7]{6} [0-9a-f]{40,64} [123]\t(.+)", re.DOTALL)
_WRITTEN = re.compile(
    rb"tree [0-9a-f]{40,64}\n((?:parent [0-9a-f]{40,64}\n)*)author [^\n]*\n"
    rb"committer [^\n]* ([0-9]{1,18}) [-+][0-9]{4}\n"
)
_LONGEST = 1 << 20  # bytes of a commit that is looked into
_NEAR = 64  # commits: for more of them git is as fast
_FILES = ("100644", "100755")


class MergedTree(NamedTuple):
    """The tree of a merge. `conflicts`: the paths at which it means nothing; None where it is clean."""

    tree: str
    conflicts: frozenset[str] | None


class _Commit(NamedTuple):
    parents: tuple[str, ...]
    time: int


class Merger(Struct, frozen=True):
    """Merges commits by their full ids, which nobody checks here. `object_format` is sha1 or sha256."""

    repo: GitRepo
    object_format: str
    _done: dict[tuple[str, str, bool], MergedTree] = field(default_factory=dict)
    _read: dict[str, _Commit | None] = field(default_factory=dict)

    def merge(self, one: str, two: str, unrelated: bool = False) -> MergedTree:
        """Merge two commits; only `unrelated` lets them have no history in common. Raises CannotJudge."""
        asked = (one, two, unrelated)
        if asked not in self._done:
            self._done[asked] = self._where_one_leads_to_the_other(one, two) or self._merge(*asked)
        return self._done[asked]

    def _where_one_leads_to_the_other(self, one: str, two: str) -> MergedTree | None:
        """Without asking git to merge: that is the tree of the later one."""
        later = two if one == two or self._is_near(one, two) else one if self._is_near(two, one) else ""
        return MergedTree(self._trees(later)[0], None) if later else None

    def _is_near(self, before: str, after: str) -> bool:
        """Does one of the last commits that lead to `after` have `before` as a parent? Read from commits as they are.

        Only a yes is sure: nobody looks behind a few commits, or behind those that say that they are older.
        """
        (start,) = self._commits([before])
        level, seen = [after], {before, after}
        while level and start is not None and len(seen) < _NEAR:
            found = [commit for commit in self._commits(level) if commit is not None]
            if any(before in commit.parents for commit in found):
                return True
            later = [commit for commit in found if commit.time >= start.time]
            level = [one for one in dict.fromkeys(p for commit in later for p in commit.parents) if one not in seen]
            seen |= set(level)
        return False

    def _commits(self, oids: Sequence[str]) -> list[_Commit | None]:
        """Each commit; None for what is damaged, or not what its id says."""
        asked = [oid for oid in oids if oid not in self._read]
        for oid, content in self.repo.blobs(asked, _LONGEST) if asked else ():
            self._read[oid] = _commit(content) if id_of(self.object_format, "commit", content) == oid else None
        return [self._read[oid] for oid in oids]

    def _merge(self, one: str, two: str, unrelated: bool) -> MergedTree:
        found = self._merge_tree(one, two, unrelated=False)
        bases = self._bases(one, two)
        if found is None:
            if bases:
                raise self._garbled("merge-base")
            found = self._merge_tree(one, two, unrelated=True) if unrelated else None
        elif not bases:
            raise self._garbled("merge-base")
        if found is None:
            message = f"commit {one[:7]} and commit {two[:7]} have no history in common"
            raise CannotJudge(message, "Begin the branch anew from the target branch.")
        if bases == [one] or bases == [two]:
            if found != MergedTree(self._trees(two if bases == [one] else one)[0], None):
                raise self._garbled("merge-tree")
            return found
        base = self._base(bases)
        trees = self._trees(one, two)
        sides = compare(self._git, [(base.tree, trees[0]), (base.tree, trees[1]), (base.tree, found.tree)])
        ours, theirs, merged = ({edit.path: edit for edit in side} for side in sides)
        unsure = base.conflicts or frozenset()
        strays = {
            path
            for path in {*ours, *theirs, *merged, *unsure}
            if not _follows(path, ours, theirs, merged, path in unsure)
        }
        if strays or found.conflicts is not None:
            return MergedTree(found.tree, frozenset(strays) | (found.conflicts or frozenset()))
        return found

    def write_commit(self, tree: str, parents: tuple[str, ...], time: int) -> str:
        """A commit that is the same wherever it is made; its id. `time` in seconds since 1970."""
        ident = f"itsmctl <gate@itsmctl.invalid> {time} +0000"
        lines = [f"tree {tree}", *(f"parent {one}" for one in parents), f"author {ident}", f"committer {ident}"]
        content = "\n".join((*lines, "", "What the gate judges\n")).encode()
        return keep(self._git.git_dir, self.object_format, "commit", content)

    def _merge_tree(self, one: str, two: str, unrelated: bool) -> MergedTree | None:
        """What git makes of it; None where it refuses since they have no history in common."""
        words = ("merge-tree", "--write-tree", "-z", "--no-messages")
        allowed = ("--allow-unrelated-histories",) if unrelated else ()
        status, said, says = self._git.attempt(*words, *allowed, "--end-of-options", one, two)
        if status not in (0, 1) and "unrelated histories" in says:
            return None
        if status not in (0, 1):
            raise CannotJudge(f"git merge-tree failed: {says or 'it said nothing'}", NO_GIT)
        tree, *rest = said.split(b"\0")
        conflicts = [_CONFLICT.fullmatch(line) for line in rest if line]
        if not said.endswith(b"\0") or None in conflicts or (status == 0 and conflicts):
            raise self._garbled("merge-tree")
        paths = frozenset(to_text(found[1]) for found in conflicts if found)
        return MergedTree(self._one(tree + b"\n", "merge-tree"), paths if status == 1 else None)

    def _bases(self, one: str, two: str) -> list[str]:
        """Their best common ancestors; none where they have nothing in common."""
        status, said, says = self._git.attempt("merge-base", "--all", "--end-of-options", one, two)
        if status not in (0, 1) or (status == 1 and (said or says)):
            raise CannotJudge(f"git merge-base failed: {says or 'it said nothing'}", NO_GIT)
        return self._oids(said, "merge-base")

    def _base(self, bases: list[str]) -> MergedTree:
        """What both sides began from: as git does, several bases are merged with each other first."""
        if not bases:
            return MergedTree(EMPTY_TREE[self.object_format], None)
        (tree,) = self._trees(bases[0])
        conflicts: frozenset[str] = frozenset()
        virtual = bases[0]
        for other in bases[1:]:
            tree, unsure = self.merge(virtual, other, unrelated=True)
            conflicts |= unsure or frozenset()
            virtual = self.write_commit(tree, (virtual, other), 0)
        return MergedTree(tree, conflicts or None)

    def _trees(self, *commits: str) -> list[str]:
        """The tree of each commit."""
        trees = self.repo.ids([f"{one}^{{tree}}" for one in commits])
        if not all(is_oid(one, self.object_format) for one in trees):
            raise self._garbled("cat-file")
        return trees

    @property
    def _git(self) -> GitProcess:
        return self.repo.process

    def _oids(self, said: bytes, command: str) -> list[str]:
        return oids(said, command, self.object_format)

    def _one(self, said: bytes, command: str) -> str:
        found = self._oids(said, command)
        if len(found) != 1:
            raise self._garbled(command)
        return found[0]

    def _garbled(self, command: str) -> CannotJudge:
        return garbled(command)


def _commit(content: bytes) -> _Commit | None:
    """A commit as git writes it; None for any other."""
    found = _WRITTEN.match(content)
    parents = found[1].decode().split("\n")[:-1] if found else []
    return _Commit(tuple(one.removeprefix("parent ") for one in parents), int(found[2])) if found else None


def is_oid(text: str, object_format: str) -> bool:
    """Is it a full object id, in lower case?"""
    return re.fullmatch(rf"[0-9a-f]{{{len(EMPTY_TREE[object_format])}}}", text) is not None


def oids(said: bytes, command: str, object_format: str) -> list[str]:
    """Full object ids that a git command said, one a line. Raises CannotJudge where it said anything else."""
    *lines, last = to_text(said).split("\n")
    if last or not all(is_oid(line, object_format) for line in lines):
        raise garbled(command)
    return lines


def garbled(command: str) -> CannotJudge:
    """For what git could not have said."""
    return CannotJudge(f"git {command} said something that is no answer", NO_GIT)


def _follows(
    path: str,
    ours: Mapping[str, TreeEdit],
    theirs: Mapping[str, TreeEdit],
    merged: Mapping[str, TreeEdit],
    is_unsure: bool,
) -> bool:
    """Does the merge have at `path` what the two sides alone lead to? What is not among the edits is as in the base."""
    one, two, result = ours.get(path), theirs.get(path), merged.get(path)
    if one == two:
        return result == one
    if is_unsure:
        return False
    if one is None or two is None:
        return result == (one or two)
    # both altered it: git merges the contents, of a file that was and stays one
    entries = (one.before, one.after, two.after, result.after if result else one.before)
    return all(entry is not None and entry[0] in _FILES for entry in entries)
