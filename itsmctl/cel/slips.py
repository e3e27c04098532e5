"""What people write who know other languages, where CEL has no such sign or word: the place and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .lexer import Token

Slip = tuple[int, int, str]
"""From where to where, and what to write instead ("" where nobody knows)."""


def refusal(slip: Slip, text: str, otherwise: str) -> tuple[int, int, str, str]:
    """Place, message and hint: a sign that CEL does not have is called that."""
    start, end, hint = slip
    written = text[start:end]
    return start, end, f"there is no {written} in CEL" if hint and written in _ALIEN else otherwise, hint


_SIGNS: Final = {
    "===": "write ==",
    "!==": "write !=",
    "<>": "write !=",
    "=>": "write x.all(i, condition): a variable, a comma, what is asked of it",
    "->": "write a.b",
    "??": "write a.?b.orValue(x)",
    "?.": "write a.?b for a field that may be missing",
    "${": "write the expression alone, without ${…}",
    "=": "write ==",
    "&": "write &&",
    "|": "write ||",
    ";": "an expression ends without it",
    "’": "write '",
    "‘": "write '",
    "“": 'write "',
    "”": 'write "',
    "≠": "write !=",
    "≤": "write <=",
    "≥": "write >=",
}
_ALIEN: Final = frozenset(written for written in _SIGNS if len(written) > 1)
_OPENING: Final = {")": "(", "]": "[", "}": "{"}
_WORDS: Final = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "is": "=="}


def sign(text: str, at: int) -> Slip:
    """The sign of other languages that covers the offset."""
    for written, hint in _SIGNS.items():
        for start in range(max(0, at + 1 - len(written)), at + 1):
            if text.startswith(written, start):
                return start, start + len(written), hint
    return at, at + 1, ""


def word(text: str, tokens: Sequence[Token], at: int) -> Slip:
    """What the token that fits nowhere is likely to mean, where it stands."""
    token, before = tokens[at], tokens[at - 1] if at else tokens[at]
    following = tokens[min(at + 1, len(tokens) - 1)]
    opened = _opening(tokens, at)
    hint = ""
    if token.text == "not" and following.kind == "in":
        hint = "write !(a in b)"
    elif token.text in _WORDS or (at and before.text in _WORDS):
        one = token.text if token.text in _WORDS else before.text
        hint = f"write {_WORDS[one]} instead of {one}"
    elif token.kind == "literal" and token.text[0] == ".":
        hint = f"write [{token.text[1:]}]"
    elif token.kind == "*" and before.kind == "[":
        hint = "for all elements write x.all(i, …), x.exists(i, …) or x.map(i, …)"
    elif token.kind == "," and opened and tokens[opened - 1].kind == "in":
        hint = "a list has square brackets: write [a, b]"
    elif token.kind in _OPENING and opened is None:
        hint = f"there is no {_OPENING[token.kind]} before it that it closes"
    if hint or token.kind in {"literal", "name", "quoted", "end"}:
        return token.start, token.end, hint
    start, end, hint = sign(text, token.start)
    return (start, end, hint) if hint else (token.start, token.end, "")


def _opening(tokens: Sequence[Token], at: int) -> int | None:
    """Where the bracket was opened that the token stands in."""
    depth = 0
    for place in range(at - 1, -1, -1):
        if tokens[place].kind in _OPENING:
            depth += 1
        elif tokens[place].kind in _OPENING.values():
            if depth == 0:
                return place
            depth -= 1
    return None
