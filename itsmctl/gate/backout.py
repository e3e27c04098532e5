"""Taking a change back: exactly its own lines in reverse, by those whom it names, while its approval still lasts. Pure.

The votes on a change approved its back-out as well; so no new vote is asked for, and neither freeze nor debt stops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from itsmctl.gate import applied, calendar, standard, subject, tenure, undoing
from itsmctl.gate import contributors as hands
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.verdict import About, Verdict, allow, deny, of
from itsmctl.records import CHANGE, Record, value_at
from itsmctl.votes import Line, sorted_lines

if TYPE_CHECKING:
    from itsmctl.gate.applied import Work
    from itsmctl.gate.court import Court
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.gate.tenure import Tenure
    from itsmctl.kinds import Kind
    from itsmctl.snapshot import Snapshot

STATE = "backed-out"
_NONE = undoing.Undo(None)


def judge(claim: Claim, court: Court) -> tuple[Verdict, tuple[calendar.Bound, ...]]:
    """May this head take the change back under the votes that it already has? And the moments at which that ends.

    Codes: NOT_ITS_LINE, BACKED_OUT, REWRITTEN, NOT_IMPLEMENTER, BACKOUT_LATE, NO_WINDOW, and those of the rules.
    """
    proposal = court.proposal
    lines = sorted_lines([*_reversed(one.line for one in claim.edits)])
    had = hands.of_back_out(claim, proposal, court.roster, court.evidence.facts)
    head = hands.of_head(claim, proposal, court.roster, court.evidence.facts)
    grounds = [
        *had.verdicts(proposal),
        *_as_it_was(claim, court),
        *untrue(claim, court),
        *_never_made(claim, court),
    ]
    held = tenure.of(claim, court, lines, had.persons)
    own = sorted_lines([one.line for one in claim.edits])
    if not held.verdict.allowed and (anew := tenure.anew(claim, court, own, had.persons)).verdict.allowed:
        held, lines = anew, own
    grounds += [_by_whom(claim, head, held.as_done), _in_time(claim, proposal, held.as_done), held.verdict]
    details: dict[str, Any] = {
        "class": claim.spec["class"],
        "state": STATE,
        "lines": [one.line.data for one in claim.edits],
        "voted": [line.data for line in lines],  # what the votes are on: the change as it was made, or this edit
    }
    return of("change", claim.name, grounds, "back-out", **details), tuple(_bounds(claim, court, held))


def _bounds(claim: Claim, court: Court, held: Tenure) -> Iterator[calendar.Bound]:
    """As of the making of a change, but that no freeze ends it, and that its window is longer."""
    proposal, spec = court.proposal, claim.spec
    for one in (claim.record, *held.as_done):
        window = calendar.span(one.data)
        if isinstance(window, calendar.Window):
            yield calendar.Bound(window.end + duration(one.data["spec"]), "the time to take it back ends")
    model = proposal.base.get(f"ChangeModel/{spec.get('model')}") if spec["class"] == "standard" else None
    waivers = [one for one in proposal.base.by_kind.get("Waiver", ()) if one.name in proposal.waived]
    yield from calendar.lasting(proposal, held.votes, model, waivers)


def left(work: Work, stands: Snapshot, proposal: Proposal) -> Iterator[str]:
    """`Kind/name` of what a change did and that is not back as before it: neither in `stands` nor once since it landed.

    Of a record it is what votes bind that has to be back. What was put back and altered anew by others was back.
    """
    for first, last in work.firsts():
        if first.is_file:
            edit = proposal.edits.get(first.ref) if stands is proposal.merged else None
            states = {one.digest for one in proposal.history.landings(first.ref) if one.place > last}
            states |= {edit.line.after} if edit else set()
            is_back = first.line.before in states
        else:
            found = stands.get(first.ref)
            later = [one.data for one in proposal.history.landings(first.ref) if one.place > last]
            is_back = _is_among(first, [found.data if found is not None else None, *later], proposal)
        if not is_back:
            yield first.ref


def _is_among(first: Touched, versions: Iterable[Mapping[str, Any] | None], proposal: Proposal) -> bool:
    """Is what stood before an edit one of the versions? None: it was not there."""
    kind = proposal.rulebook.kinds.by_name.get(first.line.kind)
    if first.line.before is None:
        return None in versions
    if first.before is None or kind is None:
        return False
    wanted, record = _bound(first.before, kind), first.before
    held = (replace(record, data=data) for data in versions if data is not None)
    return any(subject.same_content(wanted, _bound(one, kind)) for one in held)


def _bound(record: Record, kind: Kind) -> dict[str, Any]:
    """What votes bind of it, whatever it is called."""
    content = subject.approvable(record, kind)
    about = content.get("metadata")
    if isinstance(about, dict):
        content["metadata"] = {key: value for key, value in about.items() if key not in ("name", "formerly")}
    return content


def untrue(claim: Claim, court: Court) -> Iterator[Verdict]:
    """A head that says of a change that it was backed out, while what it did, or may have, stands. Code: NOT_BACK."""
    before = claim.before
    if before is None or not _is_said(claim.record) or _is_said(before):
        return
    work = applied.of(before, court.proposal, court.evidence)
    undo = undoing.of(before, work, court.proposal)
    back = {line.ref for line in _reversed(one.line for one in claim.edits) if line == undo.get(line.ref, _NONE).line}
    failed = f"say that it failed: itsmctl change move {claim.name} failed --set implementation.result=failed"
    faults = {ref: f"whether {ref} is as before it cannot be told: {failed}" for ref in sorted(work.unknown)}
    for ref in left(work, court.proposal.merged, court.proposal):
        if ref not in back:  # else that is all that it did for certain
            how = f"put that back (itsmctl change backout {claim.name}), or {failed}"
            faults[ref] = f"{ref} is not as it was before it: {how}"
    for ref, why in faults.items():
        says = f"{claim.name} says that it was backed out, and {why}"
        yield deny("check", ref, "NOT_BACK", says, About(claim.record.path, "/spec/state"))


def _is_said(change: Record) -> bool:
    return STATE in (change.state, value_at(change.data, "/spec/implementation/result"))


def _reversed(lines: Iterable[Line]) -> Iterator[Line]:
    """What restores the state before each line."""
    return (Line(line.kind, line.name, line.after, line.before) for line in lines)


def _as_it_was(claim: Claim, court: Court) -> Iterator[Verdict]:
    """Once, and as the change stands at the base: whoever takes it back does not rewrite by whom, or until when."""
    before = claim.before
    if before is None or before.state == STATE:
        says = f"{claim.name} is taken back already" if before else f"{claim.name} is not there yet"
        says += ": another edit takes another change"
        yield deny("check", "back-out", "BACKED_OUT", says, About(claim.record.path, "/spec/state"))
        return
    kind = court.proposal.rulebook.kinds[CHANGE]
    old, new = (subject.approvable(one, kind) for one in (before, claim.record))
    if not subject.same_content(old, new):
        moved = subject.content_moved(old, new)
        at = moved[0][0] if moved else "/spec"
        says = f"{claim.name} is rewritten at {at} as it is taken back: leave it as it stands at the base"
        yield deny("check", "back-out", "REWRITTEN", says, About(claim.record.path, at))


def _never_made(claim: Claim, court: Court) -> Iterator[Verdict]:
    """Only what the change did itself can be taken back under it, only to where it began, and only once."""
    before = claim.before
    if before is None:
        return  # told already
    undo = undoing.of(before, applied.of(before, court.proposal, court.evidence), court.proposal)
    for line in sorted_lines([*_reversed(one.line for one in claim.edits)]):
        held = undo.get(line.ref)
        if held is None or held.line != line:
            says = (
                f"{claim.name} did not bring {line.ref} to where it stands: its back-out restores its own lines alone"
            )
            if held is not None:
                says = held.why or f"{says}, as itsmctl change backout {claim.name} writes them"
            yield deny("check", line.ref, "NOT_ITS_LINE", says, About(claim.record.path, "/spec/items"))


def _by_whom(claim: Claim, head: hands.Contributors, as_done: Sequence[Record]) -> Verdict:
    """Only implementers whom the change names take it back, and whom it named to those who voted on it.

    `head`: who had a hand in the head, and how. `as_done`: see Tenure.
    """
    lists = [one.data["spec"].get("implementers", ()) for one in (claim.record, *as_done)]
    named, persons = frozenset.intersection(*map(frozenset, lists)), head.persons
    strangers = {person: why for person, why in persons.items() if person not in named}
    strangers |= dict.fromkeys(head.unknown, "whom nobody knows")
    if not strangers and persons:
        return allow("check", "back-out", f"taken back by {', '.join(sorted(persons))}")
    person, why = next(iter(strangers.items()), ("nobody known", "had a hand in it"))
    says = f"{person} ({why}) is not among the implementers of {claim.name}, who alone take it back under its own votes"
    return deny("check", "back-out", "NOT_IMPLEMENTER", says, About(claim.record.path, "/spec/implementers"))


def _in_time(claim: Claim, proposal: Proposal, as_done: Sequence[Record]) -> Verdict:
    """Until the end of the window and the time that taking it back takes, by all that it is asked about."""
    windows = [calendar.span(one.data) for one in as_done or (claim.record,)]
    if is_timeless(claim.record, proposal.base) and not all(isinstance(one, calendar.Window) for one in windows):
        why = "an emergency has" if claim.spec["class"] == CLASS else "its model asks for"
        return allow("window", "back-out", f"{why} no window that could end")
    ends = []
    for one in (claim.record, *as_done):
        span = calendar.span(one.data)
        if isinstance(span, calendar.Window):
            ends.append(span.end + duration(one.data["spec"]))
        elif not is_timeless(claim.record, proposal.base):
            says = f"{claim.name} has no window, so its back-out has no time of its own: now it takes a change"
            return deny("window", "back-out", "NO_WINDOW", says, About(claim.record.path, "/spec/schedule"))
    until = min(ends)
    if proposal.now < until:
        return allow(
            "window", "back-out", f"may be taken back until {calendar.said(until)}", until=calendar.said(until)
        )
    says = f"the time to take {claim.name} back under its own votes ended {calendar.said(until)}: now it takes a change"
    return deny("window", "back-out", "BACKOUT_LATE", says, About(claim.record.path, "/spec/backout/duration"))


def is_timeless(change: Record, base: Snapshot) -> bool:
    """Is it a change that may go without a window: an emergency, or a standard one whose model asks for none?"""
    spec = change.data["spec"]
    model = base.get(f"{standard.MODEL}/{spec.get('model')}") if spec["class"] == "standard" else None
    return spec["class"] == CLASS or (model is not None and value_at(model.data, "/spec/window") == "free")


def duration(spec: Mapping[str, Any]) -> timedelta:
    """`backout.duration` ("1h30m"), nothing where it is not written."""
    found = spec.get("backout", {}).get("duration", "")
    parts = {unit: int(number) for number, unit in re.findall(r"([0-9]+)([hms])", str(found))}
    return timedelta(hours=parts.get("h", 0), minutes=parts.get("m", 0), seconds=parts.get("s", 0))
