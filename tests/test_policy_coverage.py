"""`policy coverage`: rule by rule what was looked at and how it came out, and what nothing looked at."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from world import AS_OF, SETTINGS, change, found_small, item, service

if TYPE_CHECKING:
    from conftest import Repo

EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"
RULE = """\
apiVersion: itsm/v1
kind: Policy
metadata: {name: TST-01, title: A service has a name of one letter}
spec:
  process: testing
  clause: {part1_2005: "6.1, 10.1", part1_2018: "8.3.3"}
  basis: requirement
  severity: error
  description: Short names are quick to type.
  match: {kind: Service, when: self.spec.state != 'proposed'}
  assert: size(self.metadata.name) == 1 && self.spec.criticality != 'low'
  message: self.metadata.name + ' is long'
  remediation: Rename it.
  examples:
    - {name: short, record: {metadata: {name: a}, spec: {state: live, criticality: high}}, expect: pass}
    - {name: long, record: {metadata: {name: aa}, spec: {state: live, criticality: high}}, expect: fail}
"""
WAIVER = """\
apiVersion: itsm/v1
kind: Waiver
metadata: {name: long-names, title: A long name, owner: Role/operations}
spec:
  state: granted
  rule: TST-01
  record: Service/waived
  reason: It was always called so.
  risk: None.
  approved_by: mari
  approved_on: "2026-11-01"
  expires: "2027-01-31"
