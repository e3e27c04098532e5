"""Does a release that is done in a commit hold at the tip of its branch, too? A tag is made now. Decides no rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.release import checking, dossier, tagged, tagging
from itsmctl.release.requirement import Requirement

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.release.requirement import Checked


def places(place: Place, target: str) -> list[Place]:
    """Where it is asked whether a tag on the tip of the place would hold: itself, and the tips of the branch beyond."""
    return [place, *(replace(place, tip=tip) for tip in tagging.beyond(place, target))]


def check(there: Place, found: Checked) -> Checked:
    """The release that is done in `found`, as it is at a later tip, with what keeps the commit from being tagged.

    Raises Misuse where it is not there any more, CannotJudge where the tip cannot be relied on.
    """
    now = checking.check(there, found.record.name, "done")
    return replace(now, requirements=(*now.requirements, *_others(there, found, now))) if now.passes else now


def _others(there: Place, found: Checked, now: Checked) -> Iterator[Requirement]:
    held = dossier.read(there, now.record.name, "done", votes=False)
    yield from tagged.edited(held, found.record.name, found.commit)
    if now.frozen != found.frozen:
        says = f"its baselines are others than in commit {found.commit[:12]}, which is to be tagged"
        yield Requirement(
            "RELEASE_TAG", "unmet", says, "Tag a commit that names those of now.", now.record.path, "/spec"
        )
