"""What rules ask of planned interruptions: when they are, and which one of its month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl import cel

if TYPE_CHECKING:
    from pathlib import Path

LOANS = record("Service", "loans", "{state: live}")
NUMBER = "interruption_number(self, 'loans', 'Europe/Tallinn')"


def change(
    name: str,
    start: str,
    end: str,
    state: str = "approved",
    cls: str = "normal",
    services: str = "loans",
    zone: str = "",
) -> str:
    outage = f"{{start: {start}, end: {end}, services: [{services}]}}"
    zoned = f"zone: {zone}, " if zone else ""
    window = f"{{start: {start}, end: {end}, {zoned}outage: {outage}}}"
    return record("ChangeRequest", name, f"{{state: {state}, class: {cls}, schedule: {window}}}")


def day(number: int, start: str = "05:00", end: str = "07:00", month: int = 11) -> tuple[str, str]:
    return tuple(f"2026-{month:02d}-{number:02d}T{clock}:00+02:00" for clock in (start, end))  # type: ignore[return-value]


MINE = change("CHG-9", *day(22))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], 1),
        # the worked example: the two of the 8th overlap, and are one
        (
            [
                change("CHG-1", *day(1, "06:00", "08:00")),
                change("CHG-2", *day(8)),
                change("CHG-3", *day(8, "06:30", "08:00")),
            ],
            3,
        ),
        ([change("CHG-1", *day(8)), change("CHG-2", *day(8, "07:00", "08:00"))], 2),  # one goes on as the other ends
        ([change("CHG-1", *day(8)), change("CHG-2", *day(8, "07:01", "08:00"))], 3),
        (
            [change("CHG-1", *day(8, "05:00", "12:00")), change("CHG-2", *day(8, "06:00", "07:00"))],
            2,
        ),  # one in the other
        ([change("CHG-1", *day(29))], 1),  # later ones do not count
        ([change("CHG-1", *day(22, "04:00", "05:00"))], 1),  # this one goes on
        ([change("CHG-1", *day(22, "06:00", "08:00"))], 1),
        ([change("CHG-1", *day(31, month=10))], 1),
        ([change("CHG-1", "2026-10-31T22:30:00Z", "2026-10-31T23:00:00Z")], 2),  # it is November in Tallinn
        ([change("CHG-1", *day(8), services="rooms")], 1),
        ([change("CHG-1", *day(8), services="rooms, loans")], 2),
        ([change("CHG-1", *day(8), cls="emergency")], 1),
        *(
            ([change("CHG-1", *day(8), state=state)], 1)
            for state in ("draft", "submitted", "assessed", "rejected", "cancelled")
        ),
        *(
            ([change("CHG-1", *day(8), state=state)], 2)
            for state in ("scheduled", "implementing", "implemented", "failed", "backed-out", "reviewed", "closed")
        ),
    ],
)
def test_which_interruption_of_its_month(tmp_path: Path, others: list[str], expected: int) -> None:
    assert ask(tmp_path, [LOANS, MINE, *others], NUMBER, "ChangeRequest/CHG-9") == expected


def test_one_that_goes_over_the_end_of_a_month_belongs_to_the_month_in_which_it_begins(tmp_path: Path) -> None:
    long = change("CHG-1", "2026-10-31T23:00:00+02:00", "2026-11-01T02:00:00+02:00")
    assert ask(tmp_path, [LOANS, MINE, long], NUMBER, "ChangeRequest/CHG-9") == 1


def test_this_one_counts_whatever_its_state(tmp_path: Path) -> None:
    mine = change("CHG-9", *day(22), state="submitted")
    assert ask(tmp_path, [LOANS, mine, change("CHG-1", *day(8))], NUMBER, "ChangeRequest/CHG-9") == 2


def test_where_another_change_breaks_its_schema_nobody_can_tell(tmp_path: Path) -> None:
    skipped = change("CHG-1", "2026-03-29T03:30", "2026-03-29T05:00", zone="Europe/Tallinn")
    with pytest.raises(cel.EvaluationError, match="ChangeRequest/CHG-1 breaks its schema"):
        ask(tmp_path, [LOANS, MINE, skipped], NUMBER, "ChangeRequest/CHG-9")


def test_local_times_are_those_of_the_schedule(tmp_path: Path) -> None:
    local = change("CHG-9", "2026-11-22T05:00", "2026-11-22T07:30", zone="Europe/Tallinn")
    assert ask(tmp_path, [local], "string(interruption_starts(self))", "ChangeRequest/CHG-9") == "2026-11-22T03:00:00Z"
    span = "interruption_ends(self) - interruption_starts(self) == duration('150m')"
    assert ask(tmp_path, [local], span, "ChangeRequest/CHG-9") is True


def test_a_change_that_plans_none_is_an_error(tmp_path: Path) -> None:
    plain = record("ChangeRequest", "CHG-9", "{state: approved, class: normal}")
    with pytest.raises(
        cel.EvaluationError, match=r"plans no interruption: guard with has\(self.spec.schedule.outage\)"
    ):
        ask(tmp_path, [plain], "interruption_starts(self)", "ChangeRequest/CHG-9")
