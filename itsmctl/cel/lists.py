"""Functions on lists: cel-go's lists extension as far as it needs no macro."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any, Final

from .operations import Meter, charge, charge_size, compare, equal, in_int
from .problems import EvaluationError
from .values import NOTHING, Optional, Uint, kind, shown_kind

_LONGEST: Final = 1_000_000


def _list(name: str, value: object) -> list[Any] | tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return value
    raise EvaluationError(f"no such overload: {name}() works on a list, not on {shown_kind(value)}")


def _whole(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, (bool, Uint)):
        return in_int(value, "the number")
    raise EvaluationError(f"no such overload: {name}() takes an int here, not {shown_kind(value)}")


def cut(meter: Meter, value: object, start: object, end: object) -> list[object]:
    """The elements from position `start` to before `end`."""
    items = _list("slice", value)
    first, last = _whole("slice", start), _whole("slice", end)
    if not 0 <= first <= last <= len(items):
        raise EvaluationError(f"index out of range: {first} to {last} in a list of {len(items)}")
    charge_size(meter, last - first)
    return list(items[first:last])


def distinct(meter: Meter, value: object) -> list[object]:
    """The elements without repetitions, in the order of their first appearance."""
    found: list[object] = []
    words: set[str] = set()
    for item in _list("distinct", value):
        if type(item) is str:
            if item not in words:
                words.add(item)
                found.append(item)
            continue
        charge(meter, len(found) // 8)
        if not any(equal(item, earlier, meter) for earlier in found):
            found.append(item)
    return found


def sort(meter: Meter, value: object) -> list[object]:
    """The elements in order: all of one kind that has an order."""
    items = _list("sort", value)
    charge(meter, len(items))
    return [items[at] for at in positions(items)]


def positions(keys: Sequence[Any]) -> list[int]:
    """The positions of the keys, in the order of the keys. Raises EvaluationError if they are not all of one kind."""
    for key in keys:
        if kind(key) != kind(keys[0]):
            raise EvaluationError(f"no order among different kinds: {shown_kind(keys[0])} and {shown_kind(key)}")

    def order(one: int, other: int) -> int:
        return -1 if compare("<", keys[one], keys[other]) else int(compare("<", keys[other], keys[one]))

    if len(keys) == 1:
        order(0, 0)
    return sorted(range(len(keys)), key=cmp_to_key(order))


def flatten(meter: Meter, value: object, depth: object = 1) -> list[object]:
    """Lists inside of the list opened up, `depth` levels deep."""
    levels = _whole("flatten", depth)
    if levels < 0:
        raise EvaluationError("flatten() takes a depth of 0 or more")
    flat: list[object] = list(_list("flatten", value))
    for _ in range(levels):
        if not any(isinstance(item, (list, tuple)) for item in flat):
            break
        opened: list[object] = []
        for item in flat:
            opened.extend(item if isinstance(item, (list, tuple)) else (item,))
            charge_size(meter, len(opened) if len(opened) > _LONGEST else 0)
        charge_size(meter, len(opened))
        flat = opened
    return flat


def first(meter: Meter, value: object) -> Optional:
    """The first element, as an optional: empty for an empty list."""
    del meter
    items = _list("first", value)
    return Optional(items[0]) if items else NOTHING


def last(meter: Meter, value: object) -> Optional:
    """The last element, as an optional: empty for an empty list."""
    del meter
    items = _list("last", value)
    return Optional(items[-1]) if items else NOTHING


def numbers(meter: Meter, end: object) -> list[int]:
    """The ints from 0 to before `end`; none, if that is negative."""
    count = max(0, _whole("lists.range", end))
    charge(meter, count // 8)
    return list(range(count))
