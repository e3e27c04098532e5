"""The commits up to one, with what each did to records, read once. The one place that history is asked from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cached_property

from msgspec import Struct, field

from itsmctl import yamltext
from itsmctl.githistory import FileEdit, Logged
from itsmctl.gitrepo import GitRepo
from itsmctl.records import ROOT, SUFFIX


class Past(Struct, frozen=True, dict=True):
    """`commits` by id, the newest first; `edits` by commit, to files under records/, by path in the git repository.

    `prefix` is where the governed root lies in it, "" or "a/b/". `since`: a commit of the first-parent line; it and all
    that it holds are left out.
    """

    repo: GitRepo
    prefix: str
    commits: dict[str, Logged]
    edits: Mapping[str, tuple[FileEdit, ...]]
    since: str = ""
    _contents: dict[str, bytes] = field(default_factory=dict)
    _data: dict[str, object] = field(default_factory=dict)
    _later: dict[str, frozenset[str]] = field(default_factory=dict)  # commit → all that come after it

    @property
    def tip(self) -> str:
        """The newest commit."""
        return next(iter(self.commits))

    @property
    def is_cut(self) -> bool:
        """Is older history missing, as in a shallow clone?"""
        return self.repo.is_shallow

    @cached_property
    def cut(self) -> frozenset[str]:
        """The commits whose parents are missing."""
        return self.repo.cut_at(oid for oid, commit in self.commits.items() if not commit.parents)

    def inner(self, path: str) -> str:
        """A path in the git repository as seen from the governed root."""
        return path.removeprefix(self.prefix)

    def identity(self, path: str) -> tuple[str, str] | None:
        """(folder, name) that a path of git stands for: records/<folder>/…/<name>.yaml, however the folder is split."""
        parts = self.inner(path).split("/")
        if len(parts) < 3 or parts[0] != ROOT or not path.endswith(SUFFIX):
            return None
        return parts[1], parts[-1].removesuffix(SUFFIX)

    @cached_property
    def places(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(folder, name) → every path that ever stood for it, for all that any of the commits touched; sorted."""
        found: dict[tuple[str, str], set[str]] = {}
        for path in {edit.path for held in self.edits.values() for edit in held}:
            identity = self.identity(path)
            if identity is not None:
                found.setdefault(identity, set()).add(path)
        return {identity: tuple(sorted(found[identity])) for identity in sorted(found)}

    def paths_of(self, folder: str, name: str) -> tuple[str, ...]:
        """Every path that ever stood for it at a commit of the first-parent line; sorted."""
        touched = self.places.get((folder, name), ())
        if not self.since:
            return touched
        if folder not in self._standing:
            there = self.repo.tree_files(self.since, f"{self.prefix}{ROOT}/{folder}")
            stood: dict[str, list[str]] = {}
            for identity, path in ((self.identity(one.path), one.path) for one in there):
                if identity is not None:
                    stood.setdefault(identity[1], []).append(path)
            self._standing[folder] = stood
        return tuple(sorted({*touched, *self._standing[folder].get(name, ())}))

    @cached_property
    def _standing(self) -> dict[str, dict[str, list[str]]]:
        """Folder → name → where it stood at the commit `since`."""
        return {}

    def descends(self, commit: str, other: str) -> bool:
        """Does the one come after the other?"""
        if other not in self._later:
            seen: set[str] = set()
            pending = list(self._children.get(other, ()))
            while pending:
                one = pending.pop()
                if one not in seen:
                    seen.add(one)
                    pending += self._children.get(one, ())
            self._later[other] = frozenset(seen)
        return commit in self._later[other]

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for commit in self.commits.values():
            for parent in commit.parents:
                found.setdefault(parent, []).append(commit.oid)
        return found

    @cached_property
    def brought_by(self) -> Mapping[str, str]:
        """Commit → the commit of the first-parent line of the tip that brought it there: itself, or a merge."""
        line = [self.tip]
        while self.commits[line[-1]].parents and self.commits[line[-1]].parents[0] in self.commits:
            line.append(self.commits[line[-1]].parents[0])
        found: dict[str, str] = {}
        for bringer in reversed(line):
            pending = [bringer]
            while pending:
                one = pending.pop()
                if one not in found and one in self.commits:
                    found[one] = bringer
                    pending += self.commits[one].parents
        return found

    @cached_property
    def brought(self) -> Mapping[str, tuple[str, ...]]:
        """Commit of the first-parent line → all that it brought there, itself among them, the newest first."""
        found: dict[str, list[str]] = {}
        for oid in self.commits:
            found.setdefault(self.brought_by[oid], []).append(oid)
        return {bringer: tuple(held) for bringer, held in found.items()}

    def expect(self, blobs: Iterable[str]) -> None:
        """Read contents that will be asked for, all at once: a git process for each would take too long."""
        wanted = [blob for blob in dict.fromkeys(blobs) if blob and blob not in self._contents]
        if wanted:
            with closing(self.repo.blobs(wanted, yamltext.MAX_BYTES + 1)) as contents:
                self._contents.update(contents)

    def read(self, blob: str) -> object:
        """The data of a file. Raises Refused."""
        self.expect([blob])
        return yamltext.read(self._contents[blob])

    def data(self, blob: str) -> object:
        """The data of a file, None where it cannot be read. The same object each time: not to be altered."""
        if blob not in self._data:
            try:
                self._data[blob] = self.read(blob)
            except yamltext.Refused:
                self._data[blob] = None
        return self._data[blob]

    def blobs(self, names: list[str]) -> list[str]:
        """The id of each object that is named `commit:path`, empty where there is none."""
        told = {name: self._told(*name.split(":", 1)) for name in names}
        asked = [name for name, blob in told.items() if not blob]
        told |= dict(zip(asked, self.repo.ids(asked), strict=True))
        return [told[name] for name in names]

    def _told(self, oid: str, path: str) -> str:
        """What an edit of that commit, or of one that follows it, tells without asking git again; else ""."""
        edit = self._of_one_parent(oid).get(path)
        if edit is not None and edit.after:
            return edit.after
        after = (self._of_one_parent(child).get(path) for child in self._children.get(oid, ()))
        return next((edit.before[0] for edit in after if edit is not None), "")

    def _of_one_parent(self, oid: str) -> Mapping[str, FileEdit]:
        """Path → edit, of a commit that has one parent; of any other one nothing."""
        if oid not in self._by_path:
            has_one = oid in self.commits and len(self.commits[oid].parents) == 1
            self._by_path[oid] = {one.path: one for one in self.edits.get(oid, ())} if has_one else {}
        return self._by_path[oid]

    @cached_property
    def _by_path(self) -> dict[str, dict[str, FileEdit]]:
        return {}


def read(repo: GitRepo, tip: str, prefix: str, since: str = "") -> Past:
    """The past of a commit, or what of it came after the commit `since`, which is on the first-parent line."""
    commits = {commit.oid: commit for commit in repo.commits(tip, since)}
    return Past(repo, prefix, commits, repo.edits(tip, prefix + ROOT, since), since)
