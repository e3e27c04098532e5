"""SARIF: valid by the official schema, and with what GitHub code scanning needs beyond it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE, SEEN
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Related, Report, Rule
from itsmctl.formats import FORMATS, Look, links

SCHEMA = json.loads(Path(__file__).parent.joinpath("data/sarif-2.1.0.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def run(report: Report) -> Any:
    written = json.loads(FORMATS["sarif"].write(report, Look()))
    VALIDATOR.validate(written)
    return written["runs"][0]


def of(*findings: Finding) -> Any:
    return run(replace(SAMPLE, findings=findings))["results"]


def at(place: Place) -> Finding:
    return Finding("CHG-07", "error", "a message", place)


def test_the_schema_bites() -> None:
    written = json.loads(FORMATS["sarif"].write(SAMPLE, Look()))
    written["runs"][0]["results"][0]["level"] = "info"
    assert not VALIDATOR.is_valid(written)


def test_every_loaded_rule_is_declared_also_when_nothing_was_found() -> None:
    clean = run(replace(CLEAN, findings=()))
    assert clean["results"] == []
    assert [rule["id"] for rule in clean["tool"]["driver"]["rules"]] == [rule.id for rule in CLEAN.rules]


def test_rules_hold_what_github_asks_for() -> None:
    for rule in run(SAMPLE)["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert "security-severity" not in rule["properties"]
        assert len(rule["properties"]["tags"]) <= 20


def test_descriptions_keep_within_what_github_takes() -> None:
    long = Rule("X-1", "t" * 5000, "error", "d" * 5000, "r", clause=tuple((f"e{n}", "1") for n in range(50)))
    rule = run(replace(SAMPLE, rules=(*SAMPLE.rules, long)))["tool"]["driver"]["rules"][-1]
    assert len(rule["shortDescription"]["text"]) == len(rule["fullDescription"]["text"]) == 1024
    assert len(rule["properties"]["tags"]) == 20


def test_results_point_to_their_rule() -> None:
    made = run(SAMPLE)
    declared = made["tool"]["driver"]["rules"]
    assert [declared[result["ruleIndex"]]["id"] for result in made["results"]] == [one.rule for one in FINDINGS]


def test_a_rule_that_was_not_loaded_is_declared_all_the_same() -> None:
    made = run(replace(SAMPLE, rules=SAMPLE.rules[1:]))
    declared = made["tool"]["driver"]["rules"]
    assert [declared[result["ruleIndex"]]["id"] for result in made["results"]] == [one.rule for one in FINDINGS]


def test_levels() -> None:
    assert [result["level"] for result in run(SAMPLE)["results"]] == [
        {"error": "error", "warning": "warning", "info": "note"}[one.severity] for one in FINDINGS
    ]


def test_columns_count_code_points() -> None:
    assert run(SAMPLE)["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("place", "region"),
    [
        (Place("a", 3, 2, 3, 9), (3, 2, 3, 9)),
        (Place("a", 3, 2, 3, 2), (3, 2, 3, 2)),
        (Place("a", 3, 2, 5, 4, "", ((3, " steps:\r\n"),)), (3, 2, 3, 8)),  # a pull request shows places of one line
        (Place("a", 3, 2, 5, 4), (3, 2, 3, 3)),
    ],
)
def test_regions_are_on_one_line(place: Place, region: tuple[int, ...]) -> None:
    (result,) = of(at(place))
    found = result["locations"][0]["physicalLocation"]["region"]
    assert tuple(found[name] for name in ("startLine", "startColumn", "endLine", "endColumn")) == region


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("records/changes/CHG-1.yaml", "records/changes/CHG-1.yaml"),
        ("records/a b#c?d%e.yaml", "records/a%20b%23c%3Fd%25e.yaml"),
        ("records/õ.yaml", "records/%C3%B5.yaml"),
        ("c:evil\n", "c%3Aevil%0A"),
        ("records/\udcff.yaml", "records/%FF.yaml"),
        ("records/\ud800.yaml", "records/%ED%A0%80.yaml"),
    ],
)
def test_paths_are_relative_uris(path: str, uri: str) -> None:
    assert links.uri(path) == uri


def test_paths_start_at_the_root_of_the_git_repository() -> None:
    location = run(SAMPLE)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "ops/itsm/records/changes/CHG-2026-0042.yaml", "uriBaseId": "%SRCROOT%"}


def test_two_governed_folders_of_one_repository_are_two_categories() -> None:
    assert run(SAMPLE)["automationDetails"] == {"id": "itsmctl/validate/ops/itsm/"}
    assert run(CLEAN)["automationDetails"] == {"id": "itsmctl/validate/"}


def test_a_finding_about_no_file_has_no_location() -> None:
    (result,) = of(at(Place("")))
    assert "locations" not in result


def test_second_places_are_linked_from_the_message() -> None:
    other = Related(Place("records/[a](b).yaml", 9, 9, 9, 10), "the service")
    (result,) = of(replace(at(Place("a")), related=(other,)))
    assert "\n[ops/itsm/records/\\[a\\](b).yaml:9:9](1): the service" in result["message"]["text"]
    assert [one["id"] for one in result["relatedLocations"]] == [1]


def test_record_text_makes_no_link() -> None:
    (result,) = of(replace(at(Place("a")), message="see [the fix](http://evil.example) in items[0]"))
    assert result["message"]["text"] == "see \\[the fix\\](http://evil.example) in items\\[0\\]"
    (result,) = of(replace(at(Place("a")), message="see items[0] (first)"))
    assert result["message"]["text"] == "see items[0] (first)"


def test_waived_findings_are_suppressed_with_their_reason() -> None:
    suppressed = [result for result in run(SAMPLE)["results"] if "suppressions" in result]
    assert [result["suppressions"] for result in suppressed] == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "Waiver/loans-without-agreement until 2026-12-31: "
                "The agreement is being negotiated: 50 % is agreed.",
            }
        ]
    ]


def fingerprints(*findings: Finding) -> list[str]:
    return [result["partialFingerprints"]["itsmctl/v1"] for result in of(*findings)]


def test_a_fingerprint_outlives_moved_lines_and_new_words() -> None:
    moved = replace(FINDINGS[0], place=Place("records/changes/CHG-2026-0042.yaml", 99, 1, 99, 5), message="other words")
    assert fingerprints(FINDINGS[0]) == fingerprints(moved)


def test_findings_of_one_identity_have_fingerprints_of_their_own() -> None:
    twins = fingerprints(FINDINGS[0], FINDINGS[2], FINDINGS[0])
    assert len(set(twins)) == 3
    assert twins[:2] == fingerprints(FINDINGS[0], FINDINGS[2])


def test_a_finding_without_key_is_known_by_rule_record_and_pointer() -> None:
    one, other = (Finding("CHG-07", "error", "m", Place("a", 1, 1, 1, 2, pointer)) for pointer in ("/a", "/b"))
    assert len(set(fingerprints(one, other))) == 2


def test_the_worst_five_thousand_are_kept_and_the_rest_told() -> None:
    warnings = [replace(FINDINGS[-1], place=Place("a", line)) for line in range(1, 5001)]
    waived = [replace(FINDINGS[4], place=Place("b", line)) for line in range(1, 11)]
    errors = [replace(FINDINGS[0], place=Place("c", line)) for line in range(1, 11)]
    # the schema is slow on so many; the smaller tests hold it
    written = json.loads(FORMATS["sarif"].write(replace(SAMPLE, findings=(*waived, *warnings, *errors)), Look()))
    made = written["runs"][0]
    levels = [result["level"] for result in made["results"]]
    assert (len(levels), levels.count("error"), levels.count("warning")) == (5000, 10, 4990)
    assert not any("suppressions" in result for result in made["results"])
    assert made["invocations"][0]["toolExecutionNotifications"][0] == {
        "level": "warning",
        "message": {
            "text": "20 more findings are left out: this file holds the 5000 worst, as many as code scanning keeps"
        },
    }


def test_rules_that_did_not_run_are_notified() -> None:
    (invocation,) = run(SAMPLE)["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"][0]["associatedRule"] == {"id": "CHG-20", "index": 2}
    assert (
        run(replace(SAMPLE, seen=replace(SEEN, rules_not_run=())))["invocations"][0]["toolExecutionNotifications"] == []
    )
