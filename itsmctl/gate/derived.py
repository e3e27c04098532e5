"""What a change lacks as what it is, where that is not what it calls itself: outside of its model it is a normal one.

Life cycle and policies go by the class that a change declares; a class that no model proves excuses from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.case import Case
from itsmctl.gate import grading, lifecycle
from itsmctl.gate.verdict import About, Verdict, deny, inspected
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal
    from itsmctl.kinds import Kind
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

_WHY = " (it is declared standard and outside of its model, so this is asked of it as of a normal change)"


def as_normal(claim: Claim, proposal: Proposal) -> Iterator[Verdict]:
    """What is due of a normal change on the whole way to where it is, and what policies find in it as one.

    The whole way: a part of it may have been gone while its model still proved it. Codes: DUE, INSPECTION.
    """
    from itsmctl import validate

    kind = proposal.rulebook.kinds[CHANGE]
    record = _normal(claim.record, kind)
    if not record.sound:
        says = f"what would be due of it as a normal change cannot be told{_WHY}: write class normal"
        yield deny("check", claim.record.ref, "DUE", says, About(record.path, "/spec/class"))
        return
    for one in lifecycle.hops(kind, None, record):
        if not one.allowed:
            yield replace(one, says=f"{one.says}{_WHY}")
    before = claim.before
    base = proposal.base if before is None else _with(proposal.base, _normal(before, kind))
    case = Case(_with(proposal.merged, record), proposal.now, base)
    known = {(one.rule, one.record, one.place.pointer) for one in proposal.inspection}
    for finding in validate.errors_on(proposal.rulebook, case, record.ref):
        if (finding.rule, finding.record, finding.place.pointer) not in known:
            yield inspected(finding, _WHY)


def _normal(record: Record, kind: Kind) -> Record:
    data = grading.as_normal(record.data)
    return replace(record, data=data, sound=kind.conforms(data))


def _with(snapshot: Snapshot, record: Record) -> Snapshot:
    records: Mapping[str, Record] = {**snapshot.records, record.ref: record}
    return replace(snapshot, records=records)
