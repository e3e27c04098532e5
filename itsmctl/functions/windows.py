"""What a rule may ask of windows: when they begin and end, and which of them meet. Reads records, never the clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.functions.times import instant
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    time, record = cel.TIMESTAMP, types.any

    def others(arguments: tuple[cel.Type, ...]) -> cel.Type:
        return cel.ListType(types.one_of(graph.kinds_named(arguments, types, 1)))

    return (
        cel.Function("starts", ((record,),), time, _STARTS),
        cel.Function("ends", ((record,),), time, _ENDS),
        cel.Function("overlap", ((time, time, time, time),), cel.BOOL, _OVERLAP),
        cel.Function("overlapping", ((record, cel.STRING),), others, _OVERLAPPING),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    known: dict[str, Timetable] = {}

    def overlapping(data: Data, kind: str) -> list[Data]:
        if kind not in known:
            known[kind] = Timetable(graph.every(case.head, kind))
        return known[kind].meeting(data)

    return {"starts": starts, "ends": ends, "overlap": overlap, "overlapping": overlapping}


def starts(data: Data) -> cel.Timestamp:
    """When the window of a record begins. Raises EvaluationError where it has none, or its time is none."""
    return _moment(data, "start")


def ends(data: Data) -> cel.Timestamp:
    """When the window of a record is over: the first instant outside of it. Raises as `starts` does."""
    return _moment(data, "end")


def overlap(start: cel.Timestamp, end: cel.Timestamp, other: cel.Timestamp, other_end: cel.Timestamp) -> bool:
    """Do [start, end) and [other, other_end) share an instant? An interval that ends before it begins holds none."""
    first = max(start.nanoseconds, other.nanoseconds)
    return first < min(end.nanoseconds, other_end.nanoseconds)


class Timetable:
    """The windows of records in the order of their starts. Records without one are not in it."""

    def __init__(self, records: Iterable[Data]) -> None:
        known = []
        for data in records:
            try:
                start, end = starts(data).nanoseconds, ends(data).nanoseconds
            except cel.EvaluationError:
                continue
            if start < end:
                known.append((start, end, data))
        known.sort(key=lambda one: one[0])
        self._begins = [start for start, _, _ in known]
        self._reach = list(accumulate((end for _, end, _ in known), max))  # the latest end of all up to each
        self._windows = [(end, data) for _, end, data in known]

    def meeting(self, data: Data) -> list[Data]:
        """Those whose windows share an instant with that of `data`, but for `data` itself."""
        start, end = starts(data).nanoseconds, ends(data).nanoseconds
        found: list[Data] = []
        if start < end:
            place = bisect_left(self._begins, end) - 1
            while place >= 0 and self._reach[place] > start:
                until, other = self._windows[place]
                if until > start and other is not data:
                    found.append(other)
                place -= 1
        return found[::-1]


def _moment(data: Data, field: str) -> cel.Timestamp:
    spec = data.get("spec", {})
    plan = spec.get("schedule", spec)
    written = plan.get(field)
    if not isinstance(written, str):
        raise cel.EvaluationError(
            f"the record has no window: neither schedule.{field} nor {field} is written in its spec"
        )
    return instant(written, plan.get("zone", ""))


_STARTS = """When the window of a record begins: `spec.schedule.start`, of a record without a schedule
`spec.start`.

A time without an offset is local time in the `zone` beside it. A record without a window is
an error: guard with has.
Example: starts(self) <= as_of && as_of < ends(self)
"""
_ENDS = """When the window of a record is over: `spec.schedule.end`, of a record without a schedule
`spec.end`.

This instant itself is outside. Time zones and records without a window: as for `starts`.
Example: has(self.spec.schedule) && ends(self) <= as_of
"""
_OVERLAP = """Do two spans of time, each given by its start and its end, share an instant?

Formula: max(starts) < min(ends). Spans are half-open: the start belongs to them and the end
does not, so that one may begin where another ends. A span that ends before it begins shares
nothing. Source: Allen's interval algebra, where all relations but before, after, meets and
met-by share an instant.
Example: overlap(starts(self), ends(self), instant('2026-12-24'), instant('2026-12-27'))
"""
_OVERLAPPING = """The records of a kind whose windows share an instant with the record's own, in order of their
starts.

Formula: a starts before b ends, and b starts before a ends, as for `overlap`. The record
itself is not among them, and records without a window are not. Example: two windows of
22:00-02:00 and 01:00-03:00 share an hour; 22:00-02:00 and 02:00-03:00 share nothing.
Example: overlapping(self, 'FreezeWindow').exists(f, f.spec.state == 'planned')
"""
