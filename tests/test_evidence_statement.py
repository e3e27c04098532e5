"""The signed statement: its bytes, its schema, and what is refused in it."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signing import ENVIRON, make_key

from itsmctl import votes
from itsmctl.evidence import statement
from itsmctl.votes import FieldMove, Line

PROJECT = Path(__file__).resolve().parent.parent
SCHEMA = PROJECT / "schemas/tool/statement.schema.json"
GOLDEN = PROJECT / "tests/golden"
GOLDEN_JSON = GOLDEN / "approvals/CHG-2026-0042/mari-0a31bce256de.json"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)
CONTENT: dict[str, Any] = {
    "apiVersion": "itsm/v1",
    "kind": "ChangeRequest",
    "metadata": {"name": "CHG-2026-0042", "title": "Sööbik läheb üle 🚚"},
    "spec": {"risk": {"level": "high"}, "numbers": [1, 1.5, 1e21, -0.0, True, None]},
}
LINES = (Line("Service", "loans", None, A), Line("ConfigurationItem", "db-01", A, B), Line("File", ".mailmap", B, None))
MOVES = {"ConfigurationItem/db-01": (FieldMove("/spec/tier", 2, 1), FieldMove("/spec/note", None, {"a": [1]}))}
SEEN = {"risk": "high", "window": "2026-12-01T22:00:00Z/PT2H", "base": "0" * 40, "head": "1" * 40, "policy": C}


def drafted(**other: Any) -> statement.Statement:
    given = {
        "change": "CHG-2026-0042",
        "repository": "example.org/itsm",
        "target": "refs/heads/main",
        "person": "mari",
        "role": "change-advisory-board",
        "decision": "approve",
        "reason": "back-out tested twice",
        "issued_at": NOW,
        "expires_at": NOW + timedelta(days=14),
        "content": CONTENT,
        "lines": LINES,
        "moves": MOVES,
        "seen": SEEN,
        "prev": None,
        "nonce": "0123456789abcdef",
    }
    return statement.draft(**{**given, **other})


def data(**other: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(statement.write(drafted(**other)))
    return found


def refused(edited: object) -> str:
    with pytest.raises(ValueError, match=r".+") as caught:
        statement.read(json.dumps(edited).encode())
    assert type(caught.value) is ValueError
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- its form -----------------------------------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_model() -> None:
    written = json.dumps(statement.json_schema(), indent=2, ensure_ascii=False) + "\n"
    again = (
        'python -c "import json; from itsmctl.evidence import statement; print(json.dumps(statement.json_schema(), '
        f'indent=2, ensure_ascii=False))" > {SCHEMA.relative_to(PROJECT)}'
    )
    assert SCHEMA.read_text(encoding="utf-8") == written, f"write it anew: {again}"


def test_what_is_written_keeps_to_the_published_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    assert validator.is_valid(data())
    assert validator.is_valid(data(role="", expires_at=None, prev=A, lines=(), moves={}))
    assert not validator.is_valid({**data(), "more": 1})


def test_a_statement_is_an_in_toto_statement_in_canonical_form() -> None:
    written = statement.write(drafted())
    assert written.endswith(b"}\n")
    assert b"\n" not in written[:-1]
    said = json.loads(written)
    assert set(said) == {"_type", "subject", "predicateType", "predicate"}
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "urn:itsmctl:approval:v1"
    subject = votes.subject("CHG-2026-0042", "example.org/itsm", "refs/heads/main", CONTENT, LINES)
    assert said["subject"] == [{"name": "ChangeRequest/CHG-2026-0042", "digest": {"sha256": subject}}]
    assert said["predicate"]["issued_at"] == "2026-11-22T15:00:00Z"
    assert [line["kind"] for line in said["predicate"]["lines"]] == ["ConfigurationItem", "File", "Service"]
    assert said["predicate"]["lines"][0]["moves"] == [
        {"at": "/spec/tier", "before": 2, "after": 1},
        {"at": "/spec/note", "after": {"a": [1]}},
    ]
    keys = {"change", "repository", "target", "person", "role", "decision", "reason", "issued_at", "expires_at"}
    assert set(said["predicate"]) == keys | {"content", "lines", "seen", "prev", "nonce"}


def test_what_is_written_reads_back_and_writes_the_same() -> None:
    written = statement.write(drafted())
    read = statement.read(written)
    assert read == drafted()
    assert statement.write(read) == written
    assert read.lines == votes.sorted_lines(LINES)
    assert read.moves["ConfigurationItem/db-01"] == MOVES["ConfigurationItem/db-01"]
    assert (read.issued_at, read.expires_at) == (NOW, NOW + timedelta(days=14))


def test_times_are_written_in_utc() -> None:
    local = datetime(2026, 11, 22, 17, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert drafted(issued_at=local).predicate.issued_at == "2026-11-22T15:00:00Z"


def test_bytes_need_not_be_canonical_if_the_subject_is_right() -> None:
    assert statement.read(json.dumps(data(), indent=4).encode()) == drafted()
    swapped = data()
    swapped["predicate"]["lines"].reverse()
    assert statement.read(json.dumps(swapped).encode()).digest == drafted().digest


def test_it_stands_where_its_own_digest_says() -> None:
    written = statement.write(drafted())
    place = statement.place(written)
    assert place == f"approvals/CHG-2026-0042/mari-{hashlib.sha256(written).hexdigest()[:12]}.json"
    assert statement.is_place(place)


@pytest.mark.parametrize(
    "path",
    [
        "approvals/README.md",
        "approvals/a-0123456789ab.json",
        "approvals/CHG-1/mari-0123456789ab.json.sig",
        "approvals/CHG-1/mari-0123456789AB.json",
        "approvals/CHG-1/mari-0123456789a.json",
        "approvals/CHG-1/more/mari-0123456789ab.json",
        "approvals/../mari-0123456789ab.json",
        "approvals/CHG-1/mari-0123456789ab.json\n",
        "Approvals/CHG-1/mari-0123456789ab.json",
        "x/approvals/CHG-1/mari-0123456789ab.json",
    ],
)
def test_anything_else_has_no_place(path: str) -> None:
    assert not statement.is_place(path)


# --- the golden statement -----------------------------------------------------------------------------------------


def _golden(environ: dict[str, str], signature: Path, content: bytes) -> int:
    command = ["ssh-keygen", "-Y", "verify", "-n", "approval@itsmctl", "-I", "mari", "-s", str(signature)]
    signers = str(GOLDEN / "approvals/allowed_signers")
    return subprocess.run(
        [*command, "-f", signers], input=content, env=environ, capture_output=True, check=False
    ).returncode


def test_the_golden_statement_is_still_read_and_verifies_with_plain_ssh_keygen() -> None:
    content = GOLDEN_JSON.read_bytes()
    assert statement.read(content) == drafted()
    assert statement.write(drafted()) == content
    assert statement.place(content) == GOLDEN_JSON.relative_to(GOLDEN).as_posix()
    assert _golden(ENVIRON, GOLDEN_JSON.with_name(GOLDEN_JSON.name + ".sig"), content) == 0


def _edits(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in it."""
    if at:
        yield at
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _edits(child, (*at, step))


