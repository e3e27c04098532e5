"""A verdict as a Report: each reason that denies becomes a finding at its place; the tree itself goes along as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl import __version__
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import codes
from itsmctl.replaying import UNGOVERNED

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import About, Verdict
    from itsmctl.hearing import Hearing
    from itsmctl.replaying import Step


def report(hearing: Hearing, prefix: str = "") -> Report:
    """The report of a hearing; `prefix` is the governed root within the git repository ("" or "a/b")."""
    verdict, held = hearing.verdict, hearing.proposal
    findings = tuple(sorted(_findings(verdict, held), key=lambda finding: finding.order))
    merged = held.merged
    seen = Seen(
        source=merged.label,
        as_of=str(verdict.details.get("at", "")),
        records=tuple((kind, len(records)) for kind, records in merged.by_kind.items()),
        files=merged.files,
        unreadable=len(merged.blind),
    )
    return Report("gate", findings, seen, codes.RULES, __version__, prefix=prefix, verdict=data(verdict, held))


def data(verdict: Verdict, held: Proposal) -> Mapping[str, Any]:
    """The tree as plain data: the same facts, under the same names, in every format."""
    found: dict[str, Any] = {
        "what": verdict.what,
        "name": verdict.name,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "says": verdict.says,
    }
    if verdict.about is not None:
        place = _place(verdict.about, held)
        found["place"] = {"path": place.path, "line": place.line, "pointer": place.pointer, "at": verdict.about.at}
    if verdict.details:
        found["details"] = dict(verdict.details)
    found["because"] = [data(one, held) for one in verdict.because]
    return found


def _findings(verdict: Verdict, held: Proposal, change: str = "") -> Iterator[Finding]:
    """One finding for each reason that denies by itself; a node that only passes on what is below has none."""
    change = verdict.name if verdict.what == "change" else change
    below = [finding for one in verdict.because for finding in _findings(one, held, change)]
    if below or verdict.outcome != "DENIED":
        yield from below
        return
    code = verdict.code or "DENIED"
    place = _place(verdict.about, held) if verdict.about is not None else Place("")
    said = f"{change}: {verdict.says}" if change and verdict.what != "change" else verdict.says
    rule = codes.BY_CODE.get(code)
    hint = str(verdict.details.get("hint", "")) or (rule.remediation if rule else "")
    yield Finding(code, "error", said, place, f"ChangeRequest/{change}" if change else "", hint=hint)


def _place(about: About, held: Proposal) -> Place:
    snapshot = held.base if about.at == "base" else held.merged
    if not about.path:
        return Place("")
    return snapshot.places.at(about.path, about.pointer)


def replayed(steps: Sequence[Step], label: str, prefix: str = "") -> Report:
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
        reasons = list(_findings(verdict, held)) if held is not None else []
        told = "; ".join(f"{one.rule}: {one.message}" for one in reasons[:3])
        more = f", and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
        yield Finding("UNGATED_MERGE", "error", f"{which} would have been denied: {told}{more}", Place(""))
