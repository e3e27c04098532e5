"""Which remarks are new: what makes two remarks at two revisions one and the same defect, and one not got worse.

A defect stays itself while lines move, lists are reordered and records get other names. It is worse, and so new, where
its message says more than it said before.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct

from itsmctl.findings import Waived
from itsmctl.records import Remark, key_of
from itsmctl.snapshot import Snapshot

Pair = tuple[Remark, Waived | None]

_WORD = re.compile(r"[^\s,;]+")


class _Known(Struct):
    """A remark of the base: the words of its message, each as often as it stands there; and whether it was open."""

    words: Counter[str]
    is_open: bool
    is_met: bool = False

    def covers(self, words: Counter[str], is_open: bool) -> bool:
        return not self.is_met and (self.is_open or not is_open) and words <= self.words


def only_new(now: Iterable[Pair], before: Iterable[Pair], head: Snapshot, base: Snapshot) -> list[Pair]:
    """Those of `now` that `before` does not have: matched one to one, so that a second copy counts as new.

    A remark that a waiver lifted at the base and none lifts now is new.
    """
    renamed = _renaming(head, base)
    known: dict[tuple[str, ...], list[_Known]] = {}
    for remark, waived in before:
        one = _Known(_words(renamed(remark.message)), waived is None)
        known.setdefault(_key(remark, base, renamed), []).append(one)
    asked = [
        (pair, known.get(_key(pair[0], head, renamed), []), _words(renamed(pair[0].message)), pair[1] is None)
        for pair in now
    ]
    # those that say just the same first, so that none of them finds its match taken
    old = {id(pair) for pair, held, words, is_open in asked if _met(held, words, is_open, exactly=True)}
    old |= {id(pair) for pair, held, words, is_open in asked if id(pair) not in old and _met(held, words, is_open)}
    return [pair for pair, *_ in asked if id(pair) not in old]


def _met(held: list[_Known], words: Counter[str], is_open: bool, *, exactly: bool = False) -> bool:
    """Take the remark of the base that this one is, one that was waived as well if it can be."""
    fitting = [one for one in held if one.covers(words, is_open) and not (exactly and one.words != words)]
    match = min(fitting, key=lambda one: one.is_open != is_open, default=None)
    if match is None:
        return False
    match.is_met = True
    return True


def _words(message: str) -> Counter[str]:
    """The words of a message, whatever their order: it lists what is wrong, often in the order of the record."""
    return Counter(_WORD.findall(message))


def _key(remark: Remark, snapshot: Snapshot, renamed: Callable[[str], str]) -> tuple[str, ...]:
    """As `key_of`; what cannot be judged is old only as long as its file stays the same to the byte."""
    key = key_of(remark, snapshot.records.get(remark.record))
    if remark.blinds:
        content = snapshot.source.content(remark.path) or b""
        return (*key, hashlib.sha256(content).hexdigest())
    return tuple(renamed(part) for part in key)


def _renaming(head: Snapshot, base: Snapshot) -> Callable[[str], str]:
    """A text in which every record that got another name since the base is called by the one that it has now."""
    names = {
        former.partition("/")[2]: now.partition("/")[2]
        for former, now in head.formerly.items()
        if former in base.records and former not in head.records
    }
    if not names:
        return str
    anywhere = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\w-])")
    return lambda text: anywhere.sub(lambda found: names[found.group()], text)
