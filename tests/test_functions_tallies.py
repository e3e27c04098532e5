"""What rules ask of a period: the changes that were done in it, and their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl import cel

if TYPE_CHECKING:
    from pathlib import Path

ZERO = {"total": 0, "normal": 0, "standard": 0, "emergency": 0, "successful": 0, "failed": 0, "backed-out": 0}


def change(name: str, done: str, sort: str = "normal") -> str:
    return record("ChangeRequest", name, f"{{state: draft, class: {sort}, implementation: {{{done}}}}}")


YEAR = [
    change("CHG-1", "ended: 2026-06-30T23:59:59+03:00, result: successful"),
    change("CHG-5", "ended: 2026-07-01T00:00:00+03:00, result: successful"),
    change("CHG-3", "ended: 2026-08-18T07:24:00+03:00, result: backed-out", "emergency"),
    change("CHG-4", "ended: 2026-08-18T07:24:00+03:00, result: successful-with-remarks"),
    change("CHG-2", "ended: 2026-09-30T23:59:59+03:00, result: successful"),
    change("CHG-6", "ended: 2026-10-01T00:00:00+03:00, result: failed", "standard"),
    change("CHG-7", "started: 2026-08-18T07:24:00+03:00"),  # nobody says when it was over
    record("ChangeRequest", "CHG-8", "{state: draft, class: normal}"),
]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("'2026-07-01'", "'2026-09-30'", [5, 3, 4, 2]),  # by their ends, then by name; both days belong to it
        ("'2026-07-02'", "'2026-09-29'", [3, 4]),
        ("'2026-08-18T23:00:00Z'", "'2026-08-18T00:00:00Z'", [3, 4]),  # the day of a time is what counts
        ("timestamp('2026-08-17T23:30:00Z')", "timestamp('2026-08-18T00:30:00Z')", [3, 4]),
        ("timestamp('2026-08-18T23:30:00+01:00')", "'2026-09-01'", [3, 4]),  # 22:30 in UTC, still on the 18th
        ("timestamp('2026-08-19T00:30:00+01:00')", "'2026-09-01'", [3, 4]),  # 23:30 in UTC, still on the 18th
        ("timestamp('2026-08-19T00:00:00Z')", "'2026-09-01'", []),
        ("'0001-01-01'", "'9999-12-31'", [1, 5, 3, 4, 2, 6]),
        ("'2026-09-30'", "'2026-07-01'", []),
    ],
)
def test_changes_count_by_the_day_on_which_their_work_ended(
    tmp_path: Path, first: str, last: str, expected: list[int]
) -> None:
    text = f"changes_done({first}, {last}).map(c, c.metadata.name)"
    assert ask(tmp_path, YEAR, text) == [f"CHG-{number}" for number in expected]


def test_the_figures_of_a_period(tmp_path: Path) -> None:
    """The worked example: three that went well and one emergency that was taken back."""
    found = ask(tmp_path, YEAR, "change_figures('2026-07-01', '2026-09-30')")
    assert found == {**ZERO, "total": 4, "normal": 3, "emergency": 1, "successful": 3, "backed-out": 1}
    assert ask(tmp_path, YEAR, "change_figures('2026-10-01', '2026-10-01')") == {
        **ZERO,
        "total": 1,
        "standard": 1,
        "failed": 1,
    }
    assert ask(tmp_path, YEAR, "change_figures('2026-01-01', '2026-01-31')") == ZERO


def test_one_without_a_result_counts_and_neither_failed_nor_succeeded(tmp_path: Path) -> None:
    done = [change("CHG-1", "ended: 2026-06-30T23:59:59+03:00")]
    assert ask(tmp_path, done, "change_figures('2026-06-30', '2026-06-30')") == {**ZERO, "total": 1, "normal": 1}


def test_what_cannot_be_judged_cannot_be_counted(tmp_path: Path) -> None:
    broken = record("ChangeRequest", "CHG-9", "{state: sleeping, class: normal}")
    with pytest.raises(cel.EvaluationError, match="ChangeRequest/CHG-9 breaks its schema"):
        ask(tmp_path, [*YEAR, broken], "size(changes_done('2026-07-01', '2026-09-30')) == 0")
