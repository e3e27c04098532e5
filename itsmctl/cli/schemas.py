"""`itsmctl schema list` and `itsmctl schema show`: the JSON Schemas of records, and of the files beside them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import Shape, group, say

_GROUP = "The JSON Schemas of all kinds of record, built in and your own, and of policies, settings and reports."

_LIST = """List the kinds of records: where they live, how many fields they have, whether edits need a change.

Example:

  itsmctl schema list
"""

_SHOW = """Print the JSON Schema of a kind, complete in itself, for an editor or another program.

NAME is a kind, or Policy, Settings or Report.

Examples:

  itsmctl schema show ChangeRequest > change-request.schema.json

  itsmctl schema show Settings
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    made = group(_GROUP)
    made.command("list", help=_LIST, short_help="List the kinds of records with their folders.")(list_)
    made.command("show", help=_SHOW, short_help="Print the JSON Schema of a kind, for editors.")(show)
    app.add_typer(made, name="schema")


def list_(root: options.Root = None, shape: Shape = "text") -> int:
    """See _LIST."""
    from itsmctl import listing
    from itsmctl.cli import law

    _, book = law.around(root)
    return say(shape, lambda width: listing.schemas_text(book, width), lambda: listing.schemas_data(book))


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A kind, or Policy, Settings or Report.", autocompletion=completing.schemas
        ),
    ],
    root: options.Root = None,
) -> int:
    """See _SHOW."""
    from itsmctl import listing
    from itsmctl.cli import law
    from itsmctl.escape import json_text

    _, book = law.around(root)
    sys.stdout.write(json_text(listing.schema(name, book.kinds)))
    return 0
