"""How types relate: what one of several is, what can be equal, what may stand where another is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .types import (
    DYN,
    EMPTY,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    OptionalType,
    StringType,
    Type,
    TypeParam,
    UnionType,
)


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
            for at, known in enumerate(flat):
                merged = _merged(known, atom)
                if merged is not None:
                    flat[at] = merged
                    break
            else:
                flat.append(atom)
    return flat[0] if len(flat) == 1 else UnionType(tuple(flat)) if flat else DYN


def _merged(one: Type, other: Type) -> Type | None:
    """The type that both are: they are the same, or differ in parts of which nothing is known. Else None."""
    if one is other or EMPTY in (one, other):
        return other if one == EMPTY else one
    if isinstance(one, StringType) and isinstance(other, StringType):
        return _joined(one, other)
    if DYN in (one, other):
        return DYN
    if isinstance(one, ListType) and isinstance(other, ListType):
        element = _merged(one.element, other.element)
        return element and ListType(element)
    if isinstance(one, OptionalType) and isinstance(other, OptionalType):
        value = _merged(one.value, other.value)
        return value and OptionalType(value)
    if isinstance(one, MapType) and isinstance(other, MapType):
        key, value = _merged(one.key, other.key), _merged(one.value, other.value)
        return MapType(key, value) if key is not None and value is not None else None
    return one if one == other else None


def _joined(one: StringType, other: StringType) -> StringType:
    """What is known of a string that is the one or the other."""
    known = one.values and other.values
    values = tuple(dict.fromkeys(one.values + other.values)) if known else ()
    return StringType(one.tag if one.tag == other.tag else None, values)


def join(members: Iterable[Type]) -> Type:
    """The type of something that is one of several, as cel-go joins them: the common type, else DYN.

    Of objects and lists of them all alternatives are kept: a field that none of them has stays a mistake.
    """
    joined = union(members)
    if not isinstance(joined, UnionType) or joined == NUMBER:
        return joined
    return joined if all(map(_holds_objects, joined.members)) else DYN


def _holds_objects(type_: Type) -> bool:
    """Is it an object, or lists of objects?"""
    if isinstance(type_, ListType):
        return all(map(_holds_objects, atoms(type_.element)))
    return isinstance(type_, ObjectType)


def is_map_like(type_: Type) -> bool:
    """Is it a map or an object?"""
    return isinstance(type_, (MapType, ObjectType))


def comparable(one: Type, other: Type) -> bool:
    """May the two be equal at all? Numbers of different types may only if one of them is a union (JSON number)."""
    return any(_comparable_atoms(a, b) for a in atoms(one) for b in atoms(other))


def _comparable_atoms(one: Type, other: Type) -> bool:
    if DYN in (one, other) or EMPTY in (one, other) or isinstance(one, TypeParam) or isinstance(other, TypeParam):
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

    `bound` collects what the placeholders of the signature stand for; two uses of one must be able to be equal.
    """
    if actual is wanted:
        return True
    bound = {} if bound is None else bound
    if isinstance(wanted, TypeParam):
        return _bind(bound, wanted.name, actual)
    if not isinstance(actual, UnionType):
        return any(_assignable_atoms(actual, one, bound) for one in atoms(wanted))
    ways: list[dict[str, Type]] = []
    for atom in actual.members:
        way: dict[str, Type] = {}
        if any(_assignable_atoms(atom, one, way) for one in atoms(wanted)):
            ways.append(way)
    names = dict.fromkeys(name for way in ways for name in way)
    return bool(ways) and all(_bind(bound, name, join(way[name] for way in ways if name in way)) for name in names)


def _bind(bound: dict[str, Type], name: str, actual: Type) -> bool:
    """Let the placeholder stand for `actual` as well."""
    if name not in bound:
        bound[name] = actual
        return True
    if not comparable(bound[name], actual):
        return False
    bound[name] = join((bound[name], actual))
    return True


def _assignable_atoms(actual: Type, wanted: Type, bound: dict[str, Type]) -> bool:
    if isinstance(wanted, TypeParam):
        return _bind(bound, wanted.name, actual)
    if DYN in (actual, wanted) or actual == EMPTY:
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


def settled(type_: Type) -> Type:
    """The type of an element or value that is there: of one that nothing is known of, DYN."""
    return DYN if type_ == EMPTY else type_


def held(type_: Type) -> Type:
    """What an optional holds; what is none stays what it is."""
    return union(atom.value if isinstance(atom, OptionalType) else atom for atom in atoms(type_))


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
