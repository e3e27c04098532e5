"""What a rule may ask of configuration audits: when an item was last compared with reality. Reads records, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_ITEM = "ConfigurationItem"


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    return (cel.Function("last_verified", ((types.of(_ITEM),),), cel.STRING, _LAST_VERIFIED),)


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    return {"last_verified": _Audits(case).last_verified}


class _Audits:
    """The days of all audits of a case, put together when the first is asked for."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def last_verified(self, data: Data) -> str:
        """See _LAST_VERIFIED. Raises Missing where any audit cannot be read, or breaks its schema."""
        days = self._days
        if isinstance(days, graph.Missing):
            raise days
        return days.get(data["metadata"]["name"], "")

    @cached_property
    def _days(self) -> Mapping[str, str] | graph.Missing:
        """Name of an item → the day. Dates are in order as their texts are."""
        try:
            audits = graph.every(self.case.head, "ConfigurationAudit")
        except graph.Missing as missing:
            return missing
        formerly, today = self.case.head.formerly, self.case.as_of.date().isoformat()
        days: dict[str, str] = {}
        for spec in (audit["spec"] for audit in audits if audit["spec"]["state"] != "planned"):
            day = spec.get("on", "")
            found = (one["item"] for one in spec.get("discrepancies", ()) if "item" in one)
            for name in (*spec.get("verified", ()), *found) if "" < day <= today else ():
                now = formerly.get(f"{_ITEM}/{name}", name).removeprefix(f"{_ITEM}/")
                days[now] = max(day, days.get(now, ""))
        return days


_LAST_VERIFIED = """The day on which an item was last compared with reality; '' if it never was.

Formula: the latest `on` of the configuration audits that list the item in spec.verified, or in
spec.discrepancies, since somebody looked either way. Audits that are only planned do not count,
and those of a day that is still to come do not.
Source: the ConfigurationAudit records; ISO/IEC 20000-1:2005, 9.1 on verifying what is recorded.
Example: an item is in spec.verified of an audit held on 2026-05-20 and in spec.discrepancies of
one held on 2026-11-04: last_verified(self) is '2026-11-04'
Example: last_verified(self) != '' && days_between(last_verified(self), as_of) <= 365
"""
