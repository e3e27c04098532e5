"""Edits to a YAML file that keep its comments, order and quotes. The only user of ruamel.yaml.

ruamel.yaml writes the edit. It sees every scalar as mere text, so that it can decide no value, and the lines that the
edit does not touch are taken from the file as they were. The outcome is read again: it must hold what was asked for.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.yamltext import parsers
from itsmctl.yamltext.characters import spans as spans_of
from itsmctl.yamltext.merging import is_side_line, merged
from itsmctl.yamltext.parsers import ScalarEvent
from itsmctl.yamltext.places import Spots, spots
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import Refused
from itsmctl.yamltext.writing import block_header, dump, is_plain, same, scalar

_HINT = "Make the edit by hand."
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\r\n]*", re.MULTILINE)
_LIST_BELOW_KEY = re.compile(r"^( *)(?:- )?[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n\1( *)- ", re.MULTILINE)


def edit(content: bytes, changes: Mapping[str, object]) -> bytes:
    """The file with the values at these JSON pointers set; mappings on the way are made, `/-` appends to a list.

    Mappings and lists are brought to their new value piece by piece, so that what stays the same keeps its comments.
    Raises Refused if the file is not plain YAML, CannotJudge if a pointer leads nowhere or the edit cannot be made.
    """
    old = read(content)
    new = copy.deepcopy(old)
    for pointer, value in changes.items():
        dump(value)  # says what no text can hold
        new = _with(new, pointer, copy.deepcopy(value))
    if same(old, new):
        return content
    text = content.decode()
    taken = _Taken()
    kept, changed = _written(text.replace("\r\n", "\n"), old, new, taken)
    may_go = _comments_within(text, spots(content), taken)
    for candidate in _candidates(text, kept, changed):
        if _holds(candidate, new) and _keeps_comments(text, candidate, may_go):
            return candidate.encode()
    raise CannotJudge("the file cannot be edited without losing one of its comments or changing another value", _HINT)


class _Taken(Struct, frozen=True):
    """The pointers of values that go: `over` by another value in their place, `away` with their key."""

    over: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)


def _with(data: object, pointer: str, value: object) -> object:
    """The data with one value set."""
    if not pointer:
        return value
    *way, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    target = data
    for step in way:
        target = target.setdefault(step, {}) if isinstance(target, dict) else _at(target, step, pointer)
    if isinstance(target, dict):
        target[last] = value
    elif isinstance(target, list) and last in {"-", str(len(target))}:
        target.append(value)
    else:
        _at(target, last, pointer)
        if isinstance(target, list):
            target[int(last)] = value
    return data


def _at(target: object, step: str, pointer: str) -> object:
    if isinstance(target, list) and step.isascii() and step.isdigit() and len(step) < 8 and str(int(step)) == step:
        if int(step) < len(target):
            return target[int(step)]
        raise CannotJudge(f"`{pointer}`: the list has {len(target)} items, none is number {step}", "Use `-` to append.")
    what = "a list" if isinstance(target, list) else "no mapping or list"
    raise CannotJudge(f"`{pointer}`: `{step}` leads nowhere, {what} is written there", "Check the path of the field.")


def _written(text: str, old: object, new: object, taken: _Taken) -> tuple[list[str], list[str]]:
    """The lines that ruamel.yaml writes for the file as it is and as it shall be."""
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver

    class AllText(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            return self.DEFAULT_SCALAR_TAG if kind is ScalarNode else super().resolve(kind, value, implicit)

    def write(document: Any) -> list[str]:
        out = StringIO()
        yaml.dump(document, out)
        return out.getvalue().splitlines()

    yaml = YAML(typ="rt")
    yaml.Resolver = AllText
    yaml.preserve_quotes = True
    yaml.width = 2**30
    found = _LIST_BELOW_KEY.search(text)
    offset = len(found[2]) if found else 2
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    try:
        document = _spelled_out(yaml.load(text))
        kept = write(document)
        if not _bring(document, old, new, "", taken):
            document = _made(new, flow=False)
        return kept, write(document)
    except Exception as error:
        # ruamel.yaml reads a little less than libyaml, and fails in more ways than it says.
        raise CannotJudge(f"the file cannot be edited by ruamel.yaml: {type(error).__name__}", _HINT) from error


def _bring(document: Any, old: object, new: object, at: str, taken: _Taken, flow: bool = False) -> bool:
    """Bring a mapping or list of ruamel.yaml to its new value; False if it is to be replaced as a whole."""
    if type(old) is not type(new) or not old or not new or not isinstance(old, (dict, list)):
        return False
    flow = flow or bool(document.fa.flow_style())
    for place, there, value in _changes(old, new):
        pointer = f"{at}/{str(place).replace('~', '~0').replace('/', '~1')}"
        if value is _GONE:
            taken.away.append(pointer)
            del document[place]
        elif there is _GONE:
            if isinstance(document, list):
                document.append(_made(value, flow))
            else:
                document[_made(place, flow)] = _made(value, flow)
        elif not _bring(document[place], there, value, pointer, taken, flow):
            taken.over.append(pointer)
            document[place] = _made(value, flow, document[place])
    return True


def _spelled_out(node: Any, flow: bool = False) -> Any:
    """The document with each missing value inside brackets as `null`: ruamel.yaml would write quotes there."""
    from ruamel.yaml.scalarstring import PlainScalarString

    if isinstance(node, (dict, list)):
        flow = flow or bool(node.fa.flow_style())  # type: ignore[union-attr]
        for place, child in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if flow and type(child) is str and not child:
                node[place] = PlainScalarString("null")
            else:
                _spelled_out(child, flow)
    return node


_GONE = object()


def _changes(old: object, new: object) -> Iterator[tuple[Any, object, object]]:
    """What differs between two mappings or two lists: (key or index, old value, new value), either of them _GONE."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            if key not in new:
                yield key, old[key], _GONE
        for key, value in new.items():
            if key not in old or not same(old[key], value):
                yield key, old.get(key, _GONE), value
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(len(old) - 1, len(new) - 1, -1):
            yield index, old[index], _GONE
        for index, value in enumerate(new):
            if index >= len(old) or not same(old[index], value):
                yield index, old[index] if index < len(old) else _GONE, value


