from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from forge import Forge, Reply, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence import exported, github
from itsmctl.evidence.asking import Options
from itsmctl.votes import Account, Evidence, Vote

if TYPE_CHECKING:
    from conftest import Repo

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HEAD, OLD, BASE = "a" * 40, "b" * 40, "c" * 40
SOURCE = "github:town/records#12"
PULL = "/repos/town/records/pulls/12"
REVIEWS, COMMITS = f"{PULL}/reviews", f"{PULL}/commits"
TIMELINE = "/repos/town/records/issues/12/timeline"
ACTIVITY = "/repos/town/records/activity"
PEOPLE = {101: "mari", 102: "jaan", 103: "liis", 104: "mari"}


class Roster:
    def __init__(self, host: str) -> None:
        self.host = host

    def account(self, forge: str, host: str, number: int, /) -> str | None:
        assert (forge, host) == ("github", self.host)
        return PEOPLE.get(number)


def user(number: int, login: str = "", kind: str = "User") -> dict[str, Any]:
    return {"login": login or f"login{number}", "id": number, "node_id": "MDQ6", "type": kind, "site_admin": False}


def at(minute: int) -> str:
    return f"2026-12-01T10:{minute:02}:00Z"


def commit(oid: str, email: str = "mari@town.example", committer: Any = None, **checked: Any) -> dict[str, Any]:
    verification = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, **checked}
    who = {"name": "M", "email": email, "date": at(0)}
    return {
        "sha": oid,
        "node_id": "C_",
        "commit": {"author": who, "committer": who, "message": "x", "verification": verification},
        "author": user(101),
        "committer": committer,
        "parents": [{"sha": BASE}],
    }


def push(after: str, before: str, by: Any, kind: str = "push") -> dict[str, Any]:
    return {
        "id": int(after[:8], 16) + int(before[:8], 16),
        "node_id": "P_",
        "before": before,
        "after": after,
        "ref": "refs/heads/topic",
        "timestamp": at(1),
        "activity_type": kind,
        "actor": by,
    }


def lay(forge: Forge, draft: bool = False) -> None:
    forge.clear()
    forge.laid[PULL] = {
        "number": 12,
        "state": "open",
        "draft": draft,
        "commits": 2,
        "updated_at": at(50),
        "user": user(101),
        "head": {"ref": "topic", "sha": HEAD, "repo": {"id": 1, "full_name": "town/records"}},
        "base": {"ref": "main", "sha": BASE, "repo": {"id": 1, "full_name": "Town/records"}},
    }
    forge.laid[COMMITS] = [commit(OLD), commit(HEAD)]
    forge.laid[TIMELINE] = []
    forge.laid[REVIEWS] = []
    forge.cursors = {ACTIVITY}
    forge.laid[ACTIVITY] = [push(HEAD, OLD, user(102)), push(OLD, BASE, user(101), "branch_creation")]


def review(forge: Forge, number: int, by: Any, state: str, minute: int, oid: str | None = HEAD) -> None:
    one = {"id": number, "node_id": "R_", "user": by, "body": "", "state": state, "submitted_at": at(minute)}
    forge.laid[REVIEWS].append({**one, "commit_id": oid, "author_association": "MEMBER"})
    if state != "PENDING":
        forge.laid[TIMELINE].append({"event": "reviewed", **one, "state": state.lower(), "commit_id": oid})


def event(forge: Forge, name: str, minute: int, by: Any = None, **more: Any) -> None:
    made = {"id": 9000 + len(forge.laid[TIMELINE]), "event": name, "actor": by or user(101), "created_at": at(minute)}
    forge.laid[TIMELINE].append(made | more)


def dismiss(forge: Forge, number: int, by: Any, former: str) -> None:
    event(forge, "review_dismissed", 45, by, dismissed_review={"state": former, "review_id": number})


@pytest.fixture(scope="module")
def served() -> Iterator[Forge]:
    with running() as forge:
        yield forge


@pytest.fixture
def forge(served: Forge) -> Forge:
    lay(served)
    return served


def collect(forge: Forge, token: str = "s3cret") -> Evidence:
    return github.collect(SOURCE, Roster(forge.host), NOW, Options(token, forge.url))


def decided(evidence: Evidence) -> dict[str, str]:
    return {vote.person: vote.decision for vote in evidence.votes}


