"""What the tag of a release says, and whether it may be made. Plans; the command makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import __version__
from itsmctl.baseline import tags
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.tags import Tag
    from itsmctl.gitrepo import GitRepo, Revision
    from itsmctl.release.requirement import Checked

OVER = ("live", "reviewed", "closed")
"""States of a release that is done, and may be tagged."""


def name_of(release: str) -> str:
    """The tag of a release, without refs/tags/."""
    return tags.ref_of("release", release).removeprefix("refs/tags/")


def refuse_taken(repo: GitRepo, release: str) -> None:
    """Raises Misuse where there is a tag of that name, however it is cased: names are used once."""
    wanted = tags.ref_of("release", release).casefold()
    held = next((ref for ref in repo.refs if ref.casefold() == wanted), None)
    if held is not None:
        short = held.removeprefix("refs/tags/")
        hint = (
            f"git show {short} shows it. A release that is made again gets another name. If the tag is to be signed, "
        )
        hint += f"and nobody else has it yet: git tag -d {short}, then itsmctl release tag {release} --sign"
        raise Misuse(f"there is a tag {short}, and names of releases are used once", hint)


def off_line(place: Place, target: str, commit: str) -> str:
    """Which commit it is that is not on the first-parent line of the target branch, in words; "" where it is.

    `target`: the full name of the branch, as the settings say it. Here or at the origin will do.
    """
    short = target.removeprefix("refs/heads/")
    held = [name for name in (target, f"refs/remotes/origin/{short}") if name in place.repo.refs]
    for name in held:
        tip = place.bench.revision(place.repo.resolve(name).oid)
        if any(one.oid == commit for one in place.bench.first_parents(tip.oid, ())):
            return ""
    why = f"which is not on the line of {short}" if held else f"and the branch {short} is not here"
    return f"commit {commit[:12]}, {why}"


def beyond(place: Place, target: str) -> list[Revision]:
    """The tips of the target branch, here and at the origin, that went on from the tip of the place: what was revoked
    or altered since is known there.
    """
    short, found = target.removeprefix("refs/heads/"), []
    for name in (target, f"refs/remotes/origin/{short}"):
        if name in place.repo.refs:
            tip = place.bench.revision(place.repo.resolve(name).oid)._replace(
                label=name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
            )
            line = place.bench.first_parents(tip.oid, ())
            if tip.oid != place.tip.oid and any(one.oid == place.tip.oid for one in line):
                found.append(tip)
    return found


def refuse_other(place: Place, target: str) -> None:
    """Raises Misuse where the tip of the place is no commit of the target branch: only what landed there is tagged."""
    off = off_line(place, target, place.tip.oid)
    if off:
        short = target.removeprefix("refs/heads/")
        hint = f"Merge it first, and name a commit of {short}: --rev {short}. Not here? git fetch origin {short}"
        raise Misuse(off, hint)


def is_release(tag: Tag, name: str) -> bool:
    """Does a tag say that it is that of the release of this name?"""
    return tag.message.startswith(f"Release {name}\n")


def lines(commit: str, after: Manifest, frozen: Sequence[tuple[str, str, str]]) -> list[str]:
    """What the tag says below its first line: the commit that was checked, and the baselines by their roots.

    `Source` and `Root` are those of the baseline after, as in the tag of a baseline.
    """
    found = [f"Commit: {commit}", f"Source: {after.source.commit}", f"Root: {after.root}"]
    return [*found, *(f"Baseline-{word.capitalize()}: {named} {root}" for word, named, root in frozen)]


def message(found: Checked, after: Manifest) -> str:
    """The message: see `lines`. Raises CannotJudge where the release is not done."""
    if found.stage != "done" or not found.passes:
        raise CannotJudge(f"{found.record.name} is not done, so it is not tagged", "itsmctl release check says why.")
    told = [f"Release {found.record.name}", "", *lines(found.commit, after, found.frozen)]
    told += [f"Owed: {one.code} by {one.due}" for one in found.having("owed")]
    told += [f"Waived: {rule} by {waiver}" for rule, waiver in found.waived]
    return "\n".join([*told, f"Tool: itsmctl {__version__}"]) + "\n"
