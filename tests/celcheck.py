"""What the CEL tests share: run an expression both ways, and hold the two evaluators to the same outcome."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from itsmctl import cel

NO_FUNCTIONS: Mapping[str, Callable[..., Any]] = {}


def failure(error: cel.EvaluationError) -> tuple[object, ...]:
    """What two errors have in common if they are the same."""
    return ("error", error.message, error.start, error.end, error.fatal)


def outcome(run: Callable[[], object]) -> tuple[object, ...]:
    """("value", type, value) or ("error", message, place), comparable with `==` (NaN as text)."""
    try:
        return ("value", *shown(run()))
    except cel.EvaluationError as error:
        return failure(error)


def shown(value: object) -> tuple[object, ...]:
    """The value so that `==` tells 1 from True from 1.0 from 1u, and finds NaN the same as NaN."""
    if isinstance(value, list):
        return ("list", *(shown(item) for item in value))
    if isinstance(value, Mapping):
        return ("map", *((shown(key), shown(item)) for key, item in value.items()))
    if isinstance(value, cel.Optional):
        return ("optional", *(shown(item) for item in value.held))
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else repr(value))
    return (type(value).__name__, value)


def both(
    program: cel.Program,
    data: Mapping[str, object],
    functions: Mapping[str, Callable[..., Any]] = NO_FUNCTIONS,
    budget: int = cel.BUDGET,
) -> Any:
    """The value by the fast evaluator, after making sure that the tracing one agrees; raises the error likewise."""

    trace = program.trace(data, functions, budget)
    problem: cel.EvaluationError | None = None
    value: object = None
    try:
        value = program.run(data, functions, budget)
    except cel.EvaluationError as error:
        problem = error
    if problem is not None:
        assert trace.error is not None, program.text
        assert failure(trace.error) == failure(problem), program.text
        raise problem
    assert trace.error is None, program.text
    assert shown(trace.value) == shown(value), program.text
    return value


def evaluate(text: str, budget: int = cel.BUDGET, /, **data: object) -> Any:
    """The value of an expression over variables of type dyn, by both evaluators."""
    program = cel.Environment(variables=dict.fromkeys(data, cel.DYN)).compile(text)
    return both(program, data, budget=budget)


def problems(
    text: str, environment: cel.Environment | None = None, expect: cel.Type | None = None
) -> list[cel.Problem]:
    """What is wrong with the expression; nothing, if it compiles."""
    try:
        (environment or cel.Environment()).compile(text, expect)
    except cel.CompileError as error:
        return list(error.problems)
    return []
