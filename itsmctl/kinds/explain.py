"""Why data do not keep to a schema: every error of `jsonschema`, in words that let a person mend it.

Loaded only when something fails. Where `jsonschema` sees nothing, jsonschema-rs is asked: no fault is ever lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from itsmctl.kinds import clocks, fields, forms, misfits, misplaced, slow, texts
from itsmctl.kinds.asked import Asked
from itsmctl.kinds.pointers import escaped, pointer_of, steps_of
from itsmctl.kinds.words import (
    Fault,
    Written,
    dotted,
    first_sentence,
    in_place,
    listed,
    lowered,
    printable,
    raised,
    said,
    shown_below,
)
from itsmctl.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from itsmctl.kinds.check import Checker

_MOST_LISTED = 12
_MOST_COMPARED = 200  # keys of a mapping that a missing one is looked for among


def faults(checker: Checker, data: object, written: Written | None, most: int) -> tuple[Fault, ...]:
    """Every fault of data that do not conform, each place once, at most `most`; at least one."""
    asked = Asked(checker.schema, checker.kind, checker.references, written)
    found: dict[tuple[str, bool], Fault] = {}
    # a number of more than 4300 digits cannot be written into the messages that `jsonschema` makes
    with suppress(ValueError):
        for error in islice(slow.reader(checker.schema)(data), most * 2):
            for fault in _explain(asked, error, ""):
                found.setdefault((fault.pointer, fault.key), fault)
    listed_faults = list(found.values()) or [
        Fault(pointer, f"it does not keep to the schema: {message[:200]}", "", False, "schema-other")
        for pointer, message in checker.complaints(data)
    ]
    listed_faults = misplaced.told_once(asked, data, listed_faults)
    if len(listed_faults) > most:
        message = f"there are more than the {most - 1} faults listed"
        more = Fault("", message, "Mend these first.", False, "schema-other")
        listed_faults[most - 1 :] = [more]
    return tuple(replace(f, message=printable(f.message), hint=printable(f.hint)) for f in listed_faults)


def _explain(asked: Asked, error: ValidationError, base: str) -> Iterator[Fault]:
    """The faults behind one error. `base`: the pointer of what the error's path begins at."""
    keyword = str(error.validator or "")
    pointer = base + pointer_of(error.path)
    value: Any = error.instance
    limit: Any = error.validator_value
    structural = _STRUCTURAL.get(keyword)
    if structural is not None:
        yield from structural(asked, error, pointer)
    elif keyword == "type":
        yield misfits.on_type(asked, pointer, value, limit)
    elif keyword == "enum":
        yield misfits.on_choice(asked, pointer, value, list(limit))
    elif keyword == "const":
        yield misfits.on_constant(pointer, value, limit)
    elif keyword in ("pattern", "format"):
        yield texts.on_form(asked, pointer, value, error.schema if isinstance(error.schema, Mapping) else {})
    elif keyword == "not":
        yield texts.on_forbidden(pointer, value, limit)
    elif keyword == "uniqueItems":
        yield misfits.on_twice(pointer, value)
    elif misfits.is_limit(keyword):
        yield misfits.on_limit(pointer, value, keyword, limit)
    else:
        where = dotted(pointer) or "the record"
        message = f"{where} does not keep to {keyword}" if keyword else f"nothing can stand at {where}"
        hint = raised(first_sentence(fields.describe(asked.root, pointer)))
        yield Fault(pointer, message, hint, False, "schema-other")


