"""What a policy file may say: the pydantic model that reads it, and whose JSON Schema is published."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ID = r"^[A-Z][A-Z0-9]*-[A-Z0-9][A-Z0-9-]*$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Clause(_Part):
    """Where in ISO/IEC 20000 the rule comes from, by edition; numbers only, never the standard's sentences."""

    part1_2005: str | None = Field(None, description="Clause of ISO/IEC 20000-1:2005.")
    part2_2005: str | None = Field(None, description="Clause of ISO/IEC 20000-2:2005.")
    part1_2018: str | None = Field(None, description="Clause of ISO/IEC 20000-1:2018.")


class Match(_Part):
    """Which records the rule looks at."""

    kind: str | list[str] = Field(description="The kind, or kinds, of record that the rule looks at.")
    when: str | None = Field(None, description="CEL: the rule applies where this holds of `self`.")
    closed: bool = Field(False, description="Look at records in a terminal state, too.")


class Example(_Part):
    """A record with the verdict that the rule must give on it."""

    name: str = Field(description="What the example shows.")
    record: dict[str, Any] = Field(description="The record that is judged. metadata may be left out.")
    world: list[dict[str, Any]] = Field(default_factory=list, description="Other records that the rule reads.")
    before: dict[str, Any] | None = Field(None, description="The record as it was at the base.")
    settings: dict[str, Any] | None = Field(
        None,
        description="What itsm.yaml says in this example, as far as the rule reads it: intervals, emergency, risk.",
    )
    as_of: str | None = Field(None, description="The time of the judgement, RFC 3339. Default: 2026-01-01T00:00:00Z.")
    expect: Literal["pass", "fail"] = Field(description="What the rule says of the record.")
    at: str | None = Field(None, description="Where the finding points, as a JSON pointer.")


class Metadata(_Part):
    """What the rule is called."""

    name: Annotated[str, Field(pattern=ID, max_length=40)] = Field(description="The id: capitals, digits, dashes.")
    title: str = Field(min_length=1, max_length=200, description="A sentence that holds when all is well.")
    labels: dict[str, str] = Field(default_factory=dict, description="Tags that --select and --ignore understand.")


class Spec(_Part):
    """The rule itself."""

    process: str = Field(description="The process it belongs to, for instance change-management.")
    clause: Clause | None = Field(None, description="Absent on house rules.")
    basis: Literal["requirement", "recommendation", "house"] = Field(
        description="requirement: Part 1 asks for it. recommendation: Part 2 advises it. house: neither does."
    )
    severity: Literal["error", "warning", "info"] = Field(description="How bad a finding of this rule is.")
    enforcement: Literal["advisory", "soft", "hard"] = Field(
        "soft", description="advisory: never fails a run. soft: a waiver may lift it. hard: nothing lifts it."
    )
    description: str = Field(min_length=1, description="Why the rule exists, in plain words.")
    needs: Literal["base"] | None = Field(
        None, description="base: runs only where there is a revision to compare with."
    )
    match: Match
    let: dict[str, str] = Field(default_factory=dict, description="Names for CEL expressions, in order.")
    check: str = Field(alias="assert", description="CEL: what must hold of `self`.")
    at: str | None = Field(None, description="JSON pointer of the finding; by default the engine finds the place.")
    message: str = Field(description="CEL that gives a text: what is wrong with `self`.")
    remediation: str = Field(
        min_length=1,
        description="What to do when the rule fires. Lines indented by two blanks are an example to paste.",
    )
    examples: list[Example] = Field(min_length=2, description="At least one that passes and one that fails.")


class PolicyFile(_Part):
    """A rule over records, as `policies/<process>/<id>.yaml` holds it."""

    api_version: Literal["itsm/v1"] = Field(alias="apiVersion", description="The version of this format.")
    kind: Literal["Policy"] = Field(description="Policy.")
    metadata: Metadata
    spec: Spec


def field_names(path: list[str]) -> tuple[str, ...]:
    """The fields that may stand at a path of field names, as the file writes them; for "did you mean"."""
    model: type[BaseModel] | None = PolicyFile
    for step in path:
        if model is None:
            return ()
        field = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
        model = _model_of(field.annotation) if field is not None else (model if step.isdecimal() else None)
    return tuple(field.alias or name for name, field in model.model_fields.items()) if model is not None else ()


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, one or a list of it."""
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, as editors use it."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:itsmctl:v1:Policy", **schema}
