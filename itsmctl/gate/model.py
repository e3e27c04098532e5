"""What the gate judges: a Proposal, which holds all that git, law and clock say. Values only; decides nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from itsmctl.records import Record
from itsmctl.votes import FILE, Line

if TYPE_CHECKING:
    from itsmctl.findings import Finding
    from itsmctl.gate.history import History
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
