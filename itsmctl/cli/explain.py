"""`itsmctl explain` and `itsmctl why`: what a word means, and why a rule says what it says of a record."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import Shape, say, width

_EXPLAIN = """Explain a rule, a kind of record, a field, a function that rules call, a process, a reason of a
verdict, or a word of the field.

For a rule: why it exists, where it comes from, an example that fails and one that passes, how to mend and how to waive.

Examples:

  itsmctl explain CHG-07

  itsmctl explain ChangeRequest

  itsmctl explain ChangeRequest.spec.backout

  itsmctl explain days_between

  itsmctl explain SLA

  itsmctl explain STALE
"""

_WHY = """Show step by step why a rule says what it says of a record: every expression with its value, then the verdict.

Examples:

  itsmctl why ChangeRequest/CHG-2026-0098 CHG-07

  itsmctl why CHG-2026-0098 CHG-31 --as-of 2026-12-24

  itsmctl why db-loans CFG-06 --since origin/main
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("explain", help=_EXPLAIN, short_help="Explain a rule, kind, field, function or term.")(explain)
    app.command("why", help=_WHY, short_help="Show why a rule says what it says of a record.")(why)


def explain(
    word: Annotated[
        str,
        typer.Argument(
            metavar="WORD",
            help="A rule, kind, field, function, process, reason or term.",
            autocompletion=completing.topics,
        ),
    ],
    pointer: Annotated[
        str | None, typer.Argument(metavar="[POINTER]", help="A field of the kind WORD, like /spec/backout.")
    ] = None,
    root: options.Root = None,
    shape: Shape = "text",
) -> int:
    """See _EXPLAIN."""
    from itsmctl import explain as room
    from itsmctl.cli import law

    _, book = law.around(root)
    topic = room.find(word, pointer, book)
    return say(shape, topic.text, topic.data)


def why(
    ref: Annotated[str, typer.Argument(metavar="RECORD", help="Kind/name or name.", autocompletion=completing.records)],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.", autocompletion=completing.rules)],
    root: options.Root = None,
    rev: options.Rev = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="REV", help="The revision that rules over edits compare with.")
    ] = None,
    as_of: options.AsOf = None,
) -> int:
    """See _WHY."""
    from itsmctl import addressing, whys
    from itsmctl.cli import workplace

    book, case = workplace.find(root).case(rev, since, workplace.moment(as_of))
    found = whys.ask(rule, addressing.record(ref, case.head), book, case)
    sys.stdout.write(whys.text(found, width()))
    return 0
