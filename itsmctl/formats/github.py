"""GitHub workflow commands: the worst findings as annotations on their lines, then all of them in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import cut, visible
from itsmctl.findings import SEVERITIES, Finding, Report
from itsmctl.formats import ahead, wording

if TYPE_CHECKING:
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "annotations on the lines of a pull request, and the log, in GitHub Actions"

MOST = 10
"""Annotations: as many of one level as GitHub takes from a step. It drops further ones without a word, and a reader
of a pull request is not helped by many.
"""

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def write(report: Report, look: Look) -> str:
    """Annotations worst first, then the log lines, in which no text can be taken for a command.

    With `look.quiet` the summary is left out of the log.
    """
    lines: list[str] = []
    log = [wording.line_with_help(finding, look, report.prefix) for finding in wording.shown(report, look)]
    worst_first = sorted(report.open, key=lambda finding: SEVERITIES.index(finding.severity))
    lines += [_annotation(finding, report) for finding in worst_first[:MOST]]
    log += [] if look.quiet else ahead.lines(report, "\n".join(log))
    if worst_first[MOST:]:
        log.append(f"{wording.counted(worst_first[MOST:])} without annotation: the worst {MOST} have one")
    if not look.quiet:
        log += wording.footer(report, look)
    token = _token(report)
    if log:
        lines += [f"::stop-commands::{token}", *log, f"::{token}::"]
    return "".join(f"{line}\n" for line in lines)


def failed(failure: Failure) -> str:
    """One annotation without a place."""
    said = "\n".join(failure.lines).replace("%", "%25").replace("\n", "%0A")
    return f"::error title=itsmctl {_property(visible(failure.title))}::{said}\n"


def _annotation(finding: Finding, report: Report) -> str:
    """`::error file=…,line=…,col=…,title=…::message`; columns only where the place is on one line."""
    place, rule = finding.place, report.rule(finding.rule)
    title = f"{finding.rule}: {rule.title}" if rule else finding.rule
    at = [("file", wording.under(report.prefix, place.path))] if place.path else []
    at += [("line", str(place.line)), ("endLine", str(place.end_line))] if place.path else []
    if place.path and place.line == place.end_line:
        at += [("col", str(place.column)), ("endColumn", str(place.end_column))]
    at.append(("title", cut(visible(title), 255)))
    said = ",".join(f"{name}={_property(visible(value))}" for name, value in at)
    return f"::{_COMMANDS[finding.severity]} {said}::{_message(finding, report)}"


def _message(finding: Finding, report: Report) -> str:
    lines = [visible(finding.message)]
    lines += [f"{wording.spot(one.place, report.prefix)}: {visible(one.message)}" for one in finding.related]
    if finding.hint:
        said, *example = wording.advice(finding.hint)
        lines += [f"help: {said}", *(f"  {line}" for line in example)]
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
