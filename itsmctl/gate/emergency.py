"""Emergency changes: what lets one go ahead at once, what it owes afterwards, and whom an unpaid debt stops. Pure.

Incident, settings and debts are those of the base and of its history; a head brings none of them along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from itsmctl.gate import beginnings, incidents, verdict
from itsmctl.gate.calendar import said, stamp
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.services import Reach, listed, reached, today
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record, value_at

CLASS = "emergency"

Decided = Literal["met", "refused", "open"]
"""What the votes on an emergency come to by now: an independent full quorum, a refusal, or neither."""


Landings = Callable[[Record], Sequence[datetime]]
"""An emergency at the base → when each of its landings was, in UTC."""


class Owes(Struct, frozen=True):
    """What the votes on an emergency come to, and what it lacks, in words; nothing where it is paid.

    `left`: `Kind/name` of what has to be back as before it, as it was refused.
    """

    decided: Decided
    lacks: tuple[str, ...]
    left: tuple[str, ...] = ()


class Debt(Struct, frozen=True):
    """What an emergency change still owes. `began` is when its work began, by the history of the base.

    `items`: what it listed then. `lacks`: what is missing, in words; `left`: see Owes.
    """

    change: str  # name of the ChangeRequest
    path: str
    began: datetime
    deadline: datetime
    reach: Reach
    items: frozenset[str]
    lacks: tuple[str, ...]
    decided: Decided = "open"
    left: tuple[str, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Is the deadline past? At the deadline itself it is."""
        return now >= self.deadline


def judge(
    proposal: Proposal,
    change: Record,
    touched: Sequence[Touched],
    voted: Mapping[str, Collection[str]],
    contributors: Collection[str],
    landings: Landings = lambda _: (),
    able: Mapping[str, str] = MappingProxyType({}),
) -> Verdict:
    """May an emergency change go ahead? OVERRIDDEN if so; it owes the rest.

    `voted`: person → the roles that person holds, for every approval that holds but for being a contributor's own.
    `able`: person → the role in which they could let it go ahead.
    Codes: NO_EMERGENCY_POLICY, NO_INCIDENT, INCIDENT_NOT_OPEN, EMERGENCY_VOTE, EMERGENCY_LIMIT, EMERGENCY_OVER.
    """
    policy = proposal.rulebook.settings.emergency
    if not policy:
        says = "itsm.yaml at the base has no emergency, so that no change goes that way: make it a normal one"
        return verdict.deny("check", CLASS, "NO_EMERGENCY_POLICY", says, About("itsm.yaml", "", "base"))
    grounds = [*incidents.judge(proposal, change, touched), *_vote(proposal, change, voted, contributors, able)]
    grounds += [*_limit(proposal, change, touched, landings), *_over(proposal, change)]
    if any(not one.allowed for one in grounds):
        return verdict.of("check", CLASS, grounds, "the emergency is not shown")
    days = policy["review_within"]
    says = f"may go ahead at once, and owes its review and the full vote within {days} days"
    return Verdict("check", CLASS, "OVERRIDDEN", "", says, tuple(grounds), None, {"review_within": days})


def taken_back(
    proposal: Proposal,
    change: Record,
    touched: Sequence[Touched],
    voted: Mapping[str, Collection[str]],
    contributors: Collection[str],
    landings: Landings = lambda _: (),
    able: Mapping[str, str] = MappingProxyType({}),
) -> Verdict:
    """May an emergency change be taken back under the vote that let it go ahead? See `judge` for what is given."""
    del touched, landings  # it is no further emergency, so that no limit is asked
    grounds = _vote(proposal, change, voted, contributors, able) if proposal.rulebook.settings.emergency else ()
    found = verdict.of("check", CLASS, grounds, "taken back under the vote that let it go ahead")
    if not found.because:
        says = "itsm.yaml at the base has no emergency any more: take it back by a change of its own"
        return verdict.deny("check", CLASS, "NO_EMERGENCY_POLICY", says, About("itsm.yaml", "", "base"))
    return found


