"""Brings a case before the gate: reads the proposal through the bench, collects evidence, and has it judged.

What fails while it is collected is no verdict. Judging itself reads nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import eitherway
from itsmctl import proposal as reading
from itsmctl.earlier import Earlier
from itsmctl.errors import CannotJudge
from itsmctl.evidence import signed
from itsmctl.evidence.signed import EvidenceFile
from itsmctl.evidence.statement import LONGEST
from itsmctl.gate import coverage, renames, subject
from itsmctl.gate.ballots import Reviewed
from itsmctl.gate.judge import judge
from itsmctl.gitedits import PLAIN
from itsmctl.proposal import Ask, Reader
from itsmctl.protecting import SHELVES
from itsmctl.records import CHANGE
from itsmctl.roster import Roster
from itsmctl.votes import Evidence, Facts, Vote

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import Verdict
    from itsmctl.gitbench import Bench
    from itsmctl.records import Record


_MERGED = "the merge result"
"""Where evidence was found that lands with the head, or has landed."""


class Hearing(Struct, frozen=True):
    """A case that was heard: what was judged, on which evidence, and the verdict."""

    proposal: Proposal
    evidence: Evidence
    verdict: Verdict


Collect = Callable[[Roster], Evidence]
"""Brings evidence from a forge or from a file of its export, see the shelf `evidence`."""


def hear(
    bench: Bench,
    ask: Ask,
    environ: Mapping[str, str],
    collectors: Sequence[Collect] = (),
    relayed: Sequence[EvidenceFile] = (),
    adjust: Callable[[Evidence, Proposal], Evidence] = lambda evidence, _: evidence,
    more: Iterable[str] = (),
    known: reading.Known | None = None,
) -> Hearing:
    """The verdict on one head. `relayed` are statements from outside of the repository; `adjust` is for simulations.

    `more`: changes whose votes are wanted as well, though the verdict does not depend on them. `known`: see there; with
    it the whole verdict is none, and only what it says of each change is.

    Raises CannotJudge where anything cannot be read or collected.
    """
    held, reader = reading.read(bench, ask, environ, known)
    held = replace(held, landed=Earlier(bench, ask.prefix, held, reader, environ).landed)
    roster = Roster.of(held.base, ask.now)
    evidence = collected([*committed(bench, ask, held, more), *relayed], roster, ask.now, environ)
    reviewed: dict[str, dict[str, Reviewed]] = {}
    for collect in collectors:
        found = collect(roster)
        _refuse_others(found.facts, held)
        votes = _fanned_out(found.votes, held, reader, reviewed)
        evidence = _joined(evidence, replace(found, votes=tuple(votes)))
    evidence = adjust(evidence, held)

    def landed(ask: Ask, held: Proposal, roster: Roster) -> Evidence:
        return collected(list(committed(bench, ask, held)), roster, ask.now, environ)

    held = replace(held, partings=eitherway.partings(bench, ask, held, evidence, environ, landed))
    return Hearing(held, evidence, judge(held, evidence, roster, reviewed))


def collected(files: Sequence[EvidenceFile], roster: Roster, now: datetime, environ: Mapping[str, str]) -> Evidence:
    """The votes that the files hold, and which of their statements stand in the merge result."""
    kept = frozenset(one.path for one in files if one.where == _MERGED and one.statement and one.signature)
    return replace(signed.collect(files, roster, now, environ), kept=kept)


def committed(bench: Bench, ask: Ask, held: Proposal, more: Iterable[str] = ()) -> Iterator[EvidenceFile]:
    """Statements in B, and in every commit of B..H, for the changes that a verdict may depend on, and for `more`.

    What a later commit takes away again was there, and counts: a reject is not undone by whoever deletes it.
    """
    names = sorted({*coverage.in_play(held), *_emergencies(held), *more})
    wanted = {f"{SHELVES[0]}{name}" for name in names}
    found: list[_Pair] = []
    for tree, where in ((ask.base.tree, "the base"), (held.tree, _MERGED)):
        for folder in sorted(wanted):
            entries = bench.repo.tree_files(tree, f"{ask.prefix}{folder}")
            blobs = {one.path.removeprefix(ask.prefix): one.oid for one in entries if one.mode == PLAIN}
            found += _paired(blobs, where, blobs)
    brought = {path for path, deed in held.shelf.items() if deed == "added" and path.startswith(SHELVES[0])}
    strays = {path for path in brought if path.rpartition("/")[0] not in wanted}
    if strays:  # of changes that nothing depends on, or of none
        entries = bench.repo.tree_files(held.tree, f"{ask.prefix}{SHELVES[0]}")
        blobs = {one.path.removeprefix(ask.prefix): one.oid for one in entries if one.mode == PLAIN}
        found += _paired(blobs, _MERGED, strays)
    there: dict[str, str] = {}
    for commit in bench.brought(ask.base.oid, ask.head.oid, ask.prefix):
        blobs = {one.path: one.after[1] for one in commit.edits if one.after and one.after[0] == PLAIN}
        mine = {path: oid for path, oid in blobs.items() if path.startswith(SHELVES[0])}
        there |= mine
        own = {path for path in mine if path in held.shelf or path.rpartition("/")[0] in wanted}
        # one that is alone may still get its other half; alone in the merge result, it is told there
        found += [pair for pair in _paired(there, f"commit {commit.oid[:7]}", own) if pair.statement and pair.signature]
    contents = bench.contents((oid for pair in found for oid in (pair.statement, pair.signature) if oid), LONGEST + 1)
    for path, where, statement, signature in dict.fromkeys(found):
        yield EvidenceFile(
            path, contents[statement] if statement else None, contents[signature] if signature else None, where
        )


class _Pair(NamedTuple):
    """A statement with the signature beside it, as blobs; "" for the one that is not there."""

    path: str
    where: str
    statement: str
    signature: str


def _emergencies(held: Proposal) -> Iterator[str]:
    """Changes whose debts may stop others."""
    for record in held.base.by_kind.get(CHANGE, ()):
        if record.sound and record.data["spec"]["class"] == "emergency":
            yield record.name


def _paired(blobs: Mapping[str, str], where: str, paths: Iterable[str]) -> Iterator[_Pair]:
    """What stands at each of the paths; a statement that lacks its signature, or the other way round, all the same."""
    for path in sorted({path.removesuffix(".sig") for path in paths}):
        yield _Pair(path, where, blobs.get(path, ""), blobs.get(f"{path}.sig", ""))


def _refuse_others(facts: Iterable[Facts], held: Proposal) -> None:
    """Reviews of another head, or for another branch, say nothing about this one."""
    for fact in facts:
        if fact.head and fact.head != held.head_oid:
            message = f"{fact.source} has the head {fact.head[:7]}, and what is judged is {held.head_oid[:7]}"
            raise CannotJudge(message, "Fetch the head of the pull request, and judge that.")
        if fact.base and fact.base != held.target:
            message = f"{fact.source} goes to {fact.base}, and what is judged goes to {held.target}"
            raise CannotJudge(message, "Give --base and --target of the branch that the pull request goes to.")


def _fanned_out(
    votes: Iterable[Vote], held: Proposal, reader: Reader, reviewed: dict[str, dict[str, Reviewed]]
) -> Iterator[Vote]:
    """A review is a vote for each change in play, on what the reviewed commit does by itself.

    Notes in `reviewed` what that is: by change, then by commit. A commit that cannot be told apart has no entry.
    """
    playing = coverage.in_play(held)
    looked: dict[str, Mapping[str, tuple[Reviewed, str]]] = {}
    for vote in votes:
        if vote.reviewed and vote.reviewed not in looked:
            looked[vote.reviewed] = _looked_at(vote.reviewed, playing, held, reader)
        for name in playing:
            seen = looked.get(vote.reviewed, {}).get(name)
            if seen is not None:
                reviewed.setdefault(name, {})[vote.reviewed] = seen[0]
            drafted = vote.drafted or (seen is not None and seen[1] == "draft")
            yield replace(vote, change=name, drafted=drafted)


def _looked_at(
    oid: str, playing: Mapping[str, Record], held: Proposal, reader: Reader
) -> Mapping[str, tuple[Reviewed, str]]:
    """Change → (what the commit says and does of it, its state there); nothing where no single base can be told."""
    try:
        revision = reader.bench.revision(oid)
        bases = reader.bench.merge_bases(held.base_oid, oid)
    except CannotJudge:
        return {}  # the commit is not here (any more): what its review was on cannot be told
    if len(bases) != 1:
        return {}
    start = reader.bench.revision(bases[0])
    before, after = reader.snapshot(start), reader.snapshot(revision)
    edits = renames.decided(reader.touched(before, after, reader.differing(start, revision)), before)
    kind = held.rulebook.kinds[CHANGE]
    found = {}
    for name in playing:
        record = after.records.get(f"{CHANGE}/{name}")
        if record is None or not record.sound:
            continue
        listed = {item["item"] for item in record.data["spec"].get("items", ())}
        lines = tuple(sorted(one.line for ref, one in edits.items() if one.controlled and ref in listed))
        found[name] = (Reviewed(subject.approvable(record, kind), lines), record.state)
    return found


def _joined(one: Evidence, other: Evidence) -> Evidence:
    return Evidence(
        (*one.votes, *other.votes),
        (*one.refused, *other.refused),
        (*one.facts, *other.facts),
        (*one.read, *other.read),
        one.kept | other.kept,
    )
