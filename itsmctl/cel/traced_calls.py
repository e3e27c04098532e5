"""Calls and bound names, traced. What a function of the host gives may be a record: the host's `origin_of` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import figures, nodes
from .closures import host_failure
from .frames import placed
from .nodes import Node
from .problems import EvaluationError
from .trace import Bound, Pending, Provenance, Scope, Trace
from .values import NOTHING, Optional

if TYPE_CHECKING:
    from .tracer import Tracer


def trace_bind(tracer: Tracer, trace: Trace, node: nodes.Bind, scope: Scope) -> None:
    """cel.bind(), optMap() and optFlatMap()."""
    if node.optional:
        _trace_optional(tracer, trace, node, scope)
        return
    pending = Pending(tracer, node.value, scope)
    body = tracer.step(node.body, {**scope, node.variable.name: pending})
    trace.children += [pending.step or Trace(tracer.source, node.value, evaluated=False), body]
    if body.error is not None:
        raise body.error
    trace.value, trace.origin = body.value, tracer.whence(body)


def _trace_optional(tracer: Tracer, trace: Trace, node: nodes.Bind, scope: Scope) -> None:
    """optMap() and optFlatMap()."""
    target = tracer.below(trace, node.value, scope)
    try:
        held = figures.bound_value(target.value, node.optional)
    except EvaluationError as error:
        raise placed(error, node.value) from None
    if not held:
        tracer.skip(trace, node.body)
        trace.value = NOTHING
        return
    inner = {**scope, node.variable.name: Bound(held[0], tracer.whence(target))}
    body = tracer.below(trace, node.body, inner)
    trace.value, trace.origin = body.value, tracer.whence(body)
    if node.optional == "optMap":
        trace.value = Optional(body.value)
    else:
        try:
            trace.value = figures.flat(body.value)
        except EvaluationError as error:
            raise placed(error, node.body) from None


def trace_call(tracer: Tracer, trace: Trace, node: nodes.Call, scope: Scope) -> None:
    """A function or method: a standard one, or one of the host."""
    resolved = tracer.checked.calls[node]
    name = resolved.name
    if name in {"or", "orValue"}:
        _coalesce(tracer, trace, resolved.args, scope, name)
        return
    args = [tracer.below(trace, arg, scope) for arg in resolved.args]
    values = [arg.value for arg in args]
    if resolved.standard is None:
        trace.value = _host(tracer, name, values)
        trace.origin = Provenance(tracer.named(trace.value), steps=tuple(args))
        return
    trace.value = resolved.standard.call(tracer.meter, *values)
    if name in _PASSING:
        trace.origin = tracer.whence(args[0])
    elif name in {"first", "last"} and trace.value.held:
        at = 0 if name == "first" else len(values[0]) - 1
        trace.origin = tracer.part(args[0].origin, trace.value.held[0], at)


def _host(tracer: Tracer, name: str, values: list[Any]) -> Any:
    """Call a function of the host."""
    function = tracer.functions.get(name)
    if function is None:
        raise EvaluationError(f"the function {name}() was not given", fatal=True)
    try:
        return function(*values)
    except EvaluationError:
        raise
    except Exception as error:
        raise host_failure(name, error) from error


def _coalesce(tracer: Tracer, trace: Trace, args: tuple[Node, ...], scope: Scope, name: str) -> None:
    """`a.or(b)` and `a.orValue(b)`: b is evaluated only if a is empty."""
    first = tracer.below(trace, args[0], scope)
    empty = isinstance(first.value, Optional) and not first.value.held
    if empty:
        chosen = tracer.below(trace, args[1], scope)
    else:
        chosen = first
        tracer.skip(trace, args[1])
    apply = figures.either if name == "or" else figures.value_or
    trace.value = apply(tracer.meter, first.value, chosen.value if empty else None)
    trace.origin = tracer.whence(chosen) if chosen is first else Provenance(steps=(chosen, first))


_PASSING: Final = frozenset({"dyn", "value", "optional.of", "optional.ofNonZeroValue"})
