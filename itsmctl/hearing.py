"""Brings a case before the gate: reads the proposal through the bench, collects evidence, and has it judged.

What fails while it is collected is no verdict. Judging itself reads nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from itsmctl import proposal as reading
from itsmctl.errors import CannotJudge
from itsmctl.evidence import signed
from itsmctl.gate import judge
from itsmctl.proposal import SHELVES, Ask
from itsmctl.roster import Roster
from itsmctl.votes import Evidence, Facts, NoVote, Vote

if TYPE_CHECKING:
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import Verdict
    from itsmctl.gitbench import Bench


@dataclass(frozen=True, slots=True)
class Hearing:
    """A case that was heard: what was judged, on which evidence, and the verdict."""

    proposal: Proposal
    evidence: Evidence
    verdict: Verdict


Collect = Callable[[Roster], Evidence]
"""Brings evidence from a forge or a file of its export, see the shelf `evidence`."""


def hear(
    bench: Bench,
    ask: Ask,
    environ: Mapping[str, str],
    collectors: Sequence[Collect] = (),
    relayed: Sequence[EvidenceFile] = (),
    adjust: Callable[[Evidence], Evidence] = lambda evidence: evidence,
) -> Hearing:
    """The verdict on one head. `relayed` are statements from outside of the repository; `adjust` is for simulations.

    Raises CannotJudge where anything cannot be read or collected.
    """
    held = reading.read(bench, ask)
    roster = Roster.of(held.base, ask.now)
    files = [*_committed(bench, ask), *relayed]
    evidence = signed.collect(files, roster, ask.now, environ)
    for collect in collectors:
        found = collect(roster)
        _refuse_others(found.facts, held)
        evidence = _joined(evidence, replace(found, votes=tuple(_reviews(found.votes, held, bench, ask))))
    evidence = adjust(evidence)
    return Hearing(held, evidence, judge.judge(held, evidence, roster))
