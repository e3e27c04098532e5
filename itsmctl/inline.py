"""Which folder of a commit is governed: of those in line with each other, above or below, one. Reads settings' places.

The folder that one stands in never chooses the law: where a commit has two in line, there is no verdict.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge
from itsmctl.protecting import is_ours, is_second
from itsmctl.settings.rootnames import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision


def upward(start: str) -> tuple[str, ...]:
    """The folder `start` ("" or "a/b/") and all above it, the nearest first: where settings are looked for."""
    folders = [start]
    while folders[-1]:
        above = folders[-1].rstrip("/").rpartition("/")[0]
        folders.append(f"{above}/" if above else "")
    return tuple(folders)


def root(bench: Bench, revisions: Iterable[Revision], start: str) -> str:
    """The governed folder ("" or "a/b/") at `start` or above it, as the first of the commits has it that has one.

    `start` itself where none has. Raises CannotJudge where that commit has two.
    """
    for revision in revisions:
        found = _holding(bench, revision.oid, upward(start))
        if found:
            refuse_second(bench, revision.oid, found[0])
            return found[0]
    return start


def refuse_second(bench: Bench, oid: str, prefix: str) -> None:
    """Raises CannotJudge where the commit has settings in a folder above the governed one, too."""
    above = _holding(bench, oid, upward(prefix)[1:])
    if above:
        raise CannotJudge(
            f"commit {oid[:7]} has {prefix}{FILE} below {above[-1]}{FILE}, and no folder may choose which of them "
            "decides",
            f"The upper one does: name it, with --root {_shown(above[-1])} from the repository's top, and take the "
            "other one away. Where that is the wrong one, have the administrators take it away, past the gate.",
        )


def refuse_below(bench: Bench, oids: Iterable[str], prefix: str, paths: Iterable[str]) -> None:
    """Raises CannotJudge where one of the paths (from the top) lies by settings below the governed folder.

    Counted are those that each of the commits has: such as only come are denied, and such as go are no longer there.
    """
    folders = {folder for path in paths if not is_ours(path, prefix) for folder in _between(path, prefix)}
    held = [set(_holding(bench, oid, sorted(folders))) for oid in oids] if folders else []
    found = sorted(set.intersection(*held)) if held else []
    if found:
        raise CannotJudge(
            f"what differs lies by {found[0]}{FILE}, below {prefix}{FILE}: no folder may choose which of them decides",
            f"Take {found[0]}{FILE} away, in a head of its own. Or say that the upper one decides, by naming it: "
            f"--root {_shown(prefix)} from the repository's top.",
        )


def governed(bench: Bench, revision: Revision) -> tuple[str, ...]:
    """Every governed folder ("" or "a/b/") of the commit, by name. The whole of it is looked through."""
    listed = (one.path for one in bench.repo.tree_files(revision.tree, "."))
    held = sorted(path.removesuffix(FILE) for path in listed if f"/{path}".endswith(f"/{FILE}"))
    return tuple(one for one in held if not any(one != upper and is_ours(one, upper) for upper in held))


def named(folders: Sequence[str]) -> str:
    """The --root of each of the folders, as it is given at the top of the repository; of the first few of them."""
    said = [f"--root {shlex.quote(_shown(one))}" for one in folders]
    return ", or ".join(said[:3]) + (f" ({len(said) - 3} more have {FILE})" if said[3:] else "")


def nothing(bench: Bench, revision: Revision, prefix: str) -> CannotJudge:
    """Why there is no verdict where the commit has no settings in the folder or above it, with what to do."""
    where = f"in {prefix.rstrip('/')} or above it" if prefix else "at its top"
    message = f"{revision.label or revision.oid[:7]} has no {FILE} {where}: nothing is governed there"
    if bench.repo.once_held(revision.oid, prefix + FILE, prefix + FILE):
        return CannotJudge(f"{message} any more, as {prefix}{FILE} was taken away", "Bring it back, past the gate.")
    folders = governed(bench, revision)
    if folders:
        return CannotJudge(message, f"Name the folder that is governed, from the repository's top: {named(folders)}")
    return CannotJudge(message, "Name a commit, or a branch, that is governed. itsmctl init writes a first governance.")


def beside(bench: Bench, revision: Revision, prefix: str) -> str:
    """The first path of other settings in line with the governed folder, above or below; "" where there are none."""
    above = _holding(bench, revision.oid, upward(prefix)[1:])
    if above:
        return above[-1] + FILE
    held = (one.path for one in bench.repo.tree_files(revision.tree, prefix or "."))
    return next((path for path in held if is_second(path, prefix)), "")


def _between(path: str, prefix: str) -> tuple[str, ...]:
    """The folders that the path lies in, below the governed one."""
    if not path.startswith(prefix):
        return ()
    parts = path[len(prefix) :].split("/")[:-1]
    return tuple(f"{prefix}{'/'.join(parts[:size])}/" for size in range(1, len(parts) + 1))


def _holding(bench: Bench, oid: str, folders: Iterable[str]) -> list[str]:
    """Those of the folders, nearest first, that have settings in the commit: a record of another one is none."""
    asked = list(folders)
    held = bench.repo.ids([f"{oid}:{folder}{FILE}" for folder in asked])
    named = [folder for folder, found in zip(asked, held, strict=True) if found]
    return [one for one in named if not any(one != upper and is_ours(one, upper) for upper in named)]


def _shown(prefix: str) -> str:
    return prefix.rstrip("/") or "."
