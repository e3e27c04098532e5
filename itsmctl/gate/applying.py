"""Which approval rules apply to a change: their `when` over the set before and the set after. Decides nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import cel, functions, policy
from itsmctl.case import Case
from itsmctl.gate import grading
from itsmctl.gate.model import Touched
from itsmctl.records import CHANGE, Record
from itsmctl.recordtypes import RecordTypes
from itsmctl.rulebook import Rulebook
from itsmctl.snapshot import Snapshot
from itsmctl.votes import FILE

Data = Mapping[str, Any]


class Setting(Struct, frozen=True, dict=True):
    """What `when` is asked about: a change as M has it and as B had it, and what it does to which records.

    A planned edit is an item as well: its `after` is the record with the plan applied. `done`: the items have landed
    already, and the records before are those before them. `afterwards`: the work has begun, so that nothing hurries.
    """

    change: Record
    before: Record | None
    items: tuple[Touched, ...]
    base: Snapshot
    merged: Snapshot
    rulebook: Rulebook
    now: datetime
    done: bool = False
    afterwards: bool = False

    @cached_property
    def worlds(self) -> tuple[Case, Case]:
        """The records before, and after with all that the change does."""
        earlier = {self.change.ref: self.before}
        later: dict[str, Record | None] = {one.ref: one.after for one in self.items if not one.is_file}
        later[self.change.ref] = self.change
        base = self.base
        if self.done:
            # the first edit of a record tells what was there before all of them
            base = _with(base, {one.ref: one.before for one in reversed(self.items) if not one.is_file})
        return Case(base, self.now, base), Case(_with(self.merged, later), self.now, _with(base, earlier))

    @cached_property
    def floor(self) -> str:
        """The grade of impact that the records around the change give. Raises cel.EvaluationError where none can."""
        refs = [one.ref for one in self.items]
        declared = [self.change, *((self.before,) if self.before is not None else ())]
        found = [grading.floor_of(self.worlds, refs, one.data) for one in declared]
        scale = self.rulebook.settings.impact_scale
        return max(found, key=lambda grade: scale.index(grade) if grade in scale else -1)

    def gradings(self, *, governs: bool) -> tuple[Data, ...]:
        """The change as every grading of it has it. Raises cel.EvaluationError where what is around it cannot say."""
        before = self.before.data if self.before is not None else None
        is_normal = governs or self.afterwards
        return grading.gradings(self.change.data, before, self.floor, self.rulebook.settings, is_normal=is_normal)

    @cached_property
    def environment(self) -> cel.Environment:
        """What `when` may speak of: change, items, as_of, and the functions that policies have."""
        return environment(self.rulebook.types)

    @cached_property
    def _asked(self) -> Mapping[bool, tuple[tuple[Data, list[Data], Case], ...]]:
        """For a rule about governance, and for another: (change, items, records) of each evaluation."""
        return {governs: self._evaluations(self.gradings(governs=governs)) for governs in (False, True)}

    def _evaluations(self, gradings: tuple[Data, ...]) -> tuple[tuple[Data, list[Data], Case], ...]:
        sets = ([_data(one, one.before) for one in self.items if one.line.before is not None], self.worlds[0])
        later = ([_data(one, one.after) for one in self.items if one.line.after is not None], self.worlds[1])
        return tuple(
            (change, items, _regraded(world, self.change, change))
            for items, world in (sets, later)
            for change in gradings
        )

    def applies(self, when: str | None, *, governs: bool) -> bool:
        """Does a rule with that `when` apply, before or after, as the change is graded by anybody?

        `governs`: the rule is about governance.

        Raises cel.CompileError where it is no expression of that kind, and cel.EvaluationError where any of the
        evaluations has no value, even if another one is true.
        """
        if when is None:
            return True
        program = self.environment.compile(when, expect=cel.BOOL)
        answers = []
        for change, items, world in self._asked[governs]:
            bound = functions.bind(world) if program.functions else {}
            given = {"change": change, "items": items, "as_of": cel.Timestamp.of(self.now)}
            answers.append(program.run(given, bound))
        return any(answer is True for answer in answers)


@lru_cache(8)
def environment(types: RecordTypes) -> cel.Environment:
    """The names that `when` of an approval rule may use. A protected file is an item of the kind File, by its path."""
    file = cel.ObjectType(
        FILE,
        {
            "apiVersion": cel.STRING,
            "kind": cel.StringType(values=(FILE,)),
            "metadata": cel.ObjectType("File.metadata", {"name": cel.STRING}),
            "spec": cel.ObjectType("File.spec", {}),
        },
    )
    item = cel.union([*(types.of(kind) for kind in types.kinds.controlled), file])
    return policy.environment(types).extend({"change": types.of(CHANGE), "items": cel.ListType(item)})


def _data(touched: Touched, record: Record | None) -> Data:
    if record is not None:
        return record.data
    return {"apiVersion": "itsm/v1", "kind": touched.line.kind, "metadata": {"name": touched.line.name}, "spec": {}}


def _regraded(world: Case, change: Record, data: Data) -> Case:
    """The same records with the change as that grading has it, so that functions know it again."""
    if world.head.records.get(change.ref) is not None and world.head.records[change.ref].data is data:
        return world
    return replace(world, head=_with(world.head, {change.ref: replace(change, data=data)}))


def _with(snapshot: Snapshot, records: Mapping[str, Record | None]) -> Snapshot:
    """The snapshot with these records in place of its own; None takes one away. The same one if nothing differs."""
    if all(snapshot.records.get(ref) is record for ref, record in records.items()):
        return snapshot
    held = {ref: one for ref, one in snapshot.records.items() if records.get(ref, one) is not None}
    held |= {ref: one for ref, one in records.items() if one is not None}
    return replace(snapshot, records={ref: held[ref] for ref in sorted(held)})
