"""What the review of an emergency lacks: it is of somebody who did not make it, and shown to be their word. Pure.

ISO/IEC 20000-1, 9.2, asks that changes are reviewed afterwards; that others than their makers do it is the house's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import canonical
from itsmctl.gate import contributors, spending
from itsmctl.gate.calendar import zone_of
from itsmctl.gate.services import today
from itsmctl.records import same, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.gate.model import Brought, Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


def lacks(
    change: Record, proposal: Proposal, made: Mapping[str, str], evidence: Evidence, roster: Roster
) -> tuple[str, ...]:
    """In words. A review by its makers looks back on nothing, nor does one to come; a name alone anybody can type.

    `made`: person → why they are one of those who made the change.
    """
    if not value_at(change.data, "/spec/review"):
        return ("its review in spec.review",)
    by, on = (value_at(change.data, f"/spec/review/{field}") for field in ("by", "on"))
    if not isinstance(by, str) or not by:
        return ("who reviewed it, in spec.review.by",)
    person = today(proposal.base, "Person", by)
    if person in made:
        return (f"a review by somebody who did not make it: {person} is {made[person]}",)
    day = proposal.now.astimezone(zone_of(proposal.rulebook.settings)).date().isoformat()
    if not isinstance(on, str) or on > day:
        return (f"a review that took place: spec.review.on says {on}",)
    if is_stated(change, person, evidence) or _is_brought(change, person, proposal, roster):
        return ()
    says = f"{person}'s own word for the review that stands in spec.review.by"
    return (f"{says} ({person} runs itsmctl change approve {change.name}{proposal.at_head})",)


def is_stated(change: Record, person: str, evidence: Evidence) -> bool:
    """Did the person sign a statement on the change with that very review in it?"""
    review = value_at(change.data, "/spec/review")
    try:
        digest = canonical.digest(review)
    except ValueError:  # a number without a canonical form: nobody can have signed it
        return False
    return any(
        vote.review == digest and vote.person == person and vote.change == change.name for vote in evidence.witnesses
    )


def _is_brought(change: Record, person: str, proposal: Proposal, roster: Roster) -> bool:
    """Is a commit that wrote the review by that person, and shown to be?"""
    review = value_at(change.data, "/spec/review")
    for ref in spending.names(change):
        for commit, before, after in proposal.history.written(ref):
            wrote = same(value_at(after, "/spec/review"), review) and not same(value_at(before, "/spec/review"), review)
            if wrote and _is_by(commit, person, proposal, roster):
                return True
    return False


def _is_by(commit: Brought, person: str, proposal: Proposal, roster: Roster) -> bool:
    """Author, and signer too, unless there is no key to sign with. A forge speaks for the author whom it logged in."""
    if not any(hand.role == "author" and roster.email(hand.email) == person for hand in commit.hands):
        return False
    if contributors.is_carried(commit, proposal, ()):
        return True
    signers = [hand for hand in commit.hands if hand.role == "signer"]
    entries = [roster.key(hand.key) for hand in signers if hand.proven]
    if any(one is not None and one.person == person and one.counts_at(roster.now) for one in entries):
        return True
    required = proposal.rulebook.settings.data.get("commit_signatures") == "required"
    return not required and not signers and not roster.can_sign(person)
