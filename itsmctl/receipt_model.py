"""The receipt of a verdict as pydantic models: the one truth about shape and bytes, and the source of its schema."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from itsmctl import canonical
from itsmctl.escape import storable

SCHEMA = "receipt.schema.json"
"""The published schema, under schemas/tool/."""

SCHEMA_ID = "urn:itsmctl:schema:receipt:1"
TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
PREDICATE: Literal["urn:itsmctl:gate-receipt:v1"] = "urn:itsmctl:gate-receipt:v1"

Text = Annotated[str, BeforeValidator(storable)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Oid = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
Outcome = Literal["ALLOWED", "OVERRIDDEN", "DENIED"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SubjectPart(_Part):
    """What the verdict is on."""

    name: Text = Field(description="The target branch, for what it would hold; or head, for the commit that wants in")
    digest: dict[Literal["gitTree", "gitCommit"], Oid]


class FilePart(_Part):
    """Something that was read, and the SHA-256 of its bytes."""

    name: Text = Field(description="A path from the governed root, or where evidence came from")
    sha256: Digest


class ReadPart(_Part):
    """All that the verdict depends on beside the time."""

    base: Oid = Field(description="Commit of the target branch")
    head: Oid = Field(description="Commit that wants in")
    merge_tree: Oid = Field(description="Tree of the merge result")
    commits: list[Oid] = Field(description="The commits that the head brings, those that were read of base..head")
    settings: Digest | None = Field(description="itsm.yaml at the base; null where there is none")
    schemas: list[FilePart] = Field(description="The repository's own, at the base")
    policies: list[FilePart] = Field(description="The repository's own, at the base")
    shipped: Digest = Field(description="Of all schemas and policies that came with this version of the tool")
    evidence: list[FilePart] = Field(description="Statements, signatures, answers of forges")


class ToolPart(_Part):
    """Which programs judged."""

    itsmctl: Text
    python: Text
    git: Text
    ssh: Text = Field(description="Empty where there is none")


class LinePart(_Part):
    """What a change does to one record: SHA-256 of its canonical content before and after, null where there is none."""

    kind: Text
    name: Text
    before: Text | None
    after: Text | None


class VotePart(_Part):
    """One vote, as it was weighed."""

    person: Text
    decision: Text
    role: Text
    tier: Text
    source: Text
    rule: Text = Field(description="The approval rule that it was put to; empty for an emergency")
    code: Text = Field(description="Why it does not count; empty where it does")
    says: Text
    statement: Text = Field(description="SHA-256 of what was signed; empty for a review, and for what is no vote")
    subject: Text = Field(description="What it is on; empty for a review, and for what is no vote")


class ChangePart(_Part):
    """One change in play, as it was judged."""

    name: Text
    outcome: Outcome
    class_: Text = Field(alias="class", description="The class that it is of, whatever it declares")
    state: Text = Field(description="Its state in the merge result")
    subject: Digest | None = Field(description="What a vote on it is on today; null where none is asked for")
    lines: list[LinePart]
    used: list[VotePart] = Field(description="The votes that were counted")
    ignored: list[VotePart]


class NodePart(_Part):
    """One node of the verdict, as in the report."""

    what: Text
    name: Text
    outcome: Literal["NOTED", "ALLOWED", "OVERRIDDEN", "DENIED"]
    code: Text
    says: Text
    place: dict[Text, Any] | None = None
    details: dict[Text, Any] = Field(default_factory=dict)
    because: list[NodePart]


class PredicatePart(_Part):
    """What was decided, when, by what, from what."""

    outcome: Outcome
    repository: Text = Field(description="The id that settings at the base give it")
    target: Text = Field(description="Full name of the branch")
    at: Text = Field(description="The time that was taken for now: RFC 3339, UTC")
    clock: Literal["system"] = Field(description="Where that time is from")
    valid_until: Text | None = Field(description="When the verdict may be another one: RFC 3339, UTC; null: never")
    ends_with: Text | None = Field(description="What ends then, in words")
    tool: ToolPart
    read: ReadPart
    changes: list[ChangePart]
    verdict: NodePart


class Receipt(_Part):
    """The receipt of one verdict of `itsmctl gate`, as an in-toto Statement."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, title="itsmctl gate receipt")

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default=TYPE, alias="_type")
    subject: list[SubjectPart]
    predicate_type: Literal["urn:itsmctl:gate-receipt:v1"] = Field(default=PREDICATE, alias="predicateType")
    predicate: PredicatePart


def written(receipt: Receipt) -> bytes:
    """The receipt as canonical JSON, with a line feed at its end."""
    return canonical.canonical(receipt.model_dump(mode="json", by_alias=True)) + b"\n"


class Stranger(ValueError):
    """JSON that does not say that it is a receipt of the gate."""


def read(content: bytes) -> Receipt:
    """The receipt in a file, byte for byte as `written` has it. Raises ValueError, in words, for anything else."""
    try:
        found = Receipt.model_validate_json(content)
        same = written(found) == content
    except ValidationError as error:
        raise _refused(error, content) from None
    except (ValueError, RecursionError):
        raise ValueError("it is no receipt of the gate: it holds what JSON cannot say in one way") from None
    if not same:
        raise ValueError("it is not as the gate wrote it: a receipt is never edited, nor formatted")
    return found


def _refused(error: ValidationError, content: bytes) -> ValueError:
    """Why it is no receipt, and at which place of it, as a JSON pointer."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return ValueError("it is no receipt of the gate: it is no JSON")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return ValueError("it is no receipt of the gate: it is no JSON")
    if not isinstance(data, dict) or data.get("predicateType") != PREDICATE:
        return Stranger(f"it is no receipt of the gate: it does not say predicateType {PREDICATE}")
    where = "".join(f"/{part}" for part in first["loc"] if part != "[key]")
    what = {"missing": "is missing", "extra_forbidden": "is nothing that a receipt has"}.get(first["type"])
    return ValueError(f"it is no receipt of the gate: {where} {what or 'is not what a receipt has there'}")


def schema() -> dict[str, Any]:
    """JSON Schema of a receipt, as published in `schemas/tool/receipt.schema.json`."""
    made = Receipt.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **made}
