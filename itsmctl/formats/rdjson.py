"""Reviewdog Diagnostic Format: comments on the lines of a pull request, on any forge that reviewdog knows.

reviewdog comments on every diagnostic and can fail for any, and puts its message into a comment as Markdown. So waived
findings are no diagnostics, and messages are Markdown that shows text as it is. What was waived, what did not run
and what a change owes stands under `notes`, which reviewdog passes over, as it does all that it does not know.
"""

from __future__ import annotations

from itsmctl.escape import json_text, visible
from itsmctl.findings import Finding, Place, Report
from itsmctl.formats import grounds, links, wording
from itsmctl.formats.failure import Failure
from itsmctl.formats.look import Look
from itsmctl.markup import code, prose

ABOUT = "for reviewdog: comments on the lines of a pull request"

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The open findings as one `DiagnosticResult` (rdjson, not rdjsonl, of which reviewdog cuts long lines)."""
    waived = [wording.one_line(one, Look(), report.prefix) for one in report.findings if one.waived]
    not_run = [f"{visible(one.rule)} did not run: {wording.sentence(one.reason)}" for one in report.seen.rules_not_run]
    owed = [line for one, said in grounds.owing(report.verdict) for line in wording.noted(one["name"], [said])]
    return json_text(
        {
            "source": {"name": "itsmctl"},
            "diagnostics": [_diagnostic(finding, report) for finding in report.open],
            "notes": [*([visible(report.summary)] if report.summary else []), *waived, *not_run, *owed],
        }
    )


def failed(failure: Failure) -> str:
    """One diagnostic, at the settings: no diagnostic is a pass."""
    message = f"{prose(failure.sentence)}\n\n{prose(visible(failure.hint))}".rstrip()
    location = {"path": "itsm.yaml", "range": {"start": {"line": 1}}}
    diagnostic = {"message": message, "location": location, "severity": "ERROR"}
    return json_text({"source": {"name": "itsmctl"}, "diagnostics": [diagnostic], "notes": []})


def _diagnostic(finding: Finding, report: Report) -> dict[str, object]:
    made: dict[str, object] = {
        "message": _message(finding, report.prefix),
        "location": _location(finding.place, report.prefix),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": visible(finding.rule)},
        "original_output": wording.one_line(finding, Look(), report.prefix),
    }
    related = [
        {"message": prose(visible(one.message)), "location": _location(one.place, report.prefix)}
        for one in finding.related
    ]
    return {**made, "related_locations": related} if related else made


def _message(finding: Finding, prefix: str) -> str:
    """What is wrong, the second places, what to do, in Markdown.

    The rule stands in it, since reviewdog writes its code as `<CHG-07>`, which forges take for HTML and leave out.
    """
    parts = [f"{code(visible(finding.rule))}: {prose(visible(finding.message))}"]
    parts += [f"{code(wording.spot(one.place, prefix))}: {prose(visible(one.message))}" for one in finding.related]
    if finding.hint:
        said, *example = wording.advice(finding.hint)
        parts.append(f"What to do: {prose(said)}")
        parts += ["\n".join(f"    {line}" for line in example)] if example else []
    return "\n\n".join([*parts, f"More: {code(f'itsmctl explain {visible(finding.rule)}')}"])


def _location(place: Place, prefix: str) -> dict[str, object]:
    """A path, relative to the root of the git repository, and a range."""
    return {"path": visible(wording.under(prefix, place.path)) or ".", "range": _range(place)}


def _range(place: Place) -> dict[str, object]:
    """Lines, and columns where both ends are known: they count bytes of UTF-8, so the text of the line is needed."""
    start = _column(place, place.line, place.column)
    end = _column(place, place.end_line, place.end_column)
    if start is None or end is None:
        return {"start": {"line": place.line}, "end": {"line": place.end_line}}
    return {
        "start": {"line": place.line, "column": start},
        "end": {"line": place.end_line, "column": end},
    }


def _column(place: Place, line: int, column: int) -> int | None:
    """A column in bytes, counted from 1; None where the line is not at hand."""
    text = dict(place.excerpt).get(line)
    return None if text is None else len(links.raw(text[: column - 1])) + 1
