"""The gate itself: Proposal and Evidence in, Verdict out. Same inputs, same verdict; what is unclear is denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.errors import CannotJudge
from itsmctl.gate import (
    applied,
    beginnings,
    calendar,
    contributors,
    coverage,
    deciding,
    earliest,
    enduring,
    identity,
    lifecycle,
    lint,
    midway,
    proofs,
    renames,
    retracing,
    settling,
    shelf,
    timely,
)
from itsmctl.gate.court import Court
from itsmctl.gate.verdict import About, Verdict, deny, inspected, of
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.gate.ballots import Reviewed
    from itsmctl.gate.model import Proposal
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
    standing = [*_law(proposal), *_inspection(proposal), *retracing.faults(proposal)]
    if not proposal.edits and not proposal.shelf:
        standing += _aside(proposal, evidence, roster)
        return _said(proposal, standing, "nothing governed differs", "NOTHING_GOVERNED", [])
    proposal = applied.known(replace(proposal, earliest=earliest.of(proposal, evidence, roster)), evidence)
    whole, proposal = proposal, renames.settled(proposal)
    claims, unclaimed = coverage.claims(proposal)
    altered, owed = identity.altered(proposal), settling.owed(proposal, evidence, roster)
    owing = {f"{CHANGE}/{one.change}": " and ".join(one.lacks) for one in owed}
    court = Court(proposal, evidence, roster, altered, reviewed or {}, owed)
    rulings = [ruling for claim in claims if (ruling := deciding.decide(claim, court)) is not None]
    checks = [
        *standing,
        *midway.faults(whole, evidence, roster, owed),
        *shelf.faults(proposal, evidence),
        *(one for one in lifecycle.judge(whole, owing) if not one.allowed),
        *identity.faults(proposal),
        *identity.unusable(proposal),
        *proofs.faults(whole, roster, evidence.facts),
        *_unknown(whole, roster, evidence, rulings),
        *lint.faults(proposal),
        *unclaimed,
    ]
    bounds = [bound for ruling in rulings for bound in ruling.bounds]
    is_allowed = all(one.verdict.allowed for one in rulings) and all(one.allowed for one in checks)
    if is_allowed and proposal.is_of_today:
        bounds += _ends(claims if rulings else (), court, bounds)
    return _said(proposal, [*checks, *(one.verdict for one in rulings)], _what(proposal), "", bounds)


def _ends(claims: Sequence[coverage.Claim], court: Court, bounds: Sequence[calendar.Bound]) -> Iterator[calendar.Bound]:
    """What else ends an allowing verdict before the bounds that are known. `claims`: none where nothing was decided."""
    known = [*bounds, *enduring.paying(court), *timely.again(court.proposal, is_decided=bool(claims))]
    for look in (partial(enduring.first, claims, court), partial(timely.found, court.proposal)):
        ends = look(min((bound.at for bound in known), default=None))
        known += [ends] if ends is not None else []
    yield from known


def _unknown(
    whole: Proposal, roster: Roster, evidence: Evidence, rulings: Iterable[deciding.Ruling]
) -> Iterator[Verdict]:
    """Hands that nobody knows in any edit, those aside that deny a change already. UNKNOWN."""
    told = {one.details.get("hand") for ruling in rulings for one in ruling.verdict.walk() if one.code == "UNKNOWN"}
    for one in contributors.of_all(whole, roster, evidence.facts).verdicts(whole):
        if one.details["hand"] not in told:
            yield one


def _law(proposal: Proposal) -> Iterator[Verdict]:
    if proposal.law_fault:
        says = f"the law that the head brings could judge nothing after it: {proposal.law_fault}"
        yield deny("check", "law", "LAW_UNUSABLE", says)
    for path in proposal.shadows:
        says = f"{path} stands in the place of what is governed here, or looks like it: call it something else"
        yield deny("check", path, "PLACE_TAKEN", says, About(path))
    for path in proposal.seconds:
        says = (
            f"{path} would be a second itsm.yaml in line with the one that decides here, and from there on the folder "
            "that one stands in would choose the law: call it something else, or put it beside the governed folder"
        )
        yield deny("check", path, "PLACE_TAKEN", says, About(path))
    if proposal.is_simulated:
        return  # it may suppose a time before its commits
    latest = (max(proposal.now, proposal.made_by or proposal.now) + AHEAD).timestamp()
    for commit in proposal.commits:
        if commit.time > latest:
            again = contributors.made_anew(proposal, proposal.base_oid[:12])
            says = (
                f"commit {commit.short} says that it was made {_when(commit.time)}, which is still to come. Once the "
                f"clock is right, this gives it the date of then: {again}"
            )
            yield deny("check", commit.short, "FROM_THE_FUTURE", says)


def _when(time: int) -> str:
    try:
        return f"at {calendar.said(beginnings.moment(time))}"
    except CannotJudge:  # no calendar goes that far
        return f"{time} seconds after 1970"


def _inspection(proposal: Proposal) -> Iterator[Verdict]:
    """In every class of head: an error that the base does not have denies."""
    yield from map(inspected, proposal.inspection)


def _aside(proposal: Proposal, evidence: Evidence, roster: Roster) -> Iterator[Verdict]:
    """Where nothing governed differs its commits may still pay debts, or turn the line around. BASE_ASIDE."""
    if proposal.overtaken is not None or proposal.partings:
        owed = settling.owed(applied.known(proposal, evidence), evidence, roster)
        yield from midway.asides(proposal, (f"{CHANGE}/{one.change}" for one in owed))


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
