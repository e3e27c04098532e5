"""Whose an edit was, of several changes that list a record: by the gate's own rule, at each place of the line. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.gate import spending
from itsmctl.gate.beginnings import DONE, STARTED, state_of
from itsmctl.gate.emergency import CLASS
from itsmctl.gate.services import listed
from itsmctl.records import CHANGE, Record, value_at
from itsmctl.settings.rootnames import FILE as SETTINGS
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.gate.applied import Edit
    from itsmctl.gate.history import History
    from itsmctl.gate.model import Proposal

Data = Mapping[str, Any] | None
"""The data of a change at some commit; None where it was not there."""


class Course(Struct, frozen=True):
    """What became of a change: (place, data) of each commit of the line that altered it, by all of its names."""

    steps: tuple[tuple[int, Data], ...]

    @classmethod
    def of(cls, change: Record, history: History) -> Course:
        """Of a change, by all names that it had."""
        steps = [(one.place, one.data) for ref in spending.names(change) for one in history.landings(ref)]
        # where it is renamed, the name that it leaves and the one that it gets share a place
        return cls(tuple(sorted(steps, key=lambda step: (step[0], step[1] is not None))))

    def at(self, place: int) -> Data:
        """What the commit at that place says of it."""
        found = bisect_right([at for at, _ in self.steps], place)
        return self.steps[found - 1][1] if found else None

    @property
    def begin(self) -> int | None:
        """Where its work began."""
        return next((place for place, data in self.steps if state_of(data) in STARTED), None)

    @property
    def over(self) -> int | None:
        """Where its work was over, if it is."""
        return next((place for place, data in self.steps if state_of(data) in DONE), None)

    def alters(self, place: int) -> bool:
        """Is it altered there itself?"""
        return any(at == place for at, _ in self.steps)

    def covers(self, ref: str, place: int) -> bool:
        """Would the gate have the change cover an edit that lands there, if it is in play?"""
        after = self.at(place)
        return state_of(after) == "implementing" and ref in listed(after or {})

    def is_taken_back(self, ref: str, place: int) -> bool:
        """Is the change taken back there, and lists the record?"""
        before, after = self.at(place - 1) if place else None, self.at(place)
        is_back = state_of(after) == "backed-out" and state_of(before) == "implementing"
        return is_back and ref in listed(before or {})

    def carries(self, ref: str, place: int) -> bool:
        """Is the change in progress at a landing, and does it list the record? Taking it back is no progress."""
        before, after = self.at(place - 1) if place else None, self.at(place)
        if state_of(after) not in STARTED or state_of(before) in DONE:
            return False
        if state_of(after) == "backed-out" and state_of(before) in STARTED:
            return False
        return ref in listed(after or {}) or ref in listed(before or {})


class Tracks(Struct, frozen=True):
    """Whose the edits of one record are: this change's, or another's that lists it."""

    change: Record
    course: Course
    ref: str
    proposal: Proposal

    @property
    def founded(self) -> int:
        """Where the governance began; what is older was nobody's to ask about."""
        return next((one.place for one in self.proposal.history.landings(f"{FILE}/{SETTINGS}")), -1)

    def is_own(self, edit: Edit) -> bool:
        """Did it land while the change was in progress, and is it not for certain another's, by which alone it passed?

        The gate has each edit covered by the one change that is in play, is being carried out, and lists the record.
        """
        if not self.course.carries(self.ref, edit.place):
            return False
        return not self.is_for_certain_others(edit)

    def is_surely_own(self, edit: Edit) -> bool:
        """Did it land with what was said of the change itself, or with its name?"""
        return self.course.carries(self.ref, edit.place) and self._is_covered(edit, self.change.name, self.course)

    def is_for_certain_others(self, edit: Edit) -> bool:
        """Did another change cover it, and not this one?"""
        return self.is_others(edit) and not self._is_covered(edit, self.change.name, self.course)

    @property
    def is_emergency(self) -> bool:
        """Does the change go ahead before it is agreed to?"""
        return bool(value_at(self.change.data, "/spec/class") == CLASS)

    def is_others(self, edit: Edit) -> bool:
        """Did another change that lists the record cover the edit, or its back-out, as far as can be told?"""
        return any(self._is_covered(edit, name, course) for name, course in self._rivals)

    def is_of_others(self, edit: Edit) -> bool:
        """Did it land with the head of another change, by all that is known of when both began?"""
        begin = self.course.begin
        if self.is_for_certain_others(edit):
            return True
        return begin is not None and self._is_parted(edit.place, begin)

    def is_apart(self, edit: Edit, last: Edit) -> bool:
        """Did the edit land with another head than a later one: that of another change, or one before it?"""
        return self.is_for_certain_others(edit) or self._is_parted(edit.place, last.place)

    def _is_parted(self, start: int, end: int) -> bool:
        """Are the two places of different heads, since another change was brought to the record between them?

        Whatever one head does to a record is covered by one change, which alone is being carried out in it. So a change
        that begins, or is edited, between the two has that record to itself up to there.
        """
        return any(
            start <= place < end and course.covers(self.ref, place) and not self._is_used_up(course, place)
            for _, course in self._rivals
            for place, _ in course.steps
        )

    def is_anothers_turn(self, edit: Edit) -> bool:
        """Was another change that lists the record being carried out, before this one was, and had not done it yet?"""
        begin = self.course.begin
        return (begin is None or begin > edit.place) and any(
            course.covers(self.ref, edit.place) and not self._is_used_up(course, edit.place)
            for _, course in self._rivals
        )

    def _is_covered(self, edit: Edit, name: str, course: Course) -> bool:
        if course.is_taken_back(self.ref, edit.place):
            return name != self.change.name
        if not course.covers(self.ref, edit.place) or self._is_used_up(course, edit.place):
            return False
        if _is_named_anew(edit, course):
            return False
        return course.alters(edit.place) or name in self._named(edit)

    def _is_used_up(self, course: Course, place: int) -> bool:
        """Was a change carried out before that place, and covers nothing any more?"""
        data, begin = course.at(place), course.begin
        if begin is None or begin >= place or value_at(data, "/spec/apply") == "in-parts":
            return False
        landings = (one.place for ref in listed(data or {}) for one in self.proposal.history.landings(ref))
        return any(begin <= one < place for one in landings)

    def _named(self, edit: Edit) -> frozenset[str]:
        """The changes that the commits name which made the edit."""
        line = edit.line
        commits = self.proposal.history.makers(self.ref, line.before, line.after, edit.place)
        return frozenset(name.removeprefix(f"{CHANGE}/") for commit in commits for name in commit.names)

    @property
    def _rivals(self) -> Sequence[tuple[str, Course]]:
        key = ("rivals", self.change.ref, self.ref)
        cache = self.proposal.cache
        if key not in cache:
            cache[key] = [
                (one.name, self._course(one))
                for one in self.proposal.base.by_kind.get(CHANGE, ())
                if one.ref != self.change.ref and self.ref in listed(one.data)
            ]
        found: Sequence[tuple[str, Course]] = cache[key]
        return found

    def _course(self, change: Record) -> Course:
        key = ("course", change.ref)
        if key not in self.proposal.cache:
            self.proposal.cache[key] = Course.of(change, self.proposal.history)
        found: Course = self.proposal.cache[key]
        return found


def _is_named_anew(edit: Edit, course: Course) -> bool:
    """Does the change list the record by this name only since the edit gave it the name? That follows from a rename."""
    came = edit.touched.after
    if edit.line.before is not None or came is None:
        return False
    former, before = value_at(came.data, "/metadata/formerly"), listed(course.at(edit.place - 1) or {})
    names = former if isinstance(former, list) else ()
    return edit.line.ref not in before and any(f"{came.kind}/{name}" in before for name in names)
