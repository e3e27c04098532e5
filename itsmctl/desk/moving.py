"""Moves the state of a change: is the hop legal, what falls due on the way, how is the file edited. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import yamltext
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.gate import lifecycle
from itsmctl.kinds.words import dotted
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.gate.verdict import Verdict
    from itsmctl.kinds import Kind
    from itsmctl.records import Record

_MENDABLE = ("DUE", "NO_LINK")
"""Codes of what may still be written into the record; any other one makes the hop itself illegal."""


class Move(Struct, frozen=True):
    """One hop, or several at once. `due`: what the record lacks on the way, in words, with an example of each."""

    path: str
    before: bytes
    after: bytes
    way: tuple[str, ...]
    due: tuple[str, ...]


def move(
    record: Record,
    at_base: Record | None,
    content: bytes,
    kind: Kind,
    state: str,
    values: Mapping[str, Any],
    owes: str = "",
) -> Move:
    """The edit that brings a change to `state`, with `values` (pointer → value) written along.

    `record` is as the work tree has it, `content` its file; `at_base` as the target branch has it, None where it is
    new there: from that the gate will judge. `owes`: what it owes there, as an emergency, in words. Raises
    Misuse for a state that is none, and for an illegal hop.
    """
    held = kind.lifecycle
    if held is None or state not in held.states:
        guess = did_you_mean(state, held.states) if held else ""
        message = f"no change is ever {state}" + (f": {guess}" if guess else "")
        raise Misuse(message, f"States: {', '.join(held.states) if held else 'none'}")
    after = yamltext.edit(content, {held.field: state, **values})
    data = yamltext.read(after)
    if not isinstance(data, dict) or not kind.conforms(data):
        faults = kind.explain(data)
        raise Misuse("\n".join(f"{f.pointer}: {f.message}. {f.hint}" for f in faults), "Nothing was written.")
    moved = replace(record, data=data)
    judged = lifecycle.hops(kind, at_base, moved, owes=owes)
    illegal = [one for one in judged if not one.allowed and one.code not in _MENDABLE]
    if illegal:
        raise Misuse(f"{record.name} {illegal[0].says}", "Nothing was written.")
    way = lifecycle.passed(kind, at_base, moved)
    return Move(record.path, content, after, way, tuple(_due(judged, kind)))


def sound(record: Record, content: bytes | None) -> bytes:
    """The file of a record that can be edited. Raises CannotJudge where it breaks its schema, or is gone."""
    if not record.sound or content is None:
        raise CannotJudge(f"{record.ref} breaks its schema", f"itsmctl validate {record.path} says what is wrong.")
    return content


def _due(judged: tuple[Verdict, ...], kind: Kind) -> Iterator[str]:
    for one in judged:
        if one.allowed:
            continue
        pointers = [str(pointer) for pointer in one.details.get("pointers", ())]
        if not pointers:
            yield one.says
        for pointer in pointers[:1]:
            info = kind.field(pointer)
            or_else = "".join(f" or {dotted(other)}" for other in pointers[1:])
            lines = [f"{dotted(pointer)}{or_else}: {info.description if info else ''}"]
            yield "\n".join([*lines, *(f"    {line}" for line in kind.example_lines(pointer))])
