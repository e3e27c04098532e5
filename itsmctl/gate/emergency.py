"""Emergency changes: what lets one go ahead at once, what it owes afterwards, and whom an unpaid debt stops. Pure.

Incident, settings and debts are those of the base and of its history; a head brings none of them along.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from itsmctl.gate import beginnings, verdict
from itsmctl.gate.calendar import said, stamp
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.services import Reach, reached, today
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record, value_at

CLASS = "emergency"

Decided = Literal["met", "refused", "open"]
"""What the votes on an emergency come to by now: an independent full quorum, a refusal, or neither."""

_OVER = frozenset({"resolved", "closed"})  # the service works again


@dataclass(frozen=True, slots=True)
class Debt:
    """What an emergency change still owes. `began` is when its work began, by the history of the base.

    `lacks`: what is missing, in words.
    """

    change: str  # name of the ChangeRequest
    path: str
    began: datetime
    deadline: datetime
    reach: Reach
    lacks: tuple[str, ...]

    def is_overdue(self, now: datetime) -> bool:
        """Is the deadline past? At the deadline itself it is."""
        return now >= self.deadline


def judge(
    proposal: Proposal,
    change: Record,
    touched: Sequence[Touched],
    voted: Mapping[str, Collection[str]],
    contributors: Collection[str],
) -> Verdict:
    """May an emergency change go ahead? OVERRIDDEN if so; it owes the rest.

    `voted`: person → the roles that person holds, for every approval that holds but for being a contributor's own.
    Codes: NO_EMERGENCY_POLICY, NO_INCIDENT, INCIDENT_NOT_OPEN, EMERGENCY_VOTE, EMERGENCY_LIMIT.
    """
    policy = proposal.rulebook.settings.emergency
    if not policy:
        says = "itsm.yaml at the base has no emergency, so that no change goes that way: make it a normal one"
        return verdict.deny("check", CLASS, "NO_EMERGENCY_POLICY", says, About("itsm.yaml", "", "base"))
    grounds = [*_incident(proposal, change), *_vote(proposal, change, voted, contributors)]
    grounds += _limit(proposal, change, touched)
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
) -> Verdict:
    """May an emergency change be taken back under the vote that let it go ahead? See `judge` for what is given."""
    del touched  # it is no further emergency, so that no limit is asked
    grounds = _vote(proposal, change, voted, contributors) if proposal.rulebook.settings.emergency else ()
    found = verdict.of("check", CLASS, grounds, "taken back under the vote that let it go ahead")
    if not found.because:
        says = "itsm.yaml at the base has no emergency any more: take it back by a change of its own"
        return verdict.deny("check", CLASS, "NO_EMERGENCY_POLICY", says, About("itsm.yaml", "", "base"))
    return found


def _incident(proposal: Proposal, change: Record) -> Iterator[Verdict]:
    name = value_at(change.data, "/spec/emergency/incident")
    about = About(change.path, "/spec/emergency")
    if not isinstance(name, str) or not name:
        says = "names no incident: write the one that it answers into spec.emergency.incident"
        yield verdict.deny("check", "incident", "NO_INCIDENT", says, about)
        return
    incident = proposal.base.get(f"Incident/{name}")
    if incident is None:
        says = f"incident {name} does not stand at the base: merge its record first, which needs no vote"
        yield verdict.deny("check", "incident", "INCIDENT_NOT_OPEN", says, about, incident=name)
        return
    held = proposal.base.law.kinds["Incident"].lifecycle
    state = incident.state
    if not incident.sound or held is None or state not in held.states or state in _OVER or state in held.terminal:
        says = f"incident {incident.name} is {state or 'not readable'} at the base: only an open one is an emergency"
        yield verdict.deny("check", "incident", "INCIDENT_NOT_OPEN", says, about, incident=incident.name, state=state)
        return
    yield verdict.allow("check", "incident", f"{incident.name} is {state} at the base", incident=incident.name)


def _vote(
    proposal: Proposal, change: Record, voted: Mapping[str, Collection[str]], contributors: Collection[str]
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


def _limit(proposal: Proposal, change: Record, touched: Sequence[Touched]) -> Iterator[Verdict]:
    """Too many emergencies for a service in reach. Those that reach no service are counted together."""
    policy = proposal.rulebook.settings.emergency
    since = proposal.now - timedelta(days=policy["period"])
    held: dict[str, list[str]] = {name: [] for name in _names(_reach(proposal, change, touched))}
    for other in _emergencies(proposal):
        found = beginnings.began(proposal, other)
        if other.ref == change.ref or found is None or found[0] < since:
            continue
        for name in _names(reached(proposal, [found[1], other.data])):
            if name in held:
                held[name].append(other.name)
    for other in beginnings.beginning(proposal):
        if other.ref != change.ref and value_at(other.data, "/spec/class") == CLASS:
            for name in _names(reached(proposal, [other.data])):
                held.get(name, []).append(other.name)
    for name, others in held.items():
        if len(others) + 1 > policy["per_service"]:
            where = f"service {name}" if name else "changes that reach no service"
            says = (
                f"{where}: {', '.join(others)} since {said(since)}, and settings allow {policy['per_service']} "
                f"in {policy['period']} days, this one included: go the normal way"
            )
            about = About("itsm.yaml", "/emergency/per_service", "base")
            yield verdict.deny("check", "limit", "EMERGENCY_LIMIT", says, about, service=name, changes=others)


def debts(proposal: Proposal, decided: Callable[[Record], Decided]) -> tuple[Debt, ...]:
    """What emergency changes of the base owe, by their names; a paid one is left out.

    `decided` says what the votes on a change come to, on the subject that was applied. Raises CannotJudge where history
    does not show when a change began.
    """
    policy = proposal.rulebook.settings.emergency
    within = timedelta(days=policy.get("review_within", 0))  # without a policy there is no time to wait for
    found = []
    for change in _emergencies(proposal):
        began = beginnings.began(proposal, change)
        lacks = _lacks(change, decided(change)) if began is not None else ()
        if began is not None and lacks:
            reach = reached(proposal, [began[1], change.data])
            found.append(Debt(change.name, change.path, began[0], began[0] + within, reach, lacks))
    return tuple(found)


def _lacks(change: Record, decided: Decided) -> tuple[str, ...]:
    """What is still owed, in words."""
    if decided == "refused":
        lacks = []
        if not _is_backed_out(change):
            lacks.append("to be backed out, as it was refused")
        if not value_at(change.data, "/spec/links/problems"):
            lacks.append("a problem in spec.links.problems")
        return tuple(lacks)
    lacks = [] if decided == "met" else ["the full vote of persons who did not make it"]
    if not value_at(change.data, "/spec/review"):
        lacks.append("its review in spec.review")
    return tuple(lacks)


def _is_backed_out(change: Record) -> bool:
    return change.state == "backed-out" or (
        change.state in ("reviewed", "closed") and value_at(change.data, "/spec/implementation/result") == "backed-out"
    )


def blocked(
    proposal: Proposal, change: Record, touched: Sequence[Touched], class_: str, owed: Iterable[Debt]
) -> tuple[Verdict, ...]:
    """One node for each overdue debt that stops this change: it is none, links none, and reaches the same services.

    A debt that reaches no service stops changes that reach none either, or that list one of its records.
    """
    if class_ == CLASS:
        return ()
    linked = {today(proposal.base, change.kind, name) for name in value_at(change.data, "/spec/links/changes") or ()}
    reach = _reach(proposal, change, touched)
    found = []
    for debt in owed:
        if not debt.is_overdue(proposal.now) or debt.change in linked or debt.change == change.name:
            continue
        common = [name or "no service" for name in _names(reach) if name in _names(debt.reach)]
        common += sorted(reach.items & debt.reach.items) if not debt.reach.services else []
        if common:
            says = (
                f"{debt.change} owes {' and '.join(debt.lacks)} since {said(debt.deadline)}, and both reach "
                f"{', '.join(common)}: pay that first, or name it in spec.links.changes if this belongs to it"
            )
            about = About(debt.path, "/spec", "base")
            details = {"change": debt.change, "deadline": stamp(debt.deadline), "common": common}
            found.append(verdict.deny("check", debt.change, "DEBT", says, about, **details))
    return tuple(found)


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
