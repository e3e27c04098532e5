"""What the columns of an observed file are in records: reads mapping files, and has one of its own for CycloneDX."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from itsmctl import bundled, kinds, yamltext
from itsmctl.baseline import cyclonedx as bill
from itsmctl.baseline.audit.expected import ATTRIBUTES, NAME, TYPE
from itsmctl.errors import CannotJudge
from itsmctl.escape import cut, visible
from itsmctl.importers import cyclonedx
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.baseline.audit.expected import Expected
    from itsmctl.kinds import Checker, Fault
    from itsmctl.yamltext import Spots

SCHEMA = "audit-mapping.schema.json"
"""The published schema, under schemas/tool/."""

IN_USE = ("live",)
"""States in which an item is expected to be there, where nothing else is said."""

_MOST = 20  # mistakes that are told at once
_HINT = "Correct the mapping: nothing is compared by one that is understood in part."


class Source(Struct, frozen=True):
    """Where the value of one field comes from, and what is done to it. `forms`: in which respects values are equal."""

    pointer: str
    column: str
    forms: tuple[str, ...] = ()
    strip_prefix: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)  # by folded text
    split: str = ""


class Covers(Struct, frozen=True):
    """Which items a file can be expected to show. `classes`: none for all of them."""

    classes: tuple[str, ...] = ()
    states: tuple[str, ...] = IN_USE
    where: tuple[tuple[str, tuple[Any, ...]], ...] = ()


class Skip(Struct, frozen=True):
    """Rows that are set aside: those where every one of the columns fits one of its patterns, of folded texts."""

    conditions: tuple[tuple[str, tuple[str, ...]], ...]

    def is_for(self, row: Mapping[str, str]) -> bool:
        """Is a row set aside? A column that it does not have is empty."""
        return all(
            any(fnmatchcase(folded(row.get(column, "")), pattern) for pattern in patterns)
            for column, patterns in self.conditions
        )


class AuditMapping(Struct, frozen=True, dict=True):
    """What the columns of some files are. `path` is empty for the one that is built in."""

    path: str
    format: str
    fields: tuple[Source, ...]
    files: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    covers: Covers = Covers()
    skip: tuple[Skip, ...] = ()
    class_column: str = ""
    class_values: Mapping[str, str] = field(default_factory=dict)  # by folded text
    class_default: str = ""
    identify_by: tuple[tuple[str, ...], ...] = ()
    criteria: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All that is read of a row."""
        named = {one.column for one in self.fields} | {column for one in self.skip for column, _ in one.conditions}
        return frozenset(named | ({self.class_column} if self.class_column else set()))

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Field → where it comes from: the first source, where there are several."""
        found: dict[str, Source] = {}
        for one in self.fields:
            found.setdefault(one.pointer, one)
        return found

    def is_for(self, form: str, path: str) -> bool:
        """Does it say what the columns of that file are?"""
        name = path.replace("\\", "/").rpartition("/")[2]
        return form == self.format and (not self.files or any(fnmatchcase(name, one) for one in self.files))


def folded(text: str) -> str:
    """A text without regard to letter case and blanks around it."""
    return " ".join(text.split()).casefold()


def built_in(expected: Expected) -> AuditMapping:
    """For CycloneDX: names, versions, digests, package URLs, and the properties that our own export writes."""
    attributes = {name for one in expected.classes.values() for name in one.attributes}
    properties = {**bill.PROPERTIES, **{ATTRIBUTES + name: f"attributes.{name}" for name in attributes}}
    found = {NAME: "name", "/spec/version": "version", bill.DIGEST: cyclonedx.DIGESTS}
    known = {"purl": "purl", "cpe": "cpe", "serial_number": _DEVICE + "serialNumber"}
    known["mac_address"] = _DEVICE + "macAddress"
    sources = [Source(pointer, column) for pointer, column in found.items()]
    ours = {pointer: cyclonedx.PROPERTY + bill.PREFIX + name for pointer, name in properties.items()}
    sources += [Source(pointer, column) for pointer, column in sorted(ours.items())]
    sources += [Source(ATTRIBUTES + name, column) for name, column in known.items() if name in attributes]
    return AuditMapping(
        "",
        "cyclonedx",
        tuple(sources),
        skip=tuple(Skip((("section", (section,)), ("bom-ref", (f"{kind}/*",)))) for section, kind in _OURS),
        class_column=cyclonedx.PROPERTY + bill.PREFIX + bill.CLASS,
    )


_OURS = (("services", "service"), ("metadata", "baseline"))
"""Section → kind of what our own export writes there, and what is no item: the services, and the baseline itself."""

_DEVICE = f"{cyclonedx.PROPERTY}cdx:device:"
"""Properties of devices, as the taxonomy of CycloneDX names them."""


@cache
def _checker() -> Checker:
    file = next(one for one in bundled.files("schemas/tool", ".json") if one.path.endswith(f"/{SCHEMA}"))
    return kinds.compile_schema(json.loads(file.content))


def read(content: bytes, path: str, expected: Expected) -> AuditMapping:
    """The mapping in a file. Raises CannotJudge with every mistake in it, each with line and column."""
    try:
        data: Any = yamltext.read(content)
    except yamltext.Refused as refused:
        raise _mistakes(path, [(one.span.line, one.span.column, one.message) for one in refused.refusals]) from None
    spots = yamltext.spots(content)
    faults = [(one.pointer, one.key, _said(one)) for one in _checker().explain(data)]
    if not faults:
        reading = _Reading(data, expected)
        made = reading.mapping(path)
        if not reading.faults:
            return made
        faults = reading.faults
    raise _mistakes(path, sorted(_placed(spots, faults)))


def _said(fault: Fault) -> str:
    message = fault.message.replace("the record", "the mapping")
    return f"{message}. {fault.hint}" if fault.hint else message


def _placed(spots: Spots, faults: Sequence[tuple[str, bool, str]]) -> Iterator[tuple[int, int, str]]:
    for pointer, is_key, message in faults:
        span, _ = spots.locate(pointer, is_key)
        yield span.line, span.column, message


def _mistakes(path: str, found: Sequence[tuple[int, int, str]]) -> CannotJudge:
    lines = [f"{path}:{line}:{column}: {message}" for line, column, message in found[:_MOST]]
    lines += [f"… and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return CannotJudge(lines[0] if len(lines) == 1 else f"{len(found)} mistakes in {path}:\n" + "\n".join(lines), _HINT)


class _Reading:
    """Makes a mapping of data that keep to the schema, and collects what they name that there is not."""

    def __init__(self, data: Mapping[str, Any], expected: Expected) -> None:
        self.data = data
        self.expected = expected
        self.faults: list[tuple[str, bool, str]] = []
        self.attributes = sorted({name for one in expected.classes.values() for name in one.attributes})

    def mapping(self, path: str) -> AuditMapping:
        """The mapping, which counts only if there are no faults afterwards."""
        data, covers, class_ = self.data, self.data.get("covers", {}), self.data.get("class", {})
        if "default" not in class_ and class_ and "from" not in class_:
            self.faults.append(("/class", False, "class says neither from which column, nor a default"))
        return AuditMapping(
            path,
            data["format"],
            tuple(self._sources()),
            tuple(data.get("files", ())),
            data.get("csv", {}),
            Covers(
                tuple(self._class(name, f"/covers/classes/{at}") for at, name in enumerate(covers.get("classes", ()))),
                tuple(covers.get("states", IN_USE)),
                tuple((self._key("/covers/where", key), tuple(values)) for key, values in _pairs(covers, "where")),
            ),
            tuple(
                Skip(((self._column(one["column"], f"/skip/{at}/column"), tuple(map(folded, one["is"]))),))
                for at, one in enumerate(data.get("skip", ()))
            ),
            self._column(class_["from"], "/class/from") if "from" in class_ else "",
            {folded(key): self._class(name, f"/class/values/{_step(key)}") for key, name in _pairs(class_, "values")},
            self._class(class_["default"], "/class/default") if "default" in class_ else "",
            tuple(
                tuple(self._field(name, f"/identify_by/{at}/{inner}") for inner, name in enumerate(one))
                for at, one in enumerate(data.get("identify_by", ()))
            ),
            tuple(self._field(name, f"/criteria/{at}") for at, name in enumerate(data.get("criteria", ()))),
        )

    def _sources(self) -> Iterator[Source]:
        seen: dict[str, str] = {}
        for key, said in self.data["fields"].items():
            place = f"/fields/{_step(key)}"
            pointer = self._key("/fields", key)
            if pointer in seen:
                self.faults.append((place, True, f"{seen[pointer]} and {key} are the same field"))
            seen[pointer] = key
            if pointer == TYPE:
                self.faults.append((place, True, "the class of a row is said by class: {from: COLUMN}, beside fields"))
            source: dict[str, Any] = {"from": said} if isinstance(said, str) else said
            column = self._column(source["from"], place if isinstance(said, str) else f"{place}/from")
            yield Source(
                pointer,
                column,
                tuple(source.get("forms", ())),
                source.get("strip_prefix", ""),
                {folded(text): value for text, value in source.get("values", {}).items()},
                source.get("split", ""),
            )

    def _key(self, above: str, key: str) -> str:
        return self._field(key, f"{above}/{_step(key)}", is_key=True)

    def _field(self, name: str, place: str, is_key: bool = False) -> str:
        """The pointer of a field, however it is written."""
        pointer = pointer_of(name)
        if pointer.startswith(ATTRIBUTES):
            attribute = pointer.removeprefix(ATTRIBUTES).partition("/")[0]
            if attribute not in self.attributes:
                guess = did_you_mean(attribute, self.attributes)
                says = f"no class of items has an attribute {cut(visible(attribute), 60)}"
                self.faults.append((place, is_key, f"{says}: {guess}" if guess else says))
        elif self.expected.kind.field(pointer) is None or pointer in ("/metadata", "/spec", "/spec/attributes"):
            known = [one.pointer for one in self.expected.kind.fields() if one.depth == 2 and "*" not in one.pointer]
            names = [*(one.removeprefix("/spec/").removeprefix("/metadata/") for one in known), *self._dotted()]
            guess = did_you_mean(name, names)
            says = f"a configuration item has no field {cut(visible(name), 60)}"
            self.faults.append((place, is_key, f"{says}: {guess}" if guess else f"{says} that could be compared"))
        return pointer

    def _dotted(self) -> list[str]:
        return [f"attributes.{name}" for name in self.attributes]

    def _class(self, name: str, place: str) -> str:
        held = self.expected.classes.get(name)
        if held is None:
            guess = did_you_mean(name, self.expected.classes)
            shown = cut(visible(name), 60)
            says = f"there is no class of items {shown} at the commit of the baseline"
            if name in self.expected.unsound:
                says = (
                    f"the class of items {shown} breaks its schema at the commit of the baseline, and so says nothing"
                )
            self.faults.append((place, False, f"{says}: {guess}" if guess else says))
        return held.name if held is not None else name

    def _column(self, name: str, place: str) -> str:
        if self.data["format"] == "cyclonedx" and not cyclonedx.is_column(name):
            known = (*cyclonedx.PLAIN, cyclonedx.DIGESTS, cyclonedx.SECTION, "supplier.name", "property:NAME")
            guess = did_you_mean(name, known) or f"known are {', '.join(known)}"
            self.faults.append((place, False, f"CycloneDX has no column {cut(visible(name), 60)}: {guess}"))
        return name


def pointer_of(name: str) -> str:
    """`version`, `spec.version` and `/spec/version` as a JSON pointer."""
    if name.startswith("/"):
        return name
    steps = name.split(".")
    if steps[0] not in ("spec", "metadata"):
        steps = [_METADATA.get(steps[0], "spec"), *steps]
    return "".join(f"/{_step(step)}" for step in steps)


_METADATA = {"name": "metadata", "title": "metadata", "owner": "metadata"}


def _pairs(data: Mapping[str, Any], key: str) -> Sequence[tuple[str, Any]]:
    return tuple(data.get(key, {}).items())


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
