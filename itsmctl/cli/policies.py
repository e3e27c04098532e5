"""`itsmctl policy test` and `itsmctl policy list`: the rules that records are judged by, and their examples."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import check, group, say
from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.rehearsal import Wanted

_GROUP = "The rules that records are judged by, and their examples."

_TEST = """Run the examples of policies: each must pass or fail as it says, and hold records that keep to their schemas.

Without arguments, the policies of this repository; outside of one, those that come with itsmctl.

Examples:

  itsmctl policy test

  itsmctl policy test policies/TLR-01.yaml

  itsmctl policy test CHG-07 CHG-12

  itsmctl policy test --builtin -f junit=policies.xml -f concise

Exit codes: 0 all as expected, 1 some not, 2 usage, 3 no policy to test, or one that does not compile.
"""

_LIST = """List the policies: id, severity, basis, title, by process; and what itsm.yaml changes about them.

A basis of recommendation or house is no requirement of ISO/IEC 20000-1.

Examples:

  itsmctl policy list --process change-management

  itsmctl policy list -f markdown > policies.md
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    made = group(_GROUP)
    made.command("test", help=_TEST, short_help="Run the examples of policies.")(run_examples)
    made.command("list", help=_LIST, short_help="List the policies with severity and basis.")(list_)
    app.add_typer(made, name="policy")


def run_examples(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE|ID]...", help="Policy files, folders or ids.", autocompletion=completing.rules),
    ] = None,
    builtin: Annotated[bool, typer.Option("--builtin", help="Test the policies that come with itsmctl.")] = False,
    root: options.Root = None,
    formats: options.Formats = None,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> int:
    """See _TEST."""
    from itsmctl import rehearsal
    from itsmctl.cli import law, output

    place, book = law.around(root)
    wanted = _wanted(words or (), builtin, place.root if place else None)
    report = rehearsal.run(wanted, book, place.source() if place else None)
    look = output.look(color, 0, quiet, False, place.root if place else None)
    return output.emit(report, formats or [], look)


def list_(
    process: Annotated[
        list[str] | None, typer.Option("--process", metavar="NAME", help="Only this process. Repeatable.")
    ] = None,
    root: options.Root = None,
    shape: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text, json or markdown.")] = "text",
) -> int:
    """See _LIST."""
    from itsmctl import listing
    from itsmctl.cli import law

    check(shape, ("text", "json", "markdown"))
    _, book = law.around(root)
    chosen = listing.choose(book, process or ())
    if shape == "markdown":
        sys.stdout.write(listing.policies_markdown(chosen, book))
        return 0
    return say(
        shape, lambda room: listing.policies_text(chosen, book, room), lambda: listing.policies_data(chosen, book)
    )


def _wanted(words: Sequence[str], builtin: bool, root: Path | None) -> Wanted:
    """Words that are files or folders are read here; all others are ids."""
    from itsmctl.rehearsal import Wanted

    files: dict[str, bytes] = {}
    paths = [word for word in words if Path(word).exists() or word.endswith(".yaml")]
    for word in paths:
        path = Path(word)
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        for file in found:
            files[_named(file, root)] = _content(file)
    ids = tuple(word for word in words if word not in paths)
    return Wanted(ids, files if paths else None, builtin or root is None, own=not builtin)


def _named(file: Path, root: Path | None) -> str:
    """Relative to the governed root where the file lies in it, else as it was given."""
    full = file.resolve()
    inside = root is not None and root.resolve() in full.parents
    return full.relative_to(root.resolve()).as_posix() if inside and root is not None else file.as_posix()


def _content(file: Path) -> bytes:
    """As much of the file as shows that it is too big."""
    from itsmctl.yamltext import MAX_BYTES

    if file.exists() and not file.is_file():
        raise CannotJudge(f"{file} is no regular file", "Give policy files, or ids of rules.")
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CannotJudge(f"cannot read {file}: {error.strerror}", "Give policy files, or ids of rules.") from None
