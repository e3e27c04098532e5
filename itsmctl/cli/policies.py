"""`itsmctl policy test`, `lint`, `list` and `coverage`: the rules that records are judged by, and their examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options
from itsmctl.cli.say import check, group, put, say
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.rehearsal import Wanted

_GROUP = """The rules that records are judged by, and their examples.

Example:

  itsmctl policy list --process change-management
"""

_TEST = """Run the examples of policies: each must pass or fail as it says, and hold records that keep to their schemas.

Without arguments, the policies of this repository; outside of one, those that come with itsmctl.

Examples:

  itsmctl policy test

  itsmctl policy test policies/TLR-01.yaml

  itsmctl policy test CHG-07 CHG-12

  itsmctl policy test --builtin -f junit=policies.xml -f concise

Exit codes: 0 all as expected, 1 some not, 2 usage, 3 no policy to test, or one that does not compile.
"""

_LINT = """Find what is doubtful in policies that load, and run their examples.

Conditions that the examples show from one side only, texts that say nothing, names that nothing uses, a basis that the
clause does not bear, fields that are deprecated, a rule that looks at nothing here, and more: itsmctl explain
policy-branch, or any other id that it finds.

Without arguments, the policies of this repository; outside of one, those that come with itsmctl.

Examples:

  itsmctl policy lint

  itsmctl policy lint policies/TLR-01.yaml --mutants

  itsmctl policy lint --fail-on warning -f sarif=policies.sarif -f concise

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 usage, 3 no policy, or one that does not compile.
"""

_LIST = """List the policies: id, severity, basis, title, by process; and what itsm.yaml changes about them.

A basis of recommendation or house is no requirement of ISO/IEC 20000-1. Markdown is the whole reference: each rule with
why it exists, where it comes from, and what to do.

Examples:

  itsmctl policy list --process change-management

  itsmctl policy list -f markdown > rules.md

  itsmctl policy list --unchecked
"""

_COVERAGE = """Count what each rule had to look at in this repository, and how that came out.

By rule: records of its kinds, how many of them it looked at, how many passed, failed, are waived or undecided; rules
that did not run, and why; rules that had nothing to look at; controls that no rule checks; kinds that no rule looks at;
and all that by the clauses of both editions. It gives no verdict: the exit code is 0 however it comes out.

Examples:

  itsmctl policy coverage --since origin/main

  itsmctl policy coverage --process change-management --as-of 2026-11-22

  itsmctl policy coverage -f markdown > coverage.md
"""


_Staged = Annotated[bool, typer.Option("--staged", help="Read what is staged, as a hook of pre-commit does.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    made = group(_GROUP)
    made.command("test", help=_TEST, short_help="Run the examples of policies.")(run_examples)
    made.command("lint", help=_LINT, short_help="Find what is doubtful in policies.")(lint)
    made.command("list", help=_LIST, short_help="List the policies with severity and basis.")(list_)
    made.command("coverage", help=_COVERAGE, short_help="Count what each rule had to look at here.")(coverage)
    app.add_typer(made, name="policy")


def run_examples(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE|ID]...", help="Policy files, folders or ids.", autocompletion=completing.rules),
    ] = None,
    builtin: Annotated[bool, typer.Option("--builtin", help="Test the policies that come with itsmctl.")] = False,
    staged: _Staged = False,
    root: options.Root = None,
    formats: options.Formats = None,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> int:
    """See _TEST."""
    from itsmctl import rehearsal
    from itsmctl.cli import law, output

    with output.Reports(formats, "policy test") as reports:
        place, book = law.around(root, staged=staged)
        wanted = _wanted(words or (), builtin, place.root if place else None, staged=staged)
        report = rehearsal.test(wanted, book, place.source(staged=staged) if place else None)
        return reports.emit(report, output.look(color, 0, quiet, False, place.root if place else None))


def lint(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|ID]...", help="Policy files, folders or ids.", autocompletion=completing.policies
        ),
    ] = None,
    builtin: Annotated[bool, typer.Option("--builtin", help="Look at the policies that come with itsmctl.")] = False,
    staged: _Staged = False,
    mutants: Annotated[
        bool,
        typer.Option("--mutants", help="Alter each operator and constant: would an example notice? Takes a while."),
    ] = False,
    root: options.Root = None,
    formats: options.Formats = None,
    fail_on: options.FailOn = "error",
    as_of: options.AsOf = None,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> int:
    """See _LINT."""
    from itsmctl import rehearsal
    from itsmctl.cli import law, output, workplace

    with output.Reports(formats, "policy lint") as reports:
        place, book = law.around(root, staged=staged)
        wanted = _wanted(words or (), builtin, place.root if place else None, staged=staged)
        with output.progress("altering rules" if mutants else "reading rules and records"):
            case = place.case(None, None, workplace.moment(as_of), staged=staged)[1] if place else None
            source = case.head.source if case else None
            report = rehearsal.lint(wanted, book, source, case, mutants=mutants, fail_on=options.level(fail_on))
        return reports.emit(report, output.look(color, 0, quiet, False, place.root if place else None))


_Processes = Annotated[
    list[str] | None,
    typer.Option(
        "--process", metavar="NAME", help="Only this process. Repeatable.", autocompletion=completing.processes
    ),
]
_Written = Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text, json or markdown.")]


def list_(
    process: _Processes = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="List the controls that no rule checks instead, and why.")
    ] = False,
    root: options.Root = None,
    shape: _Written = "text",
) -> int:
    """See _LIST."""
    from itsmctl import listing, reference
    from itsmctl.cli import law

    check(shape, ("text", "json", "markdown"))
    _, book = law.around(root)
    if unchecked:
        blind = listing.unchecked(book, process or ())
        if shape == "markdown":
            return put(reference.unchecked(blind))
        return say(shape, lambda room: listing.unchecked_text(blind, room), lambda: listing.unchecked_data(blind))
    chosen = listing.choose(book, process or ())
    if shape == "markdown":
        return put(reference.rules(chosen, book))
    return say(
        shape, lambda room: listing.policies_text(chosen, book, room), lambda: listing.policies_data(chosen, book)
    )


def coverage(
    process: _Processes = None,
    root: options.Root = None,
    rev: options.Rev = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="REV", help="The revision that rules over edits compare with.")
    ] = None,
    as_of: options.AsOf = None,
    shape: _Written = "text",
) -> int:
    """See _COVERAGE."""
    from itsmctl import coverage, listing
    from itsmctl.cli import output, workplace

    check(shape, ("text", "json", "markdown"))
    with output.progress("reading records"):
        book, case = workplace.find(root).case(rev, since, workplace.moment(as_of))
        found = coverage.measure(book, case, listing.named(book, process or ()))
    if shape == "markdown":
        return put(coverage.markdown(found))
    return say(shape, lambda room: coverage.text(found, room), lambda: coverage.data(found))


def _wanted(words: Sequence[str], builtin: bool, root: Path | None, *, staged: bool) -> Wanted:
    """Words that are files or folders are read here; all others are ids."""
    from itsmctl.rehearsal import Wanted

    files: dict[str, bytes] = {}
    paths = [word for word in words if Path(word).exists() or word.endswith(".yaml")]
    if paths and staged:
        raise Misuse(f"{paths[0]} is read as it stands in the work tree", "Name rules by id, or leave --staged out.")
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
