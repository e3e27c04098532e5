"""Opens a governed repository for a command: root, git, rulebook and case. Reads clock and environment."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.desk.rename import Used
    from itsmctl.gitrepo import GitRepo
    from itsmctl.past import Past
    from itsmctl.records import Law
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Memo, Snapshot
    from itsmctl.sources import Source


class Workplace(Struct, frozen=True):
    """A governed repository: `root` holds itsm.yaml, `prefix` is where it lies in its git repository ("" or "a/b")."""

    root: Path
    repo: GitRepo | None
    prefix: str

    def source(self, revision: str | None = None, *, staged: bool = False) -> Source:
        """The work tree, what is `staged` of it, or a commit.

        Raises CannotJudge where there is no git repository or no such revision, Misuse where both are named.
        """
        from itsmctl import sources

        if staged and revision is not None:
            raise Misuse("--staged and --rev name two things to read", "Leave one of them out.")
        if staged:
            return self._staged()
        if revision is None:
            return sources.WorkTree(self.root, self.repo)
        if self.repo is None:
            raise CannotJudge(
                f"there is no revision {revision}: {self.root} is in no git repository",
                "Leave --rev and --since out to check the files as they are, or run git init.",
            )
        return sources.Commit(self.repo, self.prefix, self.repo.resolve(revision))

    def _staged(self) -> Source:
        """What the next commit will hold; where pre-commit is about to push, what is pushed."""
        from itsmctl import sources

        if pushed := os.environ.get("PRE_COMMIT_TO_REF"):
            return self.source(pushed)
        if self.repo is None or self.repo.root is None:
            raise CannotJudge(f"nothing is staged: {self.root} is in no work tree of git", "Leave --staged out.")
        return sources.Index(self.repo, self.prefix)

    def rulebook(self, source: Source) -> Rulebook:
        """The law as it stands in `source`: its settings, its schemas and policies, and the built-in ones."""
        from itsmctl import rulebook

        return rulebook.load(source)

    def law(self) -> Law:
        """The kinds and homes of the work tree, without the rules that judge records."""
        from itsmctl import rulebook

        return rulebook.law(self.source())

    def last(self) -> Source | None:
        """The last commit, None where there is none yet."""
        return self.source("HEAD") if self.repo is not None and self.repo.head() is not None else None

    def used(self, kind: str, law: Law) -> Used:
        """The names that records of a kind ever had, up to the last commit, and whether the target has a file."""
        from itsmctl.desk.rename import Used

        if self.repo is None or self.repo.head() is None:
            return Used(None)
        past = self.past("HEAD")
        folder = law.kinds[kind].plural
        named = frozenset(name for plural, name in past.places if plural == folder)
        return Used(named, past.is_cut, partial(self._has_landed, self.repo, law))

    def _has_landed(self, repo: GitRepo, law: Law, path: str) -> bool:
        """Is the file on the target branch? Where there is no such branch, in the last commit."""
        target = str(law.settings.data.get("target", "refs/heads/main"))
        tips = [f"refs/remotes/origin/{target.removeprefix('refs/heads/')}", target]
        tip = next((one for one in tips if one in repo.refs), "HEAD")
        return bool(repo.ids([f"{repo.resolve(tip).oid}:{self.prefix}{path}"])[0])

    def past(self, revision: str) -> Past:
        """All commits up to a revision. Raises CannotJudge where there is no git repository or no such revision."""
        from itsmctl import past

        if self.repo is None:
            raise CannotJudge(f"there is no history: {self.root} is in no git repository", "Run: git init, and commit.")
        return past.read(self.repo, self.repo.resolve(revision).oid, self.prefix)

    def snapshot(self, revision: str | None) -> Snapshot:
        """The records at a revision, or of the work tree, without the rules that judge them."""
        from itsmctl import rulebook, snapshot

        source = self.source(revision)
        return snapshot.read(source, rulebook.law(source))

    def case(
        self, revision: str | None, since: str | None, as_of: datetime, *, staged: bool = False
    ) -> tuple[Rulebook, Case]:
        """The rulebook at `revision` or of what is `staged`, and the case of its records against those at `since`."""
        from itsmctl import snapshot
        from itsmctl.case import Case

        with self.repo.process.standing() if self.repo is not None else nullcontext():
            source = self.source(revision, staged=staged)
            law = self.rulebook(source)
            base_source = self.source(since) if since is not None else None
            memo: Memo | None = {} if base_source is not None else None
            head = snapshot.read(source, law.law, memo)
            base = snapshot.read(base_source, law.law, memo) if base_source is not None else None
        return law, Case(head, as_of, base)


def find(root: Path | None, start: Path | None = None) -> Workplace:
    """The governed repository around `root`, or around `start` (default: the current folder)."""
    from itsmctl import gitdiscovery, settings

    place = (root or start or Path.cwd()).absolute()
    if not place.exists():
        raise Misuse(f"there is no {place}", "Give a folder that exists.")
    folder = place if place.is_dir() else place.parent
    repo = gitdiscovery.discover(folder, os.environ)
    top = settings.find(folder, repo.root if repo else None)
    return Workplace(top, repo, repo.prefix_of(top) if repo else "")


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(text: str | None) -> datetime:
    """`--as-of` as a UTC time: RFC 3339, or a date that stands for its first second in UTC; None is now."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.min, UTC)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # no such day, or one before the year 1 or after 9999 in UTC
    raise Misuse(
        f"--as-of {text!r} is no time that can be told from it alone",
        "Write a date (2026-11-22) or a time with its offset (2026-11-22T08:00:00+02:00, 2026-11-22T06:00:00Z).",
    )


def moment_of(option: str, text: str | None) -> datetime:
    """The same for another option ("--at"), which a message then names."""
    try:
        return moment(text)
    except Misuse as error:
        raise Misuse(error.message.replace("--as-of", option, 1), error.hint) from None


def around(paths: Sequence[Path], root: Path | None) -> tuple[Workplace, tuple[str, ...]]:
    """The repository that PATHS lie in, and PATHS relative to its root; the root itself narrows nothing."""
    from itsmctl import settings

    for path in paths:
        if not os.path.lexists(path):
            raise Misuse(f"there is no {path}", "PATHS are files or folders of a governed repository.")
    place = find(root, paths[0] if paths else None)
    narrowed = []
    for path in paths:
        full = Path(os.path.realpath(path.parent)) / path.name if path.name not in ("", "..") else path.resolve()
        if place.root not in (full, *full.parents):
            raise Misuse(f"{path} lies outside of {place.root}", _ONE)
        for folder in (full, *full.parents):
            if folder == place.root:
                break
            if os.path.lexists(folder / settings.FILE):
                raise Misuse(f"{path} lies in {folder}, which is governed by itself", _ONE)
        narrowed.append(full.relative_to(place.root).as_posix())
    return place, () if "." in narrowed else tuple(narrowed)


_ONE = "One call looks at one governed repository."


def git_version() -> str:
    """The version of the git that is used, or an empty string where there is none."""
    from itsmctl import gitrepo

    return gitrepo.version(os.environ)
