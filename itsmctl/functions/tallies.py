"""What a rule may ask of a period: which changes were done in it, and the figures that an analysis of them tells."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]
_DAY = len("2026-11-22")
_AFTER_ANY_TIME = "\uffff"


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    point = cel.union((cel.TIMESTAMP, cel.STRING))
    changes = cel.ListType(types.of("ChangeRequest"))
    return (
        cel.Function("changes_done", ((point, point),), changes, _CHANGES_DONE),
        cel.Function("change_figures", ((point, point),), cel.MapType(cel.STRING, cel.INT), _CHANGE_FIGURES),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Done(case)
    return {"changes_done": held.within, "change_figures": held.figures}


class _Done:
    """The changes whose work is over, put in order when they are first asked for."""

    def __init__(self, case: Case) -> None:
        self.head = case.head

    @cached_property
    def _ordered(self) -> list[tuple[str, str, Data]]:
        """(end as written, name, change): a day is the first part of every time in it, so the two compare as texts."""
        return sorted(
            (data["spec"]["implementation"]["ended"], data["metadata"]["name"], data)
            for data in graph.every(self.head, "ChangeRequest")
            if "ended" in data["spec"].get("implementation", {})
        )

    def within(self, first: object, last: object) -> list[Data]:
        return [data for _, _, data in self._slice(_day(first), _day(last))]

    def figures(self, first: object, last: object) -> dict[str, int]:
        figures: Counter[str] = Counter()
        for data in self.within(first, last):
            result = data["spec"]["implementation"].get("result", "")
            figures.update(("total", data["spec"]["class"], result.removesuffix("-with-remarks")))
        return {name: figures[name] for name in _FIGURES}

    def _slice(self, first: str, last: str) -> list[tuple[str, str, Data]]:
        done = self._ordered
        return done[bisect_left(done, (first,)) : bisect_left(done, (last + _AFTER_ANY_TIME,))]


_FIGURES = ("total", "normal", "standard", "emergency", "successful", "failed", "backed-out")


def _day(value: object) -> str:
    if isinstance(value, cel.Timestamp):
        value = str(value)
    if isinstance(value, str):
        return value[:_DAY]
    raise cel.EvaluationError("a period takes two days: dates, RFC 3339 texts or timestamps")


_CHANGES_DONE = """The changes whose work ended in a period, by their ends as written; both days belong to it.

Each day is a date, or that of an RFC 3339 text as it is written there; a timestamp stands for
its day in UTC. A change counts by the day of spec.implementation.ended as it is written; one
without that is not done.
Example: changes_done('2026-07-01', '2026-09-30').exists(c, c.spec.class == 'emergency')
"""
_CHANGE_FIGURES = """How many changes were done in a period, by name of the figure; both days belong to it.

Formula: of changes_done(first, last), total is their number; normal, standard and emergency
are those of each class; successful (with or without remarks), failed and backed-out those
with each result.
Source: the names that the schema of TrendAnalysis gives to figures of changes.
Example: three normal changes that went well and one emergency that was taken back:
{'total': 4, 'normal': 3, 'standard': 0, 'emergency': 1, 'successful': 3, 'failed': 0,
'backed-out': 1}
Example: change_figures('2026-07-01', '2026-09-30')['total'] == 31
"""
