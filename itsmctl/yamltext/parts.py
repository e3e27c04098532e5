"""Where a part of a text value is written: from offsets into the value to a place in the file. Decides no value."""

from __future__ import annotations

from itsmctl.yamltext.places import Spots
from itsmctl.yamltext.rules import Span

_BLOCK = ("|", ">")


def part(content: bytes, places: Spots, pointer: str, value: str, start: int, end: int) -> Span | None:
    """The place of `value[start:end]`, for the text `value` that the file has at `pointer`; up to the end of its line.

    None where the value is not written there, or is written so that it cannot be followed, as with `\\x41`.
    """
    whole = places.value(pointer)
    if whole is None or start >= end:
        return None
    lines = [line.removesuffix("\r") for line in content.decode("utf-8", "replace").split("\n")]
    written = list(_written(lines, whole))
    found = _followed(written, value, start, end)
    if found is None:
        return None
    first, last = found
    (line, column), (end_line, end_column) = written[first][1], written[last][1]
    if end_line > line:
        end_line, end_column = line, len(lines[line - 1].rstrip())
    return Span(line, column, line, end_column + 1)


def _written(lines: list[str], whole: Span) -> list[tuple[str, tuple[int, int]]]:
    """Every visible character of the value with its line and column; not the indicator and comment of a block."""
    head = lines[whole.line - 1][whole.column - 1 :]
    first = whole.line + 1 if head.startswith(_BLOCK) else whole.line
    found = []
    for number in range(first, min(whole.end_line, len(lines)) + 1):
        text = lines[number - 1]
        begin = whole.column if number == whole.line else 1
        stop = whole.end_column - 1 if number == whole.end_line else len(text)
        found += [(text[at], (number, at + 1)) for at in range(begin - 1, stop) if not text[at].isspace()]
    return found


def _followed(written: list[tuple[str, tuple[int, int]]], value: str, start: int, end: int) -> tuple[int, int] | None:
    """The first and last of the written characters that stand for `value[start:end]`. Spaces fold, so none counts."""
    at = 1 if written and written[0][0] in "'\"" and value[:1] != written[0][0] else 0
    quote = written[0][0] if at else ""
    first = last = -1
    for offset, char in enumerate(value[:end]):
        if char.isspace():
            continue
        if at < len(written) and written[at][0] != char and quote == '"' and written[at][0] == "\\":
            at += 1
        if at >= len(written) or written[at][0] != char:
            return None
        if offset >= start:
            first = at if first < 0 else first
            last = at
        at += 2 if quote == "'" and char == "'" else 1
    return (first, last) if first >= 0 else None
