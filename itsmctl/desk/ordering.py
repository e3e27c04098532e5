"""In which order the keys of a record, a policy or the settings stand: that of their schemas. Reads no files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from itsmctl import kinds, settings
from itsmctl.kinds import Kind, Kinds
from itsmctl.kinds.pointers import escaped
from itsmctl.policy.model import json_schema as policy_schema

Steps = tuple[str | int, ...]
Order = Callable[[Steps], Sequence[str]]

_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")
_EXAMPLES = ("spec", "examples")
_RECORDS: Mapping[str | int, int] = {"record": 4, "before": 4, "world": 5}  # how many steps lead to each record there


class Orders(Struct):
    """The orders of all files of a repository. What was looked up once in a schema is kept."""

    kinds: Kinds
    known: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    tool: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, data: object) -> Order:
        """By what the file says that it is; of an unknown kind, only the envelope has an order."""
        kind = data.get("kind") if isinstance(data, dict) else None
        if kind == "Policy":
            return lambda steps: self._policy(data, steps)
        if kind == "Settings":
            return lambda steps: self._by_schema("Settings", settings.json_schema, steps)
        return lambda steps: self._record(kind, steps)

    def _record(self, name: object, steps: Steps) -> Sequence[str]:
        kind = self.kinds.get(name) if isinstance(name, str) else None
        if kind is None:
            return () if steps else _ENVELOPE
        return self._known(kind.name, steps, kind.key_order)

    def _policy(self, data: object, steps: Steps) -> Sequence[str]:
        """The records in its examples are in the order of their own kinds."""
        if steps[:2] == _EXAMPLES and len(steps) > 3:
            depth = _RECORDS.get(steps[3], 0)
            if depth and len(steps) >= depth:
                record = _at(data, steps[:depth])
                return self._record(record.get("kind") if isinstance(record, dict) else None, steps[depth:])
        return self._by_schema("Policy", policy_schema, steps)

    def _by_schema(self, name: str, schema: Callable[[], Mapping[str, Any]], steps: Steps) -> Sequence[str]:
        if name not in self.tool:
            self.tool[name] = schema()
        return self._known(name, steps, lambda pointer: kinds.key_order(self.tool[name], pointer))

    def _known(self, name: str, steps: Steps, look_up: Callable[[str], Sequence[str]]) -> Sequence[str]:
        pattern = _pointer("*" if isinstance(step, int) else step for step in steps)
        if (name, pattern) not in self.known:
            self.known[name, pattern] = look_up(_pointer(steps))
        return self.known[name, pattern]


def ordered(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a record with its keys in the order of its kind; others come last, as they are written."""

    def sort(value: Any, pointer: str) -> Any:
        if isinstance(value, list):
            return [sort(item, f"{pointer}/{place}") for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        rank = {key: place for place, key in enumerate(kind.key_order(pointer))}
        keys = sorted(value, key=lambda key: rank.get(key, len(rank)))
        return {key: sort(value[key], f"{pointer}/{escaped(key)}") for key in keys}

    found: dict[str, Any] = sort(data, "")
    return found


def _pointer(steps: Iterable[str | int]) -> str:
    return "".join(f"/{escaped(step) if isinstance(step, str) else step}" for step in steps)


def _at(data: Any, steps: Steps) -> Any:
    for step in steps:
        data = data[step]
    return data
