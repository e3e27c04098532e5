"""Protocol buffers' text format to plain Python, as far as the CEL test data use it. Knows no schema.

A message is a list of (field, value) in the order of the text; a scalar is a bool-or-enum word, number or bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Message = list[tuple[str, Any]]

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s+|\#[^\n]*)+)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<number>-?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)f?)
  | (?P<word>-?[A-Za-z_][A-Za-z0-9_]*)
  | (?P<any>\[[A-Za-z0-9_./]+\])
  | (?P<symbol>[{}<>\[\]:,;])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True)
class Word:
    """true, false, inf, nan, or a value of an enum."""

    text: str


def parse(text: str) -> Message:
    """The message that the text is. Raises ValueError with the offset where it is none."""
    return _Reader(text).fields(None)


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1]

    def take(self) -> tuple[str, str, int]:
        self.at += 1
        return self.tokens[self.at - 1]

    def fields(self, closing: str | None) -> Message:
        found: Message = []
        while self.peek() != (closing or ""):
            kind, name, at = self.take()
            if kind not in {"word", "any"}:
                raise ValueError(f"no field at offset {at}: {name!r}")
            if self.peek() == ":":
                self.take()
            found.extend((name.strip("[]"), value) for value in self.values())
            if self.peek() in {",", ";"}:
                self.take()
        self.take()
        return found

    def values(self) -> list[Any]:
        """The values of one field: several only where they stand in brackets."""
        if self.peek() != "[":
            return [self.value()]
        self.take()
        found = []
        while self.peek() != "]":
            found.append(self.value())
            if self.peek() == ",":
                self.take()
        self.take()
        return found

    def value(self) -> Any:
        kind, text, at = self.take()
        if text in {"{", "<"}:
            return self.fields({"{": "}", "<": ">"}[text])
        if kind == "string":
            pieces = [text]
            while self.tokens[self.at][0] == "string":
                pieces.append(self.take()[1])
            return b"".join(_unescaped(piece[1:-1]) for piece in pieces)
        if kind == "number":
            return _number(text)
        if kind == "word":
            return Word(text)
        raise ValueError(f"no value at offset {at}: {text!r}")


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"unexpected text at offset {at}: {text[at : at + 20]!r}")
        if match.lastgroup != "space":
            yield match.lastgroup or "", match[0], at
        at = match.end()
    yield "end", "", at


def _number(text: str) -> int | float:
    if text[:3].lstrip("-")[:2] in {"0x", "0X"}:
        return int(text, 16)
    text = text.removesuffix("f")
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _unescaped(text: str) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        octal, byte, short, long, plain = match.groups()
        if octal or byte:
            return bytes([int(octal, 8) if octal else int(byte, 16)])
        if short or long:
            return chr(int(short or long, 16)).encode()
        return _PLAIN.get(plain, plain)

    return _ESCAPE.sub(replaced, text.encode())
