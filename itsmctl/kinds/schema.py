"""One JSON Schema as written → one that stands alone. Only `#/$defs/…` and the envelope can be referred to.

So no schema can make a program fetch anything, and every editor reads the result as it is.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from itsmctl.kinds import forms
from itsmctl.kinds.pointers import escaped
from itsmctl.kinds.words import raised
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENVELOPE = "urn:itsmctl:v1:envelope"
_LOCAL, _SHARED = "#/$defs/", ENVELOPE + "#/$defs/"
_DEEPEST = 60

_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAP = frozenset({"$defs", "dependentSchemas", "properties"})
_SIMPLE = frozenset(
    [
        "$comment",
        "$id",
        "$ref",
        "$schema",
        "const",
        "default",
        "dependentRequired",
        "deprecated",
        "description",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "readOnly",
        "required",
        "title",
        "type",
        "uniqueItems",
        "writeOnly",
    ]
)
_KNOWN = _ONE | _MANY | _MAP | _SIMPLE
_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
_INSTEAD = MappingProxyType(
    {
        "$anchor": "refer to #/$defs/NAME",
        "$dynamicAnchor": "refer to #/$defs/NAME",
        "$dynamicRef": "write $ref: #/$defs/NAME",
        "$recursiveRef": "write $ref: #/$defs/NAME",
        "additionalItems": "write prefixItems and items",
        "contentEncoding": "it is never checked",
        "contentMediaType": "it is never checked",
        "contentSchema": "it is never checked",
        "definitions": "write $defs",
        "dependencies": "write dependentRequired or dependentSchemas",
        "patternProperties": "write propertyNames with additionalProperties",
    }
)


class BadSchema(ValueError):
    """A schema that cannot be used: `message` says why, `pointer` where in the schema, `hint` what to do."""

    def __init__(self, message: str, pointer: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.hint = hint


def bundle(written: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with the definitions of the envelope that it uses copied into its own `$defs`."""
    wanted: dict[str, None] = {}
    alone: dict[str, Any] = _rewritten(written, wanted)
    definitions = alone.setdefault("$defs", {})
    done: set[str] = set()
    while todo := [name for name in wanted if name not in done]:
        for name in todo:
            done.add(name)
            if name in shared:
                definitions[f"envelope.{name}"] = _rewritten(shared[name], wanted, inside=True)
    if not definitions:
        del alone["$defs"]
    return alone


def check(schema: object, shared: Mapping[str, Any]) -> None:
    """Refuse what this program does not read, or what the two validators could read in two ways.

    Raises BadSchema for the first such place. Says nothing on values of keywords: compiling does.
    """
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    for pointer, part in _parts(schema, ""):
        if isinstance(part, bool):
            continue
        if not isinstance(part, dict):
            raise BadSchema("a schema is a mapping, true or false", pointer)
        for keyword in part:
            if keyword not in _KNOWN and not keyword.startswith("x-"):
                raise _unknown(keyword, f"{pointer}/{escaped(keyword)}")
        _check_words(part, pointer)
        if "$ref" in part:
            _check_reference(part["$ref"], pointer, definitions, shared)
    _check_loops(definitions)


def resolve(root: Mapping[str, Any], reference: str) -> Any:
    """The definition that a reference inside a bundled schema names, or None."""
    return root.get("$defs", {}).get(reference.removeprefix(_LOCAL)) if reference.startswith(_LOCAL) else None


def _rewritten(part: Any, wanted: dict[str, None], inside: bool = False) -> Any:
    """A copy whose references to the envelope lead into `$defs`; `inside`: it is the envelope's own text."""
    if not isinstance(part, dict):
        return part
    copy: dict[str, Any] = {}
    for keyword, value in part.items():
        if keyword in _ONE:
            copy[keyword] = _rewritten(value, wanted, inside)
        elif keyword in _MANY and isinstance(value, list):
            copy[keyword] = [_rewritten(item, wanted, inside) for item in value]
        elif keyword in _MAP and isinstance(value, dict):
            copy[keyword] = {key: _rewritten(item, wanted, inside) for key, item in value.items()}
        elif keyword == "$ref" and str(value).startswith(prefix := _LOCAL if inside else _SHARED):
            name = value.removeprefix(prefix)
            wanted[name] = None
            copy[keyword] = f"{_LOCAL}envelope.{name}"
        else:
            copy[keyword] = value
    return copy


