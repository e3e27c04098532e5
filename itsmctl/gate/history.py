"""What the gate asks of the history of the base: the protocol History, and the values that it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from itsmctl.gate.model import Brought


class Written(NamedTuple):
    """What one commit did to a record: its data before and after, None where there was none. Signers are verified."""

    commit: Brought
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class Landing(NamedTuple):
    """What a first-parent commit left of a record or file: its digest and data, None where it was not there."""

    place: int
    time: int  # in seconds since 1970 (UTC), as versions have it
    digest: str | None
    data: Mapping[str, Any] | None


class Arrival(NamedTuple):
    """What came in at a target with one commit: of a record or file its digests before and after, and its data then.

    `landing`: where the commit is, or came in, on the first-parent line of today.
    """

    place: int
    landing: int
    time: int  # in seconds since 1970 (UTC); of another line what the commit says, if that is not yet to come
    before: str | None
    after: str | None
    data: Mapping[str, Any] | None


class Aside(NamedTuple):
    """What a commit that is not on the first-parent line did to a record or file, against its own first parent.

    `line`: which of the lines it is on, see gitlines. `before`, `after`: digests; `data`: of a record, what it left.
    """

    place: int
    line: int
    before: str | None
    after: str | None
    data: Mapping[str, Any] | None


class History(Protocol):
    """What the history of the base says, on every line of commits that leads to it, see gitlines.

    Whoever merges the target into a branch, and puts the branch in its place, takes nothing out of it. Places count
    commits from 0, the oldest. Times are those of commits, in seconds since 1970 (UTC).
    """

    def appeared(self, ref: str) -> int | None:
        """The place of the first commit that held that record."""

    def founding(self, ref: str) -> tuple[Mapping[str, Any] | None, ...]:
        """The record's data in each commit, on any line, that has settings and no parent with any; None: none there."""

    def states_since(self, ref: str, place: int) -> tuple[str | None, ...]:
        """Digests that the record or file had on the first-parent line, oldest first; None: it was not there.

        The first is the one before that place came in; none where nothing was before it.
        """

    def edits_since(self, ref: str, place: int) -> tuple[tuple[str | None, str | None], ...]:
        """(digest before, after) of each commit at that place or later that did something to the record or file."""

    def stood(self, ref: str, place: int) -> frozenset[str | None]:
        """Every digest that the record or file had at that place or later."""

    def versions(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """(time, data) of each first-parent commit that altered a record, oldest first; None where it was removed."""

    def ever(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """The same of each commit on any line."""

    def places(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        """(place, data) of each commit that altered a record, oldest first; None where it was removed."""

    def landings(self, ref: str) -> tuple[Landing, ...]:
        """Each first-parent commit that altered a record or file, oldest first."""

    def arrivals(self, ref: str) -> tuple[Arrival, ...]:
        """Each first-parent commit that altered a record or file, and each merge of another line that brought that in.

        Such a line may have been that of the target until somebody merged it into a branch that took its place.
        """

    def aside(self, ref: str) -> tuple[Aside, ...]:
        """What each commit away from the first-parent line did to a record or file, in order of places."""

    def held(self, ref: str, place: int) -> Mapping[str, Any] | None:
        """The data of a record in the commit at that place; None where it was not there, or cannot be read."""

    def authored(self, ref: str) -> tuple[Brought, ...]:
        """All commits of the base's history, on any line, that did something to the record."""

    def makers(self, ref: str, before: str | None, after: str | None, since: int) -> tuple[Brought, ...]:
        """The commits, on any line, that brought a record or file from one digest to another, at `since` or later.

        Where it last got there before `since`, those that brought it there then.
        """

    def written(self, ref: str) -> tuple[Written, ...]:
        """What each commit of the base's history, on any line, did to the record by itself; parents come first."""

    def used(self, ref: str) -> bool:
        """Was a record of that name ever there, however upper and lower case are written?"""
