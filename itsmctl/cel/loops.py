"""The macros that go through lists and maps, as closures: all exists exists_one filter map transform… bind.

A loop pays for its whole list before it starts (elements × weight of the body), and gets back what an early end saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import length_hint
from typing import TYPE_CHECKING, Any

from . import access, figures, lists, nodes, operations
from .frames import MISSING, Frame, Run, placed
from .nodes import weight
from .operations import charge
from .problems import EvaluationError
from .values import NOTHING, Optional, make_map

if TYPE_CHECKING:
    from .fast import Compiler


def cost(node: nodes.Loop) -> int:
    """What each element is charged with."""
    return 1 + sum(weight(part) for part in node.inside())


def compile_loop(compiler: Compiler, node: nodes.Loop, scope: Mapping[str, int]) -> Run:
    """The closure of a loop: `start` gives the list, paid for; `step` puts one element into the frame."""
    source = compiler.compile(node.range, scope)
    slots = tuple(compiler.new_slot() for _ in node.variables)
    inner = {**scope, **{variable.name: slot for variable, slot in zip(node.variables, slots, strict=True)}}
    guard = None if node.guard is None else compiler.compile(node.guard, inner)
    body = compiler.compile(node.body, inner)
    price = cost(node)
    two = len(slots) == 2

    def start(frame: Frame) -> Sequence[Any]:
        value = source(frame)
        if two or type(value) is not list:
            try:
                value = access.pairs(value) if two else access.elements(value, node.kind)
            except EvaluationError as error:
                raise placed(error, node.range) from None
        frame[0] -= price * len(value)
        if frame[0] < 0:
            raise placed(operations.exhausted(frame), node)
        return value  # type: ignore[no-any-return]

    match node.kind:
        case "all" | "exists":
            return _any_or_all(node, start, slots, body, price)
        case "exists_one":
            return _exactly_one(node, start, slots, body)
        case "filter":
            return _filter(node, start, slots[0], body)
        case "map" | "transformList":
            return _map(node, start, slots, guard, body)
        case "sortBy":
            return _sort(node, start, slots[0], body)
    return _transform_map(node, start, slots, guard, body)


Start = Callable[[Any], Sequence[Any]]


def _set(frame: Frame, slots: tuple[int, ...], item: Any) -> None:
    """Give the variables their values."""
    if len(slots) == 1:
        frame[slots[0]] = item
    else:
        frame[slots[0]], frame[slots[1]] = item


def _any_or_all(node: nodes.Loop, start: Start, slots: tuple[int, ...], condition: Run, price: int) -> Run:
    """An element that decides wins over errors of others; without one, the first error is the error."""
    decisive = node.kind == "exists"
    single = slots[0] if len(slots) == 1 else None
    place = f"the condition of {node.kind}()"

    def run(frame: Frame) -> bool:
        problem: EvaluationError | None = None
        iterator = iter(start(frame))
        for item in iterator:
            if single is not None:
                frame[single] = item
            else:
                _set(frame, slots, item)
            try:
                value: object = condition(frame)
            except EvaluationError as error:
                if error.fatal:
                    raise
                problem = problem or error
                continue
            if value is decisive:
                frame[0] += price * length_hint(iterator)
                return decisive
            if value is not (not decisive):
                problem = problem or placed(operations.not_bool(value, place), node.body)
        if problem is not None:
            raise problem
        return not decisive

    return run


def _holds(frame: Frame, node: nodes.Loop, condition: Run, place: nodes.Node) -> bool:
    """Is the condition, which stands at `place`, true for the element in the frame?"""
    value: object = condition(frame)
    if value is True:
        return True
    if value is False:
        return False
    raise placed(operations.not_bool(value, f"the condition of {node.kind}()"), place)


def _exactly_one(node: nodes.Loop, start: Start, slots: tuple[int, ...], condition: Run) -> Run:
    def run(frame: Frame) -> bool:
        count = 0
        for item in start(frame):
            _set(frame, slots, item)
            count += _holds(frame, node, condition, node.body)
        return count == 1

    return run


def _filter(node: nodes.Loop, start: Start, slot: int, condition: Run) -> Run:
    def run(frame: Frame) -> list[Any]:
        kept = []
        for item in start(frame):
            frame[slot] = item
            if _holds(frame, node, condition, node.body):
                kept.append(item)
        return kept

    return run


def _map(node: nodes.Loop, start: Start, slots: tuple[int, ...], guard: Run | None, body: Run) -> Run:
    slot = slots[0]

    def run_plain(frame: Frame) -> list[Any]:
        made = []
        for item in start(frame):
            frame[slot] = item
            made.append(body(frame))
        return made

    def run(frame: Frame) -> list[Any]:
        made = []
        for item in start(frame):
            _set(frame, slots, item)
            if guard is None or _holds(frame, node, guard, node.guard or node):
                made.append(body(frame))
        return made

    return run_plain if guard is None and len(slots) == 1 else run


def _sort(node: nodes.Loop, start: Start, slot: int, body: Run) -> Run:
    def run(frame: Frame) -> list[Any]:
        items, keys = start(frame), []
        for item in items:
            frame[slot] = item
            keys.append(body(frame))
        try:
            return [items[at] for at in lists.positions(keys)]
        except EvaluationError as error:
            raise placed(error, node.body) from None

    return run


def _transform_map(node: nodes.Loop, start: Start, slots: tuple[int, ...], guard: Run | None, body: Run) -> Run:
    def run(frame: Frame) -> Any:
        pairs: list[tuple[object, object]] = []
        for item in start(frame):
            _set(frame, slots, item)
            if guard is None or _holds(frame, node, guard, node.guard or node):
                try:
                    pairs.extend(entries(node, item, body(frame), frame))
                except EvaluationError as error:
                    raise placed(error, node.body) from None
        try:
            return make_map(pairs)
        except EvaluationError as error:
            raise placed(error, node) from None

    return run


def entries(node: nodes.Loop, item: Any, made: object, meter: operations.Meter) -> Iterable[tuple[object, object]]:
    """What one element adds to the new map: its key with what it became, or the entries that it became."""
    if node.kind == "transformMap":
        return ((item[0], made),)
    if not isinstance(made, Mapping):
        raise operations.no_overload("transformMapEntry()", made)
    charge(meter, len(made) // 8)
    return made.items()


def compile_bind(compiler: Compiler, node: nodes.Bind, scope: Mapping[str, int]) -> Run:
    """cel.bind(), optMap() and optFlatMap()."""
    value = compiler.compile(node.value, scope)
    slot = compiler.new_slot()
    if not node.optional:
        compiler.pending[slot] = value
    body = compiler.compile(node.body, {**scope, node.variable.name: slot})
    if not node.optional:

        def run(frame: Frame) -> Any:
            frame[slot] = MISSING  # evaluated when it is first asked for, as in cel-go
            return body(frame)

        return run

    def run_optional(frame: Frame) -> Any:
        target = value(frame)
        try:
            held = figures.bound_value(target, node.optional)
        except EvaluationError as error:
            raise placed(error, node.value) from None
        if not held:
            return NOTHING
        frame[slot] = held[0]
        found = body(frame)
        if node.optional == "optMap":
            return Optional(found)
        try:
            return figures.flat(found)
        except EvaluationError as error:
            raise placed(error, node.body) from None

    return run_optional
