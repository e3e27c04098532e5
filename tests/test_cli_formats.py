"""Formats from the command line: all at once tell one story, and each place gets what fits it."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from conftest import MakeRepo, Repo
from marked import shown
from runner import commands
from world import AS_OF, change, found_small, item, service

from itsmctl.cli import forge, options
from itsmctl.formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

Spots = list[tuple[str, int, str]]  # path from the root of the git repository, line, rule

RULE = """\
apiVersion: itsm/v1
kind: Policy
metadata: {name: TST-01, title: A change has a long reason}
spec:
  process: change-management
  basis: house
  severity: warning
  description: Short reasons say nothing.
  match:
    kind: ChangeRequest
    when: has(self.spec.reason)
  assert: size(self.spec.reason) > 10
  message: "'the reason of ' + self.metadata.name + ' is short'"
  remediation: Write more.
  examples:
    - {name: long, record: {spec: {state: draft, class: normal, reason: Because of the weather.}}, expect: pass}
    - {name: short, record: {spec: {state: draft, class: normal, reason: Because.}}, expect: fail}
"""
WAIVER = """\
apiVersion: itsm/v1
kind: Waiver
metadata:
  name: short
  title: Short reason for now
  owner: Role/operations
spec:
  state: granted
  rule: TST-01
  record: ChangeRequest/CHG-1
  at: /spec/reason
  reason: It says enough.
  approved_by: mari
  approved_on: "2026-11-01"
  expires: "2027-06-30"
