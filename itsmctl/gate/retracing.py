"""A head may not carry through history what its result does not hold: history is read later. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from itsmctl.gate import spending, squashes
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.services import listed
from itsmctl.gate.shelf import APPROVALS, is_agreement
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.protecting import is_protected
from itsmctl.records import CHANGE, ROOT, SUFFIX, value_at
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.gate.emergency import Debt
    from itsmctl.gate.model import Brought, Passing, Proposal

_SAYS = {
    "law": "leaves {ref} otherwise than the head does in the end: merged commit by commit, that would decide meanwhile",
    "nothing": "alters {ref}, which the head as a whole does not: history would hold what nobody agreed to",
    "gone": "takes {ref} away, which is there again in the end: history would have it gone meanwhile",
    "another": "has something else stand in the place of {ref}: history would hold what nobody agreed to",
    "evidence": "alters {ref} or takes it away, which is there in the end: it would count for nothing meanwhile",
    "frozen": "leaves {ref} otherwise than the head does in the end: what stands with a baseline comes once, and "
    "history would hold for good what was there, and the name",
    "state": "has {ref} in a state from which no step leads to the last one: history would have it go through both",
}

_OWED = {
    "apart": "alters {ref}, and later ones alter more of the governance: what {debt} owes could be paid by what was "
    "never agreed to alone",
    "several": "leaves {ref} otherwise than the head does in the end: what {debt} owes could be paid by what nobody "
    "agreed to",
}

WHO = ("ApprovalRule", "Delegation", "Person", "Role")
"""The kinds of records that say whose votes count: what an emergency owes is asked about at each landing of those."""

DIGITS = 12
"""Of a commit's id in a command."""


def faults(proposal: Proposal) -> Iterator[Verdict]:
    """A verdict on each record or file that a commit of the head leaves as the head does not. TAKEN_BACK."""
    yield from _denied(proposal, _SAYS)


def faults_in_debt(proposal: Proposal, owed: Sequence[Debt]) -> Iterator[Verdict]:
    """The same of what matters where an emergency owes something, or is part of the head. TAKEN_BACK."""
    urgent = (
        one.after.name
        for one in proposal.edits.values()
        if one.line.kind == CHANGE and one.after is not None and value_at(one.after.data, "/spec/class") == CLASS
    )
    debt, coming = next((one.change for one in owed), None), next(urgent, None)
    says = {why: _OWED[why].replace("{debt}", debt) for why in _OWED} if debt is not None else {}
    if debt is None and coming is not None:  # of its own items all that was done is asked about
        says = {"apart": _OWED["apart"].replace("{debt}", coming)}
    about = _about(proposal, owed)
    yield from _denied(proposal, says, lambda one: one.why != "several" or about is None or one.ref in about)


def _about(proposal: Proposal, owed: Sequence[Debt]) -> Collection[str] | None:
    """`Kind/name` of the records that debts are about; None for all, where one of the commits could pay a debt itself.

    That is asked about where rules, persons, votes on the emergency or its record come, as the other records stand
    then. What it listed is looked for at every commit, since that may have been put back there.
    """
    names = {name for debt in owed for name in _names(debt, proposal)}
    law, kinds = proposal.base.law, proposal.rulebook.kinds
    folders = tuple(f"{ROOT}/{kinds[kind].plural}/" for kind in WHO)
    shelves = tuple(f"{APPROVALS}{name}/" for name in names)
    files = {f"{name}{SUFFIX}" for name in names}
    for commit in proposal.commits:
        for path in commit.paths:
            is_its = path.startswith(shelves) or path.rpartition("/")[2] in files
            if is_its or path.startswith(folders) or is_protected(path, law):
                return None
        if not names.isdisjoint(commit.names):
            return None
    return {ref for debt in owed for ref in (*debt.items, *_listed(debt, proposal))}


def _listed(debt: Debt, proposal: Proposal) -> Iterator[str]:
    """What the emergency lists by now, by names of today."""
    record = proposal.base.get(f"{CHANGE}/{debt.change}")
    for ref in listed(record.data) if record is not None else ():
        found = proposal.base.get(ref)
        yield found.ref if found is not None else ref


def _names(debt: Debt, proposal: Proposal) -> Iterator[str]:
    """Of the emergency, those that it had before, too."""
    record = proposal.base.get(f"{CHANGE}/{debt.change}")
    yield from (ref.partition("/")[2] for ref in spending.names(record)) if record is not None else (debt.change,)


def _denied(
    proposal: Proposal, says: Mapping[str, str], matters: Callable[[Passing], bool] = lambda _: True
) -> Iterator[Verdict]:
    first: dict[str, Passing] = {}
    for one in proposal.passing:
        if one.why in says and matters(one):
            first.setdefault(one.ref, one)
    hint = way_out(proposal) if first else ""
    for ref, one in first.items():
        said = f"commit {one.commit[:7]} {says[one.why].replace('{ref}', ref)}"
        yield deny("check", ref, "TAKEN_BACK", said, About(one.path), commit=one.commit, why=one.why, hint=hint)


def _agrees(commit: Brought) -> bool:
    """Does it bring agreements to baselines alone? Who agrees made nothing, and would not count if they had."""
    return all(map(is_agreement, commit.paths))


def way_out(proposal: Proposal) -> str:
    """How to bring the same as one commit, in words and as a command that can be run as it stands.

    It names the changes that the commits name, and all who wrote them: a squash alone would lose both.
    """
    if proposal.is_idle:
        return "As a whole the head does nothing: there is nothing to merge."
    named = [f"Change: {name}" for commit in proposal.commits for name in commit.names]
    for commit in proposal.commits:
        if not commit.evidence_only and commit.paths and not _agrees(commit):
            hands = (hand for hand in commit.hands if hand.role in ("author", "co-author") and hand.email)
            named += [f"Co-authored-by: {hand.name or hand.email} <{hand.email}>" for hand in hands]
    trailers = "".join(f" --trailer {shlex.quote(one)}" for one in dict.fromkeys(named))
    base, head = proposal.base_oid[:DIGITS], proposal.head_oid[:DIGITS]
    command = f"git switch -c squashed-{head[:7]} {base} && git merge --squash {head} && git commit --no-edit{trailers}"
    return f"Make one commit of it, and bring that instead{_votes(proposal)}:\n\n    {command}"


def _votes(proposal: Proposal) -> str:
    """What becomes of the votes: whoever runs the command has a hand in all that it makes one of, and whom it names."""
    roster = Roster.of(proposal.base, proposal.now)
    brought = {path for commit in proposal.commits for path in commit.paths} | set(proposal.shelf)
    voters = [one for one in roster.members if any(squashes.is_vote(path, one) for path in brought)]
    hands = (hand for commit in proposal.commits if not commit.evidence_only for hand in commit.hands)
    makers = {roster.email(hand.email) for hand in hands if hand.role in ("author", "co-author")}
    lost = [one for one in voters if one in makers]
    if not voters:
        return ""
    said = "; votes hold on it as they did" if not lost else ""
    free = [one for one in voters if one not in lost]
    said += f"; let nobody run it who voted ({', '.join(free)}), since whoever commits has a hand in it" if free else ""
    if lost:
        said += f"; {', '.join(lost)}, who wrote some of it, can then vote on none of it: bring what each wrote apart"
        said += ", or let somebody else vote"
    return said
