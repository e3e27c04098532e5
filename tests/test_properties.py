"""Whatever a record says: each file under records/ is read or named by a finding, no rule crashes, no format breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import runner
import world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import rulebook, snapshot, yamltext
from itsmctl.case import Case
from itsmctl.findings import Report
from itsmctl.formats import FORMATS, Look
from itsmctl.records import Reading
from itsmctl.rulebook import Rulebook
from itsmctl.secrecy import KEPT
from itsmctl.sources import Irregular, SourceFile
from itsmctl.validate import Selection, validate

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "example-repo"
AS_OF = datetime(2026, 11, 22, 8, tzinfo=UTC)

SOME = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Shelf:
    """A source of files in memory."""

    held: Mapping[str, bytes]
    label: str = "work tree"
    whole_history: bool = True

    def names(self) -> frozenset[str]:
        return frozenset(path.partition("/")[0] for path in self.held)

    def ignored(self, top: str) -> tuple[str, ...]:
        return ()

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        for path in sorted(self.held):
            if path == under or path.startswith(f"{under}/"):
                yield SourceFile(path, self.held[path][: yamltext.MAX_BYTES + 1])

    def content(self, path: str) -> bytes | None:
        return self.held.get(path)

    def holds(self, path: str) -> bool:
        return path in self.held

    def once_held(self, path: str) -> bool:
        return path in self.held


@cache
def book() -> Rulebook:
    """The law of the example: all built-in rules and kinds, one kind and one rule of its own."""
    held = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file()}
    return rulebook.load(Shelf(held))


@cache
def written() -> dict[str, bytes]:
    """Path → text of good records: those of the example, and the examples of every schema."""
    found = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in EXAMPLE.glob("records/*/*.yaml")}
    for kind in book().kinds.values():
        for example in kind.schema["examples"]:
            path = book().law.home(kind.plural, example["metadata"]["name"])
            found.setdefault(path, json.dumps(example, ensure_ascii=False, indent=1).encode())
    return dict(sorted(found.items()))


@cache
def data(path: str) -> Any:
    return yamltext.read(written()[path])


@cache
def company(path: str) -> dict[str, bytes]:
    """The record at `path` with those that it refers to and some that refer to it: what rules reach from it."""
    whole = _all()
    ref = next(ref for ref, record in whole.records.items() if record.path == path)
    near = [record for record, way in whole.walk(ref, outwards=True) if len(way) == 1]
    near += [record for record, way in whole.walk(ref, outwards=False) if len(way) == 1][:5]
    return {one: written()[one] for one in (path, *(record.path for record in near))}


@cache
def _all() -> snapshot.Snapshot:
    return snapshot.read(Shelf(written()), book().law)


_memo: dict[tuple[str, bytes], Reading] = {}


def judge(files: Mapping[str, bytes], base: Mapping[str, bytes] | None = None) -> Report:
    """The report on `files`, after what holds of every report was checked on it."""
    head = snapshot.read(Shelf(files), book().law, _memo)
    before = snapshot.read(Shelf(base), book().law, _memo) if base is not None else None
    report = validate(book(), Case(head, AS_OF, before), Selection(), "main" if base is not None else "")
    assert report.seen.files == len(files)
    if base is None:
        named = {finding.place.path for finding in report.findings if finding.severity == "error"}
        read = {record.path for record in head.records.values() if record.sound}
        assert set(files) <= named | read, set(files) - named - read
    for finding in report.findings:
        assert finding.place.path in files
        shown = dict(finding.place.excerpt)
        is_shown = not files[finding.place.path].startswith((b"\xff\xfe", b"\xfe\xff"))  # the lines of those cannot be
        if is_shown and not shown[finding.place.line].endswith(KEPT):  # a line is cut where a secret begins
            assert 1 <= finding.place.column <= len(shown[finding.place.line]) + 1
        assert finding.message
    return report


_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@cache
def _sarif() -> Any:
    text = (PROJECT / "tests/data/sarif-2.1.0.schema.json").read_text(encoding="utf-8")
    text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$")  # the official schema has a bracket too many there
    return jsonschema_rs.validator_for(json.loads(text))


@cache
def _report() -> Any:
    return jsonschema_rs.validator_for(json.loads((PROJECT / "schemas/tool/report.schema.json").read_bytes()))


def write_all(report: Report) -> None:
    """Every format takes the report, and what it writes is whole and says nothing to terminal or runner."""
    texts = {name: one.write(report, Look()) for name, one in FORMATS.items()}
    assert _report().is_valid(json.loads(texts["json"]))
    assert _sarif().is_valid(json.loads(texts["sarif"]))
    ElementTree.fromstring(texts["junit"])  # our own output
    commands = runner.commands(texts["github"])
    assert {command.name for command in commands} <= {"error", "warning", "notice"}
    for name in ("text", "concise", "github"):
        assert not _ODD.search(texts[name]), name
        texts[name].encode()


# --- any bytes, any text

_paths = st.sampled_from(
    [
        *sorted({f"{path.rpartition('/')[0]}/x.yaml" for path in written()}),
        "records/x.yaml",
        "records/nowhere/x.yaml",
        "records/changes/deep/er/x.yaml",
        "records/changes/.yaml",
        "records/changes/\udcff\n\x1b[31m.yaml",
        "records/changes/x.yml",
    ]
)
_small = {
    "records/persons/mari.yaml": world.MARI.encode(),
    "records/roles/operations.yaml": world.OPERATIONS.encode(),
    "records/ci-types/server.yaml": world.SERVER_TYPE.encode(),
}


@SOME
@given(_paths, st.binary(max_size=300))
def test_any_bytes(path: str, content: bytes) -> None:
    write_all(judge({**_small, path: content}))


_TOKENS = [
    *[
        ":",
        "-",
        "?",
        ",",
        "[",
        "]",
        "{",
        "}",
        "#",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        '"',
        "%",
        "@",
        "`",
        "~",
        "\\",
        "\n",
        "\r",
        "\t",
    ],
    *["\n  ", "\n    ", ": ", "- ", "---\n", "...\n", "&a ", "*a", "!!int ", "<<: ", "|\n  x\n", '"\\u00e9"', "\r\n"],
    *["apiVersion: itsm/v1\n", "kind: ", "metadata:\n", "  name: ", "spec:\n", "  state: ", "x", "õ", "null", "1.10"],
    *["ChangeRequest", "Service", "0x10", "2026-11-22", "-0", "1e400", ".nan", "yes", "\u2028", "\ufeff", "e\u0301"],
    *["\x00", "\x1b", "\u202e", "𝒳", "9" * 500, "[" * 70, "a: " * 70, "::error::", "__proto__: 1\n"],
]


@SOME
@given(_paths, st.lists(st.sampled_from(_TOKENS), max_size=40))
def test_any_text_that_resembles_yaml(path: str, tokens: list[str]) -> None:
    write_all(judge({**_small, path: "".join(tokens).encode()}))


# --- records that were good


@st.composite
def _with_lines_moved(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good record of which lines were deleted, doubled, moved, indented or overwritten, or characters changed."""
    path = draw(st.sampled_from(sorted(written())))
    lines = written()[path].decode().split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.integers(0, 6)):
            case 0:
                lines[at : at + 1] = []
            case 1:
                lines.insert(at, line)
            case 2:
                lines.insert(draw(st.integers(0, len(lines))), lines.pop(at))
            case 3:
                lines[at] = " " * draw(st.integers(0, 9)) + line.lstrip(" ")
            case 4:
                lines[at] = line.partition(":")[0] + ": " + draw(st.sampled_from(_TOKENS))
            case 5:
                cut = draw(st.integers(0, len(line)))
                lines[at] = line[:cut] + draw(st.sampled_from(_TOKENS)) + line[cut + draw(st.integers(0, 3)) :]
            case _:
                lines[at:] = lines[at:][: draw(st.integers(0, 3))]
        lines = lines or [""]
    return path, "\n".join(lines).encode()


