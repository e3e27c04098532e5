"""Which fields of a record name another one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import Any

from itsmctl.kinds import Kind, ReferenceRule, ReferenceTree
from itsmctl.kinds.pointers import escaped


def references_of(kind: Kind, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(pointer, Kind/name) of every reference that `data` writes."""
    return tuple(target_of(*found) for found in naming(kind, data))


def target_of(rule: ReferenceRule, pointer: str, value: str) -> tuple[str, str]:
    """(pointer, Kind/name) of a reference that a field writes as `value`."""
    # each text is kept once, since many records have it: that saves memory, and the hash is there already
    return intern(pointer), intern(value if rule.qualified else f"{rule.to[0]}/{value}")


def naming(kind: Kind, data: Mapping[str, Any]) -> list[tuple[ReferenceRule, str, str]]:
    """(rule, pointer, text) of every field that names a record: one walk over what all patterns share."""
    found: list[tuple[ReferenceRule, str, str]] = []
    _collect(kind.reference_tree, data, "", found)
    return found


def _collect(tree: ReferenceTree, value: object, pointer: str, found: list[tuple[ReferenceRule, str, str]]) -> None:
    if type(value) is dict:
        for step, rule, below in tree.entries:
            inner = value.get(step)
            if inner is None:
                continue
            if type(inner) is not str:
                _collect(below, inner, f"{pointer}/{step}", found)
            elif rule is not None and inner:  # what most fields are, without a call
                found.append((rule, f"{pointer}/{step}", inner))
        if tree.each is not None:
            for key, inner in value.items():
                _collect(tree.each, inner, f"{pointer}/{escaped(key)}", found)
    elif type(value) is list:
        if tree.each is not None:
            for position, inner in enumerate(value):
                _collect(tree.each, inner, f"{pointer}/{position}", found)
    elif tree.rule is not None and value and isinstance(value, str):
        found.append((tree.rule, pointer, value))
