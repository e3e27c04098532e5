"""What a word means: a rule, a kind, a field, a function of rules, a process or a term. Explains, judges nothing.

Every word of `explain` is looked up in one rulebook; `find` is the only way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.errors import Misuse
from itsmctl.explain import calls, controls, glossary, groups, reasons, records, rules, terms
from itsmctl.explain.topic import Topic
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itsmctl.rulebook import Rulebook

__all__ = ["Topic", "find", "topics"]


def find(word: str, pointer: str | None, book: Rulebook) -> Topic:
    """The topic that `word` names, in any letter case; with a `pointer`, a field of the kind `word`.

    Raises Misuse with what comes near where there is none.
    """
    if pointer is not None:
        return records.field(_kind(word, book), pointer, book)
    wanted = word.strip().removesuffix("()")
    if wanted in (
        known := reasons.topics()
    ):  # as verdicts write them; in other letters a word of the field comes first
        return known[wanted]()
    for shelf in _shelves(book):
        name = wanted if wanted in shelf else next((one for one in shelf if _folded(one) == _folded(wanted)), None)
        if name is not None:
            return shelf[name]()
    kind, sign, rest = _split(wanted)
    owner = next((one for one in book.kinds if one.casefold() == kind.casefold()), None)
    if sign and owner is not None:
        return records.field(book.kinds[owner], rest, book)
    raise _unknown(word, topics(book), book)


def topics(book: Rulebook) -> Mapping[str, Callable[[], Topic]]:
    """Every word that can be explained, with how its topic is made; of fields their bare names.

    Where two are called the same, the first counts: rule, control that no rule checks, kind, function, group of rules,
    term, word of the glossary, field, reason of a verdict.
    """
    found: dict[str, Callable[[], Topic]] = {}
    taken: set[str] = set()
    for shelf in _shelves(book):
        fresh = {name: made for name, made in shelf.items() if _folded(name) not in taken}
        found.update(fresh)
        taken.update(map(_folded, fresh))
    return found


def _shelves(book: Rulebook) -> tuple[Mapping[str, Callable[[], Topic]], ...]:
    return (
        rules.topics(book),
        controls.topics(book),
        records.topics(book),
        calls.topics(book),
        groups.topics(book),
        terms.topics(),
        glossary.topics(),
        records.fields(book),
        reasons.topics(),
    )


def _folded(word: str) -> str:
    """Without letter case, blanks and dashes: `post implementation review` is `post-implementation review`."""
    return word.casefold().translate(_JOINTS)


_JOINTS = str.maketrans("", "", " -_")


def _kind(word: str, book: Rulebook) -> records.Kind:
    known = next((one for one in book.kinds if one.casefold() == word.casefold()), None)
    if known is None:
        guess = did_you_mean(word, book.kinds)
        hint = "A field is named by its kind and place: ChangeRequest /spec/risk"
        raise Misuse(f"there is no kind {word}" + (f": {guess}" if guess else ""), hint)
    return book.kinds[known]


def _split(word: str) -> tuple[str, str, str]:
    """`ChangeRequest.spec.risk` or `ChangeRequest/spec/risk` → the kind, the sign, the rest."""
    for at, char in enumerate(word):
        if char in "./":
            return word[:at], char, word[at + 1 :]
    return word, "", ""


def _unknown(word: str, known: Iterable[str], book: Rulebook) -> Misuse:
    letters = {rule.id.split("-", 1)[0] for rule in book.rules}  # CHG is near to CHG-7, and never meant
    guess = did_you_mean(word, (name for name in known if name not in letters))
    hint = "itsmctl policy list prints the rules, itsmctl schema list the kinds. A field: ChangeRequest.spec.risk"
    return Misuse(f"nothing here is called {word}" + (f": {guess}" if guess else ""), hint)
