"""Where a change is that the commit does not hold: perhaps on a branch that is not merged yet. Reads refs and trees."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier

_HEADS, _MOST = "refs/heads/", 200
"""What the full names of local branches begin with, and how many are looked at."""


def hint(dossier: Dossier, change: str) -> str:
    """What to do where a branch of this repository holds the change; "" where none does."""
    place, law = dossier.place, dossier.head.law
    path = place.prefix + law.home(law.kinds[CHANGE].plural, change)
    refs = sorted(one for one in place.repo.refs if one.startswith(_HEADS))[:_MOST]
    there = place.repo.ids([f"{one}:{path}" for one in refs])
    held = [one for one, blob in zip(refs, there, strict=True) if blob]
    if not held:
        return ""
    short = held[0].removeprefix(_HEADS)
    says = f"{change} is on the branch {short}, which is not merged yet"
    if not place.repo.ids([f"{held[0]}:{place.prefix}{dossier.record.path}"])[0]:
        return f"{says}: merge it first."
    asked = f"{dossier.record.name} --stage {dossier.stage} --rev {shlex.quote(short)}"
    return f"{says}, and has to be before the roll-out. To ask of it there: itsmctl release check {asked}"
