"""Receipts of the gate as an auditor keeps them: when a merge was judged, and where its target stood. Opens none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from itsmctl import receipt_model
from itsmctl.receipt_model import PredicatePart


class Kept(Struct, frozen=True):
    """Receipts by the name of their file, in order of names, and each `stray` file with why it is none.

    `others`: JSON that does not say that it is a receipt, such as another report that was kept beside them.
    """

    receipts: tuple[tuple[str, PredicatePart], ...] = ()
    strays: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()

    def times(self, target: str) -> dict[tuple[str, str], datetime]:
        """(base, tree of the merge result) → when it was last let through, of merges into the target."""
        found: dict[tuple[str, str], datetime] = {}
        for _, one in self.receipts:
            if one.target == target and one.outcome != "DENIED":
                key, at = (one.read.base, one.read.merge_tree), datetime.fromisoformat(one.at)
                found[key] = max(at, found.get(key, at))
        return found

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
    receipts, strays, others = [], [], []
    for name, content in sorted(files):
        try:
            receipts.append((name, receipt_model.read(content).predicate))
        except receipt_model.Stranger:
            others.append(name)
        except ValueError as error:
            strays.append((name, str(error)))
    return Kept(tuple(receipts), tuple(strays), tuple(others))
