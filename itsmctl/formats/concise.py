"""One line for each finding, as editors and problem matchers read it: `path:line:column: error[CHG-07] message`.

What to do follows after `; help: ` where it is short. Frames (text) say it in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import at_line_start, visible
from itsmctl.formats import grounds, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsmctl.findings import Report
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "one line for each finding, for logs and editors"


def write(report: Report, look: Look) -> str:
    """The findings, then the summary; with `look.quiet` the findings alone."""
    lines = [wording.line_with_help(finding, look, look.base) for finding in wording.shown(report, look)]
    lines += [] if look.quiet or report.verdict is None else _ways(report.verdict, "\n".join(lines))
    if not look.quiet:
        lines += wording.footer(report, look)
    return "".join(f"{line}\n" for line in lines)


def _ways(verdict: grounds.Node, told: str) -> Iterator[str]:
    """What has to be done or awaited for each change, where no finding had room to say so."""
    for change in grounds.changes(verdict):
        for way in grounds.ways(change):
            if visible(way) not in told:
                yield f"{at_line_start(visible(change['name']))}: next: {visible(way)}"
        yield from wording.noted(change["name"], grounds.notes(change))


def failed(failure: Failure) -> str:
    """The lines that standard error has."""
    return "".join(f"{line}\n" for line in failure.lines)
