"""Reviews: all that matters of one pull request, as any forge tells it, and the votes it makes. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from itsmctl.votes import Account, Decision, Evidence, Facts, NoVote, Push, Tier, Vote

SKEW = timedelta(minutes=5)
"""How far the clocks of forge and gate may differ."""

CLOSE = timedelta(seconds=5)
"""An approval names no commit. That near to a new version, nobody can tell which of the two was approved."""

GHOST = 0
"""Stands for the number of an account that is gone: no person has it."""

Forge = Literal["github", "gitlab"]
Oid = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
_Instant = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]


class Roster(Protocol):
    """Who is who at the base."""

    def account(self, forge: str, host: str, number: int, /) -> str | None:
        """Name of the one Person whose account that is; None if it is nobody's."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AccountPart(_Part):
    """An account on the forge."""

    id: int = Field(ge=0, description="The number that never changes; 0 for an account that is gone.")
    login: str = Field(default="", max_length=255, description="The login, for people to recognise.")
    is_bot: bool = Field(default=False, description="Does the forge call it a bot?")


class ReviewPart(_Part):
    """One decision on the pull request. Mere comments are none, and not here."""

    id: int = Field(ge=0, description="The forge's number for it; of two in one second the higher one is the later.")
    account: AccountPart = Field(description="Whose it is.")
    decision: Decision = Field(description="approve, reject (changes requested), or withdraw.")
    at: _Instant = Field(description="When it was submitted.")
    commit: Oid | None = Field(description="The commit that it was on; null where that cannot be told.")
    drafted: bool = Field(description="Was the pull request a draft then, or may it have been?")


class PushPart(_Part):
    """One push to the head branch that brought commits of the pull request."""

    account: AccountPart = Field(description="Who pushed.")
    before: str = Field(pattern=r"^[0-9a-f]{0,64}$", description="The tip before; empty where that is not known.")
    after: Oid = Field(description="The tip after.")


class Reviews(_Part):
    """All that was read about one pull request."""

    source: str = Field(min_length=1, max_length=500, description="The pull request, like github:owner/repo#12.")
    forge: Forge = Field(description="Which kind of forge.")
    host: str = Field(max_length=255, description="The host, empty for the public one of that forge.")
    collected_at: _Instant = Field(description="When it was read.")
    head: Oid = Field(description="The commit that the forge calls the head.")
    base: str = Field(pattern=r"^refs/heads/.+$", description="Full name of the branch that it goes to.")
    is_draft: bool = Field(description="Is it a draft?")
    opener: AccountPart = Field(description="Who opened it.")
    reviews: tuple[ReviewPart, ...] = Field(description="All decisions, also those that later ones supersede.")
    pushes: tuple[PushPart, ...] = Field(min_length=1, description="Newest first: the one that brought the head.")
    carried: tuple[Oid, ...] = Field(description="Commits that the forge itself made and signed.")
    read: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the answers that this was read from.")


def weigh(found: Reviews, roster: Roster, now: datetime, tier: Tier) -> Evidence:
    """The latest decision of each person as a vote, and why the others are none.

    A reject whose commit cannot be told is taken as on the head: what cannot be decided must not let anything pass.
    """
    latest: dict[str, ReviewPart] = {}
    refused: list[NoVote] = []

    def refuse(code: str, says: str, review: ReviewPart, person: str = "") -> None:
        refused.append(NoVote(code, says, found.source, person=person, tier=tier, decision=review.decision))

    for review in sorted(found.reviews, key=lambda one: (one.at, one.id)):
        person = roster.account(found.forge, found.host, review.account.id) if review.account.id != GHOST else None
        if review.account.is_bot:
            refuse("BOT", f"{_who(found, review.account)} is a bot, and bots have no vote.", review, person or "")
        elif person is None:
            refuse("UNKNOWN", _nobody(found, review.account), review)
        else:
            if person in latest:
                refuse("SUPERSEDED", f"{person} decided anew later on.", latest[person], person)
            latest[person] = review
    votes: list[Vote] = []
    for person, review in latest.items():
        if review.decision == "approve" and review.commit is None:
            says = f"{found.forge} does not tell, or not for certain, which commit {person} approved: approve again."
            refuse("UNVERIFIABLE", says, review, person)
        elif review.decision == "approve" and review.at > now + SKEW:
            refuse(
                "NOT_YET", f"{person} approved at {review.at:%Y-%m-%dT%H:%M:%SZ}, which is yet to come.", review, person
            )
        else:
            votes.append(_vote(found, person, review, tier))
    return Evidence(tuple(votes), tuple(refused), (_facts(found),), ((found.source, found.read),))


