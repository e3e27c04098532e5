from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from forge import Forge, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_evidence_github import FAULTS, JUNK

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence import exported, gitlab
from itsmctl.evidence.asking import Options
from itsmctl.votes import Account, Evidence

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HEAD, OLD, BASE = "a" * 40, "b" * 40, "c" * 40
SOURCE = "gitlab:town/it/records!12"
ROOT = "/api/v4/projects/town%2Fit%2Frecords"
MERGE = f"{ROOT}/merge_requests/12"
APPROVALS, REVIEWERS, VERSIONS = f"{MERGE}/approvals", f"{MERGE}/reviewers", f"{MERGE}/versions"
NOTES, COMMITS = f"{MERGE}/notes", f"{MERGE}/commits"
EVENTS = "/api/v4/projects/7/events"
PATHS = (MERGE, APPROVALS, REVIEWERS, VERSIONS, NOTES, COMMITS, EVENTS)
PEOPLE = {101: "mari", 102: "jaan", 103: "liis"}


class Roster:
    def __init__(self, host: str) -> None:
        self.host = host

    def account(self, forge: str, host: str, number: int, /) -> str | None:
        assert (forge, host) == ("gitlab", self.host)
        return PEOPLE.get(number)


def user(number: int) -> dict[str, Any]:
    return {"id": number, "username": f"login{number}", "name": "N", "state": "active", "web_url": "https://x"}


def at(minute: int, second: float = 0) -> str:
    return f"2026-12-01T10:{minute:02}:{second:06.3f}Z"


def commit(oid: str, committer: str = "mari@town.example") -> dict[str, Any]:
    return {"id": oid, "short_id": oid[:8], "author_email": "mari@town.example", "committer_email": committer}


def version(number: int, oid: str, when: str) -> dict[str, Any]:
    return {"id": number, "head_commit_sha": oid, "base_commit_sha": BASE, "start_commit_sha": BASE, "created_at": when}


def push(number: int, before: str | None, after: str | None, by: int, branch: str = "topic") -> dict[str, Any]:
    data = {"commit_count": 1, "action": "pushed", "ref_type": "branch", "commit_from": before, "commit_to": after}
    made = {"id": number, "action_name": "pushed to", "author_id": by, "author": user(by), "created_at": at(10)}
    return {**made, "push_data": {**data, "ref": branch}}


def lay(forge: Forge, draft: bool = False) -> None:
    forge.clear()
    forge.with_total = True
    forge.laid[MERGE] = {
        "id": 555,
        "iid": 12,
        "state": "opened",
        "draft": draft,
        "references": {"short": "!12", "full": "town/it/records!12"},
        "sha": HEAD,
        "source_branch": "topic",
        "target_branch": "main",
        "source_project_id": 7,
        "target_project_id": 7,
        "author": user(101),
        "updated_at": at(50),
    }
    forge.laid[APPROVALS] = {"approved": False, "approvals_required": 0, "approved_by": []}
    forge.laid[REVIEWERS] = []
    forge.laid[VERSIONS] = [version(2, HEAD, at(20)), version(1, OLD, at(10))]
    forge.laid[NOTES] = []
    forge.laid[COMMITS] = [commit(HEAD), commit(OLD)]
    forge.laid[EVENTS] = [push(9, OLD, HEAD, 102), push(8, None, OLD, 101)]
    for number in (*PEOPLE, 999):
        forge.laid[f"/api/v4/users/{number}"] = {**user(number), "bot": False}


def note(forge: Forge, by: int, body: str, when: str, system: bool = True) -> None:
    number = 9000 + len(forge.laid[NOTES])
    forge.laid[NOTES].append({"id": number, "body": body, "author": user(by), "created_at": when, "system": system})


def approve(forge: Forge, by: int, when: str, told: bool = True) -> None:
    made = {"user": user(by), "approved_at": when} if told else {"user": user(by)}
    forge.laid[APPROVALS]["approved_by"].append(made)
    note(forge, by, "approved this merge request", when)


def request_changes(forge: Forge, by: int, when: str | None) -> None:
    forge.laid[REVIEWERS].append({"user": user(by), "state": "requested_changes", "created_at": at(11)})
    if when:
        note(forge, by, "requested changes", when)


@pytest.fixture(scope="module")
def served() -> Iterator[Forge]:
    with running() as forge:
        yield forge


