"""Lists and mappings in brackets that stand on one line: `[a, b]`, `{a: 1, b: "x"}`. Part of the way line by line.

Takes only what every reader of YAML takes alike; for the rest it raises NotSimple, and libyaml reads the file.
"""

from __future__ import annotations

import re

from itsmctl.yamltext.sharing import KEYS, PLAIN, QUOTED

_DEEPEST = 8  # brackets that stand in each other; more are rare


class NotSimple(Exception):
    """For a parser to read: it may well be good YAML."""


KEY = r"[A-Za-z_/](?:[A-Za-z0-9_./ -]{0,62}[A-Za-z0-9_./-])?"
"""A key, maybe of several words, that is one wherever it stands. What is no text, such as `true`, KEYS refuses."""

TEXT = r"\"([^\"\\\t\r\n]*)\"|'([^'\t\r\n]*)'"
"""A text in quotes, on one line and without escapes, as two groups."""

FIRST = r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[0-9]))"
"""What an unquoted scalar may begin with: no indicator, but for the minus of a number."""

# a colon within a scalar, as in https://, only where no reader takes it for the end of a key
_PLAIN = FIRST + r"(?:[^,\[\]{}#:?\t\r\n]|:(?=[A-Za-z0-9/]))*"
_ITEM = re.compile(rf" *(?:({KEY}): +)?(?:{TEXT}|({_PLAIN})|([\[{{])) *")
_NOTHING = re.compile(r" *[\]}]")
_END = {"[": "]", "{": "}"}


# the same scalars, written in the usual way: one space behind each comma, and nothing within that looks like an end
_USUAL = FIRST + r"[^,\[\]{}#:?\t\r\n]*(?::(?=[A-Za-z0-9/])[^,\[\]{}#:?\t\r\n]*)*(?<! )"
_QUOTED = r"\"[^\"\\,:\t\r\n]*(?::(?! )[^\"\\,:\t\r\n]*)*\""
_MAPPING = re.compile(rf"{{{KEY}: (?:{_USUAL}|{_QUOTED})(?:, {KEY}: (?:{_USUAL}|{_QUOTED}))*}}")
_LIST = re.compile(rf"\[{_USUAL}(?:, {_USUAL})*\]")


def flow(text: str) -> dict[str, object] | list[object]:
    """The list or mapping that is all of `text`. Raises NotSimple, or as the memos of `sharing` do."""
    value, end = _collection(text, 0, 1)
    if end != len(text):
        raise NotSimple
    return value


def usual_flow(text: str) -> dict[str, object] | list[object] | None:
    """As `flow`, for scalars written in the usual way, as most are; None for the rest."""
    if _MAPPING.fullmatch(text):
        pairs = [part.partition(": ") for part in text[1:-1].split(", ")]
        usual = {KEYS[key]: PLAIN[value] if value[0] != '"' else QUOTED[value[1:-1]] for key, _, value in pairs}
        if len(usual) < len(pairs):
            raise NotSimple
        return usual
    return [PLAIN[part] for part in text[1:-1].split(", ")] if _LIST.fullmatch(text) else None


def _collection(text: str, start: int, depth: int) -> tuple[dict[str, object] | list[object], int]:
    """The collection whose bracket stands at `start`, and where the text behind its last bracket begins."""
    end = _END[text[start]]
    mapping: dict[str, object] | None = {} if end == "}" else None
    items: list[object] = []
    empty = _NOTHING.match(text, start + 1)
    at = empty.end() - 1 if empty else start
    while at == start or text[at] == ",":
        item = _ITEM.match(text, at + 1)
        if item is None or (item[1] is None) is not (mapping is None):
            raise NotSimple
        value, at = _value(item, depth)
        if at >= len(text):
            raise NotSimple
        if mapping is None:
            items.append(value)
        elif (key := KEYS[item[1]]) in mapping:
            raise NotSimple
        else:
            mapping[key] = value
    if text[at] != end:
        raise NotSimple
    return (items if mapping is None else mapping), at + 1


def _value(item: re.Match[str], depth: int) -> tuple[object, int]:
    """The value of an item, and where the text behind it begins."""
    _, double, single, plain, bracket = item.groups()
    if plain is not None:
        return PLAIN[plain.rstrip(" ")], item.end()
    if bracket is None:
        return QUOTED[double if single is None else single], item.end()
    if depth == _DEEPEST:
        raise NotSimple
    value, end = _collection(item.string, item.start(5), depth + 1)
    while item.string[end : end + 1] == " ":
        end += 1
    return value, end


def fresh(value: object) -> object:
    """The same data in lists and mappings of their own, so that no two places share one that might be changed."""
    if type(value) is dict:
        return {key: inner if type(inner) is str else fresh(inner) for key, inner in value.items()}
    return [inner if type(inner) is str else fresh(inner) for inner in value] if type(value) is list else value