def _vote(
    proposal: Proposal,
    change: Record,
    voted: Mapping[str, Collection[str]],
    contributors: Collection[str],
    able: Mapping[str, str],
) -> Iterator[Verdict]:
    policy = proposal.rulebook.settings.emergency
    roles = [today(proposal.base, "Role", role) for role in policy["roles"]]
    solo = policy.get("solo", False)
    own = []
    for person in sorted(voted):
        held = {today(proposal.base, "Role", role) for role in voted[person]}
        role = next((one for one in roles if one in held), None)
        if role is None:
            continue
        if person not in contributors or solo:
            says = f"{person} ({role}) lets it go ahead"
            yield verdict.allow("requirement", "emergency vote", says, person=person, role=role)
            return
        own.append(person)
    wanted = " or ".join(roles)
    rest = f"; {', '.join(own)} made it, and settings at the base do not allow solo" if own else ""
    says = f"needs the vote of {wanted}: itsmctl change approve {change.name}{proposal.at_head}{rest}"
    about = About("itsm.yaml", "/emergency/roles", "base")
    yield verdict.deny("requirement", "emergency vote", "EMERGENCY_VOTE", says, about, roles=roles, own=own)
    if able:
        command = f"itsmctl change approve {change.name}{proposal.at_head}"
        who = " or ".join(f"{person} ({role})" for person, role in able.items())
        persons = [{"person": person, "instead": [], "as": role} for person, role in able.items()]
        facts = {"persons": persons[:1], "command": command, "again": False}
        facts["persons"] = [{**persons[0], "instead": [one["person"] for one in persons[1:]]}]
        yield verdict.note("next", change.name, "VOTES", f"{who} votes:  {command}", None, **facts)


def _limit(proposal: Proposal, change: Record, touched: Sequence[Touched], landings: Landings) -> Iterator[Verdict]:
    """Too many emergencies for a service in reach: each landing is one. Those that reach no service count together."""
    policy = proposal.rulebook.settings.emergency
    since = proposal.now - timedelta(days=policy["period"])
    held: dict[str, list[str]] = {name: [] for name in _names(_reach(proposal, change, touched))}
    for other in _emergencies(proposal):
        found = beginnings.counted_from(proposal, other)
        if found is None:
            continue
        # no date of a commit is believed that lies before the votes which let the first of them go ahead
        times = [max(time, found[0]) for time in landings(other)] or [found[0]]
        count = sum(time >= since for time in times)
        for name in _names(reached(proposal, [found[1], other.data])):
            if name in held:
                held[name] += [other.name] * count
    for other in beginnings.beginning(proposal):
        if other.ref != change.ref and value_at(other.data, "/spec/class") == CLASS:
            for name in _names(reached(proposal, [other.data])):
                held.get(name, []).append(other.name)
    before = proposal.base.get(change.ref)
    # one whose work has begun, and that does nothing more to records, is among them already
    more = 1 if touched or before is None or before.state not in beginnings.STARTED else 0
    for name, others in held.items():
        if len(others) + more > policy["per_service"]:
            where = f"service {name}" if name else "changes that reach no service"
            told = ", ".join(f"{one} ({n} times)" if n > 1 else one for one, n in Counter(others).items())
            says = (
                f"{where}: {told} since {said(since)}, and settings allow {policy['per_service']} "
                f"in {policy['period']} days, this one included: go the normal way"
            )
            about = About("itsm.yaml", "/emergency/per_service", "base")
            yield verdict.deny("check", "limit", "EMERGENCY_LIMIT", says, about, service=name, changes=others)


def _over(proposal: Proposal, change: Record) -> Iterator[Verdict]:
    """No further part of it once what it owes is overdue, paid or not: by then there is time for the normal way."""
    before = proposal.base.get(change.ref)
    began = beginnings.landed_first(proposal, before) if before is not None else None
    if began is None:
        return
    deadline = began + timedelta(days=proposal.rulebook.settings.emergency["review_within"])
    if proposal.now >= deadline:
        says = (
            f"{change.name} began {said(began)}, and by {said(deadline)} it was to be caught up on: what is "
            "still to be done takes a normal change, which names it in spec.follows_up"
        )
        about = About(change.path, "/spec/apply")
        yield verdict.deny("check", change.name, "EMERGENCY_OVER", says, about, deadline=stamp(deadline))


