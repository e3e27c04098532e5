"""The options that several commands share, declared once so that they mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path | None,
    typer.Option("--root", envvar="ITSMCTL_ROOT", help="The governed repository. Default: upward from here."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        envvar="ITSMCTL_FORMAT",
        metavar="NAME[=FILE]",
        help="text (frames), concise (a line each), json, sarif, github, junit, or auto. Repeat for several.",
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
