"""Findings and traces as they may be shown: without any value that is marked as secret (writeOnly). Judges nothing.

What a rule says of a secret, the lines of the file that hold one, and the digests that reports are matched by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import yamltext
from itsmctl.findings import Finding, Place, Related
from itsmctl.kinds.pointers import scalars
from itsmctl.kinds.words import dotted
from itsmctl.marked import ITEM, NO_MARKS, TYPES, Marks
from itsmctl.records import ROOT, value_at
from itsmctl.secrecy import KEPT
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.kinds import Kind
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot
    from itsmctl.sources import Source


class Veil(Struct, frozen=True, dict=True):
    """What is hidden of the records of one revision."""

    head: Snapshot

    def finding(self, found: Finding) -> Finding:
        """The same finding, without any value of a secret."""
        if self._is_clear:
            return found
        record = self.head.records.get(found.record) or self._by_path.get(found.place.path)
        about = {one.path: one for one in [record, *(self._by_path.get(at.place.path) for at in found.related)] if one}
        message, hint = found.message, found.hint
        if record is not None and self.hides(record, found.place.pointer):
            message = f"{dotted(found.place.pointer)} is not as it should be {KEPT}"
            hint = f"itsmctl explain {found.rule} tells what is checked."
        words = [word for one in about.values() for word in self._words(one)]
        return replace(
            found,
            message=_scrubbed(message, words),
            hint=_scrubbed(hint, words),
            place=self._place(found.place),
            related=tuple(Related(self._place(one.place), _scrubbed(one.message, words)) for one in found.related),
            key=tuple(_scrubbed(part, words) for part in found.key),
        )

    def hides(self, record: Record, pointer: str) -> bool:
        """Does the value at that place hold a secret, or lie in one?"""
        marked = self.head.marks.hidden(record.kind, record.data)
        return any(f"{pointer}/".startswith(f"{one}/") or one.startswith(f"{pointer}/") for one in marked if pointer)

    @cached_property
    def _is_clear(self) -> bool:
        """Is there nothing to hide in any record?"""
        marks = self.head.marks
        return marks.is_empty and not any(marks.is_in_doubt(ITEM, one.data) for one in self.head.by_kind.get(ITEM, ()))

    @cached_property
    def _by_path(self) -> Mapping[str, Record]:
        return {one.path: one for one in self.head.records.values()}

    def _words(self, record: Record) -> Iterator[str]:
        """Every text and number in the secrets of a record, as messages write it."""
        for pointer in self.head.marks.hidden(record.kind, record.data):
            held = scalars(value_at(record.data, pointer))
            yield from (str(one) for one in held if one is not None and not isinstance(one, bool))

    def _place(self, place: Place) -> Place:
        """The same place, with what stands there but for secrets; nothing, where it cannot be told what is one."""
        record = self._by_path.get(place.path)
        if record is None:
            folder = place.path.split("/")[1] if "/" in place.path else ""
            kind = self.head.law.kinds.by_plural.get(folder)
            return replace(place, excerpt=()) if kind is not None and self.head.marks.may_hide(kind.name) else place
        cuts: dict[int, int] = {}  # line → from where on it is not shown: several may begin in one
        for pointer in self.head.marks.hidden(record.kind, record.data):
            span = self.head.places.span(record.path, pointer)
            for number in range(span.line, span.end_line + 1) if span is not None else ():
                at = span.column - 1 if span is not None and number == span.line else 0
                cuts[number] = min(at, cuts.get(number, at))
        shown = ((number, text[: cuts[number]] + KEPT if number in cuts else text) for number, text in place.excerpt)
        return replace(place, excerpt=tuple(shown))


def marks_in(source: Source, kinds: Mapping[str, Kind]) -> Marks:
    """What the classes of a source, and these kinds, mark: no other record is read for that."""
    files = [one for one in source.files(f"{ROOT}/{TYPES}") if isinstance(one, SourceFile)]
    return Marks.of_types(map(_data, files), kinds)


def _data(file: SourceFile) -> object:
    """What the file says; None where it cannot be read."""
    try:
        return yamltext.read(file.content)
    except yamltext.Refused:
        return None


def text(content: bytes, marks: Marks) -> bytes:
    """The text of a record as it may be shown: from where a secret begins, its lines hold no letter of it.

    Lines stay as many as they are. Of what cannot be read nothing is shown, if anything is marked anywhere.
    """
    if marks is NO_MARKS:
        return content
    try:
        data = yamltext.read(content)
    except yamltext.Refused:
        return content if marks.is_empty else re.sub(rb"[^\n]+", KEPT.encode(), content)
    spots, lines = yamltext.spots(content), content.decode("utf-8", "replace").split("\n")
    cuts: dict[int, int] = {}
    for pointer in marks.hidden(str(value_at(data, "/kind")), data):
        span = spots.value(pointer)
        first, last, column = (1, len(lines), 1) if span is None else (span.line, span.end_line, span.column)
        for number in range(first, last + 1):
            cuts[number] = min(cuts.get(number, column), column if number == first else 1)
    for number, column in cuts.items():
        if number <= len(lines) and lines[number - 1]:
            lines[number - 1] = lines[number - 1][: column - 1] + KEPT
    return "\n".join(lines).encode()


def _scrubbed(text: str, words: list[str]) -> str:
    """The text without these words: longer ones wherever they stand, short ones only by themselves."""
    for word in sorted({one for one in words if one.strip()}, key=len, reverse=True):
        if word in text:
            whole = re.escape(word) if len(word) > 3 else rf"(?<!\w){re.escape(word)}(?!\w)"
            text = re.sub(whole, lambda _: KEPT, text)
    return text
