"""Wiring of a governed repository: workflows for GitHub and the hook of a git server. Knows where each stands."""

from __future__ import annotations

import json
import re
import shlex
from importlib import resources
from string import Template

from itsmctl import __version__

VALIDATE = ".github/workflows/itsmctl.yml"
GATE = ".github/workflows/itsmctl-gate.yml"
HOOK = "hooks/pre-receive"

EXECUTABLE = frozenset({HOOK})
"""What has to be made executable once it is written."""

_TEMPLATES = {VALIDATE: "validate.yml", GATE: "gate.yml", HOOK: "pre-receive"}


class _Words(Template):
    """Marks its places with @@, since $ is what shells and workflows write."""

    delimiter = "@@"


def plan(branch: str, root: str = "") -> dict[str, bytes]:
    """Path → content of every file. `root`: where the governed folder lies in its git repository, "" or "a/b"."""
    words = {
        "version": __version__,
        # as a pattern in which no character means something; git takes none of the other signs in a branch's name
        "pattern": json.dumps(re.sub(r"([+!\]])", r"\\\1", branch)),
        "branch": json.dumps(branch),
        "root": f" --root {shlex.quote(root)}" if root else "",
    }
    folder = resources.files("itsmctl.desk") / "wiring_files"
    return {
        path: _Words((folder / name).read_text(encoding="utf-8")).substitute(words).encode()
        for path, name in _TEMPLATES.items()
    }
