"""A plan of edits to files that are there: all are made, or none. Nobody else's edit is ever overwritten."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from itsmctl.desk.files import make_folders, undo
from itsmctl.errors import CannotJudge

_PART = ".part"


class Rewrite(Struct, frozen=True):
    """What a file held when the plan was made, and what it shall hold. None: there is no such file.

    `runs`: may it be run, before and afterwards? None: as it is, which is not so for what is new.
    """

    before: bytes | None
    after: bytes | None
    runs: tuple[bool, bool] | None = None

    @property
    def backwards(self) -> Rewrite:
        """What undoes it."""
        return Rewrite(self.after, self.before, self.runs[::-1] if self.runs is not None else None)


def rewrite_all(root: Path, plan: Mapping[str, Rewrite]) -> None:
    """Bring the planned files below `root` to their new content. Paths are relative, with `/`.

    Raises CannotJudge where one of them is not as the plan has it, lies behind a link, or cannot be written; then all
    of them are as before. A folder that is empty afterwards is removed.
    """
    _refuse_strangers(root, plan)
    job = _Job(root, plan)
    try:
        job.stage()
        job.replace()
    except OSError as error:
        job.undo()
        raise CannotJudge(f"cannot write {error.filename}: {error.strerror}", "Nothing was altered.") from None
    except BaseException:
        job.undo()
        raise
    _remove_empty(root, [path for path, one in plan.items() if one.after is None])


def _refuse_strangers(root: Path, plan: Mapping[str, Rewrite]) -> None:
    """What somebody wrote meanwhile is theirs."""
    top = os.path.realpath(root)
    leaving = [root / path for path, one in plan.items() if one.after is None]
    for path, one in sorted(plan.items()):
        full = root / path
        if os.path.commonpath([top, os.path.realpath(full.parent)]) != top:
            raise CannotJudge(f"{path} lies behind a link that leads out of {root}", "Nothing was altered.")
        if one.before is None:
            # on a file system without upper and lower case, a file that only changes these is there already
            taken = os.path.lexists(full) and not any(_is_same(full, other) for other in leaving)
            if taken:
                raise CannotJudge(f"{path} is there already", "Nothing was altered. Move it away.")
        elif content(full) != one.before:
            raise CannotJudge(f"{path} was written to meanwhile", "Nothing was altered. Run the command again.")


def content(full: Path) -> bytes | None:
    """What a plain file holds; None where there is none."""
    try:
        return full.read_bytes() if stat.S_ISREG(os.lstat(full).st_mode) else None
    except OSError:
        return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


class _Job(Struct):
    """The steps of one plan, with what it takes to go back."""

    root: Path
    plan: Mapping[str, Rewrite]
    folders: list[Path] = field(default_factory=list)
    parts: list[Path] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def stage(self) -> None:
        """Write every new content beside its place: whatever can fail shall fail here."""
        for path, one in sorted(self.plan.items()):
            if one.after is not None:
                self._stage(self.root / path, one.after, one.runs[1] if one.runs is not None else None)

    def _stage(self, full: Path, content: bytes, runs: bool | None) -> None:
        make_folders(full.parent, self.folders)
        part = full.with_name(f".{full.name}{_PART}")
        with part.open("xb") as target:
            self.parts.append(part)
            target.write(content)
        if full.exists():
            shutil.copymode(full, part)
        if runs is not None:
            _allow(part, runs)

    def replace(self) -> None:
        """Take away what goes, then put the new contents in place."""
        for path, one in sorted(self.plan.items(), key=lambda item: (item[1].after is not None, item[0])):
            full = self.root / path
            self.done.append(path)
            if one.after is None:
                full.unlink()
            else:
                full.with_name(f".{full.name}{_PART}").replace(full)

    def undo(self) -> None:
        """Back to how it was, as far as the file system lets us."""
        for path in reversed(self.done):
            before = self.plan[path].before
            with suppress(OSError):
                if before is None:
                    (self.root / path).unlink(missing_ok=True)
                else:
                    (self.root / path).write_bytes(before)
                    if (runs := self.plan[path].runs) is not None:
                        _allow(self.root / path, runs[0])
        undo(self.parts, self.folders)


def _allow(full: Path, runs: bool) -> None:
    """Whoever may read a file may run it, or nobody."""
    mode = stat.S_IMODE(full.stat().st_mode)
    full.chmod(mode | (mode & 0o444) >> 2 if runs else mode & ~0o111)


def _remove_empty(root: Path, gone: list[str]) -> None:
    for path in gone:
        folder = (root / path).parent
        while folder != root and folder.parent != root:
            try:
                folder.rmdir()
            except OSError:
                break
            folder = folder.parent
