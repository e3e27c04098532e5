"""What a rule may ask of planned interruptions: how many a service has in a month. Reads the changes that plan them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions.graph import needed
from itsmctl.functions.hours import local_date
from itsmctl.functions.times import instant
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_OPEN = ("draft", "submitted", "assessed", "rejected", "cancelled")
"""States in which a change interrupts nothing: nobody agreed to it yet, or nobody will."""


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    change = types.of("ChangeRequest")
    return (
        cel.Function("interruption_number", ((change, cel.STRING, cel.STRING),), cel.INT, _INTERRUPTION_NUMBER),
        cel.Function("interruption_starts", ((change,),), cel.TIMESTAMP, _INTERRUPTION_STARTS),
        cel.Function("interruption_ends", ((change,),), cel.TIMESTAMP, _INTERRUPTION_ENDS),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""

    def interruption_number(change: Data, service: str, zone: str) -> int:
        spans = sorted(_spans(case, change, service))
        mine = interruption_starts(change)
        number, month, reached = 0, "", None
        for start, end in spans:
            if start > mine:
                break
            if reached is None or start > reached:  # what goes on where another one ends is one interruption
                this = local_date(start, zone)[:7]
                number = number + 1 if this == month else 1
                month, reached = this, end
            reached = max(reached, end)
        return number

    return {
        "interruption_number": interruption_number,
        "interruption_starts": interruption_starts,
        "interruption_ends": interruption_ends,
    }


def interruption_starts(change: Data) -> cel.Timestamp:
    """When the interruption that a change plans begins. Raises EvaluationError where it plans none."""
    return _moment(change, "start")


def interruption_ends(change: Data) -> cel.Timestamp:
    """When the interruption that a change plans is over: the first instant outside of it. Raises likewise."""
    return _moment(change, "end")


def _spans(case: Case, change: Data, service: str) -> list[tuple[cel.Timestamp, cel.Timestamp]]:
    """[start, end) of the interruption that the change plans, and of all others of the service that were agreed to."""
    found = {change["metadata"]["name"]: (interruption_starts(change), interruption_ends(change))}
    for record, pointer in case.head.referrers.get(f"Service/{service}", ()):
        if record.name in found or not pointer.startswith("/spec/schedule/outage/services/"):
            continue
        other = needed(case.head, record.ref)
        if other["spec"]["state"] not in _OPEN and other["spec"]["class"] != "emergency":
            found[record.name] = (interruption_starts(other), interruption_ends(other))
    return list(found.values())


def _moment(change: Data, field: str) -> cel.Timestamp:
    plan = change["spec"].get("schedule", {})
    if "outage" not in plan:
        raise cel.EvaluationError("the change plans no interruption: guard with has(self.spec.schedule.outage)")
    return instant(plan["outage"][field], plan.get("zone", ""))


_INTERRUPTION_NUMBER = """Which interruption of its month the one that a change plans is for a service: 1 for the first.

The arguments: a change with schedule.outage, the name of a service, and the IANA zone whose months are meant.
Formula: the outages [start, end) of all changes that name the service, in order; those that overlap or touch are one,
in the month in which it begins; counted are those of that month that begin no later than this one. Of the others only
those count that somebody agreed to: not drafts, submitted, assessed, rejected or cancelled changes; and no emergencies.
Source: our reading of a limit of interruptions a month; ISO/IEC 20000-2:2005, 6.1.2 has agreements name one.
Example: after 06:00-08:00 on the 1st and 05:00-07:00 with 06:30-08:00 on the 8th, one on the 22nd is the third
Example: interruption_number(self, 'loans', 'Europe/Tallinn') <= a.spec.planned_interruptions.max_per_month
"""
_INTERRUPTION_STARTS = """When the interruption that a change plans begins: spec.schedule.outage.start.

A time without an offset is local time in schedule.zone. A change that plans none is an error: guard with has.
Example: interruption_starts(self) - as_of >= duration('120h')
"""
_INTERRUPTION_ENDS = """When the interruption that a change plans is over: spec.schedule.outage.end.

This instant itself is outside. Time zones and changes that plan none: as for interruption_starts.
Example: interruption_ends(self) - interruption_starts(self) <= duration('4h')
"""
