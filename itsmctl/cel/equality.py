"""Static checks of `==`, `!=` and `in`: what can never be equal is a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import advice, nodes
from .nodes import Node
from .relations import assignable, atoms, comparable, is_map_like
from .remedies import to_same
from .types import BOOL, DYN, NULL, STRING, ListType, MapType, StringType, Type

if TYPE_CHECKING:
    from .checker import Checker, Scope


def equality(checker: Checker, node: nodes.Binary, left: Type, right: Type) -> None:
    """`==` and `!=`: the two sides must be able to be equal."""
    if comparable(left, right):
        _known_value(checker, node.left, left, right)
        _known_value(checker, node.right, right, left)
        return
    hint = to_same(left, right, "==")
    if NULL in (left, right):
        hint = "a missing field is not null here: write has(a.b) or !has(a.b)"
    checker.problem(node, f"{left} and {right} are never equal", hint)


def _known_value(checker: Checker, node: Node, found: Type, other: Type) -> None:
    """A literal that is compared with one of few values must be one of them."""
    if not isinstance(found, StringType) or found.literal is None:
        return
    known = [atom for atom in atoms(other) if isinstance(atom, StringType)]
    values = [value for atom in known for value in atom.values]
    if known and all(atom.values for atom in known) and found.literal not in values:
        hint = checker.suggest(found.literal, values) or f"it can be {advice.either(values)}"
        checker.problem(node, f"it is never {found.literal!r}", hint)


def membership(checker: Checker, node: nodes.Binary, left: Type, right: Type) -> None:
    """`left in right`: an element or key must be able to be equal to it."""
    lists = [atom for atom in atoms(right) if isinstance(atom, ListType)]
    maps = [atom for atom in atoms(right) if is_map_like(atom)]
    if DYN not in atoms(right) and not lists and not maps:
        hint = "for text write text.contains(part)" if isinstance(right, StringType) else ""
        if isinstance(node.right, nodes.Literal):
            hint = "for one value write ==, for several in [a, b]; for a part of a text text.contains(part)"
        checker.problem(node, f"in needs a list or map on the right, and this is {right}", hint)
        return
    if isinstance(node.right, nodes.ListOf):
        for item in node.right.items:
            _known_value(checker, item, checker.types[item], left)
    keys = [atom.key if isinstance(atom, MapType) else STRING for atom in maps]
    fits = [atom.element for atom in lists] + keys
    if fits and DYN not in atoms(right) and not any(comparable(left, one) for one in fits):
        checker.problem(node, f"{left} is never in {right}", to_same(left, fits[0], "in"))
    elif fits:
        for one in fits:
            _known_value(checker, node.left, left, one)


def inverted(checker: Checker, node: nodes.Binary, scope: Scope) -> bool:
    """Is it `!a in b`, where `!(a in b)` is meant, since a is neither true nor false? Notes that problem."""
    left = node.left
    bare = isinstance(left, nodes.Unary) and left.operator == checker.source.text[left.start] == "!"
    if not bare or assignable(checker.check(left.children()[0], scope), BOOL):
        return False
    checker.problem(left, "the ! belongs to what stands before in, not to all of it", "write !(a in b)")
    return True
