"""What falls due in the state that a record is in, and is not there; states that nobody declared. Pure."""

from __future__ import annotations

from itsmctl.drawing import an
from itsmctl.kinds import Kind
from itsmctl.kinds.words import dotted, first_sentence, lowered, shown_below
from itsmctl.nearest import did_you_mean
from itsmctl.records.model import Record, Remark
from itsmctl.records.pointing import value_at


def due(record: Record, kind: Kind) -> list[Remark]:
    """Fields that the record's state says are known by now, and that are not there; states that nobody declared."""
    lifecycle = kind.lifecycle
    if lifecycle is None:
        return []
    state = value_at(record.data, lifecycle.field)
    if state not in lifecycle.states:
        guess = did_you_mean(str(state), lifecycle.states)
        message = f"{record.kind} has no state {state}" + (f": {guess}" if guess else "")
        hint = f"States: {', '.join(lifecycle.states)}"
        return [Remark("record-state", "error", message, record.path, record.ref, lifecycle.field, hint=hint)]
    remarks = []
    for since, alternatives in lifecycle.missing(record.data):
        names = " or ".join(pointer[1:].replace("/", ".") for pointer in alternatives)
        now = "" if state == since else f", and this one is {state}"
        message = f"{names} is missing: it falls due once {an(record.kind)} is {since}{now}"
        hint = _hint(kind, alternatives)
        remarks.append(Remark("record-due", "error", message, record.path, record.ref, alternatives[0], True, hint))
    return remarks


def _hint(kind: Kind, alternatives: tuple[str, ...]) -> str:
    """What to write, in the words of the schema, with an example to paste."""
    infos = [info for pointer in alternatives if (info := kind.field(pointer)) is not None]
    says = f"Write {', or '.join(lowered(first_sentence(info.description)) for info in infos)}."
    example = next((lines for pointer in alternatives if (lines := kind.example_lines(pointer))), ())
    if len(example) == 1:
        return f"{says} For example: {example[0]}"
    if example:
        below = dotted(alternatives[0].rpartition("/")[0])
        return shown_below(f"{says} For example, below {below}:", example)
    return f"{says} What stands in it: itsmctl explain {kind.name}"
