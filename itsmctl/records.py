"""One file → one Record, or remarks that say why it is none. `read` is pure: bytes, kinds and layout in, values out.

Remarks name JSON pointers; `Places` turns them into lines, and reads a file a second time only for that.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from sys import intern
from typing import Any

from msgspec import Struct, field
from msgspec.structs import force_setattr, replace

from itsmctl import yamltext
from itsmctl.drawing import an
from itsmctl.findings import Finding, Place, Related, Rule, Severity
from itsmctl.kinds import Kind, Kinds, ReferenceRule, ReferenceTree, steps_of
from itsmctl.kinds.words import dotted, first_sentence, lowered, shown_below
from itsmctl.nearest import did_you_mean
from itsmctl.settings import View
from itsmctl.sources import Irregular, Source, SourceFile

ROOT = "records"
CHANGE = "ChangeRequest"
"""The kind that people decide on."""

NAME = r"^[A-Za-z0-9]+(?:(?:\.|[_-]+)[A-Za-z0-9]+)*$"
"""What a record can be called at all, and all that is called after one."""
_NEIGHBOUR = 500  # characters kept of the lines beside a place
SUFFIX = ".yaml"

RULES: tuple[Rule, ...] = (
    Rule(
        id="record-file",
        title="Only record files stand under records/",
        severity="error",
        description="Whatever stands under records/ is taken for evidence. A link, a device or a file with another "
        "ending would be there without being checked.",
        remediation="Move the file out of records/, or make it a regular file that ends in .yaml and holds one record.",
    ),
    Rule(
        id="record-home",
        title="A record stands in the one place that follows from its kind and name",
        severity="error",
        description="The path of a record is computed from its kind and name. So nobody can take a name twice, a "
        "reference is checked by looking in one place, and the history of a record is the history of its file.",
        remediation="Move the file to the path that the finding names, or correct kind or name.",
    ),
    Rule(
        id="record-kind",
        title="A record is of a known kind",
        severity="error",
        description="The kind decides which fields a record has and which rules look at it; a record of an unknown "
        "kind would be looked at by none.",
        remediation="Correct `kind`, or add a schema for a kind of your own under schemas/.",
    ),
    Rule(
        id="reference-kind",
        title="A reference names a record of a kind that fits",
        severity="error",
        description="The schema says of which kinds the record at the other end may be.",
        remediation="Refer to a record of one of the kinds that the finding lists.",
    ),
    Rule(
        id="record-due",
        title="A record holds what falls due in its state",
        severity="error",
        description="A state claims that certain facts are known by now, for instance that a change which is assessed "
        "has a risk. The schema of the kind lists which field falls due in which state.",
        remediation="Fill the field in, or set the state back to where the record really is.",
    ),
    Rule(
        id="record-state",
        title="A record is in a state that its kind knows",
        severity="error",
        description="Each kind with a life cycle declares its states and the legal steps between them.",
        remediation="Use one of the states that the finding lists.",
    ),
)


class Remark(Struct, frozen=True):
    """A finding whose place is still a pointer into a file, so that only what is reported has to be located."""

    rule: str
    severity: Severity
    message: str
    path: str
    record: str = ""
    pointer: str = ""
    key: bool = False  # the place is the key, not the value
    hint: str = ""
    related: tuple[tuple[str, str, str], ...] = ()  # (path, pointer, message)
    span: yamltext.Span | None = None  # known already: the file could not be read
    spans: tuple[tuple[yamltext.Span, str], ...] = ()  # related spans of the same file
    identity: tuple[str, ...] = ()  # semantic path and value, see `identify`
    about: str = ""  # the policy that came to no verdict, where that is the remark
    because: str = ""  # Kind/name of a record whose own finding explains this one
    blinds: bool = False  # no policy looks at the file while this stands
    to: str = ""  # the path that the hint moves the file to

    def in_the_way(self, paths: Collection[str]) -> Remark:
        """This remark, with another hint where a file stands already where the file should be moved to."""
        if not self.to or self.to not in paths:
            return self
        return replace(self, hint=f"{self.to} is there already: bring the two together in it, and delete this file.")


class Record(Struct, frozen=True):
    """One record as written: plain data, where it stands, and what it refers to."""

    kind: str
    name: str
    path: str
    blob: str
    data: Mapping[str, Any]
    references: tuple[tuple[str, str], ...] = ()  # (pointer, Kind/name)
    sound: bool = True  # False: it breaks its schema, so rules do not look at it
    ref: str = ""  # Kind/name: follows from both

    def __post_init__(self) -> None:
        force_setattr(self, "ref", intern(f"{self.kind}/{self.name}"))

    @property
    def state(self) -> str:
        """`spec.state`, or an empty string."""
        spec = self.data.get("spec")
        return str(spec.get("state") or "") if type(spec) is dict else ""

    @property
    def title(self) -> str:
        """`metadata.title`, or the name."""
        return str(value_at(self.data, "/metadata/title") or self.name)


class Reading(Struct, frozen=True):
    """What one file gave: a record or none, and remarks. `identity` is (kind, name) by path, whatever is inside."""

    path: str
    record: Record | None
    identity: tuple[str, str] | None
    remarks: tuple[Remark, ...] = ()


class Law(Struct, frozen=True):
    """What decides how a file is read: the kinds, and what the settings say of their homes; rules ask it for more."""

    kinds: Kinds
    settings: View

    def home(self, plural: str, name: str) -> str:
        """The one path of a record."""
        return self.settings.home(plural, name)


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
    named_by = _named(kind, data)
    references = tuple([_target(rule, pointer, value) for rule, pointer, value in named_by])
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
        remarks.extend(_due(record, kind))
    remarks.extend(_unfit(record, named_by, law.kinds))
    return Reading(file.path, record, identity, tuple(remarks))


def _written(content: bytes) -> Callable[[str], str | None]:
    """The source text of the value at a pointer, on one line: what a hint can quote, such as 1.10 where 1.1 is read."""
    lines = _lines(content)
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


def _due(record: Record, kind: Kind) -> list[Remark]:
    """Fields that the record's state says are known by now, and that are not there; states that nobody declared."""
    lifecycle = kind.lifecycle
    if lifecycle is None:
        return []
    state = value_at(record.data, lifecycle.field)
    if state not in lifecycle.states:
        guess = did_you_mean(str(state), lifecycle.states)
        message = f"{record.kind} has no state {state}" + (f": {guess}" if guess else "")
        hint = f"States: {', '.join(lifecycle.states)}"
        return [Remark("record-state", "error", message, record.path, record.ref, lifecycle.field, hint=hint)]
    remarks = []
    for since, alternatives in lifecycle.missing(record.data):
        names = " or ".join(pointer[1:].replace("/", ".") for pointer in alternatives)
        now = "" if state == since else f", and this one is {state}"
        message = f"{names} is missing: it falls due once {an(record.kind)} is {since}{now}"
        hint = _due_hint(kind, alternatives)
        remarks.append(Remark("record-due", "error", message, record.path, record.ref, alternatives[0], True, hint))
    return remarks


