"""Where keys and values are written: places by JSON pointer, computed only for a file that something is said about.

Nothing here decides a value. Linear in the size of the file, and without recursion.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from itsmctl.yamltext import parsers
from itsmctl.yamltext.parsers import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    Mark,
    Scalar,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YamlParser,
)
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import START, Refused, Span


class _Spot:
    """A value: its place, its key if it has one, and its children by key, or by index in a list."""

    __slots__ = ("children", "due", "end", "items", "key", "start")

    def __init__(self, event: Event, key: Scalar | None) -> None:
        self.start: Mark = event.start_mark
        self.end: Mark = event.end_mark
        self.key = key
        self.children: dict[str, _Spot] | None = None
        self.items: list[_Spot] | None = None
        self.due: Scalar | None = None  # while the mapping is read: the key whose value comes next

    @property
    def inside(self) -> list[_Spot]:
        return self.items if self.items is not None else list((self.children or {}).values())

    def child(self, step: str) -> _Spot | None:
        if self.children is not None:
            return self.children.get(step.replace("~1", "/").replace("~0", "~"))
        if self.items is None or not (step.isascii() and step.isdigit() and len(step) < 8):
            return None
        index = int(step)
        return self.items[index] if index < len(self.items) and str(index) == step else None

    def add(self, spot: _Spot) -> None:
        if self.items is not None:
            self.items.append(spot)
        elif self.children is not None and self.due is not None:
            self.children[self.due.value] = spot
            self.due = None


class Spots:
    """The places of a file. A file that was refused has none, and everything is at its start then."""

    def __init__(self, text: str, root: _Spot | None) -> None:
        self._lines = text.split("\n")
        self._root = root

    def key(self, pointer: str) -> Span | None:
        """Where the key of that value is written; None for list items, for the whole, and where it is not written."""
        spot, rest = self._find(pointer)
        return _span(spot.key.start_mark, spot.key.end_mark) if spot is not None and spot.key and not rest else None

    def value(self, pointer: str) -> Span | None:
        """Where that value is written, from its first character to behind its last; None if it is not."""
        spot, rest = self._find(pointer)
        if spot is None or rest:
            return None
        span = _span(spot.start, spot.end)
        line, column = span.end_line, span.end_column
        while column == 1 and line > span.line:  # a block ends where the next line starts: back to its last text
            line -= 1
            column = len(self._lines[line - 1].rstrip()) + 1
        return Span(span.line, span.column, line, column)

    def locate(self, pointer: str, key: bool = False) -> tuple[Span, str]:
        """The best place within one line for what a finding says of `pointer`, and the pointer that is really there.

        The value if it stands on one line, else its key, or what it starts with; with `key`, the key. If it is not
        written: the key of the nearest mapping or list around it that is.
        """
        spot, rest = self._find(pointer)
        if spot is None:
            return START, ""
        used = pointer[: len(pointer) - sum(len(step) + 1 for step in rest)] if pointer.startswith("/") else ""
        return self._headline(spot, key or bool(rest)), used

    def _find(self, pointer: str) -> tuple[_Spot | None, list[str]]:
        """The deepest value on the way to `pointer` that is written, and the steps behind it."""
        steps = pointer.split("/")[1:] if pointer.startswith("/") else []
        spot = self._root
        for index, step in enumerate(steps):
            child = spot.child(step) if spot else None
            if child is None:
                return spot, steps[index:]
            spot = child
        return spot, []

    def _headline(self, spot: _Spot, key: bool) -> Span:
        while not (key and spot.key):
            is_scalar = spot.children is None and spot.items is None
            if is_scalar and spot.start.line == spot.end.line and spot.start.column < spot.end.column:
                return _span(spot.start, spot.end)
            if spot.key or not spot.inside:
                break
            spot, key = spot.inside[0], True
        start, end = (spot.key.start_mark, spot.key.end_mark) if spot.key else (spot.start, spot.end)
        column = len(self._lines[start.line].rstrip()) if start.line != end.line else end.column
        return Span(start.line + 1, start.column + 1, start.line + 1, max(column, start.column + 1) + 1)


@lru_cache(maxsize=1)  # who words a finding asks, and then who places it
def spots(content: bytes, parser: YamlParser = parsers.BEST) -> Spots:
    """The places of every key and value of a file."""
    try:
        read(content, parser)
    except Refused:
        return Spots("", None)
    text = content.decode()
    return Spots(text, _root(text, parser))


def _root(text: str, parser: YamlParser) -> _Spot | None:
    """The tree of places of a text that `read` takes: every key is a scalar, and there is one document."""
    root: _Spot | None = None
    levels: list[_Spot] = []
    for event in parser.events(text):
        kind: type = type(event)
        if kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
            level = levels[-1] if levels else None
            if level is not None and level.children is not None and level.due is None:
                level.due = cast("Scalar", event)
                continue
            spot = _Spot(event, level.due if level else None)
            if level is None:
                root = spot
            else:
                level.add(spot)
            if kind is not ScalarEvent:
                levels.append(spot)
                if kind is MappingStartEvent:
                    spot.children = {}
                else:
                    spot.items = []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            spot = levels.pop()
            # What ends without a bracket ends with its last child.
            bracket = event.start_mark.index != event.end_mark.index
            spot.end = event.end_mark if bracket or not spot.inside else spot.inside[-1].end
    return root


def _span(start: Mark, end: Mark) -> Span:
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
