"""A plan of files, written whole: nothing is overwritten, and what fails half-way leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from itsmctl.errors import CannotJudge, Misuse


def write_all(root: Path, plan: Mapping[str, bytes]) -> list[str]:
    """Write every planned file below `root` and return their paths, sorted. Paths are relative, with `/`.

    Raises Misuse where one of them is there already; in that case, and where writing fails, none is left behind.
    """
    taken = sorted(path for path in plan if os.path.lexists(root / path))
    if taken:
        raise Misuse(f"{few(taken)}: already there", "Nothing was written. Move it away, or choose another name.")
    folders: list[Path] = []
    files: list[Path] = []
    try:
        for path in sorted(plan):
            make_folders((root / path).parent, folders)
            files.append(root / path)
            with (root / path).open("xb") as target:
                target.write(plan[path])
    except OSError as error:
        undo(files, folders)
        raise CannotJudge(f"cannot write {error.filename}: {error.strerror}", "Nothing was left behind.") from None
    return sorted(plan)


def few(paths: Sequence[str]) -> str:
    """The first of many paths, and how many more there are."""
    more = len(paths) - _FEW
    return ", ".join(paths[:_FEW]) + (f" and {more} more" if more > 0 else "")


_FEW = 5


def make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it; what was made is appended to `made`."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for step in reversed(missing):
        step.mkdir()
        made.append(step)


def undo(files: list[Path], folders: list[Path]) -> None:
    """Remove files, and the folders that are empty without them."""
    for file in files:
        with suppress(OSError):  # a file that could not be made, because its name is too long
            file.unlink(missing_ok=True)
    for folder in reversed(folders):
        if not any(folder.iterdir()):
            folder.rmdir()