def _made(value: object, flow: bool, old: object = None) -> Any:
    """Plain data for ruamel.yaml: every scalar is a text that says how it is written, in quotes where `old` was."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import (
        DoubleQuotedScalarString,
        LiteralScalarString,
        PlainScalarString,
        SingleQuotedScalarString,
    )

    if isinstance(value, dict):
        return CommentedMap((_made(key, flow), _made(child, flow)) for key, child in value.items())
    if isinstance(value, list):
        return CommentedSeq(_made(child, flow) for child in value)
    if not isinstance(value, str):
        return PlainScalarString(scalar(value))
    if block_header(value) and not flow:
        return LiteralScalarString(value)
    if isinstance(old, SingleQuotedScalarString) and "\n" not in value and "\t" not in value:
        return SingleQuotedScalarString(value)
    if is_plain(value) and not (flow and set(value) & set(",[]{}")) and not isinstance(old, DoubleQuotedScalarString):
        return PlainScalarString(value)
    return DoubleQuotedScalarString(value)


def _candidates(text: str, kept: list[str], changed: list[str]) -> Iterator[str]:
    """Ways to write the edit, the one that touches least first."""
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    lines = text.removesuffix("\n").split("\n")
    endings = ["\r\n" if line.endswith("\r") else "\n" for line in lines]
    written = [line.removesuffix("\r") for line in lines]
    for tidy in (True, False):
        out = merged(written, kept, changed, tidy)
        whole = "".join(line + (endings[at] if at >= 0 else newline) for at, line in out)
        yield whole if text.endswith("\n") or out[-1][0] != len(lines) - 1 else whole.removesuffix("\n")
    blanks = "" if changed[:1] == [""] else text[: len(text) - len(text.lstrip("\r\n"))]
    yield blanks + newline.join([*changed, ""])


def _holds(candidate: str, wanted: object) -> bool:
    try:
        return same(read(candidate.encode()), wanted)
    except Refused:
        return False


def _keeps_comments(text: str, candidate: str, may_go: Counter[str]) -> bool:
    """Are all comments still there, and none twice?"""
    before = Counter(comment for _, comment in _comments(text))
    after = Counter(comment for _, comment in _comments(candidate))
    return not after - before and not before - after - may_go


def _comments_within(text: str, places: Spots, taken: _Taken) -> Counter[str]:
    """The comments that may go: inside values that go, and on and between the lines of those that go with their key."""
    regions = [region for pointer in (*taken.over, *taken.away) if (region := _region(places, pointer))]
    gone = {
        line
        for pointer in taken.away
        if (span := places.value(pointer))
        for line in range(span.line, span.end_line + 1)
    }
    lines = text.split("\n")
    for line in sorted(gone):
        below = line + 1
        while below <= len(lines) and is_side_line(lines[below - 1]):
            below += 1
        if below in gone:
            gone.update(range(line, below))
    return Counter(
        comment
        for place, comment in _comments(text)
        if place[0] in gone or any(start <= place < end for start, end in regions)
    )


def _region(places: Spots, pointer: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """From behind the line of a value's key to the end of its last line; only the value if it is on one line."""
    span, key = places.value(pointer), places.key(pointer)
    if span is None:
        return None
    if span.line == span.end_line and (key is None or key.line == span.line):
        return (span.line, span.column), (span.end_line, span.end_column)
    return (key.line + 1, 1) if key else (span.line, span.column), (span.end_line + 1, 1)


def _comments(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Each comment with its line and column, in order."""
    found = [
        (start + comment.start(), start + comment.end())
        for start, stop in _gaps(text)
        for comment in _COMMENT.finditer(text[start:stop])
    ]
    for (start, end), span in zip(found, spans_of(text, iter(found)), strict=True):
        yield (span.line, span.column), text[start:end].rstrip()


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text outside of its scalars; the first line of a block counts as outside."""
    end = 0
    for event in parsers.BEST.events(text):
        kind: type = type(event)
        start = event.start_mark.index
        if kind is ScalarEvent and event.end_mark.index > start:
            yield end, start
            end = event.end_mark.index
            if text[start] in "|>" and 0 <= (line_end := text.find("\n", start)) < end:
                yield start, line_end
    yield end, len(text)
