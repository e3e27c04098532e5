"""What a change did to the records that it lists, as the first-parent history of the base tells. Pure.

History says it, and no vote that is in force today: a vote that expired, or was cast anew, undoes nothing that landed.
Statements bear witness all the same of which edit was whose, where several changes, or the commits of a rebase, may be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.gate import spending
from itsmctl.gate.beginnings import DONE, STARTED
from itsmctl.gate.model import Touched
from itsmctl.gate.services import listed
from itsmctl.records import CHANGE, Record, value_at
from itsmctl.settings.rootnames import FILE as SETTINGS
from itsmctl.votes import FILE, Line, sorted_lines

if TYPE_CHECKING:
    from itsmctl.gate.model import History, Proposal
    from itsmctl.votes import Evidence

_RUN = 50
"""Commits of a rebase merge before the one that brings its change. Audit tries as many as one merge."""

Data = Mapping[str, Any] | None


class Edit(Struct, frozen=True):
    """What landed at one place of the first-parent line, on one record or file."""

    place: int
    time: int  # of the commit, in seconds since 1970 (UTC)
    touched: Touched

    @property
    def line(self) -> Line:
        """As votes are on it."""
        return self.touched.line


class Work(Struct, frozen=True):
    """All that a change did, oldest first; nothing where it did nothing to records."""

    edits: tuple[Edit, ...]

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

    An edit of what it lists is its own where it landed while the change was in progress, and no other change that lists
    the record was named along with it. So is what its statements say, and, in a rebase merge whose edit lies before the
    commit that brought the change, what nothing else accounts for: too much rather than too little.
    """
    approved = {line for vote in evidence.witnesses if vote.change == change.name for line in vote.lines or ()}
    key = ("applied", change.ref, frozenset(approved))
    if key not in proposal.cache:
        proposal.cache[key] = Work(tuple(_found(change, proposal, approved)))
    found: Work = proposal.cache[key]
    return found


def _found(change: Record, proposal: Proposal, approved: Iterable[Line]) -> list[Edit]:
    course = _Course.of(change, proposal.history)
    refs = dict.fromkeys(ref for _, data in course.steps if _state(data) in STARTED for ref in listed(data or {}))
    refs |= dict.fromkeys(line.ref for line in approved)
    if course.begin is None:
        return []
    found: list[Edit] = []
    for ref in refs:
        edits = list(_edits(ref, proposal))
        tracks = _Tracks(change, course, ref, proposal)
        own = [at for at, one in enumerate(edits) if tracks.is_own(one)]
        own += [at for line in approved if line.ref == ref for at in _told(line, edits, tracks)]
        own = own or list(_before(edits, tracks))
        found += [edits[at] for at in sorted(set(own))]
    return sorted(found, key=lambda one: (one.place, one.line))


def _told(line: Line, edits: Sequence[Edit], tracks: _Tracks) -> Sequence[int]:
    """The last edits in a row that come to a line which somebody signed for this change."""
    since = (tracks.course.first or 0) - _RUN
    for end in range(len(edits) - 1, -1, -1):
        if edits[end].line.after != line.after or edits[end].place < since:
            continue
        start = next((at for at in range(end, -1, -1) if edits[at].line.before == line.before), None)
        if start is not None and not any(tracks.others(one) for one in edits[start : end + 1]):
            return range(start, end + 1)
    return ()


def _before(edits: Sequence[Edit], tracks: _Tracks) -> Iterator[int]:
    """The edits right before the change began that do what it lists, and that nothing else accounts for."""
    begin, course = tracks.course.begin or 0, tracks.course
    action = _action(course.at(begin), tracks.ref)
    for at in range(len(edits) - 1, -1, -1):
        place = edits[at].place
        if place >= begin:
            continue
        is_known = place <= tracks.founded or tracks.others(edits[at])
        if place < begin - _RUN or is_known or edits[at].touched.action != action:
            return
        yield at


