"""What the checker knows of a value before any data is there. Gradual: DYN is anything, checked when it runs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
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
    """One of several types; which one is known only when it runs. Build it with `relations.union`."""

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
class EmptyType(Type):
    """What the elements of `[]` are: nothing is known of them, and they become whatever stands beside them."""

    def __str__(self) -> str:
        return "dyn"


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
ADDRESS: Final = Simple("net.IP")
ADDRESS_RANGE: Final = Simple("net.CIDR")
TYPE: Final = TypeType()
EMPTY: Final = EmptyType()
NUMBER: Final = UnionType((INT, DOUBLE))
"""A JSON number: 1 is an int, 1.5 a double; it compares with both."""

LIST: Final = ListType(DYN)
MAP: Final = MapType(DYN, DYN)
NUMERIC: Final = frozenset({INT, UINT, DOUBLE})
