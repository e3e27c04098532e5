"""Open changes in each other's way: over the same record or its dependents, at overlapping times. Notes only."""

from __future__ import annotations

from itsmctl.gate import verdict
from itsmctl.gate.calendar import Window, span
from itsmctl.gate.services import Graphs, dependents, listed
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record

OPEN = frozenset({"approved", "scheduled", "implementing"})
"""States of a change that may be carried out, or is being."""


def collisions(proposal: Graphs, change: Record) -> tuple[Verdict, ...]:
    """A note for each other open change of the merge result that can get in the way of this one.

    They list the same record, or records one of which depends on the other, at overlapping times. A change without a
    window may be carried out at any time.
    """
    mine = _with_dependents(proposal, change)
    found = []
    for other in proposal.merged.by_kind.get(change.kind, ()):
        if other.ref == change.ref or other.state not in OPEN or not _share_time(change, other):
            continue
        theirs = _with_dependents(proposal, other)
        common = (mine[0] & (theirs[0] | theirs[1])) | (theirs[0] & mine[1])
        if common:
            at = ", ".join(sorted(common))
            says = f"{other.name} is {other.state} and meets it at {at}: see which of the two goes first"
            about = About(other.path, "/spec/items")
            found.append(verdict.note("note", other.name, "COLLISION", says, about, records=sorted(common)))
    return tuple(found)


def _with_dependents(proposal: Graphs, change: Record) -> tuple[frozenset[str], frozenset[str]]:
    """What it lists, by names of today, and what depends on that."""
    graphs = (proposal.base, proposal.merged)
    refs = [ref if (held := proposal.merged.get(ref)) is None else held.ref for ref in listed(change.data)]
    return frozenset(refs), frozenset(other for ref in refs for graph in graphs for other in dependents(graph, ref))


def _share_time(one: Record, other: Record) -> bool:
    spans = span(one.data), span(other.data)
    if isinstance(spans[0], Window) and isinstance(spans[1], Window):
        return spans[0].meets(spans[1].start, spans[1].end)
    return True
