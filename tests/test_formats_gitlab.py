"""GitLab Code Quality: entries that GitLab takes, and fingerprints by which it knows a finding again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from golden.sample import CLEAN, FINDINGS, LEGACY, SAMPLE
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import FORMATS, Look

SCHEMA = json.loads(Path(__file__).parent.joinpath("data/gitlab-codequality.schema.json").read_bytes())
# What GitLab's documentation asks for beyond the schema by which its parser checks an entry.
DOCUMENTED = {"description", "check_name", "fingerprint", "severity", "location"}
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def entries(report: Report) -> Any:
    text = FORMATS["gitlab"].write(report, Look())
    assert text.isprintable() or text.startswith("[")  # no byte order mark, which GitLab refuses
    made = json.loads(text)
    for entry in made:
        jsonschema_rs.validator_for(SCHEMA).validate(entry)
        assert set(entry) == DOCUMENTED
        assert entry["severity"] in SEVERITIES
        assert not entry["location"]["path"].startswith(("/", "./"))
    assert len({entry["fingerprint"] for entry in made}) == len(made)
    return made


def of(*findings: Finding) -> Any:
    return entries(replace(SAMPLE, findings=findings))


def fingerprints(*findings: Finding) -> list[str]:
    return [entry["fingerprint"] for entry in of(*findings)]


def test_an_entry() -> None:
    (entry,) = of(FINDINGS[0])
    assert len(entry.pop("fingerprint")) == 66
    assert entry == {
        "description": "CFG-03: ConfigurationItem/bd-02 does not exist: did you mean db-02? Correct the name, or add "
        "records/configuration-items/bd-02.yaml with `itsmctl new ConfigurationItem bd-02`.",
        "check_name": "CFG-03",
        "severity": "critical",
        "location": {"path": "ops/itsm/records/changes/CHG-2026-0042.yaml", "lines": {"begin": 12, "end": 12}},
    }


def test_no_finding_is_an_empty_list_which_tells_what_was_fixed() -> None:
    assert FORMATS["gitlab"].write(replace(CLEAN, findings=()), Look()) == "[]\n"


def test_severities() -> None:
    assert [(entry["check_name"], entry["severity"]) for entry in entries(SAMPLE)] == [
        ("CFG-03", "critical"),  # no waiver can lift it
        ("house-title-language", "info"),
        ("CHG-07", "major"),
        ("yaml-duplicate-key", "critical"),
        ("SLM-02", "info"),  # waived
        ("SLM-02", "minor"),
    ]


def test_a_waived_finding_says_by_what_and_until_when() -> None:
    assert of(FINDINGS[4])[0]["description"] == (
        "SLM-02: Service/loans has no agreement (waived by Waiver/loans-without-agreement until 2026-12-31: "
        "The agreement is being negotiated: 50 % is agreed.)"
    )


def test_a_finding_about_no_file_has_a_path_all_the_same() -> None:
    assert of(Finding("X-1", "error", "m", Place("")))[0]["location"]["path"] == "."


def test_a_fingerprint_outlives_moved_lines_moved_list_items_and_new_words() -> None:
    moved = replace(
        FINDINGS[0],
        place=Place("records/changes/CHG-2026-0042.yaml", 99, 1, 99, 5, "/spec/items/7/item"),
        message="other words",
        hint="other advice",
        severity="warning",
    )
    assert fingerprints(FINDINGS[0]) == fingerprints(moved)


@pytest.mark.parametrize("position", range(4))
def test_rule_record_path_and_value_are_part_of_a_fingerprint(position: int) -> None:
    key = list(FINDINGS[0].key)
    key[position] = "other"
    assert fingerprints(FINDINGS[0]) != fingerprints(replace(FINDINGS[0], key=tuple(key)))


def test_findings_of_one_key_have_fingerprints_of_their_own() -> None:
    twins = fingerprints(FINDINGS[0], FINDINGS[2], FINDINGS[0])
    assert len(set(twins)) == 3
    assert twins[:2] == fingerprints(FINDINGS[0], FINDINGS[2])


def test_what_a_waiver_lifts_is_new_as_waived_and_what_it_no_longer_lifts_is_new() -> None:
    opened = replace(FINDINGS[4], waived=None)
    assert fingerprints(opened) != fingerprints(FINDINGS[4])
    renewed = replace(FINDINGS[4], waived=replace(LEGACY, expires="2027-12-31", reason="another"))
    assert fingerprints(renewed) == fingerprints(FINDINGS[4])


def test_reports_of_one_pipeline_do_not_meet() -> None:
    """GitLab puts the reports of all jobs together: of two with one fingerprint it keeps one."""
    reports = (SAMPLE, replace(SAMPLE, prefix="other"), replace(SAMPLE, title="policy test"))
    found = [entry["fingerprint"] for report in reports for entry in entries(report)]
    assert len(set(found)) == len(found)
