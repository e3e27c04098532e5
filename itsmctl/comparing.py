"""What differs between two versions of a record, field by field. Data in, values out; reads nothing.

Order of keys, comments and quotes say nothing, so they differ in nothing. Items of lists are told apart by their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from itsmctl.records import ITEM_KEYS, same


class Absent(Enum):
    """Stands for a value that is not written, as opposed to null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class FieldEdit(Struct, frozen=True):
    """One field that differs: `spec.state`, `spec.relations[target=vm-17].redundancy`, `spec.implementers[mari]`.

    `before` and `after` are plain data, or ABSENT. A list with the same items in another order is one edit, of the
    whole list, with `is_order`.
    """

    field: str
    before: Any
    after: Any
    is_order: bool = False


def altered(before: object, after: object, at: str = "") -> Iterator[FieldEdit]:
    """Every field that differs, in the order of the later version; what is gone comes where it was."""
    if before is not ABSENT and after is not ABSENT and same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in _keys(list(before), list(after)):
            yield from altered(before.get(key, ABSENT), after.get(key, ABSENT), _below(at, key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(before, after, at)
    else:
        yield FieldEdit(at, before, after)


def _keys(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """All of them once: in the order of `after`, with those that are gone behind the one that they followed."""
    keys = list(after)
    for place, key in enumerate(before):
        if key not in keys:
            keys.insert(keys.index(before[place - 1]) + 1 if place else 0, key)
    return keys


def _below(at: str, key: str) -> str:
    if not _SIMPLE.fullmatch(key):
        return f"{at}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{at}.{key}" if at else key


def _items(before: list[Any], after: list[Any], at: str) -> Iterator[FieldEdit]:
    naming = _naming(before, after)
    if naming:
        old, new = ({item[naming]: item for item in items} for items in (before, after))
        for name in _keys(list(old), list(new)):
            yield from altered(old.get(name, ABSENT), new.get(name, ABSENT), f"{at}[{naming}={name}]")
        is_moved = [name for name in old if name in new] != [name for name in new if name in old]
    else:
        known = [_text(item) for item in before], [_text(item) for item in after]
        is_moved = known[0] != known[1] and sorted(known[0]) == sorted(known[1])
        if not is_moved:
            yield from _by_place(before, after, known, at)
    if is_moved:
        yield FieldEdit(at, before, after, is_order=True)


def _naming(before: list[Any], after: list[Any]) -> str:
    """The first field that names every item of both lists, and no two of one list alike; empty where there is none."""
    items = [*before, *after]
    if not items or not all(isinstance(item, dict) for item in items):
        return ""
    for key in ITEM_KEYS:
        names = [[item.get(key) for item in held] for held in (before, after)]
        if all(isinstance(name, str) for held in names for name in held) and all(
            len(set(held)) == len(held) for held in names
        ):
            return key
    return ""


def _by_place(before: list[Any], after: list[Any], known: tuple[list[str], list[str]], at: str) -> Iterator[FieldEdit]:
    for tag, start, end, first, last in SequenceMatcher(None, *known, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        paired = min(end - start, last - first)
        for offset in range(max(end - start, last - first)):
            old = before[start + offset] if start + offset < end else ABSENT
            new = after[first + offset] if first + offset < last else ABSENT
            if offset < paired and isinstance(old, dict | list) and isinstance(new, dict | list):
                yield from altered(old, new, f"{at}[{first + offset}]")
            else:
                yield FieldEdit(f"{at}[]", old, new)


def _text(item: object) -> str:
    return json.dumps(item, sort_keys=True, ensure_ascii=False)
