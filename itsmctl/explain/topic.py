"""One thing that can be explained, to people and to programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Topic(Struct, frozen=True):
    """`lines(width)` and `data()` are made when asked for."""

    name: str
    lines: Callable[[int], list[str]]
    data: Callable[[], dict[str, Any]]

    def text(self, width: int) -> str:
        """The explanation as lines of at most `width` columns."""
        return "\n".join(self.lines(width)).rstrip("\n") + "\n"
