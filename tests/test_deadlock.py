"""What validate says of approval rules that nobody could meet, or only while nobody is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from board import NOW, database, delegation, person, record, role, rule, world

from itsmctl import deadlock
from itsmctl.case import Case

if TYPE_CHECKING:
    from pathlib import Path


def told(folder: Path, *records: Any, settings: dict[str, Any] | None = None) -> list[tuple[str, str, str]]:
    """(rule, place, message) of each remark."""
    held = (person("kadri"), person("liis"), person("mari"), *records)
    case = Case(world(folder / "base", held, settings or {}), NOW)
    return [(one.rule, one.pointer, one.message) for one in deadlock.inspect(case)]


BOARD = role("board", "kadri", "liis", "mari")
TWO = rule("two", {"role": "board", "count": 2})


def test_a_rule_that_anybody_could_be_away_for_says_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, BOARD, TWO) == []


@pytest.mark.parametrize(
    "entry",
    [
        role("board", "mari"),
        role("board", "mari", {"person": "liis", "from": "2020-01-01", "to": "2026-11-21"}),
        role("board", "mari", "nobody"),
    ],
)
def test_a_rule_that_asks_for_more_than_there_are_is_a_deadlock(tmp_path: Path, entry: Any) -> None:
    says = "nobody could meet 2 × board: who could vote is mari"
    assert told(tmp_path, entry, TWO) == [("approval-deadlock", "/spec/require/0", says)]


def test_who_has_no_key_is_named(tmp_path: Path) -> None:
    found = told(tmp_path, role("board", "mari", "tonu"), person("tonu", keys=[]), TWO)
    assert found[0][0] == "approval-deadlock"
    assert found[0][2].endswith("; without a key or an account that counts: tonu")


def test_an_account_is_enough_where_reviews_count(tmp_path: Path) -> None:
    tonu = person("tonu", keys=[], accounts=[{"forge": "github", "id": 7}])
    roles = role("board", "mari", "tonu", "liis")
    assert told(tmp_path / "a", roles, tonu, rule("two", {"role": "board", "count": 2}, min_tier="T2")) == []
    assert told(tmp_path / "b", roles, tonu, TWO)[0][0] == "approval-bus-factor"


def test_two_roles_of_one_person_are_a_deadlock_together(tmp_path: Path) -> None:
    both = rule("both", {"role": "board"}, {"role": "other"})
    assert told(tmp_path, role("board", "mari"), role("other", "mari"), both)[0][0] == "approval-deadlock"


def test_who_may_not_be_away_is_named(tmp_path: Path) -> None:
    found = told(tmp_path, role("board", "mari", "liis"), TWO)
    assert [one[0] for one in found] == ["approval-bus-factor"]
    assert (
        found[0][2] == "nobody could meet 2 × board when liis or mari makes the change, or while liis or mari is away"
    )


def test_a_delegate_helps_while_somebody_is_away_and_not_who_makes_the_change(tmp_path: Path) -> None:
    one = rule("one", {"role": "board"})
    found = told(tmp_path, role("board", "mari"), delegation("mari", "liis", "board"), one)
    assert found == [
        ("approval-bus-factor", "/spec/require/0", "nobody could meet 1 × board when liis or mari makes the change")
    ]


def test_the_delegation_that_makes_two_one_vote_is_named(tmp_path: Path) -> None:
    found = told(tmp_path, role("board", "mari", "liis"), delegation("mari", "liis", "board"), TWO)
    says = "liis and mari are one vote, since delegation mari-liis is in force until 2026-11-30: end that, or wait"
    assert [(one[0], says in one[2]) for one in found] == [("approval-deadlock", True)], found
    other = (role("board", "mari", "liis"), role("other", "mari"), delegation("mari", "liis", "other"), TWO)
    assert [one[0] for one in told(tmp_path / "other", *other)] == ["approval-bus-factor"]


def test_an_owner_who_is_alone_is_named_with_what_they_own(tmp_path: Path) -> None:
    owned = rule("owned", {"owner_of": "items"})
    found = told(tmp_path, database(owner="Role/team"), role("team", "kadri"), BOARD, owned)
    says = (
        "nobody could meet 1 × owner Role/team, of ConfigurationItem/db-01 for instance "
        "when kadri makes the change, or while kadri is away"
    )
    assert found == [("approval-bus-factor", "/spec/require/0", says)]


def test_an_owner_whom_nobody_is_is_a_deadlock_without_a_fallback(tmp_path: Path) -> None:
    owned = rule("owned", {"owner_of": "items"})
    lost = (database(owner="Role/gone"), role("gone"), BOARD, owned)
    assert [one[0] for one in told(tmp_path / "a", *lost)] == ["approval-deadlock"]
    assert told(tmp_path / "b", *lost, settings={"owner_fallback": "board"}) == []


def test_owners_of_services_are_asked_for_services_alone(tmp_path: Path) -> None:
    owned = rule("owned", {"owner_of": "services"})
    loans = record("Service", "loans", {"state": "live"}, "Role/board")
    assert told(tmp_path, database(owner="Role/gone"), role("gone"), loans, BOARD, owned) == []
