"""GitHub workflow commands: the worst findings as annotations on their lines, then all of them in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import cut, visible
from itsmctl.findings import SEVERITIES, Finding, Report
from itsmctl.formats import wording

if TYPE_CHECKING:
    from itsmctl.formats.look import Look

ABOUT = "annotations on the lines of a pull request, and the log, in GitHub Actions"

MOST = 10
"""Annotations of one level that GitHub takes from a step; it drops further ones without a word."""

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def write(report: Report, look: Look) -> str:
    """Annotations worst first, then the log lines, in which no text can be taken for a command.

    With `look.quiet` the summary is left out of the log.
    """
    lines: list[str] = []
    log = [wording.one_line(finding, look, report.prefix) for finding in wording.shown(report, look)]
    for severity in SEVERITIES:
        found = [finding for finding in report.open if finding.severity == severity]
        lines += [_annotation(finding, report) for finding in found[:MOST]]
        if len(found) > MOST:
            more = wording.count(len(found) - MOST, f"further {severity}")
            log.append(f"{more} without annotation: GitHub shows {MOST} of a level")
    if not look.quiet:
        log += wording.footer(report, look)
    token = _token(report)
    if log:
        lines += [f"::stop-commands::{token}", *log, f"::{token}::"]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, report: Report) -> str:
    """`::error file=…,line=…,col=…,title=…::message`; columns only where the place is on one line."""
    place, rule = finding.place, report.rule(finding.rule)
    title = f"{finding.rule}: {rule.title}" if rule else finding.rule
    at = [("file", wording.under(report.prefix, place.path))] if place.path else []
    at += [("line", str(place.line)), ("endLine", str(place.end_line))]
    if place.line == place.end_line:
        at += [("col", str(place.column)), ("endColumn", str(place.end_column))]
    at.append(("title", cut(visible(title), 255)))
    said = ",".join(f"{name}={_property(visible(value))}" for name, value in at)
    return f"::{_COMMANDS[finding.severity]} {said}::{_message(finding, report)}"


def _message(finding: Finding, report: Report) -> str:
    lines = [visible(finding.message)]
    lines += [f"{wording.spot(one.place, report.prefix)}: {visible(one.message)}" for one in finding.related]
    if finding.hint:
        lines.append(f"help: {wording.sentence(finding.hint)}")
    lines.append(f"explain: itsmctl explain {visible(finding.rule)}")
    return "\n".join(lines).replace("%", "%25").replace("\n", "%0A")


def _property(value: str) -> str:
    return value.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def _token(report: Report) -> str:
    """What ends the stop of commands: the same for the same report, yet no text in the report can hold it.

    Writing it into a record changes the report, and with it the token.
    """
    from hashlib import sha256  # brings OpenSSL: not for those who only ask for the list of formats

    return f"itsmctl-{sha256(repr(report).encode('utf-8', 'surrogatepass')).hexdigest()}"
