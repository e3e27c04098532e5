"""Which branch of a repository holds a file that is not here: what is on a branch is not to be written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo

_HEADS, _MOST = "refs/heads/", 200
"""What the full names of local branches begin with, and how many are looked at."""


def branch_of(repo: GitRepo, path: str) -> str:
    """The first local branch that holds a file (path from the top), without refs/heads/; "" where none does."""
    refs = sorted(one for one in repo.refs if one.startswith(_HEADS))[:_MOST]
    there = repo.ids([f"{one}:{path}" for one in refs])
    return next((one.removeprefix(_HEADS) for one, blob in zip(refs, there, strict=True) if blob), "")


def said(name: str, branch: str) -> str:
    """That a record is on a branch, in words."""
    return f"{name} is on the branch {branch}, which is not merged yet"
