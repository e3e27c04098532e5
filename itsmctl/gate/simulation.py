"""Votes that nobody cast, for asking what would be: as signed votes on the changes in play as they are now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import votes
from itsmctl.gate import applied, coverage, questions, renames, subject
from itsmctl.gate.model import Proposal, Touched
from itsmctl.records import CHANGE
from itsmctl.votes import Evidence, Line, Vote

if TYPE_CHECKING:
    from itsmctl.gate.coverage import Claim


def votes_of(word: str, held: Proposal) -> Iterator[Vote]:
    """An approval by PERSON, or by PERSON:ROLE, of every change in play."""
    person, _, role = word.partition(":")
    kind = held.rulebook.kinds[CHANGE]
    held = applied.known(renames.settled(held), Evidence())
    for claim in coverage.claims(held)[0]:
        content = subject.approvable(claim.record, kind)
        lines = tuple(one.line for one in _up(claim, held))
        yield approval(person, role, claim.name, content, lines, held, f"--add-vote {word}")


def approval(
    person: str,
    role: str,
    change: str,
    content: Mapping[str, Any],
    lines: tuple[Line, ...],
    held: Proposal,
    source: str,
) -> Vote:
    """An approval as it would be if it were signed now."""
    return Vote(
        person,
        "approve",
        change,
        "T3",
        source,
        held.now,
        votes.subject(change, held.repository, held.target, content, lines),
        lines,
        content,
        repository=held.repository,
        target=held.target,
        role=role,
    )


def _up(claim: Claim, held: Proposal) -> tuple[Touched, ...]:
    return claim.edits or questions.planned(claim, held)
