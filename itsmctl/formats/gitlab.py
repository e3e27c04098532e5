"""GitLab Code Quality: what a merge request shows as new and as fixed, against the report of its target branch.

Nothing but `description` is shown of a finding, so rule and advice stand in it. A waived finding is of severity `info`
and another one than when it was open: so the reviewers of a waiver see what it lifts. Rules that did not run have no
place in this format; another one says so, such as `-f concise` in the log of the same run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import json_text, visible
from itsmctl.findings import Finding, Report
from itsmctl.formats import grounds, wording
from itsmctl.formats.identity import fingerprints, identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "code quality report, for merge requests of GitLab"

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The report as a JSON array, empty where nothing was found: so it tells what was fixed.

    GitLab takes the reports of all jobs of a pipeline together and keeps one entry of a fingerprint. So the command and
    the governed root are part of it, and no two are equal.
    """
    known_by = [
        (report.title, report.prefix, "waived" if finding.waived else "open", *identity(finding))
        for finding in report.findings
    ]
    pairs = zip(report.findings, fingerprints(known_by), strict=True)
    entries = [_entry(finding, fingerprint, report) for finding, fingerprint in pairs]
    return json_text([*entries, *_notes(report)])


def _notes(report: Report) -> Iterator[dict[str, object]]:
    """What a change owes is nothing to mend in this head, and is worth knowing before it is merged."""
    owed = grounds.owing(report.verdict)
    known_by = [(report.title, report.prefix, "note", str(change["name"]), said) for change, said in owed]
    for (change, said), fingerprint in zip(owed, fingerprints(known_by), strict=True):
        path = visible(wording.under(report.prefix, grounds.home(change)))
        yield {
            "description": visible(said),
            "check_name": "note",
            "fingerprint": fingerprint,
            "severity": "info",
            "location": {"path": path, "lines": {"begin": 1, "end": 1}},
        }


def failed(failure: Failure) -> str:  # noqa: ARG001 - see below
    """No file: a report without entries would tell that all of them were fixed, one with other entries as well."""
    return ""


def _entry(finding: Finding, fingerprint: str, report: Report) -> dict[str, object]:
    place = finding.place
    return {
        "description": _description(finding),
        "check_name": visible(finding.rule),
        "fingerprint": fingerprint,
        "severity": _severity(finding, report),
        "location": {
            "path": visible(wording.under(report.prefix, place.path)) or ".",
            "lines": {"begin": place.line, "end": place.end_line},
        },
    }


def _severity(finding: Finding, report: Report) -> str:
    """An error that no waiver can lift is critical."""
    rule = report.rule(finding.rule)
    if finding.waived:
        return "info"
    hard = finding.severity == "error" and rule is not None and rule.enforcement == "hard"
    return "critical" if hard else _SEVERITIES[finding.severity]


def _description(finding: Finding) -> str:
    if finding.waived:
        return f"{visible(finding.rule)}: {visible(finding.message)} (waived by {wording.lifted_by(finding.waived)})"
    return f"{visible(finding.rule)}: {wording.told(finding)}"
