"""Replays the gate over the first-parent history of a branch: which merges it would deny. Offline; judges afresh.

Each step goes from one commit of that line to the next. A run of commits that is allowed as a whole, as a rebase merge
leaves one, is one step; but no merge commit is part of a run, and one that undoes what it did is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl import founding, gitlines, hearing, proposal
from itsmctl.errors import CannotJudge
from itsmctl.gate.beginnings import moment
from itsmctl.proposal import Ask
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.gate.verdict import Verdict
    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Landed
    from itsmctl.hearing import Hearing
    from itsmctl.keeping import Let
    from itsmctl.roster import Roster
    from itsmctl.votes import Evidence

UNGOVERNED = "nothing is governed here yet"
"""Why there is no verdict on what came before the first governance."""

LONGEST_RUN = 50
"""Commits that are tried as one merge."""


class Reading(Struct, frozen=True):
    """Reviews of one pull request (`source`) in a file called `name`. `votes`: (the commit that came in, roster) → what
    they are as votes on it.
    """

    name: str
    source: str
    votes: Callable[[str, Roster], Evidence]


class Step(Struct, frozen=True):
    """One merge, from `base` to `head`, over `commits` of the line. `says`: why there is no verdict, if there is none.

    `at` is when it was, by `clock`: "receipt", or "committer" where only the commit itself says so. `late`: its clock
    runs back behind that of the commit before. `restless`: what went back and forth among its commits, each of which
    may have been pushed by itself. `over`: a receipt that had run out by the time that the commit claims. `rests_on`:
    the files of reviews that were taken for it; `lacks`: pull requests whose reviews its receipt counted, and of which
    there is no file.
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
    restless: tuple[str, ...] = ()
    over: Let | None = None
    rests_on: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """What the gate says of it."""
        return self.hearing.verdict if self.hearing is not None else None

    @property
    def passed(self) -> bool:
        """Would it have been let through?"""
        return self.hearing is not None and self.hearing.verdict.allowed

    @property
    def is_controlled(self) -> bool:
        """Does it alter anything that is controlled?"""
        return self.hearing is not None and any(one.controlled for one in self.hearing.proposal.edits.values())


