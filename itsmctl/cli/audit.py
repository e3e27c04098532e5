"""`itsmctl audit history`: replays the gate over a branch's history. Reads the command line, hands on the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import options, say

_SHORT = "Look back: would the gate have let it through?"
_ABOUT = """Look back: what came into the branch, and would the gate have let it through?

Example:

  itsmctl audit history main
"""

_HISTORY = """Replay the gate over the first-parent history of a branch, and list what it would have denied.

So an administrator's bypass and a direct push come to light. Each merge is judged by the law that stood before it, on
the evidence that is in the repository, at the time of its receipt, else at the time that its commit claims. Commits
that are allowed together, as a rebase merge leaves them, are one merge; where they undo each other, that is told, since
each may have been pushed by itself. Receipts that are kept elsewhere show a history that was rewritten. Reviews of a
forge are in no commit: those that itsmctl change reviews kept beside the receipts are taken for votes, as of the merge.
Nobody signs such files, nor receipts: keep them where nobody else writes.

Examples:

  itsmctl audit history v1.4..main

  itsmctl audit history origin/main --receipts receipts/ -f markdown=audit.md -f concise

Exit codes: 0 nothing would have been denied, 1 something would have, 2 usage, 3 cannot judge.
"""


def register(app: typer.Typer) -> None:
    """Add the group to the app."""
    group = say.group(_ABOUT)
    group.command("history", help=_HISTORY, short_help="Replay the gate over a branch's history.")(history)
    app.add_typer(group, name="audit", help=_ABOUT, short_help=_SHORT)


def history(
    span: Annotated[str, typer.Argument(metavar="SINCE..REF", help="From where to where; REF alone: all of it.")],
    root: options.Bench = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="REF", help="Full name of the branch, where REF is none.")
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            "--receipts",
            metavar="DIR",
            help="Receipts of the gate, and reviews that were kept: when merges were judged, and on what.",
        ),
    ] = None,
    bootstrap: Annotated[
        str, typer.Option("--bootstrap", metavar="DIGEST", help="The digest of the first governance, as it was pinned.")
    ] = "",
    formats: options.Formats = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    color: options.Color = "auto",
) -> int:
    """See _HISTORY."""
    from itsmctl.cli import courtroom, output, replay

    with output.Reports(formats, "audit history") as reports:
        report = replay.report(span, root, target, receipts, bootstrap)
        return reports.emit(report, output.look(color, verbose, quiet, False, courtroom.governed(root, report.prefix)))
