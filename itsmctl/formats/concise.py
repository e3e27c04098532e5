"""One line for each finding, as editors and problem matchers read it: `path:line:column: error[CHG-07] message`.

What to do follows after `; help: ` where it is short. Frames (text) say it in full; of a verdict it stands below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.formats import ahead, wording

if TYPE_CHECKING:
    from itsmctl.findings import Report
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "one line for each finding, for logs and editors"


def write(report: Report, look: Look) -> str:
    """The findings, then the summary; with `look.quiet` the findings alone."""
    lines = [wording.line_with_help(finding, look, look.base) for finding in wording.shown(report, look)]
    lines += [] if look.quiet else ahead.lines(report, "\n".join(lines))
    if not look.quiet:
        lines += wording.footer(report, look)
    return "".join(f"{line}\n" for line in lines)


def failed(failure: Failure) -> str:
    """The lines that standard error has."""
    return "".join(f"{line}\n" for line in failure.lines)
