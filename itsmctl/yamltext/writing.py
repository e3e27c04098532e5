"""Plain data to fresh YAML text, always in the same form: two spaces a level, block style, quotes where they matter.

Quoted is what YAML 1.2 would read as something else than text, and what the YAML 1.1 readers still in use would.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from itsmctl.errors import CannotJudge
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import MAX_DEPTH, Refused
from itsmctl.yamltext.scalars import WORDS, whole

_WORDS_1_1 = frozenset({"=", "<<"}) | {
    form for word in ("y", "n", "yes", "no", "on", "off") for form in (word, word.capitalize(), word.upper())
}
_NUMBER_LIKE = re.compile(
    r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+"
    r"|(?:[0-9][0-9_,]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF|nan|NaN|NAN))"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"
)
_NEEDS_QUOTES = re.compile(r"[\s?:,\[\]{}#&*!|>'\"%@`]|-(?:\s|--|$)|\.\.\.|.*(?:: |:$| #|[\t\n]|\s$)", re.DOTALL)
_HINT = "Give texts, finite numbers, true, false, null, lists, and mappings with texts as keys."
_LONGEST_KEY = 1000  # libyaml looks for the colon of an unmarked key within 1024 characters
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def dump(data: object) -> bytes:
    """The text of plain data, which `read` gives back as it was. CannotJudge where no text can hold it."""
    try:
        written = ("\n".join(_document(data)) + "\n").encode()
        again = read(written)
    except Refused as refused:
        first = refused.refusals[0]
        raise CannotJudge(f"the data cannot be written as plain YAML: {first.message}", first.hint) from None
    except (UnicodeEncodeError, RecursionError, ValueError) as error:
        raise CannotJudge(f"the data cannot be written as plain YAML: {error}", _HINT) from None
    if not same(again, data):
        raise CannotJudge("the data cannot be written as plain YAML: it holds more than JSON knows", _HINT)
    return written


def same(one: object, other: object) -> bool:
    """Are the two equal, with equal types throughout? 1 and true are two values; 1.0 is 1, as where it is read."""
    one, other = (whole(value) if type(value) is float else value for value in (one, other))
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def scalar(value: object) -> str:
    """A scalar on one line, as it stands in block style: a text in quotes if it needs them, a number, a word."""
    if isinstance(value, str):
        return value if is_plain(value) else quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value)
    raise ValueError(f"a {type(value).__name__} is no plain data")


def is_plain(text: str) -> bool:
    """Does every reader take the text for itself without quotes, in block style?"""
    return not (text in WORDS or text in _WORDS_1_1 or _NEEDS_QUOTES.match(text) or _NUMBER_LIKE.fullmatch(text))


def quoted(text: str) -> str:
    """The text in double quotes, or in single ones where that saves escapes."""
    if ('"' in text or "\\" in text) and "'" not in text and "\n" not in text and "\t" not in text:
        return f"'{text}'"
    return f'"{text.translate(_ESCAPES)}"'


def block_header(text: str) -> str:
    """`|`, `|-`, `|+` and, where its first line would hide the indentation, `2`; empty if the text fits no block."""
    if "\n" not in text or not text.strip("\n") or (not text.rpartition("\n")[2].strip(" \t") and text[-1] != "\n"):
        return ""
    indicator = "2" if text[0] in " \t\n" else ""
    chomping = "" if text.endswith("\n") and text[-2] != "\n" else "+" if text.endswith("\n") else "-"
    return f"|{indicator}{chomping}"


def _document(data: object) -> Iterator[str]:
    if _is_filled(data):
        yield from _lines(data, "")
    else:
        first, *more = _attached("", data, "")
        yield from (first.lstrip(" "), *more)


def _is_filled(value: object) -> bool:
    """Is the value a mapping or list with something in it, which is written on lines of its own?"""
    return isinstance(value, (dict, list)) and bool(value)


def _lines(value: object, indent: str) -> Iterator[str]:
    """The lines of a mapping or list that is not empty."""
    if len(indent) > 2 * MAX_DEPTH:
        raise ValueError("it is nested too deep")
    if isinstance(value, dict):
        for name, child in value.items():
            if not isinstance(name, str):
                raise ValueError(f"the key {name!r} is no text")
            key = name if is_plain(name) else quoted(name)
            if len(key) <= _LONGEST_KEY:
                yield from _attached(f"{indent}{key}:", child, indent)
            else:
                yield f"{indent}? {key}"
                yield from _attached(f"{indent}:", child, indent)
    elif isinstance(value, list):
        for child in value:
            if _is_filled(child):
                first, *more = _lines(child, f"{indent}  ")
                yield f"{indent}- {first.lstrip(' ')}"
                yield from more
            else:
                yield from _attached(f"{indent}-", child, indent)


def _attached(head: str, value: object, indent: str) -> Iterator[str]:
    """The lines of a value behind its `key:` or `-`."""
    inner = f"{indent}  "
    if _is_filled(value):
        yield head
        yield from _lines(value, inner)
    elif isinstance(value, str) and (header := block_header(value)):
        yield f"{head} {header}"
        for line in value.removesuffix("\n").split("\n"):
            yield f"{inner}{line}" if line else ""
    else:
        empty = "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else ""
        yield f"{head} {empty or scalar(value)}"


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that JSON can hold")
    read = whole(value)
    if isinstance(read, int):
        return str(read)
    # YAML 1.1 knows no number with an exponent but without a point.
    digits, mark, exponent = repr(value).partition("e")
    return f"{digits}.0e{exponent}" if mark and "." not in digits else repr(value)
