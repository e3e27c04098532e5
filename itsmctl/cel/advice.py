"""Did you mean: the known word nearest to a mistyped one, and what people write who come from other languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

Suggest = Callable[[str, Iterable[str]], str]
"""From a mistyped word and the known ones to a hint, or ""."""

_ELSEWHERE: Final = {
    "len": "size(x)",
    "length": "size(x)",
    "count": "size(x.filter(i, …))",
    "any": "x.exists(i, …)",
    "some": "x.exists(i, …)",
    "every": "x.all(i, …)",
    "find": "x.filter(i, …), or text.matches('…')",
    "findAll": "text.matches('…') to ask, text.split(…) to take apart",
    "includes": "'value' in x, or text.contains('part')",
    "isSorted": "x == x.sort()",
    "lower": "x.lowerAscii()",
    "toLowerCase": "x.lowerAscii()",
    "toLower": "x.lowerAscii()",
    "upper": "x.upperAscii()",
    "toUpperCase": "x.upperAscii()",
    "toUpper": "x.upperAscii()",
    "strip": "x.trim()",
    "substr": "x.substring(start, end)",
    "str": "string(x)",
    "toString": "string(x)",
    "parseInt": "int(x)",
    "float": "double(x)",
    "unique": "x.distinct()",
    "not": "!x",
    "isEmpty": "size(x) == 0",
    "empty": "size(x) == 0",
    "exist": "x.exists(i, …), or has(a.b)",
    "defined": "has(a.b)",
    "regex": "x.matches('…')",
    "match": "x.matches('…')",
    "max": "math.greatest(…)",
    "min": "math.least(…)",
    "abs": "math.abs(x)",
}
_NAMES: Final = {
    "True": "true",
    "False": "false",
    "None": "null",
    "nil": "null",
    "TRUE": "true",
    "FALSE": "false",
    "NULL": "null",
}


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean a or b?` for the known words nearest to `word`, or "" where none is near."""
    from difflib import SequenceMatcher  # only mistakes pay for loading it

    folded = word.lower().replace("_", "")
    scored = []
    for candidate in sorted(set(known)):
        other = candidate.lower().replace("_", "")
        ratio = SequenceMatcher(None, folded, other, autojunk=False).ratio() if _near_length(folded, other) else 0.0
        if ratio >= (0.7 if len(folded) > 4 else 0.65) or (len(folded) >= 3 and other.startswith(folded)):
            scored.append((-ratio, candidate))
    best = [candidate for _, candidate in sorted(scored)[:2]]
    return f"did you mean {' or '.join(best)}?" if best else ""


def _near_length(one: str, other: str) -> bool:
    """Can the two be alike at all? Keeps long hostile names cheap."""
    return len(one) <= 80 and len(other) <= 80


def instead_of_function(name: str) -> str:
    """What CEL has for a function of other languages, as a hint, or ""."""
    meant = _ELSEWHERE.get(name, "")
    return f"write {meant}" if meant else ""


def instead_of_name(name: str) -> str:
    """What CEL has for a word of other languages, as a hint, or ""."""
    return f"write {_NAMES[name]}" if name in _NAMES else ""


def listing(words: Iterable[str], most: int = 12) -> str:
    """`a, b and c`, in the order given, cut after `most`."""
    known = list(words)
    shown = known[:most]
    if len(known) > most:
        return f"{', '.join(shown)} and {len(known) - most} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def either(words: Iterable[str]) -> str:
    """`a, b or c`, without repetitions, in the order given."""
    known = list(dict.fromkeys(words))
    return " or ".join(part for part in (", ".join(known[:-1]), *known[-1:]) if part)
