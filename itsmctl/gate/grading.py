"""How weighty a change is: as declared now and before, and as the records around it make it. Only ever raises. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from itsmctl.case import Case
from itsmctl.functions import effects
from itsmctl.records import same
from itsmctl.settings import View

Data = Mapping[str, Any]

_GRADED = ("risk", "impact", "class", "category", "urgency")
_LEVELS = ("low", "medium", "high")


def gradings(
    after: Data, before: Data | None, floor: str, settings: View, *, is_normal: bool = False
) -> tuple[Data, ...]:
    """The change as every grading of it has it, each once, the declared one first.

    That is: as it stands, with what it was graded before in place of that, each of them as a normal change too where
    its class is no more than its author's word, and all of them with the risk raised to `floor`, the grade of impact
    that the records around it give ("" for none). `is_normal`: no class takes anything away, since the rule is about
    governance, or since it is asked what an emergency owes that has gone ahead.
    """
    found: list[Data] = []
    declared = [after] if before is None else [after, _as_before(after, before)]
    declared += [as_normal(one) for one in declared if is_normal or one["spec"]["class"] == "standard"]
    for one in (*declared, *(raised(one, floor, settings) for one in declared)):
        if not any(same(one, other) for other in found):
            found.append(one)
    return tuple(found)


def as_normal(change: Data) -> Data:
    """The change as a normal one: by its own votes, and by no model."""
    spec = {key: value for key, value in change["spec"].items() if key != "model"}
    return {**change, "spec": {**spec, "class": "normal"}}


def floor_of(worlds: Iterable[Case], items: Iterable[str], change: Data) -> str:
    """The lowest grade of impact that fits: the highest that any of the worlds gives. "" where none gives one.

    It goes by the services behind the items (`Kind/name`) and those that the change names. What the change says is not
    affected is left out of account: that is its author's word. Raises cel.EvaluationError where a service cannot be
    relied on.
    """
    spec = change["spec"]
    listed = dict.fromkeys((*items, *(one["item"] for one in spec.get("items", ()))))
    asked = {"spec": {"items": [{"item": ref} for ref in listed], "impact": {"services": _named(spec)}}}
    best = ""
    for world in worlds:
        functions = effects.bind(world)
        grade = functions["impact_floor"](functions["services_affected"](asked))
        scale = world.head.law.settings.impact_scale
        best = max(best, grade, key=lambda one: _rank(scale, one))
    return best


def services_behind(worlds: Iterable[Case], items: Iterable[str], change: Data) -> Iterator[str]:
    """Names of the services behind the items in any of the worlds, and of those that the change names, each once."""
    seen: set[str] = set()
    refs = list(items)
    asked = {"spec": {"items": [{"item": ref} for ref in refs], "impact": {"services": _named(change["spec"])}}}
    for world in worlds:
        for one in effects.bind(world)["services_affected"](asked):
            name = str(one["metadata"]["name"])
            if name not in seen:
                seen.add(name)
                yield name
    for ref in refs:
        kind, _, name = ref.partition("/")
        if kind == "Service" and name not in seen:
            seen.add(name)
            yield name


def raised(change: Data, floor: str, settings: View) -> Data:
    """The change with a risk that is no lower than `floor` makes it. Without a grade of its own it has the lowest
    likelihood, and the impact that is derived."""
    if not floor:
        return change
    impacts, levels, likelihoods = _scales(settings)
    risk = change["spec"].get("risk")
    if risk is None:
        risk = {"likelihood": likelihoods[0], "impact": floor, "level": levels[0]}
    impact = max(risk["impact"], floor, key=lambda one: _rank(impacts, one))
    level = settings.risk_level(risk["likelihood"], impact) or levels[-1]  # an unknown likelihood: the worst
    level = max(risk["level"], level, key=lambda one: _rank(levels, one))
    return {**change, "spec": {**change["spec"], "risk": {**risk, "impact": impact, "level": level}}}


def _as_before(after: Data, before: Data) -> Data:
    """The change as it stands with what it was graded, and owned, before: what it said then still counts."""
    graded = {key: before["spec"][key] for key in _GRADED if key in before["spec"]}
    owner = {"owner": before["metadata"]["owner"]} if "owner" in before["metadata"] else {}
    return {**after, "metadata": {**after["metadata"], **owner}, "spec": {**after["spec"], **graded}}


def _scales(settings: View) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Grades of impact, levels of risk, and grades of likelihood, lowest first."""
    if "risk" not in settings.data:
        return _LEVELS, _LEVELS, _LEVELS
    scales = settings.all.risk.scales
    return scales.impact, scales.level, scales.likelihood


def _rank(scale: tuple[str, ...], grade: str) -> int:
    return scale.index(grade) if grade in scale else -1


def _named(spec: Data) -> list[str]:
    return list(spec.get("impact", {}).get("services", ()))
