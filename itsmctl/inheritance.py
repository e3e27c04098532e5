"""Classes of configuration items with all that they inherit, from the CIType records of a snapshot. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import kinds
from itsmctl.records import Record
from itsmctl.snapshot import Snapshot

_TERMS = ("selection", "identity", "control", "financial", "digital")


class ItemClass(Struct, frozen=True, dict=True):
    """A CIType with all that it inherits. `lineage` begins with the class itself.

    `terms`: selection, identity, control, financial and digital, each as the nearest class has it that says so, and
    under identified_by the name of the class that says the identity.
    `unknown`: Kind/name of a class above that cannot be read or breaks its schema, so that not all is known.
    """

    record: Record
    lineage: tuple[str, ...]
    attributes: Mapping[str, Any]
    required: frozenset[str]
    relations: Mapping[str, Mapping[str, Any]]  # by type
    abstract: bool
    terms: Mapping[str, Any]
    unknown: str = ""

    @cached_property
    def checker(self) -> kinds.Checker | None:
        """Of the attributes of an item, inherited ones as well; None where one of them is not described rightly."""
        try:
            return kinds.compile_schema(schema_of(self.attributes))
        except kinds.BadSchema:
            return None  # the class that describes it has the finding

    @property
    def name(self) -> str:
        """The name of the CIType."""
        return self.record.name


def classes_of(head: Snapshot) -> dict[str, ItemClass]:
    """Every class that keeps to its schema, by its name and by each former one, with what it inherits."""
    found: dict[str, ItemClass] = {}
    for record in head.by_kind.get("CIType", ()):
        if record.sound:
            _read(record, head, found)
    for former, now in head.formerly.items():
        kind, _, name = former.partition("/")
        if kind == "CIType" and now.partition("/")[2] in found:
            found.setdefault(name, found[now.partition("/")[2]])
    return found


def _read(record: Record, head: Snapshot, found: dict[str, ItemClass]) -> None:
    """Adds the class and those that it extends to `found`; nearer classes override farther ones."""
    line: dict[str, Record] = {}
    at: Record | None = record
    parent = record.ref
    while at is not None and at.sound and at.name not in line and at.name not in found:
        line[at.name] = at
        parent = f"CIType/{at.data['spec'].get('extends', '')}"
        at = head.get(parent)
    if at is not None and at.name in line:
        circle = list(line)[list(line).index(at.name) :]
        found.update(_circle([line.pop(name) for name in circle]))
    above = found.get(at.name) if at is not None else None
    unknown = parent if above is None and head.holds(parent) else ""
    for name, each in reversed(line.items()):
        above = found[name] = _class(each, above, unknown)


def _circle(held: list[Record]) -> Iterator[tuple[str, ItemClass]]:
    """Classes that extend each other, which has its finding: each has what any of them says."""
    whole = _class(held[0], None)
    for record in held[1:]:
        whole = _class(record, whole)
    names = [record.name for record in held]
    for position, record in enumerate(held):
        own = _class(record, whole)
        yield record.name, replace(own, lineage=(*names[position:], *names[:position]))


def _class(record: Record, above: ItemClass | None, unknown: str = "") -> ItemClass:
    spec = record.data["spec"]
    return ItemClass(
        record,
        (record.name, *(above.lineage if above else ())),
        {**(above.attributes if above else {}), **spec.get("attributes", {})},
        frozenset(spec.get("required", ())) | (above.required if above else frozenset()),
        {
            **(above.relations if above else {}),
            **{relation["type"]: relation for relation in spec.get("relations", ())},
        },
        bool(spec.get("abstract", False)),
        _terms(record.name, spec, above.terms if above else {}),
        above.unknown if above else unknown,
    )


def _terms(name: str, spec: Mapping[str, Any], above: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the class says itself before what those above say; of control each field on its own."""
    own = {
        field: spec[field] for field in ("selection", "identity", "control", "financial", "digital") if field in spec
    }
    if "identity" in own:
        own["identified_by"] = name
    return {**above, **own, "control": {**above.get("control", {}), **own.get("control", {})}}


def schema_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of the mapping that holds attributes of these forms, and no others."""
    return {"type": "object", "additionalProperties": False, "properties": dict(attributes)}
