"""JSON pointers (RFC 6901): their steps, and what they lead to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache


@lru_cache(maxsize=8192)
def steps_of(pointer: str) -> tuple[str, ...]:
    """The steps of a pointer, unescaped."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def pointer_of(steps: Iterable[object]) -> str:
    """The pointer that has these steps: keys, or indices of lists."""
    return "".join(f"/{escaped(str(step))}" for step in steps)


def escaped(key: str) -> str:
    """A key as a pointer writes it."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def scalars(data: object) -> Iterator[object]:
    """Every value in the data that is neither a mapping nor a list, in their order."""
    if isinstance(data, dict | list):
        for inner in data.values() if isinstance(data, dict) else data:
            yield from scalars(inner)
    else:
        yield data


def value_at(data: object, pointer: str) -> object:
    """The value that mappings alone lead to, or None."""
    for step in steps_of(pointer):
        if not isinstance(data, dict):  # not Mapping: asking an abstract class costs more than all the rest
            return None
        data = data.get(step)
    return data
