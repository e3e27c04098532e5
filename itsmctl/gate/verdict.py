"""Verdict: what was decided, why, and on which grounds, as one tree. Worst outcome wins; no format decides anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from itsmctl.findings import Finding

Outcome = Literal["NOTED", "ALLOWED", "OVERRIDDEN", "DENIED"]
"""NOTED says something and decides nothing. OVERRIDDEN is an emergency that may go ahead, and owes the rest."""

_ORDER: tuple[Outcome, ...] = ("NOTED", "ALLOWED", "OVERRIDDEN", "DENIED")

What = Literal["gate", "change", "rule", "requirement", "vote", "check", "window", "freeze", "next", "note"]
"""What kind of ground a node is; formats print each kind in its own way."""


class About(Struct, frozen=True):
    """Where the reason stands: a file at the base or in the merge result, and a JSON pointer in it."""

    path: str
    pointer: str = ""
    at: Literal["base", "merge"] = "merge"


class Verdict(Struct, frozen=True):
    """One node: `outcome` of itself and all below. `code` is a stable reason code, `says` a sentence for people.

    `details` holds what programs want to know, as plain data: the same facts under the same names in every format.
    """

    what: What
    name: str
    outcome: Outcome
    code: str = ""
    says: str = ""
    because: tuple[Verdict, ...] = ()
    about: About | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """May it be merged?"""
        return self.outcome != "DENIED"

    def walk(self) -> Iterator[Verdict]:
        """This node and all below, the outer ones first."""
        yield self
        for one in self.because:
            yield from one.walk()

    @property
    def codes(self) -> frozenset[str]:
        """The reason codes of all that denies here and below."""
        return frozenset(one.code for one in self.walk() if one.outcome == "DENIED" and one.code)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of them; ALLOWED where there are none, or none decides."""
    return max((*outcomes, "ALLOWED"), key=_ORDER.index)


def deny(what: What, name: str, code: str, says: str, about: About | None = None, **details: Any) -> Verdict:
    """A leaf that denies."""
    return Verdict(what, name, "DENIED", code, says, (), about, details)


def inspected(finding: Finding, more: str = "") -> Verdict:
    """A leaf that denies for what the inspection of the merge result found; `more` is said behind it. INSPECTION."""
    place = finding.place
    return deny(
        "check",
        finding.record or place.path,
        "INSPECTION",
        f"{finding.rule}: {finding.message}{more}",
        About(place.path, place.pointer),
        rule=finding.rule,
        line=place.line,
        column=place.column,
        hint=finding.hint,
    )


def allow(what: What, name: str, says: str = "", code: str = "", **details: Any) -> Verdict:
    """A leaf that allows."""
    return Verdict(what, name, "ALLOWED", code, says, (), None, details)


def note(what: What, name: str, code: str, says: str, about: About | None = None, **details: Any) -> Verdict:
    """A leaf that decides nothing, and is worth saying."""
    return Verdict(what, name, "NOTED", code, says, (), about, details)


def of(what: What, name: str, because: Iterable[Verdict], says: str = "", code: str = "", **details: Any) -> Verdict:
    """A node that comes to what the worst of its grounds comes to."""
    grounds = tuple(because)
    return Verdict(what, name, worst(one.outcome for one in grounds), code, says, grounds, None, details)
