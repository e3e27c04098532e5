"""Whether the debt of an emergency is paid: by what landed, and as rules, persons and votes stood when it did. Pure.

Paid stays paid: what becomes of voters and rules later brings no debt back. A voter who takes the vote back before the
rest is paid does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl.errors import CannotJudge
from itsmctl.gate import applied, backout, emergency, questions, reviewing, rules, services, spending
from itsmctl.gate import contributors as hands
from itsmctl.gate.beginnings import STARTED, moment, state_of
from itsmctl.gate.coverage import Claim
from itsmctl.gate.model import Landed
from itsmctl.records import value_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from itsmctl.gate.applied import Work
    from itsmctl.gate.history import Arrival, History
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Line


def owed(proposal: Proposal, evidence: Evidence, roster: Roster) -> tuple[emergency.Debt, ...]:
    """What emergency changes of the base owe by now, see emergency.debts."""
    return emergency.debts(proposal, lambda change: owes(change, proposal, evidence, roster))


def owes(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> emergency.Owes:
    """What an emergency at the base still owes, by each state of the base since its work began, and by the votes now.

    Those who made the change, or what it did, settle nothing of it.
    """
    work = applied.of(change, proposal, evidence)
    today = Landed(proposal, evidence, roster)
    now = _Account(change, work, evidence).after(today)
    if not now.lacks:
        return now
    account = _Account(change, work, evidence)
    for landed in proposal.landed(change):
        try:
            found = account.after(landed)
        except CannotJudge:  # nobody could be told apart by that state of the base, so that it shows nothing
            continue
        if not found.lacks:
            return found
    return account.after(today)


_Deed = tuple[str, str | None, str | None]
"""`Kind/name`, digest before, digest after."""


class _Account(Struct, dict=True):
    """What was paid so far, as one state of the base follows the other. `paid`: edit → who agreed to it.

    `words`: who reviewed it, and what they gave their word for. `said`: what is known today of what people said.
    """

    change: Record
    work: Work
    said: Evidence
    paid: dict[int, frozenset[str]] = field(default_factory=dict)
    words: set[reviewing.Word] = field(default_factory=set)

    def after(self, landed: Landed) -> emergency.Owes:
        """What is still owed once this has landed too."""
        proposal, roster = landed.proposal, landed.roster
        before = proposal.base.get(self.change.ref)
        if before is None or not before.sound or before.state not in STARTED:
            return emergency.Owes("open", ("a record of it that can be read",))
        claim = Claim(proposal.merged.get(self.change.ref) or before, before, ())
        made = makers(before, self.work, proposal, roster)
        asked = _asked(claim, landed, self.work, {**made, **_hands(claim, landed)})
        refused = self._count(asked)
        whole = range(len(self.work.edits) or 1)
        decided: emergency.Decided = "met" if all(edit in self.paid for edit in whole) else "open"
        decided = "refused" if refused and decided == "open" else decided
        self._review(before, landed)
        left = _left(before, self.work, proposal) if decided == "refused" else ()
        return emergency.Owes(decided, lacks(decided, before, self.work, landed, made, self.words), left)

    def _review(self, change: Record, landed: Landed) -> None:
        """Adds the word for the review that stands there, and takes off those that were taken back by then."""
        votes = landed.evidence.votes
        gone = {one.person for one in votes if one.change == change.name and one.decision != "approve"}
        self.words = {one for one in self.words if one[0] not in gone}
        found = reviewing.word(change, landed.proposal, self._standing(landed), landed.roster)
        self.words |= {found} if found is not None else set()

    def _standing(self, landed: Landed) -> Evidence:
        """What people said by then, and what they took back since, as long as somebody else can still review it."""
        if self.change.state == "closed":
            return landed.evidence
        back = [one for one in self.said.witnesses if one.change == self.change.name and one.decision != "approve"]
        return replace(landed.evidence, votes=(*landed.evidence.votes, *back))

    def _count(self, asked: Iterable[Question]) -> bool:
        """Adds what the votes agree to, and takes off what is taken back; is it refused by one who is asked?"""
        refused = False
        for question in asked:
            back = {one.person for one in question.ballots if one.vote is not None and one.decision != "approve"}
            self.paid = {edit: who for edit, who in self.paid.items() if who.isdisjoint(back)}
            answer = rules.judge_rules(question)
            if any(node.code == "VETO" for one in answer.grounds for node in one.walk()):
                self.paid = {}  # a veto stands against all that was agreed to and is not settled yet
            if answer.met and answer.votes:
                who = frozenset(vote.person for vote in answer.votes)
                covered = _covered(self.work, answer.lines)
                self.paid |= dict.fromkeys((edit for edit in covered if edit not in self.paid), who)
            rejecting = {one.person for one in question.ballots if one.rejects and not one.code}
            refused = refused or bool(rejecting & rules.asked(question))
        return refused


def _covered(work: Work, lines: Iterable[Line]) -> Collection[int]:
    """The edits that votes on these lines pay for; 0 stands for a change that did nothing to records.

    Who agrees to all that the change came to agrees to a record being as it was before: no line is left of that.
    """
    lines, left = frozenset(lines), frozenset(work.lines)
    if lines != left:
        return work.covered(lines)
    refs = {line.ref for line in left}
    idle = {at for at, one in enumerate(work.edits) if one.line.ref not in refs}
    return {*work.covered(lines), *idle} if work.edits else {0}


def _asked(claim: Claim, landed: Landed, work: Work, barred: Mapping[str, str]) -> Iterator[Question]:
    """The rules, asked about all that was done, once for each set of lines that somebody voted on and that was done."""
    votes = landed.evidence.votes
    sets = [vote.lines for vote in votes if vote.change == claim.name and vote.lines and work.covered(vote.lines)]
    for lines in dict.fromkeys((work.lines, *sets)):
        yield questions.question(
            claim,
            landed.proposal,
            landed.evidence,
            landed.roster,
            contributors=barred,
            altered={},
            reviewed={},
            lines=lines,
            done=work.touched,
        )


def lacks(
    decided: emergency.Decided,
    change: Record,
    work: Work,
    landed: Landed,
    made: Mapping[str, str],
    words: Collection[reviewing.Word],
) -> tuple[str, ...]:
    """What an emergency of which the votes come to that still owes, in words. `made`: person → why they made it.

    `words`: given for its review so far.
    """
    untold, what = [], ", ".join(sorted(work.unknown))
    if what:
        untold = [f"the statement in approvals/{change.name}/ that let it go ahead, to tell what it did to {what}"]
    if decided == "refused":
        return (*untold, *_refused(change, work, landed.proposal))
    votes = [] if decided == "met" else ["the full vote of persons who did not make it"]
    return (*votes, *untold, *reviewing.lacks(change, landed.proposal, made, landed.roster, words))


def _refused(change: Record, work: Work, proposal: Proposal) -> Iterator[str]:
    """What one that was refused lacks: it is taken back, and the cause is looked for."""
    if not emergency.is_backed_out(change):
        yield "to be backed out, as it was refused"
    elif left := _left(change, work, proposal):
        yield f"{', '.join(left)} to be back as before it, as it was refused"
    if not change.data["spec"].get("links", {}).get("problems"):
        yield "a problem in spec.links.problems"


def _left(change: Record, work: Work, proposal: Proposal) -> tuple[str, ...]:
    """What is not back of one that was refused, and says that it was taken back."""
    return tuple(backout.left(work, proposal.base, proposal)) if emergency.is_backed_out(change) else ()


def barred(claim: Claim, proposal: Proposal, evidence: Evidence, roster: Roster) -> dict[str, str]:
    """Person → why they do not settle a change whose work has begun: a hand in its record, or in what it did."""
    change = claim.before or claim.record
    made = makers(change, applied.of(change, proposal, evidence), proposal, roster)
    return {**made, **_hands(claim, Landed(proposal, evidence, roster))}


def _hands(claim: Claim, landed: Landed) -> Mapping[str, str]:
    return hands.of(claim, landed.proposal, landed.roster, ()).persons


def landings(change: Record, *, proposal: Proposal, evidence: Evidence) -> tuple[datetime, ...]:
    """When each landing of a change at the base was that may be applied in parts, in UTC; of others none is told apart.

    All lines of those arrive in one head, however many commits of a rebase that head has become. Merges of another line
    count as well: that may have been the line of the target until somebody merged it into a branch that took its place.
    """
    if value_at(change.data, "/spec/apply") != "in-parts":
        return ()
    work = applied.of(change, proposal, evidence)
    held: dict[int, tuple[int, ...]] = {one.place: (one.time,) for one in work.edits}
    for landing, times in _aside(change, work, proposal.history).items():
        if len(times) > len(held.get(landing, ())):
            held[landing] = times
    return tuple(moment(time) for times in held.values() for time in times)


def _aside(change: Record, work: Work, history: History) -> dict[int, tuple[int, ...]]:
    """Place on the first-parent line → times of the merges in what came in there that brought something of the change.

    Merges that did the same count once.
    """
    own = {one.place for ref in spending.names(change) for one in history.arrivals(ref) if _is_begun(one.data)}
    found: dict[tuple[int, int, int], set[_Deed]] = {}
    for ref in sorted({*services.listed(change.data), *(one.line.ref for one in work.edits)}):
        for one in history.arrivals(ref):
            if one.place != one.landing and (one.place in own or _names_it(change, ref, one, history)):
                found.setdefault((one.place, one.landing, one.time), set()).add((ref, one.before, one.after))
    held: dict[int, dict[frozenset[_Deed], int]] = {}
    for (_, landing, time), deeds in sorted(found.items()):
        held.setdefault(landing, {}).setdefault(frozenset(deeds), time)
    return {landing: tuple(times.values()) for landing, times in held.items()}


def _is_begun(data: Mapping[str, Any] | None) -> bool:
    return state_of(data) in STARTED


def _names_it(change: Record, ref: str, one: Arrival, history: History) -> bool:
    """Does a commit that made this name the change in a trailer?"""
    names = {name.partition("/")[2] for name in spending.names(change)}
    return any(
        name.removeprefix(f"{change.kind}/") in names
        for commit in history.makers(ref, one.before, one.after, one.place)
        for name in commit.names
    )


def makers(change: Record, work: Work, proposal: Proposal, roster: Roster) -> Mapping[str, str]:
    """Person → why they are one of those who made what a change at the base did, its record included."""
    return hands.of_work(change, [one.line for one in work.edits], proposal, roster).persons


def question(claim: Claim, proposal: Proposal, evidence: Evidence, roster: Roster) -> Question:
    """What the rules are asked about a change whose work has begun: all that it did."""
    change = claim.before or claim.record
    work = applied.of(change, proposal, evidence)
    lines: tuple[Line, ...] = work.lines
    return questions.question(
        claim,
        proposal,
        evidence,
        roster,
        contributors=barred(claim, proposal, evidence, roster),
        altered={},
        reviewed={},
        lines=lines,
        done=work.touched,
    )
