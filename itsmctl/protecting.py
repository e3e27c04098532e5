"""Which paths are governed and hold no record: protected files, and what stands in the way of our folders. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from itsmctl.records import ROOT
from itsmctl.settings.rootnames import FILE

if TYPE_CHECKING:
    from itsmctl.records import Law

LAW = ("itsm.yaml", "policies/", "schemas/")
"""Always protected: what judges is never edited without a governance change."""

SHELVES = ("approvals/", "baselines/")

TOP = ":/"
"""Before the path of a file that stands outside of the governed root, as git writes the top of the repository: such a
file is never taken for one of the same name inside."""

_FOLDERS = ("approvals", "baselines", "policies", "records", "schemas")


def placed(path: str, prefix: str) -> str:
    """A path from the top of the repository, as it is told from the governed root (`prefix`: "" or "a/b/")."""
    return path.removeprefix(prefix) if path.startswith(prefix) else TOP + path


def full(path: str, prefix: str) -> str:
    """The other way round: a path that is told from the governed root, from the top of the repository."""
    return path.removeprefix(TOP) if path.startswith(TOP) else prefix + path


def is_protected(path: str, law: Law) -> bool:
    """Is it a file that only a governance change edits? `path` is from the governed root, see TOP."""
    inside = not path.startswith(TOP)
    if inside and path.startswith((f"{ROOT}/", *SHELVES)):
        return False
    name = path.removeprefix(TOP)
    return (inside and path.startswith(LAW)) or any(_glob(glob).fullmatch(name) for glob in law.settings.all.protected)


def shadows(path: str, prefix: str) -> bool:
    """Does it stand where one of our folders does, or would it if letter case is passed over? `path`: from the top."""
    parts, root = path.split("/"), prefix.split("/")[:-1]
    if parts[0] == TOP[0]:
        return True  # what it is called could be mistaken for what stands outside
    folded = [one.casefold() for one in parts]
    mine = [one.casefold() for one in root]
    if len(parts) <= len(root):
        return folded == mine[: len(parts)]
    if folded[: len(root)] != mine:
        return False
    name, is_home = parts[len(root)], parts[: len(root)] == root
    if name == TOP[0]:
        return True
    if is_home and name in _FOLDERS:
        return len(parts) == len(root) + 1
    return name.casefold() in (*_FOLDERS, "itsm.yaml") and not (is_home and name == "itsm.yaml")


def is_ours(path: str, prefix: str) -> bool:
    """Does it stand in one of the governed folders, or is it one? `path`: from the top."""
    return path.startswith(prefix) and path[len(prefix) :].split("/", maxsplit=1)[0] in _FOLDERS


def is_second(path: str, prefix: str) -> bool:
    """Would there be settings in line with the governed folder, above it or below? `path`: from the top.

    From there on another law would decide, by where one stands. What lies beside the folder is another's business.
    """
    if is_ours(path, prefix):
        return False  # a record may be called so
    parts, root = [one.casefold() for one in path.split("/")], [one.casefold() for one in prefix.split("/")[:-1]]
    for size, name in enumerate(parts):
        if name == FILE and path != prefix + FILE and (parts[:size] == root[:size] or parts[: len(root)] == root):
            return True
    return False


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """`*` stands for any part of a name, `**` for any folders. Letter case is passed over: some file systems do."""
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(known.get(part) or re.escape(part) for part in parts), re.IGNORECASE | re.DOTALL)
