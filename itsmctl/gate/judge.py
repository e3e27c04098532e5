"""The gate itself: Proposal and Evidence in, Verdict out. Same inputs, same verdict; what is unclear is denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from itsmctl.gate import (
    calendar,
    coverage,
    deciding,
    earliest,
    enduring,
    identity,
    lifecycle,
    lint,
    proofs,
    renames,
    settling,
    shelf,
)
from itsmctl.gate.court import Court
from itsmctl.gate.verdict import About, Verdict, deny, of

if TYPE_CHECKING:
    from itsmctl.gate.ballots import Reviewed
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


AHEAD = timedelta(minutes=5)
"""How far the clock of whoever commits may run ahead of ours. Debts, limits and budgets go by such times later on."""


def judge(
    proposal: Proposal,
    evidence: Evidence,
    roster: Roster,
    reviewed: Mapping[str, Mapping[str, Reviewed]] | None = None,
) -> Verdict:
    """The verdict on a proposal. `roster` is that of the base at the time of the proposal; `reviewed`: see Court.

    Raises CannotJudge where the base itself cannot be relied on.
    """
    standing = [*_law(proposal), *_inspection(proposal)]
    if not proposal.edits and not proposal.shelf:
        return _said(proposal, standing, "nothing governed differs", "NOTHING_GOVERNED", [])
    proposal = replace(proposal, earliest=earliest.of(proposal, evidence, roster))
    taken = renames.among(proposal.edits, proposal.base)
    whole, proposal = proposal, replace(proposal, edits=_without(proposal, taken))
    claims, unclaimed = coverage.claims(proposal)
    altered, owed = identity.altered(proposal), settling.owed(proposal, evidence, roster)
    court = Court(proposal, evidence, roster, altered, reviewed or {}, owed)
    rulings = [ruling for claim in claims if (ruling := deciding.decide(claim, court)) is not None]
    checks = [
        *standing,
        *shelf.faults(proposal, evidence),
        *(one for one in lifecycle.judge(whole) if not one.allowed),
        *identity.faults(proposal),
        *proofs.faults(whole, roster, evidence.facts),
        *lint.faults(proposal),
        *unclaimed,
    ]
    bounds = [bound for ruling in rulings for bound in ruling.bounds]
    if rulings and all(one.verdict.allowed for one in rulings):
        known = min((bound.at for bound in bounds), default=None)
        ends = enduring.first(claims, court, known)
        bounds += [ends] if ends is not None else []
    return _said(proposal, [*checks, *(one.verdict for one in rulings)], _what(proposal), "", bounds)


def _without(proposal: Proposal, taken: renames.Renames) -> dict[str, Touched]:
    """The edits that are up for a decision: what follows from a rename is decided with it, as an edit of governance.

    What was edited beside the rename is up for those whom the edit needs as well, before and after.
    """
    found = {}
    for ref, one in proposal.edits.items():
        if ref in taken.named:
            is_edit = ref in taken.edited and one.controlled
            found[ref] = replace(one, controlled=True, governance=one.governance if is_edit else True)
        elif ref not in taken.follow:
            found[ref] = one
    return found


def _law(proposal: Proposal) -> Iterator[Verdict]:
    if proposal.law_fault:
        says = f"the law that the head brings could judge nothing after it: {proposal.law_fault}"
        yield deny("check", "law", "LAW_UNUSABLE", says)
    for path in proposal.shadows:
        says = f"{path} stands in the place of what is governed here, or looks like it: call it something else"
        yield deny("check", path, "PLACE_TAKEN", says, About(path))
    if proposal.is_simulated:
        return  # it may suppose a time before its commits
    for commit in proposal.commits:
        if commit.time > (proposal.now + AHEAD).timestamp():
            when = f"{commit.time} seconds after 1970"
            says = f"commit {commit.short} says that it was made {when}, which is still to come: set its date right"
            yield deny("check", commit.short, "FROM_THE_FUTURE", says)


def _inspection(proposal: Proposal) -> Iterator[Verdict]:
    """In every class of head: an error that the base does not have denies."""
    for finding in proposal.inspection:
        place = finding.place
        yield deny(
            "check",
            finding.record or place.path,
            "INSPECTION",
            f"{finding.rule}: {finding.message}",
            About(place.path, place.pointer),
            rule=finding.rule,
            line=place.line,
            column=place.column,
            hint=finding.hint,
        )


def _what(proposal: Proposal) -> str:
    """The class of head, in words."""
    if any(one.controlled for one in proposal.edits.values()):
        return "something controlled differs"
    if proposal.edits:
        return "records of what happens differ"
    if all(path.startswith(shelf.APPROVALS) for path in proposal.shelf):
        return "evidence alone is added"
    return "a baseline is added"


def _said(
    proposal: Proposal, grounds: Iterable[Verdict], says: str, code: str, bounds: Iterable[calendar.Bound]
) -> Verdict:
    held = tuple(grounds)
    first = min(bounds, key=lambda bound: (bound.at, bound.what), default=None)
    verdict = of("gate", "gate", held, says, code)
    details = {
        "base": proposal.base_oid,
        "head": proposal.head_oid,
        "tree": proposal.tree,
        "target": proposal.target,
        "repository": proposal.repository,
        "at": calendar.said(proposal.now),
        "simulated": proposal.is_simulated,
        "valid_until": calendar.said(first.at) if first is not None and verdict.allowed else None,
        "ends_with": first.what if first is not None and verdict.allowed else None,
    }
    return replace(verdict, code=code if verdict.allowed else "", details=details)
