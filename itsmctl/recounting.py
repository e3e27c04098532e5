"""A replay as a Report: one finding for each merge that the gate would not have let through, or cannot tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl import __version__, announcing
from itsmctl.drawing import count
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import codes, squashes
from itsmctl.replaying import UNGOVERNED

if TYPE_CHECKING:
    from itsmctl.replaying import Step
    from itsmctl.turning import Turned


class Held(Struct, frozen=True):
    """What is wrong with the receipts: files that are none, with why, and commits that only they know.

    `others`: files beside them that do not say that they are receipts.
    """

    strays: Sequence[tuple[str, str]] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()


_NONE_HELD = Held()


def report(
    steps: Sequence[Step],
    label: str,
    prefix: str = "",
    *,
    pinned: bool = False,
    held: Held = _NONE_HELD,
    turned: Sequence[Turned] = (),
) -> Report:
    """The report of a replay. `pinned`: is the first governance held against a digest? `turned`: see turning."""
    findings = [finding for step in steps for finding in _of_step(step, pinned)]
    findings += [finding for one in turned for finding in _of_line(one)]
    findings += _of_receipts(held, label)
    last = steps[-1].at.isoformat() if steps else ""
    seen = Seen(source=label, as_of=last)
    said = _summary(steps, label)
    return Report("audit history", tuple(findings), seen, codes.RULES, __version__, prefix=prefix, summary=said)


def _summary(steps: Sequence[Step], label: str) -> str:
    judged = [step for step in steps if step.verdict is not None]
    commits = sum(len(step.commits) for step in judged)
    denied = sum(1 for step in judged if not step.passed)
    overridden = sum(1 for step in judged if step.verdict is not None and step.verdict.outcome == "OVERRIDDEN")
    said = f"{label}: {count(commits, 'commit')} replayed as {count(len(judged), 'merge')}"
    said += f", {denied} would have been denied"
    said += f", {overridden} went ahead as emergencies" if overridden else ""
    doubtful = sum(1 for step in judged if step.restless)
    said += f", {doubtful} may have been several" if doubtful else ""
    claimed = sum(1 for step in judged if step.clock == "committer")
    said += f"; {claimed} at the time that their commits claim" if claimed else ""
    reviewed = sum(1 for step in judged if step.passed and step.rests_on)
    return said + (f"; {reviewed} with reviews that were kept, which nobody signed" if reviewed else "")


def _of_step(step: Step, pinned: bool) -> Iterator[Finding]:
    which = f"commit {step.head[:7]} of {step.at:%Y-%m-%dT%H:%MZ}"
    which += f" (with {len(step.commits) - 1} before it)" if len(step.commits) > 1 else ""
    if step.late:
        yield Finding("NOT_MONOTONE", "warning", f"{which} claims to be older than what it follows", Place(""))
    if step.founds and not pinned:
        says = f"{which} begins the governance, and nobody judged that: look at it, and pin it from then on with "
        yield Finding("BOOTSTRAP", "info", f"{says}--bootstrap {step.founds}", Place(""))
    if step.restless:
        what = ", ".join(step.restless[:3]) + (f" and {len(step.restless) - 3} more" if len(step.restless) > 3 else "")
        says = f"{which} would have been allowed as one merge, but {what} went back and forth among them: whether it "
        yield Finding("BACK_AND_FORTH", "error", f"{says}stood at the base meanwhile cannot be told", Place(""))
    verdict = step.verdict
    if verdict is None:
        if step.says != UNGOVERNED:
            yield Finding("NO_VERDICT", "error", f"{which} cannot be judged: {step.says}", Place(""))
    elif not step.passed:
        yield from _denied(step, which)


def _of_line(turned: Turned) -> Iterator[Finding]:
    which = f"commit {turned.merge[:7]} of {turned.at:%Y-%m-%dT%H:%MZ}"
    if turned.back:
        what = ", ".join(turned.back[:3]) + (f" and {len(turned.back) - 3} more" if len(turned.back) > 3 else "")
        says = f"{which} merges the line of commit {turned.tip[:7]}, on which {what} went back and forth: whether that "
        says += "line was a branch, or the target itself until it was turned around here, cannot be told"
        yield Finding("BACK_AND_FORTH", "error", says, Place(""))
        return
    says = f"{which} turned the branch around: until commit {turned.tip[:7]}, merges came in on what is its second "
    yield Finding("FOXTROT", "warning", f"{says}parent's line by now, and that was replayed, too", Place(""))
    if turned.aside:
        says = f"{which} would have been denied in the place of commit {turned.tip[:7]}: {'; '.join(turned.aside[:3])}"
        yield Finding("UNGATED_MERGE", "error", says, Place(""))
    for step in turned.steps:
        if not step.founds:
            yield from _of_step(step, pinned=True)


def _denied(step: Step, which: str) -> Iterator[Finding]:
    found = []
    if step.hearing is not None:
        found = list(announcing.reasons(step.hearing.verdict, step.hearing.proposal))
    for one in found:
        if one.rule == "BOOTSTRAP_DIFFERS":
            yield Finding(one.rule, "error", f"{which}: {one.message}", Place(""))
    rest = [one for one in found if one.rule != "BOOTSTRAP_DIFFERS"]
    if rest or not found:
        told = "; ".join(f"{one.rule}: {one.message}" for one in rest[:3])
        more = f", and {len(rest) - 3} more reasons" if len(rest) > 3 else ""
        said = f"{which} would have been denied: {told}{more}"
        yield Finding("UNGATED_MERGE", "error", f"{said}{''.join(_besides(step))}", Place(""), hint=_hint(step))


def _besides(step: Step) -> Iterator[str]:
    """What is known of a merge that would have been denied: votes that do not count, and what its receipt says."""
    ignored = list(dict.fromkeys(_ignored(step)))
    if ignored:
        yield f"; ignored: {', '.join(ignored[:5])}" + (f" and {len(ignored) - 5} more" if ignored[5:] else "")
    if step.over is not None and step.over.until is not None:
        yield f"; {step.over.name} let it through until {step.over.until:%Y-%m-%dT%H:%MZ}, and it was merged after that"
    if step.lacks:
        yield f"; its receipt counts reviews of {', '.join(step.lacks)}, and no file of those is among the receipts"


def _ignored(step: Step) -> Iterator[str]:
    """Each approval that does not count, with why."""
    for change in step.verdict.because if step.verdict is not None else ():
        for one in change.walk() if change.what == "change" and not change.allowed else ():
            if one.what == "vote" and one.details.get("decision") == "approve" and not one.details.get("counted"):
                yield f"{one.name} {one.code} ({one.says})" if one.says else f"{one.name} {one.code}"


def _hint(step: Step) -> str:
    """What would mend it, where that is known."""
    if step.lacks:
        named = step.lacks[0]
        where = f"{re.sub('[^A-Za-z0-9]+', '-', named)}.json"
        return f"Keep them beside the receipts, and look again: itsmctl change reviews '{named}' --out DIR/{where}"
    if step.verdict is not None and any(one.code == squashes.CODE for one in step.verdict.walk()):
        return f"A squash of the forge took a vote along: itsmctl explain {squashes.CODE} says what to do about it."
    return ""


def _of_receipts(held: Held, label: str) -> Iterator[Finding]:
    for oid, name in held.left_out.items():
        says = f"{name} was written when the branch stood at commit {oid[:7]}, which is not on the line of {label} now"
        yield Finding("NOT_DESCENDED", "error", f"{says}: its history was rewritten, or put back", Place(""))
    for name, why in held.strays:
        yield Finding("RECEIPT_UNREADABLE", "error", f"{name} among the receipts: {why}", Place(""))
    if held.others:
        named = ", ".join(held.others[:3]) + (f" and {len(held.others) - 3} more" if len(held.others) > 3 else "")
        says = f"{named} among the receipts: no receipt of the gate, and passed over"
        yield Finding("RECEIPT_STRANGER", "info", says, Place(""))
