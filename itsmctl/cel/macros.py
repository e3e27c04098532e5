"""Static checks of macros: the types of their variables, conditions and results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import nodes
from .library import SORTED
from .nodes import ASKING
from .relations import assignable, atoms, is_map_like, settled, union, value_type
from .types import BOOL, DYN, INT, STRING, ListType, MapType, ObjectType, OptionalType, Type

if TYPE_CHECKING:
    from .checker import Checker, Scope


def check_loop(checker: Checker, node: nodes.Loop, scope: Scope) -> Type:
    """The type of a macro that goes through a list or map."""
    over = checker.check(node.range, scope)
    inner = dict(scope)
    for variable, type_ in zip(node.variables, _variables(checker, node, over), strict=True):
        inner[variable.name] = checker.types[variable] = type_
    if node.guard is not None:
        checker.boolean(node.guard, inner, f"the condition of {node.kind}()")
    if node.kind in ASKING:
        checker.boolean(node.body, inner, f"the condition of {node.kind}()")
        return ListType(inner[node.variables[0].name]) if node.kind == "filter" else BOOL
    result = checker.check(node.body, inner)
    if node.kind == "sortBy":
        return _check_sort(checker, node, over, result)
    if node.kind in {"map", "transformList"}:
        return ListType(result)
    if node.kind == "transformMap":
        return MapType(inner[node.variables[0].name], result)
    if not any(is_map_like(atom) or atom == DYN for atom in atoms(result)):
        checker.problem(node.body, f"transformMapEntry() needs a map here, like {{key: value}}, and this is {result}")
    return result if isinstance(result, MapType) else MapType(DYN, DYN)


def _check_sort(checker: Checker, node: nodes.Loop, over: Type, key: Type) -> Type:
    """`x.sortBy(i, key)`: a list, by keys that have an order."""
    if not any(isinstance(atom, ListType) or atom == DYN for atom in atoms(over)):
        return checker.problem(node.range, f"sortBy() goes through a list, and this is {over}")
    if not assignable(key, SORTED):
        checker.problem(node.body, f"sortBy() needs a key that has an order, and this is {key}")
    return over


def _variables(checker: Checker, node: nodes.Loop, over: Type) -> tuple[Type, ...]:
    """The types of the macro's variables."""
    firsts: list[Type] = []
    seconds: list[Type] = []
    for atom in atoms(over):
        if atom == DYN:
            firsts.append(DYN)
            seconds.append(DYN)
        elif isinstance(atom, ListType):
            firsts.append(INT if len(node.variables) == 2 else settled(atom.element))
            seconds.append(settled(atom.element))
        elif isinstance(atom, (MapType, ObjectType)):
            firsts.append(settled(atom.key) if isinstance(atom, MapType) else STRING)
            seconds.append(settled(value_type(atom)))
    if not firsts:
        hint = "an optional: write x.orValue([]) before it" if isinstance(over, OptionalType) else ""
        checker.problem(node.range, f"{node.kind}() goes through a list or map, and this is {over}", hint)
    return (union(firsts), union(seconds))[: len(node.variables)]


def check_bind(checker: Checker, node: nodes.Bind, scope: Scope) -> Type:
    """The type of a macro that gives one name a value."""
    value = checker.check(node.value, scope)
    if node.optional:
        value = _held(checker, node, value)
    checker.types[node.variable] = value
    body = checker.check(node.body, {**scope, node.variable.name: value})
    if node.optional == "optMap":
        return OptionalType(body)
    if node.optional and body != DYN and not isinstance(body, OptionalType):
        return checker.problem(node.body, f"optFlatMap() needs an optional here, and this is {body}", "write optMap()")
    return body


def _held(checker: Checker, node: nodes.Bind, value: Type) -> Type:
    """What the optional holds."""
    if isinstance(value, OptionalType) or value == DYN:
        return settled(value.value) if isinstance(value, OptionalType) else DYN
    return checker.problem(node.value, f"{node.optional}() works on an optional, and this is {value}", "write a.?b")
