"""The receipt of a verdict: an in-toto Statement of all that was read and decided, as canonical JSON. Opens nothing but
the law that the base was read with.

Whoever has the repository and the evidence can judge again from it, and compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import __version__, announcing, bundled, canonical, votes
from itsmctl.escape import storable
from itsmctl.gate import calendar, questions, subject
from itsmctl.gate.coverage import Claim
from itsmctl.receipt_model import (
    ChangePart,
    FilePart,
    LinePart,
    NodePart,
    Outcome,
    PredicatePart,
    ReadPart,
    Receipt,
    SubjectPart,
    ToolPart,
    VotePart,
)
from itsmctl.records import CHANGE
from itsmctl.settings.rootnames import FILE as SETTINGS
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import Verdict
    from itsmctl.hearing import Hearing
    from itsmctl.votes import Line, Vote


class Programs(Struct, frozen=True):
    """Versions of what judges with us."""

    python: str
    git: str
    ssh: str


def of(hearing: Hearing, programs: Programs) -> Receipt:
    """The receipt of a hearing whose bench is still open. Raises ValueError for a simulation, which decides nothing."""
    held, verdict = hearing.proposal, hearing.verdict
    if held.is_simulated:
        raise ValueError("a simulation has no receipt")
    tool = ToolPart(itsmctl=__version__, python=programs.python, git=programs.git, ssh=programs.ssh)
    changes = [_change(one, hearing) for one in verdict.because if one.what == "change"]
    predicate = PredicatePart(
        outcome=_outcome(verdict),
        repository=held.repository,
        target=held.target,
        at=calendar.stamp(held.now),
        clock="system",
        valid_until=_stamped(verdict.details.get("valid_until")),
        ends_with=verdict.details.get("ends_with"),
        tool=tool,
        read=_read(hearing),
        changes=changes,
        verdict=NodePart.model_validate(_plain(announcing.data(verdict, held))),
    )
    subjects = [
        SubjectPart(name=held.target, digest={"gitTree": held.tree}),
        SubjectPart(name="head", digest={"gitCommit": held.head_oid}),
    ]
    return Receipt(subject=subjects, predicate=predicate)


def _outcome(verdict: Verdict) -> Outcome:
    return "DENIED" if verdict.outcome == "NOTED" else verdict.outcome  # nothing that was decided is NOTED


def _stamped(moment: str | None) -> str | None:
    return calendar.stamp(datetime.fromisoformat(moment)) if moment else None


def _plain(data: Any) -> Any:
    """Plain data that UTF-8 can hold: names of files may hold bytes that are no text."""
    if isinstance(data, Mapping):
        return {storable(str(key)): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return storable(data) if isinstance(data, str) else data


def _read(hearing: Hearing) -> ReadPart:
    held = hearing.proposal
    content = held.base.source.content(SETTINGS)
    return ReadPart(
        base=held.base_oid,
        head=held.head_oid,
        merge_tree=held.tree,
        commits=[one.oid for one in held.commits],
        settings=hashlib.sha256(content).hexdigest() if content is not None else None,
        schemas=list(_files(held, "schemas")),
        policies=list(_files(held, "policies")),
        shipped=_shipped(),
        evidence=[FilePart(name=name, sha256=digest) for name, digest in sorted(set(hearing.evidence.read))],
    )


def _files(held: Proposal, folder: str) -> Iterator[FilePart]:
    for file in held.base.source.files(folder):
        if isinstance(file, SourceFile):
            yield FilePart(name=file.path, sha256=hashlib.sha256(file.content).hexdigest())


@lru_cache(1)
def _shipped() -> str:
    """One digest of every schema and policy that comes with the tool."""
    held = {}
    for top, ending in (("schemas", ".schema.json"), ("policies", ".yaml")):
        folder = bundled.folder(top)
        for file in folder.rglob(f"*{ending}"):
            held[f"{top}/{file.relative_to(folder).as_posix()}"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return canonical.digest(held)


def _change(node: Verdict, hearing: Hearing) -> ChangePart:
    held = hearing.proposal
    weighed = list(_weighed(node, hearing))
    return ChangePart(
        name=node.name,
        outcome=_outcome(node),
        **{"class": str(node.details.get("class", ""))},
        state=str(node.details.get("state", "")),
        subject=_subject(node, held),
        lines=[LinePart(**line.data) for line in _lines(node, held, "lines")],
        used=[vote for vote, is_counted in weighed if is_counted],
        ignored=[vote for vote, is_counted in weighed if not is_counted],
    )


def _lines(node: Verdict, held: Proposal, name: str) -> tuple[Line, ...]:
    """Those of the head's edits; of a plan, those that it would bring."""
    lines = [votes.Line(**one) for one in node.details.get(name, ())]
    record = held.merged.get(f"{CHANGE}/{node.name}")
    if not lines and "lines" in node.details and record is not None:
        claim = Claim(record, held.base.get(record.ref), ())
        lines = [one.line for one in questions.planned(claim, held)]
    return votes.sorted_lines(lines)


def _subject(node: Verdict, held: Proposal) -> str | None:
    """What a vote is on; of a back-out, what the change itself did."""
    record = held.merged.get(f"{CHANGE}/{node.name}")
    if record is None or "lines" not in node.details:
        return None
    content = subject.approvable(record, held.rulebook.kinds[CHANGE])
    voted = _lines(node, held, "voted" if "voted" in node.details else "lines")
    return votes.subject(record.name, held.repository, held.target, content, voted)


def _weighed(node: Verdict, hearing: Hearing, rule: str = "") -> Iterator[tuple[VotePart, bool]]:
    """Each vote, once for each rule that it was put to, and whether it counted."""
    for one in node.because:
        if one.what == "vote":
            yield _vote(one, rule, hearing), bool(one.details.get("counted"))
        else:
            yield from _weighed(one, hearing, one.name if one.what == "rule" else rule)


def _vote(node: Verdict, rule: str, hearing: Hearing) -> VotePart:
    source = str(node.details.get("source", ""))
    found = next((one for one in hearing.evidence.votes if _is(one, node.name, source)), None)
    return VotePart(
        person=node.name,
        decision=str(node.details.get("decision", "")),
        role=str(node.details.get("role", "")),
        tier=str(node.details.get("tier", "")),
        source=source,
        rule=rule,
        code=node.code,
        says=node.says,
        statement=found.digest if found is not None else "",
        subject=found.subject if found is not None else "",
    )


def _is(vote: Vote, person: str, source: str) -> bool:
    return vote.person == person and vote.source == source
