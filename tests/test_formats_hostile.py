"""No record can write a workflow command, an ANSI code, markup or a line of its own into any report."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from golden.sample import SAMPLE, SEEN
from hypothesis import given, settings
from hypothesis import strategies as st
from marked import LIVE, shown
from msgspec.structs import replace
from runner import commands, parse

from itsmctl.findings import SEVERITIES, Finding, NotRun, Place, Related, Report, Rule, Waived
from itsmctl.formats import FORMATS, Look

HOSTILE = {
    "workflow command": "::add-mask::x",
    "workflow command after blanks": " \t ::error file=a::x",
    "old workflow command": "a ##[add-mask]x",
    "azure command": "##vso[task.setvariable variable=a]x",
    "line breaks": "a\r\n::add-mask::x\n::stop-commands::y\r::error::z",
    "folded to a line start": "word " * 30 + "::add-mask::x " + "word " * 30,
    "percent": "%0A::add-mask::x %25 %0D",
    "colours": "\x1b[31mred\x1b[0m \x9b2J \x1b]8;;http://evil.example\x07click",
    "bidi": "\u202eevil\u2066 \u200f",
    "zero width": "a\u200bb\u200d\ufeff\u00ad",
    "ignored by comparison": "\ufe0f::add-mask::x #\ufe0f#[add-mask]y #\u200b#[add-mask]z",
    "other line ends": "a\u2028::add-mask::x\u0085::add-mask::y\x0b\x0c\x1c\x1d\x1e::add-mask::z",
    "nul": "a\x00b",
    "lone surrogate": "a\ud800b\udfffc",
    "byte of a path": "a\udcff\udc80b",
    "not a character": "a\ufffe\uffff\U0001fffe",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
    "xml": "</failure></testcase>]]><!--&#0;<?x?>",
    "json": '"}],"level":"none","x":["\\',
    "markdown": "[click](http://evil.example) `x` **y** @all",
    "markdown of forges": "@town/ops #1 GH-1 !2 $3 ~bug www.evil.example ![x](http://evil.example/a.png) :tada: $`x`$",
    "markdown in a table": "a | b \\| c ``` | </td></table></details> <!-- `|` \\",
    "comment of xml": "--> <!-- a--b --",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula after blanks": "  @SUM(1);=cmd|'/c calc'!A1; +1;\"-1\"",
    "formula in full width": "\uff1d1+1",
    "climbing marks": "Z" + "\u0351" * 500,
    "very long": "y" * 20_000,
    "empty": "",
}

# a stray bracket in a pattern, which this engine does not let pass
SARIF = json.loads(
    Path(__file__).parent.joinpath("data/sarif-2.1.0.schema.json").read_text(encoding="utf-8").replace("}]?$", "}$")
)
CHECKS = {
    "sarif": jsonschema_rs.validator_for(SARIF),
    "json": jsonschema_rs.validator_for(
        json.loads(Path(__file__).parents[1].joinpath("schemas/tool/report.schema.json").read_bytes())
    ),
    "rdjson": jsonschema_rs.validator_for(
        json.loads(Path(__file__).parent.joinpath("data/rdjson.schema.json").read_bytes())
    ),
}
OUR_COLOURS = re.compile(r"\x1b\[(?:0|1|36|1;3[136])m")


def laden(text: str) -> Report:
    """A report that says `text` wherever a report can say something."""
    place = Place(f"records/{text}.yaml", 7, 1, 7, 4, text, ((6, text), (7, text), (8, text)))
    waived = Waived(text, text, text)
    finding = Finding(text, "error", text, place, f"{text}/{text}", (Related(place, text),), text, None, (text,))
    bare = replace(finding, place=replace(place, path=text, excerpt=()), record=text, key=())
    findings = tuple(
        replace(one, severity=severity, waived=lifted)
        for one in (finding, bare)
        for severity in SEVERITIES
        for lifted in (None, waived)
    )
    seen = replace(
        SEEN,
        source=text,
        as_of=text,
        records=((text, 3),),
        rules_run=(text, "A-1"),
        rules_not_run=(NotRun(text, text),),
        waivers_used=(waived,),
        since=text,
    )
    rule = Rule(text, text, "error", text, text, text, ((text, text),), path=text, tags=(text, text))
    return Report("validate", findings, seen, (rule,), "0.1.0", prefix=text)


def check(name: str, report: Report, look: Look) -> None:
    written = FORMATS[name].write(report, look)
    assert written.encode("utf-8").decode("utf-8") == written
    plain = OUR_COLOURS.sub("", written) if look.color else written
    plain = plain.replace("\r\n", "\n") if name == "csv" else plain  # as RFC 4180 ends its lines
    assert all(char in "\n\u3000" or char.isprintable() for char in plain)
    if name == "github":
        check_commands(written, report, look)
    else:
        assert [line for line in plain.split("\n") if parse(line)] == []
        assert "::" not in {line.strip()[:2] for line in plain.split("\n") if not line.strip().startswith(":::")}
    if name in CHECKS:
        CHECKS[name].validate(json.loads(written))
    if name in ("junit", "checkstyle"):
        ET.fromstring(written)
    if name == "markdown":
        check_markdown(written, len(written.encode()))
    if name == "rdjson":
        check_messages(json.loads(written))
    if name == "csv":
        check_cells(written, report)


def check_markdown(written: str, size: int) -> None:
    """Only our elements and links, each closed; what a record says is never markup, mention or link."""
    found = shown(written)
    assert found.tags <= {
        *("!--", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li"),
        *("a", "br", "code", "pre", "wbr"),
    }
    assert all(re.fullmatch(r"https://forge\.example/[\w./~%-]+(#L\d+)?", link) for link in found.links)
    assert not [text for text in found.prose if LIVE.search(text)]
    assert {len(row) for row in found.rows} <= {2, 3}
    assert size <= 65_536


def check_messages(report: Any) -> None:
    """What reviewdog puts into a comment as Markdown."""
    for diagnostic in report["diagnostics"]:
        for message in (diagnostic, *diagnostic.get("related_locations", ())):
            found = shown(f"<br>{message['message']}")
            assert found.tags <= {"p", "br", "code", "pre", "wbr"}
            assert not [text for text in found.prose if LIVE.search(text)]


def check_cells(written: str, report: Report) -> None:
    """A row for each finding and rule that did not run, also where semicolons separate; no cell is a formula."""
    header, *rows = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert len(rows) == len(report.findings) + len(report.seen.rules_not_run)
    assert {len(row) for row in rows} <= {len(header)}
    cells = [part for row in rows for cell in row for part in (cell, *cell.split(";"))]
    assert not [cell for cell in cells if re.match(r'[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]', cell)]


def check_commands(written: str, report: Report, look: Look) -> None:
    """Only ours, only those that were to be written; in the log none even if commands were not stopped."""
    found = commands(written)
    assert [command.name for command in found] == [
        {"error": "error", "warning": "warning", "info": "notice"}[severity]
        for severity in SEVERITIES
        for finding in [one for one in report.open if one.severity == severity]
    ][:10]
    assert {key for command in found for key in command.properties} <= {
        "file",
        "line",
        "endLine",
        "col",
        "endColumn",
        "title",
    }
    ours = re.compile(
        r"::(?:(?:error|warning|notice) [^\n]*|stop-commands::itsmctl-[0-9a-f]{64}|itsmctl-[0-9a-f]{64}::)"
    )
    for line in OUR_COLOURS.sub("", written).split("\n"):
        if line.strip().startswith("::"):
            assert ours.fullmatch(line)
        else:
            assert parse(line) is None


LOOKS = {
    "plain": Look(width=60),
    "everything": Look(
        color=True, width=31, verbose=1, statistics=True, base="b", web="https://forge.example/town/blob/1a2b3c4/"
    ),
    "quiet": Look(quiet=True, verbose=1),
}
FOR_PEOPLE = ("text", "concise", "github", "markdown")
SHAPES = [(name, look) for name in FORMATS for look in LOOKS if name in FOR_PEOPLE or look == "plain"]


@pytest.mark.parametrize(("name", "look"), SHAPES)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_everywhere(name: str, text: str, look: str) -> None:
    check(name, laden(text), LOOKS[look])


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"json"}))
def test_what_is_hidden_is_shown(name: str) -> None:
    report = replace(SAMPLE, findings=laden("\u202e \x1b[31m").findings)
    written = FORMATS[name].write(report, Look())
    written = written.replace("\\\\", "\\")  # JSON
    assert re.search(r"\\u\{202e\}`? ", written)
    assert "\\x1b[31m" in written


def test_a_source_line_stands_behind_its_gutter() -> None:
    shown = FORMATS["text"].write(laden("::add-mask::x"), Look(width=60))
    assert "7 | ::add-mask::x\n" in shown


ANYTHING = st.text(st.characters(exclude_categories=()) | st.sampled_from("::##[]%\n\r \x1b<>&,="), max_size=12)
WORDS = st.lists(ANYTHING | st.sampled_from(list(HOSTILE.values())[:9]), max_size=3).map(" ".join)
NUMBER = st.integers(1, 12)
PLACES = st.builds(
    Place, WORDS, NUMBER, NUMBER, NUMBER, NUMBER, WORDS, st.lists(st.tuples(NUMBER, WORDS), max_size=3).map(tuple)
)
WAIVED: st.SearchStrategy[Any] = st.none() | st.builds(Waived, WORDS, WORDS, WORDS)
FINDINGS = st.builds(
    Finding,
    WORDS,
    st.sampled_from(SEVERITIES),
    WORDS,
    PLACES,
    WORDS,
    st.lists(st.builds(Related, PLACES, WORDS), max_size=2).map(tuple),
    WORDS,
    WAIVED,
    st.lists(WORDS, max_size=2).map(tuple),
)
REPORTS = st.builds(
    lambda findings, text: replace(laden(text), findings=tuple(findings)), st.lists(FINDINGS, max_size=3), WORDS
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(report=REPORTS, look=st.sampled_from(list(LOOKS.values())))
def test_any_report_is_written_safely(name: str, report: Report, look: Look) -> None:
    check(name, report, look)
