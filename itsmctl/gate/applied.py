"""What a change did to the records that it lists, as the first-parent history of the base tells. Pure.

History says it, and no vote that is in force today: a vote that expired, or was cast anew, undoes nothing that landed.
Statements bear witness all the same of which edit was whose, where several changes, or the commits of a rebase, may be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.gate import subject, witnessing
from itsmctl.gate.beginnings import STARTED, state_of
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.model import Touched
from itsmctl.gate.services import listed
from itsmctl.gate.tracks import Course, Data, Tracks
from itsmctl.records import CHANGE, Record, value_at
from itsmctl.votes import FILE, Line, sorted_lines

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.witnessing import Said
    from itsmctl.votes import Evidence, Vote

_RUN = 50
"""Commits of a rebase merge before the one that brings its change, where no statement says what was done. Audit tries
as many as one merge. What may lie further back is not known, and told as such: see Work.unknown."""


class Edit(Struct, frozen=True):
    """What landed at one place of the first-parent line, on one record or file.

    `is_sure`: the change did it for certain; else it may have, since it was being carried out by then.
    """

    place: int
    time: int  # of the commit, in seconds since 1970 (UTC)
    touched: Touched
    is_sure: bool = False

    @property
    def line(self) -> Line:
        """As votes are on it."""
        return self.touched.line


class Work(Struct, frozen=True):
    """All that a change did, oldest first; nothing where it did nothing to records.

    `signed`: `Kind/name` of what somebody signed for it, and that landed. `unknown`: of what it lists, and may have
    altered further back than is looked.
    """

    edits: tuple[Edit, ...]
    signed: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    @property
    def touched(self) -> tuple[Touched, ...]:
        """Each edit with the record before and after."""
        return tuple(one.touched for one in self.edits)

    @property
    def lines(self) -> tuple[Line, ...]:
        """One for each record, from where the change first found it to where it last left it, if that differs."""
        found = [
            Line(held[0].line.kind, held[0].line.name, held[0].line.before, held[-1].line.after)
            for held in self._by_ref.values()
        ]
        return sorted_lines([line for line in found if line.before != line.after])

    @property
    def places(self) -> frozenset[int]:
        """Where its landings are on the first-parent line."""
        return frozenset(one.place for one in self.edits)

    def covered(self, lines: Iterable[Line]) -> frozenset[int]:
        """Which of the edits these lines are of: a line may be of several edits in a row, as all that they come to."""
        found: set[int] = set()
        for line in lines:
            mine = [at for at, one in enumerate(self.edits) if one.line.ref == line.ref]
            for end, last in enumerate(mine):
                if self.edits[last].line.after == line.after:
                    starts = (at for at in range(end, -1, -1) if self.edits[mine[at]].line.before == line.before)
                    start = next(starts, None)
                    found.update(mine[start : end + 1] if start is not None else ())
        return frozenset(found)

    def firsts(self) -> Iterator[tuple[Touched, int]]:
        """(the first edit of each record, the place of the last one)."""
        yield from ((held[0].touched, held[-1].place) for held in self._by_ref.values())

    @property
    def _by_ref(self) -> dict[str, list[Edit]]:
        found: dict[str, list[Edit]] = {}
        for one in self.edits:
            found.setdefault(one.line.ref, []).append(one)
        return found


def of(change: Record, proposal: Proposal, evidence: Evidence) -> Work:
    """What the change did by the tip of the base.

    An edit of what it lists is its own where it landed while the change was in progress, and the gate had no other
    change to cover it by: a trailer that names another one takes nothing away. So is what its statements say, wherever
    it lies, and, of a rebase merge whose statements are not there, what was edited right before the commit that brought
    the change and what nothing else accounts for: too much rather than too little.

    Anybody may sign anything about a change, and bring it: those on what the base has had it say are believed.
    """
    witnesses = [vote for vote in evidence.witnesses if vote.change == change.name]
    key = ("applied", change.ref, frozenset((one.digest, one.decision, one.lines) for one in witnesses))
    if key not in proposal.cache:
        proposal.cache[key] = _found(change, proposal, witnesses)
    found: Work = proposal.cache[key]
    return found


def known(proposal: Proposal, evidence: Evidence) -> Proposal:
    """The same, which tells what was signed for a change and has landed, and what it did."""

    def did(change: Record, line: Line) -> bool | None:
        work = of(change, proposal, evidence)
        return bool(work.covered([line])) or (None if line.ref in work.unknown else False)

    return replace(proposal, signed=lambda change: of(change, proposal, evidence).signed, did=did)


def _found(change: Record, proposal: Proposal, witnesses: Sequence[Vote]) -> Work:
    course = Course.of(change, proposal.history)
    refs = dict.fromkeys(ref for _, data in course.steps if state_of(data) in STARTED for ref in listed(data or {}))
    if course.begin is None:
        return Work(())
    believed = _on_what_it_said(change, course, proposal, witnesses)
    # no emergency goes ahead but by a vote that lands with it, and that is on all that it does
    is_told = value_at(change.data, "/spec/class") == CLASS and any(one.decision == "approve" for one in believed)
    said = frozenset((one.person, line) for one in witnesses if one.decision == "approve" for line in one.lines or ())
    found: list[Edit] = []
    signed: set[str] = set()
    unknown: set[str] = set()
    for ref in refs:
        landed = list(edits(ref, proposal))
        tracks = Tracks(change, course, ref, proposal)
        told = {line for one in believed for line in one.lines or () if line.ref == ref}
        with_it = {at for at, one in enumerate(landed) if tracks.is_surely_own(one)}
        runs = {line: _told(line, told, landed, tracks) for line in told}
        sure = {at for line, run in runs.items() if _is_with(line, run, with_it, landed, tracks, said) for at in run}
        signed |= {ref} if sure else set()
        sure |= with_it
        own = sure | {at for at, one in enumerate(landed) if tracks.is_own(one)}
        if not own and tracks.is_emergency:  # what it owes is not got around by words of others
            every = {line for line in witnessing.believed(change, proposal, said) if line.ref == ref}
            own = sure = {at for line in every for at in _told(line, every, landed, tracks, is_strict=False)}
            signed |= {ref} if own and told else set()
        if not own and not is_told:
            before, is_whole = _before(landed, tracks)
            own, unknown = set(before), unknown | (set() if is_whole else {ref})
            sure = own
        found += [replace(landed[at], is_sure=at in sure) for at in sorted(own)]
    return Work(tuple(sorted(found, key=lambda one: (one.place, one.line))), frozenset(signed), frozenset(unknown))


def _on_what_it_said(change: Record, course: Course, proposal: Proposal, votes: Sequence[Vote]) -> list[Vote]:
    """The votes on content that the change had at some commit of the base's first-parent line."""
    kind = proposal.rulebook.kinds[CHANGE]
    said: list[Mapping[str, Any]] = []
    for _, data in course.steps:
        content = subject.approvable(replace(change, data=data), kind) if data is not None else None
        if content is not None and not any(subject.same_content(content, one) for one in said):
            said.append(content)
    return [vote for vote in votes if any(subject.same_content(vote.content, one) for one in said)]


