"""What the rules of a repository ask of one record as it is supposed to become. Judges that record alone; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.case import Case
from itsmctl.drawing import parted

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot


def asked(
    book: Rulebook, head: Snapshot, base: Snapshot | None, supposed: Record, now: datetime
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(id of the rule, what to write, lines of an example) of each error that policies find in a record as supposed."""
    return tuple(_errors(book, Case(_with(head, supposed), now, base), supposed))


def _with(head: Snapshot, supposed: Record) -> Snapshot:
    return replace(head, records={**head.records, supposed.ref: supposed})


def _errors(book: Rulebook, case: Case, supposed: Record) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    rules = {one.rule.id for one in book.policies if one.rule.enforcement != "advisory"}
    for one in book.inspect(case, frozenset({supposed.ref})).remarks:
        if one.record == supposed.ref and one.rule in rules and one.severity == "error":
            said, example = parted(one.hint)
            yield one.rule, _sentence(said) or one.message, example


def _sentence(said: str) -> str:
    """What to write, as a sentence that ends by itself: the example that it leads to may stand elsewhere."""
    text = re.sub(r"\s*For example[^.:]*:$", "", " ".join(said.split()))
    return f"{text[:-1]}." if text.endswith(":") else text
