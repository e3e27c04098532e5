"""What a traced run leaves behind: each step with its value, where values came from, and which of them decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from . import nodes
from .nodes import Node
from .problems import EvaluationError, Source, Span

if TYPE_CHECKING:
    from .lines import Line
    from .tracer import Tracer


class Read(Struct, frozen=True):
    """A place that was looked at. `root`: a variable, or the name that the host has for a record; `pointer`: RFC 6901.

    `present` is False where nothing was there.
    """

    root: str
    pointer: str
    present: bool = True


class Provenance(Struct, frozen=True, eq=False):
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


COMPUTED: Final = Provenance()


class Trace(Struct, eq=False):
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

    def lines(self) -> tuple[Line, ...]:
        """The steps for printing: without literals, with paths as a whole, with long loops cut in the middle."""
        from .lines import lines_of

        return tuple(lines_of(self))

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

    def _blame(self) -> Iterator[Read]:
        # a stack instead of recursion; what is no step to look into further is asked where its value came from
        stack: list[tuple[bool, Trace]] = [(True, self)]
        seen: set[int] = set()
        while stack:
            further, step = stack.pop()
            if further and step.evaluated:
                stack.extend(reversed(_decisive(step)))
            else:
                yield from _sources(step, seen)


Blamed = list[tuple[bool, Trace]]
"""Steps that decided, in order, and of each whether to look into it or to ask where its value came from."""


def _decisive(step: Trace) -> Blamed:
    """What a step came down to."""
    if step.error is not None:
        return _failing(step)
    below = step.children
    match step.node:
        case nodes.Logic(operator=operator):
            decisive = operator == "||"
            chosen = [child for child in below if child.evaluated]
            return [(True, child) for child in chosen if step.value is not decisive or child.value is decisive]
        case nodes.Unary(operator="!") | nodes.Bind():
            return [(True, below[-1])]
        case nodes.Conditional():
            return [(True, next(child for child in below[1:] if child.evaluated)), (True, below[0])]
        case nodes.Loop(kind="all" | "exists" | "exists_one"):
            return _elements(step, step.node.kind)
    return [(False, step)]


def _elements(step: Trace, kind: str) -> Blamed:
    over, *elements = step.children
    if kind != "exists_one" and step.value is (kind == "exists"):
        return [(True, elements[-1].children[0])]  # the one that decided ended the loop
    matching = [element for element in elements if element.children[0].value is True]
    asked = matching if kind == "exists_one" and matching else elements
    return [(False, over), *((True, element.children[0]) for element in asked)]


def _failing(step: Trace) -> Blamed:
    failed = [child for child in step.children if child.error is not None]
    if not failed:
        return [(False, step.children[0] if isinstance(step.node, nodes.Loop) and not step.element else step)]
    if isinstance(step.node, nodes.Logic):
        rest = [child for child in step.children if child.evaluated and child.error is None]
        return [(True, child) for child in (*failed, *rest)]
    if isinstance(step.node, nodes.Loop) and not step.element:
        return [(True, child) for child in failed]
    return [(True, failed[-1])]


def _sources(start: Trace, seen: set[int]) -> Iterator[Read]:
    """The places that the value of a step came from. Each step and origin is looked into once: they may be shared."""
    stack: list[Trace | Provenance] = [start]
    while stack:
        item = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Provenance):
            if item.root is not None:
                yield Read(item.root, item.pointer, item.present)
            stack.extend(reversed((*item.steps, *item.towards)))
        elif item.evaluated and item.element and item.children:
            stack.extend(reversed(item.children))
        elif item.evaluated and item.origin is not COMPUTED:
            stack.append(item.origin)
        elif item.evaluated and not isinstance(item.node, nodes.Ident):
            stack.extend(reversed(item.children))


class Bound(Struct, frozen=True):
    """A variable while tracing: its value and where that came from."""

    value: Any
    origin: Provenance


class Pending(Struct):
    """A variable of cel.bind() while tracing: evaluated when it is first asked for, and once only."""

    tracer: Tracer
    node: Node
    scope: Scope
    step: Trace | None = None

    def settle(self) -> Bound:
        """Its value and where that came from. Raises the error that it ends in."""
        if self.step is None:
            self.step = self.tracer.step(self.node, self.scope)
        if self.step.error is not None:
            raise self.step.error.with_traceback(None)
        return Bound(self.step.value, self.tracer.whence(self.step))


Scope = Mapping[str, Bound | Pending]

_PLACES: Final = (nodes.Ident, nodes.Select, nodes.Index, nodes.Has)
_STEPS: Final = (nodes.Select, nodes.Index, nodes.Has)
