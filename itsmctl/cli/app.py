"""The table of commands. Each group is a module of this room; nothing heavy is imported before a command runs."""

from __future__ import annotations

import typer

from itsmctl.cli import audit, baseline, change, check, explain, gate, look, policies, revise, schemas, vouch, write

app = typer.Typer(
    name="itsmctl",
    help="IT service management records as code: validate them, see what depends on what, write new ones.\n\n"
    "A governed repository holds itsm.yaml at its root and one record per file under records/.\n\n"
    "Exit codes: 0 passed, 1 findings, 2 usage, 3 cannot judge.",
    epilog="Begin with: itsmctl init, then itsmctl validate. Every rule id explains itself: itsmctl explain CHG-07.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
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


for room in (check, gate, change, baseline, audit, vouch, look, explain, policies, schemas, write, revise):
    room.register(app)
