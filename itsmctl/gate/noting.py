"""Which commits made of a change's record what votes bind, and which ones only noted how the work went. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from itsmctl import renaming
from itsmctl.gate import spending, subject
from itsmctl.gate.beginnings import STARTED, state_of
from itsmctl.records import references_of, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from itsmctl.gate.model import Brought, Proposal
    from itsmctl.records import Record

_NAMES = ("/metadata/name", "/metadata/formerly")


def made(change: Record, proposal: Proposal) -> Iterator[Brought]:
    """The commits of the base's history that did something to the record, but for what is noted once its work began.

    A note leaves all that votes bind as it was, or writes a name that a record has since in the place of the one that
    it had, as `itsmctl rename` does.
    """
    names = spending.names(change)
    written = [one for ref in names for one in proposal.history.written(ref)]
    left = {one.commit.oid: one.before for one in written if one.after is None}  # for the name that it got there
    for one in written:
        before = one.before if one.before is not None else left.get(one.commit.oid)
        if one.after is None and any(other.commit.oid == one.commit.oid and other.after for other in written):
            continue  # it is there by another name
        if before is None or one.after is None or not _is_note(change, before, one.after, proposal):
            yield one.commit


def _is_note(change: Record, before: Mapping[str, Any], after: Mapping[str, Any], proposal: Proposal) -> bool:
    if not {state_of(before), state_of(after)} <= STARTED:
        return False
    kind = proposal.rulebook.kinds[change.kind]
    sides = [replace(change, data=data, references=references_of(kind, data)) for data in (before, after)]
    was, now = (subject.approvable(one, kind) for one in sides)
    if subject.same_content(was, now):
        return True
    old, new = (dict(renaming.named(one, proposal.base.law)) for one in sides)
    return all(
        at.startswith(_NAMES) or (at in old and at in new and _is_renamed(old[at], new[at], proposal))
        for at, _, _ in subject.moves(was, now)
    )


def _is_renamed(old: str, new: str, proposal: Proposal) -> bool:
    """Did a record ever say that it had the one name before the other?"""
    return any(
        one.partition("/")[2] in (value_at(data, "/metadata/formerly") or ())
        for one, other in ((old, new), (new, old))
        for _, data in proposal.history.ever(other)
        if data is not None and one.partition("/")[0] == other.partition("/")[0]
    )
