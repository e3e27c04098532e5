"""Checkstyle XML: the structure that Jenkins, reviewdog and others read."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from golden.sample import CLEAN, FINDINGS, SAMPLE
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import FORMATS, Look

# The elements of Checkstyle's own reports with the attributes that they must have, and may have; and their children.
GRAMMAR: dict[str, tuple[set[str], set[str], set[str]]] = {
    "checkstyle": (set(), {"version"}, {"file"}),
    "file": ({"name"}, set(), {"error"}),
    "error": (set(), {"line", "column", "severity", "message", "source"}, set()),
}


def parsed(report: Report) -> ET.Element:
    root = ET.fromstring(FORMATS["checkstyle"].write(report, Look()))
    for element in root.iter():
        required, optional, children = GRAMMAR[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children, element.tag
    for error in root.iter("error"):
        assert int(error.attrib["line"]) > 0
        assert int(error.attrib["column"]) > 0
        assert error.attrib["severity"] in ("error", "warning", "info")
    return root


def comment(report: Report) -> list[str]:
    text = FORMATS["checkstyle"].write(report, Look())
    return [line.strip() for line in text.partition("<!--")[2].partition("-->")[0].strip().splitlines()]


def test_open_findings_by_file() -> None:
    root = parsed(SAMPLE)
    assert [(file.get("name"), [error.get("line") for error in file]) for file in root] == [
        ("ops/itsm/records/changes/CHG-2026-0042.yaml", ["12", "13", "14"]),
        ("ops/itsm/records/notes, 2026: \\xff\\n.yaml", ["1"]),
        ("ops/itsm/records/services/loans.yaml", ["8"]),
    ]


def test_an_error() -> None:
    (error,) = parsed(replace(SAMPLE, findings=FINDINGS[2:3])).iter("error")
    assert error.attrib == {
        "line": "14",
        "column": "3",
        "severity": "error",
        "message": "no back-out steps and no remedy for CHG-2026-0042. Describe the steps, the trigger and who "
        "decides, or why it cannot be reversed and what is done instead.",
        "source": "itsmctl.change-management.CHG-07",
    }


def test_source_names_process_or_basis_and_rule() -> None:
    sources = {error.get("source") for error in parsed(SAMPLE).iter("error")}
    assert {"itsmctl.house.house-title-language", "itsmctl.form.yaml-duplicate-key"} <= sources
    (error,) = parsed(replace(SAMPLE, rules=(), findings=FINDINGS[:1])).iter("error")
    assert error.get("source") == "itsmctl.form.CFG-03"


def test_what_was_waived_and_what_did_not_run_is_a_comment() -> None:
    assert comment(SAMPLE) == [
        "3 errors, 1 warning, 1 info in 3 files (1 waived, 3 old)",
        "looked at 138 records, 5 rules ran, 1 did not run; work tree as of 2026-11-22T10:00:00Z",
        (
            "ops/itsm/records/services/loans.yaml:4:9: waived[SLM-02] Service/loans has no agreement "
            "(Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated: 50 % is agreed.)"
        ),
        "did not run: CHG-20: it compares two revisions: name the older one with -\\x2dsince",
    ]


def test_a_clean_report_has_no_file() -> None:
    assert list(parsed(CLEAN)) == []
    assert comment(CLEAN)[0] == "no findings in 138 records (1 waived, 3 old)"


def test_another_summary_takes_the_place_of_the_usual_one() -> None:
    report = replace(CLEAN, findings=(), summary="2 policies, all as expected")
    assert comment(report)[0] == "2 policies, all as expected"


def test_a_finding_about_no_file_is_written_all_the_same() -> None:
    (file,) = parsed(replace(SAMPLE, findings=(Finding("X-1", "error", "m", Place("")),)))
    assert (file.get("name"), file[0].get("message")) == (".", "m")
