"""The files of one commit, read through git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.sources.model import top_of
from itsmctl.sources.objects import Objects

if TYPE_CHECKING:
    from itsmctl.gitrepo import Revision
    from itsmctl.gittrees import TreeFile


class Commit(Objects, frozen=True, eq=False):
    """The files of one commit."""

    revision: Revision

    @property
    def label(self) -> str:
        """See Source."""
        return self.revision.label

    def names(self) -> frozenset[str]:
        """See Source."""
        return self.repo.tree_names(self.revision.tree, self.prefix)

    def against(self, other: Commit, top: str) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
        """What stands otherwise than in another commit of the same repository, as listings: what was there, what is."""
        was: dict[str, tuple[str, str]] = {}
        now: dict[str, tuple[str, str]] = {}
        for path, before, after in self.repo.tree_edits(other.revision.tree, self.revision.tree, self.prefix + top):
            was.update([self.listed(path, *before)] if before else ())
            now.update([self.listed(path, *after)] if after else ())
        found = {**other.listing(top), **now}  # where a file was before, it is still
        if was.keys() != now.keys():
            found = {path: found[path] for path in sorted(found) if path in now or path not in was}
        self._listed[top] = found
        return was, now

    def once_held(self, path: str) -> bool:
        """See Source."""
        top = top_of(path)
        return bool(top) and self.repo.once_held(self.revision.oid, self.prefix + path, self.prefix + top)

    def entries(self, under: str) -> list[TreeFile]:
        """See Objects."""
        return self.repo.tree_files(self.revision.tree, under)
