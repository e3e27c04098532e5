"""Receipts of the gate as an auditor keeps them, and reviews of a forge beside them: when a merge was judged, where its
target stood, who had agreed by then. Opens none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import receipt_model
from itsmctl.errors import CannotJudge
from itsmctl.evidence import exported
from itsmctl.evidence.reviews import Reviews, weigh
from itsmctl.receipt_model import PredicatePart
from itsmctl.replaying import Reading

if TYPE_CHECKING:
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence


class Let(Struct, frozen=True):
    """That a merge was let through: when, until when that held (None: for good), the head, whose reviews counted."""

    at: datetime
    until: datetime | None
    head: str
    sources: tuple[str, ...]
    name: str  # of the receipt

    def held(self, time: datetime) -> bool:
        """Did it still hold for a merge that was made then?"""
        return self.until is None or time < self.until


class Kept(Struct, frozen=True):
    """Receipts by the name of their file, in order of names, and each `stray` file with why it is none.

    `reviews`: those that were kept beside them. `others`: JSON that does not say that it is one of the two, such as
    another report.
    """

    receipts: tuple[tuple[str, PredicatePart], ...] = ()
    strays: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    reviews: tuple[tuple[str, Reviews], ...] = ()

    def times(self, target: str) -> dict[tuple[str, str], tuple[Let, ...]]:
        """(base, tree of the merge result) → each time that it was let through, of merges into the target."""
        found: dict[tuple[str, str], tuple[Let, ...]] = {}
        for name, one in self.receipts:
            if one.target == target and one.outcome != "DENIED":
                key = (one.read.base, one.read.merge_tree)
                found[key] = (*found.get(key, ()), _let(name, one))
        return found

    def reviewed(self, target: str, heads: Iterable[str], at: datetime) -> tuple[Reading, ...]:
        """What is known of pull requests with one of these heads into the target as of that time.

        Of each the newest file, without what came later. One that was read more than a day before tells too little.
        """
        wanted, found = frozenset(heads), dict[str, tuple[str, Reviews]]()
        for name, one in self.reviews:
            if one.base == target and one.head in wanted and one.collected_at >= at - exported.OLDEST:
                known = found.get(one.source)
                if known is None or known[1].collected_at < one.collected_at:
                    found[one.source] = name, one
        return tuple(Reading(name, one.source, partial(_votes, _until(one, at), at)) for name, one in found.values())

    def let_in(self, target: str) -> frozenset[tuple[str, str]]:
        """(base, head) of each verdict that let a head into the target."""
        let = (one for _, one in self.receipts if one.target == target and one.outcome != "DENIED")
        return frozenset((one.read.base, one.read.head) for one in let)

    def bases(self, target: str) -> dict[str, str]:
        """Each commit that the target once stood at, whatever was decided then → the first file that says so."""
        found: dict[str, str] = {}
        for name, one in self.receipts:
            if one.target == target:
                found.setdefault(one.read.base, name)
        return found


def of(files: Iterable[tuple[str, bytes]]) -> Kept:
    """What the files, by name, hold."""
    receipts, strays, others, reviews = [], [], [], []
    for name, content in sorted(files):
        try:
            if exported.is_one(content):
                reviews.append((name, exported.read(content, "the file of reviews")))
            else:
                receipts.append((name, receipt_model.read(content).predicate))
        except receipt_model.Stranger:
            others.append(name)
        except CannotJudge as error:
            strays.append((name, error.message))
        except ValueError as error:
            strays.append((name, str(error)))
    return Kept(tuple(receipts), tuple(strays), tuple(others), tuple(reviews))


def _let(name: str, one: PredicatePart) -> Let:
    until = datetime.fromisoformat(one.valid_until) if one.valid_until else None
    used = (vote for change in one.changes for vote in change.used if vote.tier in ("T1", "T2"))
    sources = tuple(dict.fromkeys(vote.source for vote in used))
    return Let(datetime.fromisoformat(one.at), until, one.read.head, sources, name)


def _until(found: Reviews, at: datetime) -> Reviews:
    """What was decided by then: what was decided afterwards let nothing in, and kept nothing out."""
    return found.model_copy(update={"reviews": tuple(one for one in found.reviews if one.at <= at)})


def _votes(found: Reviews, at: datetime, head: str, roster: Roster) -> Evidence:
    """The reviews as votes on what came in with the commit `head`, of the tier that they had when they were read live.

    Nobody signed the file: whoever gives it stands for it, as for the receipts.
    """
    evidence = weigh(found, roster, at, "T2")
    return replace(evidence, facts=tuple(replace(fact, head=head) for fact in evidence.facts))
