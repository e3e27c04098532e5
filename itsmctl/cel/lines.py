"""A trace as lines of text to print: what `why` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from . import nodes
from .problems import Span
from .rendering import render
from .trace import Read, Trace

_SHOWN: Final = 5
"""How many elements of a longer loop are shown at its start, and at its end."""


class Line(Struct, frozen=True):
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


def lines_of(trace: Trace) -> Iterator[Line]:
    """The steps, each before those below it."""
    stack: list[Line | tuple[int, Trace]] = [(0, trace)]
    while stack:
        item = stack.pop()
        if isinstance(item, Line):
            yield item
            continue
        depth, step = item
        yield _line(depth, step)
        if step.evaluated:
            stack.extend(reversed(_below(depth + 1, step)))


def _line(depth: int, step: Trace) -> Line:
    failed = step.error is not None and not step.element
    value = step.error.message if step.error is not None and failed else render(step.value) if step.evaluated else ""
    return Line(depth, step.text, value, step.span, step.evaluated, failed, step.read)


def _below(depth: int, step: Trace) -> list[Line | tuple[int, Trace]]:
    """The steps below, without literals and without the middle of a long loop."""
    shown: list[Line | tuple[int, Trace]] = []
    below = _worth_showing(step)
    elements = [at for at, child in enumerate(below) if child.element]
    hidden = set(elements[_SHOWN:-_SHOWN]) if len(elements) > 2 * _SHOWN + 1 else set()
    for at, child in enumerate(below):
        if at not in hidden:
            if not child.evaluated or child.element or not isinstance(child.node, nodes.Literal):
                shown.append((depth, child))
        elif at == elements[_SHOWN]:
            shown.append(Line(depth, f"… {len(hidden)} more", "", step.span))
    return shown


def _worth_showing(step: Trace) -> list[Trace]:
    """The steps below, without those whose value the text of this one makes plain."""
    while isinstance(step.node, (nodes.Select, nodes.Has)) and not step.element and step.children:
        (operand,) = step.children
        ends_here = bool(operand.children) and operand.children[0].error is not operand.error
        if operand.error is not None and ends_here:
            return [operand]
        step = operand
    constant = isinstance(step.node, nodes.ListOf) and all(isinstance(c.node, nodes.Literal) for c in step.children)
    return [] if constant else step.children
