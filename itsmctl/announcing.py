"""A verdict as a Report: each reason that denies becomes a finding at its place; the tree itself goes along as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import __version__
from itsmctl.findings import Finding, Place, Related, Report, Seen
from itsmctl.gate import codes
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import About, Verdict
    from itsmctl.hearing import Hearing

_FOUND = "INSPECTION"  # such a node stands for a finding of the records, which says more


def report(hearing: Hearing, prefix: str = "") -> Report:
    """The report of a hearing; `prefix` is the governed root within the git repository ("" or "a/b").

    A finding stands where the merge result has its reason. What stands at the base, such as a rule, comes as its
    second place: a line there is none of the head's.
    """
    verdict, held = hearing.verdict, hearing.proposal
    found = list(reasons(verdict, held))
    merged = held.merged
    seen = Seen(
        source=merged.label,
        as_of=str(verdict.details.get("at", "")),
        records=tuple((kind, len(records)) for kind, records in merged.by_kind.items()),
        files=merged.files,
        unreadable=len(merged.blind),
    )
    fired = {finding.rule for finding in found}
    rules = [*codes.RULES, *(rule for rule in held.rulebook.rules if rule.id in fired)]
    return Report(
        "gate",
        tuple(sorted(found, key=lambda finding: finding.order)),
        seen,
        tuple(sorted(rules, key=lambda rule: rule.id)),
        __version__,
        prefix=prefix,
        verdict=data(verdict, held),
        summary=summary(verdict),
    )


def summary(verdict: Verdict) -> str:
    """The verdict in one line: outcome, what goes where, as of when, and until when it holds."""
    facts = verdict.details
    said = f"{verdict.outcome}: {_short(facts.get('head'))} into {facts.get('target')} at {_short(facts.get('base'))}"
    said += f", as of {facts.get('at')}"
    if verdict.code:
        said += f"; {verdict.says}"
    if facts.get("valid_until"):
        said += f"; holds until {facts['valid_until']}: {facts.get('ends_with')}"
    return said + ("; SIMULATED: this is no verdict" if facts.get("simulated") else "")


def _short(oid: object) -> str:
    return str(oid)[:7] if oid else "nothing"


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


def reasons(verdict: Verdict, held: Proposal, change: Verdict | None = None) -> Iterator[Finding]:
    """One finding for each reason that denies; a node that only passes on what is below has none of its own."""
    change = verdict if verdict.what == "change" else change
    if verdict.outcome != "DENIED":
        return
    if verdict.code == _FOUND:
        known = (
            one for one in held.inspection if f"{one.rule}: {one.message}" == verdict.says and _is_at(one, verdict)
        )
        yield next(known, None) or _finding(verdict, held, change)
        return
    below = [one for one in verdict.because if one.outcome == "DENIED"]
    # a rule that nobody can meet is lacking votes, too, and that is no second reason
    if not below or (verdict.code and not any(one.code == "DEADLOCK" for one in below)):
        yield _finding(verdict, held, change)
    for one in below:
        yield from reasons(one, held, change)


def _is_at(finding: Finding, verdict: Verdict) -> bool:
    about = verdict.about
    return about is not None and (finding.place.path, finding.place.pointer) == (about.path, about.pointer)


def _finding(verdict: Verdict, held: Proposal, change: Verdict | None) -> Finding:
    code = verdict.code or "DENIED"
    rule = codes.BY_CODE.get(code)
    hint = str(verdict.details.get("hint", "")) or _way(verdict, change) or (rule.remediation if rule else "")
    name = change.name if change is not None else ""
    place, related = _places(verdict, held, name)
    record = f"{CHANGE}/{name}" if name else verdict.name if "/" in verdict.name else ""
    pointer = verdict.about.pointer if verdict.about is not None else ""
    key = (code, record, verdict.name, pointer)
    outside = str(change.details.get("outside", "")) if change is not None else ""
    return Finding(code, "error", _said(verdict, name, outside), place, record, related, hint, key=key)


def _said(verdict: Verdict, change: str, outside: str) -> str:
    """The reason in a sentence that can stand alone. `outside`: why a change is not the standard one it says it is."""
    said = verdict.says
    if verdict.code == "LACKING":
        lacking = ", ".join(f"{one['missing']} × {one['label']}" for one in verdict.details["lacking"])
        said = f"rule {verdict.name} lacks {lacking}" + (f", since {outside}" if outside else "")
    elif verdict.what == "freeze":
        said = f"the freeze {verdict.name}, {said}"
    elif "/" in verdict.name and verdict.name not in said:
        said = f"{verdict.name}: {said}"
    return f"{change}: {said}" if change and not said.startswith(change) else said


def _way(verdict: Verdict, change: Verdict | None) -> str:
    """Who could vote, where votes are what is lacking."""
    if verdict.code != "LACKING" or change is None:
        return ""
    return next((one.says for one in change.walk() if one.what == "next"), "")


def _places(verdict: Verdict, held: Proposal, change: str) -> tuple[Place, tuple[Related, ...]]:
    """Where the merge result has the reason, else the change that it is about; and where the base has it."""
    about = verdict.about
    if about is not None and about.path and about.at == "merge":
        return _place(about, held), ()
    record = held.merged.get(f"{CHANGE}/{change}") if change else None
    place = held.merged.places.at(record.path, "/spec/state") if record is not None else Place("")
    if about is None or not about.path:
        return place, ()
    word = "the rule that asks for it" if verdict.what == "rule" else "what stands at the base"
    return place, (Related(_place(about, held), word),)


def _place(about: About, held: Proposal) -> Place:
    snapshot = held.base if about.at == "base" else held.merged
    if not about.path:
        return Place("")
    return snapshot.places.at(about.path, about.pointer)
