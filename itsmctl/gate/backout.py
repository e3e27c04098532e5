"""Taking a change back: exactly its own lines in reverse, by those whom it names, while its approval still lasts. Pure.

The votes on a change approved its back-out as well; so no new vote is asked for, and neither freeze nor debt holds it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from itsmctl.gate.verdict import About, Verdict, allow, deny
from itsmctl.votes import Line

if TYPE_CHECKING:
    from itsmctl.gate.coverage import Claim

STATE = "backed-out"


def reversed_lines(lines: Iterable[Line]) -> frozenset[Line]:
    """What restores the state before each line."""
    return frozenset(Line(line.kind, line.name, line.after, line.before) for line in lines)


def original_lines(claim: Claim) -> tuple[Line, ...]:
    """The lines that the head's edits take back."""
    return tuple(sorted(reversed_lines(one.line for one in claim.edits)))


def by_whom(claim: Claim, persons: Mapping[str, str]) -> Verdict:
    """Only implementers whom the change names take it back; `persons`: who had a hand in the head, and how."""
    named = frozenset(claim.spec.get("implementers", ()))
    strangers = {person: why for person, why in persons.items() if person not in named}
    if not strangers:
        return allow("check", "back-out", f"taken back by {', '.join(sorted(persons)) or 'an implementer'}")
    person, why = next(iter(strangers.items()))
    says = f"{person} ({why}) is not among the implementers of {claim.name}, who alone take it back under its own votes"
    return deny("check", "back-out", "NOT_IMPLEMENTER", says, About(claim.record.path, "/spec/implementers"))


def in_time(claim: Claim, ends: datetime | None, now: datetime) -> Verdict:
    """Until the end of the window and the time that taking it back takes. `ends`: the end of the window, in UTC."""
    if ends is None:
        return deny("check", "back-out", "NO_WINDOW", f"{claim.name} has no window, so its back-out has no time of its own")
    until = ends + duration(claim.spec)
    if now < until:
        return allow("check", "back-out", f"may be taken back until {until:%Y-%m-%dT%H:%MZ}", until=until.isoformat())
    says = f"the time to take {claim.name} back under its own votes ended {until:%Y-%m-%dT%H:%MZ}: from now on it is a change"
    return deny("check", "back-out", "BACKOUT_LATE", says, About(claim.record.path, "/spec/backout/duration"))


def duration(spec: Mapping[str, Any]) -> timedelta:
    """`backout.duration` ("1h30m"), nothing where it is not written."""
    found = spec.get("backout", {}).get("duration", "")
    total, digits = timedelta(), ""
    for sign in str(found):
        if sign.isdecimal():
            digits += sign
        elif digits and sign in _UNITS:
            total += int(digits) * _UNITS[sign]
            digits = ""
    return total


_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
