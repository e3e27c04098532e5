"""A control that no rule checks, explained: where it comes from, why records cannot show it, who looks instead."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl.drawing import prose, rows, titled
from itsmctl.explain.topic import Topic
from itsmctl.standing import BASIS, EDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsmctl.policy.unchecked import Unchecked
    from itsmctl.rulebook import Rulebook


def topics(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every control that no rule checks, by id."""
    return {one.id: partial(_topic, one) for one in book.unchecked}


def _topic(control: Unchecked) -> Topic:
    return Topic(control.id, partial(_lines, control), partial(_data, control))


def _lines(control: Unchecked, width: int) -> list[str]:
    clause = ", ".join(f"{EDITIONS[edition]} clause {number}" for edition, number in control.clauses)
    facts = [
        ("checked", "not by itsmctl: no rule can"),
        ("process", control.process),
        ("basis", BASIS[control.basis]),
        ("clause", clause),
    ]
    return [
        *titled(control.id, control.title, width),
        *rows(facts, width),
        *("", "Why it is not checked", *prose(control.reason, width, indent=2)),
        *("", "Instead", *prose(control.instead, width, indent=2)),
    ]


def _data(control: Unchecked) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "checked": False,
        "process": control.process,
        "basis": control.basis,
        "clause": dict(control.clauses),
        "reason": control.reason,
        "instead": control.instead,
    }
