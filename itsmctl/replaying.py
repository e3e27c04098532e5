"""Replays the gate over the first-parent history of a branch: which merges it would deny. Offline; judges afresh.

Each step goes from one commit of that line to the next. A run of commits that is allowed as a whole, as a rebase merge
leaves one, is one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from itsmctl import founding, hearing
from itsmctl.errors import CannotJudge
from itsmctl.gate.beginnings import moment
from itsmctl.proposal import Ask
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.gate.verdict import Verdict
    from itsmctl.gitbench import Bench, Landed
    from itsmctl.hearing import Hearing

UNGOVERNED = "nothing is governed here yet"
"""Why there is no verdict on what came before the first governance."""

LONGEST_RUN = 50
"""Commits that are tried as one merge."""


@dataclass(frozen=True, slots=True)
class Step:
    """One merge, from `base` to `head`, over `commits` of the line. `says`: why there is no verdict, if there is none.

    `at` is when it was, by `clock`: "receipt", or "committer" where only the commit itself says so. `late`: its clock
    runs back behind that of the commit before.
    """

    base: str
    head: str
    commits: tuple[str, ...]
    at: datetime
    clock: str
    hearing: Hearing | None = None
    says: str = ""
    founds: str = ""  # digest of the governance that begins here
    late: bool = False

    @property
    def verdict(self) -> Verdict | None:
        """What the gate says of it."""
        return self.hearing.verdict if self.hearing is not None else None

    @property
    def passed(self) -> bool:
        """Would it have been let through?"""
        return self.hearing is not None and self.hearing.verdict.allowed


@dataclass
class Replay:
    """Replays one branch. `times`: (base, tree) → when a receipt says that the merge was judged."""

    bench: Bench
    prefix: str
    target: str
    environ: Mapping[str, str]
    times: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    pinned: str = ""

    def steps(self, since: str, tip: str) -> Iterator[Step]:
        """Every step from `since` (a commit of the line, "" for all of it) to `tip`, oldest first.

        Raises CannotJudge where `since` is no commit of the first-parent line of `tip`.
        """
        line = self._line(since, tip)
        place, before = 1, None
        while place < len(line):
            step = self._step(line, place)
            late = before is not None and step.at < before
            yield replace(step, late=late)
            before = max(before, step.at) if before is not None else step.at
            place += len(step.commits)

    def _line(self, since: str, tip: str) -> Sequence[Landed]:
        line = self.bench.first_parents(tip, [])
        if not since:
            return line
        places = [place for place, one in enumerate(line) if one.oid == since]
        if not places:
            message = f"commit {since[:7]} is not on the first-parent line of {tip[:7]}"
            raise CannotJudge(message, "Name a commit that the branch itself once stood at.")
        return line[places[0] :]

    def _step(self, line: Sequence[Landed], place: int) -> Step:
        """The step to the commit at that place; over several, where those are allowed together and it alone is not."""
        first = self._judged(line, place, place)
        if first.passed or first.founds:
            return first
        for end in range(place + 1, min(place + LONGEST_RUN, len(line))):
            longer = self._judged(line, place, end)
            if longer.passed:
                return longer
        return first

    def _judged(self, line: Sequence[Landed], start: int, end: int) -> Step:
        base, head = line[start - 1].oid, line[end].oid
        commits = tuple(one.oid for one in line[start : end + 1])
        revision = self.bench.revision(head)
        told = self.times.get((base, revision.tree))
        at = told or moment(line[end].time)
        clock = "receipt" if told else "committer"
        ask = Ask(self.bench.revision(base), revision, self.prefix, self.target, at)
        try:
            if self._is_governed(base):
                return Step(base, head, commits, at, clock, hearing.hear(self.bench, ask, self.environ))
            return self._before(ask, commits, at, clock)
        except CannotJudge as error:
            return Step(base, head, commits, at, clock, says=error.message)

    def _before(self, ask: Ask, commits: tuple[str, ...], at: datetime, clock: str) -> Step:
        """Before there was a governance, or as it began."""
        base, head = ask.base.oid, ask.head.oid
        if not self._is_governed(head):
            return Step(base, head, commits, at, clock, says=UNGOVERNED)
        held = founding.hear(self.bench, ask, self.pinned or founding.digest(self.bench, ask))
        return Step(base, head, commits, at, clock, held, founds=str(held.verdict.details["governance"]))

    def _is_governed(self, oid: str) -> bool:
        return bool(self.bench.repo.ids([f"{oid}:{self.prefix}{FILE}"])[0])
