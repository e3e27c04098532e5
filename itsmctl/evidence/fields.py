"""What a signed statement may hold: the one truth about its fields, and what they must be together. Reads nothing.

An in-toto Statement v1 whose predicate is one vote. See `statement` for its bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from itsmctl import votes
from itsmctl.records import CHANGE, NAME
from itsmctl.votes import FieldMove, Line
from itsmctl.yamltext.characters import REFUSED

_DIGEST = r"^[0-9a-f]{64}$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z$"


def _instant(text: str) -> str:
    datetime.fromisoformat(text)  # raises ValueError for a day or a time that there is not
    return text


def _plain(text: str) -> str:
    """What a person reads before they sign: nothing in it may be invisible, or reorder what stands around it."""
    if REFUSED.search(text) or "\r" in text:
        raise ValueError("holds a control character, or one that cannot be seen")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("is not NFC: its accents are written as characters of their own")
    return text


_Name = Annotated[str, Field(pattern=NAME, max_length=100)]
_Digest = Annotated[str, Field(pattern=_DIGEST)]
_Instant = Annotated[str, Field(pattern=_INSTANT, json_schema_extra={"format": "date-time"}), AfterValidator(_instant)]
_Text = Annotated[str, Field(max_length=500), AfterValidator(_plain)]
_Reason = Annotated[str, Field(max_length=4000), AfterValidator(_plain)]
_LISTED = Field(strict=False)  # a list, as JSON has it, where the model holds a tuple


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class MovePart(_Part):
    """One field that a line alters, for people to see. Left out where the field is not there."""

    at: _Reason = Field(description="JSON pointer of the field.")
    before: Any = Field(default=None, description="Its value before.")
    after: Any = Field(default=None, description="Its value after.")


class LinePart(_Part):
    """What the change does to one record or protected file."""

    kind: _Name = Field(description="The kind of record, or File.")
    name: _Text = Field(min_length=1, description="The name of the record, or the path of the file.")
    before: _Digest | None = Field(description="SHA-256 of the canonical content before; null where there is none.")
    after: _Digest | None = Field(description="SHA-256 of the canonical content after; null where there is none.")
    moves: Annotated[tuple[MovePart, ...], _LISTED] = Field(default=(), description="The fields that it alters.")

    @model_validator(mode="after")
    def _alters(self) -> Self:
        if self.before == self.after:
            raise ValueError(f"the line of {self.kind}/{self.name} alters nothing")
        return self


class Seen(_Part):
    """What was in front of the person when they decided. For people, but for `state` and `review`."""

    risk: _Text = Field(default="", description="The level of risk.")
    window: _Text = Field(default="", description="The window of the change.")
    base: _Text = Field(default="", description="Id of the commit that the change was to go onto.")
    head: _Text = Field(default="", description="Id of the commit that held it.")
    policy: _Text = Field(default="", description="Digest of the rules that stood there.")
    state: _Text = Field(default="", description="The state of the change. On a draft, a vote does not count.")
    review: _Digest | Literal[""] = Field(
        default="", description="SHA-256 of the canonical form of its review; empty where it had none."
    )


class Predicate(_Part):
    """The decision, and all that it is on."""

    change: _Name = Field(description="Name of the ChangeRequest.")
    repository: _Text = Field(min_length=1, description="The stable id of the repository, from its settings.")
    target: str = Field(
        pattern=r"^refs/heads/[^ ~^:?*\[\\\x00-\x1f\x7f]+$", max_length=500, description="Full name of the branch."
    )
    person: _Name = Field(description="Name of the Person who decides: the one whose key signs.")
    role: _Name | Literal[""] = Field(description="The role that they decide in; empty leaves it open.")
    decision: Literal["approve", "reject", "withdraw"] = Field(description="What they decide.")
    reason: _Reason = Field(description="Why.")
    issued_at: _Instant = Field(description="When, as the person claims (UTC).")
    expires_at: _Instant | None = Field(description="From when on it does not count any more; null: never.")
    content: dict[str, Any] = Field(description="The approvable content of the change.")
    lines: Annotated[tuple[LinePart, ...], _LISTED] = Field(description="What the change does, one line a record.")
    seen: Seen = Field(description="What was in front of the person.")
    prev: _Digest | None = Field(
        description="SHA-256 of the person's former statement on this change, if there is one."
    )
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="Random: no two statements are the same.")


class Digests(_Part):
    """Digests of the subject."""

    sha256: _Digest = Field(description="SHA-256 of the canonical form of change, repository, target, content, lines.")


class SubjectPart(_Part):
    """What the statement is on."""

    name: str = Field(pattern=r"^ChangeRequest/.", max_length=120, description="ChangeRequest/ and the name.")
    digest: Digests = Field(description="Digests of the subject.")


class Statement(_Part):
    """A vote, as it is signed."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field(
        default="https://in-toto.io/Statement/v1", alias="_type", description="The version of in-toto statements."
    )
    subject: Annotated[tuple[SubjectPart, ...], _LISTED] = Field(
        min_length=1, max_length=1, description="The one change that it is on."
    )
    predicate_type: Literal["urn:itsmctl:approval:v1"] = Field(
        default="urn:itsmctl:approval:v1", alias="predicateType", description="The kind of statement: a vote."
    )
    predicate: Predicate = Field(description="The decision, and all that it is on.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        said, [subject] = self.predicate, self.subject
        if subject.name != f"{CHANGE}/{said.change}":
            raise ValueError(f"the subject is {subject.name}, and the decision on {said.change}")
        if len({line.ref for line in self.lines}) < len(said.lines):
            raise ValueError("two lines are of the same record")
        if subject.digest.sha256 != _subject(said, self.lines):
            raise ValueError("the digest of the subject is not that of what the statement shows")
        return self

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, as votes have them."""
        return tuple(Line(line.kind, line.name, line.before, line.after) for line in self.predicate.lines)

    @property
    def moves(self) -> dict[str, tuple[FieldMove, ...]]:
        """Kind/name → the fields that its line alters."""
        return {
            f"{line.kind}/{line.name}": tuple(FieldMove(move.at, move.before, move.after) for move in line.moves)
            for line in self.predicate.lines
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the subject."""
        return self.subject[0].digest.sha256

    @property
    def issued_at(self) -> datetime:
        """When the person says that they decided (UTC)."""
        return datetime.fromisoformat(self.predicate.issued_at)

    @property
    def expires_at(self) -> datetime | None:
        """From when on it does not count (UTC), if it ever ends."""
        return datetime.fromisoformat(self.predicate.expires_at) if self.predicate.expires_at else None


def _subject(said: Predicate, lines: Sequence[Line]) -> str:
    return votes.subject(said.change, said.repository, said.target, said.content, lines)
