"""How the debt of an emergency is paid, and in which order: fill in, vote, review. Says so; decides nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.gate import applied, backout, beginnings, lifecycle, reviewing, rules, settling
from itsmctl.gate.calendar import said, stamp
from itsmctl.gate.emergency import CLASS, Debt, is_backed_out
from itsmctl.gate.verdict import About, Verdict, note
from itsmctl.kinds import steps_of
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim
    from itsmctl.kinds import Kind
    from itsmctl.records import Record

CODE = "OWES"
_PAID_IN = "reviewed"  # the state that a change is in when nothing is left to be said of it


def unfilled(record: Record, kind: Kind) -> tuple[str, ...]:
    """Fields that votes are on, and that are still to be written before the change can be reviewed: `risk`, `plan`.

    Whoever writes them after the votes makes those stale, so they come first.
    """
    ahead = {**record.data, "spec": {**record.data["spec"], "state": _PAID_IN}}
    due = [one for one in lifecycle.hops(kind, record, replace(record, data=ahead)) if one.code == "DUE"]
    bound = [[one for one in node.details["pointers"] if _is_bound(one, kind)] for node in due]
    return tuple(dict.fromkeys(" or ".join(dict.fromkeys(steps_of(one)[1] for one in any_)) for any_ in bound if any_))


def _is_bound(pointer: str, kind: Kind) -> bool:
    return not any(pointer == free or pointer.startswith(f"{free}/") for free in kind.unbound)


def has_begun(record: Record, before: Record | None) -> bool:
    """Is it an emergency whose work the base knows of, so that what votes come now pay for it?"""
    return before is not None and before.state in beginnings.STARTED and record.data["spec"]["class"] == CLASS


def of(change: str, court: Court) -> tuple[Verdict, ...]:
    """What a change at the base owes, until when, and what is done about it in which order: one note, or none."""
    debt = next((one for one in court.owed if one.change == change), None)
    if debt is None:
        return ()
    until = f"since {said(debt.deadline)}" if debt.is_overdue(court.proposal.now) else f"until {said(debt.deadline)}"
    record = court.proposal.merged.get(f"{CHANGE}/{debt.change}")
    instead = _instead(record) if debt.decided == "open" and record is not None and record.sound else ""
    return (_note(debt.change, f"owes {' and '.join(debt.lacks)} {until}", _steps(debt, court), debt, instead),)


def ahead(decided: Verdict, claim: Claim, court: Court, had: Mapping[str, str]) -> tuple[Verdict, Verdict]:
    """What lets an emergency through with this head, and what it is going to owe. `had`: its contributors."""
    record, days = claim.record, court.proposal.rulebook.settings.emergency["review_within"]
    is_voted = _is_voted(claim, court, had)
    if is_voted:
        decided = replace(decided, says=f"may go ahead at once, and owes its review within {days} days")
    votes = "" if is_voted else " and the full vote of persons who did not make it"
    says = f"owes its review{votes} within {days} days of its merge"
    return decided, _note(record.name, says, _to_the_end(record, court, None if is_voted else ""))


def _is_voted(claim: Claim, court: Court, had: Mapping[str, str]) -> bool:
    """Are the votes that land with the first part of it the full vote already, and all of it?"""
    if claim.before is not None and claim.before.state in beginnings.STARTED:
        return False
    kept = tuple(one for one in court.evidence.votes if one.source in court.evidence.kept)
    evidence = replace(court.evidence, votes=kept)
    answer = rules.judge_rules(court.question(claim, had, evidence=evidence, done=claim.edits))
    return answer.met and bool(answer.votes)


def _note(change: str, says: str, steps: tuple[str, ...], debt: Debt | None = None, instead: str = "") -> Verdict:
    order = "; ".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) if len(steps) > 1 else "".join(steps)
    about = About(debt.path, "/spec", "base") if debt is not None else None
    details = {"change": change, "steps": list(steps)}
    if debt is not None:
        details |= {"deadline": stamp(debt.deadline), "lacks": list(debt.lacks), "decided": debt.decided}
    in_words = ("In this order: " if len(steps) > 1 else "What is left: ") + order + instead
    return note("note", change, CODE, f"{change} {says}. {in_words}" if steps else f"{change} {says}", about, **details)


def _steps(debt: Debt, court: Court) -> tuple[str, ...]:
    proposal = court.proposal
    record = proposal.merged.get(f"{CHANGE}/{debt.change}")
    if record is None or not record.sound:
        return (f"mend {debt.path}: itsmctl validate {debt.path}",)
    if debt.decided == "refused":
        return tuple(_refused(debt, record, court))
    steps = _to_the_end(record, court, None if debt.decided == "met" else proposal.at_head)
    steps += _reviewed(record, court)
    return steps or ("merge this head, which brings it",)


def _reviewed(record: Record, court: Court) -> tuple[str, ...]:
    """What the review lacks that the head has; nothing where it has none yet, or where nothing is lacking."""
    proposal, roster = court.proposal, court.roster
    before = proposal.base.get(record.ref)
    if not record.data["spec"].get("review") or before is None:
        return ()
    work = applied.of(before, proposal, court.evidence)
    made = settling.makers(before, work, proposal, roster)
    word = reviewing.word(record, proposal, court.evidence, roster)
    return reviewing.lacks(record, proposal, made, roster, (word,) if word is not None else ())


def _refused(debt: Debt, record: Record, court: Court) -> Iterator[str]:
    """What is left of one that was refused, by what the head brings. What has to be back is told by what it owes."""
    if not is_backed_out(record) and record.state == "implementing":
        yield f"back it out, as it was refused: itsmctl change backout {record.name}"
    elif not is_backed_out(record):
        yield from _put_back(record, court)
        state = record.state if record.state in (_PAID_IN, "closed") else _PAID_IN
        yield (
            f"say that it was: itsmctl change move {record.name} {state} --set implementation.result=backed-out "
            "--set implementation.cause='It was refused.'"
        )
    if not value_at(record.data, "/spec/links/problems"):
        yield f"name a problem in spec.links.problems of {record.name}"
    elif is_backed_out(record) and not debt.left:
        yield "merge this head, which brings it"


def _put_back(record: Record, court: Court) -> Iterator[str]:
    """What is still to be put back of one whose work is over, which takes another change."""
    proposal = court.proposal
    before = proposal.base.get(record.ref)
    work = applied.of(before, proposal, court.evidence) if before is not None else None
    left = list(backout.left(work, proposal.merged, proposal)) if work is not None else []
    if left:
        yield (
            f"put {', '.join(left)} back, as it was refused, in a normal change that is merged first: edit that, "
            f"commit it, and itsmctl change new --from-diff --set follows_up={record.name}"
        )


def _instead(record: Record) -> str:
    """The other way out of the debt of one that was taken back, while nobody refused it."""
    if not is_backed_out(record):
        return ""
    return (
        f". It was backed out: so it is paid, too, once somebody whom the rules ask for refuses it (itsmctl change "
        f"reject {record.name}) and spec.links.problems names a problem"
    )


def _to_the_end(record: Record, court: Court, at_head: str | None) -> tuple[str, ...]:
    """`at_head`: where votes are cast, as a command takes it; None where they all are."""
    fields = unfilled(record, court.proposal.rulebook.kinds[CHANGE])
    steps = [f"fill in what votes are on ({', '.join(fields)}), and commit that"] if fields else []
    if at_head is not None:
        steps.append(f"votes: itsmctl change approve {record.name}{at_head}")
    if not record.data["spec"].get("review"):
        steps.append(f"its review: itsmctl change move {record.name} {_PAID_IN}")
    return tuple(steps)
