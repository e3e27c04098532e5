"""A change with its verdict so far: what the gate makes of it and of its votes on this head. Shows; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import announcing, drawing
from itsmctl.desk import ruling
from itsmctl.desk.forward import CALLED_OFF
from itsmctl.gate import (
    applied,
    beginnings,
    calendar,
    coverage,
    earliest,
    emergency,
    identity,
    paying,
    questions,
    renames,
    rules,
    settling,
    tenure,
)
from itsmctl.gate import contributors as hands
from itsmctl.gate.court import Court
from itsmctl.gate.verdict import Verdict, of
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.weighing import Question
    from itsmctl.hearing import Hearing
    from itsmctl.records import Record
    from itsmctl.roster import Roster


_OVER = beginnings.DONE | CALLED_OFF  # states in which no vote is asked for


class SoFar(Struct, frozen=True):
    """`verdict`: of the change alone; where the head does not put it up for a decision, what its votes come to.

    `in_play`: does the head put it up? `ballots`: each vote with what the gate makes of it.
    """

    record: Record
    held: Proposal
    verdict: Verdict
    in_play: bool
    ballots: tuple[Mapping[str, Any], ...]
    whole: str  # what the head as a whole comes to
    debt: Verdict | None  # what an emergency still owes
    plain: Mapping[str, Any]  # the verdict as data: it names lines of files, so it is told while these can be read


def of_change(record: Record, hearing: Hearing, roster: Roster) -> SoFar:
    """What stands so far. `record` is as the merge result has it; `hearing` has the evidence on it, too."""
    held = hearing.proposal
    found = next((one for one in hearing.verdict.because if one.what == "change" and one.name == record.name), None)
    court = _court(hearing, roster)
    question = _question(record, court)
    debt = next(iter(paying.of(record.name, court)), None)
    if found is not None and any(one.what in ("rule", "vote", "check", "requirement") for one in found.walk()):
        verdict, in_play = found, True
    else:
        verdict, in_play = _as_if(record, question, court), False
    told = tuple(_ballots(verdict, question))
    return SoFar(record, held, verdict, in_play, told, hearing.verdict.outcome, debt, announcing.data(verdict, held))


_PARTS = "/spec/apply"


def _court(hearing: Hearing, roster: Roster) -> Court:
    settled = renames.settled(hearing.proposal)
    evidence = hearing.evidence
    held = applied.known(settled, evidence)
    held = replace(held, earliest=earliest.of(settled, evidence, roster))
    owed = settling.owed(held, evidence, roster)
    return Court(held, evidence, roster, identity.altered(held), owed=owed)


def _question(record: Record, court: Court) -> Question:
    """What the rules are asked about the change: its edits here, its plan, or what it did already."""
    held, evidence, roster = court.proposal, court.evidence, court.roster
    claims, _ = coverage.claims(held)
    claim = next((one for one in claims if one.name == record.name), None)
    claim = claim or coverage.Claim(record, held.base.get(record.ref), ())
    if not claim.edits and record.state in beginnings.STARTED:
        return settling.question(claim, held, evidence, roster)
    had = hands.of(claim, held, roster, evidence.facts).persons
    return questions.question(
        claim,
        held,
        evidence,
        roster,
        contributors=had,
        altered=court.altered,
        reviewed={},
    )


def _as_if(record: Record, question: Question, court: Court) -> Verdict:
    """What its votes come to under the rules of today, without window and freezes: for a change that is not up yet.

    Of one that is being carried out, part by part, they are those that each part was done under.
    """
    is_asked = record.state not in _OVER or record.data["spec"]["class"] == emergency.CLASS
    answer = rules.judge_rules(question) if is_asked else None
    grounds = answer.grounds if answer is not None else ()
    before = court.proposal.base.get(record.ref)
    if answer is not None and not answer.met and before is not None and value_at(record.data, _PARTS) == "in-parts":
        claim = coverage.Claim(record, before, ())
        held = tenure.of(claim, court, question.box.lines, question.box.contributors).verdict
        grounds = (held,) if held.allowed else grounds
    return of("change", record.name, grounds, str(record.data["spec"]["class"]))


def _ballots(verdict: Verdict, question: Question) -> Iterator[Mapping[str, Any]]:
    """Each vote once: as the rules that apply see it, a vote that one of them counts being counted."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for one in verdict.walk():
        if one.what == "vote":
            key = (one.name, str(one.details.get("source")))
            if key not in told or (told[key]["code"] and not one.code):
                told[key] = {"person": one.name, "code": one.code, "says": one.says, **one.details}
    for ballot in question.ballots:
        key = (ballot.person or "?", ballot.source)
        if key not in told:
            told[key] = {
                "person": key[0],
                "code": ballot.code,
                "says": ballot.says,
                "decision": ballot.decision,
                "counted": ballot.approves,
                "role": ballot.role,
                "tier": ballot.tier,
                "source": ballot.source,
            }
    yield from (told[key] for key in sorted(told))


