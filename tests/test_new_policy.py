"""`new Policy`: a house rule that works at once, and messages that lead on from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from test_kinds_own import SURVEY
from test_kinds_own import load as load_own
from world import AS_OF, found_small, service

from itsmctl import rehearsal, rulebook
from itsmctl.cli import completing
from itsmctl.desk import rule
from itsmctl.recordtypes import RecordTypes

if TYPE_CHECKING:
    from conftest import Ran, Repo

    from itsmctl.rulebook import Rulebook

ABOUT = ("--set", "kind=Service", "--set", "title=Every service names its site")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.builtin()


@pytest.fixture
def here(repo: Repo) -> Repo:
    return found_small(repo)


def new(repo: Repo, *argv: str) -> Ran:
    return repo.run("new", "Policy", *argv)


def test_a_new_rule_passes_its_own_test_at_once(here: Repo) -> None:
    ran = new(here, "TLR-01", *ABOUT)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("wrote policies/TLR-01.yaml\n\nNow: itsmctl policy test TLR-01.")
    assert here.run("policy", "test").stdout == "1 policy, 4 examples, all as expected\n"


def test_it_judges_records_without_failing_a_run_while_it_is_tried(here: Repo) -> None:
    here.write("records/services/loans.yaml", service("loans").replace("proposed", "in-design"))
    new(here, "TLR-01", *ABOUT)
    ran = here.run("validate", "--as-of", AS_OF, "-f", "concise", "--select", "TLR-01")
    assert ran.code == 0
    assert "info[TLR-01] loans has no label site" in ran.stdout


def test_lint_says_what_is_left_to_write_and_nothing_else(book: Rulebook) -> None:
    """For every kind there is: the examples conform to its schema, behave, and pin every operator and constant."""
    for kind in book.kinds:
        wanted = rule.wish("TLR-01", [f"kind={kind}", 'title=\'It: says "$x" #1'], None, book)
        files = {wanted.path: rule.content(wanted)}
        report = rehearsal.lint(rehearsal.Wanted(files=files), book, None, None, mutants=True, fail_on="error")
        told = [f"{finding.rule} {finding.message}" for finding in report.findings]
        assert told == ["policy-text TLR-01: description holds TODO"], kind


def test_a_kind_of_this_repository_gets_its_rule_too(book: Rulebook) -> None:
    from msgspec.structs import replace

    kinds = load_own(SURVEY)
    own = replace(book, kinds=kinds, types=RecordTypes(kinds))
    wanted = rule.wish("TLR-01", ["kind=racksurvey", "title=x y z"], None, own)
    assert (wanted.kind.name, wanted.process) == ("RackSurvey", "configuration-management")
    report = rehearsal.test(rehearsal.Wanted(files={wanted.path: rule.content(wanted)}), own, None)
    assert report.findings == ()


def test_without_a_name_it_gets_the_next_one(here: Repo) -> None:
    assert new(here, *ABOUT).stdout.startswith("wrote policies/HOUSE-01.yaml\n")
    assert new(here, *ABOUT).stdout.startswith("wrote policies/HOUSE-02.yaml\n")
    for number in ("17", "18", "9"):
        assert new(here, f"TLR-{number}", *ABOUT).code == 0
    assert new(here, *ABOUT).stdout.startswith("wrote policies/TLR-19.yaml\n")


def test_the_title_is_written_so_that_yaml_gives_it_back(here: Repo) -> None:
    title = "No: 'quote' or \"other\" # is $lost ${here}, nor ä"
    assert new(here, "TLR-01", "--set", "kind=Service", "--set", f"title={title}").code == 0
    assert here.run("explain", "TLR-01").stdout.startswith(f"TLR-01  {title}\n")


def test_the_process_is_that_of_the_kind_or_what_is_said(here: Repo) -> None:
    new(here, "TLR-01", *ABOUT)
    new(here, "TLR-02", *ABOUT, "--set", "spec.process=library-work")
    assert "  process: service-level-management\n" in (here.path / "policies/TLR-01.yaml").read_text()
    assert "  process: library-work\n" in (here.path / "policies/TLR-02.yaml").read_text()


def test_a_template_is_printed_and_nothing_is_written(here: Repo) -> None:
    ran = new(here, "--template")
    assert ran.code == 0
    assert "  name: HOUSE-01\n  title: Every service names its site\n" in ran.stdout
    assert not (here.path / "policies").exists()
    assert "    kind: Role\n" in new(here, "--template", "--set", "kind=Role").stdout


def test_what_is_missing_is_named_with_an_example(here: Repo) -> None:
    ran = new(here)
    assert (ran.code, ran.stdout) == (2, "")
    assert "Policy/HOUSE-01 lacks kind and title:\n  --set kind=…  The kind of record" in ran.stderr
    assert "For example: itsmctl new Policy HOUSE-01 --set 'kind=Service' --set 'title=" in ran.stderr
    assert not (here.path / "policies").exists()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("tlr-1", *ABOUT), "tlr-1 is no id of a rule"),
        (("TLR", *ABOUT), "such as HOUSE-01"),
        (("CHG-07", *ABOUT), "there is a rule CHG-07 already: A change says in full"),
        (("CHG-99", *ABOUT), "CHG- begins the ids of rules that come with itsmctl"),
        (("TLR-01", "--set", "kind=Servce", "--set", "title=x"), "no kind is called Servce: did you mean Service?"),
        (("TLR-01", "--set", "titel=x"), "new Policy sets no field titel: did you mean title?"),
        (("TLR-01", "--set", "severity=error"), "all else is written into the file"),
        (("TLR-01", "--set", "kind"), "there is no ="),
        (("TLR-01", "--set", "kind=Service", "--set", "title="), "lacks title"),
        (("TLR-01", "--set", "kind=Service", "--set", f"title={'x' * 201}"), "the title has 201 characters"),
    ],
)
def test_what_cannot_be_a_rule_is_refused(here: Repo, argv: tuple[str, ...], says: str) -> None:
    ran = new(here, *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert not (here.path / "policies").exists()


def test_a_rule_that_is_there_is_not_overwritten(here: Repo) -> None:
    new(here, "TLR-01", *ABOUT)
    before = (here.path / "policies/TLR-01.yaml").read_bytes()
    ran = new(here, "TLR-01", *ABOUT)
    assert ran.code == 2
    assert "there is a rule TLR-01 already" in ran.stderr
    assert "The next free id is TLR-02." in ran.stderr
    assert (here.path / "policies/TLR-01.yaml").read_bytes() == before


def test_every_command_in_the_comments_is_one(here: Repo) -> None:
    here.write("records/services/loans.yaml", service("loans"))
    new(here, "TLR-01", *ABOUT)
    text = (here.path / "policies/TLR-01.yaml").read_text()
    commands = re.findall(r"itsmctl ((?:policy )?[a-z]+(?: --[a-z]+)?(?: NAME)? [A-Za-z]+(?:-01)?)", text)
    assert len(commands) >= 6
    for command in commands:
        ran = here.run(*command.replace("NAME", "loans").split())
        assert ran.code == 0, (command, ran.stderr)


def test_functions_in_the_comments_are_there(book: Rulebook) -> None:
    from itsmctl import functions

    text = rule.content(rule.wish("TLR-01", rule.SHOWN, None, book)).decode()
    named = text.split("Functions beside those of CEL: ")[1].split(":")[0].split()
    assert set(named) <= set(functions.signatures(book.types))


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("self.metadata.name +", "object.metadata.name +", "there is no variable object|write self"),
        ("self.metadata.name +", "oldObject.metadata.name +", "there is no variable oldObject|write before(self), and"),
        ("self.metadata.name +", "variables.owner +", "there is no variable variables|a name in let stands alone"),
        ("self.metadata.name +", "params.owner +", "there is no variable params|records('Kind')"),
        ("self.metadata.name +", "request.userInfo +", "there is no variable request|what it knows is self"),
        ("has(self.metadata.labels)", "has(self.metadata.label)", "no field label|labels"),
        ("has(self.metadata.labels)", "self.spec.stat == 'live'", "no field stat|did you mean state"),
        ("self.spec.state != 'proposed'", "self.spec.state != 'propsed'", "propsed|did you mean proposed"),
        ("has(self.metadata.labels)", "len(self.metadata.labels) > 0", "len|write size(x)"),
        ("  assert:", "  asert:", "there is no field asert: did you mean assert"),
        ("  expect: fail", "  expect: false", "expect must be pass or fail, not false"),
    ],
)
def test_mistakes_of_the_first_ten_minutes_are_told_with_a_way_out(here: Repo, was: str, now: str, says: str) -> None:
    new(here, "TLR-01", *ABOUT)
    file = here.path / "policies/TLR-01.yaml"
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, now, 1))
    ran = here.run("policy", "test")
    assert (ran.code, ran.stdout) == (3, "")
    assert re.search(r"policies/TLR-01\.yaml:\d+:\d+: ", ran.stderr)
    for part in says.split("|"):
        assert part in ran.stderr


def test_it_is_completed(here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(here.path)
    assert completing.new("Polic") == ["Policy", "PolicyDocument"]
