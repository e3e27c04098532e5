"""Lists and maps that an expression writes out, traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import nodes
from .closures import held
from .trace import Provenance, Scope, Trace
from .values import make_map

if TYPE_CHECKING:
    from .tracer import Tracer


def trace_list(tracer: Tracer, trace: Trace, node: nodes.ListOf, scope: Scope) -> None:
    """`[a, ?b]`."""
    made: list[Any] = []
    parts: list[Provenance] = []
    for item, optional in zip(node.items, node.optional, strict=True):
        child = tracer.below(trace, item, scope)
        values = held(child.value, item) if optional else (child.value,)
        made.extend(values)
        parts.extend(tracer.whence(child) for _ in values)
    trace.value = made
    trace.origin = Provenance(steps=tuple(trace.children), parts=tuple(parts))


def trace_map(tracer: Tracer, trace: Trace, node: nodes.MapOf, scope: Scope) -> None:
    """`{k: v, ?k: v}`."""
    pairs: list[tuple[object, object]] = []
    for key, value, optional in zip(node.keys, node.values, node.optional, strict=True):
        found_key = tracer.below(trace, key, scope).value
        child = tracer.below(trace, value, scope)
        pairs.extend((found_key, one) for one in (held(child.value, value) if optional else (child.value,)))
    trace.value = make_map(pairs)
