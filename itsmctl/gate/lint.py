"""The governance that a head leaves behind: can the next head be judged by it, is it no older one, nor used too soon?

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from itsmctl import cel
from itsmctl.gate import applying, serials
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal, Touched

RULE = "ApprovalRule"
_ITEM, _CLASS = "ConfigurationItem", "CIType"


def faults(proposal: Proposal) -> Iterator[Verdict]:
    """Rules that would err, governance that nobody could edit any more, and serials that do not rise."""
    yield from serials.serial_faults(proposal.edits.values(), proposal.history)
    yield from serials.rollback_faults(proposal.base, proposal.history)
    yield from _too_new(proposal)
    if not any(one.line.kind == RULE for one in proposal.edits.values()):
        return
    environment = applying.environment(proposal.rulebook.types)
    rules = [one for one in proposal.merged.by_kind.get(RULE, ()) if one.sound]
    for rule in rules:
        if rule.ref in proposal.edits and "when" in rule.data["spec"]:
            try:
                environment.compile(rule.data["spec"]["when"], expect=cel.BOOL)
            except cel.CompileError as error:
                says = f"{rule.name} would stop every change: its condition is no expression: {error.render()}"
                yield deny("check", rule.ref, "RULE_ERROR", says, About(rule.path, "/spec/when"))
    for family in ("governance", "changes"):
        if not any(rule.data["spec"]["for"] == family for rule in rules):
            says = f"no approval rule for {family} would be left, so that nothing of it could be edited any more"
            yield deny("check", RULE, "NO_RULE", says, family=family)


def too_new(proposal: Proposal) -> tuple[tuple[str, tuple[Touched, ...]], ...]:
    """`CIType/name` of each class that the head brings, with its edits of items that are of that class already.

    A class that only gets another name was there before. Of a class that is nowhere, the reference has its finding.
    """
    found: dict[str, list[Touched]] = {}
    for one in proposal.edits.values():
        named = value_at(one.after.data, "/spec/type") if one.line.kind == _ITEM and one.after is not None else None
        held = proposal.merged.get(f"{_CLASS}/{named}")
        if held is None:
            continue
        former = value_at(held.data, "/metadata/formerly")
        names = [held.name, *(former if isinstance(former, list) else ())]
        if not any(f"{_CLASS}/{name}" in proposal.base.records for name in names):
            found.setdefault(held.ref, []).append(one)
    return tuple((ref, tuple(items)) for ref, items in sorted(found.items()))


def said_of_new(ref: str, items: Sequence[Touched]) -> str:
    """What to do about a class that comes together with its items, in words."""
    named = ", ".join(one.ref for one in items[:3]) + (f" and {len(items) - 3} more" if len(items) > 3 else "")
    return (
        f"{ref} counts one merge after it lands, and {named} is of that class already: bring {ref}, with a change for "
        "it alone, one merge earlier"
    )


def _too_new(proposal: Proposal) -> Iterator[Verdict]:
    for ref, items in too_new(proposal):
        for one in items:
            yield deny("check", one.ref, "CLASS_TOO_NEW", said_of_new(ref, (one,)), About(one.path, "/spec/type"))