"""


def live(name: str, criticality: str = "criticality: high") -> str:
    return service(name).replace("proposed", "live") + f"  {criticality}\n"


@pytest.fixture
def here(repo: Repo) -> Repo:
    found_small(repo)
    repo.write("policies/TST-01.yaml", RULE)
    for name in ("a", "b", "waived", "long"):
        repo.write(f"records/services/{name}.yaml", live(name))
    repo.write("records/services/z.yaml", live("z", "hours: {}").replace("  hours: {}\n", ""))
    repo.write("records/services/idea.yaml", service("idea"))
    repo.write("records/waivers/long-names.yaml", WAIVER)
    return repo


def coverage(repo: Repo, *argv: str) -> dict[str, Any]:
    ran = repo.run("policy", "coverage", "--as-of", AS_OF, "-f", "json", *argv)
    assert ran.code == 0, ran.stderr
    found = json.loads(ran.stdout)
    found["by_id"] = {one["id"]: one for one in found["rules"]}
    return dict(found)


def test_outcomes_are_counted_by_rule(here: Repo) -> None:
    one = coverage(here)["by_id"]["TST-01"]
    outcomes = ("looked_at", "passed", "failed", "waived", "undecided")
    assert (one["records"], one["not_run"]) == (6, None)
    assert {word: one[word] for word in outcomes} == dict(zip(outcomes, (5, 2, 1, 1, 1), strict=True))
    ran = here.run("policy", "coverage", "--as-of", AS_OF, "--process", "testing")
    heads, row = ran.stdout.split("\n")[1:3]
    assert ran.stdout.startswith("testing\n")
    assert heads.split() == ["rule", "of", "records", "looked", "at", "passed", "failed", "waived", "undecided"]
    assert row.split() == ["TST-01", "6", "5", "2", "1", "1", "1"]


def test_coverage_is_a_report_and_no_verdict(here: Repo) -> None:
    ran = here.run("policy", "coverage", "--as-of", AS_OF)
    assert (ran.code, ran.stderr) == (0, "")
    for word in ("compliant", "compliance", "certified", "conform"):
        assert word not in ran.stdout.casefold()
    assert "whether an organisation meets a standard, no rule can see." in " ".join(ran.stdout.split())


def test_rules_that_did_not_run_say_why_and_count_nothing(here: Repo) -> None:
    here.write("itsm.yaml", SETTINGS + "policies:\n  off: [{rule: CHG-14, reason: One change at a time.}]\n")
    here.write("records/configuration-items/db.yaml", item("db"))
    here.commit()
    found = coverage(here)["by_id"]
    assert found["CHG-14"]["not_run"] == "switched off in itsm.yaml: One change at a time."
    assert (found["CFG-06"]["not_run"], found["CFG-06"]["records"]) == (
        "it compares with an earlier revision: give --since",
        1,
    )
    assert found["CFG-06"]["looked_at"] == 0
    text = here.run("policy", "coverage", "--as-of", AS_OF).stdout
    said = [line.split(maxsplit=1) for line in text.split("  did not run\n", 1)[1].splitlines()]
    assert ["CHG-14", "switched off in itsm.yaml: One change at a time."] in said
    assert coverage(here, "--since", "HEAD")["by_id"]["CFG-06"]["not_run"] is None


def test_rules_with_nothing_to_look_at_say_what_is_missing(here: Repo) -> None:
    here.write("records/changes/CHG-2026-0001.yaml", change("CHG-2026-0001"))
    ran = here.run(
        "policy", "coverage", "--as-of", AS_OF, "--process", "change-management", "--process", "release-management"
    )
    text = " ".join(ran.stdout.split())
    assert "REL-08 there is no Release" in text
    assert "CHG-07 `when` or the state leaves out all 1 record of ChangeRequest" in text
    assert "TST-01" not in text


def test_what_nothing_looks_at_is_listed(here: Repo) -> None:
    found = coverage(here)
    assert found["kinds_without_rule"]["Role"] == 1
    assert "Service" not in found["kinds_without_rule"]
    assert [one["id"] for one in found["unchecked"] if one["id"] == "CHG-09"] == ["CHG-09"]
    text = here.run("policy", "coverage", "--as-of", AS_OF).stdout
    assert "  no rule checks\n" in text
    assert "    CHG-09  An approval is given" in text
    assert "Role (1)" in text.split("kinds that no rule looks at\n")[1].split("\n\n")[0]


def test_a_kind_whose_only_rules_are_off_has_none(here: Repo) -> None:
    rules = ", ".join(f"{{rule: {rule}, reason: x}}" for rule in coverage(here)["by_id"] if rule != "TST-01")
    here.write("itsm.yaml", SETTINGS + f"policies:\n  off: [{rules}]\n")
    found = coverage(here)["kinds_without_rule"]
    assert "Release" in found
    assert "Service" not in found


def test_clauses_of_each_edition_say_what_stands_behind_them(here: Repo) -> None:
    found = coverage(here)["clauses"]
    assert list(found) == ["part1_2005", "part2_2005", "part1_2018"]
    assert "TST-01" in found["part1_2005"]["6.1"]["looked_at"]
    assert "TST-01" in found["part1_2005"]["10.1"]["looked_at"]
    assert "TST-01" in found["part1_2018"]["8.3.3"]["looked_at"]
    assert "CFG-06" in found["part1_2005"]["9.1"]["not_run"]
    assert "CFG-05" in found["part1_2005"]["9.1"]["unchecked"]
    assert "CHG-07" in found["part1_2005"]["9.2"]["nothing_to_look_at"]
    numbers = list(found["part1_2005"])
    assert numbers.index("9.2") < numbers.index("10.1")
    text = here.run("policy", "coverage", "--as-of", AS_OF).stdout
    assert "ISO/IEC 20000-1:2005\n  6.1 " in text
    assert "CFG-06; no rule checks: CFG-05" in " ".join(text.split())


def test_markdown_holds_the_same_as_tables(here: Repo) -> None:
    text = here.run("policy", "coverage", "--as-of", AS_OF, "-f", "markdown").stdout
    assert "\n## testing\n" in text
    assert "| TST-01 | 6 | 5 | 2 | 1 | 1 | 1 |  |\n" in text
    assert "## ISO/IEC 20000-1:2018\n" in text
    assert "| CHG-09 | An approval is given by that very person, and can be shown | " in text


def test_a_commit_is_measured_like_the_work_tree(here: Repo) -> None:
    here.commit()
    before = coverage(here)["rules"]
    here.write("records/services/long.yaml", service("long"))
    assert coverage(here, "--rev", "HEAD")["rules"] == before
    assert coverage(here)["by_id"]["TST-01"]["failed"] == 0


def test_an_empty_repository_has_nothing_to_look_at(repo: Repo) -> None:
    repo.write("itsm.yaml", SETTINGS)
    ran = repo.run("policy", "coverage")
    assert (ran.code, ran.stdout) == (3, "")
    assert "nothing to look at: there are no records in the work tree" in ran.stderr


def test_coverage_and_validate_count_the_same(repo: Repo) -> None:
    """Over the whole example, with every finding that `validate` has of a policy."""
    argv = ("--root", str(EXAMPLE), "--as-of", "2027-06-01T08:00:00Z", "-f", "json")
    found = json.loads(repo.run("policy", "coverage", *argv).stdout)
    report = json.loads(repo.run("validate", *argv).stdout)
    counted = Counter((one["rule"], bool(one["waived"])) for one in report["findings"])
    told = {one["id"]: (one["failed"], one["waived"]) for one in found["rules"]}
    assert told == {rule: (counted[rule, False], counted[rule, True]) for rule in told}
    assert sum(failed for failed, _ in told.values()) > 3
