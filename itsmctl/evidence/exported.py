"""Reviews that an earlier step read from a forge and kept in a file: writes such a file, and reads it. No network."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace
from pydantic import Field, ValidationError

from itsmctl import canonical
from itsmctl.errors import CannotJudge
from itsmctl.evidence.asking import parse
from itsmctl.evidence.reviews import SKEW, Reviews, first, weigh

if TYPE_CHECKING:
    from itsmctl.evidence.reviews import Roster
    from itsmctl.votes import Evidence

FORMAT: Literal["itsmctl-reviews"] = "itsmctl-reviews"
SCHEMA_ID = "urn:itsmctl:schema:reviews:1"

OLDEST = timedelta(hours=24)
"""A file tells nothing of what was decided after it was written; that old, somebody may have taken back a vote."""

LARGEST = 16 * 1024 * 1024
"""In bytes."""

_HINT = "Export the reviews anew, right before the gate, and hand over the file as it was written."


class ReviewsFile(Reviews):
    """Reviews of one pull request, exported by itsmctl."""

    format: Literal["itsmctl-reviews"] = Field(description="What the file is.")
    version: Literal[1] = Field(description="Version of the format.")
    complete: Literal[True] = Field(description="All was read to its end; an export that failed writes no file.")
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of all else, as canonical JSON: against accidents, and no signature.",
    )


def write(found: Reviews) -> bytes:
    """The file, as UTF-8 with a line feed at its end; `collect` reads it."""
    data = {"format": FORMAT, "version": 1, "complete": True, **found.model_dump(mode="json")}
    return canonical.canonical({**data, "sha256": canonical.digest(data)}) + b"\n"


def collect(content: bytes, roster: Roster, now: datetime, path: str = "the exported reviews") -> Evidence:
    """The reviews in a file that `write` made, as votes of tier T1.

    `path` names it in messages. Raises CannotJudge for all that is not whole, not ours, edited, too old, or from the
    future. That its digest is right proves nothing about who wrote it: so T1, and no more.
    """
    found = read(content, path)
    if found.collected_at > now + SKEW:
        raise CannotJudge(f"{path}: it was read at {found.collected_at.isoformat()}, which is yet to come.", _HINT)
    if now - found.collected_at > OLDEST:
        raise CannotJudge(f"{path}: it was read at {found.collected_at.isoformat()}, more than a day ago.", _HINT)
    evidence = weigh(found, roster, now, "T1")
    return replace(evidence, read=((path, hashlib.sha256(content).hexdigest()),))


def is_one(content: bytes) -> bool:
    """Does a file say that it is one of these? Whether it is, `read` tells."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("format") == FORMAT


def read(content: bytes, path: str = "the exported reviews") -> Reviews:
    """What the file holds; CannotJudge as in `collect`, but for its age."""
    if len(content) > LARGEST:
        raise CannotJudge(f"{path}: it is larger than {LARGEST // 1024 // 1024} MiB.", _HINT)
    try:
        data = parse(content.decode("utf-8"))
    except ValueError as error:
        raise CannotJudge(f"{path}: it is no whole JSON file ({str(error)[:200]}).", _HINT) from error
    try:
        found = ReviewsFile.model_validate_json(canonical.canonical(data))
    except ValidationError as error:
        raise CannotJudge(f"{path}: it is no file of complete reviews ({first(error)}).", _HINT) from error
    if canonical.digest({key: value for key, value in data.items() if key != "sha256"}) != found.sha256:
        raise CannotJudge(f"{path}: it was edited after it was written.", _HINT)
    return found


def schema() -> dict[str, Any]:
    """JSON Schema of the file, as published in `schemas/tool/reviews.schema.json`."""
    made = ReviewsFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **made}
