"""JSON, strictly and with places: no key twice, no NaN, nothing nested too deeply. Standard library only."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from itsmctl.escape import cut, visible

DEEPEST = 200
"""Levels of lists and mappings inside each other."""

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


def parse(text: str) -> Any:
    """The data. Raises ValueError that begins with `line N, column N: `, and never anything else."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError
        return made

    def refuse(_: str) -> NoReturn:
        raise ValueError

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: it is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise ValueError(_fault(text)) from None
    if _is_deep(data):
        raise ValueError(_fault(text))
    return data


def _is_deep(data: object) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner += [value for value in one.values() if isinstance(value, dict | list)]
            elif isinstance(one, list):
                inner += [value for value in one if isinstance(value, dict | list)]
        if not inner:
            return False
        level = inner
    return True


def _fault(text: str) -> str:
    """The first thing that is refused though readers of JSON often take it, with its place."""
    keys: list[set[str] | None] = []  # of each mapping around, None for a list
    before = ""
    for match in _WORD.finditer(text):
        word = match[0]
        if word in "{[":
            keys.append(set() if word == "{" else None)
            if len(keys) > DEEPEST:
                return _at(text, match, f"lists and mappings stand more than {DEEPEST} levels deep")
        elif word in "}]":
            if keys:
                keys.pop()
        elif word[0] == '"' and before in ("{", ",") and keys and keys[-1] is not None:
            key = word if "\\" not in word else json.dumps(json.loads(word, strict=False))
            if key in keys[-1]:
                return _at(text, match, f"the key {cut(visible(word), 60)} stands there twice")
            keys[-1].add(key)
        elif word in ("NaN", "Infinity", "-Infinity"):
            return _at(text, match, f"{word} is no number")
        elif len(word) > _LONGEST and word.lstrip("-").isdigit():
            return _at(text, match, f"a number of {len(word)} digits is not read")
        before = word
    return "line 1, column 1: it is nested too deeply, or holds a value that is not read"


_LONGEST = 1000  # digits; the standard library refuses 4,300 and more


def _at(text: str, match: re.Match[str], says: str) -> str:
    line = text.count("\n", 0, match.start()) + 1
    return f"line {line}, column {match.start() - text.rfind(chr(10), 0, match.start())}: {says}"
