"""Whose statements tell what a change did where its record does not: theirs who might let it go ahead. Pure.

In a rebase merge the edit may lie before the commit that brought its change, and then only those who voted on both tell
that they belong together. Anybody can sign a vote on an older commit, which counts for nothing: it tells nothing, too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from itsmctl.gate import spending
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.rules import RULE
from itsmctl.gate.services import listed, today
from itsmctl.records import value_at
from itsmctl.roster import Roster
from itsmctl.votes import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record

Said = Collection[tuple[str, Line]]
"""(person, line) of each approval."""


def believed(change: Record, proposal: Proposal, said: Said) -> frozenset[Line]:
    """The lines in approvals of persons who are asked about such a change, and who did not make it."""
    able, made = _asked(change, proposal), _makers(change, proposal)
    return frozenset(line for person, line in said if person in able and person not in made)


def _asked(change: Record, proposal: Proposal) -> frozenset[str]:
    """Whoever ever held a role that is asked about it, or acted for one who does; and those who own what it lists."""
    base, roster = proposal.base, Roster.of(proposal.base, proposal.now)
    items = [base.get(ref) for ref in listed(change.data)]
    owners = [str(value_at(one.data, "/metadata/owner")) for one in items if one is not None]
    held = {person for one in items for person in roster.owner(one).persons}
    held |= {owner.removeprefix("Person/") for owner in owners if owner.startswith("Person/")}
    roles = {owner.removeprefix("Role/") for owner in owners if owner.startswith("Role/")} | set(
        _ruling(change, proposal)
    )
    if value_at(change.data, "/spec/class") == CLASS:
        roles |= set(proposal.rulebook.settings.emergency.get("roles", ()))
    roles = {today(base, "Role", role) for role in roles}
    held |= {person for role in roles for person in _holders(role, proposal)}
    lent = (one.data["spec"] for one in base.by_kind.get("Delegation", ()) if one.sound)
    held |= {str(one["delegate"]) for one in lent if roles & {today(base, "Role", str(role)) for role in one["roles"]}}
    return frozenset(today(base, "Person", person) for person in held)


def _ruling(change: Record, proposal: Proposal) -> Iterator[str]:
    """The roles that rules ask for about changes, or about the governance, if it lists any of that."""
    kinds = proposal.rulebook.kinds.by_name
    about = (kinds.get(ref.partition("/")[0]) for ref in listed(change.data))
    asked = {"changes", *("governance" for kind in about if kind is None or kind.governance)}
    for one in proposal.base.by_kind.get(RULE, ()):
        if one.sound and one.data["spec"]["for"] in asked:
            yield from (need["role"] for need in one.data["spec"]["require"] if "role" in need)


def _holders(role: str, proposal: Proposal) -> Iterator[str]:
    record = proposal.base.get(f"Role/{role}")
    if record is None:
        return
    for ref in spending.names(record):
        for _, data in proposal.history.ever(ref):
            held = value_at(data, "/spec/holders")
            for one in held if isinstance(held, list) else ():
                if isinstance(person := value_at(one, "/person"), str):
                    yield person


def _makers(change: Record, proposal: Proposal) -> frozenset[str]:
    """Whom its record ever named as such, and who wrote that. Where settings allow solo, makers let emergencies go."""
    if value_at(change.data, "/spec/class") == CLASS and proposal.rulebook.settings.emergency.get("solo", False):
        return frozenset()
    roster = Roster.of(proposal.base, proposal.now)
    found: set[str] = set()
    for ref in spending.names(change):
        for _, data in proposal.history.ever(ref):
            found |= set(_named(data or {}))
        for commit in proposal.history.authored(ref):
            people = (roster.email(hand.email) for hand in commit.hands if hand.role in ("author", "co-author"))
            found |= {person for person in people if person is not None}
    return frozenset(today(proposal.base, "Person", person) for person in found)


def _named(data: Mapping[str, Any]) -> Iterator[str]:
    implementers = value_at(data, "/spec/implementers")
    for one in (value_at(data, "/spec/requester"), *(implementers if isinstance(implementers, list) else ())):
        if isinstance(one, str):
            yield one