def _unknown(asked: Asked, error: ValidationError, pointer: str) -> Iterator[Fault]:
    """A key that nobody declared: misspelt, in the wrong place, or made up."""
    key = str(error.path[-1])
    parent = pointer.rpartition("/")[0]
    parts = fields.find(asked.root, parent)
    allowed = fields.keys(parts)
    taken = error.instance if isinstance(error.instance, Mapping) else {}
    hint = _meant(asked, parent, parts, key, taken)
    if len(allowed) <= _MOST_LISTED:
        where = f" of {dotted(parent)}" if parent else ""
        fields_there = f"Fields{where}: {', '.join(allowed)}." if allowed else f"There are no fields{where}."
        hint = f"{hint} {fields_there}".strip()
    elif not hint and asked.kind:
        hint = f"All fields: itsmctl explain {asked.kind}"
    yield Fault(pointer, f"unknown field {said(key)}{in_place(parent)}", hint, True, "schema-unknown-field")


def _meant(asked: Asked, parent: str, parts: Sequence[Mapping[str, Any]], key: str, taken: Mapping[str, object]) -> str:
    """What an unknown key was probably meant to be, as advice; or nothing."""
    allowed = fields.keys(parts)
    also = _also_called(parts, key)
    if also:
        return f"That is called {also} here." if also not in taken else f"There is {also} already: keep that one."
    other = _belongs(asked, parent, key)
    if other:
        return other
    guess = did_you_mean(key, [name for name in allowed if name not in taken])
    if guess:
        return raised(guess)
    there = nearest(key, allowed, most=1)
    return f"There is {there[0]} already: keep that one." if there else ""


def _also_called(parts: Sequence[Mapping[str, Any]], key: str) -> str:
    """The field that people also give this name, as the schema's `x-itsm-also` has it."""
    folded = key.casefold().replace("-", "_")
    for part in parts:
        for name, field in part.get("properties", {}).items():
            if isinstance(field, Mapping) and folded in field.get("x-itsm-also", ()):
                return str(name)
    return ""


def _belongs(asked: Asked, parent: str, key: str) -> str:
    """Advice where a field of just this name stands one level up or down, or in metadata or spec."""
    steps = steps_of(parent)
    above = [pointer_of(steps[:depth]) for depth in range(len(steps))]
    places = [*reversed(above), "/metadata", "/spec"]
    places += [f"{parent}/{escaped(name)}" for name in fields.keys(fields.find(asked.root, parent))]
    for place in dict.fromkeys(places):
        for suffix, words in (("", ""), ("/*", "each item of ")) if place != parent else ():
            parts = fields.find(asked.root, place + suffix)
            name = next((name for name in fields.keys(parts) if _folded(name) == _folded(key)), "")
            where = f"{words}{dotted(place)}" if place else "the top level of the record"
            if name:
                return f"{name} belongs in {where}: move it there."
            if not parent and (also := _also_called(parts, key)):
                return f"That is {dotted(f'{place}/{also}')} here."
    return ""


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _missing(asked: Asked, error: ValidationError, pointer: str) -> Iterator[Fault]:
    """A key that has to be there, unless it is there under a misspelt name, which is told already."""
    parent, _, _ = pointer.rpartition("/")
    name = str(error.path[-1])
    if _is_misspelt(asked, parent, name, error.instance):
        return
    says = first_sentence(fields.describe(asked.root, pointer))
    if _is_zone(asked, pointer) and (fault := _without_zone(asked, error.instance, pointer)) is not None:
        yield fault
        return
    cause = f", as {said(error.message)} is given" if error.validator == "dependentRequired" else ""
    message = f"{name} is missing{in_place(parent)}{cause}" + (f": {lowered(says)}" if says else "")
    example = asked.example(pointer)
    choices = next((part["enum"] for part in fields.find(asked.root, pointer) if "enum" in part), None)
    hint = f"Write for example: {name}: {example}" if example else ""
    if choices:
        hint = f"Write {name}: with one of {', '.join(map(str, choices))}"
    elif pointer == "/apiVersion":
        hint = f"Write as the first line: apiVersion: {example}"
    elif (block := asked.example_lines(pointer)) and len(block) > 1:
        hint = shown_below("Write for example:", block)
    elif not example and asked.kind:
        hint = f"What stands in it: itsmctl explain {asked.kind}"
    yield Fault(pointer, message, hint, True, "schema-missing-field")


