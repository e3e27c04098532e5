"""What to do about a baseline that nobody's agreement counts for: agree, or freeze it again. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itsmctl.baseline import agreement, ever, rebuilding, seals

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitrepo import Revision

AGREE = "A release-manager or configuration-manager who did not make it agrees: itsmctl baseline approve {}"
"""Where somebody can."""


def agreeing(place: Place, found: Held, frozen: Revision, adding: Sequence[Brought]) -> str:
    """Who is to agree; or, where nobody can whose word would count, how it is frozen so that somebody can."""
    people, today = place.people(frozen, place.now), place.today
    made, unknown = seals.makers(place, found, people, adding)
    taken = ever.taken(place.bench, place.tip.oid, place.prefix)
    again = rebuilding.again(found.manifest, taken)
    if unknown:
        says = f"{unknown[0]} made it and is no Person at the commit that was frozen, so that nobody's word counts"
        return f"{says}. Somebody who is a Person there freezes it again: {again}"
    held = {one for role in agreement.ROLES for one in people.roster.holders(role) if people.roster.can_sign(one)}
    able = {one for one in held if today.is_active(today.today("Person", one))}
    if able - made.keys():
        return AGREE.format(found.name)
    if able:
        return f"Nobody but who made it can agree to it. Somebody else freezes it again: {again}"
    roles = " or ".join(agreement.ROLES)
    says = f"Nobody can: the commit that was frozen knows nobody with a key who holds the role {roles} and is active"
    later = again.replace(f" --rev {found.manifest.source.commit[:12]}", "")
    return f"{says}. Write both into the records, commit that, and freeze it again as it is then: {later}"
