"""The files of one commit, read through git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.sources.model import top_of
from itsmctl.sources.objects import Objects

if TYPE_CHECKING:
    from itsmctl.gitrepo import Revision, TreeFile


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

    def once_held(self, path: str) -> bool:
        """See Source."""
        top = top_of(path)
        return bool(top) and self.repo.once_held(self.revision.oid, self.prefix + path, self.prefix + top)

    def entries(self, under: str) -> list[TreeFile]:
        """See Objects."""
        return self.repo.tree_files(self.revision.tree, under)
