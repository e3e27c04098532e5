"""Sets up the bench of gitbench: what the real repository has to be, and the files of one beside it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import EMPTY_TREE, PARTIAL, GitProcess, to_text
from itsmctl.gitrepo import UNSHALLOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST = (2, 38)
"""The oldest git that merges without a work tree."""

NO_GIT = "See that PATH leads to git itself; git fsck tells if the repository is damaged."

# All that a merge or a comparison could read from a config; the bench has no other.
_CONFIG = """\
[core]
\trepositoryFormatVersion = 1
\tbare = true
\tattributesFile = {nothing}
\tautocrlf = false
\teol = lf
\tsafecrlf = false
\tcommitGraph = false
\tmultiPackIndex = false
\tlogAllRefUpdates = false
\tfsync = none
[extensions]
\tobjectFormat = {format}
[attr]
\ttree = {empty}
[merge]
\trenames = false
\tdirectoryRenames = false
\trenormalize = false
\tconflictStyle = merge
[diff]
\trenames = false
\talgorithm = histogram
\tsuppressBlankEmpty = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


@contextmanager
def borrowed(real: GitProcess, quarantine: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """(git directory, object format) of a temporary bare repository with the objects of `real`, and of `quarantine`.

    Raises CannotJudge where history is cut off or partly left at the remote, git is too old, or objects cannot be read.
    """
    if real.version < OLDEST:
        have, need = (".".join(map(str, version)) for version in (real.version, OLDEST))
        raise CannotJudge(f"git {have} ({real.executable}) is too old: {need} or later is needed", "Update git.")
    object_format, objects = _survey(real)
    _refuse_partial(real)
    folders = [*quarantine, objects]
    for folder in folders:
        _refuse_unreadable(folder)
    try:
        temporary = tempfile.TemporaryDirectory(prefix="itsmctl-", ignore_cleanup_errors=True)
        place = Path(os.path.realpath(temporary.name))
        _furnish(place, object_format, folders)
    except OSError as error:
        message = f"a temporary folder for the merge cannot be made: {error}"
        raise CannotJudge(message, "Free some space there, or have TMPDIR name another folder.") from None
    with temporary:
        yield place, object_format


def keep(place: Path, object_format: str, kind: str, content: bytes) -> str:
    """Write an object to the bench at `place`, as git would; its id. Raises CannotJudge where there is no room."""
    oid = id_of(object_format, kind, content)
    file = place / "objects" / oid[:2] / oid[2:]
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(zlib.compress(_whole(kind, content)))
    except OSError as error:
        raise CannotJudge(f"{file} cannot be written: {error.strerror}", "Free some space there.") from None
    return oid


def id_of(object_format: str, kind: str, content: bytes) -> str:
    """The id of an object of that kind ("blob", "commit") with that content."""
    return hashlib.new(object_format, _whole(kind, content), usedforsecurity=False).hexdigest()


def _whole(kind: str, content: bytes) -> bytes:
    return f"{kind} {len(content)}\0".encode() + content


def _survey(real: GitProcess) -> tuple[str, Path]:
    """(object format, object directory) of the real repository; raises where its history is cut off."""
    said = real.run("rev-parse", "--is-shallow-repository", "--show-object-format", "--git-path", "objects")
    shallow, _, rest = to_text(said).partition("\n")
    object_format, _, objects = rest.partition("\n")
    if shallow == "true":
        raise CannotJudge("history is cut off (a shallow clone), and all of it is needed", UNSHALLOW)
    folder = Path(objects.removesuffix("\n"))
    if shallow != "false" or object_format not in EMPTY_TREE or not folder.is_absolute() or not objects.endswith("\n"):
        raise CannotJudge(f"git rev-parse said something in {real.git_dir} that is no answer", NO_GIT)
    return object_format, folder


def _refuse_partial(real: GitProcess) -> None:
    """A partial clone asks its remote for what it lacks. Offline that is an error at best."""
    settings = [line.partition("\n")[::2] for line in to_text(real.run("config", "--list", "-z")).split("\0")]
    if ("trailer.separators", ":") not in settings:  # what every call of git is given
        raise CannotJudge(f"git config said something in {real.git_dir} that is no answer", NO_GIT)
    for key, value in settings:
        if key == "extensions.partialclone" or re.fullmatch(
            r"remote\..*\.(promisor|partialclonefilter)", key, re.DOTALL
        ):
            if key.endswith(".promisor") and value.lower() in ("false", "no", "off", "0"):
                continue
            hint = f"{PARTIAL} Then: git config --unset-all {key}"
            raise CannotJudge(f"this is a partial clone ({key} is set), and every object is needed at hand", hint)


def _refuse_unreadable(folder: Path) -> None:
    try:
        if not folder.is_absolute():
            raise CannotJudge(f"the object directory {folder} is no absolute path", "Write it from the root.")
        with os.scandir(folder):
            pass
    except OSError as error:
        message = f"the object directory {folder} cannot be read: {error.strerror}"
        raise CannotJudge(message, "Get the right to read it.") from None


def _furnish(place: Path, object_format: str, folders: Sequence[Path]) -> None:
    """Write what makes an empty folder a repository: no template, no git init."""
    for name in ("objects/info", "objects/pack", "refs/heads"):
        (place / name).mkdir(parents=True)
    (place / "HEAD").write_bytes(b"ref: refs/heads/none\n")
    empty = EMPTY_TREE[object_format]
    config = _CONFIG.format(nothing=os.devnull, format=object_format, empty=empty)
    (place / "config").write_bytes(config.encode())
    alternates = b"".join(_quoted(os.fsencode(folder.as_posix())) + b"\n" for folder in folders)
    (place / "objects/info/alternates").write_bytes(alternates)


def _quoted(path: bytes) -> bytes:
    """As git reads it, whatever the path holds: a line feed, a quote."""
    plain = b"".join(bytes([byte]) if 0x20 <= byte < 0x7F and byte not in b'"\\' else b"\\%03o" % byte for byte in path)
    return b'"' + plain + b'"'