def codes(evidence: Evidence) -> list[str]:
    return [one.code for one in evidence.refused]


def test_an_approval_becomes_a_vote_on_the_reviewed_commit(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20, OLD)
    evidence = collect(forge)
    assert evidence.votes == (
        Vote("liis", "approve", "", "T2", SOURCE, datetime(2026, 12, 1, 10, 20, tzinfo=UTC), reviewed=OLD),
    )
    assert evidence.refused == ()
    assert forge.tokens == {"token s3cret"}


def test_the_facts_say_who_opened_and_pushed_and_where_it_goes(forge: Forge) -> None:
    (facts,) = collect(forge).facts
    assert facts.opener == Account("github", 101, "login101", forge.host)
    assert [one.id for one in facts.pushers] == [102, 101]
    assert [(one.account.id, one.before, one.after) for one in facts.pushes] == [(102, OLD, HEAD), (101, BASE, OLD)]
    assert (facts.head, facts.base, facts.is_draft, facts.source) == (HEAD, "refs/heads/main", False, SOURCE)


def test_the_latest_decision_of_a_person_counts_whatever_account_it_came_from(forge: Forge) -> None:
    review(forge, 1, user(101), "APPROVED", 20)
    review(forge, 2, user(104), "CHANGES_REQUESTED", 21)
    review(forge, 3, user(102), "CHANGES_REQUESTED", 22)
    review(forge, 4, user(102), "APPROVED", 23)
    evidence = collect(forge)
    assert decided(evidence) == {"mari": "reject", "jaan": "approve"}
    assert codes(evidence) == ["SUPERSEDED", "SUPERSEDED"]


def test_of_two_decisions_in_one_second_the_later_review_counts(forge: Forge) -> None:
    review(forge, 7, user(103), "CHANGES_REQUESTED", 20)
    review(forge, 6, user(103), "APPROVED", 20)
    assert decided(collect(forge)) == {"liis": "reject"}


def test_a_comment_after_an_approval_takes_nothing_back_and_a_pending_review_is_none(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20)
    review(forge, 2, user(103), "COMMENTED", 21)
    forge.laid[REVIEWS].append({"id": 3, "user": user(103), "state": "PENDING", "commit_id": HEAD})
    assert decided(collect(forge)) == {"liis": "approve"}


def test_a_dismissed_approval_is_withdrawn_and_revives_nothing_before_it(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20)
    review(forge, 2, user(103), "DISMISSED", 21)
    dismiss(forge, 2, user(101), "approved")
    assert decided(collect(forge)) == {"liis": "withdraw"}


def test_a_reject_is_taken_back_by_its_author_and_by_nobody_else(forge: Forge) -> None:
    review(forge, 1, user(103), "DISMISSED", 20)
    review(forge, 2, user(102), "DISMISSED", 21)
    dismiss(forge, 1, user(101), "changes_requested")
    dismiss(forge, 2, user(102), "changes_requested")
    assert decided(collect(forge)) == {"liis": "reject", "jaan": "withdraw"}


def test_strangers_ghosts_and_bots_have_no_vote(forge: Forge) -> None:
    review(forge, 1, user(999), "APPROVED", 20)
    review(forge, 2, None, "APPROVED", 21)
    review(forge, 3, user(103, "x[bot]", "Bot"), "APPROVED", 22)
    evidence = collect(forge)
    assert evidence.votes == ()
    assert codes(evidence) == ["UNKNOWN", "UNKNOWN", "BOT"]


def test_the_login_tells_nothing(forge: Forge) -> None:
    review(forge, 1, user(998, "login103"), "APPROVED", 20)
    assert codes(collect(forge)) == ["UNKNOWN"]


def test_without_its_commit_an_approval_is_none_and_a_reject_is_on_the_head(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20, None)
    review(forge, 2, user(102), "CHANGES_REQUESTED", 20, None)
    evidence = collect(forge)
    assert codes(evidence) == ["UNVERIFIABLE"]
    assert [(one.person, one.decision, one.reviewed) for one in evidence.votes] == [("jaan", "reject", HEAD)]


