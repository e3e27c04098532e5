"""Text to tokens, and the values of literals. Linear in the text; every refusal has a place and a remedy."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from . import slips
from .problems import CompileError, Problem, Source
from .values import INT_MAX, UINT_MAX, Uint

KEYWORDS: Final = frozenset({"true", "false", "null", "in"})
RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)

_TOKEN: Final = re.compile(
    r"""
    (?:[ \t\n\f\r]+|//[^\n]*)*
    (?:
        (?P<double>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
      | (?P<int>0[xX][0-9a-fA-F]+[uU]?|[0-9]+[uU]?)
      | (?P<string>[bB]?[rR]?(?:\"{3}|'{3}|"|'))
      | (?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
      | (?P<quoted>`[-_a-zA-Z0-9./ ]+`)
      | (?P<symbol>&&|\|\||[=!<>]=|[-<>+*/%!?:.,()\[\]{}])
      | (?P<end>\Z)
      | (?P<stray>.)
    )
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\?\"'`])|[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2}))"
)
_SIMPLE: Final = {"'": re.compile(r"[^'\\\r\n]*'"), '"': re.compile(r'[^"\\\r\n]*"')}
_PLAIN: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Token(NamedTuple):
    """`kind` is literal, name, quoted, end, or for a symbol the symbol itself. Keywords are symbols or literals."""

    kind: str
    text: str
    start: int
    end: int
    value: object = None


def tokens(source: Source) -> list[Token]:
    """All tokens, the last one of kind "end". Raises CompileError at the first place that is none."""
    found: list[Token] = []
    text, at = source.text, 0
    while True:
        match = _TOKEN.match(text, at)
        assert match is not None  # noqa: S101 - the last two alternatives take what the others leave
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        word = match[kind]
        if kind == "symbol":
            found.append(Token(word, word, start, end))
        elif kind == "name":
            found.append(Token("name", word, start, end) if word not in KEYWORDS else _keyword(word, start, end))
        elif kind == "string":
            end = _closing(source, word, start, end)
            found.append(Token("literal", text[start:end], start, end, _string(source, word, start, end)))
        elif kind in {"int", "double"}:
            if text[end : end + 1].isidentifier():
                raise refuse(source, start, end + 1, f"a name cannot start with a digit: {text[start : end + 1]}")
            found.append(Token("literal", word, start, end, _number(source, kind, word, start)))
        elif kind == "quoted":
            found.append(Token("quoted", word[1:-1], start, end))
        elif kind == "end":
            found.append(Token("end", "", len(text), len(text)))
            return found
        else:
            raise _stray(source, start)
        at = end


def _keyword(word: str, start: int, end: int) -> Token:
    if word == "in":
        return Token("in", word, start, end)
    return Token("literal", word, start, end, {"true": True, "false": False}.get(word))


def refuse(source: Source, start: int, end: int, message: str, hint: str = "") -> CompileError:
    """The error of a single problem."""
    return CompileError(source, (Problem.at(source, start, end, message, hint),))


def _stray(source: Source, at: int) -> CompileError:
    char = source.text[at]
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    slip = slips.sign(source.text, at)
    return refuse(source, *slips.refusal(slip, source.text, f"unexpected character {shown}"))


def _number(source: Source, kind: str, text: str, at: int) -> object:
    """The value of a number. An int may be one too large: `-9223372036854775808` is the parser's to judge."""
    if kind == "double":
        value = float(text)
        if value == float("inf"):
            raise refuse(source, at, at + len(text), "the number is too large for a double")
        return value
    unsigned = text[-1] in "uU"
    digits = text.rstrip("uU")
    number = int(digits, 16) if digits[:2] in {"0x", "0X"} else int(digits) if len(digits) < 400 else UINT_MAX + 1
    if unsigned and number > UINT_MAX:
        raise refuse(
            source, at, at + len(text), "the number is too large for a uint", "the largest is 18446744073709551615u"
        )
    if not unsigned and number > INT_MAX + 1:
        raise refuse(
            source, at, at + len(text), "the number is too large for an int", "the largest is 9223372036854775807"
        )
    return Uint(number) if unsigned else number


def _closing(source: Source, opening: str, start: int, at: int) -> int:
    """The offset after the closing quotes."""
    text = source.text
    quotes = opening.lstrip("bBrR")
    raw = len(opening) > len(quotes) and opening[len(opening) - len(quotes) - 1] in "rR"
    if opening in _SIMPLE and (simple := _SIMPLE[opening].match(text, at)):  # what nearly all are
        return simple.end()
    while at < len(text):
        if text.startswith(quotes, at):
            return at + len(quotes)
        if len(quotes) == 1 and text[at] in "\r\n":
            break
        at += 1 if raw or text[at] != "\\" else 2
    hint = "" if len(quotes) == 3 else f"close it with {quotes}; for several lines use three quotes"
    raise refuse(source, start, min(at, len(text)), "the string is not closed", hint or f"close it with {quotes}")


def _string(source: Source, opening: str, start: int, end: int) -> str | bytes:
    """The value of a string or bytes literal."""
    quotes = opening.lstrip("bBrR")
    prefix = opening[: len(opening) - len(quotes)].lower()
    begin = start + len(opening)
    body = source.text[begin : end - len(quotes)]
    if "b" in prefix:
        if "r" in prefix:
            return _encode(source, body, start, end)
        return b"".join(
            bytes([value]) if isinstance(value, int) else _encode(source, value, start, end)
            for value in _pieces(source, body, begin, octets=True)
        )
    if "\\" not in body and body.isascii():
        return body
    text = body if "r" in prefix else "".join(str(piece) for piece in _pieces(source, body, begin, octets=False))
    _encode(source, text, start, end)  # half a surrogate pair is no text
    return text


def _encode(source: Source, text: str, start: int, end: int) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise refuse(source, start, end, "the string holds half a surrogate pair, which is no character") from None


def _pieces(source: Source, body: str, begin: int, *, octets: bool) -> list[str | int]:
    """The text with escapes resolved, in pieces; with `octets`, numeric escapes are ints."""
    pieces: list[str | int] = []
    at = 0
    while (slash := body.find("\\", at)) >= 0:
        pieces.append(body[at:slash])
        match = _ESCAPE.match(body, slash)
        if match is None or (octets and match.lastgroup in {"u", "U"}):
            hint = r"to match a backslash itself write \\, or use a raw string r'…'"
            raise refuse(source, begin + slash, begin + slash + 2, f"unknown escape {body[slash : slash + 2]}", hint)
        if match["plain"] is not None:
            pieces.append(_PLAIN.get(match["plain"], match["plain"]))
        else:
            code = int(match["octal"], 8) if match["octal"] else int(match["x"] or match["u"] or match["U"], 16)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                raise refuse(source, begin + slash, begin + match.end(), "the escape names no Unicode character")
            pieces.append(code if octets else chr(code))
        at = match.end()
    pieces.append(body[at:])
    return pieces
