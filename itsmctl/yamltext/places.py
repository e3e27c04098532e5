"""Where keys and values are written: places by JSON pointer, computed only for a file that something is said about.

Nothing here decides a value. Linear in the size of the file, and without recursion.
"""

from __future__ import annotations

from typing import cast

from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from itsmctl.yamltext import parsers
from itsmctl.yamltext.parsers import NodeStart, Scalar, YamlParser
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import START, Refused, Span

_Point = tuple[int, int]  # line and column, from 0


class _Spot:
    """A value: its place, that of its key if it has one, and its children by key or index."""

    __slots__ = ("children", "end", "key", "start")

    def __init__(self, event: NodeStart, key: Scalar | None) -> None:
        self.start: _Point = (event.start_mark.line, event.start_mark.column)
        self.end: _Point = (event.end_mark.line, event.end_mark.column)
        self.key: tuple[_Point, _Point] | None = None
        if key is not None:
            self.key = (key.start_mark.line, key.start_mark.column), (key.end_mark.line, key.end_mark.column)
        self.children: dict[str, _Spot] | None = None


class _Level:
    """A mapping or list whose children are being read; `due` is the key whose value comes next."""

    __slots__ = ("children", "due", "mapping", "spot")

    def __init__(self, spot: _Spot, mapping: bool) -> None:
        self.spot = spot
        self.mapping = mapping
        self.children: dict[str, _Spot] = {}
        self.due: Scalar | None = None
        spot.children = self.children

    def add(self, spot: _Spot) -> None:
        self.children[self.due.value if self.due else str(len(self.children))] = spot
        self.due = None


class Spots:
    """The places of a file. A file that was refused has none, and everything is at its start then."""

    def __init__(self, text: str, root: _Spot | None) -> None:
        self._lines = text.split("\n")
        self._root = root

    def key(self, pointer: str) -> Span | None:
        """Where the key of that value is written; None for list items, for the whole, and where it is not written."""
        spot, rest = self._find(pointer)
        return self._span(*spot.key) if spot is not None and spot.key and not rest else None

    def value(self, pointer: str) -> Span | None:
        """Where that value is written, from its first character to behind its last; None if it is not."""
        spot, rest = self._find(pointer)
        if spot is None or rest:
            return None
        (line, column), start = spot.end, spot.start
        while column == 0 and line > start[0]:  # a block ends where the next line starts: back to its last text
            line -= 1
            column = len(self._lines[line].rstrip())
        return self._span(start, (line, column))

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
        steps = pointer.split("/")[1:]
        spot = self._root
        for index, step in enumerate(steps):
            child = spot.children.get(step.replace("~1", "/").replace("~0", "~")) if spot and spot.children else None
            if child is None:
                return spot, steps[index:]
            spot = child
        return spot, []

    def _headline(self, spot: _Spot, key: bool) -> Span:
        while not (key and spot.key):
            if spot.children is None and spot.start[0] == spot.end[0] and spot.start != spot.end:
                return self._span(spot.start, spot.end)
            if spot.key or not spot.children:
                break
            spot, key = next(iter(spot.children.values())), True
        return self._first_line(*(spot.key or (spot.start, spot.end)))

    def _first_line(self, start: _Point, end: _Point) -> Span:
        if start[0] != end[0]:
            end = (start[0], len(self._lines[start[0]].rstrip()))
        return self._span(start, (end[0], max(end[1], start[1] + 1)))

    @staticmethod
    def _span(start: _Point, end: _Point) -> Span:
        return Span(start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1)


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
    levels: list[_Level] = []
    for event in parser.events(text):
        kind: type = type(event)
        if kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
            if levels and levels[-1].mapping and levels[-1].due is None:
                levels[-1].due = cast("Scalar", event)
                continue
            spot = _Spot(cast("NodeStart", event), levels[-1].due if levels else None)
            if levels:
                levels[-1].add(spot)
            else:
                root = spot
            if kind is not ScalarEvent:
                levels.append(_Level(spot, kind is MappingStartEvent))
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            spot = levels.pop().spot
            spot.end = (event.end_mark.line, event.end_mark.column)
            # What ends without a bracket ends with its last child.
            if spot.children and event.start_mark.index == event.end_mark.index:
                spot.end = next(reversed(spot.children.values())).end
    return root
