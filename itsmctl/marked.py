"""Which values of a record its class or kind marks as secret (writeOnly), and the record without them. Pure.

A mark hides the whole attribute that it stands in or above. Of an item whose class cannot be told, what any class marks
is a secret; and where its class cannot be relied on, no attribute of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.kinds.pointers import escaped, steps_of
from itsmctl.records import same, value_at
from itsmctl.secrecy import KEPT, OTHER, is_marked

if TYPE_CHECKING:
    from itsmctl.kinds import Kind

ITEM, TYPE, TYPES = "ConfigurationItem", "CIType", "ci-types"
ATTRIBUTES = "/spec/attributes"
_DEEPEST = 60
_TOLD = ("examples", "default", "const", "enum")  # parts of a schema that hold data, and no forms


class Marks(Struct, frozen=True, dict=True):
    """What is marked at one revision. `classes`: CIType → its data; `formerly`: its former names → that of today;
    `broken`: those of `classes` whose marks cannot be relied on.
    """

    classes: Mapping[str, Any]
    formerly: Mapping[str, str]
    kinds: Mapping[str, Kind]
    broken: frozenset[str] = frozenset()

    @classmethod
    def of_types(cls, types: Iterable[object], kinds: Mapping[str, Kind], broken: Iterable[str] = ()) -> Marks:
        """Those of the data of CITypes, and of kinds. `broken`: names of CITypes that are known to break their form."""
        classes: dict[str, Any] = {}
        formerly: dict[str, str] = {}
        doubted = set(broken)
        for data in types:
            name, former = (value_at(data, f"/metadata/{word}") for word in ("name", "formerly"))
            if str(name) in classes or not _is_clear(data):
                doubted.add(str(name))
            classes[str(name)] = data
            formerly |= {str(one): str(name) for one in (former if isinstance(former, list) else ())}
        return cls(classes, formerly, kinds, frozenset(doubted))

    @cached_property
    def is_empty(self) -> bool:
        """Is nothing marked, in any class or kind?"""
        return not any(self.may_hide(kind) for kind in (ITEM, *self.kinds))

    def may_hide(self, kind: str) -> bool:
        """Can a record of that kind hold a secret?"""
        return bool(self._of_kind(kind)) or (kind == ITEM and bool(self._any))

    def of(self, kind: str, data: object) -> tuple[str, ...]:
        """Pointers of the secrets that are written in the data of a record of that kind, sorted."""
        found = {at for at in self._of_kind(kind) if value_at(data, at) is not None}
        if kind == ITEM and self._any:
            held = value_at(data, ATTRIBUTES)
            names = self._of_class(value_at(data, "/spec/type")) if held is not None else frozenset()
            if isinstance(held, dict):
                found |= {f"{ATTRIBUTES}/{escaped(name)}" for name in names if held.get(name) is not None}
            elif names:
                found.add(ATTRIBUTES)
        return tuple(sorted(found))

    def hidden(self, kind: str, data: object) -> tuple[str, ...]:
        """The same, and every attribute of an item whose class is not there, or breaks its form: what may be shown of
        a record is the rest. (What is hashed is by `of` alone, or a baseline would be another one today.)
        """
        if not self.is_in_doubt(kind, data):
            return self.of(kind, data)
        return tuple(sorted({*(at for at in self.of(kind, data) if not at.startswith(ATTRIBUTES)), *_each(data)}))

    def is_in_doubt(self, kind: str, data: object) -> bool:
        """Is it an item with attributes, of which nobody can tell whether they are secrets?"""
        if kind != ITEM or self is NO_MARKS or not value_at(data, ATTRIBUTES):
            return False
        lineage = self._lineage(value_at(data, "/spec/type"))
        return not lineage or any(name not in self.classes or name in self.broken for name in lineage)

    def _of_kind(self, kind: str) -> tuple[str, ...]:
        known = self.kinds.get(kind)
        if known is None or known.builtin:  # those of the program mark nothing
            return ()
        if kind not in self._patterns:
            self._patterns[kind] = tuple(_below(known.schema, known.schema.get("$defs", {}), "", 0))
        return self._patterns[kind]

    @cached_property
    def _patterns(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _own(self) -> Mapping[str, frozenset[str]]:
        """Class → the attributes that it marks itself."""
        return {name: frozenset(_names(data)) for name, data in self.classes.items()}

    @cached_property
    def _any(self) -> frozenset[str]:
        return frozenset().union(*self._own.values())

    def _of_class(self, name: object) -> frozenset[str]:
        """The attributes that a class, or one that it extends, marks: no subclass takes a mark away."""
        lineage = self._lineage(name)
        if not lineage or any(one not in self.classes for one in lineage):
            return self._any
        return frozenset().union(*(self._own[one] for one in lineage))

    def _lineage(self, name: object) -> tuple[str, ...]:
        """The class and what it extends, by their names of today; it ends with one that is not there, if any is not."""
        found: list[str] = []
        while isinstance(name, str):
            name = name if name in self.classes else self.formerly.get(name, name)
            if name in found:
                break
            found.append(name)
            name = value_at(self.classes.get(name), "/spec/extends")
        return tuple(found)


NO_MARKS = Marks({}, {}, {})
"""Where nothing is marked, or nothing is to be left out."""


def _names(data: object) -> Iterator[str]:
    forms = value_at(data, ATTRIBUTES)
    for name, form in forms.items() if isinstance(forms, dict) else ():
        if is_marked(form):
            yield str(name)


def _each(data: object) -> Iterator[str]:
    """Where the attributes of an item are: one by one, or all of them."""
    held = value_at(data, ATTRIBUTES)
    if not isinstance(held, dict):
        yield ATTRIBUTES
        return
    yield from (f"{ATTRIBUTES}/{escaped(str(name))}" for name, value in held.items() if value is not None)


def _is_clear(data: object) -> bool:
    """Does a CIType say of each attribute, one way or the other, whether it is a secret?"""
    waiting = [value_at(data, ATTRIBUTES)]
    if waiting[0] is not None and not isinstance(waiting[0], Mapping):
        return False
    while waiting:
        held = waiting.pop()
        if isinstance(held, Mapping):
            if not isinstance(held.get("writeOnly", False), bool | Mapping):
                return False
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
    return True


def _below(form: Any, shared: Mapping[str, Any], at: str, depth: int) -> Iterator[str]:
    """Where secrets are inside of a form: at fields that are named one by one; else at what holds them."""
    if not isinstance(form, Mapping):
        return
    other = {key: value for key, value in form.items() if key not in ("properties", "$defs", *_TOLD)}
    if depth > _DEEPEST or _is_marked(other, shared, set()):
        yield at or "/spec"  # kind and name are no secrets, or nothing could be told of the record at all
        return
    fields = form.get("properties")
    for name, inner in fields.items() if isinstance(fields, Mapping) else ():
        yield from _below(inner, shared, f"{at}/{escaped(str(name))}", depth + 1)


def _is_marked(form: Any, shared: Mapping[str, Any], seen: set[str]) -> bool:
    if isinstance(form, list):
        return any(_is_marked(one, shared, seen) for one in form)
    if not isinstance(form, Mapping):
        return False
    if form.get("writeOnly") is True:
        return True
    name = str(form.get("$ref", "")).removeprefix("#/$defs/")
    if name and name not in seen:
        seen.add(name)
        if _is_marked(shared.get(name), shared, seen):
            return True
    return any(_is_marked(value, shared, seen) for key, value in form.items() if key not in _TOLD)


def veiled(marks: Sequence[Marks], kind: str, before: Any, after: Any) -> tuple[Any, Any]:
    """Two versions of a record as they may be shown side by side: what is marked anywhere is no value any more.

    Whether a secret differs can still be told. Either may be None, where there is no such version.
    """
    pointers = sorted({at for one in marks for side in (before, after) for at in one.of(kind, side)})
    for at in pointers:
        is_equal = same(value_at(before, at), value_at(after, at))
        before, after = without(before, [at], KEPT), without(after, [at], KEPT if is_equal else OTHER)
    return before, after


def shown(marks: Marks, kind: str, data: Any) -> Any:
    """A record as it may be shown."""
    return without(data, marks.hidden(kind, data), KEPT)


def without(data: Any, pointers: Sequence[str], stand_in: object) -> Any:
    """The data with `stand_in` at each of the places, which lead through mappings; nothing of it is changed."""
    for pointer in pointers:
        data = _without(data, steps_of(pointer), stand_in)
    return data


def _without(data: Any, steps: Sequence[str], stand_in: object) -> Any:
    if not steps:
        return stand_in
    if not isinstance(data, dict) or steps[0] not in data:
        return data
    return {**data, steps[0]: _without(data[steps[0]], steps[1:], stand_in)}
