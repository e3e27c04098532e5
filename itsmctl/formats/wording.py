"""Sentences that several formats say: a finding on one line, the summary, what a run looked at. All text is escaped."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.drawing import parted
from itsmctl.escape import at_line_start, columns, cut, fold, visible
from itsmctl.findings import SEVERITIES, Finding, NotRun, Place, Report, Seen, Waived, count_by_severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from itsmctl.formats.look import Look


_SHORT_HELP = 100  # code points of advice that a line takes
_FIRST_SENTENCE = re.compile(r".+?[.?](?= )")


class Tally(Struct, frozen=True):
    """How often a rule fired."""

    rule: str
    open: int
    waived: int


def tally(report: Report) -> tuple[Tally, ...]:
    """The rules that fired, those with the most open findings first."""
    lifted = Counter(finding.rule for finding in report.findings if finding.waived)
    counted = Counter(finding.rule for finding in report.open)
    found = [Tally(rule, counted[rule], lifted[rule]) for rule in counted | lifted]
    return tuple(sorted(found, key=lambda one: (-one.open, -one.waived, one.rule)))


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def counted(findings: Sequence[Finding]) -> str:
    """`12 more findings (10 warnings, 2 infos)`."""
    counts = count_by_severity(findings)
    by_severity = ", ".join(count(counts[severity], severity) for severity in SEVERITIES if counts[severity])
    return f"{count(len(findings), 'more finding')} ({by_severity})"


def spot(place: Place, base: str = "") -> str:
    """`path:line:column`, fit to begin a line; `base` is a folder that stands before the path."""
    return f"{at_line_start(visible(under(base, place.path) or '.'))}:{place.line}:{place.column}"


def under(base: str, path: str) -> str:
    """A path of the report as seen from above the governed root; an empty one stays empty."""
    return f"{base.rstrip('/')}/{path}" if base and path else path


def sentence(text: str) -> str:
    """Prose of ours or of a policy (a hint, a reason) on one line: its line breaks carry no meaning."""
    return visible(" ".join(text.split()))


def advice(hint: str) -> list[str]:
    """What to do: prose on one line, then the lines of its example as they are to be pasted."""
    said, example = parted(hint)
    return [sentence(said), *(at_line_start(visible(line)) for line in example)]


def advice_line(hint: str) -> str:
    """What to do on one line: an example of several lines is left out, with the sentence that announces it."""
    said, *example = advice(hint)
    line = " ".join([said, *example]) if len(example) == 1 else said
    return f"{line.rpartition('. ')[0]}." if ". " in line and line.endswith(":") else line


def told(finding: Finding) -> str:
    """What is wrong and what to do, as sentences on one line."""
    said, advice = visible(finding.message), advice_line(finding.hint)
    return f"{said}{'' if said.endswith(('.', '?', '!', ':', '…')) else '.'} {advice}" if advice else said


def lifted_by(waived: Waived) -> str:
    """`Waiver/name until 2026-12-31: reason`."""
    return f"Waiver/{visible(waived.waiver)} until {visible(waived.expires)}: {sentence(waived.reason)}"


def one_line(finding: Finding, look: Look, base: str) -> str:
    """`path:line:column: error[CHG-07] message`; a waived finding says so where the severity stands.

    What has no place of its own stands at its second one.
    """
    severity = look.paint(finding.severity, finding.severity) if finding.waived is None else "waived"
    ending = "" if finding.waived is None else f" ({lifted_by(finding.waived)})"
    where = next((one.place for one in finding.related if not finding.place.path), finding.place)
    return f"{spot(where, base)}: {severity}[{visible(finding.rule)}] {visible(finding.message)}{ending}"


def noted(change: str, notes: Iterable[str]) -> list[str]:
    """`CHG-2026-0042: note: …` for each of what a change owes, or nobody knew of it, unescaped."""
    own = at_line_start(visible(change))
    return [f"{own}: note: {visible(one.removeprefix(f'{change} '))}" for one in notes]


def line_with_help(finding: Finding, look: Look, base: str) -> str:
    """As `one_line`, and what to do where that is short: in the log of a pipeline there is nothing else to read."""
    line = one_line(finding, look, base)
    advised = advice_line(finding.hint) if finding.hint and not finding.waived else ""
    if len(advised) > _SHORT_HELP:
        first = _FIRST_SENTENCE.match(advised)
        advised = first[0] if first else ""
    return f"{line}; help: {advised}" if advised and len(advised) <= _SHORT_HELP else line


def shown(report: Report, look: Look) -> tuple[Finding, ...]:
    """The findings to list: waived ones are always counted, and listed only on request."""
    return report.findings if look.verbose else report.open


def summary(report: Report) -> str:
    """`2 errors, 1 warning in 2 files (1 waived, 3 old)`, or what was clean."""
    found, seen = report.open, report.seen
    aside = [
        f"{number} {word}"
        for number, word in (
            (len(report.findings) - len(found), "waived"),
            (seen.old, "old"),
            (seen.hidden, "hidden"),
        )
        if number
    ]
    ending = f" ({', '.join(aside)})" if aside else ""
    since = f" since {visible(seen.since)}" if seen.since else ""
    if not found:
        return f"no {'new ' if since else ''}findings{since} in {count(_records(report), 'record')}{ending}"
    counts = count_by_severity(found)
    said = ", ".join(count(counts[severity], severity) for severity in SEVERITIES if counts[severity])
    files = count(len({finding.place.path for finding in found}), "file")
    return f"{said} in {files}{', new' if since else ''}{since}{ending}"


def footer(report: Report, look: Look) -> list[str]:
    """The lines under the findings: counts by rule on request, the summary, and what the run looked at.

    A clean run tells this in full, since it is all that it has to say; otherwise one line does.
    """
    lines = [*_statistics(report, look), ""] if look.statistics and report.findings else []
    style = "strong" if report.passed else "error"
    lines += [look.paint(style, line) for line in fold(visible(report.summary) or summary(report), look.width)]
    if report.summary:
        return lines
    if look.verbose or not report.open:
        return [*lines, "", *_looked_at(report, look)]
    return [*lines, *fold(f"{looked_at(report)} (-v says more)", look.prose)]


def looked_at(report: Report) -> str:
    """`looked at 138 records, 5 rules ran, 1 did not run; work tree as of 2026-11-22T10:00:00Z`."""
    seen = report.seen
    not_run = f", {len(seen.rules_not_run)} did not run" if seen.rules_not_run else ""
    ignored = f", {count(len(seen.ignored), 'file')} ignored by git" if seen.ignored else ""
    looked = f"{count(_records(report), 'record')}{ignored}, {count(len(seen.rules_run), 'rule')} ran{not_run}"
    return f"looked at {looked}; {when(report)}"


def _records(report: Report) -> int:
    return sum(number for _, number in report.seen.records)


def when(report: Report) -> str:
    """What was read, and the time that was taken for now."""
    return f"{visible(report.seen.source)} as of {visible(report.seen.as_of)}"


def _statistics(report: Report, look: Look) -> list[str]:
    rows = tally(report)
    digits = max(len(str(row.open)) for row in rows)
    names = max(columns(visible(row.rule)) for row in rows)
    lines = []
    for row in rows:
        rule = report.rule(row.rule)
        title = visible(rule.title) if rule else ""
        waived = f" (and {row.waived} waived)" if row.waived else ""
        name = visible(row.rule)
        start = f"{row.open:>{digits}}  {name}{' ' * (names - columns(name))}  "
        lines.append(cut(start + title, look.width - len(waived)) + waived)
    return [line.rstrip() for line in lines]


def _looked_at(report: Report, look: Look) -> list[str]:
    """A block of `name   text` rows."""
    seen = report.seen
    room = max(look.prose - 12, 20)
    unreadable = f"; {seen.unreadable} of them unreadable" if seen.unreadable else ""
    rows: list[tuple[str, list[str]]] = [
        ("source", fold(when(report), room)),
        ("files", [*fold(f"{seen.files} read{unreadable}", room), *_ignored(seen.ignored, look, room)]),
        ("records", _columns([(number, visible(kind)) for kind, number in seen.records], room)),
        ("rules", [*_ran(seen, room), *_not_run(seen.rules_not_run, look, room)]),
        ("waivers", _waivers(seen.waivers_used, look, room)),
    ]
    return [
        f"  {look.paint('frame', f'{name if first else str():<8}')}  {line}".rstrip()
        for name, lines in rows
        for first, line in zip([True] + [False] * len(lines), lines, strict=False)
    ]


def _ignored(paths: tuple[str, ...], look: Look, room: int) -> list[str]:
    """What git ignores, by name: a few, or all on request."""
    if not paths:
        return []
    most = len(paths) if look.verbose else 3
    more = [f"{len(paths) - most} more"] if len(paths) > most else []
    return _hang(f"{len(paths)} ignored by git: {', '.join([*map(visible, paths[:most]), *more])}", room)


def _ran(seen: Seen, room: int) -> list[str]:
    """How many rules ran, and whether they are those of the revision that is compared with."""
    edited = ", ".join(map(visible, seen.law_edits))
    edits = _hang(f"other rules than in {visible(seen.since)}: see {edited}", room) if edited else []
    return [f"{len(seen.rules_run)} ran", *edits]


def _columns(counted: list[tuple[int, str]], room: int) -> list[str]:
    """`12 ChangeRequest` and its like in as many columns as there is room for."""
    if not counted:
        return ["none"]
    digits = max(len(str(number)) for number, _ in counted)
    entries = [f"{number:>{digits}} {name}" for number, name in counted]
    widest = max(columns(entry) for entry in entries)
    abreast = max((room + 3) // (widest + 3), 1)
    padded = [entry + " " * (widest - columns(entry)) for entry in entries]
    return ["   ".join(padded[start : start + abreast]) for start in range(0, len(padded), abreast)]


def by_reason(rules: Iterable[NotRun]) -> list[tuple[str, list[str]]]:
    """(reason, ids of the rules that did not run for it), the most frequent reason first."""
    reasons: dict[str, list[str]] = {}
    for one in rules:
        reasons.setdefault(sentence(one.reason), []).append(visible(one.rule))
    return sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))


def _not_run(rules: Iterable[NotRun], look: Look, room: int) -> list[str]:
    """The rules that did not run, together where the reason is the same."""
    lines: list[str] = []
    for reason, names in by_reason(rules):
        listed = f" ({', '.join(names)})" if look.verbose else ""
        lines += _hang(f"{len(names)} did not run: {reason}{listed}", room)
    return lines


def _waivers(used: Iterable[Waived], look: Look, room: int) -> list[str]:
    lines: list[str] = []
    for waived in used:
        said = lifted_by(waived) if look.verbose else lifted_by(waived).partition(": ")[0]
        lines += _hang(said, room)
    return lines or ["none used"]


def _hang(text: str, room: int) -> list[str]:
    """`text` folded, its further lines two columns to the right."""
    head, *rest = fold(text, room - 2, first=room)
    return [head, *(f"  {line}" for line in rest)]
