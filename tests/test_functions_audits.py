"""What rules ask of configuration audits: when an item was last compared with reality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl.functions.graph import Missing

if TYPE_CHECKING:
    from pathlib import Path

ITEM = record("ConfigurationItem", "db-01", "{type: database, state: live}")
LAST = "last_verified(self)"


def audit(name: str, on: str, more: str = ", verified: [db-01]", state: str = "closed") -> str:
    return record("ConfigurationAudit", name, f"{{state: {state}, type: physical, trigger: planned, on: {on}{more}}}")


def differs(item: str = "item: db-01, ") -> str:
    return f", discrepancies: [{{what: different, {item}observed: Version 16.}}]"


@pytest.mark.parametrize(
    ("audits", "expected"),
    [
        ([], ""),
        ([audit("a", "2026-05-20"), audit("b", "2026-11-04", differs())], "2026-11-04"),  # the worked example
        ([audit("a", "2026-11-04", differs()), audit("b", "2026-05-20")], "2026-11-04"),
        ([audit("a", "2026-11-04"), audit("b", "2026-05-20", differs())], "2026-11-04"),
        ([audit("a", "2026-11-04", ", verified: [db-02]" + differs("item: db-03, "))], ""),
        ([audit("a", "2026-11-04", differs(""))], ""),  # something that no record knows
        ([audit("a", "2026-11-22")], "2026-11-22"),  # today
        ([audit("a", "2026-11-22"), audit("b", "2026-11-23")], "2026-11-22"),  # nobody has seen it tomorrow
        ([audit("a", "2026-11-04", state="performed")], "2026-11-04"),
        ([audit("a", "2026-11-04", state="reported")], "2026-11-04"),
        ([audit("a", "2026-11-04", state="planned")], ""),
        ([audit("a", "2026-11-04").replace(", on: 2026-11-04", "")], ""),  # the day falls due, which is a finding
    ],
)
def test_the_last_day_on_which_somebody_looked(tmp_path: Path, audits: list[str], expected: str) -> None:
    assert ask(tmp_path, [ITEM, *audits], LAST, "ConfigurationItem/db-01") == expected


def test_an_audit_may_know_the_item_by_its_former_name(tmp_path: Path) -> None:
    renamed = ITEM.replace("title:", "formerly: [db-00], title:")
    audits = [audit("a", "2026-05-20"), audit("b", "2026-11-04", ", verified: [db-00]")]
    assert ask(tmp_path, [renamed, *audits], LAST, "ConfigurationItem/db-01") == "2026-11-04"


@pytest.mark.parametrize("broken", [", colour: red", ", on: 2026-11-05"])
def test_nobody_can_tell_while_an_audit_is_broken(tmp_path: Path, broken: str) -> None:
    """It may be the last one."""
    audits = [audit("a", "2026-05-20"), audit("b", "2026-11-04", broken)]
    with pytest.raises(Missing) as raised:
        ask(tmp_path, [ITEM, *audits], LAST, "ConfigurationItem/db-01")
    assert raised.value.ref == "ConfigurationAudit/b"
