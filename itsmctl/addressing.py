"""What a person types → the record that is meant: `Kind/name`, a bare name, or a path. Never guesses between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.drawing import either
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean, nearest
from itsmctl.records import SUFFIX, Record

if TYPE_CHECKING:
    from itsmctl.snapshot import Snapshot

_MOST = 8  # candidates that a message lists


def record(word: str, head: Snapshot) -> Record:
    """The record called `word`: its name of today or a former one, in any letter case, with or without its kind.

    Raises Misuse where there is none or more than one, and CannotJudge where its file cannot be read.
    """
    found = head.get(word) or _by_path(word, head)
    if found is not None:
        return found
    if word in head.unread:
        raise _unreadable(word, head)
    folded = word.casefold()
    called = list(head.records.items())
    called += [(ref, head.records[now]) for ref, now in head.formerly.items()]
    meant = {one.ref: one for ref, one in called if folded in (ref.casefold(), ref.partition("/")[2].casefold())}
    candidates = list(meant.values())
    exact = [one for one in candidates if word == one.name]
    if len(candidates) == 1 or len(exact) == 1:
        return exact[0] if exact else candidates[0]
    if candidates:
        listed = ", ".join(one.ref for one in candidates[:_MOST]) + (" …" if len(candidates) > _MOST else "")
        raise Misuse(f"several records are called {word}: {listed}", f"Name the kind as well: {candidates[0].ref}")
    lost = [ref for ref in head.unread if folded in (ref.casefold(), ref.partition("/")[2].casefold())]
    if lost:
        raise _unreadable(lost[0], head)
    raise Misuse(f"there is no record {word} in the {head.label}" + _guess(word, head), _hint(word, head))


def _by_path(word: str, head: Snapshot) -> Record | None:
    """A path as people paste it: from the root of the repository, or from above or below it."""
    if not word.endswith(SUFFIX):
        return None
    path = word.replace("\\", "/")
    fitting = [one for one in head.records.values() if f"/{path}".endswith(f"/{one.path}")]
    return max(fitting, key=lambda one: len(one.path), default=None)


def _unreadable(ref: str, head: Snapshot) -> CannotJudge:
    hint = f"itsmctl validate {head.unread[ref]} says what is wrong with it."
    return CannotJudge(f"{ref} cannot be read as a record", hint)


def _guess(word: str, head: Snapshot) -> str:
    """The nearest names, as references; of the kind that was named, where one was."""
    kind, slash, name = word.rpartition("/")
    kinds = [one for one in head.law.kinds if one.casefold() == kind.casefold()] if slash else list(head.by_kind)
    if not kinds:
        guess = did_you_mean(kind, head.law.kinds)
        return f": there is no kind {kind}" + (f", {guess}" if guess else "")
    refs: dict[str, list[str]] = {}
    for one in (one for held in kinds for one in head.by_kind.get(held, ())):
        refs.setdefault(one.name, []).append(one.ref)
    close = [ref for found in nearest(name, refs) for ref in refs[found]][:3]
    return f": did you mean {either(close)}?" if close else ""


def _hint(word: str, head: Snapshot) -> str:
    kind = word.partition("/")[0]
    held = [one.ref for one in head.by_kind.get(kind, ())]
    if held:
        return f"There are: {', '.join(held[:_MOST])}{' …' if len(held) > _MOST else ''}"
    return "Records are called Kind/name, like Service/loans; a bare name will do where it is the only one."
