"""What a rule may ask of people and what they may decide. Reads roles and delegations, never the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.functions.times import day_of
from itsmctl.recordtypes import RecordTypes
from itsmctl.snapshot import Snapshot

Data = Mapping[str, Any]


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    del types
    return (cel.Function("holds", ((cel.STRING, cel.STRING, cel.STRING),), cel.BOOL, _HOLDS),)


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    return {"holds": lambda person, role, time: holds(case.head, person, role, time)}


def holds(head: Snapshot, person: str, role: str, time: str) -> bool:
    """See _HOLDS. Raises graph.Missing where the role is not there, or cannot be relied on."""
    return person in _holders(head, role, day_of(time)) or bool(lent(head, person, role, time))


def lent(head: Snapshot, person: str, role: str, time: str) -> list[Data]:
    """The delegations, in force on the day of that time, by which the person acts for a holder of the role; none for a
    holder. Raises as `holds` does.
    """
    day = day_of(time)
    holders = _holders(head, role, day)
    return [
        one
        for one in (graph.every(head, "Delegation") if person not in holders else ())
        if one["spec"]["delegate"] == person
        and role in one["spec"]["roles"]
        and one["spec"]["delegator"] in holders
        and _within(one["spec"], day)
        and not _taken_back(one["spec"], day)
    ]


def _holders(head: Snapshot, role: str, day: str) -> set[str]:
    held = graph.needed(head, f"Role/{role}")
    return {one["person"] for one in held["spec"].get("holders", ()) if _within(one, day)}


def _within(span: Data, day: str) -> bool:
    """Is the day from `from` to `to`, both included? ISO days are in order as texts."""
    return bool(span["from"] <= day <= span.get("to", day))


def _taken_back(delegation: Data, day: str) -> bool:
    """On the day on which it was taken back, nobody can tell any more which of two acts came first."""
    return bool(delegation["state"] == "revoked" and delegation.get("revoked_on", "") <= day)


_HOLDS = """Did the person hold the role on the day of that time, or act for somebody who held it?

Formula: the role has the person among its holders, from the first to the last day of holding
it; or a delegation names the person as delegate and the role, is in force on that day, and its
delegator is such a holder. A delegation goes no further: a delegate cannot delegate.
The day is that of the time as it is written. Source: the records of roles and delegations.
Example: pille is a holder from 2019-01-01, and lets aleksandr act from 2026-12-14 to
2027-01-03: holds('aleksandr', 'board', '2027-01-03T23:00:00+02:00') is true, and on the day
after it is false
"""
