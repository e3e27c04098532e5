"""What an approval rule asks for of one change: requirements with the persons who can meet them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from itsmctl.gate import grading
from itsmctl.gate.applying import Setting
from itsmctl.records import Record
from itsmctl.roster import Owner, Roster
from itsmctl.votes import FILE, Tier

_NAMED = 3  # records that a requirement names; more are counted


class Demand(Struct, frozen=True):
    """One requirement: `count` different persons of `persons`. `at`: its place in the rule.

    `roles`: what a vote may claim to be cast in, to be one of these. `about`: the records whose owner is asked for.
    """

    label: str  # "change-advisory-board", or "owner of ConfigurationItem/db-01"
    count: int
    persons: tuple[str, ...]
    at: str
    roles: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    owner: str = ""

    @property
    def says(self) -> str:
        """In words: "2 × change-advisory-board"."""
        return f"{self.count} × {self.label}"


def demands(rule: Record, setting: Setting, roster: Roster) -> tuple[Demand, ...]:
    """Every requirement of the rule, the owners of each record apart. Raises cel.EvaluationError, see `grading`."""
    found: list[Demand] = []
    for place, one in enumerate(rule.data["spec"]["require"]):
        at, count = f"/spec/require/{place}", int(one.get("count", 1))
        if "role" in one:
            role = roster.today("Role", one["role"])
            found.append(Demand(role, count, roster.eligible(role), at, (role,)))
        else:
            owned = _items(setting) if one["owner_of"] == "items" else _services(setting)
            found += _owners(owned, roster, count, at)
    return tuple(found)


def can_vote(person: str, roster: Roster, tier: Tier) -> bool:
    """Has the person what it takes to vote with evidence of that tier: a key, or an account where reviews count?"""
    return roster.can_sign(person) or (tier != "T3" and roster.is_active(person) and roster.has_account(person))


def _items(setting: Setting) -> list[tuple[str, Record | None]]:
    """(Kind/name, record) of every item before and after. A protected file is owned by nobody."""
    found: list[tuple[str, Record | None]] = []
    for one in setting.items:
        versions = [record for record in (one.before, one.after) if record is not None]
        found += [(one.ref, record) for record in versions] or [(one.ref, None)]
    return found


def _services(setting: Setting) -> list[tuple[str, Record | None]]:
    """(Service/name, record) of every service that the items belong to, before and after."""
    refs = [one.ref for one in setting.items if one.line.kind != FILE]
    declared = [setting.change, *((setting.before,) if setting.before is not None else ())]
    names = dict.fromkeys(name for one in declared for name in grading.services_behind(setting.worlds, refs, one.data))
    found: list[tuple[str, Record | None]] = []
    for name in names:
        versions = [world.head.get(f"Service/{name}") for world in setting.worlds]
        held = [(f"Service/{name}", record) for record in versions if record is not None]
        found += held or [(f"Service/{name}", None)]
    return found


def _owners(owned: Sequence[tuple[str, Record | None]], roster: Roster, count: int, at: str) -> Iterable[Demand]:
    """One demand for each owner; none where nothing is there to be owned: the other requirements decide then."""
    grouped: dict[str, tuple[Owner, dict[str, None]]] = {}
    for ref, record in owned:
        owner = roster.owner(record)
        grouped.setdefault(owner.ref, (owner, {}))[1][ref] = None
    for ref, (owner, about) in grouped.items():
        kind, _, name = ref.partition("/")
        named = tuple(one for one in about if one)
        roles = (name,) if kind == "Role" else ()
        yield Demand(_label(owner, named), count, owner.persons, at, roles, named, ref)


def _label(owner: Owner, about: tuple[str, ...]) -> str:
    more = f" and {len(about) - _NAMED} more" if len(about) > _NAMED else ""
    of = ", ".join(about[:_NAMED]) + more
    if not owner.ref:
        return f"owner of {of or 'what the change touches'} ({owner.instead_of}, and no owner_fallback in itsm.yaml)"
    if owner.instead_of:
        why = f"nobody active is {owner.instead_of}" if owner.instead_of != "nobody" else "it has no owner"
        return f"{owner.ref.partition('/')[2]} for the owner of {of or 'what the change touches'}, since {why}"
    return f"owner of {of}"


def fits(demand: Demand, role: str, roster: Roster) -> bool:
    """May a vote that claims this role meet the demand? A vote that claims none may meet any."""
    return not role or roster.today("Role", role) in demand.roles