def _is_zone(asked: Asked, pointer: str) -> bool:
    return any(part.get("format") == "time-zone" for part in fields.find(asked.root, pointer))


def _without_zone(asked: Asked, there: object, pointer: str) -> Fault | None:
    """A zone is missing because a time beside it is a local one: an offset behind that would do as well."""
    parent = pointer.rpartition("/")[0]
    for key, text in there.items() if isinstance(there, Mapping) else ():
        if isinstance(text, str) and forms.is_moment(text) and not forms.is_instant(text):
            zone = asked.example(pointer) or "Europe/Tallinn"
            found = clocks.without_zone(f"{parent}/{escaped(key)}", text, pointer, zone)
            return replace(found, pointer=pointer, key=True, rule="schema-missing-field")
    return None


def _is_misspelt(asked: Asked, parent: str, name: str, there: object) -> bool:
    """Is one of the keys that nobody knows the missing one, by all appearances?"""
    parts = fields.find(asked.root, parent)
    allowed = fields.keys(parts)
    if not isinstance(there, Mapping) or not allowed or len(there) > _MOST_COMPARED:
        return False
    free = [key for key in allowed if key not in there]
    unknown = [key for key in there if isinstance(key, str) and key not in allowed]
    closed = any(part.get("additionalProperties") is False for part in parts)
    return closed and any(_also_called(parts, key) == name or nearest(key, free, most=1) == (name,) for key in unknown)


def _misspelt(_asked: Asked, error: ValidationError, pointer: str) -> Iterator[Fault]:
    """A key of an open mapping whose own form is wrong."""
    inner = next(iter(error.context or ()), error)
    part = inner.schema if isinstance(inner.schema, Mapping) else {}
    yield texts.on_key(pointer, str(error.path[-1]), part)


def _branches(asked: Asked, error: ValidationError, pointer: str) -> Iterator[Fault]:
    """None of several forms fits: explain the one that comes nearest."""
    grouped: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        grouped.setdefault(int(inner.schema_path[0]), []).append(inner)
    if not grouped:
        yield _too_many(error, pointer)
        return
    if all(e.validator == "required" and len(e.path) == 1 for group in grouped.values() for e in group):
        names = list(dict.fromkeys(str(group[0].path[0]) for group in grouped.values()))
        hint = f"Write one of: {', '.join(names)}."
        yield Fault(pointer, f"{listed(names)} is missing{in_place(pointer)}", hint, False, "schema-missing-field")
        return
    for inner in min(grouped.values(), key=_distance):
        yield from _explain(asked, inner, pointer)


def _distance(errors: list[ValidationError]) -> tuple[int, int]:
    """How far a form is from fitting: one that fails as a whole is farther than one that fails further down."""
    whole = any(error.validator in ("type", "enum", "const") and not error.path for error in errors)
    return (1 if whole else 0, len(errors))


def _too_many(error: ValidationError, pointer: str) -> Fault:
    """More than one form of `oneOf` fits."""
    forms: Any = error.validator_value
    names = [key for part in forms if isinstance(part, Mapping) for key in part.get("required", ())]
    if names:
        message = f"only one of {listed(dict.fromkeys(names), 'and')} can stand{in_place(pointer)}"
        return Fault(pointer, message, "Take the others away.", False, "schema-value")
    message = f"{dotted(pointer) or 'the record'} can be read in more than one way"
    return Fault(pointer, message, "", False, "schema-other")


_STRUCTURAL: Mapping[str, Callable[[Asked, ValidationError, str], Iterator[Fault]]] = MappingProxyType(
    {
        "additionalProperties": _unknown,
        "required": _missing,
        "dependentRequired": _missing,
        "propertyNames": _misspelt,
        "anyOf": _branches,
        "oneOf": _branches,
    }
)
