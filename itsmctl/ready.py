"""What the tool's schemas and policies come to beside a repository's schemas, worked out once for files of equal bytes.

Base, head and every step of a history are mostly judged by one law; each of them finds here what the first one made.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from itsmctl import bundled, cel, kinds, policy
from itsmctl.kinds import Kinds
from itsmctl.policy import Policy
from itsmctl.recordtypes import RecordTypes
from itsmctl.sources import SourceFile

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
