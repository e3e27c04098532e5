"""JUnit XML for test reports of GitLab, Jenkins and others: a suite for each kind of record, a case for each finding.

A finding below `fail_on` is a case that passed and says so in its output: failures here are what the exit code means.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from itsmctl.escape import visible
from itsmctl.findings import Finding, Report, at_least
from itsmctl.formats import grounds, wording
from itsmctl.formats.look import Look

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from itsmctl.formats.failure import Failure

ABOUT = "test report in XML, for GitLab, Jenkins and others"


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - test reports get all there is
    """The report as `<testsuites>`; rules without a finding are one case each in the suite `rules`."""
    from xml.etree import ElementTree as ET  # brings expat: not for those who only ask for the list of formats

    root = ET.Element("testsuites", name=f"itsmctl {visible(report.title)}")
    taken: Counter[tuple[str, str]] = Counter()
    for name, found in _suites(report):
        suite = ET.SubElement(root, "testsuite", name=name)
        for finding in found:
            _case(suite, finding, report, taken)
        _count(suite)
    if report.verdict is not None:
        suite = ET.SubElement(root, "testsuite", name="verdict")
        _passed(suite, report.verdict)
        _count(suite)
    suite = ET.SubElement(root, "testsuite", name="rules")
    _rules(suite, report)
    _count(suite)
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def failed(failure: Failure) -> str:
    """One suite with one case, which is an error and no failure: nothing was judged."""
    from xml.etree import ElementTree as ET

    root = ET.Element("testsuites", name=f"itsmctl {visible(failure.title)}")
    suite = ET.SubElement(root, "testsuite", name="run")
    case = ET.SubElement(suite, "testcase", classname="itsmctl", name=visible(failure.title), time="0.0")
    ET.SubElement(case, "error", type=visible(failure.word), message=failure.sentence).text = "\n".join(failure.lines)
    _count(suite)
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(report: Report) -> list[tuple[str, list[Finding]]]:
    """Findings by kind of record; those in files that are no records under `files`."""
    suites: dict[str, list[Finding]] = {}
    for finding in report.findings:
        suites.setdefault(visible(finding.record.partition("/")[0]) or "files", []).append(finding)
    return sorted(suites.items())


def _case(suite: Element, finding: Finding, report: Report, taken: Counter[tuple[str, str]]) -> None:
    """One finding: a failure, or skipped where waived, or passed with output where it is below `fail_on`."""
    from xml.etree.ElementTree import SubElement

    what = finding.record.partition("/")[2] or finding.place.path or "."
    classname, name = visible(finding.rule), visible(f"{what} {finding.place.pointer}".rstrip())
    taken[classname, name] += 1
    nth = taken[classname, name]
    if nth > 1:  # readers keep only the first of two cases of one name
        name = f"{name} ({nth})"
    file = visible(wording.under(report.prefix, finding.place.path))
    case = SubElement(suite, "testcase", classname=classname, name=name, file=file, time="0.0")
    body = "\n".join(_body(finding, report.prefix))
    if finding.waived:
        SubElement(case, "skipped", message=f"waived by {wording.lifted_by(finding.waived)}").text = body
    elif at_least(finding.severity, report.fail_on):
        SubElement(case, "failure", type=finding.severity, message=visible(finding.message)).text = body
    else:
        SubElement(case, "system-out").text = body


def _body(finding: Finding, prefix: str) -> list[str]:
    lines = [wording.one_line(finding, Look(), prefix)]
    lines += [f"{wording.spot(one.place, prefix)}: {visible(one.message)}" for one in finding.related]
    if finding.hint:
        said, *example = wording.advice(finding.hint)
        lines += [f"help: {said}", *(f"  {line}" for line in example)]
    return [*lines, f"explain: itsmctl explain {visible(finding.rule)}"]


def _passed(suite: Element, verdict: grounds.Node) -> None:
    """One case for each change that may go ahead, and one for the whole: a report without a case looks like no run."""
    from xml.etree.ElementTree import SubElement

    for one in (verdict, *grounds.changes(verdict)):
        if one["outcome"] != "DENIED":
            name = visible(f"{one['name']} {one['outcome']}")
            case = SubElement(suite, "testcase", classname="gate", name=name, time="0.0")
            said = [one["says"], *(grounds.notes(one) if one is not verdict else ())]
            SubElement(case, "system-out").text = "\n".join(map(visible, said))


def _rules(suite: Element, report: Report) -> None:
    """One case for each rule that found nothing, and one, skipped, for each that did not run."""
    from xml.etree.ElementTree import SubElement

    fired = {finding.rule for finding in report.findings}
    reasons = {one.rule: one.reason for one in report.seen.rules_not_run}
    for name in sorted({*report.seen.rules_run, *reasons} - fired):
        rule = report.rule(name)
        case = SubElement(
            suite, "testcase", classname=visible(name), name=visible(rule.title if rule else name), time="0.0"
        )
        if name in reasons:
            SubElement(case, "skipped", message=f"did not run: {wording.sentence(reasons[name])}")


def _count(suite: Element) -> None:
    """Writes onto a suite, or all of them, how many cases it holds."""
    suite.set("tests", str(len(list(suite.iter("testcase")))))
    suite.set("failures", str(len(list(suite.iter("failure")))))
    suite.set("errors", str(len(list(suite.iter("error")))))
    suite.set("skipped", str(len(list(suite.iter("skipped")))))
    suite.set("time", "0.0")
