"""What a vote on a change is on: its approvable content, and how two contents or lines differ, for people. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itsmctl import canonical
from itsmctl.comparing import ABSENT
from itsmctl.kinds import Kind, steps_of
from itsmctl.kinds.pointers import escaped
from itsmctl.records import Record, same
from itsmctl.votes import FieldMove, Line

_LONGEST = 60  # characters of a value that a sentence quotes


def approvable(record: Record, kind: Kind) -> dict[str, Any]:
    """The data of a record without what its kind calls unbound: new plain data, nothing of the record is changed.

    A mapping on the way to an unbound field that holds nothing (else) goes as well, so that a record where such a
    field was emptied, or was never there, has the same content. `*` in a pointer stands for each item or each key.
    """
    content = _copied(record.data)
    for pointer in kind.unbound:
        _remove(content, steps_of(pointer))
    return dict(content) if isinstance(content, dict) else {}


def same_content(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Is it the same, as a digest sees it? What has no digest is the same as nothing."""
    try:
        return canonical.canonical(one) == canonical.canonical(other)
    except (ValueError, TypeError, RecursionError):
        return False


def moves(before: object, after: object, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(JSON pointer, before, after) of every field that differs; ABSENT where nothing is written.

    Lists of the same length are compared item by item; others differ as a whole.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from moves(before.get(key, ABSENT), after.get(key, ABSENT), f"{at}/{escaped(key)}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from moves(one, other, f"{at}/{place}")
    elif before is not after and not same(before, after):
        yield at, before, after


def shown(value: object) -> str:
    """A value as a sentence quotes it: JSON on one line, cut where it is long."""
    if value is None or value is ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def content_moved(voted: Mapping[str, Any], today: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(pointer, "old → new") of each field that differs between what was voted on and what stands there today."""
    return tuple((at, f"{shown(old)} → {shown(new)}") for at, old, new in moves(voted, today))


ELSEWHERE = "is another at the base since"
"""Said of a record that was edited at the base in fields that the vote is not about."""


def lines_moved(
    voted: Sequence[Line],
    seen: Mapping[str, Sequence[FieldMove]],
    today: Sequence[Line],
    records: Mapping[str, tuple[Record | None, Record | None]],
    whole: bool,
) -> tuple[tuple[str, str], ...]:
    """("Kind/name /field", "old → new") where lines that were voted on are not those of today.

    `seen`: what the voter was shown of each record. `records`: (before, after) of today. `whole`: lines that were
    voted on and are not there today differ, too.
    """
    old, new = {one.ref: one for one in voted}, {one.ref: one for one in today}
    found: list[tuple[str, str]] = []
    for ref in sorted({*old, *new}):
        was, now = old.get(ref), new.get(ref)
        if was == now:
            continue
        if was is None:
            found.append((ref, "was no part of what was voted on"))
        elif now is None:
            if whole:
                found.append((ref, "was voted on, and is not there"))
        else:
            found += _line_moved(was, now, seen.get(ref, ()), *records.get(ref, (None, None)))
    return tuple(found)


def _line_moved(
    was: Line, now: Line, seen: Sequence[FieldMove], before: Record | None, after: Record | None
) -> list[tuple[str, str]]:
    """The fields in which one record is not as the voter saw it: as it will be, else as it was."""
    found = []
    old = {one.at: one for one in seen}
    new = {at: (_plain(first), _plain(last)) for at, first, last in moves(_data(before), _data(after))}
    if was.after != now.after:
        for at in dict.fromkeys((*old, *new)):
            voted = old[at].after if at in old else new[at][0]
            comes = new[at][1] if at in new else old[at].before
            if not same(voted, comes):
                found.append((f"{was.ref} {at}", f"{shown(voted)} → {shown(comes)}"))
    if not found and was.before != now.before:
        found = [
            (f"{was.ref} {at}", f"{shown(one.before)} → {shown(new[at][0])} at the base")
            for at, one in old.items()
            if at in new and not same(one.before, new[at][0])
        ]
    if found:
        return found
    return [(was.ref, ELSEWHERE if was.before != now.before else "is edited since")]


def _plain(value: Any) -> Any:
    """What is not written is nothing, as those who voted were shown it."""
    return None if value is ABSENT else value


def _data(record: Record | None) -> Mapping[str, Any]:
    return record.data if record is not None else {}


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _remove(value: Any, steps: tuple[str, ...]) -> None:
    step, rest = steps[0], steps[1:]
    if isinstance(value, list) and step == "*":
        for inner in value:
            if rest:
                _remove(inner, rest)
        if not rest:
            value.clear()
    elif isinstance(value, dict):
        for key in list(value) if step == "*" else [step]:
            if key in value and rest:
                _remove(value[key], rest)
            if key in value and (not rest or value[key] == {}):
                del value[key]
