"""Patterns in RE2 syntax: text to a tree. What cannot be matched in linear time is refused with a reason."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from . import charsets
from .automaton import Automaton
from .charsets import CATEGORIES, ESCAPES, LAST, POSIX, CharSet, Ranges, single
from .pattern_tree import Alternatives, Anchor, BadPattern, Element, Repeat, Sequence, Symbol

Pattern = Automaton

MOST_REPEATS: Final = 1_000
MOST_GROUPS_DEEP: Final = 40
_REPEAT: Final = re.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\}")
_FLAGS: Final = re.compile(r"\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED: Final = re.compile(r"\?P?<([A-Za-z_][A-Za-z0-9_]*)>")
_HEX: Final = re.compile(r"x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))")
_OCTAL: Final = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_CATEGORY: Final = re.compile(r"[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))")
_CONTROLS: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ANCHORS: Final = {"A": "start", "z": "end", "b": "boundary", "B": "no boundary"}
_MEANT: Final = {"Z": r"write \z", "<": r"write \b", ">": r"write \b", "h": r"write [ \t]", "R": r"write \r?\n"}


def compile_pattern(text: str) -> Pattern:
    """The pattern ready to search. Raises BadPattern."""
    reader = _Reader(text)
    tree = reader.alternatives(0)
    if reader.at < len(text):
        raise BadPattern("there is a ) without a (", reader.at, reader.at + 1, r"to match a bracket itself write \)")
    return Automaton(tree)


class _Flags(Struct):
    """(?i) letters without case, (?m) ^ and $ at each line, (?s) the dot takes line breaks too."""

    i: bool = False
    m: bool = False
    s: bool = False


class _Reader:
    """Recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags = _Flags()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def accept(self, literal: str) -> bool:
        if self.text.startswith(literal, self.at):
            self.at += len(literal)
            return True
        return False

    def alternatives(self, depth: int) -> Element:
        """a|b|c"""
        if depth > MOST_GROUPS_DEEP:
            raise BadPattern(f"the groups are nested more than {MOST_GROUPS_DEEP} deep", self.at, self.at + 1)
        options = [self.sequence(depth)]
        while self.accept("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Alternatives(tuple(options))

    def sequence(self, depth: int) -> Element:
        """One thing after the other, each perhaps repeated."""
        parts: list[Element] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            start = self.at
            element: Element | None
            if self.accept("\\Q"):
                end = self.text.find("\\E", self.at)
                end = len(self.text) if end < 0 else end
                quoted = [self.character(char) for char in self.text[self.at : end]]
                self.at = min(end + 2, len(self.text))
                parts.extend(quoted[:-1])
                element = quoted[-1] if quoted else None
            else:
                element = self.atom(depth)
            parts.append(self.repeated(element, start) if element is not None else Sequence(()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, element: Element, start: int) -> Element:
        """The element with the * + ? or {} after it."""
        count = self.count()
        if count is None:
            return element
        low, high = count
        if max(low, high or 0) > MOST_REPEATS:
            raise BadPattern(f"it repeats more than {MOST_REPEATS} times", start, self.at)
        if high is not None and low > high:
            raise BadPattern("the repetition ends before it starts", start, self.at)
        self.accept("?")
        after = self.at
        if self.count() is not None:
            raise BadPattern("two repetitions follow each other", after, self.at, "put the first in brackets: (?:a*)*")
        return Repeat(element, low, high)

    def count(self) -> tuple[int, int | None] | None:
        """How often, if a repetition stands here."""
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.peek())
        if simple is not None:
            self.at += 1
            return simple
        match = _REPEAT.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        low = int(match[1])
        return low, (low if match[2] is None else int(match[3]) if match[3] else None)

    def character(self, char: str) -> Symbol:
        return Symbol(single(char, folded=self.flags.i))

    def atom(self, depth: int) -> Element | None:
        """A character, class, anchor or group; None for flags that stand alone."""
        start, char = self.at, self.peek()
        if char in "*+?":
            hint = f"to match the character itself write \\{char}"
            raise BadPattern(f"there is nothing before {char} to repeat", start, start + 1, hint)
        if char == "{" and _REPEAT.match(self.text, start):
            raise BadPattern("there is nothing before { to repeat", start, start + 1, r"to match a { itself write \{")
        self.at += 1
        match char:
            case "(":
                return self.group(start, depth)
            case "[":
                return Symbol(self.bracket(start))
            case ".":
                return Symbol(charsets.ANY if self.flags.s else charsets.NOT_NEWLINE)
            case "^":
                return Anchor("line start" if self.flags.m else "start")
            case "$":
                return Anchor("line end" if self.flags.m else "end")
            case "\\":
                return self.escape(start)
        return self.character(char)

    def group(self, start: int, depth: int) -> Element | None:
        """What follows an opening bracket."""
        before = _Flags(self.flags.i, self.flags.m, self.flags.s)
        for sign, what in (
            ("?=", "looking ahead"),
            ("?!", "looking ahead"),
            ("?<=", "looking back"),
            ("?<!", "looking back"),
        ):
            if self.text.startswith(sign, self.at):
                hint = "match what you want instead of what you do not, or use two calls with && and !"
                raise BadPattern(f"{what} (({sign}…)) is not supported", start, start + 1 + len(sign), hint)
        if self.peek() == "?":
            named = _NAMED.match(self.text, self.at)
            flags = _FLAGS.match(self.text, self.at)
            if named is not None:
                self.at = named.end()
            elif flags is not None and (flags[1] or flags[3] == ":" or flags[2]):
                self.at = flags.end()
                for letters, on in ((flags[1], True), (flags[2] or "", False)):
                    for letter in letters.replace("U", ""):
                        setattr(self.flags, letter, on)
                if flags[3] == ")":
                    return None
            else:
                raise BadPattern("this kind of group is not supported", start, start + 3, "write (?:…) or (…)")
        inner = self.alternatives(depth + 1)
        if not self.accept(")"):
            raise BadPattern("the ( is not closed", start, start + 1, r"to match a bracket itself write \(")
        self.flags = before
        return inner

    def escape(self, start: int) -> Element:
        """What follows a backslash."""
        char = self.peek()
        if char in ESCAPES and char:
            self.at += 1
            return Symbol(self.kind_of(ESCAPES[char]))
        if char in _ANCHORS and char:
            self.at += 1
            return Anchor(_ANCHORS[char])
        found = self.category(start) or self.coded(start)
        return Symbol(found) if isinstance(found, CharSet) else self.character(found)

    def kind_of(self, known: CharSet) -> CharSet:
        """A named class, without case where the flag says so."""
        return CharSet(known.ranges, known.categories, negated=known.negated, folded=self.flags.i)

    def category(self, start: int) -> CharSet | None:
        """\\pL, \\p{Lu}, \\P{N}, if one stands here."""
        match = _CATEGORY.match(self.text, self.at)
        if match is None:
            return None
        name = match[2] or match[3]
        if name not in CATEGORIES and name != "Any":
            hint = r"general categories are: \p{L}, \p{Lu}, \p{Ll}, \p{N}, \p{P}, …"
            raise BadPattern(f"the class {name} is not supported", start, match.end(), hint)
        self.at = match.end()
        negated = (match[0][0] == "P") is not bool(match[1])
        if name == "Any":
            return CharSet(charsets.ANY.ranges, negated=negated)
        return CharSet(categories=(name,), negated=negated, folded=self.flags.i)

    def coded(self, start: int) -> str:
        """The character that an escape stands for."""
        char = self.peek()
        if char in _CONTROLS and char:
            self.at += 1
            return _CONTROLS[char]
        if match := _HEX.match(self.text, self.at):
            self.at = match.end()
            code = int(match[1] or match[2], 16)
            if code <= LAST:
                return chr(code)
        elif match := _OCTAL.match(self.text, self.at):
            self.at = match.end()
            return chr(int(match[0], 8))
        elif char and char.isascii() and not char.isalnum():
            self.at += 1
            return char
        if char.isdigit():
            raise BadPattern("references back to a group are not supported", start, start + 2)
        shown = self.text[start : start + 2]
        hint = _MEANT.get(char, r"to match a backslash itself write \\")
        raise BadPattern(f"{shown} means nothing", start, max(start + 2, self.at), hint)

    def bracket(self, start: int) -> CharSet:
        """[abc], [^a-z\\d[:alpha:]]"""
        negated = self.accept("^")
        ranges: list[tuple[int, int]] = []
        sets: list[CharSet] = []
        first = True
        while first or self.peek() != "]":
            if self.at >= len(self.text):
                raise BadPattern("the [ is not closed", start, start + 1, r"to match a bracket itself write \[")
            first = False
            named = self.named_class()
            if named is not None:
                sets.append(named)
                continue
            begin = self.at
            low = self.member()
            high = low
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.member()
                if high < low:
                    raise BadPattern("the range ends before it starts", begin, self.at)
            ranges.append((ord(low), ord(high)))
        self.at += 1
        return CharSet(tuple(ranges), sets=tuple(sets), negated=negated, folded=self.flags.i)

    def named_class(self) -> CharSet | None:
        """[:alpha:], \\d or \\p{L} inside of a bracket, if one stands here."""
        start = self.at
        if self.text.startswith("[:", start) and (end := self.text.find(":]", start + 2)) > 0:
            name = self.text[start + 2 : end]
            ranges: Ranges | None = POSIX.get(name.removeprefix("^"))
            if ranges is None:
                raise BadPattern(f"there is no class [:{name}:]", start, end + 2)
            self.at = end + 2
            return CharSet(ranges, negated=name.startswith("^"))
        if self.peek() != "\\":
            return None
        letter = self.text[start + 1 : start + 2]
        self.at += 1
        if letter in ESCAPES and letter:
            self.at += 1
            return ESCAPES[letter]
        found = self.category(start)
        if found is None:
            self.at = start
        return found

    def member(self) -> str:
        """One character inside of a bracket."""
        start = self.at
        char = self.peek()
        self.at += 1
        if char != "\\":
            return char
        return self.coded(start)
