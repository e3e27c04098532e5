"""What only the whole set of records can show: dangling references, names taken twice, cycles, classes of items.

Judges a Case and yields remarks; where the case has a base, steps of the life cycle over each edit as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from itsmctl import classes, dangling, deadlock, records
from itsmctl.case import Case
from itsmctl.cycles import cycle_remark, find_cycles
from itsmctl.drawing import an
from itsmctl.findings import Rule
from itsmctl.records import Record, Remark
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
    Rule(
        id="person-claim",
        title="An address, an account and a key belong to one person",
        severity="error",
        description="Votes and commits are told apart by them. What two persons claim, in whatever case it is written, "
        "is nobody's, and the gate judges nothing while there is such a claim; nor does it with a key that is none.",
        remediation="Take it away from one of the two. A key that signed stays with whom it was.",
    ),
    *classes.RULES,
    *deadlock.RULES,
)
NEEDS_BASE = ("record-step",)


def inspect(case: Case) -> Iterator[Remark]:
    """Every remark on the set of records of `case.head`."""
    yield from _twins(case.head)
    yield from _reused(case.head)
    yield from dangling.inspect(case.head)
    yield from _cycles(case.head)
    yield from classes.inspect(case.head)
    yield from _claims(case.head)
    yield from deadlock.inspect(case)
    if case.base is not None:
        yield from _steps(case)


def _twins(head: Snapshot) -> Iterator[Remark]:
    """Names of one kind that differ only in upper and lower case."""
    first: dict[str, Record] = {}
    if len({ref.casefold() for ref in head.records}) == len(head.records):
        return
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


def _reused(head: Snapshot) -> Iterator[Remark]:
    """Former names that another record has or had: what still refers to them would find either."""
    if not head.formerly:
        return
    taken = {ref.casefold(): record for ref, record in head.records.items()}
    for record in head.records.values():
        formerly = records.value_at(record.data, "/metadata/formerly")
        for position, former in enumerate(formerly if isinstance(formerly, list) else ()):
            ref = f"{record.kind}/{former}".casefold()
            other = taken.setdefault(ref, record)
            if other is not record:
                had = "has that name" if other.ref.casefold() == ref else "had that name, too"
                yield Remark(
                    "record-identity",
                    "error",
                    f"{former} cannot be a former name of {record.ref}: {other.ref} {had}",
                    record.path,
                    record.ref,
                    f"/metadata/formerly/{position}",
                    hint="A name is never reused: take it off this list, or off the other record.",
                    related=((other.path, "/metadata/name", "the other one"),),
                )


def _claims(head: Snapshot) -> Iterator[Remark]:
    """What keeps the persons from being told apart."""
    persons = {record.path: record for record in head.by_kind.get("Person", ())}
    if persons:
        from itsmctl.roster import claimed  # costly to import, and without persons nobody asks for it

        for fault in claimed(head):
            ref = persons[fault.path].ref
            yield Remark("person-claim", "error", fault.says, fault.path, ref, fault.pointer)


def _cycles(head: Snapshot) -> Iterator[Remark]:
    """Cycles over the fields that a kind declares to be without one."""
    for kind in sorted(head.by_kind):
        for pattern in head.law.kinds[kind].acyclic:
            every = ((record.ref, list(_edges(record, pattern))) for record in head.by_kind[kind])
            edges = {ref: found for ref, found in every if found}  # what leads nowhere is on no way back
            for cycle in find_cycles(edges):
                yield cycle_remark(head, cycle)


def _edges(record: Record, pattern: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(pointer, target) of the references that stand where the pattern says."""
    wanted = {pointer for pointer, _ in records.matches(record.data, pattern)}
    if not wanted:
        return iter(())
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
        if after.state not in lifecycle.reachable(before.state, after.data):
            onward = ", ".join(steps.get(before.state, ())) or "none: the state is terminal"
            yield Remark(
                "record-step",
                "error",
                f"{an(after.kind)} does not go from {before.state} to {after.state}",
                after.path,
                after.ref,
                lifecycle.field,
                hint=f"From {before.state} it may go to: {onward}.",
            )
