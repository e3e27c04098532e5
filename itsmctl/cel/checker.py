"""Static checks: names, fields, functions and types, before any data is there. Finds all problems, not the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from msgspec import Struct, field

from . import advice, calls, macros, nodes, remedies
from .calls import Function, Resolution
from .equality import equality, inverted, membership
from .library import TYPE_NAMES
from .nodes import Node
from .problems import CompileError, Problem, Source
from .relations import assignable, atoms, comparable, held, is_map_like, join, settled, union, value_type
from .remedies import to_bool, to_same
from .signatures import NEGATIVE, OPERATORS, fitting, orderable
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    EMPTY,
    INT,
    NULL,
    STRING,
    TYPE,
    UINT,
    ListType,
    MapType,
    ObjectType,
    OptionalType,
    StringType,
    Type,
)
from .values import TypeValue, Uint

Scope = Mapping[str, Type]


class Checked(Struct, frozen=True):
    """What is known of an expression: its type, that of every node, and what names and calls stand for."""

    type: Type
    types: Mapping[Node, Type]
    calls: Mapping[Node, Resolution]
    constants: Mapping[Node, object]


class Checker(Struct):
    """One walk over one tree. `declared` are the variables of the environment."""

    source: Source
    declared: Scope
    functions: Mapping[str, Function]
    suggest: advice.Suggest
    problems: list[Problem] = field(default_factory=list)
    types: dict[Node, Type] = field(default_factory=dict)
    calls: dict[Node, Resolution] = field(default_factory=dict)
    constants: dict[Node, object] = field(default_factory=dict)

    def result(self, tree: Node, wanted: Type | None) -> Checked:
        """Check all of it. Raises CompileError with every problem."""
        found = self.check(tree, {})
        if wanted is not None and not assignable(found, wanted):
            self.problem(tree, f"the expression gives {found}, and {wanted} is needed", to_bool(found, wanted))
        if self.problems:
            raise CompileError(self.source, tuple(dict.fromkeys(self.problems)))
        return Checked(found, self.types, self.calls, self.constants)

    def problem(self, node: Node, message: str, hint: str = "", start: int = -1, end: int = -1) -> Type:
        """Note a problem of the node, or of the given stretch; what it has no type for is DYN from here on."""
        at = node.start if start < 0 else start
        self.problems.append(Problem.at(self.source, at, node.end if end < 0 else end, message, hint))
        return DYN

    def check(self, node: Node, scope: Scope) -> Type:
        """The type of the node."""
        found = settled(_CHECKS[type(node)](self, node, scope))
        self.types[node] = found
        return found

    # --- names and fields

    def ident(self, node: nodes.Ident, scope: Scope) -> Type:
        """A name: a variable, or a type."""
        known = self.declared if node.root else scope if node.name in scope else self.declared
        if node.name in known:
            return known[node.name]
        if node.name in TYPE_NAMES:
            self.constants[node] = TypeValue(TYPE_NAMES[node.name])
            return TYPE
        hint = remedies.to_name(node.name, [*scope, *self.declared], self.functions, self.suggest)
        return self.problem(node, f"there is no variable {node.name}", hint)

    def select(self, node: nodes.Select, scope: Scope) -> Type:
        """`a.b` and `a.?b`; a dotted name of a type."""
        dotted = calls.dotted(node)
        if dotted in TYPE_NAMES and dotted is not None and dotted.split(".")[0] not in {**self.declared, **scope}:
            self.constants[node] = TypeValue(TYPE_NAMES[dotted])
            return TYPE
        operand = self.check(node.operand, scope)
        if node.optional:
            return OptionalType(self.field(node, settled(held(operand)), node.field, node.at))
        return self.field(node, operand, node.field, node.at)

    def has(self, node: nodes.Has, scope: Scope) -> Type:
        """`has(a.b)`."""
        self.field(node, self.check(node.operand, scope), node.field, node.at)
        return BOOL

    def field(self, node: Node, operand: Type, name: str, at: int, end: int = -1) -> Type:
        """The type of a field, whose name stands from `at`. A problem where nothing that the operand may be has it."""
        found: list[Type] = []
        for atom in atoms(operand):
            if isinstance(atom, OptionalType):
                found.append(OptionalType(self.field(node, settled(atom.value), name, at, end)))
            elif isinstance(atom, ObjectType) and name in atom.fields:
                found.append(atom.fields[name])
            elif isinstance(atom, MapType) and comparable(atom.key, STRING):
                found.append(atom.value)
            elif atom == DYN or (isinstance(atom, ObjectType) and atom.open):
                found.append(DYN)
        if found:
            return union(found)
        end = at + len(name) if end < 0 else end
        message, hint = remedies.to_field(operand, name, self.suggest)
        return self.problem(node, message, hint, at, end)

    def index(self, node: nodes.Index, scope: Scope) -> Type:
        """`a[k]` and `a[?k]`."""
        operand, key = self.check(node.operand, scope), self.check(node.key, scope)
        return (
            OptionalType(self.entry(node, settled(held(operand)), key))
            if node.optional
            else self.entry(node, operand, key)
        )

    def entry(self, node: nodes.Index, operand: Type, key: Type) -> Type:
        """The type of `operand[key]`."""
        found: list[Type] = []
        for atom in atoms(operand):
            if isinstance(atom, OptionalType):
                found.append(OptionalType(self.entry(node, settled(atom.value), key)))
            elif atom == DYN:
                found.append(DYN)
            elif isinstance(atom, ListType) and assignable(key, INT):
                found.append(atom.element)
            elif isinstance(atom, MapType) and comparable(atom.key, key):
                found.append(atom.value)
            elif isinstance(atom, ObjectType) and assignable(key, STRING):
                literal = key.literal if isinstance(key, StringType) else None
                if literal is not None:
                    found.append(self.field(node.key, atom, literal, node.key.start, node.key.end))
                else:
                    found.append(value_type(atom))
        if found:
            return union(found)
        if isinstance(operand, ListType) or is_map_like(operand):
            wanted = (
                "int" if isinstance(operand, ListType) else operand.key if isinstance(operand, MapType) else "string"
            )
            return self.problem(node.key, f"{operand} is indexed by {wanted}, not by {key}")
        return self.problem(node, f"{operand} cannot be indexed: only a list or map can")

    # --- constants and collections

    def literal(self, node: nodes.Literal, scope: Scope) -> Type:
        """A constant."""
        del scope
        if isinstance(node.value, str):
            return StringType(literal=node.value)
        return _LITERALS[type(node.value)]

    def list_of(self, node: nodes.ListOf, scope: Scope) -> Type:
        """`[a, b]`."""
        found = []
        for item, optional in zip(node.items, node.optional, strict=True):
            type_ = self.check(item, scope)
            found.append(self.unwrapped(item, type_) if optional else type_)
        return ListType(join(found) if found else EMPTY)

    def map_of(self, node: nodes.MapOf, scope: Scope) -> Type:
        """`{k: v}`."""
        keys, values = [], []
        for key, value, optional in zip(node.keys, node.values, node.optional, strict=True):
            key_type, value_ = self.check(key, scope), self.check(value, scope)
            if not any(assignable(key_type, one) for one in (STRING, INT, UINT, BOOL)):
                self.problem(key, f"a key of a map is a string, int, uint or bool, not {key_type}")
            keys.append(key_type)
            values.append(self.unwrapped(value, value_) if optional else value_)
        return MapType(join(keys) if keys else EMPTY, join(values) if values else EMPTY)

    def unwrapped(self, node: Node, type_: Type) -> Type:
        """What an optional holds."""
        if type_ != DYN and not any(isinstance(atom, OptionalType) for atom in atoms(type_)):
            return self.problem(node, f"after ? an optional is needed, and this is {type_}")
        return held(type_)

    # --- operators

    def boolean(self, node: Node, scope: Scope, place: str) -> None:
        """The node must be true or false."""
        found = self.check(node, scope)
        if not assignable(found, BOOL):
            self.problem(node, f"{place} needs true or false, and this is {found}", to_bool(found, BOOL))

    def logic(self, node: nodes.Logic, scope: Scope) -> Type:
        """`&&` and `||`."""
        for operand in node.operands:
            self.boolean(operand, scope, node.operator)
        return BOOL

    def unary(self, node: nodes.Unary, scope: Scope) -> Type:
        """`!a` and `-a`."""
        if node.operator == "!":
            self.boolean(node.operand, scope, "!")
            return BOOL
        operand = self.check(node.operand, scope)
        return fitting(NEGATIVE, (operand,)) or self.problem(node, f"- does not work on {operand}")

    def conditional(self, node: nodes.Conditional, scope: Scope) -> Type:
        """`a ? b : c`."""
        self.boolean(node.test, scope, "the condition before ?")
        then, otherwise = self.check(node.then, scope), self.check(node.otherwise, scope)
        if not comparable(then, otherwise):
            message = f"both branches need the same type, and these are {then} and {otherwise}"
            return self.problem(node, message, "convert one, e.g. string(x), or put dyn(…) around both")
        return union((then, otherwise))

    def binary(self, node: nodes.Binary, scope: Scope) -> Type:
        """Arithmetic, comparison, `in`."""
        symbol = node.operator
        if symbol == "in" and inverted(self, node, scope):
            return BOOL
        left, right = self.check(node.left, scope), self.check(node.right, scope)
        if symbol in OPERATORS:
            found = fitting(OPERATORS[symbol], (left, right))
            return found or self.problem(
                node, f"{symbol} does not work on {left} and {right}", to_same(left, right, symbol)
            )
        if symbol == "in":
            membership(self, node, left, right)
        elif symbol in {"==", "!="}:
            equality(self, node, left, right)
        elif not orderable(left, right):
            self.problem(node, f"{symbol} does not work on {left} and {right}", to_same(left, right, symbol))
        return BOOL

    # --- macros and calls

    def loop(self, node: nodes.Loop, scope: Scope) -> Type:
        """all, exists, map and their kin."""
        return macros.check_loop(self, node, scope)

    def bind(self, node: nodes.Bind, scope: Scope) -> Type:
        """cel.bind(), optMap() and optFlatMap()."""
        return macros.check_bind(self, node, scope)

    def call(self, node: nodes.Call, scope: Scope) -> Type:
        """A function or method."""
        return calls.check_call(self, node, scope)


_LITERALS: Final[dict[type, Type]] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    Uint: UINT,
    float: DOUBLE,
    bytes: BYTES,
}

_CHECKS: Final[dict[type, Callable[[Checker, Node, Scope], Type]]] = cast(
    "dict[type, Callable[[Checker, Node, Scope], Type]]",
    {
        nodes.Literal: Checker.literal,
        nodes.Ident: Checker.ident,
        nodes.Select: Checker.select,
        nodes.Index: Checker.index,
        nodes.Call: Checker.call,
        nodes.Unary: Checker.unary,
        nodes.Binary: Checker.binary,
        nodes.Logic: Checker.logic,
        nodes.Conditional: Checker.conditional,
        nodes.ListOf: Checker.list_of,
        nodes.MapOf: Checker.map_of,
        nodes.Has: Checker.has,
        nodes.Loop: Checker.loop,
        nodes.Bind: Checker.bind,
    },
)