def test_votes_cast_while_it_was_a_draft_say_so(forge: Forge) -> None:
    event(forge, "ready_for_review", 20)
    event(forge, "convert_to_draft", 30)
    event(forge, "ready_for_review", 40)
    for number, (person, minute) in enumerate({101: 19, 102: 25, 103: 40}.items()):
        review(forge, number, user(person), "APPROVED", minute)
    assert {one.person: one.drafted for one in collect(forge).votes} == {"mari": True, "jaan": False, "liis": True}


def test_a_draft_that_never_was_anything_else_drafts_all_votes(forge: Forge) -> None:
    lay(forge, draft=True)
    review(forge, 1, user(103), "APPROVED", 20)
    evidence = collect(forge)
    assert [one.drafted for one in evidence.votes] == [True]
    assert evidence.facts[0].is_draft


@pytest.mark.parametrize("events", [["convert_to_draft"], ["ready_for_review", "ready_for_review"]])
def test_a_timeline_that_lacks_a_turn_of_the_draft_is_no_verdict(forge: Forge, events: list[str]) -> None:
    for minute, name in enumerate(events):
        event(forge, name, 20 + minute)
    with pytest.raises(CannotJudge, match="draft"):
        collect(forge)


def test_only_what_github_itself_signed_is_carried(forge: Forge) -> None:
    signed = {"verified": True, "reason": "valid"}
    host = forge.host
    flow = user(5, "web-flow")
    oids = [f"{number:040x}" for number in range(5)]
    forge.laid[COMMITS] = [
        commit(oids[0], f"noreply@{host}", flow, **signed),
        commit(oids[1], f"noreply@{host}", flow),
        commit(oids[2], f"noreply@{host}", user(101), **signed),
        commit(oids[3], "mari@town.example", flow, **signed),
        commit(oids[4], f"noreply@{host}", flow, verified=True, reason="expired_key"),
        commit(HEAD),
    ]
    forge.laid[PULL]["commits"] = 6
    assert collect(forge).facts[0].carried == {oids[0]}


def test_all_pages_are_read(forge: Forge) -> None:
    for number in range(200):
        review(forge, number, user(102), "APPROVED" if number % 2 else "CHANGES_REQUESTED", 1 + number % 3)
    review(forge, 500, user(103), "CHANGES_REQUESTED", 30)
    oids = [f"{number:040x}" for number in range(248)]
    forge.laid[COMMITS] = [commit(oid) for oid in oids] + [commit(OLD), commit(HEAD)]
    forge.laid[PULL]["commits"] = 250
    evidence = collect(forge)
    assert decided(evidence)["liis"] == "reject"
    assert len(evidence.refused) == 199
    assert forge.asked[REVIEWS] == 7


def test_more_commits_than_the_pull_request_lists_are_compared(forge: Forge) -> None:
    compared = f"/repos/town/records/compare/{BASE}...{HEAD}"
    forge.laid[compared] = {"commits": [commit(f"{n:040x}") for n in range(299)] + [commit(HEAD)], "total_commits": 300}
    forge.inside[compared] = "commits"
    forge.laid[PULL]["commits"] = 300
    assert collect(forge).facts[0].head == HEAD
    assert forge.asked[compared] == 10


def test_a_list_whose_links_were_lost_is_read_to_its_end_nevertheless(forge: Forge) -> None:
    forge.with_links = False
    for number in range(70):
        review(forge, number, user(103), "APPROVED", 20)
    review(forge, 99, user(103), "CHANGES_REQUESTED", 21)
    assert decided(collect(forge)) == {"liis": "reject"}


def test_a_truncated_list_of_reviews_is_no_verdict(forge: Forge) -> None:
    review(forge, 1, user(102), "APPROVED", 20)
    review(forge, 2, user(103), "CHANGES_REQUESTED", 21)
    del forge.laid[REVIEWS][1]
    with pytest.raises(CannotJudge, match="same reviews"):
        collect(forge)


def test_a_truncated_list_of_commits_is_no_verdict(forge: Forge) -> None:
    del forge.laid[COMMITS][0]
    with pytest.raises(CannotJudge, match="2 commits, and 1"):
        collect(forge)


def test_a_dismissal_that_the_timeline_does_not_tell_is_no_verdict(forge: Forge) -> None:
    review(forge, 1, user(103), "DISMISSED", 20)
    with pytest.raises(CannotJudge, match="who dismissed"):
        collect(forge)


