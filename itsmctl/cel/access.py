"""How the evaluators look into values: fields, keys, positions, elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .operations import NUMBERS, no_overload
from .problems import EvaluationError
from .values import NOTHING, Optional, brief, find, kind, shown_kind


def select(operand: Any, field: str) -> object:
    """`operand.field`. On an optional it gives an optional."""
    if isinstance(operand, Mapping):
        found = find(operand, field)
        if found:
            return found[0]
        raise EvaluationError(f"no such key: {field}")
    if isinstance(operand, Optional):
        return select_optional(operand, field)
    raise EvaluationError(f"no such overload: {shown_kind(operand)} has no fields, so no .{field}")


def select_optional(operand: Any, field: str) -> Optional:
    """`operand.?field`: an optional, empty where the key is missing."""
    held = operand.held if isinstance(operand, Optional) else (operand,)
    if not held:
        return NOTHING
    if not isinstance(held[0], Mapping):
        raise EvaluationError(f"no such overload: {shown_kind(held[0])} has no fields, so no .{field}")
    found = find(held[0], field)
    return Optional(*found) if found else NOTHING


def has(operand: Any, field: str) -> bool:
    """`has(operand.field)`: is the key there?"""
    if isinstance(operand, Mapping):
        return bool(find(operand, field))
    if isinstance(operand, Optional):
        return bool(select_optional(operand, field).held)
    raise EvaluationError(f"no such overload: {shown_kind(operand)} has no fields, so no .{field}")


def index(operand: Any, key: Any) -> object:
    """`operand[key]` of a list or map. On an optional it gives an optional."""
    if isinstance(operand, Optional):
        return index_optional(operand, key)
    found = _at(operand, key)
    if found:
        return found[0]
    if isinstance(operand, Mapping):
        raise EvaluationError(f"no such key: {key if isinstance(key, str) and len(key) <= 80 else brief(key)}")
    raise EvaluationError(f"index out of range: {brief(key)} in a list of {len(operand)}")


def index_optional(operand: Any, key: Any) -> Optional:
    """`operand[?key]`: an optional, empty where there is no such key or position."""
    held = operand.held if isinstance(operand, Optional) else (operand,)
    return Optional(*_at(held[0], key)) if held else NOTHING


def _at(operand: Any, key: Any) -> tuple[object, ...]:
    """What lies at the key, as a tuple of one or none."""
    if isinstance(operand, Mapping):
        if kind(key) not in {"string", "int", "uint", "bool", "double"}:
            raise no_overload("[]", operand, key)
        return find(operand, key)
    if isinstance(operand, (list, tuple)):
        name = kind(key)
        if name not in NUMBERS:
            raise no_overload("[]", operand, key)
        if name == "double" and not key.is_integer():
            raise EvaluationError(f"the position in a list is a whole number, not {key}")
        return (operand[int(key)],) if 0 <= key < len(operand) else ()
    raise no_overload("[]", operand, key)


def elements(value: object, macro: str) -> Sequence[object]:
    """What a macro with one variable goes through: the elements of a list; but for sortBy(), the keys of a map."""
    if isinstance(value, (list, tuple)):
        return value
    if macro == "sortBy":
        raise EvaluationError(f"no such overload: sortBy() goes through a list, not through {shown_kind(value)}")
    if isinstance(value, Mapping):
        return _in_order(value)
    raise EvaluationError(f"no such overload: only a list or map has elements, not {shown_kind(value)}")


def pairs(value: object) -> Sequence[tuple[object, object]]:
    """What a macro with two variables goes through: (index, element) of a list, (key, value) of a map."""
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in _in_order(value)]
    raise EvaluationError(f"no such overload: only a list or map has elements, not {shown_kind(value)}")


def _in_order(value: Mapping[object, object]) -> list[object]:
    """The keys of a map, texts in their own order: how a file has them is no part of what it says."""
    keys = list(value)
    return sorted(keys) if all(type(key) is str for key in keys) else keys  # type: ignore[type-var]
