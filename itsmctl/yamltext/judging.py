"""The careful way to read: event by event, collecting every reason to refuse. Decides what is plain YAML.

Iterative, so that no nesting can exhaust the stack, and linear in the size of the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from itsmctl.yamltext.characters import REFUSED, describe, text_of
from itsmctl.yamltext.keys import shortened, unfit_key
from itsmctl.yamltext.parsers import (
    Alias,
    AliasEvent,
    Broken,
    DocumentStart,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeStart,
    Scalar,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YamlParser,
)
from itsmctl.yamltext.rules import MAX_BYTES, MAX_DEPTH, START, Full, Ledger, Span
from itsmctl.yamltext.scalars import NotRepresentable
from itsmctl.yamltext.sharing import KEYS, PLAIN, QUOTED, NotPlainKey

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ODD_ESCAPE = re.compile(r"\\[0abefvrNLPxuU]")
_SHORT_ESCAPES = dict(zip("0abvfreNLP", "\0\a\b\v\f\r\x1b\x85\u2028\u2029", strict=True))
_TAG = re.compile(r"!(?:<[^>\n]*>|[^\s,]*)")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_DOCUMENT_END = re.compile(r"\.\.\.(?:\s|$)")


class _Stop(Exception):
    """Reading on could take long or mislead, and nothing behind can matter."""


class _Level:
    """A mapping or list that is being read. `due` says that a key comes next."""

    __slots__ = ("due", "items", "key", "mapping", "seen", "start")

    def __init__(self, event: NodeStart, mapping: bool) -> None:
        self.start = event
        self.due = mapping
        self.items: list[object] = []
        self.mapping: dict[str, object] | None = {} if mapping else None
        self.key = ""
        self.seen: dict[str, Scalar] = {}

    @property
    def data(self) -> object:
        return self.items if self.mapping is None else self.mapping


def judge(content: bytes, parser: YamlParser) -> object:
    """The plain data of a file. Raises Refused with all that is found."""
    ledger = Ledger()
    try:
        data = _data_of(content, parser, ledger)
    except Full:
        data = None
    if ledger:
        raise ledger.refused()
    return data


def _data_of(content: bytes, parser: YamlParser, ledger: Ledger) -> object:
    if len(content) > MAX_BYTES:
        ledger.add("yaml-size", "the file is larger than 1 MiB", "Keep the data elsewhere and link to it.", START)
        return None
    if (text := text_of(content, ledger)) is None:
        return None
    walk = _Walk(_without_directives(text.readable, ledger), ledger)
    try:
        for event in parser.events(walk.text):
            walk.take(event)
        if not walk.documents:
            comments = " but comments" if text.readable.strip() else ""
            ledger.add("yaml-empty", f"the file holds nothing{comments}", "Write the record, or delete it.", START)
    except _Stop:
        pass
    except Broken as broken:
        # Where characters had to be replaced to read on, the error may be nothing but their echo.
        if text.readable == text.written:
            from itsmctl.yamltext import mistakes

            ledger.add(*mistakes.explain(walk.text, broken))
    return walk.data


class _Walk:
    """Takes the events of a text in turn; `data` is the value of the document once all are taken."""

    def __init__(self, text: str, ledger: Ledger) -> None:
        self.text = text
        self.ledger = ledger
        self.data: object = None
        self.documents = 0
        self._has_escapes = "\\" in text
        self._level: _Level | None = None
        self._outer: list[_Level | None] = []

    def take(self, event: Event) -> None:
        if step := _STEPS.get(type(event)):
            step(self, event)

    def document(self, event: DocumentStart) -> None:
        self.documents += 1
        span = _one_line(event)
        if event.version or event.tags:
            self.ledger.add("yaml-directive", *_DIRECTIVE_WORDS, span)
        if self.documents > 1:
            message = "a second document starts here; a file holds one record"
            hint = "Move what follows to a file of its own; delete a `---` or `...` that only ends the file."
            self.ledger.add("yaml-documents", message, hint, span)

    def alias(self, event: Alias) -> None:
        message = f"`*{event.anchor}` is an alias: it stands for the value marked `&{event.anchor}`"
        hint = "Write the value out; put the text in quotes if the `*` belongs to it."
        self.ledger.add("yaml-alias", message, hint, _one_line(event))
        self._put(None)

    def scalar(self, event: Scalar) -> None:
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if self._has_escapes and event.style == '"':
            self._escapes(event)
        level = self._level
        if level is not None and level.due:
            self._key(level, event)
            level.due = False
        else:
            self._put(QUOTED[event.value] if event.style else self._value(event))

    def mapping(self, event: NodeStart) -> None:
        self._start(event, True, "mapping")

    def sequence(self, event: NodeStart) -> None:
        self._start(event, False, "list")

    def _start(self, event: NodeStart, mapping: bool, what: str) -> None:
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if len(self._outer) == MAX_DEPTH:
            message = f"more than {MAX_DEPTH} mappings and lists stand inside each other"
            hint = "Check the brackets and the indentation: the levels are probably not meant."
            self.ledger.add("yaml-nesting", message, hint, _one_line(event))
            raise _Stop
        if self._level is not None and self._level.due:
            hint = "Put the text in quotes if the brackets belong to it; a key is one plain text."
            self.ledger.add("yaml-key", f"a {what} stands where a key is expected", hint, _one_line(event))
        self._outer.append(self._level)
        self._level = _Level(event, mapping)

    def end(self, _event: Event) -> None:
        if (level := self._level) is not None:
            self._level = self._outer.pop()
            self._put(level.data)

    def _put(self, value: object) -> None:
        """Put a complete value where it belongs. As a key it was refused, and only the turn passes to its value."""
        level = self._level
        if level is None:
            self.data = value
        elif level.mapping is None:
            level.items.append(value)
        elif level.due:
            level.due = False
        else:
            level.mapping[level.key] = value
            level.due = True

    def _value(self, event: Scalar) -> object:
        try:
            return PLAIN[event.value]
        except NotRepresentable as reason:
            message = f"`{shortened(event.value)}` {reason}"
            hint = "Write a finite number of reasonable length, or put it in quotes if it is meant as text."
            self.ledger.add("yaml-number", message, hint, _one_line(event))
            return None

    def _key(self, level: _Level, event: Scalar) -> None:
        try:
            name = level.key = KEYS[event.value]
        except NotPlainKey:
            name = level.key = event.value
            self._pair_without_key(level, event)
            if found := unfit_key(name, event.style):
                self.ledger.add(*found, _one_line(event))
                return
        if name in level.seen:
            first = _one_line(level.seen[name])
            message = f"the key `{shortened(name)}` stands twice in this mapping; the first is on line {first.line}"
            hint = "Keep one of the two, or merge their values."
            self.ledger.add("yaml-duplicate-key", message, hint, _one_line(event), ((first, "first written here"),))
        else:
            level.seen[name] = event

    def _pair_without_key(self, level: _Level, event: Scalar) -> None:
        """`?` alone in a list in brackets: libyaml up to 0.2.5 takes what follows along, so nothing behind is sure."""
        start, outer = level.start, self._outer[-1]
        alone = not event.value and not event.style and outer is not None and outer.mapping is None
        if alone and getattr(start, "flow_style", False) and self.text[start.start_mark.index] == "?":
            hint = "Write the key and its value behind the `?`; put the text in quotes if the `?` belongs to it."
            self.ledger.add("yaml-key", "no key stands behind this `?`", hint, _one_line(start))
            raise _Stop

    def _properties(self, event: NodeStart) -> None:
        start = event.start_mark.index
        if event.anchor is not None:
            name = f"&{event.anchor}"
            hint = f"Delete `{name}`; put the text in quotes if the `&` belongs to it."
            message = f"`{name}` is an anchor: it marks a value for aliases to repeat"
            at = self.text.find(name, start)
            self.ledger.add("yaml-anchor", message, hint, self._span_from(event, at, at + len(name)))
        if event.tag is not None and (tag := _TAG.search(self.text, start)):
            name = shortened(tag.group())
            hint = f"Delete `{name}`; put the text in quotes if the `!` belongs to it."
            message = f"`{name}` is a tag: it asks the reader for something else than plain data"
            self.ledger.add("yaml-tag", message, hint, self._span_from(event, tag.start(), tag.end()))

    def _escapes(self, event: Scalar) -> None:
        start = event.start_mark.index
        source = self.text[start : event.end_mark.index]
        if _ODD_ESCAPE.search(source):
            for escape in _ESCAPE.finditer(source):
                digits = escape[1] or escape[2] or escape[3]
                character = chr(int(digits, 16)) if digits else _SHORT_ESCAPES.get(escape[4], "")
                if character == "\r" or REFUSED.match(character):
                    rule, message, _ = describe(character)
                    span = self._span_from(event, start + escape.start(), start + escape.end())
                    hint = "Delete the escape; a line break is written \\n, a tab \\t."
                    self.ledger.add(rule, f"`{escape.group()}`: {message}", hint, span)
        if not unicodedata.is_normalized("NFC", event.value):
            message = "with its escapes replaced, this text is not in Unicode's normal form C"
            hint = "Write the letters themselves instead of escapes, as your keyboard gives them."
            self.ledger.add("yaml-nfc", message, hint, _one_line(event))

    def _span_from(self, event: NodeStart, start: int, end: int) -> Span:
        """The span of a stretch of text that begins within an event."""
        mark = event.start_mark
        breaks = self.text.count("\n", mark.index, start)
        column = start - self.text.rfind("\n", mark.index, start) if breaks else mark.column + start - mark.index + 1
        return Span(mark.line + breaks + 1, column, mark.line + breaks + 1, column + end - start)


_STEPS: dict[type, Callable[[_Walk, Any], None]] = {
    ScalarEvent: _Walk.scalar,
    MappingStartEvent: _Walk.mapping,
    SequenceStartEvent: _Walk.sequence,
    MappingEndEvent: _Walk.end,
    SequenceEndEvent: _Walk.end,
    AliasEvent: _Walk.alias,
    DocumentStartEvent: _Walk.document,
}
_DIRECTIVE_WORDS = (
    "a line that starts with `%` is a YAML directive",
    "Delete the line, and a `---` after it; every record is read as YAML 1.2.",
)


def _without_directives(text: str, ledger: Ledger) -> str:
    """The text with its directives refused and turned into comments, so that all parsers read on alike."""
    if not _DIRECTIVE.search(text):
        return text
    lines = text.split("\n")
    may_start = True
    for index, line in enumerate(lines):
        if may_start and line.startswith("%"):
            ledger.add("yaml-directive", *_DIRECTIVE_WORDS, Span(index + 1, 1, index + 1, len(line.rstrip()) + 1))
            lines[index] = f"#{line[1:]}"
        elif _DOCUMENT_END.match(line):
            may_start = True
        elif line.strip() and not line.lstrip().startswith("#"):
            may_start = False
    return "\n".join(lines)


def _one_line(event: Event) -> Span:
    """The span of an event, cut off at the end of its first line; at least one character wide."""
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 1 + max(width, 1))
