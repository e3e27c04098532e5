"""Reviewdog Diagnostic Format: valid by its schema, places in bytes, messages that are safe as Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE, change
from marked import shown
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import FORMATS, Look

SCHEMA = json.loads(Path(__file__).parent.joinpath("data/rdjson.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def written(report: Report) -> Any:
    made = json.loads(FORMATS["rdjson"].write(report, Look()))
    VALIDATOR.validate(made)
    return made


def of(*findings: Finding) -> Any:
    return written(replace(SAMPLE, findings=findings))["diagnostics"]


def test_the_schema_bites() -> None:
    made = json.loads(FORMATS["rdjson"].write(SAMPLE, Look()))
    made["diagnostics"][0]["severity"] = "error"
    assert not VALIDATOR.is_valid(made)


def test_a_diagnostic() -> None:
    (found,) = of(FINDINGS[0])
    assert found == {
        "message": "`CFG-03`: ConfigurationItem/bd-02 does not exist: did you mean db-02?\n\nWhat to do: Correct the "
        "name, or add records/configuration-items/bd-02.yaml with `itsmctl new ConfigurationItem bd-02`.\n\n"
        "More: `itsmctl explain CFG-03`",
        "location": {
            "path": "ops/itsm/records/changes/CHG-2026-0042.yaml",
            "range": {"start": {"line": 12, "column": 14}, "end": {"line": 12, "column": 37}},
        },
        "severity": "ERROR",
        "code": {"value": "CFG-03"},
        "original_output": "ops/itsm/records/changes/CHG-2026-0042.yaml:12:14: error[CFG-03] ConfigurationItem/bd-02 "
        "does not exist: did you mean db-02?",
    }


def test_severities_of_the_open_findings() -> None:
    assert [one["severity"] for one in written(SAMPLE)["diagnostics"]] == ["ERROR", "INFO", "ERROR", "ERROR", "WARNING"]


@pytest.mark.parametrize(
    ("marked", "columns"),
    [
        ("uuendus", (39, 46)),  # after the two bytes of ü
        ("🛠️ (貸出", (47, 62)),  # four and three bytes, a blank, a bracket, three and three
    ],
)
def test_columns_count_bytes(marked: str, columns: tuple[int, int]) -> None:
    (found,) = of(replace(FINDINGS[0], place=change(marked, "/metadata/title")))
    span = found["location"]["range"]
    assert (span["start"]["column"], span["end"]["column"]) == columns


def test_a_byte_that_is_no_text_is_one() -> None:
    place = Place("a.yaml", 1, 3, 1, 4, "", ((1, "\udcff\udcfex"),))
    (found,) = of(replace(FINDINGS[0], place=place))
    assert found["location"]["range"] == {"start": {"line": 1, "column": 3}, "end": {"line": 1, "column": 4}}


def test_without_the_text_of_both_lines_a_place_is_whole_lines() -> None:
    (found,) = of(replace(FINDINGS[0], place=Place("a.yaml", 3, 2, 5, 4, "", ((3, " x: |"), (4, "õ")))))
    assert found["location"]["range"] == {"start": {"line": 3}, "end": {"line": 5}}


def test_second_places() -> None:
    (found,) = of(FINDINGS[2])
    assert [(one["message"], one["location"]["path"]) for one in found["related_locations"]] == [
        (
            "the service it touches: tier 2 has to be back within four hours",
            "ops/itsm/records/services/loans.yaml",
        ),
        ("the role that decides on the way back", "ops/itsm/records/roles/change-manager.yaml"),
    ]
    said = shown(found["message"]).text
    assert "ops/itsm/records/services/loans.yaml:9:9: the service it touches" in said


def test_an_example_keeps_its_lines() -> None:
    hint = "Write it. For example:\n\n  backout:\n    steps: [a]\n"
    (found,) = of(replace(FINDINGS[2], hint=hint))
    assert "What to do: Write it. For example:\n\n    backout:\n      steps: [a]\n\nMore: " in found["message"]


def test_what_was_waived_and_what_did_not_run_is_noted() -> None:
    made = written(CLEAN)
    assert made["diagnostics"] == []
    assert made["notes"] == [
        (
            "records/services/loans.yaml:4:9: waived[SLM-02] Service/loans has no agreement "
            "(Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated: 50 % is agreed.)"
        ),
        "CHG-20 did not run: it compares two revisions: name the older one with --since",
    ]


def test_a_finding_about_no_file_is_written_all_the_same() -> None:
    (found,) = of(Finding("X-1", "error", "m", Place("")))
    assert found["location"]["path"] == "."
    assert found["message"] == "`X-1`: m\n\nMore: `itsmctl explain X-1`"
