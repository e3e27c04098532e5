"""Which values of a record its class or kind marks as secret (writeOnly), and the record without them. Pure.

A mark hides the whole attribute that it stands in or above. Of an item whose class cannot be told, what any class marks
is hidden.
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
    """What is marked at one revision. `classes`: CIType → its data; `formerly`: its former names → that of today."""

    classes: Mapping[str, Any]
    formerly: Mapping[str, str]
    kinds: Mapping[str, Kind]

    @classmethod
    def of_types(cls, types: Iterable[object], kinds: Mapping[str, Kind]) -> Marks:
        """Those of the data of CITypes, and of kinds."""
        classes: dict[str, Any] = {}
        formerly: dict[str, str] = {}
        for data in types:
            name, former = (value_at(data, f"/metadata/{word}") for word in ("name", "formerly"))
            classes[str(name)] = data
            formerly |= {str(one): str(name) for one in (former if isinstance(former, list) else ())}
        return cls(classes, formerly, kinds)

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
        found: frozenset[str] = frozenset()
        seen: set[str] = set()
        while isinstance(name, str) and name not in seen:
            seen.add(name)
            name = name if name in self.classes else self.formerly.get(name, name)
            if name not in self.classes:
                return self._any
            seen.add(name)
            found |= self._own[name]
            name = value_at(self.classes[name], "/spec/extends")
        return found if seen else self._any


NO_MARKS = Marks({}, {}, {})
"""Where nothing is marked, or nothing is to be left out."""


def _names(data: object) -> Iterator[str]:
    forms = value_at(data, ATTRIBUTES)
    for name, form in forms.items() if isinstance(forms, dict) else ():
        if is_marked(form):
            yield str(name)


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
    return without(data, marks.of(kind, data), KEPT)


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