@pytest.fixture
def forge(served: Forge) -> Forge:
    lay(served)
    return served


def collect(forge: Forge, token: str = "s3cret") -> Evidence:
    return gitlab.collect(SOURCE, Roster(forge.host), NOW, Options(token, forge.url + "/api/v4"))


def seen(evidence: Evidence) -> dict[str, tuple[str, str]]:
    return {vote.person: (vote.decision, vote.reviewed) for vote in evidence.votes}


def codes(evidence: Evidence) -> list[str]:
    return [one.code for one in evidence.refused]


@pytest.mark.parametrize("told", [True, False])
def test_an_approval_is_on_the_version_that_stood_when_it_was_given(forge: Forge, told: bool) -> None:
    approve(forge, 102, at(15), told)
    approve(forge, 103, at(25), told)
    evidence = collect(forge)
    assert seen(evidence) == {"jaan": ("approve", OLD), "liis": ("approve", HEAD)}
    assert {one.tier for one in evidence.votes} == {"T2"}
    assert evidence.votes[0].issued_at == datetime(2026, 12, 1, 10, 15, tzinfo=UTC)
    assert forge.tokens == {"s3cret"}


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (at(20), "UNVERIFIABLE"),
        (at(20, 0.4), "UNVERIFIABLE"),
        (at(20, 5), "UNVERIFIABLE"),
        (at(19, 55), "UNVERIFIABLE"),
        (at(9), "UNVERIFIABLE"),
        (at(20, 6), ""),
        (at(19, 54), ""),
        (at(10, 1), ""),
    ],
)
def test_an_approval_near_to_a_new_version_is_on_neither(forge: Forge, when: str, code: str) -> None:
    approve(forge, 103, when)
    assert codes(collect(forge)) == ([code] if code else [])


def test_an_approval_whose_time_is_not_told_is_no_verdict(forge: Forge) -> None:
    forge.laid[APPROVALS]["approved_by"].append({"user": user(103)})
    with pytest.raises(CannotJudge, match="when login103"):
        collect(forge)


def test_an_approval_that_somebody_only_writes_down_is_none(forge: Forge) -> None:
    note(forge, 103, "approved this merge request", at(25), system=False)
    evidence = collect(forge)
    assert (evidence.votes, evidence.refused) == ((), ())


def test_requested_changes_are_a_reject(forge: Forge) -> None:
    request_changes(forge, 103, at(15))
    assert seen(collect(forge)) == {"liis": ("reject", OLD)}


@pytest.mark.parametrize("when", [None, at(20)])
def test_a_reject_of_which_nobody_can_tell_the_version_is_on_the_head(forge: Forge, when: str | None) -> None:
    approve(forge, 103, at(12))
    request_changes(forge, 103, when)
    assert seen(collect(forge)) == {"liis": ("reject", HEAD)}


@pytest.mark.parametrize("state", ["unreviewed", "reviewed", None])
def test_a_reject_stands_though_somebody_removes_the_reviewer_or_asks_again(forge: Forge, state: str | None) -> None:
    request_changes(forge, 103, at(25))
    forge.laid[REVIEWERS] = [{"user": user(103), "state": state, "created_at": at(11)}] if state else []
    assert seen(collect(forge)) == {"liis": ("reject", HEAD)}


def test_a_reject_ends_with_an_approval_of_the_same_person(forge: Forge) -> None:
    request_changes(forge, 103, at(25))
    forge.laid[REVIEWERS][0]["state"] = "approved"
    approve(forge, 103, at(26))
    assert seen(collect(forge)) == {"liis": ("approve", HEAD)}
    note(forge, 103, "unapproved this merge request", at(27))
    forge.laid[APPROVALS]["approved_by"] = []
    assert [one.decision for one in collect(forge).votes] == ["withdraw"]


def test_a_reviewer_of_whom_nobody_knows_what_they_did_is_no_verdict(forge: Forge) -> None:
    forge.laid[REVIEWERS].append({"user": user(103), "state": "rejected", "created_at": at(11)})
    with pytest.raises(CannotJudge, match="rejected"):
        collect(forge)


