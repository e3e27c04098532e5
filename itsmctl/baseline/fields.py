"""What a manifest and a signed agreement may hold: the one truth about their fields. Reads nothing.

The published schemas, schemas/tool/baseline.schema.json and agreement.schema.json, are made of these models.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from itsmctl.records import NAME

Kind = Literal["configuration", "release", "service"]

_END = "(?!\\n)"


def _all(pattern: str) -> str:
    """A pattern of all the text: `$` alone, as Python reads it, lets a line feed follow."""
    return pattern + _END


_Name = Annotated[str, Meta(pattern=_all(NAME), max_length=100)]
DIGEST = "^[0-9a-f]{64}$"
OID = "^(?:[0-9a-f]{40}|[0-9a-f]{64})$"
OID_OR_NONE = "^(?:[0-9a-f]{40}|[0-9a-f]{64})?$"
_Digest = Annotated[str, Meta(pattern=_all(DIGEST))]
_Oid = Annotated[str, Meta(pattern=_all(OID))]
_Instant = Annotated[str, Meta(pattern=_all("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"))]
_Version = Annotated[str, Meta(pattern=_all("^[0-9]+[0-9A-Za-z.+]{0,60}$"))]
_Nonce = Annotated[str, Meta(pattern=_all("^[A-Za-z0-9_-]{16,64}$"))]
_Reason = Annotated[str, Meta(max_length=4000)]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Scope(_Part, frozen=True):
    """What was asked for, and what that came to."""

    asked: Annotated[
        list[str], Meta(description="What was asked for: Kind/name or Kind; nothing for the default of the kind.")
    ]
    rule: Annotated[
        Literal["controlled", "depends-on"],
        Meta(description="controlled: every controlled record. depends-on: the roots, and all that they depend on."),
    ]
    roots: Annotated[
        list[str], Meta(description="The records that were asked for, as Kind/name; none for `controlled`.")
    ]


class Source(_Part, frozen=True):
    """What was frozen."""

    commit: Annotated[_Oid, Meta(description="The commit.")]
    tree: Annotated[_Oid, Meta(description="Its tree.")]
    time: Annotated[_Instant, Meta(description="Its committer's time, which everything is judged as of.")]

    def __post_init__(self) -> None:
        datetime.fromisoformat(self.time)  # raises ValueError for a day or a time that there is not


class Predecessor(_Part, frozen=True):
    """The baseline that this one takes the place of."""

    name: Annotated[_Name, Meta(description="Its name.")]
    root: Annotated[_Digest, Meta(description="Its root.")]


def _looked_at_once(pattern: str, description: str) -> Meta:
    """Of a text that `reading` holds against a pattern, of all items at once: one by one took a third of the time."""
    return Meta(description=description, extra_json_schema={"pattern": pattern})


class Item(_Part, frozen=True):
    """One record, as it was."""

    kind: Annotated[str, Meta(description="Its kind.")]
    name: Annotated[str, Meta(description="Its name.")]
    path: Annotated[str, Meta(description="Where it stands, from the governed root.")]
    state: Annotated[str, Meta(description="spec.state; empty where it has none.")]
    owner: Annotated[str, Meta(description="metadata.owner; empty where it has none.")]
    digest: Annotated[str, _looked_at_once(DIGEST, "SHA-256 of its canonical content.")]
    blob: Annotated[
        str,
        _looked_at_once(
            OID_OR_NONE, "The id that git gives its bytes; empty where secrets are left out: it is over them."
        ),
    ]
    changes: Annotated[list[str], Meta(description="The changes that cover its last edit: one, in a governed history.")]
    commit: Annotated[str, _looked_at_once(OID, "The commit of the branch that edited it last.")]
    secrets: Annotated[
        list[str], Meta(description="JSON pointers of the secrets in it (writeOnly), which no digest is over.")
    ] = []

    @property
    def ref(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"


class External(_Part, frozen=True):
    """Something outside of the repository that an item names with its digest."""

    item: Annotated[str, Meta(description="The record that names it, as Kind/name.")]
    at: Annotated[str, Meta(description="JSON pointer of the place.")]
    name: Annotated[str, Meta(description="What it is called there: a package URL, a path, a name.")]
    digest: Annotated[str, Meta(description="Its digest, with the algorithm in front.")]


class Relation(_Part, frozen=True):
    """One reference between two items."""

    source: Annotated[str, Meta(description="The record that refers, as Kind/name.")] = msgspec.field(name="from")
    field: Annotated[str, Meta(description="Where it does so: a JSON pointer, with * for any item of a list.")]
    type: Annotated[str, Meta(description="The type of the relation; empty where it has none.")]
    target: Annotated[str, Meta(description="The record referred to, as Kind/name.")] = msgspec.field(name="to")


class Edge(Relation, frozen=True):
    """One reference that leaves the scope."""

    digest: Annotated[
        _Digest | None, Meta(description="SHA-256 of the canonical content of what is referred to; null: gone.")
    ]


class OpenChange(_Part, frozen=True):
    """A change on the way that lists items."""

    name: Annotated[str, Meta(description="Its name.")]
    state: Annotated[str, Meta(description="Its state.")]
    items: Annotated[list[str], Meta(description="The items, as Kind/name.")]


class Concession(_Part, frozen=True):
    """A waiver in force for an item."""

    waiver: Annotated[str, Meta(description="Its name.")]
    rule: Annotated[str, Meta(description="The rule that it lifts.")]
    record: Annotated[str, Meta(description="The item, as Kind/name.")]
    expires: Annotated[str, Meta(description="Its last day.")]


class Accounting(_Part, frozen=True):
    """Counts, and what is on the way."""

    kinds: Annotated[dict[str, int], Meta(description="Kind → how many items.")]
    states: Annotated[dict[str, dict[str, int]], Meta(description="Kind → state → how many items.")]
    changes: Annotated[list[OpenChange], Meta(description="Changes that are not ended and list items.")]
    waivers: Annotated[list[Concession], Meta(description="Waivers in force for items.")]


class Checked(_Part, frozen=True):
    """What one rule says of the items."""

    rule: Annotated[str, Meta(description="Its id.")]
    result: Annotated[
        Literal["pass", "fail", "waived", "not-run"], Meta(description="fail: a finding that nothing lifts.")
    ]
    findings: Annotated[int, Meta(description="How many findings.")]
    waived: Annotated[int, Meta(description="How many of them are lifted by waivers.")]


class Voted(_Part, frozen=True):
    """One signed vote that stood at the commit, on a change that lists items."""

    change: Annotated[str, Meta(description="The change.")]
    person: Annotated[str, Meta(description="Who; empty where nobody can be told.")]
    decision: Annotated[str, Meta(description="approve, reject or withdraw; empty where it cannot be read.")]
    role: Annotated[str, Meta(description="The role that the person claims; empty: left open.")]
    source: Annotated[str, Meta(description="Where the statement stands, from the governed root.")]
    digest: Annotated[str, Meta(description="SHA-256 of the statement; empty where it is no vote.")]
    key: Annotated[str, Meta(description="Fingerprint of the key; empty where it is no vote.")]
    fault: Annotated[str, Meta(description="Why it was no vote at the time of the commit; empty where it was one.")]


class Section(_Part, frozen=True):
    """What depends on schemas, rules and the program, beside the records."""

    schemas: Annotated[_Digest, Meta(description="Digest of all schemas, shipped and own.")]
    policies: Annotated[_Digest, Meta(description="Digest of all policies, shipped and own.")]
    tool: Annotated[_Version, Meta(description="The version of itsmctl that wrote it.")]
    relations: Annotated[list[Relation], Meta(description="References between items.")]
    boundary: Annotated[list[Edge], Meta(description="References that leave the scope.")]
    accounting: Annotated[Accounting, Meta(description="Counts, and what is on the way.")]
    checks: Annotated[list[Checked], Meta(description="What each rule says of the items, as of the commit's time.")]
    votes: Annotated[list[Voted], Meta(description="Votes on changes that list items.")]


class Manifest(_Part, frozen=True):
    """baselines/NAME/baseline.json."""

    api: Annotated[Literal["itsm/v1"], Meta(description="The version of the record format.")] = msgspec.field(
        name="apiVersion"
    )
    type: Annotated[Literal["Baseline"], Meta(description="Baseline.")] = msgspec.field(name="kind")
    canonical: Annotated[int, Meta(description="Version of the canonical form.")]
    name: Annotated[_Name, Meta(description="What the baseline is called.")]
    of: Annotated[Kind, Meta(description="What sort of baseline it is.")]
    scope: Annotated[Scope, Meta(description="What it is a baseline of.")]
    repository: Annotated[str, Meta(description="The stable id of the repository, from its settings.")]
    source: Annotated[Source, Meta(description="What was frozen.")]
    release: Annotated[str | None, Meta(description="The Release that it is for.")]
    supersedes: Annotated[Predecessor | None, Meta(description="The baseline that it takes the place of.")]
    items: Annotated[list[Item], Meta(description="Every record, by kind and name.")]
    external: Annotated[list[External], Meta(description="What items name outside of the repository, with digests.")]
    root: Annotated[_Digest, Meta(description="Digest over the items.")]
    section: Annotated[Section, Meta(description="What depends on schemas, rules and the program.")]


class Subject(_Part, frozen=True):
    """What an agreement is about."""

    name: Annotated[str, Meta(description="Baseline/NAME, or the path of the manifest.")]
    digest: Annotated[dict[str, _Digest], Meta(description="sha256: its root, or the SHA-256 of its bytes.")]


_Pair = Annotated[list[Subject], Meta(min_length=2, max_length=2)]


class Agreed(_Part, frozen=True):
    """One person's agreement."""

    baseline: Annotated[_Name, Meta(description="The baseline.")]
    repository: Annotated[str, Meta(description="The stable id of the repository.")]
    commit: Annotated[_Oid, Meta(description="The commit that was frozen.")]
    root: Annotated[_Digest, Meta(description="The root of the baseline.")]
    manifest: Annotated[_Digest, Meta(description="SHA-256 of baseline.json.")]
    person: Annotated[_Name, Meta(description="Who agrees.")]
    role: Annotated[Literal["release-manager", "configuration-manager"], Meta(description="In which role.")]
    reason: Annotated[_Reason, Meta(description="Why, for people.")]
    issued_at: Annotated[_Instant, Meta(description="When, as the person says.")]
    nonce: Annotated[_Nonce, Meta(description="Random.")]

    def __post_init__(self) -> None:
        datetime.fromisoformat(self.issued_at)  # raises ValueError for a day or a time that there is not


class Agreement(_Part, frozen=True):
    """An in-toto Statement v1 whose predicate is one agreement."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Meta(description="The format.")] = msgspec.field(
        name="_type"
    )
    subject: Annotated[_Pair, Meta(description="The baseline, and its manifest.")]
    predicate_type: Annotated[Literal["urn:itsmctl:agreement:v1"], Meta(description="An agreement.")] = msgspec.field(
        name="predicateType"
    )
    predicate: Annotated[Agreed, Meta(description="The agreement.")]


def data(made: _Part) -> dict[str, Any]:
    """The plain data of a model, under the names that files have."""
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain


def json_schema(model: type[_Part], name: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of a model, as committed under schemas/tool/; in it, `$` is the end."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:itsmctl:schema:{name}:1",
        **json.loads(msgspec.json.encode(msgspec.json.schema(model)).decode().replace(json.dumps(_END)[1:-1], "")),
    }
