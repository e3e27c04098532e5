"""Git as the gate reads it: on a bench, a temporary bare repository that borrows the objects of the real one.

Nothing but objects is taken over: no config, attributes, refs, replacements, hooks or commit graph. New objects land
on the bench and vanish with it; the real repository is never written.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from itsmctl import gitcommit, githistory
from itsmctl.errors import CannotJudge
from itsmctl.gitcommit import Hand, Signature
from itsmctl.gitedits import Compared, TreeEdit
from itsmctl.gitlines import Grown
from itsmctl.gitmerge import Merger, garbled, is_oid, oids
from itsmctl.gitplace import borrowed
from itsmctl.gitprocess import EMPTY_TREE, GitProcess, to_text
from itsmctl.gitrepo import GitRepo, Revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from itsmctl.gitlines import Placed

LIMIT = 120.0
"""Seconds that git may take for one answer."""

_COMMIT_LIMIT = 4 << 20  # bytes of one commit object
_WHOLE = 1 << 40  # bytes: more than any blob has
_FEW = 4  # pairs of trees
_STRICT = "--strict=badFilemode=error"  # beside all that git calls an error or a warning


class Merged(NamedTuple):
    """The result of a merge. `commit` is a made-up merge commit of base and head, the same on every machine."""

    tree: str
    commit: Revision


class Brought(NamedTuple):
    """One commit that a head brings. `edits` are its own effect below the prefix, with paths from there.

    For a merge that is what differs from merging its parents anew, with every path that conflicts then; for one of more
    than two parents, whatever differs from any of them (too much rather than too little). `outside`: its effect outside
    of the prefix, with paths from the top. `taken`: the paths, from the top, at which a merge has just what each of its
    parents that the head does not bring has, and they have the same; with what the others have there, (mode, blob) or
    None. `time` is None where the commit does not say it. `names`: what its `Change:` trailers name.
    """

    oid: str
    parents: tuple[str, ...]
    time: int | None
    hands: tuple[Hand, ...]
    edits: tuple[TreeEdit, ...]
    outside: tuple[TreeEdit, ...]
    names: tuple[str, ...]
    signatures: tuple[Signature, ...]
    taken: Mapping[str, frozenset[tuple[str, str] | None]] = MappingProxyType({})


class Landed(NamedTuple):
    """One commit of a first-parent line, its committer's time, and what it did against its first parent."""

    oid: str
    time: int
    edits: tuple[TreeEdit, ...]
    is_merge: bool = False


@contextmanager
def bench(repo: GitRepo, quarantine: Sequence[Path] = (), limit: float = LIMIT) -> Iterator[Bench]:
    """A bench over `repo`, and over object directories that are no part of it yet (absolute paths).

    `limit`: see LIMIT. Raises CannotJudge where history is cut off or partly left at the remote, git is too old, or
    objects cannot be read.
    """
    real = GitProcess(repo.git_dir, repo.root, repo.environ, limit, versions=repo.versions)
    with borrowed(real, quarantine) as (place, object_format):
        called = repo.root or repo.git_dir
        held = GitRepo(place, None, repo.environ, None, limit=limit, called=called, versions=repo.versions)
        with held.process.standing():
            yield Bench(held, object_format)


