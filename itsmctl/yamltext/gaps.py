"""What stands between two values: comments and empty lines, and which of them belong to what."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace


class Side(Struct, frozen=True):
    """A line that holds a comment and nothing else, or, where `text` is empty, nothing at all."""

    column: int
    text: str


class Gap(Struct):
    """From the end of a value (or of its key) to the next one.

    `inline` is the comment on the line that the gap begins on, with the blanks before it; `continued` are the lines
    right below that go on in its column.
    """

    inline: str = ""
    continued: list[Side] = field(default_factory=list)
    lines: list[Side] = field(default_factory=list)
    breaks: bool = False  # does it go over the end of a line?

    @property
    def comments(self) -> list[Side]:
        """The comments on lines of their own."""
        return [side for side in (*self.continued, *self.lines) if side.text]

    def all_sides(self) -> list[Side]:
        """All comments as lines of their own, that beside the value first."""
        return [*([Side(0, self.inline.strip())] if self.inline else []), *self.continued, *self.lines]

    def split(self, threshold: int) -> tuple[Gap, list[Side]]:
        """What belongs into the value above, which is all comments from a column on; and the other lines. -1: none."""
        taken = 0
        for at, side in enumerate(self.lines):
            if side.text and (threshold < 0 or side.column < threshold):
                break
            taken = at + 1 if side.text else taken
        return replace(self, lines=self.lines[:taken]), self.lines[taken:]

    def followed_by(self, other: Gap) -> Gap:
        """Both as one."""
        if self.inline or self.lines:
            return replace(self, lines=[*self.lines, *other.all_sides()])
        return replace(other, breaks=self.breaks or other.breaks)


def gap(text: str, start: int, end: int) -> Gap:
    """What stands between two offsets. Marks such as `-`, `:` and commas are passed over; there each # is a comment."""
    first, *rest = text[start:end].split("\n")
    inline, at = "", 0
    before, mark, comment = first.partition("#")
    if mark:
        blanks = before[len(before.rstrip(" \t")) :].replace("\t", " ") or " "
        inline = f"{blanks}#{comment}".rstrip()
        at = start + len(before) - text.rfind("\n", 0, start) - 1
    lines: list[Side] = []
    for number, line in enumerate(rest, 1):
        before, mark, comment = line.partition("#")
        if mark:
            lines.append(Side(len(before) if not before.strip() else 0, f"#{comment}".rstrip()))
        elif not line.strip() and number < len(rest):
            lines.append(Side(0, ""))
    count = 0
    while inline and count < len(lines) and lines[count].text and lines[count].column == at:
        count += 1
    return Gap(inline, lines[:count], lines[count:], bool(rest))


def printed(sides: Iterable[Side], indent: int) -> list[str]:
    """The lines in one column."""
    return [" " * indent + side.text if side.text else "" for side in sides]


def without_leading_blanks(lines: list[str]) -> list[str]:
    """From the first line on that holds something."""
    return lines[next((at for at, line in enumerate(lines) if line), len(lines)) :]
