"""What history tells of a change, by which later heads are judged; and whether that depends on how a head lands. Pure.

A head that holds the base may be merged into it, or be put in its place as it is: then its own first parents become the
line of the target, and what the target was stands beside it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.gate import applied, backout, beginnings, emergency, settling, spending
from itsmctl.gate.beginnings import STARTED
from itsmctl.gate.services import listed
from itsmctl.gate.shelf import APPROVALS
from itsmctl.records import CHANGE, value_at
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from itsmctl.gate.model import Landed, Overtaken, Proposal
    from itsmctl.records import Record
    from itsmctl.votes import Line

SKEW = timedelta(hours=1)
"""By how much clocks of those who commit may differ, and nothing follows from it."""

_AT_WORK = frozenset({"implementing", "implemented", "failed"})
"""States of a change that may still be taken back."""


class Telling(Struct, frozen=True):
    """Of one change. `did`: all that it came to; `left`: of that, what was never put back since.

    `owes`: what an emergency lacks. `landings`: of one in parts. All times are in UTC; None: it did not begin, or fail.
    """

    did: tuple[Line, ...]
    left: tuple[str, ...]
    owes: tuple[str, ...]
    landings: tuple[datetime, ...]
    first: datetime | None
    began: datetime | None
    failed: datetime | None

    @classmethod
    def of(cls, change: Record, landed: Landed) -> Telling:
        """By the base of that proposal, at which the change stands."""
        proposal, evidence = landed.proposal, landed.evidence
        work = applied.of(change, proposal, evidence)
        is_urgent = value_at(change.data, "/spec/class") == emergency.CLASS
        counted = beginnings.counted_from(proposal, change)
        is_bound = is_urgent or change.state in _AT_WORK
        return cls(
            did=work.lines if is_bound else (),
            left=tuple(backout.left(work, proposal.base, proposal)) if is_bound else (),
            owes=settling.owes(change, proposal, evidence, landed.roster).lacks if is_urgent else (),
            landings=settling.landings(change, proposal=proposal, evidence=evidence) if is_urgent else (),
            first=beginnings.landed_first(proposal, change) if _goes_on(change) else None,
            began=counted[0] if counted is not None else None,
            failed=beginnings.failed(proposal, change),
        )


def _goes_on(change: Record) -> bool:
    """Is it one that may still bring further parts?"""
    return change.state == "implementing" and value_at(change.data, "/spec/apply") == "in-parts"


def concerned(proposal: Proposal, over: Overtaken | None) -> Iterator[Record]:
    """The changes of the merge result of which history may tell otherwise, by how the head lands.

    Those that the base did anything about since the head left it; and emergencies that the head itself is about.
    """
    paths = {path for commit in proposal.commits for path in commit.paths} | set(proposal.shelf)
    for change in proposal.merged.by_kind.get(CHANGE, ()):
        if not change.sound or change.state not in STARTED:
            continue
        shelves = [f"{APPROVALS}{ref.partition('/')[2]}/" for ref in spending.names(change)]
        is_urgent = value_at(change.data, "/spec/class") == emergency.CLASS
        mine = {change.path, *(path for path in paths if path.startswith(tuple(shelves)))}
        is_of_head = change.ref in proposal.edits or not paths.isdisjoint(mine)
        if (is_urgent and is_of_head) or (over is not None and _is_over(change, shelves, over)):
            yield change


def _is_over(change: Record, shelves: Iterable[str], over: Overtaken) -> bool:
    about = {*shelves, *spending.names(change), *listed(change.data)}
    is_law = value_at(change.data, "/spec/class") == emergency.CLASS or any(one.startswith(f"{FILE}/") for one in about)
    return not over.names.isdisjoint(about) or (over.decides and is_law)


def parted(change: Record, before: Landed, merged: Landed, ahead: Landed) -> str:
    """What history would tell otherwise of a change, in words; "" for nothing that matters.

    `before`: as it is, the change may not be there yet; `merged`: once the head is merged now; `ahead`: once it is put
    in the place of the base. Raises CannotJudge where history cannot be read.
    """
    one, other = Telling.of(change, merged), Telling.of(change, ahead)
    if one.did != other.did or one.left != other.left:
        return "what it did"
    if one.owes != other.owes:
        return "what it owes"
    stood = before.proposal.base.get(change.ref)
    if stood is None or stood.state not in STARTED or not stood.sound:
        return ""
    known = Telling.of(stood, before)
    if _is_fewer(known.landings, other.landings):
        return "when its parts landed"
    if known.first is not None and (other.first is None or other.first > known.first + SKEW) and _goes_on(change):
        return "when it first landed"
    if known.failed is not None and (other.failed is None or other.failed < known.failed - SKEW):
        return "when it failed"
    is_sooner = known.began is not None and (other.began is None or other.began < known.began - SKEW)
    return "when it began" if is_sooner else ""


def _is_fewer(known: Iterable[datetime], told: Iterable[datetime]) -> bool:
    """Would fewer landings count at some time, or count for a shorter time?"""
    known, told = sorted(known, reverse=True), sorted(told, reverse=True)
    return len(told) < len(known) or any(one < then - SKEW for one, then in zip(told, known, strict=False))


def is_paid_by_dates(change: Record, merged: Landed, ahead: Landed) -> bool:
    """Would an emergency owe less by the dates of the head's own commits than by a merge that is made now?"""
    lacks = [settling.owes(change, one.proposal, one.evidence, one.roster).lacks for one in (merged, ahead)]
    return bool(set(lacks[0]) - set(lacks[1]))


def unknown(error: CannotJudge) -> str:
    """What cannot be told, in words."""
    return f"{error.message}{f' ({error.hint})' if error.hint else ''}"
