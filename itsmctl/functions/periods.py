"""What a rule may ask of figures that come period by period: which days are left out, and which way they go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    period = cel.ObjectType("period", {"from": cel.STRING, "to": cel.STRING})
    measurements = cel.ListType(types.of("Measurement"))
    return (
        cel.Function("closed_period", ((cel.STRING, cel.TIMESTAMP, cel.STRING),), period, _CLOSED_PERIOD),
        cel.Function("gaps", ((cel.ListType(period), period, cel.STRING),), cel.ListType(period), _GAPS),
        cel.Function("worsening", ((measurements, cel.STRING),), measurements, _WORSENING),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    del case
    return {"closed_period": closed_period, "gaps": gaps, "worsening": worsening}


@lru_cache(maxsize=1_000)  # the same few for every agreement
def closed_period(window: str, moment: cel.Timestamp, zone: str) -> Data:
    """The last period of the calendar that is over at an instant in a zone. See _CLOSED_PERIOD."""
    today = moment.local(cel.zone_named(zone)).date()
    try:
        if window in _MONTHS:
            months = _MONTHS[window]
            this = date(today.year, (today.month - 1) // months * months + 1, 1)
            before = this - _DAY
            first = date(before.year, before.month - months + 1, 1)
        elif window in ("day", "week"):
            this = today - _DAY * (today.weekday() if window == "week" else 0)
            before = this - _DAY
            first = this - _DAY * (7 if window == "week" else 1)
        else:
            raise cel.EvaluationError(f"{window!r} is no period: day, week, month, quarter or year")
    except OverflowError:
        raise cel.EvaluationError("the period before it lies outside of the years 1 to 9999") from None
    return _period(first, before)


def gaps(periods: list[Data], last: Data, since: str) -> list[Data]:
    """The stretches of days that periods leave out. See _GAPS."""
    if len(periods) == 1 and periods[0]["from"] <= last["from"] and last["to"] <= periods[0]["to"]:
        return []  # as it mostly is, told from the texts alone
    held = sorted((_date(one["from"]), _date(one["to"])) for one in periods if one["from"] <= one["to"])
    until = _date(last["to"])
    begins = min(held[0][0], _date(last["from"])) if held else _date(last["from"])
    missing = max(begins, _date(since)) if since else begins
    found = []
    for first, final in held:
        if missing < first and missing <= until:
            found.append(_period(missing, min(first - _DAY, until)))
        if final >= missing:
            if final >= until:
                return found
            missing = final + _DAY
    return [*found, _period(missing, until)] if missing <= until else found


def worsening(measurements: list[Data], comparator: str) -> list[Data]:
    """The last of the measurements, as far back as each is worse than the one before. See _WORSENING."""
    ordered = sorted(measurements, key=lambda one: (one["spec"]["period"]["to"], one["metadata"]["name"]))
    sign = 1 if comparator == "at-least" else -1
    run = ordered[-1:]
    for one in ordered[-2::-1]:
        if sign * one["spec"]["value"] <= sign * run[0]["spec"]["value"]:
            break
        run.insert(0, one)
    return run if len(run) > 1 else []


def _period(first: date, last: date) -> Data:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise cel.EvaluationError(f"{text!r} is no date: write it like 2026-11-22") from None


_CLOSED_PERIOD = """The last day, week, month, quarter or year of the calendar that is over at an instant: {from, to}.

The arguments: the period, an instant, and the IANA zone whose calendar is meant. Both days belong to the period; weeks
begin on Monday. Source: ISO 8601 for weeks.
Example: closed_period('month', timestamp('2026-11-22T08:00:00Z'), 'UTC') is {from: 2026-10-01, to: 2026-10-31}
Example: closed_period('quarter', timestamp('2026-11-22T08:00:00Z'), 'UTC').to == '2026-09-30'
"""
_GAPS = """The stretches of days, as {from, to}, that a row of periods leaves out.

The arguments: periods {from, to}, whose days both belong to them; the period that has to be covered in any case; and
the day before which nothing is asked for, '' for none.
Formula: [first, last.to] − ∪ [from, to], in days, where first is the earliest `from` or last.from, whichever is
earlier, and not before the third argument. Periods may overlap, and come in any order. Source: set difference.
Example: with July and September, and October as the last: 2026-08-01 to 2026-08-31 and 2026-10-01 to 2026-10-31
Example: size(gaps(figures.map(m, m.spec.period), closed_period('month', as_of, 'UTC'), self.spec.valid_from)) == 0
"""
_WORSENING = """The latest of a row of measurements, as far back as each one is worse than the one before it.

[] if the last one is no worse than the one before. The arguments: measurements of one thing, in any order, and the
comparator of their target: at-least if more is better, at-most if less is.
Formula: in the order of the ends of their periods, the longest row vₖ … vₙ at the end with vᵢ₊₁ < vᵢ (at-most: >) for
all i; equal values end it. Source: a run of descents, as in the runs test of a time series; how long a run calls for a
word is up to the rule.
Example: of 99.9, 99.7, 99.8, 99.6, 99.1 the last three: two falls in a row
Example: size(worsening(figures, 'at-least')) < 4
"""
