"""What a rule may ask of agreements that stand on others: which of those beneath give less. Reads records and as_of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions.graph import needed
from itsmctl.functions.hours import first_gap, in_words, moved, of_day, shifts, week
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_MILLISECONDS = {"milliseconds": 1, "seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_WORKING = {"working-hours": 3_600_000}  # that pass in the service hours
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    above = types.of("ServiceLevelAgreement")
    text = cel.STRING
    target = cel.ObjectType(
        "target", {"metric": text, "comparator": text, "value": cel.NUMBER, "unit": text, "window": text}
    )
    line = {"days": cel.ListType(text), "from": text, "to": text}
    hours = cel.ObjectType("hours", {"zone": text, "normal": cel.ListType(cel.ObjectType("line", line))})
    lesser = cel.ListType(
        cel.ObjectType("lesser", {"agreement": text, "service": text, "promised": text, "given": text})
    )
    return (
        cel.Function("weaker_targets", ((above, target),), lesser, _WEAKER_TARGETS),
        cel.Function("unbacked_services", ((above, target),), cel.ListType(text), _UNBACKED_SERVICES),
        cel.Function("shorter_hours", ((above, hours),), lesser, _SHORTER_HOURS),
        cel.Function("shorter_notice", ((above, text),), lesser, _SHORTER_NOTICE),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Underpinning(case)
    return {
        "weaker_targets": held.weaker_targets,
        "unbacked_services": held.unbacked_services,
        "shorter_hours": held.shorter_hours,
        "shorter_notice": held.shorter_notice,
    }


def keeps(given: Data, promised: Data) -> bool | None:
    """Does whoever keeps the target `given` keep `promised` by it? None where the two cannot be compared.

    They are if metric and comparator are the same, and units and windows allow it: see _WEAKER_TARGETS.
    """
    if (given["metric"], given["comparator"]) != (promised["metric"], promised["comparator"]):
        return None
    if given["window"] == promised["window"]:
        return _no_worse(given, promised, given["value"])
    worst = _at_worst(given, promised)
    if worst is not None:
        return _no_worse(given, promised, worst)
    return True if given["window"] == "each" and _no_worse(given, promised, given["value"]) else None


def _no_worse(given: Data, promised: Data, theirs: float) -> bool | None:
    """Is `theirs`, in the unit of `given`, at least as good? None where that depends on which hours count."""
    one, other = given["unit"], promised["unit"]
    ours: float = promised["value"]
    if given["comparator"] == "at-least":
        return theirs >= ours if one == other else None
    if one == other:
        return theirs <= ours
    spans = _MILLISECONDS | _WORKING
    if one not in spans or other not in spans:
        return None
    enough = round(theirs * spans[one], 6) <= round(ours * spans[other], 6)
    if (one in _WORKING) == (other in _WORKING):
        return enough
    # while so much working time passes, at least as much time passes in all
    return (True if enough else None) if other in _WORKING else (None if enough else False)


def _at_worst(given: Data, promised: Data) -> float | None:
    """The availability that is left in the worst window of `promised`; None where this is not about availability."""
    one, other = _DAYS.get(given["window"]), _DAYS.get(promised["window"])
    percents = given["unit"] == promised["unit"] == "percent" and given["comparator"] == "at-least"
    if one is None or other is None or given["metric"] != "availability" or not percents:
        return None
    return float(given["value"]) if one <= other else round(100 - (100 - given["value"]) * one / other, 9)


class _Chain(Struct, frozen=True):
    """A service with those that it depends on. `named`: agreements that they name; `own`: those of the first itself.

    What stands in for something else is left out: it need not give as much by itself.
    """

    services: frozenset[str]
    own: tuple[str, ...]
    named: tuple[str, ...]


class _Underpinning:
    """The functions over one case."""

    def __init__(self, case: Case) -> None:
        self.head = case.head
        self.day = case.as_of.date()
        self._chains: dict[str, _Chain] = {}

    def weaker_targets(self, data: Data, target: Data) -> list[Data]:
        found: dict[tuple[str, str], Data] = {}
        for service in target.get("services", data["spec"]["services"]):
            chain = self._chain(service)
            for ref, other in self._beneath(data, chain, chain.named):
                for weaker in _weaker(_about(other, target, chain), target):
                    found.setdefault((ref, _words(weaker)), _lesser(ref, service, _words(target), _words(weaker)))
        return list(found.values())

    def unbacked_services(self, data: Data, target: Data) -> list[str]:
        found = []
        for service in target.get("services", data["spec"]["services"]):
            chain = self._chain(service)
            beneath = [other for _, other in self._beneath(data, chain, chain.named)]
            if beneath and not any(_about(other, target, chain) for other in beneath):
                found.append(service)
        return found

    def shorter_hours(self, data: Data, ours: Data) -> list[Data]:
        found: dict[str, Data] = {}
        for service in data["spec"]["services"]:
            chain = self._chain(service)
            for ref, other in self._beneath(data, chain, chain.own):
                theirs = other["spec"].get("service_hours")
                if theirs is not None and ref not in found:
                    gap, given = self._gap(ours, theirs)
                    if gap:
                        found[ref] = _lesser(ref, service, gap, given)
        return list(found.values())

    def shorter_notice(self, data: Data, ours: str) -> list[Data]:
        found: dict[str, Data] = {}
        for service in data["spec"]["services"]:
            chain = self._chain(service)
            for ref, other in self._beneath(data, chain, chain.named):
                theirs = other["spec"].get("planned_interruptions", {}).get("notice")
                if theirs is not None and cel.parse_duration(theirs) < cel.parse_duration(ours):
                    found.setdefault(ref, _lesser(ref, service, ours, theirs))
        return list(found.values())

    def _gap(self, ours: Data, theirs: Data) -> tuple[str, str]:
        """The first hours of ours that theirs leave out, and theirs of that day; twice nothing if there are none."""
        promised, given = week(ours["normal"]), week(theirs["normal"])
        for later in shifts(ours["zone"], theirs["zone"], self.day):
            there = moved(given, later)
            gap = first_gap(promised, there)
            if gap is not None:
                return in_words(gap), ", ".join(in_words(span) for span in of_day(there, gap[0])) or "nothing"
        return "", ""

    def _beneath(self, data: Data, chain: _Chain, named: tuple[str, ...]) -> Iterator[tuple[str, Data]]:
        """The agreements in force that one stands on for the services of a chain, by name, each once.

        Those that the services name, and those listed as supporting, of this one and of those, if they are about them.
        """
        seen = {f"{data['kind']}/{data['metadata']['name']}"}
        waiting = [*data["spec"].get("supporting_agreements", ()), *named][::-1]
        while waiting:
            ref = waiting.pop()
            if ref in seen or not self.head.holds(ref):
                continue
            seen.add(ref)
            other = needed(self.head, ref)
            spec = other["spec"]
            if spec["state"] == "in-force":
                if ref in named or not chain.services.isdisjoint(spec.get("services", chain.services)):
                    yield ref, other
                waiting += spec.get("supporting_agreements", ())[::-1]

    def _chain(self, service: str) -> _Chain:
        if service not in self._chains:
            steps = [(name, self._agreed(name)) for name in self._services(service)]
            named = dict.fromkeys(ref for _, refs in steps for ref in refs)
            self._chains[service] = _Chain(frozenset(name for name, _ in steps), steps[0][1], tuple(named))
        return self._chains[service]

    def _services(self, first: str) -> list[str]:
        """The service, and those that it depends on, directly or through others."""
        names = {first: None}
        for name in (order := [first]):
            for one in self._leaned_on(name):
                kind, _, other = one["target"].partition("/")
                if kind == "Service" and other not in names:
                    names[other] = None
                    order.append(other)
        return order

    def _agreed(self, service: str) -> tuple[str, ...]:
        return tuple(one["agreement"] for one in self._leaned_on(service) if "agreement" in one)

    def _leaned_on(self, service: str) -> list[Data]:
        """What a service depends on, but for what stands in for something else."""
        ref = f"Service/{service}"
        spec = needed(self.head, ref)["spec"] if self.head.holds(ref) else {}
        members = Counter(one.get("redundancy") for one in (*spec.get("components", ()), *spec.get("depends_on", ())))
        return [one for one in spec.get("depends_on", ()) if "redundancy" not in one or members[one["redundancy"]] < 2]


def _about(agreement: Data, target: Data, chain: _Chain) -> list[Data]:
    """The targets of an agreement that are about the same as `target`, in the services of the chain."""
    return [
        one
        for one in agreement["spec"].get("targets", ())
        if (one["metric"], one["comparator"]) == (target["metric"], target["comparator"])
        and not chain.services.isdisjoint(one.get("services", chain.services))
    ]


def _weaker(given: list[Data], promised: Data) -> Iterator[Data]:
    """Of each priority that `promised` is about, the target that does not keep it, where none does."""
    priority = promised.get("priority")
    if priority is not None:
        given = [one for one in given if one.get("priority") == priority] or [
            one for one in given if "priority" not in one
        ]
    groups: dict[object, list[Data]] = {}
    for one in given:
        groups.setdefault(one.get("priority"), []).append(one)
    for group in groups.values():
        verdicts = [keeps(one, promised) for one in group]
        if True not in verdicts and False in verdicts:
            yield group[verdicts.index(False)]


def _words(target: Data) -> str:
    """A target as people say it: `restore-time (high) 4 working-hours in each case`."""
    about = f"{target['metric']} ({target['priority']})" if "priority" in target else target["metric"]
    window = "in each case" if target["window"] == "each" else f"a {target['window']}"
    return f"{about} {target['value']} {target['unit']} {window}"


def _lesser(agreement: str, service: str, promised: str, given: str) -> Data:
    return {"agreement": agreement, "service": service, "promised": promised, "given": given}


_WEAKER_TARGETS = """Targets of the agreements beneath one that give less than one of its own targets promises.

