"""Approval rules that nobody could meet, or only while nobody is away: what validate says before the gate has to.

Judges a Case and yields remarks. Looks at persons, roles and delegations of the day; `when` of a rule is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.case import Case
from itsmctl.findings import Rule
from itsmctl.records import Record, Remark, value_at
from itsmctl.snapshot import Snapshot

if TYPE_CHECKING:  # persons and quorums are costly to import, and without approval rules nobody asks for them
    from itsmctl.quorum import Requirement
    from itsmctl.roster import Owner, Roster

RULES: tuple[Rule, ...] = (
    Rule(
        id="approval-deadlock",
        title="Every approval rule can be met by somebody",
        severity="warning",
        description="A rule that asks for more persons than there are who could vote stops every change that it "
        "applies to. It cannot be got out of the way by a change either, if it is the rule for governance.",
        remediation="Name more holders in the role, give them a key that counts, or ask for fewer votes.",
    ),
    Rule(
        id="approval-bus-factor",
        title="Every approval rule can be met when any one person is away, or makes the change",
        severity="warning",
        description="Whoever makes a change does not approve it. Where a rule cannot be met without one certain "
        "person, that person can make no such change, and nothing moves while they are ill or on leave.",
        remediation="Name another holder in the role that is short of one. A delegation helps for 30 days at most.",
    ),
)


class _Ask(Struct, frozen=True):
    """Requirements that have to be met together, each with its place in the rule."""

    requirements: tuple[Requirement, ...]
    places: tuple[int, ...]


def inspect(case: Case) -> Iterator[Remark]:
    """Every remark on the approval rules of `case.head`, as persons and roles are on the day of the case."""
    rules = [one for one in case.head.by_kind.get("ApprovalRule", ()) if one.sound]
    if not rules:
        return
    from itsmctl.roster import Roster

    roster = Roster.of(case.head, case.as_of)
    owners = _Owners(case.head, roster)
    for rule in rules:
        able = _able(roster, rule.data["spec"].get("min_tier", "T3"))
        asks = list(_asks(rule, roster, owners))
        stuck = {place for ask in asks for place in _lacking(ask, able, roster)}
        for place in sorted(stuck):
            yield _deadlock(rule, place, asks, able)
        if not stuck:
            yield from _bus_factor(rule, asks, able, roster)


class _Owners:
    """Who owns what a rule may be about: looked up when the first rule asks for owners."""

    def __init__(self, head: Snapshot, roster: Roster) -> None:
        self.head = head
        self.roster = roster
        self._known: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}

    def of(self, family: str, what: str) -> list[tuple[str, frozenset[str]]]:
        """(label, persons) of each owner of items, or of services, that a rule of the family may ask."""
        if (family, what) not in self._known:
            kinds = self.head.law.kinds
            wanted = kinds.governance if family == "governance" else set(kinds.controlled) - set(kinds.governance)
            first: dict[str, Record] = {}
            for kind in ["Service"] if what == "services" else sorted(wanted):
                for record in self.head.by_kind.get(kind, ()):
                    first.setdefault(str(value_at(record.data, "/metadata/owner") or ""), record)
                found: dict[str, tuple[str, frozenset[str]]] = {}
            for record in first.values():
                owner = self.roster.owner(record)
                found.setdefault(owner.ref, (_label(owner, record), frozenset(owner.persons)))
            self._known[family, what] = list(found.values())
        return self._known[family, what]


def _label(owner: Owner, record: Record) -> str:
    """The owner, with one of the records that it is asked for."""
    if owner.instead_of:
        return f"{owner.ref or 'owner_fallback of itsm.yaml'} for {record.ref}, whose owner is {owner.instead_of}"
    return f"owner {owner.ref}, of {record.ref} for instance"


def _able(roster: Roster, tier: str) -> frozenset[str]:
    return frozenset(
        name
        for name, member in roster.members.items()
        if roster.can_sign(name) or (tier != "T3" and member.active and not member.is_bot and roster.has_account(name))
    )


def _asks(rule: Record, roster: Roster, owners: _Owners) -> Iterator[_Ask]:
    """What the rule may ask for at once: its roles, and with them each owner that there is."""
    from itsmctl.quorum import Requirement

    spec = rule.data["spec"]
    roles, places, owned = [], [], []
    for place, one in enumerate(spec["require"]):
        if "role" in one:
            roles.append(Requirement(one["role"], frozenset(roster.eligible(one["role"])), one.get("count", 1)))
            places.append(place)
        else:
            owned.append((place, one["owner_of"], one.get("count", 1)))
    yield _Ask(tuple(roles), tuple(places))
    for place, what, count in owned:
        for label, persons in owners.of(spec["for"], what):
            yield _Ask((*roles, Requirement(label, persons, count)), (*places, place))


def _lacking(ask: _Ask, able: frozenset[str], roster: Roster) -> dict[int, Requirement]:
    """Place in the rule → the requirement that these persons do not meet."""
    from itsmctl import quorum

    left = tuple(replace(one, eligible=one.eligible & able) for one in ask.requirements)
    found = quorum.match(left, able, roster.voices)
    held = zip(ask.requirements, ask.places, found.lacking, strict=True)
    return {place: requirement for requirement, place, missing in held if missing}


def _needed(ask: _Ask, able: frozenset[str], roster: Roster) -> set[str]:
    """Persons without whom it might not be met: of others there is a way without them, and whom they act for."""
    from itsmctl import quorum

    left = tuple(replace(one, eligible=one.eligible & able) for one in ask.requirements)
    used = {person for persons in quorum.match(left, able, roster.voices).used for person in persons}
    return used | {other for person in used for other in roster.linked(person) if other in able}


def _deadlock(rule: Record, place: int, asks: Sequence[_Ask], able: frozenset[str]) -> Remark:
    short = next(r for ask in asks for r, at in zip(ask.requirements, ask.places, strict=True) if at == place)
    for ask in asks:
        for one, at in zip(ask.requirements, ask.places, strict=True):
            if at == place and len(one.eligible & able) < one.count:
                short = one
    could = ", ".join(sorted(short.eligible & able)) or "nobody"
    keyless = sorted(short.eligible - able)
    but = f"; without a key or an account that counts: {', '.join(keyless)}" if keyless else ""
    message = f"nobody could meet {short.count} × {short.name}: who could vote is {could}{but}"
    return _remark(RULES[0], rule, place, message)


def _bus_factor(rule: Record, asks: Sequence[_Ask], able: frozenset[str], roster: Roster) -> Iterator[Remark]:
    """Who may not be away, and who may not make a change, by what could not be met then."""
    away: dict[tuple[int, str], list[str]] = {}
    author: dict[tuple[int, str], list[str]] = {}
    for person in sorted({person for ask in asks for person in _needed(ask, able, roster)}):
        short: dict[frozenset[str], set[tuple[int, str]]] = {}  # mostly nobody is linked, and both are the same
        for names, gone in ((away, frozenset({person})), (author, frozenset({person, *roster.linked(person)}))):
            if gone not in short:
                lacking = (found for a in asks for found in _lacking(a, able - gone, roster).items())
                short[gone] = {(at, f"{r.count} × {r.name}") for at, r in lacking}
            for each in sorted(short[gone]):
                names.setdefault(each, []).append(person)
    for (place, says), persons in author.items():
        missed = away.get((place, says), [])
        also = f", or while {_any(missed)} is away" if missed else ""
        yield _remark(RULES[1], rule, place, f"nobody could meet {says} when {_any(persons)} makes the change{also}")


def _any(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _remark(about: Rule, rule: Record, place: int, message: str) -> Remark:
    pointer = f"/spec/require/{place}"
    return Remark(about.id, about.severity, message, rule.path, rule.ref, pointer, hint=about.remediation)
