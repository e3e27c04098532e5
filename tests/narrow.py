"""What does not fit a narrow terminal, as a specification for tests: only a word that is longer may stick out."""

from __future__ import annotations

import unicodedata

WIDTH = 40


def overrun(text: str, width: int = WIDTH) -> list[str]:
    """The lines that are wider, and not just because of one word, or path, that fits on no line."""
    wide = (line for line in text.split("\n") if _columns(line) > width)
    return [line for line in wide if len(line.split()) > 1 + line.lstrip().startswith(MARKS)]


MARKS = ("--> ", "::: ")
"""What stands before a path that is there to be opened."""


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    unseen = sum(bool(unicodedata.combining(char)) for char in text)
    return len(text) + wide - unseen
