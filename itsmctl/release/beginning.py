"""When the roll-out of a release began: by its plans as they stood on the branch, and by the work on its changes.

A beginning is not moved by what is written afterwards. What nobody had begun may be put off, which is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from itsmctl.baseline import form
from itsmctl.cel import EvaluationError
from itsmctl.functions.times import instant
from itsmctl.gate import calendar
from itsmctl.gate.beginnings import DONE, REVIEWED, STARTED, state_of
from itsmctl.gate.spending import names
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.release.dossier import Data, Dossier

BEGUN = ("rolling-out", "live", "reviewed", "closed", "backed-out")
"""States of a release whose roll-out began."""

_LAST = 253402300799
"""The last second of the year 9999: no calendar here goes further."""

Span = tuple[int, int, "Data"]
"""(since when, until when, data): one version of a record on the branch, in seconds since 1970."""


def moment(text: str) -> datetime | None:
    """The point in time that an instant of a record names, in UTC; None where there is none such."""
    try:
        return instant(text).local(UTC)
    except (EvaluationError, ValueError, OverflowError):
        return None


def time_of(seconds: int) -> datetime:
    """The time of a commit, in UTC; of what is no time, the nearest that is."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST), UTC)


def said(seconds: int) -> str:
    """The time of a commit for people, RFC 3339 in UTC; "" for what is no time."""
    try:
        return form.instant(seconds)
    except ValueError:
        return ""


def moments(spec: object) -> list[datetime]:
    """When a plan has the roll-out begin anywhere, the earliest first; of any version, which need not keep to its
    schema.
    """
    stages = value_at(spec, "/plan/stages")
    written = [value_at(one, "/start") for one in stages] if isinstance(stages, list) else []
    texts = (text for text in (*written, value_at(spec, "/go_live")) if isinstance(text, str))
    return sorted(one for text in texts if (one := moment(text)) is not None)


def of(dossier: Dossier) -> datetime | None:
    """When the roll-out began, or is to begin; None where no time is written.

    The earliest of what is planned today, of what was planned and came while the release was on its way, or approved
    with work begun on one of its changes, and of the beginnings of that work.
    """
    found = [*dossier.moments[:1], *_work(dossier)]
    for at, end, data in spans(dossier.versions, dossier.now):
        state = value_at(data, "/spec/state")
        came = [one for one in moments(value_at(data, "/spec")) if one.timestamp() <= end]
        if came and (state in BEGUN or (state == "approved" and is_begun(dossier, end))):
            found += [one for one in came if state in BEGUN or one.timestamp() >= _approved(dossier, at)]
    return min(found, default=None)


def _approved(dossier: Dossier, at: int) -> float:
    """Since when the release stood approved without a break, of one that does at a time: what came before then was past
    already when it was approved, and is no plan that anybody kept to.
    """
    since: float = at
    for began, _, data in reversed(spans(dossier.versions, dossier.now)):
        if began <= at:
            if value_at(data, "/spec/state") != "approved":
                break
            since = began
    return since


def put_off(dossier: Dossier) -> datetime | None:
    """The first time that was planned, came, and was moved afterwards, where nothing shows that anybody had begun."""
    found = []
    for _, end, data in spans(dossier.versions, dossier.now)[:-1]:
        found += [one for one in moments(value_at(data, "/spec")) if one.timestamp() <= end]
    begins = dossier.begins
    return min((one for one in found if begins is not None and one < begins), default=None)


def is_begun(dossier: Dossier, end: float) -> bool:
    """Had the work on a change of the release begun by then, or altered an item of it?"""
    if dossier.first is not None and dossier.first.time <= end:
        return True
    for record in filter(None, dossier.changes.values()):
        if any(at <= end and state_of(data) in STARTED for at, data in versions(dossier, record)):
            return True
    return False


def _work(dossier: Dossier) -> Iterator[datetime]:
    """When work on the changes began, as any version on the branch says that keeps to the time when it stood there.

    Of changes with a window: one that goes without is free to come before the release. A day alone is no beginning.
    """
    for record in filter(None, dossier.changes.values()):
        held = versions(dossier, record)
        if not held or not isinstance(calendar.span(record.data), calendar.Window):
            continue
        for at, end, data in spans(held, dossier.now):
            text = value_at(data, "/spec/implementation/started")
            began = moment(text) if isinstance(text, str) and "T" in text else None
            if began is not None and held[0][0] <= began.timestamp() <= end:
                yield began
            if state_of(data) in DONE:
                yield time_of(at)
                break  # it began by then, whatever is written later


def versions(dossier: Dossier, record: Record) -> list[tuple[int, Data]]:
    """(time, data) of every version of a record on the branch, under all of its names, in the order of the line."""
    history = dossier.held.history
    landed = sorted((one for name in names(record) for one in history.landings(name)), key=lambda one: one.place)
    return [(one.time, one.data) for one in landed if one.data is not None]


def came_from(dossier: Dossier, record: Record) -> str:
    """The state in which a record was before it was looked back at, or is now; "" where the branch shows none.

    A review says nothing of how it went: what failed, or was taken back, is reviewed as well. Where both came with one
    merge, the commits that it brought show the one before the other.
    """
    history, asked = dossier.held.history, names(record)
    line = sorted((one.place, state_of(one.data)) for name in asked for one in history.landings(name) if one.data)
    told = [place for place, state in line if state and state not in REVIEWED]
    start = told[-1] if told else -1
    end = next((place for place, state in line if place > start and state), start)
    beside = ((one.place, state_of(one.data)) for name in asked for one in history.aside(name) if one.data)
    held = [one for one in (*line, *beside) if start <= one[0] <= end and one[1] and one[1] not in REVIEWED]
    return max(held)[1] if held else ""


def spans(held: Sequence[tuple[int, Data]], now: datetime) -> list[Span]:
    """Each version with how long it stood; the last one stands until now."""
    ends = [*(at for at, _ in held[1:]), int(now.timestamp())]
    return [(at, end, data) for (at, data), end in zip(held, ends, strict=True)]


def steps(held: Sequence[tuple[int, Data]], field: str) -> Iterator[tuple[int, object, object]]:
    """(when, before, after) of each time that a field became another from one version to the next."""
    for (_, one), (at, other) in pairwise(held):
        before, after = value_at(one, field), value_at(other, field)
        if before != after:
            yield at, before, after
