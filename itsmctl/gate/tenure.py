"""The votes that a change was done under, which approved its back-out as well. Pure.

What was voted on anew for a further part, or filled in since, takes nothing from them. All else that ends a vote does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import votes
from itsmctl.gate import applied, consent, rules, standard, subject, undoing
from itsmctl.gate.beginnings import STARTED, state_of
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.tracks import Course
from itsmctl.gate.verdict import Verdict, deny
from itsmctl.gate.verdict import of as overall
from itsmctl.records import CHANGE, Record
from itsmctl.votes import FILE, Line

if TYPE_CHECKING:
    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.votes import Evidence, Vote

SAYS = "votes on the change"


class Tenure(Struct, frozen=True):
    """What the votes on a change say about its back-out. `votes`: those that meet it.

    `as_done`: the change as it stood when it was done, where the votes are on that, and not on what it says now.
    """

    verdict: Verdict
    votes: tuple[Vote, ...] = ()
    as_done: tuple[Record, ...] = ()


class _Part(Struct, frozen=True):
    """What landed together of a change. `place`: where on the first-parent line, the last of it."""

    lines: tuple[Line, ...]
    place: int


def of(claim: Claim, court: Court, lines: tuple[Line, ...], had: Mapping[str, str]) -> Tenure:
    """The votes on the change itself: they approved its back-out. Of a standard change its model did.

    `lines`: what it did, and what is taken back. Votes that were cast anew on what was still to come, in a change that
    is applied in parts, say nothing about what had landed by then. Votes on this very edit count beside them: whoever
    agrees to a back-out agrees to it, whatever they said of the change. `had`: contributors of the head.
    """
    if claim.spec["class"] == "standard":
        return Tenure(standard.prove(court.proposal, claim.record, claim.edits))
    today = _asked(claim, court, lines, had, claim.record, court.evidence)
    if today.verdict.allowed or claim.before is None:
        return today
    found = [_best(claim, court, part, had) for part in _parts(claim.before, court, lines)]
    if not found or not all(one.verdict.allowed for one in found):
        return today
    return Tenure(
        overall("check", SAYS, [one.verdict for one in found], "those that it was done under")
        if found[1:]
        else found[0].verdict,
        tuple(vote for one in found for vote in one.votes),
        tuple(record for one in found for record in one.as_done),
    )


def anew(claim: Claim, court: Court, lines: tuple[Line, ...], had: Mapping[str, str]) -> Tenure:
    """The votes on the back-out itself, `lines`: whoever agrees to this very edit needs no votes of then.

    So it is where those are not kept, since they were reviews of a forge.
    """
    return _asked(claim, court, lines, had, claim.record, court.evidence)


def _best(claim: Claim, court: Court, part: _Part, had: Mapping[str, str]) -> Tenure:
    """The first that allows, of the votes on what the change says now, and on what it said when the part had landed."""
    evidence = _revived(court.evidence, claim.name, part.place, court.proposal)
    found = Tenure(deny("rule", claim.name, "NO_VOTE", "nobody agreed to the change"))
    for record in (claim.record, *_as_done(claim, court, part.place)):
        found = _asked(claim, court, part.lines, had, record, evidence)
        if found.verdict.allowed:
            return found if record is claim.record else replace(found, as_done=(record,))
    return found


def _asked(
    claim: Claim, court: Court, lines: tuple[Line, ...], had: Mapping[str, str], record: Record, evidence: Evidence
) -> Tenure:
    """What rules, or settings for an emergency, say of the votes on these lines, and on that content of the change."""
    evidence = replace(evidence, votes=tuple(_as_on(vote, claim, court, lines, record) for vote in evidence.votes))
    question = _question(claim, court, lines, had, record, evidence)
    if claim.spec["class"] == CLASS:
        cast = tuple(one.vote for one in question.ballots if one.approves and one.vote is not None)
        decided = court.emergency(claim, question, had, taken_back=True)
        word = consent.of(question, decided.because)  # what takes a revocation back grants anew
        return Tenure(overall("check", SAYS, (decided, *word.grounds)) if word.grounds else decided, cast)
    answer = rules.judge_rules(question)
    word = consent.of(question, answer.grounds)
    grounds = [*answer.grounds, *word.grounds]
    if answer.met and not answer.votes:
        grounds.append(
            deny("rule", claim.name, "NO_VOTE", "nobody agreed to the change, so nobody agreed to its back-out")
        )
    return Tenure(overall("check", SAYS, grounds), (*answer.votes, *word.votes))


def _as_on(vote: Vote, claim: Claim, court: Court, lines: tuple[Line, ...], record: Record) -> Vote:
    """A vote on the back-out itself, of the change as it is now, as one on what is asked about; any other as it is."""
    own = votes.sorted_lines([one.line for one in claim.edits])
    if vote.change != claim.name or vote.decision != "approve" or vote.lines is None or own == lines:
        return vote
    kind = court.proposal.rulebook.kinds[CHANGE]
    if votes.sorted_lines(vote.lines) != own or not vote.recomputes:
        return vote
    if not subject.same_content(vote.content, subject.approvable(claim.record, kind)):
        return vote
    content = subject.approvable(record, kind)
    on = votes.subject(vote.change, vote.repository, vote.target, content, lines)
    return replace(vote, lines=lines, content=content, subject=on, moves={})


def _question(
    claim: Claim, court: Court, lines: tuple[Line, ...], had: Mapping[str, str], record: Record, evidence: Evidence
) -> Question:
    found = court.question(claim, had, evidence=evidence, lines=lines)
    if record is claim.record:
        return found
    kind = court.proposal.rulebook.kinds[CHANGE]
    return replace(found, box=replace(found.box, content=subject.approvable(record, kind)))


def _parts(change: Record, court: Court, lines: Iterable[Line]) -> Sequence[_Part]:
    """What landed together, where it may come in parts; else all of it. Nothing where any of it is not its own."""
    proposal = court.proposal
    undo = undoing.of(change, applied.of(change, proposal, court.evidence), proposal)
    places: dict[int, list[Line]] = {}
    for line in lines:
        held = undo.get(line.ref)
        if held is None or held.line != line:
            return ()
        places.setdefault(max(held.places), []).append(line)
    if change.data["spec"].get("apply") == "in-parts" or len(places) == 1:
        return [_Part(tuple(held), place) for place, held in sorted(places.items())]
    return [_Part(tuple(lines), max(places))] if places else ()


def _as_done(claim: Claim, court: Court, place: int) -> Iterator[Record]:
    """The change as the base had it since the part landed, each content once, the latest first; not as it is now."""
    before, proposal = claim.before, court.proposal
    if before is None:
        return
    kind = proposal.rulebook.kinds[CHANGE]
    told = [subject.approvable(claim.record, kind)]
    course = Course.of(before, proposal.history)
    held = [*(data for at, data in reversed(course.steps) if at > place), course.at(place)]
    for data in held:
        if data is None or state_of(data) not in STARTED:
            continue
        record = replace(before, data=data, sound=kind.conforms(data))
        content = subject.approvable(record, kind)
        if record.sound and not any(subject.same_content(content, one) for one in told):
            told.append(content)
            yield record


def _revived(evidence: Evidence, change: str, place: int, proposal: Proposal) -> Evidence:
    """The evidence, in which those approvals stand again that the same person followed up later than that landing.

    What followed has to be approvals alone, none of which stood at the base when the part landed.
    """
    mine = [one for one in evidence.witnesses if one.change == change]
    back = {one.said.digest: one.said for one in evidence.refused if one.code == "SUPERSEDED" and one.said is not None}
    found = {
        digest: vote
        for digest, vote in back.items()
        if vote.change == change and vote.decision == "approve" and _is_kept(vote, mine, place, proposal)
    }
    refused = tuple(one for one in evidence.refused if one.said is None or one.said.digest not in found)
    return replace(evidence, votes=(*evidence.votes, *found.values()), refused=refused)


def _is_kept(vote: Vote, mine: Sequence[Vote], place: int, proposal: Proposal) -> bool:
    """Did its person only add approvals to it, later than a landing?"""
    pending, is_followed = [vote], False
    while pending:
        one = pending.pop()
        for after in (other for other in mine if other.prev == one.digest and other.person == vote.person):
            if after.decision != "approve" or _landed(after, proposal) <= place:
                return False
            is_followed = True
            pending.append(after)
    return is_followed  # what follows it is not known otherwise


def _landed(vote: Vote, proposal: Proposal) -> float:
    """The place of the first-parent line with which the statement came in; none is later than all."""
    found = (one.place for one in proposal.history.landings(f"{FILE}/{vote.source}") if one.digest is not None)
    return next(found, float("inf"))
