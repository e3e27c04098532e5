"""Before which time the work on a change cannot have begun, whatever its commits say: by votes and by windows. Pure.

Whoever commits writes the date themselves. Whoever let an emergency go ahead signed later than it was known; and a
change with a window was let through inside of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate import applied, beginnings, calendar, emergency, settling
from itsmctl.records import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


def of(proposal: Proposal, evidence: Evidence, roster: Roster) -> Mapping[str, datetime]:
    """Name of a change at the base whose work has begun → a time in UTC; none where nothing but commits tells.

    Raises CannotJudge where a change cannot be read.
    """
    found = {}
    for change in beginnings.changes(proposal):
        if change.state not in beginnings.STARTED or not change.sound:
            continue
        if value_at(change.data, "/spec/class") == emergency.CLASS:
            when = _let_through(change, proposal, evidence, roster)
        else:
            span = calendar.span(change.data)
            when = span.start if isinstance(span, calendar.Window) else None
        if when is not None and when <= proposal.now:
            found[change.name] = when
    return found


def _let_through(change: Record, proposal: Proposal, evidence: Evidence, roster: Roster) -> datetime | None:
    """When the first of those who answer for emergencies signed, and did not make it, if there is one."""
    roles = proposal.rulebook.settings.emergency.get("roles", ())
    cast = [
        vote
        for vote in evidence.witnesses  # one that expired, or was cast anew, was cast then all the same
        if vote.change == change.name and vote.decision == "approve"
    ]
    # of those who have left since, nobody can tell in which role they did
    cast = [one for one in cast if any(roster.standing(one.person, role) is not None for role in roles)] or cast
    made = settling.makers(change, applied.of(change, proposal, evidence), proposal, roster) if cast else {}
    others = [vote.issued_at for vote in cast if vote.person not in made]
    return min(others or [vote.issued_at for vote in cast], default=None)
