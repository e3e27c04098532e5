"""What the tool's schemas and policies come to beside a repository's schemas, worked out once for files of equal bytes.

Base, head and every step of a history are mostly judged by one law; each of them finds here what the first one made.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import bundled, kinds
from itsmctl.errors import CannotJudge
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from itsmctl import cel
    from itsmctl.kinds import Kinds
    from itsmctl.policy import Policy
    from itsmctl.recordtypes import RecordTypes
    from itsmctl.sources import Source

_KEPT = 8
"""As many laws are kept: those of a base, a head and a few others. Each costs some megabytes once it was used."""

_Files = tuple[SourceFile, ...]


class Ready(Struct, frozen=True, eq=False):
    """What does not change until a file does: kinds, their types, what rules may speak of, and the tool's policies."""

    kinds: Kinds
    types: RecordTypes
    environment: cel.Environment
    policies: tuple[Policy, ...]


def kinds_with(own: Iterable[SourceFile]) -> Kinds:
    """The kinds of the tool and those of the repository's `own` schemas. Raises CannotJudge as `kinds.load` does."""
    return _kinds(_schemas(), _known_by_content(own))


def kinds_at(source: Source) -> Kinds:
    """The kinds that hold in `source`, whatever its settings say. Raises CannotJudge where a schema cannot be used."""
    return kinds_with(own(source, "schemas", ".schema.json"))


def ready(own: Iterable[SourceFile]) -> Ready:
    """The same with all that follows from it. `own`: the repository's schemas; its policies are not looked at.

    Raises CannotJudge as `kinds.load` does, each time.
    """
    return _ready(_schemas(), _known_by_content(own), _policies())


@lru_cache(_KEPT)
def _kinds(builtin: tuple[bundled.Shipped, ...], own: _Files) -> Kinds:
    return kinds.load(builtin, own)


@lru_cache(_KEPT)
def _ready(builtin: tuple[bundled.Shipped, ...], own: _Files, policies: _Files) -> Ready:
    from itsmctl import policy  # long to import, and who asks for kinds alone needs none of it
    from itsmctl.recordtypes import RecordTypes

    held = _kinds(builtin, own)
    types = RecordTypes(held)
    environment = policy.environment(types)
    return Ready(held, types, environment, tuple(policy.shipped(file, types, environment) for file in policies))


def _known_by_content(files: Iterable[SourceFile]) -> _Files:
    """Without git's ids, so that a work tree has a law in common with its commit."""
    return tuple(SourceFile(file.path, file.content) for file in files)


@lru_cache(1)
def _schemas() -> tuple[bundled.Shipped, ...]:
    return bundled.files("schemas", ".json")


@lru_cache(1)  # what is shipped stays as it is while a program runs
def _policies() -> _Files:
    """The policies that come with the tool, by path: one folder a process. What else stands there is about them."""
    top = bundled.folder("policies")
    found = sorted(top.glob("*/*.yaml"))
    return tuple(SourceFile(f"policies/{path.relative_to(top).as_posix()}", path.read_bytes()) for path in found)


def own(source: Source, folder: str, ending: str) -> list[SourceFile]:
    """The repository's own schemas or policies; what is no regular file stops the run."""
    found = []
    for file in source.files(folder):
        if not isinstance(file, SourceFile):
            raise CannotJudge(f"{file.path} is {file.what}", f"Only regular files may stand under {folder}/.")
        if file.path == folder:
            raise CannotJudge(f"{folder} is a file", f"{folder}/ is the folder of the repository's own {folder}.")
        if file.path.endswith(ending):
            found.append(file)
        elif _may_be_meant(file.path):
            raise CannotJudge(
                f"{file.path} does not end in {ending}, so it would be passed over",
                f"Rename it, or move it out of {folder}/.",
            )
    return found


def _may_be_meant(path: str) -> bool:
    """Is it data, and no README? What looks like a rule and is none would be missed by nobody."""
    return path.lower().endswith((".yaml", ".yml", ".json"))
