"""What the rules of a repository ask of one record as it is supposed to become. Judges that record alone; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.case import Case
from itsmctl.drawing import parted
from itsmctl.records import CHANGE, value_at

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot


def asked(
    book: Rulebook, head: Snapshot, base: Snapshot | None, supposed: Record, now: datetime
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(id of the rule, what is wrong and what to write, lines of an example) of each error that policies find in a
    record as supposed.
    """
    return tuple(_errors(book, Case(_with(head, supposed), now, base), supposed))


def before_votes(
    book: Rulebook, head: Snapshot, base: Snapshot | None, change: Record, now: datetime
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The same, of a change that is voted on, as if it were carried out as it is: what it lacks then has to be written
    before the votes, which are on what it says. Nothing, of one that needs no vote before its work.
    """
    if change.state not in (*WAITING, BEGUN) or value_at(change.data, "/spec/class") != "normal":
        return ()
    return as_begun(book, head, base, change, now)


def as_begun(
    book: Rulebook, head: Snapshot, base: Snapshot | None, change: Record, now: datetime
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The same, of a change of any class. Where it has no window, one far off is supposed for the rules that ask for
    something beside it.
    """
    spec = {"impact": {}, **change.data["spec"], "state": BEGUN}
    supposed = replace(change, data={**change.data, "spec": spec})
    found = asked(book, head, base, supposed, now)
    if "schedule" in spec:
        return found
    start, end = (f"{now + _FAR + length:%Y-%m-%dT%H:%M:%SZ}" for length in (_NO_TIME, _HOUR))
    spec = {**spec, "schedule": {"start": start, "end": end}}
    lacking = _lacking(book, spec) - {rule for rule, _, _ in found}
    later = asked(book, head, base, replace(change, data={**change.data, "spec": spec}), now)
    return (*found, *(one for one in later if one[0] in lacking))


WAITING = ("draft", "submitted", "assessed", "approved", "scheduled")
"""States of a change before its work."""

BEGUN = "implementing"
"""The state in which a change covers edits."""

_FAR, _HOUR, _NO_TIME = timedelta(days=365), timedelta(hours=1), timedelta(0)


def _lacking(book: Rulebook, spec: Mapping[str, object]) -> set[str]:
    """The rules that read a field of spec which is not written."""
    found = set()
    for one in book.policies:
        programs = [*((one.when,) if one.when else ()), *(program for _, program in one.lets), one.check]
        read = {steps[1] for held in programs for root, steps in held.paths if root == "self" and len(steps) > 1}
        if CHANGE in one.kinds and read - spec.keys():
            found.add(one.rule.id)
    return found


def _with(head: Snapshot, supposed: Record) -> Snapshot:
    return replace(head, records={**head.records, supposed.ref: supposed})


def _errors(book: Rulebook, case: Case, supposed: Record) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    rules = {one.rule.id for one in book.policies if one.rule.enforcement != "advisory"}
    for one in book.inspect(case, frozenset({supposed.ref})).remarks:
        if one.record == supposed.ref and one.rule in rules and one.severity == "error":
            said, example = parted(one.hint)
            yield one.rule, " ".join(filter(None, (f"{one.message.rstrip('.')}.", _sentence(said)))), example


def _sentence(said: str) -> str:
    """What to write, as a sentence that ends by itself: the example that it leads to may stand elsewhere."""
    text = re.sub(r"\s*For example[^.:]*:$", "", " ".join(said.split()))
    return f"{text[:-1]}." if text.endswith(":") else text
