"""A new governed repository: settings, the first person and roles, approval rules, editor and CI wiring."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from itsmctl import yamltext
from itsmctl.desk import editors, wiring
from itsmctl.errors import Misuse
from itsmctl.kinds import Kinds


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
    files.update(editors.plan(kinds))
    files.update(wiring.plan(branch))
    files[".gitattributes"] = b"# records are text, and the same bytes on every machine\nrecords/** text eol=lf\n"
    return files


def repository_id(folder: str) -> str:
    """The id of a new repository, from the name of its folder: two characters at least."""
    named = slug(folder)
    return named if len(named) > 1 else f"{named}-services".strip("-")


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