def _action(data: Data, ref: str) -> object:
    """What a change says that it does to the record; None where it does not list it."""
    items = value_at(data, "/spec/items")
    held = items if isinstance(items, list) else ()
    return next((value_at(one, "/action") for one in held if value_at(one, "/item") == ref), None)


def _edits(ref: str, proposal: Proposal) -> Iterator[Edit]:
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


def _state(data: Data) -> str:
    found = value_at(data, "/spec/state") if data is not None else None
    return found if isinstance(found, str) else ""


class _Course(Struct, frozen=True):
    """What became of a change: (place, data) of each commit of the line that altered it, by all of its names."""

    steps: tuple[tuple[int, Data], ...]

    @classmethod
    def of(cls, change: Record, history: History) -> _Course:
        steps = [(one.place, one.data) for ref in spending.names(change) for one in history.landings(ref)]
        # where it is renamed, the name that it leaves and the one that it gets share a place
        return cls(tuple(sorted(steps, key=lambda step: (step[0], step[1] is not None))))

    def at(self, place: int) -> Data:
        """What the commit at that place says of it."""
        found = bisect_right([at for at, _ in self.steps], place)
        return self.steps[found - 1][1] if found else None

    @property
    def first(self) -> int | None:
        """Where it first was."""
        return next((place for place, data in self.steps if data is not None), None)

    @property
    def begin(self) -> int | None:
        """Where its work began."""
        return next((place for place, data in self.steps if _state(data) in STARTED), None)

    def alters(self, place: int) -> bool:
        """Is it altered there itself?"""
        return any(at == place for at, _ in self.steps)

    def carries(self, ref: str, place: int) -> bool:
        """Is the change in progress at a landing, and does it list the record? Taking it back is no progress."""
        before, after = self.at(place - 1) if place else None, self.at(place)
        if _state(after) not in STARTED or _state(before) in DONE:
            return False
        if _state(after) == "backed-out" and _state(before) in STARTED:
            return False
        return ref in listed(after or {}) or ref in listed(before or {})


class _Tracks(Struct, frozen=True):
    """Whose the edits of one record are: this change's, or another's that lists it."""

    change: Record
    course: _Course
    ref: str
    proposal: Proposal

    @property
    def founded(self) -> int:
        """Where the governance began; what is older was nobody's to ask about."""
        return next((one.place for one in self.proposal.history.landings(f"{FILE}/{SETTINGS}")), -1)

    def is_own(self, edit: Edit) -> bool:
        """Did it land while the change was in progress, and is it no other change's?"""
        if not self.course.carries(self.ref, edit.place):
            return False
        others = self.others(edit)
        if not others:
            return True
        mine, theirs = self.course.alters(edit.place), any(one.alters(edit.place) for _, one in others)
        if mine != theirs:
            return mine
        line = edit.line
        commits = self.proposal.history.makers(self.ref, line.before, line.after, edit.place)
        named = {name for commit in commits for name in commit.names}
        return self.change.name in named or named.isdisjoint(name for name, _ in others)

    def others(self, edit: Edit) -> list[tuple[str, _Course]]:
        """(name, course) of the other changes that were in progress as it landed, and list the record."""
        return [(name, one) for name, one in self._rivals if one.carries(self.ref, edit.place)]

    @property
    def _rivals(self) -> Sequence[tuple[str, _Course]]:
        key = ("rivals", self.change.ref, self.ref)
        cache = self.proposal.cache
        if key not in cache:
            cache[key] = [
                (one.name, self._course(one))
                for one in self.proposal.base.by_kind.get(CHANGE, ())
                if one.ref != self.change.ref and self.ref in listed(one.data)
            ]
        found: Sequence[tuple[str, _Course]] = cache[key]
        return found

    def _course(self, change: Record) -> _Course:
        key = ("course", change.ref)
        if key not in self.proposal.cache:
            self.proposal.cache[key] = _Course.of(change, self.proposal.history)
        found: _Course = self.proposal.cache[key]
        return found