def data(found: SoFar) -> dict[str, Any]:
    """For programs."""
    spec = found.record.data["spec"]
    return {
        "change": found.record.name,
        "title": found.record.title,
        "state": found.record.state,
        "class": spec["class"],
        "owner": value_at(found.record.data, "/metadata/owner"),
        "risk": value_at(found.record.data, "/spec/risk/level"),
        "window": _window(found.record),
        "items": list(spec.get("items", ())),
        "base": found.held.base_oid,
        "head": found.held.head_oid,
        "up_for_a_decision": found.in_play,
        "head_as_a_whole": found.whole,
        "votes": list(found.ballots),
        "debt": dict(found.debt.details) if found.debt is not None else None,
        "verdict": found.plain,
    }


def text(found: SoFar, width: int) -> str:
    """For people: what it is, each vote, and what it still needs."""
    record = found.record
    lines = drawing.titled(record.name, record.title, width)
    pairs = [
        ("state", record.state),
        ("class", _class(found)),
        ("owner", str(value_at(record.data, "/metadata/owner") or "")),
        ("risk", str(value_at(record.data, "/spec/risk/level") or "")),
        ("window", _window(record) or ""),
    ]
    lines += drawing.rows(pairs, width)
    items = [(one["action"], f"{one['item']}{_versions(one)}") for one in record.data["spec"].get("items", ())]
    lines += ["", "items", *(drawing.rows(items, width) if items else ["  none"])]
    lines += ["", "votes", *_votes(found, width)]
    lines += ["", "verdict so far", *_verdict(found, width), *_asked(found, width)]
    return "\n".join(lines) + "\n"


def _class(found: SoFar) -> str:
    """What it is, and where the verdict says more of that, as of a standard change that is none, all of it."""
    class_, says = str(found.record.data["spec"]["class"]), found.verdict.says
    decided = str(found.verdict.details.get("class", class_))
    return says if found.in_play and says.startswith(decided) else decided


def _votes(found: SoFar, width: int) -> list[str]:
    if not found.ballots:
        return ["  none yet"]
    rows = []
    for one in found.ballots:
        how = "ignored" if one["code"] else "counted"
        why = _why(one) if one["code"] else f"{one.get('role') or ''} {one['says']}".strip()
        rows.append(
            (how if one["decision"] == "approve" or one["code"] else "stands", one["person"], one["decision"], why)
        )
    return drawing.table(rows, width, wrap=True)


def _why(ballot: Mapping[str, Any]) -> str:
    return f"{ballot['code']} ({ballot['says']})" if ballot["says"] else str(ballot["code"])


def _verdict(found: SoFar, width: int) -> list[str]:
    record, verdict = found.record, found.verdict
    if not found.in_play and record.state in _OVER | beginnings.STARTED:
        return _carried_out(found, width)
    outcome = verdict.outcome if found.in_play else "not up yet"
    lines = drawing.rows([(outcome, "" if verdict.allowed else "it still needs:")], width) or [f"  {outcome}"]
    for one in verdict.walk():
        if one.what == "rule":
            lines += _rule(one, width)
        elif one.outcome == "DENIED" and one.code and not one.because and one.what != "vote":
            lines += drawing.prose(f"{one.code}: {one.says}", width, 2)
        elif one.what == "next":
            lines += drawing.prose(f"next: {one.says}", width, 2)
    if found.in_play and verdict.allowed and found.whole == "DENIED":
        lines += drawing.prose("the head as a whole is DENIED for other reasons: itsmctl gate names them", width, 2)
    if not found.in_play and record.state == "draft":
        lines += drawing.prose(f"votes do not count yet: itsmctl change submit {record.name}", width, 2)
    return lines


def _asked(found: SoFar, width: int) -> list[str]:
    """What rules will ask for once the work begins: who writes it after the votes has to ask for them again."""
    held = found.held
    asked = ruling.before_votes(held.rulebook, held.merged, held.base, found.record, held.now)
    if not asked or (found.record.state == ruling.BEGUN and not found.in_play):
        return []
    lines = drawing.prose("rules ask for more, which belongs there before the votes:", width, 2)
    return lines + [line for rule, said, _ in asked for line in drawing.prose(f"{rule}: {said}", width, 4)]


def _carried_out(found: SoFar, width: int) -> list[str]:
    """Of a change that is merged already, or called off: nothing is up for a decision, and a debt may be left."""
    lines = drawing.prose(f"{found.record.state}: nothing of it is up for a decision", width, 2)
    if found.debt is not None:
        lines += drawing.prose(found.debt.says, width, 2)
        if found.debt.details["decided"] != "met":  # by those of today votes may lack that were met when they were cast
            lines += [line for one in found.verdict.walk() if one.what == "rule" for line in _rule(one, width)]
    return lines


def _rule(rule: Verdict, width: int) -> list[str]:
    met = "met" if rule.allowed else "lacks " + (_lacking(rule) or rule.says)
    return drawing.prose(f"rule {rule.name}: {met}", width, 2)


def _lacking(rule: Verdict) -> str:
    return ", ".join(f"{one['missing']} × {one['label']}" for one in rule.details.get("lacking", ()))


def _window(record: Record) -> str | None:
    span = calendar.span(record.data)
    return f"{calendar.said(span.start)}/{calendar.said(span.end)}" if isinstance(span, calendar.Window) else span


def _versions(item: Mapping[str, Any]) -> str:
    old, new = item.get("from"), item.get("to")
    return f"  {old or 'nothing'} → {new or 'nothing'}" if old or new else ""
