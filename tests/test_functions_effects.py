"""What rules ask of the reach of a change: the services behind its items, their weight, and what two changes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl import cel

if TYPE_CHECKING:
    from pathlib import Path

BEHIND = "services_behind(self).map(s, s.metadata.name)"
AFFECTED = "services_affected(self).map(s, s.metadata.name)"


def item(name: str, on: str = "") -> str:
    relations = f", relations: [{{type: runs-on, target: {on}}}]" if on else ""
    return record("ConfigurationItem", name, f"{{type: server, state: planned{relations}}}")


def service(name: str, more: str = "", state: str = "live") -> str:
    return record("Service", name, f"{{state: {state}{more}}}")


def change(name: str, *items: str, more: str = "") -> str:
    listed = ", ".join(f"{{item: {one}, action: change}}" for one in items)
    return record("ChangeRequest", name, f"{{state: draft, class: normal, items: [{listed}]{more}}}")


# host-1 carries vm-1 and vm-2; loans stands on vm-1, rooms on vm-2; portal needs loans
TOWN = [
    item("host-1"),
    item("vm-1", "host-1"),
    item("vm-2", "host-1"),
    service("loans", ", criticality: high, components: [{item: vm-1}]"),
    service("rooms", ", components: [{item: vm-2}]"),
    service("portal", ", criticality: low, depends_on: [{target: Service/loans}]"),
]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (["ConfigurationItem/host-1"], ["loans", "rooms", "portal"]),  # nearest first
        (["ConfigurationItem/vm-1"], ["loans", "portal"]),
        (["ConfigurationItem/vm-2", "ConfigurationItem/vm-1"], ["rooms", "loans", "portal"]),
        (["ConfigurationItem/vm-1", "ConfigurationItem/host-1"], ["loans", "portal", "rooms"]),  # each once
        (["Service/loans"], []),  # what is edited is its entry
        (["ConfigurationItem/vm-9"], []),  # still to be added
        (["File/.gitattributes"], []),
        ([], []),
    ],
)
def test_services_behind_are_those_that_depend_on_an_item(
    tmp_path: Path, items: list[str], expected: list[str]
) -> None:
    assert ask(tmp_path, [*TOWN, change("CHG-1", *items)], BEHIND, "ChangeRequest/CHG-1") == expected


@pytest.mark.parametrize(
    ("state", "counts"),
    [("live", True), ("retiring", True), ("in-design", False), ("proposed", False), ("retired", False)],
)
def test_only_services_in_use_count(tmp_path: Path, state: str, counts: bool) -> None:
    records = [
        item("vm-1"),
        service("loans", ", components: [{item: vm-1}]", state),
        change("CHG-1", "ConfigurationItem/vm-1"),
    ]
    assert ask(tmp_path, records, BEHIND, "ChangeRequest/CHG-1") == (["loans"] if counts else [])


def test_items_are_found_by_their_former_names(tmp_path: Path) -> None:
    renamed = item("vm-1").replace("{name: vm-1,", "{name: vm-1, formerly: [vm-old],")
    both = change("CHG-1", "ConfigurationItem/vm-old", "ConfigurationItem/vm-1")
    records = [renamed, service("loans", ", components: [{item: vm-1}]"), both]
    assert ask(tmp_path, records, BEHIND, "ChangeRequest/CHG-1") == ["loans"]
    assert ask(tmp_path, records, "common_ground(self, self)", "ChangeRequest/CHG-1") == ["ConfigurationItem/vm-1"]


@pytest.mark.parametrize(
    ("impact", "expected"),
    [
        ("", ["loans", "portal"]),
        ("services: [loans]", ["loans", "portal"]),
        ("services: [portal, rooms]", ["portal", "rooms", "loans"]),  # the named ones first
        ("not_affected: [{service: portal, reason: It is cached.}]", ["loans"]),
        ("services: [portal], not_affected: [{service: portal, reason: It is cached.}]", ["portal", "loans"]),
        ("services: [gone]", ["loans", "portal"]),
    ],
)
def test_services_affected_are_the_named_ones_and_those_behind(
    tmp_path: Path, impact: str, expected: list[str]
) -> None:
    written = change("CHG-1", "ConfigurationItem/vm-1", more=f", impact: {{{impact}}}")
    assert ask(tmp_path, [*TOWN, written], AFFECTED, "ChangeRequest/CHG-1") == expected


def test_one_service_that_is_named_and_stands_behind(tmp_path: Path) -> None:
    written = change("CHG-1", "ConfigurationItem/vm-2", more=", impact: {services: [rooms]}")
    assert ask(tmp_path, [*TOWN, written], AFFECTED, "ChangeRequest/CHG-1") == ["rooms"]


def test_a_change_without_items_affects_what_it_names(tmp_path: Path) -> None:
    written = record("ChangeRequest", "CHG-1", "{state: draft, class: normal, impact: {services: [rooms]}}")
    assert ask(tmp_path, [*TOWN, written], AFFECTED, "ChangeRequest/CHG-1") == ["rooms"]


def test_a_service_that_breaks_its_schema_might_count(tmp_path: Path) -> None:
    records = [
        item("vm-1"),
        service("loans", ", components: [{item: vm-1}], color: red"),
        change("CHG-1", "ConfigurationItem/vm-1"),
    ]
    with pytest.raises(cel.EvaluationError, match="Service/loans breaks its schema"):
        ask(tmp_path, records, BEHIND, "ChangeRequest/CHG-1")


# --- weight

SCALE = """\
risk:
  scales: {likelihood: [low], impact: [very-low, low, medium, high, very-high], level: [low]}
  matrix: {low: {very-low: low, low: low, medium: low, high: low, very-high: low}}
