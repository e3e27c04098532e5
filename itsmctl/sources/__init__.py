"""Files of the governed repository, from work tree, index or commit: the same files in the same order from each.

Reads, never writes, and follows no link. What is no plain file is handed on as Irregular, never skipped.
"""

from __future__ import annotations

from itsmctl.sources.commit import Commit
from itsmctl.sources.index import Index
from itsmctl.sources.model import Irregular, Source, SourceFile
from itsmctl.sources.worktree import WorkTree

__all__ = ["Commit", "Index", "Irregular", "Source", "SourceFile", "WorkTree"]
