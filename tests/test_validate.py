"""The main job: exit codes, what is new, what is selected, what is waived; the same bytes on every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from world import AS_OF, SETTINGS, change, found_small, item, lines, service, validate

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo

CHANGES = "records/changes/{}.yaml"


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def _item(repo: Repo, name: str, spec: str = "") -> None:
    repo.write(f"records/configuration-items/{name}.yaml", item(name, spec=spec))


def test_nothing_to_check_is_no_verdict(repo: Repo) -> None:
    repo.write("itsm.yaml", SETTINGS)
    ran = repo.run("validate")
    assert ran.code == 3
    assert "nothing to check" in ran.stderr


def test_without_settings_there_is_no_verdict_but_a_way_out(repo: Repo) -> None:
    ran = repo.run("validate")
    assert ran.code == 3
    assert "itsmctl init" in ran.stderr


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("schemas/x.schema.json", "{", "schemas/x.schema.json"),
        ("policies/X-1.yaml", "a: [", "policies/X-1.yaml:1:"),
        ("policies/X-1.yaml", "apiVersion: itsm/v1\nkind: Policy\n", "metadata is missing"),
        ("itsm.yaml", "apiVersion: itsm/v1\nkind: Settings\nrepositry: x\n", "itsm.yaml:3:1"),
        (
            "itsm.yaml",
            SETTINGS + "layout: {changs: {by: digest, length: 1}}\n",
            "itsm.yaml:5:10: layout names changs, where no kind keeps its records: did you mean changes?\n",
        ),
        (
            "itsm.yaml",
            SETTINGS + "intervals:\n  change-managment: 90\n",
            "itsm.yaml:6:3: intervals names change-managment, which is no process: did you mean change-management",
        ),
        (
            "itsm.yaml",
            SETTINGS + "intervals: {risk: 90}\n",
            "itsm.yaml:5:13: intervals names risk, which is no process: known are ",
        ),
        (
            "itsm.yaml",
            SETTINGS + "intervals: {CHG-18: 90}\n",
            "itsm.yaml:5:13: intervals names CHG-18, which is a policy without a deadline of its own: did you mean",
        ),
        (
            "itsm.yaml",
            SETTINGS + "intervals: {TIME-7: 90}\n",
            "itsm.yaml:5:13: intervals names TIME-7, which is no policy: known are CHG-19, CHG-29, CHG-31",
        ),
        (
            "itsm.yaml",
            SETTINGS + "policies: {severity: {yaml-tag: info}}\n",
            "itsm.yaml:5:23: policies names yaml-tag, which is no policy: checks of form always hold\n",
        ),
        (
            "itsm.yaml",
            SETTINGS + "layout: {a: {by: digest, length: 1}}\nintervals: {b: 9}\n",
            "cannot judge: 2 mistakes in itsm.yaml:\nitsm.yaml:5:10: layout names a,",
        ),
        (
            "itsm.yaml",
            SETTINGS + "policies: {off: [{rule: CHG-7, reason: No.}]}\n",
            "cannot judge: itsm.yaml:5:25: policies names CHG-7, which is no policy: did you mean CHG-07?",
        ),
        (
            "itsm.yaml",
            SETTINGS + "policies: {off: [{rule: yaml-tag, reason: No.}]}\n",
            "itsm.yaml:5:25: policies names yaml-tag, which is no policy: checks of form always hold",
        ),
    ],
)
def test_law_that_cannot_be_read_is_no_verdict(small: Repo, path: str, content: str, says: str) -> None:
    small.write(path, content)
    ran = small.run("validate")
    assert ran.code == 3, ran.stdout
    assert says in ran.stderr


def test_a_rule_that_does_not_compile_is_shown_with_place_and_suggestion(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("self.spec.reason", "self.spec.raeson"))
    ran = small.run("validate")
    assert ran.code == 3
    assert "policies/TST-01.yaml:12:" in ran.stderr
    assert "reason" in ran.stderr
    assert "^" in ran.stderr


POLICY = """\
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


def test_a_house_rule_points_at_what_it_read(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY)
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    ran = validate(small)
    assert lines(ran) == ["records/changes/CHG-1.yaml:10:11 TST-01"]
    assert ran.code == 0  # a warning does not fail the run
    assert validate(small, "--fail-on", "warning").code == 1


