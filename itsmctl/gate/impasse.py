"""A requirement that nobody could meet: who is out of it and why, and what would free them. Decides nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import quorum
from itsmctl.gate import verdict, wayout
from itsmctl.gate.requirements import can_vote
from itsmctl.gate.verdict import About, Verdict
from itsmctl.quorum import Requirement

if TYPE_CHECKING:
    from itsmctl.gate.ballots import Box
    from itsmctl.gate.requirements import Demand
    from itsmctl.votes import Tier


class Asked(Struct, frozen=True):
    """What one rule asks for. `able`: who could still approve, those who did included; `barred`: person → why not.

    `voices`: whom delegations make one vote, and why.
    """

    path: str
    demands: tuple[Demand, ...]
    box: Box
    able: frozenset[str]
    barred: Mapping[str, str]
    voices: Mapping[str, Mapping[str, str]]
    tier: Tier

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The same for a matching, whoever votes as what."""
        return tuple(Requirement(one.label, frozenset(one.persons), one.count) for one in self.demands)


def deadlocks(asked: Asked) -> Iterator[Verdict]:
    """What all who could still vote together would not meet. Code: DEADLOCK."""
    best = quorum.match(asked.requirements, asked.able, asked.voices)
    if best.met:
        return
    is_lent = sum(quorum.match(asked.requirements, asked.able).lacking) < sum(best.lacking)
    makers = _makers(asked)
    for demand, missing in zip(asked.demands, best.lacking, strict=True):
        if not missing:
            continue
        left = [person for person in demand.persons if person in asked.able]
        out = {person: _why(person, asked) for person in demand.persons if person not in asked.able}
        who = ", ".join(left) or "nobody"
        why = "; ".join(f"{person}: {reason}" for person, reason in out.items()) or "nobody else is eligible"
        joined = _joined(left, asked) if is_lent else ()
        once = "".join(f"; {one}" for one in joined) or ", and each person counts once in a rule"
        ways = wayout.freed(asked.box, asked.barred, demand, out, makers, is_lent=bool(joined))
        says = f"nobody could meet {demand.says}: {who} could vote ({why}){once}. {ways}"
        facts = {"label": demand.label, "count": demand.count, "able": left, "out": out}
        about = About(asked.path, demand.at, "base")
        yield verdict.deny("requirement", demand.label, "DEADLOCK", says, about, **facts)


def _joined(persons: Sequence[str], asked: Asked) -> tuple[str, ...]:
    """Which of these delegations make one vote, each pair once."""
    return tuple(
        f"{one} and {other} are one vote, {why}"
        for one in persons
        for other, why in sorted(asked.voices.get(one, {}).items())
        if other in persons and one < other
    )


def _makers(asked: Asked) -> tuple[str, ...]:
    """Who else could make the change, so that the others, but for those whom it is about, could meet the rule."""
    box = asked.box
    named = {person for one in asked.demands for person in one.persons}
    free = {one for one in named if one not in box.own_entry and can_vote(one, box.roster, asked.tier)}
    met: dict[frozenset[str], bool] = {}  # whom it takes no vote of all leave the same
    found = []
    for person, member in sorted(box.roster.members.items()):
        left = frozenset(free - {person, *box.roster.linked(person)})
        if left not in met:
            met[left] = quorum.match(asked.requirements, left, asked.voices).met
        if met[left] and member.active and not member.is_bot and person not in box.contributors:
            found.append(person)
    return tuple(found)


def _why(person: str, asked: Asked) -> str:
    barred = asked.barred.get(person)
    if barred is not None:
        return barred
    return "no key of theirs counts today" if asked.tier == "T3" else "has neither a key that counts nor an account"