"""
SHORT = "risk: {scales: {likelihood: [low], impact: [low, high], level: [low]}, matrix: {low: {low: low, high: low}}}\n"


@pytest.mark.parametrize(
    ("weights", "settings", "expected"),
    [
        (["low", "high", "critical"], "", "high"),  # the worked example: beyond the end of the scale
        (["low", "medium"], "", "medium"),
        (["high", "low"], "", "high"),
        (["low"], "", "low"),
        ([], "", ""),
        (["critical"], SCALE, "high"),  # the fourth of five
        (["low"], SCALE, "very-low"),
        (["medium"], SHORT, "high"),
        (["critical"], SHORT, "high"),
    ],
)
def test_the_floor_is_the_grade_at_the_place_of_the_highest_criticality(
    tmp_path: Path, weights: list[str], settings: str, expected: str
) -> None:
    services = [service(f"s{place}", f", criticality: {weight}") for place, weight in enumerate(weights)]
    text = "impact_floor(records('Service'))"
    assert ask(tmp_path, [*services, service("weightless")], text, settings=settings) == expected


# --- what two changes share


@pytest.mark.parametrize(
    ("mine", "yours", "shared"),
    [
        (["ConfigurationItem/vm-1"], ["ConfigurationItem/vm-1"], ["ConfigurationItem/vm-1"]),
        (["ConfigurationItem/host-1"], ["ConfigurationItem/vm-1"], ["ConfigurationItem/vm-1"]),  # the worked example
        (["ConfigurationItem/vm-1"], ["ConfigurationItem/host-1"], ["ConfigurationItem/vm-1"]),
        (["ConfigurationItem/host-1"], ["Service/portal"], ["Service/portal"]),
        (["ConfigurationItem/vm-1"], ["ConfigurationItem/vm-2"], []),  # both on one host, and neither on the other
        (["File/.gitattributes"], ["File/.gitattributes"], ["File/.gitattributes"]),
        (["ConfigurationItem/vm-9"], ["ConfigurationItem/vm-9"], ["ConfigurationItem/vm-9"]),  # both would add it
        (
            ["ConfigurationItem/vm-2", "ConfigurationItem/host-1"],
            ["ConfigurationItem/host-1", "ConfigurationItem/vm-1"],
            ["ConfigurationItem/vm-2", "ConfigurationItem/host-1", "ConfigurationItem/vm-1"],
        ),
        ([], ["ConfigurationItem/vm-1"], []),
    ],
)
def test_common_ground(tmp_path: Path, mine: list[str], yours: list[str], shared: list[str]) -> None:
    both = [change("CHG-1", *mine), change("CHG-2", *yours)]
    text = "common_ground(self, ref('ChangeRequest/CHG-2'))"
    assert ask(tmp_path, [*TOWN, *both], text, "ChangeRequest/CHG-1") == shared
