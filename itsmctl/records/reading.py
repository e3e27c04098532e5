"""One file → one Record, or remarks that say why it is none. Pure: bytes, kinds and layout in, values out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from itsmctl import yamltext
from itsmctl.drawing import an
from itsmctl.kinds import Kind, Kinds, ReferenceRule
from itsmctl.nearest import did_you_mean
from itsmctl.records.due import due
from itsmctl.records.model import NAME, SUFFIX, Law, Reading, Record, Remark
from itsmctl.records.places import lines_of
from itsmctl.records.references import naming, target_of
from itsmctl.sources import Irregular, SourceFile


def read(file: SourceFile | Irregular, law: Law) -> Reading:
    """The record in `file`, with every remark on its form; never raises on any bytes."""
    reading = _read(file, law)
    if reading.record is not None and reading.record.sound:
        return reading
    return replace(reading, remarks=tuple(replace(remark, blinds=True) for remark in reading.remarks))


def _read(file: SourceFile | Irregular, law: Law) -> Reading:
    if isinstance(file, Irregular):
        reading = _refuse(file.path, "record-file", f"{file.what} is no record", file.hint)
        return replace(reading, identity=_identity(file.path, law)[0]) if file.path.endswith(SUFFIX) else reading
    if not file.path.endswith(SUFFIX):
        reading = _refuse(
            file.path, "record-file", _wrong_ending(file.path), _ending_hint(file.path), _renamed(file.path)
        )
        return replace(reading, identity=_identity(_renamed(file.path), law)[0]) if _renamed(file.path) else reading
    identity, remark = _identity(file.path, law)
    try:
        data = yamltext.read(file.content)
    except yamltext.Refused as refused:
        remarks = tuple(
            Remark(
                r.rule,
                "error",
                r.message,
                file.path,
                record="/".join(identity) if identity else "",
                hint=r.hint,
                span=r.span,
                spans=r.related,
            )
            for r in refused.refusals
        )
        return Reading(file.path, None, identity, remarks)
    if remark is not None:
        return Reading(file.path, None, None, (remark,))
    return _judge(file, data, identity, law)


def _judge(file: SourceFile, data: object, identity: tuple[str, str] | None, law: Law) -> Reading:
    """Kind, schema, home, states and references of data that parsed."""
    named = data.get("kind") if isinstance(data, dict) else None
    kind = law.kinds.by_name.get(named) if isinstance(named, str) else None
    if kind is None or not isinstance(data, dict):
        return Reading(file.path, None, identity, (_unknown_kind(data, file.path, identity, law),))
    conforms = kind.conforms(data)
    if not conforms and (other := _copied(data, kind, identity, law)) is not None:
        message = f"kind is {kind.name}, but the record has the fields of {an(other.name)}, and stands in their folder"
        remark = Remark("record-kind", "error", message, file.path, pointer="/kind", hint=f"Write: kind: {other.name}")
        return Reading(file.path, None, identity, (remark,))
    off_the_clock = kind.clock_faults(data) if conforms else ()
    sound = conforms and not off_the_clock
    metadata = data.get("metadata")
    name = metadata.get("name") if type(metadata) is dict else None
    if not sound and not isinstance(name, str):
        name = identity[1] if identity else ""
    named_by = naming(kind, data)
    references = tuple([target_of(rule, pointer, value) for rule, pointer, value in named_by])
    record = Record(kind.name, str(name), file.path, file.blob, data, references, sound)
    remarks: list[Remark] = []
    if not sound:
        remarks.extend(
            Remark(f.rule, "error", f.message, file.path, record.ref, f.pointer, f.key, f.hint)
            for f in off_the_clock or kind.explain(data, _written(file.content))
        )
    home = law.home(kind.plural, record.name)
    if sound and home != file.path:
        remarks.append(_away(record, home, identity))
    if sound:
        remarks.extend(due(record, kind))
    remarks.extend(_unfit(record, named_by, law.kinds))
    return Reading(file.path, record, identity, tuple(remarks))


def _written(content: bytes) -> Callable[[str], str | None]:
    """The source text of the value at a pointer, on one line: what a hint can quote, such as 1.10 where 1.1 is read."""
    lines = lines_of(content)
    spots = yamltext.spots(content)

    def written(pointer: str) -> str | None:
        span = spots.value(pointer)
        if span is None or span.line != span.end_line or span.line > len(lines):
            return None
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]

    return written


def _unknown_kind(data: object, path: str, identity: tuple[str, str] | None, law: Law) -> Remark:
    """What is wrong with the kind that a record names, or does not name, explained by the kind of its folder."""
    named = data.get("kind") if isinstance(data, dict) else None
    expected = law.kinds[identity[0]] if identity else None
    ref = "/".join(identity) if identity else ""
    if not isinstance(data, dict):
        message = f"a record is a mapping with apiVersion, kind, metadata and spec, not {_said(data)}"
        return Remark("record-kind", "error", message, path, ref, "", hint="Start from: itsmctl new KIND NAME")
    if named is None or not isinstance(named, str):
        hint = (
            f"Write: kind: {expected.name}" if expected else "Write one of the kinds that itsmctl schema list prints."
        )
        return Remark("record-kind", "error", "the record does not say its kind", path, ref, "", True, hint)
    guess = (expected and did_you_mean(named, [expected.name])) or did_you_mean(named, law.kinds)
    hint = (
        f"Write: kind: {expected.name}, the kind of the records in this folder."
        if expected
        else "itsmctl schema list prints the kinds."
    )
    message = f"unknown kind {named}" + (f": {guess}" if guess else "")
    return Remark("record-kind", "error", message, path, ref, "/kind", hint=hint)


def _copied(data: Mapping[str, Any], kind: Kind, identity: tuple[str, str] | None, law: Law) -> Kind | None:
    """The kind of the folder, if the data come nearer to that one: the line with the kind was copied from elsewhere."""
    other = law.kinds[identity[0]] if identity else kind
    if other is kind:
        return None
    return other if len(other.explain({**data, "kind": other.name})) < len(kind.explain(data)) else None


def _identity(path: str, law: Law) -> tuple[tuple[str, str] | None, Remark | None]:
    """(kind, name) that the path stands for, or a remark where no kind keeps records there."""
    parts = path.split("/")
    if len(parts) < 3:
        message = "a record stands in the folder of its kind, records/<kind>/<name>.yaml"
        return None, Remark(
            "record-home", "error", message, path, hint="itsmctl schema list prints each kind's folder."
        )
    kind = law.kinds.by_plural.get(parts[1])
    if kind is None:
        guess = did_you_mean(parts[1], law.kinds.by_plural)
        message = f"no kind keeps its records in records/{parts[1]}/" + (f": {guess}" if guess else "")
        return None, Remark(
            "record-home", "error", message, path, hint="itsmctl schema list prints each kind's folder."
        )
    return (kind.name, parts[-1].removesuffix(SUFFIX)), None


def _away(record: Record, home: str, identity: tuple[str, str] | None) -> Remark:
    """The record's own kind and name give another path than the one it stands at."""
    pointer = "/kind" if identity and identity[0] != record.kind else "/metadata/name"
    message = f"{record.ref} belongs in {home}"
    hint = f"Move it: {_git_mv(record.path, home)}"
    if identity and identity[0] == record.kind and identity[1] != record.name and re.fullmatch(NAME, identity[1]):
        hint += f", or, if the file name is right, write name: {identity[1]}"
    return Remark("record-home", "error", message, record.path, record.ref, pointer, hint=hint, to=home)