def _parts(schema: object, pointer: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Every subschema with its pointer, outermost first. Raises BadSchema where they are nested too deep."""
    if depth > _DEEPEST:
        raise BadSchema(f"nested more than {_DEEPEST} deep", pointer[:200])
    yield pointer, schema
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        at = f"{pointer}/{escaped(keyword)}"
        if keyword in _ONE:
            yield from _parts(value, at, depth + 1)
        elif keyword in _MANY and isinstance(value, list):
            for index, item in enumerate(value):
                yield from _parts(item, f"{at}/{index}", depth + 1)
        elif keyword in _MAP and isinstance(value, dict):
            for key, item in value.items():
                yield from _parts(item, f"{at}/{escaped(key)}", depth + 1)


def _check_words(part: Mapping[str, Any], pointer: str) -> None:
    """Values of keywords that the two validators could take in different ways, or explain badly."""
    if pointer and ("$id" in part or "$schema" in part):
        raise BadSchema("$id and $schema stand only at the top of a schema", pointer, "Take them away here.")
    written = part.get("type", [])
    for word in written if isinstance(written, list) else [written]:
        if word not in _TYPES:
            guess = did_you_mean(str(word), _TYPES) or f"types: {', '.join(_TYPES)}."
            raise BadSchema(f"there is no type {_short(word)}", f"{pointer}/type", raised(guess))
    if "format" in part and part["format"] not in forms.CHECKS:
        message = f"the format {_short(part['format'])} is not known"
        raise BadSchema(message, f"{pointer}/format", f"Formats: {', '.join(forms.CHECKS)}. Or use pattern.")
    if "pattern" in part and not forms.is_pattern(part["pattern"]):
        message = f"the pattern {_short(part['pattern'])} cannot be used"
        raise BadSchema(message, f"{pointer}/pattern", "Patterns have no look-around and no back references.")


def _check_reference(
    reference: object, pointer: str, definitions: Mapping[str, Any], shared: Mapping[str, Any]
) -> None:
    at = f"{pointer}/$ref"
    for prefix, known in ((_LOCAL, definitions), (_SHARED, shared)):
        if isinstance(reference, str) and reference.startswith(prefix):
            name = reference.removeprefix(prefix)
            if name not in known:
                guess = did_you_mean(name, known)
                raise BadSchema(f"there is no {_short(reference)}", at, raised(guess))
            return
    hint = f"A schema refers to its own #/$defs/NAME, or to {_SHARED}NAME; nothing is ever fetched."
    raise BadSchema(f"{_short(reference)} cannot be referred to", at, hint)


def _check_loops(definitions: Mapping[str, Any]) -> None:
    """A definition that leads to itself without going down into the value would never end."""
    onward = {name: set(_in_place(part)) for name, part in definitions.items()}
    for start in onward:
        seen: set[str] = set()
        level = {start}
        while level:
            level = {name for at in level for name in onward.get(at, ()) if name not in seen}
            seen |= level
            if start in seen:
                raise BadSchema("the definition leads to itself", f"/$defs/{escaped(start)}", "Break the circle.")


def _in_place(part: object) -> Iterator[str]:
    """Names of the definitions that judge the same value as `part` does."""
    if not isinstance(part, dict):
        return
    reference = part.get("$ref")
    if isinstance(reference, str) and reference.startswith(_LOCAL):
        yield reference.removeprefix(_LOCAL)
    for keyword in sorted(_IN_PLACE & part.keys()):
        value = part[keyword]
        inner = value if isinstance(value, list) else value.values() if keyword == "dependentSchemas" else (value,)
        for item in inner:
            yield from _in_place(item)


def _unknown(keyword: str, pointer: str) -> BadSchema:
    if keyword in _INSTEAD:
        return BadSchema(f"{keyword} is not read here", pointer, f"Instead: {_INSTEAD[keyword]}.")
    guess = did_you_mean(keyword, _KNOWN)
    return BadSchema(f"{_short(keyword)} is no keyword of JSON Schema", pointer, raised(guess))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
