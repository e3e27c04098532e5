"""Texts in the wrong form: dates, times, names, references, keys. Says what is wanted and what was meant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from itsmctl.kinds import advice, fields, forms
from itsmctl.kinds.asked import Asked, line_of
from itsmctl.kinds.words import Fault, first_sentence, listed, name_of, raised, said, yaml_line
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.kinds.annotation import ReferenceRule


def on_form(asked: Asked, pointer: str, value: object, part: Mapping[str, Any]) -> Fault:
    """A text in the wrong form: a date, a name, a reference. `part` is the subschema that it misses."""
    name = name_of(pointer)
    text = str(value)
    rule = asked.reference(pointer)
    if not text.strip():
        example = asked.example(pointer)
        hint = f"Write for example: {line_of(name, example)}" if example else "Write a value, or take the field away."
        return Fault(pointer, f"{name} is empty", hint, False, "schema-format")
    if rule is not None:
        wanted, hint = _about_reference(asked, pointer, text, rule)
    else:
        plain = _FORMS.get(str(part.get("format"))) or f"of the form {part.get('pattern')}"
        wanted = str(part.get("x-itsm-hint") or plain)
        hint = _form_hint(asked, pointer, text, part)
    return Fault(pointer, f"{name}: {said(text)} is not {wanted}", hint, False, "schema-format")


def on_forbidden(pointer: str, value: object, part: object) -> Fault:
    """A value that `not` rules out; the annotation beside it says what is wrong with it."""
    says = part.get("x-itsm-hint") if isinstance(part, Mapping) else None
    message = f"{name_of(pointer)}: {said(value)} is {says}" if says else f"{name_of(pointer)} cannot be {said(value)}"
    return Fault(pointer, message, "Choose another one.", False, "schema-format")


def on_key(pointer: str, key: str, part: Mapping[str, Any]) -> Fault:
    """A key of an open mapping that is written in the wrong form."""
    wanted = part.get("x-itsm-hint") or f"of the form {part.get('pattern')}"
    meant = advice.mended(key, lambda meant: _keeps_to(part, meant))
    hint = f"Write: {meant}" if meant else ""
    return Fault(pointer, f"the key {said(key)} is not {wanted}", hint, True, "schema-format")


def _about_reference(asked: Asked, pointer: str, text: str, rule: ReferenceRule) -> tuple[str, str]:
    """(what is wanted, what to do) for a text that should name a record."""
    wanted = fields.reference_words(rule)
    kind, slash, name = text.partition("/")
    if not rule.qualified:
        if slash and kind in rule.to:
            return f"{wanted} alone", f"Write only the name: {name}"
        return wanted, _mended(asked, pointer, text, "")
    if not slash and len(text) <= 60:
        parts = fields.find(asked.root, pointer)
        fits = all(_keeps_to(part, f"{rule.to[0]}/{text}") for part in parts)
        if fits and len(rule.to) <= 4:
            return wanted, f"Put the kind in front: {listed(f'{kind}/{text}' for kind in rule.to)}"
        example = asked.example(pointer) or f"{rule.to[0]}/{text}"
        return wanted, f"Put the kind in front{'' if fits else ' of a name'}, as in {example}"
    return wanted, raised(did_you_mean(kind, rule.to))


def _mended(asked: Asked, pointer: str, text: str, name: str) -> str:
    """The text with its slip corrected, if that is all that is wrong with it."""
    parts = fields.find(asked.root, pointer)
    meant = advice.mended(text, lambda meant: all(_keeps_to(part, meant) for part in parts))
    return f"Write: {line_of(name, yaml_line(meant))}" if meant else ""


def _keeps_to(part: Mapping[str, Any], text: str) -> bool:
    """Does a text keep to what this subschema alone says of its form?"""
    if "pattern" in part and not forms.matches(part["pattern"], text):
        return False
    ruled_out = part.get("not")
    if isinstance(ruled_out, Mapping) and "pattern" in ruled_out and forms.matches(ruled_out["pattern"], text):
        return False
    return bool(len(text) <= part.get("maxLength", len(text)))


_FORMS = MappingProxyType(
    {
        "date": "a date like 2026-11-22",
        "date-time": "an instant like 2026-11-22T08:00:00+02:00",
        "moment": "an instant, or a local time like 2026-11-22T22:00",
        "time-zone": "a time zone like Europe/Tallinn",
        "regex": "a regular expression without look-around and back references",
    }
)
_ADVICE: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "date": advice.on_date,
        "date-time": advice.on_instant,
        "moment": advice.on_moment,
        "time-zone": advice.on_zone,
        "regex": advice.on_pattern,
    }
)


def _form_hint(asked: Asked, pointer: str, text: str, part: Mapping[str, Any]) -> str:
    advise = _ADVICE.get(str(part.get("format")))
    if advise is not None:
        return advise(text[:200])
    mended = _mended(asked, pointer, text, name_of(pointer))
    if mended:
        return mended
    example = asked.example(pointer)
    if example:
        return f"Write for example: {line_of(name_of(pointer), example)}"
    return first_sentence(fields.describe(asked.root, pointer))
