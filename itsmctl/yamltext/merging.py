"""Line by line: from a text that a writer formatted anew, only what was meant to change. Standard library only.

`written` are the lines of a file, `kept` the same content as the writer formats it, `changed` the changed content as
the writer formats it. What is equal in the last two is taken from the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_SIDE_LINE = re.compile(r"\s*(?:#.*)?$")

_Line = tuple[int, str]  # a line with its index in the file, -1 where it is new


def merged(written: list[str], kept: list[str], changed: list[str], tidy: bool) -> list[_Line]:
    """The changed lines, but as they stand in the file where the writer only formats them differently.

    `tidy` puts new lines in front of empty lines and comments that end what they are added to, and leaves such lines
    where they are behind what is taken away.
    """
    origins = _origins(written, kept)
    out: list[_Line] = []
    for tag, start, end, first, last in SequenceMatcher(None, kept, changed).get_opcodes():
        if tag == "equal":
            out.extend(_as_written(written, kept, origins, start, end))
            continue
        shift = _shift(written, kept, origins, start - (tag == "insert"), changed[first]) if first < last else 0
        out_lines = [(-1, _shifted(line, shift)) for line in changed[first:last]]
        held = _take_side_lines(out, _indent(out_lines[0][1])) if tidy and tag == "insert" else []
        side = end - _side_lines(kept[start:end]) if tidy else end
        out.extend((*out_lines, *held, *_as_written(written, kept, origins, side, end)))
    return out


def _origins(written: list[str], kept: list[str]) -> list[range]:
    """For each kept line the lines of the file it stands for: none for all but the first of a rewritten stretch."""
    origins = [range(0)] * len(kept)
    dropped = 0
    matcher = SequenceMatcher(None, [_bare(line) for line in written], [_bare(line) for line in kept])
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "delete":
            dropped = end - start
            continue
        if tag == "equal":
            origins[first:last] = [range(line, line + 1) for line in range(start, end)]
        if tag != "insert":
            origins[first] = range(start - dropped, end if tag == "replace" else start + 1)
            dropped = 0
    return origins


def _as_written(written: list[str], kept: list[str], origins: list[range], start: int, end: int) -> Iterator[_Line]:
    """These kept lines as they stand in the file; a stretch that is cut in two cannot be taken from there."""
    for at in range(start, end):
        following = at + 1
        while following < len(kept) and not origins[following]:
            following += 1
        if following <= end:
            yield from ((line, written[line]) for line in origins[at])
        else:
            yield -1, kept[at]


def _shift(written: list[str], kept: list[str], origins: list[range], last: int, new: str) -> int:
    """How much deeper the file indents than the writer: judged by the nearest line above that is a neighbour of `new`.

    A list item is none of a key in the same column.
    """
    for at in range(last, -1, -1):
        line = kept[at]
        deeper = _indent(line) > _indent(new) or (
            _indent(line) == _indent(new) and _is_item(line) and not _is_item(new)
        )
        if origins[at] and not deeper and not is_side_line(line):
            return _indent(written[origins[at][0]]) - _indent(line)
    return 0


def _is_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


def _shifted(line: str, shift: int) -> str:
    if shift >= 0:
        return f"{' ' * shift}{line}" if line else line
    return line[min(-shift, _indent(line)) :]


def _take_side_lines(out: list[_Line], indent: int) -> list[_Line]:
    """Take the empty lines and comments off the end, but for comments that are indented like what is added."""
    at = len(out) - _side_lines([line for _, line in out])
    while at < len(out) and out[at][1].strip() and _indent(out[at][1]) >= indent:
        at += 1
    held = out[at:]
    del out[at:]
    return held


def is_side_line(line: str) -> bool:
    """Is the line empty, or nothing but a comment?"""
    return _SIDE_LINE.match(line) is not None


def _side_lines(lines: list[str]) -> int:
    count = 0
    while count < len(lines) and is_side_line(lines[-1 - count]):
        count += 1
    return count


def _bare(line: str) -> str:
    return " ".join(line.split())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
