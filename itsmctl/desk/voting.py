"""A vote, from what is up for it to the bytes that are signed: what a person is shown, and what is written beside it.

Draws up and shows; signs through sshsig. Where the files go, the command says.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsmctl import sshsig, votes
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence import signed, statement
from itsmctl.gate import calendar, coverage, emergency, plan, spending, subject
from itsmctl.gate.model import CHANGE
from itsmctl.nearest import did_you_mean
from itsmctl.votes import FieldMove, Line

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.evidence.fields import Statement
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Decision, Vote


@dataclass(frozen=True, slots=True)
class Matter:
    """What is up for a vote: a change as the merge result has it, and its lines with the fields that they alter."""

    change: Record
    content: Mapping[str, Any]
    lines: tuple[Line, ...]
    moves: Mapping[str, tuple[FieldMove, ...]]
    is_planned: bool


def matter(proposal: Proposal, name: str) -> Matter:
    """The change of that name with its lines: of the head's edits that it covers, else of its plan.

    What the head edits while the change is not in play is another change's, even if this one lists the same record.

    Raises Misuse where there is none, CannotJudge where its plan does not fit the records as they stand.
    """
    ref = f"{CHANGE}/{name.removeprefix(f'{CHANGE}/')}"
    record = proposal.merged.get(ref)
    if record is None and ref in proposal.merged.unread:
        hint = f"itsmctl validate {proposal.merged.unread[ref]} says what is wrong with it."
        raise CannotJudge(f"{ref} cannot be read as a record on this head", hint)
    if record is None:
        known = [one.name for one in proposal.merged.by_kind.get(CHANGE, ())]
        guess = did_you_mean(name, known)
        message = f"no change is called {name} on this head" + (f": {guess}" if guess else "")
        raise Misuse(message, "itsmctl change list shows them.")
    if not record.sound:
        raise CannotJudge(f"{record.ref} breaks its schema", f"itsmctl validate {record.path} says what is wrong.")
    content = subject.approvable(record, proposal.rulebook.kinds[CHANGE])
    edits = []
    if record.name in coverage.in_play(proposal):
        edits = [
            one for one in proposal.edits.values() if one.controlled and coverage.item_of(record, one.ref) is not None
        ]
    if edits:
        moves = {one.ref: tuple(_moves(one.before, one.after)) for one in edits if not one.is_file}
        return Matter(record, content, votes.sorted_lines([one.line for one in edits]), moves, False)
    try:
        planned = list(plan.planned(record.data, proposal.base))
    except plan.Unplannable as error:
        raise CannotJudge(
            f"the plan of {record.name} cannot be carried out: {error.says}", "Correct its items."
        ) from None
    lines = votes.sorted_lines([line for line, _ in planned])
    return Matter(record, content, lines, {line.ref: moves for line, moves in planned}, bool(lines))


def afterwards(proposal: Proposal, held: Matter, cast: Iterable[Vote]) -> Matter:
    """Of an emergency that is merged already: what was carried out under it, as the votes that let it go ahead say."""
    before = proposal.base.records.get(held.change.ref)
    if held.lines or before is None or before.data["spec"]["class"] != emergency.CLASS:
        return held
    lines: dict[Line, None] = {}
    moves: dict[str, tuple[FieldMove, ...]] = {}
    for vote in cast:
        mine = vote.lines if vote.change == held.change.name and vote.lines else ()
        if mine and spending.spent(held.change, mine, proposal.history) == frozenset(mine):
            lines.update(dict.fromkeys(mine))
            moves.update(vote.moves)
    return Matter(held.change, held.content, votes.sorted_lines(list(lines)), moves, False)


def _moves(before: Record | None, after: Record | None) -> Iterable[FieldMove]:
    """Each field that differs. What is added or taken away whole is told by its fields."""
    old, new = (dict(one.data) if one is not None else {} for one in (before, after))
    for at, was, will in subject.moves(old, new):
        yield FieldMove(at, None if was is subject.ABSENT else was, None if will is subject.ABSENT else will)


def voter(roster: Roster, public_key: str) -> str:
    """The person at the base who holds the key. Raises CannotJudge where nobody does, or the key does not count."""
    found = roster.key(sshsig.fingerprint(public_key))
    if found is None:
        message = f"the key {sshsig.fingerprint(public_key)} is no Person's at the base"
        raise CannotJudge(
            message, "Sign with the key of your Person record: --key FILE. A new key counts one merge later."
        )
    if not found.counts_at(roster.now):
        raise CannotJudge(f"the key of {found.person} does not count today", "Sign with another key: --key FILE.")
    return found.person


def draw_up(
    proposal: Proposal,
    held: Matter,
    decision: Decision,
    person: str,
    files: Iterable[EvidenceFile],
    roster: Roster,
    environ: Mapping[str, str],
    *,
    role: str = "",
    reason: str = "",
    expires_at: datetime | None = None,
) -> Statement:
    """The statement to be shown and signed. `files`: the evidence on the change so far. Raises CannotJudge."""
    former = signed.former(
        files,
        roster,
        proposal.now,
        environ,
        person=person,
        repository=proposal.repository,
        change=held.change.name,
    )
    if len(former) > 1 and decision == "approve":
        message = (
            f"the statements of {person} on {held.change.name} do not form one line, so no approval of theirs counts"
        )
        raise CannotJudge(message, "Withdraw first, or let somebody else vote.")
    spec = held.change.data["spec"]
    span = calendar.span(held.change.data)
    window = f"{calendar.said(span.start)}/{calendar.said(span.end)}" if isinstance(span, calendar.Window) else ""
    try:
        return statement.draft(
            change=held.change.name,
            repository=proposal.repository,
            target=proposal.target,
            person=person,
            decision=decision,
            reason=reason,
            issued_at=proposal.now,
            expires_at=expires_at,
            content=held.content,
            lines=held.lines,
            moves=held.moves,
            seen={
                "risk": str(spec.get("risk", {}).get("level", "")),
                "window": window,
                "base": proposal.base_oid,
                "head": proposal.head_oid,
                "policy": "",
                "state": held.change.state,
            },
            prev=former[-1] if former else None,
            nonce=secrets.token_urlsafe(16),
            role=role,
        )
    except ValueError as error:
        raise CannotJudge(f"the vote cannot be written down: {error}", "Mend the change, or the reason.") from None


def sign(
    made: Statement, key: Path | str, public_key: str, environ: Mapping[str, str], may_ask: bool
) -> dict[str, bytes]:
    """Path from the governed root → content of the statement and of its signature.

    Raises CannotJudge where the signature is not by the public key that the voter was told from.
    """
    content = statement.write(made)
    armored = sshsig.sign(content, key, statement.NAMESPACE, environ, may_ask=may_ask)
    if sshsig.parse_signature(armored).key.line != " ".join(public_key.split()[:2]):
        message = f"{key} signed with another key than the public one beside it says"
        raise CannotJudge(message, f"Write that anew: ssh-keygen -y -f {key} > {key}.pub")
    place = statement.place(content)
    return {place: content, f"{place}.sig": armored}


def told(made: Statement, held: Matter) -> list[str]:
    """What is being signed, in words: everything that the vote binds, and nothing else."""
    said = made.predicate
    spec = held.change.data["spec"]
    lines = [
        f"{said.person} {_VERB[said.decision]} {said.change}: {held.change.title}",
        f"  goes to     {said.target} of {said.repository}",
        f"  class       {spec['class']}, state {held.change.state}",
    ]
    lines += [f"  as          {said.role}"] if said.role else []
    lines += [f"  risk        {said.seen.risk}"] if said.seen.risk else []
    lines += [f"  window      {said.seen.window}"] if said.seen.window else []
    lines += [f"  reason      {said.reason}"] if said.reason else []
    lines += [f"  until       {said.expires_at}"] if said.expires_at else []
    back = spec.get("backout", {}).get("steps") or spec.get("remedy", {}).get("steps") or []
    lines += [f"  back-out    {step}" for step in back]
    lines.append(f"  lines       {_lines_in_words(held)}")
    for line in held.lines:
        lines.append(f"    {line.ref}  {_side(line.before)} → {_side(line.after)}")
        lines += [
            f"      {move.at}  {subject.shown(move.before)} → {subject.shown(move.after)}"
            for move in held.moves.get(line.ref, ())
        ]
    return [*lines, f"  subject     sha256:{made.digest}"]


_VERB = {"approve": "approves", "reject": "rejects", "withdraw": "withdraws from"}


def _side(digest: str | None) -> str:
    return digest[:12] if digest else "nothing"


def _lines_in_words(held: Matter) -> str:
    if not held.lines:
        return "none: the vote is on the change alone, and each edit that comes later needs votes of its own"
    return "as its plan would have them" if held.is_planned else "as the head has them"
