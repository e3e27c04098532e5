"""What a rule may ask of change models: whether a change is one of theirs, how often they are used, and how they fail.

Looks at what is recorded, not at what is edited: that each edit stays inside is for whoever sees the edits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.functions.times import days_between
from itsmctl.functions.windows import starts
from itsmctl.inheritance import classes_of
from itsmctl.kinds.pointers import steps_of
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

_WEEK = 7 * 86_400 * 1_000_000_000
_OFF = ("rejected", "cancelled")
_BAD = ("failed", "backed-out")


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    change, model = types.of("ChangeRequest"), types.of("ChangeModel")
    return (
        cel.Function("outside_model", ((change, model),), cel.ListType(cel.STRING), _OUTSIDE_MODEL),
        cel.Function("week_of_model", ((change,),), cel.INT, _WEEK_OF_MODEL),
        cel.Function("failures_of_model", ((model, cel.INT),), cel.INT, _FAILURES_OF_MODEL),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Models(case)
    return {"outside_model": held.outside, "week_of_model": held.week, "failures_of_model": held.failures}


class _Models:
    """The functions over one case; the changes of each model are put together when they are first asked for."""

    def __init__(self, case: Case) -> None:
        self.head = case.head
        self.as_of = cel.Timestamp.of(case.as_of)
        self._begins: dict[str, list[int]] = {}

    @cached_property
    def _classes(self) -> Mapping[str, Any]:
        return classes_of(self.head)

    @cached_property
    def _used(self) -> Mapping[str, list[Data]]:
        """Name of a model, as of today → the standard changes that follow it."""
        used: dict[str, list[Data]] = {}
        for change in graph.every(self.head, "ChangeRequest"):
            if change["spec"]["class"] == "standard" and "model" in change["spec"]:
                used.setdefault(self._today(change["spec"]["model"]), []).append(change)
        return used

    def outside(self, change: Data, model: Data) -> list[str]:
        """See _OUTSIDE_MODEL."""
        groups = model["spec"].get("allows")
        if groups is None:
            return []
        found = (self._nearest(item, groups) for item in change["spec"].get("items", ()))
        return [why for reasons in found for why in reasons[:1]]

    def week(self, change: Data) -> int:
        """See _WEEK_OF_MODEL."""
        if "model" not in change["spec"]:
            return 0
        moment = _begin(change)
        name = self._today(change["spec"]["model"])
        if name not in self._begins:
            planned = (_begin(one) for one in self._used.get(name, ()) if one["spec"]["state"] not in _OFF)
            self._begins[name] = sorted(begin for begin in planned if begin is not None)
        begins = self._begins[name]
        return 0 if moment is None else bisect_right(begins, moment) - bisect_right(begins, moment - _WEEK)

    def failures(self, model: Data, days: int) -> int:
        """See _FAILURES_OF_MODEL."""
        done = (one["spec"].get("implementation", {}) for one in self._used.get(model["metadata"]["name"], ()))
        ends = [one["ended"] for one in done if one.get("result") in _BAD and "ended" in one]
        return sum(1 for end in ends if days_between(end, self.as_of) <= days)

    def _today(self, name: str) -> str:
        record = self.head.get(f"ChangeModel/{name}")
        return record.name if record is not None else name

    def _nearest(self, item: Data, groups: list[Data]) -> list[str]:
        """Why an item is in none of the groups, told of the one that it is nearest to; nothing if it is in one."""
        kind, action = item["item"].partition("/")[0], item["action"]
        right = [one for one in groups if one["kind"] == kind and action in one.get("actions", ("change",))]
        if not right:
            return [f"{action} {item['item']}"]
        return min((list(self._against(group, item)) for group in right), key=len)

    def _against(self, group: Data, item: Data) -> Iterator[str]:
        """What of an item, as it is recorded, is not as one group of records has to be."""
        named = f"{item['action']} {item['item']}"
        record = self.head.get(item["item"])
        name = record.name if record is not None else item["item"].partition("/")[2]
        if name not in group.get("names", (name,)):
            yield f"{named}, which it does not name"
        if record is not None and record.sound:
            spec, labels = record.data["spec"], record.data["metadata"].get("labels", {})
            if "types" in group and not self._is_of(spec.get("type", ""), group["types"]):
                yield f"{named}, whose class is {spec.get('type', 'not known')}"
            if "environments" in group and spec.get("environment") not in group["environments"]:
                yield f"{named}, whose environment is {spec.get('environment', 'not known')}"
            for label, value in group.get("labels", {}).items():
                if labels.get(label) != value:
                    yield f"{named}, whose label {label} is {labels.get(label, 'missing')}"
        for pointer in item.get("set", ()):
            if not any(_covers(field["at"], pointer) for field in group["fields"]):
                yield f"set {pointer} of {item['item']}"

    def _is_of(self, name: str, classes: list[str]) -> bool:
        """Is a class one of these, or does it extend one, directly or through others?"""
        held = self._classes.get(name)
        lineage = held.lineage if held is not None else (name,)
        return any(one in classes for one in lineage)


def _begin(change: Data) -> int | None:
    return starts(change).nanoseconds if "schedule" in change["spec"] else None


def _covers(pattern: str, pointer: str) -> bool:
    """Is the place at the pattern, or below it? `*` stands for any one step."""
    wanted, steps = steps_of(pattern), steps_of(pointer)
    return len(wanted) <= len(steps) and all(one in ("*", other) for one, other in zip(wanted, steps, strict=False))


_OUTSIDE_MODEL = """What of a change its model does not allow, as far as the records show it: in words, at most one
for each item.

The arguments: a change, and the model to hold it against.
Formula: an item is inside if one group of `allows` has its kind and action (change, if the group
names none), and, where the group says so: its name; its class, or one that this extends; its
environment; its labels; and each place in `set` is at one of the fields, or below it. A model
without `allows` allows everything; of a record that is not there only kind, action, name and
places are looked at. The answers follow the words "the model does not allow to".
Source: the records; pre-authorised changes are a custom that the standard does not name.
Example: types: [application], and the item is a firewall: ['change ConfigurationItem/fw-1, whose
class is network-device']
Example: size(outside_model(self, ref('ChangeModel', self.spec.model))) == 0
"""
_WEEK_OF_MODEL = """How many changes of its model a change is one of, in the seven days that end with the beginning
of its window.

Formula: the standard changes of the model, but for those that were rejected or cancelled, that
begin in (start − 7 × 24 h, start], by schedule.start; the change itself is one of them. 0 for a
change without a model or a window.
Example: after changes of the same model on 1, 6 and 7 March at noon, one on the 8th at noon: 3
Example: week_of_model(self) <= model.spec.limits.per_week
"""
_FAILURES_OF_MODEL = """How many changes of a model failed or were backed out in that many days before as_of.

Formula: of the standard changes of the model with such a result, those whose
implementation.ended is no more whole days ago.
Example: failures_of_model(model, 90) < model.spec.failure_budget.failures
"""
