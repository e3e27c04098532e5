"""Prints what a command shows: text for people, JSON for programs. Alone knows the width of the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itsmctl.errors import Misuse
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_WIDEST = 100

Shape = Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text or json.")]


def width() -> int:
    """Columns that text may take: those of the terminal, and no more than people like to read."""
    return min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)


def room_of_errors() -> int | None:
    """Columns of the terminal that standard error goes to, or of COLUMNS; None where it goes elsewhere, as it is."""
    return width() if sys.stderr.isatty() or os.environ.get("COLUMNS") else None


def say(shape: str, text: Callable[[int], str], data: Callable[[], Mapping[str, Any] | Sequence[Any]]) -> int:
    """Print `text(width)` or `data()`, whichever `--format` asks for, and return 0."""
    from itsmctl.escape import json_text

    check(shape, ("text", "json"))
    return put(text(width()) if shape == "text" else json_text(data()))


def put(text: str) -> int:
    """Print a text as it is, and return 0."""
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def group(about: str) -> typer.Typer:
    """A group of commands; without one of them it prints its help, and the exit code is 2."""
    from itsmctl.cli import helping

    made = helping.Shelf(help=about, cls=helping.Group, rich_markup_mode=None)

    @made.callback(invoke_without_command=True, help=about)
    def bare(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
            raise typer.Exit(2)

    return made


def check(shape: str, known: Sequence[str]) -> None:
    """Raises Misuse for a format that the command does not have."""
    if shape not in known:
        guess = did_you_mean(shape, known)
        raise Misuse(f"no format is called {shape!r}" + (f": {guess}" if guess else ""), f"Formats: {', '.join(known)}")
