"""Until when a verdict holds, beside windows, votes and freezes: what begins or ends of roles, persons and debts. Pure.

Each such moment is tried: the same changes are decided on as they would be then, and the first that fails is the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.errors import CannotJudge
from itsmctl.gate import calendar, deciding, timely
from itsmctl.gate.calendar import Bound
from itsmctl.gate.timely import Turn
from itsmctl.records import value_at
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record

_MOST = 60
"""Moments that are tried. What lies behind them is not known to hold, so that the verdict ends there."""


def first(claims: Sequence[Claim], court: Court, known: datetime | None) -> Bound | None:
    """The first moment before `known` at which one of the changes would be denied, and what it is; None if none is.

    For changes that are allowed now. Codes of what denies then are no part of it: the verdict of then tells them.
    """
    moments = [*(Turn(bound, bound.at) for bound in _moments(court)), *timely.turns(court.proposal)]
    tried: dict[datetime, bool] = {}
    for bound, at in sorted(moments, key=lambda turn: (turn.tried, turn.bound.what)):
        if known is not None and bound.at >= known:
            return None
        if at not in tried and len(tried) >= _MOST:
            return bound
        if not tried.setdefault(at, _holds(claims, court, at)):
            return bound
    return None


def paying(court: Court) -> Iterator[Bound]:
    """What ends, of votes that the head brings on what an emergency owes: it has to land while they count.

    Whoever fast-forwards it later would have it pay by the dates of its commits.
    """
    proposal, owing = court.proposal, {one.change for one in court.owed}
    votes = [one for one in court.evidence.votes if one.change in owing and one.source in proposal.shelf]
    if any(one.decision == "approve" for one in votes):
        found = [*calendar.lasting(proposal, votes, None, ()), *_days(proposal), *_instants(proposal)]
        yield from (one for one in found if one.at > proposal.now)


def _holds(claims: Sequence[Claim], court: Court, at: datetime) -> bool:
    """Would all of them be allowed at that moment, on the evidence of today?"""
    proposal = replace(court.proposal, now=at)
    then = replace(court, proposal=proposal, roster=Roster.of(proposal.base, at))
    try:
        rulings = [deciding.decide(claim, then) for claim in claims]
    except CannotJudge:
        return False
    return all(one is None or one.verdict.allowed for one in rulings)


def _moments(court: Court) -> Iterator[Bound]:
    """What begins or ends after now, of all that decides whose votes are asked for and count."""
    proposal = court.proposal
    found = [*_days(proposal), *_instants(proposal)]
    found += [Bound(one.deadline, f"what {one.change} owes falls due") for one in court.owed]
    yield from (one for one in found if one.at > proposal.now)


_DAYS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Person": (("active_from", "joins"), ("active_to", "leaves")),
    "Delegation": (("from", "begins"), ("to", "ends")),
}


def _days(proposal: Proposal) -> Iterator[Bound]:
    """The first instant of a day from which on something holds, and the one after the last on which it does."""
    zone = calendar.zone_of(proposal.rulebook.settings)
    for kind, fields in _DAYS.items():
        for record in proposal.base.by_kind.get(kind, ()):
            if record.state == "revoked" or value_at(record.data, "/spec/revoked_on") is not None:
                continue  # a delegation that was taken back
            for field, verb in fields:
                yield from _bound(record, f"/spec/{field}", f"{_what(record)} {verb}", zone)
    for role in proposal.base.by_kind.get("Role", ()):
        holders = value_at(role.data, "/spec/holders")
        for place in range(len(holders) if isinstance(holders, list) else 0):
            person = value_at(role.data, f"/spec/holders/{place}/person")
            for field, verb in (("from", "begins"), ("to", "ends")):
                said = f"{person} as {role.name} {verb}"
                yield from _bound(role, f"/spec/holders/{place}/{field}", said, zone)


def _what(record: Record) -> str:
    return record.name if record.kind == "Person" else f"delegation {record.name}"


def _bound(record: Record, pointer: str, says: str, zone: object) -> Iterator[Bound]:
    day = value_at(record.data, pointer)
    try:
        if isinstance(day, str):
            ends = not pointer.endswith("from")
            yield Bound(calendar.day_ends(day, zone) if ends else calendar.day_begins(day, zone), says)
    except ValueError:  # no day: the record has its finding
        return


_INSTANTS = ("valid_from", "valid_until", "retired_at", "compromised_since")


def _instants(proposal: Proposal) -> Iterator[Bound]:
    """Of keys. Of a person whose record breaks its schema none counts."""
    for person in (one for one in proposal.base.by_kind.get("Person", ()) if one.sound):
        keys = value_at(person.data, "/spec/keys")
        for key in keys if isinstance(keys, list) else ():
            for field in _INSTANTS:
                text = value_at(key, f"/{field}")
                if isinstance(text, str):
                    yield Bound(datetime.fromisoformat(text).astimezone(UTC), f"a key of {person.name} changes")
