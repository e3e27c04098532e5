"""The files of a work tree, as they are on disk and as git would take them."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.sources.commit import Commit
from itsmctl.sources.disk import names, read, reason, walk
from itsmctl.sources.model import EXECUTABLE, FILES, LINK, NESTED, UPWARDS, Irregular, SourceFile, top_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from itsmctl.gitrepo import GitRepo

_KEPT_OUT = "a file that git keeps out of the work tree"
_LAW = ("itsm.yaml", "policies", "schemas")  # listed together: a git process for each would take too long


class WorkTree(Struct, frozen=True, dict=True, eq=False):
    """The files on disk below `root`, as listed once, without what git ignores. `repo` is None in a plain folder.

    Whether a file is executable is what git would take it for: as the file system says, or, where it cannot tell
    (core.fileMode), as staged. So it is the same as in the next commit.
    """

    root: Path
    repo: GitRepo | None
    _listed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _ignored: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """See Source."""
        return "work tree"

    @property
    def whole_history(self) -> bool:
        """See Source."""
        return self.repo is None or not self.repo.is_shallow

    def names(self) -> frozenset[str]:
        """See Source. Those that git ignores are among them."""
        try:
            return names(os.fsencode(self.root))
        except OSError as error:
            raise CannotJudge(f"{self.root} cannot be read: {reason(error)}", "Get the right to list it.") from None

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """See Source. A file that vanishes after it was listed is left out."""
        root = os.fsencode(self.root) + b"/"
        listed = within(self._list(top_of(under)), under)
        _refuse_missing([path for path, what in listed if what == _KEPT_OUT], under)
        for path, what in listed:
            found = Irregular(path, what) if what else read(root, path)
            if found is not None:
                yield found

    def ignored(self, top: str) -> tuple[str, ...]:
        """See Source."""
        self._list(top)
        return self._ignored.get(top, ())

    def content(self, path: str) -> bytes | None:
        """See Source. Read anew at each call."""
        is_plain = self._list(top_of(path)).get(path) in ("", _KEPT_OUT)
        found = read(os.fsencode(self.root) + b"/", path) if is_plain else None
        return found.content if isinstance(found, SourceFile) else None

    def holds(self, path: str) -> bool:
        """See Source. What git keeps out of the work tree alone is held."""
        if path.startswith(UPWARDS):
            name = path.removeprefix(UPWARDS)
            above = self.repo.root if self.repo is not None else None
            found = read(os.fsencode(above) + b"/", name) if above is not None and top_of(name) else None
            return isinstance(found, SourceFile)
        return self._list(top_of(path)).get(path) in (*FILES, _KEPT_OUT)

    def once_held(self, path: str) -> bool:
        """See Source. Without a commit nothing was ever held."""
        return self._head is not None and self._head.once_held(path)

    def _list(self, top: str) -> Mapping[str, str]:
        """Path → what is irregular about it, or "", of everything at and below a top folder; sorted."""
        if top and top not in self._listed:
            self._survey(_LAW if top in _LAW else (top,))
        return self._listed.get(top, {})

    def _survey(self, tops: tuple[str, ...]) -> None:
        """List top folders, amended by what only git knows."""
        found: dict[str, str] = {}
        empty: list[str] = []
        runnable: set[str] = set()
        for top in tops:
            walked = walk(os.fsencode(self.root), top, modes=self.repo is not None)
            found |= walked.found
            empty += walked.empty
            runnable |= walked.runnable
        ignored: list[str] = []
        if self.repo and self.repo.root:
            self._amend(self.repo, tops, found, empty, runnable)
            if found and not self._is_gitignore_a_pipe(self.repo.root, found):
                ignored = sorted(self._ignore(self.repo, tops, found))
        for top in tops:
            below = f"{top}/"
            self._listed[top] = {path: found[path] for path in sorted(found) if path == top or path.startswith(below)}
            self._ignored[top] = tuple(path for path in ignored if path == top or path.startswith(below))

    def _amend(
        self, repo: GitRepo, tops: tuple[str, ...], found: dict[str, str], empty: list[str], runnable: set[str]
    ) -> None:
        """What is irregular in the index alone, and what git keeps out of the work tree."""
        prefix = self._prefix
        staged = repo.staged(*(prefix + top for top in tops))
        modes = {full.removeprefix(prefix): mode for full, mode in staged.modes.items()}
        marked = {path for path, mode in modes.items() if mode == "100755"}
        for path in runnable if runnable != marked and repo.trusts_file_modes else marked:
            if found.get(path) == "":
                found[path] = EXECUTABLE
        # a submodule that nobody initialised is checked out as an empty folder, which alone says nothing
        found.update({path: NESTED for path in empty if modes.get(path) == "160000"})
        for full in staged.skipped:
            found.setdefault(full.removeprefix(prefix), _KEPT_OUT)

    def _ignore(self, repo: GitRepo, tops: tuple[str, ...], found: dict[str, str]) -> set[str]:
        """Take what git ignores out of `found`; its paths."""
        prefix = self._prefix
        ignored = {path.removeprefix(prefix) for path in repo.ignored(*(prefix + top for top in tops))}
        folders = tuple(path for path in ignored if path.endswith("/"))
        for path in [path for path in found if path in ignored or (folders and f"{path}/".startswith(folders))]:
            del found[path]
        return ignored

    def _is_gitignore_a_pipe(self, repo_root: Path, found: Mapping[str, str]) -> bool:
        """git would wait for ever on it, so nothing is taken as ignored then."""
        if any(what not in ("", LINK) for path, what in found.items() if path.endswith("/.gitignore")):
            return True
        steps = self._prefix.split("/")[:-1]
        above = (repo_root.joinpath(*steps[:depth]) for depth in range(len(steps) + 1))
        return any((folder / ".gitignore").is_fifo() for folder in above)

    @cached_property
    def _head(self) -> Commit | None:
        head = self.repo.head() if self.repo else None
        return Commit(self.repo, self._prefix, head) if self.repo and head else None

    @cached_property
    def _prefix(self) -> str:
        return self.repo.prefix_of(self.root) if self.repo else ""


def _refuse_missing(paths: list[str], under: str) -> None:
    """Records or rules that are not looked at must not look as if they were not there."""
    if paths:
        files = "1 file" if len(paths) == 1 else f"{len(paths)} files"
        raise CannotJudge(
            f"git keeps {files} under {under} out of this work tree, such as {paths[0]}",
            "Bring all back: git sparse-checkout disable; or one: git update-index --no-skip-worktree PATH, then git "
            "checkout PATH. Or check a commit: --rev HEAD.",
        )
