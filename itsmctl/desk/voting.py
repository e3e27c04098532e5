"""A vote, from what is up for it to the bytes that are signed, and what is written beside it.

Draws up, and signs through sshsig; `paper` shows it. Where the files go, the command says.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from itsmctl import canonical, sshsig, votes
from itsmctl.comparing import ABSENT
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence import signed, statement
from itsmctl.gate import applied, calendar, coverage, emergency, plan, questions, renames, subject
from itsmctl.gate.beginnings import STARTED
from itsmctl.nearest import did_you_mean
from itsmctl.records import CHANGE
from itsmctl.votes import FieldMove, Line

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.evidence.fields import Statement
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Decision, Evidence


Sides = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]
"""The data of a record before and after; None where it is not there."""

File = tuple[str, bytes] | None
"""The mode of a file, as git writes it, and its bytes; None where it is not there. A submodule has its commit's id."""

Bytes = Callable[[str], tuple[File, File]]
"""Path of a protected file, see protecting.TOP → what it is at the base and in the merge result."""


class Matter(Struct, frozen=True):
    """What is up for a vote: a change as the merge result has it, and its lines with the fields that they alter.

    `sides` and `files`: the contents, by Kind/name or File/path, that the digests of the lines are of. What is in
    neither cannot be shown.
    """

    change: Record
    content: Mapping[str, Any]
    lines: tuple[Line, ...]
    moves: Mapping[str, tuple[FieldMove, ...]]
    is_planned: bool
    sides: Mapping[str, Sides] = field(default_factory=dict)
    files: Mapping[str, tuple[File, File]] = field(default_factory=dict)


def matter(proposal: Proposal, name: str, read: Bytes | None = None) -> Matter:
    """The change of that name with its lines: of the head's edits that it covers, else of its plan.

    What the head edits while the change is not in play is another change's, even if this one lists the same record.

    `read` brings protected files, which are shown as well. Raises Misuse where there is none, CannotJudge where its
    plan does not fit the records as they stand.
    """
    proposal = renames.settled(proposal)
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
        moves = {one.ref: tuple(_moves(_data(one.before), _data(one.after))) for one in edits if not one.is_file}
        files = {one.ref: read(one.line.name) for one in edits if one.is_file and read is not None}
        lines = votes.sorted_lines([one.line for one in edits])
        return Matter(record, content, lines, moves, False, _sides(edits), files)
    try:
        planned = list(plan.planned(record.data, proposal.base))
    except plan.Unplannable as error:
        if not _is_begun(record, proposal):  # of what was carried out, the plan need not fit any more
            message = f"the plan of {record.name} cannot be carried out: {error.says}"
            raise CannotJudge(message, "Correct its items.") from None
        planned = []
    lines = votes.sorted_lines([line for line, _ in planned])
    up = questions.planned(coverage.Claim(record, proposal.base.get(record.ref), ()), proposal)
    return Matter(record, content, lines, {line.ref: moves for line, moves in planned}, bool(lines), _sides(up))


def afterwards(proposal: Proposal, held: Matter, evidence: Evidence) -> Matter:
    """Of a change whose work has begun at the base, and with which the head does nothing: what was carried out."""
    before = proposal.base.records.get(held.change.ref)
    is_up = bool(held.lines) and not (held.is_planned and held.change.data["spec"]["class"] == emergency.CLASS)
    if is_up or before is None or before.state not in STARTED:
        return held
    work = applied.of(before, proposal, evidence)
    sides: dict[str, Sides] = {}
    for one in work.touched:
        if not one.is_file and _is_read(one):
            sides[one.ref] = (sides[one.ref][0] if one.ref in sides else _data(one.before), _data(one.after))
    moves = {ref: tuple(_moves(was, will)) for ref, (was, will) in sides.items()}
    return Matter(held.change, held.content, work.lines, moves, False, sides)


def _is_begun(change: Record, proposal: Proposal) -> bool:
    before = proposal.base.records.get(change.ref)
    return before is not None and before.state in STARTED


def _sides(edits: Iterable[Touched]) -> dict[str, Sides]:
    return {one.ref: (_data(one.before), _data(one.after)) for one in edits if not one.is_file and _is_read(one)}


def _is_read(one: Touched) -> bool:
    """Are both sides that have a digest there? A file that cannot be read has no record."""
    return all((held is None) == (digest is None) for held, digest in _halves(one))


def _halves(one: Touched) -> tuple[tuple[Record | None, str | None], ...]:
    return ((one.before, one.line.before), (one.after, one.line.after))


def _data(record: Record | None) -> Mapping[str, Any] | None:
    return record.data if record is not None else None


def _moves(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterable[FieldMove]:
    """Each field that differs. What is added or taken away whole is told by its fields."""
    for at, was, will in subject.moves(dict(before or {}), dict(after or {})):
        yield FieldMove(at, None if was is ABSENT else was, None if will is ABSENT else will)


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
                **({"review": canonical.digest(spec["review"])} if spec.get("review") else {}),
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
