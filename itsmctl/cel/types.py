"""What the checker knows of a value before any data is there. Gradual: DYN is anything, checked when it runs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Type:
    """A static type. `str()` gives it as messages show it."""


@dataclass(frozen=True, slots=True)
class Simple(Type):
    """A type without parts."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class StringType(Type):
    """A string, and what is known of it; none of it matters to which operations are allowed.

    `tag` is the host's own remark, e.g. ("Service",) for the name of a service: a function's result may depend on it.
    `values`: all values that it can have, if they are few; comparing with another one is a mistake.
    `literal`: its value, if it is written out in the expression.
    """

    tag: Hashable = field(default=None, compare=False)
    values: tuple[str, ...] = field(default=(), compare=False)
    literal: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return "string"


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """A list of elements of one type."""

    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


@dataclass(frozen=True, slots=True)
class MapType(Type):
    """A map with keys and values of one type each: any key may be there."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


@dataclass(frozen=True, slots=True, eq=False)
class ObjectType(Type):
    """A JSON object whose fields are known. Compared by identity, so that `fields` may lead back to it.

    `open`: fields that are not listed may exist too (their type is DYN). `fields` may be filled later.
    """

    name: str
    fields: Mapping[str, Type]
    open: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class UnionType(Type):
    """One of several types; which one is known only when it runs. Build it with `union`."""

    members: tuple[Type, ...]

    def __str__(self) -> str:
        return "number" if self == NUMBER else " or ".join(str(member) for member in self.members)


@dataclass(frozen=True, slots=True)
class OptionalType(Type):
    """What `a.?b` gives: perhaps a value of that type."""

    value: Type

    def __str__(self) -> str:
        return f"optional({self.value})"


@dataclass(frozen=True, slots=True)
class TypeType(Type):
    """A type as a value, as `type(x)` gives it."""

    def __str__(self) -> str:
        return "type"


@dataclass(frozen=True, slots=True)
class TypeParam(Type):
    """A placeholder in a signature: the same type wherever it stands."""

    name: str

    def __str__(self) -> str:
        return self.name


DYN: Final = Simple("dyn")
BOOL: Final = Simple("bool")
INT: Final = Simple("int")
UINT: Final = Simple("uint")
DOUBLE: Final = Simple("double")
STRING: Final = StringType()
BYTES: Final = Simple("bytes")
NULL: Final = Simple("null")
TIMESTAMP: Final = Simple("timestamp")
DURATION: Final = Simple("duration")
TYPE: Final = TypeType()
NUMBER: Final = UnionType((INT, DOUBLE))
"""A JSON number: 1 is an int, 1.5 a double; it compares with both."""

LIST: Final = ListType(DYN)
MAP: Final = MapType(DYN, DYN)
NUMERIC: Final = frozenset({INT, UINT, DOUBLE})


def atoms(type_: Type) -> tuple[Type, ...]:
    """The alternatives of a type: the members of a union, or itself."""
    return type_.members if isinstance(type_, UnionType) else (type_,)


def union(members: Iterable[Type]) -> Type:
    """The union of the types: flat, without repetitions, DYN if one is; a single one stays itself."""
    flat: list[Type] = []
    for member in members:
        for atom in atoms(member):
            if atom == DYN:
                return DYN
            if isinstance(atom, StringType) and any(isinstance(known, StringType) for known in flat):
                at = next(i for i, known in enumerate(flat) if isinstance(known, StringType))
                if flat[at] is not atom:
                    flat[at] = _joined(flat[at], atom)
            elif atom not in flat:
                flat.append(atom)
    return flat[0] if len(flat) == 1 else UnionType(tuple(flat)) if flat else DYN


def _joined(one: Type, other: Type) -> StringType:
    """What is known of a string that is the one or the other."""
    if not isinstance(one, StringType) or not isinstance(other, StringType):
        return STRING
    known = one.values and other.values
    values = tuple(dict.fromkeys(one.values + other.values)) if known else ()
    return StringType(one.tag if one.tag == other.tag else None, values)


def join(members: Iterable[Type]) -> Type:
    """The type of something that is one of several, as cel-go joins them: the common type, else DYN."""
    joined = union(members)
    return DYN if isinstance(joined, UnionType) and joined != NUMBER else joined


def is_map_like(type_: Type) -> bool:
    """Is it a map or an object?"""
    return isinstance(type_, (MapType, ObjectType))


def comparable(one: Type, other: Type) -> bool:
    """May the two be equal at all? Numbers of different types may only if one of them is a union (JSON number)."""
    return any(_comparable_atoms(a, b) for a in atoms(one) for b in atoms(other))


def _comparable_atoms(one: Type, other: Type) -> bool:
    if DYN in (one, other) or isinstance(one, TypeParam) or isinstance(other, TypeParam):
        return True
    if isinstance(one, ListType) and isinstance(other, ListType):
        return comparable(one.element, other.element)
    if is_map_like(one) and is_map_like(other):
        if isinstance(one, MapType) and isinstance(other, MapType):
            return comparable(one.key, other.key) and comparable(one.value, other.value)
        return True
    if isinstance(one, OptionalType) and isinstance(other, OptionalType):
        return comparable(one.value, other.value)
    return one == other


def assignable(actual: Type, wanted: Type, bound: dict[str, Type] | None = None) -> bool:
    """May a value of `actual` be given where `wanted` is asked for? Gradual: one matching alternative is enough.

    `bound` collects what the placeholders of the signature stand for.
    """
    bound = {} if bound is None else bound
    return any(_assignable_atoms(a, w, bound) for w in atoms(wanted) for a in atoms(actual))


def _assignable_atoms(actual: Type, wanted: Type, bound: dict[str, Type]) -> bool:
    if isinstance(wanted, TypeParam):
        bound[wanted.name] = join((bound[wanted.name], actual)) if wanted.name in bound else actual
        return True
    if DYN in (actual, wanted):
        return True
    if isinstance(actual, ListType) and isinstance(wanted, ListType):
        return assignable(actual.element, wanted.element, bound)
    if isinstance(wanted, MapType):
        if isinstance(actual, ObjectType):
            return assignable(STRING, wanted.key, bound) and assignable(value_type(actual), wanted.value, bound)
        return (
            isinstance(actual, MapType)
            and assignable(actual.key, wanted.key, bound)
            and assignable(actual.value, wanted.value, bound)
        )
    if isinstance(wanted, ObjectType):
        if isinstance(actual, ObjectType):
            return actual is wanted or actual.open or wanted.fields.keys() <= actual.fields.keys()
        return isinstance(actual, MapType) and assignable(actual.key, STRING, bound)
    if isinstance(actual, OptionalType) and isinstance(wanted, OptionalType):
        return assignable(actual.value, wanted.value, bound)
    return actual == wanted


def value_type(type_: MapType | ObjectType) -> Type:
    """The type of what lies under any key."""
    if isinstance(type_, MapType):
        return type_.value
    return DYN if type_.open else join(type_.fields.values())


def wrapped(type_: Type) -> Type:
    """An optional of it; an optional stays one."""
    return type_ if isinstance(type_, OptionalType) else OptionalType(type_)


def substitute(type_: Type, bound: Mapping[str, Type]) -> Type:
    """The type with placeholders replaced; one that nothing is known of becomes DYN."""
    if isinstance(type_, TypeParam):
        return bound.get(type_.name, DYN)
    if isinstance(type_, ListType):
        return ListType(substitute(type_.element, bound))
    if isinstance(type_, MapType):
        return MapType(substitute(type_.key, bound), substitute(type_.value, bound))
    if isinstance(type_, OptionalType):
        return OptionalType(substitute(type_.value, bound))
    return type_
