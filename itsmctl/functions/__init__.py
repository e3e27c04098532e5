"""The shelf of functions that a policy may call beside CEL's own. One module a field; each lists its signatures.

A module offers `signatures(types) -> tuple[cel.Function, ...]` and `bind(case) -> {name: callable}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import (
    agreements,
    audits,
    availability,
    classes,
    effects,
    graph,
    hours,
    interruptions,
    levels,
    models,
    organisation,
    people,
    periods,
    releases,
    tallies,
    times,
    windows,
)
from itsmctl.recordtypes import RecordTypes


class Field(Protocol):
    """What each module of the shelf offers."""

    def signatures(self, types: RecordTypes) -> tuple[cel.Function, ...]:
        """The functions as the checker knows them."""

    def bind(self, case: Case) -> Mapping[str, Callable[..., Any]]:
        """The same functions over the records and the time of one case."""


FIELDS: Mapping[str, Field] = {
    "agreements": agreements,
    "audits": audits,
    "availability": availability,
    "classes": classes,
    "effects": effects,
    "graph": graph,
    "hours": hours,
    "interruptions": interruptions,
    "levels": levels,
    "models": models,
    "organisation": organisation,
    "people": people,
    "periods": periods,
    "releases": releases,
    "tallies": tallies,
    "times": times,
    "windows": windows,
}


def signatures(types: RecordTypes) -> dict[str, cel.Function]:
    """Every function by name."""
    return {function.name: function for field in FIELDS.values() for function in field.signatures(types)}


def bind(case: Case) -> dict[str, Callable[..., Any]]:
    """Every function by name, over one case."""
    return {name: call for field in FIELDS.values() for name, call in field.bind(case).items()}


_TIMED: tuple[Field, ...] = (agreements, audits, models)
"""The fields whose functions read the time of the case by themselves; the others take it as an argument, if at all."""


def timed(types: RecordTypes) -> frozenset[str]:
    """The names of the functions that may say something else at another time."""
    return frozenset(function.name for field in _TIMED for function in field.signatures(types))
