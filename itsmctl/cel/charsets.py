"""Sets of characters as patterns name them: ranges, \\d \\w \\s, [[:alpha:]], \\p{L}, and all of it without case."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from unicodedata import category

from msgspec import Struct

Ranges = tuple[tuple[int, int], ...]

LAST: Final = 0x10FFFF


class CharSet(Struct, frozen=True):
    """Characters in one of the ranges (code points, inclusive), general categories or other sets; or in none of them.

    `folded`: a character is in it if one that differs only in case is.
    """

    ranges: Ranges = ()
    categories: tuple[str, ...] = ()
    sets: tuple[CharSet, ...] = ()
    negated: bool = False
    folded: bool = False

    def __contains__(self, char: str) -> bool:
        kin = same_letter(char) if self.folded else (char,)
        return any(self._holds(one) for one in kin) is not self.negated

    def _holds(self, char: str) -> bool:
        code = ord(char)
        return (
            any(low <= code <= high for low, high in self.ranges)
            or (bool(self.categories) and category(char).startswith(self.categories))
            or any(char in inner for inner in self.sets)
        )


def single(char: str, *, folded: bool) -> CharSet:
    """The set of one character."""
    return CharSet(((ord(char), ord(char)),), folded=folded)


def _of(text: str) -> Ranges:
    """Ranges from text like "a-z0-9_"."""
    ranges = []
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-":
            ranges.append((ord(text[at]), ord(text[at + 2])))
            at += 3
        else:
            ranges.append((ord(text[at]), ord(text[at])))
            at += 1
    return tuple(ranges)


DIGIT: Final = CharSet(_of("0-9"))
SPACE: Final = CharSet(_of("\t\n\f\r "))
WORD: Final = CharSet(_of("0-9A-Za-z_"))
ANY: Final = CharSet(((0, LAST),))
NOT_NEWLINE: Final = CharSet(((10, 10),), negated=True)

ESCAPES: Final = {
    "d": DIGIT,
    "D": CharSet(DIGIT.ranges, negated=True),
    "s": SPACE,
    "S": CharSet(SPACE.ranges, negated=True),
    "w": WORD,
    "W": CharSet(WORD.ranges, negated=True),
}
POSIX: Final = {
    "alnum": _of("0-9A-Za-z"),
    "alpha": _of("A-Za-z"),
    "ascii": ((0, 127),),
    "blank": _of("\t "),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _of("0-9"),
    "graph": ((33, 126),),
    "lower": _of("a-z"),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": _of("\t\n\v\f\r "),
    "upper": _of("A-Z"),
    "word": _of("0-9A-Za-z_"),
    "xdigit": _of("0-9A-Fa-f"),
}
CATEGORIES: Final = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cs",
    ]
)
WORD_CHARACTERS: Final = frozenset(chr(code) for low, high in WORD.ranges for code in range(low, high + 1))


@lru_cache(maxsize=4096)
def same_letter(char: str) -> tuple[str, ...]:
    """The character and those that differ from it only in case, one to one: k has K and the Kelvin sign."""
    return _families().get(_folded(char), (char,)) if char not in "İı" else (char,)


def _folded(char: str) -> str:
    """What all characters of a family share."""
    upper = char.upper()
    lower = (upper if len(upper) == 1 else char).lower()
    return lower if len(lower) == 1 else char


@lru_cache(maxsize=1)
def _families() -> dict[str, tuple[str, ...]]:
    """All families of more than one character, by what they share. Cased letters end below U+1E944."""
    found: dict[str, list[str]] = {}
    for code in range(0x1E944):
        char = chr(code)
        if not 0xD800 <= code <= 0xDFFF and char not in "İı" and (char.lower() != char or char.upper() != char):
            found.setdefault(_folded(char), []).append(char)
    return {shared: tuple(family) for shared, family in found.items() if len(family) > 1}
