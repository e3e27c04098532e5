"""What the tag of a release says, and whether it may be made. Plans; the command makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import __version__
from itsmctl.baseline import tags
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest
    from itsmctl.gitrepo import GitRepo
    from itsmctl.release.requirement import Checked


def name_of(release: str) -> str:
    """The tag of a release, without refs/tags/."""
    return tags.ref_of("release", release).removeprefix("refs/tags/")


def refuse_taken(repo: GitRepo, release: str) -> None:
    """Raises Misuse where there is a tag of that name, however it is cased: names are used once."""
    wanted = tags.ref_of("release", release).casefold()
    held = next((ref for ref in repo.refs if ref.casefold() == wanted), None)
    if held is not None:
        short = held.removeprefix("refs/tags/")
        hint = f"git show {short} shows it. A release that is made again gets another name."
        raise Misuse(f"there is a tag {short}, and names of releases are used once", hint)


def message(found: Checked, after: Manifest) -> str:
    """The message: the release, the commit that was checked, and both baselines by their roots.

    `Source` and `Root` are those of the baseline after, as in the tag of a baseline. Raises CannotJudge where the
    release is not done.
    """
    if found.stage != "done" or not found.passes:
        raise CannotJudge(f"{found.record.name} is not done, so it is not tagged", "itsmctl release check says why.")
    lines = [f"Release {found.record.name}", "", f"Commit: {found.commit}", f"Source: {after.source.commit}"]
    lines += [f"Root: {after.root}"]
    lines += [f"Baseline-{word.capitalize()}: {name} {root}" for word, name, root in found.frozen]
    lines += [f"Owed: {one.code} by {one.due}" for one in found.having("owed")]
    return "\n".join([*lines, f"Tool: itsmctl {__version__}"]) + "\n"
