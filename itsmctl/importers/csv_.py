"""Reads CSV: comma, semicolon, tab or bar between cells, UTF-8 with or without BOM. A cell is text, and no more."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.escape import visible
from itsmctl.importers.row import MOST_ROWS, Row, Sheet
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    import _csv

    from itsmctl.importers.row import Wanted

ABOUT = "comma-separated values, with a mapping file that says what its columns are"

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_ENCODINGS = {"utf-8": "utf-8-sig", "cp1252": "cp1252"}
_SHOWN = 20  # columns of a header in a message


def fits(head: bytes) -> bool:
    """Whatever nobody else reads."""
    return not head.startswith((b"{", b"["))


def opened(content: bytes, path: str, wanted: Wanted) -> Sheet:
    """The rows below the header. Columns are found in whatever letter case. Raises CannotJudge with the line."""
    encoding = wanted.options.get("encoding", "utf-8")
    _refuse(content, path, encoding)
    written = _Written(_SEPARATOR.sub(b"", content, count=1), _ENCODINGS[encoding])
    delimiter, places = _header(written, path, wanted)
    return Sheet(lambda: _rows(written, path, delimiter, places))


_SEPARATOR = re.compile(rb"\A(?:\xef\xbb\xbf)?sep=.(?=\r?\n)")
"""A first line `sep=;`, which spreadsheets write for each other, is no header; its line end stays."""


class _Written(Struct, frozen=True):
    """The file, which is known to be in the encoding: read as often as asked, and never held as text."""

    content: bytes
    encoding: str

    def reader(self, delimiter: str) -> _csv.Reader:
        """The cells, line by line."""
        text = io.TextIOWrapper(io.BytesIO(self.content), self.encoding, newline="")
        return csv.reader(text, delimiter=delimiter, strict=True)


def _refuse(content: bytes, path: str, encoding: str) -> None:
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise CannotJudge(f"{path}:{line}: there is a NUL byte", "Save it as UTF-8: in a spreadsheet, as “CSV UTF-8”.")
    try:
        content.decode(_ENCODINGS[encoding])
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = (
            "Save it as UTF-8; if it is in the old Windows encoding, write csv: {encoding: cp1252} in the mapping file."
        )
        raise CannotJudge(f"{path}:{line}: byte 0x{content[error.start]:02x} is no {encoding}", hint) from None


def _header(written: _Written, path: str, wanted: Wanted) -> tuple[str, dict[str, int]]:
    """(what parts cells, column asked for → its place). Tried are all delimiters, or the one that the mapping says."""
    named = wanted.options.get("delimiter")
    tried = [_DELIMITERS[named]] if named else list(_DELIMITERS.values())
    heads = {one: head for one in tried if (head := _first(written, one)) is not None}
    if not heads:
        raise CannotJudge(
            f"{path}: the header cannot be read: a quote is not closed, or not around a whole cell", _HINT
        )
    best = max(heads, key=lambda one: (len(wanted.columns & _named(heads[one], wanted).keys()), len(heads[one])))
    head, found = heads[best], _named(heads[best], wanted)
    lacking = sorted(wanted.columns - found.keys())
    if lacking:
        guesses = [
            f"{visible(one)!r}" + (f": {guess}" if (guess := did_you_mean(one, head)) else "") for one in lacking
        ]
        listed = ", ".join(visible(cell) for cell in head[:_SHOWN]) + (", …" if head[_SHOWN:] else "")
        raise CannotJudge(f"{path}: there is no column {'; no column '.join(guesses)}", f"Its columns: {listed}")
    folded = [_fold(cell) for cell in head]
    for name in sorted(wanted.columns):
        if folded.count(_fold(name)) > 1:
            raise CannotJudge(
                f"{path}: the column {visible(name)!r} stands there twice", "Which one counts? Rename one."
            )
    found[""] = len(head)
    return best, found


def _first(written: _Written, delimiter: str) -> list[str] | None:
    """The first line that holds anything; None where it cannot be read so."""
    try:
        return next((cells for cells in written.reader(delimiter) if _holds(cells)), [])
    except csv.Error:
        return None


_HINT = 'Quotes belong around a whole cell, and are doubled inside of it: "a ""b"" c".'


def _holds(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def _named(head: Sequence[str], wanted: Wanted) -> dict[str, int]:
    places = {_fold(cell): place for place, cell in reversed([*enumerate(head)])}
    return {name: places[_fold(name)] for name in wanted.columns if _fold(name) in places}


def _rows(written: _Written, path: str, delimiter: str, places: dict[str, int]) -> Iterator[Row]:
    """A cell more or less than the header has means that nobody knows which cell is which."""
    width = places[""]
    columns = [(name, place) for name, place in places.items() if name]
    reader = written.reader(delimiter)
    begun, seen, line = False, 0, 1
    try:
        for cells in reader:
            at, line = line, reader.line_num + 1
            if not _holds(cells):
                continue
            if not begun:
                begun = True
                continue
            if len(cells) != width:
                says = f"{path}:{at}: there are {len(cells)} cells, and the header has {width}"
                raise CannotJudge(says, "A cell that holds what parts cells needs quotes around it.")
            seen += 1
            if seen > MOST_ROWS:
                raise CannotJudge(f"{path}:{at}: there are more than {MOST_ROWS} rows", "Split it, and give each part.")
            yield Row(f"line {at}", {name: cell for name, place in columns if (cell := cells[place].strip())})
    except csv.Error as error:
        raise CannotJudge(f"{path}:{line}: it cannot be read: {error}", _HINT) from None