def test_an_approval_that_was_taken_back_is_withdrawn(forge: Forge) -> None:
    note(forge, 103, "approved this merge request", at(25))
    note(forge, 103, "unapproved this merge request", at(26))
    note(forge, 102, "unapproved this merge request", at(26))
    approve(forge, 102, at(27))
    assert {one.person: one.decision for one in collect(forge).votes} == {"jaan": "approve", "liis": "withdraw"}


def test_strangers_and_bots_have_no_vote(forge: Forge) -> None:
    approve(forge, 999, at(25))
    approve(forge, 102, at(26))
    forge.laid["/api/v4/users/102"]["bot"] = True
    evidence = collect(forge)
    assert evidence.votes == ()
    assert codes(evidence) == ["UNKNOWN", "BOT"]


def test_votes_cast_while_it_was_a_draft_say_so(forge: Forge) -> None:
    note(forge, 101, "marked this merge request as **ready**", at(30))
    approve(forge, 102, at(29))
    approve(forge, 103, at(31))
    assert {one.person: one.drafted for one in collect(forge).votes} == {"jaan": True, "liis": False}


def test_notes_that_lack_a_turn_of_the_draft_are_no_verdict(forge: Forge) -> None:
    note(forge, 101, "marked this merge request as **draft**", at(30))
    with pytest.raises(CannotJudge, match="draft"):
        collect(forge)


def test_the_facts_say_who_opened_and_pushed_and_where_it_goes(forge: Forge) -> None:
    forge.laid[EVENTS].insert(0, push(10, HEAD, "d" * 40, 103, "other"))
    forge.laid[EVENTS].insert(0, push(11, OLD, None, 103))
    (facts,) = collect(forge).facts
    assert facts.opener == Account("gitlab", 101, "login101", forge.host)
    assert [(one.account.id, one.before, one.after) for one in facts.pushes] == [(102, OLD, HEAD), (101, "", OLD)]
    assert (facts.head, facts.base, facts.is_draft, facts.source) == (HEAD, "refs/heads/main", False, SOURCE)


def test_a_note_tells_who_pushed_where_events_do_not(forge: Forge) -> None:
    forge.laid[EVENTS] = []
    note(forge, 103, "added 1 commit\n\n<ul><li>aaaaaaaa - x</li></ul>\n\n[Compare](x)", at(20, 2))
    assert [one.id for one in collect(forge).facts[0].pushers] == [103]


def test_a_head_that_nobody_is_known_to_have_pushed_is_no_verdict(forge: Forge) -> None:
    forge.laid[EVENTS] = []
    note(forge, 103, "added 1 commit", at(12))
    with pytest.raises(CannotJudge, match="who pushed"):
        collect(forge)
    forge.laid[MERGE]["source_project_id"] = None
    with pytest.raises(CannotJudge, match="is gone"):
        collect(forge)


def test_only_what_gitlab_itself_signed_is_carried(forge: Forge) -> None:
    oids = [f"{number:040x}" for number in range(3)]
    forge.laid[COMMITS] += [commit(oid, "noreply@gitlab.example") for oid in oids]
    for oid, status in zip(oids, ("verified_system", "verified"), strict=False):
        made = {"signature_type": "SSH", "verification_status": status}
        forge.laid[f"/api/v4/projects/7/repository/commits/{oid}/signature"] = made
    assert collect(forge).facts[0].carried == {oids[0]}


def test_a_newest_version_that_is_not_the_head_is_no_verdict(forge: Forge) -> None:
    forge.laid[VERSIONS].pop(0)
    with pytest.raises(CannotJudge, match="not prepared"):
        collect(forge)


def test_all_pages_are_read_and_counted(forge: Forge) -> None:
    for number in range(70):
        note(forge, 101, f"comment {number}", at(30), system=False)
    note(forge, 101, "marked this merge request as **draft**", at(31))
    with pytest.raises(CannotJudge, match="draft"):  # seen: it is on the third page
        collect(forge)
    lay(forge)
    forge.fault(NOTES, headers={"X-Total": "3"})
    with pytest.raises(CannotJudge, match="should have 3 items and had 0"):
        collect(forge)


@pytest.mark.parametrize(("key", "value"), [("updated_at", at(59)), ("sha", OLD), ("target_branch", "x")])
def test_a_merge_request_that_changes_while_it_is_read_is_no_verdict(forge: Forge, key: str, value: str) -> None:
    forge.then[APPROVALS] = lambda: forge.laid[MERGE].update({key: value})
    with pytest.raises(CannotJudge, match="changed while"):
        collect(forge)


