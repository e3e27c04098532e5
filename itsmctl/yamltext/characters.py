"""From bytes to text: which encodings, line ends and characters a record may have. Standard library and msgspec only.

Text that a reviewer cannot see, or that two readers break into different lines, is refused here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import tee

from msgspec import Struct

from itsmctl.yamltext.rules import START, Ledger, Span

_MOST_MARKS = 30
"""So many combining marks may follow each other (Unicode's own limit for text that streams)."""

_BREAKS = "\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Default_Ignorable_Code_Point of Unicode without the above, and without U+FE0E and U+FE0F, which only choose
# between the text and the emoji form of the character before them; and the interlinear annotation marks.
_INVISIBLE = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + "".join(
    chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)
)

REFUSED = re.compile(f"[{_BREAKS}{_BIDI}{_INVISIBLE}{_CONTROL}]")
"""Finds each character that no text may hold, but for carriage returns."""

_ODD = re.compile("[^\t\n\r -~]+")
_LONE_RETURN = re.compile("\r(?!\n)")
_IS_BREAK = re.compile(f"[{_BREAKS}\r]")
_IS_BIDI = re.compile(f"[{_BIDI}]")
_IS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
# What libyaml would stop at, or take for the end of a line.
_UNREADABLE = re.compile(f"[{_BREAKS}{_CONTROL}\ufeff]|\r(?!\n)")

_CONTROL_NAMES = {
    0x00: "NUL",
    0x07: "BELL",
    0x08: "BACKSPACE",
    0x0C: "FORM FEED",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
    0x85: "NEXT LINE",
}

_UTF_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class Text(Struct, frozen=True):
    """A file's text. `readable` has the same length, with what a parser stops at replaced by U+FFFD."""

    written: str
    readable: str


def text_of(content: bytes, ledger: Ledger) -> Text | None:
    """The text of a file; all that is wrong with its bytes and characters goes to the ledger. None: no text."""
    if wide := _wide_encoding(content):
        hint = "Save the file as UTF-8, without byte order mark."
        ledger.add("yaml-encoding", f"the file is {wide}; records are UTF-8", hint, START)
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = _undecodable(content, ledger)
    if text.startswith("\ufeff"):
        hint = "Save the file as “UTF-8” instead of “UTF-8 with BOM”."
        ledger.add("yaml-bom", "the file starts with a byte order mark (U+FEFF)", hint, Span(1, 1, 1, 2))
        text = text[1:]
    found = _refuse_characters(text, ledger)
    if _changes(text):
        _refuse_decomposed(text, ledger)
    return Text(text, _UNREADABLE.sub("\ufffd", text) if found else text)


def describe(character: str) -> tuple[str, str, str]:
    """Rule, message and hint for a character that REFUSED finds."""
    name = named(character)
    if _IS_BREAK.match(character):
        message = f"{name} ends a line for some readers and not for others"
        return "yaml-line-break", message, "Put an ordinary line break there (LF or CRLF), or a space."
    if _IS_BIDI.match(character):
        return "yaml-bidi-character", f"{name} makes text look different from what it says", "Delete the character."
    if _IS_INVISIBLE.match(character):
        hint = "Delete the character; it is usually copied in from a web page or a word processor."
        return "yaml-invisible-character", f"{name} cannot be seen", hint
    return "yaml-control-character", f"{name} is a control character, not text", "Delete the character."


