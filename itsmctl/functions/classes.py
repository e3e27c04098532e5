"""What a rule may ask of classes: what an item's class says with all that it inherits, and which items are one thing.

Reads records of classes and items; nothing of an item is copied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.inheritance import ItemClass, classes_of
from itsmctl.records import Record
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]

GONE = ("withdrawn", "disposed", "rejected")
"""States of an item that is not, or no longer, a part of anything."""


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    item, item_class = types.of("ConfigurationItem"), types.of("CIType")
    said = _fields(_fields(item_class)["spec"])
    control = _fields(said["control"])
    levels = cast("cel.StringType", control["level"]).values
    whole = {
        "name": cel.STRING,
        "lineage": cel.ListType(cel.STRING),
        "abstract": cel.BOOL,
        **{name: said[name] for name in ("selection", "attributes", "required", "relations", "identity")},
        "control": cel.ObjectType("class.control", {**control, "level": cel.StringType(values=("", *levels))}),
        "financial": cel.BOOL,
        "digital": cel.BOOL,
    }
    return (
        cel.Function("ci_class", ((item,), (item_class,)), cel.ObjectType("class", whole), _CI_CLASS),
        cel.Function("twins", ((item,),), cel.ListType(item), _TWINS),
        cel.Function("units_of", ((cel.ListType(item),),), cel.INT, _UNITS_OF),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Classes(case)
    return {"ci_class": held.whole, "twins": held.twins, "units_of": units_of}


def units_of(items: list[Data]) -> int:
    """See _UNITS_OF."""
    counts = (item["spec"].get("attributes", {}).get("units", 1) for item in items)
    return sum(count if type(count) is int and count > 0 else 1 for count in counts)


class _Classes:
    """The functions over one case; each class is put together when it is first asked for."""

    def __init__(self, case: Case) -> None:
        self.head = case.head
        self._whole: dict[str, Data] = {}

    @cached_property
    def classes(self) -> Mapping[str, ItemClass]:
        return classes_of(self.head)

    def whole(self, data: Data) -> Data:
        """See _CI_CLASS. Raises Missing for a class of which not all can be read."""
        name = data["spec"]["type"] if data["kind"] == "ConfigurationItem" else _name(data)
        known = self._whole.get(name)
        if known is None:
            known = self._whole[name] = _described(name, self._class(name))
        return known

    def twins(self, data: Data) -> list[Data]:
        """See _TWINS."""
        return self._twins.get(id(data), [])

    @cached_property
    def _twins(self) -> Mapping[int, list[Data]]:
        """Identity of an item's data → the other items that are the same thing, by name."""
        same: dict[tuple[str, str], list[Data]] = {}
        for record in self.head.by_kind.get("ConfigurationItem", ()):
            key = self._identity(record) if record.sound and record.state not in GONE else None
            if key is not None:
                same.setdefault(key, []).append(record.data)
        alike = [held for held in same.values() if len(held) > 1]
        return {id(one): [other for other in held if other is not one] for held in alike for one in held}

    def _identity(self, record: Record) -> tuple[str, str] | None:
        """(class that says by what items are told apart, the values of this one); None where it has no set in full."""
        item_class = self.classes.get(record.data["spec"]["type"])
        terms = item_class.terms if item_class is not None else {}
        attributes = record.data["spec"].get("attributes", {})
        for names in terms.get("identity", ()):
            if all(name in attributes for name in names):
                values = {name: attributes[name] for name in names}
                return terms["identified_by"], json.dumps(values, sort_keys=True)
        return None

    def _class(self, name: str) -> ItemClass | None:
        """None where there is no such class."""
        found = self.classes.get(name)
        broken = found.unknown if found is not None else f"CIType/{name}" if self.head.holds(f"CIType/{name}") else ""
        if broken:
            raise graph.Missing(broken, f"{broken} cannot be read, or breaks its schema")
        return found


def _fields(type_: cel.Type) -> Mapping[str, cel.Type]:
    return cast("cel.ObjectType", type_).fields


def _name(data: Data) -> str:
    if data["kind"] != "CIType":
        raise cel.EvaluationError(f"{data['kind']} has no class of items: give a ConfigurationItem or a CIType")
    return cast("str", data["metadata"]["name"])


def _described(name: str, held: ItemClass | None) -> Data:
    """What rules see of a class. Whatever nobody says is there and empty, so that no rule needs to ask for it."""
    terms = held.terms if held is not None else {}
    return {
        "name": held.name if held is not None else name,
        "lineage": list(held.lineage) if held is not None else [],
        "abstract": held is not None and held.abstract,
        "selection": terms.get("selection", ""),
        "attributes": dict(held.attributes) if held is not None else {},
        "required": sorted(held.required) if held is not None else [],
        "relations": list(held.relations.values()) if held is not None else [],
        "identity": terms.get("identity", []),
        "control": {"level": "", "verify_every_days": 0, "fields": [], "ignore": [], **terms.get("control", {})},
        "financial": terms.get("financial", False),
        "digital": terms.get("digital", False),
    }


_CI_CLASS = """The class of an item, or a class itself, with all that it takes over from those that it
extends.

A map with name, lineage (the class, the one that it extends, and so on), abstract, selection,
attributes, required, relations, identity, control.level, control.verify_every_days,
control.fields, control.ignore, financial and digital. All of them are there: what nobody says is
'', 0, false or empty, and so is everything of a class that there is no record of, which is a
finding of its own.
Formula: attributes, required and relations are those of all classes of the line together; where
two describe the same one, the nearer class counts. Anything else is as the nearest class has it
that says so, each field of control on its own; only abstract is not taken over.
Source: the CIType records; ISO/IEC 20000-1:2005, 9.1 on saying what is recorded of an item.
Example: cable extends hardware, which says financial: true and verify_every_days: 365; cable
itself says financial: false. Of a cable, ci_class(self).financial is false and
ci_class(self).control.verify_every_days is 365
Example: !ci_class(self).financial || has(self.spec.asset_ref)
Example: 'hardware' in ci_class(self).lineage
"""
_UNITS_OF = """How many things the items stand for: 64 computers of one sort may be recorded as one item.

Formula: Σ attributes.units over the items; one for an item that has none, or no whole number above 0.
Source: the records; that the attribute is called units is our reading.
Example: of a computer without units, and of an item with units: 64, it is 65
Example: units_of(referrers(self, 'ConfigurationItem')) <= self.spec.licence.entitled
"""
_TWINS = """The other items that are the same thing as this one, such as a second record of one server.

Formula: of the sets of attributes in `identity` of the class, the first that an item has in
full tells it; two items are one thing if the same class gave them the set, and all values are
equal. Items that are withdrawn, disposed or rejected are left out.
Source: the CIType records; ISO/IEC 20000-1:2005, 9.1 on telling each item from all others.
Example: with identity [[serial_number]] in the class, two servers with the serial number KH-1
are twins; once one of them is disposed, they are not
Example: size(twins(self)) == 0
"""
