"""Phrases of explanations: what a value is called, how a pointer reads, how an example is written. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from itsmctl.kinds.pointers import steps_of

Written = Callable[[str], str | None]
"""The source text of the value at a pointer, or None where it is not known."""

_SHORT = 60
_LONGEST_FLOW = 80  # columns of YAML on one line of an example
_PLAIN = re.compile(r"[A-Za-zÀ-ž][^\x00-\x1f\x7f-\x9f:#,\[\]{}]*")
_PLAIN_LINE = re.compile(r"[A-Za-zÀ-ž](?:[^\x00-\x1f\x7f-\x9f:#]|:(?=[^ ])|(?<! )#)*")
_FIELD = re.compile(r"(?!true$|false$|null$)[a-z_]+")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class Fault(Struct, frozen=True):
    """One reason why data do not keep to their schema. `key`: the place is the key, not the value behind it."""

    pointer: str
    message: str
    hint: str
    key: bool
    rule: str


def said(value: object) -> str:
    """A value as a message quotes it: texts in single quotes, shortened; lists and mappings by name."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHORT else value[: _SHORT - 1] + "…"
        return f"'{cut}'"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return _scalar(value)


def called(value: object) -> str:
    """What sort of value it is, with the value where that is short: "the number 5", "a list"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {_scalar(value)}"
    return f"the text {said(value)}" if isinstance(value, str) else "empty" if value is None else said(value)


def name_of(pointer: str) -> str:
    """How the place is called: `state`, `emails[0]`, or `the record`."""
    steps = steps_of(pointer)
    if not steps:
        return "the record"
    at = len(steps) - 1
    while at > 0 and steps[at].isdecimal():
        at -= 1
    return _short(steps[at]) + "".join(f"[{index}]" for index in steps[at + 1 :])


def dotted(pointer: str) -> str:
    """The whole way to the place: `spec.items[0].set`."""
    steps = steps_of(pointer)
    text = "".join(f"[{step}]" if step.isdecimal() or step == "*" else f".{_short(step)}" for step in steps)
    return text.removeprefix(".")


def in_place(pointer: str) -> str:
    """` in spec.plan`, for the end of a sentence; nothing for the record as a whole."""
    return f" in {dotted(pointer)}" if pointer else ""


def yaml_line(value: Any, most: int = 90) -> str:
    """The value in one line of YAML, or an empty text where that would be longer than `most`."""
    try:
        text = _flow(value)
    except (TypeError, ValueError):
        return ""
    return text if len(text) <= most else ""


def yaml_block(name: str, value: Any, indent: str = "") -> list[str]:
    """`name: value` as lines of YAML to paste: what is short in one line; of several mappings the first alone."""
    key = f"{indent}{_key(name)}:"
    flat = yaml_line(value, _LONGEST_FLOW - len(key))
    if isinstance(value, Mapping) and value and not (indent and flat):
        return [key, *(line for inner, held in value.items() for line in yaml_block(inner, held, indent + "  "))]
    if isinstance(value, list) and not (flat and all(_is_word(item) for item in value)):
        items = value[:1] if all(isinstance(item, Mapping) for item in value) else value
        return [key, *(line for item in items for line in _dashed(item, indent + "  "))]
    return [f"{key} {_scalar_line(value)}" if isinstance(value, str) else f"{key} {_flow(value)}"]


def example_lines(pointer: str, value: Any) -> tuple[str, ...]:
    """The field at a pointer with a value as lines of YAML; none without a value, or inside of a list."""
    name = steps_of(pointer)[-1] if pointer else ""
    return tuple(yaml_block(name, value)) if name and not name.isdecimal() and value is not None else ()


def shown_below(prose: str, lines: Iterable[str]) -> str:
    """Advice that ends in an example: its lines stand below the prose, indented."""
    return "\n".join([prose, *(f"    {line}" for line in lines)])


def _dashed(item: Any, indent: str) -> list[str]:
    """One item of a list, behind its dash."""
    flat = yaml_line(item, _LONGEST_FLOW - len(indent) - 2)
    if not isinstance(item, Mapping) or flat:
        return [f"{indent}- {_scalar_line(item) if isinstance(item, str) else _flow(item)}"]
    lines = [line for inner, held in item.items() for line in yaml_block(inner, held, indent + "  ")]
    return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]


def _is_word(value: object) -> bool:
    return not isinstance(value, Mapping | list) and " " not in str(value)


def _scalar_line(text: str) -> str:
    """A text outside of brackets, where commas and brackets mean nothing."""
    plain = _PLAIN_LINE.fullmatch(text) and text.lower() not in _NOT_TEXT and text == text.strip()
    return text if plain else _flow(text)


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence, without it."""
    found = re.match(r"(.+?)[.](?:\s|$)", text, re.DOTALL)
    return (found[1] if found else text).strip()


def lowered(text: str) -> str:
    """With a small first letter, unless the first word is an abbreviation or a name in capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def raised(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    every = list(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {last} {every[-1]}" if every else ""


def printable(text: str) -> str:
    """Without half surrogate pairs, which no file and no terminal can take."""
    return text.encode("utf-8", "backslashreplace").decode()


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return (
            value
            if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT and value == value.strip()
            else _quoted(value)
        )
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    return _scalar(value)


def _key(name: object) -> str:
    return name if isinstance(name, str) and _FIELD.fullmatch(name) else _flow(name)


def _quoted(text: str) -> str:
    # dates and times mean the same with and without quotes here, and nobody writes them with quotes
    plain = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.+Z-]+)?|/[A-Za-z0-9_/-]+|[0-9]+[hm]([0-9]+[ms])*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _scalar(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _short(str(value))
    except ValueError:  # a number of thousands of digits
        return "a very long number"


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
