"""What a release has to meet, and whether it does: Requirement, and Checked over all of them. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Record

Stage = Literal["ready", "done"]
STAGES: tuple[Stage, ...] = ("ready", "done")
"""Before the roll-out, and after it."""

Outcome = Literal["met", "owed", "waiting", "unmet", "unknown"]
"""owed: an emergency may bring it later, by a day that is said. waiting: its time has not come. unknown: it cannot be
told, which is as bad as unmet.
"""

PASSING: frozenset[Outcome] = frozenset({"met", "owed"})


class Requirement(Struct, frozen=True):
    """`code`: see codes, or the id of a rule. `says`: what was found; of what is met, on what grounds, or nothing.

    `path` (from the governed root) and `pointer` say where. `due`: the last moment of what is owed, RFC 3339.
    """

    code: str
    outcome: Outcome
    says: str = ""
    hint: str = ""
    path: str = ""
    pointer: str = ""
    due: str = ""


class Step(Struct, frozen=True):
    """A state that the release may go to next. `lacks`: pointers of what falls due on the way and is not written."""

    state: str
    lacks: tuple[str, ...]


class Checked(Struct, frozen=True):
    """The release of a commit, held against all that a stage asks. `frozen`: (word, baseline, root) that were used.

    `aside`: which commit it is that is not of the target branch, in words; "" where it is. `behind`: the tip of the
    branch that went on from it, in words; "" where none did. `waived`: (rule, waiver) of each rule on releases that a
    waiver lifts.
    """

    record: Record
    stage: Stage
    commit: str
    label: str
    as_of: datetime
    requirements: tuple[Requirement, ...]
    following: tuple[Step, ...] = ()
    frozen: tuple[tuple[str, str, str], ...] = ()
    aside: str = ""
    behind: str = ""
    waived: tuple[tuple[str, str], ...] = ()

    @property
    def passes(self) -> bool:
        """Is everything met, or owed to a day that is still to come?"""
        return all(one.outcome in PASSING for one in self.requirements)

    def having(self, *outcomes: Outcome) -> tuple[Requirement, ...]:
        """The requirements that came out like that."""
        return tuple(one for one in self.requirements if one.outcome in outcomes)


def unless(code: str, faults: Iterable[Requirement], says: str = "") -> Iterator[Requirement]:
    """The faults; where there are none, that the requirement is met."""
    found = list(dict.fromkeys(faults))
    yield from found or [Requirement(code, "met", says)]
