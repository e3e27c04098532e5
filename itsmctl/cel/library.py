"""The standard functions: names, signatures, what they do. One table, read by the checker and both evaluators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from . import calendar_parts, conversions, figures, formatting, lists, network, patterns, texts
from .relations import atoms, union
from .types import (
    ADDRESS,
    ADDRESS_RANGE,
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    EMPTY,
    INT,
    NUMBER,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    ListType,
    MapType,
    OptionalType,
    Type,
    TypeParam,
    UnionType,
)

_A, _B = TypeParam("A"), TypeParam("B")
_LIST, _TEXTS, _MAYBE = ListType(_A), ListType(STRING), OptionalType(_A)


_Result = Type | Callable[[tuple[Type, ...]], Type]


class Signature(Struct, frozen=True):
    """One way to call a function. For a method the first parameter is what stands before the dot.

    `result`: a type, or a function of the argument types. `more`: the last parameter may be repeated.
    """

    params: tuple[Type, ...]
    result: _Result
    method: bool = False
    more: bool = False


class Standard(Struct, frozen=True):
    """A standard function: `call(meter, *arguments)`."""

    name: str
    signatures: tuple[Signature, ...]
    call: Callable[..., object]
    doc: str


def _function(params: tuple[Type, ...], result: Type) -> Signature:
    return Signature(params, result)


def _method(params: tuple[Type, ...], result: _Result) -> Signature:
    return Signature(params, result, method=True)


def _converters(table: dict[str, tuple[Callable[..., object], Type, tuple[Type, ...]]]) -> list[Standard]:
    return [
        Standard(name, tuple(_function((one,), result) for one in takes), call, _doc(call))
        for name, (call, result, takes) in table.items()
    ]


def _doc(call: Callable[..., object]) -> str:
    return (call.__doc__ or "").strip()


_SHOWN: Final = (STRING, BOOL, INT, UINT, DOUBLE, BYTES, TIMESTAMP, DURATION, ADDRESS, ADDRESS_RANGE)
_CONVERSIONS: Final = _converters(
    {
        "int": (conversions.to_int, INT, (INT, UINT, DOUBLE, STRING, TIMESTAMP, DURATION)),
        "uint": (conversions.to_uint, UINT, (UINT, INT, DOUBLE, STRING)),
        "double": (conversions.to_double, DOUBLE, (DOUBLE, INT, UINT, STRING)),
        "string": (conversions.to_string, STRING, _SHOWN),
        "bytes": (conversions.to_bytes, BYTES, (BYTES, STRING)),
        "bool": (conversions.to_bool, BOOL, (BOOL, STRING)),
        "timestamp": (conversions.to_timestamp, TIMESTAMP, (TIMESTAMP, STRING, INT)),
        "duration": (conversions.to_duration, DURATION, (DURATION, STRING, INT)),
        "type": (conversions.type_of, TYPE, (_A,)),
    }
)


def _dyn(meter: object, value: object) -> object:
    """The value itself, which the checker then takes for anything."""
    del meter
    return value


def _both(takes: tuple[Type, ...], result: Type) -> tuple[Signature, ...]:
    """As a function and as a method."""
    return tuple(Signature((one,), result, method) for one in takes for method in (False, True))


_S, _I, _IP, _CIDR = STRING, INT, ADDRESS, ADDRESS_RANGE
SORTED: Final = UnionType((INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES))
"""What has an order."""


def _unchanged(given: tuple[Type, ...]) -> Type:
    """The type of the first argument."""
    return given[0]


_METHODS: Final[tuple[tuple[str, Callable[..., object], tuple[tuple[tuple[Type, ...], _Result], ...]], ...]] = (
    ("startsWith", texts.starts_with, (((_S, _S), BOOL),)),
    ("endsWith", texts.ends_with, (((_S, _S), BOOL),)),
    ("contains", texts.contains, (((_S, _S), BOOL),)),
    ("matches", patterns.matches, (((_S, _S), BOOL),)),
    ("charAt", texts.char_at, (((_S, _I), _S),)),
    ("indexOf", texts.index_of, (((_S, _S), _I), ((_S, _S, _I), _I))),
    ("lastIndexOf", texts.last_index_of, (((_S, _S), _I), ((_S, _S, _I), _I))),
    ("lowerAscii", texts.lower_ascii, (((_S,), _S),)),
    ("upperAscii", texts.upper_ascii, (((_S,), _S),)),
    ("replace", texts.replace, (((_S, _S, _S), _S), ((_S, _S, _S, _I), _S))),
    ("split", texts.split, (((_S, _S), _TEXTS), ((_S, _S, _I), _TEXTS))),
    ("join", texts.join, (((_TEXTS,), _S), ((_TEXTS, _S), _S))),
    ("substring", texts.substring, (((_S, _I), _S), ((_S, _I, _I), _S))),
    ("trim", texts.trim, (((_S,), _S),)),
    ("reverse", texts.reverse, (((_S,), _S), ((_LIST,), _LIST))),
    ("format", formatting.format_text, (((_S, ListType(DYN)), _S),)),
    ("hasValue", figures.has_value, (((_MAYBE,), BOOL),)),
    ("value", figures.held_value, (((_MAYBE,), _A),)),
    ("or", figures.either, (((_MAYBE, _MAYBE), _MAYBE),)),
    ("orValue", figures.value_or, (((_MAYBE, _A), _A),)),
    ("slice", lists.cut, (((_LIST, _I, _I), _LIST),)),
    ("distinct", lists.distinct, (((_LIST,), _LIST),)),
    ("sort", lists.sort, (((ListType(SORTED),), _unchanged),)),
    (
        "flatten",
        lists.flatten,
        (((ListType(ListType(_A)),), _LIST), ((ListType(DYN), _I), ListType(DYN))),
    ),
    ("family", network.family, (((_IP,), _I),)),
    ("isUnspecified", network.is_unspecified, (((_IP,), BOOL),)),
    ("isLoopback", network.is_loopback, (((_IP,), BOOL),)),
    ("isGlobalUnicast", network.is_global_unicast, (((_IP,), BOOL),)),
    ("isLinkLocalUnicast", network.is_link_local_unicast, (((_IP,), BOOL),)),
    ("isLinkLocalMulticast", network.is_link_local_multicast, (((_IP,), BOOL),)),
    ("containsIP", network.contains_address, (((_CIDR, _IP), BOOL), ((_CIDR, _S), BOOL))),
    ("containsCIDR", network.contains_range, (((_CIDR, _CIDR), BOOL), ((_CIDR, _S), BOOL))),
    ("isMask", network.is_mask, (((_CIDR,), BOOL),)),
    ("masked", network.masked, (((_CIDR,), _CIDR),)),
    ("prefixLength", network.prefix_length, (((_CIDR,), _I),)),
    ("first", lists.first, (((_LIST,), _MAYBE),)),
    ("last", lists.last, (((_LIST,), _MAYBE),)),
)

_NUMERIC: Final = (INT, UINT, DOUBLE)
_ANY_NUMBER: Final = UnionType(_NUMERIC)


def _element(given: tuple[Type, ...]) -> Type:
    """The type of the elements of the one list given."""
    return union(atom.element if isinstance(atom, ListType) else DYN for atom in atoms(given[0]))


def _common(given: tuple[Type, ...]) -> Type:
    """The type of all arguments; DYN where they differ, as in cel-go, unless a JSON number is among them."""
    if NUMBER in given and all(one in {NUMBER, INT, DOUBLE} for one in given):
        return NUMBER
    return given[0] if all(one == given[0] for one in given) else DYN


_EXTREMES: Final = (
    Signature((_ANY_NUMBER,), _common, more=True),
    Signature((ListType(_ANY_NUMBER),), _element),
)


def _namespaced() -> list[Standard]:
    found: list[tuple[str, Callable[..., object], tuple[Signature, ...]]] = [
        ("math.greatest", figures.extreme("math.greatest", ">"), _EXTREMES),
        ("math.least", figures.extreme("math.least", "<"), _EXTREMES),
        ("math.abs", figures.absolute, tuple(_function((one,), one) for one in _NUMERIC)),
        ("math.sign", figures.sign, tuple(_function((one,), one) for one in _NUMERIC)),
        ("math.sqrt", figures.square_root, tuple(_function((one,), DOUBLE) for one in _NUMERIC)),
        ("math.bitNot", figures.bit_not, tuple(_function((one,), one) for one in (INT, UINT))),
    ]
    ways = ("math.ceil", "math.floor", "math.round", "math.trunc")
    tests = ("math.isNaN", "math.isInf", "math.isFinite")
    bits = ("math.bitAnd", "math.bitOr", "math.bitXor")
    shifts = ("math.bitShiftLeft", "math.bitShiftRight")
    found += [(name, figures.rounding(name), (_function((DOUBLE,), DOUBLE),)) for name in ways]
    found += [(name, figures.test(name), (_function((DOUBLE,), BOOL),)) for name in tests]
    found += [(name, figures.bits(name), tuple(_function((one, one), one) for one in (INT, UINT))) for name in bits]
    found += [(name, figures.shift(name), tuple(_function((one, INT), one) for one in (INT, UINT))) for name in shifts]
    for name, call in (
        ("sets.contains", figures.set_contains),
        ("sets.equivalent", figures.set_equivalent),
        ("sets.intersects", figures.set_intersects),
    ):
        found.append((name, call, (_function((_LIST, _LIST), BOOL),)))
    found += [
        ("optional.of", figures.optional_of, (_function((_A,), _MAYBE),)),
        ("optional.ofNonZeroValue", figures.optional_of_non_zero, (_function((_A,), _MAYBE),)),
        ("optional.none", figures.optional_none, (_function((), OptionalType(EMPTY)),)),
        ("base64.encode", texts.base64_encode, (_function((BYTES,), STRING),)),
        ("base64.decode", texts.base64_decode, (_function((STRING,), BYTES),)),
        ("strings.quote", texts.quoted, (_function((STRING,), STRING),)),
        ("cidr", network.to_range, (_function((STRING,), ADDRESS_RANGE),)),
        ("ip", network.to_address, (_function((STRING,), ADDRESS), _method((ADDRESS_RANGE,), ADDRESS))),
        ("ip.isCanonical", network.is_canonical, (_function((STRING,), BOOL),)),
        ("isCIDR", network.is_range, (_function((STRING,), BOOL),)),
        ("isIP", network.is_address, (_function((STRING,), BOOL),)),
        ("lists.range", lists.numbers, (_function((INT,), ListType(INT)),)),
    ]
    return [Standard(name, signatures, call, _doc(call)) for name, call, signatures in found]


def _calendar() -> list[Standard]:
    found = []
    for name in calendar_parts.NAMES:
        signatures = [_method((TIMESTAMP,), INT), _method((TIMESTAMP, STRING), INT)]
        if name in calendar_parts.OF_DURATION:
            signatures.append(_method((DURATION,), INT))
        call = calendar_parts.part(name)
        found.append(Standard(name, tuple(signatures), call, _doc(calendar_parts.part)))
    return found


def _sized() -> Standard:
    takes = (STRING, BYTES, ListType(_A), MapType(_A, _B))
    return Standard("size", _both(takes, INT), conversions.size, _doc(conversions.size))


FUNCTIONS: Final[dict[str, Standard]] = {
    standard.name: standard
    for standard in (
        *_CONVERSIONS,
        Standard("dyn", (_function((_A,), DYN),), _dyn, _doc(_dyn)),
        _sized(),
        *(
            Standard(name, tuple(_method(params, result) for params, result in shapes), call, _doc(call))
            for name, call, shapes in _METHODS
        ),
        *_namespaced(),
        *_calendar(),
    )
}
"""All standard functions by name."""

TYPE_NAMES: Final = {
    "bool": "bool",
    "bytes": "bytes",
    "double": "double",
    "google.protobuf.Duration": "google.protobuf.Duration",
    "google.protobuf.Timestamp": "google.protobuf.Timestamp",
    "int": "int",
    "list": "list",
    "map": "map",
    "net.CIDR": "net.CIDR",
    "net.IP": "net.IP",
    "null_type": "null_type",
    "optional_type": "optional_type",
    "string": "string",
    "type": "type",
    "uint": "uint",
}
"""What a name stands for where no variable has it: a type as a value."""
