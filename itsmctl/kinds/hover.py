"""The schema of a kind as editors show it best: each field with its own text and when it falls due. Same verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.kinds.fields import find
from itsmctl.kinds.words import listed

if TYPE_CHECKING:
    from itsmctl.kinds.fields import FieldInfo
    from itsmctl.kinds.kind import Kind


def for_editors(kind: Kind) -> dict[str, Any]:
    """The schema with hover texts.

    YAML language servers show the description of a shared definition rather than the one that stands beside the
    reference to it. So it is moved to the references that have none of their own.
    """
    schema: dict[str, Any] = json.loads(json.dumps(kind.schema))
    shared = schema.get("$defs", {})
    said = {f"#/$defs/{name}": held.pop("description", "") for name, held in shared.items() if isinstance(held, dict)}
    _describe_references(schema, said)
    seen: set[int] = set()
    for info in kind.fields():
        own: Any = next(iter(find(schema, info.pointer)), None)
        if isinstance(own, dict) and id(own) not in seen:  # what is shared keeps the text of its first field
            seen.add(id(own))
            own["description"] = _text(kind, info)
    return schema


def _text(kind: Kind, info: FieldInfo) -> str:
    """What the field is, what stands in it, when it falls due, and an example."""
    parts = [info.description]
    if info.reference is not None:
        parts.append(f"{info.type[:1].upper()}{info.type[1:]}.")
    if info.due:
        parts.append(f"Due when the state is {listed(info.due, 'or')}, and from then on.")
    example = kind.example_line(info.pointer)
    if example and not info.enum:
        parts.append(f"For example: {example}")
    return "\n\n".join(part for part in parts if part)


def _describe_references(node: Any, said: Mapping[str, str]) -> None:
    """Gives each reference below the node, which is altered, the description of what it leads to, if it has none."""
    if isinstance(node, list):
        for item in node:
            _describe_references(item, said)
    if not isinstance(node, dict):
        return
    for value in node.values():
        _describe_references(value, said)
    target = node.get("$ref")
    if isinstance(target, str) and said.get(target) and "description" not in node:
        node["description"] = said[target]
