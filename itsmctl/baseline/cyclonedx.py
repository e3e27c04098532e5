"""A baseline as a CycloneDX 1.6 bill of what is in operation: services, components, what depends on what. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl.kinds.pointers import escaped
from itsmctl.marked import ATTRIBUTES, Marks
from itsmctl.records import value_at
from itsmctl.secrecy import hides

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot

SERVICE, ITEM, TYPE = "Service", "ConfigurationItem", "CIType"

NAMESPACE = uuid.UUID("6d0f5dfb-5e9c-5b0a-9a2e-7a0c1f6f3a51")
"""What serial numbers are made in, from the root: the same baseline has the same one everywhere."""

_TYPES: Mapping[str, tuple[str, ...]] = {
    "device": (
        "server",
        "switch",
        "router",
        "storage",
        "laptop",
        "workstation",
        "printer",
        "device",
        "network",
        "phone",
    ),
    "operating-system": ("operating-system",),
    "platform": ("virtual-machine", "cluster", "database", "kubernetes", "platform", "hypervisor", "cloud"),
    "container": ("container", "image"),
    "library": ("library", "package"),
    "firmware": ("firmware",),
    "file": ("file", "document", "documentation"),
    "data": ("data", "data-set", "dataset"),
    "cryptographic-asset": ("certificate", "key"),
}
"""Type of component → words in the names of the classes that become one. What fits none is an application."""

PREFIX, CLASS, DIGEST = "itsmctl:", "class", "/spec/master/digest"
"""What names of our properties begin with, the one that holds the class, and the field that hashes are of."""

PROPERTIES: Mapping[str, str] = {
    "/metadata/title": "title",
    "/spec/state": "state",
    "/metadata/owner": "owner",
    "/spec/environment": "environment",
    "/spec/location": "location",
    "/spec/tier": "tier",
    "/spec/classification": "classification",
    "/spec/contract": "contract",
    "/spec/asset_ref": "asset_ref",
}
"""Field → the name of its property. Attributes that the class describes follow as attributes.NAME, but for secrets."""

_HASHES = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


def bom(data: Mapping[str, Any], head: Snapshot) -> dict[str, Any]:
    """The bill of a manifest (plain data) and the records that it was made of.

    Its lists are iterators, for form.written to read once: of large baselines they take more memory than all else.
    """
    refs = [f"{item['kind']}/{item['name']}" for item in data["items"]]
    held = [head.records[ref] for ref in refs if ref.partition("/")[0] in (SERVICE, ITEM)]
    marks = head.marks
    digests = {f"{item['kind']}/{item['name']}": item["digest"] for item in data["items"]}
    about = f"Baseline/{data['name']}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, data['name'] + ' ' + data['root'])}",
        "version": 1,
        "metadata": {
            "timestamp": data["source"]["time"],
            "lifecycles": [{"phase": "operations"}],
            "component": {
                "type": "platform",
                "bom-ref": about,
                "name": data["name"],
                "description": f"{data['of']} baseline of {data['repository']}",
                "releaseNotes": _notes(data),
            },
            "properties": [
                {"name": "itsmctl:commit", "value": data["source"]["commit"]},
                {"name": "itsmctl:root", "value": data["root"]},
            ],
        },
        "services": (_service(one, digests) for one in held if one.kind == SERVICE),
        "components": (_component(one, digests, head, marks) for one in held if one.kind == ITEM),
        "dependencies": _dependencies(about, held, data["section"]["relations"]),
    }


def _notes(data: Mapping[str, Any]) -> dict[str, Any]:
    """The changes behind the items, as release notes."""
    changes = sorted({change for item in data["items"] for change in item["changes"]})
    found: dict[str, Any] = {"type": data["of"], "title": data["name"], "timestamp": data["source"]["time"]}
    if changes:
        found["resolves"] = [{"type": "enhancement", "id": change} for change in changes]
    return found


def _service(record: Record, digests: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"bom-ref": record.ref, "name": record.name}
    description = value_at(record.data, "/metadata/description")
    if isinstance(description, str):
        found["description"] = description
    return found | {"properties": _properties(record, digests)}


def _component(record: Record, digests: Mapping[str, str], head: Snapshot, marks: Marks) -> dict[str, Any]:
    spec = record.data["spec"] if record.sound else {}
    type_ = spec.get("type", "")
    found: dict[str, Any] = {"type": component_type(type_, head), "bom-ref": record.ref, "name": record.name}
    written = {"version": spec.get("version"), "description": value_at(record.data, "/metadata/description")}
    found |= {key: value for key, value in written.items() if isinstance(value, str)}
    supplier = spec.get("supplier")
    if isinstance(supplier, str):
        found["supplier"] = {"name": supplier}
    digest = value_at(spec, "/master/digest")
    if isinstance(digest, str):
        algorithm, _, content = digest.partition(":")
        if algorithm in _HASHES:
            found["hashes"] = [{"alg": _HASHES[algorithm], "content": content}]
    class_ = {"name": PREFIX + CLASS, "value": str(type_)}
    return found | {"properties": [class_, *_properties(record, digests), *_attributes(record, marks)]}


def component_type(name: object, head: Snapshot) -> str:
    """What a class of items is to CycloneDX: by its name, else by that of the class that it extends."""
    seen: set[str] = set()
    while isinstance(name, str) and name not in seen:
        seen.add(name)
        words = {name, *name.split("-")}
        for type_, known in _TYPES.items():
            if words.intersection(known):
                return type_
        record = head.get(f"{TYPE}/{name}")
        name = value_at(record.data, "/spec/extends") if record is not None else None
    return "application"


def _properties(record: Record, digests: Mapping[str, str]) -> list[dict[str, str]]:
    pairs = [(name, value_at(record.data, pointer)) for pointer, name in PROPERTIES.items()]
    pairs.append(("digest", digests[record.ref]))
    return [{"name": PREFIX + name, "value": as_text(value)} for name, value in pairs if _can_be_said(name, value)]


def _attributes(record: Record, marks: Marks) -> list[dict[str, str]]:
    """By name; what is or may be a secret is left out."""
    held = value_at(record.data, "/spec/attributes")
    pairs = sorted(held.items()) if isinstance(held, dict) else []
    marked = marks.hidden(record.kind, record.data) if pairs else ()
    return [
        {"name": f"{PREFIX}attributes.{name}", "value": as_text(value)}
        for name, value in pairs
        if f"{ATTRIBUTES}/{escaped(name)}" not in marked and _can_be_said(name, value)
    ]


def _can_be_said(name: str, value: object) -> bool:
    return value not in (None, "", [], {}) and not hides(name, value)


def as_text(value: object) -> str:
    """A value of a record in a property: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _dependencies(
    about: str, held: Sequence[Record], relations: Sequence[Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    refs = {record.ref for record in held}
    found: dict[str, set[str]] = {ref: set() for ref in sorted(refs)}
    for edge in relations:
        if edge["from"] in refs and edge["to"] in refs and edge["from"] != edge["to"]:
            found[edge["from"]].add(edge["to"])
    yield {"ref": about, "dependsOn": sorted(refs)}
    for ref, targets in found.items():
        yield {"ref": ref, "dependsOn": sorted(targets)} if targets else {"ref": ref}
