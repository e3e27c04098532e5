"""`itsmctl gate`: resolves what is asked, has it heard, hands the verdict to the formats. Decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import options

_HELP = """May this head be merged into this base, now?

Judges the merge result of the two commits by the law that stands at the base: which change covers each edit, whose
votes count, windows, freezes, life cycles. Reads commits alone, never the work tree, runs nothing of the head, and
needs no network but for --reviews. What it cannot decide it denies.

Examples:

  itsmctl gate

  itsmctl gate --base origin/main --head HEAD --receipt receipt.json

  itsmctl gate --simulate --add-vote kadri --at 2026-12-01T22:00:00Z

Exit codes: 0 allowed or overridden, 1 denied, 2 usage, 3 no verdict.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("gate", help=_HELP, short_help="May this head be merged into this base, now?")(gate)


def gate(
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REF",
            help="Where it goes. Default: the target by its own settings, the remote's first; not the head's.",
        ),
    ] = None,
    head: Annotated[str, typer.Option("--head", metavar="REF", help="What wants in.")] = "HEAD",
    root: options.Bench = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="REF", help="Full name of the branch that --base is a commit of."),
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FILE", help="Write an in-toto statement of all that was read.")
    ] = None,
    reviews: Annotated[
        list[str] | None,
        typer.Option(
            "--reviews",
            metavar="SOURCE",
            help="Reviews: github:owner/repo#N, gitlab:group/project!N, or exported:FILE. Repeat for several.",
        ),
    ] = None,
    votes: Annotated[
        list[Path] | None,
        typer.Option("--votes", metavar="DIR", help="Signed votes that are in no commit yet. Repeat for several."),
    ] = None,
    bootstrap: Annotated[
        str | None,
        typer.Option("--bootstrap", metavar="DIGEST", help="Accept the first governance, if it has this digest."),
    ] = None,
    pre_receive: Annotated[
        bool, typer.Option("--pre-receive", help="Judge the pushes that a git server hook gets on standard input.")
    ] = False,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Ask what would be: allows the three options below; writes no receipt.")
    ] = False,
    add_vote: Annotated[
        list[str] | None,
        typer.Option("--add-vote", metavar="PERSON[:ROLE]", help="As if the person approved every change in play."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="PERSON", help="As if the person had not voted.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were this time.")] = None,
    formats: options.Formats = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    color: options.Color = "auto",
) -> int:
    """See _HELP."""
    from itsmctl.cli import courtroom, output, receipting

    with output.Reports(formats, "gate") as reports:
        what = courtroom.What(base, head, target, tuple(reviews or ()), tuple(votes or ()), bootstrap)
        supposed = courtroom.Supposed(simulate, tuple(add_vote or ()), tuple(without or ()), at)
        receipting.clear(receipt, simulate=simulate)
        if pre_receive:
            from itsmctl.cli import doorkeeper

            report = doorkeeper.report(root, what, supposed)
        else:
            report, _ = courtroom.hear(root, what, supposed, receipt)
        place = root if pre_receive else courtroom.governed(root, report.prefix)
        return reports.emit(report, output.look(color, verbose, quiet, False, place))
