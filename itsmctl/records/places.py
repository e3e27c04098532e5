"""Turns remarks, which name JSON pointers, into findings with lines: a file is read a second time only for that."""

from __future__ import annotations

import re

from msgspec import Struct, field

from itsmctl import yamltext
from itsmctl.findings import Finding, Place, Related
from itsmctl.records.model import Record, Remark
from itsmctl.records.pointing import identify
from itsmctl.sources import Source

_NEIGHBOUR = 500  # characters kept of the lines beside a place
_NO_CHARACTER = re.compile("[\udc80-\udcff]")


class Places(Struct):
    """Turns remarks into findings with lines; keeps the positions of the files it located last."""

    source: Source
    _known: dict[str, tuple[yamltext.Spots, list[str]]] = field(default_factory=dict)

    def finding(self, remark: Remark, record: Record | None = None) -> Finding:
        """The finding with its place, its related places, and a key that survives moved lines."""
        place = (
            self._span(remark.path, remark.span) if remark.span else self.at(remark.path, remark.pointer, remark.key)
        )
        related = [Related(self.at(path, pointer), message) for path, pointer, message in remark.related]
        related += [Related(self._span(remark.path, span), message) for span, message in remark.spans]
        return Finding(
            remark.rule,
            remark.severity,
            remark.message,
            place,
            remark.record,
            tuple(related),
            remark.hint,
            key=key_of(remark, record),
        )

    def at(self, path: str, pointer: str, key: bool = False) -> Place:
        """The place of a pointer in a file, or of its nearest written ancestor."""
        spots, lines = self._load(path)
        span, _ = spots.locate(pointer, key)
        return self._place(path, span, pointer, lines)

    def span(self, path: str, pointer: str) -> yamltext.Span | None:
        """Where in a file the value at a pointer is written; None where none is."""
        return self._load(path)[0].value(pointer)

    def _span(self, path: str, span: yamltext.Span) -> Place:
        return self._place(path, span, "", self._load(path)[1])

    def _load(self, path: str) -> tuple[yamltext.Spots, list[str]]:
        if path not in self._known:
            content = (self.source.content(path) or b"")[: yamltext.MAX_BYTES + 1]
            if len(self._known) > 64:
                self._known.clear()
            self._known[path] = (yamltext.spots(content), lines_of(content))
        return self._known[path]

    @staticmethod
    def _place(path: str, span: yamltext.Span, pointer: str, lines: list[str]) -> Place:
        if 0 < len(lines) < span.line:  # what is missing at the end of a file stands behind its last character
            column = len(lines[-1]) + 1
            span = yamltext.Span(len(lines), column, len(lines), column)
        last = len(lines) - (lines[-1:] == [""] and span.line < len(lines))  # nothing follows the last line break
        around = range(max(1, span.line - 1), min(last, span.line + 1) + 1)
        excerpt = tuple((n, lines[n - 1] if n == span.line else lines[n - 1][:_NEIGHBOUR]) for n in around)
        return Place(path, span.line, span.column, span.end_line, span.end_column, pointer, excerpt)


def key_of(remark: Remark, record: Record | None) -> tuple[str, ...]:
    """What makes two remarks the same defect at two revisions: rule, record, semantic path, value."""
    if remark.identity:
        return (remark.rule, remark.record or remark.path, *remark.identity)
    if record is None:
        return (remark.rule, remark.record or remark.path, remark.pointer, remark.message)
    about = (remark.about,) if remark.about else ()  # rules that cannot be decided for one reason are several defects
    return (remark.rule, remark.record, *about, *identify(record.data, remark.pointer))


def lines_of(content: bytes) -> list[str]:
    """The lines of a file, split at LF and CRLF alone, as the reader of YAML counts them."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return []
    try:
        text = content.decode()
    except UnicodeDecodeError:  # one character for each byte that is none, so that columns are those of the finding
        text = _NO_CHARACTER.sub("\ufffd", content.decode(errors="surrogateescape"))
    return [line.removesuffix("\r") for line in text.split("\n")]