def named(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`: a character that cannot be shown, in words."""
    code = ord(character)
    name = _CONTROL_NAMES.get(code) or unicodedata.name(character, "")
    return f"U+{code:04X} {name}".rstrip()


def spans(text: str, stretches: Iterator[tuple[int, int]]) -> Iterator[Span]:
    """The spans of ascending (start, end) offsets that each lie within one line, in one pass over the text."""
    line, line_start, seen = 1, 0, 0
    for start, end in stretches:
        line += text.count("\n", seen, start)
        line_start = text.rfind("\n", seen, start) + 1 or line_start
        seen = start
        yield Span(line, start - line_start + 1, line, end - line_start + 1)


def _wide_encoding(content: bytes) -> str:
    for mark, name in _UTF_MARKS:
        if content.startswith(mark):
            return name
    head = content[:400]
    low, high = head[::2].count(0), head[1::2].count(0)
    # ASCII text in UTF-16 has a zero in every second byte, always on the same side.
    return "UTF-16" if len(head) > 3 and max(low, high) * 3 > len(head) > min(low, high) * 8 else ""


def _undecodable(content: bytes, ledger: Ledger) -> str:
    text = content.decode(errors="surrogateescape")
    bad = [match.start() for match in re.finditer("[\udc80-\udcff]", text)]
    byte = ord(text[bad[0]]) - 0xDC00
    meant = bytes([byte]).decode("cp1252", "replace")
    guess = f" (in Windows-1252 it is “{meant}”)" if meant.isprintable() and meant != "\ufffd" else ""
    more = f", and {len(bad) - 1} more bytes are not either" if len(bad) > 1 else ""
    (span,) = spans(text, iter([(bad[0], bad[0] + 1)]))
    message = f"byte 0x{byte:02X} is not UTF-8{guess}{more}"
    ledger.add("yaml-encoding", message, "Save the file as UTF-8.", span)
    # As private use characters they pass the checks of characters, which have nothing to add.
    return re.sub("[\udc80-\udcff]", "\ue000", text)


def _refuse_characters(text: str, ledger: Ledger) -> bool:
    """Are there any?"""
    found = False
    if first := _LONE_RETURN.search(text):
        lone = text.count("\r") - text.count("\r\n")
        more = f": {lone} lines of the file end so" if lone > 1 else ""
        message = f"a carriage return without a line feed ends a line for some readers and not for others{more}"
        (span,) = spans(text, iter([first.span()]))
        found = True
        ledger.add("yaml-line-break", message, "Save the file with LF (Unix) or CRLF (Windows) line ends.", span)
    for span, character in _with_spans(text, _refused_in(text)):
        found = True
        rule, message, hint = describe(character)
        if character == "\0":
            hint = "Delete the character; if the file has many of them, it is no text file."
        ledger.add(rule, message, hint, span)
    return found


def _refused_in(text: str) -> Iterator[tuple[int, int]]:
    for odd in _ODD.finditer(text):
        for match in REFUSED.finditer(text, odd.start(), odd.end()):
            yield match.span()


def _refuse_decomposed(text: str, ledger: Ledger) -> None:
    for span, letter in _with_spans(text, _decomposed(text)):
        if len(letter) > _MOST_MARKS:
            message = f"{len(letter) - 1} combining marks follow one letter"
            hint = "Delete them."
        else:
            composed = unicodedata.normalize("NFC", letter)
            message = f"“{letter}” is written as {_codes(letter)}; Unicode's normal form C has {_codes(composed)}"
            hint = "Type the text again, or run the file through a normaliser (`uconv -x nfc`)."
        ledger.add("yaml-nfc", message, hint, span)


def _with_spans(text: str, stretches: Iterator[tuple[int, int]]) -> Iterator[tuple[Span, str]]:
    """The stretches of a text, each with its span."""
    one, other = tee(stretches)
    return zip(spans(text, one), (text[start:end] for start, end in other), strict=True)


def _codes(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)


def _decomposed(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of each letter with its marks that is not in normal form C."""
    # A run of other characters may begin with marks for the ASCII letter before it.
    for match in re.finditer("[\x20-\x7f]?[^\x00-\x7f]+", text):
        start = match.start()
        for end in range(start + 1, match.end() + 1):
            if end < match.end() and _joins(text[end - 1], text[end]):
                continue
            if end - start > _MOST_MARKS or _changes(text[start:end]):
                yield start, end
            start = end


def _joins(before: str, character: str) -> bool:
    """Can the character become one with those before it? The last part is for the finals of Hangul syllables."""
    return (
        unicodedata.combining(character) > 0
        or (_changes(before + character) and not _changes(before) and not _changes(character))
        or "\u11a8" <= character <= "\u11c2"
    )


def _changes(text: str) -> bool:
    return not unicodedata.is_normalized("NFC", text)
