"""What has to be done or awaited before a head is let through, as lines of a log: where a line of a finding has no room
for it, it stands here, since whoever is denied may see nothing else. Texts come back escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.escape import at_line_start, visible
from itsmctl.formats import grounds, wording

if TYPE_CHECKING:
    from itsmctl.findings import Report


def lines(report: Report, told: str) -> list[str]:
    """`CHG-2026-0042: next: …` for each way that the verdict knows, and what a change owes; then advice of the gate.

    `told`: what was written already, and is not repeated. A command stands on a line of its own, whole.
    """
    if report.verdict is None:
        return []
    found: list[str] = []
    for change in grounds.changes(report.verdict):
        ways = (visible(way) for way in grounds.ways(change))
        found += [f"{at_line_start(visible(change['name']))}: next: {way}" for way in ways if way not in told]
        found += wording.noted(change["name"], grounds.notes(change))
    return [*found, *_advised(report, report.verdict, "\n".join([told, *found]))]


def _advised(report: Report, verdict: grounds.Node, told: str) -> Iterator[str]:
    """The advice on what denies by a code of the gate, where it is on this very head: `explain CODE` has the rest."""
    codes = grounds.told(verdict)
    hints: dict[str, str] = {}
    for finding in report.open:
        rule = report.rule(finding.rule)
        if finding.rule in codes and finding.hint and (rule is None or finding.hint != rule.remediation):
            hints.setdefault(finding.hint, finding.rule)
    known = wording.sentence(told)
    for hint, code in hints.items():
        said, *example = wording.advice(hint)
        if any(wording.sentence(line) not in known for line in (said, *example)):
            yield f"{visible(code)}: next: {said}"
            yield from (f"  {line}" for line in example)
    if first := grounds.first_reason(verdict):
        yield f"More: itsmctl explain {visible(first)}"
