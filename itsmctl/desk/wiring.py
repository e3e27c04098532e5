"""Wiring of a governed repository: for GitHub, for GitLab, and the hook of a git server. Knows where each stands."""

from __future__ import annotations

import json
import re
import shlex
from importlib import resources
from string import Template
from typing import Literal

from itsmctl import __version__, bundled
from itsmctl.errors import Misuse
from itsmctl.sources.model import UPWARDS

VALIDATE = ".github/workflows/itsmctl.yml"
GATE = ".github/workflows/itsmctl-gate.yml"
GITLAB = ".gitlab-ci.yml"
HOOK = "hooks/pre-receive"

Forge = Literal["github", "gitlab"]

_AT_THE_TOP = frozenset({VALIDATE, GATE, GITLAB})
"""What a forge reads at the top of a git repository alone."""

EXECUTABLE = frozenset({HOOK})
"""What has to be made executable once it is written."""

_OF_ALL = {HOOK: "pre-receive"}
_OF_FORGES: dict[Forge, dict[str, str]] = {
    "github": {VALIDATE: "validate.yml", GATE: "gate.yml"},
    "gitlab": {GITLAB: "gitlab-ci.yml"},
}


class _Words(Template):
    """Marks its places with @@, since $ is what shells and workflows write."""

    delimiter = "@@"


FOLDERS: dict[Forge, str] = {"github": ".github", "gitlab": GITLAB}
"""What is to be added to git at the top of the repository."""


def forge(asked: str | None, origin: str) -> Forge:
    """The forge as it is asked for, else as the address of the remote says. Raises Misuse for any other."""
    if asked is None:
        host = re.sub(r"^\w+://", "", origin).partition("/")[0].rpartition("@")[2].partition(":")[0]
        return "gitlab" if "gitlab" in host.casefold() else "github"
    if asked not in _OF_FORGES:
        raise Misuse(f"there is no wiring for a forge called {asked!r}", "Say --forge github or --forge gitlab.")
    return asked


def plan(branch: str, root: str = "", forge: Forge = "github") -> dict[str, bytes]:
    """Path → content of every file. `root`: where the governed folder lies in its git repository, "" or "a/b".

    Paths are from the governed folder, or from the top of the git repository where they begin with UPWARDS.
    """
    words = {
        "version": __version__,
        # as a pattern in which no character means something; git takes none of the other signs in a branch's name
        "pattern": json.dumps(re.sub(r"([+!\]])", r"\\\1", branch)),
        "branch": json.dumps(branch),
        "name": branch,
        "root": f" --root {shlex.quote(root)}" if root else "",
        "jobs": _jobs(branch, root or ".") if forge == "gitlab" else "",
    }
    folder = resources.files("itsmctl.desk") / "wiring_files"
    return {
        (UPWARDS if path in _AT_THE_TOP else "") + path: _Words((folder / name).read_text(encoding="utf-8"))
        .substitute(words)
        .encode()
        for path, name in {**_OF_FORGES[forge], **_OF_ALL}.items()
    }


def _jobs(branch: str, root: str) -> str:
    """The jobs of the components for GitLab, with what this repository gives them as inputs."""
    given = {
        "stage": "test",
        "image": "python:3.12",
        "version": __version__,
        "path": json.dumps(root)[1:-1],
        "reviews": "no",
        "since": "",
        "fail_on": "error",
        "as_of": "",
    }
    found = []
    for file, job in (("gate.yml", "itsmctl-gate"), ("validate.yml", "itsmctl")):
        _, _, body = (bundled.folder("templates") / file).read_text(encoding="utf-8").partition("\n---\n")
        text = body
        for name, value in {**given, "job": job}.items():
            text = text.replace(f"$[[ inputs.{name} ]]", value)
        found.append(text.replace("$CI_DEFAULT_BRANCH", json.dumps(branch)).rstrip("\n"))
    return "\n".join(found)
