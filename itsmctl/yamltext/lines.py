"""The way line by line, for files of which each line says by itself what it is: nearly all that people write.

libyaml makes an object with two marks of every scalar, which takes several times as long as reading the text. Most
lines stand in many records, so here each is looked at once, and looking it up again costs next to nothing.

Nothing is decided here: scalars mean what `scalars` says, and whatever could be read in two ways, or might be refused,
raises NotSimple, so that a parser reads the file. Tests hold what is read to what the parsers read.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from itsmctl.yamltext.flows import FIRST, KEY, TEXT, NotSimple, flow, fresh, usual_flow
from itsmctl.yamltext.scalars import WORDS
from itsmctl.yamltext.sharing import KEYS, PLAIN, QUOTED

_MOST = 65_536  # lines that are kept, some 15 MB: in ten thousand records stand about as many different ones
_LONGEST = 120
_RIGHTMOST = 40  # columns; so no more collections can stand in each other than any reader takes

_PLAIN = FIRST + r"[^#:\t\r\n]*(?::(?=[^\s#])[^#:\t\r\n]*)*"
# no two parts beside each other take spaces: a long run of them would be split in every way
_LINE = re.compile(
    rf"( *)(- +)?(?:({KEY}):(?: +|$))?(?:(?:{TEXT}) *|({_PLAIN})|([\[{{][^#\t\r\n]*[\]}}]) *|([|>]-?) *)?"
    r"(?:(?:(?<= )|^)#[^\t\r\n]*)?"
)
# a text behind a key, written in the usual way: nothing else is so frequent, and nothing costs less to tell
_USUAL = re.compile(rf"( {{0,{_RIGHTMOST}}})([A-Za-z_]{{1,64}}): ([A-Za-z][A-Za-z0-9_.,/ -]*(?<! ))")
_BREAKS = re.compile("\n+")

# what the value of a line is: complete (0, which most are), on lines below, to be copied, a text in lines of its own
_SCALAR, _BELOW, _COPIED, _BLOCK = range(4)

_Line = tuple[int, int, str | None, int, Any]
"""Where the line begins, where its key or scalar stands (the same unless a list item begins here), key, what the value
is, and the scalar, the header of a block text or the function that copies the collection."""


class _Lines(dict[str, _Line | None]):
    """Lines and what they say, None of empty ones and comments. Raises NotSimple, or as the memos of `sharing` do."""

    __slots__ = ()

    def __missing__(self, text: str) -> _Line | None:
        line = _look_at(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = line
        return line


_LINES = _Lines()


def _look_at(text: str) -> _Line | None:
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        spaces, key, plain = usual.groups()
        indent = len(spaces)
        return indent, indent, KEYS[key], _SCALAR, plain if plain not in WORDS else PLAIN[plain]
    found = _LINE.fullmatch(text)
    if found is None:
        raise NotSimple
    spaces, dash, key, double, single, plain, brackets, header = found.groups()
    indent = len(spaces)
    if dash is None and indent <= _RIGHTMOST and key is not None and plain is not None:  # what most are
        return indent, indent, KEYS[key], _SCALAR, _scalar(plain)
    if plain is not None:
        what, value = _SCALAR, _scalar(plain)
    else:
        what, value = _value(double if single is None else single, brackets, header)
    if dash is None and key is None and what == _BELOW:
        return None
    column = indent + len(dash or "")
    if column > _RIGHTMOST or (key is None and (dash is None or what in (_BELOW, _BLOCK))):
        raise NotSimple
    return indent, column, None if key is None else KEYS[key], what, value


def _scalar(plain: str) -> object:
    """What an unquoted scalar means. Behind the digits in ASCII stands nothing that a number begins with."""
    text = plain.rstrip(" ")
    return text if text[0] > "9" and text not in WORDS else PLAIN[text]


def _value(quoted: str | None, brackets: str | None, header: str | None) -> tuple[int, Any]:
    """What the value of a line is, of which at most one part is written, and no unquoted scalar."""
    if quoted is not None:
        return _SCALAR, QUOTED[quoted]
    if brackets is not None:
        flat = usual_flow(brackets)
        return _COPIED, _copier(flow(brackets)) if flat is None else flat.copy
    return (_BELOW, None) if header is None else (_BLOCK, header)


def _copier(collection: dict[str, object] | list[object]) -> Any:
    """What gives the same data in lists and mappings of their own: no two places share one that might be changed."""
    held = collection.values() if type(collection) is dict else collection
    flat = not any(type(inner) is dict or type(inner) is list for inner in held)
    return collection.copy if flat else partial(fresh, collection)


def read(text: str) -> dict[str, object]:
    """The data of a text whose root is a mapping. Raises NotSimple, or as the memos of `sharing` do.

    The text must hold no character that `characters` refuses.
    """
    if "\t" in text or "\r" in text or text[-1:] != "\n":
        raise NotSimple
    lines = text.split("\n")
    resume = 1 if lines[0] == "---" else 0  # the number of the first line that was not read with one before it
    root: dict[str, object] = {}
    here: Any = root  # the collection that is being filled, the column of its keys or dashes, and those around it
    at = 0
    outer: list[tuple[Any, int]] = []
    pending: str | None = None  # the key of the line before, if its value may stand below
    known = _LINES
    for number, written in enumerate(lines):
        if number < resume or (line := known[written]) is None:
            continue
        indent, column, key, what, value = line
        begins = column != indent  # a list item
        if pending is not None and (indent > at or (begins and indent == at)):
            outer.append((here, at))
            held: Any = [] if begins else {}
            here[pending] = held
            here, at = held, indent
        elif indent != at or begins or type(here) is list:  # else one more key beside the last
            while at > indent or (at == indent and not begins and type(here) is list):
                here, at = outer.pop()
            if at != indent or begins is not (type(here) is list):
                raise NotSimple
        pending = None
        if what:
            if what == _COPIED:
                value = value()
            elif what == _BELOW:
                pending = key
            else:
                value, resume = _block(lines, number + 1, column, value)
        if begins:
            if key is None:
                here.append(value)
                continue
            outer.append((here, at))
            here.append(held := {})
            here, at = held, column
        if key in here:
            raise NotSimple
        here[key] = value
    if not root:
        raise NotSimple
    return root


def _block(lines: list[str], start: int, above: int, header: str) -> tuple[str, int]:
    """The text that is written below its header, and the number of the line behind it. `above`: column of its key."""
    first = lines[start]
    indent = len(first) - len(first.lstrip(" "))
    spaces = " " * indent
    end = start
    while end < len(lines) and (not lines[end] or lines[end].startswith(spaces)):
        end += 1
    held = lines[start:end]
    if indent <= above or any(line.isspace() for line in lines[start : end + 1]):
        raise NotSimple
    text = "\n".join([line[indent:] for line in held]).rstrip("\n")
    if header[0] == ">":
        if "\n " in text:  # lines that keep their breaks
            raise NotSimple
        text = _BREAKS.sub(_folded, text)
    return QUOTED[text if header[-1] == "-" else text + "\n"], end


def _folded(breaks: re.Match[str]) -> str:
    return breaks[0][1:] or " "
