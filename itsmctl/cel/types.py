"""What the checker knows of a value before any data is there. Gradual: DYN is anything, checked when it runs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from msgspec import Struct


class Type(Struct, frozen=True):
    """A static type. `str()` gives it as messages show it."""


class Simple(Type, frozen=True):
    """A type without parts."""

    name: str

    def __str__(self) -> str:
        return self.name


class StringType(Type, frozen=True, eq=False):
    """A string, and what is known of it; none of it matters to which operations are allowed.

    `tag` is the host's own remark, e.g. ("Service",) for the name of a service: a function's result may depend on it.
    `values`: all values that it can have, if they are few; comparing with another one is a mistake.
    `literal`: its value, if it is written out in the expression.
    """

    tag: Hashable = None
    values: tuple[str, ...] = ()
    literal: str | None = None

    def __eq__(self, other: object) -> bool:
        return type(other) is StringType

    def __hash__(self) -> int:
        return hash(StringType)

    def __str__(self) -> str:
        return "string"


class ListType(Type, frozen=True):
    """A list of elements of one type."""

    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


class MapType(Type, frozen=True):
    """A map with keys and values of one type each: any key may be there."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


class ObjectType(Type, frozen=True, eq=False):
    """A JSON object whose fields are known. Compared by identity, so that `fields` may lead back to it.

    `open`: fields that are not listed may exist too (their type is DYN). `fields` may be filled later.
    """

    name: str
    fields: Mapping[str, Type]
    open: bool = False

    def __str__(self) -> str:
        return self.name


class UnionType(Type, frozen=True):
    """One of several types; which one is known only when it runs. Build it with `relations.union`."""

    members: tuple[Type, ...]

    def __str__(self) -> str:
        return "number" if self == NUMBER else " or ".join(str(member) for member in self.members)


class OptionalType(Type, frozen=True):
    """What `a.?b` gives: perhaps a value of that type."""

    value: Type

    def __str__(self) -> str:
        return f"optional({self.value})"


class TypeType(Type, frozen=True):
    """A type as a value, as `type(x)` gives it."""

    def __str__(self) -> str:
        return "type"


class EmptyType(Type, frozen=True):
    """What the elements of `[]` are: nothing is known of them, and they become whatever stands beside them."""

    def __str__(self) -> str:
        return "dyn"


class TypeParam(Type, frozen=True):
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
