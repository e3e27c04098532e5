from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsmctl import canonical
from itsmctl.errors import CannotJudge
from itsmctl.evidence import exported
from itsmctl.evidence.reviews import AccountPart, PushPart, ReviewPart, Reviews

PROJECT = Path(__file__).parents[1]
SCHEMA = PROJECT / "schemas/tool/reviews.schema.json"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HEAD, OLD = "a" * 40, "b" * 40
MARI = AccountPart(id=101, login="mari", is_bot=False)
FOUND = Reviews(
    source="github:town/records#12",
    forge="github",
    host="",
    collected_at=NOW - timedelta(minutes=3),
    head=HEAD,
    base="refs/heads/main",
    is_draft=False,
    opener=MARI,
    reviews=(
        ReviewPart(id=1, account=MARI, decision="approve", at=NOW - timedelta(hours=1), commit=OLD, drafted=False),
        ReviewPart(id=2, account=MARI, decision="reject", at=NOW - timedelta(minutes=9), commit=None, drafted=True),
    ),
    pushes=(PushPart(account=MARI, before=OLD, after=HEAD),),
    carried=(OLD,),
    read="0" * 64,
)
KEPT = exported.write(FOUND)


class Roster:
    def account(self, forge: str, host: str, number: int, /) -> str | None:
        return "mari" if (forge, host, number) == ("github", "", 101) else None


def collect(content: bytes) -> Any:
    return exported.collect(content, Roster(), NOW, "reviews.json")


def resealed(**changes: Any) -> bytes:
    """The file with other fields, and a digest that is right for them."""
    data = {key: value for key, value in {**json.loads(KEPT), **changes}.items() if key != "sha256"}
    return canonical.canonical({**data, "sha256": canonical.digest(data)})


def test_what_was_written_is_read_again() -> None:
    kept = exported.read(KEPT)
    assert {name: getattr(kept, name) for name in Reviews.model_fields} == {
        name: getattr(FOUND, name) for name in Reviews.model_fields
    }


def test_its_votes_are_of_tier_t1_and_the_receipt_names_the_file() -> None:
    evidence = collect(KEPT)
    (vote,) = evidence.votes
    assert (vote.person, vote.decision, vote.tier, vote.reviewed, vote.drafted) == ("mari", "reject", "T1", HEAD, True)
    assert [(one.code, one.tier) for one in evidence.refused] == [("SUPERSEDED", "T1")]
    ((path, digest),) = evidence.read
    assert (path, len(digest)) == ("reviews.json", 64)


def test_space_and_the_order_of_keys_do_not_matter() -> None:
    assert collect(json.dumps(json.loads(KEPT), indent=4).encode()).votes == collect(KEPT).votes


@pytest.mark.parametrize("key", sorted(json.loads(KEPT)))
def test_a_file_that_lacks_a_field_is_no_verdict(key: str) -> None:
    data = json.loads(KEPT)
    del data[key]
    with pytest.raises(CannotJudge, match=r"reviews\.json"):
        collect(json.dumps(data).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"complete": False},
        {"version": 2},
        {"format": "reviews"},
        {"more": 1},
        {"pushes": []},
        {"head": "main"},
        {"base": "main"},
        {"collected_at": "2026-12-01T11:00:00"},
        {"reviews": [{"id": 1}]},
        {"reviews": None},
        {"forge": "sourceforge"},
    ],
)
def test_a_file_that_is_no_complete_export_is_no_verdict(changes: dict[str, Any]) -> None:
    with pytest.raises(CannotJudge, match="no file of complete reviews"):
        collect(resealed(**changes))


def test_a_file_that_was_edited_is_no_verdict() -> None:
    data = json.loads(KEPT)
    data["reviews"].pop()
    with pytest.raises(CannotJudge, match="edited"):
        collect(json.dumps(data).encode())


def test_raw_answers_of_a_forge_are_no_verdict() -> None:
    for content in (b"[]", b"{}", b'[{"id": 1, "state": "APPROVED"}]', b"null", b""):
        with pytest.raises(CannotJudge):
            collect(content)


def test_every_truncation_is_no_verdict() -> None:
    for size in range(len(KEPT) - 1):
        with pytest.raises(CannotJudge):
            collect(KEPT[:size])


@pytest.mark.parametrize(("age", "says"), [(timedelta(hours=25), "a day ago"), (timedelta(minutes=-6), "yet to come")])
def test_a_file_that_is_too_old_or_from_the_future_is_no_verdict(age: timedelta, says: str) -> None:
    with pytest.raises(CannotJudge, match=says):
        collect(resealed(collected_at=(NOW - age).isoformat()))


def test_a_key_that_stands_there_twice_is_no_verdict() -> None:
    with pytest.raises(CannotJudge, match="twice"):
        collect(KEPT.replace(b'{"base"', b'{"base":"refs/heads/x","base"', 1))


def test_a_huge_file_is_no_verdict() -> None:
    with pytest.raises(CannotJudge, match="MiB"):
        collect(KEPT + b" " * exported.LARGEST)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_verdict(content: bytes) -> None:
    with pytest.raises(CannotJudge):
        collect(content)


@given(st.integers(0, len(KEPT) - 2), st.binary(min_size=1, max_size=4))
def test_bytes_put_anywhere_change_no_vote(at: int, put: bytes) -> None:
    try:
        evidence = collect(KEPT[:at] + put + KEPT[at + len(put) :])
    except CannotJudge:
        return
    assert evidence.votes == collect(KEPT).votes


def test_the_published_schema_is_that_of_the_model() -> None:
    written = json.dumps(exported.schema(), indent=2, ensure_ascii=False) + "\n"
    again = (
        'python -c "import json; from itsmctl.evidence import exported; print(json.dumps(exported.schema(), indent=2, '
        f'ensure_ascii=False))" > {SCHEMA.relative_to(PROJECT)}'
    )
    assert SCHEMA.read_text(encoding="utf-8") == written, f"write it anew: {again}"


def test_the_schema_takes_what_is_written_and_refuses_what_is_incomplete() -> None:
    validator = jsonschema.Draft202012Validator(exported.schema())
    validator.check_schema(validator.schema)
    validator.validate(json.loads(KEPT))
    assert not validator.is_valid({**json.loads(KEPT), "complete": False})
    assert not validator.is_valid({**json.loads(KEPT), "more": 1})


def test_the_client_libraries_are_not_imported_before_they_are_used() -> None:
    code = (
        "import sys; from itsmctl.evidence import exported, github, gitlab; "
        "print(sorted({'github', 'gitlab', 'requests', 'urllib3'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
