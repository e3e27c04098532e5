"""Finds the git repository around a folder, and reads its refs. The only room that imports GitPython."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.gitrepo import GitRepo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import git


def discover(start: Path, environ: Mapping[str, str]) -> GitRepo | None:
    """The repository that `start` (a folder, a file, or a path to be) lies in, or None. GIT_* variables are ignored.

    A folder inside a work tree that looks like a bare repository is content, and is not taken for one.
    """
    at = Path(os.path.realpath(start))
    while not at.is_dir():
        at = at.parent
    if not any(_may_be_a_repository(folder) for folder in (at, *at.parents)):
        return None
    plain = _plain(at)
    if plain is not None:
        return GitRepo(plain / ".git", plain, environ, read=_Refs(plain, plain / ".git"))
    with _no_git_variables():
        import configparser

        import git

        try:
            found = git.Repo(str(at), search_parent_directories=True, expand_vars=False)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            _refuse_dead_link(at)
            return None
        except (configparser.Error, ValueError, OSError) as error:
            message = f"the git repository around {at} cannot be opened: {error}"
            raise CannotJudge(message, f"git -C {at} status tells more.") from None
    git_dir = Path(os.path.realpath(found.git_dir))
    if git_dir in (at, *at.parents):
        outer = discover(git_dir.parent, environ) if git_dir.parent != git_dir else None
        return outer if outer and outer.root else GitRepo(git_dir, None, environ, read=_Refs(at, git_dir))
    root = None if found.working_tree_dir is None else Path(os.path.realpath(found.working_tree_dir))
    return GitRepo(git_dir, root, environ, read=_Refs(at, git_dir))


class _Refs(Struct, frozen=True, dict=True):
    """Refs as GitPython reads them, which is loaded when that is needed. `at`: a folder in the repository."""

    at: Path
    git_dir: Path

    def branch(self) -> str | None:
        """See gitrepo.Refs."""
        with suppress(OSError):
            head = (self.git_dir / "HEAD").read_bytes()
            simple = re.fullmatch(rb"ref: (refs/heads/[A-Za-z0-9][A-Za-z0-9/_.-]*)\n", head)
            if simple is not None:
                return simple[1].decode()
        if self._repo is None:
            return None
        try:
            return "" if self._repo.head.is_detached else str(self._repo.head.ref.path)
        except ValueError:
            return None  # what git says of such a HEAD is clearer

    def names(self) -> tuple[str, ...] | None:
        """See gitrepo.Refs."""
        if self._repo is None:
            return None
        try:
            return tuple(str(ref.path) for ref in self._repo.refs)
        except ValueError:
            return None  # a name that is not UTF-8: git can read it

    @cached_property
    def _repo(self) -> git.Repo | None:
        """None: SHA-256 objects, refs that are not files, or a config that only git can make sense of."""
        with _no_git_variables():
            import configparser

            import git

            try:
                found = git.Repo(str(self.at), search_parent_directories=True, expand_vars=False)
                config = found.config_reader("repository")
                odd = any(config.has_option("extensions", name) for name in ("objectformat", "refstorage"))
            except (git.InvalidGitRepositoryError, git.NoSuchPathError, configparser.Error, ValueError, OSError):
                return None
        return None if odd else found


def _may_be_a_repository(folder: Path) -> bool:
    """Cheap to ask, so that a plain folder does not pay for loading GitPython: a work tree, or a bare repository."""
    return os.path.lexists(folder / ".git") or os.path.lexists(folder / "objects")


def _plain(at: Path) -> Path | None:
    """The top of the work tree around `at`, where that is told without GitPython, which takes long to load; else None.

    Its .git is a folder with all in it, and nothing in its config says that the work tree is elsewhere, or is none.
    """
    for folder in (at, *at.parents):
        git_dir = folder / ".git"
        if os.path.lexists(folder / "objects"):
            return None  # a bare repository, perhaps
        if not os.path.lexists(git_dir):
            continue
        parts = (git_dir / "objects", git_dir / "refs", git_dir)
        if any(one.is_symlink() or not one.is_dir() for one in parts) or os.path.lexists(git_dir / "commondir"):
            return None
        try:
            config = (git_dir / "config").read_bytes().lower().replace(b"bare = false\n", b"", 1)
        except OSError:
            return None
        odd = any(word in config for word in (b"bare", b"worktree", b"include", b"\\\n"))
        return None if odd or not (git_dir / "HEAD").is_file() else folder
    return None


def _refuse_dead_link(at: Path) -> None:
    """A `.git` file (of a linked work tree or a submodule) that leads nowhere: git refuses it too."""
    for folder in (at, *at.parents):
        if (folder / ".git").is_file():
            raise CannotJudge(
                f"{folder / '.git'} leads to no git repository",
                "If the repository was moved: git worktree repair. In a submodule: git submodule update --init.",
            )


@contextmanager
def _no_git_variables() -> Iterator[None]:
    """GitPython looks at GIT_* variables of this process, wherever it is told to look: hide them meanwhile."""
    variables = os.environ  # noqa: TID251 - nothing is read from it: GitPython would, so GIT_* are hidden from it
    hidden = {name: variables.pop(name) for name in list(variables) if name.upper().startswith("GIT_")}
    # Its import would run the first git in PATH, unpinned and for as long as that takes, and fail where there is none.
    variables |= {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": os.devnull}
    try:
        yield
    finally:
        for name in ("GIT_PYTHON_REFRESH", "GIT_PYTHON_GIT_EXECUTABLE"):
            del variables[name]
        variables.update(hidden)
