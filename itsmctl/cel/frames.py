"""The frame of a run, and the closures that read it: constants, variables, paths into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from .nodes import Node
from .operations import Meter
from .problems import EvaluationError

Frame = Meter
Run = Callable[[Frame], Any]

FIRST_SLOT: Final = 2


class Missing:
    """Stands in a frame for a variable that the host gave no value for. Has no fields, is no value."""

    __slots__ = ()


MISSING: Final = Missing()


def placed(error: EvaluationError, node: Node) -> EvaluationError:
    """The error, with the place of the node unless it has one."""
    if error.start < 0:
        error.start, error.end = node.start, node.end
    return error


def constant(value: object) -> Run:
    """The same value each time."""

    def run(frame: Frame) -> Any:
        del frame
        return value

    return run


def no_value(name: str) -> EvaluationError:
    """The error of a variable that the host gave no value for."""
    return EvaluationError(f"there is no value for the variable {name}")


class Failure(Struct, frozen=True):
    """Stands in a frame for the value of cel.bind() that ended in an error: each use of the name ends in it too."""

    error: EvaluationError


def pending(slot: int, evaluate: Run) -> Run:
    """A variable of cel.bind(): evaluated when it is first asked for, and once only."""

    def run(frame: Frame) -> Any:
        value = frame[slot]
        if value is MISSING:
            try:
                value = frame[slot] = evaluate(frame)
            except EvaluationError as error:
                frame[slot] = Failure(error)
                raise
        elif type(value) is Failure:
            raise value.error.with_traceback(None)
        return value

    return run


def variable_path(slot: int, keys: list[str], start: Run, slowly: Callable[[Any], Any]) -> Run:
    """A chain of fields from a variable; up to three are looked up in one expression."""
    if len(keys) == 1:
        (one,) = keys

        def run_one(frame: Frame) -> Any:
            try:
                return frame[slot][one]
            except (KeyError, TypeError, IndexError):
                return slowly(start(frame))

        return run_one
    if len(keys) == 2:
        one, two = keys

        def run_two(frame: Frame) -> Any:
            try:
                return frame[slot][one][two]
            except (KeyError, TypeError, IndexError):
                return slowly(start(frame))

        return run_two
    if len(keys) == 3:
        one, two, three = keys

        def run_three(frame: Frame) -> Any:
            try:
                return frame[slot][one][two][three]
            except (KeyError, TypeError, IndexError):
                return slowly(start(frame))

        return run_three
    return path(start, keys, slowly)


def path(start: Run, keys: list[str], slowly: Callable[[Any], Any]) -> Run:
    """A chain of fields from anything."""
    names = tuple(keys)

    def run(frame: Frame) -> Any:
        first = value = start(frame)
        try:
            for key in names:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            return slowly(first)
        return value

    return run
