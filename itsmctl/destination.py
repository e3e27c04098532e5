"""Where a head goes if nobody says so: the one branch that calls itself the target. Only finds it; the head has no say.

A head that could name its own base would choose the law that it is judged by.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import settings, yamltext
from itsmctl.errors import Misuse
from itsmctl.gitprocess import to_text
from itsmctl.inline import upward

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import GitRepo

LOCAL, REMOTE = "refs/heads/", "refs/remotes/origin/"
USUAL = f"{LOCAL}main"
"""What settings mean that name no target."""

_DEFAULT = f"{REMOTE}HEAD"
_HINT = "Say which branch it goes to: --base REF"


def named(bench: Bench, blob: str) -> str | None:
    """The target that settings name, full; None where they cannot be read."""
    try:
        data = yamltext.read(bench.content(blob))
    except yamltext.Refused:
        return None
    found = data.get("target", USUAL) if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def at(bench: Bench, oid: str, prefix: str) -> str:
    """The target that the settings in a commit name, or mean."""
    blob = bench.repo.ids([f"{oid}:{prefix}{settings.FILE}"])[0]
    return (named(bench, blob) if blob else None) or USUAL


def astray(repo: GitRepo, target: str) -> str:
    """What to do where the branch that changes are to go to is not here, and HEAD is on another; "" where all is well.

    Git calls the first branch of a repository master unless it is told otherwise.
    """
    short, here = target.removeprefix(LOCAL), repo.branch
    if here in ("", short) or any(one in repo.refs for one in (target, f"{REMOTE}{short}")):
        return ""
    says = f"{settings.FILE} says that changes go to {short}, which is not here; this is {here}"
    if repo.origin:
        return f"{says}. To get it: git fetch origin {shlex.quote(short)}"
    own = f"Where {here} is the one, write target: {LOCAL}{here} into {settings.FILE}"
    return f"{says}. {own}, or rename it: git branch -m {shlex.quote(short)}"


class Destination(Struct, frozen=True):
    """Looks through the branches of `repo`. `start`: the folder that is asked about, "" or "a/b/"."""

    repo: GitRepo
    bench: Bench
    start: str

    def find(self, head: str, oid: str, *, may_be_own: bool) -> str:
        """The full name of the branch that `head`, a name of the commit `oid`, is to be merged into.

        What the default branch of the remote says goes first. Else it is the one branch that names itself, the head's
        own left out; with `may_be_own` that one, where no other does. Raises Misuse where that is not exactly one.
        """
        if _DEFAULT in self.repo.refs:
            return self._of_remote()
        tips = self._tips()
        own = self._own(head, oid, tips)
        found = sorted({short for short in self._self_named(tips) if may_be_own or short not in own})
        others = [short for short in found if short not in own] or found
        if len(others) == 1:
            full = f"{REMOTE}{others[0]}"
            return full if full in tips else f"{LOCAL}{others[0]}"
        said = " and ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
        message = f"{said} each say in {settings.FILE} that they are the target"
        if not others and not any(self._settings([oid, *tips.values()])):
            where = f"in {self.start.rstrip('/')} or above it" if self.start else "at the top of this repository"
            message = f"there is no {settings.FILE} {where}, on no branch"
            raise Misuse(message, "Change to the folder that holds it, name that with --root, or run: itsmctl init.")
        if not others:
            message = f"no branch but the head's own says in its {settings.FILE} that it is the target"
        raise Misuse(message, _HINT)

    def _of_remote(self) -> str:
        """The default branch of the remote, or the branch that its settings name as the target."""
        led = to_text(self.repo.process.run("symbolic-ref", "--quiet", _DEFAULT, may_fail=True)).removesuffix("\n")
        if led and led not in self.repo.refs:
            message = f"{_DEFAULT} leads to {led}, which is not here"
            raise Misuse(message, f"git remote set-head origin --auto asks the remote anew. {_HINT}")
        default = led or _DEFAULT
        blob = self._settings([self.repo.resolve(default).oid])[0]
        target = named(self.bench, blob) if blob else None
        if target is None:  # the first governance is to come, or whoever judges will tell what is wrong with it
            return default
        full = REMOTE + target.removeprefix(LOCAL)
        if full not in self.repo.refs:
            raise Misuse(f"{settings.FILE} of {default} names the target {target}, which is not here", _HINT)
        return full

    def _tips(self) -> dict[str, str]:
        """Full name → commit, of the branches here and at the remote."""
        names = [name for name in self.repo.refs if name.startswith((LOCAL, REMOTE))]
        return dict(zip(names, self.repo.ids(names), strict=True))

    def _own(self, head: str, oid: str, tips: dict[str, str]) -> frozenset[str]:
        """Short names of the branch that the head is on; where it is on none, of those that stand at its commit."""
        given = f"{LOCAL}{self.repo.branch}" if head in ("HEAD", "@") and self.repo.branch else head
        full = next(
            (one for one in (given, f"refs/{given}", f"{LOCAL}{given}", f"refs/remotes/{given}") if one in tips), ""
        )
        return frozenset({_short(full)} if full else {_short(name) for name, tip in tips.items() if tip == oid})

    def _self_named(self, tips: dict[str, str]) -> Iterator[str]:
        """Short names of the branches that are the target by their own settings, or by some that nobody can read."""
        blobs = dict(zip(tips, self._settings(tips.values()), strict=True))
        said = {blob: named(self.bench, blob) for blob in sorted(set(blobs.values())) if blob}
        for full, blob in blobs.items():
            if blob and said[blob] in (None, LOCAL + _short(full)):
                yield _short(full)

    def _settings(self, commits: Iterable[str]) -> list[str]:
        """The blob of the settings in each commit, nearest from `start` upward; "" where there is none."""
        folders, oids = upward(self.start), list(commits)
        held = iter(self.bench.repo.ids([f"{oid}:{folder}{settings.FILE}" for oid in oids for folder in folders]))
        return [next((blob for blob in [next(held) for _ in folders] if blob), "") for _ in oids]


def _short(full: str) -> str:
    return full.removeprefix(LOCAL).removeprefix(REMOTE)
