"""What a person decided about one change, and what exactly they saw: Line, Vote, and what does not make one.

Values that evidence and gate both speak. That a vote is here says that its evidence holds; if it counts is for the gate
to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from itsmctl import canonical

Decision = Literal["approve", "reject", "withdraw"]
Tier = Literal["T0", "T1", "T2", "T3"]

TIERS: tuple[Tier, ...] = ("T0", "T1", "T2", "T3")
"""Weakest first: named only, exported reviews, reviews read live from the forge, signed statements."""

FILE = "File"
"""Stands for a kind in the name of a protected file: `File/.gitattributes`."""


class Line(Struct, frozen=True, order=True):
    """What a change does to one record: SHA-256 of its canonical content before and after, None where there is none.

    Of a protected file it is the SHA-256 of the bytes, `kind` is "File", and `name` its path from the governed root.
    """

    kind: str
    name: str
    before: str | None
    after: str | None

    @property
    def ref(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"

    @property
    def data(self) -> dict[str, Any]:
        """As statements and subjects write it."""
        return {"kind": self.kind, "name": self.name, "before": self.before, "after": self.after}


def sorted_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """By kind and name; a change has one line for each record, so nothing else has to tell them apart."""
    return tuple(sorted(lines, key=lambda line: (line.kind, line.name)))


def subject(change: str, repository: str, target: str, content: Mapping[str, Any], lines: Sequence[Line]) -> str:
    """What a vote is on, as a SHA-256: the change, where it goes, its approvable content, and its lines."""
    return canonical.digest(
        {
            "change": change,
            "repository": repository,
            "target": target,
            "content": content,
            "lines": [line.data for line in sorted_lines(lines)],
        }
    )


class FieldMove(Struct, frozen=True):
    """One field that a line alters, as the voter saw it: a JSON pointer and values. For people, never for proof."""

    at: str
    before: Any = None
    after: Any = None


class Vote(Struct, frozen=True):
    """One decision of one person on one change, by evidence that verified.

    `lines` is None for a review on a forge: it is on whatever the reviewed commit holds, see `reviewed`. `content` is
    the approvable content that was voted on. `moves`: Kind/name → the fields that its line alters.
    """

    person: str  # name of a Person at the base
    decision: Decision
    change: str  # name of the ChangeRequest
    tier: Tier
    source: str  # for people: a path, or "github:owner/repo#12"
    issued_at: datetime
    subject: str = ""
    lines: tuple[Line, ...] | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    moves: Mapping[str, tuple[FieldMove, ...]] = field(default_factory=dict)
    repository: str = ""
    target: str = ""
    role: str = ""  # that the person claims to vote in; "" leaves it open
    reason: str = ""
    expires_at: datetime | None = None
    digest: str = ""  # SHA-256 of the signed bytes
    prev: str | None = None  # digest of the person's former statement on this change
    key: str = ""  # fingerprint: SHA256:…
    key_until: datetime | None = None  # when the key that signed it stops counting, if that is known
    reviewed: str = ""  # id of the commit that a review on a forge was on
    drafted: bool = False  # cast while the pull request, or the change, was a draft
    review: str = ""  # SHA-256 of the review that stood in the change as the person decided; "" where none did
    state: str = ""  # of the change as the person decided, where that is known

    @property
    def recomputes(self) -> bool:
        """Is its subject that of its own content and lines?"""
        try:
            found = subject(self.change, self.repository, self.target, self.content, self.lines or ())
        except (ValueError, TypeError, RecursionError):  # content that has no canonical form
            return False
        return self.subject == found


class NoVote(Struct, frozen=True):
    """Evidence that makes no vote, and why. `person` is empty where nobody can be told from it."""

    code: str  # UNKNOWN, REVOKED, EXPIRED_KEY, BAD_SIGNATURE, MALFORMED, NOT_THEIRS, FORKED, SUPERSEDED, EXPIRED, …
    says: str
    source: str
    change: str = ""
    person: str = ""
    tier: Tier = "T3"
    decision: Decision | None = None
    said: Vote | None = None  # what was decided, where the statement holds: it bears witness, and does not count

    @property
    def is_broken(self) -> bool:
        """Does the file itself prove nothing, so that no head may bring it?"""
        return self.code in BROKEN


BROKEN = frozenset({"BAD_SIGNATURE", "MALFORMED", "UNKNOWN", "NOT_THEIRS", "MISPLACED"})
"""Codes of evidence that does not verify at all. The others are of what verified and does not count (any more)."""


class Account(Struct, frozen=True):
    """An account on a forge. `id` is the number that never changes; `host` is "" for the public forge of that kind."""

    forge: str  # github, gitlab, …
    id: int
    login: str = ""
    host: str = ""


class Push(Struct, frozen=True):
    """Who moved the head branch from one commit to another. `before` is "" where the forge does not tell it."""

    account: Account
    before: str
    after: str


class Facts(Struct, frozen=True):
    """What a forge says of a pull request beside its reviews. `carried`: commits that the forge says it made."""

    source: str  # "github:owner/repo#12"
    opener: Account | None = None
    pushers: tuple[Account, ...] = ()  # of what is more than evidence, the last one at least
    carried: frozenset[str] = frozenset()
    head: str = ""  # id of the commit that the forge calls the head
    base: str = ""  # full name of the branch it goes to
    is_draft: bool = False
    pushes: tuple[Push, ...] = ()  # newest first, from the head back, as far as the forge tells


class Evidence(Struct, frozen=True):
    """All that was collected. `read` lists what it came from, for the receipt: (source, SHA-256 of what was read).

    `kept`: paths of the statements that stand in the merge result, so that whoever looks back on it finds them.
    """

    votes: tuple[Vote, ...] = ()
    refused: tuple[NoVote, ...] = ()
    facts: tuple[Facts, ...] = ()
    read: tuple[tuple[str, str], ...] = ()
    kept: frozenset[str] = frozenset()

    @property
    def witnesses(self) -> tuple[Vote, ...]:
        """What was decided by whom and when, whether it counts (still) or not. Of no use as approvals."""
        return (*self.votes, *(one.said for one in self.refused if one.said is not None))