def test_a_state_that_nobody_knows_is_no_verdict(forge: Forge) -> None:
    review(forge, 1, user(103), "BLESSED", 20)
    with pytest.raises(CannotJudge, match="BLESSED"):
        collect(forge)


@pytest.mark.parametrize(("key", "value"), [("updated_at", at(59)), ("draft", True)])
def test_a_pull_request_that_changes_while_it_is_read_is_no_verdict(forge: Forge, key: str, value: Any) -> None:
    forge.then[REVIEWS] = lambda: forge.laid[PULL].update({key: value})
    with pytest.raises(CannotJudge, match="changed while"):
        collect(forge)


def test_a_page_that_shifted_is_no_verdict(forge: Forge) -> None:
    for number in range(40):
        review(forge, number, user(103), "APPROVED", 20)
    forge.laid[REVIEWS].insert(31, forge.laid[REVIEWS][5])
    with pytest.raises(CannotJudge, match="changed while"):
        collect(forge)


def test_another_repository_than_was_asked_for_is_no_verdict(forge: Forge) -> None:
    forge.laid[PULL]["base"]["repo"]["full_name"] = "thief/records"
    with pytest.raises(CannotJudge, match="another pull request"):
        collect(forge)


def test_pushes_are_followed_from_the_head_and_no_further_than_the_commits_go(forge: Forge) -> None:
    older = [push(BASE, f"{number:040x}", user(103)) for number in range(100)]
    forge.laid[ACTIVITY] = [push("e" * 40, HEAD, user(103)), *forge.laid[ACTIVITY], *older]
    assert [one.id for one in collect(forge).facts[0].pushers] == [102, 101]
    assert forge.asked[ACTIVITY] == 1


@pytest.mark.parametrize("others", [25, 95])
def test_pushes_are_found_on_later_pages_and_missed_where_the_list_ends(forge: Forge, others: int) -> None:
    newer = [push(f"{number + 1:040x}", f"{number:040x}", user(103)) for number in range(others)]
    forge.laid[ACTIVITY] = [*newer, push(HEAD, OLD, user(102))]
    assert [one.id for one in collect(forge).facts[0].pushers] == [102]
    assert forge.asked[ACTIVITY] == others // 30 + 1


def test_a_pusher_whose_account_is_gone_is_somebody_whom_nobody_knows(forge: Forge) -> None:
    forge.laid[ACTIVITY][0]["actor"] = None
    assert collect(forge).facts[0].pushers[0] == Account("github", 0, "ghost", forge.host)


def test_a_forced_push_in_the_timeline_tells_who_pushed_where_activity_does_not(forge: Forge) -> None:
    forge.laid[ACTIVITY] = []
    event(forge, "head_ref_force_pushed", 20, user(103), commit_id=HEAD)
    assert [one.id for one in collect(forge).facts[0].pushers] == [103]


def test_a_head_that_nobody_is_known_to_have_pushed_is_no_verdict(forge: Forge) -> None:
    forge.laid[ACTIVITY] = []
    with pytest.raises(CannotJudge, match="who pushed"):
        collect(forge)
    lay(forge)
    forge.laid[PULL]["head"]["repo"] = None
    with pytest.raises(CannotJudge, match="is gone"):
        collect(forge)


FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "body": b'{"message": "Bad credentials"}'},
    "403": {"status": 403, "body": b'{"message": "Resource not accessible"}'},
    "404": {"status": 404, "body": b'{"message": "Not Found"}'},
    "limit": {
        "status": 403,
        "headers": {"X-RateLimit-Remaining": "0"},
        "body": b'{"message": "API rate limit exceeded"}',
    },
    "429": {"status": 429, "headers": {"Retry-After": "3600"}, "body": b"{}"},
    "500": {"status": 500},
    "503": {"status": 503, "headers": {"Retry-After": "3600"}},
    "accepted": {"status": 202},
    "no content": {"status": 204, "body": b""},
    "elsewhere": {"status": 302, "headers": {"Location": "http://elsewhere.invalid/x"}},
    "moved": {"status": 301, "headers": {"Location": "/repos/town/records/elsewhere"}},
    "next elsewhere": {"headers": {"Link": '<http://elsewhere.invalid/x?page=2>; rel="next"'}},
    "next other port": {"headers": {"Link": '<http://127.0.0.1:1/x?page=2>; rel="next"'}},
    "html": {"headers": {"Content-Type": "text/html"}},
    "no type": {"headers": {"Content-Type": ""}},
    "empty": {"body": b""},
    "null": {"body": b"null"},
    "number": {"body": b"7"},
    "list of numbers": {"body": b"[1, 2]"},
    "cut JSON": {"body": b'[{"id": 1, "user": {"id": 1'},
    "cut body": {"cut": 100},
    "key twice": {"body": b'[{"id": 1, "id": 2}]'},
    "NaN": {"body": b'[{"id": NaN}]'},
    "deep": {"body": b"[" * 100_000},
    "surrogate": {"body": b'[{"id": "\\ud800"}]'},
}


