"""A code of the gate, or of the check of a release, explained: what holds when all is well, why, what to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl.drawing import prose, rows, titled
from itsmctl.explain.topic import Topic
from itsmctl.gate import codes
from itsmctl.release import codes as requirements

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsmctl.findings import Rule

_WEIGHT = {
    "error": "denies: the head is not merged",
    "warning": "a note: it decides nothing, and is worth a look",
    "info": "tells why something counts or does not; by itself it denies nothing",
}

_ASKED = "while it is not met, the release does not pass"


def topics() -> dict[str, Callable[[], Topic]]:
    """Every code, as verdicts and checks write it."""
    return {rule.id: partial(_topic, rule) for rule in (*codes.RULES, *requirements.RULES)}


def _topic(rule: Rule) -> Topic:
    return Topic(rule.id, partial(_lines, rule), partial(_data, rule))


def _lines(rule: Rule, width: int) -> list[str]:
    is_asked = rule.id in requirements.BY_CODE
    by, weight = ("itsmctl release check", _ASKED) if is_asked else ("itsmctl gate", _WEIGHT[rule.severity])
    return [
        *titled(rule.id, rule.title, width),
        *rows([("process", rule.process), ("said by", by), ("weight", weight)], width),
        *("", "Why", *prose(rule.description, width, indent=2)),
        *("", "What to do", *prose(rule.remediation, width, indent=2)),
    ]


def _data(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "process": rule.process,
        "description": rule.description,
        "remediation": rule.remediation,
    }
