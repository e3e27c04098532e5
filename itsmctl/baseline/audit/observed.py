"""The rows of one file as fields of records, by its mapping; what is set aside is counted. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import importers
from itsmctl.baseline.audit import circular, values
from itsmctl.baseline.audit.mapping import AuditMapping, folded
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import visible
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.baseline.audit.expected import Expected


class Observation(Struct, frozen=True):
    """One observed thing. `type`: its class, empty where nothing tells. `values`: pointer → what was seen there."""

    path: str
    at: str
    type: str
    values: Mapping[str, str]


class Observed(Struct, frozen=True):
    """One file. `set_aside`: why → how many rows; `unknown`: what stood for a class and is none → how often."""

    path: str
    sha256: str
    mapping: AuditMapping
    things: Sequence[Observation]
    rows: int
    set_aside: Mapping[str, int]
    unknown: Mapping[str, int]


SKIPPED, ELSEWHERE, BLANK = "skipped", "of another class", "without any field"
"""Why a row is set aside."""


def observe(content: bytes, path: str, mappings: Sequence[AuditMapping], expected: Expected) -> Observed:
    """What a file shows. Raises CannotJudge where it cannot be read, or nothing of it is left to compare.

    Misuse where no mapping, or more than one, says what its columns are.
    """
    form = importers.form_of(content, visible(path))
    mapping = _mapping(form, path, mappings)
    circular.refuse(content, path, mapping, expected)
    wanted = importers.Wanted(mapping.columns, mapping.options)
    sheet = importers.IMPORTERS[form].opened(content, visible(path), wanted)
    things: list[Observation] = []
    aside: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for row in sheet.rows():
        if any(one.is_for(row.values) for one in mapping.skip):
            aside[SKIPPED] += 1
            continue
        type_ = _type(row.values, mapping, expected, unknown)
        thing = Observation(path, row.at, type_, _fields(row.values, mapping))
        if not thing.values:
            aside[BLANK] += 1
        elif type_ and mapping.covers.classes and not _covered(type_, mapping, expected):
            aside[ELSEWHERE] += 1
        else:
            things.append(thing)
    rows = len(things) + sum(aside.values())
    if not things:
        why = f"all {rows} rows are set aside: {_told(aside)}" if rows else "it has no rows"
        raise CannotJudge(
            f"{visible(path)} shows nothing: {why}", "What was not looked at is no proof: export it again."
        )
    return Observed(path, hashlib.sha256(content).hexdigest(), mapping, things, rows, dict(aside), dict(unknown))


def _told(aside: Mapping[str, int]) -> str:
    return ", ".join(f"{many} {why}" for why, many in sorted(aside.items()))


def _mapping(form: str, path: str, mappings: Sequence[AuditMapping]) -> AuditMapping:
    found = [one for one in mappings if one.is_for(form, path)]
    given = [one for one in found if one.path] or found
    if len(given) == 1:
        return given[0]
    if given:
        named = " and ".join(visible(one.path) for one in given)
        raise Misuse(f"{named} both say what the columns of {visible(path)} are", "Write files: in each of them.")
    formats = {one.format for one in mappings if one.path}
    guess = did_you_mean(form, formats) if formats else ""
    says = f"no mapping says what the columns of {visible(path)} ({form}) are" + (f": {guess}" if guess else "")
    raise Misuse(says, "Give one with --mapping FILE; itsmctl schema show AuditMapping says what it holds.")


def _type(row: Mapping[str, str], mapping: AuditMapping, expected: Expected, unknown: Counter[str]) -> str:
    text = row.get(mapping.class_column, "") if mapping.class_column else ""
    if not text:
        return mapping.class_default
    named = mapping.class_values.get(folded(text))
    held = expected.classes.get(text) or expected.classes.get(values.named(text))
    if named is None and held is not None:
        named = held.name
    if named is None:
        unknown[text] += 1
    return named or ""


def _covered(type_: str, mapping: AuditMapping, expected: Expected) -> bool:
    lineage = expected.classes[type_].lineage
    return any(one in lineage for one in mapping.covers.classes)


def _fields(row: Mapping[str, str], mapping: AuditMapping) -> dict[str, str]:
    found = {}
    for source in mapping.fields:
        text = row.get(source.column)
        if text is not None:
            seen = values.observed(text, source, folded(text))
            if values.formed(seen, source) and source.pointer not in found:
                found[source.pointer] = seen
    return found