def _told(
    line: Line, lines: Collection[Line], edits: Sequence[Edit], tracks: Tracks, *, is_strict: bool = True
) -> Sequence[int]:
    """The last edits in a row that come to a line which somebody signed for the change, before its work was over.

    They are several where a head landed commit by commit. What landed with another head is none of it, and then the
    line says what was to be done once, and not what was done. `lines`: all that was signed about the record.
    """
    over = tracks.course.over
    for end in range(len(edits) - 1, -1, -1):
        if edits[end].line.after != line.after or (over is not None and edits[end].place > over):
            continue
        if is_strict and tracks.is_of_others(edits[end]):
            continue
        start = next((at for at in range(end, -1, -1) if edits[at].line.before == line.before), None)
        if start is not None and not (is_strict and _is_mixed(range(start, end), edits[end], lines, edits, tracks)):
            return range(start, end + 1)
    return ()


def _is_with(
    line: Line, run: Sequence[int], with_it: Collection[int], edits: Sequence[Edit], tracks: Tracks, said: Said
) -> bool:
    """May the edits be of the head that brought the change? `with_it`: those that surely landed with the change.

    Of what the base has had it say anybody's word will do. What lies before that has to be what its record found, and
    somebody has signed it who might let the change go ahead; and what a head does to a record is one line, so that it
    did nothing else. What is older than the governance was nobody's to ask about.
    """
    begin = tracks.course.begin or 0
    if not run or edits[run[0]].place <= tracks.founded:
        return False
    if edits[run[0]].place >= begin:
        return True
    if edits[run[-1]].place < begin:
        in_parts = value_at(tracks.change.data, "/spec/apply") == "in-parts"
        if any(one.place <= begin for one in edits[run[-1] + 1 :]) or (with_it and not in_parts):
            return False
    return line in witnessing.believed(tracks.change, tracks.proposal, said)


def _is_mixed(
    before: Iterable[int], last: Edit, lines: Collection[Line], edits: Sequence[Edit], tracks: Tracks
) -> bool:
    """Did one of the edits before the last one land with the head of another change?

    That one was being carried out is not enough to tell, unless somebody signed just what came after that edit.
    """
    nearer = {line.before for line in lines if line.after == last.line.after}
    return any(
        tracks.is_apart(edits[at], last) or (edits[at].line.after in nearer and tracks.is_anothers_turn(edits[at]))
        for at in before
    )


def _before(edits: Sequence[Edit], tracks: Tracks) -> tuple[list[int], bool]:
    """The edits right before the change began that do what it lists, and that nothing else accounts for.

    And are these all that there may be? They are not where more lie further back than is looked.
    """
    begin, course = tracks.course.begin or 0, tracks.course
    action = _action(course.at(begin), tracks.ref)
    found: list[int] = []
    for at in range(len(edits) - 1, -1, -1):
        place = edits[at].place
        if place >= begin:
            continue
        if place <= tracks.founded or edits[at].touched.action != action or tracks.is_others(edits[at]):
            break
        if place < begin - _RUN:
            return found, False
        found.append(at)
    return found, True


def _action(data: Data, ref: str) -> object:
    """What a change says that it does to the record; None where it does not list it."""
    items = value_at(data, "/spec/items")
    held = items if isinstance(items, list) else ()
    return next((value_at(one, "/action") for one in held if value_at(one, "/item") == ref), None)


def edits(ref: str, proposal: Proposal) -> Iterator[Edit]:
    """Every edit of a record or file on the first-parent line, oldest first."""
    before: tuple[str | None, Data] = (None, None)
    for place, time, digest, data in proposal.history.landings(ref):
        if digest != before[0]:
            yield Edit(place, time, _touched(ref, before, (digest, data), proposal))
        before = digest, data


def _touched(ref: str, old: tuple[str | None, Data], new: tuple[str | None, Data], proposal: Proposal) -> Touched:
    kind, _, name = ref.partition("/")
    line = Line(kind, name, old[0], new[0])
    known = proposal.rulebook.kinds.by_name.get(kind)
    if kind == FILE or known is None:
        return Touched(line, None, None, name, controlled=True, governance=True)
    home = proposal.base.law.home(known.plural, name)
    before, after = (
        Record(kind, name, home, "", data, (), known.conforms(data)) if data is not None else None
        for _, data in (old, new)
    )
    return Touched(line, before, after, home, known.controlled, known.governance)