def debts(proposal: Proposal, owes: Callable[[Record], Owes]) -> tuple[Debt, ...]:
    """What emergency changes of the base owe, by their names; a paid one is left out.

    `owes` says what one whose work has begun lacks. Raises CannotJudge where history does not show when it began.
    """
    policy = proposal.rulebook.settings.emergency
    within = timedelta(days=policy.get("review_within", 0))  # without a policy there is no time to wait for
    found = []
    for change in _emergencies(proposal):
        began = beginnings.owing_from(proposal, change)
        left = owes(change) if began is not None else None
        if began is not None and left is not None and left.lacks:
            reach, items = reached(proposal, [began[1], change.data]), _items(proposal, began[1])
            dates = (began[0], began[0] + within)
            found.append(Debt(change.name, change.path, *dates, reach, items, left.lacks, left.decided, left.left))
    return tuple(found)


def _items(proposal: Proposal, data: Mapping[str, Any]) -> frozenset[str]:
    """What a change lists, by names of today."""
    found = ((ref, proposal.base.get(ref)) for ref in listed(data))
    return frozenset(ref if record is None else record.ref for ref, record in found)


def is_backed_out(change: Record) -> bool:
    """Does it say so?"""
    return change.state == "backed-out" or (
        change.state in ("reviewed", "closed") and value_at(change.data, "/spec/implementation/result") == "backed-out"
    )


def blocked(
    proposal: Proposal, change: Record, touched: Sequence[Touched], class_: str, owed: Iterable[Debt]
) -> tuple[Verdict, ...]:
    """One node for each overdue debt that meets this change: they reach the same services, and it is no emergency.

    A debt that reaches no service meets changes that reach none either, or that list one of its records. It stops them,
    but for a change that takes the emergency back, or finishes it: that says so in a field that its votes bind, and
    lists nothing that the emergency did not.
    """
    if class_ == CLASS:
        return ()
    follows = today(proposal.base, change.kind, str(value_at(change.data, "/spec/follows_up")))
    own = {*_items(proposal, change.data), *(one.ref for one in touched)}
    reach = _reach(proposal, change, touched)
    found = []
    for debt in owed:
        if not debt.is_overdue(proposal.now) or debt.change == change.name:
            continue
        common = [name or "no service" for name in _names(reach) if name in _names(debt.reach)]
        common += sorted(reach.items & debt.reach.items) if not debt.reach.services else []
        if not common:
            continue
        about = About(debt.path, "/spec", "base")
        details = {"change": debt.change, "deadline": stamp(debt.deadline), "common": common}
        owes = f"{debt.change} owes {' and '.join(debt.lacks)} since {said(debt.deadline)}"
        if follows == debt.change and class_ == "normal" and own and own <= debt.items:
            says = f"{owes}; this change says that it follows that up, and lists nothing that it did not"
            found.append(verdict.note("note", debt.change, "FOLLOWS_UP", says, about, **details))
            continue
        says = f"{owes}, and both reach {', '.join(common)}: pay that first. {_way(follows, class_, debt, own)}"
        found.append(verdict.deny("check", debt.change, "DEBT", says, about, **details))
    return tuple(found)


def _way(follows: str, class_: str, debt: Debt, own: Collection[str]) -> str:
    """What a change that belongs to the emergency has to say, and lacks."""
    if follows != debt.change:
        return "A normal change that takes it back, or finishes it on its own items, names it in spec.follows_up"
    if class_ != "normal":
        return "spec.follows_up counts for a normal change alone, whose votes bind it"
    beyond = sorted(set(own) - debt.items)
    return f"spec.follows_up does not cover {beyond[0] if beyond else 'a change without items'}, which it did not list"


def _emergencies(proposal: Proposal) -> Iterator[Record]:
    """Emergency changes at the base whose work has begun. Once it has, the class of a change is not altered."""
    for change in beginnings.changes(proposal):
        if value_at(change.data, "/spec/class") == CLASS and change.state in beginnings.STARTED:
            yield change


def _reach(proposal: Proposal, change: Record, touched: Sequence[Touched]) -> Reach:
    before = proposal.base.get(change.ref)
    return reached(proposal, [change.data, *([before.data] if before is not None else [])], touched)


def _names(reach: Reach) -> tuple[str, ...]:
    """The services; where there are none, one empty name that stands for that."""
    return tuple(reach.services) or ("",)
