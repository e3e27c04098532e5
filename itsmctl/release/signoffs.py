"""Who wrote a sign-off of a release down, and whether its person signed it: read from the commit that brought it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.baseline.place import People, is_below
from itsmctl.evidence import keys
from itsmctl.proposal import is_proven
from itsmctl.records import same, value_at
from itsmctl.release.beginning import time_of

if TYPE_CHECKING:
    from itsmctl.gitdeeds import Brought
    from itsmctl.release.dossier import Data, Dossier

SHIPS = ("/spec/items", "/spec/build", "/spec/acceptance/environment", "/spec/acceptance/equivalence")
"""What a sign-off is about, beside the tests that were there: later stages add tests."""

_TESTS = "/spec/acceptance/tests"


class Written(Struct, frozen=True):
    """`hands`: the persons, by name, who made the commit, and `others`, who are nobody's. `is_signed`: the person of
    the sign-off signed the commit, with a key that counts, and it holds what ships now.
    """

    commit: str
    hands: tuple[str, ...]
    others: tuple[str, ...]
    is_signed: bool

    def told(self, person: str) -> str:
        """In words."""
        if self.is_signed:
            return f"signed by {person} in commit {self.commit[:7]}"
        return f"only written, by {' and '.join((*self.hands, *self.others)) or 'nobody known'} in {self.commit[:7]}"


def has(dossier: Dossier, data: object, wanted: Mapping[str, Any]) -> bool:
    """Does a version of the release hold that very sign-off, by whatever names its person and role had then?"""
    signed, mine = value_at(data, "/spec/acceptance/signoffs"), _today(dossier, wanted)
    return isinstance(signed, list) and any(same(_today(dossier, one), mine) for one in signed)


def _today(dossier: Dossier, signoff: object) -> object:
    """The sign-off with the names of today: a rename alters nothing of what somebody said."""
    if not isinstance(signoff, dict):
        return signoff
    named = {field: signoff[field] for field in ("person", "role") if isinstance(signoff.get(field), str)}
    held = {field: dossier.head.get(f"{field.capitalize()}/{name}") for field, name in named.items()}
    return {**signoff, **{field: record.name for field, record in held.items() if record is not None}}


def moved(dossier: Dossier, was: object, now: object) -> list[str]:
    """Pointers of what was signed off in a version of the release, and is otherwise in a later one, renames aside."""
    one, other = dossier.today(was), dossier.today(now)
    pairs = [(at, value_at(one, at), value_at(other, at)) for at in SHIPS]
    found = [
        at for at, old, new in pairs if (old is None) is not (new is None) or (old is not None and not same(old, new))
    ]
    before, after = (
        held if isinstance(held, list) else [] for held in (value_at(one, _TESTS), value_at(other, _TESTS))
    )
    is_kept = all(any(same(test, later) for later in after) for test in before)
    return found if is_kept else [*found, _TESTS]


def since(dossier: Dossier, signoff: Mapping[str, Any]) -> tuple[int, Data] | None:
    """(time, data) of the version on the branch since which the sign-off stands there; None where it does not.

    One that was taken away and came again counts from then: whoever took it away may have meant it.
    """
    found = None
    for at, data in dossier.versions:
        found = None if not has(dossier, data, signoff) else found or (at, data)
    return found


def written(dossier: Dossier, signoff: Mapping[str, Any]) -> Written | None:
    """The first commit, on any line, that brought the sign-off; one that its person signed before all others.

    None where history holds none. A commit that has it from a parent did not bring it, whoever signed that one. Nor did
    one after which it was taken away again.
    """
    holding = [(one, data) for one, data in dossier.writings if has(dossier, data, signoff)]
    bringing = [(one, data) for one, data in holding if not _is_passed_on(dossier, one, signoff)]
    lacking = [one for one, data in dossier.writings if not has(dossier, data, signoff)]
    taking = [one for one in lacking if _is_passed_on(dossier, one, signoff)]
    bench = dossier.place.bench
    bringing = [held for held in bringing if not any(is_below(bench, held[0].oid, one.oid) for one in taking)]
    found = [_judged(dossier, one, data, signoff) for one, data in bringing]
    return next((one for one in found if one.is_signed), found[0] if found else None)


def _is_passed_on(dossier: Dossier, commit: Brought, signoff: Mapping[str, Any]) -> bool:
    """Did the release hold that very sign-off in any parent of the commit, wherever it stood?"""
    blobs = (dossier.blob(parent, dossier.record.ref) for parent in commit.parents)
    return any(has(dossier, dossier.data(blob), signoff) for blob in blobs)


def _judged(dossier: Dossier, commit: Brought, data: object, signoff: Mapping[str, Any]) -> Written:
    persons, others = People(dossier.roster, dossier.book.settings.data).makers([commit])
    fits = not moved(dossier, data, dossier.record.data)
    return Written(commit.oid, tuple(persons), tuple(others), fits and _is_signed(dossier, commit, signoff["person"]))


def _is_signed(dossier: Dossier, commit: Brought, person: str) -> bool:
    """Is there a good signature over the commit, with a key of the person that counted then, and nobody else held?"""
    who = dossier.roster.today("Person", person)
    begins = dossier.begins or dossier.now  # what is signed later decided nothing
    for hand in commit.hands:
        entry = dossier.roster.key(hand.key) if hand.role == "signer" and hand.key else None
        at = time_of(commit.time or 0)
        if entry is None or entry.person != who or (at >= begins and not dossier.is_emergency):
            continue
        lost = entry.compromised_since is not None and entry.compromised_since <= dossier.now
        then = keys.fault(entry, at)
        if not lost and then is None and is_proven(commit, hand.key, dossier.place.environ):
            return True
    return False
