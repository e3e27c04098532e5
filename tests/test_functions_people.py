"""What rules ask of people: whether somebody held a role on a day, or acted for somebody who did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl import cel

if TYPE_CHECKING:
    from pathlib import Path

HOLDERS = "{person: pille, from: 2019-01-01}, {person: rein, from: 1998-01-05, to: 2026-04-30}"
BOARD = record("Role", "board", f"{{holders: [{HOLDERS}, {{person: rein, from: 2026-11-01}}]}}")
OTHER = record("Role", "other", "{holders: [{person: annika, from: 2019-01-01}]}")


def lets(delegator: str, delegate: str, more: str = "", state: str = "granted", roles: str = "board") -> str:
    spec = f"state: {state}, delegator: {delegator}, delegate: {delegate}, roles: [{roles}]"
    return record("Delegation", f"{delegator}-{delegate}", f"{{{spec}, from: 2026-12-14, to: 2027-01-03{more}}}")


HELD = [BOARD, OTHER, lets("pille", "aleksandr")]


@pytest.mark.parametrize(
    ("person", "time", "expected"),
    [
        ("pille", "2026-11-22", True),
        ("pille", "2018-12-31", False),
        ("pille", "2019-01-01", True),
        ("rein", "2026-04-30", True),
        ("rein", "2026-04-30T23:59:59-05:00", True),  # the day counts where the time was written
        ("rein", "2026-05-01", False),
        ("rein", "2026-11-01T00:00:00+03:00", True),
        ("siim", "2026-11-22", False),
        ("annika", "2026-11-22", False),
        ("aleksandr", "2026-12-13T23:59:59+02:00", False),
        ("aleksandr", "2026-12-14T00:00:00+02:00", True),
        ("aleksandr", "2027-01-03T23:00:00+02:00", True),  # the worked example
        ("aleksandr", "2027-01-04T00:00:00+02:00", False),
    ],
)
def test_who_holds_a_role_on_a_day(tmp_path: Path, person: str, time: str, expected: bool) -> None:
    assert ask(tmp_path, HELD, f"holds('{person}', 'board', '{time}')") is expected


@pytest.mark.parametrize(
    ("delegation", "expected"),
    [
        (lets("pille", "siim"), True),
        (lets("pille", "siim", roles="other"), False),
        (lets("pille", "siim", roles="other, board"), True),
        (lets("annika", "siim"), False),  # she does not hold the role herself
        (lets("aleksandr", "siim"), False),  # a delegate cannot delegate
        (lets("pille", "siim", ", revoked_on: 2026-12-20", "revoked"), False),
        (lets("pille", "siim", ", revoked_on: 2026-12-21", "revoked"), True),
        (lets("pille", "siim", state="revoked"), False),
    ],
)
def test_a_delegation_goes_one_step_and_ends(tmp_path: Path, delegation: str, expected: bool) -> None:
    assert ask(tmp_path, [*HELD, delegation], "holds('siim', 'board', '2026-12-20T10:00:00Z')") is expected


def test_a_role_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(cel.EvaluationError, match="there is no Role/gone"):
        ask(tmp_path, HELD, "holds('pille', 'gone', '2026-11-22')")


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-06-14T01:30:00+03:00", "2026-06-14"),  # the worked example: in UTC it is the 13th
        ("2026-06-13T22:30:00Z", "2026-06-13"),
        ("2026-06-14", "2026-06-14"),
    ],
)
def test_the_day_of_a_time_is_the_one_that_is_written(tmp_path: Path, time: str, day: str) -> None:
    assert ask(tmp_path, [], f"day_of('{time}')") == day


@pytest.mark.parametrize("text", ["", "2026", "2026-02-30", "14.06.2026", "2026-06-14 10:00"])
def test_what_is_no_time_has_no_day(tmp_path: Path, text: str) -> None:
    with pytest.raises(cel.EvaluationError):
        ask(tmp_path, [], f"day_of('{text}')")
