"""What classes of configuration items ask of their items, and whether they hold water themselves. Judges a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itsmctl import kinds
from itsmctl.cycles import cycle_remark, find_cycles
from itsmctl.drawing import an
from itsmctl.findings import Rule
from itsmctl.inheritance import ItemClass, classes_of, schema_of
from itsmctl.kinds.words import yaml_line
from itsmctl.nearest import did_you_mean
from itsmctl.records import Record, Remark
from itsmctl.snapshot import Snapshot

RULES: tuple[Rule, ...] = (
    Rule(
        id="class-attribute",
        title="The attributes of a class are described by a schema that holds water",
        severity="error",
        description="A CIType describes each attribute as JSON Schema. One that cannot be read would leave every item "
        "of the class unchecked.",
        remediation="Correct the schema of the attribute as the finding says.",
    ),
    Rule(
        id="item-class",
        title="An item is of a class that items may be of",
        severity="error",
        description="An abstract class only gathers what its subclasses share.",
        remediation="Choose one of the classes that extend it.",
    ),
    Rule(
        id="item-attribute",
        title="The attributes of an item fit its class",
        severity="error",
        description="The CIType of an item, with those it extends, says which attributes there are, of what form, and "
        "which of them a live item must have.",
        remediation="Correct the attribute, or extend the CIType if the class really has it.",
    ),
    Rule(
        id="item-relation",
        title="The relations of an item are ones that its class knows",
        severity="error",
        description="The CIType says which relations lead from items of the class, to items of which classes, and how "
        "many. Impact is computed from them.",
        remediation="Correct the type of the relation or its target, or extend the CIType.",
    ),
)


def inspect(head: Snapshot) -> Iterator[Remark]:
    """Every remark on classes and on the items of each."""
    found = classes_of(head)
    for record in head.by_kind.get("CIType", ()):
        if record.sound:
            remark = _bad_attribute(record)
            if remark is not None:
                yield remark
    for record in head.by_kind.get("ConfigurationItem", ()):
        item_class_of = found.get(str(record.data.get("spec", {}).get("type"))) if record.sound else None
        if item_class_of is not None and not _is_fine(record, item_class_of, head, found):
            yield from _item(record, item_class_of, head, found)
    yield from _cycles(head, found)


def _bad_attribute(record: Record) -> Remark | None:
    """What is wrong with the attributes that the class itself describes."""
    try:
        kinds.compile_schema(schema_of(record.data["spec"].get("attributes", {})))
    except kinds.BadSchema as error:
        pointer = "/spec/attributes/" + error.pointer.removeprefix("/properties/")
        hint = "An attribute is described by JSON Schema keywords: type, enum, pattern, minimum and the like."
        return Remark("class-attribute", "error", error.message, record.path, record.ref, pointer, hint=hint)
    return None


def _is_fine(record: Record, item_class: ItemClass, head: Snapshot, found: Mapping[str, ItemClass]) -> bool:
    """Is there surely nothing to say of the item? Asked of every item, so that `_item` is asked of few."""
    spec = record.data["spec"]
    attributes = spec.get("attributes", {})
    if item_class.abstract or item_class.checker is None:
        return False
    if attributes and not item_class.checker.conforms(attributes):
        return False
    if item_class.required and record.state == "live" and not item_class.required <= attributes.keys():
        return False
    items = head.records
    for relation in spec.get("relations", ()):
        allowed = item_class.relations.get(relation["type"])
        if allowed is None or "max" in allowed:
            return False
        target = items.get(f"ConfigurationItem/{relation['target']}")
        other = found.get(str(target.data["spec"].get("type"))) if target is not None and target.sound else None
        if other is not None and not any(name in other.lineage for name in allowed["to"]):
            return False
    return True


def _item(record: Record, item_class: ItemClass, head: Snapshot, found: Mapping[str, ItemClass]) -> Iterator[Remark]:
    spec = record.data["spec"]
    if item_class.abstract:
        concrete = {other.name for other in found.values() if item_class.name in other.lineage and not other.abstract}
        hint = f"Choose one of: {', '.join(sorted(concrete))}." if concrete else "Add a class that extends it."
        message = f"{item_class.name} is abstract: no item is of this class itself"
        yield _about("item-class", record, "/spec/type", message, hint, item_class, "/spec/abstract")
    attributes = spec.get("attributes", {})
    if item_class.checker is not None and not item_class.checker.conforms(attributes):
        for fault in item_class.checker.explain(attributes):
            pointer = "/spec/attributes" + fault.pointer
            yield _about(
                "item-attribute", record, pointer, fault.message, fault.hint, item_class, "/spec/attributes", fault.key
            )
    if record.state == "live":
        for name in sorted(item_class.required - set(attributes)):
            message = f"the attribute {name} is missing: every live {item_class.name} has one"
            says = _wanted(name, item_class.attributes.get(name, {}))
            yield _about(
                "item-attribute", record, f"/spec/attributes/{name}", message, says, item_class, "/spec/required"
            )
    for position, relation in enumerate(spec.get("relations", ())):
        yield from _relation(record, position, relation, item_class, head, found)
    yield from _too_many(record, item_class)


def _wanted(name: str, attribute: Mapping[str, Any]) -> str:
    """What an attribute holds, and how it is written."""
    about = str(attribute.get("description", "")).strip()
    example = (
        next((yaml_line(value) for value in (*attribute.get("examples", ()), *attribute.get("enum", ()))), "") or "…"
    )
    return f"{about} Write it below spec.attributes: {name}: {example}".strip()


def _relation(
    record: Record,
    position: int,
    relation: Mapping[str, Any],
    item_class: ItemClass,
    head: Snapshot,
    found: Mapping[str, ItemClass],
) -> Iterator[Remark]:
    """The type is known to the class, and the other end is of a class that it leads to."""
    kind = relation["type"]
    allowed = item_class.relations.get(kind)
    if allowed is None:
        guess = did_you_mean(kind, item_class.relations)
        known = ", ".join(sorted(item_class.relations)) or "none"
        message = f"items of class {item_class.name} have no relation {kind}" + (f": {guess}" if guess else "")
        hint = f"Relations of the class: {known}."
        pointer = f"/spec/relations/{position}/type"
        yield _about("item-relation", record, pointer, message, hint, item_class, "/spec/relations")
        return
    target = head.records.get(f"ConfigurationItem/{relation['target']}")
    other = found.get(str(target.data["spec"].get("type"))) if target is not None and target.sound else None
    fitting = {found[name].name for name in allowed["to"] if name in found}  # by the names of today
    if target is not None and other is not None and not set(other.lineage) & fitting:
        message = f"{kind} does not lead to {target.name}, which is {an(other.name)}"
        hint = f"From {an(item_class.name)}, {kind} leads to: {', '.join(allowed['to'])}."
        pointer = f"/spec/relations/{position}/target"
        related = ((target.path, "/spec/type", f"{target.name} is {an(other.name)}"),)
        yield Remark("item-relation", "error", message, record.path, record.ref, pointer, hint=hint, related=related)


def _too_many(record: Record, item_class: ItemClass) -> Iterator[Remark]:
    held: dict[str, int] = {}
    for position, relation in enumerate(record.data["spec"].get("relations", ())):
        kind = relation["type"]
        held[kind] = held.get(kind, 0) + 1
        most = item_class.relations.get(kind, {}).get("max")
        if most is not None and held[kind] == most + 1:
            message = f"more than {most} relation{'s' if most > 1 else ''} {kind}"
            hint = f"An item of class {item_class.name} has at most {most}."
            pointer = f"/spec/relations/{position}"
            yield _about("item-relation", record, pointer, message, hint, item_class, "/spec/relations")


def _cycles(head: Snapshot, found: Mapping[str, ItemClass]) -> Iterator[Remark]:
    """Cycles over relations that a class declares to be without one."""
    ordered = sorted({kind for c in found.values() for kind, r in c.relations.items() if r.get("acyclic")})
    edges: dict[str, dict[str, list[tuple[str, str]]]] = {kind: {} for kind in ordered}
    for record in head.by_kind.get("ConfigurationItem", ()) if ordered else ():
        for position, relation in enumerate(record.data["spec"].get("relations", ()) if record.sound else ()):
            leading = edges.get(relation["type"])
            if leading is not None:
                way = (f"/spec/relations/{position}/target", f"ConfigurationItem/{relation['target']}")
                leading.setdefault(record.ref, []).append(way)
    for kind in ordered:
        for cycle in find_cycles(edges[kind]):
            yield cycle_remark(head, cycle, kind)


def _about(
    rule: str,
    record: Record,
    pointer: str,
    message: str,
    hint: str,
    item_class: ItemClass,
    there: str,
    key: bool = False,
) -> Remark:
    """A remark on an item that names the class as its second place."""
    related = ((item_class.record.path, there, f"class {item_class.name}"),)
    return Remark(rule, "error", message, record.path, record.ref, pointer, key, hint, related)
