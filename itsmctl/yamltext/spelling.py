"""How a single value, or one in brackets, is written in canonical form. Takes values as the outline gives them."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from itsmctl.yamltext.outline import Node, column
from itsmctl.yamltext.scalars import WORDS
from itsmctl.yamltext.writing import is_plain, quoted, scalar

Steps = tuple[str | int, ...]
"""The way to a value: keys, and positions in lists."""

Arranged = Callable[[Node, Steps], list[int]]
"""The positions of the entries of a mapping in the order that they shall have."""

_SPOILS_BRACKETS = re.compile(r"[,\[\]{}]|:\?")


def spelled(text: str, node: Node, flow: bool) -> str:
    """A scalar that stands on one line. Quotes go where no reader needs them, and none are added."""
    if node.is_missing:
        return ""
    if not node.style:
        written = text[node.start : node.end]
        return scalar(WORDS[written]) if written in WORDS else written
    if is_plain(node.text) and not (flow and _SPOILS_BRACKETS.search(node.text)):
        return node.text
    return quoted(node.text)


def is_spread(text: str, node: Node) -> bool:
    """Does it go over several lines?"""
    return "\n" in text[node.start : node.end]


def flow_line(text: str, node: Node, steps: Steps, arranged: Arranged, flow: bool) -> str:
    """A scalar, or a mapping or list in brackets, on one line."""
    if node.shape == "scalar":
        return spelled(text, node, flow) or ("null" if flow else "")
    if node.shape == "list":
        items = (
            flow_line(text, entry.value, (*steps, position), arranged, True)
            for position, entry in enumerate(node.entries)
        )
        return f"[{', '.join(items)}]"
    parts = []
    for at in arranged(node, steps):
        entry = node.entries[at]
        if entry.key is not None:
            value = flow_line(text, entry.value, (*steps, entry.key.text), arranged, True)
            parts.append(f"{spelled(text, entry.key, True)}: {value}")
    return "{" + ", ".join(parts) + "}"


def folded_lines(written: str, indent: int) -> list[str]:
    """A text over several lines, without quotes or in them, with its further lines in one column."""
    first, *rest = (_bare(line) for line in written.split("\n"))
    return [first, *(" " * indent + line if line else "" for line in rest)]


class Open(str):
    """The last line of a block text that keeps the empty lines at its end: one below it would become part of it."""

    __slots__ = ()


def block_lines(text: str, node: Node, indent: int) -> list[str]:
    """A block text (`|` or `>`) with its lines from a column on: two deeper than the key or dash before it."""
    header, *lines = text[node.start : node.end].split("\n")
    marks, _, comment = header.partition("#")
    has_indent = any(char.isdecimal() for char in marks)
    chomping = next((char for char in marks if char in "+-"), "")
    if not node.text.endswith("\n"):
        chomping = "-" if node.text else ""  # also where the file ended without a line feed, which it will have now
    blanks = marks[len(marks.rstrip(" \t")) :].replace("\t", " ")
    shown = f"{node.style}{'2' if has_indent else ''}{chomping}" + (f"{blanks}#{comment.rstrip()}" if comment else "")
    shown_lines = [" " * indent + line[node.indent :] if len(line) > node.indent else "" for line in lines]
    if chomping == "+":
        shown_lines[-1] = Open(shown_lines[-1])
    return [shown, *shown_lines]


def spread_lines(text: str, node: Node, steps: Steps, arranged: Arranged, indent: int, at: int) -> list[str]:
    """What is in brackets over several lines, begun in column `at`: its further lines move with the first one."""
    shift = at - column(text, node.start)
    pieces: list[str] = []
    end = _Respelling(text, arranged, pieces).take(node, steps, node.start)
    first, *rest = "".join([*pieces, text[end : node.end]]).split("\n")
    lines = [_bare(first)]
    for line in rest:
        bare = _bare(line)
        margin = max(len(line) - len(line.lstrip(" \t")) + shift, indent)
        lines.append(" " * margin + bare if bare else "")
    return lines


class _Respelling(Struct, frozen=True):
    """Copies what is in brackets piece by piece, with whatever stands on one line in canonical form."""

    text: str
    arranged: Arranged
    pieces: list[str]

    def take(self, node: Node, steps: Steps, at: int) -> int:
        """Copy all from `at` to the end of what the node holds; that end."""
        if node.is_missing:
            return at
        self.pieces.append(self.text[at : node.start])
        if node.shape == "scalar" or not is_spread(self.text, node):
            return self._whole(node, steps)
        at = node.start
        for position, entry in enumerate(node.entries):
            step: str | int = position
            if entry.key is not None:
                step = entry.key.text
                at = self.take(entry.key, steps, at)
                if self.text[at : entry.value.start].strip(" \t") == ":":
                    self.pieces.append(":" if entry.value.is_missing else ": ")
                    at = entry.value.start
            at = self.take(entry.value, (*steps, step), at)
        return at

    def _whole(self, node: Node, steps: Steps) -> int:
        written = self.text[node.start : node.end]
        is_text = "\n" in written
        self.pieces.append(written if is_text else flow_line(self.text, node, steps, self.arranged, True))
        if self.text[node.end : node.end + 1] == "#":
            self.pieces.append(" ")  # a comment right behind a quote or bracket
        return node.end


def _bare(line: str) -> str:
    """Without blanks around; one stays behind a backslash, which would else escape the line break."""
    bare = line.strip(" \t")
    return f"{bare} " if bare.endswith("\\") and not line.endswith("\\") else bare
