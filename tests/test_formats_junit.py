"""JUnit XML: the structure that GitLab and Jenkins read."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE
from msgspec.structs import replace

from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import FORMATS, Look

# There is no standard. This is what readers share: the elements, with the attributes that they must and may have,
# and their children. `file` on a case and `skipped` on the root are GitLab's.
GRAMMAR: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"tests", "failures", "errors"}, {"name", "time", "skipped"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"time", "file"}, {"failure", "skipped", "system-out"}),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def parsed(report: Report) -> ET.Element:
    root = ET.fromstring(FORMATS["junit"].write(report, Look()))
    for element in root.iter():
        required, optional, children = GRAMMAR[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children, element.tag
    return root


def cases(report: Report, suite: str) -> list[ET.Element]:
    return parsed(report).findall(f"testsuite[@name='{suite}']/testcase")


@pytest.mark.parametrize("report", [SAMPLE, CLEAN, replace(CLEAN, findings=())], ids=["sample", "clean", "nothing"])
def test_counts_are_those_of_the_cases(report: Report) -> None:
    root = parsed(report)
    for element in [root, *root.findall("testsuite")]:
        assert element.get("tests") == str(len(list(element.iter("testcase"))))
        assert element.get("failures") == str(len(list(element.iter("failure"))))
        assert element.get("skipped") == str(len(list(element.iter("skipped"))))
        assert element.get("time") == "0.0"


def test_a_suite_for_each_kind() -> None:
    names = [suite.get("name") for suite in parsed(SAMPLE).findall("testsuite")]
    assert names == ["ChangeRequest", "Service", "files", "rules"]


def test_a_failing_case() -> None:
    case = cases(SAMPLE, "ChangeRequest")[2]
    assert (case.get("classname"), case.get("name")) == ("CHG-07", "CHG-2026-0042 /spec/backout")
    assert case.get("file") == "ops/itsm/records/changes/CHG-2026-0042.yaml"
    failure = case[0]
    assert (failure.tag, failure.get("type")) == ("failure", "error")
    assert failure.get("message") == "no back-out steps and no remedy for CHG-2026-0042"
    assert str(failure.text).split("\n") == [
        (
            "ops/itsm/records/changes/CHG-2026-0042.yaml:14:3: error[CHG-07] no back-out steps and no remedy for "
            "CHG-2026-0042"
        ),
        "ops/itsm/records/services/loans.yaml:9:9: the service it touches: tier 2 has to be back within four hours",
        "ops/itsm/records/roles/change-manager.yaml:1:1: the role that decides on the way back",
        "help: Describe the steps, the trigger and who decides, or why it cannot be reversed and what is done instead.",
        "explain: itsmctl explain CHG-07",
    ]


def test_a_waived_case_is_skipped_with_its_reason() -> None:
    skipped = cases(SAMPLE, "Service")[0][0]
    assert skipped.tag == "skipped"
    assert skipped.get("message") == (
        "waived by Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated: 50 % is agreed."
    )


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 3), ("warning", 4), ("info", 5)])
def test_failures_are_what_the_exit_code_means(fail_on: Any, failures: int) -> None:
    root = parsed(replace(SAMPLE, fail_on=fail_on))
    assert root.get("failures") == str(failures)
    assert len(list(root.iter("system-out"))) == 5 - failures


def test_a_case_for_each_rule_that_found_nothing() -> None:
    found = {case.get("classname"): [child.get("message") for child in case] for case in cases(CLEAN, "rules")}
    assert found == {
        "CFG-03": [],
        "CHG-07": [],
        "CHG-20": ["did not run: it compares two revisions: name the older one with --since"],
        "house-title-language": [],
        "yaml-duplicate-key": [],
    }


def test_no_two_cases_have_one_name() -> None:
    twins = replace(SAMPLE, findings=(FINDINGS[0], FINDINGS[0], FINDINGS[0]))
    assert [case.get("name") for case in cases(twins, "ChangeRequest")] == [
        "CHG-2026-0042 /spec/items/1/item",
        "CHG-2026-0042 /spec/items/1/item (2)",
        "CHG-2026-0042 /spec/items/1/item (3)",
    ]


def test_a_finding_without_record_is_known_by_its_file() -> None:
    lost = Finding("yaml-duplicate-key", "error", "m", Place("records/x.yaml", pointer="/spec"))
    (case,) = cases(replace(SAMPLE, findings=(lost,)), "files")
    assert case.get("name") == "records/x.yaml /spec"
