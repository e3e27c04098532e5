"""What the review of an emergency lacks: it is of somebody who did not make it, and shown to be their word. Pure.

Their word is a statement by which they approve, and that shows the review, or a commit that is theirs alone. Whoever
rejects, or takes back what they said, has reviewed nothing.

ISO/IEC 20000-1, 9.2, asks that changes are reviewed afterwards; that others than their makers do it is the house's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import canonical
from itsmctl.gate import contributors, spending
from itsmctl.gate.beginnings import DONE, state_of
from itsmctl.gate.calendar import zone_of
from itsmctl.gate.services import today
from itsmctl.records import same, value_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from itsmctl.gate.model import Brought, Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Vote


Word = tuple[str, str]
"""Who reviewed, and the digest of the review that they gave their word for."""


def lacks(
    change: Record, proposal: Proposal, made: Mapping[str, str], roster: Roster, given: Collection[Word]
) -> tuple[str, ...]:
    """In words. A review by its makers looks back on nothing, nor does one to come; a name alone anybody can type.

    `made`: person → why they are one of those who made the change. `given`: the words that people gave, see `word`.
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
    if (person, _digest(change)) in given:
        return ()
    says = f"{person}'s own word for the review that stands in spec.review.by"
    if change.state not in DONE:
        return (f"{says}, once {change.name} is {', '.join(sorted(DONE))}",)
    member = roster.member(person)
    if member is None or not member.active or member.is_bot:
        return (f"a review by somebody who is here: {person} is not active at the base",)
    if not roster.can_sign(person) and _any_key(roster):
        return (f"{says}: {person} has no key to sign it with; put one into Person/{person}, or let others review it",)
    return (f"{says} ({person} runs itsmctl change approve {change.name}{proposal.at_head})",)


def word(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> Word | None:
    """Whose word the review is, of those who are here; None where it is nobody's."""
    by = value_at(change.data, "/spec/review/by")
    person, digest = today(proposal.base, "Person", str(by)), _digest(change)
    member = roster.member(person)
    if not digest or member is None or not member.active or member.is_bot:
        return None
    if is_stated(change, person, evidence) or _is_brought(change, person, proposal, roster):
        return person, digest
    return None


def is_stated(change: Record, person: str, evidence: Evidence) -> bool:
    """Does the person approve it by a statement with that very review in it, given when the work was over?"""
    digest = _digest(change)
    mine = [vote for vote in evidence.witnesses if vote.person == person and vote.change == change.name]
    return bool(digest) and any(
        one.review == digest and one.decision == "approve" and one.state in DONE and not is_taken_back(one, mine)
        for one in mine
    )


def is_taken_back(one: Vote, others: Iterable[Vote]) -> bool:
    """Does a reject or withdraw of the same person stand against an approval, which does not follow it?"""
    others = tuple(others)
    before = followed(one, others)
    return any(vote.decision != "approve" and vote.digest not in before for vote in others)


def followed(one: Vote, others: Iterable[Vote]) -> frozenset[str]:
    """Digests of a statement, and of those of the same person before it, one after the other."""
    former = {vote.digest: vote for vote in others}
    before, at = {one.digest}, one
    while at.prev is not None and at.prev in former and at.prev not in before:
        at = former[at.prev]
        before.add(at.digest)
    return frozenset(before)


def _digest(change: Record) -> str:
    try:
        return canonical.digest(value_at(change.data, "/spec/review"))
    except ValueError:  # a number without a canonical form: nobody can have signed it
        return ""


def _is_brought(change: Record, person: str, proposal: Proposal, roster: Roster) -> bool:
    """Is a commit that wrote the review, of work that was over, by that person alone, and shown to be?"""
    review = value_at(change.data, "/spec/review")
    for ref in spending.names(change):
        for commit, before, after in proposal.history.written(ref):
            wrote = same(value_at(after, "/spec/review"), review) and not same(value_at(before, "/spec/review"), review)
            if wrote and state_of(after) in DONE and _is_by(commit, person, proposal, roster):
                return True
    return _is_coming(change, person, proposal, roster)


def _is_coming(change: Record, person: str, proposal: Proposal, roster: Roster) -> bool:
    """Does the head bring such a commit? For words alone: nothing is paid before it has landed, and then it is read."""
    before = proposal.base.get(change.ref)
    if before is not None and same(value_at(before.data, "/spec/review"), value_at(change.data, "/spec/review")):
        return False
    mine = [one for one in proposal.commits if change.path in one.paths]
    return change.state in DONE and any(_is_by(one, person, proposal, roster) for one in mine)


def _is_by(commit: Brought, person: str, proposal: Proposal, roster: Roster) -> bool:
    """Theirs alone, and signed by them, unless nobody here has a key, and they never had one to sign with.

    A forge speaks for the author whom it logged in. Where people sign, a name that never had a key is one that anybody
    can write.
    """
    is_carried = contributors.is_carried(commit, proposal, ())
    theirs = [hand for hand in commit.hands if hand.role in ("author", "co-author")]
    theirs += [hand for hand in commit.hands if hand.role == "committer" and not is_carried]
    if not theirs or any(roster.email(hand.email) != person for hand in theirs):
        return False
    if is_carried:
        return True
    signers = [hand for hand in commit.hands if hand.role == "signer"]
    entries = [roster.key(hand.key) for hand in signers if hand.proven]
    if any(one is not None and one.person == person and one.counts_at(roster.now) for one in entries):
        return True
    required = proposal.rulebook.settings.data.get("commit_signatures") == "required"
    return not required and not signers and not _any_key(roster) and not _had_key(person, proposal)


def _any_key(roster: Roster) -> bool:
    """Does anybody sign here?"""
    return any(roster.can_sign(name) for name in roster.members)


def _had_key(person: str, proposal: Proposal) -> bool:
    """Did the person ever have a key to sign with, by any commit? One that ran out, or was taken away, is one, too."""
    record = proposal.base.get(f"Person/{person}")
    if record is None:
        return True  # nobody knows whose word that would be
    versions = (data for ref in spending.names(record) for _, data in proposal.history.ever(ref))
    return any(value_at(data, "/spec/keys") for data in (record.data, *versions))
