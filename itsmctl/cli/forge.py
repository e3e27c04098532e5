"""What GitHub and GitLab tell their jobs, and the summary of a job on GitHub. Alone reads their variables."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge
from itsmctl.escape import visible

if TYPE_CHECKING:
    from itsmctl.cli.workplace import Workplace

LONGEST_SUMMARY = 1024 * 1024
"""Bytes that GitHub takes for the summary of a step; of a longer one it takes nothing."""

_ADDRESS = re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w.~-]+)+/", re.ASCII)


def on_github() -> bool:
    """Is this a job of GitHub Actions?"""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def files_at(place: Workplace, revision: str | None) -> str:
    """Where the forge shows the files of `revision` (default: the commit that is checked out), as `Look.web`.

    Empty outside of a job, and where there is no commit.
    """
    base = _base()
    if place.repo is None or not _ADDRESS.fullmatch(base):
        return ""
    try:
        return f"{base}{place.repo.resolve(revision or 'HEAD').oid}/"
    except CannotJudge:  # nothing is committed yet
        return ""


def _base() -> str:
    known = os.environ.get
    if on_github():
        return f"{known('GITHUB_SERVER_URL', '')}/{known('GITHUB_REPOSITORY', '')}/blob/"
    return f"{known('CI_PROJECT_URL', '')}/-/blob/" if known("GITLAB_CI") == "true" else ""


def add_to_summary(markdown: str) -> None:
    """Append to the summary of the step, if GitHub keeps one and has room. It repeats the report, so a failure to
    write is told and no more.
    """
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("ab") as file:
            written = file.tell()
            text = ("\n" if written else "") + markdown
            if written + len(text.encode()) > LONGEST_SUMMARY:
                _say("this report is not in it: GitHub takes 1 MiB of a step, and most of it is taken")
                return
            file.write(text.encode())
    except OSError as error:
        _say(f"it cannot be written: {error.strerror}")


def _say(what: str) -> None:
    print(f"job summary: {visible(what)}", file=sys.stderr)
