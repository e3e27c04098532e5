"""The values of CEL that Python lacks (Uint, TypeValue, Optional, MixedMap), and the kind of any value.

null, bool, int, double, string, bytes, list and map are None, bool, int, float, str, bytes, list and dict as they
come: nothing is copied or wrapped. The names of the kinds are those that `type()` gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from .instants import Duration, Timestamp, quote
from .problems import EvaluationError

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1


class Uint(int):
    """An unsigned 64-bit integer: `1u`. Equal to the int and float of the same value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"


class TypeValue:
    """A type as a value: what `type(x)` gives and what the name `int` stands for."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeValue) and self.name == other.name

    def __hash__(self) -> int:
        return hash((TypeValue, self.name))

    def __repr__(self) -> str:
        return self.name


class Optional:
    """What `optional.of(x)`, `optional.none()`, `a.?b` and `a[?b]` give. Empty where `held` is ()."""

    __slots__ = ("held",)

    def __init__(self, *held: object) -> None:
        self.held = held

    def __repr__(self) -> str:
        return f"optional.of({self.held[0]!r})" if self.held else "optional.none()"


NOTHING: Final = Optional()


class Address:
    """An IP address: `ip('192.168.0.1')`. Holds the address of Python's ipaddress."""

    __slots__ = ("address",)

    def __init__(self, address: Any) -> None:
        self.address = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and bool(self.address == other.address)

    def __hash__(self) -> int:
        return hash((Address, self.address))

    def __str__(self) -> str:
        return str(self.address)

    def __repr__(self) -> str:
        return f'ip("{self}")'


class AddressRange:
    """A range of IP addresses: `cidr('10.0.0.0/8')`. The address may have bits behind the prefix."""

    __slots__ = ("address", "prefix")

    def __init__(self, address: Any, prefix: int) -> None:
        self.address = address
        self.prefix = prefix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AddressRange) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((AddressRange, self.address, self.prefix))

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix}"

    def __repr__(self) -> str:
        return f'cidr("{self}")'

    def masked(self) -> AddressRange:
        """The range, with nothing behind the prefix."""
        rest = self.address.max_prefixlen - self.prefix
        return AddressRange(type(self.address)(int(self.address) >> rest << rest), self.prefix)

    def holds(self, address: Any, prefix: int) -> bool:
        """Does the range of that address and prefix lie in this one?"""
        if address.version != self.address.version or prefix < self.prefix:
            return False
        rest = address.max_prefixlen - self.prefix
        return bool(int(address) >> rest == int(self.address) >> rest)


class MixedMap(Mapping[object, object]):
    """A map whose keys Python cannot tell apart, as in `{1: 'a', true: 'b'}`."""

    __slots__ = ("_entries",)

    def __init__(self, pairs: Iterable[tuple[object, object]]) -> None:
        self._entries = {Key(key): value for key, value in pairs}

    def __getitem__(self, key: object) -> object:
        return self._entries[key if isinstance(key, Key) else Key(key)]

    def __iter__(self) -> Iterator[object]:
        return (key.value for key in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key!r}: {value!r}" for key, value in self.items()) + "}"


class Key:
    """A key that finds its like in a dictionary as CEL has it: true is not 1, but 1 is 1u and 1.0."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        stored = other.value if isinstance(other, Key) else other
        return self.value == stored and isinstance(self.value, bool) == isinstance(stored, bool)


_KINDS: Final[dict[type, str]] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    tuple: "list",
    dict: "map",
    MixedMap: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    TypeValue: "type",
    Optional: "optional_type",
    Address: "net.IP",
    AddressRange: "net.CIDR",
}

_SHORT: Final = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
    "null_type": "null",
    "optional_type": "optional",
}


def kind(value: object) -> str:
    """The name of the value's CEL type. Raises EvaluationError for a Python object that is none of them."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    for python, name in ((str, "string"), (int, "int"), (float, "double"), (list, "list"), (Mapping, "map")):
        if isinstance(value, python):
            return name
    raise EvaluationError(f"a value of the host type {type(value).__name__} has no meaning here")


def shown_kind(value: object) -> str:
    """The kind as messages say it: "timestamp", not "google.protobuf.Timestamp"."""
    name = kind(value)
    return _SHORT.get(name, name)


def brief(value: object) -> str:
    """A key or position for a message: cut where it is long."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int) and value.bit_length() > 64:
        return "an int beyond 64 bits"
    return repr(value)[:80]


def make_map(pairs: list[tuple[object, object]]) -> Mapping[object, object]:
    """A map of the pairs. Raises EvaluationError for a key that may not be one, and for a key given twice."""
    made: dict[object, object] = {}
    for key, value in pairs:
        if kind(key) not in {"string", "int", "uint", "bool"}:
            raise EvaluationError(f"a key of a map is a string, int, uint or bool, not {shown_kind(key)}")
        made[key] = value
    if len(made) == len(pairs):
        return made
    seen: set[Key] = set()
    for key, _ in pairs:
        if Key(key) in seen:
            raise EvaluationError(f"the key {brief(key)} is given twice")
        seen.add(Key(key))
    return MixedMap(pairs)


def find(mapping: Mapping[object, object], key: object) -> tuple[object, ...]:
    """The value of `key` as a tuple of one, or () where there is none. Tells true from 1; 1u and 1.0 find 1."""
    try:
        return (mapping[key if type(key) is str else Key(key)],)
    except (KeyError, TypeError):  # TypeError: a list or map is never a key
        return ()