def test_a_waiver_lifts_a_finding_that_stays_visible(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("severity: warning", "severity: error"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    assert validate(small).code == 1
    small.write("records/waivers/short.yaml", WAIVER)
    ran = validate(small)
    assert (ran.code, lines(ran)) == (0, [])
    waived = [f for f in json.loads(ran.stdout)["findings"] if f["waived"]]
    assert [f["rule"] for f in waived] == ["TST-01"]
    assert validate(small, "--no-waivers").code == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('expires: "2027-06-30"', 'expires: "2026-11-21"', ["TST-01", "waiver-expired"]),
        ('expires: "2027-06-30"', 'expires: "2026-11-22"', ["waiver-expiring"]),
        ('approved_on: "2026-11-01"', 'approved_on: "2026-11-24"', ["TST-01", "waiver-approval"]),
        ('approved_on: "2026-11-01"', 'approved_on: "2027-07-01"', ["TST-01", "waiver-approval"]),
        ('expires: "2027-06-30"', 'expires: "2026-10-31"', ["TST-01", "waiver-approval"]),
        ("rule: TST-01", "rule: TST-02", ["TST-01", "waiver-rule"]),
        ("rule: TST-01", "rule: yaml-syntax", ["TST-01", "waiver-rule"]),
        ("at: /spec/reason", "at: /spec/plan", ["TST-01", "waiver-unused"]),
        ("state: granted", "state: requested", ["TST-01"]),
    ],
)
def test_waivers_are_watched(small: Repo, old: str, new: str, expected: list[str]) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("severity: warning", "severity: error"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    assert old in WAIVER
    small.write("records/waivers/short.yaml", WAIVER.replace(old, new))
    assert sorted(line.split()[1] for line in lines(validate(small))) == expected


def test_a_hard_rule_has_no_exceptions(small: Repo) -> None:
    text = POLICY.replace("severity: warning", "severity: error\n  enforcement: hard")
    small.write("policies/TST-01.yaml", text)
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    small.write("records/waivers/short.yaml", WAIVER)
    assert sorted(line.split()[1] for line in lines(validate(small))) == ["TST-01", "waiver-rule"]


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


def test_since_reports_what_is_new_in_edited_records(small: Repo) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: nowhere}")
    small.commit()
    _item(small, "b", "relations:\n  - {type: connects-to, target: nobody}")
    ran = validate(small, "--since", "HEAD")
    assert lines(ran) == ["records/configuration-items/b.yaml:11:35 reference"]
    assert json.loads(ran.stdout)["summary"]["old"] == 1


def test_since_reports_what_an_edit_breaks_in_records_that_depend_on_it(small: Repo) -> None:
    _item(small, "db-01")
    _item(small, "app-01", "relations:\n  - {type: connects-to, target: db-01}")
    small.commit()
    (small.path / "records/configuration-items/db-01.yaml").unlink()
    assert lines(validate(small, "--since", "HEAD")) == ["records/configuration-items/app-01.yaml:11:35 reference"]


def test_since_is_not_deceived_by_moved_lines_and_reordered_lists(small: Repo) -> None:
    _item(small, "b")
    _item(small, "a", "relations:\n  - {type: connects-to, target: nowhere}\n  - {type: connects-to, target: b}")
    small.commit()
    text = item("a", spec="relations:\n  - {type: connects-to, target: b}\n  - {type: connects-to, target: nowhere}")
    small.write("records/configuration-items/a.yaml", "# a comment\n\n" + text)
    assert lines(validate(small, "--since", "HEAD")) == []


def test_a_second_copy_of_an_old_finding_is_new(small: Repo) -> None:
    text = "relations:\n  - {type: connects-to, target: nowhere}"
    _item(small, "a", text)
    small.commit()
    _item(small, "a", text + "\n  - {type: connects-to, target: nowhere}")
    assert len(lines(validate(small, "--since", "HEAD"))) == 1


