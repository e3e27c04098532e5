"""`itsmctl change show | list | schedule`: one change with its verdict so far, the open ones, and what comes when."""

from __future__ import annotations

import typer


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group."""
