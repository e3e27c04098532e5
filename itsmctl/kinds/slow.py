"""The validator that sees every error: `jsonschema`, made to judge exactly as jsonschema-rs does, in bounded time.

Formats and patterns are asked of the same functions as on the fast path; long lists are sifted by the fast validator
first, so that a hostile record costs no more than a friendly one. The only user of `jsonschema`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from itsmctl.kinds import forms
from itsmctl.kinds.check import compiled
from itsmctl.kinds.schema import resolve

_LONG = 20  # from this many items on, sifting pays

Errors = Iterator[ValidationError]


def reader(root: Mapping[str, Any]) -> Callable[[object], Errors]:
    """A function that gives every error of data against a bundled schema, in the order of the schema.

    The path of an error on a key that is unknown, missing or misspelt ends in that key.
    """
    own = _Keywords(root)
    replaced = {
        "$ref": own.reference,
        "additionalProperties": own.additional,
        "dependentRequired": _dependent,
        "format": _format,
        "items": own.items,
        "pattern": _pattern,
        "properties": _properties,
        "propertyNames": own.names,
        "required": _required,
        "uniqueItems": _unique,
    }
    checks = Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number).redefine("integer", _is_integer)
    maker: Any = extend(Draft202012Validator, replaced, type_checker=checks)  # type: ignore[no-untyped-call]
    errors: Callable[[object], Errors] = maker(dict(root), registry=Registry()).iter_errors
    return errors


class _Keywords:
    """The keywords that look into the rest of the schema, or at many items: these are sifted by the fast validator."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.sifts: dict[int, Callable[[object], bool]] = {}

    def items(self, validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
        if isinstance(instance, list):
            passes = self._sift(wanted, len(instance))
            for index in range(len(schema.get("prefixItems", ())), len(instance)):
                if not passes(instance[index]):
                    yield from _down(validator, instance[index], wanted, index)

    def additional(self, validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
        if isinstance(instance, dict):
            extra = [key for key in instance if key not in schema.get("properties", ())]
            passes = self._sift(wanted, len(extra))
            for key in extra:
                if wanted is False:
                    yield ValidationError("unknown", path=[key])
                elif not passes(instance[key]):
                    yield from _down(validator, instance[key], wanted, key)

    def names(self, validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
        if isinstance(instance, dict):
            passes = self._sift(wanted, len(instance))
            for key in instance:
                if not passes(key) and (context := list(validator.descend(key, wanted))):
                    yield ValidationError("misspelt", path=[key], context=context, instance=key)

    def reference(self, validator: Any, wanted: str, instance: Any, _schema: Any) -> Errors:
        yield from validator.descend(instance, resolve(self.root, wanted))

    def _sift(self, schema: Any, length: int) -> Callable[[object], bool]:
        """A test that lets pass what surely conforms; for a short list nothing does."""
        if length < _LONG or not isinstance(schema, dict):
            return _nothing_passes
        if id(schema) not in self.sifts:
            fast = compiled({**schema, "$defs": self.root.get("$defs", {})})
            self.sifts[id(schema)] = lambda value: _quietly(fast.is_valid, value)
        return self.sifts[id(schema)]


def _nothing_passes(_value: object) -> bool:
    return False


def _quietly(check: Callable[[Any], bool], value: object) -> bool:
    try:
        return check(value)
    except forms.NO_JSON:
        return False


def _down(validator: Any, value: object, schema: Any, step: str | int) -> Errors:
    """As `descend`, which forgets the step where the schema is just `false`."""
    if schema is False:
        yield ValidationError("false", validator="", path=[step], instance=value, schema=False)
    else:
        yield from validator.descend(value, schema, path=step)


def _properties(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for key, schema in wanted.items():
            if key in instance:
                yield from _down(validator, instance[key], schema, key)


def _required(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for key in wanted:
            if key not in instance:
                yield ValidationError("missing", path=[key])


def _dependent(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, dict):
        for cause, keys in wanted.items():
            for key in keys if cause in instance else ():
                if key not in instance:
                    yield ValidationError(cause, path=[key])


def _format(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    check = forms.CHECKS.get(wanted)
    if check is not None and not check(instance):
        yield ValidationError("format")


def _pattern(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    if isinstance(instance, str) and not forms.matches(wanted, instance):
        yield ValidationError("pattern")


def _unique(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Errors:
    """In linear time: `jsonschema` compares every two items."""
    if not wanted or not isinstance(instance, list):
        return
    seen: set[object] = set()
    for index, item in enumerate(instance):
        frozen = _frozen(item)
        if frozen in seen:
            yield ValidationError("twice", path=[index], instance=item)
        seen.add(frozen)


def _frozen(value: object) -> object:
    """A value that equals another one exactly where JSON Schema says so: 1 is 1.0, but not true."""
    if isinstance(value, dict):
        return ("mapping", frozenset((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_frozen(item) for item in value))
    return (isinstance(value, bool), value)


def _is_number(_checker: Any, value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker: Any, value: object) -> bool:
    return _is_number(checker, value) and (isinstance(value, int) or float(value).is_integer())  # type: ignore[arg-type]
