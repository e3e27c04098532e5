"""The files that are staged: what the next commit will hold, whatever else stands in the work tree."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from itsmctl.sources.commit import Commit
from itsmctl.sources.objects import Objects

if TYPE_CHECKING:
    from itsmctl.gittrees import TreeFile


class Index(Objects, frozen=True, eq=False):
    """The files of the index. Where git runs a hook, it is the index of the commit that is about to be made."""

    @property
    def label(self) -> str:
        """See Source."""
        return "staged files"

    def names(self) -> frozenset[str]:
        """See Source."""
        return frozenset(file.path.removeprefix(self.prefix).partition("/")[0] for file in self.entries(self.prefix))

    def once_held(self, path: str) -> bool:
        """See Source. Without a commit nothing was ever held."""
        return self._head is not None and self._head.once_held(path)

    def entries(self, under: str) -> list[TreeFile]:
        """See Objects."""
        return self.repo.index_files(under)

    @cached_property
    def _head(self) -> Commit | None:
        head = self.repo.head()
        return Commit(self.repo, self.prefix, head) if head else None
