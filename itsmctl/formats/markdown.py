"""Markdown for the summary of a job and the comment on a pull request: the verdict, then the findings by file.

GitHub refuses a comment of more than 65,536 characters and a summary of more than 1 MiB, whole: so a longer report is
cut, the worst kept, and says what is missing. Links need `Look.web`: in a comment no relative link leads anywhere.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from itsmctl.escape import cut, visible
from itsmctl.findings import SEVERITIES, Finding, Place, Report
from itsmctl.formats import comment, grounds, links, wording
from itsmctl.markup import block, code, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "for the summary of a job and comments on pull requests"

LONGEST = 65_536
"""Bytes of a report: so it stays within the limit of a comment, however that counts characters."""

OPEN = 10
"""Findings that are seen at once; further ones are folded away."""

_ASIDE = 10_000  # bytes for each part beside the findings
_LONGEST_TEXT = 600  # code points of a message or of advice
_LONGEST_LINE = 2_000  # of an example: a command that is cut does something else
_MOST_RELATED = 3
_MOST_PATHS = 10
_ENOUGH = 20  # findings found too long for the room that is left, after which no more are tried
_MARKS = {"error": "🔴", "warning": "🟡", "info": "🔵"}


def write(report: Report, look: Look) -> str:
    """The report as one comment; with `look.quiet` only the verdict and the findings."""
    head = [_marker(report), f"### {_verdict(report)}", ""]
    tail: list[str] = []
    if not look.quiet:
        head += [] if report.summary else [_text(f"L{wording.looked_at(report)[1:]}"), *_law(report), ""]
        tail = [*_statistics(report, look), *_waived(report, look), *_not_run(report), *_run(report)]
    if report.verdict is not None:
        head += comment.lines(report.verdict)
    room = LONGEST - _size([*head, *tail]) - 1_000  # for the words around the tables
    lines = [*head, *_findings(report, look, room), *tail]
    return "\n".join(lines).rstrip("\n") + "\n"


def failed(failure: Failure) -> str:
    """The verdict that there is none, and why."""
    names = ["itsmctl", links.uri(failure.title)]
    reason = "\n".join(_cut([], [f"    {line}" for line in failure.lines]))
    return f"<!-- {' '.join(names)} -->\n### ❌ itsmctl {_text(failure.title)} came to no verdict\n\n{reason}\n"


def _marker(report: Report) -> str:
    """The line by which a bot finds its comment of the run before, to write it anew."""
    names = ["itsmctl", links.uri(report.title), links.uri(visible(report.prefix, 200))]
    return f"<!-- {' '.join(name for name in names if name)} -->"


def _verdict(report: Report) -> str:
    title = f"itsmctl {_text(report.title)}"
    said = _text(report.summary or wording.summary(report))
    if report.verdict is not None:
        return f"{comment.MARKS[report.verdict['outcome']]} {title}: {said}"
    return f"✅ {title} passed: {said}" if report.passed else f"❌ {title} failed: {said}"


def _findings(report: Report, look: Look, room: int) -> list[str]:
    """The open findings by file, as many of the worst as there is room for; from the eleventh on folded away."""
    worst_first = sorted(_untold(report), key=lambda finding: SEVERITIES.index(finding.severity))
    kept: list[tuple[Finding, str]] = []
    left: list[Finding] = []
    headed: set[tuple[bool, str]] = set()
    for number, finding in enumerate(worst_first, start=1):
        table = (len(kept) < OPEN, finding.place.path)
        row = _row(finding, report.prefix, look)
        needed = _size([row] if table in headed else [*_header(finding.place, report.prefix, look), row, ""])
        if needed > room:
            left.append(finding)
            if len(left) == _ENOUGH:
                left += worst_first[number:]
                break
            continue
        headed.add(table)
        kept.append((finding, row))
        room -= needed
    lines = _tables(kept[:OPEN], report.prefix, look)
    if kept[OPEN:]:
        lines += _folded(wording.count(len(kept) - OPEN, "more finding"), _tables(kept[OPEN:], report.prefix, look))
    if left:
        lines += [f"{wording.counted(left)} left out for want of room; those above are the worst.", ""]
    return lines


def _untold(report: Report) -> tuple[Finding, ...]:
    """The open findings but for those that the row of a change tells of."""
    if report.verdict is None:
        return report.open
    told = {
        (f"ChangeRequest/{one['name']}", code)
        for one in grounds.changes(report.verdict)
        for code in grounds.reasons(one)
    }
    return tuple(finding for finding in report.open if (finding.record, finding.rule) not in told)


def _tables(rows: Iterable[tuple[Finding, str]], prefix: str, look: Look) -> list[str]:
    """A table for each file, those with the worst findings first; in it, the order of the report."""
    in_order = sorted(rows, key=lambda row: row[0].order)
    files = [list(found) for _, found in groupby(in_order, key=lambda row: row[0].place.path)]
    files.sort(key=lambda found: min(SEVERITIES.index(finding.severity) for finding, _ in found))
    lines: list[str] = []
    for found in files:
        lines += [*_header(found[0][0].place, prefix, look), *(row for _, row in found), ""]
    return lines


def _header(place: Place, prefix: str, look: Look) -> list[str]:
    """The head of a file's table: its path, linked where that can be."""
    shown = code(visible(wording.under(prefix, place.path)) or ".")
    web = links.shown_at(look.web, prefix, place).partition("#")[0]
    return [f"| Line | {f'[{shown}]({web})' if web else shown} |", "| --: | :-- |"]


