"""How a measured value stands to its target."""

from __future__ import annotations

import pytest

from itsmctl.functions.levels import held_against


@pytest.mark.parametrize(
    ("value", "unit", "comparator", "promised", "promised_unit", "expected"),
    [
        (99.5, "percent", "at-least", 99.5, "percent", "kept"),
        (99.4, "percent", "at-least", 99.5, "percent", "missed"),
        (5, "score", "at-least", 4, "score", "kept"),
        (4, "hours", "at-most", 4, "hours", "kept"),
        (240, "minutes", "at-most", 4, "hours", "kept"),
        (241, "minutes", "at-most", 4, "hours", "missed"),
        (1, "days", "at-most", 24, "hours", "kept"),
        (5, "count", "at-most", 4, "hours", "unlike"),
        (5, "hours", "at-most", 4, "percent", "unlike"),
        (5, "score", "at-most", 4, "count", "unlike"),
        (4, "hours", "at-most", 4, "working-hours", "kept"),
        (5, "hours", "at-most", 4, "working-hours", "unclear"),
        (5, "working-hours", "at-most", 4, "hours", "missed"),
        (4, "working-hours", "at-most", 4, "hours", "unclear"),
        (1, "working-days", "at-most", 1, "working-days", "kept"),
        (2, "working-days", "at-most", 1, "working-days", "missed"),
        (60, "working-hours", "at-most", 1, "working-days", "missed"),
        (24, "working-hours", "at-most", 1, "working-days", "unclear"),
        (24.1, "working-hours", "at-most", 1, "working-days", "missed"),
        (1, "working-days", "at-most", 24, "working-hours", "kept"),
        (1, "working-days", "at-most", 23, "working-hours", "unclear"),
        (60, "working-hours", "at-least", 1, "working-days", "unclear"),
        (60, "hours", "at-most", 1, "working-days", "unclear"),
        (1, "working-days", "at-most", 60, "days", "unclear"),
    ],
)
def test_a_value_and_its_target(
    value: float, unit: str, comparator: str, promised: float, promised_unit: str, expected: str
) -> None:
    target = {"metric": "m", "comparator": comparator, "value": promised, "unit": promised_unit, "window": "month"}
    assert held_against({"spec": {"value": value, "unit": unit}}, target) == expected
