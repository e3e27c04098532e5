"""What a call is once it is read: a macro with its own node, or a function or method."""

from __future__ import annotations

from typing import Final

from . import nodes
from .lexer import Token, refuse
from .nodes import Node
from .problems import Source

_ONE_VARIABLE: Final = {
    ("all", 2),
    ("exists", 2),
    ("exists_one", 2),
    ("existsOne", 2),
    ("map", 2),
    ("map", 3),
    ("filter", 2),
    ("sortBy", 2),
}
_TWO_VARIABLES: Final = {
    ("all", 3),
    ("exists", 3),
    ("exists_one", 3),
    ("existsOne", 3),
    ("transformList", 3),
    ("transformList", 4),
    ("transformMap", 3),
    ("transformMap", 4),
    ("transformMapEntry", 3),
    ("transformMapEntry", 4),
}


def call_or_macro(source: Source, target: Node | None, name: Token, args: tuple[Node, ...], end: int) -> Node:
    """The node of `name(args)` or `target.name(args)`: a macro if name and number of arguments say so, else a call."""
    start = name.start if target is None else target.start
    shape = (name.text, len(args))
    if target is None and shape == ("has", 1):
        return _has(source, name, args[0], end)
    if target is not None and shape in _ONE_VARIABLE | _TWO_VARIABLES:
        return _loop(source, target, name, args, end, 1 if shape in _ONE_VARIABLE else 2)
    if isinstance(target, nodes.Ident) and target.name == "cel" and shape == ("bind", 3):
        return nodes.Bind(start, end, _variable(source, args[0], name), args[1], args[2])
    if target is not None and shape in {("optMap", 2), ("optFlatMap", 2)}:
        return nodes.Bind(start, end, _variable(source, args[0], name), target, args[1], name.text)
    return nodes.Call(start, end, target, name.text, args, name.start)


def _has(source: Source, name: Token, field: Node, end: int) -> Node:
    if not isinstance(field, nodes.Select) or field.optional:
        hint = "write has(a.b); for a list use size(a) > i, for a key 'k' in a"
        raise refuse(source, field.start, field.end, "has() takes a field", hint)
    return nodes.Has(name.start, end, field.operand, field.field, field.at)


def _loop(source: Source, target: Node, name: Token, args: tuple[Node, ...], end: int, count: int) -> Node:
    variables = tuple(_variable(source, arg, name) for arg in args[:count])
    if count == 2 and variables[0].name == variables[1].name:
        second = variables[1]
        raise refuse(source, second.start, second.end, "the two variables need different names")
    rest = args[count:]
    kind = {"existsOne": "exists_one"}.get(name.text, name.text)
    guard = rest[0] if len(rest) == 2 else None
    return nodes.Loop(target.start, end, kind, target, variables, guard, rest[-1], name.start)


def _variable(source: Source, node: Node, macro: Token) -> nodes.Ident:
    if isinstance(node, nodes.Ident) and not node.root:
        return node
    hint = f"the variable that {macro.text}() goes through, e.g. items.{macro.text}(i, …)"
    if macro.text == "bind":
        hint = "e.g. cel.bind(x, value, x + 1)"
    raise refuse(source, node.start, node.end, f"{macro.text}() takes a simple name first", hint)
