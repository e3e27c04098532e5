"""The tag of a baseline, as the real repository has it: its object, taken apart. Reads git, decides nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.gitprocess import to_text

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo

_BEGIN = b"-----BEGIN "
_HEAD = re.compile(rb"object ([0-9a-f]{40,64})\ntype ([a-z]+)\ntag ([^\n]*)\n")
_TAGGER = re.compile(rb"tagger [^\n]*> ([0-9]{1,12}) [+-][0-9]{4}\n")


class Tag(Struct, frozen=True):
    """`target`: the id that it names; `is_plain`: it is no object of its own (a lightweight tag); `called`: the name
    inside of the object; `time`: when that was made, as it says, in seconds since 1970, None where it does not;
    `payload` and `armored`: what is signed, and the signature, empty where there is none.
    """

    ref: str
    target: str
    is_plain: bool
    called: str = ""
    message: str = ""
    time: int | None = None
    payload: bytes = b""
    armored: bytes = b""

    @property
    def short(self) -> str:
        """Its name as people write it: baseline/NAME."""
        return self.ref.removeprefix("refs/tags/")


def ref_of(of: str, name: str) -> str:
    """The full name of the tag of a baseline, by what sort of baseline it is."""
    return f"refs/tags/{'release' if of == 'release' else 'baseline'}/{name}"


def read(repo: GitRepo, ref: str) -> Tag | None:
    """The tag of that full name; None where there is none. Raises CannotJudge where git cannot read it."""
    oid = repo.ids([ref])[0]
    if not oid:
        return None
    kind = to_text(repo.process.run("cat-file", "-t", oid)).strip()
    if kind != "tag":
        return Tag(ref, oid, is_plain=True)
    content = repo.process.run("cat-file", "tag", oid)
    head = _HEAD.match(content)
    if head is None:
        return Tag(ref, "", is_plain=False)
    at = content.find(b"\n" + _BEGIN)
    payload, armored = (content[: at + 1], content[at + 1 :]) if at >= 0 else (content, b"")
    message = to_text(payload.partition(b"\n\n")[2])
    tagger = _TAGGER.match(content, head.end())
    time = int(tagger[1]) if tagger is not None else None
    return Tag(ref, to_text(head[1]), False, to_text(head[3]), message, time, payload, armored)


def replaced(repo: GitRepo) -> list[str]:
    """Ids of the objects that `git replace` has stand-ins for."""
    said = to_text(repo.process.run("for-each-ref", "--format=%(refname)", "refs/replace/"))
    return [line.rpartition("/")[2] for line in said.splitlines() if line]


def has_grafts(repo: GitRepo) -> bool:
    """Does a grafts file make up other parents than commits have?"""
    from pathlib import Path

    # not --git-path info/grafts: that is where our own git looks for them, which is nowhere
    said = to_text(repo.process.run("rev-parse", "--path-format=absolute", "--git-common-dir")).removesuffix("\n")
    path = Path(said, "info", "grafts")
    return path.is_file() and path.stat().st_size > 0


def message_of(name: str, commit: str, root: str, tool: str) -> str:
    """What the tag of a baseline says: its source commit and its root."""
    return f"Baseline {name}\n\nSource: {commit}\nRoot: {root}\nTool: itsmctl {tool}\n"


def is_of_release(tag: Tag, name: str) -> bool:
    """Was it made for the release of that name, on the commit that it says was checked?"""
    return tag.message.startswith(f"Release {name}\n") and said(tag.message, "Commit") == tag.target


def said(message: str, word: str) -> str:
    """The value of one line of such a message; empty where it says none, or several."""
    found = re.findall(rf"^{word}: (\S+)$", message, re.MULTILINE)
    return found[0] if len(found) == 1 else ""