def _git_mv(path: str, to: str) -> str:
    """The command as a shell takes it, whatever the file is called."""
    return shlex.join(["git", "mv", "--", path, to] if path.startswith("-") else ["git", "mv", path, to])


def _unfit(record: Record, named: list[tuple[ReferenceRule, str, str]], known: Kinds) -> Iterator[Remark]:
    """References to a kind that the field does not take. A misspelt kind is no kind at all, and dangles instead."""
    for rule, pointer, value in named:
        if rule.qualified:
            kind = value.partition("/")[0]
            if kind not in rule.to and kind in known:
                message = f"{value} is {an(kind)}, which does not fit here"
                hint = f"This field takes: {', '.join(rule.kinds)}."
                yield Remark("reference-kind", "error", message, record.path, record.ref, pointer, hint=hint)


def _refuse(path: str, rule: str, message: str, hint: str, to: str = "") -> Reading:
    return Reading(path, None, None, (Remark(rule, "error", message, path, hint=hint, to=to),))


def _wrong_ending(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return f"{name} does not end in {SUFFIX}, so it is no record"


def _renamed(path: str) -> str:
    """The path with the ending that was meant, or nothing: references to such a file do not lead nowhere."""
    return path.rsplit(".", 1)[0] + SUFFIX if path.endswith((".yml", ".YAML", ".YML")) else ""


def _ending_hint(path: str) -> str:
    if _renamed(path):
        return f"Rename it: {_git_mv(path, _renamed(path))}"
    return "Move it out of records/: notes and attachments stand anywhere else in the repository."


def _said(data: object) -> str:
    if data is None:
        return "an empty document"
    return {list: "a list", str: "a text", bool: "true or false"}.get(type(data), "a number")
