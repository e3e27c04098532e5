"""The tree of a pattern: what its reader builds and the automaton is made from."""

from __future__ import annotations

from msgspec import Struct

from .charsets import CharSet


class BadPattern(Exception):
    """The pattern cannot be used; `start` and `end` are offsets into it."""

    def __init__(self, message: str, start: int = 0, end: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint


class Symbol(Struct, frozen=True):
    """One character of a set."""

    chars: CharSet


class Anchor(Struct, frozen=True):
    """A place between characters: start, end, line start, line end, boundary, no boundary (of words)."""

    place: str


class Sequence(Struct, frozen=True):
    """One after the other; empty for nothing at all."""

    parts: tuple[Element, ...]


class Alternatives(Struct, frozen=True):
    """One of several."""

    options: tuple[Element, ...]


class Repeat(Struct, frozen=True):
    """At least `low` and at most `high` times; None is without end."""

    element: Element
    low: int
    high: int | None


Element = Symbol | Anchor | Sequence | Alternatives | Repeat
