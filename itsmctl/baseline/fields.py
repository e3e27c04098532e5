"""What a manifest and a signed agreement may hold: the one truth about their fields. Reads nothing.

The published schemas, schemas/tool/baseline.schema.json and agreement.schema.json, are made of these models.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from itsmctl.evidence import strictly
from itsmctl.records import NAME

Kind = Literal["configuration", "release", "service"]

LONGEST = 1 << 30
"""Bytes that a manifest may have."""


def _instant(text: str) -> str:
    datetime.fromisoformat(text)  # raises ValueError for a day or a time that there is not
    return text


_Name = Annotated[str, Field(pattern=NAME, max_length=100)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Oid = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
_Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), AfterValidator(_instant)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class Scope(_Part):
    """What was asked for, and what that came to."""

    asked: list[str] = Field(description="What was asked for: Kind/name or Kind; nothing for the default of the kind.")
    rule: Literal["controlled", "depends-on"] = Field(
        description="controlled: every controlled record. depends-on: the roots, and all that they depend on."
    )
    roots: list[str] = Field(description="The records that were asked for, as Kind/name; none for `controlled`.")


class Source(_Part):
    """What was frozen."""

    commit: _Oid = Field(description="The commit.")
    tree: _Oid = Field(description="Its tree.")
    time: _Instant = Field(description="Its committer's time, which everything is judged as of.")


class Predecessor(_Part):
    """The baseline that this one takes the place of."""

    name: _Name = Field(description="Its name.")
    root: _Digest = Field(description="Its root.")


class Item(_Part):
    """One record, as it was."""

    kind: str = Field(description="Its kind.")
    name: str = Field(description="Its name.")
    path: str = Field(description="Where it stands, from the governed root.")
    state: str = Field(description="spec.state; empty where it has none.")
    owner: str = Field(description="metadata.owner; empty where it has none.")
    digest: _Digest = Field(description="SHA-256 of its canonical content.")
    blob: Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})?$")] = Field(
        description="The id that git gives its bytes; empty where secrets are left out, which that is a digest of, too."
    )
    changes: list[str] = Field(description="The changes that cover its last edit: one, in a governed history.")
    commit: _Oid = Field(description="The commit of the branch that edited it last.")
    secrets: list[str] = Field(
        default=[], description="JSON pointers of the secrets in it (writeOnly), which no digest is over."
    )

    @property
    def ref(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"


class External(_Part):
    """Something outside of the repository that an item names with its digest."""

    item: str = Field(description="The record that names it, as Kind/name.")
    at: str = Field(description="JSON pointer of the place.")
    name: str = Field(description="What it is called there: a package URL, a path, a name.")
    digest: str = Field(description="Its digest, with the algorithm in front.")


class Relation(_Part):
    """One reference between two items."""

    source: str = Field(alias="from", description="The record that refers, as Kind/name.")
    field: str = Field(description="Where it does so: a JSON pointer, with * for any item of a list.")
    type: str = Field(description="The type of the relation; empty where it has none.")
    target: str = Field(alias="to", description="The record referred to, as Kind/name.")


class Edge(Relation):
    """One reference that leaves the scope."""

    digest: _Digest | None = Field(description="SHA-256 of the canonical content of what is referred to; null: gone.")


class OpenChange(_Part):
    """A change on the way that lists items."""

    name: str = Field(description="Its name.")
    state: str = Field(description="Its state.")
    items: list[str] = Field(description="The items, as Kind/name.")


class Concession(_Part):
    """A waiver in force for an item."""

    waiver: str = Field(description="Its name.")
    rule: str = Field(description="The rule that it lifts.")
    record: str = Field(description="The item, as Kind/name.")
    expires: str = Field(description="Its last day.")


class Accounting(_Part):
    """Counts, and what is on the way."""

    kinds: dict[str, int] = Field(description="Kind → how many items.")
    states: dict[str, dict[str, int]] = Field(description="Kind → state → how many items.")
    changes: list[OpenChange] = Field(description="Changes that are not ended and list items.")
    waivers: list[Concession] = Field(description="Waivers in force for items.")


class Checked(_Part):
    """What one rule says of the items."""

    rule: str = Field(description="Its id.")
    result: Literal["pass", "fail", "waived", "not-run"] = Field(description="fail: a finding that nothing lifts.")
    findings: int = Field(description="How many findings.")
    waived: int = Field(description="How many of them are lifted by waivers.")


class Voted(_Part):
    """One signed vote that stood at the commit, on a change that lists items."""

    change: str = Field(description="The change.")
    person: str = Field(description="Who; empty where nobody can be told.")
    decision: str = Field(description="approve, reject or withdraw; empty where it cannot be read.")
    role: str = Field(description="The role that the person claims; empty: left open.")
    source: str = Field(description="Where the statement stands, from the governed root.")
    digest: str = Field(description="SHA-256 of the statement; empty where it is no vote.")
    key: str = Field(description="Fingerprint of the key; empty where it is no vote.")
    fault: str = Field(description="Why it was no vote at the time of the commit; empty where it was one.")


class Section(_Part):
    """What depends on schemas, rules and the program, beside the records."""

    schemas: _Digest = Field(description="Digest of all schemas, shipped and own.")
    policies: _Digest = Field(description="Digest of all policies, shipped and own.")
    tool: str = Field(pattern=r"^[0-9]+[0-9A-Za-z.+]{0,60}$", description="The version of itsmctl that wrote it.")
    relations: list[Relation] = Field(description="References between items.")
    boundary: list[Edge] = Field(description="References that leave the scope.")
    accounting: Accounting = Field(description="Counts, and what is on the way.")
    checks: list[Checked] = Field(description="What each rule says of the items, as of the commit's time.")
    votes: list[Voted] = Field(description="Votes on changes that list items.")


class Manifest(_Part):
    """baselines/NAME/baseline.json."""

    api: Literal["itsm/v1"] = Field(alias="apiVersion", description="The version of the record format.")
    type: Literal["Baseline"] = Field(alias="kind", description="Baseline.")
    canonical: int = Field(description="Version of the canonical form.")
    name: _Name = Field(description="What the baseline is called.")
    of: Kind = Field(description="What sort of baseline it is.")
    scope: Scope = Field(description="What it is a baseline of.")
    repository: str = Field(description="The stable id of the repository, from its settings.")
    source: Source = Field(description="What was frozen.")
    release: str | None = Field(description="The Release that it is for.")
    supersedes: Predecessor | None = Field(description="The baseline that it takes the place of.")
    items: list[Item] = Field(description="Every record, by kind and name.")
    external: list[External] = Field(description="What items name outside of the repository, with digests.")
    root: _Digest = Field(description="Digest over the items.")
    section: Section = Field(description="What depends on schemas, rules and the program.")


class Subject(_Part):
    """What an agreement is about."""

    name: str = Field(description="Baseline/NAME, or the path of the manifest.")
    digest: dict[str, _Digest] = Field(description="sha256: its root, or the SHA-256 of its bytes.")


class Agreed(_Part):
    """One person's agreement."""

    baseline: _Name = Field(description="The baseline.")
    repository: str = Field(description="The stable id of the repository.")
    commit: _Oid = Field(description="The commit that was frozen.")
    root: _Digest = Field(description="The root of the baseline.")
    manifest: _Digest = Field(description="SHA-256 of baseline.json.")
    person: _Name = Field(description="Who agrees.")
    role: Literal["release-manager", "configuration-manager"] = Field(description="In which role.")
    reason: str = Field(max_length=4000, description="Why, for people.")
    issued_at: _Instant = Field(description="When, as the person says.")
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="Random.")


class Agreement(_Part):
    """An in-toto Statement v1 whose predicate is one agreement."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type", description="The format.")
    subject: list[Subject] = Field(min_length=2, max_length=2, description="The baseline, and its manifest.")
    predicate_type: Literal["urn:itsmctl:agreement:v1"] = Field(alias="predicateType", description="An agreement.")
    predicate: Agreed = Field(description="The agreement.")


_Model = TypeVar("_Model", bound=_Part)


def parse(content: bytes, model: type[_Model]) -> _Model:
    """The model of these bytes. Raises ValueError, in words, for whatever they are instead; never anything else."""
    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST} bytes")
    return strictly.read(content, model)


def json_schema(model: type[BaseModel], name: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of a model, as committed under schemas/tool/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:itsmctl:schema:{name}:1",
        **model.model_json_schema(by_alias=True),
    }
