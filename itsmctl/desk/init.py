"""A new governed repository: settings, the first person and roles, approval rules, editor and CI wiring."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.desk import editors, files, wiring
from itsmctl.desk.rewriting import Rewrite
from itsmctl.errors import Misuse
from itsmctl.kinds import Kinds
from itsmctl.settings import FILE
from itsmctl.settings.values import full_ref
from itsmctl.sources.model import UPWARDS


class Founder(Struct, frozen=True):
    """Who starts the repository: the first holder of every role. `name` as people write it."""

    name: str
    email: str


def founder(known_name: str, known_email: str, name: str | None, email: str | None) -> Founder:
    """The first person: as given, else as git knows them. Raises Misuse where neither says."""
    found = Founder((name or known_name).strip(), (email or known_email).strip())
    if found.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", found.email):
        raise Misuse(f"{found.email} is no e-mail address", "Write --email like this: --email mari@example.org")
    if not found.name or not found.email:
        raise Misuse(
            "git does not know who you are, so the first person cannot be named",
            "Give --name and --email, or set them: git config --global user.name, git config --global user.email",
        )
    return found


def plan(
    repository: str,
    branch: str,
    founder: Founder,
    today: str,
    kinds: Kinds,
    root: str = "",
    forge: wiring.Forge = "github",
    *,
    on_github: bool = False,
) -> dict[str, bytes]:
    """Path → content of every file of a new repository; `today` is an RFC 3339 date.

    `on_github`: is it known to go there? Else what GitHub needs stands in the settings as a comment. `root` is where
    the governed folder lies in its git repository, "" or "a/b". Paths are from the governed folder; those that begin
    with UPWARDS, from the top of the git repository. Raises Misuse where no branch can be called `branch`.
    """
    try:
        full_ref(f"refs/heads/{branch}")
    except ValueError:
        raise Misuse(
            f"no branch can be called {branch!r}", "Give the name that git knows it by: --branch main"
        ) from None
    person = slug(founder.name) or "founder"
    says = _GITLAB_SAYS if forge == "gitlab" else (_GITHUB_SAYS, *(one if on_github else f"# {one}" for one in _GITHUB))
    carriers = "\n".join(says)
    words = {"repository": repository, "branch": branch, "person": person, "today": today, "carriers": carriers}
    made = {path: Template(text).substitute(words).encode() for path, text in _starter()}
    made[f"records/persons/{person}.yaml"] = yamltext.dump(_person(person, founder, today))
    made.update(editors.plan(kinds))
    made.update(wiring.plan(branch, root, forge))
    made[ATTRIBUTES] = f"# records are text, and the same bytes on every machine\n{_TEXT}\n".encode()
    return made


_GITHUB_SAYS = (
    "# GitHub is the committer of what its merge button squashes or rebases: that counts by its author alone."
)
_GITLAB_SAYS = (
    "# Where GitLab signs what it merges, it is the committer, else whoever merges: that counts by its author alone.",
    "# carriers:",
    "#   - email: noreply@gitlab.com",
)
_GITHUB = ("carriers:", "  - email: noreply@github.com")

ATTRIBUTES = ".gitattributes"
_TEXT = "records/** text eol=lf"


def merged(path: str, held: bytes, planned: bytes, kinds: Kinds) -> bytes | None:
    """What a file that is there already holds afterwards; None where it is one that cannot be shared.

    Lines of others stay, and so does a file of settings in which nothing can be put without losing its comments.
    """
    if path == ATTRIBUTES:
        if _TEXT.encode() in held.splitlines():
            return held
        return held + (b"\n" if held and not held.endswith(b"\n") else b"") + planned
    if path == editors.SETTINGS:
        return editors.rewired(held, kinds) or held
    return held if path == editors.EXTENSIONS else None


def edits(folder: Path, top: Path, planned: Mapping[str, bytes], kinds: Kinds) -> dict[str, Rewrite]:
    """Path from `top` → what happens to it. `top` is the top of the git repository of `folder`, or `folder` itself.

    Raises Misuse where something stands there that is not to be overwritten.
    """
    below = f"{folder.relative_to(top).as_posix()}/" if folder != top else ""
    found, taken = {}, []
    for path, content in planned.items():
        place = path.removeprefix(UPWARDS) if path.startswith(UPWARDS) else below + path
        full = top / place
        if not os.path.lexists(full):
            found[place] = Rewrite(None, content)
            continue
        held = full.read_bytes() if full.is_file() and not full.is_symlink() else None
        after = merged(path, held, content, kinds) if held is not None else None
        if after is None:
            taken.append(place)
        else:
            found[place] = Rewrite(held, after)
    if below + FILE in taken:
        hint = "itsmctl doctor says what holds here, itsmctl schema write renews what editors use. Nothing was written."
        raise Misuse(f"{below}{FILE} is there already: the folder is governed", hint)
    if taken:
        raise Misuse(f"{files.few(taken)}: already there", "Nothing was written. Move it away, and run this again.")
    return found


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