PATHS = (PULL, REVIEWS, TIMELINE, COMMITS, ACTIVITY)
_PAGED = ("next elsewhere", "next other port")  # one object has no pages


@pytest.mark.parametrize(
    ("path", "fault"), [(path, fault) for path in PATHS for fault in FAULTS if path != PULL or fault not in _PAGED]
)
def test_no_answer_but_the_whole_one_gives_a_verdict(forge: Forge, path: str, fault: str) -> None:
    review(forge, 1, user(103), "APPROVED", 20)
    if path == ACTIVITY:  # which is read no further than the head needs
        forge.laid[ACTIVITY] = [push("e" * 40, HEAD, user(103))]
    forge.fault(path, **FAULTS[fault])
    with pytest.raises(CannotJudge) as stopped:
        collect(forge)
    assert SOURCE in stopped.value.message
    assert stopped.value.hint
    assert "s3cret" not in stopped.value.message


def test_a_server_that_stumbles_twice_is_asked_again_and_no_more_than_that(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20)
    forge.faults[REVIEWS] = [Reply(status=502), Reply(status=503), Reply()]
    assert decided(collect(forge)) == {"liis": "approve"}
    forge.faults.clear()
    forge.fault(REVIEWS, status=502)
    forge.asked.clear()
    with pytest.raises(CannotJudge):
        collect(forge)
    assert forge.asked[REVIEWS] == 3


@pytest.mark.parametrize("url", ["https://elsewhere.invalid/x?page=2", "http://127.0.0.1:1/x?page=2", "http://[/x"])
def test_the_next_page_is_never_looked_for_on_another_host(forge: Forge, url: str) -> None:
    forge.fault(TIMELINE, headers={"Link": f'<{url}>; rel="next"'})
    with pytest.raises(CannotJudge, match="another host"):
        collect(forge)
    assert forge.asked[TIMELINE] == 1


def test_an_approval_that_is_yet_to_come_is_none_and_a_reject_stands(forge: Forge) -> None:
    for number, (person, state) in enumerate({101: "APPROVED", 102: "CHANGES_REQUESTED", 103: "APPROVED"}.items()):
        review(forge, number, user(person), state, 20)
    for kept in (forge.laid[REVIEWS], forge.laid[TIMELINE]):
        kept[0]["submitted_at"] = kept[1]["submitted_at"] = "2026-12-01T12:06:00Z"
        kept[2]["submitted_at"] = "2026-12-01T12:04:00Z"
    evidence = collect(forge)
    assert codes(evidence) == ["NOT_YET"]
    assert decided(evidence) == {"jaan": "reject", "liis": "approve"}


def test_a_list_without_end_is_no_verdict(forge: Forge) -> None:
    forge.fault(TIMELINE, body=b"[]", headers={"Link": f'<{forge.url}/x?page=2>; rel="next"'})
    with pytest.raises(CannotJudge, match="no end"):
        collect(forge)


def test_a_server_that_says_nothing_is_no_verdict(forge: Forge) -> None:
    forge.fault(REVIEWS, hangs=True)
    try:
        with pytest.raises(CannotJudge, match="no answer"):
            github.collect(SOURCE, Roster(forge.host), NOW, Options("", forge.url, timeout=1))
    finally:
        forge.over.set()


def test_nobody_there_is_no_verdict() -> None:
    with pytest.raises(CannotJudge, match="no answer"):
        github.collect(SOURCE, Roster(""), NOW, Options("t", "http://127.0.0.1:1"))


def test_a_server_without_tls_where_tls_is_wanted_is_no_verdict(forge: Forge) -> None:
    with pytest.raises(CannotJudge, match="no answer"):
        github.collect(SOURCE, Roster(""), NOW, Options("t", forge.url.replace("http:", "https:")))