@FEW
@given(_with_lines_moved())
def test_records_with_changed_lines(changed: tuple[str, bytes]) -> None:
    path, content = changed
    write_all(judge({**company(path), path: content}))


_VALUES: list[Any] = [
    *[None, True, False, 0, -1, 1, 2**63, -(2**63), 10**300, 1.5, -0.0, 1e308, 5e-324],
    *[
        "",
        " ",
        "x",
        "õ",
        "\U0001d4b3",
        "null",
        "1",
        "true",
        "2026-11-22",
        "2026-11-22T08:00:00Z",
        "9999-12-31",
        "0001-01-01",
    ],
    *[
        "2026-11-22T08:00:00+99:99",
        "P1D",
        "1h",
        "-1h",
        "99999999999999d",
        "*",
        "/",
        "../../x",
        "a/b/c",
        "Person/",
        "/x",
    ],
    *[
        "Person/mari",
        "Service/koha",
        "Nope/nope",
        "Role/Role/x",
        "File/docs/x.md",
        "x" * 5_000,
        "::error::x",
        "<b>&amp;",
    ],
    *["\\", "'", '"', "${{ x }}", "%s%n", "a\nb", "a\n::error::x", "((((", "(x+x+)+y", "]]>", "```", "[a](b)"],
    *[
        [],
        {},
        [[]],
        [None],
        {"x": None},
        [{}],
        ["x", "x"],
        [1, "a", None],
        {"__proto__": {"a": 1}},
        {"": ""},
        {"a/b": 1},
    ],
    *[
        {"name": "x"},
        [{"name": "x"}],
        {"person": "mari"},
        {"target": "x"},
        {"type": "x", "target": "y"},
        {"~": {"~1": 1}},
    ],
    *[[[[[[[[[[[1]]]]]]]]]], {"a": {"b": {"c": {"d": {}}}}}, ["x"] * 50],
]


