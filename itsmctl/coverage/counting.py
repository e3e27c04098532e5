"""Counts, rule by rule, what was looked at and how it came out. Judges as `validate` does, by the same policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import cel, functions, waivers
from itsmctl.errors import CannotJudge
from itsmctl.policy import World

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.policy import Policy
    from itsmctl.policy.unchecked import Unchecked
    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook


class Tally(Struct, frozen=True):
    """What one rule had to look at. `looked_at` is the sum of the four outcomes, of `records` of its kinds.

    `not_run`: why it was not applied at all; the outcomes are 0 then. `undecided`: it came to no verdict.
    """

    policy: Policy
    records: int
    passed: int = 0
    failed: int = 0
    waived: int = 0
    undecided: int = 0
    not_run: str = ""

    @property
    def looked_at(self) -> int:
        """How many records the rule judged."""
        return self.passed + self.failed + self.waived + self.undecided


class Coverage(Struct, frozen=True):
    """Tallies by process and id, controls that no rule checks, and (kind, records) of kinds that no rule looks at."""

    source: str
    as_of: str
    records: int
    tallies: tuple[Tally, ...]
    unchecked: tuple[Unchecked, ...]
    bare: tuple[tuple[str, int], ...]

    @property
    def processes(self) -> tuple[str, ...]:
        """Every process that a rule or a control belongs to."""
        return tuple(
            sorted({one.policy.rule.process for one in self.tallies} | {one.process for one in self.unchecked})
        )


def measure(book: Rulebook, case: Case, processes: frozenset[str]) -> Coverage:
    """The coverage of the case by the rules of these processes, or of all where there are none.

    Raises CannotJudge where there are no records.
    """
    if not case.head.records:
        raise CannotJudge(
            f"nothing to look at: there are no records in the {case.head.label}",
            "Write the first record with: itsmctl new Service NAME",
        )
    chosen = [one for one in book.policies if not processes or one.rule.process in processes]
    not_run = {one.rule: one.reason for one in book.not_run(case)}
    world = World(case, functions.bind(case))
    tallies = [_tally(policy, book, world, not_run) for policy in chosen]
    return Coverage(
        source=case.head.label,
        as_of=case.as_of_text,
        records=len(case.head.records),
        tallies=tuple(sorted(tallies, key=lambda one: (one.policy.rule.process, one.policy.rule.id))),
        unchecked=tuple(one for one in book.unchecked if not processes or one.process in processes),
        bare=tuple(_bare(book, case)),
    )


def _tally(policy: Policy, book: Rulebook, world: World, not_run: Mapping[str, str]) -> Tally:
    held = [record for kind in policy.kinds for record in world.case.head.by_kind.get(kind, ())]
    if policy.rule.id in not_run:
        return Tally(policy, len(held), not_run=not_run[policy.rule.id])
    judge = policy.bound(world)
    seen = [record for record in held if _applies(policy, record, world)]
    remarks = [remark for remark in map(judge, seen) if remark is not None]
    outcomes: Counter[str] = Counter()
    for remark, waived in waivers.lift(remarks, waivers.in_force(world.case), book.by_id):
        outcomes["undecided" if remark.rule != policy.rule.id else "waived" if waived else "failed"] += 1
    passed = len(seen) - len(remarks)
    return Tally(policy, len(held), passed, outcomes["failed"], outcomes["waived"], outcomes["undecided"])


def _applies(policy: Policy, record: Record, world: World) -> bool:
    try:
        return policy.applies(record, world)
    except cel.EvaluationError:
        return True  # the rule looks at it, and comes to no verdict


def _bare(book: Rulebook, case: Case) -> Iterator[tuple[str, int]]:
    """The kinds that no rule looks at, with the number of their records."""
    looked_at = {kind for policy in book.policies if policy.rule.id not in book.off for kind in policy.kinds}
    for kind in book.kinds:
        if kind not in looked_at:
            yield kind, len(case.head.by_kind.get(kind, ()))
