"""Small edits by place: other texts where single values stand, one more text in a list. All else stays to the byte.

Decides no value. What cannot be done so, such as a text that is folded over lines, is left to ruamel.yaml.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from itsmctl.yamltext.outline import Node, column, outline
from itsmctl.yamltext.places import spots
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import Refused, Span
from itsmctl.yamltext.writing import is_plain, quoted, same

_QUOTES = ("'", '"')


def retext(content: bytes, texts: Mapping[str, str]) -> bytes:
    """The file with these texts at these JSON pointers, where single values stand.

    Raises Refused if the file is not plain YAML, CannotJudge where the edit cannot be made.
    """
    wanted = copy.deepcopy(read(content))
    for pointer, text in texts.items():
        _put(wanted, pointer, text)
    places = spots(content)
    spans = {pointer: places.value(pointer) for pointer in texts}
    lines = content.decode().split("\n")
    # from the end, so that what comes before stays where it is
    for pointer, span in sorted(spans.items(), key=lambda item: _start(item[1]), reverse=True):
        if span is not None and span.line == span.end_line:
            line = lines[span.line - 1]
            written = line[span.column - 1 : span.end_column - 1]
            spelled = _spelled(texts[pointer], written)
            lines[span.line - 1] = line[: span.column - 1] + spelled + line[span.end_column - 1 :]
    edited = "\n".join(lines).encode()
    return edited if _holds(edited, wanted) else _by_ruamel(content, texts)


def append(content: bytes, pointer: str, text: str) -> bytes:
    """The file with one more text in the list at a pointer, which is made last in its mapping where there is none.

    Raises Refused if the file is not plain YAML, CannotJudge where the edit cannot be made.
    """
    wanted: Any = copy.deepcopy(read(content))
    *way, key = _steps(pointer)
    mapping = wanted
    for step in way:
        mapping = mapping[step]
    held = mapping.setdefault(key, [])
    held.append(text)
    whole = content.decode()
    plain = whole.replace("\r\n", "\n")
    at, added = _addition(plain, _find(outline(plain), way), key, text if is_plain(text) else quoted(text))
    if at < 0:
        return _by_ruamel(content, {pointer: held})
    newline = "\r\n" if whole.count("\r\n") * 2 > whole.count("\n") else "\n"
    start = _with_returns(whole, at)
    edited = (whole[:start] + added.replace("\n", newline) + whole[start:]).encode()
    return edited if _holds(edited, wanted) else _by_ruamel(content, {pointer: held})


def _addition(text: str, mapping: Node, key: str, spelled: str) -> tuple[int, str]:
    """Where to add what; -1 where there is no such place."""
    held = next((entry.value for entry in mapping.entries if entry.key and entry.key.text == key), None)
    if held is None:
        if mapping.flow:
            return mapping.entries[-1].value.end, f", {key}: [{spelled}]"
        indent = column(text, mapping.entries[0].start)
        return _below(text, mapping, indent), f"\n{' ' * indent}{key}:\n{' ' * indent}  - {spelled}"
    if held.shape != "list":
        return -1, ""
    if not held.entries:
        return held.start + 1, spelled
    if held.flow:
        return held.entries[-1].value.end, f", {spelled}"
    indent = column(text, held.entries[0].start)
    return _below(text, held, indent), f"\n{' ' * indent}- {spelled}"


def _below(text: str, node: Node, indent: int) -> int:
    """The end of the last line of a mapping or list, with the comments that belong to its last entry."""
    end = text.find("\n", node.entries[-1].value.end)
    while end >= 0:
        following = text.find("\n", end + 1)
        line = text[end + 1 : following if following >= 0 else len(text)]
        if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) <= indent:
            return end
        end = following
    return len(text)


def _with_returns(whole: str, at: int) -> int:
    """The offset in a text of an offset in the same text without carriage returns."""
    seen = 0
    for line in whole.split("\n"):
        length = len(line) - line.endswith("\r")
        if at <= length:
            return seen + at
        at -= length + 1
        seen += len(line) + 1
    return len(whole)


def _find(node: Node, way: list[str]) -> Node:
    for step in way:
        node = next(entry.value for entry in node.entries if entry.key and entry.key.text == step)
    return node


def _by_ruamel(content: bytes, edits: Mapping[str, object]) -> bytes:
    from itsmctl.yamltext import editing

    return editing.edit(content, edits)


def _start(span: Span | None) -> tuple[int, int]:
    return (span.line, span.column) if span else (0, 0)


def _spelled(text: str, before: str) -> str:
    """In the quotes that were there, or without where there were none and none are needed."""
    quote = before[:1]
    if quote in _QUOTES and quote not in text and "\\" not in text:
        return f"{quote}{text}{quote}"
    return text if is_plain(text) else quoted(text)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _put(data: Any, pointer: str, text: str) -> None:
    *way, last = _steps(pointer)
    for step in way:
        data = data[int(step)] if isinstance(data, list) else data[step]
    data[int(last) if isinstance(data, list) else last] = text


def _holds(content: bytes, wanted: object) -> bool:
    try:
        return same(read(content), wanted)
    except Refused:
        return False
