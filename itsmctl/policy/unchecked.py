"""Controls that no rule checks, and why: `policies/not-checked.yaml`, which comes with the program. Judges nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from itsmctl import bundled, yamltext
from itsmctl.policy.model import ID, Clause

FILE = "not-checked.yaml"


class Unchecked(BaseModel):
    """One control. `reason`: why no rule over records can see it. `instead`: who looks at it, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(pattern=ID)
    title: str = Field(min_length=1)
    process: str = Field(min_length=1)
    clause: Clause | None = None
    basis: Literal["requirement", "recommendation", "house"]
    reason: str = Field(min_length=1)
    instead: str = Field(min_length=1)

    @property
    def clauses(self) -> tuple[tuple[str, str], ...]:
        """(edition, numbers), as a Rule has them."""
        found = self.clause.model_dump(exclude_none=True) if self.clause is not None else {}
        return tuple(found.items())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    controls: list[Unchecked]


def shipped() -> tuple[Unchecked, ...]:
    """The controls of the processes that the shipped rules cover, by id. Raises ValueError if the file is no such."""
    content = (bundled.folder("policies") / FILE).read_bytes()
    found = _File.model_validate(yamltext.read(content)).controls
    return tuple(sorted(found, key=lambda one: one.id))
