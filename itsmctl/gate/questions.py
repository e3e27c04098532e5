"""What is asked of votes and rules about one change: its lines and records, of the head or of its plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl import canonical
from itsmctl.gate import plan, subject
from itsmctl.gate.applying import Setting
from itsmctl.gate.ballots import Box, Reviewed
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.gate.weighing import Question
from itsmctl.records import CHANGE, Record
from itsmctl.votes import FILE, Line, sorted_lines

if TYPE_CHECKING:
    from itsmctl.gate.coverage import Claim
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


def question(
    claim: Claim,
    proposal: Proposal,
    evidence: Evidence,
    roster: Roster,
    *,
    contributors: Mapping[str, str],
    altered: Mapping[str, str],
    reviewed: Mapping[str, Reviewed],
    lines: Sequence[Line] | None = None,
    done: Sequence[Touched] | None = None,
) -> Question:
    """The question of one change. Its lines are those of the head's edits, else of the plan, unless `lines` says which.

    A vote on more lines than a head brings is good for it only where the change may be applied in parts; a change that
    brings none yet is approved by votes on whatever lines, since each edit is asked about again when it comes. `done`
    is what it did already, if its work has begun: then the rules are asked about that, with each record before and
    after, and as about a normal change too, which an emergency is once nothing hurries any more.
    """
    record = claim.record
    kind = proposal.rulebook.kinds[CHANGE]
    up = tuple(done or ()) or claim.edits or planned(claim, proposal)
    own = sorted_lines([one.line for one in up]) if lines is None else tuple(lines)
    setting = Setting(
        record,
        claim.before,
        (*up, *_unmoved(claim, proposal, {one.ref for one in up})),
        proposal.base,
        proposal.merged,
        proposal.rulebook,
        proposal.now,
        bool(done),
        done is not None,
    )
    box = Box(
        record.name,
        subject.approvable(record, kind),
        own,
        proposal.repository,
        proposal.target,
        proposal.now,
        roster,
        evidence,
        contributors,
        {person: f"this head alters {ref}" for person, ref in altered.items()},
        in_parts=not claim.edits or claim.spec.get("apply") == "in-parts",
        items={one.ref: (one.before, one.after) for one in up},
        reviewed=reviewed,
        at_head=proposal.at_head,
    )
    return Question(setting, box)


def planned(claim: Claim, proposal: Proposal) -> tuple[Touched, ...]:
    """What the change would do by its plan, as if the head did it; nothing where the plan cannot be applied."""
    try:
        found = list(plan.planned(claim.record.data, proposal.base))
    except plan.Unplannable:
        return ()
    kinds = proposal.rulebook.kinds
    touched = []
    for line, _ in found:
        before = proposal.base.records.get(line.ref)
        after = _as_planned(claim, line, before, proposal)
        path = before.path if before else proposal.base.law.home(kinds[line.kind].plural, line.name)
        kind = kinds[line.kind]
        touched.append(Touched(line, before, after, path, kind.controlled, kind.governance))
    return tuple(touched)


def _as_planned(claim: Claim, line: Line, before: Record | None, proposal: Proposal) -> Record | None:
    if line.after is None:
        return None
    item = next(one for one in claim.spec["items"] if one["item"] == line.ref)
    data, _ = plan.applied(before.data if before else plan.empty(line.kind, line.name), item["set"], "")
    if before is not None:
        return replace(before, data=data)
    kind = proposal.rulebook.kinds[line.kind]
    home = proposal.base.law.home(kind.plural, line.name)
    return Record(line.kind, line.name, home, "", data, (), kind.conforms(data))


def plan_faults(claim: Claim, proposal: Proposal) -> Iterator[Verdict]:
    """A plan that does not fit the records as they stand, and items that nothing could ever be done to."""
    if claim.edits:
        return
    try:
        list(plan.planned(claim.record.data, proposal.base))
    except plan.Unplannable as error:
        says = f"the plan cannot be carried out: {error.says}"
        yield deny("check", claim.name, "PLAN_UNFIT", says, About(claim.record.path, error.pointer))


def _unmoved(claim: Claim, proposal: Proposal, moved: set[str]) -> Iterator[Touched]:
    """What the change lists and neither head nor plan alters: its owners and rules are asked as well."""
    for item in claim.spec.get("items", ()):
        ref = item["item"]
        kind, _, name = ref.partition("/")
        if ref in moved:
            continue
        if kind == FILE:
            yield Touched(Line(FILE, name, "", ""), None, None, name, controlled=True, governance=True)
            continue
        before, after = proposal.base.records.get(ref), proposal.merged.records.get(ref)
        known = proposal.rulebook.kinds.by_name.get(kind)
        if known is None:
            continue  # the reference has its finding
        record = before or after
        digest = canonical.digest(record.data) if record is not None else ""
        path = record.path if record else proposal.base.law.home(known.plural, name)
        yield Touched(Line(kind, name, digest, digest), record, record, path, known.controlled, known.governance)