def _row(finding: Finding, prefix: str, look: Look) -> str:
    """Line, severity, rule and message; below them the second places and what to do."""
    web = links.shown_at(look.web, prefix, finding.place)
    line = f"[{finding.place.line}]({web})" if web else str(finding.place.line)
    name = code(f"{finding.severity}[{visible(finding.rule, 100)}]")
    said = [f"{_MARKS[finding.severity]} {name} {_text(finding.message)}"]
    said += [f"{_spot(one.place, prefix, look)}: {_text(one.message)}" for one in finding.related[:_MOST_RELATED]]
    if len(finding.related) > _MOST_RELATED:
        said.append(f"and {wording.count(len(finding.related) - _MOST_RELATED, 'more place')}")
    example: list[str] = []
    if finding.hint:
        advice, *example = wording.advice(finding.hint)
        said.append(f"→ {_text(advice)}")
    return (
        f"| {line} | {'<br>'.join(said)}{block([cut(one, _LONGEST_LINE) for one in example[:20]]) if example else ''} |"
    )


def _text(text: str) -> str:
    return prose(visible(text, _LONGEST_TEXT))


def _spot(place: Place, prefix: str, look: Look) -> str:
    web, shown = links.shown_at(look.web, prefix, place), code(cut(wording.spot(place, prefix), 300))
    return f"[{shown}]({web})" if web else shown


def _statistics(report: Report, look: Look) -> list[str]:
    rows = wording.tally(report) if look.statistics else ()
    table = []
    for row in rows:
        rule = report.rule(row.rule)
        title = _text(rule.title) if rule else ""
        table.append(f"| {row.open} | {row.waived} | {code(visible(row.rule, 100))} {title} |")
    head = ["| Open | Waived | Rule |", "| --: | --: | :-- |"]
    return _folded(f"Findings of {wording.count(len(rows), 'rule')}", _cut(head, table)) if table else []


def _waived(report: Report, look: Look) -> list[str]:
    """The findings that a waiver lifts, and which one until when: they do not count, and stay in sight."""
    rows = []
    for finding in report.findings:
        if finding.waived:
            place, rule = _spot(finding.place, report.prefix, look), code(visible(finding.rule, 100))
            rows.append(f"| {place}: {rule} {_text(finding.message)} | {prose(_lifted_by(finding))} |")
    head = ["| Finding | Waived by |", "| :-- | :-- |"]
    return _folded(f"{wording.count(len(rows), 'waived finding')}", _cut(head, rows)) if rows else []


def _lifted_by(finding: Finding) -> str:
    return visible(wording.lifted_by(finding.waived), _LONGEST_TEXT) if finding.waived else ""


def _law(report: Report) -> list[str]:
    """Whether the rules are others than before: whoever reads a pull request has to know, since they judge it."""
    if not report.seen.law_edits:
        return []
    since = _text(f"Judged by rules that are edited since {visible(report.seen.since)}:")
    return ["", f"⚠️ {since} {_few(report.seen.law_edits)}"]


def _few(paths: Sequence[str]) -> str:
    """Some of the paths, and how many more there are."""
    named = [code(cut(visible(path), 200)) for path in paths[:_MOST_PATHS]]
    more = [f"{len(paths) - len(named)} more"] if len(paths) > len(named) else []
    return ", ".join([*named, *more])


def _not_run(report: Report) -> list[str]:
    """The rules that did not run, by reason."""
    reasons = wording.by_reason(report.seen.rules_not_run)
    rows = [f"- {', '.join(code(cut(name, 100)) for name in names)}: {_text(reason)}" for reason, names in reasons]
    number = wording.count(len(report.seen.rules_not_run), "rule")
    return _folded(f"{number} did not run", [*_cut([], rows)]) if rows else []


def _run(report: Report) -> list[str]:
    """What was looked at, and how: so that a clean report says what is clean."""
    if report.summary:
        return []
    seen = report.seen
    unreadable = f", {seen.unreadable} of them unreadable" if seen.unreadable else ""
    aside = [f"{number} {word}" for number, word in ((seen.old, "old"), (seen.hidden, "hidden")) if number]
    kinds = [f"{number} {prose(cut(visible(kind), 100))}" for kind, number in seen.records]
    rows = [
        f"- Read: {_text(wording.when(report))}",
        *([f"- Compared with: {_text(seen.since)}"] if seen.since else []),
        f"- Files: {seen.files}{unreadable}",
        *([f"- Ignored by git, so not read: {_few(seen.ignored)}"] if seen.ignored else []),
        f"- Records: {', '.join(kinds) or 'none'}",
        f"- Rules: {len(seen.rules_run)} ran, {len(seen.rules_not_run)} did not",
        f"- Findings not listed: {', '.join(aside) or 'none'}",
        f"- Fails on: {report.fail_on}{' and worse' if report.fail_on != 'error' else ''}",
        f"- itsmctl {report.version}; `itsmctl explain RULE` says more about a rule",
    ]
    return _folded("What was looked at", _cut([], rows))


def _cut(head: list[str], rows: Sequence[str]) -> list[str]:
    """`head` and as many `rows` as a part beside the findings may take, and how many more there are."""
    kept, used = list(head), _size(head)
    for number, row in enumerate(rows):
        used += _size([row])
        if used > _ASIDE:
            return [*kept, "", f"and {len(rows) - number} more"]
        kept.append(row)
    return kept


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    """Seen when a reader opens it. `title` is ours: no record text."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, *([""] if lines[-1] else []), "</details>", ""]


def _size(lines: Iterable[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
