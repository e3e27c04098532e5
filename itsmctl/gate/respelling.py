"""Is a number only written otherwise, 1.0 for 1? No digest tells, and rules do: what nobody agreed to decides. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itsmctl import canonical
from itsmctl.gate import lifecycle
from itsmctl.gate.subject import moves, shown
from itsmctl.gate.verdict import About, Verdict, deny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record


def faults(proposal: Proposal) -> Iterator[Verdict]:
    """One node for each record in which a number is the same, and of another type to a rule. RESPELLED."""
    for before, after in _pairs(proposal):
        found = [(at, old, new) for at, old, new in moves(before.data, after.data) if _is_respelled(old, new)]
        if found:
            at, old, new = found[0]
            more = f", and {len(found) - 1} more like it" if len(found) > 1 else ""
            says = (
                f"{at} of {after.ref} is written {shown(new)} instead of {shown(old)}{more}: votes cannot tell the two "
                f"apart, and rules can. Write {shown(old)}, as it was"
            )
            details = {"pointer": at, "before": shown(old), "after": shown(new)}
            yield deny("check", after.ref, "RESPELLED", says, About(after.path, at), **details)


def _pairs(proposal: Proposal) -> Iterator[tuple[Record, Record]]:
    """Each record that the head leaves in another file's words, with what it was, renamed ones included."""
    base, former = proposal.base.records, lifecycle.renamed(proposal)
    for ref, after in proposal.merged.records.items():
        before = base.get(former.get(ref, ref))
        if before is not None and before is not after and before.blob != after.blob:
            yield before, after


def _is_respelled(old: Any, new: Any) -> bool:
    """Are both the same number to a digest? That they are not the same data is known."""
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (old, new)):
        return False
    try:
        return canonical.canonical(old) == canonical.canonical(new)
    except ValueError:
        return False
