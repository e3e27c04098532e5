"""What rules ask of itsm.yaml: the organisation's own deadlines and grades, and defaults where it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask

from itsmctl.settings.model import Scales, Settings
from itsmctl.settings.values import MATRIX
from itsmctl.settings.view import View

if TYPE_CHECKING:
    from pathlib import Path

EMERGENCY = "emergency: {roles: [duty], solo: true, review_within: 10, per_service: 3, period: 30}\n"
RISK = """\
risk:
  scales: {likelihood: [low, high], impact: [very-low, low, high, very-high], level: [low, high]}
  matrix:
    low: {very-low: low, low: low, high: low, very-high: high}
    high: {very-low: low, low: low, high: high, very-high: high}
"""


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        ("", "interval('change-management', 90)", 90),
        ("intervals: {change-management: 30}\n", "interval('change-management', 90)", 30),
        ("intervals: {change-management: 30}\n", "interval('release-management', 90)", 90),
        (
            "intervals: {CHG-29: 30, change-management: 60}\n",
            "interval('CHG-29', interval('change-management', 90))",
            30,
        ),
        ("intervals: {change-management: 60}\n", "interval('CHG-29', interval('change-management', 90))", 60),
        ("", "review_within(5)", 5),
        (EMERGENCY, "review_within(5)", 10),
        ("", "emergency_limit(2)", 2),
        (EMERGENCY, "emergency_limit(2)", 3),
        ("", "emergency_period(90)", 90),
        (EMERGENCY, "emergency_period(90)", 30),
        ("", "emergency_roles()", []),
        (EMERGENCY, "emergency_roles()", ["duty"]),
        ("", "solo_emergencies()", False),
        (EMERGENCY, "solo_emergencies()", True),
        (EMERGENCY.replace("solo: true, ", ""), "solo_emergencies()", False),
        ("", "risk_level('medium', 'high')", "high"),
        ("", "risk_level('low', 'very-high')", ""),
        ("", "risk_level('very-low', 'high')", ""),
        (RISK, "risk_level('low', 'very-high')", "high"),
        (RISK, "risk_level('medium', 'high')", ""),
        ("", "['low', 'medium', 'high', 'very-high', ''].map(g, impact_rank(g))", [1, 2, 3, 0, 0]),
        (RISK, "['very-low', 'low', 'high', 'very-high', 'medium'].map(g, impact_rank(g))", [1, 2, 3, 4, 0]),
    ],
)
def test_what_the_organisation_says_counts_else_the_default(
    tmp_path: Path, settings: str, text: str, expected: object
) -> None:
    assert ask(tmp_path, [], text, settings=settings) == expected


def test_the_matrix_of_the_default_is_the_product_of_both_grades() -> None:
    """Likelihood times impact on scales of 1 to 3: 1 and 2 are low, 3 and 4 are medium, 6 and 9 are high."""
    grades = {"low": 1, "medium": 2, "high": 3}
    levels = {1: "low", 2: "low", 3: "medium", 4: "medium", 6: "high", 9: "high"}
    assert {one: {other: levels[grades[one] * grades[other]] for other in grades} for one in grades} == MATRIX


@pytest.mark.parametrize("written", ["", EMERGENCY, RISK, EMERGENCY + RISK])
def test_the_short_view_says_what_the_model_says(written: str) -> None:
    from itsmctl import yamltext

    data = yamltext.read(f"apiVersion: itsm/v1\nkind: Settings\nrepository: test\n{written}".encode())
    assert isinstance(data, dict)
    model, view = Settings.model_validate(data), View(data)
    assert view.impact_scale == model.risk.scales.impact
    assert view.emergency.get("solo", False) == (model.emergency.solo if model.emergency else False)
    assert view.emergency.get("period") == (model.emergency.period if model.emergency else None)
    if not written:
        assert view.impact_scale == Scales().impact
