"""Values that do not fit: of the wrong type, not among the choices, too many or too few. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from itsmctl.kinds import fields, forms
from itsmctl.kinds.asked import Asked, line_of
from itsmctl.kinds.pointers import steps_of
from itsmctl.kinds.words import Fault, called, listed, name_of, raised, said, shown_below, yaml_line
from itsmctl.nearest import did_you_mean

_TRUE = frozenset({"yes", "on", "y", "true", "t", "1"})
_FALSE = frozenset({"no", "off", "n", "false", "f", "0"})
_WANTED = MappingProxyType(
    {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
        "null": "nothing",
    }
)
_MOST_LISTED = 15


def on_type(asked: Asked, pointer: str, value: object, wanted: Any) -> Fault:
    """A text where a list is wanted, a number where a text is wanted, nothing where something is."""
    types = [wanted] if isinstance(wanted, str) else list(wanted)
    if value is None:
        return on_nothing(asked, pointer)
    message = f"{name_of(pointer)} is {called(value)}, but {listed(_WANTED[kind] for kind in types)} is wanted"
    return Fault(pointer, message, _type_hint(asked, pointer, value, types), False, "schema-type")


def on_nothing(asked: Asked, pointer: str) -> Fault:
    """A key with nothing behind it."""
    example = asked.example(pointer)
    name = name_of(pointer)
    info = fields.info(asked.root, pointer, asked.references, {})
    advised = f"write for example: {line_of(name, example)}" if example else "write a value behind it"
    hint = raised(advised if info is not None and info.required else f"take the line away, or {advised}")
    hint = hint if example else _mapping_hint(asked, pointer) or hint
    return Fault(pointer, f"{name} is empty", hint, False, "schema-type")


def on_choice(asked: Asked, pointer: str, value: object, choices: list[Any]) -> Fault:
    """A value that is none of those that are allowed."""
    if value is None and None not in choices:
        return on_nothing(asked, pointer)
    words = [yaml_line(choice) or said(choice) for choice in choices]
    guess = raised(did_you_mean(value, words)) if isinstance(value, str) else ""
    shown = ", ".join(words) if len(words) <= _MOST_LISTED or not guess else ""
    hint = " ".join(part for part in (guess, f"Allowed: {shown}." if shown else "") if part)
    return Fault(pointer, f"{name_of(pointer)} cannot be {said(value)}", hint, False, "schema-value")


def on_constant(pointer: str, value: object, wanted: Any) -> Fault:
    """A value other than the only one there is."""
    name = name_of(pointer)
    hint = f"Write: {line_of(name if pointer else '', yaml_line(wanted))}"
    if value is None:
        return Fault(pointer, f"{name} is empty", hint, False, "schema-type")
    if pointer == "/apiVersion":
        message = f"this version of itsmctl does not read apiVersion {said(value)}"
    elif pointer == "/kind":
        message = f"kind is {said(value)}, but records of kind {wanted} are checked here"
    else:
        message = f"{name} is {said(value)}, but can only be {said(wanted)}"
    return Fault(pointer, message, hint, False, "schema-value")


def on_twice(pointer: str, value: object) -> Fault:
    """An item that a list holds already."""
    parent = name_of(pointer.rpartition("/")[0])
    return Fault(pointer, f"{parent} holds {said(value)} twice", "Take one of the two away.", False, "schema-value")


def on_limit(pointer: str, value: Any, keyword: str, limit: Any) -> Fault:
    """Too much or too little of something."""
    name = name_of(pointer)
    message, hint = _LIMITS[keyword](name, value, limit)
    return Fault(pointer, message, hint, False, "schema-value")


def is_limit(keyword: str) -> bool:
    """Is it a keyword that `on_limit` explains?"""
    return keyword in _LIMITS


def _items(count: int, word: str = "item") -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


_LIMITS: Mapping[str, Callable[[str, Any, Any], tuple[str, str]]] = MappingProxyType(
    {
        "minimum": lambda n, v, m: (f"{n} is {said(v)}, less than {m}", f"Write {m} or more."),
        "maximum": lambda n, v, m: (f"{n} is {said(v)}, more than {m}", f"Write {m} or less."),
        "exclusiveMinimum": lambda n, v, m: (f"{n} is {said(v)}, not more than {m}", f"Write more than {m}."),
        "exclusiveMaximum": lambda n, v, m: (f"{n} is {said(v)}, not less than {m}", f"Write less than {m}."),
        "multipleOf": lambda n, v, m: (f"{n} is {said(v)}, no multiple of {m}", f"Write a multiple of {m}."),
        "minLength": lambda n, v, m: (
            f"{n} has {_items(len(v), 'character')}, fewer than {m}",
            f"Write at least {_items(m, 'character')}.",
        ),
        "maxLength": lambda n, v, m: (f"{n} has {_items(len(v), 'character')}, more than {m}", "Make it shorter."),
        "minItems": lambda n, v, m: (
            f"{n} has {_items(len(v)) if v else 'no items'}, fewer than {m}",
            f"Write at least {_items(m)}, or take {n} away if it is not needed.",
        ),
        "maxItems": lambda n, v, m: (f"{n} has {_items(len(v))}, more than {m}", f"Leave at most {_items(m)}."),
        "minProperties": lambda n, v, m: (
            f"{n} has {_items(len(v), 'field') if v else 'no fields'}, fewer than {m}",
            f"Write at least {_items(m, 'field')}, or take {n} away if it is not needed.",
        ),
        "maxProperties": lambda n, v, m: (
            f"{n} has {_items(len(v), 'field')}, more than {m}",
            f"Leave at most {_items(m, 'field')}.",
        ),
    }
)


def _type_hint(asked: Asked, pointer: str, value: object, types: list[str]) -> str:
    name = name_of(pointer)
    key = steps_of(pointer)[-1] if pointer else ""
    for hint in _hints(asked, pointer, value, types, "" if key.isdecimal() or not pointer else f"{name}: "):
        return hint
    example = asked.example(pointer)
    if example and not key.isdecimal():
        return f"Write for example: {line_of(name, example)}"
    return _mapping_hint(asked, pointer) if "object" in types else ""


def _as_mapping(asked: Asked, pointer: str, value: object) -> str:
    """One item of a list of mappings in a line, with the text that stands in its place as the record it names.

    Nothing where the schema has no example of such an item, or the item is none.
    """
    example = fields.example(asked.root, pointer)
    if not isinstance(example, Mapping) or not isinstance(value, str):
        return ""
    parts = fields.find(asked.root, pointer)
    needed = fields.required(asked.root, parts)
    ordered = sorted(fields.keys(parts), key=lambda key: key not in needed)
    named = next((key for key in ordered if asked.reference(f"{pointer}/{key}") and key in example), "")
    shown = {key: held for key, held in example.items() if key in needed or key == named or not needed}
    rule = asked.reference(f"{pointer}/{named}") if named else None
    if rule is not None and re.fullmatch(r"[A-Za-z0-9._/-]{1,60}", value):
        kind = str(example[named]).rpartition("/")[0]
        bare = value.rpartition("/")[2]
        shown[named] = f"{kind}/{bare}" if rule.qualified and "/" not in value else value if rule.qualified else bare
    return yaml_line(shown)


def _mapping_hint(asked: Asked, pointer: str) -> str:
    """How a mapping is written: with its fields, or with those that it needs where there are many."""
    parts = fields.find(asked.root, pointer)
    known, needed = fields.keys(parts), fields.required(asked.root, parts)
    if not known:
        return ""
    shown = known if len(known) <= _MOST_LISTED else [key for key in known if key in needed]
    more = (
        "" if len(shown) == len(known) else f" and more (itsmctl explain {asked.kind})" if asked.kind else " and more"
    )
    return f"Its fields stand below it, each on a line of its own: {', '.join(shown)}{more}"


def _hints(asked: Asked, pointer: str, value: object, types: list[str], before: str) -> Iterator[str]:
    """The first that comes is the best: what was written, in the type that is wanted."""
    source = asked.source(pointer)
    if "string" in types and isinstance(value, bool | int | float) and _could_be(asked, pointer, source):
        if source is not None:
            yield f'Put quotes around it: {before}"{source}"'
        yield f'Put quotes around it, exactly as it is meant: {before}"…"'
    if "boolean" in types and isinstance(value, str | int):
        word = str(value).strip().lower()
        if value in ("true", "false"):
            yield f"Write it without quotes: {before}{value}"
        if word in _TRUE | _FALSE:
            yield f"Only true and false are truth values in YAML 1.2: {before}{'true' if word in _TRUE else 'false'}"
    if {"integer", "number"} & set(types) and isinstance(value, str) and _is_number(value, types):
        yield f"Write it without quotes: {before}{value}"
    if isinstance(value, str) and (line := _as_mapping(asked, pointer if "object" in types else f"{pointer}/0", value)):
        above = name_of(re.sub(r"(/[0-9]+)+$", "", pointer))
        yield shown_below(f"Write each item behind a dash below {above}:", [f"- {line}"])
    if "array" in types and isinstance(value, str) and re.match(r"-[^\s\d-]", value):
        yield "Put a space behind the dash, and each item on a line of its own."
    if "array" in types and not isinstance(value, list):
        line = yaml_line(value)
        if line and isinstance(value, Mapping):
            yield "Put a dash in front of it: it is one item of a list."
        several = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
        if len(several) > 1 and all(re.fullmatch(r"[A-Za-z0-9._/-]+", part) for part in several):
            yield f"Put them in brackets, or each behind a dash on a line of its own: {before}[{', '.join(several)}]"
        elif line:
            yield f"Put it in brackets, or behind a dash on a line of its own: {before}[{line}]"
    if "string" in types and isinstance(value, Mapping) and (text := _with_colon(value)):
        yield f"A colon with a space behind it makes a key. Put quotes around the text: {before or '- '}{text}"
    if isinstance(value, list) and "object" in types and not fields.keys(fields.find(asked.root, pointer)):
        example = asked.example(pointer)
        yield f"Write keys with values in place of a list: {before}{example or '{key: value}'}"
    if isinstance(value, list) and "array" not in types and len(value) == 1:
        line = yaml_line(value[0])
        if line:
            yield f"There is only one here, without dash and brackets: {before}{line}"


def _could_be(asked: Asked, pointer: str, source: str | None) -> bool:
    """Could what was written stand there as a text? Not where a pattern says otherwise."""
    patterns = [part["pattern"] for part in fields.find(asked.root, pointer) if "pattern" in part]
    return source is None or all(forms.matches(pattern, source) for pattern in patterns)


def _with_colon(value: Mapping[str, object]) -> str:
    """The text that YAML took for a mapping with one key, in quotes; nothing where it was something else."""
    (key, held), *others = [*value.items(), ("", None)][: len(value) or 1]
    plain = isinstance(held, str | int | float) and not isinstance(held, bool)
    return json.dumps(f"{key}: {held}", ensure_ascii=False) if plain and not others and value else ""


def _is_number(text: str, types: list[str]) -> bool:
    form = r"-?[0-9]+(\.[0-9]+)?" if "number" in types else r"-?[0-9]+"
    return re.fullmatch(form, text, re.ASCII) is not None and len(text) < 30
