"""Reads the reviews of one merge request from GitLab, live. The only room for python-gitlab, its transport."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import ValidationError

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence.asking import PER_PAGE, Answer, Ask, Options, Reader, address, host, retries
from itsmctl.evidence.reviews import (
    AccountPart,
    PushPart,
    ReviewPart,
    Reviews,
    bringing,
    drafted,
    first,
    fits,
    version_at,
    weigh,
)

if TYPE_CHECKING:
    from itsmctl.evidence.reviews import Roster
    from itsmctl.votes import Decision, Evidence

PUBLIC = "https://gitlab.com"

_SOURCE = re.compile(r"gitlab:((?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)+[A-Za-z0-9_][A-Za-z0-9_.-]*)!([1-9][0-9]{0,9})")
_API = "/api/v4"
_TURNS = {
    "marked this merge request as **draft**": True,
    "marked this merge request as **ready**": False,
    "marked as a **Work In Progress**": True,  # up to GitLab 13
    "unmarked as a **Work In Progress**": False,
}
_APPROVED, _UNAPPROVED = "approved this merge request", "unapproved this merge request"
_REQUESTED = "requested changes"
_DECISIONS = frozenset({_APPROVED, _UNAPPROVED, _REQUESTED})
_REVIEWER_STATES = frozenset(
    {"unreviewed", "review_started", "reviewed", "requested_changes", "approved", "unapproved"}
)
_PUSHED = re.compile(r"added [0-9]+ new commits?\b|added [0-9]+ commits?\b")


def collect(source: str, roster: Roster, now: datetime, options: Options) -> Evidence:
    """The approvals and requested changes of `gitlab:group/project!N` as votes of tier T2, and GitLab's facts.

    Raises CannotJudge if anything could not be read to its end, Misuse for a source or an address that is none.
    """
    return weigh(gather(source, now, options), roster, now, "T2")


def gather(source: str, now: datetime, options: Options) -> Reviews:
    """All that is to be known of the merge request, as `exported.write` takes it. Errors as in `collect`."""
    named = _SOURCE.fullmatch(source)
    if not named:
        raise Misuse(f"{source!r} names no merge request on GitLab.", "Write it as gitlab:group/project!12")
    api = address(address(options.api or PUBLIC).removesuffix(_API))
    with _asking(options, api) as ask:
        reader = Reader(source, api, ask)
        try:
            return _Merge(reader, named[1], int(named[2])).gather(now)
        except ValidationError as error:
            raise reader.fail(f"an answer is not as GitLab writes it ({first(error)}).") from error


@contextmanager
def _asking(options: Options, api: str) -> Iterator[Ask]:
    try:
        import certifi
        from gitlab import Gitlab, GitlabError
        from requests.adapters import HTTPAdapter
    except ImportError as error:
        raise CannotJudge(
            "Reading reviews from GitLab needs python-gitlab, which is not installed.", "pip install 'itsmctl[gitlab]'"
        ) from error
    client = Gitlab(
        api,
        private_token=options.token or None,
        ssl_verify=options.ca_bundle or certifi.where(),  # named, so that no variable of the environment swaps it
        timeout=options.timeout,
        user_agent="itsmctl",
        per_page=PER_PAGE,
        keep_base_url=True,
    )
    client.session.auth = lambda request: request  # the token alone, and nothing from a .netrc
    for scheme in ("https://", "http://"):
        client.session.mount(scheme, HTTPAdapter(max_retries=retries()))

    def ask(path: str, query: Mapping[str, str]) -> Answer:
        try:
            found = client.http_request(
                "get", path, query_data=dict(query), obey_rate_limit=False, retry_transient_errors=False
            )
        except GitlabError as error:
            return Answer(error.response_code or 0, {}, "")
        return Answer(found.status_code, {name.lower(): value for name, value in found.headers.items()}, found.text)

    with client:
        yield ask


class _Merge:
    """One merge request, while it is read."""

    def __init__(self, reader: Reader, project: str, number: int) -> None:
        self.reader = reader
        self.project = project
        self.number = number
        self.path = f"/projects/{quote(project, safe='')}/merge_requests/{number}"

    def gather(self, now: datetime) -> Reviews:
        reader = self.reader
        merge = reader.one(self.path)
        named = reader.value(merge, str, "references", "full")
        if named.lower() != f"{self.project}!{self.number}".lower():
            raise reader.fail(f"GitLab answers with {named[:200]}.", "Write the project's present name.")
        head, is_draft = reader.value(merge, str, "sha"), reader.value(merge, bool, "draft")
        versions = self._versions(head)
        notes = [note for note in reader.all(f"{self.path}/notes", sort="asc") if note.get("system") is True]
        commits = {reader.value(one, str, "id"): one for one in reader.all(f"{self.path}/commits")}
        if head not in commits:
            raise reader.fail("the list of commits lacks the head.")
        reviews = self._reviews(notes, versions, is_draft, now)
        pushes = self._pushes(merge, head, frozenset(commits), notes, versions)
        carried = tuple(oid for oid, commit in commits.items() if self._is_own(merge, oid, commit))
        self._check_unchanged(merge)
        api_host = host(reader.address)
        return Reviews(
            source=reader.source,
            forge="gitlab",
            host="" if api_host == host(PUBLIC) else api_host,
            collected_at=now,
            head=head,
            base=f"refs/heads/{reader.value(merge, str, 'target_branch')}",
            is_draft=is_draft,
            opener=self._account(merge, "author"),
            reviews=reviews,
            pushes=pushes,
            carried=carried,
            read=reader.digest,
        )

    def _versions(self, head: str) -> list[tuple[datetime, str]]:
        """(since when, head) of each version, oldest first. The newest must be the head."""
        reader = self.reader
        listed = reader.all(f"{self.path}/versions")
        numbered = sorted(
            (reader.value(one, int, "id"), reader.time(one, "created_at"), reader.value(one, str, "head_commit_sha"))
            for one in listed
        )
        if not numbered or numbered[-1][2] != head:
            raise reader.fail("GitLab has not prepared the newest version of the merge request yet.")
        return sorted((at, oid) for _, at, oid in numbered)

    def _reviews(
        self, notes: list[dict[str, Any]], versions: list[tuple[datetime, str]], is_draft: bool, now: datetime
    ) -> tuple[ReviewPart, ...]:
        reader = self.reader
        turns = sorted((reader.time(one, "created_at"), _TURNS[_body(one)]) for one in notes if _body(one) in _TURNS)
        if not fits(turns, is_draft):
            raise reader.fail("the notes do not tell all times at which it was a draft.")

        def part(number: int, account: AccountPart, decision: Decision, at: datetime) -> ReviewPart:
            commit, was_draft = version_at(at, versions), drafted(at, turns, is_draft)
            return ReviewPart(id=number, account=account, decision=decision, at=at, commit=commit, drafted=was_draft)

        found: list[ReviewPart] = []
        for approval in reader.value(reader.one(f"{self.path}/approvals"), list, "approved_by"):
            account = self._account(approval, "user", is_asked=True)
            note = self._latest(notes, account, _APPROVED)
            if approval.get("approved_at") is not None:
                at = reader.time(approval, "approved_at")
            elif note is not None:
                at = reader.time(note, "created_at")
            else:
                raise reader.fail(f"GitLab does not tell when {account.login} (account {account.id}) approved.")
            found.append(part(reader.value(note, int, "id") if note else 0, account, "approve", at))
        for account, note in self._rejects(notes):
            if note is None:  # when is not told: it may be on anything, the head too
                found.append(ReviewPart(id=0, account=account, decision="reject", at=now, commit=None, drafted=False))
            else:
                found.append(part(reader.value(note, int, "id"), account, "reject", reader.time(note, "created_at")))
        decided = {one.account.id for one in found}
        for note in (one for one in notes if _body(one) == _UNAPPROVED):
            account = self._account(note, "author")
            if account.id not in decided:
                found.append(part(reader.value(note, int, "id"), account, "withdraw", reader.time(note, "created_at")))
        return tuple(found)

    def _rejects(self, notes: list[dict[str, Any]]) -> Iterator[tuple[AccountPart, dict[str, Any] | None]]:
        """Who requests changes, and the note that says since when, if there is one.

        By the notes, for anybody may remove a reviewer or ask for another review; by the state where no note tells.
        """
        reader = self.reader
        latest: dict[int, dict[str, Any]] = {}
        for note in sorted((one for one in notes if _body(one) in _DECISIONS), key=self._order):
            latest[reader.value(note, int, "author", "id")] = note
        for note in latest.values():
            if _body(note) == _REQUESTED:
                yield self._account(note, "author", is_asked=True), note
        for reviewer in reader.all(f"{self.path}/reviewers"):
            state, account = reader.value(reviewer, str, "state"), self._account(reviewer, "user")
            if state not in _REVIEWER_STATES:
                raise reader.fail(f"a reviewer is {state[:40]!r}, and nobody knows here what that means.")
            noted = latest.get(account.id)
            if state == "requested_changes" and (noted is None or _body(noted) != _REQUESTED):
                yield self._account(reviewer, "user", is_asked=True), None

    def _order(self, note: dict[str, Any]) -> tuple[datetime, int]:
        return self.reader.time(note, "created_at"), self.reader.value(note, int, "id")

    def _latest(self, notes: list[dict[str, Any]], account: AccountPart, body: str) -> dict[str, Any] | None:
        mine = [one for one in notes if _body(one) == body and self._account(one, "author").id == account.id]
        return max(mine, key=self._order, default=None)

    def _pushes(
        self,
        merge: dict[str, Any],
        head: str,
        commits: frozenset[str],
        notes: list[dict[str, Any]],
        versions: list[tuple[datetime, str]],
    ) -> tuple[PushPart, ...]:
        """Who brought the commits, by the events of the source project; else who is noted for the last ones."""
        reader = self.reader
        branch = reader.value(merge, str, "source_branch")
        if merge.get("source_project_id") is None:
            raise reader.fail(
                "the project that its commits come from is gone, so that nobody can tell who pushed them.",
                "Push the commits to a branch of this project and open a merge request from there.",
            )
        listed = reader.pages(
            f"/projects/{reader.value(merge, int, 'source_project_id')}/events", action="pushed", sort="desc"
        )
        pushed = (self._push(one) for one in listed if _is_to(one.get("push_data"), branch))
        found = tuple(bringing(head, commits, pushed))
        if found:
            return found
        noted = [one for one in notes if _PUSHED.match(_body(one))]
        since = min(at for at, oid in versions if oid == head)
        latest = max(noted, key=lambda one: reader.time(one, "created_at"), default=None)
        if latest is None or abs(reader.time(latest, "created_at") - since) > timedelta(minutes=1):
            raise reader.fail("GitLab does not tell (yet) who pushed the head.")
        return (PushPart(account=self._account(latest, "author"), before="", after=head),)

    def _push(self, event: dict[str, Any]) -> PushPart:
        reader = self.reader
        before = event["push_data"].get("commit_from") or ""
        after = reader.value(event, str, "push_data", "commit_to")
        return PushPart(account=self._account(event, "author"), before=before, after=after)

    def _is_own(self, merge: dict[str, Any], oid: str, commit: dict[str, Any]) -> bool:
        """Did GitLab make and sign it? Only asked where the committer is another than the author."""
        reader = self.reader
        if reader.value(commit, str, "committer_email") == reader.value(commit, str, "author_email"):
            return False
        project = reader.value(merge, int, "source_project_id")
        signature = reader.perhaps(f"/projects/{project}/repository/commits/{oid}/signature")
        return signature is not None and signature.get("verification_status") == "verified_system"

    def _check_unchanged(self, before: dict[str, Any]) -> None:
        """Everything was read at several moments: it is one answer only if nothing happened in between."""
        after = self.reader.one(self.path)
        for key in ("updated_at", "draft", "sha", "target_branch", "state"):
            kind: type = bool if key == "draft" else str
            if self.reader.value(before, kind, key) != self.reader.value(after, kind, key):
                raise self.reader.fail("the merge request changed while it was read.")

    def _account(self, data: Any, key: str, is_asked: bool = False) -> AccountPart:
        """The account there. `is_asked`: GitLab is asked if it is a bot, which only the user's own page tells."""
        number, login = self.reader.value(data, int, key, "id"), self.reader.value(data, str, key, "username")
        is_bot = False
        if is_asked:
            is_bot = self.reader.one(f"/users/{number}").get("bot") is True
        return AccountPart(id=number, login=login, is_bot=is_bot)


def _body(note: dict[str, Any]) -> str:
    body = note.get("body")
    return body.strip() if isinstance(body, str) else ""


def _is_to(push: Any, branch: str) -> bool:
    """Is it a push of commits to that branch? A removal brings nothing."""
    return (
        isinstance(push, dict)
        and push.get("ref_type") == "branch"
        and push.get("ref") == branch
        and bool(push.get("commit_to"))
    )
