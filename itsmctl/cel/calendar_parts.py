"""Parts of timestamps and durations: getFullYear() and its kin, in UTC or a named time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from .instants import SECOND, Duration, Timestamp, zone_named
from .operations import Meter
from .problems import EvaluationError
from .values import shown_kind

_PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "getFullYear": lambda moment: moment.year,
    "getMonth": lambda moment: moment.month - 1,
    "getDate": lambda moment: moment.day,
    "getDayOfMonth": lambda moment: moment.day - 1,
    "getDayOfWeek": lambda moment: moment.isoweekday() % 7,
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getSeconds": lambda moment: moment.second,
    "getMilliseconds": lambda moment: moment.microsecond // 1000,
}

_UNITS: Final = {"getHours": 3600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND}


def part(name: str) -> Callable[..., int]:
    """The function of that name: of a timestamp, perhaps with a zone; hours, minutes and seconds also of a duration."""
    read, unit = _PARTS[name], _UNITS.get(name)

    def get(meter: Meter, moment: object, zone: object = "UTC") -> int:
        del meter
        if isinstance(moment, Timestamp) and isinstance(zone, str):
            return read(moment.local(UTC if zone == "UTC" else zone_named(zone)))
        if isinstance(moment, Duration) and zone == "UTC" and unit is not None:
            return moment.in_units(unit)
        raise EvaluationError(f"no such overload: {name}() does not work on {shown_kind(moment)}")

    return get


NAMES: Final = tuple(_PARTS)
OF_DURATION: Final = tuple(_UNITS)
"""Without getMilliseconds: the CEL specification and cel-go disagree whether it is all of them or the rest."""
