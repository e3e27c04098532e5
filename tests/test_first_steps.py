"""Where a newcomer turns: words that they know from elsewhere, TAB, `new`, `doctor`, and what was probably meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from world import found_small, item, lines, service, validate

from itsmctl import bundled, explain, rulebook
from itsmctl.cli import completing
from itsmctl.explain.glossary import WORDS
from itsmctl.nearest import nearest
from itsmctl.processes import FRAME, PROCESSES

if TYPE_CHECKING:
    from conftest import Ran, Repo

BOOK = rulebook.builtin()


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def judged(repo: Repo, *argv: str) -> Ran:
    """As `validate`, by form alone: what rules ask of the records around is not the matter here."""
    return validate(repo, "--ignore", "CFG,CHG,REL,SLM", *argv)


# --- words


@pytest.mark.parametrize(
    ("word", "leads_to"),
    [
        ("SLA", "ServiceLevelAgreement"),
        ("RFC", "ChangeRequest"),
        ("CI", "ConfigurationItem"),
        ("OLA", "OperationalLevelAgreement"),
        ("CAB", "ApprovalRule"),
        ("cmdb", "ConfigurationItem"),
        ("post-implementation review", "ChangeRequest.spec.review"),
        ("Post Implementation Review", "ChangeRequest.spec.review"),
        ("rollback", "ChangeRequest.spec.backout"),
        ("pull request", "ChangeRequest"),
        ("hotfix", "CHG-22"),
        ("compliant", "basis"),
    ],
)
def test_what_people_say_elsewhere_leads_to_what_it_is_here(word: str, leads_to: str) -> None:
    topic = explain.find(word, None, BOOK)
    assert leads_to in topic.data()["see"]
    assert f"itsmctl explain {leads_to}\n" in topic.text(100)


def test_every_way_out_of_the_glossary_leads_somewhere() -> None:
    for word in WORDS:
        for target in word.see:
            assert explain.find(target, None, BOOK).lines(100), (word.term, target)


def test_no_two_words_of_the_glossary_share_a_name() -> None:
    names = [name.casefold() for word in WORDS for name in (word.term, *word.also)]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("word", ["service", "problem", "Release", "supplier"])
def test_a_kind_comes_before_words_and_fields_of_the_same_name(word: str) -> None:
    assert explain.find(word, None, BOOK).data()["kind"] == word.capitalize()


def test_a_mistyped_word_is_answered_with_what_comes_near(small: Repo) -> None:
    ran = small.run("explain", "rolback")
    assert ran.code == 2
    assert ran.stderr.startswith("error: nothing here is called rolback: did you mean rollback?\n")


# --- processes: one list


def test_every_kind_and_rule_belongs_to_a_process_of_the_list() -> None:
    known = {*PROCESSES, FRAME}
    assert len(PROCESSES) == 13
    assert {kind.process for kind in BOOK.kinds.values()} <= known
    assert {policy.rule.process for policy in BOOK.policies} <= known
    assert {folder.name for folder in bundled.folder("policies").iterdir() if folder.is_dir()} <= known


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_is_explained_with_its_clauses(process: str) -> None:
    text = explain.find(process, None, BOOK).text(100)
    assert text.startswith(f"{process}  a process\n")
    assert f"ISO/IEC 20000-1:2005 clause {PROCESSES[process].clause_2005}," in text


def test_intervals_take_the_processes_of_own_kinds_too(small: Repo) -> None:
    schema = json.loads((Path(__file__).parents[1] / "example-repo/schemas/branch.schema.json").read_bytes())
    schema["x-itsm"]["process"] = "facilities"
    small.write("schemas/branch.schema.json", json.dumps(schema))
    small.write("itsm.yaml", (small.path / "itsm.yaml").read_text() + "intervals: {facilities: 365}\n")
    assert judged(small).code == 0
    small.write("itsm.yaml", (small.path / "itsm.yaml").read_text().replace("facilities", "facility"))
    assert "intervals names facility, which is no process: did you mean facilities?" in judged(small).stderr


# --- TAB


def test_rules_groups_and_processes_complete_select_also_after_a_comma(
    small: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(small.path)
    assert {"CHG", "CHG-07", "change-management"} <= set(completing.selectors("ch"))
    assert completing.selectors("CHG-07,reference-c") == ["CHG-07,reference-cycle"]
    assert completing.processes("change") == ["change-management"]


def test_formats_and_severities_are_completed() -> None:
    assert completing.formats("s") == ["sarif"]
    assert {"auto", "json", "text"} <= set(completing.formats(""))
    assert completing.formats("sarif=") == []
    assert completing.severities("") == ["error", "warning", "info"]
    assert completing.severities("w") == ["warning"]


@pytest.mark.parametrize("words", ["validate --select CHG-0", "validate --ignore CHG-0", "validate -f sar"])
def test_the_options_of_validate_are_wired_to_it(small: Repo, words: str) -> None:
    small.environ = {
        **small.environ,
        "_ITSMCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": f"itsmctl {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    offered = small.run().stdout.split()
    assert offered
    assert all(word.startswith(words.split()[-1]) for word in offered)


# --- new


def test_a_new_record_says_what_it_refers_to_that_is_not_there(small: Repo) -> None:
    ran = small.run("new", "Service", "loans", "--set", "title=Loans", "--set", "owner=Role/operation")
    assert ran.code == 0
    assert ran.stdout == (
        "wrote records/services/loans.yaml\n"
        "metadata.owner names Role/operation, which is not there yet: itsmctl new Role operation "
        "(did you mean operations?)\n"
    )


def test_what_is_on_a_branch_is_not_to_be_written_again(small: Repo) -> None:
    """A second record of the same name would be none of the two."""
    small.git("add", ".")
    small.git("commit", "-qm", "All")
    main = small.git("branch", "--show-current").strip()
    small.git("switch", "-qc", "pr/roles")
    role = (small.path / "records/roles/operations.yaml").read_text().replace("operations", "librarians")
    small.write("records/roles/librarians.yaml", role)
    small.git("add", ".")
    small.git("commit", "-qm", "A role")
    small.git("switch", "-q", main)
    ran = small.run("new", "Service", "loans", "--set", "title=Loans", "--set", "owner=Role/librarians")
    says = "Role/librarians is on the branch pr/roles, which is not merged yet: merge it first"
    assert ran.stdout == f"wrote records/services/loans.yaml\nmetadata.owner names {says}\n"
    (found,) = json.loads(judged(small).stdout)["findings"]
    assert found["hint"] == f"{says}."
    small.git("branch", "-qD", "pr/roles")
    (found,) = json.loads(judged(small).stdout)["findings"]
    assert "branch" not in found["hint"]


def test_a_new_record_says_which_rules_it_fails_at_once(small: Repo) -> None:
    ran = small.run("new", "CIType", "database", "--set", "title=Database", "--set", "owner=Role/operations")
    assert ran.code == 0, ran.stderr
    first, *more = ran.stdout.splitlines()
    assert first == "wrote records/ci-types/database.yaml"
    assert [line.split(":")[0] for line in more] == ["CFG-01 asks for more"]
    assert more[0].endswith("(itsmctl explain CFG-01)")


def test_a_new_record_whose_references_lead_somewhere_says_nothing_of_them(small: Repo) -> None:
    ran = small.run("new", "Service", "loans", "--set", "title=Loans", "--set", "owner=Role/operations")
    assert (ran.code, ran.stdout) == (0, "wrote records/services/loans.yaml\n")


def test_what_a_new_change_adds_need_not_be_there(small: Repo) -> None:
    items = "items=[{item: ConfigurationItem/db-01, action: add}, {item: ConfigurationItem/db-02, action: change}]"
    sets = ["title=More", "class=normal", "owner=Role/operations", items]
    ran = small.run("new", "ChangeRequest", "CHG-1", *(word for one in sets for word in ("--set", one)))
    assert ran.stdout.splitlines()[1:] == [
        "spec.items.1.item names ConfigurationItem/db-02, which is not there yet: itsmctl new ConfigurationItem db-02"
    ]


def test_an_empty_value_is_told_to_be_one(small: Repo) -> None:
    ran = small.run("new", "Service", "loans", "--set", "title=", "--set", "owner=Role/operations")
    assert ran.code == 2
    assert "title is empty" in ran.stderr
    assert '"0"' not in ran.stderr


# --- doctor


def test_doctor_shows_settings_as_they_are_written(small: Repo) -> None:
    small.write(
        "itsm.yaml",
        (small.path / "itsm.yaml").read_text()
        + "outside_authors: deny\nprotected: [CODEOWNERS, docs/runbook.md]\n"
        + "emergency: {roles: [operations], solo: false, review_within: 5, per_service: 2, period: 90}\n",
    )
    small.commit()
    told = small.run("doctor").stdout
    assert "  protected          [CODEOWNERS, docs/runbook.md]  [itsm.yaml]\n" in told
    assert "  emergency          {roles: [operations], solo: false, " in told
    assert "matrix:\n" in told
    for sign in ("{'", "['", "True", "False", "None"):
        assert sign not in told


# --- what was meant


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("aplication", ("application", "public-workstation"), ("application",)),
        ("prodcution", ("production", "pre-production", "test"), ("production", "pre-production")),
        ("CHG-7", ("CHG-07", "CHG-17", "CHG-27"), ("CHG-07",)),
        ("db1", ("db-01", "db-10", "db-11"), ("db-01",)),
        ("db-10", ("db-01", "db-100"), ("db-01", "db-100")),
        ("xyz", ("application",), ()),
    ],
)
def test_what_is_much_farther_away_than_the_nearest_was_not_meant(
    word: str, known: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    assert nearest(word, known) == meant


def test_a_file_with_another_ending_is_one_finding_not_one_for_each_that_refers_to_it(small: Repo) -> None:
    small.write("records/configuration-items/db-01.yml", item("db-01"))
    small.write("records/services/loans.yaml", service("loans", spec="components: [{item: db-01}]"))
    assert lines(judged(small)) == ["records/configuration-items/db-01.yml:1:1 record-file"]


def test_what_waits_for_another_finding_is_not_called_hidden(small: Repo) -> None:
    small.write("records/configuration-items/db-01.yml", item("db-01"))
    small.write("records/services/loans.yaml", service("loans", spec="components: [{item: db-01}]"))
    assert json.loads(validate(small).stdout)["summary"]["hidden"] == 0


def test_a_reference_of_a_wrong_kind_that_leads_nowhere_is_one_finding(small: Repo) -> None:
    small.write("records/services/loans.yaml", service("loans").replace("Role/operations", "Service/nowhere"))
    ran = judged(small)
    assert lines(ran) == ["records/services/loans.yaml:6:10 reference-kind"]


def test_a_plural_in_front_of_a_name_is_taken_for_its_kind(small: Repo) -> None:
    small.write("records/services/loans.yaml", service("loans").replace("Role/operations", "roles/operations"))
    (found,) = json.loads(judged(small).stdout)["findings"]
    assert (found["rule"], found["hint"]) == ("schema-format", "Write: Role/operations")


def test_two_records_that_may_be_meant_are_both_named(small: Repo) -> None:
    role = (small.path / "records/roles/operations.yaml").read_text().replace("name: operations", "name: mari")
    small.write("records/roles/mari.yaml", role)
    small.write("records/services/loans.yaml", service("loans").replace("Role/operations", "mari"))
    (found,) = json.loads(judged(small).stdout)["findings"]
    assert found["hint"] == "Write: Person/mari or Role/mari"
