"""Did a release and its changes come to where they are by steps of their life cycles? Read from the branch.

A step may pass over states that lie between; it does not lead back. What was over is not begun again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.gate.beginnings import state_of
from itsmctl.records import CHANGE
from itsmctl.release import beginning
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier

_ENDS = ("rejected", "cancelled", "backed-out", "failed")
"""States out of which nothing becomes a success: what is tried again is another release, or another change."""


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """The release and each of its changes, one by one. A step back from where nothing was over is only told."""
    records = [dossier.record, *filter(None, dossier.changes.values())]
    found = [(one, list(_back(dossier, one))) for one in records]
    faults = (
        Requirement("LIFE_CYCLE", "unmet", f"{one.name} {says}", _hint(dossier, one), one.path, "/spec/state")
        for one, held in found
        for says, is_over in held
        if is_over
    )
    told = "; ".join(f"{one.name} {says}" for one, held in found for says, is_over in held if not is_over)
    yield from unless("LIFE_CYCLE", faults, told)


def _hint(dossier: Dossier, record: Record) -> str:
    what, path = (
        "change" if record.kind == CHANGE else "release",
        dossier.place.typed(dossier.place.prefix + record.path),
    )
    return f"What was over stays over: a {what} that is tried again gets another name. git log -p -- {path}"


def _back(dossier: Dossier, record: Record) -> Iterator[tuple[str, bool]]:
    """(what it went back on, in words; was it over before that?) of each step back. A review leads on from an end, and
    undoes none.
    """
    held = beginning.versions(dossier, record)
    cycle, ended = dossier.book.kinds[record.kind].lifecycle, ""
    stated = [one for one in held if state_of(one[1])]  # what says none, or is no text, is no step and hides none
    for at, before, after in beginning.steps(stated, "/spec/state"):
        if cycle is None or not isinstance(before, str) or before not in cycle.states:
            continue
        ended = before if before in _ENDS else ended
        if after not in cycle.reachable(before, record.data):
            yield f"was {ended or before}, and became {after} again{_when(at)}", bool(ended)
    for field in ("/spec/result", "/spec/implementation/result"):
        for at, before, after in beginning.steps(held, field):
            if before in _ENDS and after not in _ENDS:
                yield (
                    f"had failed by its own word ({before}), and is {after or 'silent'} on that since{_when(at)}",
                    False,
                )


def _when(at: int) -> str:
    said = beginning.said(at)
    return f" with what landed at {said}" if said else ""
