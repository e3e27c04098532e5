"""Why a vote would not count, by what can be known before it is signed: each reason with what to do. Signs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.errors import Misuse
from itsmctl.gate import (
    applied,
    ballots,
    calendar,
    consent,
    coverage,
    deciding,
    emergency,
    identity,
    paying,
    questions,
    renames,
    reviewing,
    rules,
    settling,
    simulation,
)
from itsmctl.gate import contributors as hands
from itsmctl.gate.beginnings import DONE, STARTED
from itsmctl.nearest import did_you_mean
from itsmctl.records import CHANGE, value_at
from itsmctl.votes import Evidence

if TYPE_CHECKING:
    from itsmctl.desk.voting import Matter
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.roster import Roster
    from itsmctl.votes import Decision


_NONE = Evidence()


def refuse_unknown(role: str, proposal: Proposal, roster: Roster) -> None:
    """Raises Misuse where no role at the base is called that; "" claims none."""
    if role and not roster.has_role(role):
        known = [one.name for one in proposal.base.by_kind.get("Role", ())]
        guess = did_you_mean(role, known)
        raise Misuse(
            f"no role at the base is called {role}" + (f": {guess}" if guess else ""),
            "itsmctl list Role shows them; without --as the vote counts as whatever is asked.",
        )


def doubts(
    proposal: Proposal,
    held: Matter,
    decision: Decision,
    person: str,
    roster: Roster,
    role: str = "",
    cast: Evidence = _NONE,
) -> Iterator[str]:
    """A sentence for each reason. `role`: what the person claims to vote as; `cast`: what was signed so far."""
    proposal, name = applied.known(renames.settled(proposal), cast), held.change.name
    if decision != "withdraw" and held.change.state == "draft":
        yield f"{name} is a draft; itsmctl change submit {name} comes first, and then the votes"
    member = roster.member(person)
    if member is not None and (member.is_bot or not member.active):
        yield f"{person} is {'a bot, and bots do not vote' if member.is_bot else 'not active at the base today'}"
    if decision != "approve" or _is_word(held, person, proposal, roster, cast):
        return
    claim = _claim(proposal, held)
    if not _is_back_out(claim):  # its lines are those of the change in reverse, which that did not spend
        yield from (f"{one.code}: {one.says}" for one in deciding.spent(claim, proposal))
    question = _question(claim, proposal, held, person, role, roster, cast)
    if consent.is_asked(question, person):
        return  # it counts as that word, whoever made the change and whatever the rules ask for
    if person in question.barred:
        yield f"{person} is barred from approving {name}: {question.barred[person]}; somebody else has to vote"
    elif not any(
        one.person == person and one.decision == "reject" for one in cast.votes
    ):  # who takes a reject back, may
        yield from _unasked(question, proposal, held, person, roster)
        yield from _same_voice(question, person, roster, cast)
    # a vote on a further part lets that go ahead; what it owes then is voted on once it has landed
    is_further = held.lines and any(one.line in held.lines for one in proposal.edits.values())
    if paying.has_begun(held.change, proposal.base.get(held.change.ref)) and not is_further:
        fields = ", ".join(paying.unfilled(held.change, proposal.rulebook.kinds[CHANGE]))
        if fields:
            yield f"{name} is still to be filled in ({fields}), which makes votes before that stale; commit that first"


def _is_word(held: Matter, person: str, proposal: Proposal, roster: Roster, cast: Evidence) -> bool:
    """Is it how whoever reviewed an emergency says so? It counts as that whatever it comes to as a vote."""
    change = held.change
    if not paying.has_begun(change, proposal.base.get(change.ref)) or not value_at(change.data, "/spec/review"):
        return False
    if change.state not in DONE:  # before its work is over, nobody has reviewed anything
        return False
    by = value_at(change.data, "/spec/review/by")
    return roster.today("Person", str(by)) == person and not reviewing.is_stated(change, person, cast)


def _is_back_out(claim: Claim) -> bool:
    return bool(claim.edits) and claim.record.state == coverage.TAKEN_BACK


def _claim(proposal: Proposal, held: Matter) -> Claim:
    claims, _ = coverage.claims(proposal)
    own = coverage.Claim(held.change, proposal.base.get(held.change.ref), ())
    return next((one for one in claims if one.name == held.change.name), own)


def _question(
    claim: Claim, proposal: Proposal, held: Matter, person: str, role: str, roster: Roster, cast: Evidence
) -> Question:
    """What the rules are asked about the change, as if the vote stood already."""
    supposed = simulation.approval(person, role, held.change.name, held.content, held.lines, proposal, "this vote")
    of = hands.of_back_out if _is_back_out(claim) else hands.of
    had = of(claim, proposal, roster, ()).persons
    if not claim.edits and claim.record.state in STARTED:
        asked = settling.question(claim, proposal, replace(cast, votes=(supposed,)), roster)
        return replace(asked, box=replace(asked.box, evidence=Evidence((supposed,)), own_entry=_own(proposal)))
    return questions.question(
        claim,
        proposal,
        Evidence((supposed,)),
        roster,
        contributors=had,
        altered=identity.altered(proposal),
        reviewed={},
        lines=held.lines,
    )


def _same_voice(question: Question, person: str, roster: Roster, cast: Evidence) -> Iterator[str]:
    """Has somebody voted with whom the person has one vote, since a delegation is in force, wherever they are asked?"""
    linked = roster.linked(person)
    others = [vote for vote in cast.votes if vote.person in linked and vote.change == question.box.change]
    if not others:
        return
    evidence = replace(question.box.evidence, votes=(*question.box.evidence.votes, *others))
    both = {person, *linked}
    asked, once, counted = 0, 0, set()
    for ground in rules.judge_rules(replace(question, box=replace(question.box, evidence=evidence))).grounds:
        seen = [one for one in ground.walk() if one.what == "vote" and one.name in both]
        if any(one.name == person and one.code in ("", "ONE_VOTE") for one in seen):
            asked += 1
            once += any(one.code == "ONE_VOTE" for one in seen)
            counted |= {one.name for one in seen if one.code in ("", "ONE_VOTE") and one.name != person}
    if 0 < asked == once:
        have = f"{', '.join(sorted(counted))} {'has' if len(counted) == 1 else 'have'}"
        yield f"ONE_VOTE: {have} voted, and a delegation makes that and a vote of {person} one vote"


def _own(proposal: Proposal) -> dict[str, str]:
    return {person: f"this head alters {ref}" for person, ref in identity.altered(proposal).items()}


def _unasked(question: Question, proposal: Proposal, held: Matter, person: str, roster: Roster) -> Iterator[str]:
    """Does no rule, no freeze and no emergency ask for somebody like that?"""
    seen = [
        one
        for ground in rules.judge_rules(question).grounds
        for one in ground.walk()
        if one.what == "vote" and one.name == person
    ]
    if not seen or any(one.code != "NO_ROLE" for one in seen):
        return
    others = set(calendar.roles_asked(proposal.base))
    if held.change.data["spec"]["class"] == emergency.CLASS:
        others |= {*proposal.rulebook.settings.emergency.get("roles", ())}
    if not any(ballots.in_role(question.ballots, roster, one) for one in others):
        yield f"NO_ROLE: {seen[0].says}"
