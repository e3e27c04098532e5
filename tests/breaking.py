"""Breaks of the example repository, read from tests/breaks/<process>.yaml: what is edited, and what is found then.

A table holds, under the id of each rule, a list of breaks:

    CHG-04:
      - name: graded lower than likelihood and impact say   # what is wrong now, in words
        edits:                                               # any number, in this order; most need one
          - file: records/changes/CHG-2026-0098.yaml
            old: "level: medium"                             # stands there exactly once
            new: "level: low"
          - {file: records/changes/new.yaml, text: "…"}      # a file that is added, or replaced as a whole
          - {file: records/changes/old.yaml, remove: true}   # a file that is removed
        finding: {file: records/changes/CHG-2026-0098.yaml, line: "level: low"}
        follows:                                             # findings of other rules that cannot but come along
          - {rule: CHG-13, file: …, line: …}
        since: true                                          # optional: run with --since, for rules that need a base
        as_of: 2026-12-10T08:00:00Z                          # optional: another time than that of the example

`line` is what the place of the finding reads, without indentation (or how it begins, if only one line begins so); a
number where the text stands more than once. Nothing else may be found: the whole list is compared.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itsmctl import yamltext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo

TABLES = Path(__file__).resolve().parent / "breaks"
AS_OF = "2026-11-22T08:00:00Z"

_KEYS = {"name", "edits", "finding", "follows", "since", "as_of"}


@dataclass(frozen=True)
class Break:
    """One way to break the example so that `rule` finds it. `table` is the process whose table holds it."""

    table: str
    rule: str
    name: str
    edits: tuple[dict[str, Any], ...]
    finding: dict[str, Any]
    follows: tuple[dict[str, Any], ...]
    since: bool
    as_of: str

    @property
    def id(self) -> str:
        """As pytest shows it."""
        return f"{self.rule}: {self.name}"


def breaks() -> list[Break]:
    """All that the tables hold, in their order."""
    return [
        _read(table.stem, rule, one)
        for table in sorted(TABLES.glob("*.yaml"))
        for rule, ways in _mapping(table).items()
        for one in ways
    ]


def outcome(broken: Break, repo: Repo) -> tuple[list[str], list[str]]:
    """(what is found, what should be), each `rule path:line`, when the example in `repo` is broken like that."""
    with in_place(broken, repo):
        expected = [
            _told(broken.rule, broken.finding, repo),
            *(_told(one["rule"], one, repo) for one in broken.follows),
        ]
        return found(repo, broken.as_of, "--since=HEAD" if broken.since else ""), sorted(expected)


def found(repo: Repo, as_of: str = AS_OF, *options: str) -> list[str]:
    """The open findings in the work tree of `repo`, each `rule path:line`."""
    ran = repo.run("validate", "--as-of", as_of, "--format", "json", *filter(None, options))
    assert ran.code in (0, 1), ran.stderr
    open_ = [one for one in json.loads(ran.stdout)["findings"] if one["waived"] is None]
    return sorted(f"{one['rule']} {one['place']['path']}:{one['place']['line']}" for one in open_)


def _mapping(table: Path) -> dict[str, list[dict[str, Any]]]:
    data = yamltext.read(table.read_bytes())
    assert isinstance(data, dict), table
    return data


def _read(table: str, rule: str, one: dict[str, Any]) -> Break:
    assert not set(one) - _KEYS, f"{table}, {rule}: nothing reads {sorted(set(one) - _KEYS)}"
    return Break(
        table,
        rule,
        one["name"],
        tuple(one["edits"]),
        one["finding"],
        tuple(one.get("follows", ())),
        one.get("since", False),
        one.get("as_of", AS_OF),
    )


@contextmanager
def in_place(broken: Break, repo: Repo) -> Iterator[None]:
    """The work tree with the edits in it; afterwards as it was."""
    files = [repo.path / edit["file"] for edit in broken.edits]
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        for edit, file in zip(broken.edits, files, strict=True):
            apply(edit, file)
        yield
    finally:
        for file, content in before.items():
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(content)


def apply(edit: dict[str, Any], file: Path) -> None:
    """Make one edit of a break. Raises AssertionError where the old text does not stand there once."""
    if edit.get("remove"):
        file.unlink()
    elif "text" in edit:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(edit["text"], encoding="utf-8", newline="\n")
    else:
        text = file.read_bytes().decode()
        assert text.count(edit["old"]) == 1, f"{edit['file']} holds {edit['old']!r} {text.count(edit['old'])} times"
        file.write_bytes(text.replace(edit["old"], edit["new"]).encode())


def _told(rule: str, place: dict[str, Any], repo: Repo) -> str:
    line = place["line"]
    if isinstance(line, str):
        texts = [text.strip() for text in (repo.path / place["file"]).read_text(encoding="utf-8").split("\n")]
        numbers = [n for n, text in enumerate(texts, 1) if text == line]
        numbers = numbers or [n for n, text in enumerate(texts, 1) if text.startswith(line)]
        assert len(numbers) == 1, f"{place['file']}: {line!r} reads on lines {numbers}; give a number"
        line = numbers[0]
    return f"{rule} {place['file']}:{line}"
