"""CSV: rows as RFC 4180 has them, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import FORMATS, Look, csv_


def rows(report: Report) -> list[dict[str, str]]:
    text = FORMATS["csv"].write(report, Look())
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def message(text: str) -> str:
    (row,) = rows(
        replace(CLEAN, findings=(replace(FINDINGS[0], message=text),), seen=replace(CLEAN.seen, rules_not_run=()))
    )
    return row["message"]


def test_a_header_also_when_nothing_was_found() -> None:
    empty = replace(CLEAN, findings=(), seen=replace(CLEAN.seen, rules_not_run=()))
    text = FORMATS["csv"].write(empty, Look())
    assert text == ",".join(f'"{name}"' for name in csv_.COLUMNS) + "\r\n"


def test_an_open_finding() -> None:
    assert rows(SAMPLE)[2] == {
        "status": "open",
        "severity": "error",
        "rule": "CHG-07",
        "title": "A change says how it is reversed or remedied",
        "process": "change-management",
        "basis": "requirement",
        "clause": "part1_2005 9.2; part2_2005 9.2.1; part1_2018 8.5.1",
        "record": "ChangeRequest/CHG-2026-0042",
        "path": "ops/itsm/records/changes/CHG-2026-0042.yaml",
        "line": "14",
        "column": "3",
        "pointer": "/spec/backout",
        "message": "no back-out steps and no remedy for CHG-2026-0042",
        "related": "ops/itsm/records/services/loans.yaml:9:9: the service it touches: tier 2 has to be back within "
        "four hours; ops/itsm/records/roles/change-manager.yaml:1:1: the role that decides on the way back",
        "what_to_do": "Describe the steps, the trigger and who decides, or why it cannot be reversed and what is done "
        "instead.",
        "waiver": "",
        "waived_until": "",
        "waived_because": "",
    }


def test_waived_findings_and_rules_that_did_not_run_have_rows() -> None:
    waived, not_run = rows(CLEAN)
    assert (waived["status"], waived["rule"]) == ("waived", "SLM-02")
    assert (waived["waiver"], waived["waived_until"], waived["waived_because"]) == (
        "loans-without-agreement",
        "2026-12-31",
        "The agreement is being negotiated: 50 % is agreed.",
    )
    assert (not_run["status"], not_run["rule"], not_run["path"], not_run["severity"]) == ("not run", "CHG-20", "", "")
    assert not_run["message"] == "it compares two revisions: name the older one with --since"


def test_a_rule_that_was_not_loaded_is_named_all_the_same() -> None:
    (row, _) = rows(replace(CLEAN, findings=(Finding("X-1", "error", "m", Place("")),)))
    assert (row["rule"], row["title"], row["path"]) == ("X-1", "", "")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+372 600", "'+372 600"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ('"=1+1', "'\"=1+1"),
        ("'=1+1", "''=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1", "\\t=1"),  # spelt out, as in every format
        ("\r=1", "\\r=1"),
        ("a;=1+1", "a;'=1+1"),
        ('a; "-1"', 'a;\' "-1"'),
        ("tier 2 - bronze, a=b", "tier 2 - bronze, a=b"),
        ('he said "no", twice', 'he said "no", twice'),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert message(text) == cell
