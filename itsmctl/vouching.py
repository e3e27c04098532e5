"""Does a receipt of the gate still stand for what is deployed? Judges again from its commits, and compares.

A receipt is not signed: nothing in it is believed that its commits do not say again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import __version__
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import calendar, codes

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision
    from itsmctl.receipt_model import Receipt


class Matter(Struct, frozen=True):
    """A receipt, by the name of its file; the commit that is deployed, and the tip of the target as it is now.

    `again` judges the receipt's base and head anew at the receipt's time; see `hearing`. `between`: why the commits of
    the target from after the one to the other are no single merge, "" where they are one; see `replaying`.
    """

    name: str
    receipt: Receipt
    deployed: Revision
    tip: Revision
    now: datetime
    again: Callable[[], Receipt]
    between: Callable[[str, str], str]
    with_reviews: bool = False


def report(matter: Matter, bench: Bench, prefix: str = "") -> Report:
    """One finding for each thing that does not hold. Raises CannotJudge where a commit cannot be read or judged."""
    said = matter.receipt.predicate
    found = [*_outcome(matter), *_differing(matter), *_lasting(matter), *_merged(matter, bench)]
    seen = Seen(matter.name, calendar.said(matter.now))
    told = f"{said.outcome} at {said.at}: {said.read.head[:7]} into {said.target} at {said.read.base[:7]}"
    until = f"holds until {said.valid_until}" if said.valid_until else "nothing of it ends"
    told += f"; judged again, and {'it does not stand' if found else f'it stands: {until}'}"
    return Report("receipt verify", tuple(found), seen, codes.RULES, __version__, prefix=prefix, summary=told)


def unreadable(name: str, why: str, now: datetime) -> Report:
    """The report on a file that is no receipt."""
    found = Finding("RECEIPT_UNREADABLE", "error", f"{name}: {why}", Place(""))
    return Report("receipt verify", (found,), Seen(name, calendar.said(now)), codes.RULES, __version__)


def _outcome(matter: Matter) -> Iterator[Finding]:
    said = matter.receipt.predicate
    if said.outcome == "DENIED":
        yield _finding("RECEIPT_DENIED", f"{matter.name} says that the head was denied at {said.at}")


def _differing(matter: Matter) -> Iterator[Finding]:
    """The first place at which the receipt says something else than its commits do."""
    ours = _compared(matter.again(), matter.with_reviews)
    theirs = _compared(matter.receipt, matter.with_reviews)
    where = _first(theirs, ours)
    if where is None:
        return
    pointer, said, found = where
    says = f"{matter.name} has {_shown(said)} at {pointer}, and judging the same commits again has {_shown(found)}"
    tool = matter.receipt.predicate.tool.itsmctl
    says += f" (it is of itsmctl {tool}, and this is {__version__})" if tool != __version__ else ""
    yield _finding("RECEIPT_DIFFERS", says)


def _compared(receipt: Receipt, with_reviews: bool) -> Any:
    """All but which programs judged, and how a forge worded its answers that time."""
    data = receipt.model_dump(mode="json", by_alias=True)
    data["predicate"].pop("tool")
    if with_reviews:
        data["predicate"]["read"].pop("evidence")
    return data


def _first(one: Any, other: Any, pointer: str = "") -> tuple[str, Any, Any] | None:
    """The first place at which two data differ, as a JSON pointer, with what each has there."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            found = _first(one.get(key), other.get(key), f"{pointer}/{key}")
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for at, pair in pairs if (found := _first(*pair, f"{pointer}/{at}"))), None)
    return None if one == other else (pointer, one, other)


def _shown(value: Any) -> str:
    if isinstance(value, list | Mapping):
        return f"{len(value)} entries"
    return "nothing" if value is None else str(value)[:100]


def _lasting(matter: Matter) -> Iterator[Finding]:
    said = matter.receipt.predicate
    if said.valid_until is not None and matter.now >= datetime.fromisoformat(said.valid_until):
        yield _finding("RECEIPT_OVER", f"{matter.name} held until {said.valid_until}: {said.ends_with}")
    if matter.now < datetime.fromisoformat(said.at):
        yield _finding("RECEIPT_OVER", f"{matter.name} says that it was judged at {said.at}, which is still to come")


def _merged(matter: Matter, bench: Bench) -> Iterator[Finding]:
    """What is deployed is the very merge result, on the target, after the base that it was judged against."""
    read, target = matter.receipt.predicate.read, matter.receipt.predicate.target
    line = [one.oid for one in bench.first_parents(matter.tip.oid, [])]
    which = f"commit {matter.deployed.oid[:7]}"
    if matter.deployed.oid not in line:
        yield _finding("NOT_MERGED", f"{which} is not on the line of {target}")
    elif read.base not in line[: line.index(matter.deployed.oid) + 1]:
        says = f"{which} does not follow commit {read.base[:7]}, which {matter.name} was judged against"
        yield _finding("NOT_MERGED", says)
    elif matter.deployed.tree != read.merge_tree:
        says = f"{which} of {target} does not hold what {matter.name} is about, but other files"
        yield _finding("NOT_MERGED", says)
    elif why := matter.between(read.base, matter.deployed.oid):
        says = f"{matter.name} was judged against commit {read.base[:7]}, and since then {why}: it speaks for one merge"
        yield _finding("NOT_MERGED", says)


def _finding(code: str, says: str) -> Finding:
    return Finding(code, "error", says, Place(""))
