"""Checkstyle XML, which many tools read in place of a format of their own: Jenkins, reviewdog, editors, bots.

Its readers take every entry for a defect, and count or comment on it. So the open findings are the entries; what was
waived, what did not run and what a change owes stands in a comment of XML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import visible
from itsmctl.findings import Finding, Report
from itsmctl.formats import grounds, wording
from itsmctl.formats.look import Look

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from itsmctl.formats.failure import Failure

ABOUT = "XML that Jenkins, reviewdog and many others read"


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The open findings as `<checkstyle>`, a `<file>` for each file. Columns count code points."""
    from xml.etree import ElementTree as ET  # brings expat: not for those who only ask for the list of formats

    root = ET.Element("checkstyle", version="4.3")  # the version that its readers have known for twenty years
    root.append(ET.Comment("\n".join(["", *_comment(report), "  "])))
    files: dict[str, Element] = {}
    for finding in report.open:
        path = visible(wording.under(report.prefix, finding.place.path)) or "."
        if path not in files:
            files[path] = ET.SubElement(root, "file", name=path)
        ET.SubElement(files[path], "error", _attributes(finding, report))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def failed(failure: Failure) -> str:
    """One entry, at the settings: readers know nothing but entries, and no entry is a pass."""
    from xml.etree import ElementTree as ET

    root = ET.Element("checkstyle", version="4.3")
    file = ET.SubElement(root, "file", name="itsm.yaml")
    said = {"line": "1", "severity": "error", "message": failure.sentence, "source": "itsmctl.run.no-verdict"}
    ET.SubElement(file, "error", said)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _attributes(finding: Finding, report: Report) -> dict[str, str]:
    """`source` names the process before the rule: Jenkins takes the two for category and type."""
    rule = report.rule(finding.rule)
    group = (rule.process or rule.basis) if rule else "form"
    return {
        "line": str(finding.place.line),
        "column": str(finding.place.column),
        "severity": finding.severity,
        "message": wording.told(finding),
        "source": f"itsmctl.{visible(group)}.{visible(finding.rule)}",
    }


def _comment(report: Report) -> list[str]:
    """The summary, what was waived and what did not run, without `--`, which no comment of XML may hold."""
    said = [visible(report.summary)] if report.summary else [wording.summary(report), wording.looked_at(report)]
    said += [wording.one_line(one, Look(), report.prefix) for one in report.findings if one.waived]
    said += [f"did not run: {', '.join(names)}: {why}" for why, names in wording.by_reason(report.seen.rules_not_run)]
    for change, note in grounds.owing(report.verdict):
        said += wording.noted(change["name"], [note])
    return ["    " + line.replace("--", "-\\x2d") for line in said]
