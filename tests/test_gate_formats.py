"""Verdicts in every format: the story for people, the same facts for programs, the same bytes in any environment."""

from __future__ import annotations

import html
import json
import os
import re
import stat
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from court import NOW, WINDOW, change, person, record
from golden.verdicts import ALLOWED, DENIED, EVIL, OVERRIDDEN, gate, node, report, vote
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from test_gate_flows import INCIDENT, emergency

from itsmctl.findings import Finding, Place
from itsmctl.formats import FORMATS, Look

if TYPE_CHECKING:
    from court import Court

    from itsmctl.findings import Report

PROJECT = Path(__file__).parents[1]
DB = "ConfigurationItem/db-01"
APP = "ConfigurationItem/app-01"
EACH = pytest.mark.parametrize("verdict", [DENIED, ALLOWED, OVERRIDDEN], ids=["denied", "allowed", "overridden"])


def width(shown: str) -> int:
    """Columns that a line takes."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    return len(shown) + wide - sum(unicodedata.category(char) in ("Mn", "Me") for char in shown)


# --- real repositories


@pytest.fixture
def pull(court: Court) -> Court:
    """A head that is one vote short of its rule."""
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    court.vote("liis", "CHG-1")
    return court


def told(court: Court, *argv: str, shape: str = "text") -> str:
    """What the gate prints."""
    ran = court.run("mari", "gate", "--base", "main", "-f", shape, *argv)
    assert ran.code in (0, 1), ran.stderr
    return ran.stdout


def test_who_is_blocked_reads_why_and_what_to_do(pull: Court) -> None:
    head, base = (pull.repo.git("rev-parse", "--short=7", name) for name in ("HEAD", "main"))
    assert told(pull).splitlines() == [
        "CHG-1  DENIED   normal",
        "  rule normal  records/approval-rules/normal.yaml:9",
        "    1 × change-advisory-board, 1 × owner of ConfigurationItem/db-01",
        "    lacking   1 × owner of ConfigurationItem/db-01",
        "    counted   liis   change-advisory-board   T3",
        "  window    open now, until 2026-12-02T02:00Z",
        "  freeze    none before 2026-12-02T02:00Z",
        "  next      kadri (owner of ConfigurationItem/db-01) votes:  itsmctl change approve CHG-1",
        "",
        "More: itsmctl explain LACKING",
        f"DENIED: {head} into refs/heads/main at {base}, as of 2026-12-01T22:30Z",
    ]


def test_a_vote_that_does_not_count_says_why(pull: Court) -> None:
    pull.vote("jaan", "CHG-1")
    pull.edit(DB, {"/spec/version": "1.0.2"})
    pull.commit("jaan", "Another version")
    pull.vote("jaan", "CHG-1")
    shown = " ".join(told(pull).split())
    assert "ignored jaan owner T3 CONTRIBUTOR (author of" in shown
    assert "ignored liis change-advisory-board T3 STALE ConfigurationItem/db-01 /spec/version" in shown
    assert '"1.0.1" → "1.0.2"' in shown


def test_what_is_allowed_says_until_when(pull: Court) -> None:
    pull.vote("kadri", "CHG-1")
    last = " ".join(told(pull).splitlines()[-2:])
    assert last.startswith("ALLOWED: ")
    assert last.endswith("; holds until 2026-12-02T02:00Z: the window ends")
    assert told(pull, "-q") == "CHG-1  ALLOWED  normal\n"


def test_more_on_request(pull: Court) -> None:
    shown = told(pull, "-v")
    (file,) = (pull.repo.path / "approvals/CHG-1").glob("*.json")
    assert f"from approvals/CHG-1/{file.name}" in shown
    assert "  state     implementing\n" in shown
    assert f"  head      {pull.repo.git('rev-parse', 'HEAD')}\n" in shown
    line = pull.gate().verdict["because"][0]["details"]["lines"][0]
    assert f"    before  {line['before']}\n    after   {line['after']}\n" in shown


def test_inspection_is_framed_with_its_source_and_told_once(pull: Court) -> None:
    pull.edit(APP, {"/spec/type": "nothing"})
    pull.commit("jaan", "A class that is none")
    shown = told(pull)
    assert shown.startswith("error[reference]: there is no CIType called nothing\n --> ")
    assert "8 |   type: nothing\n" in shown
    assert "INSPECTION" not in shown
    assert shown.count("there is no CIType called nothing") == 1
    assert f"{APP}  DENIED   NOT_COVERED  records/configuration-items/app-01.yaml:1\n" in shown
    assert shown.index("error[reference]") < shown.index("NOT_COVERED") < shown.index("CHG-1  DENIED")


def freeze(end: str) -> dict[str, Any]:
    spec = {"state": "planned", "start": "2026-12-01T00:00:00Z", "end": end, "reason": "Year end.", "allows": []}
    return record("FreezeWindow", "year-end", {**spec, "serial": 1})


@pytest.mark.parametrize(
    ("end", "way"),
    [
        ("2026-12-02T01:00:00Z", "next not before 2026-12-02T01:00Z, when freeze year-end ends"),
        ("2026-12-03T00:00:00Z", "the window is over by then: agree on a new one in spec.schedule"),
    ],
)
def test_the_earliest_time_after_a_freeze(pull: Court, end: str, way: str) -> None:
    pull.vote("kadri", "CHG-1")
    pull.checkout("main")
    pull.put(freeze(end))
    pull.commit("rein", "Freeze")
    pull.checkout("pr")
    shown = " ".join(told(pull).split())
    assert "freeze FREEZE year-end from 2026-12-01T00:00Z" in shown
    assert way in shown


def test_the_earliest_time_before_a_window(pull: Court) -> None:
    pull.edit("ChangeRequest/CHG-1", {"/spec/schedule": {**WINDOW, "start": "2026-12-01T23:00:00Z"}})
    pull.commit("jaan", "Later")
    assert "  next      not before 2026-12-01T23:00Z, when the window begins\n" in told(pull)


def test_a_veto_has_its_way_out(pull: Court) -> None:
    pull.vote("pille", "CHG-1", "--reason", "not before the audit", decision="reject")
    shown = " ".join(told(pull).split())
    assert "denied VETO pille rejects it as security-manager: not before the audit" in shown
    assert "rejects pille T3 not before the audit" in shown
    assert "next pille takes the reject back: itsmctl change withdraw CHG-1" in shown


def test_an_emergency_shows_what_lets_it_through(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    court.vote("arvo", "CHG-1")
    assert told(court).splitlines()[:5] == [
        "CHG-1  OVERRIDDEN   emergency",
        "  emergency may go ahead at once, and owes its review and the full vote within 5 days",
        "    shown     INC-1 is assigned at the base",
        "    shown     arvo (emergency-approver) lets it go ahead",
        "    counted   arvo   T3",
    ]


def test_what_is_owed_is_told_in_every_format(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    ways = "arvo (emergency-approver) votes:  itsmctl change approve CHG-1"
    assert ways in told(court)
    assert f"CHG-1: next: {ways}" in told(court, shape="concise")
    court.vote("arvo", "CHG-1")
    for shape in ("concise", "github", "markdown", "text", "csv", "junit", "gitlab", "checkstyle", "rdjson"):
        owes = "owes its review and the full vote of persons who did not make it within 5 days of its merge"
        assert owes in " ".join(told(court, shape=shape).split()), shape


def test_what_nobody_knew_of_before_is_told_in_every_format(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    long_ago = {"start": "2026-11-01T22:00:00Z", "end": WINDOW["end"]}
    court.put(change("CHG-1", {DB: "change"}, schedule=long_ago))
    court.commit("jaan", "Update the database")
    court.vote("liis", "CHG-1")
    court.vote("kadri", "CHG-1")
    for shape in ("concise", "github", "markdown", "text"):
        assert "nobody knew of the change before" in " ".join(told(court, shape=shape).split()), shape


def test_a_way_out_that_is_a_command_stands_whole_in_every_format(court: Court) -> None:
    court.branch("pr")
    stranger = "somebody-with-a-very-long-name-who-is-no-person-here-and-has-written-a-line"
    for number, who in ((2, "jaan"), (1, "rein")):
        court.edit("ApprovalRule/normal", {"/spec/require/0/count": number})
        court.commit(who, f"Count {number}")
    court.repo.write("README.md", "more\n")
    court.commit(stranger, "More")
    base, head = (court.repo.git("rev-parse", "--short=12", name) for name in ("main", "HEAD"))
    command = f"git switch -c squashed-{head[:7]} {base} && git merge --squash {head} && git commit --no-edit"
    for shape in FORMATS:
        said = html.unescape(told(court, shape=shape)).replace("<wbr>", "").replace("\\\n    ", "")
        written = next((line for line in said.splitlines() if command in line), "")
        names = re.findall(r"--trailer .Co-authored-by: ([\w-]+) <\1@town.example>", written)
        assert names[:3] == ["jaan", "rein", stranger], (shape, said)
    assert told(court, shape="concise").splitlines()[-2] == "More: itsmctl explain TAKEN_BACK"


def test_a_simulation_says_so_in_capitals(pull: Court) -> None:
    for shape in ("text", "concise", "markdown", "github", "checkstyle", "rdjson", "sarif"):
        assert "SIMULATED" in told(pull, "--simulate", shape=shape), shape
        assert "SIMULATED" not in told(pull, shape=shape), shape
    assert json.loads(told(pull, "--simulate", shape="json"))["verdict"]["details"]["simulated"] is True


def test_a_slip_in_what_is_supposed_is_named(pull: Court) -> None:
    ran = pull.run("mari", "gate", "--base", "main", "--simulate", "--at", "yesterday")
    assert (ran.code, "--at 'yesterday'" in ran.stderr) == (2, True), ran.stderr
    ran = pull.run("mari", "gate", "--base", "main", "--simulate", "--without", "lis")
    assert (ran.code, "no Person at the base is called lis: did you mean liis" in ran.stderr) == (2, True), ran.stderr


def test_nothing_governed(court: Court) -> None:
    court.branch("docs")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari")
    shown = " ".join(told(court).split())
    assert shown.startswith("ALLOWED: ")
    assert shown.endswith("; nothing governed differs")
    assert told(court, "-q") == ""


def test_a_reason_stands_where_the_merge_result_has_it(pull: Court) -> None:
    (found,) = json.loads(told(pull, shape="json"))["findings"]
    assert (found["rule"], found["record"]) == ("LACKING", "ChangeRequest/CHG-1")
    assert (found["place"]["path"], found["place"]["pointer"]) == ("records/changes/CHG-1.yaml", "/spec/state")
    assert found["message"] == "CHG-1: rule normal lacks 1 × owner of ConfigurationItem/db-01"
    assert "itsmctl change approve CHG-1" in found["hint"]
    (rule,) = found["related"]
    assert (rule["place"]["path"], rule["place"]["line"]) == ("records/approval-rules/normal.yaml", 9)


def test_what_stands_at_the_base_alone_is_no_annotation_on_a_file(court: Court) -> None:
    court.branch("pr")
    court.remove(APP)
    court.commit("jaan", "Away with it")
    lines = told(court, shape="github").splitlines()
    (one,) = [line for line in lines if line.startswith("::error") and "NOT_COVERED" in line]
    assert one.startswith("::error title=NOT_COVERED%3A ")
    assert "records/configuration-items/app-01.yaml:1:1" in one
    assert "records/configuration-items/app-01.yaml:1:1: error[NOT_COVERED] " in told(court, shape="concise")


def test_the_place_of_a_reason_is_below_the_governed_root(court: Court) -> None:
    court.branch("pr")
    court.edit(APP, {"/spec/version": "2.0.0"})
    court.commit("jaan", "An edit that nobody was asked about")
    one = next(line for line in told(court, shape="github").splitlines() if "NOT_COVERED" in line)
    assert one.startswith("::error file=records/configuration-items/app-01.yaml,line=1,")


# --- made reports


@EACH
@pytest.mark.parametrize("columns", [60, 80, 100, 200])
@pytest.mark.parametrize("verbose", [0, 1])
def test_no_line_is_wider_than_the_terminal(verdict: Report, columns: int, verbose: int) -> None:
    shown = FORMATS["text"].write(verdict, Look(width=columns, verbose=verbose)).splitlines()
    wide = [line for line in shown if width(line) > columns]
    # digests and paths are whole, however narrow it is: one that is cut cannot be copied
    assert all("records/" in line or "approvals/" in line or line.split()[-1] in ("a" * 64, "b" * 64) for line in wide)


def test_inspection_without_a_finding_of_its_own_is_told_all_the_same() -> None:
    place = Place("records/x.yaml", 3, 1, 3, 4)
    tree = gate("DENIED", node("check", "x", "DENIED", "INSPECTION", "CHG-07: it says nothing"))
    made = replace(report(tree, ""), findings=(Finding("INSPECTION", "error", "CHG-07: it says nothing", place),))
    shown = FORMATS["text"].write(made, Look())
    assert shown.startswith("error[INSPECTION]: CHG-07: it says nothing\n --> records/x.yaml:3:1\n")


def test_columns_stay_columns_on_a_narrow_terminal() -> None:
    shown = FORMATS["text"].write(DENIED, Look(width=60)).splitlines()
    rows = [line for line in shown if line.split()[:1] in (["counted"], ["ignored"], ["rejects"])]
    assert len(rows) == 5
    assert len({line.rindex("T") for line in rows}) == 1


def test_colours_add_nothing_but_colours() -> None:
    for verdict in (DENIED, ALLOWED, OVERRIDDEN):
        plain = FORMATS["text"].write(verdict, Look(width=80, verbose=1))
        coloured = FORMATS["text"].write(verdict, Look(width=80, verbose=1, color=True))
        for style in ("1", "36", "1;31", "1;33", "1;36", "0"):
            coloured = coloured.replace(f"\x1b[{style}m", "")
        assert coloured == plain


@EACH
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_inert_in_every_format(verdict: Report, name: str) -> None:
    for look in (Look(), Look(verbose=1, width=60), Look(quiet=True)):
        shown = FORMATS[name].write(verdict, look)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any(line.startswith("::error::") for line in shown.splitlines())


def test_hostile_text_is_no_html_and_no_mention() -> None:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(FORMATS["markdown"].write(DENIED, Look()))
    assert "<::error" not in html
    assert "&lt;::error::x@evil.example&gt;</code>" in html


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(10, 120), st.booleans())
def test_any_text_gives_a_story(name: str, says: str, columns: int, quiet: bool) -> None:
    tree = gate(
        "DENIED",
        node("check", name, "DENIED", "CLOSED", says, stands=(name, 3, "/spec", "base")),
        node(
            "change",
            name,
            "DENIED",
            "",
            says,
            node(
                "rule", name, "DENIED", "LACKING", says, vote(name, says, "STALE", says), stands=(name, 1, "", "base")
            ),
            node("note", name, "NOTED", "COLLISION", says),
            node("next", name, "NOTED", "VOTES", says),
        ),
    )
    made = report(tree, says)
    for shape, look in (("text", Look(width=columns, verbose=1, quiet=quiet)), ("markdown", Look()), ("junit", Look())):
        shown = FORMATS[shape].write(made, look)
        shown.encode()
        assert "\x1b" not in shown


def test_a_comment_stays_within_its_limit() -> None:
    changes = [
        node(
            "change",
            f"CHG-{number}",
            "DENIED",
            "",
            "normal",
            *(node("check", "x", "DENIED", "DEBT", EVIL * 50) for _ in range(20)),
            node("rule", "r", "DENIED", "LACKING", EVIL, *(vote(EVIL, EVIL, "STALE", EVIL * 20) for _ in range(50))),
        )
        for number in range(100)
    ]
    many = replace(report(gate("DENIED", *changes), ""), findings=DENIED.findings * 500)
    shown = FORMATS["markdown"].write(many, Look())
    assert len(shown.encode()) < 65_536
    assert "\nand 9" in shown


def test_denied_changes_stand_first_in_a_comment() -> None:
    tree = gate("DENIED", node("change", "CHG-1", "ALLOWED"), node("change", "CHG-2", "DENIED", "", "normal"))
    rows = [line for line in FORMATS["markdown"].write(report(tree, ""), Look()).splitlines() if "CHG-" in line]
    assert ["CHG-2" in row for row in rows] == [True, False]


@EACH
def test_json_keeps_to_its_schema_and_has_the_tree(verdict: Report) -> None:
    data = json.loads(FORMATS["json"].write(verdict, Look()))
    schema = json.loads((PROJECT / "schemas/tool/report.schema.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(data)
    assert data["verdict"]["outcome"] == verdict.verdict["outcome"]  # type: ignore[index]
    assert data["summary"]["passed"] is (data["verdict"]["outcome"] != "DENIED")


@EACH
def test_sarif_keeps_to_the_official_schema_and_declares_all_codes(verdict: Report) -> None:
    from itsmctl.gate import codes

    data = json.loads(FORMATS["sarif"].write(verdict, Look()))
    schema = json.loads((PROJECT / "tests/data/sarif-2.1.0.schema.json").read_bytes())
    jsonschema.Draft7Validator(schema).validate(data)
    run = data["runs"][0]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= set(codes.BY_CODE)
    assert run["invocations"][0]["exitCode"] == (1 if verdict is DENIED else 0)
    assert run["properties"]["verdict"].startswith(str(verdict.verdict["outcome"]))  # type: ignore[index]


@EACH
def test_a_test_report_has_a_case_whatever_the_outcome(verdict: Report) -> None:
    root = ET.fromstring(FORMATS["junit"].write(verdict, Look()))
    assert int(root.get("tests", "0")) > 0
    assert (int(root.get("failures", "0")) > 0) is (verdict is DENIED)
    passed = {case.get("name") for case in root.iter("testcase") if case.get("classname") == "gate"}
    assert "gate DENIED" not in passed
    assert (verdict is DENIED) or (f"gate {verdict.verdict['outcome']}" in passed)  # type: ignore[index]


# --- any environment


def everywhere(court: Court, out: Path, environ: dict[str, str], cwd: Path | None = None) -> dict[str, bytes]:
    """Format → what a process of its own writes into a file, and what it prints."""
    out.mkdir()
    wanted = [word for name in FORMATS for word in ("-f", f"{name}={out / name}")]
    command = [sys.executable, "-m", "itsmctl", "gate", "--base", "main", "--simulate", "--at", NOW, *wanted]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **environ}
    done = subprocess.run(command, cwd=cwd or court.repo.path, env=env, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    return {name: (out / name).read_bytes() for name in FORMATS} | {"stderr": done.stderr, "stdout": done.stdout}


def test_the_same_bytes_in_any_environment(pull: Court, tmp_path: Path) -> None:
    pull.put(person("õie", pull.keys["eve"]))  # something beyond ASCII
    pull.commit("õie@elsewhere.example", "Jüri lisab õie")
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    plain = everywhere(pull, tmp_path / "plain", {"HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"})
    assert {name for name in FORMATS if not plain[name]} == set()
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "config").write_text("[core]\n\tquotePath = false\n[diff]\n\texternal = false\n[merge]\n\trenames = true\n")
    poison = {
        "GIT_DIR": str(evil),
        "GIT_WORK_TREE": str(evil),
        "GIT_INDEX_FILE": str(evil / "index"),
        "GIT_OBJECT_DIRECTORY": str(evil),
        "GIT_CONFIG_GLOBAL": str(evil / "config"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.abbrev",
        "GIT_CONFIG_VALUE_0": "40",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_TRACE": "1",
        "GIT_PAGER": "false",
    }
    others = [
        ("locale", {"HOME": str(home), "LC_ALL": "C", "PYTHONUTF8": "0"}, None),
        ("zone", {"HOME": str(home), "TZ": "Asia/Tokyo", "LC_ALL": "et_EE.UTF-8"}, None),
        ("seed", {"HOME": str(home), "PYTHONHASHSEED": "4711"}, None),
        ("homeless", {}, None),
        ("inside", {"HOME": str(home)}, pull.repo.path / "records/changes"),
        ("poisoned", {"HOME": str(home), **poison}, None),
    ]
    for name, environ, cwd in others:
        found = everywhere(pull, tmp_path / name, environ, cwd)
        assert [shape for shape in plain if found[shape] != plain[shape]] == [], name


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permissions there")
def test_a_repository_that_can_only_be_read(pull: Court, tmp_path: Path) -> None:
    plain = everywhere(pull, tmp_path / "plain", {})
    before = contents(pull.repo.path)
    for path in before:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        assert everywhere(pull, tmp_path / "read-only", {}) == plain
    finally:
        for path in before:
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert contents(pull.repo.path) == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Everything below a folder."""
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}
