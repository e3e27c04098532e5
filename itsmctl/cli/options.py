"""The options that several commands share, declared once so that they mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from itsmctl.cli import completing
from itsmctl.errors import Misuse
from itsmctl.findings import Severity
from itsmctl.nearest import did_you_mean

Root = Annotated[
    Path | None,
    typer.Option("--root", envvar="ITSMCTL_ROOT", help="The governed repository. Default: upward from here."),
]
Bench = Annotated[
    Path | None,
    typer.Option("--root", help="The governed repository. Default: upward from here. ITSMCTL_ROOT is not asked."),
]
"""Of commands that judge or sign: what the environment holds, which an earlier step may have set, steers neither."""
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        envvar="ITSMCTL_FORMAT",
        metavar="NAME[=FILE]",
        help="For people: text (frames), concise (a line each), markdown, csv. For programs: json, sarif, github, "
        "gitlab, junit, checkstyle, rdjson. Default: auto, what fits the place. Repeat for several.",
        autocompletion=completing.formats,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", envvar="ITSMCTL_AS_OF", metavar="TIME", help="Judge as if it were this time. Default: now."
    ),
]
Rev = Annotated[str | None, typer.Option("--rev", metavar="REV", help="Read this commit instead of the work tree.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="One line for each finding, and nothing else.")]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more: rules by id, waived findings.")]
Color = Annotated[str, typer.Option("--color", metavar="WHEN", help="auto, always or never.")]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        envvar="ITSMCTL_FAIL_ON",
        metavar="LEVEL",
        help="error, warning or info.",
        autocompletion=completing.severities,
    ),
]


def level(word: str) -> Severity:
    """The severity that an option names. Raises Misuse where there is none of that name."""
    for severity in get_args(Severity):
        if word == severity:
            return word  # type: ignore[return-value]  # one of the three literals, which mypy cannot see here
    guess = did_you_mean(word, get_args(Severity))
    raise Misuse(f"{word!r} is no severity" + (f": {guess}" if guess else ""), "Use error, warning or info.")
