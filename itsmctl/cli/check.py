"""`itsmctl validate`: reads the command line, calls the main job, hands the report to the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import completing, options

_HELP = """Check every record: form, references, life cycle, and the rules of the policies.

The whole repository is read each time, since a change in one record can break another; PATHS only narrow what is
reported.

Examples:

  itsmctl validate

  itsmctl validate records/changes --as-of 2026-11-22

  itsmctl validate --since origin/main -f sarif=itsmctl.sarif -f concise

--since compares with REV as it stands. Where the branch began: --since "$(git merge-base HEAD origin/main)".

Exit codes: 0 passed, 1 findings at or above --fail-on, 2 usage, 3 cannot judge.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("validate", help=_HELP, short_help="Check every record: form, references, states, rules.")(validate)


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Report on these files or folders only. A governed repository as the one path is its root."
        ),
    ] = None,
    root: options.Root = None,
    rev: Annotated[
        str | None, typer.Option("--rev", metavar="REV", help="Read this commit, not the work tree.")
    ] = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Read what is staged for the next commit, as a hook of pre-commit does.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="REV", help="Report only what is new against REV, in whatever record."),
    ] = None,
    formats: options.Formats = None,
    fail_on: options.FailOn = "error",
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="RULE",
            help="Report these rules only: ids, processes, tags. Repeat or use commas.",
            autocompletion=completing.selectors,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="RULE",
            help="Leave these rules out of the report.",
            autocompletion=completing.selectors,
        ),
    ] = None,
    min_severity: Annotated[
        str,
        typer.Option(
            "--min-severity",
            metavar="LEVEL",
            help="List nothing milder, unless it fails the run.",
            autocompletion=completing.severities,
        ),
    ] = "info",
    as_of: options.AsOf = None,
    no_waivers: Annotated[bool, typer.Option("--no-waivers", help="Judge as if nothing were waived.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count the findings of each rule.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    color: options.Color = "auto",
) -> int:
    """See _HELP."""
    from itsmctl import validate as job
    from itsmctl.cli import forge, output, whereabouts, workplace

    with output.Reports(formats, "validate") as reports:
        levels = options.level(min_severity), options.level(fail_on)
        place, narrowed = workplace.around(paths or [], root)
        selection = job.Selection(_words(select), _words(ignore), narrowed, *levels, not no_waivers)
        with output.progress("reading records"):
            law, case = place.case(rev, since, workplace.moment(as_of), staged=staged)
            report = job.validate(law, case, selection, case.base.label if case.base else "", place.prefix.rstrip("/"))
        report = whereabouts.told(report, place, law.law)
        look = output.look(color, verbose, quiet, statistics, place.root, forge.files_at(place, rev))
        return reports.emit(report, look)


def _words(given: list[str] | None) -> tuple[str, ...]:
    return tuple(word.strip() for item in given or () for word in item.split(",") if word.strip())