def test_a_waiver_that_is_taken_away_makes_its_finding_new(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("severity: warning", "severity: error"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    small.write("records/waivers/short.yaml", WAIVER)
    small.commit()
    (small.path / "records/waivers/short.yaml").unlink()
    assert lines(validate(small, "--since", "HEAD")) == ["records/changes/CHG-1.yaml:10:11 TST-01"]


def test_work_tree_and_commit_give_the_same_findings(small: Repo) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: nowhere}\n  - {type: x, target: a}")
    small.write("records/services/x.yaml", "kind: [")
    small.commit()
    here, there = (json.loads(validate(small, *argv).stdout) for argv in ((), ("--rev", "HEAD")))
    assert here["findings"] == there["findings"]
    assert here["findings"]


def test_staged_files_are_read_as_the_next_commit_will_hold_them(small: Repo) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: b}")
    small.git("add", "--all")
    _item(small, "b")
    (small.path / "records/configuration-items/a.yaml").write_text("broken: [")
    staged = validate(small, "--staged")
    small.commit_staged()

    assert lines(staged) == ["records/configuration-items/a.yaml:11:35 reference"]
    assert lines(staged) == lines(validate(small, "--rev", "HEAD"))
    assert json.loads(staged.stdout)["seen"]["source"] == "staged files"


def test_two_things_to_read_and_an_unfinished_merge_are_no_verdict(small: Repo) -> None:
    small.commit()
    assert small.run("validate", "--staged", "--rev", "HEAD").code == 2
    small.git("checkout", "--quiet", "-b", "other")
    _item(small, "a", "cores: 1")
    small.commit()
    small.git("checkout", "--quiet", "main")
    _item(small, "a", "cores: 2")
    small.commit()
    subprocess.run(["git", "-C", small.path, "merge", "other"], env=small.environ, capture_output=True, check=False)

    ran = small.run("validate", "--staged")
    assert ran.code == 3
    assert "records/configuration-items/a.yaml is in conflict" in ran.stderr


@pytest.mark.parametrize("argv", [["--rev", "nowhere"], ["--since", "nowhere"]])
def test_a_missing_revision_is_no_verdict(small: Repo, argv: list[str]) -> None:
    small.commit()
    assert small.run("validate", *argv).code == 3


@pytest.mark.parametrize(
    ("argv", "code", "count"),
    [
        (["--select", "reference"], 1, 1),
        (["--select", "reference,item-relation"], 1, 2),
        (["--ignore", "reference", "--ignore", "item-relation"], 0, 0),
        (["--select", "yaml-syntax"], 0, 0),
        (["--min-severity", "warning"], 1, 2),
        (["records/configuration-items/a.yaml"], 1, 2),
        (["records/services"], 0, 0),
    ],
)
def test_selection(small: Repo, argv: list[str], code: int, count: int) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: nowhere}\n  - {type: x, target: a}")
    small.write("records/services/loans.yaml", service("loans"))
    ran = validate(small, *argv)
    assert (ran.code, len(lines(ran))) == (code, count)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--select", "refrence"], "reference"),
        (["--fail-on", "eror"], "error"),
        (["-f", "jsn"], "json"),
        (["-f", "json", "-f", "sarif"], "standard output"),
        (["--as-of", "yesterday"], "2026-11-22"),
        (["no-such-file"], "no-such-file"),
        (["--colour"], "--colo"),
    ],
)
def test_a_mistyped_command_line_says_what_was_meant(small: Repo, argv: list[str], says: str) -> None:
    ran = small.run("validate", *argv)
    assert ran.code == 2
    assert says in ran.stderr
    assert ran.stdout == ""


def test_several_formats_at_once(small: Repo) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: nowhere}")
    ran = small.run("validate", "-f", "concise", "-f", "sarif=out.sarif", "-f", "junit=out.xml", "--as-of", AS_OF)
    assert ran.code == 1
    assert "error[reference]" in ran.stdout
    assert json.loads((small.path / "out.sarif").read_text())["version"] == "2.1.0"
    assert (small.path / "out.xml").read_text().startswith("<?xml")


def test_a_folder_without_git(small: Repo) -> None:
    import shutil

    shutil.rmtree(small.path / ".git")
    assert validate(small).code == 0
    assert small.run("validate", "--since", "HEAD").code == 3


def test_a_governed_folder_inside_a_repository(repo: Repo) -> None:
    inner = type(repo)(repo.path / "a" / "b", repo.environ)
    inner.path.mkdir(parents=True)
    found_small(inner)
    repo.commit()
    inner.write("records/configuration-items/x.yaml", item("y"))
    assert lines(validate(inner, "--since", "HEAD")) == ["records/configuration-items/x.yaml:4:9 record-home"]
    ran = inner.run("validate", "-f", "github", "--as-of", AS_OF)
    assert "file=a/b/records/configuration-items/x.yaml" in ran.stdout


