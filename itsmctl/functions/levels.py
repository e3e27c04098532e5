"""What a rule may ask of measured levels: whether a value keeps to its target. Reads the two, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions.agreements import keeps
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_NO_TIME = ("percent", "count", "score")
_MOST = 24  # hours of work that a day can have


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    text = cel.STRING
    fields = {"metric": text, "comparator": text, "value": cel.NUMBER, "unit": text, "window": text}
    target = cel.ObjectType("target", fields)
    return (cel.Function("held_against", ((types.of("Measurement"), target),), text, _HELD_AGAINST),)


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    del case
    return {"held_against": held_against}


def held_against(measurement: Data, target: Data) -> str:
    """See _HELD_AGAINST."""
    value, unit = measurement["spec"]["value"], measurement["spec"]["unit"]
    promised = target["unit"]
    if unit != promised and (unit in _NO_TIME or promised in _NO_TIME):
        return "unlike"
    if unit != promised and "working-days" in (unit, promised):
        return _by_working_days(value, unit, target)
    kept = keeps({**target, "value": value, "unit": unit}, target)
    return "unclear" if kept is None else "kept" if kept else "missed"


def _by_working_days(value: float, unit: str, target: Data) -> str:
    """Nobody says how many hours a working day has; more than 24 it never has."""
    if {unit, target["unit"]} == {"working-days", "working-hours"} and target["comparator"] == "at-most":
        if unit == "working-hours" and value > _MOST * target["value"]:
            return "missed"
        if unit == "working-days" and _MOST * value <= target["value"]:
            return "kept"
    return "unclear"


_HELD_AGAINST = """How a measured value stands to a target: 'kept', 'missed', 'unclear' or 'unlike'.

The arguments: a Measurement, and the target.
Formula: at-least: value ≥ target is kept; at-most: value ≤ target is kept; all else is missed. Units
of time are converted. Time and working time are compared as far as one bounds the other: so much
working time takes at least as much time, and a working day has at most 24 working hours; what lies
between is unclear. Percent, counts and scores against anything else are unlike.
Source: ISO/IEC 20000-1:2005, 6.1, in our reading of what it takes to compare the two.
Example: 300 minutes against at most 4 hours: 'missed'
Example: 60 working-hours against at most 1 working-days: 'missed'; 9 working-hours: 'unclear'
Example: held_against(self, t) == 'missed'
"""
