"""Files whose contents are objects of git, whoever lists them."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.sources.model import BY_MODE, IMPOSSIBLE, LIMIT, ODD_STEP, UPWARDS, Irregular, SourceFile, top_of, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from itsmctl.gitrepo import GitRepo
    from itsmctl.gittrees import TreeFile

_T = TypeVar("_T")


class _Ahead(Struct):
    """Contents by blob, of files that are likely to be asked for next: a git process for each would take too long."""

    reach: int = 1  # files to read at once: few at first, as it may be the only one
    size: int = 0
    held: dict[str, bytes] = field(default_factory=dict)

    def fill(self, repo: GitRepo, oids: list[str]) -> None:
        """Read the first of `oids` in any case, and as many of the others as take about a megabyte together."""
        if self.size > 8 * LIMIT:
            self.held.clear()
            self.size = 0
        self.reach = min(2 * self.reach, 1024)
        enough = self.size + LIMIT
        with closing(repo.blobs(oids, LIMIT)) as contents:
            for oid, content in contents:
                self.held[oid] = content
                self.size += len(content)
                if self.size > enough:
                    break


class Objects(Struct, frozen=True, dict=True, eq=False):
    """Files below `prefix` (the governed root within the repository: "" or "some/folder/"), as git lists them."""

    repo: GitRepo
    prefix: str

    @cached_property
    def _listed(self) -> dict[str, Mapping[str, tuple[str, str]]]:
        return {}

    @cached_property
    def _ahead(self) -> _Ahead:
        return _Ahead()

    def entries(self, under: str) -> list[TreeFile]:
        """Everything at and below a path of the repository."""
        raise NotImplementedError  # a Struct cannot be an ABC, too: their metaclasses do not go together

    @property
    def label(self) -> str:
        """See Source."""
        raise NotImplementedError  # as above

    @property
    def whole_history(self) -> bool:
        """See Source."""
        return not self.repo.is_shallow

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """See Source. All contents stream through one git process."""
        nothing: Mapping[tuple[str, bytes], SourceFile] = {}
        return self.files_or(under, nothing)

    def files_or(self, under: str, known: Mapping[tuple[str, bytes], _T]) -> Iterator[SourceFile | Irregular | _T]:
        """The same files; of those whose (path, blob) is `known`, what is known instead, and nothing is read."""
        top = top_of(under)
        # of a folder alone, where no more is known; where nothing is in it, something may stand in its way
        listed = (() if top in self._listed else self.listing(under)) or self.listing(top)
        entries = [(path, what, oid) for path, (what, oid) in within(listed, under)]
        held = [None if what else known.get((path, oid.encode())) for path, what, oid in entries]
        wanted = [oid for (_, what, oid), one in zip(entries, held, strict=True) if not what and one is None]
        with closing(self.repo.blobs(wanted, LIMIT)) as contents:
            for (path, what, oid), one in zip(entries, held, strict=True):
                if one is not None:
                    yield one
                else:
                    yield Irregular(path, what) if what else SourceFile(path, next(contents)[1], oid)

    def some(self, paths: Iterable[str]) -> Iterator[SourceFile | Irregular]:
        """The files at these paths, each of which is listed. All contents stream through one git process."""
        entries = [(path, *self.listing(top_of(path))[path]) for path in paths]
        with closing(self.repo.blobs([oid for _, what, oid in entries if not what], LIMIT)) as contents:
            for path, what, oid in entries:
                yield Irregular(path, what) if what else SourceFile(path, next(contents)[1], oid)

    def ignored(self, top: str) -> tuple[str, ...]:
        """See Source: nothing, since git ignores only what is not in it."""
        del top
        return ()

    def content(self, path: str) -> bytes | None:
        """See Source."""
        listed = self.listing(top_of(path))
        what, oid = listed.get(path, (IMPOSSIBLE, ""))
        if what:
            return None
        if oid not in self._ahead.held:
            following = islice(dropwhile(lambda one: one != path, listed), self._ahead.reach)
            self._ahead.fill(self.repo, [oid for what, oid in map(listed.__getitem__, following) if not what])
        return self._ahead.held[oid]

    def holds(self, path: str) -> bool:
        """See Source."""
        if path.startswith(UPWARDS):
            name = path.removeprefix(UPWARDS)
            found = self.entries(name) if top_of(name) else []
            return any(one.path == name and not BY_MODE[one.mode] for one in found)
        return self.listing(top_of(path)).get(path, (IMPOSSIBLE, ""))[0] == ""

    def listing(self, top: str) -> Mapping[str, tuple[str, str]]:
        """Path → (what is irregular about it, or ""; blob) of everything at and below a path; sorted."""
        if top not in self._listed:
            entries = self.entries(self.prefix + top) if top else []
            found = dict(self.listed(full, mode, oid) for full, mode, oid in entries)
            if len(found) < len(entries):
                raise CannotJudge(f"{self.label} holds the same path twice", "git fsck tells which: it is damaged.")
            self._listed[top] = dict(sorted(found.items()))
        return self._listed[top]

    def listed(self, full: str, mode: str, oid: str) -> tuple[str, tuple[str, str]]:
        """How the listing has an entry of git, whose path is from the top of the repository."""
        path = full.removeprefix(self.prefix)
        return path, (IMPOSSIBLE if ODD_STEP.search(path) else BY_MODE[mode], oid)