@pytest.mark.parametrize("fmt", ["text", "concise", "json", "sarif", "github", "junit"])
def test_the_same_bytes_whatever_the_environment(small: Repo, fmt: str) -> None:
    for name in ("õ", "a", "b"):
        small.write(
            f"records/services/{name}.yaml", service("z", spec="depends_on:\n  - target: Service/q\nx: 1\ny: 2")
        )
    outputs = set()
    for extra in (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "et_EE.UTF-8", "PYTHONUTF8": "0"},
    ):
        done = subprocess.run(
            [sys.executable, "-m", "itsmctl", "validate", "--as-of", AS_OF, "-f", fmt, "--root", str(small.path)],
            capture_output=True,
            env={**small.environ, **extra, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        assert done.returncode == 1, done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1


HOLDER = POLICY.replace("has(self.spec.reason)", "'true'").replace(
    "assert: size(self.spec.reason) > 10", "assert: referrers(self, 'Waiver').size() == 0"
)
UNTRIED = ("--ignore", "policy-example")  # its examples are those of another rule


def test_one_broken_record_is_one_finding_and_not_one_in_each_that_depends_on_it(small: Repo) -> None:
    small.write("policies/TST-01.yaml", HOLDER)
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    small.write("records/waivers/short.yaml", WAIVER.replace("reason:", "raeson:"))
    assert [line.split()[1] for line in lines(validate(small, *UNTRIED))] == ["schema-unknown-field"]
    small.write("records/waivers/short.yaml", "kind: [")
    assert [line.split()[1] for line in lines(validate(small, *UNTRIED))] == ["yaml-syntax"]


def test_what_keeps_a_record_from_being_judged_cannot_be_deselected(small: Repo) -> None:
    small.write(CHANGES.format("CHG-1"), "kind: [")
    for argv in (["--select", "CHG-07"], ["--ignore", "yaml-syntax"], ["--select", "release-management"]):
        assert validate(small, *argv).code == 1


def test_a_selected_rule_that_comes_to_no_verdict_is_reported(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("when: has(self.spec.reason)", "when: 'true'"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1"))
    assert [line.split()[1] for line in lines(validate(small, "--select", "TST-01"))] == ["policy-error"]
    assert lines(validate(small, "--select", "CHG-07")) == []


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("1 / (size(self.metadata.title) - size(self.metadata.title)) == 1", "Guard the division"),
        ("ref('Role/operation').spec.holders.size() > 0", "Did you mean Role/operations?"),
    ],
)
def test_what_to_do_about_no_verdict_goes_with_its_cause(small: Repo, check: str, says: str) -> None:
    text = POLICY.replace("when: has(self.spec.reason)", "when: 'true'")
    small.write("policies/TST-01.yaml", text.replace("assert: size(self.spec.reason) > 10", f'assert: "{check}"'))
    small.write(CHANGES.format("CHG-1"), change("CHG-1"))
    [found] = json.loads(validate(small, "--select", "TST-01").stdout)["findings"]
    assert found["rule"] == "policy-error"
    assert says in found["hint"]


def test_an_advisory_rule_never_fails_a_run(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY.replace("severity: warning", "severity: error\n  enforcement: advisory"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    ran = validate(small)
    assert (ran.code, len(lines(ran))) == (0, 1)


@pytest.mark.parametrize(
    "argv",
    [["--select", "CFG-06"], ["--select", "record-step"], ["--select", "CHG-07", "--ignore", "CHG-07"]],
)
def test_a_run_in_which_no_rule_ran_is_no_verdict(small: Repo, argv: list[str]) -> None:
    ran = small.run("validate", *argv)
    assert ran.code == 3
    assert "nothing was judged" in ran.stderr


@pytest.mark.parametrize("path", ["itsm.yaml", "docs", "records/changes"])
def test_a_path_without_a_record_is_no_verdict(small: Repo, path: str) -> None:
    small.write("docs/readme.md", "text")
    (small.path / "records/changes").mkdir()
    ran = small.run("validate", path)
    assert ran.code == 3
    assert "holds no records" in ran.stderr


def test_what_cannot_be_read_is_not_old_once_it_is_edited(small: Repo) -> None:
    small.write(CHANGES.format("CHG-1"), "x: [")
    small.commit()
    assert lines(validate(small, "--since", "HEAD")) == []
    small.write(CHANGES.format("CHG-1"), "y: [")
    assert [line.split()[1] for line in lines(validate(small, "--since", "HEAD"))] == ["yaml-syntax"]


def test_a_misplaced_file_is_one_finding(small: Repo) -> None:
    small.write("policies/TST-01.yaml", HOLDER.replace("'Waiver'", "'Service'"))
    small.write(CHANGES.format("CHG-1"), change("CHG-1", spec="reason: Because."))
    small.write("records/services/CHG-2.yaml", change("CHG-2", spec="reason: Because."))
    assert [line.split()[1] for line in lines(validate(small, *UNTRIED))] == ["record-home"]


def test_a_report_replaces_no_record_and_no_device(small: Repo, tmp_path: Path) -> None:
    assert small.run("validate", "-f", "json=records/persons/mari.yaml").code == 2
    assert small.run("validate", "-f", "json=a", "-f", "sarif=./a").code == 2
    (tmp_path / "real").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert small.run("validate", "-f", f"json={tmp_path / 'link'}").code == 0
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "real").read_text())["summary"]["passed"]
    (tmp_path / "folder").mkdir()
    assert small.run("validate", "-f", f"json={tmp_path / 'folder'}").code == 3
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def _told(ran: object) -> list[tuple[str, str]]:
    return [(f["rule"], f["hint"]) for f in json.loads(ran.stdout)["findings"]]  # type: ignore[attr-defined]


def test_an_executable_record_is_one_finding_before_and_after_its_commit(small: Repo) -> None:
    small.commit()
    (small.path / "records/persons/mari.yaml").chmod(0o755)
    before = lines(validate(small))
    small.commit()

    assert before == ["records/persons/mari.yaml:1:1 record-file"]
    assert lines(validate(small)) == lines(validate(small, "--rev", "HEAD")) == before


def test_where_the_file_system_cannot_tell_what_is_staged_says_what_is_executable(small: Repo) -> None:
    small.git("config", "core.fileMode", "false")
    (small.path / "records/persons/mari.yaml").chmod(0o755)
    small.commit()
    assert lines(validate(small)) == []

    small.git("update-index", "--chmod=+x", "records/roles/operations.yaml")
    assert lines(validate(small)) == ["records/roles/operations.yaml:1:1 record-file"]


def test_a_remedy_can_be_pasted_whatever_the_file_is_called(small: Repo) -> None:
    small.write("records/services/$(touch pwn).yml", service("loans"))
    assert _told(validate(small)) == [
        (
            "record-file",
            "Rename it: git mv 'records/services/$(touch pwn).yml' 'records/services/$(touch pwn).yaml'",
        )
    ]
    small.write("records/services/$(touch pwn).yml").rename(small.path / "records/services/$(touch pwn).yaml")
    small.write("records/services/$(touch pwn).yaml", service("loans"))
    assert _told(validate(small)) == [
        ("record-home", "Move it: git mv 'records/services/$(touch pwn).yaml' records/services/loans.yaml")
    ]


def test_nothing_is_moved_onto_what_is_there(small: Repo) -> None:
    for name in ("loans.yaml", "loans.yml"):
        small.write(f"records/services/{name}", service("loans"))
    ((rule, hint),) = _told(validate(small))
    assert rule == "record-file"
    assert hint == "records/services/loans.yaml is there already: bring the two together in it, and delete this file."


def test_a_rule_whose_examples_do_not_behave_is_a_finding(small: Repo) -> None:
    assert small.run("new", "Policy", "TLR-09", "--set", "kind=Service", "--set", "title=A title").code == 0
    assert [line.rsplit(" ", 1)[1] for line in lines(validate(small))] == []
    policy = small.path / "policies/TLR-09.yaml"
    policy.write_text(policy.read_text().replace("expect: fail", "expect: pass", 1))
    small.commit()

    for argv in ((), ("--since", "HEAD")):
        (found,) = lines(validate(small, *argv))
        path, rule = found.split(" ")
        assert (path.split(":")[0], rule) == ("policies/TLR-09.yaml", "policy-example")
    small.write("itsm.yaml", SETTINGS + "policies: {off: [{rule: TLR-09, reason: Not yet.}]}\n")
    assert lines(validate(small)) == []