class Replay(Struct, dict=True):
    """Replays one branch. `times`: (base, tree) → when receipts say that the merge was let through; `let_in`: each
    (base, head) of those. `reviewed`: heads of a pull request and a time → reviews by then, see keeping.Kept.
    `known`: see there; what is read for one landing is not read again for the next.
    """

    bench: Bench
    prefix: str
    target: str
    environ: Mapping[str, str]
    times: Mapping[tuple[str, str], Sequence[Let]] = field(default_factory=dict)
    let_in: frozenset[tuple[str, str]] = frozenset()
    pinned: str = ""
    known: proposal.Known = field(default_factory=proposal.Known)
    reviewed: Callable[[Iterable[str], datetime], Sequence[Reading]] | None = None

    def steps(self, since: str, tip: str) -> Iterator[Step]:
        """Every step from `since` (a commit of the line, "" for all of it) to `tip`, oldest first.

        Raises CannotJudge where `since` is no commit of the first-parent line of `tip`.
        """
        whole = self.bench.first_parents(tip, [])
        line = self._line(whole, since, tip)
        if since and self.pinned:
            yield from self._founded(whole, len(whole) - len(line))
        place, before = 1 if since else 0, None
        while place < len(line):
            step = self._step(line, place)
            late = before is not None and step.at < before
            yield replace(step, late=late)
            before = max(before, step.at) if before is not None else step.at
            place += len(step.commits)

    def left_out(self, tip: str, bases: Mapping[str, str]) -> dict[str, str]:
        """Those of the commits (commit → receipt that names it) that the branch does not hold by now."""
        line = {one.oid for one in self.bench.first_parents(tip, [])} if bases else ()
        return {oid: name for oid, name in bases.items() if oid not in line}

    def _line(self, whole: Sequence[Landed], since: str, tip: str) -> Sequence[Landed]:
        if not since:
            return whole
        places = [place for place, one in enumerate(whole) if one.oid == since]
        if not places:
            message = f"commit {since[:7]} is not on the first-parent line of {tip[:7]}"
            merge = gitlines.brought_by(self.bench.grown(tip), since, tip)
            if not merge:
                raise CannotJudge(message, "Name a commit that the branch itself once stood at.")
            message += (
                f": it came in with commit {merge[:7]}, as the branch does if it is merged into another one that takes "
                "its place (FOXTROT)"
            )
            hint = f"Look at all of it, the lines of second parents included: itsmctl audit history {tip[:12]}"
            raise CannotJudge(message, hint)
        return whole[places[0] :]

    def _founded(self, whole: Sequence[Landed], since: int) -> Iterator[Step]:
        """How the governance began, where that was up to `since`: what is pinned is held against it in any case."""
        held = self.bench.repo.ids([f"{one.oid}:{self.prefix}{FILE}" for one in whole[: since + 1]])
        place = next((place for place, blob in enumerate(held) if blob), None)
        if place is not None:
            yield self._judged(whole, place, place)

    def _step(self, line: Sequence[Landed], place: int) -> Step:
        """The step to the commit at that place; over several, where those are allowed together and it alone is not."""
        for end in self._receipted(line, place):
            known = self._judged(line, place, end, as_head=True)
            if known.passed:
                return known
        first = self._judged(line, place, place)
        if first.passed or line[place].is_merge or not self._is_governed(first.base):
            return first
        for end in range(place + 1, min(place + LONGEST_RUN, len(line))):
            if line[end].is_merge:
                break
            longer = self._judged(line, place, end)
            if longer.passed:
                return replace(longer, restless=self._restless(line, place, end))
        return first

    def _receipted(self, line: Sequence[Landed], place: int) -> Iterator[int]:
        """Where a merge ends that begins at that place and was let through, as a receipt has it.

        It is known by the very head that was judged: the same files alone may come of a push that was taken back.
        """
        heads = {head for base, head in self.let_in if base == self._before(line, place)}
        for end in range(place, len(line) if heads else place):
            if line[end].oid in heads and not self.between(line, place, end):
                yield end

    def between(self, line: Sequence[Landed], place: int, end: int, at: datetime | None = None) -> str:
        """Why the commits from the one place to the other are no single merge; "" where nothing says so.

        A merge commit came in by itself; and so did a beginning that is allowed without the rest, where the rest is
        denied by the law that stood then. `at`: the time of the whole, where it is known.
        """
        if place < end:
            merge = next((one for one in line[place : end + 1] if one.is_merge), None)
            if merge is not None:
                return f"commit {merge.oid[:7]} is a merge of its own"
        let = self._let(self._before(line, place), line[end])
        told = at or (let.at if let is not None else None)
        for middle in range(place, min(end, place + LONGEST_RUN)):
            first = self._judged(line, place, middle)
            if first.passed and first.is_controlled and not self._judged(line, middle + 1, end, told).passed:
                return f"commit {line[middle].oid[:7]} came in before the rest, which would have been denied after it"
        return ""

    def single(self, oid: str, *, as_head: bool = False) -> Step:
        """The step to a commit from its first parent. `as_head`: as the gate judges a head, each of its commits too."""
        line = self.bench.first_parents(oid, [])
        return self._judged(line, len(line) - 1, len(line) - 1, as_head=as_head)

    def onto(self, base: str, oid: str) -> Step:
        """The step from the one commit to the other, as the gate judges a head that is put in the place of its base."""
        return self._judged(self.bench.first_parents(oid, [])[-1:], 0, 0, as_head=True, base=base)

    def _restless(self, line: Sequence[Landed], start: int, end: int) -> tuple[str, ...]:
        """What some commit of a run did that the run as a whole does not do.

        Of what is controlled that is every other form than the last; of records of what happens, which are written as
        the work goes on, that they were taken away, or put back to what they were.
        """
        net = self._done(line, start, end)
        if net is None:
            return ("what they did together",)
        found: dict[str, None] = {}
        for place in range(start, end + 1):
            done = self._done(line, place, place)
            if done is None:
                found[f"what commit {line[place].oid[:7]} did"] = None
                continue
            for ref, (after, controlled) in done.items():
                last = net.get(ref)
                if last is None or (last[0] != after and (controlled or last[1] or not after)):
                    found[ref] = None
        return tuple(found)

    def _done(self, line: Sequence[Landed], start: int, end: int) -> dict[str, tuple[str, bool]] | None:
        """Ref or path → (what it is afterwards, whether it is controlled), of all governed; None where unreadable."""
        ask = self._ask(line, end, self._before(line, start), moment(line[end].time))
        try:
            held, _ = proposal.read(self.bench, ask, self.environ, replace(self.known, changes_only=True))
        except CannotJudge:
            return None
        edits = {ref: (one.line.after or "", one.controlled) for ref, one in held.edits.items()}
        return edits | {path: (deed, True) for path, deed in held.shelf.items()}

    def _before(self, line: Sequence[Landed], place: int) -> str:
        """The commit that the branch stood at; before its first one, a made-up commit without files."""
        return line[place - 1].oid if place else self.bench.nothing().oid

    def _ask(self, line: Sequence[Landed], end: int, before: str, at: datetime, *, as_head: bool = False) -> Ask:
        base, head = self.bench.revision(before), self.bench.revision(line[end].oid)
        made_by = moment(line[end].time)
        past = not as_head
        return Ask(base, head, self.prefix, self.target, at, is_past=past, is_named=True, made_by=made_by)

    def _judged(
        self,
        line: Sequence[Landed],
        start: int,
        end: int,
        told: datetime | None = None,
        *,
        as_head: bool = False,
        base: str = "",
    ) -> Step:
        base, head = base or self._before(line, start), line[end].oid
        commits = tuple(one.oid for one in line[start : end + 1])
        lets = self._lets(base, head)
        let = self._let(base, line[end])
        told = told or (let.at if let is not None else None)
        at = told or moment(line[end].time)
        clock = "receipt" if told else "committer"
        ask = self._ask(line, end, base, at, as_head=as_head)
        kept: Sequence[Reading] = ()
        if self.reviewed is not None:
            kept = self.reviewed([head, *self._merged(base, line[end]), *(one.head for one in lets)], at)
        step = Step(
            base,
            head,
            commits,
            at,
            clock,
            over=lets[-1] if lets and let is None else None,
            rests_on=tuple(one.name for one in kept),
            lacks=_lacking(lets, kept),
        )
        try:
            if not self._is_governed(base):
                return self._began(ask, commits, at, clock)
            collect = [partial(one.votes, head) for one in kept]
            return replace(step, hearing=hearing.hear(self.bench, ask, self.environ, collect, known=self.known))
        except CannotJudge as error:
            return replace(step, says=error.message)

    def _lets(self, base: str, head: str) -> Sequence[Let]:
        """What receipts say of the merge, the latest last."""
        found = self.times.get((base, self.bench.revision(head).tree), ()) if self.times else ()
        return sorted(found, key=lambda one: one.at)

    def _let(self, base: str, landed: Landed) -> Let | None:
        """The last of them that held when the merge was made, as far as its commit says so."""
        held = [one for one in self._lets(base, landed.oid) if one.held(moment(landed.time))]
        return held[-1] if held else None

    def _merged(self, base: str, landed: Landed) -> Sequence[str]:
        """What a merge commit on the base brought in."""
        names = [f"{landed.oid}^{number}" for number in (1, 2)] if landed.is_merge else []
        first, *rest = self.bench.repo.ids(names) if names else [""]
        return rest if first == base else ()

    def _began(self, ask: Ask, commits: tuple[str, ...], at: datetime, clock: str) -> Step:
        """Before there was a governance, or as it began."""
        base, head = ask.base.oid, ask.head.oid
        if not self._is_governed(head):
            return Step(base, head, commits, at, clock, says=UNGOVERNED)
        held = founding.hear(self.bench, ask, self.pinned or founding.digest(self.bench, ask))
        return Step(base, head, commits, at, clock, held, founds=str(held.verdict.details["governance"]))

    def _is_governed(self, oid: str) -> bool:
        return bool(self.bench.repo.ids([f"{oid}:{self.prefix}{FILE}"])[0])


def _lacking(lets: Sequence[Let], kept: Sequence[Reading]) -> tuple[str, ...]:
    """Pull requests whose reviews a receipt counted, and of which no file was found."""
    there = {one.source for one in kept}
    return tuple(dict.fromkeys(source for one in lets for source in one.sources if source not in there))
