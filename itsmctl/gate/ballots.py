"""Which votes on a change count, and why the others do not: one Ballot for each vote and each piece of evidence. Pure.

Roles and tiers are for the rules to ask (see `rules`); all that holds whatever the rule is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl.gate import subject
from itsmctl.gate.calendar import stamp
from itsmctl.records import Record
from itsmctl.roster import Roster
from itsmctl.votes import TIERS, Evidence, Line, NoVote, Tier, Vote, sorted_lines

BARRED = frozenset({"CONTRIBUTOR", "DELEGATE_OF_CONTRIBUTOR", "OWN_ENTRY"})
"""Codes for who may not approve because of what the head does. Whoever writes the head decides about that, by naming a
person in a trailer, say: so it takes away an approval, and never a reject."""


class Reviewed(Struct, frozen=True):
    """What a commit that a review was on says of the change: its approvable content, and the lines that it covers."""

    content: Mapping[str, Any]
    lines: tuple[Line, ...]


class Box(Struct, frozen=True):
    """All that decides which votes on one change count. `content`: the approvable content of the change in M.

    `lines`: what the votes have to cover, of the head or of the plan. `in_parts`: votes may cover more than that.
    `items`: Kind/name → (before, after), for words. `contributors` and `own_entry`: person → why, as a phrase that
    fits in brackets. `reviewed`: id of a commit → what a review on it was on; what is not there cannot be told.
    """

    change: str
    content: Mapping[str, Any]
    lines: tuple[Line, ...]
    repository: str
    target: str
    now: datetime
    roster: Roster
    evidence: Evidence
    contributors: Mapping[str, str] = field(default_factory=dict)
    own_entry: Mapping[str, str] = field(default_factory=dict)
    in_parts: bool = False
    items: Mapping[str, tuple[Record | None, Record | None]] = field(default_factory=dict)
    reviewed: Mapping[str, Reviewed] = field(default_factory=dict)
    at_head: str = ""  # what a command takes beside the change's name, see Proposal


class Ballot(Struct, frozen=True):
    """One vote, or what would have been one, with the reason why it does not count: `code` is "" where it does.

    `lines`: what the vote is on. `moved`: (field, "old → new") of what went stale, for programs.
    """

    person: str
    decision: str
    tier: Tier
    source: str
    code: str = ""
    says: str = ""
    role: str = ""  # that the person claims; "" leaves it open
    lines: tuple[Line, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    vote: Vote | None = None

    @property
    def approves(self) -> bool:
        """Is it an approval that counts, as far as no rule has to be asked?"""
        return self.decision == "approve" and not self.code

    @property
    def rejects(self) -> bool:
        """Is it a reject that stands? That the head makes its voter a contributor does not take it away."""
        return self.decision == "reject" and (not self.code or self.code in BARRED)


def count(box: Box) -> tuple[Ballot, ...]:
    """A ballot for every vote and every refused piece of evidence on the change, by person, then by source.

    A vote is fresh where the content that it was on is the content of today, for this repository and this target, and
    it covers the lines. **A reject** needs less: what was rejected is the change, so neither another branch nor other
    lines shake it off; only another content makes it another change to decide on, for which approvals have to be
    given anew as well. It is never spent. **A withdraw** takes back what the same person approved before it, whatever
    that was on, and so does a reject that stands. Where both come from different sources, the later one decides, but
    weaker evidence never lifts what stronger evidence says.
    """
    mine = [vote for vote in box.evidence.votes if vote.change == box.change]
    found = [_judged(vote, box) for vote in mine]
    found = [_taken_back(ballot, found) for ballot in found]
    found += [_refused(one) for one in box.evidence.refused if one.change == box.change]
    return tuple(sorted(found, key=lambda one: (one.person, one.source, one.decision)))


def sets(ballots: Iterable[Ballot]) -> tuple[tuple[Line, ...], ...]:
    """The lines of each vote set: approvals that count and are on the same lines belong together."""
    return tuple(dict.fromkeys(one.lines for one in ballots if one.approves))


def in_role(
    ballots: Iterable[Ballot], roster: Roster, role: str, min_tier: Tier = "T3", solo: bool = False
) -> list[Ballot]:
    """The approvals that count by those who may vote in the role: what an emergency or a freeze asks for.

    `solo`: those of contributors as well.
    """
    return [
        one
        for one in ballots
        if one.decision == "approve"
        and (not one.code or (solo and one.code == "CONTRIBUTOR"))
        and reaches(one.tier, min_tier)
        and one.role in ("", role)
        and roster.standing(one.person, role) is not None
    ]


def reaches(tier: Tier, wanted: Tier) -> bool:
    """Is evidence of that tier as strong as what is wanted, or stronger? T0 never is."""
    return tier != "T0" and TIERS.index(tier) >= TIERS.index(wanted)


def _judged(vote: Vote, box: Box) -> Ballot:
    seen = box.reviewed.get(vote.reviewed) if vote.lines is None else None
    lines = vote.lines if seen is None else seen.lines
    code, says, moved = next(_objections(vote, seen, box), ("", "", ()))
    held = sorted_lines(lines or ())
    return Ballot(vote.person, vote.decision, vote.tier, vote.source, code, says, vote.role, held, moved, vote)


Objection = tuple[str, str, tuple[tuple[str, str], ...]]


def _objections(vote: Vote, seen: Reviewed | None, box: Box) -> Iterator[Objection]:
    """Why the vote does not count: first what ends it for everybody, last what only bars the person here."""
    yield from _who(vote.person, box.roster)
    if vote.tier == "T0":
        yield "TIER_TOO_LOW", "T0 is shown, and never counts", ()
    if vote.decision != "withdraw":
        yield from _when(vote, box.now)
        yield from _stale(vote, seen, box)
    yield from _barred(vote.person, box)


def _who(person: str, roster: Roster) -> Iterator[Objection]:
    member = roster.member(person)
    if member is None:
        yield "UNKNOWN", f"no Person at the base is called {person or 'so'}", ()
    elif member.is_bot:
        yield "BOT", f"{person} is a bot, and bots do not vote", ()
    elif not member.active:
        yield "INACTIVE", f"{person} is not active at the base on {roster.day}", ()


def _when(vote: Vote, now: datetime) -> Iterator[Objection]:
    if vote.expires_at is not None and vote.expires_at <= now:
        yield "EXPIRED", f"it counted until {stamp(vote.expires_at)}: vote again", ()
    if vote.key_until is not None and vote.key_until <= now:
        yield "EXPIRED_KEY", f"its key counted until {stamp(vote.key_until)}: vote again with another", ()
    if vote.drafted:
        yield "NOT_SUBMITTED", "it was cast while the change was a draft: vote again on what was submitted", ()


def _stale(vote: Vote, seen: Reviewed | None, box: Box) -> Iterator[Objection]:
    """Is it on what is decided today? Its subject is computed again, from its own lines and content."""
    content, lines = (vote.content, vote.lines) if seen is None else (seen.content, seen.lines)
    if lines is None:
        yield "UNVERIFIABLE", f"what the reviewed commit {vote.reviewed[:7] or 'holds'} was about cannot be told", ()
        return
    if seen is None and vote.repository != box.repository:
        yield "RETARGETED", f"it is for the repository {vote.repository or '?'}, and this is {box.repository}", ()
    rejects = vote.decision == "reject"
    if not rejects and seen is None and vote.target != box.target:
        yield "RETARGETED", f"it is for {vote.target or 'no branch'}, and this goes to {box.target}", ()
    if seen is None and not vote.recomputes:
        yield "MALFORMED", "its subject is not that of its own content and lines", ()
    if not subject.same_content(content, box.content):
        moved = subject.content_moved(content, box.content)
        yield "STALE", f"{_listed(moved)}: vote again on the change as it is now", moved
    if not rejects:
        today = sorted_lines(box.lines)
        covers = set(today) <= set(lines) if box.in_parts and seen is None else today == sorted_lines(lines)
        if not covers:
            moved = subject.lines_moved(lines, vote.moves, today, box.items, whole=not box.in_parts)
            yield "STALE", f"{_listed(moved)}: vote again on the lines as they are now{_look(moved, box)}", moved


def _barred(person: str, box: Box) -> Iterator[Objection]:
    if person in box.own_entry:  # first: what lets a contributor vote does not let them vote on their own entry
        yield "OWN_ENTRY", box.own_entry[person], ()
    if person in box.contributors:
        yield "CONTRIBUTOR", box.contributors[person], ()
    for other in sorted(box.roster.linked(person)):
        if other in box.contributors:
            says = f"a delegation is in force between {person} and {other}, who is a contributor: "
            yield "DELEGATE_OF_CONTRIBUTOR", says + box.contributors[other], ()


def barred(box: Box) -> Mapping[str, str]:
    """Person → why they cannot approve this change, for all whom the head or a contributor bars."""
    found = {}
    for person in box.roster.members:
        for code, says, _ in _barred(person, box):
            found[person] = f"{code} ({says})"
            break
    return found


def _taken_back(ballot: Ballot, others: list[Ballot]) -> Ballot:
    """The ballot, or what the same person said of it since."""
    mine = ballot.vote
    if mine is None or mine.decision != "approve" or ballot.code:
        return ballot
    for other in others:
        later = other.vote
        if later is None or later.person != mine.person or not (later.decision == "withdraw" or other.rejects):
            continue
        if other.code and later.decision == "withdraw" and other.code not in BARRED:
            continue
        if later.issued_at >= mine.issued_at or TIERS.index(later.tier) > TIERS.index(mine.tier):
            code, what = ("WITHDRAWN", "took it back") if later.decision == "withdraw" else ("REJECTED", "rejected")
            says = f"{mine.person} {what} on {stamp(later.issued_at)}: {other.source}"
            return replace(ballot, code=code, says=says)
    return ballot


def _refused(one: NoVote) -> Ballot:
    return Ballot(one.person, one.decision or "", one.tier, one.source, one.code or "MALFORMED", one.says)


def _listed(moved: tuple[tuple[str, str], ...]) -> str:
    """The first few fields that differ, in one line."""
    if not moved:
        return "it was on something else"
    more = f", and {len(moved) - 3} more" if len(moved) > 3 else ""
    return ", ".join(f"{at} {says}".strip() for at, says in moved[:3]) + more


def _look(moved: tuple[tuple[str, str], ...], box: Box) -> str:
    """Where to see what was edited, where it cannot be told here: a vote names the fields of its own edit only."""
    refs = [at for at, says in moved if says == subject.ELSEWHERE and "/" in at][:1]
    return "".join(f" (itsmctl log {ref} --rev {box.target.removeprefix('refs/heads/')} says what)" for ref in refs)
