"""What to do when names or types do not fit, as hints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import advice
from .library import FUNCTIONS
from .relations import atoms, is_map_like
from .types import BOOL, ListType, ObjectType, OptionalType, StringType, Type

_MOST_OBJECTS = 3


def to_name(name: str, known: Sequence[str], functions: Iterable[str], suggest: advice.Suggest) -> str:
    """What to write in place of a variable that there is not."""
    if name in functions:
        return f"{name} is a function: write {name}(…)"
    names = advice.listing(sorted(set(known)))
    found = advice.instead_of_name(name) or suggest(name, known)
    return found or (f"there is {names}" if names else "")


def to_field(operand: Type, name: str, suggest: advice.Suggest) -> tuple[str, str]:
    """The message and the hint of a field that nothing has which the operand may be."""
    objects = [atom for atom in atoms(operand) if isinstance(atom, ObjectType)]
    known = sorted({key for one in objects for key in one.fields})
    if known:
        several = len(objects) > _MOST_OBJECTS
        shown = advice.listing(map(str, objects), _MOST_OBJECTS) if several else " or ".join(map(str, objects))
        message = f"{shown} {'have' if several else 'has'} no field {name}"
        return message, suggest(name, known) or f"it has {advice.listing(known)}"
    hint = advice.instead_of_function(name)
    if name in FUNCTIONS:
        alone = any(one.method and len(one.params) == 1 for one in FUNCTIONS[name].signatures)
        hint = f"write .{name}()" if alone else f"write .{name}(…)"
    if not hint and isinstance(operand, ListType):
        hint = "a list has elements: write x.all(i, …), x.exists(i, …) or x[0]"
    return f"{operand} has no fields, so no .{name}", hint


def to_argument(name: str, actual: Type, wanted: str) -> str:
    """How to make of an argument what the function takes."""
    found = str(actual)
    if name == "contains" and isinstance(actual, ListType):
        return "to look for an element write x in list"
    if name in {"indexOf", "lastIndexOf"} and isinstance(actual, ListType):
        return "to look for an element write x.exists(i, i == …)"
    if wanted == "string" and found in {"int", "uint", "double", "number", "bool", "timestamp", "duration"}:
        return "write string(x) around it"
    if isinstance(actual, StringType) and wanted in {"timestamp", "duration", "int", "double"}:
        return f"write {wanted}(x) around it"
    if isinstance(actual, StringType) and wanted == "timestamp or duration":
        return "write timestamp(x) or duration(x) around it"
    if isinstance(actual, OptionalType):
        return "write x.orValue(…) to get at the value of the optional"
    if isinstance(actual, ObjectType) and wanted == "string" and actual.fields:
        return f"give one of its fields: {advice.listing(sorted(actual.fields))}"
    return ""


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
