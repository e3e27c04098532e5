"""Signed statements as votes: real keys, real signatures, and all that does not count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from signing import ENVIRON, Key, make_key
from test_evidence_statement import CONTENT, LINES, MOVES, NOW, drafted

from itsmctl import sshsig
from itsmctl.errors import CannotJudge
from itsmctl.evidence import signed, statement
from itsmctl.evidence.signed import EvidenceFile
from itsmctl.votes import BROKEN, Evidence, Vote, sorted_lines

HOUR = timedelta(hours=1)
CHANGE = "CHG-2026-0042"


@dataclass(frozen=True)
class Entry:
    person: str
    public_key: str
    valid_from: datetime | None = NOW - 1000 * HOUR
    valid_until: datetime | None = None
    retired_at: datetime | None = None
    compromised_since: datetime | None = None


class Roster:
    def __init__(self, *entries: Entry) -> None:
        self._keys = {sshsig.fingerprint(entry.public_key): entry for entry in entries}

    def key(self, fingerprint: str) -> Entry | None:
        return self._keys.get(fingerprint)

    def today(self, kind: str, name: str) -> str:
        return "mari" if (kind, name) == ("Person", "mari-mets") else name


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Key]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder, name) for name in ("mari", "mari2", "jaan", "nobody")}


@pytest.fixture
def roster(keys: Mapping[str, Key]) -> Roster:
    return Roster(*(Entry(name.rstrip("2"), keys[name].public) for name in ("mari", "mari2", "jaan")))


def filed(key: Key, where: str = "B", **other: Any) -> EvidenceFile:
    content = statement.write(drafted(**other))
    return EvidenceFile(statement.place(content), content, key.sign(content), where)


def digest(file: EvidenceFile) -> str:
    return hashlib.sha256(file.statement or b"").hexdigest()


def collect(roster: Roster, *files: EvidenceFile, now: datetime = NOW) -> Evidence:
    return signed.collect(files, roster, now, ENVIRON)


def codes(found: Evidence) -> list[str]:
    return sorted([vote.decision for vote in found.votes] + [one.code for one in found.refused])


def only(found: Evidence) -> Any:
    [one] = [*found.votes, *found.refused]
    return one


# --- a vote -------------------------------------------------------------------------------------------------------


def test_a_statement_signed_by_a_key_at_the_base_is_the_vote_of_its_holder(
    keys: Mapping[str, Key], roster: Roster
) -> None:
    file = filed(keys["mari"], seen={"state": "approval"})
    found = collect(roster, file)
    vote = only(found)
    assert vote == Vote(
        person="mari",
        decision="approve",
        change=CHANGE,
        tier="T3",
        source=file.path,
        issued_at=NOW,
        subject=drafted().digest,
        lines=sorted_lines(LINES),
        content=json.loads(json.dumps(CONTENT)),
        moves={"ConfigurationItem/db-01": MOVES["ConfigurationItem/db-01"], "File/.mailmap": (), "Service/loans": ()},
        repository="example.org/itsm",
        target="refs/heads/main",
        role="change-advisory-board",
        reason="back-out tested twice",
        expires_at=NOW + timedelta(days=14),
        digest=digest(file),
        key=sshsig.fingerprint(keys["mari"].public),
        state="approval",
    )
    assert file.signature is not None
    assert found.read == ((file.path, digest(file)), (f"{file.path}.sig", hashlib.sha256(file.signature).hexdigest()))


def test_a_vote_seen_on_a_draft_says_so(keys: Mapping[str, Key], roster: Roster) -> None:
    assert only(collect(roster, filed(keys["mari"], seen={"state": "draft"}))).drafted


def test_a_file_from_outside_has_no_place_to_keep_to(keys: Mapping[str, Key], roster: Roster) -> None:
    file = replace(filed(keys["mari"]), path="", where="--votes mail/a.json")
    assert only(collect(roster, file)).source == "--votes mail/a.json"


def test_the_same_statement_in_several_places_counts_once(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    found = collect(roster, file, replace(file, where="3f2a1c9"), replace(file, path="", where="mail"))
    assert codes(found) == ["approve"]


def test_a_broken_copy_takes_nothing_from_the_whole_one_and_is_told(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    for odd in (keys["jaan"].sign(b"x"), b"", None, keys["nobody"].sign(file.statement or b"")):
        found = collect(roster, file, replace(file, signature=odd, where="A"))
        assert [vote.person for vote in found.votes] == ["mari"]
        assert [one.is_broken for one in found.refused] == [True]


def test_signed_with_two_keys_of_one_person_it_counts_by_the_one_in_force(keys: Mapping[str, Key]) -> None:
    file = filed(keys["mari"])
    again = replace(file, signature=keys["mari2"].sign(file.statement or b""))
    lost = Entry("mari", keys["mari"].public, compromised_since=NOW - HOUR)
    good = Entry("mari", keys["mari2"].public)
    for files in ((file, again), (again, file)):
        assert codes(collect(Roster(lost, good), *files)) == ["approve"]


def test_many_votes_come_in_one_order_whatever_the_order_of_files(keys: Mapping[str, Key], roster: Roster) -> None:
    files = [filed(keys[name], person=name, change=f"CHG-{n}") for n in range(3) for name in ("mari", "jaan")]
    files.append(replace(files[0], path="approvals/README.md"))
    assert collect(roster, *files) == collect(roster, *reversed(files))
    assert len(collect(roster, *files).votes) == 6


# --- none ---------------------------------------------------------------------------------------------------------


def test_a_key_that_is_nobodys_votes_for_nobody(keys: Mapping[str, Key], roster: Roster) -> None:
    one = only(collect(roster, filed(keys["nobody"])))
    assert (one.code, one.person, one.is_broken) == ("UNKNOWN", "", True)
    assert sshsig.fingerprint(keys["nobody"].public) in one.says


def test_a_former_name_in_a_statement_is_the_same_persons(keys: Mapping[str, Key], roster: Roster) -> None:
    assert only(collect(roster, filed(keys["mari"], person="mari-mets"))).person == "mari"


def test_the_name_in_a_statement_is_never_who_voted(keys: Mapping[str, Key], roster: Roster) -> None:
    one = only(collect(roster, filed(keys["jaan"], person="mari")))
    assert (one.code, one.person, one.is_broken) == ("NOT_THEIRS", "jaan", True)


def test_a_signature_for_another_purpose_is_no_vote(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    one = only(collect(roster, replace(file, signature=keys["mari"].sign(file.statement or b"", "git"))))
    assert (one.code, one.person) == ("BAD_SIGNATURE", "")
    assert "for git" in one.says


def test_one_byte_more_breaks_it_before_anything_is_read(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    for content in (b"", (file.statement or b"") + b"\n", (file.statement or b"").replace(b"approve", b"reject ")):
        assert only(collect(roster, replace(file, statement=content))).code == "BAD_SIGNATURE"


def test_what_is_signed_and_no_statement_is_malformed(keys: Mapping[str, Key], roster: Roster) -> None:
    path = f"approvals/{CHANGE}/mari-0123456789ab.json"
    other = json.loads(statement.write(drafted()))
    other["predicate"]["target"] = "refs/heads/release"
    for content in (b"", b"{}", b"\xff", json.dumps(other).encode()):
        one = only(collect(roster, EvidenceFile(path, content, keys["mari"].sign(content), "B")))
        assert (one.code, one.person, one.change) == ("MALFORMED", "mari", CHANGE)


def test_half_a_vote_is_none(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    assert only(collect(roster, replace(file, signature=None))).code == "BAD_SIGNATURE"
    assert only(collect(roster, replace(file, statement=None))).code == "MALFORMED"
    assert only(collect(roster, replace(file, statement=b" " * ((1 << 20) + 1)))).code == "MALFORMED"


def test_a_vote_at_another_place_than_its_own_is_misplaced(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"])
    for path in (
        file.path.replace(CHANGE, "CHG-1"),
        file.path.replace("mari", "jaan"),
        f"approvals/{CHANGE}/mari-0123456789ab.json",
        f"approvals/{CHANGE}/mari.json",
        "approvals/README.md",
    ):
        one = only(collect(roster, replace(file, path=path)))
        assert (one.code, one.is_broken, one.source) == ("MISPLACED", True, path)


def test_a_roster_that_gives_another_key_than_was_asked_for_leaves_no_verdict(keys: Mapping[str, Key]) -> None:
    class Wrong(Roster):
        def key(self, fingerprint: str) -> Entry | None:
            return Entry("mari", keys["jaan"].public)

    with pytest.raises(CannotJudge, match="fingerprint"):
        collect(Wrong(), filed(keys["mari"]))


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({}, "approve"),
        ({"valid_from": None}, "approve"),
        ({"valid_from": NOW}, "approve"),
        ({"valid_from": NOW + HOUR}, "EXPIRED_KEY"),
        ({"valid_until": NOW + HOUR}, "approve"),
        ({"valid_until": NOW}, "EXPIRED_KEY"),
        ({"retired_at": NOW + HOUR}, "approve"),
        ({"retired_at": NOW}, "EXPIRED_KEY"),
        ({"retired_at": NOW - HOUR, "compromised_since": NOW - HOUR}, "REVOKED"),
        ({"compromised_since": NOW}, "REVOKED"),
        ({"compromised_since": NOW + HOUR}, "approve"),
        ({"valid_until": NOW - HOUR, "compromised_since": NOW}, "REVOKED"),
    ],
)
@pytest.mark.parametrize("issued", [NOW, NOW - 500 * HOUR])
def test_a_key_is_held_against_the_time_of_the_gate_and_never_the_claimed_one(
    keys: Mapping[str, Key], times: dict[str, Any], code: str, issued: datetime
) -> None:
    found = collect(Roster(Entry("mari", keys["mari"].public, **times)), filed(keys["mari"], issued_at=issued))
    assert codes(found) == [code]
    ends = [end for name, end in times.items() if name != "valid_from"]
    for vote in found.votes:
        assert vote.key_until == min(ends, default=None)
    for one in found.refused:
        assert (one.person, one.change, one.decision, one.is_broken) == ("mari", CHANGE, "approve", False)


@pytest.mark.parametrize(
    ("issued", "decision", "code"),
    [
        (NOW + timedelta(minutes=5), "approve", "approve"),
        (NOW + timedelta(minutes=5, seconds=1), "approve", "NOT_YET"),
        (NOW + timedelta(minutes=6), "withdraw", "NOT_YET"),
        (NOW + timedelta(days=6), "reject", "reject"),  # a clock that runs ahead silences no reject
    ],
)
def test_what_is_issued_in_the_future_is_no_vote_yet(
    keys: Mapping[str, Key], roster: Roster, issued: datetime, decision: str, code: str
) -> None:
    file = filed(keys["mari"], issued_at=issued, decision=decision, expires_at=None)
    assert codes(collect(roster, file)) == [code]


def test_a_vote_ends_when_it_says(keys: Mapping[str, Key], roster: Roster) -> None:
    file = filed(keys["mari"], expires_at=NOW + HOUR)
    assert codes(collect(roster, file, now=NOW + HOUR - timedelta(seconds=1))) == ["approve"]
    assert codes(collect(roster, file, now=NOW + HOUR)) == ["EXPIRED"]


# --- the chain ----------------------------------------------------------------------------------------------------


def test_the_latest_statement_decides(keys: Mapping[str, Key], roster: Roster) -> None:
    first = filed(keys["mari"])
    then = filed(keys["mari"], decision="reject", prev=digest(first))
    last = filed(keys["mari2"], decision="withdraw", prev=digest(then))
    assert codes(collect(roster, first, then)) == ["SUPERSEDED", "reject"]
    assert codes(collect(roster, first, then, last)) == ["SUPERSEDED", "SUPERSEDED", "withdraw"]


def test_an_expired_approval_brings_no_former_one_back(keys: Mapping[str, Key], roster: Roster) -> None:
    first = filed(keys["mari"])
    then = filed(keys["mari"], prev=digest(first), expires_at=NOW)
    assert codes(collect(roster, first, then)) == ["EXPIRED", "SUPERSEDED"]


def test_a_fork_voids_approvals_and_keeps_rejects(keys: Mapping[str, Key], roster: Roster) -> None:
    first = filed(keys["mari"])
    yes = filed(keys["mari"], prev=digest(first))
    no = filed(keys["mari"], prev=digest(first), decision="reject")
    found = collect(roster, first, yes, no)
    assert codes(found) == ["FORKED", "SUPERSEDED", "reject"]
    assert not any(one.is_broken for one in found.refused)


def test_a_stolen_key_takes_back_no_reject(keys: Mapping[str, Key]) -> None:
    roster = Roster(
        Entry("mari", keys["mari"].public), Entry("mari", keys["mari2"].public, compromised_since=NOW - HOUR)
    )
    no = filed(keys["mari"], decision="reject")
    stolen = [filed(keys["mari2"], decision=decision, prev=digest(no)) for decision in ("withdraw", "approve")]
    assert codes(collect(roster, no, *stolen)) == ["REVOKED", "REVOKED", "reject"]
    yes = filed(keys["mari"])
    assert codes(collect(roster, yes, filed(keys["mari2"], decision="reject", prev=digest(yes)))) == [
        "REVOKED",
        "SUPERSEDED",
    ]


def test_nobody_else_takes_part_in_a_chain(keys: Mapping[str, Key], roster: Roster) -> None:
    yes = filed(keys["mari"])
    others = [
        filed(keys["nobody"], prev=digest(yes)),
        filed(keys["jaan"], prev=digest(yes)),  # signed by jaan, in the name of mari
        filed(keys["jaan"], person="jaan", prev=digest(yes)),
        filed(keys["mari"], change="CHG-1", prev=digest(yes)),
        filed(keys["mari"], repository="example.org/other", prev=digest(yes)),
    ]
    found = collect(roster, yes, *others)
    assert [vote.digest for vote in found.votes if vote.digest == digest(yes)] == [digest(yes)]
    assert codes(found) == ["NOT_THEIRS", "UNKNOWN", "approve", "approve", "approve", "approve"]


def test_the_next_statement_follows_the_end_of_the_chain(keys: Mapping[str, Key], roster: Roster) -> None:
    def former(*files: EvidenceFile) -> tuple[str, ...]:
        who = {"person": "mari", "repository": "example.org/itsm", "change": CHANGE}
        return signed.former(files, roster, NOW, ENVIRON, **who)

    first = filed(keys["mari"])
    then = filed(keys["mari"], prev=digest(first))
    assert former() == former(filed(keys["jaan"], person="jaan")) == ()
    assert former(first, then) == (digest(then),)
    assert former(first, filed(keys["mari"], nonce="f" * 16)) == tuple(
        sorted([digest(first), digest(filed(keys["mari"], nonce="f" * 16))])
    )


# --- any bytes ----------------------------------------------------------------------------------------------------


@given(
    content=st.none() | st.binary(max_size=200),
    signature=st.none() | st.binary(max_size=200),
    path=st.sampled_from(["", f"approvals/{CHANGE}/mari-0123456789ab.json"]) | st.text(max_size=40),
)
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_no_vote_and_never_an_error(content: bytes | None, signature: bytes | None, path: str) -> None:
    found = collect(Roster(), EvidenceFile(path, content, signature, "B"))
    assert not found.votes
    assert [one.code in BROKEN for one in found.refused] == [True]


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_no_damage_to_a_vote_leaves_a_vote(keys: Mapping[str, Key], data: st.DataObject) -> None:
    if not _WHOLE:
        _WHOLE.append(filed(keys["mari"]))
    [file] = _WHOLE
    roster = Roster(Entry("mari", keys["mari"].public))
    part = data.draw(st.sampled_from(["statement", "signature"]))
    content = getattr(file, part)
    at, size = data.draw(st.integers(0, len(content) - 2)), data.draw(st.integers(0, 3))
    changed = content[:at] + data.draw(st.binary(max_size=3)) + content[at + size :]
    found = collect(roster, replace(file, **{part: changed}))
    is_whole = changed == content or (part, changed + b"\n") == ("signature", content)
    if is_whole:
        assert len(found.votes) == 1
    elif part == "signature" and changed.replace(b"\n", b"") == content.replace(b"\n", b""):
        pass  # where its lines break is no part of a signature: some take it so
    else:
        assert not found.votes
        assert found.refused[0].is_broken


_WHOLE: list[EvidenceFile] = []
