"""A code of the gate, of a release's check or of a baseline, explained: what holds when all is well, why, what to do.

Where rooms use one code for two things, all of its meanings are told.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.baseline import codes as frozen
from itsmctl.drawing import prose, rows, titled
from itsmctl.explain.topic import Topic
from itsmctl.gate import codes
from itsmctl.release import codes as requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itsmctl.findings import Rule


class Room(Struct, frozen=True):
    """The codes that one command gives; `weight`: what each severity means there."""

    by: str
    rules: tuple[Rule, ...]
    weight: Mapping[str, str]


class Meaning(Struct, frozen=True):
    """What a code means to the command that gives it."""

    rule: Rule
    by: str
    weight: str


_DIFFERS = "while there is one such thing, the exit code is 1"
_WELL = "tells how it stands, and is nothing wrong"

_NOTE = "a note: it decides nothing, and is worth a look"

_ROOMS = (
    Room(
        "itsmctl gate",
        tuple(rule for rule in codes.RULES if rule not in (*codes.OF_RECEIPTS, *codes.OF_HISTORY)),
        {
            "error": "denies: the head is not merged",
            "warning": _NOTE,
            "info": "tells why something counts or does not; by itself it denies nothing",
        },
    ),
    Room("itsmctl receipt verify", codes.OF_RECEIPTS, {"error": "the receipt does not stand: do not deploy"}),
    Room("itsmctl audit history", codes.OF_HISTORY, {"error": _DIFFERS, "warning": _NOTE}),
    Room(
        "itsmctl release check",
        requirements.RULES,
        {"error": "while it is not met, the release does not pass"},
    ),
    Room(
        "itsmctl baseline verify",
        frozen.FAULTS,
        {
            "error": "the baseline does not hold",
            "warning": "what it is about does not count, or was not compared; by itself it does not fail the baseline",
            "info": "a note: by itself it decides nothing",
        },
    ),
    Room("itsmctl baseline diff", frozen.DIFFERENCES, {"error": _DIFFERS, "info": _WELL}),
    Room("itsmctl baseline audit", frozen.AUDITED, {"error": _DIFFERS, "info": _WELL}),
)


def topics() -> dict[str, Callable[[], Topic]]:
    """Every code, as verdicts and checks write it."""
    meanings: dict[str, list[Meaning]] = {}
    for room in _ROOMS:
        for rule in room.rules:
            meanings.setdefault(rule.id, []).append(Meaning(rule, room.by, room.weight[rule.severity]))
    return {code: partial(_topic, code, tuple(held)) for code, held in meanings.items()}


def _topic(code: str, meanings: tuple[Meaning, ...]) -> Topic:
    return Topic(code, partial(_lines, meanings), partial(_data, meanings))


def _lines(meanings: tuple[Meaning, ...], width: int) -> list[str]:
    lines: list[str] = []
    for one in meanings:
        rule = one.rule
        lines += [
            *([""] if lines else []),
            *titled(rule.id, rule.title, width),
            *rows([("process", rule.process), ("said by", one.by), ("weight", one.weight)], width),
            *("", "Why", *prose(rule.description, width, indent=2)),
            *("", "What to do", *prose(rule.remediation, width, indent=2)),
        ]
    return lines


def _data(meanings: tuple[Meaning, ...]) -> dict[str, Any]:
    """The first meaning, with the others as `also` where there are any."""
    first, *others = map(_plain, meanings)
    return first | ({"also": others} if others else {})


def _plain(one: Meaning) -> dict[str, Any]:
    return {
        "code": one.rule.id,
        "title": one.rule.title,
        "severity": one.rule.severity,
        "process": one.rule.process,
        "said_by": one.by,
        "description": one.rule.description,
        "remediation": one.rule.remediation,
    }
