"""What a function of the shelf answers over a folder of records: an expression in, its value out."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from world import AS_OF, SETTINGS

from itsmctl import cel, functions, policy, rulebook, snapshot, sources
from itsmctl.case import Case
from itsmctl.records import Law
from itsmctl.recordtypes import RecordTypes
from itsmctl.settings import view

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.rulebook import Rulebook


def record(kind: str, name: str, spec: str) -> str:
    """The text of a record; `spec` is a YAML mapping in braces."""
    text = f"""\
        apiVersion: itsm/v1
        kind: {kind}
        metadata: {{name: {name}, title: {kind} {name}, owner: Role/operations}}
        spec: {spec}
        """
    return dedent(text)


def ask(folder: Path, records: list[str], text: str, about: str = "", settings: str = "") -> Any:
    """The value of the CEL expression `text` where those records are all there are; `self` is the one called `about`.

    `settings` is what itsm.yaml says beyond what it has to. Raises cel.CompileError and cel.EvaluationError.
    """
    book = _book()
    law = Law(book.kinds, view(f"{SETTINGS}{settings}".encode(), lambda _: False)) if settings else book.law
    for written in records:
        kind, name = (written.split(mark, 1)[1].split("\n")[0].split(",")[0].strip() for mark in ("kind:", "{name:"))
        file = folder / book.law.home(book.kinds[kind].plural, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written, encoding="utf-8")
    case = Case(snapshot.read(sources.WorkTree(folder, None), law), datetime.fromisoformat(AS_OF))
    types = RecordTypes(book.kinds)
    given: dict[str, object] = {"as_of": cel.Timestamp.of(case.as_of)}
    environment = policy.environment(types)
    if about:
        environment = environment.extend({"self": types.of(about.split("/")[0])})
        given["self"] = case.head.records[about].data
    return environment.compile(text).run(given, functions.bind(case))


@cache  # nothing changes it
def _book() -> Rulebook:
    return rulebook.builtin()
