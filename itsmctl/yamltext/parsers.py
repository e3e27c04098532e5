"""The two parsers behind one door: libyaml where PyYAML was built with it, else PyYAML's own. All of PyYAML we use.

They give events and say where text stops being YAML. What a scalar means is decided in `scalars`, never here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol, cast

from msgspec import Struct
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment, misc]

__all__ = [
    "BEST",
    "LIBYAML",
    "PURE",
    "Alias",
    "AliasEvent",
    "Broken",
    "DocumentStart",
    "DocumentStartEvent",
    "Event",
    "MappingEndEvent",
    "MappingNode",
    "MappingStartEvent",
    "Mark",
    "Node",
    "NodeStart",
    "Scalar",
    "ScalarEvent",
    "ScalarNode",
    "SequenceEndEvent",
    "SequenceStartEvent",
    "YAMLError",
    "YamlParser",
]


class Mark(Protocol):
    """A place in a text: everything counts from 0, in code points."""

    index: int
    line: int
    column: int


class Event(Protocol):
    """What both parsers say of each event: the classes are those of `yaml.events`."""

    start_mark: Mark
    end_mark: Mark


class DocumentStart(Event, Protocol):
    """The start of a document, with its directives."""

    version: object
    tags: object


class Alias(Event, Protocol):
    """An alias."""

    anchor: str


class NodeStart(Event, Protocol):
    """A scalar, or the start of a mapping or list. It starts with its anchor and tag."""

    anchor: str | None
    tag: str | None


class Scalar(NodeStart, Protocol):
    """A scalar; `style` is None or empty for plain ones."""

    value: str
    style: str | None


class Broken(Exception):
    """The text is not YAML. Lines and columns count from 0; the context is where the parser was in the middle of."""

    def __init__(
        self, code: str, line: int, column: int, context_line: int, context_column: int, index: int = 0
    ) -> None:
        super().__init__(code)
        self.code = code
        self.index = index
        self.line = line
        self.column = column
        self.context_line = context_line
        self.context_column = context_column


class YamlParser(Struct, frozen=True):
    """One way to parse: `events` of a text, or Broken; and, where it is faster, the `tree` of a whole file.

    `tree` gives the nodes of the only document, None if there is none, and raises YAMLError for anything else. It
    recurses in C: give it nothing that may nest deep.
    """

    name: str
    events: Callable[[str], Iterator[Event]]
    tree: Callable[[bytes], Node | None] | None = None


# (what the problem says, what the context says, our code): the words of libyaml, then those of PyYAML.
_CODES = (
    ("", "directive", "directive"),
    ("YAML directive", "", "directive"),
    ("TAG directive", "", "directive"),
    ("incompatible YAML document", "", "directive"),
    ("tag handle", "", "tag"),
    ("", "a tag", "tag"),
    ("", "an anchor", "anchor"),
    ("", "an alias", "alias"),
    ("cannot start any token", "", "start"),
    ("sequence entries are not allowed", "", "item-here"),
    ("mapping keys are not allowed", "", "question-here"),
    ("mapping values are not allowed", "", "colon-here"),
    ("could not find expected ':'", "", "no-colon"),
    ("did not find expected key", "", "key"),
    ("expected <block end>", "block mapping", "key"),
    ("did not find expected '-' indicator", "", "item"),
    ("expected <block end>", "block collection", "item"),
    ("',' or ']'", "", "list"),
    ("',' or '}'", "", "mapping"),
    ("node content", "", "value"),
    ("document start", "", "document"),
    ("end of stream", "", "open-quote"),
    ("document indicator", "", "document-in-quote"),
    ("escape", "", "escape"),
    ("hexdecimal", "", "escape"),
    ("indentation indicator equal to 0", "", "block-header"),
    ("comment or line break", "", "block-header"),
    ("tab character", "", "tab"),
    ("found unexpected ':'", "", "flow-colon"),
    ("exceeded maximum nesting depth", "", "nesting"),
)


def _broken(error: YAMLError) -> Broken:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Broken("unknown", 0, 0, 0, 0)
    problem, context = error.problem or "", error.context or ""
    code = next((code for says, within, code in _CODES if says in problem and within in context), "unknown")
    mark = error.problem_mark
    context_mark = error.context_mark or mark
    return Broken(code, mark.line, mark.column, context_mark.line, context_mark.column, mark.index)


class _Parsing(Protocol):
    def get_event(self) -> object: ...


def _events_of(parser: Callable[[str], _Parsing]) -> Callable[[str], Iterator[Event]]:
    def events(text: str) -> Iterator[Event]:
        last: Event | None = None
        taken = 0
        try:
            take = parser(text).get_event
            while (event := cast("Event | None", take())) is not None:
                yield event
                last = event
                taken += 1
            return
        except YAMLError as error:
            broken = _broken(error)
        except UnicodeDecodeError:
            # PyYAML decodes the %XX of tags, which libyaml only checks in part
            line, column = (last.end_mark.line, last.end_mark.column) if last else (0, 0)
            broken = Broken("tag", line, column, line, column)
        if broken.code != "nesting":
            raise broken
        # libyaml 0.2.6 counts levels while it reads ahead: without the bracket too many, it gives all before it
        yield from islice(events(text[: broken.index]), taken, None)
        raise broken

    return events


def _pure(text: str) -> _Parsing:
    from itsmctl.yamltext.pure import PureParser

    return PureParser(text)


PURE = YamlParser("PyYAML", _events_of(_pure))
"""PyYAML's pure-Python parser: some fifty times slower, always there."""

LIBYAML: YamlParser | None = None
"""The C parser, None where PyYAML was built without it."""

if CParser is not None:

    class _Composer(CParser):
        # Called for every node, and not needed: tags are refused before. Nothing is cheaper to call than these.
        resolve = "".format
        descend_resolver = operator.is_
        ascend_resolver = bool

        __slots__ = ()

    def _tree(content: bytes) -> Node | None:
        return _Composer(content).get_single_node()

    LIBYAML = YamlParser("libyaml", _events_of(CParser), _tree)

BEST = LIBYAML or PURE
