"""`itsmctl schema list`, `show` and `write`: the JSON Schemas of records, and of the files beside them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import Shape, group, say

_GROUP = """The JSON Schemas of kinds of records, and of files beside them.

Those of kinds are built in or your own; Policy, Settings and Report are those of policies, itsm.yaml and JSON reports.

Example:

  itsmctl schema show ChangeRequest
"""

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


_WRITE = """Write the schemas and settings that editors use, after an update of itsmctl or a new kind in schemas/.

The schemas stand in .itsmctl/schemas/, one for each kind, one for rules and one for itsm.yaml. An editor with a YAML
language server completes and explains fields by them. In .vscode/settings.json only their entries are altered.

Example:

  itsmctl schema write
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    made = group(_GROUP)
    made.command("list", help=_LIST, short_help="List the kinds of records with their folders.")(list_)
    made.command("show", help=_SHOW, short_help="Print the JSON Schema of a kind, for editors.")(show)
    made.command("write", help=_WRITE, short_help="Write the schemas that editors use.")(write)
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


def write(root: options.Root = None) -> int:
    """See _WRITE."""
    from itsmctl.cli import workplace
    from itsmctl.desk import editors, rewriting

    place = workplace.find(root)
    kinds = place.rulebook(place.source()).kinds
    edits, is_wired = editors.renewal(_held(place.root), kinds)
    rewriting.rewrite_all(place.root, edits)
    for path, edit in sorted(edits.items()):
        sys.stdout.write(f"{'wrote' if edit.after is not None else 'removed'} {path}\n")
    if not is_wired:
        lines = [f'    "{schema}": "{files}",' for schema, files in editors.wiring(kinds).items()]
        told = f"{editors.SETTINGS} has comments or is no JSON, so it was left alone. It needs, in yaml.schemas:"
        sys.stdout.write("".join(f"{line}\n" for line in (told, *lines)))
    elif not edits:
        sys.stdout.write("all up to date\n")
    return 0


def _held(root: Path) -> dict[str, bytes]:
    """The files of the wiring as they are now."""
    from itsmctl.desk import editors

    found = [*(root / editors.FOLDER).glob("*.schema.json"), root / editors.SETTINGS]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if path.is_file()}
