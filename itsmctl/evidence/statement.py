"""The signed statement: what one person says of one change, as the bytes that they sign. Reads no file, signs nothing.

An in-toto Statement v1; `fields` says what it may hold, and schemas/tool/statement.schema.json is made of that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from itsmctl import canonical, votes
from itsmctl.evidence import strictly
from itsmctl.records import CHANGE, NAME
from itsmctl.votes import FieldMove, Line

if TYPE_CHECKING:  # importing pydantic takes long, and without votes nobody asks for it
    from itsmctl.evidence.fields import Statement

NAMESPACE = "approval@itsmctl"
"""What the signature beside a statement is for."""

FOLDER = "approvals"
"""Where statements stand, from the governed root."""

LONGEST = 1 << 20
"""Bytes that a statement may have."""

SCHEMA = "statement.schema.json"
"""The published schema, under schemas/tool/."""

_DEEPEST = 64  # lists and mappings inside each other: far less than a reader of JSON may run out of
_PLACE = re.compile(rf"{FOLDER}/({NAME[1:-1]})/({NAME[1:-1]})-([0-9a-f]{{12}})\.json")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


def draft(
    *,
    change: str,
    repository: str,
    target: str,
    person: str,
    decision: votes.Decision,
    reason: str,
    issued_at: datetime,
    expires_at: datetime | None,
    content: Mapping[str, Any],
    lines: Sequence[Line],
    moves: Mapping[str, Sequence[FieldMove]],
    seen: Mapping[str, str],
    prev: str | None,
    nonce: str,
    role: str = "",
) -> Statement:
    """The statement to be shown and signed, as it will be read again. Raises ValueError with what cannot be said so.

    `moves` is by Kind/name, as in votes; `seen` has the keys of Seen; `nonce` is random: 16 to 64 of A-Z a-z 0-9 _ -.
    """
    predicate = {
        "change": change,
        "repository": repository,
        "target": target,
        "person": person,
        "role": role,
        "decision": decision,
        "reason": reason,
        "issued_at": instant(issued_at),
        "expires_at": instant(expires_at) if expires_at else None,
        "content": dict(content),
        "lines": [line.data | {"moves": _moves(moves.get(line.ref, ()))} for line in votes.sorted_lines(lines)],
        "seen": dict(seen),
        "prev": prev,
        "nonce": nonce,
    }
    subject = votes.subject(change, repository, target, content, lines)
    written = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"{CHANGE}/{change}", "digest": {"sha256": subject}}],
        "predicateType": "urn:itsmctl:approval:v1",
        "predicate": predicate,
    }
    return read(canonical.canonical(written))


def write(statement: Statement) -> bytes:
    """The bytes to be signed and kept: canonical JSON and a line feed."""
    return canonical.canonical(statement.model_dump(by_alias=True, exclude_unset=True)) + b"\n"


def read(content: bytes) -> Statement:
    """The statement in these bytes, if its subject is that of what it shows. Raises ValueError with what is wrong."""
    from itsmctl.evidence.fields import Statement

    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST} bytes")
    if _depth(content) > _DEEPEST:
        raise ValueError(f"more than {_DEEPEST} lists and mappings stand inside each other")
    return strictly.read(content, Statement)


def place(content: bytes) -> str:
    """Where these bytes belong, from the governed root; the signature stands beside it, with .sig after the name.

    Raises ValueError as `read` does.
    """
    said = read(content).predicate
    return home(said.change, said.person, hashlib.sha256(content).hexdigest())


def home(change: str, person: str, digest: str) -> str:
    """Where the statement of that person on that change stands whose bytes have that SHA-256."""
    return f"{FOLDER}/{change}/{person}-{digest[:12]}.json"


def is_place(path: str) -> bool:
    """May a statement stand there? The .sig beside it has its name and .sig."""
    return _PLACE.fullmatch(path) is not None


def instant(moment: datetime) -> str:
    """A moment as statements write it: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a statement, as committed in schemas/tool/statement.schema.json."""
    from itsmctl.evidence.fields import Statement

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:itsmctl:schema:statement:1",
        **Statement.model_json_schema(by_alias=True),
    }


def _moves(moves: Sequence[FieldMove]) -> list[dict[str, Any]]:
    return [
        {"at": move.at}
        | ({} if move.before is None else {"before": move.before})
        | ({} if move.after is None else {"after": move.after})
        for move in moves
    ]


def _depth(content: bytes) -> int:
    """How many brackets are open at once, at most; of what is no JSON it may say more."""
    deepest = depth = 0
    for bracket in _STRING.sub(b"", content).translate(None, _NOT_BRACKET):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
