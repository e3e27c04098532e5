"""Did you mean: the few known words that come nearest to a mistyped one. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Up to `most` of the `known` words that `word` was probably meant to be, best first; ties by spelling."""
    folded = _fold(word)
    matcher = SequenceMatcher(None, "", folded, autojunk=False)  # keeps what it learnt of the second text
    scored: list[tuple[float, str]] = []
    for candidate in set(known):
        other = _fold(candidate)
        if not folded or not other or abs(len(folded) - len(other)) > max(len(folded), len(other)) // 2 + 3:
            continue
        if folded == other:
            score = 1.0
        elif min(len(folded), len(other)) > 2 and (other.startswith(folded) or folded.startswith(other)):
            score = 0.9
        else:
            matcher.set_seq1(other)
            close = matcher.quick_ratio() >= 0.6
            score = SequenceMatcher(None, folded, other, autojunk=False).ratio() if close else 0.0
        if score >= 0.6:
            scored.append((-score, candidate))
    return tuple(candidate for _, candidate in sorted(scored)[:most])


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """`did you mean a, b or c?`, or nothing where no known word comes near."""
    found = [repr(candidate)[1:-1] for candidate in nearest(word, known, most)]
    if not found:
        return ""
    return f"did you mean {found[0] if len(found) == 1 else ', '.join(found[:-1]) + ' or ' + found[-1]}?"


_SEPARATORS = str.maketrans("", "", "-_ .")


def _fold(word: str) -> str:
    """Spelling without case and separators: `supportHours`, `support_hours` and `support-hours` are one."""
    return word.casefold().translate(_SEPARATORS)
