"""A verdict as a Report: each reason that denies becomes a finding at its place; the tree itself goes along as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import __version__
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import codes

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import About, Verdict
    from itsmctl.hearing import Hearing


def report(hearing: Hearing, prefix: str = "") -> Report:
    """The report of a hearing; `prefix` is the governed root within the git repository ("" or "a/b")."""
    verdict, held = hearing.verdict, hearing.proposal
    findings = tuple(sorted(reasons(verdict, held), key=lambda finding: finding.order))
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


def reasons(verdict: Verdict, held: Proposal, change: str = "") -> Iterator[Finding]:
    """One finding for each reason that denies by itself; a node that only passes on what is below has none."""
    change = verdict.name if verdict.what == "change" else change
    below = [finding for one in verdict.because for finding in reasons(one, held, change)]
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