@pytest.mark.parametrize(
    "api", ["http://github.example", "ftp://x", "https://me@x", "https://x/?q", "nope", "https://x:y"]
)
def test_an_address_that_proves_nothing_is_refused(api: str) -> None:
    with pytest.raises(Misuse):
        github.collect(SOURCE, Roster(""), NOW, Options("t", api))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "github:a/b",
        "github:a/b#0",
        "github:a/b/c#1",
        "github:a/..#1",
        "github:-a/b#1",
        "gitlab:a/b#1",
        SOURCE + "\n",
    ],
)
def test_a_source_that_names_no_pull_request_is_refused(source: str) -> None:
    with pytest.raises(Misuse):
        github.collect(source, Roster(""), NOW, Options())


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "github", None)
    with pytest.raises(CannotJudge) as stopped:
        github.collect(SOURCE, Roster(""), NOW, Options())
    assert stopped.value.hint == "pip install 'itsmctl[github]'"


def test_what_was_read_has_a_digest_that_any_difference_changes(forge: Forge) -> None:
    first = collect(forge).read
    assert first == collect(forge).read
    assert first[0][0] == SOURCE
    forge.laid[PULL]["title"] = "another"
    assert collect(forge).read != first


def test_an_export_gives_the_same_votes_one_tier_lower(forge: Forge) -> None:
    review(forge, 1, user(103), "APPROVED", 20)
    review(forge, 2, user(999), "APPROVED", 21)
    live = collect(forge)
    kept = exported.write(github.gather(SOURCE, NOW, Options("", forge.url)))
    again = exported.collect(kept, Roster(forge.host), NOW)
    assert [(one.person, one.decision, one.reviewed) for one in again.votes] == [("liis", "approve", HEAD)]
    assert {one.tier for one in (*again.votes, *again.refused)} == {"T1"}
    assert again.facts == live.facts


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
QUIET = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(path=st.sampled_from([PULL, REVIEWS, TIMELINE, COMMITS, ACTIVITY]), body=st.binary(max_size=60))
def test_any_bytes_for_an_answer_are_no_verdict(forge: Forge, path: str, body: bytes) -> None:
    lay(forge)
    review(forge, 1, user(103), "CHANGES_REQUESTED", 20)
    forge.fault(path, body=body)
    with pytest.raises(CannotJudge):
        collect(forge)


@QUIET
@given(data=st.data(), junk=JUNK)
def test_any_value_in_an_answer_loses_no_reject(forge: Forge, data: st.DataObject, junk: Any) -> None:
    """Whatever stands at one place of an answer: no verdict, or the reject is still there."""
    lay(forge)
    review(forge, 1, user(103), "CHANGES_REQUESTED", 20)
    path = data.draw(st.sampled_from([PULL, REVIEWS, TIMELINE, COMMITS, ACTIVITY]))
    node = forge.laid[path]
    node = data.draw(st.sampled_from(node)) if isinstance(node, list) else node
    keys = [key for key in node if not (path == REVIEWS and key in ("user", "body"))]
    node[data.draw(st.sampled_from(keys))] = junk
    json.dumps(junk)
    try:
        evidence = collect(forge)
    except CannotJudge:
        return
    assert decided(evidence) == {"liis": "reject"}


def test_reviews_are_kept_in_a_file_for_a_gate_without_network(forge: Forge, repo: Repo) -> None:
    review(forge, 1, user(101), "APPROVED", 5)
    environ = {**repo.environ, "GITHUB_TOKEN": "s3cret", "GITHUB_API_URL": forge.url}
    asked = replace(repo, environ=environ)
    ran = asked.run("change", "reviews", "github:town/records#12", "--out", "reviews.json")
    assert (ran.code, "wrote reviews.json: 1 review of github:town/records#12" in ran.stdout) == (0, True), ran.stderr
    content = (repo.path / "reviews.json").read_bytes()
    assert [one.account.id for one in exported.read(content).reviews] == [101]
    assert b"s3cret" not in content
    forge.clear()
    assert asked.run("change", "reviews", "github:town/records#12", "--out", "reviews.json").code == 3
    assert not (repo.path / "reviews.json").exists()
    assert asked.run("change", "reviews", "gitea:town/records#12", "--out", "reviews.json").code == 2
