"""What a shell offers after TAB: names of records and rules by their paths, kinds. Reads no record, never raises."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MOST = 2_000  # more are of no use to anyone
_PLAIN = re.compile(r"(?:(?:^|/)[A-Za-z0-9][A-Za-z0-9._-]*)+")
"""What is offered: zsh evaluates it, and anyone may name a file."""


def records(incomplete: str) -> list[str]:
    """Of the governed repository around the current folder: `Kind/name`, and bare names once one is begun."""
    return _matching(incomplete, lambda: _records(bare=bool(incomplete)))


def changes(incomplete: str) -> list[str]:
    """Names of changes of the repository around the current folder."""
    return _matching(incomplete, lambda: _named("ChangeRequest"))


def releases(incomplete: str) -> list[str]:
    """Names of releases."""
    return _matching(incomplete, lambda: _named("Release"))


def models(incomplete: str) -> list[str]:
    """Names of change models."""
    return _matching(incomplete, lambda: _named("ChangeModel"))


def states(incomplete: str) -> list[str]:
    """States of a change."""
    return _matching(incomplete, _states)


def policies(incomplete: str) -> list[str]:
    """Ids of policies, built in and of the repository around the current folder."""
    return _matching(incomplete, _policies)


def rules(incomplete: str) -> list[str]:
    """Ids of policies and of checks of form."""
    return _matching(incomplete, lambda: [*_policies(), *_form()])


def kinds(incomplete: str) -> list[str]:
    """Names of kinds."""
    return _matching(incomplete, lambda: _kinds().values())


def new(incomplete: str) -> list[str]:
    """What `new` writes: kinds, and rules of one's own."""
    return _matching(incomplete, lambda: ["Policy", *_kinds().values()])


def selectors(incomplete: str) -> list[str]:
    """What `--select` and `--ignore` take: rules, what their ids begin with, processes; after each comma again."""
    begun, comma, last = incomplete.rpartition(",")
    return [f"{begun}{comma}{word}" for word in _matching(last, lambda: [*_policies(), *_form(), *_groups()])]


def processes(incomplete: str) -> list[str]:
    """Processes that the kinds belong to."""
    return _matching(incomplete, lambda: (process for _, _, process in _schemas()))


def formats(incomplete: str) -> list[str]:
    """Names of formats; what comes after `=` is a file, which shells complete themselves."""
    from itsmctl.formats import FORMATS

    return _matching(incomplete, lambda: ["auto", *FORMATS]) if "=" not in incomplete else []


def severities(incomplete: str) -> list[str]:
    """What `--fail-on` and `--min-severity` take."""
    from itsmctl.findings import SEVERITIES

    return [severity for severity in SEVERITIES if severity.startswith(incomplete)]


def schemas(incomplete: str) -> list[str]:
    """Names of kinds, and of the files that are no records."""
    from itsmctl.listing import TOOL

    return _matching(incomplete, lambda: [*TOOL, *_kinds().values()])


def topics(incomplete: str) -> list[str]:
    """Rules, kinds and the reasons of verdicts: what `explain` is asked for most."""
    return _matching(incomplete, lambda: [*_policies(), *_form(), *_kinds().values(), *_reasons()])


def _matching(incomplete: str, find: Callable[[], Iterable[str]]) -> list[str]:
    begun = incomplete.casefold()
    try:
        found = {word for word in find() if word.casefold().startswith(begun) and _PLAIN.fullmatch(word)}
    except Exception:  # noqa: BLE001 - what fails here must not write into the command line that someone is typing
        return []
    return sorted(found)[:_MOST]


def _root() -> Path | None:
    """The governed root around the current folder, if there is one: found by looking for itsm.yaml alone."""
    here = Path(os.environ.get("ITSMCTL_ROOT") or Path.cwd()).absolute()
    return next((folder for folder in (here, *here.parents) if (folder / "itsm.yaml").is_file()), None)


def _records(bare: bool) -> Iterator[str]:
    """By path alone: the folder of a record says its kind, its file name the rest."""
    root = _root()
    for plural, kind in _kinds().items() if root is not None else ():
        for file in (root or Path()).joinpath("records", plural).rglob("*.yaml"):
            yield f"{kind}/{file.stem}"
            if bare:
                yield file.stem


def _named(kind: str) -> Iterator[str]:
    """The bare names of one kind."""
    return (ref.partition("/")[2] for ref in _records(bare=False) if ref.startswith(f"{kind}/"))


def _states() -> list[str]:
    import json

    from itsmctl import bundled

    schema = json.loads(bundled.folder("schemas").joinpath("change-request.schema.json").read_bytes())
    return list(schema["properties"]["spec"]["properties"]["state"]["enum"])


def _policies() -> Iterator[str]:
    """By path alone: a policy file is called by its id."""
    from itsmctl import bundled

    root = _root()
    yield from (file.stem for file in bundled.folder("policies").glob("*/*.yaml"))
    yield from (file.stem for file in (root / "policies").rglob("*.yaml")) if root is not None else ()


def _form() -> list[str]:
    from itsmctl.rulebook import FORM

    return [rule.id for rule in FORM]


def _reasons() -> list[str]:
    from itsmctl.gate.codes import RULES
    from itsmctl.release import codes

    return [rule.id for rule in (*RULES, *codes.RULES)]


def _groups() -> set[str]:
    """What several rules share: the letters that their ids begin with, and their process."""
    return {name.partition("-")[0] for name in _policies()} | {process for _, _, process in _schemas()}


def _kinds() -> dict[str, str]:
    """Folder under records/ → kind."""
    return {plural: kind for plural, kind, _ in _schemas()}


def _schemas() -> Iterator[tuple[str, str, str]]:
    """(folder, kind, process) as the schemas say, without compiling any. A file that says none is passed over."""
    import json

    from itsmctl import bundled

    root = _root()
    for folder in (bundled.folder("schemas"), *((root / "schemas",) if root is not None else ())):
        for file in folder.glob("*.schema.json"):
            try:
                schema = json.loads(file.read_bytes())
                says, kind = schema["x-itsm"], schema["properties"]["kind"]["const"]
                yield str(says["plural"]), str(kind), str(says["process"])
            except (OSError, ValueError, TypeError, LookupError):
                continue
