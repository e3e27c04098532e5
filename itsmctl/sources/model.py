"""What a source of files is, and what it hands on: SourceFile, Irregular, Source. Opens nothing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from itsmctl.yamltext import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LIMIT = MAX_BYTES + 1
"""Bytes that are read of a file: one more than allowed shows that it is too big."""

LINK = "a symbolic link"
NESTED = "a nested git repository"
EXECUTABLE = "an executable file"
IMPOSSIBLE = "a path that no work tree can hold"

FILES = ("", EXECUTABLE)
"""What is odd about a regular file that need not be a record, such as a hook: nothing, or that it may be run."""

# no other modes are told, whatever is written in the tree
BY_MODE = {"100644": "", "100755": EXECUTABLE, "120000": LINK, "160000": NESTED}

_HINTS = {
    LINK: "Put the file itself there: what a link leads to can change without the record.",
    EXECUTABLE: "Take the permission to execute away: git update-index --chmod=-x, and chmod -x.",
    NESTED: "Move it elsewhere: this repository has no history of what is inside (a submodule is such a one, too).",
    IMPOSSIBLE: "Remove it from the commit: git fsck tells how it is damaged.",
}

ODD_STEP = re.compile(r"(?:^|/)(?:|\.|\.\.|\.git)(?:/|$)" + (r"|[\\:]" if os.name == "nt" else ""), re.IGNORECASE)

_T = TypeVar("_T")


class SourceFile(Struct, frozen=True):
    """A regular file. `path` is relative to the governed root, with `/`; its bytes that are not UTF-8 are surrogates.

    At most MAX_BYTES + 1 bytes of `content` are read. `blob` is git's id of it, empty in a work tree.
    """

    path: str
    content: bytes
    blob: str = ""


class Irregular(Struct, frozen=True):
    """What stands at `path` and is no plain file. `what` names it ("a symbolic link")."""

    path: str
    what: str

    @property
    def hint(self) -> str:
        """What to do about it."""
        return _HINTS.get(self.what, "Only regular files that can be read are records: replace or remove it.")


class Source(Protocol):
    """Where files come from. Paths are relative to the governed root, with `/`; nothing else is ever reached."""

    @property
    def label(self) -> str:
        """What is read, for people: "work tree", "commit 1a2b3c4 (main)"."""

    @property
    def whole_history(self) -> bool:
        """Is all of history there, so that `once_held` can answer? Not so in a shallow clone."""

    def names(self) -> frozenset[str]:
        """The names of what stands at the governed root itself: files, folders and all else."""

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """Every file at `under` and below, by path in code-point order.

        Raises CannotJudge where a sparse checkout leaves some of them out.
        """

    def ignored(self, top: str) -> tuple[str, ...]:
        """What stands at and below a top folder and is left out because git ignores it, by path.

        It is in no commit. A path that ends in "/" is a nested repository.
        """

    def content(self, path: str) -> bytes | None:
        """The first MAX_BYTES + 1 bytes of the regular file at `path`, or None where there is none."""

    def holds(self, path: str) -> bool:
        """Is there a regular file at exactly this path, letter case included? It may be one that is run.

        `:/` before it: from the top of git.
        """

    def once_held(self, path: str) -> bool:
        """Did any commit up to here hold a file at `path`? Raises CannotJudge where history is cut off."""


UPWARDS = ":/"
"""Before the path of a file that is told from the top of the repository, and not from the governed root."""


def top_of(path: str) -> str:
    """The top folder of a path, or "" where the path is none that could be reached."""
    return "" if "\0" in path or ODD_STEP.search(path) else path.partition("/")[0]


def within(listed: Mapping[str, _T], under: str) -> Collection[tuple[str, _T]]:
    """What is listed at `under`, below it, or in its way (a link that `under` would have to follow)."""
    if "/" not in under:
        return listed.items()
    below = under + "/"
    return [
        (path, about)
        for path, about in listed.items()
        if path == under or path.startswith(below) or below.startswith(path + "/")
    ]
