"""What itsm.yaml may hold: the one truth about its keys, with the words that an editor shows. Reads nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from itsmctl.settings import values
from itsmctl.settings.values import CALLED, MATRIX, contradiction, shown

_NAME, _WORD, _ID, _REF, _PATH, _EMAIL, _KEY, _TEXT, _PACED = CALLED


def _at(*steps: str | int, says: str) -> PydanticCustomError:
    """A mistake that only several values together show, at a place below the model."""
    return PydanticCustomError("at", "{says}", {"says": says, "steps": steps})


_Name = Annotated[str, Field(pattern=_NAME, max_length=100)]
_Word = Annotated[str, Field(pattern=_WORD, max_length=100)]
_Paced = Annotated[str, Field(pattern=_PACED, max_length=100)]
_Text = Annotated[str, Field(pattern=_TEXT, max_length=1000)]
_Path = Annotated[str, Field(pattern=_PATH, max_length=500), AfterValidator(values.inner_path)]
_Day = Annotated[str, Field(json_schema_extra={"format": "date"}), AfterValidator(values.day)]
_Days = Annotated[int, Field(ge=1, le=3660)]
_LISTED = Field(strict=False)  # a list, as YAML has it, where the model holds a tuple


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Shard(_Part):
    """How the folder of one large kind is split."""

    by: Literal["prefix", "digest"] = Field(
        description="prefix: by the first letters of the name. digest: by a digest of the name, so that all folders "
        "fill alike."
    )
    length: int = Field(ge=1, le=4, description="How many characters the name of each part has.")


class Carrier(_Part):
    """An identity of a forge that commits what others wrote, such as its merge button."""

    email: str = Field(pattern=_EMAIL, max_length=300, description="The e-mail address that it commits with.")
    key: str | None = Field(
        default=None,
        pattern=_KEY,
        description=f"The SSH key that it signs with, as {CALLED[_KEY]}. Without it, only its being the committer is "
        "passed over, and only where the author is known: as for GitHub, which signs otherwise.",
    )


class Emergency(_Part):
    """How emergency changes may go ahead, and what they owe afterwards."""

    roles: Annotated[tuple[_Name, ...], _LISTED] = Field(
        min_length=1, description="Roles whose holders may let an emergency change pass."
    )
    solo: bool = Field(default=False, description="true: the vote may be that of someone who made the change.")
    review_within: _Days = Field(description="Days within which the full vote and the review follow.")
    per_service: int = Field(ge=1, description="Most emergency changes to one service in one period.")
    period: _Days = Field(description="Length of that period in days.")


class Delegating(_Part):
    """How persons may let others vote in their place."""

    without_delegator: bool = Field(
        default=False,
        description="true: a delegation also stands on the votes of two others who hold what it hands over, for a "
        "delegator who is away already. Otherwise it needs the delegator's own vote.",
    )


class Scales(_Part):
    """The words for the grades of risk, lowest first."""

    likelihood: Annotated[tuple[_Word, ...], _LISTED] = Field(
        default=("low", "medium", "high"), min_length=1, description="How likely harm is, lowest first."
    )
    impact: Annotated[tuple[_Word, ...], _LISTED] = Field(
        default=("low", "medium", "high"), min_length=1, description="How much harm is done, lowest first."
    )
    level: Annotated[tuple[_Word, ...], _LISTED] = Field(
        default=("low", "medium", "high"), min_length=1, description="The resulting risk, lowest first."
    )


class Risk(_Part):
    """How likelihood and impact make a level of risk."""

    scales: Scales = Field(default_factory=Scales, description="The words for the grades.")
    matrix: dict[str, dict[str, str]] = Field(
        default_factory=lambda: {likelihood: dict(row) for likelihood, row in MATRIX.items()},
        description="likelihood → impact → level: every pair of grades has its level.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Risk:
        scales = self.scales
        for scale, grades in (("likelihood", scales.likelihood), ("impact", scales.impact), ("level", scales.level)):
            if len(set(grades)) < len(grades):
                raise _at("scales", scale, says="names a grade twice")
        if set(self.matrix) != set(scales.likelihood):
            raise _at("matrix", says=f"must have one row for each likelihood: {', '.join(scales.likelihood)}")
        for likelihood, row in self.matrix.items():
            if set(row) != set(scales.impact):
                says = f"must have one level for each impact: {', '.join(scales.impact)}"
                raise _at("matrix", likelihood, says=says)
            for impact, level in row.items():
                if level not in scales.level:
                    says = f"must be one of {', '.join(scales.level)}, not {shown(level)}"
                    raise _at("matrix", likelihood, impact, says=says)
        return self


class Holiday(_Part):
    """A day on which nobody works."""

    date: _Day = Field(description="The day, year first: 2026-02-24.")
    name: _Text = Field(description="What it is called.")


class Calendar(_Part):
    """Where and when the organisation works."""

    zone: Annotated[str, AfterValidator(values.zone)] = Field(
        default="UTC", max_length=64, description="The IANA time zone of the organisation, such as Europe/Tallinn."
    )
    holidays: Annotated[tuple[Holiday, ...], _LISTED] = Field(default=(), description="Days on which nobody works.")


class Off(_Part):
    """A policy that does not apply here, and why."""

    rule: _Name = Field(description="The id of the policy, such as CHG-07.")
    reason: _Text = Field(description="Why it does not apply. Reports show it.")


class Policies(_Part):
    """What this repository changes about policies. Checks of form always hold."""

    off: Annotated[tuple[Off, ...], _LISTED] = Field(
        default=(), description="Policies that do not apply, each with its reason."
    )
    severity: dict[_Name, Literal["error", "warning", "info"]] = Field(
        default_factory=dict, description="Policies by id, with the severity that they have here."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Policies:
        steps, says = contradiction([item.rule for item in self.off], self.severity)
        if says:
            raise _at(*steps, says=says)
        return self


class Settings(_Part):
    """The settings of a governed repository."""

    api_version: Literal["itsm/v1"] = Field(alias="apiVersion", description="The version of the format: itsm/v1.")
    kind: Literal["Settings"] = Field(description="Always Settings.")
    repository: str = Field(
        pattern=_ID,
        max_length=200,
        description="A stable id of this repository, such as example.org/itsm. Never change it: votes name it.",
    )
    target: Annotated[str, AfterValidator(values.full_ref)] = Field(
        default="refs/heads/main", pattern=_REF, description="The branch that is in force, by its full name."
    )
    requires: Annotated[str, AfterValidator(values.specifiers)] = Field(
        default=">=0", description='Versions of itsmctl that may judge this repository, such as ">=0.1,<2".'
    )
    layout: dict[_Word, Shard] = Field(
        default_factory=dict,
        description="Folders under records/ that are split because they grow large, such as configuration-items.",
    )
    protected: Annotated[tuple[_Path, ...], _LISTED] = Field(
        default=(
            ".gitattributes",
            ".github/CODEOWNERS",
            ".github/workflows/**",
            ".gitlab-ci.yml",
            ".gitlab/CODEOWNERS",
            ".mailmap",
            "CODEOWNERS",
            "docs/CODEOWNERS",
            "hooks/pre-receive",
        ),
        description="Other files that change only by a change: * stands for any part of a name, ** for any folders.",
    )
    carriers: Annotated[tuple[Carrier, ...], _LISTED] = Field(
        default=(), description="Identities of the forge that commit what others wrote."
    )
    outside_authors: Literal["deny", "allow"] = Field(
        default="deny", description="Whether commits by people without a Person record may be part of a change."
    )
    commit_signatures: Literal["optional", "required"] = Field(
        default="optional",
        description="required if each commit that touches what is governed has to be signed with an SSH key of the "
        "person whom it names as author and committer, or by a carrier. With optional a commit is by whom it names, "
        "which git asks nobody about: who writes another name is not known to have had a hand in a change.",
    )
    owner_fallback: _Name | None = Field(
        default=None, description="The role that decides for an owner whose role nobody holds."
    )
    emergency: Emergency | None = Field(
        default=None, description="How emergency changes go; without it there are none."
    )
    delegation: Delegating = Field(default_factory=Delegating, description="What it takes to let somebody else vote.")
    risk: Risk = Field(default_factory=Risk, description="How risk is graded.")
    calendar: Calendar = Field(default_factory=Calendar, description="Time zone and holidays.")
    intervals: dict[_Paced, _Days] = Field(
        default_factory=dict,
        description="Days that the organisation set itself: between looks at the same thing by process, such as "
        "change-management: 90; of one deadline by the id of its rule, such as CHG-19: 30, which goes first.",
    )
    policies: Policies = Field(default_factory=Policies, description="What this repository changes about policies.")
