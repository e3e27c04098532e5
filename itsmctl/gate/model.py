"""What the gate judges: a Proposal, which holds all that git, law and clock say. Values only; decides nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from msgspec import Struct, field

from itsmctl.records import Record
from itsmctl.votes import FILE, Line

if TYPE_CHECKING:
    from itsmctl.findings import Finding
    from itsmctl.roster import Roster
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot
    from itsmctl.votes import Evidence

HandRole = Literal["author", "committer", "co-author", "signer"]


class Hand(Struct, frozen=True):
    """Somebody who had a hand in a commit, as the commit claims: an e-mail address, or the key that it is signed with.

    `proven`: the signature over the commit verifies with that very key.
    """

    role: HandRole
    email: str = ""
    name: str = ""
    key: str = ""
    proven: bool = False


class Brought(Struct, frozen=True):
    """One commit that the head brings. `paths`: what it does by itself, from the governed root (a merge: remerge diff).

    What it does outside of the governed root is among them with ":/" before the path. `evidence_only`: all that it does
    is to add files under approvals/. `names`: the changes in its `Change:` trailers.
    """

    oid: str
    time: int
    hands: tuple[Hand, ...]
    paths: frozenset[str]
    evidence_only: bool
    names: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The first digits of its id."""
        return self.oid[:7]


class Passing(Struct, frozen=True):
    """What one commit of the head leaves at a governed path otherwise than the merge result.

    `ref`: `Kind/name`, or `File/path`; `path` is from the governed root. `why` it matters: "law": it is governance, or
    in a folder of no kind that anybody knows; "nothing": it does not differ in the end; "gone": it is not there
    meanwhile; "another": what stands there has the kind or the name of another record; "state": a change is in a state
    from which no legal steps lead to the last one; "evidence": it is evidence that the base has; "frozen": it stands
    with a baseline.

    What matters only while an emergency owes something, paid by all that stood at a commit: "apart": governance
    that stays so, of which later commits alter more; "several": another controlled record; "bound": what votes are on
    of a change, with the digest of that in `content`, and in `reviewer` whom a review names there that did it.
    """

    commit: str  # full id
    ref: str
    path: str
    why: str
    content: str = ""
    reviewer: str = ""


class Overtaken(Struct, frozen=True):
    """What the base did that the head has from a merge alone, and not in its own line of first parents.

    `is_side`: that line begins where the base's line of first parents never was. `decides`: is any of it law, or
    controlled? `names`: `Kind/name` of records and "approvals/CHANGE/" of statements among it.
    """

    is_side: bool
    decides: bool
    names: frozenset[str]


class Parting(Struct, frozen=True):
    """A change of which history would tell something otherwise, were the head merged or put in the place of the base.

    `ref`: its `Kind/name`; `path`: where it stands; `says`: what that is, in words. `by_dates`: the head follows the
    base, and its own commits would pay by their dates what a merge of today does not pay.
    """

    ref: str
    path: str
    says: str
    by_dates: bool = False


class Touched(Struct, frozen=True):
    """One governed record or protected file that differs between base and merge result.

    `before` and `after` are its records; None where there is none, and always for a file. `path` is where it stands in
    the merge result, else at the base.
    """

    line: Line
    before: Record | None
    after: Record | None
    path: str
    controlled: bool
    governance: bool

    @property
    def ref(self) -> str:
        """`Kind/name`, or `File/path`."""
        return self.line.ref

    @property
    def is_file(self) -> bool:
        """Is it a protected file, and no record?"""
        return self.line.kind == FILE

    @property
    def action(self) -> Literal["add", "remove", "change"]:
        """What is done to it, in the words of a change's items."""
        if self.line.before is None:
            return "add"
        return "remove" if self.line.after is None else "change"


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


class Proposal(Struct, frozen=True, dict=True, eq=False):
    """All that is judged. `base` and `merged` are snapshots of B and M, both read under the law at B.

    `edits`: every governed record and protected file that differs, by ref. `shelf`: what the head does under
    approvals/ and baselines/: path → "added", "altered" or "removed". `inspection`: the error findings on M that B does
    not have; `law_fault` says why the law that the head brings cannot be used, if it cannot. `landed`: a change → what
    stood at each commit of the base's first-parent line since its work began that altered what its debt depends on,
    oldest first. `signed`: a change at the base → `Kind/name` of what was signed for it and has landed. `did`: a change
    at the base, and a line → did it do that already, by what landed; None where that cannot be told.
    """

    base: Snapshot
    merged: Snapshot
    rulebook: Rulebook
    base_oid: str
    head_oid: str
    tree: str
    target: str  # full name of the branch
    now: datetime
    edits: Mapping[str, Touched]
    shelf: Mapping[str, str]
    commits: tuple[Brought, ...]
    history: History
    inspection: tuple[Finding, ...] = ()
    waived: frozenset[str] = frozenset()  # names of the waivers without which the inspection would find more
    law_fault: str = ""
    shadows: tuple[str, ...] = ()  # paths that stand in the way of our folders, or look like them
    seconds: tuple[str, ...] = ()  # other settings above or below ours
    unproven: Mapping[str, str] = field(default_factory=dict)  # file under baselines/ → why it does not hold
    is_simulated: bool = False
    called: str = ""  # the head, where whoever asks has something else checked out
    passing: tuple[Passing, ...] = ()
    overtaken: Overtaken | None = None
    partings: tuple[Parting, ...] = ()
    is_idle: bool = False  # the merge result is the base, file by file
    made_by: datetime | None = None  # when it came in, where that was later than `now`
    is_of_today: bool = True  # is it asked until when the verdict holds?
    earliest: Mapping[str, datetime] = field(default_factory=dict)  # change → before which it did not begin
    landed: Callable[[Record], Iterator[Landed]] = lambda _: iter(())
    signed: Callable[[Record], Collection[str]] = lambda _: ()
    did: Callable[[Record, Line], bool | None] = lambda _, __: None
    cache: dict[Any, Any] = field(default_factory=dict)  # of what the base alone decides

    @property
    def at_head(self) -> str:
        """What a command about a change of the head takes so that it finds it: ` --head BRANCH`, or nothing."""
        return f" --head {shlex.quote(self.called)}" if self.called else ""

    @property
    def repository(self) -> str:
        """The stable id that settings at B give the repository."""
        return str(self.rulebook.settings.data["repository"])


class Landed(Struct, frozen=True):
    """What stood at one commit of the base's first-parent line, as a proposal that proposes nothing.

    `evidence`: the statements on one change that stood in it, as they counted then.
    """

    proposal: Proposal
    evidence: Evidence
    roster: Roster
