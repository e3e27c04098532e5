"""Where a change is that the commit does not hold: perhaps on a branch that is not merged yet. Reads refs and trees."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from itsmctl import unmerged
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier


def hint(dossier: Dossier, change: str) -> str:
    """What to do where a branch of this repository holds the change; "" where none does."""
    place, law = dossier.place, dossier.head.law
    path = place.prefix + law.home(law.kinds[CHANGE].plural, change)
    branch = unmerged.branch_of(place.repo, path)
    if not branch:
        return ""
    says = unmerged.said(change, branch)
    if not place.repo.ids([f"refs/heads/{branch}:{place.prefix}{dossier.record.path}"])[0]:
        return f"{says}: merge it first."
    asked = f"{dossier.record.name} --stage {dossier.stage} --rev {shlex.quote(branch)}"
    return f"{says}, and has to be before the roll-out. To ask of it there: itsmctl release check {asked}"
