"""What to do when types do not fit, as hints."""

from __future__ import annotations

from .relations import is_map_like
from .types import BOOL, ListType, OptionalType, Type


def to_bool(found: Type, wanted: Type) -> str:
    """How to make true or false of it."""
    if wanted != BOOL:
        return ""
    if isinstance(found, ListType) or is_map_like(found):
        return "to ask whether there is something in it, write size(x) > 0; whether a field is there, has(a.b)"
    if isinstance(found, OptionalType):
        return "write x.hasValue() or x.orValue(false)"
    return "compare it with something, or ask with has(a.b) whether it is there"


def to_same(left: Type, right: Type, symbol: str) -> str:
    """How to make the two meet."""
    pair = {str(left), str(right)}
    if pair == {"int", "double"}:
        return "write the number with or without a point on both sides, or convert it with double(x)"
    if "uint" in pair and pair & {"int", "double"}:
        return "convert one side with int(x) or uint(x)"
    if "string" in pair and pair & {"timestamp", "duration"}:
        return f"write {(pair - {'string'}).pop()}(x) around the text"
    if "string" in pair and pair & {"int", "double", "number", "bool"} and symbol == "+":
        return "write string(x) around the other side"
    if any(isinstance(one, OptionalType) for one in (left, right)):
        return "write x.orValue(…) to get at the value of the optional"
    return ""
