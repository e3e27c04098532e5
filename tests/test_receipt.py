"""Receipts: all that a verdict depends on, in the same bytes for the same inputs, and none where nothing was judged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from court import WINDOW, change

from itsmctl import canonical, receipt_model, votes
from itsmctl.escape import json_text

if TYPE_CHECKING:
    from court import Court

PROJECT = Path(__file__).parents[1]
PUBLISHED = PROJECT / "schemas/tool" / receipt_model.SCHEMA
DB = "ConfigurationItem/db-01"


def test_the_published_schema_is_that_of_the_model() -> None:
    assert PUBLISHED.read_bytes().decode() == json_text(receipt_model.schema())


@pytest.fixture
def voted(court: Court) -> Court:
    """A head that is allowed."""
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    court.votes("CHG-1", "liis", "kadri")
    return court


def given(court: Court, to: Path, *argv: str, code: int = 0) -> dict[str, Any]:
    """The receipt of the verdict on the current branch; it keeps to its schema."""
    ran = court.run("mari", "gate", "--base", "main", "--receipt", str(to), "-f", "concise", *argv)
    assert ran.code == code, ran.stderr + ran.stdout
    content = to.read_bytes()
    data = json.loads(content)
    jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_bytes())).validate(data)
    assert content == canonical.canonical(data) + b"\n"
    assert isinstance(data, dict)
    return data


def test_it_names_every_id_and_digest_that_was_read(voted: Court, tmp_path: Path) -> None:
    data = given(voted, tmp_path / "receipt.json")
    git = voted.repo.git
    head, base = git("rev-parse", "HEAD"), git("rev-parse", "main")
    assert (data["_type"], data["predicateType"]) == (receipt_model.TYPE, "urn:itsmctl:gate-receipt:v1")
    tree = git("rev-parse", "HEAD^{tree}")
    assert data["subject"] == [
        {"name": "refs/heads/main", "digest": {"gitTree": tree}},
        {"name": "head", "digest": {"gitCommit": head}},
    ]
    predicate = data["predicate"]
    read = predicate["read"]
    assert (read["base"], read["head"], read["merge_tree"]) == (base, head, tree)
    assert read["commits"] == git("rev-list", "--reverse", "main..HEAD").split()
    settings = (voted.repo.path / "itsm.yaml").read_bytes()
    assert read["settings"] == hashlib.sha256(settings).hexdigest()
    files = sorted((voted.repo.path / "approvals/CHG-1").iterdir())
    assert read["evidence"] == [
        {"name": f"approvals/CHG-1/{file.name}", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
    ]
    assert (predicate["at"], predicate["clock"]) == ("2026-12-01T22:30:00Z", "system")
    assert (predicate["valid_until"], predicate["ends_with"]) == ("2026-12-02T02:00:00Z", "the window ends")
    assert all(predicate["tool"].values())


def test_it_names_what_was_decided_and_by_whose_votes(voted: Court, tmp_path: Path) -> None:
    predicate = given(voted, tmp_path / "receipt.json")["predicate"]
    assert (predicate["outcome"], predicate["verdict"]["outcome"]) == ("ALLOWED", "ALLOWED")
    (one,) = predicate["changes"]
    assert (one["name"], one["outcome"], one["class"], one["state"]) == ("CHG-1", "ALLOWED", "normal", "implementing")
    assert [line["name"] for line in one["lines"]] == ["db-01"]
    assert [vote["person"] for vote in one["used"]] == ["kadri", "liis"]
    assert one["ignored"] == []
    for vote in one["used"]:
        content = (voted.repo.path / vote["source"]).read_bytes()
        assert vote["statement"] == hashlib.sha256(content).hexdigest()
        # what the change is today is what was voted on, computed apart from the statement
        assert vote["subject"] == one["subject"] == json.loads(content)["subject"][0]["digest"]["sha256"]


def test_the_subject_is_that_of_the_lines(voted: Court, tmp_path: Path) -> None:
    (one,) = given(voted, tmp_path / "receipt.json")["predicate"]["changes"]
    statement = json.loads((voted.repo.path / one["used"][0]["source"]).read_bytes())["predicate"]
    lines = [votes.Line(**line) for line in one["lines"]]
    assert one["subject"] == votes.subject("CHG-1", "town-services", "refs/heads/main", statement["content"], lines)


def test_a_plan_has_the_lines_that_it_would_bring(court: Court, tmp_path: Path) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change"}, state="approved")
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan the update")
    court.votes("CHG-1", "liis", "kadri")
    (one,) = given(court, tmp_path / "receipt.json")["predicate"]["changes"]
    assert [line["name"] for line in one["lines"]] == ["db-01"]
    assert {vote["subject"] for vote in one["used"]} == {one["subject"]}


def test_a_denied_head_has_a_receipt_that_says_so(voted: Court, tmp_path: Path) -> None:
    voted.edit(DB, {"/spec/version": "1.0.2"})
    voted.commit("jaan", "Another version")
    predicate = given(voted, tmp_path / "receipt.json", code=1)["predicate"]
    assert (predicate["outcome"], predicate["valid_until"]) == ("DENIED", None)
    (one,) = predicate["changes"]
    assert one["used"] == []
    assert {vote["code"] for vote in one["ignored"]} == {"STALE"}
    assert all(vote["subject"] != one["subject"] for vote in one["ignored"])


def test_nothing_governed_has_a_receipt(court: Court, tmp_path: Path) -> None:
    court.branch("docs")
    court.repo.write("README.md", "# Town\n")
    court.commit("stranger@elsewhere.example")
    predicate = given(court, tmp_path / "receipt.json")["predicate"]
    assert (predicate["verdict"]["code"], predicate["changes"]) == ("NOTHING_GOVERNED", [])


def test_law_of_the_repository_is_listed_by_file(court: Court, tmp_path: Path) -> None:
    policy = (PROJECT / "policies").glob("*/CHG-07.yaml").__next__().read_bytes().replace(b"CHG-07", b"OWN-01")
    court.repo.write("policies/change-management/OWN-01.yaml", policy)
    court.commit("rein", "A rule of our own")
    court.branch("docs")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari")
    read = given(court, tmp_path / "receipt.json")["predicate"]["read"]
    assert read["policies"] == [
        {"name": "policies/change-management/OWN-01.yaml", "sha256": hashlib.sha256(policy).hexdigest()}
    ]


def test_same_inputs_same_bytes(voted: Court, tmp_path: Path) -> None:
    given(voted, tmp_path / "one.json")
    given(voted, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_simulation_writes_none_and_a_call_that_is_wrong_takes_none_away(voted: Court, tmp_path: Path) -> None:
    to = tmp_path / "receipt.json"
    given(voted, to)
    ran = voted.run("mari", "gate", "--base", "main", "--receipt", str(to), "--simulate")
    assert (ran.code, ran.stdout) == (2, "")
    assert "a simulation has no receipt" in ran.stderr
    ran = voted.run("mari", "gate", "--base", "main", "--receipt", str(to), "--without", "liis")
    assert (ran.code, ran.stdout) == (2, "")
    assert to.exists()


def test_without_a_verdict_there_is_none(voted: Court, tmp_path: Path) -> None:
    to = tmp_path / "receipt.json"
    given(voted, to)
    voted.checkout("main")
    voted.edit(DB, {"/spec/version": "7.0.0"})
    voted.commit("jaan", "In the way")
    voted.checkout("pr")
    ran = voted.run("mari", "gate", "--base", "main", "--receipt", str(to))
    assert ran.code == 3, ran.stdout  # the two conflict
    assert not to.exists()


def test_it_is_written_nowhere_among_the_records(voted: Court) -> None:
    ran = voted.run("mari", "gate", "--base", "main", "--receipt", str(voted.repo.path / "records/receipt.json"))
    assert ran.code == 2
    assert not (voted.repo.path / "records/receipt.json").exists()


def test_a_window_that_is_yet_to_come_is_told(voted: Court, tmp_path: Path) -> None:
    voted.edit("ChangeRequest/CHG-1", {"/spec/schedule": {**WINDOW, "start": "2026-12-01T23:00:00Z"}})
    voted.commit("jaan", "Later")
    predicate = given(voted, tmp_path / "receipt.json", code=1)["predicate"]
    assert predicate["verdict"]["details"]["valid_until"] is None
