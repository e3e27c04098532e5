"""A file as a tree of what is written: each value with its place, style and key, each entry with its dash or key.

Nothing here decides a value. Offsets count code points from 0; line ends are LF.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from msgspec import Struct, field

from itsmctl.yamltext import parsers
from itsmctl.yamltext.parsers import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    Scalar,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)


class Node(Struct):
    """A value: a scalar with its text, or a mapping or list with its entries.

    `start` is its first character, `end` lies behind its last one. A missing value has neither text nor extent.
    """

    start: int
    end: int
    shape: str  # "scalar", "mapping" or "list"
    flow: bool = False  # a mapping or list in brackets
    style: str = ""  # of a scalar: "", "'", '"', "|" or ">"
    text: str = ""  # of a scalar: as the parser gives it, whatever it stands for
    indent: int = 0  # of a block text: the column that its lines begin in
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        """Is nothing written where the value should stand?"""
        return self.shape == "scalar" and self.start == self.end

    @property
    def is_block(self) -> bool:
        """Is it a mapping or list on lines of its own?"""
        return self.shape != "scalar" and not self.flow


class Entry(Struct):
    """A value in a mapping or list. `start` is where its dash, its `?`, its key or the value itself begins."""

    start: int
    key: Node | None
    value: Node


def outline(text: str) -> Node:
    """The tree of a text that `read` takes. Line ends must be LF."""
    root: Node | None = None
    levels: list[Node] = []
    due: list[bool] = []  # by level: is there a key whose value comes next?
    end = 0  # behind what was read last
    for event in parsers.BEST.events(text):
        kind: type = type(event)
        if kind in (ScalarEvent, MappingStartEvent, SequenceStartEvent):
            level = levels[-1] if levels else None
            node = _node(text, event, kind, level)
            root = root or node
            if level is not None and due[-1]:
                level.entries[-1].value = node
                due[-1] = False
            elif level is not None:
                due[-1] = is_key = level.shape == "mapping"
                begin = _begin(text, max(end, level.start), node.start)
                level.entries.append(Entry(begin, node if is_key else None, node))
            if kind is ScalarEvent:
                end = max(end, node.end)
            else:
                levels.append(node)
                due.append(False)
                end = max(end, event.end_mark.index if node.flow else node.start)
        elif kind in (MappingEndEvent, SequenceEndEvent):
            node = levels.pop()
            due.pop()
            has_bracket = event.end_mark.index > event.start_mark.index
            node.end = event.end_mark.index if has_bracket or not node.entries else node.entries[-1].value.end
            end = max(end, node.end)
    if root is None:
        raise ValueError("the text holds no document")
    return root


def leaves(node: Node) -> Iterator[Node]:
    """Every key and every single value, in the order in which they are written."""
    if node.shape == "scalar":
        yield node
    for entry in node.entries:
        if entry.key is not None:
            yield entry.key
        yield from leaves(entry.value)


def comments(text: str, root: Node) -> Iterator[str]:
    """Every comment, in order, without blanks at its end."""
    at = 0
    for leaf in leaves(root):
        yield from _comments_in(text[at : leaf.start])
        if leaf.style in ("|", ">"):
            yield from _comments_in(text[leaf.start : leaf.end].partition("\n")[0])
        at = max(at, leaf.end)
    yield from _comments_in(text[at:])


def column(text: str, at: int) -> int:
    """How many characters stand before an offset on its line."""
    return at - text.rfind("\n", 0, at) - 1


def _comments_in(stretch: str) -> Iterator[str]:
    """Of what stands between two scalars: there every # begins a comment."""
    for line in stretch.split("\n"):
        _, mark, comment = line.partition("#")
        if mark:
            yield f"#{comment}".rstrip()


def _node(text: str, event: Event, kind: type, level: Node | None) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    if kind is not ScalarEvent:
        shape = "mapping" if kind is MappingStartEvent else "list"
        return Node(start, end, shape, bool(getattr(event, "flow_style", False)))
    scalar = cast("Scalar", event)
    node = Node(start, end, "scalar", style=scalar.style or "", text=scalar.value)
    if node.style in ("|", ">"):
        node.indent = _content_column(text, node, level)
        node.end = _block_end(text, node)
    return node


def _begin(text: str, end: int, start: int) -> int:
    """Where the dash or `?` before a value stands, or the value itself: behind `end`, commas, blanks and comments."""
    at = end
    while at < start:
        if text[at] == "#":
            at = text.index("\n", at)
        elif text[at] in "-?":
            return at
        at += 1
    return start


def _content_column(text: str, node: Node, level: Node | None) -> int:
    """As the header of a block text says, counted from what it stands in; else that of its first line with text."""
    header, _, content = text[node.start : node.end].partition("\n")
    digits = [char for char in header.partition("#")[0] if char.isdecimal()]
    if digits:
        return int(digits[0]) + (column(text, level.start) if level else 0)
    first = next((line for line in content.split("\n") if line.strip(" ")), "")
    return len(first) - len(first.lstrip(" "))


def _block_end(text: str, node: Node) -> int:
    """Behind the last character of a block text; empty lines that say nothing do not belong to it."""
    end = node.end - (text[node.end - 1] == "\n")
    if "+" in text[node.start : node.end].partition("\n")[0].partition("#")[0]:
        return end
    while (line := text.rfind("\n", node.start, end)) > 0:
        last = text[line + 1 : end]
        if last.strip(" ") or (node.indent and len(last) > node.indent):
            break
        end = line
    return end
