"""Values of plain data by JSON pointer (RFC 6901), and what names them over edits. Pure."""

from __future__ import annotations

import json
from typing import Any

from itsmctl.kinds import steps_of
from itsmctl.kinds.pointers import escaped


def matches(data: object, pattern: tuple[str, ...]) -> list[tuple[str, object]]:
    """Every (pointer, value) below `data` that the pattern names; `*` stands for each item or each key."""
    level: list[tuple[str, object]] = [("", data)]
    for step in pattern:
        following: list[tuple[str, object]] = []
        for pointer, value in level:
            if step == "*":
                if isinstance(value, list):
                    following.extend((f"{pointer}/{i}", item) for i, item in enumerate(value))
                elif isinstance(value, dict):
                    following.extend((f"{pointer}/{escaped(key)}", item) for key, item in value.items())
            elif isinstance(value, dict) and step in value:
                following.append((f"{pointer}/{step}", value[step]))
        if not following:
            return []
        level = following
    return level


def value_at(data: object, pointer: str) -> Any:
    """The value at a JSON pointer, or None where nothing is written."""
    for step in steps_of(pointer):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list):
            data = data[int(step)] if step.isdecimal() and int(step) < len(data) else None
        else:
            return None
    return data


def same(one: object, other: object) -> bool:
    """Do both hold the same data? Key order does not matter; `true` is not 1, and 1 is not 1.0."""
    if one is other:
        return True
    if one != other:
        return False
    # Python calls True, 1 and 1.0 equal, so equality alone would miss an edit from one to the other
    return repr(one) == repr(other) or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


ITEM_KEYS = ("name", "id", "item", "person", "role", "metric", "type", "target", "to", "on", "stage", "email")
"""What names an item of a list, the most telling first."""


def identify(data: object, pointer: str) -> tuple[str, str]:
    """(semantic path, value) of a pointer: list items are named by their keys, so reordering changes nothing."""
    steps: list[str] = []
    for step in pointer.split("/")[1:]:
        if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
            steps.append(_item_name(data, step))
        else:
            data = data.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(data, dict) else None
            steps.append(step)
    return "/".join(steps), "" if isinstance(data, dict | list) else repr(data)


def _item_name(item: object, position: str) -> str:
    """How a list item is called over edits: by its naming fields, by itself if it is a scalar, else by position."""
    if isinstance(item, dict):
        named = [f"{key}={item[key]}" for key in ITEM_KEYS if isinstance(item.get(key), str)]
        return f"[{','.join(named)}]" if named else position
    return position if isinstance(item, list) else f"[{item}]"
