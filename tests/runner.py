"""What a GitHub Actions runner takes for a command in a log, after its ActionCommand: a specification for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = frozenset(
    [
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "internal-set-repo-path",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    ]
)


@dataclass
class Command:
    name: str
    properties: dict[str, str] = field(default_factory=dict)
    data: str = ""


def parse(line: str) -> Command | None:
    """The command of a line, if it is one: `::name a=b::data` at its start, or `##[name a=b]data` anywhere in it."""
    return _second_form(line.strip()) or _first_form(line)


def commands(log: str) -> list[Command]:
    """The commands that a runner obeys, with those left out that stand where commands are stopped."""
    found, token = [], ""
    for line in log.split("\n"):
        if token:
            if line.strip() == f"::{token}::":
                token = ""
            continue
        command = parse(line)
        if command and command.name == "stop-commands":
            token = command.data
        elif command:
            found.append(command)
    assert not token, "commands stay stopped for the steps to come"
    return found


def _second_form(line: str) -> Command | None:
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, data = line[2:].split("::", 1)
    return _command(head, data, ",", lambda value: _undo(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}))


def _first_form(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _command(line[start + 3 : end], line[end + 1 :], ";", lambda value: value)


def _command(head: str, data: str, comma: str, undo: Callable[[str], str]) -> Command | None:
    name, _, rest = head.partition(" ")
    if name not in NAMES:
        return None
    pairs = (pair.split("=", 1) for pair in rest.strip().split(comma) if "=" in pair)
    properties = {key: undo(value) for key, value in pairs}
    return Command(name, properties, _undo(data, {"%0D": "\r", "%0A": "\n"}))


def _undo(text: str, escapes: dict[str, str]) -> str:
    for escape, char in {**escapes, "%25": "%"}.items():
        text = text.replace(escape, char)
    return text
