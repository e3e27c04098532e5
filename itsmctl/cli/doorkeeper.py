"""Opens the repository that git runs its hook pre-receive in, and reads the push on standard input. Decides nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.cli import courtroom, workplace
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.findings import Report
    from itsmctl.gitrepo import GitRepo


def report(root: Path | None, what: courtroom.What, supposed: courtroom.Supposed) -> Report:
    """The report on the push that stands on standard input. `root` is a folder of its commits here.

    The variables of git for the objects of the push are followed here, and nowhere else.
    """
    from itsmctl import gitbench, receiving

    if what.base or what.head != "HEAD" or what.target or what.reviews or supposed.simulate:
        message = "with --pre-receive git says what is pushed where, and reviews are not there yet"
        raise Misuse(message, "Leave --base, --head, --target, --reviews and --simulate out.")
    repo, prefix = _repo(), _prefix(root)
    pushed = receiving.updates(sys.stdin.buffer.read())
    with gitbench.bench(repo, receiving.quarantine(os.environ)) as bench:
        now, relayed = workplace.moment(None), courtroom.relayed(what)
        server = receiving.Server(repo, bench, prefix, now, os.environ, what.bootstrap, relayed, root is not None)
        return server.report(pushed)


def _prefix(root: Path | None) -> str:
    """The governed root within the commits: "" or "a/b/"."""
    said = (root or Path()).as_posix()
    if said.startswith("/") or ".." in said.split("/"):
        raise Misuse(f"--root {root} is no folder within the repository", "Write it from the repository's top: a/b")
    return "" if said == "." else f"{said}/"


def _repo() -> GitRepo:
    """The repository that git started the hook in: the current folder is its git directory."""
    from itsmctl import gitdiscovery

    place = Path(os.path.realpath(Path.cwd()))
    repo = gitdiscovery.discover(place, os.environ)
    if repo is None or repo.git_dir != place:
        message = f"{place} is not the git directory of a repository"
        raise CannotJudge(message, "Let git run this, as the hook pre-receive of the repository that is pushed to.")
    return repo
