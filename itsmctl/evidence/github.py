"""Reads the reviews of one pull request from GitHub, live. The only room for PyGithub, its transport."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence.asking import PER_PAGE, Answer, Ask, Options, Reader, address, host, retries
from itsmctl.evidence.reviews import (
    GHOST,
    AccountPart,
    PushPart,
    ReviewPart,
    Reviews,
    bringing,
    drafted,
    first,
    fits,
    weigh,
)

if TYPE_CHECKING:
    from itsmctl.evidence.reviews import Roster
    from itsmctl.votes import Decision, Evidence

PUBLIC = "https://api.github.com"

_SOURCE = re.compile(r"github:([A-Za-z0-9](?:[A-Za-z0-9_-]{0,99}))/([A-Za-z0-9._-]{1,100})#([1-9][0-9]{0,9})")
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_TURNS = {"convert_to_draft": True, "ready_for_review": False}
_DECISIONS: Mapping[str, Decision] = {"APPROVED": "approve", "CHANGES_REQUESTED": "reject", "DISMISSED": "withdraw"}
_NO_DECISIONS = frozenset({"COMMENTED", "PENDING"})
_LISTED_COMMITS = 250  # of a pull request; what has more is listed by comparison
_WEB_FLOW = 19864447  # the account by which GitHub commits what was done on its pages


def collect(source: str, roster: Roster, now: datetime, options: Options) -> Evidence:
    """The reviews of `github:owner/repo#N` as votes of tier T2, and what GitHub says of the pull request.

    Raises CannotJudge if anything could not be read to its end, Misuse for a source or an address that is none.
    """
    return weigh(gather(source, now, options), roster, now, "T2")


def gather(source: str, now: datetime, options: Options) -> Reviews:
    """All that is to be known of the pull request, as `exported.write` takes it. Errors as in `collect`."""
    named = _SOURCE.fullmatch(source)
    if not named or named[2] in (".", ".."):
        raise Misuse(f"{source!r} names no pull request on GitHub.", "Write it as github:owner/repo#12")
    api = address(options.api or PUBLIC)
    with _asking(options, api) as ask:
        reader = Reader(source, api, ask)
        try:
            return _Pull(reader, f"{named[1]}/{named[2]}", int(named[3])).gather(now)
        except ValidationError as error:
            raise reader.fail(f"an answer is not as GitHub writes it ({first(error)}).") from error


@contextmanager
def _asking(options: Options, api: str) -> Iterator[Ask]:
    try:
        import certifi
        from github import Auth, Github
    except ImportError as error:
        raise CannotJudge(
            "Reading reviews from GitHub needs PyGithub, which is not installed.", "pip install 'itsmctl[github]'"
        ) from error
    client = Github(
        auth=Auth.Token(options.token) if options.token else None,
        base_url=api,
        timeout=options.timeout,
        user_agent="itsmctl",
        per_page=PER_PAGE,
        verify=options.ca_bundle or certifi.where(),  # named, so that no variable of the environment swaps it
        retry=retries(),
        seconds_between_requests=None,
        seconds_between_writes=None,
    )

    def ask(path: str, query: Mapping[str, str]) -> Answer:
        status, headers, text = client.requester.requestJson("GET", path, dict(query), dict(_HEADERS))
        return Answer(status, headers, text)

    try:
        yield ask
    finally:
        client.close()


class _Pull:
    """One pull request, while it is read."""

    def __init__(self, reader: Reader, repo: str, number: int) -> None:
        self.reader = reader
        self.repo = repo
        self.number = number
        self.path = f"/repos/{repo}/pulls/{number}"

    def gather(self, now: datetime) -> Reviews:
        reader = self.reader
        pull = reader.one(self.path)
        if reader.value(pull, int, "number") != self.number or (
            reader.value(pull, str, "base", "repo", "full_name").lower() != self.repo.lower()
        ):
            raise reader.fail("GitHub answers with another pull request.", "Write the repository's present name.")
        head = reader.value(pull, str, "head", "sha")
        timeline = reader.all(f"/repos/{self.repo}/issues/{self.number}/timeline")
        commits = self._commits(pull)
        if head not in commits:
            raise reader.fail("the list of commits lacks the head.")
        is_draft = reader.value(pull, bool, "draft")
        reviews = self._reviews(timeline, is_draft)
        pushes = self._pushes(pull, head, frozenset(commits), timeline)
        self._check_unchanged(pull)
        api_host = host(reader.address).removeprefix("api.")
        return Reviews(
            source=reader.source,
            forge="github",
            host="" if api_host == "github.com" else api_host,
            collected_at=now,
            head=head,
            base=f"refs/heads/{reader.value(pull, str, 'base', 'ref')}",
            is_draft=is_draft,
            opener=self._account(pull, "user"),
            reviews=reviews,
            pushes=pushes,
            carried=tuple(oid for oid, commit in commits.items() if self._is_own(commit, api_host)),
            read=reader.digest,
        )

    def _commits(self, pull: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Id → commit, as many as the pull request says it has."""
        reader = self.reader
        count = reader.value(pull, int, "commits")
        if count <= _LISTED_COMMITS:
            found = reader.all(f"{self.path}/commits")
        else:
            ends = [reader.value(pull, str, side, "sha") for side in ("base", "head")]
            found = reader.all(f"/repos/{self.repo}/compare/{'...'.join(ends)}", "commits")
        commits = {reader.value(commit, str, "sha"): commit for commit in found}
        if len(commits) != count:
            raise reader.fail(f"the pull request has {count} commits, and {len(commits)} were listed.")
        return commits

    def _is_own(self, commit: dict[str, Any], api_host: str) -> bool:
        """Did GitHub make it: its own account as committer, by a signature that it verified for that address?"""
        git, committer = commit.get("commit"), commit.get("committer")
        if not isinstance(git, dict) or not isinstance(committer, dict):
            return False
        checked, claimed = git.get("verification"), git.get("committer")
        is_verified = isinstance(checked, dict) and checked.get("verified") is True and checked.get("reason") == "valid"
        is_named = isinstance(claimed, dict) and claimed.get("email") == f"noreply@{api_host}"
        is_web = committer.get("login") == "web-flow" and (api_host != "github.com" or committer.get("id") == _WEB_FLOW)
        return is_verified and is_named and is_web

    def _reviews(self, timeline: list[dict[str, Any]], is_draft: bool) -> tuple[ReviewPart, ...]:
        reader = self.reader
        turns = sorted(
            (reader.time(event, "created_at"), _TURNS[event["event"]])
            for event in timeline
            if isinstance(event.get("event"), str) and event["event"] in _TURNS
        )
        if not fits(turns, is_draft):
            raise reader.fail("the timeline does not tell all times at which it was a draft.")
        dismissals = {
            reader.value(event, int, "dismissed_review", "review_id"): event
            for event in timeline
            if event.get("event") == "review_dismissed"
        }
        told = {
            reader.value(event, int, "id")
            for event in timeline
            if event.get("event") == "reviewed" and reader.value(event, str, "state").upper() in _DECISIONS
        }
        parts: list[ReviewPart] = []
        for review in reader.all(f"{self.path}/reviews"):
            state = reader.value(review, str, "state")
            if state in _NO_DECISIONS:
                continue
            if state not in _DECISIONS:
                raise reader.fail(f"a review is {state[:40]!r}, and nobody knows here what that means.")
            parts.append(self._review(review, state, dismissals, turns, is_draft))
        if told != {part.id for part in parts} or len(told) != len(parts):
            raise reader.fail("timeline and list of reviews do not name the same reviews.")
        return tuple(parts)

    def _review(
        self,
        review: dict[str, Any],
        state: str,
        dismissals: Mapping[int, dict[str, Any]],
        turns: list[tuple[datetime, bool]],
        is_draft: bool,
    ) -> ReviewPart:
        reader = self.reader
        number, author = reader.value(review, int, "id"), self._account(review, "user")
        at = reader.time(review, "submitted_at")
        decision = _DECISIONS[state]
        if state == "DISMISSED":
            if number not in dismissals:
                raise reader.fail(f"the timeline does not tell who dismissed review {number}.")
            event = dismissals[number]
            former = reader.value(event, str, "dismissed_review", "state").upper()
            by = self._account(event, "actor")
            # Whoever may write to the repository can dismiss: a reject goes only by the hand of its own author.
            if former not in ("APPROVED", "COMMENTED") and by.id != author.id:
                decision = "reject"
        commit = None if review.get("commit_id") is None else reader.value(review, str, "commit_id")
        was_draft = drafted(at, turns, is_draft)
        return ReviewPart(id=number, account=author, decision=decision, at=at, commit=commit, drafted=was_draft)

    def _pushes(
        self, pull: dict[str, Any], head: str, commits: frozenset[str], timeline: list[dict[str, Any]]
    ) -> tuple[PushPart, ...]:
        """Who brought the commits, by the activity of the head repository; else by the timeline's forced pushes."""
        reader = self.reader
        if pull["head"].get("repo") is None:
            raise reader.fail(
                "the repository that its commits come from is gone, so that nobody can tell who pushed them.",
                "Push the commits to a branch of this repository and open a pull request from there.",
            )
        repo = reader.value(pull, str, "head", "repo", "full_name")
        ref = f"refs/heads/{reader.value(pull, str, 'head', 'ref')}"
        listed = reader.pages(f"/repos/{repo}/activity", is_numbered=False, ref=ref)
        found = tuple(bringing(head, commits, (self._push(one, ref) for one in listed if one.get("after"))))
        if found:
            return found
        for event in reversed(timeline):
            if event.get("event") == "head_ref_force_pushed" and event.get("commit_id") == head:
                return (PushPart(account=self._account(event, "actor"), before="", after=head),)
        raise reader.fail("GitHub does not tell (yet) who pushed the head.")

    def _push(self, activity: dict[str, Any], ref: str) -> PushPart:
        reader = self.reader
        if reader.value(activity, str, "ref") != ref:
            raise reader.fail("the activity is of another branch than was asked for.")
        before, after = (reader.value(activity, str, key) for key in ("before", "after"))
        return PushPart(account=self._account(activity, "actor"), before=before, after=after)

    def _check_unchanged(self, before: dict[str, Any]) -> None:
        """Everything was read at several moments: it is one answer only if nothing happened in between."""
        after = self.reader.one(self.path)
        for keys in (("updated_at",), ("draft",), ("head", "sha"), ("base", "ref"), ("state",)):
            kind: type = bool if keys == ("draft",) else str
            if self.reader.value(before, kind, *keys) != self.reader.value(after, kind, *keys):
                raise self.reader.fail("the pull request changed while it was read.")

    def _account(self, data: dict[str, Any], key: str) -> AccountPart:
        """The account there; of one that is gone, the ghost."""
        if data.get(key) is None:
            return AccountPart(id=GHOST, login="ghost")
        number = self.reader.value(data, int, key, "id")
        login, kind = (self.reader.value(data, str, key, name) for name in ("login", "type"))
        return AccountPart(id=number, login=login, is_bot=kind != "User")
