"""Life cycle and identity: are the states that a head moves records through legal, and are names used only once? Pure.

Kinds, and with them the legal steps, are those of the base. If an approval stands behind a state is for others to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from itsmctl.gate import coverage, renames, spending, verdict
from itsmctl.gate.beginnings import DONE, FAILED, STARTED
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.verdict import About, Verdict
from itsmctl.kinds import Due, Kind, Lifecycle
from itsmctl.kinds.words import dotted
from itsmctl.records import CHANGE, Record, same, value_at

_MOST_WAYS = 64  # shortest ways through a life cycle that are looked at
_SETTLED = ("/spec/class", "/spec/model")  # what limits, budgets and debts go by once the work has begun


_NOTHING: Mapping[str, str] = MappingProxyType({})


def judge(proposal: Proposal, owing: Mapping[str, str] = _NOTHING) -> tuple[Verdict, ...]:
    """All that the edits of a head do to states and names, by record; a record whose state moves has a node if allowed.

    `owing`: `Kind/name` of an emergency at the base → what it owes, in words.
    Codes: TRANSITION, DUE, SKIPPED_IMPLEMENTING, NO_LINK, CLOSED, STILL_OWES, CLASS_FIXED, REMOVED, UNREADABLE,
    ID_REUSED, FORMERLY.
    """
    former = renamed(proposal)
    gone = frozenset(former.values())
    written = {**former, **renames.taken_back(proposal.edits)}
    found: list[Verdict] = []
    for ref in sorted(proposal.edits):
        one = proposal.edits[ref]
        kind = proposal.base.law.kinds.get(one.line.kind)
        if one.is_file or kind is None or ref in gone:
            continue
        before = proposal.base.records[former[ref]] if ref in former else one.before or _last_read(proposal, one)
        found += _names(proposal, one, before)
        if one.after is not None:
            is_renaming = (
                before is not None
                and kind.lifecycle is not None
                and _is_closed(kind.lifecycle, before)  # what it takes to know is asked of closed records alone
                and _is_renaming(proposal, before, one.after, written)
            )
            owes = owing.get(before.ref, "") if before is not None else ""
            found += hops(kind, before, one.after, is_renaming=is_renaming, owes=owes)
    return tuple(found)


def hops(
    kind: Kind, before: Record | None, after: Record, *, is_renaming: bool = False, owes: str = ""
) -> tuple[Verdict, ...]:
    """Does an edit keep to the life cycle of its kind? Nothing for a kind without one, or where no state moves.

    `is_renaming`: all that differs is what `itsmctl rename` writes. `owes`: see judge; what is closed and owes
    something is edited to pay that, as what votes bind is for votes to decide then, too.
    """
    held = kind.lifecycle
    if held is None:
        return ()
    if before is not None and _is_closed(held, before):
        if owes and before.state == after.state:  # closed past the gate: what pays it may still be written
            return (*_settled(before, after), *_unlinked(after, ()))
        return () if is_renaming else (_closed(before, after),)
    found = [*_skipped(kind, before, after), *_moves(kind, held, before, after)]
    if owes and before is not None and _is_closed(held, after):
        found.append(_owing(before, after, owes))
    if kind.name == CHANGE:
        found += [*_settled(before, after), *_unlinked(after, passed(kind, before, after))]
    return tuple(found)


def passed(kind: Kind, before: Record | None, after: Record | None) -> tuple[str, ...]:
    """The states that a record enters on its way from base to merge result, that of the merge result last.

    The shortest legal way; of several, the first on which nothing is missing. A new record enters its initial state,
    too. Where no legal way leads, the state that it claims is all that it enters, and `hops` denies it.
    """
    held = kind.lifecycle
    if held is None or after is None or (before is not None and before.state == after.state):
        return ()
    ways = _ways(held, before, after)
    return _best(held, ways, after)[0] if ways else (after.state,)


def renamed(proposal: Proposal) -> Mapping[str, str]:
    """`Kind/name` → the `Kind/name` that a record of the base has left for it.

    The new record names the old one, which is no longer there, in `metadata.formerly`; one for one, or it is no rename.
    """
    claims: dict[str, list[str]] = {}
    for ref, one in proposal.edits.items():
        if one.before is None and one.after is not None:
            former = value_at(one.after.data, "/metadata/formerly") or ()
            names = [f"{one.line.kind}/{name}" for name in former if isinstance(name, str)]
            claims[ref] = [
                name for name in names if name in proposal.base.records and name not in proposal.merged.records
            ]
    taken = [name for names in claims.values() for name in names]
    return {ref: names[0] for ref, names in claims.items() if len(names) == 1 and taken.count(names[0]) == 1}


def _last_read(proposal: Proposal, one: Touched) -> Record | None:
    """Of a record that cannot be read at the base: what it was when it could be, by history."""
    if one.after is None or one.ref not in proposal.base.unread:
        return None
    known = [data for _, data in proposal.history.versions(one.ref) if data is not None]
    return replace(one.after, data=known[-1]) if known else None


# --- states


def _is_closed(held: Lifecycle, record: Record) -> bool:
    return record.state in held.states and not held.steps(record.data).get(record.state)


def _closed(before: Record, after: Record) -> Verdict:
    says = f"is {before.state} at the base, and what is closed does not change: record what is new in another record"
    return verdict.deny("check", after.ref, "CLOSED", says, About(after.path, "/spec/state"), state=before.state)


def _owing(before: Record, after: Record, owes: str) -> Verdict:
    says = (
        f"owes {owes}, and once it is {after.state} nobody is reminded of that: leave it {before.state}, merge what "
        f"pays it, and then it may be {after.state} (itsmctl change show {after.name} says what is left)"
    )
    return verdict.deny("check", after.ref, "STILL_OWES", says, About(after.path, "/spec/state"), owes=owes)


def _moves(kind: Kind, held: Lifecycle, before: Record | None, after: Record) -> Iterator[Verdict]:
    if before is not None and before.state == after.state and after.state in held.states:
        return
    to = f"to {after.state}" if after.state else "to no state at all"
    came = f"from {before.state} {to}" if before is not None else f"{to} as a new record"
    about = About(after.path, "/spec/state")
    ways = _ways(held, before, after)
    if not ways:
        following = _following(held, before, after)
        says = f"{came} is no legal way: from there it may become {', '.join(following) or 'nothing else'}"
        details = {"from": before.state if before else None, "to": after.state, "legal": list(following)}
        yield verdict.deny("check", after.ref, "TRANSITION", says, about, **details)
        return
    way, missing = _best(held, ways, after)
    for since, pointers in missing:
        says = (
            f"{came} goes by {since}, where {' or '.join(dotted(one) for one in pointers)} falls due: "
            f"itsmctl explain {kind.name} shows what stands there"
        )
        yield verdict.deny("check", after.ref, "DUE", says, About(after.path, pointers[0]), pointers=list(pointers))
    if not missing:
        start = [before.state] if before is not None else []
        yield verdict.allow("check", after.ref, " → ".join([*start, *way]), passed=list(way))


def _following(held: Lifecycle, before: Record | None, after: Record) -> tuple[str, ...]:
    if before is None or before.state not in held.states:
        return held.initial
    return held.steps(after.data).get(before.state, ())


def _ways(held: Lifecycle, before: Record | None, after: Record) -> list[tuple[str, ...]]:
    """All shortest legal ways, as the states that are entered; a state that nobody declared counts as none yet.

    Legal is what the record may do as it will be: who makes a change an emergency has it judged as one.
    """
    steps = held.steps(after.data)
    is_new = before is None or before.state not in held.states
    level: list[tuple[str, ...]] = [(state,) for state in (held.initial if is_new or before is None else ())]
    if before is not None and not is_new:
        level = [(state,) for state in steps.get(before.state, ())]
    seen: set[str] = set()
    while level:
        found = [way for way in level if way[-1] == after.state]
        if found:
            return found
        seen |= {way[-1] for way in level}
        level = [(*way, state) for way in level for state in steps.get(way[-1], ()) if state not in seen][:_MOST_WAYS]
    return []


def _best(held: Lifecycle, ways: list[tuple[str, ...]], after: Record) -> tuple[tuple[str, ...], Due]:
    """The first way on which least is missing, and what that is."""
    judged = [(way, _missing(held, way, after)) for way in ways]
    return min(judged, key=lambda one: len(one[1]))


def _missing(held: Lifecycle, way: tuple[str, ...], after: Record) -> Due:
    spec = value_at(after.data, "/spec")
    found: dict[tuple[str, ...], str] = {}
    for state in way:
        there = {**after.data, "spec": {**spec, "state": state}}
        for since, pointers in held.missing(there):
            found.setdefault(pointers, since)
    return tuple((since, pointers) for pointers, since in found.items())


# --- changes


def _skipped(kind: Kind, before: Record | None, after: Record) -> Iterator[Verdict]:
    if kind.name != CHANGE or after.state not in DONE or (before is not None and before.state in STARTED):
        return
    stands = f"is {before.state}" if before is not None else "is not there"
    says = f"is {after.state}, and {stands} at the base: merge it as implementing first, with what it alters"
    yield verdict.deny("check", after.ref, "SKIPPED_IMPLEMENTING", says, About(after.path, "/spec/state"))


def _settled(before: Record | None, after: Record) -> Iterator[Verdict]:
    if before is None or before.state not in STARTED:
        return  # until then all is judged anew under what the change says, and votes go stale
    for pointer in _SETTLED:
        old, new = value_at(before.data, pointer), value_at(after.data, pointer)
        if not same(old, new):
            says = f"its work has begun, so that {dotted(pointer)} stays {old}: set it back"
            yield verdict.deny("check", after.ref, "CLASS_FIXED", says, About(after.path, pointer), before=old)


def _unlinked(after: Record, way: tuple[str, ...]) -> Iterator[Verdict]:
    result = value_at(after.data, "/spec/implementation/result")
    how = next((one for one in (after.state, *way, result) if isinstance(one, str) and one in FAILED), "")
    if how and not any(value_at(after.data, f"/spec/links/{kind}") for kind in ("incidents", "problems")):
        says = f"{how}, and no incident or problem follows it up: name one in spec.links.incidents or problems"
        yield verdict.deny("check", after.ref, "NO_LINK", says, About(after.path, "/spec/links"))


# --- names


def _names(proposal: Proposal, one: Touched, before: Record | None) -> Iterator[Verdict]:
    if one.after is None:
        if one.ref in proposal.merged.unread:
            says = f"cannot be read as a record, so that nobody can say what it is: itsmctl validate {one.path}"
            yield verdict.deny("check", one.ref, "UNREADABLE", says, About(one.path))
        elif not one.controlled:
            says = "is taken away, and what happened stays on record: put the file back"
            if one.before is not None and one.line.kind == CHANGE and one.before.state == "implementing":
                says += f". What it did is taken back by itsmctl change backout {one.before.name}, which keeps it"
            yield verdict.deny("check", one.ref, "REMOVED", says, About(one.path, "", "base"))
        return
    yield from _formerly(proposal, one.after, before)
    base = proposal.base
    if one.ref in base.records or one.ref in base.unread or not proposal.history.used(one.ref):
        return
    if _comes_back(proposal, one):
        return
    own = [before.name, *(value_at(before.data, "/metadata/formerly") or ())] if before is not None else []
    if one.after.name.casefold() not in {name.casefold() for name in own if isinstance(name, str)}:
        says = f"{one.ref} was there before, and names are never used again, however they are cased: choose another"
        yield verdict.deny("check", one.ref, "ID_REUSED", says, About(one.path, "/metadata/name"))


def _comes_back(proposal: Proposal, one: Touched) -> bool:
    """Does a change that is taken back bring it back, which it had removed? To what it was, or `backout` denies it."""
    for change in coverage.in_play(proposal).values():
        item = coverage.item_of(change, one.ref) if change.state == coverage.TAKEN_BACK else None
        if item is not None and item[1]["action"] == "remove":
            return True
    return False


def _formerly(proposal: Proposal, after: Record, before: Record | None) -> Iterator[Verdict]:
    """Former names lead to what a record once did: it takes none but its own, and gives none of these away."""
    claimed, had = (spending.names(one)[1:] if one is not None else () for one in (after, before))
    own = {*had, *((before.ref,) if before is not None and before.ref != after.ref else ())}
    if before is None and not own.issuperset(claimed):  # what it was when it was removed, it was
        versions = [data for _, data in proposal.history.versions(after.ref) if data is not None]
        own |= {ref for data in versions[-1:] for ref in _formerly_of(data, after.kind)} & {*claimed}
    about = About(after.path, "/metadata/formerly")
    for ref in claimed:
        if ref not in own:
            says = f"{after.ref} was never {ref}: take the name out of metadata.formerly, or use itsmctl rename"
            yield verdict.deny("check", after.ref, "FORMERLY", says, about, former=ref)
    for ref in sorted(own - {*claimed, after.ref}):
        if ref not in proposal.base.records and not proposal.history.used(ref):
            continue  # it never was that
        says = f"{after.ref} was {ref}, and no longer says so: keep the name in metadata.formerly"
        yield verdict.deny("check", after.ref, "FORMERLY", says, about, former=ref)


def _formerly_of(data: Mapping[str, Any], kind: str) -> Iterator[str]:
    """`Kind/name` by each name that a record says it had."""
    held = value_at(data, "/metadata/formerly")
    yield from (f"{kind}/{name}" for name in (held if isinstance(held, list) else ()) if isinstance(name, str))


def _is_renaming(proposal: Proposal, before: Record, after: Record, former: Mapping[str, str]) -> bool:
    """Is all that differs what the renames of this head write: new names, in the records and where they are named?"""
    return same(renames.carried(before, former, proposal.base).data, dict(after.data))