def test_every_field_edited_breaks_the_signature(tmp_path: Path) -> None:
    from itsmctl import sshsig

    key = make_key(tmp_path, "mari")
    whole = data()
    content = statement.write(drafted())
    signature = key.sign(content)
    edited = []
    for at in _edits(whole):
        other = copy.deepcopy(whole)
        holder = other
        for step in at[:-1]:
            holder = holder[step]
        holder[at[-1]] = "other" if holder[at[-1]] != "other" else "another"
        edited.append(json.dumps(other, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode() + b"\n")
    assert len(edited) > 40
    checks = [sshsig.Check(one, signature, key.public, statement.NAMESPACE) for one in (*edited, content)]
    assert sshsig.verify_many(checks, ENVIRON) == [False] * len(edited) + [True]


# --- what is refused ----------------------------------------------------------------------------------------------


def test_a_subject_that_is_not_that_of_what_is_shown_is_refused() -> None:
    for at, value in (
        (("content", "metadata", "title"), "other"),
        (("repository",), "example.org/other"),
        (("target",), "refs/heads/other"),
        (("lines", 0, "after"), C),
        (("lines", 0, "before"), None),
        (("lines", 0, "name"), "db-02"),
    ):
        other = data()
        holder = other["predicate"]
        for step in at[:-1]:
            holder = holder[step]
        holder[at[-1]] = value
        assert "digest of the subject" in refused(other)
    other = data()
    other["predicate"]["lines"].pop()
    assert "digest of the subject" in refused(other)


def test_a_subject_of_another_name_is_refused() -> None:
    other = data()
    other["subject"][0]["name"] = "ChangeRequest/CHG-2"
    assert "the subject is ChangeRequest/CHG-2" in refused(other)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1"),
        (("predicateType",), "https://slsa.dev/provenance/v1"),
        (("subject",), []),
        (("predicate", "more"), 1),
        (("predicate", "decision"), "Approve"),
        (("predicate", "decision"), None),
        (("predicate", "person"), "mari\n"),
        (("predicate", "person"), "../mari"),
        (("predicate", "person"), 7),
        (("predicate", "role"), None),
        (("predicate", "target"), "main"),
        (("predicate", "issued_at"), "2026-11-22T15:00:00+02:00"),
        (("predicate", "issued_at"), "2026-11-22T15:00:00"),
        (("predicate", "issued_at"), "2026-02-30T15:00:00Z"),
        (("predicate", "issued_at"), "2026-11-22 15:00:00Z"),
        (("predicate", "issued_at"), "٢٠٢٦-11-22T15:00:00Z"),
        (("predicate", "issued_at"), 0),
        (("predicate", "expires_at"), ""),
        (("predicate", "prev"), "A" * 64),
        (("predicate", "prev"), ""),
        (("predicate", "nonce"), "short"),
        (("predicate", "reason"), "fine\u202eenif"),
        (("predicate", "reason"), "fine\u200b"),
        (("predicate", "reason"), "so\u0308ma"),
        (("predicate", "reason"), "fine\x1b[2K"),
        (("predicate", "reason"), "\ud800"),
        (("predicate", "lines", 0, "moves", 0, "at"), "/a\u202e"),
        (("predicate", "content"), []),
        (("predicate", "content"), {"a": "\ud800"}),
        (("predicate", "seen", "more"), ""),
    ],
)
def test_a_field_is_what_the_schema_says_or_nothing_is_read(at: tuple[Any, ...], value: Any) -> None:
    other = data()
    holder = other
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = value
    refused(other)


