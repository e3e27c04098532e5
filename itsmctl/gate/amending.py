"""A change whose work has begun is edited in what its votes bind: that takes votes on what it says now. Pure.

What an emergency left empty may be filled in while it is owed its votes: they are then given on the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itsmctl.comparing import ABSENT
from itsmctl.gate import applied, emergency, lifecycle, renames, rules, settling, subject
from itsmctl.gate import contributors as hands
from itsmctl.gate.beginnings import STARTED
from itsmctl.gate.verdict import About, Verdict, deny, of
from itsmctl.kinds.words import dotted
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim

Moves = list[tuple[str, Any, Any]]

_NAMED = 3  # fields that a sentence names; more are counted
_SETTLED = ("/spec/items", "/spec/apply", "/spec/follows_up")
"""What an emergency does not fill in: it says what may still be done under it, and past what."""


def judge(claim: Claim, court: Court) -> Verdict | None:
    """The verdict on bound content that is edited once the work has begun; None where none is. Code: AMENDED."""
    moved = _moved(claim, court)
    if not moved or _is_filled_in(claim, court, moved):
        return None
    proposal = court.proposal
    had = hands.of(claim, proposal, court.roster, court.evidence.facts)
    barred = {**settling.barred(claim, proposal, court.evidence, court.roster), **had.persons}
    done = applied.of(claim.before or claim.record, proposal, court.evidence).touched
    question = court.question(claim, barred, lines=(), done=done)
    answer = rules.judge_rules(question)
    grounds = [*had.verdicts(proposal), *answer.grounds]
    if not answer.met or not answer.votes:
        grounds.append(_unvoted(claim, moved, proposal.at_head))
    details: dict[str, Any] = {"class": claim.spec["class"], "state": claim.record.state}
    return of("change", claim.name, grounds, f"edited after its work began at {_named(moved)}", **details)


def _unvoted(claim: Claim, moved: Moves, at_head: str) -> Verdict:
    says = (
        f"its work has begun, and {_named(moved)} is what its votes bind: set it back to what the base has, "
        f"or have the change voted on as it is now: itsmctl change approve {claim.name}{at_head}"
    )
    fields = [{"at": at, "before": subject.shown(old), "after": subject.shown(new)} for at, old, new in moved]
    return deny("check", claim.name, "AMENDED", says, About(claim.record.path, moved[0][0]), fields=fields)


def _moved(claim: Claim, court: Court) -> Moves:
    """Each bound field that differs from what the base has, but for what the renames of the head write."""
    proposal = court.proposal
    former = lifecycle.renamed(proposal)
    before = claim.before or proposal.base.records.get(former.get(claim.record.ref, ""))
    if before is None or before.state not in STARTED:
        return []
    kind = proposal.rulebook.kinds[CHANGE]
    today = subject.approvable(claim.record, kind)
    if before.ref == claim.record.ref and subject.same_content(subject.approvable(before, kind), today):
        return []
    was = subject.approvable(renames.carried(before, former, proposal.base), kind)
    return [] if subject.same_content(was, today) else list(subject.moves(was, today))


def _is_filled_in(claim: Claim, court: Court, moved: Moves) -> bool:
    """Is all that differs what an emergency left empty, and still owes votes on?"""
    if claim.spec["class"] != emergency.CLASS or not any(one.change == claim.name for one in court.owed):
        return False
    return all(_is_empty(old) and not at.startswith(_SETTLED) for at, old, _ in moved)


def _is_empty(value: object) -> bool:
    return value is ABSENT or value is None or value in ("", [], {})


def _named(moved: Sequence[tuple[str, Any, Any]]) -> str:
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    return ", ".join(dotted(at) for at, _, _ in moved[:_NAMED]) + more
