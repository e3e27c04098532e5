"""What only the whole set of records can show: dangling references, names taken twice, cycles, classes of items.

Judges a Case and yields remarks; where the case has a base, steps of the life cycle over each edit as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from itsmctl import classes, records
from itsmctl.case import Case
from itsmctl.cycles import cycle_remark, find_cycles
from itsmctl.findings import Rule
from itsmctl.nearest import nearest
from itsmctl.records import Record, Remark, value_at
from itsmctl.snapshot import Snapshot

RULES: tuple[Rule, ...] = (
    Rule(
        id="record-identity",
        title="A name is unique in its kind, without regard to case",
        severity="error",
        description="Names are compared without regard to case, because file systems and people do. Two records with "
        "one name would make every reference to it ambiguous.",
        remediation="Give one of the two another name, or delete it.",
    ),
    Rule(
        id="reference",
        title="A reference names a record that exists",
        severity="error",
        description="Impact, approval and release all follow references. One that leads nowhere hides what depends on "
        "what. A closed past may refer to what history still holds; what is in force may not.",
        remediation="Correct the name, or add the record that is missing.",
    ),
    Rule(
        id="reference-cycle",
        title="Relations that order records do not lead back",
        severity="error",
        description="Where one record is part of, extends or depends on another, a way that leads back to its start "
        "means that none of them comes first: availability, impact and order of work cannot be told.",
        remediation="Remove or turn around one of the references that the finding names.",
    ),
    Rule(
        id="record-step",
        title="A record moves only along the life cycle of its kind",
        severity="error",
        description="Each kind declares which state may follow which. An edit may take several steps at once, but only "
        "along declared ones.",
        remediation="Set the state to one that the former state leads to.",
    ),
    *classes.RULES,
)
NEEDS_BASE = ("record-step",)


def inspect(case: Case) -> Iterator[Remark]:
    """Every remark on the set of records of `case.head`."""
    yield from _twins(case.head)
    neighbours = _Neighbours(case.head)
    for record in case.head.records.values():
        yield from _dangling(record, neighbours)
    yield from _cycles(case.head)
    yield from classes.inspect(case.head)
    if case.base is not None:
        yield from _steps(case)


def _twins(head: Snapshot) -> Iterator[Remark]:
    """Names of one kind that differ only in upper and lower case."""
    first: dict[str, Record] = {}
    for record in head.records.values():
        folded = record.ref.casefold()
        other = first.setdefault(folded, record)
        if other is not record:
            yield Remark(
                "record-identity",
                "error",
                f"{record.ref} and {other.ref} differ only in upper and lower case",
                record.path,
                record.ref,
                "/metadata/name",
                hint="Give one of the two another name.",
                related=((other.path, "/metadata/name", "the other one"),),
            )


_MOST_COMPARED = 300_000


@dataclass(slots=True)
class _Neighbours:
    """Finds the records whose names come nearest to a missing one.

    Comparing every missing name with every record would take minutes where thousands are missing, so that only the
    first of them are told what comes near.
    """

    head: Snapshot
    compared: int = 0
    known: dict[tuple[tuple[str, ...], bool], dict[str, Record]] = field(default_factory=dict)
    found: dict[tuple[tuple[str, ...], bool, str], list[tuple[str, Record]]] = field(default_factory=dict)

    def of(self, written: str, kinds: tuple[str, ...], qualified: bool) -> list[tuple[str, Record]]:
        """(how it would be written, record), nearest first."""
        key = (kinds, qualified)
        if key not in self.known:
            held = (record for kind in kinds for record in self.head.by_kind.get(kind, ()))
            self.known[key] = {record.ref if qualified else record.name: record for record in held}
        if (*key, written) not in self.found:
            candidates = self.known[key] if self.compared < _MOST_COMPARED else {}
            self.compared += len(candidates)
            self.found[*key, written] = [(name, candidates[name]) for name in nearest(written, candidates)]
        return self.found[*key, written]


def _dangling(record: Record, neighbours: _Neighbours) -> Iterator[Remark]:
    """References that lead nowhere."""
    head = neighbours.head
    known = head.records
    for pointer, target in record.references:
        if target not in known and not head.holds(target) and not _may_be_absent(record, pointer, target, head):
            yield _unresolved(record, pointer, target, neighbours)


def _may_be_absent(record: Record, pointer: str, target: str, head: Snapshot) -> bool:
    """What is to be added or was removed need not be there; what happened may name what history still holds."""
    kind = head.law.kinds[record.kind]
    rule = kind.reference_at(pointer)
    if rule is not None and rule.allows_absence(value_at(record.data, pointer.rpartition("/")[0])):
        return True
    target_kind, _, name = target.partition("/")
    if target_kind == "File":
        return head.source.holds(name)
    if kind.controlled or target_kind not in head.law.kinds or not head.source.whole_history:
        return False
    return head.source.once_held(head.law.home(head.law.kinds[target_kind].plural, name))


def _unresolved(record: Record, pointer: str, target: str, neighbours: _Neighbours) -> Remark:
    """The finding names the nearest names of the kinds that fit, and where the best of them stands."""
    head = neighbours.head
    kind, _, name = target.partition("/")
    rule = head.law.kinds[record.kind].reference_at(pointer)
    kinds = (kind,) if kind in head.law.kinds else tuple(rule.kinds if rule else ())
    written = str(value_at(record.data, pointer))
    qualified = rule is not None and rule.qualified
    close = neighbours.of(written, kinds, qualified)
    if kind == "File":
        message, hint = f"there is no file {name}", "Correct the path; it is relative to the folder of itsm.yaml."
    elif kind not in head.law.kinds:
        message = f"{written} names no record: there is no kind {kind}"
        hint = f"Write Kind/name, with one of: {', '.join(rule.kinds if rule else ())}."
    else:
        message = f"there is no {kind} called {name}"
        hint = f"Did you mean {' or '.join(near for near, _ in close)}?" if close else _add_it(kind, name, head)
    related: tuple[tuple[str, str, str], ...] = ()
    if close:
        related = ((close[0][1].path, "/metadata/name", "the nearest name is written here"),)
    return Remark("reference", "error", message, record.path, record.ref, pointer, hint=hint, related=related)


def _add_it(kind: str, name: str, head: Snapshot) -> str:
    names = [record.name for record in head.by_kind.get(kind, ())[:9]]
    has = f"There are: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}. " if names else ""
    return f"{has}To add it: itsmctl new {kind} {name}"


def _cycles(head: Snapshot) -> Iterator[Remark]:
    """Cycles over the fields that a kind declares to be without one."""
    for kind in sorted(head.by_kind):
        for pattern in head.law.kinds[kind].acyclic:
            edges = {record.ref: list(_edges(record, pattern)) for record in head.by_kind[kind]}
            for cycle in find_cycles(edges):
                yield cycle_remark(head, cycle)


def _edges(record: Record, pattern: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(pointer, target) of the references that stand where the pattern says."""
    wanted = {pointer for pointer, _ in records.matches(record.data, pattern)}
    return ((pointer, target) for pointer, target in record.references if pointer in wanted)


def _steps(case: Case) -> Iterator[Remark]:
    """Edits whose state is not reached from the former one by declared steps."""
    for edit in case.edits.values():
        before, after = edit.before, edit.after
        if after is None or not after.sound:
            continue
        lifecycle = case.head.law.kinds[after.kind].lifecycle
        before = before or case.before(after)
        if lifecycle is None or before is None or not before.state or before.state == after.state:
            continue
        steps = lifecycle.steps(after.data)
        if after.state not in _reachable(before.state, steps):
            onward = ", ".join(steps.get(before.state, ())) or "none: the state is terminal"
            yield Remark(
                "record-step",
                "error",
                f"a {after.kind} does not go from {before.state} to {after.state}",
                after.path,
                after.ref,
                lifecycle.field,
                hint=f"From {before.state} it may go to: {onward}.",
            )


def _reachable(start: str, steps: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    level = [start]
    while level:
        level = [state for held in level for state in steps.get(held, ()) if state not in seen]
        seen.update(level)
    return seen
