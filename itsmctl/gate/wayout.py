"""The shortest way out for whoever is blocked: the fewest named persons still able to vote. Decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import quorum
from itsmctl.gate import verdict
from itsmctl.gate.ballots import Box
from itsmctl.gate.requirements import Demand
from itsmctl.gate.verdict import Verdict
from itsmctl.quorum import Way

_SHOWN = 3  # names that are told; of more it is said that there are


class Problem(Struct, frozen=True):
    """What one rule is lacking that votes can bring: its demands, and the same as requirements with their voters."""

    asked: tuple[Demand, ...]
    quorum: quorum.Problem


def node(box: Box, problems: Sequence[Problem]) -> tuple[Verdict, ...]:
    """Who has to vote, as one node; none where no vote is lacking, or votes alone would not do."""
    if not problems:
        return ()
    way = quorum.fewest_for_all([one.quorum for one in problems])
    again = way is None
    if way is None:  # some who voted for one role are needed in another: they would have to vote again
        way = quorum.fewest_for_all([replace(one.quorum, voters=frozenset()) for one in problems])
    if way is None:
        return ()
    parts = _parts(way, problems)
    command = f"itsmctl change approve {box.change}{box.at_head}"
    says = f"{_joined([part for part, _ in parts])} vote{'s' if len(way.persons) == 1 else ''}"
    says += f"{' again, naming no role' if again else ''}:  {command}"
    persons = [{"person": name, "instead": list(others), "as": _as(name, problems)} for name, others in way.persons]
    return (verdict.note("next", box.change, "VOTES", says, None, persons=persons, command=command, again=again),)


def freed(
    box: Box,
    barred: Collection[str],
    demand: Demand,
    out: Collection[str],
    makers: Sequence[str],
    *,
    is_lent: bool = False,
) -> str:
    """What would free enough of those who cannot vote: whose own entry it is stays barred, whoever makes the change.

    `out`: those whom the demand asks for and who cannot vote; `barred`: whom the head keeps from voting; `makers`: who
    else could make the change, so that the others suffice. `is_lent`: would it be met, were nobody another's delegate?
    """
    own = [person for person in out if person in box.own_entry]
    ways = []
    if own and len(box.own_entry) > 1:
        ways.append(f"bring the entries of {_joined(own)} in heads of their own, so that the others can vote on each")
    if any(person in barred and person not in own for person in out):
        ways += [f"let {_any(makers)} make the change"] if makers else []
    if is_lent:
        ways.append("end that delegation (a governance change, merged before), or wait until it is over")
    role = demand.roles[0] if demand.roles else ""
    more = f"name another holder in Role/{role}" if role else "name an owner who is here, or an owner_fallback"
    said = ", or ".join([*ways, f"{more} (a governance change, merged before)"])
    return said[0].upper() + said[1:]


def _any(names: Sequence[str]) -> str:
    """Up to three of them."""
    shown = [*names[:_SHOWN], *(["somebody else"] if len(names) > _SHOWN else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _parts(way: Way, problems: Sequence[Problem]) -> list[tuple[str, int]]:
    """(in words, how many) for persons whose place the same others could take."""
    grouped: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, others in way.persons:
        grouped.setdefault((others, _as(name, problems)), []).append(name)
    found = []
    for (others, label), names in grouped.items():
        all_names = sorted((*names, *others))
        if len(names) == 1 or not others:
            who = " or ".join(all_names) if others else _joined(names)
        else:
            who = f"{len(names)} of {', '.join(all_names)}"
        found.append((f"{who} ({label})", len(names)))
    return found


def _as(person: str, problems: Sequence[Problem]) -> str:
    """What the person would vote as, in each rule once."""
    labels = (demand.label for one in problems for demand in one.asked if person in demand.persons)
    return ", ".join(dict.fromkeys(labels))


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
