"""A replay as a Report: one finding for each merge that the gate would not have let through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from itsmctl import __version__, announcing
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import codes
from itsmctl.replaying import UNGOVERNED

if TYPE_CHECKING:
    from itsmctl.replaying import Step


def report(steps: Sequence[Step], label: str, prefix: str = "") -> Report:
    """The report of a replay: one finding for each merge that the gate would not have let through."""
    findings = tuple(finding for step in steps for finding in _of_step(step))
    judged = sum(1 for step in steps if step.verdict is not None)
    denied = sum(1 for step in steps if step.verdict is not None and not step.passed)
    overridden = sum(1 for step in steps if step.verdict is not None and step.verdict.outcome == "OVERRIDDEN")
    last = steps[-1].at.isoformat() if steps else ""
    said = f"{judged} merges of {label} replayed: {denied} would have been denied"
    said += f", {overridden} went ahead as emergencies" if overridden else ""
    claimed = sum(1 for step in steps if step.clock == "committer")
    said += f"; {claimed} at the time that their commits claim" if claimed else ""
    seen = Seen(source=label, as_of=last)
    return Report("audit history", findings, seen, codes.RULES, __version__, prefix=prefix, summary=said)


def _of_step(step: Step) -> Iterator[Finding]:
    which = f"commit {step.head[:7]} of {step.at:%Y-%m-%dT%H:%MZ}"
    which += f" (with {len(step.commits) - 1} before it)" if len(step.commits) > 1 else ""
    if step.late:
        yield Finding("NOT_MONOTONE", "warning", f"{which} claims to be older than what it follows", Place(""))
    if step.founds and step.passed:
        says = f"{which} founds the governance {step.founds}: compare that with what was pinned"
        yield Finding("BOOTSTRAP", "info", says, Place(""))
    verdict = step.verdict
    if verdict is None:
        if step.says != UNGOVERNED:
            yield Finding("NO_VERDICT", "error", f"{which} cannot be judged: {step.says}", Place(""))
    elif not step.passed:
        held = step.hearing.proposal if step.hearing is not None else None
        found = list(announcing.reasons(verdict, held)) if held is not None else []
        told = "; ".join(f"{one.rule}: {one.message}" for one in found[:3])
        more = f", and {len(found) - 3} more reasons" if len(found) > 3 else ""
        yield Finding("UNGATED_MERGE", "error", f"{which} would have been denied: {told}{more}", Place(""))
