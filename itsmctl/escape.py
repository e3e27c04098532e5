"""Text of records made safe to show: escapes, widths in terminal columns, folding. Knows nothing else of itsmctl.

Record text is hostile. Whatever leaves `visible` holds no control, bidi, zero-width or surrogate character, and no
marker by which a CI runner would take a line for a command; `json_text` promises the same for JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata

import msgspec

LONGEST = 2_000
"""Code points of one text that are shown; a title may hold a megabyte."""

_MOST_MARKS = 4  # combining marks on one letter; real scripts need fewer, more of them climb over the lines above
_SYMBOL_AS_EMOJI = "\ufe0f"
_WIDE_SPACE = "\u3000"
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Letters and marks that Python calls printable and that print nothing (Unicode's Default_Ignorable_Code_Point).
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

# `##[name]`, `##vso[name]`, `##teamcity[name]`: commands to a runner wherever they stand in a line.
_RUNNER_COMMAND = re.compile(r"##[A-Za-z]*\[")
_RUNNER_COMMAND_START = re.compile(r"##(?=[A-Za-z]*\[)")

# `::name::` is a command where a line begins with it, so no line is folded there.
_FOLD = re.compile(r" (?!\s*::)")

_NOT_ASCII = re.compile(r"[^\x00-\x7e]")


def visible(text: str, longest: int = LONGEST) -> str:
    r"""`text` on one line with everything unseen or dangerous spelt out: `\n`, `\x1b`, `\u{202e}`.

    A byte of a file name that is not UTF-8 (a surrogate, as `os.fsdecode` makes it) becomes `\xff`. Texts over
    `longest` code points end in `…`.
    """
    if len(text) > longest:
        text = text[:longest] + "…"
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    return "".join(shown for shown, _ in cells(text))


def cells(text: str, tab: str = "\\t") -> list[tuple[str, int]]:
    """For each code point of `text`: what to show for it, and how many terminal columns that takes."""
    found: list[tuple[str, int]] = []
    marks = 0  # combining marks that stand in a row
    for index, char in enumerate(text):
        kind = "" if " " <= char <= "~" else unicodedata.category(char)
        if not kind:
            shown = "\\x23" if char == "#" and _RUNNER_COMMAND.match(text, index) else char
            cell = (shown, len(shown))
        elif char == "\t":
            cell = (tab, len(tab))
        elif char == _SYMBOL_AS_EMOJI and found and unicodedata.category(text[index - 1]) == "So":
            cell = (char, 2 - found[-1][1])  # it widens the symbol before it to two columns
        elif kind in ("Mn", "Me") and marks < _MOST_MARKS and _carries(text, index) and not _UNSEEN.match(char):
            cell = (char, 0)
        else:
            cell = _alone(char, kind)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        found.append(cell)
    return found


def columns(text: str) -> int:
    """Terminal columns that an already visible text takes."""
    return len(text) if text.isascii() else sum(width for _, width in cells(text))


def fold(text: str, room: int, first: int | None = None) -> list[str]:
    """An already visible text as lines of at most `room` columns, the first of at most `first`.

    Words (and so file paths) stay whole, even where they don't fit. No line but the first begins with `::`.
    """
    lines: list[str] = []
    line, *words = _FOLD.split(text)
    free, taken = room if first is None else first, columns(line)
    for word in words:
        wide = columns(word)
        if line.strip() and taken + 1 + wide > free:
            lines.append(line)
            line, free, taken = word, room, wide
        else:
            line = f"{line} {word}"
            taken = taken + 1 + wide if word.isascii() else columns(line)  # a mark may go with what stands before it
    return [*lines, line]


def cut(text: str, room: int) -> str:
    """An already visible text in at most `room` columns, with `…` where its end is missing."""
    if columns(text) <= room:
        return text
    kept, used = [], 1
    for shown, width in cells(text):
        if used + width > room:
            break
        kept.append(shown)
        used += width
    return "".join(kept) + "…"


def at_line_start(text: str) -> str:
    """An already visible text as it may begin a line: never with `::`, which runners take for a command."""
    rest = text.lstrip()
    return text if not rest.startswith("::") else f"{text[: len(text) - len(rest)]}\\x3a{rest[1:]}"


def storable(text: str) -> str:
    r"""`text` as UTF-8 can hold it: lone surrogates spelt out as `\xff` or `\u{d800}`, all else as it is."""
    if text.isascii():
        return text
    return "".join(_spelt(char) if "\ud800" <= char <= "\udfff" else char for char in text)


def json_text(data: object) -> str:
    """`data` as indented JSON that reads well (UTF-8) and is safe to print: what is unseen stands as `\\uXXXX`."""
    text = _indented(data)
    text = _RUNNER_COMMAND_START.sub(r"\\u0023#", text)
    return _NOT_ASCII.sub(_json_char, text) + "\n"


def _indented(data: object) -> str:
    try:
        # what the other way gives, too, in a third of the time
        return msgspec.json.format(json.dumps(data, ensure_ascii=False), indent=2)
    except (UnicodeEncodeError, msgspec.DecodeError):  # a lone surrogate, or a number that is none
        return json.dumps(data, ensure_ascii=False, indent=2)


def _json_char(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":  # many readers refuse a lone surrogate, even escaped
        return "\\" + _spelt(char)
    if char.isprintable() and not _UNSEEN.match(char):
        return char
    return json.dumps(char)[1:-1]


def _carries(text: str, index: int) -> bool:
    """Is there a letter before `index` for a combining mark to sit on? Else it would sit on our own text."""
    return index > 0 and not text[index - 1].isspace()


def _alone(char: str, kind: str) -> tuple[str, int]:
    """The cell of a character outside ASCII that does not lean on its neighbours."""
    if (not char.isprintable() and char != _WIDE_SPACE) or _UNSEEN.match(char) or kind in ("Mn", "Me"):
        spelt = _spelt(char)
        return spelt, len(spelt)
    if "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff":  # Hangul vowels join the letter before
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _spelt(char: str) -> str:
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"
