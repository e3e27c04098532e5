"""Standard changes: is all that a head alters inside of an approved change model? Proven by the diff, never declared.

The model is read from the base alone. What cannot be proven to be inside is outside, and makes the change a normal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from itsmctl import inheritance
from itsmctl.cel.pattern_tree import BadPattern
from itsmctl.cel.patterns import MOST_TEXT, compiled
from itsmctl.comparing import ABSENT
from itsmctl.gate import beginnings, verdict
from itsmctl.gate.calendar import said, zone_of
from itsmctl.gate.differences import Steps, differences, fits
from itsmctl.gate.differences import reached as value_in
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.services import listed, today
from itsmctl.gate.verdict import About, Verdict
from itsmctl.inheritance import ItemClass
from itsmctl.kinds import steps_of
from itsmctl.kinds.pointers import pointer_of
from itsmctl.records import Record, same, value_at

MODEL = "ChangeModel"

_WEEK = timedelta(days=7)
_IDENTITY: tuple[Steps, ...] = (("apiVersion",), ("kind",), ("metadata", "name"))
_LEVELS = ("low", "medium", "high")


def prove(proposal: Proposal, change: Record, touched: Sequence[Touched]) -> Verdict:
    """Does the model that a change names allow all that is altered, today? Denied: the change is a normal one.

    `touched` is what the change alters, or, of a plan, would alter. `details` says what the model asks of the caller:
    `model` its name, `window` required or free, `freezes` respected or ignored. Codes: NO_MODEL, MODEL_NOT_APPROVED,
    MODEL_INCOMPLETE, MODEL_EXPIRED, NOTHING_TO_PROVE, OUTSIDE_MODEL, OVER_LIMIT, TOO_OFTEN, TOO_RISKY, BUDGET_SPENT.
    """
    name = value_at(change.data, "/spec/model")
    about = About(change.path, "/spec/model")
    if not isinstance(name, str) or not name:
        says = "the change names no model: write spec.model, or make it a normal change"
        return verdict.deny("check", "standard", "NO_MODEL", says, about)
    model = proposal.base.get(f"{MODEL}/{name}")
    if model is None:
        says = f"there is no change model {name} at the base; a model counts one merge after it lands"
        return verdict.deny("check", "standard", "NO_MODEL", says, about)
    grounds = list(_unusable(proposal, model))
    if not grounds:
        grounds += _outside(proposal, model, touched)
        grounds += _too_much(proposal, model, change, touched)
        grounds += _too_risky(proposal, model, change)
    spec = model.data["spec"] if model.sound else {}
    facts = {"model": model.name, "window": spec.get("window", "required"), "freezes": spec.get("freezes", "respected")}
    says = f"inside model {model.name}" if not grounds else f"not inside model {model.name}"
    return verdict.of("check", "standard", grounds, says, **facts)


def _unusable(proposal: Proposal, model: Record) -> Iterator[Verdict]:
    """Why the model counts for nothing today."""
    kind = proposal.base.law.kinds[MODEL]
    if not model.sound or kind.lifecycle is None or kind.lifecycle.missing(model.data):
        says = f"model {model.name} lacks what an approved one needs: itsmctl validate {model.path} says what"
        yield _denied(model, "", "MODEL_INCOMPLETE", says)
    elif model.state != "approved":
        says = f"model {model.name} is {model.state} at the base: only an approved one counts"
        yield _denied(model, "/spec/state", "MODEL_NOT_APPROVED", says)
    elif (day := proposal.now.astimezone(zone_of(proposal.rulebook.settings)).date().isoformat()) > (
        last := str(value_at(model.data, "/spec/expires"))
    ):
        says = f"model {model.name} counted until {last}, and it is {day}: have it renewed"
        yield _denied(model, "/spec/expires", "MODEL_EXPIRED", says)


def _outside(proposal: Proposal, model: Record, touched: Sequence[Touched]) -> Iterator[Verdict]:
    """One node for each place that differs and that no part of the model covers."""
    if not touched:
        says = "the change alters no record, so that nothing shows it to be inside: make it a normal one"
        yield _denied(model, "/spec/allows", "NOTHING_TO_PROVE", says)
    classes = inheritance.classes_of(proposal.base)
    for one in touched:
        if one.is_file or one.governance or (one.before is None and one.after is None):
            kind = proposal.base.law.kinds.get(one.line.kind)
            what = "a protected file" if one.is_file else "governance"
            if kind is not None and not kind.governance and one.governance:
                what = "a rename (which is governance, whatever it renames)"
            yield _beyond(model, one, "", f"{one.ref} is outside model {model.name}: {what} is inside of none")
            continue
        fields = [
            field
            for entry in model.data["spec"]["allows"]
            if _selects(entry, one, classes)
            for field in entry["fields"]
        ]
        if not fields:
            says = f"{one.ref} is outside model {model.name}: no part of it allows to {one.action} this record"
            yield _beyond(model, one, "", says)
            continue
        before, after = (held.data if held is not None else ABSENT for held in (one.before, one.after))
        for place in differences(before, after):
            if place in _IDENTITY and (before is ABSENT or after is ABSENT):
                continue  # what a record is called says which one it is; the selectors have looked at that
            if not any(_covers(field, place, before, after) for field in fields):
                pointer = pointer_of(place)
                why = _why(fields, place, before, after)
                yield _beyond(model, one, pointer, f"{pointer} is outside model {model.name}{why}")


def _selects(entry: Mapping[str, Any], one: Touched, classes: Mapping[str, ItemClass]) -> bool:
    """Does a part of the model speak of this record, as it was and as it will be, and of what is done to it?"""
    if entry["kind"] != one.line.kind or one.action not in entry.get("actions", ("change",)):
        return False
    return all(_is_meant(entry, held, classes) for held in (one.before, one.after) if held is not None)


def _is_meant(entry: Mapping[str, Any], record: Record, classes: Mapping[str, ItemClass]) -> bool:
    if record.kind != entry["kind"] or not record.sound:
        return False
    if "names" in entry and record.name not in entry["names"]:
        return False
    if "environments" in entry and value_at(record.data, "/spec/environment") not in entry["environments"]:
        return False
    labels = value_at(record.data, "/metadata/labels") or {}
    if any(labels.get(key) != value for key, value in entry.get("labels", {}).items()):
        return False
    if "types" not in entry:
        return True
    held = classes.get(str(value_at(record.data, "/spec/type")))
    allowed = {classes[name].name for name in entry["types"] if name in classes}
    return held is not None and not allowed.isdisjoint(held.lineage)


def _covers(field: Mapping[str, Any], place: Steps, before: object, after: object) -> bool:
    """Is a place inside of a field of the model, with the value that the field gets?"""
    pattern = steps_of(field["at"])
    if not fits(pattern, place) or place in _IDENTITY:
        return False
    if place[0] == "metadata" and pattern[0] != "metadata":
        return False  # a pattern that begins with * means what the record says, not who answers for it
    at = place[: len(pattern)]
    return _may_become(field, value_in(before, at), value_in(after, at))


def _may_become(field: Mapping[str, Any], before: object, after: object) -> bool:
    """May a field get this value? One that is taken away gets none, so that no condition on it can be met."""
    if "one_of" in field and not any(same(after, one) for one in field["one_of"]):
        return False
    for bound in ("minimum", "maximum"):
        if bound in field:
            if isinstance(after, bool) or not isinstance(after, int | float):
                return False
            if not (field[bound] <= after if bound == "minimum" else after <= field[bound]):
                return False
    if "pattern" in field and not (isinstance(after, str) and _is_all(field["pattern"], after)):
        return False
    return "keeps" not in field or _keeps(field["keeps"], before, after)


def _is_all(pattern: str, text: str) -> bool:
    """Is all of the text what the pattern says? Linear in the text; a pattern that cannot be used matches nothing."""
    if len(text) > MOST_TEXT or isinstance(compiled(pattern), BadPattern):
        return False
    whole = compiled(f"^(?:{pattern})$")
    return not isinstance(whole, BadPattern) and whole.search(text)


def _keeps(parts: int, before: object, after: object) -> bool:
    """Do the leading parts of a version stay as they are? Both versions need to have that many."""
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    old, new = before.split("."), after.split(".")
    return len(old) >= parts and old[:parts] == new[:parts]


def _why(fields: Sequence[Mapping[str, Any]], place: Steps, before: object, after: object) -> str:
    """Which condition of the model a value does not meet, in words; nothing where no field is there at all."""
    for field in fields:
        pattern = steps_of(field["at"])
        if fits(pattern, place):
            old, new = (value_in(held, place[: len(pattern)]) for held in (before, after))
            shown = "nothing" if new is ABSENT else repr(new)[:60]
            for word in ("one_of", "minimum", "maximum", "pattern", "keeps"):
                if word in field and not _may_become({word: field[word]}, old, new):
                    came = f"{old[:60]!r} → " if word == "keeps" and isinstance(old, str) else ""
                    return f": {came}{shown} does not meet {word}: {field[word]}"
    return ""


def _too_much(proposal: Proposal, model: Record, change: Record, touched: Sequence[Touched]) -> Iterator[Verdict]:
    """More records, more changes or more failures than the model allows."""
    limits = model.data["spec"].get("limits", {})
    count = len({*(one.ref for one in touched), *listed(change.data)})
    if count > limits.get("records", count):
        says = f"the change is of {count} records, and model {model.name} allows {limits['records']}: split it"
        yield _denied(model, "/spec/limits/records", "OVER_LIMIT", says, records=count)
    budget = model.data["spec"]["failure_budget"]
    others = [one for one in beginnings.changes(proposal) if _is_of(proposal, one, model)]
    if "per_week" in limits:
        since = proposal.now - _WEEK
        recent = [
            one.name
            for one in others
            if (began := beginnings.counted_from(proposal, one)) is not None and began[0] > since
        ]
        recent += [one.name for one in beginnings.beginning(proposal) if _is_of(proposal, one, model)]
        recent = [name for name in dict.fromkeys(recent) if name != change.name]
        if len({*recent, change.name}) > limits["per_week"]:
            says = (
                f"{', '.join(recent)} followed model {model.name} since {said(since)}, "
                f"and it allows {limits['per_week']} in seven days, this one included: wait, or make it a normal change"
            )
            yield _denied(model, "/spec/limits/per_week", "TOO_OFTEN", says, recent=recent)
    since = proposal.now - timedelta(days=budget["within_days"])
    failed = [one.name for one in others if (when := beginnings.failed(proposal, one)) is not None and when > since]
    if len(failed) >= budget["failures"]:
        says = (
            f"{', '.join(failed)} of model {model.name} failed since {said(since)}: "
            f"with {budget['failures']} failures in {budget['within_days']} days it stops counting"
        )
        yield _denied(model, "/spec/failure_budget", "BUDGET_SPENT", says, failed=failed)


def _is_of(proposal: Proposal, change: Record, model: Record) -> bool:
    name = value_at(change.data, "/spec/model")
    return isinstance(name, str) and today(proposal.base, MODEL, name) == model.name


def _too_risky(proposal: Proposal, model: Record, change: Record) -> Iterator[Verdict]:
    """A risk above that of the model: as the change declares it, or as the matrix gives it.

    How much the services weigh was graded with the model, which says what records it is for.
    """
    settings = proposal.rulebook.settings
    declared = value_at(change.data, "/spec/risk")
    if not isinstance(declared, dict):
        return
    scale = tuple(settings.all.risk.scales.level) if "risk" in settings.data else _LEVELS
    most = model.data["spec"]["max_risk"]
    given = settings.risk_level(str(declared.get("likelihood")), str(declared.get("impact")))
    for level, whence in ((declared.get("level"), "as it declares"), (given, "by likelihood and impact")):
        if level not in scale or most not in scale:
            levels = ", ".join(scale)
            says = f"whether risk {level} is above {most} cannot be told: the levels of itsm.yaml are {levels}"
        elif scale.index(level) > scale.index(most):
            says = f"its risk is {level}, {whence}, and model {model.name} goes up to {most}"
        else:
            continue
        yield _denied(model, "/spec/max_risk", "TOO_RISKY", says, risk=level)


def _beyond(model: Record, one: Touched, pointer: str, says: str) -> Verdict:
    side = "merge" if one.line.after is not None else "base"
    about = About(one.path, pointer, side)  # type: ignore[arg-type]  # one of the two
    return verdict.deny("check", one.ref, "OUTSIDE_MODEL", says, about, model=model.name, pointer=pointer)


def _denied(model: Record, pointer: str, code: str, says: str, **details: Any) -> Verdict:
    return verdict.deny("check", "standard", code, says, About(model.path, pointer, "base"), **details)