def _vote(found: Reviews, person: str, review: ReviewPart, tier: Tier) -> Vote:
    is_lost = review.decision == "reject" and review.commit is None
    return Vote(
        person=person,
        decision=review.decision,
        change="",  # on each change of the pull request
        tier=tier,
        source=found.source,
        issued_at=review.at,
        reviewed=review.commit or (found.head if is_lost else ""),
        reason="on a commit that the forge does not tell; taken as on the head" if is_lost else "",
        drafted=review.drafted,
    )


def _facts(found: Reviews) -> Facts:
    pushers = {push.account.id: _account(found, push.account) for push in found.pushes}
    return Facts(
        source=found.source,
        opener=_account(found, found.opener),
        pushers=tuple(pushers.values()),
        carried=frozenset(found.carried),
        head=found.head,
        base=found.base,
        is_draft=found.is_draft,
        pushes=tuple(Push(_account(found, one.account), one.before, one.after) for one in found.pushes),
    )


def _account(found: Reviews, part: AccountPart) -> Account:
    return Account(found.forge, part.id, part.login, found.host)


def _who(found: Reviews, part: AccountPart) -> str:
    return f"account {part.id} ({part.login or 'no login'}) on {found.host or found.forge}"


def _nobody(found: Reviews, part: AccountPart) -> str:
    if part.id == GHOST:
        return "The account behind this review is gone, so that nobody can be told from it."
    return f"No person at the base has {_who(found, part)}: add it to spec.accounts of the Person, one merge before."


def drafted(at: datetime, turns: Sequence[tuple[datetime, bool]], is_draft: bool) -> bool:
    """Was it a draft at that time, or may it have been? `turns`: when it became (True) or ceased to be a draft.

    Within a second of a turn it may have been. Before the first turn it was the opposite of what it turned into.
    """
    if any(abs(when - at) < timedelta(seconds=1) for when, _ in turns):
        return True
    state = not turns[0][1] if turns else is_draft
    for when, to in turns:
        if when <= at:
            state = to
    return state


def fits(turns: Sequence[tuple[datetime, bool]], is_draft: bool) -> bool:
    """Do the turns, oldest first, lead one after the other to what it is now? If not, some are missing."""
    states = [to for _, to in turns]
    return all(one != other for one, other in pairwise(states)) and states[-1:] in ([], [is_draft])


def version_at(at: datetime, versions: Sequence[tuple[datetime, str]]) -> str | None:
    """The head at that time; None if a version began so near to it that it may have been another."""
    near = {oid for since, oid in versions if abs(since - at) <= CLOSE}
    before = [oid for since, oid in versions if since <= at]
    if not before or near - {before[-1]} or (near and len(before) > 1 and before[-2] != before[-1]):
        return None
    return before[-1]


def bringing(head: str, commits: Iterable[str], pushes: Iterable[PushPart]) -> Iterator[PushPart]:
    """Of pushes to the head branch, newest first, those that brought the commits: from the head, link by link.

    Takes no more pushes than it needs. Nothing if none of them brought the head.
    """
    mine, wanted = frozenset(commits), head
    for push in pushes:
        if push.after == wanted:
            yield push
            wanted = push.before
            if wanted not in mine:
                return


def first(error: ValidationError) -> str:
    """The first thing that does not fit, in one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
