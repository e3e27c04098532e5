"""Ways out that messages name exist: each command and option of itsmctl in a text of the code, a rule or a template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_help import COMMANDS

import itsmctl

PACKAGE = Path(itsmctl.__file__).parent
PROJECT = PACKAGE.parent
NAMED = re.compile(r"\bitsmctl(?: (?!itsmctl)[^\s`'\",;:()]+)+")
PLACE = "x"  # stands for what a program puts into a text


def texts() -> Iterator[tuple[str, str]]:
    """(where, text) of every text that may be printed or written: those of the code, without its docstrings."""
    for file in sorted(PACKAGE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_bytes())))
        docs = {
            id(node.body[0].value)
            for node in nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
            if isinstance(node.body[0], ast.Expr)
        }
        passed = docs | {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        place = file.relative_to(PROJECT)
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                parts = (str(one.value) if isinstance(one, ast.Constant) else PLACE for one in node.values)
                yield f"{place}:{node.lineno}", "".join(parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
                yield f"{place}:{node.lineno}", node.value
    for folder in ("policies", "schemas", "templates", "itsmctl/desk", "example-repo"):
        for file in sorted((PROJECT / folder).rglob("*")):
            if file.is_file() and file.suffix in (".yaml", ".yml", ".json", ".md", ".template", ""):
                yield str(file.relative_to(PROJECT)), file.read_text(encoding="utf-8", errors="replace")


PROSE = re.compile(
    r"itsmctl (?:x$|x (?:wrote it|or later|came to no verdict)|(?:is|does|wrote|or|report|came) ?|"
    r"that (?:wrote|it names|is|may)|again|<gate@)"
)
"""Where the tool itself is spoken of, or its version."""


def named() -> Iterator[tuple[str, str]]:
    """(where, command line) of every command line that begins with the name of the tool."""
    for where, text in texts():
        for line in text.replace("@@root", "").split("\n"):
            for found in NAMED.finditer(line):
                if not PROSE.match(found[0]):
                    yield where, re.sub(r"\.(?= |$).*", "", found[0])  # a sentence ends there


def faults(line: str) -> Iterator[str]:
    """What the program does not have: the command, or an option of it."""
    _, *words = line.split()
    command = COMMANDS["itsmctl"]
    name = "itsmctl"
    while words and hasattr(command, "commands"):
        if f"{name} {words[0]}" not in COMMANDS:
            if words[0] != "--help":
                yield f"{name} has no {words[0]}"
            return
        name += f" {words.pop(0)}"
        command = COMMANDS[name]
    known = {word for one in getattr(command, "params", ()) for word in (*one.opts, *one.secondary_opts)} | {"--help"}
    for word in words:
        option = re.match(r"--?[a-zA-Z][a-z-]*", word)
        if option is not None and option[0] not in known:
            yield f"{name} has no {option[0]}"


def test_what_texts_name_exists() -> None:
    lines = sorted(set(named()))
    assert len(lines) > 200
    assert [(where, one, line) for where, line in lines for one in faults(line)] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("itsmctl lists Release", ["itsmctl has no lists"]),
        ("itsmctl change vote x", ["itsmctl change has no vote"]),
        ("itsmctl change approve x --role y", ["itsmctl change approve has no --role"]),
        ("itsmctl gate -z", ["itsmctl gate has no -z"]),
        ("itsmctl gate --simulate", []),
        ("itsmctl baseline --help", []),
    ],
)
def test_what_does_not_exist_is_found(line: str, said: list[str]) -> None:
    assert list(faults(line)) == said
