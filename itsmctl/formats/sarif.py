"""SARIF 2.1.0, as the standard has it and as GitHub code scanning reads it.

What GitHub needs beyond the schema: every loaded rule declared (also when nothing was found: so it closes alerts),
places of one line (a pull request shows no other), code points as columns, and no `security-severity`, which would
turn a rule about processes into a security alert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import json_text, visible
from itsmctl.findings import SEVERITIES, Finding, Place, Related, Report, Rule
from itsmctl.formats import wording
from itsmctl.formats.identity import fingerprints, identity
from itsmctl.formats.links import uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "SARIF 2.1.0, for code scanning"

MOST = 5_000
"""Results that GitHub keeps of a run: more than that are refused or dropped, so the worst are chosen here."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LONGEST_TEXT = 1_024  # code points of a rule's description that GitHub takes
_MOST_TAGS = 20
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM = {"error": "error", "warning": "warning", "info": "recommendation"}


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The report as one SARIF run."""
    rules = _declared(report)
    index = {rule.id: position for position, rule in enumerate(rules)}
    prints = fingerprints(identity(finding) for finding in report.findings)
    results = [_result(report, position, index, prints[position]) for position in _kept(report)]
    prefix = f"{uri(report.prefix)}/" if report.prefix else ""
    said = {"source": visible(report.seen.source), "asOf": visible(report.seen.as_of)}
    if report.verdict is not None:
        said["verdict"] = visible(report.summary)
    run = {
        "tool": {"driver": _driver(report, rules)},
        "automationDetails": {"id": f"itsmctl/{uri(report.title)}/{prefix}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the git repository"}}},
        "invocations": [_invocation(report, index)],
        "results": results,
        "properties": said,
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def failed(failure: Failure) -> str:
    """A run that was no success and has no `results`: an empty list of them would close every alert."""
    driver = {"name": "itsmctl", "version": failure.version, "semanticVersion": failure.version, "rules": []}
    note = {"level": "error", "message": {"text": "\n".join(failure.lines)}}
    invocation = {
        "executionSuccessful": False,
        "exitCode": failure.exit_code,
        "exitCodeDescription": visible(failure.word),
        "toolExecutionNotifications": [note],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"itsmctl/{uri(failure.title)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(report: Report, rules: Iterable[Rule]) -> dict[str, object]:
    return {
        "name": "itsmctl",
        "version": report.version,
        "semanticVersion": report.version,
        "rules": [_rule(rule) for rule in rules],
    }


def _declared(report: Report) -> tuple[Rule, ...]:
    """All loaded rules, and a bare one for an id that fired without being loaded: readers need every id declared."""
    loaded = {rule.id for rule in report.rules}
    strays = {finding.rule: finding.severity for finding in report.findings if finding.rule not in loaded}
    bare = [Rule(name, name, severity, name, "") for name, severity in sorted(strays.items())]
    return (*report.rules, *bare)


def _rule(rule: Rule) -> dict[str, object]:
    title = visible(rule.title, _LONGEST_TEXT - 1)
    what_to_do = f"What to do: {wording.advice_line(rule.remediation)}\n" if rule.remediation else ""
    tags = [rule.process, rule.basis, *rule.tags, *(f"{edition}:{number}" for edition, number in rule.clause)]
    return {
        "id": visible(rule.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": visible(" ".join(rule.description.split()), _LONGEST_TEXT - 1) or title},
        "help": {"text": f"{what_to_do}More: itsmctl explain {visible(rule.id)}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": list(dict.fromkeys(visible(tag) for tag in tags if tag))[:_MOST_TAGS],
            "precision": "very-high",
            "problem.severity": _PROBLEM[rule.severity],
        },
    }


def _kept(report: Report) -> list[int]:
    """Positions of the findings to write: all, or the worst `MOST`; in the order of the report."""
    findings = report.findings
    worst_first = sorted(
        range(len(findings)),
        key=lambda at: (findings[at].waived is not None, SEVERITIES.index(findings[at].severity), at),
    )
    return sorted(worst_first[:MOST])


def _result(report: Report, position: int, index: dict[str, int], fingerprint: str) -> dict[str, object]:
    finding = report.findings[position]
    result: dict[str, object] = {
        "ruleId": visible(finding.rule),
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding, report.prefix)},
        "partialFingerprints": {"itsmctl/v1": fingerprint},
        "properties": {"record": visible(finding.record), "pointer": visible(finding.place.pointer)},
    }
    if finding.place.path:
        result["locations"] = [{"physicalLocation": _physical(finding.place, report.prefix)}]
    related = [
        _related(number, one, report.prefix) for number, one in enumerate(finding.related, start=1) if one.place.path
    ]
    if related:
        result["relatedLocations"] = related
    if finding.waived:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": wording.lifted_by(finding.waived)}
        ]
    return result


def _message(finding: Finding, prefix: str) -> str:
    """The message, the second places as links to them, what to do."""
    lines = [_unlinked(visible(finding.message))]
    for number, one in enumerate(finding.related, start=1):
        where = _in_brackets(wording.spot(one.place, prefix))
        link = f"[{where}]({number})" if one.place.path else where
        lines.append(f"{link}: {_unlinked(visible(one.message))}")
    if finding.hint:
        said, *example = wording.advice(finding.hint)
        lines += [f"What to do: {_unlinked(said)}", *(f"    {_unlinked(line)}" for line in example)]
    return "\n".join(lines)


def _unlinked(text: str) -> str:
    """`text` in which a reader of SARIF sees no `[link](target)`."""
    return _in_brackets(text) if "](" in text else text


def _in_brackets(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _physical(place: Place, prefix: str) -> dict[str, object]:
    file = {"uri": uri(wording.under(prefix, place.path)), "uriBaseId": _ROOT}
    return {"artifactLocation": file, "region": _region(place)}


def _region(place: Place) -> dict[str, int]:
    """The place, or its first line where it goes over several."""
    end = place.end_column
    if place.end_line != place.line:
        text = dict(place.excerpt).get(place.line, "").rstrip("\r\n")
        end = max(len(text), place.column) + 1
    return {"startLine": place.line, "startColumn": place.column, "endLine": place.line, "endColumn": end}


def _related(number: int, related: Related, prefix: str) -> dict[str, object]:
    return {
        "id": number,
        "physicalLocation": _physical(related.place, prefix),
        "message": {"text": visible(related.message)},
    }


def _invocation(report: Report, index: dict[str, int]) -> dict[str, object]:
    """How the run went: it judged, whatever it found; what was left out and which rules did not run."""
    notes: list[dict[str, object]] = []
    missing = len(report.findings) - MOST
    if missing > 0:
        text = f"{missing} more findings are left out: this file holds the {MOST} worst, as many as code scanning keeps"
        notes.append({"level": "warning", "message": {"text": text}})
    for one in report.seen.rules_not_run:
        note: dict[str, object] = {
            "level": "note",
            "message": {"text": f"{visible(one.rule)} did not run: {wording.sentence(one.reason)}"},
        }
        if one.rule in index:
            note["associatedRule"] = {"id": visible(one.rule), "index": index[one.rule]}
        notes.append(note)
    return {"executionSuccessful": True, "exitCode": report.exit_code, "toolExecutionNotifications": notes}
