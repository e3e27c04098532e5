"""One kind of record, and all of them: values made by `load`. Compiles and bundles only when first asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.kinds import clocks, fields, words
from itsmctl.kinds.annotation import (
    Due,
    Lifecycle,
    ReferenceRule,
    ReferenceTree,
    lifecycle,
    reference_tree,
)
from itsmctl.kinds.check import Checker
from itsmctl.kinds.pointers import steps_of
from itsmctl.kinds.schema import bundle

if TYPE_CHECKING:
    from itsmctl.kinds.fields import FieldInfo
    from itsmctl.kinds.words import Fault, Written


_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")


class Kind(Struct, frozen=True, dict=True, eq=False):
    """A kind of record: what its schema file says. `path` is that file's; `builtin` says whose it is."""

    name: str
    plural: str
    process: str
    controlled: bool
    governance: bool
    path: str
    builtin: bool
    references: tuple[ReferenceRule, ...]
    written: Mapping[str, Any]  # the schema as the file has it
    shared: Mapping[str, Any]  # the definitions of the envelope

    @property
    def title(self) -> str:
        """The kind in plain words: "Change request"."""
        return str(self.written["title"])

    @property
    def description(self) -> str:
        """What records of the kind are for."""
        return str(self.written["description"])

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The schema alone: every `$ref` leads to its own `$defs`. For validators and editors."""
        return bundle(self.written, self.shared)

    @cached_property
    def checker(self) -> Checker:
        """The compiled schema."""
        return Checker(self.schema, self.name, self.references)

    @cached_property
    def lifecycle(self) -> Lifecycle | None:
        """States, steps and what is due; None for kinds without states."""
        return lifecycle(self.written["x-itsm"])

    @cached_property
    def reference_tree(self) -> ReferenceTree:
        """`references` as one tree, for reading them all in one walk."""
        return reference_tree(self.references)

    @cached_property
    def acyclic(self) -> tuple[tuple[str, ...], ...]:
        """Patterns of references that must not lead from a record back to itself."""
        return tuple(steps_of(pattern) for pattern in self.written["x-itsm"].get("acyclic", ()))

    @cached_property
    def unbound(self) -> tuple[str, ...]:
        """Pointers of the fields that an approval does not bind."""
        return tuple(self.written["x-itsm"].get("unbound", ()))

    @cached_property
    def due(self) -> Mapping[str, tuple[str, ...]]:
        """Pointer → the states in which the field falls due, as the normal table has it."""
        found: dict[str, list[str]] = {}
        for state, alternatives in self.written["x-itsm"].get("due", {}).items():
            for each in alternatives:
                for pointer in each.split("|"):
                    found.setdefault(pointer, []).append(state)
        return MappingProxyType({pointer: tuple(states) for pointer, states in found.items()})

    @cached_property
    def instead(self) -> Mapping[str, tuple[str, ...]]:
        """Pointer of a field that falls due → fields of which one is enough in its place (normal table)."""
        found: dict[str, dict[str, None]] = {}
        for alternatives in (each for due in self.written["x-itsm"].get("due", {}).values() for each in due):
            pointers = alternatives.split("|")
            for pointer in pointers:
                found.setdefault(pointer, {}).update((other, None) for other in pointers if other != pointer)
        return MappingProxyType({pointer: tuple(others) for pointer, others in found.items() if others})

    @property
    def prefix(self) -> str:
        """What made-up names begin with ("CHG"); empty where people name the records."""
        return str(self.written["x-itsm"].get("prefix", ""))

    def conforms(self, data: object) -> bool:
        """Does the record keep to the schema? Never raises."""
        return self.checker.conforms(data)

    def explain(self, data: object, written: Written | None = None) -> tuple[Fault, ...]:
        """Every fault of a record that does not conform, at least one; none of a record that does.

        `written` gives the source text of a value, by pointer, so that hints can quote it.
        """
        return self.checker.explain(data, written)

    def clock_faults(self, data: object) -> tuple[Fault, ...]:
        """Local times in a record that conforms of which a zone's clocks show none, or two."""
        return tuple(clocks.faults(data, self._moments)) if self._moments else ()

    @cached_property
    def _moments(self) -> tuple[clocks.Zoned, ...]:
        return clocks.zoned(self.schema, self.fields())

    def due_in(self, data: object) -> Due:
        """What is due in the state of the record: (state in which it fell due, pointers of which one is needed)."""
        return self.lifecycle.due_in(data) if self.lifecycle else ()

    def reference_at(self, pointer: str) -> ReferenceRule | None:
        """The rule for the reference at a pointer, or None where the field names no record."""
        steps = steps_of(pointer)
        return next((rule for rule in self.references if rule.fits(steps)), None)

    def leans_at(self, pointer: str) -> bool:
        """Does a record of the kind fail with what its reference at the pointer names?

        What is agreed, planned or in use leans on what it names; a record of what happens is only about it.
        """
        return self.leaning and (not self._only_named or not any(r.fits(steps_of(pointer)) for r in self._only_named))

    @cached_property
    def leaning(self) -> bool:
        """Can a record of the kind fail with others?"""
        return self.controlled and not self.governance

    @cached_property
    def _only_named(self) -> tuple[ReferenceRule, ...]:
        return tuple(rule for rule in self.references if not rule.leans)

    def field(self, pointer: str) -> FieldInfo | None:
        """What the schema says of the field at a pointer; list items by index or `*`."""
        return fields.info(self.schema, pointer, self.references, self.due)

    def takes_text(self, pointer: str) -> bool:
        """May a text stand at the pointer? Not where the schema says nothing of the type."""
        return fields.takes_text(fields.find(self.schema, pointer))

    def takes_parts(self, pointer: str) -> bool:
        """May a list or a mapping stand at the pointer?"""
        parts = fields.find(self.schema, pointer)
        return any(word in part for part in parts for word in ("items", "properties", "additionalProperties"))

    def fields(self) -> Iterator[FieldInfo]:
        """Every field, outer ones first, in the order of the schema."""
        yield from self._fields  # worked out when the first is asked for

    @cached_property
    def _fields(self) -> tuple[FieldInfo, ...]:
        return tuple(fields.walk(self.schema, self.references, self.due))

    def key_order(self, pointer: str) -> tuple[str, ...]:
        """The keys that the mapping at the pointer may have, in the order in which records of the kind list them."""
        found = fields.key_order(self.schema, pointer)
        return found if pointer else tuple(dict.fromkeys((*_ENVELOPE, *found)))

    def example_for(self, pointer: str) -> Any:
        """A value that could stand at the pointer, from the examples of the kind; None if there is none."""
        return fields.example(self.schema, pointer)

    def example_line(self, pointer: str) -> str:
        """Such a value in one line of YAML; empty where there is none, or it is long."""
        value = self.example_for(pointer)
        return words.yaml_line(value) if value is not None else ""

    def example_lines(self, pointer: str) -> tuple[str, ...]:
        """The field with such a value as lines of YAML to paste; none where there is no example."""
        return words.example_lines(pointer, self.example_for(pointer))


class Kinds(Mapping[str, Kind]):
    """All kinds by name, in alphabetical order."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = {name: kinds[name] for name in sorted(kinds)}
        self.by_name: Mapping[str, Kind] = MappingProxyType(self._kinds)
        self.by_plural: Mapping[str, Kind] = MappingProxyType({kind.plural: kind for kind in self._kinds.values()})
        self.controlled = tuple(name for name, kind in self._kinds.items() if kind.controlled)
        self.governance = tuple(name for name, kind in self._kinds.items() if kind.governance)

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)