The arguments: an agreement, and one of its targets. Each answer has `agreement` (Kind/name), `service` (for which it
matters), `promised` and `given` (both targets in words).
Beneath an agreement stand, if they are in force: what its services name as agreement of a dependency, what the services
name that these depend on, its supporting_agreements, and those of each of them, where they are about these services.
A dependency that another one stands in for (redundancy) is left out: it need not give as much by itself.
Formula: a target gives less if metric and comparator are the same and, at-least: given < promised; at-most: given >
promised. It must be about the same priority, or about all where none is about that one. Units of time are converted;
time ≤ working time if it is as much of the clock, and working time > time if it is more; what cannot be told from the
two, such as working-days against working-hours, is not said to be less. A target of a single case (window each) holds
in any window. Availability over a longer window counts as in its worst part: 100 − (100 − given) × window / promised
window, a month being 365.25 / 12 days. Other windows are not compared. Where several targets apply, one is enough.
Source: ISO/IEC 20000-1:2005, 6.1 and 7.3, in our reading of what it takes to support a promise.
Example: beneath restore-time at most 4 hours, 240 minutes is enough and 5 hours is not
Example: beneath 99.5 percent a month, 99.9 a year is less: all of it in one month leaves 98.8
Example: self.spec.targets.all(t, size(weaker_targets(self, t)) == 0)
"""
_UNBACKED_SERVICES = """The services of a target that stand on agreements none of which promises anything of the kind.

