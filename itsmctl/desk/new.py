"""A new record from its schema: what is given, what falls due at once, in the order of the schema."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.desk.ordering import ordered
from itsmctl.drawing import an, either, prose
from itsmctl.errors import Misuse
from itsmctl.kinds import FieldInfo, Kind
from itsmctl.kinds.words import yaml_line
from itsmctl.nearest import did_you_mean
from itsmctl.records import ROOT, SUFFIX, Law
from itsmctl.rulebook import Rulebook
from itsmctl.sources import Source

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another
_ROUNDS = 40
_WIDTH = 100  # columns of a template

Ask = Callable[[FieldInfo], str]


class Place(Struct, frozen=True):
    """Where a new record goes."""

    kind: Kind
    name: str
    path: str


def prepare(
    kind_name: str, name: str, source: Source, rulebook: Rulebook, year: int, *, is_shown: bool = False
) -> Place:
    """Kind, name and path of a record to be; a name is made up where none is given and the kind has numbered ones.

    `is_shown`: the record is only printed, maybe into the very file of that name, which the shell makes first.
    Raises Misuse for an unknown kind, a name that is none, or one that was ever used, unless it is only shown.
    """
    kind = rulebook.kinds.get(kind_name) or next(
        (kind for kind in rulebook.kinds.values() if kind_name.casefold() in (kind.name.casefold(), kind.plural)), None
    )
    if kind is None:
        guess = did_you_mean(kind_name, rulebook.kinds)
        raise Misuse(f"no kind is called {kind_name}" + (f": {guess}" if guess else ""), "itsmctl schema list")
    folder = f"{ROOT}/{kind.plural}"
    held = [file.path.rsplit("/", 1)[-1].removesuffix(SUFFIX) for file in source.files(folder)]
    if name:
        faults = [f for f in kind.explain({"metadata": {"name": name}}) if f.pointer == "/metadata/name"]
        if faults:
            raise Misuse(faults[0].message, faults[0].hint)
        if not is_shown:
            _refuse_taken(kind, name, rulebook.law, held, source.once_held)
    else:
        name = name_for(kind, year, held)
    return Place(kind, name, rulebook.law.home(kind.plural, name))


def name_for(kind: Kind, year: int, taken: Iterable[str]) -> str:
    """A name that two branches will not both take: prefix, year, and four letters by chance (810,000 of them).

    Raises Misuse for a kind whose records are named by people.
    """
    if not kind.prefix:
        raise Misuse(f"{an(kind.name)} needs a name", f"itsmctl new {kind.name} NAME")
    folded = {name.casefold() for name in taken}
    while True:
        name = f"{kind.prefix}-{year}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
        if name.casefold() not in folded:
            return name


def parse(kind: Kind, settings: Iterable[str]) -> dict[str, Any]:
    """`--set FIELD=VALUE` as pointer → value. FIELD is a path with dots or slashes; `spec.` may be left out.

    VALUE is read as YAML, unless the schema wants text: then it is taken as it stands.
    """
    values: dict[str, Any] = {}
    for word in settings:
        field, equals, text = word.partition("=")
        if not equals:
            raise Misuse(
                f"--set {word}: there is no =", "Write --set title='Loans database' or --set spec.version=15.4"
            )
        pointer = _pointer(kind, field)
        values[pointer] = _value(kind, pointer, text)
    return values


def draft(kind: Kind, name: str, values: Mapping[str, Any], ask: Ask | None) -> dict[str, Any]:
    """The data of a record that fits its schema; what is missing is asked for, or named all at once in a Misuse."""
    data: dict[str, Any] = {"apiVersion": "itsm/v1", "kind": kind.name, "metadata": {"name": name}, "spec": {}}
    if kind.lifecycle is not None:
        put(data, kind.lifecycle.field, kind.lifecycle.initial[0])
    for pointer, value in values.items():
        put(data, pointer, value)
    for _ in range(_ROUNDS):
        missing = list(_missing(kind, data))
        if not missing:
            break
        if ask is None:
            raise Misuse(
                _list(kind, name, missing), "Give each with --set, or run the command in a terminal to be asked."
            )
        for field in missing:
            put(data, field.pointer, _value(kind, field.pointer, ask(field)))
    faults = kind.explain(data)
    if faults:
        raise Misuse("\n".join(f"{f.pointer}: {f.message}. {f.hint}" for f in faults), "Nothing was written.")
    return ordered(kind, data)


def template(kind: Kind, name: str) -> str:
    """A record to fill in by hand: what is needed at once is open, all else a comment, each with what it means."""
    lines = [*_note(kind.description, ""), "apiVersion: itsm/v1", f"kind: {kind.name}"]
    values: dict[str, Any] = {"/metadata/name": name}
    if kind.lifecycle is not None:
        values[kind.lifecycle.field] = kind.lifecycle.initial[0]
    needed = _needed(kind, name, values)
    for field in kind.fields():
        if field.pointer in ("/apiVersion", "/kind") or "*" in field.pointer or field.depth > 2:
            continue
        value = values.get(field.pointer, kind.example_for(field.pointer))
        lines.extend(_template_field(kind, field, value, field.pointer in needed))
    return "\n".join(lines) + "\n"


def _needed(kind: Kind, name: str, values: Mapping[str, Any]) -> set[str]:
    """The fields that a record must have at once, given that every other one is filled in as in the examples."""
    data: dict[str, Any] = {"apiVersion": "itsm/v1", "kind": kind.name, "metadata": {"name": name}, "spec": {}}
    needed = {pointer for pointer in values if kind.field(pointer) is not None}
    for pointer in needed:
        put(data, pointer, values[pointer])
    for _ in range(_ROUNDS):
        found = {field.pointer for field in _missing(kind, data) if field.depth == 2} - needed
        if not found:
            break
        needed |= found
        for pointer in found:
            put(data, pointer, kind.example_for(pointer))
    if not data["spec"]:
        needed.update([field.pointer for field in kind.fields() if field.depth == 2 and "/spec/" in field.pointer][:1])
    return needed


def _note(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in prose(text, _WIDTH - len(indent) - 2)]


def _template_field(kind: Kind, field: FieldInfo, value: Any, needed: bool) -> list[str]:
    indent = "  " * (field.depth - 1)
    if field.depth == 1:
        return [f"{field.name}:"]
    others = either([other.rpartition("/")[2] for other in kind.instead.get(field.pointer, ())])
    unless = f", unless there is {others}" if others else ""
    due = f" Due when {' or '.join(field.due)}{unless}." if field.due else ""
    text = yamltext.dump({field.name: value}).decode() if value is not None else f"{field.name}:"
    shown = text.rstrip("\n").split("\n")
    mark = "" if needed else "# "
    return [*_note(f"{field.description}{due} ({field.type})", indent), *(f"{indent}{mark}{line}" for line in shown)]


def content(data: Mapping[str, Any]) -> bytes:
    """The record as YAML."""
    return yamltext.dump(data)


def _refuse_taken(kind: Kind, name: str, law: Law, held: Iterable[str], once_held: Callable[[str], bool]) -> None:
    """Raises Misuse where the name is taken, in whatever spelling, or was ever used: names are never reused."""
    twin = next((other for other in held if other.casefold() == name.casefold()), None)
    if twin is not None:
        raise Misuse(f"there is {an(kind.name)} called {twin} already", "Choose another name.")
    if once_held(law.home(kind.plural, name)):
        raise Misuse(f"{kind.name}/{name} was used before, and names are never reused", "Choose another name.")


def _missing(kind: Kind, data: Mapping[str, Any]) -> Iterable[FieldInfo]:
    """Fields that the schema requires, and those that are due in the state."""
    pointers = [fault.pointer for fault in kind.explain(data) if fault.rule == "schema-missing-field"]
    if kind.lifecycle is not None:
        pointers += [alternatives[0] for _, alternatives in kind.lifecycle.missing(data)]
    for pointer in dict.fromkeys(pointers):
        info = kind.field(pointer)
        if info is not None:
            yield info


def _list(kind: Kind, name: str, missing: list[FieldInfo]) -> str:
    lines = [f"{kind.name}/{name} lacks {len(missing)} field{'s' if len(missing) > 1 else ''}:"]
    for field in missing:
        example = kind.example_for(field.pointer)
        written = example if isinstance(example, str) else kind.example_line(field.pointer) or _first_of(example)
        shown = f", such as {written}" if written else ""
        others = kind.instead.get(field.pointer, ())
        shown += f"; or {either([_dotted(other) for other in others])} in its place" if others else ""
        lines.append(f"  --set {_dotted(field.pointer)}=…  {field.description} ({field.type}{shown})")
    return "\n".join(lines)


def _first_of(example: Any) -> str:
    """Of a list that is too long for a line, as much of its first entry as is there in one: how it is written."""
    if not isinstance(example, list) or not example or not isinstance(example[0], dict):
        return ""
    entry = {key: value for key, value in example[0].items() if not isinstance(value, dict | list)}
    while entry and not yaml_line([entry]):
        entry.popitem()
    return yaml_line([entry]) if entry else ""


def _dotted(pointer: str) -> str:
    return pointer[1:].replace("/", ".")


def _pointer(kind: Kind, field: str) -> str:
    steps = [step for step in field.replace("/", ".").split(".") if step]
    for candidate in (steps, ["spec", *steps], ["metadata", *steps]):
        pointer = "".join(f"/{step}" for step in candidate)
        if candidate and kind.field(pointer) is not None:
            return pointer
    known = [_dotted(info.pointer) for info in kind.fields() if "*" not in info.pointer]
    guess = did_you_mean(field, [*known, *(word.partition(".")[2] for word in known)])
    raise Misuse(
        f"{an(kind.name)} has no field {field}" + (f": {guess}" if guess else ""), f"itsmctl explain {kind.name}"
    )


def _value(kind: Kind, pointer: str, text: str) -> Any:
    """What a text stands for at a place: itself where the schema takes text there, else what YAML makes of it."""
    try:
        value = yamltext.read(text.encode("utf-8", "surrogateescape"))
    except yamltext.Refused:
        return text
    wants_text = kind.takes_text(pointer)
    if isinstance(value, list | dict):
        return text if wants_text and not kind.takes_parts(pointer) else value
    return text if wants_text else value


def put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Write a value, making the mappings and lists on the way."""
    steps = pointer.split("/")[1:]
    at: Any = data
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        last = following is None
        empty: Any = [] if following is not None and following.isdecimal() else {}
        if isinstance(at, list):
            position = int(step) if step.isdecimal() else len(at)
            if position > len(at):
                raise Misuse(
                    f"{_dotted(pointer)}: there is no item {position - 1} yet", "Number items from 0, in order."
                )
            if position == len(at):
                at.append(value if last else empty)
            elif last:
                at[position] = value
            at = at[position]
        elif isinstance(at, dict):
            if last:
                at[step] = value
            else:
                at = at.setdefault(step, empty)
        else:
            raise Misuse(f"{_dotted(pointer)}: {step} lies inside a single value", "Set the whole of it, or its parts.")