def _due_hint(kind: Kind, alternatives: tuple[str, ...]) -> str:
    """What to write, in the words of the schema, with an example to paste."""
    infos = [info for pointer in alternatives if (info := kind.field(pointer)) is not None]
    says = f"Write {', or '.join(lowered(first_sentence(info.description)) for info in infos)}."
    example = next((lines for pointer in alternatives if (lines := kind.example_lines(pointer))), ())
    if len(example) == 1:
        return f"{says} For example: {example[0]}"
    if example:
        below = dotted(alternatives[0].rpartition("/")[0])
        return shown_below(f"{says} For example, below {below}:", example)
    return f"{says} What stands in it: itsmctl explain {kind.name}"


def references_of(kind: Kind, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(pointer, Kind/name) of every reference that `data` writes."""
    return tuple(_target(*found) for found in _named(kind, data))


def _target(rule: ReferenceRule, pointer: str, value: str) -> tuple[str, str]:
    # each text is kept once, since many records have it: that saves memory, and the hash is there already
    return intern(pointer), intern(value if rule.qualified else f"{rule.to[0]}/{value}")


def _named(kind: Kind, data: Mapping[str, Any]) -> list[tuple[ReferenceRule, str, str]]:
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
                _collect(tree.each, inner, f"{pointer}/{escape(key)}", found)
    elif type(value) is list:
        if tree.each is not None:
            for position, inner in enumerate(value):
                _collect(tree.each, inner, f"{pointer}/{position}", found)
    elif tree.rule is not None and value and isinstance(value, str):
        found.append((tree.rule, pointer, value))


def matches(data: object, pattern: tuple[str, ...]) -> list[tuple[str, object]]:
    """Every (pointer, value) below `data` that the pattern names; `*` stands for each item or each key."""
    level: list[tuple[str, object]] = [("", data)]
    for step in pattern:
        following: list[tuple[str, object]] = []
        for pointer, value in level:
            if step == "*":
                if isinstance(value, list):
                    following.extend((f"{pointer}/{i}", item) for i, item in enumerate(value))
                elif isinstance(value, dict):
                    following.extend((f"{pointer}/{escape(key)}", item) for key, item in value.items())
            elif isinstance(value, dict) and step in value:
                following.append((f"{pointer}/{step}", value[step]))
        if not following:
            return []
        level = following
    return level


def escape(key: str) -> str:
    """A key as a JSON pointer writes it (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def value_at(data: object, pointer: str) -> Any:
    """The value at a JSON pointer, or None where nothing is written."""
    for step in steps_of(pointer):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list):
            data = data[int(step)] if step.isdecimal() and int(step) < len(data) else None
        else:
            return None
    return data


def same(one: object, other: object) -> bool:
    """Do both hold the same data? Key order does not matter; `true` is not 1, and 1 is not 1.0."""
    if one is other:
        return True
    if one != other:
        return False
    # Python calls True, 1 and 1.0 equal, so equality alone would miss an edit from one to the other
    return repr(one) == repr(other) or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


ITEM_KEYS = ("name", "id", "item", "person", "role", "metric", "type", "target", "to", "on", "stage", "email")
"""What names an item of a list, the most telling first."""


def identify(data: object, pointer: str) -> tuple[str, str]:
    """(semantic path, value) of a pointer: list items are named by their keys, so reordering changes nothing."""
    steps: list[str] = []
    for step in pointer.split("/")[1:]:
        if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
            steps.append(_item_name(data, step))
        else:
            data = data.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(data, dict) else None
            steps.append(step)
    return "/".join(steps), "" if isinstance(data, dict | list) else repr(data)


def _item_name(item: object, position: str) -> str:
    """How a list item is called over edits: by its naming fields, by itself if it is a scalar, else by position."""
    if isinstance(item, dict):
        named = [f"{key}={item[key]}" for key in ITEM_KEYS if isinstance(item.get(key), str)]
        return f"[{','.join(named)}]" if named else position
    return position if isinstance(item, list) else f"[{item}]"


class Places(Struct):
    """Turns remarks into findings with lines; keeps the positions of the files it located last."""

    source: Source
    _known: dict[str, tuple[yamltext.Spots, list[str]]] = field(default_factory=dict)

    def finding(self, remark: Remark, record: Record | None = None) -> Finding:
        """The finding with its place, its related places, and a key that survives moved lines."""
        place = (
            self._span(remark.path, remark.span) if remark.span else self.at(remark.path, remark.pointer, remark.key)
        )
        related = [Related(self.at(path, pointer), message) for path, pointer, message in remark.related]
        related += [Related(self._span(remark.path, span), message) for span, message in remark.spans]
        return Finding(
            remark.rule,
            remark.severity,
            remark.message,
            place,
            remark.record,
            tuple(related),
            remark.hint,
            key=key_of(remark, record),
        )

    def at(self, path: str, pointer: str, key: bool = False) -> Place:
        """The place of a pointer in a file, or of its nearest written ancestor."""
        spots, lines = self._load(path)
        span, _ = spots.locate(pointer, key)
        return self._place(path, span, pointer, lines)

    def span(self, path: str, pointer: str) -> yamltext.Span | None:
        """Where in a file the value at a pointer is written; None where none is."""
        return self._load(path)[0].value(pointer)

    def _span(self, path: str, span: yamltext.Span) -> Place:
        return self._place(path, span, "", self._load(path)[1])

    def _load(self, path: str) -> tuple[yamltext.Spots, list[str]]:
        if path not in self._known:
            content = (self.source.content(path) or b"")[: yamltext.MAX_BYTES + 1]
            if len(self._known) > 64:
                self._known.clear()
            self._known[path] = (yamltext.spots(content), _lines(content))
        return self._known[path]

    @staticmethod
    def _place(path: str, span: yamltext.Span, pointer: str, lines: list[str]) -> Place:
        if 0 < len(lines) < span.line:  # what is missing at the end of a file stands behind its last character
            column = len(lines[-1]) + 1
            span = yamltext.Span(len(lines), column, len(lines), column)
        last = len(lines) - (lines[-1:] == [""] and span.line < len(lines))  # nothing follows the last line break
        around = range(max(1, span.line - 1), min(last, span.line + 1) + 1)
        excerpt = tuple((n, lines[n - 1] if n == span.line else lines[n - 1][:_NEIGHBOUR]) for n in around)
        return Place(path, span.line, span.column, span.end_line, span.end_column, pointer, excerpt)


def key_of(remark: Remark, record: Record | None) -> tuple[str, ...]:
    """What makes two remarks the same defect at two revisions: rule, record, semantic path, value."""
    if remark.identity:
        return (remark.rule, remark.record or remark.path, *remark.identity)
    if record is None:
        return (remark.rule, remark.record or remark.path, remark.pointer, remark.message)
    about = (remark.about,) if remark.about else ()  # rules that cannot be decided for one reason are several defects
    return (remark.rule, remark.record, *about, *identify(record.data, remark.pointer))


def _lines(content: bytes) -> list[str]:
    """The lines of a file, split at LF and CRLF alone, as the reader of YAML counts them."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return []
    try:
        text = content.decode()
    except UnicodeDecodeError:  # one character for each byte that is none, so that columns are those of the finding
        text = _NO_CHARACTER.sub("\ufffd", content.decode(errors="surrogateescape"))
    return [line.removesuffix("\r") for line in text.split("\n")]


_NO_CHARACTER = re.compile("[\udc80-\udcff]")


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
