"""What a rule may ask of a change's reach: which services stand behind its items, and what two of them have in common.

Reads records and the dependencies between them; nothing is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions.graph import Missing
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_CRITICALITY = {"low": 0, "medium": 1, "high": 2, "critical": 3}
_IN_USE = ("live", "retiring")
_NOTHING: Data = {}
_ROOM = 1_000_000  # references kept in answers that many changes ask for


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    record, services = types.any, cel.ListType(types.of("Service"))
    return (
        cel.Function("services_behind", ((record,),), services, _SERVICES_BEHIND),
        cel.Function("services_affected", ((record,),), services, _SERVICES_AFFECTED),
        cel.Function("impact_floor", ((services,),), cel.STRING, _IMPACT_FLOOR),
        cel.Function("common_ground", ((record, record),), cel.ListType(cel.STRING), _COMMON_GROUND),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Effects(case)
    return {
        "services_behind": held.behind,
        "services_affected": held.affected,
        "impact_floor": held.floor,
        "common_ground": held.common,
    }


class _Effects:
    """The functions over one case. What depends on an item is walked once, as far as there is room to keep it."""

    def __init__(self, case: Case) -> None:
        self.head = case.head
        self._carried: dict[str, list[Data]] = {}
        self._dependents: dict[str, frozenset[str]] = {}
        self._room = _ROOM

    def behind(self, data: Data) -> list[Data]:
        found = [self._services_on(ref) for ref in self._items(data) if ref.startswith("ConfigurationItem/")]
        if len(found) == 1:
            return found[0]  # most changes
        return list({id(one): one for services in found for one in services}.values())

    def affected(self, data: Data) -> list[Data]:
        impact = data["spec"].get("impact", _NOTHING)
        behind, names = self.behind(data), impact.get("services", ())
        if len(names) == len(behind) == 1 and names[0] == behind[0]["metadata"]["name"]:
            return behind  # most changes
        named = [one for name in names if (one := self._service(f"Service/{name}")) is not None]
        known = {*names, *(one["service"] for one in impact.get("not_affected", ()))}
        return named + [one for one in behind if one["metadata"]["name"] not in known]

    def floor(self, services: list[Data]) -> str:
        place = -1
        for one in services:
            place = max(place, _CRITICALITY.get(one["spec"].get("criticality"), -1))
        if place < 0:
            return ""
        scale = self._scale
        return scale[min(place, len(scale) - 1)]

    @cached_property
    def _scale(self) -> tuple[str, ...]:
        return self.head.law.settings.impact_scale

    def common(self, one: Data, other: Data) -> list[str]:
        mine, yours = self._items(one), self._items(other)
        first = [ref for ref in mine if ref in yours or any(ref in self._reach(item) for item in yours)]
        return first + [ref for ref in yours if ref not in mine and any(ref in self._reach(item) for item in mine)]

    def _items(self, data: Data) -> list[str]:
        """`Kind/name` of what the record lists in spec.items, each once, by the names of today."""
        known, written = self.head.records, dict.fromkeys(one["item"] for one in data["spec"].get("items", ()))
        refs = [ref if ref in known else self.head.formerly.get(ref, ref) for ref in written]
        return list(dict.fromkeys(refs)) if len(refs) > 1 else refs

    def _services_on(self, ref: str) -> list[Data]:
        """The services in use that depend on an item, nearest first."""
        known = self._carried.get(ref)
        if known is None:
            names = [other for other in self.head.dependents(ref) if other.startswith("Service/")]
            found = [one for other in names if (one := self._service(other)) is not None]
            known = [one for one in found if one["spec"]["state"] in _IN_USE]
            self._make_room(len(known))
            self._carried[ref] = known
        return known

    def _reach(self, ref: str) -> frozenset[str]:
        known = self._dependents.get(ref)
        if known is None:
            known = frozenset(self.head.dependents(ref))
            self._make_room(len(known))
            self._dependents[ref] = known
        return known

    def _make_room(self, size: int) -> None:
        self._room -= size + 1
        if self._room < 0:
            self._carried.clear()
            self._dependents.clear()
            self._room = _ROOM

    def _service(self, ref: str) -> Data | None:
        record = self.head.get(ref)
        if record is None:
            if ref in self.head.unread:
                raise Missing(ref, f"{ref} cannot be read")
            return None
        if not record.sound:
            raise Missing(record.ref, f"{ref} breaks its schema")
        return record.data


_SERVICES_BEHIND = """The services in use that depend on configuration items in spec.items, directly or through others.

Formula: of all that depends on the items, as `impact` follows it, the services that are live
or retiring: services of an item, of the items on it, and of those services; nearest first,
each once. An item that is the record of a service is not behind itself: what is edited is
its entry.
Source: the relations of the configuration records; ISO/IEC 20000-1:2005, 9.1 on what they
give to an assessment.
Example: a change of host-1, on which vm-1 runs, which carries the service loans:
services_behind(self) is [loans]
Example: services_behind(self).all(s, s.metadata.name in self.spec.impact.services)
"""
_SERVICES_AFFECTED = """The services that a change affects: those that spec.impact.services names, and those behind
its items.

Formula: named ∪ (services_behind − those in spec.impact.not_affected); the named ones first.
Example: services_affected(self).exists(s, s.spec.criticality == 'critical')
"""
_IMPACT_FLOOR = """The lowest grade of impact that fits a change of these services; '' if none says its
criticality.

Formula: the highest criticality among the services, as the grade at the same place of the
scale of impact in itsm.yaml (low, medium, high without one); a criticality beyond the end of
the scale is its highest grade. That critical services make a change weighty is our reading:
the standard leaves the grading to the organisation.
Example: of a low, a high and a critical service on the scale low, medium, high, the floor is
'high'
Example: impact_rank(self.spec.risk.impact) >=
impact_rank(impact_floor(services_affected(self)))
"""
_COMMON_GROUND = """The records, as Kind/name, over which two changes can get in each other's way.

Formula: with T(x) the items of x and D(x) all that depends on them: T(a) ∩ (T(b) ∪ D(b)),
then T(b) ∩ D(a). So two changes of one item have it in common, and a change of a host and one
of a machine on it the machine.
Source: the relations of the configuration records.
Example: size(common_ground(self, c)) > 0
"""
