"""`change submit`, `implement`, `close` and `move`: legal hops alone, what falls due, files that keep their looks."""

from __future__ import annotations

import os
from typing import Any

import pytest
from court import Court, change

from itsmctl.cli import completing

REF = "ChangeRequest/CHG-1"


def state(court: Court) -> str:
    return str(court.get(REF)["spec"]["state"])


def move(court: Court, *argv: str) -> Any:
    return court.run("jaan", "change", *argv)


def put(court: Court, at: str, merged: bool = True, **spec: Any) -> None:
    """A change in a state, on main or only in the work tree."""
    court.put(change("CHG-1", {"ConfigurationItem/db-01": "change"}, state=at, **spec))
    if merged:
        court.commit("jaan", "A change")


@pytest.mark.parametrize(
    ("start", "argv", "end"),
    [
        ("draft", ("submit", "CHG-1"), "submitted"),
        ("draft", ("implement", "CHG-1"), "implementing"),
        ("approved", ("implement", "CHG-1"), "implementing"),
        ("draft", ("move", "CHG-1", "cancelled"), "cancelled"),
        ("submitted", ("move", "ChangeRequest/CHG-1", "draft"), "draft"),
        ("implementing", ("move", "CHG-1", "implementing"), "implementing"),
    ],
)
def test_legal_hops_are_written(court: Court, start: str, argv: tuple[str, ...], end: str) -> None:
    put(court, start)
    ran = move(court, *argv)
    assert (ran.code, ran.stderr) == (0, ""), ran.stdout
    assert state(court) == end


@pytest.mark.parametrize(
    ("start", "argv", "says"),
    [
        ("draft", ("close", "CHG-1"), "merge it as implementing first"),
        ("cancelled", ("submit", "CHG-1"), "what is closed does not change"),
        ("implementing", ("submit", "CHG-1"), "it may become implemented, failed, backed-out"),
        ("draft", ("move", "CHG-1", "aproved"), "did you mean approved"),
    ],
)
def test_illegal_hops_are_not(court: Court, start: str, argv: tuple[str, ...], says: str) -> None:
    put(court, start)
    before = (court.repo.path / "records/changes/CHG-1.yaml").read_bytes()
    ran = move(court, *argv)
    assert (ran.code, says in ran.stderr) == (2, True), ran.stderr
    assert (court.repo.path / "records/changes/CHG-1.yaml").read_bytes() == before


def test_it_goes_by_where_the_target_has_the_change(court: Court) -> None:
    put(court, "draft", merged=False)
    assert move(court, "move", "CHG-1", "implementing").code == 0
    ran = move(court, "move", "CHG-1", "implemented", "--set", "implementation.result=successful")
    assert (ran.code, "is not there at the base" in ran.stderr) == (2, True)
    assert move(court, "move", "CHG-1", "draft").code == 0
    assert state(court) == "draft"


def test_what_falls_due_is_named_with_an_example(court: Court) -> None:
    put(court, "draft", reason=None, risk=None)
    ran = move(court, "submit", "CHG-1")
    assert ran.code == 1
    assert "spec.reason: Why the change is needed." in ran.stdout
    assert "reason: Version 15.4" in ran.stdout
    assert "spec.risk" not in ran.stdout
    ran = move(court, "move", "CHG-1", "assessed", "--set", "reason=It is old.")
    assert (ran.code, "spec.risk" in ran.stdout, "spec.reason" in ran.stdout) == (1, True, False)
    assert court.get(REF)["spec"]["reason"] == "It is old."


def test_closing_what_was_merged_asks_for_outcome_and_review(court: Court) -> None:
    put(court, "implementing")
    ran = move(court, "close", "CHG-1")
    assert (ran.code, state(court)) == (1, "closed")
    assert "spec.implementation" in ran.stdout
    assert "spec.review" in ran.stdout


def test_a_failed_change_needs_what_follows_it_up(court: Court) -> None:
    put(court, "implementing")
    ran = move(court, "move", "CHG-1", "failed", "--set", "implementation.result=failed")
    assert (ran.code, "spec.links.incidents" in ran.stdout) == (1, True)


def test_comments_and_order_of_the_file_stay(court: Court) -> None:
    put(court, "draft")
    file = court.repo.path / "records/changes/CHG-1.yaml"
    text = file.read_text().replace("  state: draft\n", "  state: draft  # not yet\n") + "# the end\n"
    file.write_text(text)
    assert move(court, "submit", "CHG-1").code == 0
    assert file.read_text() == text.replace("state: draft  #", "state: submitted #")


def test_values_that_do_not_fit_are_refused(court: Court) -> None:
    put(court, "draft")
    ran = move(court, "submit", "CHG-1", "--set", "urgency=now")
    assert (ran.code, state(court)) == (2, "draft")


def test_a_change_that_cannot_be_read_is_not_moved(court: Court) -> None:
    court.repo.write("records/changes/CHG-1.yaml", "kind: {")
    assert move(court, "submit", "CHG-1").code == 3
    assert move(court, "submit", "CHG-2").code == 2


def test_outside_of_git_the_file_alone_counts(court: Court, tmp_path: Any) -> None:
    put(court, "draft", merged=False)
    (court.repo.path / ".git").rename(tmp_path / "away")
    assert move(court, "submit", "CHG-1").code == 0
    assert state(court) == "submitted"


def test_ids_states_and_models_are_completed(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    put(court, "draft", merged=False)
    monkeypatch.chdir(court.repo.path)
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    assert os.environ.get("ITSMCTL_ROOT") is None
    assert completing.changes("") == ["CHG-1"]
    assert completing.changes("chg") == ["CHG-1"]
    assert completing.changes("INC") == []
    assert completing.states("im") == ["implemented", "implementing"]
    assert completing.models("") == []
