"""What a word means: a rule, a kind, a field, a function of rules, a process or a term. Explains, judges nothing.

Every word of `explain` is looked up in one rulebook; `find` is the only way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.errors import Misuse
from itsmctl.explain import calls, groups, records, rules, terms
from itsmctl.explain.topic import Topic
from itsmctl.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itsmctl.rulebook import Rulebook

__all__ = ["Topic", "find", "names"]


def find(word: str, pointer: str | None, book: Rulebook) -> Topic:
    """The topic that `word` names, in any letter case; with a `pointer`, a field of the kind `word`.

    Raises Misuse with what comes near where there is none.
    """
    if pointer is not None:
        return records.field(_kind(word, book), pointer, book)
    shelves = _shelves(book)
    for same in (str, str.casefold):  # as it is written first: the function `size` is not the kind Size
        wanted = same(word.strip().removesuffix("()"))
        for shelf in shelves:
            found = next((name for name in shelf if same(name) == wanted), None)
            if found is not None:
                return shelf[found]()
    kind, sign, rest = _split(word)
    known = next((one for one in book.kinds if one.casefold() == kind.casefold()), None)
    if sign and known is not None:
        return records.field(book.kinds[known], rest, book)
    raise _unknown(word, book)


def names(book: Rulebook) -> list[str]:
    """Every word that can be explained; of fields their bare names."""
    return sorted({name for shelf in _shelves(book) for name in shelf})


def _shelves(book: Rulebook) -> tuple[Mapping[str, Callable[[], Topic]], ...]:
    """Name → how its topic is made, in the order in which they are looked through."""
    outer = (rules.topics(book), records.topics(book), calls.topics(book), groups.topics(book), terms.topics())
    return (*outer, records.fields(book))


def _kind(word: str, book: Rulebook) -> records.Kind:
    known = next((one for one in book.kinds if one.casefold() == word.casefold()), None)
    if known is None:
        close = nearest(word, book.kinds)
        guess = f": did you mean {' or '.join(close)}?" if close else ""
        raise Misuse(
            f"there is no kind {word}{guess}", "A field is named by its kind and place: ChangeRequest /spec/risk"
        )
    return book.kinds[known]


def _split(word: str) -> tuple[str, str, str]:
    """`ChangeRequest.spec.risk` or `ChangeRequest/spec/risk` → the kind, the sign, the rest."""
    for at, char in enumerate(word):
        if char in "./":
            return word[:at], char, word[at + 1 :]
    return word, "", ""


def _unknown(word: str, book: Rulebook) -> Misuse:
    close = nearest(word, names(book))
    guess = f": did you mean {', '.join(close[:-1]) + ' or ' if close[:-1] else ''}{close[-1]}?" if close else ""
    hint = "itsmctl policy list prints the rules, itsmctl schema list the kinds. A field: ChangeRequest.spec.risk"
    return Misuse(f"nothing here is called {word}{guess}", hint)
