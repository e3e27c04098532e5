"""Which signatures of a function or operator fit the types at hand, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from .library import Signature
from .relations import assignable, atoms, join, substitute, union
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NUMERIC,
    STRING,
    TIMESTAMP,
    UINT,
    ListType,
    Type,
    TypeParam,
    UnionType,
)

_A = TypeParam("A")


def _same(*types: Type) -> tuple[Signature, ...]:
    return tuple(Signature((one, one), one) for one in types)


OPERATORS: Final[dict[str, tuple[Signature, ...]]] = {
    "+": (
        *_same(INT, UINT, DOUBLE, STRING, BYTES, DURATION),
        Signature((TIMESTAMP, DURATION), TIMESTAMP),
        Signature((DURATION, TIMESTAMP), TIMESTAMP),
        Signature((ListType(_A), ListType(_A)), ListType(_A)),
    ),
    "-": (
        *_same(INT, UINT, DOUBLE, DURATION),
        Signature((TIMESTAMP, TIMESTAMP), DURATION),
        Signature((TIMESTAMP, DURATION), TIMESTAMP),
    ),
    "*": _same(INT, UINT, DOUBLE),
    "/": _same(INT, UINT, DOUBLE),
    "%": _same(INT, UINT),
}
NEGATIVE: Final = tuple(Signature((one,), one) for one in (INT, DOUBLE))
_ORDERED: Final = (BOOL, STRING, BYTES, TIMESTAMP, DURATION)


def fitting(signatures: Iterable[Signature], given: tuple[Type, ...]) -> Type | None:
    """The result of calling with arguments of these types, or None where no signature takes them.

    Where several fit, since a type is not known yet, the result is their common type or DYN.
    """
    results: list[Type] = []
    for signature in signatures:
        params = expand(signature, len(given))
        if params is None:
            continue
        bound: dict[str, Type] = {}
        if all(assignable(actual, wanted, bound) for actual, wanted in zip(given, params, strict=True)):
            result = signature.result
            results.append(substitute(result, bound) if isinstance(result, Type) else result(given))
    if not results:
        return None
    first = results[0]
    if all(result is first for result in results):
        return first
    if any(isinstance(one, UnionType) and DYN not in given for one in given):
        return union(results)
    return join(results)


def expand(signature: Signature, count: int) -> tuple[Type, ...] | None:
    """The parameters for so many arguments, or None where the number does not fit."""
    params = signature.params
    if signature.more and count > len(params):
        return params + params[-1:] * (count - len(params))
    return params if len(params) == count else None


def orderable(one: Type, other: Type) -> bool:
    """May the two be compared with `<`? Numbers across types, else one of the ordered types on both sides."""
    for a in atoms(one):
        for b in atoms(other):
            if a == DYN and (b == DYN or b in NUMERIC or b in _ORDERED):
                return True
            if b == DYN and (a in NUMERIC or a in _ORDERED):
                return True
            if (a in NUMERIC and b in NUMERIC) or (a == b and a in _ORDERED):
                return True
    return False


def arities(signatures: Sequence[Signature], *, method: bool) -> str:
    """How many arguments the signatures take, in words: "1 or 2 arguments"."""
    counts = sorted({len(signature.params) - method for signature in signatures})
    if any(signature.more for signature in signatures):
        return "at least 1 argument"
    shown = " or ".join(str(count) for count in counts) if counts != [0] else "no"
    return f"{shown} argument{'' if counts == [1] else 's'}"
