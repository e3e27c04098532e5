"""Was a baseline that a release rests on there, and agreed to, when its roll-out began, and the one after it not yet?
Read from the branch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.baseline.manifest import home
from itsmctl.gate import calendar
from itsmctl.release.beginning import moment
from itsmctl.release.requirement import Requirement

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier


def late(dossier: Dossier, code: str, name: object, pointer: str) -> Iterator[Requirement]:
    """What was to be rolled out from, or gone back to, was there by then, and agreed to: else it is only told of it."""
    found = dossier.baseline(name) if isinstance(name, str) else ""
    if isinstance(found, str) or found.held is None or not found.is_agreed:
        return  # told already
    if dossier.is_emergency or dossier.begins is None or dossier.begins > dossier.now:
        return
    held, place, when = found.held, dossier.place, calendar.said(dossier.begins)
    files = [{home(held.name): held.content}]
    for one in found.agreements:
        both = [one.path, f"{one.path}.sig"] if one.counts else []
        files += [{path: place.bench.content(held.files[path.removeprefix(home(held.name, ""))]) for path in both}]
    came = [place.line_time(place.landing(those)) < dossier.begins for those in files if those]
    if not came[0] or not any(came[1:]):
        what = "was agreed to" if came[0] else "came onto the branch"
        says = f"{name} {what} after the roll-out began at {when}: nobody could rely on it then"
        hint = "Have one frozen and agreed to before the roll-out; for this one, the review says what was done instead."
        yield Requirement(code, "unmet", says, hint, dossier.record.path, pointer)


def early(dossier: Dossier, name: object, pointer: str) -> Iterator[Requirement]:
    """The one after it was frozen, and agreed to, once the release was live: before that there was nothing to see."""
    found = dossier.baseline(name) if isinstance(name, str) else ""
    if isinstance(found, str) or found.held is None or not found.is_agreed or dossier.begins is None:
        return  # told already
    place, held = dossier.place, found.held
    went = max(dossier.begins, moment(str(dossier.spec.get("go_live"))) or dossier.begins)
    came = place.line_time(place.landing({home(held.name): held.content}))
    if came < went:
        says = f"{name} came onto the branch at {calendar.said(came)}, before the release went live at "
        says += f"{calendar.said(went)}: it shows nothing of what was rolled out"
        hint = (
            "Freeze what is there after the roll-out, under another name, and name that one. itsmctl baseline create "
        )
        hint += f"NAME --release {dossier.record.name} freezes one, itsmctl baseline approve NAME agrees to it."
        yield Requirement("BASELINE_AFTER", "unmet", says, hint, dossier.record.path, pointer)
