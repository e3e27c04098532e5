"""What judging records needs of itsm.yaml: a narrow view of its data. Tests hold it against the model.

The model reads the whole file, and says what is wrong with it; loading it takes longer than a small run. So where the
published schema and the checks of single values find nothing, the model is not asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.settings.rootnames import FILE
from itsmctl.settings.values import MATRIX, contradiction, day, full_ref, inner_path, specifiers, zone
from itsmctl.yamltext import spots

if TYPE_CHECKING:
    from itsmctl.findings import Severity
    from itsmctl.settings.model import Settings


class View(Struct, frozen=True, dict=True):
    """The settings of a governed repository, as far as judging goes. `data`: the file, known to be right.

    `content`: its bytes, for places.
    """

    data: Mapping[str, Any]
    content: bytes = b""

    @cached_property
    def layout(self) -> Mapping[str, Mapping[str, Any]]:
        """Folder under records/ → how it is split: `by` prefix or digest, `length` characters."""
        return self.data.get("layout", {})  # type: ignore[no-any-return]

    @property
    def off(self) -> Mapping[str, str]:
        """Policies that do not apply here → why."""
        return {item["rule"]: item["reason"] for item in self.data.get("policies", {}).get("off", ())}

    @property
    def severity(self) -> Mapping[str, Severity]:
        """Policies → the severity that they have here."""
        return self.data.get("policies", {}).get("severity", {})  # type: ignore[no-any-return]

    @property
    def intervals(self) -> Mapping[str, int]:
        """Process or id of a rule → the days that the organisation set itself."""
        return self.data.get("intervals", {})  # type: ignore[no-any-return]

    @property
    def emergency(self) -> Mapping[str, Any]:
        """How emergency changes go; empty where there are none such. `solo` may be left out."""
        return self.data.get("emergency", {})  # type: ignore[no-any-return]

    @property
    def may_stand_for_delegators(self) -> bool:
        """May a delegation be agreed to by others of the role, in place of whoever lets another vote?"""
        return bool(self.data.get("delegation", {}).get("without_delegator", False))

    @property
    def impact_scale(self) -> tuple[str, ...]:
        """The words for how much harm is done, lowest first."""
        return self.all.risk.scales.impact if "risk" in self.data else tuple(MATRIX)

    def risk_level(self, likelihood: str, impact: str) -> str | None:
        """The level of risk that the matrix gives for two grades; None for a grade that it does not know."""
        matrix = self.all.risk.matrix if "risk" in self.data else MATRIX
        return matrix.get(likelihood, {}).get(impact)

    @cached_property
    def all(self) -> Settings:
        """Everything, defaults included."""
        from itsmctl.settings.model import Settings

        return Settings.model_validate(self.data)

    def at(self, pointer: str, key: bool = False) -> str:
        """`itsm.yaml:line:column` of a value, or of its key: for what only kinds and policies can tell to be wrong."""
        span, _ = spots(self.content).locate(pointer, key)
        return f"{FILE}:{span.line}:{span.column}"

    def home(self, plural: str, name: str) -> str:
        """The one path of a record, from the plural of its kind and its name."""
        shard = self.layout.get(plural)
        folder = f"records/{plural}" if shard is None else f"records/{plural}/{_part(shard, name)}"
        return f"{folder}/{name}.yaml"


def _has_fraction(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_fraction(item) for item in value.values())
    return isinstance(value, float) or (isinstance(value, list) and any(_has_fraction(item) for item in value))


def _part(shard: Mapping[str, Any], name: str) -> str:
    folded = name.casefold()
    if shard["by"] == "digest":
        return hashlib.sha256(folded.encode()).hexdigest()[: shard["length"]]
    return folded[: shard["length"]].rstrip(".")  # Windows has no folders whose names end in a dot


def is_surely_right(data: Mapping[str, Any]) -> bool:
    """Of data that keeps to the published schema: do the checks that no schema can hold find nothing either?

    False where only the model can tell, since defaults take part.
    """
    if "risk" in data or _has_fraction(data):  # to a schema 1.0 is a whole number
        return False
    calendar, policies = data.get("calendar", {}), data.get("policies", {})
    try:
        full_ref(data.get("target", "refs/heads/main"))
        specifiers(data.get("requires", ">=0"))
        zone(calendar.get("zone", "UTC"))
        for path in data.get("protected", ()):
            inner_path(path)
        for holiday in calendar.get("holidays", ()):
            day(holiday["date"])
    except ValueError:
        return False
    return not contradiction([item["rule"] for item in policies.get("off", ())], policies.get("severity", {}))[1]
