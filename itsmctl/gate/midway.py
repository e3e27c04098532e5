"""What an emergency owes is paid by what a head comes to, and by nothing that stands at one of its commits alone. Pure.

Where a forge rebases or fast-forwards, each commit lands, and debts are paid by what stood at a landing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import canonical
from itsmctl.gate import retracing, reviewing, spending
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.services import today
from itsmctl.gate.shelf import APPROVALS
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from itsmctl.gate.emergency import Debt
    from itsmctl.gate.model import Brought, Parting, Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence, Vote


ASIDE = "BASE_ASIDE"


def faults(proposal: Proposal, evidence: Evidence, roster: Roster, owed: Sequence[Debt]) -> Iterator[Verdict]:
    """For each emergency that owes something, or that the head brings: TAKEN_BACK, BASE_ASIDE, BY_ITS_DATES."""
    yield from retracing.faults_in_debt(proposal, owed)
    owing = {f"{CHANGE}/{debt.change}" for debt in owed}
    coming = {ref for ref, one in proposal.edits.items() if one.line.kind == CHANGE and _is_urgent(one.after)}
    for ref in sorted(owing | coming):
        record = proposal.merged.records.get(ref)
        if record is not None:
            named = {one.partition("/")[2] for one in spending.names(record)}
            votes = [one for one in evidence.witnesses if one.change in named]
            yield from _bound(record, proposal, votes, roster)
            yield from _said_otherwise(record, proposal, votes, is_owing=ref in owing)
    yield from asides(proposal, owing | coming)


def asides(proposal: Proposal, owing: Iterable[str]) -> Iterator[Verdict]:
    """BASE_ASIDE, BY_ITS_DATES. `owing`: `Kind/name` of emergencies."""
    told = set()
    for ref in sorted(owing) if proposal.overtaken is not None else ():
        record = proposal.merged.records.get(ref)
        if record is not None:
            for one in _aside(record, proposal, {one.partition("/")[2] for one in spending.names(record)}):
                told.add(ref)
                yield one
    for parting in proposal.partings:
        if parting.ref not in told:
            yield _parted(parting, proposal)


def _is_urgent(record: Record | None) -> bool:
    return record is not None and value_at(record.data, "/spec/class") == CLASS


def _bound(record: Record, proposal: Proposal, votes: Sequence[Vote], roster: Roster) -> Iterator[Verdict]:
    """Did somebody vote on what a commit alone says of the change, or review it by a commit of their own?"""
    on = {canonical.digest(one.content) for one in votes}
    authors = {_author(one, roster) for one in proposal.commits if record.path in one.paths}
    for found in proposal.passing:
        if found.ref != record.ref or found.why != "bound":
            continue
        is_reviewed = bool(found.reviewer) and today(proposal.base, "Person", found.reviewer) in authors
        if is_reviewed or found.content in on:
            says = (
                f"commit {found.commit[:7]} leaves {record.ref} otherwise than the head does in the end, and "
                f"{'a review of that is here' if is_reviewed else 'there are votes on that'}: what it owes could be "
                "paid by what does not stand there in the end"
            )
            yield _taken_back(record, says, found.commit, "bound", proposal)
            return


def _author(commit: Brought, roster: Roster) -> str:
    """The person by whom alone a commit says that it is; "" where that is nobody, or several."""
    found = {roster.email(hand.email) or "" for hand in commit.hands if hand.role in ("author", "co-author")}
    return found.pop() if len(found) == 1 else ""


def _said_otherwise(record: Record, proposal: Proposal, votes: Sequence[Vote], *, is_owing: bool) -> Iterator[Verdict]:
    """Does one commit bring an approval, and another one what stands against it?

    Whatever others say against an emergency that is still to come in decides about that itself.
    """
    # what the base has, and the head took away for a while, is denied already
    stood = {one.path.removesuffix(".sig") for one in proposal.passing if one.why == "evidence"}
    new = (one for one in votes if one.source not in stood)
    brought = {one.source: commits for one in new if (commits := _bringing(one, proposal))}
    for approval in votes:
        if approval.decision != "approve" or approval.source not in brought:
            continue
        for against in votes:
            if against.source not in brought or (against.person != approval.person and not is_owing):
                continue
            if not _is_against(against, approval, votes):
                continue
            if len({*brought[approval.source], *brought[against.source]}) > 1:
                first = brought[approval.source][0]
                says = (
                    f"commit {first[:7]} brings the vote of {approval.person} on {record.name}, and another one what "
                    f"{against.person} says against it ({against.decision}): in between it could pay what is owed"
                )
                yield _taken_back(record, says, first, "withdrawn", proposal)
                return


def _bringing(vote: Vote, proposal: Proposal) -> tuple[str, ...]:
    """The commits of the head that bring the statement, or its signature."""
    files = {vote.source, f"{vote.source}.sig"}
    return tuple(one.oid for one in proposal.commits if not files.isdisjoint(one.paths))


def _is_against(one: Vote, approval: Vote, votes: Sequence[Vote]) -> bool:
    """Does it take the approval back, or reject what that approves, and did its author not approve since?"""
    mine = [vote for vote in votes if vote.person == one.person]
    if one.decision == "approve" or (one.decision == "withdraw" and one.person != approval.person):
        return False
    return not any(vote.decision == "approve" and one.digest in reviewing.followed(vote, mine) for vote in mine)


def _taken_back(record: Record, says: str, commit: str, why: str, proposal: Proposal) -> Verdict:
    hint = retracing.way_out(proposal)
    return deny("check", record.ref, "TAKEN_BACK", says, About(record.path), commit=commit, why=why, hint=hint)


def _aside(record: Record, proposal: Proposal, named: Collection[str]) -> Iterator[Verdict]:
    """Would its own commits pay by the law that was, were the head put in the place of the base as it is?"""
    over = proposal.overtaken
    if over is None:
        return
    shelves = {f"{APPROVALS}{name}/" for name in named}
    is_moved = over.decides or not over.names.isdisjoint({*shelves, *spending.names(record)})
    paths = {path for commit in proposal.commits for path in commit.paths}
    is_touched = record.ref in proposal.edits or any(
        path == record.path or path.startswith(tuple(shelves)) for path in paths
    )
    if is_moved and (is_touched or over.is_side):
        says = (
            f"has the base from a merge alone, and bears on {record.name}, which owes its review and votes: "
            "fast-forwarded, its commits would pay by what stood before the base came in"
        )
        yield deny("check", record.ref, ASIDE, f"the head {says}", About(record.path), hint=_onto(proposal))


def _parted(parting: Parting, proposal: Proposal) -> Verdict:
    """History would tell otherwise of a change, by how the head lands."""
    name = parting.ref.partition("/")[2]
    if parting.by_dates:
        code = "BY_ITS_DATES"
        says = (
            f"what {name} owes would be paid by the dates of the head's own commits, were they put in the place of "
            "the base, and is not by a merge of today: votes that it brings do not count any more"
        )
    else:
        code = ASIDE
        says = (
            f"the head has the base from a merge alone: fast-forwarded, it would move what the base did since to the "
            f"line of a second parent, and of {name} {parting.says}"
        )
    return deny("check", parting.ref, code, says, About(parting.path), hint=_onto(proposal))


def _onto(proposal: Proposal) -> str:
    """How to bring the same so that it follows the base, and all at once, in words and as a command."""
    base, head = proposal.base_oid[: retracing.DIGITS], proposal.head_oid[: retracing.DIGITS]
    command = f"git switch -c onto-{head[:7]} {base} && git merge --no-ff --no-edit {head}"
    return f"Merge it into the base, and bring that instead; votes hold on it as they did:\n\n    {command}"
