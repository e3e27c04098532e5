"""What a schema says of single fields: description, type in words, example. For messages, `explain`, `new`, hover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.drawing import an
from itsmctl.kinds.pointers import steps_of
from itsmctl.kinds.schema import resolve
from itsmctl.kinds.words import listed

if TYPE_CHECKING:
    from itsmctl.kinds.annotation import ReferenceRule

_TYPE_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "null": "nothing",
}
_BESIDE = ("anyOf", "oneOf")
_BRANCH = ("then", "else")


class FieldInfo(Struct, frozen=True):
    """One field of a kind. `pointer` has `*` for the items of a list and the keys of an open mapping.

    `due` names the states in which the field falls due; `required` means required by the mapping it stands in;
    `deprecated` that the schema says so.
    """

    pointer: str
    description: str
    type: str
    required: bool = False
    enum: tuple[Any, ...] = ()
    due: tuple[str, ...] = ()
    reference: ReferenceRule | None = None
    deprecated: bool = False

    @property
    def name(self) -> str:
        """The key of the field."""
        return self.pointer.rpartition("/")[2]

    @property
    def depth(self) -> int:
        """How deep the field stands; `spec` has depth 1."""
        return self.pointer.count("/")


def find(root: Mapping[str, Any], pointer: str) -> tuple[Mapping[str, Any], ...]:
    """Every subschema that describes the place, outermost first; none where the schema knows no such place."""
    here = _expand(root, (root,))
    for step in steps_of(pointer):
        here = _expand(root, tuple(_below(here, step)))
        if not here:
            return ()
    return here


def describe(root: Mapping[str, Any], pointer: str) -> str:
    """The description of the place that stands nearest to it, or an empty text."""
    return next((str(part["description"]) for part in find(root, pointer) if part.get("description")), "")


def keys(parts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The keys that a mapping described by `parts` may have, in the order of the schema."""
    return tuple(dict.fromkeys(key for part in parts for key in part.get("properties", ())))


