"""Every place at which two versions of a record differ, as strict as can be. Data in, pointers out; reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from itsmctl.comparing import ABSENT
from itsmctl.records import same

Steps = tuple[str, ...]
"""A place in a record: the keys and indices that lead there."""


def differences(before: object, after: object, at: Steps = ()) -> Iterator[Steps]:
    """The innermost places that differ, additions and removals of keys and list items included.

    Items of lists are compared by their index, so that nothing that moves is overlooked. Either side may be ABSENT.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*at, str(key)))
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            old, new = (held[place] if place < len(held) else ABSENT for held in (before, after))
            yield from differences(old, new, (*at, str(place)))
    elif before is ABSENT or after is ABSENT or not same(before, after):
        yield from dict.fromkeys((*leaves(before, at), *leaves(after, at)))


def leaves(value: object, at: Steps = ()) -> Iterator[Steps]:
    """The places below `at` where a value ends: scalars, and mappings and lists that hold nothing."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if value is ABSENT:
        return
    if not inner or not value:
        yield at
        return
    for step, held in inner:
        yield from leaves(held, (*at, str(step)))


def reached(value: object, steps: Steps) -> Any:
    """What stands at a place, or ABSENT."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def fits(pattern: Steps, place: Steps) -> bool:
    """Does the pattern name the place, or one above it? `*` stands for any one step."""
    return len(pattern) <= len(place) and all(
        wanted in ("*", step) for wanted, step in zip(pattern, place[: len(pattern)], strict=True)
    )
