"""Kinds of records and their fields explained, from the schemas alone: no field list stands here again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl import yamltext
from itsmctl.drawing import count, either, prose, quoted, rows, titled
from itsmctl.errors import Misuse
from itsmctl.escape import visible
from itsmctl.explain.topic import Topic
from itsmctl.kinds import Kind
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itsmctl.kinds import FieldInfo, Lifecycle
    from itsmctl.rulebook import Rulebook

__all__ = ["Kind", "field", "fields", "topics"]

_SHOWN = 2  # depth of the fields that a kind lists; `explain KIND.FIELD` goes on from there


def topics(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every kind by name."""
    return {kind.name: partial(_topic, kind, book) for kind in book.kinds.values()}


def _topic(kind: Kind, book: Rulebook) -> Topic:
    return Topic(kind.name, partial(_lines, kind, book), partial(_data, kind, book))


def fields(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every field by its bare name: the one that is called so, or a list of them."""
    places: dict[str, list[tuple[Kind, FieldInfo]]] = {}
    for kind in book.kinds.values():
        for info in kind.fields():
            if info.name != "*" and info.depth >= _SHOWN:
                places.setdefault(info.name, []).append((kind, info))
    return {name: partial(_named, name, found, book) for name, found in places.items()}


def _named(name: str, found: list[tuple[Kind, FieldInfo]], book: Rulebook) -> Topic:
    if len(found) == 1:
        return field(found[0][0], found[0][1].pointer, book)

    def lines(width: int) -> list[str]:
        said = [f"{visible(name)}  a field of {count(len({kind.name for kind, _ in found}), 'kind')}", ""]
        for kind, info in found:
            said += prose(f"{kind.name}.{_plain(info.pointer.split('/'))}", width, indent=2)
            said += prose(info.description, width, indent=6)
        return said

    return Topic(name, lines, lambda: {"field": name, "of": [_field_data(kind, info) for kind, info in found]})


def field(kind: Kind, place: str, book: Rulebook) -> Topic:
    """A field of a kind, by JSON pointer or with dots; `spec.` and the items of lists may be left out.

    Raises Misuse with what comes near where the kind has no such field.
    """
    every = {info.pointer: info for info in kind.fields()}
    steps = [step for step in place.replace("[", ".").replace("]", "").replace("/", ".").split(".") if step]
    wanted = _plain(steps)
    by_path: dict[str, FieldInfo] = {}
    for info in every.values():
        path = _plain(info.pointer.split("/"))
        by_path.setdefault(path, info)
    for candidate in (wanted, f"spec.{wanted}", f"metadata.{wanted}"):
        found = next((by_path[path] for path in by_path if path.casefold() == candidate.casefold()), None)
        if found is not None:
            return Topic(found.pointer, partial(_field_lines, kind, found, book), partial(_field_data, kind, found))
    full = wanted if wanted.startswith(("spec.", "metadata.")) else f"spec.{wanted}"
    level = [path for path in by_path if path.count(".") == full.count(".")]
    guess = did_you_mean(full, level) or did_you_mean(full, by_path)
    raise Misuse(
        f"{kind.name} has no field {'.'.join(steps)}" + (f": {guess}" if guess else ""),
        f"itsmctl explain {kind.name} lists the fields.",
    )


def _plain(steps: Iterable[str]) -> str:
    """The path of a field without the items of lists: `spec.items.set`."""
    return ".".join(step for step in steps if step and step != "*" and not step.isdecimal())


def _lines(kind: Kind, book: Rulebook, width: int) -> list[str]:
    """All of a kind; of its fields the outer ones."""
    rules = [one.rule.id for one in book.policies if kind.name in one.kinds]
    fields = list(kind.fields())
    title = kind.title if kind.title != kind.name else ""
    lines = [*titled(kind.name, title, width), *prose(kind.description, width, indent=2), ""]
    lines += rows(
        [
            ("file", book.settings.home(kind.plural, "NAME")),
            ("process", kind.process),
            ("controlled", "yes: editing such a record needs a change that covers it" if kind.controlled else "no"),
            ("rules", ", ".join(rules)),
            ("schema", f"itsmctl schema show {kind.name}" + ("" if kind.builtin else f" (from {kind.path})")),
        ],
        width,
    )
    lines += ["", "Fields", ""]
    for info in fields:
        if info.depth <= _SHOWN and info.pointer not in ("/apiVersion", "/kind"):
            lines += _entry(kind, info, _below(info, fields), width, info.depth)
    deeper = next((info for info in fields if info.depth == _SHOWN and _below(info, fields)), None)
    if deeper is not None:
        inside = f"What is inside of one: itsmctl explain {kind.name}{_dotted(deeper.pointer, '.')}"
        lines += ["", *prose(inside, width, indent=2)]
    if kind.lifecycle is not None:
        lines += ["", f"Life cycle ({_dotted(kind.lifecycle.field)})", "", *_arrows(kind.lifecycle, width)]
    lines += ["", "References", "", *_references(kind, width)] if kind.references else []
    for example in kind.schema.get("examples", ())[:1]:
        lines += ["", "Example", "", *quoted(yamltext.dump(example).decode())]
    return [*lines, "", *prose(f"Write one: itsmctl new {kind.name}{'' if kind.prefix else ' NAME'}", width)]


def _field_lines(kind: Kind, info: FieldInfo, book: Rulebook, width: int) -> list[str]:
    """One field with all that is inside of it, and the rules that read it."""
    fields = list(kind.fields())
    lines = [f"{kind.name} {visible(_dotted(info.pointer))}"]
    lines += prose(info.description, width, indent=2)
    reference = info.reference
    lines += [
        "",
        *rows(
            [
                ("holds", info.type),
                (
                    "needed",
                    "always" if info.required else f"once it is {_since(kind, info)}" if info.due else "never",
                ),
                ("names", ", ".join((*reference.to, *(("File",) if reference.files else ()))) if reference else ""),
                ("unbound", "an approval does not cover it" if info.pointer in kind.unbound else ""),
                ("pointer", info.pointer),
                ("read by", ", ".join(_readers(kind, info, book))),
            ],
            width,
        ),
    ]
    inner = [one for one in fields if one.pointer.startswith(f"{info.pointer}/")]
    if inner:
        lines += ["", "Inside", ""]
        for one in inner:
            lines += _entry(kind, one, False, width, one.depth - info.depth)
    example = kind.example_for(info.pointer)
    if example is not None and info.name != "*":
        lines += ["", "Example", "", *quoted(yamltext.dump({info.name: example}).decode())]
    return lines


def _entry(kind: Kind, info: FieldInfo, more: bool, width: int, level: int) -> list[str]:
    """`name *  type`, and the description below it."""
    indent = 2 * level
    when = _when(kind, info)
    mark = f" ({when})" if when else ""
    name = "each" if info.name == "*" else info.name
    head = prose(f"{name}{mark}: {info.type}{' …' if more else ''}", width, indent)
    return [head[0], *(f"    {line}" for line in head[1:]), *prose(info.description, width, indent + 4)]


def _when(kind: Kind, info: FieldInfo) -> str:
    """`required`, the states in which it falls due, or nothing."""
    return "required" if info.required else f"due when {_since(kind, info)}" if info.due else ""


def _since(kind: Kind, info: FieldInfo) -> str:
    """`submitted`, or `submitted, unless there is scope` where another field is enough in its place."""
    others = [other.rpartition("/")[2] for other in kind.instead.get(info.pointer, ())]
    return " or ".join(info.due) + (f", unless there is {either(others)}" if others else "")


def _below(info: FieldInfo, fields: Iterable[FieldInfo]) -> bool:
    return any(one.pointer.startswith(f"{info.pointer}/") for one in fields)


def _arrows(lifecycle: Lifecycle, width: int) -> list[str]:
    """`draft -> submitted, cancelled`; then what a variant adds."""
    lines = rows(_steps(lifecycle.transitions, lifecycle), width)
    for variant in lifecycle.variants:
        extra = {
            state: tuple(one for one in following if one not in lifecycle.transitions.get(state, ()))
            for state, following in variant.transitions.items()
        }
        added = [(state, f"-> {', '.join(following)}") for state, following in extra.items() if following]
        if added:
            when = " and ".join(f"{_dotted(at)} is {' or '.join(map(str, values))}" for at, values in variant.when)
            lines += ["", f"  also, where {when}:", *rows(added, width)]
    return lines


def _steps(transitions: Mapping[str, tuple[str, ...]], lifecycle: Lifecycle) -> list[tuple[str, str]]:
    said = []
    for state in lifecycle.states:
        following = transitions.get(state, ())
        start = " (begins here)" if state in lifecycle.initial and len(lifecycle.states) > 1 else ""
        said.append((state, (f"-> {', '.join(following)}" if following else "(ends here)") + start))
    return said


def _references(kind: Kind, width: int) -> list[str]:
    pairs = []
    for rule in kind.references:
        to = (*rule.to, *(("File",) if rule.files else ()))
        shown = ", ".join(to) if len(to) <= 6 else f"{', '.join(to[:5])} and {len(to) - 5} more kinds"
        pairs.append((_dotted("/" + "/".join(rule.pattern)), f"-> {shown}"))
    return rows(pairs, width)


def _readers(kind: Kind, info: FieldInfo, book: Rulebook) -> list[str]:
    """The rules over this kind that read the field, something in it, or all of what it is in."""
    wanted = tuple(info.pointer.split("/")[1:])
    found = []
    for one in book.policies:
        programs = [*((one.when,) if one.when else ()), *(program for _, program in one.lets), one.check]
        paths = [steps for program in programs for root, steps in program.paths if root == "self"]
        if kind.name in one.kinds and any(steps[: len(wanted)] == wanted for steps in paths):
            found.append(one.rule.id)
    return found


def _dotted(pointer: str, before: str = "") -> str:
    return before + pointer[1:].replace("/", ".")


def _data(kind: Kind, book: Rulebook) -> dict[str, Any]:
    lifecycle = kind.lifecycle
    return {
        "kind": kind.name,
        "title": kind.title,
        "description": kind.description,
        "path": book.settings.home(kind.plural, "NAME"),
        "process": kind.process,
        "controlled": kind.controlled,
        "builtin": kind.builtin,
        "rules": [one.rule.id for one in book.policies if kind.name in one.kinds],
        "fields": [_field_data(kind, info) for info in kind.fields()],
        "lifecycle": None
        if lifecycle is None
        else {
            "field": lifecycle.field,
            "initial": list(lifecycle.initial),
            "terminal": sorted(lifecycle.terminal),
            "transitions": {state: list(following) for state, following in lifecycle.transitions.items()},
        },
        "examples": list(kind.schema.get("examples", ())),
    }


def _field_data(kind: Kind, info: FieldInfo) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "pointer": info.pointer,
        "description": info.description,
        "type": info.type,
        "required": info.required,
        "due": list(info.due),
        "instead": list(kind.instead.get(info.pointer, ())),
        "enum": list(info.enum),
        "references": list(info.reference.to) if info.reference else [],
    }
