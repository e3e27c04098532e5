"""What a traced run leaves behind: each step with its value, where values came from, and which of them decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from . import nodes
from .nodes import Node
from .problems import EvaluationError, Source, Span
from .rendering import render

_SHOWN: Final = 5
"""How many elements of a loop `lines` shows at the start, and at the end, of a longer one."""


@dataclass(frozen=True, slots=True)
class Read:
    """A place that was looked at. `root`: a variable, or the name that the host has for a record; `pointer`: RFC 6901.

    `present` is False where nothing was there.
    """

    root: str
    pointer: str
    present: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """Where a value came from: the place it lies at, if any, and what led there.

    `root` is None for a value that was computed; `steps` are then the traces that it was computed from. For a value
    that lies somewhere, `steps` and `towards` led to its root. `parts`: of a new list, where its elements came from.
    """

    root: str | None = None
    pointer: str = ""
    present: bool = True
    steps: tuple[Trace, ...] = ()
    towards: tuple[Provenance, ...] = ()
    parts: tuple[Provenance, ...] | None = None

    def reads(self) -> Iterator[Read]:
        """The place itself first, then what led to it."""
        if self.root is not None:
            yield Read(self.root, self.pointer, self.present)
        for step in self.steps:
            yield from step.sources()
        for origin in self.towards:
            yield from origin.reads()


COMPUTED: Final = Provenance()


@dataclass(frozen=True, slots=True)
class Line:
    """A step as `why` shows it: how deep, the sub-expression, its value as text, and where it lies in the source.

    `value` is "" for a step that was not evaluated and for an ellipsis. `failed`: `value` is the message of an error.
    """

    depth: int
    text: str
    value: str
    span: Span
    evaluated: bool = True
    failed: bool = False
    read: Read | None = None


@dataclass(slots=True, eq=False)
class Trace:
    """One step: the node, its value or error, and the steps below it in the order of evaluation.

    An element that a macro went through is a step of its own: `element` is True, `node` is the macro's variable,
    `value` the element, and its steps are the conditions and results. `evaluated` is False for what a decision
    before it made superfluous.
    """

    source: Source
    node: Node
    value: Any = None
    error: EvaluationError | None = None
    children: list[Trace] = field(default_factory=list)
    origin: Provenance = COMPUTED
    evaluated: bool = True
    element: bool = False
    name: str = ""

    @property
    def text(self) -> str:
        """The sub-expression as written; for an element, the name of the macro's variable."""
        return self.name or self.source.text[self.node.start : self.node.end]

    @property
    def span(self) -> Span:
        """Where the sub-expression stands."""
        return self.source.span(self.node.start, self.node.end)

    @property
    def read(self) -> Read | None:
        """The place that this step looked at, if its value lies somewhere."""
        at = self.origin
        return None if at.root is None else Read(at.root, at.pointer, at.present)

    @property
    def reads(self) -> tuple[Read, ...]:
        """Every place that was looked at, in the order of evaluation, each once; not the ones on the way to it."""
        return tuple(dict.fromkeys(self._reads()))

    def blame(self) -> tuple[Read, ...]:
        """The places that decided the result: what a false (or true) value or an error came down to, each once.

        `a && b`: the false side; all sides where none is. `a || b`: the true side, else all. `!a`: as a. `x.all`: the
        first element that fails; `x.exists`: the list, then all elements. Comparisons and calls: their operands.
        `has(a.b)`: a.b. An error: the place where nothing was. A record reached through a function is followed by
        the places that led to it.
        """
        return tuple(dict.fromkeys(self._blame()))

    def sources(self) -> Iterator[Read]:
        """The places that the value of this step came from."""
        if self.element and self.children:
            for child in self.children:
                yield from child.sources()
            return
        if self.origin is not COMPUTED:
            yield from self.origin.reads()
        elif not isinstance(self.node, nodes.Ident):
            for child in self.children:
                if child.evaluated:
                    yield from child.sources()

    def lines(self) -> tuple[Line, ...]:
        """The steps for printing: without literals, with paths as a whole, with long loops cut in the middle."""
        return tuple(self._lines(0))

    # --- reads

    def _reads(self) -> Iterator[Read]:
        stack = [self]
        while stack:
            step = stack.pop()
            if not step.evaluated:
                continue
            read = step.read
            if read is not None and not step.element and isinstance(step.node, (*_PLACES, nodes.Binary)):
                yield read
            below = step.children
            if read is not None and isinstance(step.node, _STEPS) and not step.element:
                passed = below[0]  # the way to the place: not a place of its own, unless it ends here
                below = below[1:]
                while isinstance(passed.node, _STEPS) and not passed.element:
                    below = [*passed.children[1:], *below]
                    passed = passed.children[0]
                below = below if isinstance(passed.node, nodes.Ident) else [passed, *below]
            stack.extend(reversed(below))

    # --- blame

    def _blame(self) -> Iterator[Read]:
        if not self.evaluated:
            return
        if self.error is not None:
            yield from self._blame_error()
            return
        match self.node:
            case nodes.Logic():
                decisive = self.node.operator == "||"
                for child in self.children:
                    if child.evaluated and (self.value is not decisive or child.value is decisive):
                        yield from child._blame()
            case nodes.Unary(operator="!") | nodes.Bind():
                yield from self.children[-1]._blame()
            case nodes.Conditional():
                yield from next(child for child in self.children[1:] if child.evaluated)._blame()
                yield from self.children[0]._blame()
            case nodes.Loop() if self.node.kind in {"all", "exists", "exists_one"}:
                yield from self._blame_loop(self.node.kind)
            case _:
                yield from self.sources()

    def _blame_loop(self, kind: str) -> Iterator[Read]:
        over, *elements = self.children
        if self.value is (kind == "exists") and kind != "exists_one":
            yield from elements[-1].children[0]._blame()  # the one that decided ended the loop
            return
        yield from over.sources()
        deciding = [element for element in elements if element.children[0].value is True]
        for element in deciding if kind == "exists_one" and deciding else elements:
            yield from element.children[0]._blame()

    def _blame_error(self) -> Iterator[Read]:
        failed = [child for child in self.children if child.error is not None]
        if isinstance(self.node, nodes.Loop) and not self.element:
            for child in failed:
                yield from child._blame_error()
            if not failed:
                yield from self.children[0].sources()
        elif isinstance(self.node, nodes.Logic):
            for child in (*failed, *(child for child in self.children if child.evaluated and child.error is None)):
                yield from child._blame()
        elif failed:
            for child in failed[-1:]:
                yield from child._blame_error()
        else:
            yield from self.sources()

    # --- lines

    def _lines(self, depth: int) -> Iterator[Line]:
        if self.evaluated and isinstance(self.node, nodes.Literal) and depth and not self.element:
            return
        yield self._line(depth)
        if not self.evaluated:
            return
        below = self._worth_showing()
        looped = [child for child in below if child.element]
        hidden = len(looped) - 2 * _SHOWN
        for child in below:
            if child.element and hidden > 1 and _SHOWN <= looped.index(child) < len(looped) - _SHOWN:
                if looped[_SHOWN] is child:
                    yield Line(depth + 1, f"… {hidden} more", "", self.span)
                continue
            yield from child._lines(depth + 1)

    def _line(self, depth: int) -> Line:
        value = "" if not self.evaluated else render(self.value)
        if self.error is not None and not self.element:
            value = self.error.message
        failed = self.error is not None and not self.element
        return Line(depth, self.text, value, self.span, self.evaluated, failed, self.read)

    def _worth_showing(self) -> list[Trace]:
        """The steps below, without those whose value the text of this one makes plain."""
        step = self
        while isinstance(step.node, (nodes.Select, nodes.Has)) and not step.element and step.children:
            (operand,) = step.children
            ends_here = bool(operand.children) and operand.children[0].error is not operand.error
            if operand.error is not None and ends_here:
                return [operand]
            step = operand
        return step.children if not isinstance(step.node, nodes.ListOf) or _speaks(step) else []


@dataclass(frozen=True, slots=True)
class Bound:
    """A variable while tracing: its value and where that came from."""

    value: Any
    origin: Provenance


Scope = Mapping[str, Bound]


def _speaks(step: Trace) -> bool:
    """Is there more in a list than constants?"""
    return any(not isinstance(child.node, nodes.Literal) for child in step.children)


_PLACES: Final = (nodes.Ident, nodes.Select, nodes.Index, nodes.Has)
_STEPS: Final = (nodes.Select, nodes.Index, nodes.Has)