def _pointers(held: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    steps = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for step, below in steps:
        yield from _pointers(below, (*way, step))


@st.composite
def _with_values_changed(draw: st.DrawFn, path: str | None = None) -> tuple[str, bytes]:
    """A good record with values of the wrong type, range or place, keys renamed, and parts taken away or doubled."""
    path = path or draw(st.sampled_from(sorted(written())))
    record = deepcopy(data(path))
    for _ in range(draw(st.integers(1, 3))):
        ways = [way for way in _pointers(record) if way]
        if not ways:
            break
        *above, step = draw(st.sampled_from(ways))
        held = record
        for one in above:
            held = held[one]
        match draw(st.integers(0, 5)):
            case 0:
                del held[step]
            case 1 if isinstance(held, list):
                held.append(deepcopy(held[step]))
            case 2 if isinstance(held, dict):
                held[draw(st.sampled_from(["__proto__", "x", "Õ", "", "a/b~", "name", "class", "type"]))] = held.pop(
                    step
                )
            case 3:
                other = record
                for one in draw(st.sampled_from(ways)):
                    other = other[one] if isinstance(other, dict | list) and one in _keys(other) else other
                held[step] = deepcopy(other)
            case _:
                held[step] = deepcopy(draw(st.sampled_from(_VALUES)))
    return path, json.dumps(record, indent=draw(st.sampled_from([None, 1]))).encode()


def _keys(held: Any) -> Any:
    return held if isinstance(held, dict) else range(len(held))


@SOME
@given(_with_values_changed())
def test_records_with_changed_values(changed: tuple[str, bytes]) -> None:
    path, content = changed
    write_all(judge({**company(path), path: content}))


@FEW
@given(st.data())
def test_records_changed_on_both_sides_of_a_comparison(draw: st.DataObject) -> None:
    path, after = draw.draw(_with_values_changed())
    _, before = draw.draw(_with_values_changed(path))
    held = company(path)
    base = draw.draw(st.sampled_from([held, {**held, path: before}, {one: held[one] for one in held if one != path}]))
    report = judge({**held, path: after}, base)
    write_all(report)
    new = judge({**held, path: after}, {**held, path: after})
    assert new.findings == ()