The arguments: an agreement, and one of its targets. What stands beneath: as for weaker_targets. Of the kind is what has
the same metric and the same comparator, whatever its value, its priority and its window. A service under which there is
no agreement in force at all is not among them: it is all our own work.
Formula: {s ∈ services of the target: agreements beneath s ≠ ∅, and no target of theirs has its metric and comparator}.
Source: ISO/IEC 20000-1:2005, 6.1, in our reading.
Example: a promise of restore-time on a network whose only contract promises availability: the network is unbacked
Example: self.spec.targets.all(t, size(unbacked_services(self, t)) == 0)
"""
_SHORTER_HOURS = """The agreements right beneath one whose normal service hours leave out hours of its own.

The arguments: an agreement, and its service_hours.
Each answer has `agreement`, `service`, `promised` (the first hours left out, as `sat 10:00 to 16:00`) and `given` (the
hours of that day). Right beneath are the agreements in force that its services name themselves, and those that support
it (see weaker_targets): whoever answers to another service answers in the hours of that one.
Formula: hours of the agreement ⊆ hours beneath, minute by minute of the week, in every difference that there is between
the two time zones in the year after as_of. Days with other hours (exceptions) are not compared.
Source: ISO/IEC 20000-1:2005, 6.1 and 7.3, in our reading.
Example: beneath mon to fri 08:00 to 18:00, mon to fri 07:00 to 19:00 leaves out nothing, and sat 10:00 to 16:00 all
Example: size(shorter_hours(self, self.spec.service_hours)) == 0
"""
_SHORTER_NOTICE = """The agreements beneath one that tell us of planned interruptions later than we have to tell others.

The arguments: an agreement, and the length of time that it promises to tell customers ahead.
Each answer has `agreement`, `service`, `promised` and `given` (lengths of time as written). What stands beneath: as for
weaker_targets.
Formula: notice beneath < notice of the agreement. Source: ISO/IEC 20000-1:2005, 6.1 and 7.3, in our reading.
Example: whoever tells customers 120h ahead needs to be told 120h ahead, or earlier
Example: size(shorter_notice(self, '120h')) == 0
"""
