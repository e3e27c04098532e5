"""Does a roll-out lie inside of the windows that were voted on, and outside of the freezes that were known by then?

The gate asks that of the merge of a change; here it is asked of the moments at which the release goes live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import cel
from itsmctl.errors import CannotJudge
from itsmctl.functions import people
from itsmctl.functions.graph import Missing
from itsmctl.gate import calendar
from itsmctl.records import ROOT, value_at
from itsmctl.release.requirement import Requirement

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier
    from itsmctl.snapshot import Snapshot

_CODE, _FREEZE = "ROLLOUT_BLOCKED", "FreezeWindow"


class Scene(Struct, frozen=True):
    """Records as they stood at a moment: what the calendar of the gate is asked about."""

    base: Snapshot
    merged: Snapshot
    now: datetime


def outside(
    dossier: Dossier, windows: Mapping[str, Sequence[calendar.Window]], tip: Mapping[str, calendar.Window]
) -> Iterator[Requirement]:
    """`windows`: change → those that were voted on, `tip`: change → the one that its record says. Each change is rolled
    out in its own, and the release goes live in one of them.
    """
    live, path = dossier.moments, dossier.record.path
    for name, held in windows.items() if live else ():  # without a time, ROLLOUT_TIME tells that
        if held and not any(window.holds(one) for window in held for one in live):
            at = " and ".join(dict.fromkeys(map(calendar.said, live)))
            says = f"the roll-out at {at} is outside of the window that was voted on for {name}: {_spans(held)}"
            if tip.get(name) not in held:
                says += "; that its record says another one now, nobody agreed to"
            yield _is(says, "Roll it out in its window; another one has to be voted on before.", path, "/spec/go_live")


def _spans(windows: Sequence[calendar.Window]) -> str:
    return " or ".join(f"{calendar.said(one.start)} to {calendar.said(one.end)}" for one in windows)


def _is(says: str, hint: str, path: str, pointer: str, *, is_known: bool = True) -> Requirement:
    return Requirement(_CODE, "unmet" if is_known else "unknown", says, hint, path, pointer)


def frozen(dossier: Dossier, change: Record) -> Iterator[Requirement]:
    """Each freeze that was written down by a step of the roll-out, and holds then, for what a change reaches."""
    for moment in dict.fromkeys((*dossier.moments, *([dossier.begins] if dossier.begins else []))):
        if dossier.stage == "done" and moment > dossier.now:
            continue
        try:
            head = _known(dossier, moment)
        except CannotJudge as error:
            says = f"it cannot be told which freezes were known at {calendar.said(moment)}: {error.message}"
            yield _is(says, error.hint, dossier.record.path, "/spec/go_live", is_known=False)
            continue
        if head is not None:
            yield from _met(dossier, change, moment, head)


def _met(dossier: Dossier, change: Record, moment: datetime, head: Snapshot) -> Iterator[Requirement]:
    spec = change.data["spec"]
    model = head.get(f"ChangeModel/{spec.get('model')}") if spec["class"] == "standard" else None
    if model is not None and value_at(model.data, "/spec/freezes") == "ignored":
        return
    unscheduled = {**change.data, "spec": {key: value for key, value in spec.items() if key != "schedule"}}
    asked = calendar.Asked(change.name, unscheduled, spec["class"], (), _roles(dossier, change, head))
    for one in calendar.freezes(Scene(head, head, moment), asked):
        if one.allowed or (one.code == "FREEZE_UNCLEAR" and _is_mended(dossier, change, moment, one.name)):
            continue
        when = calendar.said(moment)
        if one.code == "FREEZE_UNCLEAR":
            says = (
                f"it cannot be told whether {change.name}, rolled out at {when}, met the freeze {one.name}: {one.says}"
            )
            yield _is(says, "Mend that record.", one.about.path if one.about else "", "/spec", is_known=False)
            continue
        says = f"the roll-out of {change.name} at {when} is inside of the freeze {one.name}: {one.says} ({one.code})"
        hint = "Plan it for after the freeze, or have the change let through by it."
        yield _is(says, hint, dossier.record.path, "/spec/go_live")


def _is_mended(dossier: Dossier, change: Record, moment: datetime, name: str) -> bool:
    """Can the freeze be read today, and does it not hold then? What nobody could read is taken for what it became."""
    head = dossier.head
    record = head.get(f"{_FREEZE}/{name}")
    if record is None or not record.sound:
        return False
    asked = calendar.Asked(change.name, change.data, change.data["spec"]["class"])
    found = calendar.freezes(Scene(head, head, moment), asked)
    return all(one.allowed or one.name != record.name for one in found)


def _roles(dossier: Dossier, change: Record, head: Snapshot) -> frozenset[str]:
    """The roles that freezes ask for, and that somebody voted in for the change."""
    votes = [one for one in dossier.evidence.votes if one.change == change.name and one.decision == "approve"]
    return frozenset(
        role for role in calendar.roles_asked(head) if any(_in(head, one.person, role, one) for one in votes)
    )


def _in(head: Snapshot, person: str, role: str, vote: Any) -> bool:
    try:
        return vote.role in ("", role) and people.holds(head, person, role, calendar.stamp(vote.issued_at))
    except (Missing, cel.EvaluationError, KeyError, TypeError):
        return False


def _known(dossier: Dossier, moment: datetime) -> Snapshot | None:
    """The records of the last commit before a moment; None where no freeze was there.

    Who held a role that lets a change through is of then as well, and what it reaches: both are edited later.
    """
    place = dossier.place
    if moment > dossier.now:
        return dossier.head
    then = place.line_before(moment)
    folder = f"{place.prefix}{ROOT}/{dossier.book.kinds[_FREEZE].plural}"
    return dossier.records_at(then.oid) if place.bench.repo.ids([f"{then.oid}:{folder}"])[0] else None
