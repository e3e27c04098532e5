"""Source lines in a frame, with a place underlined. Draws for terminals; decides nothing."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from itsmctl.escape import cells, columns, fold

if TYPE_CHECKING:
    from itsmctl.findings import Place
    from itsmctl.formats.look import Look

_TAB = "    "
_AROUND = 2  # lines shown before and after the place
_NARROWEST = 20  # columns of source that are shown on however narrow a terminal
_MOST_POINTS = 5  # code points that one column can take: a letter and its marks, as `cells` lets them pass


def frame(place: Place, mark: str, style: str, look: Look, gutter: int, label: str = "") -> list[str]:
    """The lines around `place` behind a gutter of `gutter` digits, and `label` beside the marks.

    Nothing where the place came without its source.
    """
    around = _around(place)
    if not around:
        return []
    room = max(look.width - gutter - 3, _NARROWEST)
    lines = [edge(look, gutter)]
    for number, written in around:
        text = written.rstrip("\r\n")
        if number != place.line:
            lines.append(edge(look, gutter, str(number), window(text, 0, 0, room)[0]))
            continue
        end = place.end_column - 1 if place.end_line == place.line else len(text)
        shown, lead, length = window(text, place.column - 1, end, room)
        lines.append(edge(look, gutter, str(number), shown))
        lines += _marks(mark * length, lead, style, label, look, gutter, room)
    return [*lines, edge(look, gutter)]


def digits(place: Place) -> int:
    """How wide a gutter the frame of `place` needs."""
    return len(str(max((number for number, _ in _around(place)), default=place.line)))


def _around(place: Place) -> list[tuple[int, str]]:
    """The lines to show, or none where the line of the place itself is missing."""
    lines = [(number, text) for number, text in sorted(place.excerpt) if abs(number - place.line) <= _AROUND]
    return lines if any(number == place.line for number, _ in lines) else []


def edge(look: Look, gutter: int, number: str = "", text: str = "") -> str:
    """One line of a frame: `14 | text`."""
    left = look.paint("frame", f"{number:>{gutter}} |")
    return f"{left} {text.rstrip()}" if text.strip() else left


def window(text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """What of a source line fits into `room` columns with its span `start:end` (code points from 0) in sight.

    Returns the text to show, with `…` where it is cut, and the column (from 0) and length of the span in it.
    """
    start = max(min(start, len(text)), 0)
    end = max(min(end, len(text)), start)
    reach = _MOST_POINTS * room  # more can't be seen, and a line may hold a megabyte
    low, high = max(start - reach, 0), min(end, start + reach) + reach
    shown = cells(text[low:high], tab=_TAB)
    at = [0, *accumulate(width for _, width in shown)]
    total = at[-1]
    first = at[start - low]
    last = max(at[min(end, start + reach) - low], first + 1)
    if low == 0 and high >= len(text) and max(total, last) <= room:
        return "".join(cell for cell, _ in shown), first, last - first
    whole = max(last, at[min(start - low + 1, len(shown))])  # no cell is cut in two
    left = _left_edge(first, whole, total, room, whole_end=high >= len(text), whole_start=low == 0)
    begin = next(index for index, column in enumerate(at) if column >= left)
    while 0 < begin < len(shown) and begin < start - low and shown[begin][1] == 0:
        begin += 1  # a mark does not stand without its letter
    cut_left = begin > 0 or low > 0
    stop = _right_edge(at, begin, room - cut_left)
    cut_right = stop < len(shown) or high < len(text)
    if cut_right:
        stop = _right_edge(at, begin, room - cut_left - 1)
    seen = "".join(cell for cell, _ in shown[begin:stop])
    last = min(last, at[stop] + 1) if cut_right or stop == len(shown) else last
    lead = cut_left + first - at[begin]
    return f"{'…' * cut_left}{seen}{'…' * cut_right}", lead, max(last - first, 1)


def _left_edge(first: int, last: int, total: int, room: int, *, whole_start: bool, whole_end: bool) -> int:
    """The column from which on a cut line is shown: the span in the middle, but no space lost at either end."""
    if whole_start and last + 1 <= room:
        return 0
    span = min(last - first, room - 2)
    left = max(first - (room - 2 - span) // 2, 0)
    if whole_end:
        left = min(left, max(max(total, last) - room + 1, 0))
    return left if left > 1 else 0  # `…` in place of one letter wins nothing


def _right_edge(at: list[int], begin: int, room: int) -> int:
    """The index after the last cell that fits into `room` columns from `begin` on."""
    return max(index for index in range(begin, len(at)) if at[index] - at[begin] <= room)


def _marks(marks: str, lead: int, style: str, label: str, look: Look, gutter: int, room: int) -> list[str]:
    """The underline, with its label beside it, or below where it does not fit."""
    under = edge(look, gutter, "", " " * lead + look.paint(style, marks))
    if not label:
        return [under]
    if lead + len(marks) + 1 + columns(label) <= room:
        return [f"{under} {look.paint(style, label)}"]
    return [under, *(edge(look, gutter, "", look.paint(style, line)) for line in fold(label, min(room, look.prose)))]