"""


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    """A governed folder of a repository, with errors, a warning, a waived finding and rules that do not run."""
    outer = make_repo()
    ops = found_small(Repo(outer.path / "ops", outer.environ))
    ops.write("policies/TST-01.yaml", RULE)
    ops.write("records/changes/CHG-1.yaml", change("CHG-1", spec="reason: Because."))
    ops.write("records/changes/CHG-2.yaml", change("CHG-2", spec="reason: Because."))
    ops.write("records/waivers/short.yaml", WAIVER)
    for name in ("õ-01", "b-01"):
        ops.write(
            f"records/configuration-items/{name}.yaml",
            item(name.replace("õ", "o"), spec="relations: [{type: connects-to, target: nowhere}]"),
        )
    ops.write("records/services/odd.yaml", service("odd", spec="colour: red"))
    outer.commit()
    return ops


def on_github(repo: Repo, **more: str) -> Repo:
    known = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "town/records",
        "GITHUB_STEP_SUMMARY": str(repo.path.parent.parent / "summary.md"),
    }
    return Repo(repo.path, {**repo.environ, **known, **more})


def _json(text: str) -> tuple[Spots, Spots]:
    found = json.loads(text)
    spots = [
        (f"{found['prefix']}/{one['place']['path']}", one["place"]["line"], one["rule"], bool(one["waived"]))
        for one in found["findings"]
    ]
    return _parted(spots)


def _sarif(text: str) -> tuple[Spots, Spots]:
    found = []
    for result in json.loads(text)["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        path = bytes(place["artifactLocation"]["uri"], "ascii").decode("ascii").replace("%C3%B5", "õ")
        found.append((path, place["region"]["startLine"], result["ruleId"], "suppressions" in result))
    return _parted(found)


def _junit(text: str) -> tuple[Spots, Spots]:
    found = []
    for case in ET.fromstring(text).iter("testcase"):
        line = next((re.match(r".*?:(\d+):\d+: ", child.text or "") for child in case), None)
        if line:
            waived = case.find("skipped") is not None
            found.append((case.get("file", ""), int(line[1]), case.get("classname", ""), waived))
    return _parted(found)


def _gitlab(text: str) -> tuple[Spots, Spots]:
    return _parted(
        [
            (
                one["location"]["path"],
                one["location"]["lines"]["begin"],
                one["check_name"],
                "(waived" in one["description"],
            )
            for one in json.loads(text)
        ]
    )


def _rdjson(text: str) -> tuple[Spots, Spots]:
    found = json.loads(text)
    spots = [
        (one["location"]["path"], one["location"]["range"]["start"]["line"], one["code"]["value"], False)
        for one in found["diagnostics"]
    ]
    return _parted(spots + _waived_lines(found["notes"]))


def _checkstyle(text: str) -> tuple[Spots, Spots]:
    spots = [
        (file.get("name", ""), int(error.get("line", "")), error.get("source", "").rpartition(".")[2], False)
        for file in ET.fromstring(text)
        for error in file
    ]
    return _parted(spots + _waived_lines(text.partition("<!--")[2].partition("-->")[0].splitlines()))


def _csv(text: str) -> tuple[Spots, Spots]:
    rows = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["path"]]
    return _parted([(row["path"], int(row["line"]), row["rule"], row["status"] == "waived") for row in rows])


def _markdown(text: str) -> tuple[Spots, Spots]:
    spots, path = [], ""
    for row in shown(text).rows:
        if row[0] == "Line":
            path = row[1]
        elif named := re.match(r"\S+ \w+\[([\w-]+)\]", row[1]):
            spots.append((path, int(row[0]), named[1], False))
        elif waived := re.match(r"(.*?):(\d+):\d+: (\S+) ", row[0]):
            spots.append((waived[1], int(waived[2]), waived[3], True))
    return _parted(spots)


def _lines(text: str) -> tuple[Spots, Spots]:
    found = (re.match(r"(.*?):(\d+):\d+: (\w+)\[([\w-]+)\]", line) for line in text.splitlines())
    spots = [(one[1], int(one[2]), one[4], one[3] == "waived") for one in found if one]
    return _parted([(path if path.startswith("ops/") else f"ops/{path}", *rest) for path, *rest in spots])  # type: ignore[misc]


def _frames(text: str) -> tuple[Spots, Spots]:
    found = re.findall(r"^\w+\[([\w-]+)\]( waived)?:.*?--> (.*?):(\d+):\d+$", text, re.MULTILINE | re.DOTALL)
    return _parted([(f"ops/{path}", int(line), rule, bool(waived)) for rule, waived, path, line in found])


def _waived_lines(lines: list[str]) -> list[tuple[str, int, str, bool]]:
    found = (re.match(r"\s*(.*?):(\d+):\d+: waived\[([\w-]+)\]", line) for line in lines)
    return [(one[1], int(one[2]), one[3], True) for one in found if one]


def _parted(spots: list[tuple[str, int, str, bool]]) -> tuple[Spots, Spots]:
    """The open ones and the waived ones."""
    return sorted(spot[:3] for spot in spots if not spot[3]), sorted(spot[:3] for spot in spots if spot[3])


READERS = {
    "text": _frames,
    "concise": _lines,
    "json": _json,
    "sarif": _sarif,
    "github": _lines,
    "gitlab": _gitlab,
    "junit": _junit,
    "markdown": _markdown,
    "checkstyle": _checkstyle,
    "rdjson": _rdjson,
    "csv": _csv,
}


def every_format(repo: Repo, *argv: str) -> tuple[int, dict[str, str]]:
    """The exit code of one run that writes every format, and what it wrote."""
    folder = repo.path.parent.parent / "out"
    folder.mkdir(exist_ok=True)
    wanted = [word for name in FORMATS for word in ("-f", f"{name}={folder / name}")]
    ran = repo.run("validate", "--as-of", AS_OF, "-v", *wanted, *argv)
    assert (ran.stdout, ran.stderr) == ("", "")
    return ran.code, {name: (folder / name).read_bytes().decode() for name in FORMATS}


def test_every_format_tells_the_same_findings(repo: Repo) -> None:
    code, written = every_format(repo)
    assert code == 1
    told = {name: READERS[name](text) for name, text in written.items()}
    opened, waived = told["json"]
    assert opened == [
        ("ops/records/changes/CHG-2.yaml", 10, "TST-01"),
        ("ops/records/configuration-items/b-01.yaml", 10, "reference"),
        ("ops/records/configuration-items/õ-01.yaml", 4, "record-home"),
        ("ops/records/configuration-items/õ-01.yaml", 10, "reference"),
        ("ops/records/services/odd.yaml", 9, "schema-unknown-field"),
    ]
    assert waived == [("ops/records/changes/CHG-1.yaml", 10, "TST-01")]
    assert told == dict.fromkeys(FORMATS, (opened, waived))


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ((), 1),
        (("--fail-on", "warning"), 1),
        (("--select", "TST-01", "records/changes"), 0),
        (("--select", "TST-01", "--fail-on", "warning", "records/changes"), 1),
    ],
)
def test_no_format_has_a_word_in_the_exit_code(repo: Repo, argv: tuple[str, ...], code: int) -> None:
    assert every_format(repo, *argv)[0] == code


@pytest.mark.parametrize("name", FORMATS)
def test_one_format_alone_has_the_same_exit_code_and_says_the_same(repo: Repo, name: str) -> None:
    ran = repo.run("validate", "--as-of", AS_OF, "-v", "-f", name)
    assert ran.code == 1
    opened, waived = READERS[name](ran.stdout)
    assert (len(opened), len(waived)) == (5, 1)


def test_a_rule_that_did_not_run_is_told_where_a_format_can(repo: Repo) -> None:
    _, written = every_format(repo)
    assert "it compares" in written["json"]
    (rule,) = {one["rule"] for one in json.loads(written["json"])["seen"]["rules_not_run"]} & {"CFG-06"}
    assert [name for name, text in written.items() if rule not in text] == ["gitlab"]


def test_help_names_every_format() -> None:
    (option,) = (one for one in options.Formats.__metadata__)  # type: ignore[attr-defined]
    assert set(re.findall(r"\w+", option.help)) >= set(FORMATS)


def summary(repo: Repo) -> str:
    return (repo.path.parent.parent / "summary.md").read_text(encoding="utf-8")


def test_on_github_the_worst_are_annotated_and_the_job_summary_has_all(repo: Repo) -> None:
    for number in range(9):
        repo.write(f"records/services/odd-{number}.yaml", service(f"odd-{number}", spec="colour: red"))
    github = on_github(repo)
    ran = github.run("validate", "--as-of", AS_OF)
    assert ran.code == 1
    assert [command.name for command in commands(ran.stdout)] == ["error"] * 10
    assert "more findings (3 errors, 1 warning) without annotation: the worst 10 have one" in ran.stdout
    told = summary(github)
    assert _markdown(told) == _lines(github.run("validate", "--as-of", AS_OF, "-f", "concise", "-v").stdout)
    assert "❌ itsmctl validate failed: 13 errors, 1 warning in 13 files (1 waived)" in told


def test_links_lead_to_the_commit_that_was_read(repo: Repo) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.write("records/services/other.yaml", service("other", spec="colour: red"))
    later = repo.commit()
    github = on_github(repo)
    github.run("validate", "--as-of", AS_OF)
    at = f"https://github.example/town/records/blob/{later}/ops/records/services/other.yaml#L9"
    assert at in shown(summary(github)).links
    ran = github.run("validate", "--as-of", AS_OF, "--rev", head, "-f", "markdown")
    assert {link.split("/")[6] for link in shown(ran.stdout).links} == {head}


def test_links_on_gitlab(repo: Repo) -> None:
    known = {"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example:8443/town/it/records"}
    gitlab = Repo(repo.path, {**repo.environ, **known})
    ran = gitlab.run("validate", "--as-of", AS_OF, "-f", "markdown")
    head = repo.git("rev-parse", "HEAD")
    at = f"https://gitlab.example:8443/town/it/records/-/blob/{head}/ops/records/services/odd.yaml"
    assert f"{at}#L9" in shown(ran.stdout).links
    assert _lines(gitlab.run("validate", "--as-of", AS_OF).stdout)[0] == _markdown(ran.stdout)[0]


@pytest.mark.parametrize(
    "more",
    [
        {"GITHUB_SERVER_URL": "javascript:alert(1)"},
        {"GITHUB_SERVER_URL": ""},
        {"GITHUB_REPOSITORY": "a) [b](c"},
        {"GITHUB_ACTIONS": ""},
    ],
)
def test_nothing_is_linked_where_the_forge_does_not_say_where(repo: Repo, more: dict[str, str]) -> None:
    ran = on_github(repo, **more).run("validate", "--as-of", AS_OF, "-f", "markdown")
    assert ran.code == 1
    assert shown(ran.stdout).links == []


def test_nothing_is_linked_before_the_first_commit(make_repo: MakeRepo) -> None:
    repo = found_small(make_repo("new/ops"))
    repo.write("records/services/odd.yaml", service("odd", spec="colour: red"))
    ran = on_github(repo).run("validate", "--as-of", AS_OF, "-f", "markdown")
    assert (ran.code, shown(ran.stdout).links) == (1, [])


def test_the_summary_is_appended_to_what_the_step_wrote(repo: Repo) -> None:
    github = on_github(repo)
    (repo.path.parent.parent / "summary.md").write_text("## mine")
    github.run("validate", "--as-of", AS_OF)
    github.run("policy", "test")
    lines = summary(github).splitlines()
    assert lines[:2] == ["## mine", "<!-- itsmctl validate ops -->"]
    assert "### ✅ itsmctl policy test passed: 1 policy, 2 examples, all as expected" in lines


def test_formats_that_were_asked_for_by_name_leave_the_summary_alone(repo: Repo) -> None:
    github = on_github(repo)
    github.run("validate", "--as-of", AS_OF, "-f", "github", "-f", f"json={repo.path.parent.parent / 'a.json'}")
    assert not (repo.path.parent.parent / "summary.md").exists()
    github.run("validate", "--as-of", AS_OF, "-f", "auto", "-f", f"json={repo.path.parent.parent / 'a.json'}")
    assert summary(github).startswith("<!-- itsmctl validate ops -->")


def test_a_run_without_verdict_says_so_in_the_summary(repo: Repo) -> None:
    github = on_github(repo)
    ran = github.run("validate", "--since", "nowhere")
    assert ran.code == 3
    assert "### ❌ itsmctl validate came to no verdict\n\n    cannot judge: " in summary(github)


def test_a_summary_that_has_no_room_is_left_as_it_is(repo: Repo) -> None:
    github = on_github(repo)
    full = "x" * (forge.LONGEST_SUMMARY - 100)
    (repo.path.parent.parent / "summary.md").write_text(full)
    ran = github.run("validate", "--as-of", AS_OF)
    assert ran.code == 1
    assert summary(github) == full
    assert (
        ran.stderr == "job summary: this report is not in it: GitHub takes 1 MiB of a step, and most of it is taken\n"
    )


def test_a_summary_that_cannot_be_written_changes_no_verdict(repo: Repo, tmp_path: Path) -> None:
    ran = on_github(repo, GITHUB_STEP_SUMMARY=str(tmp_path)).run("validate", "--as-of", AS_OF)
    assert ran.code == 1
    assert ran.stderr == "job summary: it cannot be written: Is a directory\n"
    assert on_github(repo, GITHUB_STEP_SUMMARY="").run("validate", "--as-of", AS_OF).stderr == ""
