"""The governance that a head leaves behind: can the next head be judged by it, and is it no older one? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import cel
from itsmctl.gate import applying, serials
from itsmctl.gate.verdict import About, Verdict, deny

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal

RULE = "ApprovalRule"


def faults(proposal: Proposal) -> Iterator[Verdict]:
    """Rules that would err, governance that nobody could edit any more, and serials that do not rise."""
    yield from serials.serial_faults(proposal.edits.values(), proposal.history)
    yield from serials.rollback_faults(proposal.base, proposal.history)
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
