"""The table of commands. Each group is a module of this room; nothing heavy is imported before a command runs.

To work out the options of every command takes longer than most commands do, so only those of the one that runs are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from itsmctl.cli import (
    audit,
    baseline,
    change,
    check,
    explain,
    gate,
    helping,
    look,
    policies,
    release,
    revise,
    schemas,
    vouch,
    write,
)

if TYPE_CHECKING:
    from typer._click.core import Command

_ROOMS = (check, gate, change, baseline, release, audit, vouch, look, explain, policies, schemas, write, revise)


@lru_cache
def command(word: str | None) -> Command:
    """The whole program, with all options of the command or group called `word`; of the others, what a list tells.

    None: with those of all of them.
    """
    app = _Table(
        name="itsmctl",
        help="IT service management records as code: validate them, see what depends on what, write new ones.\n\n"
        "A governed repository holds itsm.yaml at its root and one record per file under records/.\n\n"
        "Exit codes: 0 passed, 1 findings, 2 usage, 3 cannot judge.",
        epilog="Begin with: itsmctl init, then itsmctl validate. "
        "Every rule id explains itself: itsmctl explain CHG-07.",
        cls=helping.Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.wanted = word
    app.callback(invoke_without_command=True)(itsmctl)
    for room in _ROOMS:
        room.register(app)
    return get_command(app)


class _Table(typer.Typer):
    """Takes commands and groups as a Typer does, and leaves the insides of those that are not wanted out."""

    wanted: str | None = None

    def command(self, name: str | None = None, **told: Any) -> Callable[[Any], Any]:
        told.setdefault("cls", helping.Command)
        add = super().command(name, **told)
        return add if self.wanted in (None, name) else lambda function: (add(_left_out), function)[1]

    def add_typer(self, typer_instance: typer.Typer, *, name: str | None = None, **told: Any) -> None:
        if self.wanted in (None, name):
            super().add_typer(typer_instance, name=name, **told)
        else:
            told.setdefault("help", typer_instance.info.help)
            super().command(name, cls=helping.Command, **told)(_left_out)


def _left_out() -> None:
    """Stands in a list for a command that is not called."""


def itsmctl(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version."),
    debug: bool = typer.Option(False, "--debug", help="Show a traceback if a bug ends the run."),
) -> int | None:
    """See the help of the app."""
    from itsmctl import __version__

    del debug  # taken out of the command line by the error door; declared here to be listed in --help
    if version:
        typer.echo(f"itsmctl {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
    return None
