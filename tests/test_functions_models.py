"""What a rule may ask of change models: what of a change lies outside of one, how often it is used, how it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

if TYPE_CHECKING:
    from pathlib import Path

ME = "ChangeRequest/CHG-1"
OUTSIDE = "outside_model(self, ref('ChangeModel', 'patch'))"
CLASSES = [
    record("CIType", "software", "{abstract: true}"),
    record("CIType", "application", "{extends: software}"),
    record("CIType", "network-device", "{}"),
]
ITEMS = [
    record("ConfigurationItem", "app", "{type: application, state: live, environment: production}").replace(
        "title:", "labels: {update: yearly}, formerly: [old-app], title:"
    ),
    record("ConfigurationItem", "fw", "{type: network-device, state: live}"),
]


def change(name: str, spec: str, state: str = "submitted", class_: str = "standard") -> str:
    return record("ChangeRequest", name, f"{{state: {state}, class: {class_}, model: patch, {spec}}}")


def model(spec: str) -> str:
    return record("ChangeModel", "patch", f"{{state: approved, {spec}}}").replace("title:", "formerly: [fix], title:")


def group(more: str) -> str:
    return model(f"allows: [{{kind: ConfigurationItem, fields: [{{at: /spec/version}}, {{at: /spec/a/*/b}}]{more}}}]")


@pytest.mark.parametrize(
    ("item", "allows", "expected"),
    [
        ("ConfigurationItem/app, action: change", group(""), []),
        ("ConfigurationItem/app, action: remove", group(""), ["remove ConfigurationItem/app"]),
        ("ConfigurationItem/app, action: remove", group(", actions: [add, remove]"), []),
        ("ConfigurationItem/app, action: change", group(", actions: [add]"), ["change ConfigurationItem/app"]),
        ("Service/app, action: change", group(""), ["change Service/app"]),
        ("ConfigurationItem/app, action: change", group(", types: [application]"), []),
        ("ConfigurationItem/app, action: change", group(", types: [network-device, software]"), []),
        (
            "ConfigurationItem/fw, action: change",
            group(", types: [software]"),
            ["change ConfigurationItem/fw, whose class is network-device"],
        ),
        ("ConfigurationItem/app, action: change", group(", environments: [test, production]"), []),
        (
            "ConfigurationItem/app, action: change",
            group(", environments: [test]"),
            ["change ConfigurationItem/app, whose environment is production"],
        ),
        (
            "ConfigurationItem/fw, action: change",
            group(", environments: [test]"),
            ["change ConfigurationItem/fw, whose environment is not known"],
        ),
        ("ConfigurationItem/app, action: change", group(", labels: {update: yearly}"), []),
        (
            "ConfigurationItem/app, action: change",
            group(", labels: {update: weekly}"),
            ["change ConfigurationItem/app, whose label update is yearly"],
        ),
        (
            "ConfigurationItem/fw, action: change",
            group(", labels: {update: weekly}"),
            ["change ConfigurationItem/fw, whose label update is missing"],
        ),
        ("ConfigurationItem/app, action: change", group(", names: [fw, app]"), []),
        ("ConfigurationItem/old-app, action: change", group(", names: [app]"), []),
        (
            "ConfigurationItem/app, action: change",
            group(", names: [fw]"),
            ["change ConfigurationItem/app, which it does not name"],
        ),
        (
            "ConfigurationItem/app, action: change, set: {/spec/version: '2', /spec/a/x/b: 1, /spec/a/y/b/c: 1}",
            group(""),
            [],
        ),
        (
            "ConfigurationItem/app, action: change, set: {/spec/version: '2', /spec/state: withdrawn}",
            group(""),
            ["set /spec/state of ConfigurationItem/app"],
        ),
        (
            "ConfigurationItem/app, action: change, set: {/spec/a: 1}",
            group(""),
            ["set /spec/a of ConfigurationItem/app"],
        ),
        ("ConfigurationItem/new, action: add", group(", actions: [add], types: [software], labels: {a: b}"), []),
        (
            "ConfigurationItem/new, action: add",
            group(", actions: [add], names: [app]"),
            ["add ConfigurationItem/new, which it does not name"],
        ),
        ("ConfigurationItem/app, action: remove", model("max_risk: low"), []),
        (
            "ConfigurationItem/app, action: change",  # in one group is inside
            model(
                "allows: [{kind: ConfigurationItem, names: [fw], fields: [{at: /spec/version}]}, "
                "{kind: ConfigurationItem, names: [app], fields: [{at: /spec/version}]}]"
            ),
            [],
        ),
        (
            "ConfigurationItem/app, action: change",  # the nearest group is told
            model(
                "allows: [{kind: ConfigurationItem, names: [fw], types: [x], fields: [{at: /spec/version}]}, "
                "{kind: ConfigurationItem, environments: [test], fields: [{at: /spec/version}]}]"
            ),
            ["change ConfigurationItem/app, whose environment is production"],
        ),
    ],
)
def test_what_the_model_does_not_allow(tmp_path: Path, item: str, allows: str, expected: list[str]) -> None:
    held = [*CLASSES, *ITEMS, allows, change("CHG-1", f"items: [{{item: {item}}}]")]
    assert ask(tmp_path, held, OUTSIDE, ME) == expected


def test_each_item_is_told_once(tmp_path: Path) -> None:
    items = "items: [{item: Service/a, action: change}, {item: ConfigurationItem/fw, action: change}]"
    held = [*CLASSES, *ITEMS, group(", names: [app], labels: {a: b}"), change("CHG-1", items)]
    assert ask(tmp_path, held, OUTSIDE, ME) == [
        "change Service/a",
        "change ConfigurationItem/fw, which it does not name",
    ]


def test_a_change_without_items_is_inside(tmp_path: Path) -> None:
    assert ask(tmp_path, [group(""), change("CHG-1", "scope: {in: All.}")], OUTSIDE, ME) == []


def window(start: str) -> str:
    return f'schedule: {{start: "{start}", end: "2030-01-01T00:00:00Z"}}'


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], 1),
        ([change("CHG-2", window("2026-03-08T12:00:00Z"))], 2),
        ([change("CHG-2", window("2026-03-01T12:00:01Z"))], 2),
        ([change("CHG-2", window("2026-03-01T12:00:00Z"))], 1),
        ([change("CHG-2", window("2026-03-08T12:00:01Z"))], 1),
        ([change("CHG-2", window("2026-03-07T12:00:00Z"), "closed")], 2),
        ([change("CHG-2", window("2026-03-07T12:00:00Z"), "cancelled")], 1),
        ([change("CHG-2", window("2026-03-07T12:00:00Z"), "rejected")], 1),
        ([change("CHG-2", window("2026-03-07T12:00:00Z"), class_="normal")], 1),
        ([change("CHG-2", window("2026-03-07T12:00:00Z")).replace("model: patch", "model: other")], 1),
        ([change("CHG-2", window("2026-03-07T12:00:00Z")).replace("model: patch", "model: fix")], 2),
        ([change("CHG-2", "reason: No window.")], 1),
    ],
)
def test_the_changes_of_a_week(tmp_path: Path, others: list[str], expected: int) -> None:
    held = [model("max_risk: low"), change("CHG-1", window("2026-03-08T12:00:00Z")), *others]
    assert ask(tmp_path, held, "week_of_model(self)", ME) == expected


@pytest.mark.parametrize("spec", ["reason: No window.", "reason: No model., " + window("2026-03-08T12:00:00Z")])
def test_without_a_window_or_a_model_there_is_no_week(tmp_path: Path, spec: str) -> None:
    mine = change("CHG-1", spec)
    held = [model("max_risk: low"), mine.replace("model: patch, ", "") if "No model" in spec else mine]
    assert ask(tmp_path, held, "week_of_model(self)", ME) == 0


def done(ended: str, result: str) -> str:
    return f'implementation: {{ended: "{ended}", result: {result}}}'


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], 0),
        ([change("CHG-2", done("2026-10-23T08:00:00Z", "failed"), "closed")], 1),
        ([change("CHG-2", done("2026-10-22T08:00:00Z", "failed"), "closed")], 0),
        ([change("CHG-2", done("2026-11-20T08:00:00Z", "backed-out"), "closed")], 1),
        ([change("CHG-2", done("2026-11-20T08:00:00Z", "successful"), "closed")], 0),
        ([change("CHG-2", "implementation: {result: failed}", "closed")], 0),
        ([change("CHG-2", done("2026-11-20T08:00:00Z", "failed"), "closed", "normal")], 0),
        ([change("CHG-2", done("2026-11-20T08:00:00Z", "failed"), "closed").replace("model: patch", "model: fix")], 1),
        ([change(f"CHG-{n}", done("2026-11-20T08:00:00Z", "failed"), "closed") for n in (2, 3)], 2),
    ],
)
def test_the_failures_of_a_model(tmp_path: Path, others: list[str], expected: int) -> None:
    held = [model("max_risk: low"), *others]
    assert ask(tmp_path, held, "failures_of_model(self, 30)", "ChangeModel/patch") == expected
