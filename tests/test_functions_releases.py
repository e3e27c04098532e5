"""What rules ask of releases: the policies that one follows, and the releases that lie ahead of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

if TYPE_CHECKING:
    from pathlib import Path

FOLLOWED = "release_policies(self).map(p, p.metadata.name)"
AHEAD = "releases_ahead(self).map(r, r.metadata.name)"


def release(name: str = "r-1", more: str = "", state: str = "planned") -> str:
    return record("Release", name, f"{{state: {state}, type: minor{more}}}")


def rules(name: str, more: str = "", state: str = "approved") -> str:
    return record("ReleasePolicy", name, f"{{state: {state}{more}}}")


GENERAL, PORTAL = rules("releases"), rules("portal", ", services: [school-portal]")


@pytest.mark.parametrize(
    ("more", "policies", "expected"),
    [
        ("", [GENERAL, PORTAL], ["releases"]),
        (", services: [school-portal]", [GENERAL, PORTAL], ["portal", "releases"]),  # the worked example
        (", services: [loans]", [GENERAL, PORTAL], ["releases"]),
        (", services: [loans, school-portal]", [PORTAL], ["portal"]),
        (", services: []", [PORTAL], []),
        ("", [], []),
        ("", [rules("releases", state="draft"), rules("old", state="superseded")], []),
        ("", [rules("a", ", approved_on: 2024-01-31"), rules("b", ", approved_on: 2026-01-31")], ["b", "a"]),
        ("", [rules("a"), rules("b", ", approved_on: 2026-01-31")], ["b", "a"]),
        (", policy: portal", [GENERAL, PORTAL], ["portal"]),
        (", policy: portal", [GENERAL, rules("portal", state="superseded")], ["portal"]),
        (", policy: portal", [GENERAL, rules("portal", state="in-review")], []),
        (", policy: gone", [GENERAL], []),
        (", policy: was", [GENERAL, rules("portal").replace("title:", "formerly: [was], title:")], ["portal"]),
    ],
)
def test_the_policies_that_a_release_follows(
    tmp_path: Path, more: str, policies: list[str], expected: list[str]
) -> None:
    assert ask(tmp_path, [release(more=more), *policies], FOLLOWED, "Release/r-1") == expected


def items(*names: str) -> str:
    return f", items: [{', '.join(f'{{item: ConfigurationItem/{name}, action: change}}' for name in names)}]"


def change(more: str) -> str:
    return record("ChangeRequest", "CHG-2026-0001", f"{{state: assessed, class: normal{more}}}")


@pytest.mark.parametrize(
    ("mine", "releases", "expected"),
    [
        (items("opac"), [release("koha-26.05", items("opac"))], ["koha-26.05"]),  # the worked example
        (items("opac"), [release("koha-26.05", items("koha"))], []),
        (items("opac"), [release("koha-26.05")], []),
        (items("opac"), [], []),
        ("", [release("koha-26.05", items("opac"))], []),
        (items("b", "a"), [release("r-a", items("a")), release("r-b", items("b", "a"))], ["r-b", "r-a"]),
        (items("a", "a"), [release("r-a", items("a", "a"))], ["r-a"]),
        (items("opac"), [release("koha-26.05", ", build: {components: [{item: opac, version: '1'}]}")], []),
    ],
)
def test_the_releases_ahead_of_a_change(tmp_path: Path, mine: str, releases: list[str], expected: list[str]) -> None:
    assert ask(tmp_path, [change(mine), *releases], AHEAD, "ChangeRequest/CHG-2026-0001") == expected


@pytest.mark.parametrize(
    ("state", "ahead"),
    [
        *((state, True) for state in ("planned", "building", "in-acceptance", "accepted", "approved", "rolling-out")),
        *((state, False) for state in ("live", "backed-out", "reviewed", "closed", "rejected", "cancelled")),
    ],
)
def test_a_release_lies_ahead_until_it_is_out_or_off(tmp_path: Path, state: str, ahead: bool) -> None:
    held = [change(items("opac")), release("koha-26.05", items("opac"), state)]
    assert ask(tmp_path, held, "size(releases_ahead(self)) > 0", "ChangeRequest/CHG-2026-0001") is ahead


def test_a_release_does_not_lie_ahead_of_itself(tmp_path: Path) -> None:
    held = [release("r-1", items("opac")), release("r-2", items("opac"))]
    assert ask(tmp_path, held, AHEAD, "Release/r-1") == ["r-2"]


def test_an_item_is_the_same_under_its_former_name(tmp_path: Path) -> None:
    opac = record("ConfigurationItem", "opac", "{type: application, state: live}").replace(
        "title:", "formerly: [web], title:"
    )
    held = [opac, change(items("web")), release("koha-26.05", items("opac"))]
    assert ask(tmp_path, held, AHEAD, "ChangeRequest/CHG-2026-0001") == ["koha-26.05"]
