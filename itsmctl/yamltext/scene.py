"""The place where a text stopped being YAML, and the lines around it."""

from __future__ import annotations

from collections.abc import Iterator

from itsmctl.yamltext.parsers import Broken
from itsmctl.yamltext.rules import Span


class Scene:
    """The lines of a text with the place where a parser stopped and the place of what it was in the middle of."""

    def __init__(self, text: str, broken: Broken) -> None:
        self.text = text
        self.lines = [line.rstrip("\r") for line in text.split("\n")]
        self.at_end = broken.line >= len(self.lines) or not "".join(self.lines[broken.line :]).strip()
        self.row, self.column = self._within(broken.line, broken.column)
        self.context_row, self.context_column = self._within(broken.context_line, broken.context_column)

    def _within(self, row: int, column: int) -> tuple[int, int]:
        """The end of the file as the end of its last line that holds something."""
        if row < len(self.lines) and self.lines[row][column:].strip():
            return row, column
        row = min(row, len(self.lines) - 1)
        if self.lines[row].strip():
            return row, min(column, len(self.lines[row].rstrip()))
        while row and not self.lines[row].strip():
            row -= 1
        return row, len(self.lines[row].rstrip())

    @property
    def line(self) -> str:
        """The line where the parser stopped."""
        return self.lines[self.row]

    @property
    def before(self) -> str:
        """What stands before the place on its line."""
        return self.line[: self.column]

    @property
    def char(self) -> str:
        """The character at the place, empty at the end of the line."""
        return self.line[self.column : self.column + 1]

    @property
    def context_line(self) -> str:
        """The line of what the parser was in the middle of."""
        return self.lines[self.context_row]

    @property
    def context_char(self) -> str:
        """The character that this starts with."""
        return self.context_line[self.context_column : self.context_column + 1]

    @property
    def starts_line(self) -> bool:
        """Does nothing but blanks stand before the place on its line?"""
        return not self.before.strip()

    def above(self, row: int) -> Iterator[int]:
        """The rows above that are neither empty nor a comment, the nearest first."""
        return (at for at in range(row - 1, -1, -1) if self.lines[at].strip() and self.lines[at].lstrip()[0] != "#")

    def previous(self, row: int | None = None) -> int:
        """The first of those rows; the row itself if there is none."""
        row = self.row if row is None else row
        return next(self.above(row), row)

    def here(self, width: int = 1) -> Span:
        """The place."""
        return stretch(self.row, self.column, width)

    def word(self) -> Span:
        """From the place to the end of its line."""
        return self.here(max(len(self.line.rstrip()) - self.column, 1))

    def context(self, width: int = 1) -> Span:
        """Where what the parser was in the middle of starts."""
        return stretch(self.context_row, self.context_column, width)

    def whole(self, row: int) -> Span:
        """A row without its indentation."""
        line = self.lines[row]
        start = indent_of(line)
        return stretch(row, start, max(len(line.rstrip()) - start, 1))


def stretch(row: int, column: int, width: int) -> Span:
    """So many characters of a row, counted from 0."""
    return Span(row + 1, column + 1, row + 1, column + 1 + width)


def indent_of(line: str) -> int:
    """How many blanks a line starts with."""
    return len(line) - len(line.lstrip())