class Bench(Struct, frozen=True, eq=False):
    """Objects by their full ids, and nothing else. Every method raises CannotJudge for what git cannot answer."""

    repo: GitRepo
    object_format: str  # sha1 or sha256
    _known: dict[tuple[str, str, str], tuple[Brought, ...]] = field(default_factory=dict)
    _compared: Compared = field(default_factory=Compared)
    _sound: set[str] = field(default_factory=set)  # objects that were held to git's checks

    @property
    def _git(self) -> GitProcess:
        return self.repo.process

    @property
    def _merger(self) -> Merger:
        return Merger(self.repo, self.object_format)

    def _is_oid(self, text: str) -> bool:
        return is_oid(text, self.object_format)

    def _oids(self, said: bytes, command: str) -> list[str]:
        return oids(said, command, self.object_format)

    def merge(self, base: str, head: str) -> Merged:
        """Merge two commits, as a forge would; raises CannotJudge, with the paths, where they conflict.

        Neither attributes nor config have a say in it, and renames are not guessed at.
        """
        into, brought = self._commit(base), self._commit(head)
        itself = self._itself(head)
        if base in itself.parents:  # then all of the base is in it, and no merge is needed
            return self._made(itself.tree, into, brought)
        holds_nothing = into.tree == EMPTY_TREE[self.object_format]  # then there is nothing that could be lost
        tree, found = self._merger.merge(base, head, unrelated=holds_nothing)
        if found is not None:
            conflicts = sorted(found)
            paths = ", ".join(conflicts[:10]) + (f" and {len(conflicts) - 10} more" if len(conflicts) > 10 else "")
            raise CannotJudge(
                f"{into.label} and {brought.label} cannot be merged: they conflict at {paths or 'some path'}",
                "Merge the target branch into this one, solve the conflict there, and commit it.",
            )
        return self._made(tree, into, brought)

    def _made(self, tree: str, into: Revision, brought: Revision) -> Merged:
        time = min(max(into.time, brought.time, 0), 1 << 40)  # git takes no date that does not fit
        oid = self._merger.write_commit(tree, (into.oid, brought.oid), time)
        return Merged(tree, Revision(oid, tree, time, f"merge of {into.oid[:7]} and {brought.oid[:7]}"))

    def _itself(self, oid: str) -> gitcommit.Commit:
        """A commit as its own bytes have it, which are those of its id: no git is believed in that."""
        content = dict(self.repo.blobs([oid], _COMMIT_LIMIT))[oid]
        named = hashlib.new(self.object_format, b"commit %d\0" % len(content) + content, usedforsecurity=False)
        if named.hexdigest() != oid:
            raise garbled("cat-file")
        return gitcommit.parse(content)

    def nothing(self) -> Revision:
        """A made-up commit without files and parents: where a branch stands before its first push."""
        tree = EMPTY_TREE[self.object_format]
        return Revision(self._merger.write_commit(tree, (), 0), tree, 0, "nothing")

    def edits(self, before_tree: str, after_tree: str) -> tuple[TreeEdit, ...]:
        """What differs between two trees, by path in git's order: entries of any mode, renames not guessed at."""
        for oid in (before_tree, after_tree):
            self._refuse_other(oid)
        return tuple(self.repo.tree_edits(before_tree, after_tree))

    def first_parents(self, tip: str, under: Sequence[str], since: str = "") -> tuple[Landed, ...]:
        """The first-parent line up to `tip`, oldest first, with edits at and below the paths `under` (from the top).

        Commits without such edits are there, too. Without any path in `under`, there are no edits; those up to the
        commit `since`, where it is on the line, have none either.
        """
        self._commit(tip)
        words = ("rev-list", "--first-parent", "--reverse", "--end-of-options")
        line = self._oids(self._git.run(*words, tip), "rev-list")
        commits = self._read(line)
        pairs = []
        before = ""
        tree = EMPTY_TREE[self.object_format]
        for oid in line:
            commit = commits[oid]
            if commit.parents[:1] != ((before,) if before else ()):
                raise garbled("rev-list")
            pairs.append((tree, commit.tree))
            before, tree = oid, commit.tree
        if before != tip:
            raise garbled("rev-list")
        start = line.index(since) + 1 if since in line else 0
        found = [*[()] * start, *(self._compare(pairs[start:], under) if under else [()] * (len(line) - start))]
        return tuple(
            Landed(oid, self._time(oid, commits), edits, len(commits[oid].parents) > 1)
            for oid, edits in zip(line, found, strict=True)
        )

    def grown(self, tip: str) -> dict[str, Grown]:
        """Every commit up to `tip`, on any line, by id."""
        self._commit(tip)
        words = ("log", "--no-patch", "-z", "--format=%H%x00%T%x00%ct%x00%P")
        said = to_text(self._git.run(*words, "--end-of-options", tip))
        *fields, last = said.split("\0")
        found: dict[str, Grown] = {}
        for oid, tree, time, parents in zip(*(fields[at::4] for at in range(4)), strict=False):
            found[oid] = Grown(tuple(parents.split()), tree, int(time) if re.fullmatch(r"-?\d{1,18}", time) else 0)
        ids = {*found, *(one.tree for one in found.values())}
        held = all(oid in found for one in found.values() for oid in one.parents)
        if last or len(fields) % 4 or tip not in found or not held or not all(map(self._is_oid, ids)):
            raise garbled("log")
        return found

    def landed(self, commits: Mapping[str, Grown], order: Sequence[Placed], under: str) -> list[tuple[TreeEdit, ...]]:
        """What each commit did at and below the path `under` (from the top), against its first parent.

        Away from the first line, a merge that brought nothing did only what is otherwise than in each of its parents.
        """
        pairs: list[tuple[str, str]] = []
        spans = []
        for one in order:
            commit = commits[one.oid]
            against = commit.parents if one.line and not one.brings else commit.parents[:1]
            trees = [commits[oid].tree for oid in against] or [EMPTY_TREE[self.object_format]]
            spans.append((len(pairs), len(pairs) + len(trees)))
            pairs += [(tree, commit.tree) for tree in trees]
        compared = self._compare(pairs, (under,))
        found = []
        for start, end in spans:
            common = set.intersection(*({edit.path for edit in edits} for edits in compared[start:end]))
            found.append(tuple(edit for edit in compared[start] if edit.path in common))
        return found

    def brought(self, base: str, head: str, prefix: str = "") -> tuple[Brought, ...]:
        """Every commit up to `head` that is not in `base`, each after its parents. `prefix`: "" or "some/folder/"."""
        asked = (base, head, prefix)
        if asked not in self._known:
            self._commit(base)
            self._commit(head)
            names = self._named(head, f"^{base}")
            if next(reversed(names), "") != head:
                self._refuse_absence(base, head, "log")
            self._known[asked] = self._about(names, prefix)
        return self._known[asked]

    def touching(self, tip: str, paths: Sequence[str], prefix: str = "") -> tuple[Brought, ...]:
        """Every commit up to `tip`, on any line, that does something itself at one of the paths (from the top).

        The paths are such as the history of `tip` has held.
        """
        self._commit(tip)
        if not paths:
            return ()
        wanted = {path.removeprefix(prefix) for path in paths}
        names = self._named(tip, "--full-history", "--", *paths)
        if not names:
            raise garbled("log")
        found = self._about(names, prefix)
        return tuple(one for one in found if any(edit.path in wanted for edit in one.edits))

    def content(self, oid: str) -> bytes:
        """A blob, whole."""
        self._refuse_other(oid)
        return self.contents([oid], _WHOLE)[oid]

    def contents(self, oids: Iterable[str], limit: int) -> dict[str, bytes]:
        """Blob → its first `limit` bytes, all from one process. One that is whole has the id of its bytes."""
        found = dict(self.repo.blobs(dict.fromkeys(oids), limit))
        for oid, content in found.items():
            if len(content) < limit and self.id_of(content) != oid:
                raise garbled("cat-file")
        return found

    def id_of(self, content: bytes) -> str:
        """The id of a blob of these bytes: git itself does not look, and objects can be written over.

        A git that ends well without a word would else make a vote, or a former rule, an empty file.
        """
        return hashlib.new(self.object_format, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """All best common ancestors of two commits; none where they have no history in common."""
        self._commit(one)
        self._commit(other)
        status, said, says = self._git.attempt("merge-base", "--all", "--end-of-options", one, other)
        if status not in (0, 1) or (status == 1 and (said or says)):
            raise CannotJudge(f"git merge-base failed: {says or 'it said nothing'}", "git fsck tells more.")
        return tuple(self._oids(said, "merge-base"))

    def revision(self, oid: str) -> Revision:
        """The commit with this full id."""
        return self._commit(oid)

    def _about(self, names: Mapping[str, tuple[str, ...]], prefix: str) -> tuple[Brought, ...]:
        """What each of the commits did by itself below the prefix; `names`: commit → its trailers."""
        commits = self._read(list(names))
        pairs: list[tuple[str, str]] = []
        spans: dict[str, tuple[int, int, frozenset[str]]] = {}
        parents = self._read([one for commit in commits.values() for one in commit.parents if one not in commits])
        trees = {oid: commit.tree for oid, commit in (commits | parents).items()}
        for oid, commit in commits.items():
            against, conflicts = self._against(commit, trees)
            spans[oid] = (len(pairs), len(pairs) + len(against), conflicts)
            pairs += [(tree, commit.tree) for tree in against]
        compared = self._compare(pairs)
        found = []
        for oid, commit in commits.items():
            start, end, conflicts = spans[oid]
            own = _effect(compared[start:end], conflicts)
            edits = _inside(own, prefix)
            outside = tuple(edit for edit in own if not edit.path.startswith(prefix))
            # of a merge, what it is compared with ends with its parents, or is what they lead to and nothing else
            sides = compared[end - len(commit.parents) : end] if end - start >= len(commit.parents) > 1 else ()
            taken = _taken(own, [(side, one in commits) for side, one in zip(sides, commit.parents, strict=False)])
            about = (commit.time, commit.hands, edits, outside, names[oid], commit.signatures, taken)
            found.append(Brought(oid, commit.parents, *about))
        return tuple(found)

    def refuse_damaged(self, base: str, head: str) -> None:
        """Hold every object that `head` brings to git's strictest checks: trees, modes, names, identities, links.

        Raises CannotJudge that names the object and what is wrong with it.
        """
        self._commit(base)
        self._commit(head)
        words = ("rev-list", "--objects", "--no-object-names", "--end-of-options", head, f"^{base}")
        status, listed, says = self._git.attempt(*words)
        if status != 0:
            raise _damaged(head, says)
        brought = self._oids(listed, "rev-list")
        if head not in brought:
            self._refuse_absence(base, head, "rev-list")
            return
        if self._sound.issuperset(brought):
            return
        apart = self.repo.git_dir / "check"  # no part of the objects, so that nothing is taken from it
        apart.mkdir(exist_ok=True)
        # no --end-of-options: pack-objects and index-pack do not know it; the path is ours, and absolute
        pack_words = ("pack-objects", "-q", "--window=0", "--no-reuse-delta", str(apart / "new"))
        status, packed, says = self._git.attempt(*pack_words, stdin="".join(f"{oid}\n" for oid in brought).encode())
        if status != 0:
            raise _damaged(head, says)
        pack = self._oids(packed, "pack-objects")
        place, index = apart / f"new-{''.join(pack)}.pack", apart / "new.idx"
        status, checked, says = self._git.attempt("index-pack", _STRICT, "-o", str(index), str(place))
        if status != 0:
            raise _damaged(head, says)
        if checked.split() != [one.encode() for one in pack]:
            raise garbled("index-pack")
        # names made anew from the contents: an object that is not what its name says has another one
        said = self._git.run("show-index", f"--object-format={self.object_format}", stdin=index.read_bytes())
        held = [line.split(b" ")[1:2] for line in said.splitlines()]  # offset, id, checksum
        if sorted(held) != sorted([oid.encode()] for oid in brought):
            raise _damaged(head, "the content of an object does not have the id that the object is stored under")
        for file in apart.iterdir():
            file.unlink()
        self._sound.update(brought)

    def _refuse_absence(self, base: str, head: str, command: str) -> None:
        """That `head` brings no commit, not even itself, is so only where `base` holds it already."""
        if self.merge_bases(base, head) != (head,):
            raise garbled(command)

    def _compare(self, pairs: Sequence[tuple[str, str]], under: Sequence[str] = ()) -> list[tuple[TreeEdit, ...]]:
        return self._compared.of(self._git, pairs, under, self._few)

    def _few(self, pairs: Sequence[tuple[str, str]], under: Sequence[str]) -> list[tuple[TreeEdit, ...]] | None:
        """Without a git of their own, where they are so few that it would take longer to start it."""
        if len(pairs) > _FEW or len(under) > 1 or any(EMPTY_TREE[self.object_format] in pair for pair in pairs):
            return None
        return [tuple(self.repo.tree_edits(*pair, *under)) for pair in pairs]

    def _against(self, commit: gitcommit.Commit, trees: Mapping[str, str]) -> tuple[list[str], frozenset[str]]:
        """The trees that a commit is to be compared with, and the paths that are its own in any case."""
        parents = commit.parents
        if len(parents) == 2:
            tree, conflicts = self._merger.merge(*parents, unrelated=True)
            # what conflicts stands in the tree with markers, or not at all: the parents tell what was there
            return (
                ([tree, trees[parents[0]], trees[parents[1]]], conflicts)
                if conflicts is not None
                else ([tree], frozenset())
            )
        return [trees[one] for one in parents] or [EMPTY_TREE[self.object_format]], frozenset()

    def _named(self, tip: str, *more: str) -> dict[str, tuple[str, ...]]:
        """Commit → its `Change:` trailers, for each that leads to `tip` and that `more` does not leave out."""
        words = ("log", "--topo-order", "--reverse", "-z", "--no-patch", f"--format=%H%x00{githistory.TRAILERS}")
        # --end-of-options would make options of git log paths; all that stands here is ours or a full object id
        said = to_text(self._git.run(*words, tip, *more))
        *fields, last = said.split("\0") if said else ("",)
        if last or len(fields) % 2:
            raise garbled("log")
        found = {}
        for oid, values in zip(fields[::2], fields[1::2], strict=True):
            if not self._is_oid(oid):
                raise garbled("log")
            found[oid] = githistory.named(values)
        return found

    def _read(self, oids: Sequence[str]) -> dict[str, gitcommit.Commit]:
        """The commits themselves, in that order."""
        found = {}
        for oid, content in self.repo.blobs(dict.fromkeys(oids), _COMMIT_LIMIT):
            commit = gitcommit.parse(content)
            if len(content) == _COMMIT_LIMIT or not all(map(self._is_oid, (commit.tree, *commit.parents))):
                message = f"commit {oid} is damaged or giant: its tree and parents cannot be told"
                raise CannotJudge(message, "git fsck tells more.")
            found[oid] = commit
        return found

    def _time(self, oid: str, commits: Mapping[str, gitcommit.Commit]) -> int:
        time = commits[oid].time
        if time is None:
            raise CannotJudge(f"commit {oid} is damaged: it names no time", "git fsck tells more.")
        return time

    def _commit(self, oid: str) -> Revision:
        """The commit with this full id; a shorter one, or a name, is an error."""
        self._refuse_other(oid)
        found = self.repo.resolve(oid)
        if found.oid != oid:
            raise CannotJudge(f"{oid} names no commit, but something that leads to one", "Write the commit's own id.")
        return found

    def _refuse_other(self, oid: str) -> None:
        if not self._is_oid(oid):
            raise CannotJudge(f"{oid!r} is no full object id of this repository", "Write all digits, in lower case.")


def _effect(compared: Sequence[tuple[TreeEdit, ...]], conflicts: frozenset[str]) -> list[TreeEdit]:
    """One edit a path. Of a merge with conflicts, the parents speak for the paths that conflict and no others."""
    found: dict[str, TreeEdit] = {}
    for number, edits in enumerate(compared):
        for edit in edits:
            if number == 0 or not conflicts or edit.path in conflicts:
                found.setdefault(edit.path, edit)
    return [found[path] for path in sorted(found)]


def _inside(edits: Sequence[TreeEdit], prefix: str) -> tuple[TreeEdit, ...]:
    """Those below the prefix, with their paths from there."""
    if not prefix:
        return tuple(edits)
    return tuple(edit._replace(path=edit.path[len(prefix) :]) for edit in edits if edit.path.startswith(prefix))


def _taken(
    own: Iterable[TreeEdit], sides: Sequence[tuple[Iterable[TreeEdit], bool]]
) -> dict[str, frozenset[tuple[str, str] | None]]:
    """See Brought. `sides`: how a merge differs from each parent, and whether the head brings that one."""
    if all(is_brought for _, is_brought in sides):
        return {}
    differ = {edit.path for side, is_brought in sides if not is_brought for edit in side}
    held: dict[str, set[tuple[str, str] | None]] = {edit.path: set() for edit in own if edit.path not in differ}
    for edit in (edit for side, _ in sides for edit in side if edit.path in held):
        held[edit.path].add(edit.before)
    return {path: frozenset(entries) for path, entries in held.items()}


def _damaged(head: str, says: str) -> CannotJudge:
    return CannotJudge(
        f"commit {head[:7]} brings an object that git calls damaged: {says or 'git said nothing'}",
        "git fsck --strict tells which; make the commits anew without it.",
    )