def test_another_project_than_was_asked_for_is_no_verdict(forge: Forge) -> None:
    forge.laid[MERGE]["references"]["full"] = "thief/records!12"
    with pytest.raises(CannotJudge, match="thief/records!12"):
        collect(forge)


_LISTS = (REVIEWERS, VERSIONS, NOTES, COMMITS, EVENTS)
_PAGED = ("next elsewhere", "next other port")


@pytest.mark.parametrize(
    ("path", "fault"), [(path, fault) for path in PATHS for fault in FAULTS if path in _LISTS or fault not in _PAGED]
)
def test_no_answer_but_the_whole_one_gives_a_verdict(forge: Forge, path: str, fault: str) -> None:
    approve(forge, 103, at(25))
    if path == EVENTS:
        forge.laid[EVENTS] = [push(10, HEAD, "d" * 40, 103)]
    forge.fault(path, **FAULTS[fault])
    with pytest.raises(CannotJudge) as stopped:
        collect(forge)
    assert SOURCE in stopped.value.message
    assert stopped.value.hint
    assert "s3cret" not in stopped.value.message


def test_a_server_that_stumbles_is_asked_three_times(forge: Forge) -> None:
    forge.fault(NOTES, status=502)
    with pytest.raises(CannotJudge):
        collect(forge)
    assert forge.asked[NOTES] == 3


def test_a_server_that_says_nothing_is_no_verdict(forge: Forge) -> None:
    forge.fault(NOTES, hangs=True)
    try:
        with pytest.raises(CannotJudge, match="no answer"):
            gitlab.collect(SOURCE, Roster(forge.host), NOW, Options("", forge.url, timeout=1))
    finally:
        forge.over.set()


def test_nobody_there_is_no_verdict() -> None:
    with pytest.raises(CannotJudge, match="no answer"):
        gitlab.collect(SOURCE, Roster(""), NOW, Options("t", "http://127.0.0.1:1"))


@pytest.mark.parametrize("source", ["", "gitlab:a!1", "gitlab:a/b", "gitlab:a/b!0", "gitlab:../b!1", "gitlab:a//b!1"])
def test_a_source_that_names_no_merge_request_is_refused(source: str) -> None:
    with pytest.raises(Misuse):
        gitlab.collect(source, Roster(""), NOW, Options())


def test_an_address_without_tls_is_refused() -> None:
    with pytest.raises(Misuse):
        gitlab.collect(SOURCE, Roster(""), NOW, Options("t", "http://gitlab.example/api/v4"))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gitlab", None)
    with pytest.raises(CannotJudge) as stopped:
        gitlab.collect(SOURCE, Roster(""), NOW, Options())
    assert stopped.value.hint == "pip install 'itsmctl[gitlab]'"


def test_an_export_gives_the_same_votes_one_tier_lower(forge: Forge) -> None:
    approve(forge, 103, at(25))
    request_changes(forge, 102, None)
    live = collect(forge)
    kept = exported.write(gitlab.gather(SOURCE, NOW, Options("", forge.url)))
    again = exported.collect(kept, Roster(forge.host), NOW)
    assert seen(again) == seen(live)
    assert {one.tier for one in again.votes} == {"T1"}


QUIET = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=60))
def test_any_bytes_for_an_answer_are_no_verdict(forge: Forge, path: str, body: bytes) -> None:
    lay(forge)
    request_changes(forge, 103, at(25))
    forge.fault(path, body=body)
    with pytest.raises(CannotJudge):
        collect(forge)


@QUIET
@given(data=st.data(), junk=JUNK)
def test_any_value_in_an_answer_loses_no_reject(forge: Forge, data: st.DataObject, junk: Any) -> None:
    """Whatever stands at one place of an answer: no verdict, or the reject is still there."""
    lay(forge)
    request_changes(forge, 103, at(25))
    path = data.draw(st.sampled_from(PATHS))
    node = forge.laid[path]
    node = data.draw(st.sampled_from(node)) if isinstance(node, list) else node
    node[data.draw(st.sampled_from([key for key in node if not (path == REVIEWERS and key == "user")]))] = junk
    try:
        evidence = collect(forge)
    except CannotJudge:
        return
    assert {one.person: one.decision for one in evidence.votes} == {"liis": "reject"}
