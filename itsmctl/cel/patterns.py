"""matches(): a pattern against text, in time linear in the text."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from .instants import quote
from .operations import Meter, charge
from .pattern_tree import BadPattern
from .problems import EvaluationError
from .regex import Pattern, compile_pattern
from .values import shown_kind

MOST_TEXT: Final = 1_048_576
"""How many characters matches() looks at, at most."""


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Pattern | BadPattern:
    """The pattern ready for use, or what is wrong with it."""
    try:
        return compile_pattern(pattern)
    except BadPattern as error:
        return error


def matches(meter: Meter, text: object, pattern: object) -> bool:
    """Does the pattern (RE2 syntax) match anywhere in the text? Anchor it with ^ and $ to match all of it."""
    if type(text) is not str or type(pattern) is not str:
        if not isinstance(text, str) or not isinstance(pattern, str):
            wrong = pattern if isinstance(text, str) else text
            raise EvaluationError(f"no such overload: matches() works on text, not on {shown_kind(wrong)}")
        text, pattern = str(text), str(pattern)
    found = compiled(pattern)
    if isinstance(found, BadPattern):
        raise EvaluationError(f"the pattern {quote(pattern)} cannot be used: {found.message}")
    if len(text) > MOST_TEXT:
        raise EvaluationError(f"matches() looks at up to {MOST_TEXT:,} characters, not at {len(text):,}")
    charge(meter, len(text) * found.size >> 7)
    return found.search(text)
