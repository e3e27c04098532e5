"""Has whoever lets another vote in their place said so? A delegation needs the word of its delegator. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from itsmctl import quorum
from itsmctl.gate import ballots, verdict
from itsmctl.gate.ballots import BARRED, Ballot
from itsmctl.gate.model import Touched
from itsmctl.gate.requirements import can_vote
from itsmctl.gate.verdict import About, Verdict
from itsmctl.gate.weighing import Question
from itsmctl.quorum import Requirement
from itsmctl.records import Record, value_at
from itsmctl.roster import Roster
from itsmctl.votes import TIERS, Tier, Vote

KIND = "Delegation"
OTHERS = 2
"""How many others of each role agree in place of a delegator, where the settings allow that."""

_SPAN = ("from", "to")


class Handed(Struct, frozen=True):
    """A delegation that the head grants, or grants more of. Names are those of today at the base."""

    ref: str
    path: str
    delegator: str
    delegate: str
    roles: tuple[str, ...]


class Consent(Struct, frozen=True):
    """`grounds`: one for each delegation, and who still has to vote. `votes`: the words that were given."""

    grounds: tuple[Verdict, ...]
    votes: tuple[Vote, ...]


def of(question: Question, rules: Sequence[Verdict]) -> Consent:
    """What is lacking of the words of delegators. `rules`: what the approval rules say, for the tier that they ask.

    The delegator may have made the change: the word is a vote like others, though no rule counts it. Code: NO_CONSENT.
    """
    tier = _tier(rules)
    grounds: list[Verdict] = []
    votes: list[Vote] = []
    for one in handed(question):
        given = _words(one, question, tier)
        votes += [ballot.vote for ballot in given if ballot.vote is not None]
        if given:
            by = ", ".join(ballot.person for ballot in given)
            says = f"{by} {'lets' if len(given) == 1 else 'let'} {one.delegate} vote for {one.delegator}"
            grounds.append(verdict.allow("check", one.ref, says, persons=[ballot.person for ballot in given]))
        else:
            grounds += _lacking(one, question, tier)
    return Consent(tuple(grounds), tuple(votes))


def handed(question: Question) -> tuple[Handed, ...]:
    """The delegations among what the change does, or plans, that grant something which the base does not."""
    setting, roster = question.setting, question.box.roster
    found = []
    for one in setting.items:
        if one.line.kind != KIND or one.after is None or not _grants(one.after):
            continue
        before = one.before if one.before is not None else _former(one, question)
        now = _handed(one.ref, one.path, one.after, roster)
        if before is None or not _is_within(now, one.after, _handed(one.ref, "", before, roster), before):
            found.append(now)
    return tuple(found)


def is_asked(question: Question, person: str) -> bool:
    """Does a delegation need the word of this person?"""
    return any(one.delegator == person for one in handed(question))


def _former(one: Touched, question: Question) -> Record | None:
    """The delegation that was renamed to this one."""
    base, merged = question.setting.base, question.setting.merged
    names = value_at(one.after.data, "/metadata/formerly") if one.after is not None else None
    refs = [f"{KIND}/{name}" for name in names] if isinstance(names, list) else []
    return next((base.records[ref] for ref in refs if ref in base.records and ref not in merged.records), None)


def _grants(record: Record) -> bool:
    return record.state != "revoked" and value_at(record.data, "/spec/revoked_on") is None


def _handed(ref: str, path: str, record: Record, roster: Roster) -> Handed:
    who = [roster.today("Person", str(value_at(record.data, f"/spec/{at}"))) for at in ("delegator", "delegate")]
    roles = value_at(record.data, "/spec/roles")
    names = [roster.today("Role", str(role)) for role in (roles if isinstance(roles, list) else ())]
    return Handed(ref, path, who[0], who[1], tuple(names))


def _is_within(now: Handed, after: Record, then: Handed, before: Record) -> bool:
    """Is nothing granted that was not granted before: the same two, no further role, on no further day?"""
    if not _grants(before) or (now.delegator, now.delegate) != (then.delegator, then.delegate):
        return False
    days = [str(value_at(one.data, f"/spec/{at}")) for one in (before, after) for at in _SPAN]
    return set(now.roles) <= set(then.roles) and days[0] <= days[2] and days[3] <= days[1]


def _tier(rules: Sequence[Verdict]) -> Tier:
    """The strongest evidence that a rule for governance among them asks for; without one, a signed statement."""
    tiers = [one.details["min_tier"] for one in rules if one.details.get("for") == "governance"]
    return max(tiers, key=TIERS.index, default="T3")


def _words(one: Handed, question: Question, tier: Tier) -> list[Ballot]:
    """The vote of the delegator, or those of others that stand for it; nothing where neither is there."""
    cast = [ballot for ballot in question.ballots if ballots.reaches(ballot.tier, tier)]
    own = [ballot for ballot in cast if ballot.person == one.delegator]
    if any(ballot.decision != "approve" and (not ballot.code or ballot.code in BARRED) for ballot in own):
        return []  # they said no as well, and whichever came last: nobody's word is read into that
    given = [ballot for ballot in own if ballot.decision == "approve" and (not ballot.code or ballot.code in BARRED)]
    if given or not question.setting.rulebook.settings.may_stand_for_delegators:
        return given
    for_it = {ballot.person: ballot for ballot in cast if ballot.approves}
    match = quorum.match(_others(one, question.box.roster), for_it)
    return [for_it[person] for persons in match.used for person in persons] if match.met else []


def _others(one: Handed, roster: Roster) -> list[Requirement]:
    """Of each role that is handed over, holders in their own right who are neither of the two; each counts in each."""
    both = {one.delegator, one.delegate}
    return [Requirement(role, frozenset(roster.holders(role)) - both, OTHERS) for role in one.roles]


def _lacking(one: Handed, question: Question, tier: Tier) -> Iterator[Verdict]:
    box = question.box
    command = f"itsmctl change approve {box.change}{box.at_head}"
    settings = question.setting.rulebook.settings
    others = f", or {OTHERS} other holders of each role" if settings.may_stand_for_delegators else ""
    says = f"{one.delegator} lets {one.delegate} vote as {', '.join(one.roles)}, and has not said so with a vote"
    able = can_vote(one.delegator, box.roster, tier) and box.roster.is_active(one.delegator)
    if able:
        says += f": {command}, run by {one.delegator}{others}"
    elif others:
        says += f", and cannot vote today: then {OTHERS} other holders of each role do"
    else:
        says += (
            ", and cannot vote today, so that this waits for them. Another holder in the role needs no delegation; "
            "delegation.without_delegator in itsm.yaml lets others agree from the next merge on"
        )
    about = About(one.path, "/spec/delegator")
    facts = {"delegator": one.delegator, "delegate": one.delegate, "roles": list(one.roles)}
    yield verdict.deny("check", one.ref, "NO_CONSENT", says, about, **facts)
    if able:
        persons = [{"person": one.delegator, "instead": [], "as": f"delegator of {one.ref}"}]
        told = f"{one.delegator} (delegator of {one.ref}) votes:  {command}"
        yield verdict.note("next", box.change, "VOTES", told, None, persons=persons, command=command, again=False)
