"""A run without a verdict leaves no report of an earlier one: what a pipeline picks up says that nothing was judged."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from world import AS_OF, change, found_small

from itsmctl.cli import endings, output
from itsmctl.errors import CannotJudge
from itsmctl.formats import FORMATS, Failure

if TYPE_CHECKING:
    from conftest import Repo

DATA = Path(__file__).parent / "data"
REPORT_SCHEMA = Path(__file__).resolve().parents[1] / "schemas/tool/report.schema.json"
NO_VERDICT = [
    ("a revision that is not there", ["validate", "--rev", "nowhere"], 3, "cannot judge: "),
    ("nothing to check", ["validate", "--root", "../empty"], 3, "cannot judge: nothing to check"),
    ("an unknown rule", ["validate", "--select", "CHG-99x"], 2, "error: no rule, process or tag"),
    ("an unknown severity", ["validate", "--fail-on", "eror"], 2, "error: 'eror' is no severity"),
    ("an unknown option", ["validate", "--selct", "CHG-07"], 2, "error: No such option"),
    ("a folder that is not there", ["validate", "recrods"], 2, "error: there is no recrods"),
    ("an unknown policy", ["policy", "test", "TST-99"], 2, "error: "),
    ("a format that is unknown beside one that is known", ["validate", "-f", "jnuit=x"], 2, "error: no format"),
]
no_verdict = pytest.mark.parametrize(("argv", "code", "says"), [row[1:] for row in NO_VERDICT], ids=lambda _: "")


@pytest.fixture
def small(repo: Repo) -> Repo:
    found_small(repo)
    repo.write("records/changes/CHG-1.yaml", change("CHG-1"))
    repo.write("../empty/itsm.yaml", (repo.path / "itsm.yaml").read_text())
    repo.commit()
    return repo


@no_verdict
def test_a_green_report_of_an_earlier_run_says_that_there_is_no_verdict(
    small: Repo, argv: list[str], code: int, says: str
) -> None:
    files = {name: small.path / f"report.{name}" for name in FORMATS}
    targets = [word for name in FORMATS for word in ("-f", f"{name}=report.{name}")]
    assert small.run("validate", "--select", "schema-format", "--as-of", AS_OF, *targets).code == 0
    green = {name: file.read_bytes() for name, file in files.items()}

    ran = small.run(*argv, *targets)

    assert ran.code == code
    assert ran.stderr.startswith(says)
    assert not files["gitlab"].exists()
    for name in FORMATS.keys() - {"gitlab"}:
        assert files[name].read_bytes() != green[name]
        assert says.split(": ", 1)[1] in files[name].read_text() or name in ("json", "sarif", "junit", "checkstyle")
    report = json.loads(files["json"].read_bytes())
    jsonschema.Draft202012Validator(json.loads(REPORT_SCHEMA.read_bytes())).validate(report)
    assert (report["summary"]["passed"], report["summary"]["exit_code"]) == (False, code)
    assert f"{says.split(': ')[0]}: {report['failure']['message']}".startswith(says)
    (run,) = json.loads(files["sarif"].read_bytes())["runs"]
    assert "results" not in run
    assert [one["executionSuccessful"] for one in run["invocations"]] == [False]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith(says)
    suites = ET.parse(files["junit"]).getroot()
    assert (suites.get("errors"), suites.get("failures"), suites.get("tests")) == ("1", "0", "1")
    assert [one.get("message", "").startswith(says) for one in suites.iter("error")] == [True]


def test_the_sarif_of_no_verdict_keeps_to_its_schema() -> None:
    failure = Failure("validate", "cannot judge", "a: b\nc", "Do this.\n  a: 1", 3, "0.1.0")
    schema = json.loads((DATA / "sarif-2.1.0.schema.json").read_bytes())
    jsonschema.Draft7Validator(schema).validate(json.loads(FORMATS["sarif"].failed(failure)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_reason_with_hostile_text_is_escaped_in_every_format(name: str) -> None:
    hostile = "::error::x\x1b[31m</testsuites>]]>\u202e\n::stop-commands::a\r\n##vso[x]"
    told = FORMATS[name].failed(Failure("validate", "cannot judge", hostile, hostile, 3, "0.1.0"))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "##vso[" not in told
    lines = told.splitlines()
    assert not any(line.lstrip().startswith("::") for line in (lines[1:] if name == "github" else lines))
    if name in ("junit", "checkstyle"):
        ET.fromstring(told)
    if name in ("json", "sarif", "rdjson"):
        json.loads(told)


def test_reports_of_an_earlier_run_are_gone_as_soon_as_the_next_one_begins(tmp_path: Path) -> None:
    report = tmp_path / "report.sarif"
    report.write_text("green")
    with output.Reports([f"sarif={report}"], "validate"):
        assert not report.exists()


def test_a_bug_leaves_no_green_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with pytest.raises(ZeroDivisionError), output.Reports([f"json={report}"], "validate"):
        raise ZeroDivisionError("x")
    assert json.loads(report.read_bytes())["failure"]["message"].startswith("a bug: ZeroDivisionError: x")


def test_an_interrupted_run_leaves_no_green_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with pytest.raises(KeyboardInterrupt), output.Reports([f"json={report}"], "validate"):
        raise KeyboardInterrupt
    found = json.loads(report.read_bytes())
    assert (found["failure"]["message"], found["summary"]["exit_code"]) == ("interrupted", endings.INTERRUPTED)


def test_a_reader_that_goes_away_does_not_undo_what_is_written(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    reports = output.Reports([f"json={report}"], "validate")
    with reports:
        output.write_file(report, "written")
    reports.__exit__(None, BrokenPipeError(32, "Broken pipe"), None)
    assert report.read_text() == "written"


@pytest.mark.parametrize("place", ["itsm.yaml", ".git/HEAD", "records/changes/CHG-1.yaml", "policies/report.json"])
def test_no_report_is_written_over_what_governs_or_is_governed(small: Repo, place: str) -> None:
    file = small.path / place
    before = file.read_bytes() if file.exists() else None
    for words in (["validate"], ["validate", "--selct"], ["validate", "--rev", "nowhere"]):
        assert small.run(*words, "-f", f"json={place}").code == 2
        assert (file.read_bytes() if file.exists() else None) == before


def test_a_command_without_reports_touches_no_file(small: Repo) -> None:
    notes = small.write("notes.json", "mine")
    assert small.run("show", "CHG-1", "-f", "json=notes.json").code == 2
    assert small.run("show", "--nope", "-f", "json=notes.json").code == 2
    assert notes.read_text() == "mine"


def test_the_variable_names_reports_as_well(small: Repo) -> None:
    small.environ = {**small.environ, "ITSMCTL_FORMAT": "junit=report.xml"}
    assert small.run("validate", "--select", "schema-format", "--as-of", AS_OF).code == 0
    assert small.run("validate", "--nope").code == 2
    assert "error: No such option" in (small.path / "report.xml").read_text()


@pytest.mark.parametrize("form", [["--format", "csv=r"], ["--format=csv=r"], ["-f", "csv=r"], ["-fcsv=r"]])
def test_a_command_line_that_cannot_be_read_is_searched_for_its_reports(small: Repo, form: list[str]) -> None:
    small.write("r", "green")
    assert small.run("validate", *form, "--nope").code == 2
    assert "no verdict" in (small.path / "r").read_text()


def test_a_pipe_is_told_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[str] = []
    listener = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    listener.start()
    with pytest.raises(CannotJudge), output.Reports([f"concise={pipe}"], "validate"):
        raise CannotJudge("no such revision")
    listener.join(timeout=5)
    assert heard == ["cannot judge: no such revision\n"]
    assert pipe.is_fifo()