def key_order(root: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    """The keys that the mapping at a pointer may have, in the order of the schema; none where all are free."""
    return keys(find(root, pointer))


def takes_text(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Is a text among what `parts` name as type or as values?"""
    for part in parts:
        named = part.get("type", ())
        if "string" in ([named] if isinstance(named, str) else named):
            return True
        if any(isinstance(value, str) for value in (*part.get("enum", ()), part.get("const"))):
            return True
    return False


def type_words(
    root: Mapping[str, Any], pointer: str, parts: Sequence[Mapping[str, Any]], references: Sequence[ReferenceRule]
) -> str:
    """What may be written at the place that `parts` describe: "list, each the name of a Person"."""
    reference = _reference(pointer, references)
    if reference is not None:
        return reference_words(reference)
    choices = next((part["enum"] for part in parts if "enum" in part), None)
    if choices is not None:
        return "one of " + ", ".join(str(choice) for choice in choices)
    constant = next((part["const"] for part in parts if "const" in part), None)
    if constant is not None:
        return f"always {constant}"
    named = next((part["type"] for part in parts if "type" in part), ())
    types = [named] if isinstance(named, str) else list(named)
    if types in (["array"], ["object"]) and not keys(parts):
        inner = _expand(root, tuple(_below(tuple(parts), "*")))
        each = type_words(root, f"{pointer}/*", inner, references) if inner else ""
        return f"{_TYPE_WORDS[types[0]]}, each {each}" if each else _TYPE_WORDS[types[0]]
    hint = next((part["x-itsm-hint"] for part in parts if "x-itsm-hint" in part), "")
    if types == ["string"] and hint:
        return str(hint)
    return " or ".join(_TYPE_WORDS.get(word, word) for word in types) or "anything"


def reference_words(rule: ReferenceRule) -> str:
    """What a field that names records holds: "the name of a Person", "a Person or Role as Kind/name"."""
    kinds = listed(rule.to) if len(rule.to) <= 4 else "record"
    if not rule.qualified:
        return f"the name of {an(kinds)}"
    return f"{an(kinds)} as Kind/name" + (", or a file as File/path" if rule.files else "")


def walk(
    root: Mapping[str, Any], references: Sequence[ReferenceRule], due: Mapping[str, tuple[str, ...]]
) -> Iterator[FieldInfo]:
    """Every field below the record, in the order of the schema; a definition inside itself is shown once."""
    yield from _walk(root, (root,), "", references, due, frozenset())


def info(
    root: Mapping[str, Any], pointer: str, references: Sequence[ReferenceRule], due: Mapping[str, tuple[str, ...]]
) -> FieldInfo | None:
    """What the schema says of one place, given with indices or with `*`; None where there is no such field."""
    parts = find(root, pointer)
    if not parts:
        return None
    steps = steps_of(pointer)
    parent = find(root, pointer.rpartition("/")[0])
    needed = not steps or steps[-1] in required(root, parent)
    return _info(root, pointer, parts, needed, references, due)


def example(root: Mapping[str, Any], pointer: str) -> Any:
    """A value that could stand at the place, from the examples of the kind or from the schema; None if none."""
    for whole in root.get("examples", ()):
        found = _dig(whole, steps_of(pointer))
        if found is not None:
            return found
    parts = find(root, pointer)
    for word in ("examples", "enum"):
        for part in parts:
            if part.get(word):
                return part[word][0]
    return next((part["const"] for part in parts if "const" in part), None)


def _info(
    root: Mapping[str, Any],
    pointer: str,
    parts: Sequence[Mapping[str, Any]],
    needed: bool,
    references: Sequence[ReferenceRule],
    due: Mapping[str, tuple[str, ...]],
) -> FieldInfo:
    description = next((str(part["description"]) for part in parts if part.get("description")), "")
    choices = next((tuple(part["enum"]) for part in parts if "enum" in part), ())
    words = type_words(root, pointer, parts, references)
    reference = _reference(pointer, references)
    old = any(part.get("deprecated") is True for part in parts)
    return FieldInfo(pointer, description, words, needed, choices, due.get(pointer, ()), reference, old)


def _reference(pointer: str, references: Sequence[ReferenceRule]) -> ReferenceRule | None:
    steps = steps_of(pointer)
    return next((rule for rule in references if rule.fits(steps)), None)


def required(root: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The keys that a mapping must have in any case: what only a branch asks for is not among them."""
    always = _expand(root, parts[:1], sometimes=False)
    return frozenset(key for part in always for key in part.get("required", ()))


def _walk(
    root: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    pointer: str,
    references: Sequence[ReferenceRule],
    due: Mapping[str, tuple[str, ...]],
    inside: frozenset[int],
) -> Iterator[FieldInfo]:
    marks = frozenset(id(part) for part in parts if "properties" in part or "items" in part)
    if marks & inside:
        return
    inside = inside | marks
    needed = required(root, parts)
    steps: tuple[str, ...] = keys(parts)
    if any(isinstance(part.get("items", part.get("additionalProperties")), dict) for part in parts):
        steps = (*steps, "*")
    for step in steps:
        at = f"{pointer}/{step}"
        below = _expand(root, tuple(_below(parts, step)))
        if step != "*":
            yield _info(root, at, below, step in needed, references, due)
        yield from _walk(root, below, at, references, due, inside)


def _expand(root: Mapping[str, Any], parts: Sequence[Any], sometimes: bool = True) -> tuple[Mapping[str, Any], ...]:
    """The subschemas, and those that judge the same value too; with `sometimes`, also those that may do so."""
    found: list[Mapping[str, Any]] = []
    todo = list(parts)
    while todo:
        part = todo.pop(0)
        if not isinstance(part, Mapping) or any(part is other for other in found):
            continue
        found.append(part)
        if "$ref" in part:
            todo.append(resolve(root, part["$ref"]))
        todo.extend(part.get("allOf", ()))
        if sometimes:
            for word in _BESIDE:
                todo.extend(part.get(word, ()))
            todo.extend(part[word] for word in _BRANCH if word in part)
    return tuple(found)


def _below(parts: Sequence[Mapping[str, Any]], step: str) -> Iterator[Any]:
    """The subschemas for one key or one item of what `parts` describe."""
    for part in parts:
        properties = part.get("properties", {})
        if step in properties:
            yield properties[step]
        elif "additionalProperties" in part and ("properties" in part or "items" not in part):
            yield part["additionalProperties"]
        if (step == "*" or step.isdecimal()) and "items" in part:
            yield part["items"]


def _dig(value: Any, steps: Sequence[str]) -> Any:
    """The first value that the steps lead to; `*` and indices try every item."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(value, list) and (step == "*" or step.isdecimal()):
        return next((found for item in value if (found := _dig(item, rest)) is not None), None)
    if isinstance(value, Mapping):
        inner = value.values() if step == "*" else (value.get(step),)
        return next((found for item in inner if item is not None and (found := _dig(item, rest)) is not None), None)
    return None
