"""Comma-separated values by RFC 4180, for spreadsheets: a row for each finding, rule that did not run, and note.

A spreadsheet runs what begins like a formula, and a record can hold one: such a cell begins with an apostrophe here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from itsmctl.escape import visible
from itsmctl.findings import Finding, NotRun, Report
from itsmctl.formats import grounds, wording

if TYPE_CHECKING:
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "a row for each finding, for spreadsheets"

COLUMNS = (
    "status",  # open, waived, not run, or note
    "severity",
    "rule",
    "title",
    "process",
    "basis",
    "clause",
    "record",
    "path",
    "line",
    "column",
    "pointer",
    "message",
    "related",
    "what_to_do",
    "waiver",
    "waived_until",
    "waived_because",
)

# Also at the start of a part after a semicolon, the separator of spreadsheets where the comma is decimal; and in full
# width, as keyboards of East Asia write it.
_FORMULA = re.compile(r"(^|;)(\s*[\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The report as CSV in UTF-8: the header, the findings in their order, the rules that did not run, the notes."""
    rows = [*(_finding(one, report) for one in report.findings), *(_not_run(one, report) for one in _sorted(report))]
    rows += [_note(change, said, report) for change, said in grounds.owing(report.verdict)]
    lines = [COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in rows)]
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in lines)


def failed(failure: Failure) -> str:
    """The header and one row, whose status is no verdict."""
    row = {
        "status": "no verdict",
        "severity": "error",
        "message": failure.sentence,
        "what_to_do": visible(failure.hint),
    }
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in (COLUMNS, [row.get(name, "") for name in COLUMNS]))


def _sorted(report: Report) -> list[NotRun]:
    return sorted(report.seen.rules_not_run, key=lambda one: one.rule)


def _cell(text: str) -> str:
    """Quoted and inert: the text is visible, so it holds no line break and no tab."""
    inert = _FORMULA.sub(r"\1'\2", text)
    return '"' + inert.replace('"', '""') + '"'


def _finding(finding: Finding, report: Report) -> dict[str, str]:
    place, waived = finding.place, finding.waived
    row = {
        **_rule(finding.rule, report),
        "status": "waived" if waived else "open",
        "severity": finding.severity,
        "record": visible(finding.record),
        "path": visible(wording.under(report.prefix, place.path)),
        "line": str(place.line),
        "column": str(place.column),
        "pointer": visible(place.pointer),
        "message": visible(finding.message),
        "related": "; ".join(
            f"{wording.spot(one.place, report.prefix)}: {visible(one.message)}" for one in finding.related
        ),
        "what_to_do": wording.advice_line(finding.hint),
    }
    if waived:
        because = wording.sentence(waived.reason)
        row |= {"waiver": visible(waived.waiver), "waived_until": visible(waived.expires), "waived_because": because}
    return row


def _not_run(one: NotRun, report: Report) -> dict[str, str]:
    return {**_rule(one.rule, report), "status": "not run", "message": wording.sentence(one.reason)}


def _note(change: grounds.Node, said: str, report: Report) -> dict[str, str]:
    """What a change owes, or nobody knew of it: no finding, and worth a row."""
    path = visible(wording.under(report.prefix, grounds.home(change)))
    about = {"record": visible(f"ChangeRequest/{change['name']}"), "path": path}
    return {"status": "note", "severity": "info", **about, "message": visible(said)}


def _rule(rule_id: str, report: Report) -> dict[str, str]:
    """What is said of a rule in each of its rows."""
    rule = report.rule(rule_id)
    row = {"rule": visible(rule_id)}
    if rule:
        clause = "; ".join(visible(f"{edition} {number}") for edition, number in rule.clause)
        row |= {"title": visible(rule.title), "process": visible(rule.process), "basis": rule.basis, "clause": clause}
    return row
