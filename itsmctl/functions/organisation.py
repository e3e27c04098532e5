"""What a rule may ask of itsm.yaml: deadlines and grades that are the organisation's own. Reads the settings alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.recordtypes import RecordTypes


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    del types
    days = ((cel.INT,),)
    return (
        cel.Function("interval", ((cel.STRING, cel.INT),), cel.INT, _INTERVAL),
        cel.Function("review_within", days, cel.INT, _REVIEW_WITHIN),
        cel.Function("emergency_limit", days, cel.INT, _EMERGENCY_LIMIT),
        cel.Function("emergency_period", days, cel.INT, _EMERGENCY_PERIOD),
        cel.Function("emergency_roles", ((),), cel.ListType(cel.STRING), _EMERGENCY_ROLES),
        cel.Function("solo_emergencies", ((),), cel.BOOL, _SOLO_EMERGENCIES),
        cel.Function("risk_level", ((cel.STRING, cel.STRING),), cel.STRING, _RISK_LEVEL),
        cel.Function("impact_rank", ((cel.STRING,),), cel.INT, _IMPACT_RANK),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    settings = case.head.law.settings
    emergency = settings.emergency
    levels: dict[tuple[str, str], str] = {}
    ranks: dict[str, int] = {}

    def risk_level(likelihood: str, impact: str) -> str:
        known = levels.get((likelihood, impact))
        if known is None:
            known = levels[likelihood, impact] = settings.risk_level(likelihood, impact) or ""
        return known

    def impact_rank(grade: str) -> int:
        if not ranks:  # not before a rule asks: the settings may have a scale of their own, which takes long to read
            ranks.update((each, place) for place, each in enumerate(settings.impact_scale, 1))
        return ranks.get(grade, 0)

    return {
        "interval": settings.intervals.get,
        "review_within": lambda default: emergency.get("review_within", default),
        "emergency_limit": lambda default: emergency.get("per_service", default),
        "emergency_period": lambda default: emergency.get("period", default),
        "emergency_roles": lambda: list(emergency.get("roles", ())),
        "solo_emergencies": lambda: emergency.get("solo", False),
        "risk_level": risk_level,
        "impact_rank": impact_rank,
    }


_INTERVAL = """Days of a process or a rule, from `intervals` in itsm.yaml; the second argument if it names none.

A process stands for how often things are looked at again, the id of a rule for its deadline.
Source: the organisation's own choice. ISO/IEC 20000 asks for planned intervals and gives no
number.
Example: days_between(self.spec.issued_on, as_of) <= interval('change-management', 90)
Example: days_between(ended, as_of) <= interval('CHG-19', 30)
Example: interval('CHG-29', interval('change-management', 90))
"""
_REVIEW_WITHIN = """Days within which an emergency is caught up on: `emergency.review_within` of itsm.yaml, or the
argument.

Source: the organisation's own choice.
Example: days_between(self.spec.implementation.ended, as_of) <= review_within(5)
"""
_EMERGENCY_LIMIT = """Most emergency changes to one service in a period: `emergency.per_service`, or the argument.

Source: itsm.yaml, the organisation's own choice.
Example: size(emergencies) <= emergency_limit(2)
"""
_EMERGENCY_PERIOD = """Days of the period that `emergency_limit` counts in: `emergency.period` of itsm.yaml, or the
argument.

Source: the organisation's own choice.
Example: days_between(c.spec.implementation.started, as_of) < emergency_period(90)
"""
_EMERGENCY_ROLES = """The roles whose holders decide on emergency changes: `emergency.roles` of itsm.yaml, or none.

Source: the organisation's own choice.
Example: emergency_roles().exists(r, holds(self.spec.emergency.authorised_by, r, string(as_of)))
"""
_SOLO_EMERGENCIES = """May whoever carries out an emergency change decide on it? `emergency.solo` of itsm.yaml, or
false.

Source: the organisation's own choice.
Example: solo_emergencies() || !(self.spec.emergency.authorised_by in self.spec.implementers)
"""
_RISK_LEVEL = """The level of risk for a likelihood and an impact, by the matrix of itsm.yaml; '' if it has no
such grade.

Formula: matrix[likelihood][impact]. Without a matrix in itsm.yaml: likelihood times impact on
scales of 1 to 3, where 1 and 2 are low, 3 and 4 are medium, 6 and 9 are high. Source: the
organisation's own choice; the default is ours.
Example: risk_level('medium', 'high') == 'high'
"""
_IMPACT_RANK = """The place of a grade on the scale of impact, 1 for the lowest; 0 if the scale has no such
grade.

Source: `risk.scales.impact` of itsm.yaml; without it low, medium, high.
Example: impact_rank('high') == 3
"""
