"""The syntax tree: one frozen class a form. `start` and `end` are offsets into the source, in code points.

Macros have their own nodes (Has, Loop, Bind): evaluators and traces then speak of what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct


class Node(Struct, frozen=True, eq=False):
    """An expression. Identity is the object itself: two equal texts at two places are two nodes."""

    start: int
    end: int

    def children(self) -> tuple[Node, ...]:
        """The direct sub-expressions, in the order of the text."""
        return ()


class Literal(Node, frozen=True, eq=False):
    """A constant."""

    value: object


class Ident(Node, frozen=True, eq=False):
    """A name; `root` where a leading dot skips the variables of loops."""

    name: str
    root: bool = False


class Select(Node, frozen=True, eq=False):
    """`operand.field`, or `operand.?field` where `optional`. `at` is where the field's name starts."""

    operand: Node
    field: str
    at: int
    optional: bool = False

    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


class Index(Node, frozen=True, eq=False):
    """`operand[key]`, or `operand[?key]` where `optional`."""

    operand: Node
    key: Node
    optional: bool = False

    def children(self) -> tuple[Node, ...]:
        """Operand and key."""
        return (self.operand, self.key)


class Call(Node, frozen=True, eq=False):
    """`name(args)`, or `target.name(args)`. `at` is where the name starts."""

    target: Node | None
    name: str
    args: tuple[Node, ...]
    at: int

    def children(self) -> tuple[Node, ...]:
        """The target, if any, and the arguments."""
        return self.args if self.target is None else (self.target, *self.args)


class Unary(Node, frozen=True, eq=False):
    """`!x` or `-x`."""

    operator: str
    operand: Node

    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


class Binary(Node, frozen=True, eq=False):
    """Arithmetic, comparison or `in`. `at` is where the operator starts."""

    operator: str
    left: Node
    right: Node
    at: int

    def children(self) -> tuple[Node, ...]:
        """Left and right."""
        return (self.left, self.right)


class Logic(Node, frozen=True, eq=False):
    """A whole chain of `&&` or of `||`, flat: `a && b && c` is one node with three operands."""

    operator: str
    operands: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """The operands."""
        return self.operands


class Conditional(Node, frozen=True, eq=False):
    """`test ? then : otherwise`."""

    test: Node
    then: Node
    otherwise: Node

    def children(self) -> tuple[Node, ...]:
        """Test and both branches."""
        return (self.test, self.then, self.otherwise)


class ListOf(Node, frozen=True, eq=False):
    """`[a, ?b]`; `optional` says for each item whether it is left out when it holds no value."""

    items: tuple[Node, ...]
    optional: tuple[bool, ...]

    def children(self) -> tuple[Node, ...]:
        """The items."""
        return self.items


class MapOf(Node, frozen=True, eq=False):
    """`{k: v, ?k: v}`; `optional` as in ListOf."""

    keys: tuple[Node, ...]
    values: tuple[Node, ...]
    optional: tuple[bool, ...]

    def children(self) -> tuple[Node, ...]:
        """Key, value, key, value."""
        return tuple(node for pair in zip(self.keys, self.values, strict=True) for node in pair)


class Has(Node, frozen=True, eq=False):
    """`has(operand.field)`. `at` is where the field's name starts."""

    operand: Node
    field: str
    at: int

    def children(self) -> tuple[Node, ...]:
        """The operand of the selection."""
        return (self.operand,)


ASKING: Final = frozenset({"all", "exists", "exists_one", "filter"})
"""The macros whose body is a condition."""


class Loop(Node, frozen=True, eq=False):
    """A macro over a list or map: `range.kind(variables…, guard, body)`.

    `kind` is one of all, exists, exists_one, filter, map, sortBy, transformList, transformMap, transformMapEntry. Two
    variables are index and element of a list, key and value of a map. `body` is what each element is asked or
    turned into; `guard`, where there is one, says which elements the others are turned into.
    """

    kind: str
    range: Node
    variables: tuple[Ident, ...]
    guard: Node | None
    body: Node
    at: int

    def inside(self) -> tuple[Node, ...]:
        """What is evaluated for each element, in order."""
        return (self.body,) if self.guard is None else (self.guard, self.body)

    def children(self) -> tuple[Node, ...]:
        """Range and body."""
        return (self.range, *self.inside())


class Bind(Node, frozen=True, eq=False):
    """`cel.bind(variable, value, body)`. With `optional` set it is `value.optMap(variable, body)` or `optFlatMap`:

    the body is evaluated only if the optional `value` holds something.
    """

    variable: Ident
    value: Node
    body: Node
    optional: str = ""

    def children(self) -> tuple[Node, ...]:
        """Value and body."""
        return (self.value, self.body)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, in the order of the text. Does not recurse."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children()))


def depth(node: Node) -> int:
    """How many nodes lie on the longest way down. Does not recurse."""
    deepest = 0
    stack = [(node, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in current.children())
    return deepest


def weight(node: Node) -> int:
    """How many steps one evaluation of the node is charged with: the number of its nodes."""
    return sum(1 for _ in walk(node))
