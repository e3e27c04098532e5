"""A new governed repository: settings, the first person and roles, approval rules, editor and CI wiring."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from itsmctl import __version__, yamltext
from itsmctl.errors import Misuse
from itsmctl.kinds import Kinds

EDITOR_SCHEMAS = ".itsmctl/schemas"


@dataclass(frozen=True, slots=True)
class Founder:
    """Who starts the repository: the first holder of every role. `name` as people write it."""

    name: str
    email: str


def founder(known_name: str, known_email: str, name: str | None, email: str | None) -> Founder:
    """The first person: as given, else as git knows them. Raises Misuse where neither says."""
    found = Founder((name or known_name).strip(), (email or known_email).strip())
    if not found.name or not re.fullmatch(r"[^@\s]+@[^@\s]+", found.email):
        raise Misuse(
            "git does not know who you are, so the first person cannot be named",
            "Give --name and --email, or set them: git config --global user.name, git config --global user.email",
        )
    return found


def plan(repository: str, branch: str, founder: Founder, today: str, kinds: Kinds) -> dict[str, bytes]:
    """Path → content of every file of a new repository; `today` is an RFC 3339 date."""
    person = slug(founder.name) or "founder"
    words = {"repository": repository, "branch": branch, "person": person, "today": today}
    files = {path: Template(text).substitute(words).encode() for path, text in _starter()}
    files[f"records/persons/{person}.yaml"] = yamltext.dump(_person(person, founder, today))
    files.update(_editor(kinds))
    files[".github/workflows/itsmctl.yml"] = Template(_WORKFLOW).substitute(version=__version__, branch=branch).encode()
    files[".gitattributes"] = b"# records are text, and the same bytes on every machine\nrecords/** text eol=lf\n"
    return files


def slug(text: str) -> str:
    """A name of a record from a name of a person or folder: ASCII, small letters, dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _person(name: str, founder: Founder, today: str) -> dict[str, Any]:
    return {
        "apiVersion": "itsm/v1",
        "kind": "Person",
        "metadata": {"name": name, "title": founder.name.strip() or name, "owner": "Role/service-manager"},
        "spec": {"type": "human", "state": "active", "emails": [founder.email], "active_from": today},
    }


def _editor(kinds: Kinds) -> dict[str, bytes]:
    """Schemas of all kinds, and the settings that make an editor with a YAML language server use them."""
    files = {}
    mapping = {}
    for kind in kinds.values():
        path = f"{EDITOR_SCHEMAS}/{kind.plural}.schema.json"
        files[path] = _json(kind.schema)
        mapping[f"./{path}"] = f"records/{kind.plural}/**/*.yaml"
    files[".vscode/settings.json"] = _json({"yaml.schemas": mapping})
    files[".vscode/extensions.json"] = _json({"recommendations": ["redhat.vscode-yaml"]})
    return files


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _starter() -> list[tuple[str, str]]:
    """The templates that come with the tool, as (path, text)."""
    found: list[tuple[str, str]] = []
    pending: list[tuple[Traversable, str]] = [(resources.files("itsmctl.desk") / "starter", "")]
    while pending:
        folder, prefix = pending.pop()
        for entry in folder.iterdir():
            path = f"{prefix}{entry.name}"
            if entry.is_dir():
                pending.append((entry, f"{path}/"))
            else:
                found.append((path, entry.read_text(encoding="utf-8")))
    return sorted(found)


_WORKFLOW = """\
# Checks the records of every pull request. The checks come from the pinned version of itsmctl;
# nothing from the pull request is run, its records are only read.
name: itsmctl
on:
  pull_request:
  push:
    branches: [$branch]
permissions:
  contents: read
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0  # --since and names that only history holds need all of it
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install itsmctl==$version
      - run: itsmctl validate
"""
