"""Did you mean: the few known words that come nearest to a mistyped one. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher


def nearest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Up to `most` of the `known` words that `word` was probably meant to be, best first; ties by spelling."""
    folded = _fold(word)
    best: list[tuple[float, str]] = []
    for bound, candidate, other in sorted(_bounds(folded, known)):
        if len(best) == most and bound > best[-1][0]:
            break  # what follows cannot come nearer
        score = bound
        if other:
            score = -SequenceMatcher(None, folded, other, autojunk=False).ratio()
        if score <= -_NEAR:
            best = sorted([*best, (score, candidate)])[:most]
    # what is more than twice as far away as the nearest one was not meant
    far = 2 * (1 + best[0][0]) + _SLACK if best else 0.0
    return tuple(candidate for score, candidate in best if 1 + score <= far)


def _bounds(folded: str, known: Iterable[str]) -> Iterator[tuple[float, str, str]]:
    """(the negative of the best score there can be, word, its folded spelling, or nothing where that is the score)."""
    matcher = SequenceMatcher(None, "", folded, autojunk=False)  # keeps what it learnt of the second text
    for candidate in set(known):
        other = _fold(candidate)
        if not folded or not other or abs(len(folded) - len(other)) > max(len(folded), len(other)) // 2 + 3:
            continue
        if folded == other:
            yield -1.0, candidate, ""
        elif min(len(folded), len(other)) > 2 and (other.startswith(folded) or folded.startswith(other)):
            yield -0.9, candidate, ""
        else:
            matcher.set_seq1(other)
            bound = matcher.quick_ratio()
            if bound >= _NEAR:
                yield -bound, candidate, other


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """`did you mean a, b or c?`, or nothing where no known word comes near."""
    found = [repr(candidate)[1:-1] for candidate in nearest(word, known, most)]
    if not found:
        return ""
    return f"did you mean {found[0] if len(found) == 1 else ', '.join(found[:-1]) + ' or ' + found[-1]}?"


_NEAR = 0.6
_SLACK = 0.05
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_SEPARATORS = str.maketrans("", "", "-_ .")


def _fold(word: str) -> str:
    """Spelling without case, separators and zeros in front: `supportHours` is `support-hours`, `db1` is `DB-01`."""
    bare = _ZEROS.sub("", word) if "0" in word else word
    return bare.casefold().translate(_SEPARATORS)