@pytest.mark.parametrize("key", sorted(set(data()["predicate"])))
def test_every_field_has_to_be_there(key: str) -> None:
    other = data()
    del other["predicate"][key]
    assert key in refused(other)


def test_the_names_of_fields_are_only_those_of_the_format() -> None:
    other = data()
    other["predicate_type"] = other.pop("predicateType")
    refused(other)


def test_lines_alter_something_and_each_record_has_one() -> None:
    with pytest.raises(ValueError, match="alters nothing"):
        drafted(lines=[Line("Service", "loans", A, A)])
    with pytest.raises(ValueError, match="alters nothing"):
        drafted(lines=[Line("Service", "loans", None, None)])
    with pytest.raises(ValueError, match="same record"):
        drafted(lines=[Line("Service", "loans", A, B), Line("Service", "loans", A, C)])


def test_json_that_readers_could_take_in_two_ways_is_refused() -> None:
    good = json.dumps(data())
    for bad, why in (
        (good.replace('"decision": ', '"decision": "reject", "decision": '), "twice"),
        (good.replace("1.5", "NaN"), "NaN is no number"),
        (good.replace("1.5", "-Infinity"), "no number"),
        (good.replace("1.5", "1e999"), "no canonical form|Out of range|infinity"),
        (good.replace("1.5", "9" * 5000), "4300"),
        (good + good, "Extra data"),
        ("\ufeff" + good, "BOM"),
        (good.replace("1.5", "[" * 70 + "]" * 70), "inside each other"),
        (good + " " * (1 << 20), "bytes"),
    ):
        with pytest.raises(ValueError, match=why) as caught:
            statement.read(bad.encode())
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="UTF-8"):
        statement.read(good.encode("utf-16"))


@pytest.mark.parametrize(
    "hostile", [b"[" * (1 << 20), b'{"a":' * 200_000, b'"' + b'\\"' * 500_000, b'"' * (1 << 20), b"9" * (1 << 20)]
)
def test_what_is_made_to_exhaust_a_reader_is_refused(hostile: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        statement.read(hostile)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        statement.read(content)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(at=st.sampled_from(list(_edits(data()))), value=_JSON)
@settings(deadline=None, max_examples=150)
def test_any_value_anywhere_is_read_or_a_value_error(at: tuple[Any, ...], value: Any) -> None:
    other = data()
    holder = other
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = value
    fault = None
    try:
        read = statement.read(json.dumps(other).encode())
    except ValueError as error:
        fault = error
    if fault is not None:
        assert type(fault) is ValueError
        assert str(fault).isprintable()
    else:
        said = read.predicate
        shown = votes.subject(said.change, said.repository, said.target, said.content, read.lines)
        assert read.digest == shown


@given(content=st.dictionaries(st.text(), _JSON, max_size=4))
@settings(deadline=None, max_examples=60)
def test_any_content_that_can_be_drafted_reads_back_on_the_same_subject(content: dict[str, Any]) -> None:
    try:
        made = drafted(content=content)
    except ValueError:
        return  # lone surrogates, infinity: no canonical form
    assert statement.read(statement.write(made)) == made
    assert made.digest == votes.subject("CHG-2026-0042", "example.org/itsm", "refs/heads/main", content, LINES)
