"""`policy lint`: each doubt about a policy is one finding, right under what is doubtful; and none without a reason."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from test_kinds_own import SURVEY
from world import AS_OF, SETTINGS, found_small, service

from itsmctl import explain, rehearsal, rulebook, snapshot, sources
from itsmctl.case import Case
from itsmctl.policy import lint

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.findings import Place
    from itsmctl.rulebook import Rulebook

HEAD = """\
apiVersion: itsm/v1
kind: Policy
metadata:
  name: TST-01
  title: A live service is owned by a role
spec:
  process: testing
  basis: house
  severity: warning
  description: Persons leave, and nobody notices that a service has no owner any more.
"""
RULE = """\
  match: {kind: Service, when: self.spec.state == 'live'}
  assert: self.metadata.owner.startsWith('Role/') || self.spec.criticality == 'low'
  message: "'owned by ' + self.metadata.owner"
  remediation: Name a role, such as Role/service-desk.
  examples:
"""
EXAMPLES = """\
    - {name: a role, record: {metadata: {owner: Role/desk}, spec: {state: live}}, expect: pass}
    - {name: a person, record: {metadata: {owner: Person/mari}, spec: {state: live, criticality: high}}, expect: fail}
    - {name: small, record: {metadata: {owner: Person/mari}, spec: {state: live, criticality: low}}, expect: pass}
    - {name: not yet live, record: {metadata: {owner: Person/mari}, spec: {state: proposed}}, expect: pass}
"""
CLEAN = HEAD + RULE + EXAMPLES


LIVE = service("loans").replace("proposed", "live")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.builtin()


@pytest.fixture
def here(repo: Repo) -> Repo:
    found_small(repo)
    repo.write("records/services/loans.yaml", LIVE)
    return repo


Say = Callable[..., list[str]]


@pytest.fixture
def say(book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Say:
    """`say(text, records={path: text}, mutants=False, path=…)`: `line:column rule message` of each finding."""

    def lint(text: str, *, path: str = "policies/TST-01.yaml", live: str = LIVE, mutants: bool = False) -> list[str]:
        root = tmp_path_factory.mktemp("governed")
        (root / "records/services").mkdir(parents=True)
        (root / "records/services/loans.yaml").write_text(live)
        source = sources.WorkTree(root, None)
        case = Case(snapshot.read(source, book.law), datetime.fromisoformat(AS_OF))
        wanted = rehearsal.Wanted(files={path: text.encode()})
        report = rehearsal.lint(wanted, book, source, case, mutants=mutants, fail_on="error")
        for one in report.findings:
            assert one.place.path == path
            assert one.hint
            assert one.message.startswith("TST-01: ")
        assert report.passed != any(one.severity == "error" for one in report.findings)
        return [f"{_at(one.place)} {one.rule} {one.message.removeprefix('TST-01: ')}" for one in report.findings]

    return lint


def _at(place: Place) -> str:
    return f"{place.line}:{place.column}"


def at(text: str, part: str, nth: int = 1) -> str:
    """`line:column` of the `nth` time that `part` stands in a text."""
    start = -1
    for _ in range(nth):
        start = text.index(part, start + 1)
    before = text[:start]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_a_policy_without_doubts_is_told_so(here: Repo) -> None:
    here.write("policies/TST-01.yaml", CLEAN)
    ran = here.run("policy", "lint", "--as-of", AS_OF)
    assert (ran.code, ran.stdout) == (0, "1 policy: nothing doubtful\n")


@pytest.mark.parametrize(
    ("old", "new", "part", "says"),
    [
        pytest.param(
            EXAMPLES.splitlines(keepends=True)[2],
            "",
            "self.spec.criticality ==",
            "policy-branch `self.spec.criticality == 'low'` in assert is false in every example that comes to it",
            id="one side of ||",
        ),
        pytest.param(
            "self.metadata.owner.startsWith('Role/') ||",
            "self.metadata.owner != '' && self.metadata.owner.startsWith('Role/') ||",
            "self.metadata.owner != ''",
            "policy-branch `self.metadata.owner != ''` in assert is true in every example that comes to it",
            id="one side of &&",
        ),
        pytest.param(
            "'owned by ' + self.metadata.owner\"",
            "self.spec.state == 'live' ? 'owned by ' + self.metadata.owner : ''\"",
            "self.spec.state == 'live' ?",
            "policy-branch `self.spec.state == 'live'` in message is true in every example that comes to it",
            id="one way of a message",
        ),
        pytest.param(
            EXAMPLES.splitlines(keepends=True)[3],
            "",
            "self.spec.state ==",
            "policy-when `when` is true of every example, so that none shows what the rule leaves alone",
            id="when always holds",
        ),
        pytest.param(
            EXAMPLES.splitlines(keepends=True)[0],
            EXAMPLES.splitlines(keepends=True)[0] + EXAMPLES.splitlines(keepends=True)[0].replace("a role", "again"),
            "again",
            "policy-twin the example 'again' shows the same as 'a role'",
            id="twins",
        ),
        pytest.param(
            "name: small",
            "name: a role",
            "a role, record: {metadata: {owner: Person",
            "policy-twin two examples are called 'a role'",
            id="one name twice",
        ),
        pytest.param(
            "Name a role, such as Role/service-desk.",
            "TODO",
            "TODO",
            "policy-text remediation holds TODO",
            id="to be written",
        ),
        pytest.param(
            "Name a role, such as Role/service-desk.",
            "A live service is owned by a role.",
            "A live service is owned by a role.",
            "policy-text remediation says the same as title",
            id="a text twice",
        ),
        pytest.param(
            "Name a role, such as Role/service-desk.",
            "'-'",
            "'-'",
            "policy-text remediation says nothing",
            id="no text",
        ),
        pytest.param(
            "\"'owned by ' + self.metadata.owner\"",
            "\"'owned by a person'\"",
            "\"'owned by a person'\"",
            "policy-message the message is the same for every record",
            id="message without the record",
        ),
        pytest.param(
            "  assert:",
            "  let: {owner: self.metadata.owner}\n  assert:",
            "owner: self.metadata.owner}",
            "policy-unused nothing uses owner",
            id="unused",
        ),
        pytest.param(
            "self.spec.criticality == 'low'",
            "dyn(self.spec.criticality) == 'low'",
            "dyn(",
            "policy-dyn `dyn(self.spec.criticality)` in assert needs no dyn()",
            id="dyn",
        ),
        pytest.param(
            "  basis: house\n",
            '  basis: house\n  clause: {part1_2018: "8.2"}\n',
            "clause",
            "policy-basis a house rule names a clause",
            id="house with a clause",
        ),
        pytest.param(
            "basis: house",
            "basis: requirement",
            "requirement",
            "policy-basis a requirement names no clause of Part 1",
            id="requirement without a clause",
        ),
        pytest.param(
            "  basis: house\n",
            '  basis: recommendation\n  clause: {part1_2018: "8.2"}\n',
            "recommendation",
            "policy-basis a recommendation names no clause of Part 2",
            id="recommendation without a clause",
        ),
        pytest.param(
            "  basis: house\n",
            '  basis: recommendation\n  clause: {part2_2005: "9.2.1", part1_2005: "9.2"}\n',
            '"9.2"}',
            "policy-basis a recommendation names a clause of Part 1, which holds requirements",
            id="recommendation with a requirement",
        ),
        pytest.param(
            "  basis: house\n",
            "  basis: requirement\n  clause: {part1_2018: clause 8}\n",
            "clause 8",
            "policy-basis part1_2018 is no clause number: clause 8",
            id="no clause number",
        ),
        pytest.param(
            "  basis: house\n  severity: warning\n",
            '  basis: recommendation\n  clause: {part2_2005: "9.2.1"}\n  severity: error\n',
            "error",
            "policy-severity a recommendation is an error",
            id="advice as an error",
        ),
        pytest.param(
            "  basis: house\n  severity: warning\n",
            '  basis: requirement\n  clause: {part1_2018: "8.2"}\n  severity: info\n',
            "info",
            "policy-severity a requirement is an info",
            id="a requirement as an info",
        ),
        pytest.param(
            "severity: warning\n",
            "severity: error\n  enforcement: advisory\n",
            "error",
            "policy-severity an advisory rule is an error",
            id="advisory error",
        ),
        pytest.param(
            "process: testing",
            "process: change-managment",
            "change-managment",
            "policy-name no kind and no other rule is of change-managment",
            id="process misspelt",
        ),
        pytest.param(
            "  assert:",
            "  at: /spec/criticalty\n  assert:",
            "/spec/criticalty",
            "policy-place no Service has a field /spec/criticalty",
            id="no such place",
        ),
        pytest.param(
            "when: self.spec.state == 'live'",
            "when: self.spec.state == 'retiring'",
            "self.spec.state == 'retiring'",
            "policy-idle the rule looks at none of the 1 records of its kind in here",
            id="nothing to look at",
        ),
    ],
)
def test_a_doubt_stands_under_what_is_doubtful(say: Say, old: str, new: str, part: str, says: str) -> None:
    assert old in CLEAN
    text = CLEAN.replace(old, new, 1)
    if "retiring" in new:
        text = text.replace("state: live", "state: retiring")
    assert say(text) == [f"{at(text, part)} {says}"]


def test_names_that_only_unused_names_use_are_unused(say: Say) -> None:
    text = CLEAN.replace("  assert:", "  let: {owner: self.metadata.owner, spare: owner}\n  assert:")
    assert [one.split(" ", 1)[1] for one in say(text)] == [
        "policy-unused nothing uses owner",
        "policy-unused nothing uses spare",
    ]


FORMS = {
    "folded": ">-\n    {0}\n      {1}",
    "literal": "|\n    {0}\n    {1}\n",
    "plain": "{0}\n      {1}",
    "single quotes": "'{0}\n    {1}'",
    "double quotes": '"{0}\n    {1}"',
}


@pytest.mark.parametrize("form", FORMS)
def test_however_an_expression_is_written_its_part_is_found(say: Say, form: str) -> None:
    first, second = (
        "self.metadata.owner.startsWith('Role/') ||",
        "self.spec.?contacts.orValue([]).exists(c, c.name   == 'ä')",
    )
    if form == "single quotes":
        first, second = first.replace("'", "''"), second.replace("'", "''")
    written = FORMS[form].format(first, second)
    text = CLEAN.replace("self.metadata.owner.startsWith('Role/') || self.spec.criticality == 'low'", written)
    text = text.replace("    - {name: small", "    # {name: small")
    asked = "self.spec.?contacts.orValue([]).exists(c, c.name == 'ä')"
    place = at(text, "self.spec.?contacts")
    assert say(text) == [
        f"{place} policy-branch `{asked}` in assert is false in every example that comes to it",
        f"{at(text, 'c.name ')} policy-branch no example comes to `c.name == 'ä'` in assert",
    ]


def test_nothing_passes_but_what_is_left_alone(say: Say) -> None:
    text = (
        HEAD
        + RULE.replace(" || self.spec.criticality == 'low'", "")
        + "".join(EXAMPLES.splitlines(True)[i] for i in (1, 3))
    )
    says = "policy-vacuous every example that passes does so because the rule does not look at it"
    assert say(text) == [f"{at(text, 'examples')} {says}"]


def test_a_kind_of_which_there_is_none(say: Say) -> None:
    text = HEAD + (
        "  match: {kind: FreezeWindow}\n"
        "  assert: self.metadata.owner.startsWith('Role/')\n"
        "  message: \"'owned by ' + self.metadata.owner\"\n"
        "  remediation: Name a role, such as Role/service-desk.\n"
        "  examples:\n"
        "    - {name: a role, record: {spec: &}, expect: pass}\n"
        "    - {name: a person, record: {metadata: {owner: Person/mari}, spec: &}, expect: fail}\n"
    ).replace("&", '{state: planned, start: "2026-12-20T00:00:00Z", end: "2027-01-02T00:00:00Z", reason: Holidays.}')
    assert say(text) == [f"{at(text, 'FreezeWindow')} policy-idle there is no FreezeWindow in this repository"]


def test_file_folder_and_id_lead_to_each_other(say: Say) -> None:
    where = at(CLEAN, "TST-01")
    assert say(CLEAN, path="policies/testing/TST-01.yaml") == []
    found = say(CLEAN, path="policies/other/rule.yaml")
    assert found == [
        f"{where} policy-name the file is called rule.yaml",
        f"{at(CLEAN, 'testing')} policy-name the file is in policies/other/",
    ]


def test_ids_of_the_tool_are_left_to_the_tool(here: Repo) -> None:
    here.write("policies/CHG-99.yaml", CLEAN.replace("TST-01", "CHG-99"))
    ran = here.run("policy", "lint", "--as-of", AS_OF)
    assert (
        "CHG-99: CHG- begins the ids of rules that come with itsmctl, and a later version may bring CHG-99"
        in ran.stdout
    )


def test_a_deprecated_field_is_named_with_what_its_schema_says(here: Repo) -> None:
    schema = copy.deepcopy(SURVEY)
    schema["properties"]["spec"]["properties"]["on"] |= {"deprecated": True, "description": "Look into `seen`."}
    here.write("schemas/rack-survey.schema.json", json.dumps(schema))
    text = CLEAN[: CLEAN.index("  match:")] + (
        "  match: {kind: RackSurvey, closed: true}\n"
        '  assert: "!has(self.spec.on)"\n'
        "  message: self.metadata.name + ' holds a day'\n"
        "  remediation: Take the day out.\n"
        "  examples:\n"
        "    - {name: no day, record: {spec: {state: planned}}, expect: pass}\n"
        '    - {name: a day, record: {spec: {state: planned, on: "2026-11-22"}}, expect: fail}\n'
    )
    here.write("policies/TST-01.yaml", text)
    ran = here.run("policy", "lint", "-f", "text", "--as-of", AS_OF)
    assert ran.code == 0, ran.stderr
    assert "warning[policy-deprecated]: TST-01: assert reads RackSurvey.spec.on, which is deprecated" in ran.stdout
    assert "help: Look into `seen`." in ran.stdout


# --- mutants


def test_mutants_that_no_example_notices_are_named_at_their_place(say: Say) -> None:
    text = CLEAN.replace("self.spec.criticality == 'low'", "size(self.metadata.title) > 20")
    text = text.replace(
        "    - {name: small, record: {metadata: {owner: Person/mari}",
        "    - {name: long, record: {metadata: {owner: Person/mari, title: A very long title of a service}",
    )
    assert say(text) == []
    found = say(text, mutants=True)
    assert found == [
        f"{at(text, '>')} policy-mutant `>` in assert could as well be `>=`: no example would notice",
        f"{at(text, '20')} policy-mutant `20` in assert could as well be `21`: no example would notice",
    ]
    pinned = text + "".join(
        f"    - {{name: a title of {size}, record: {{metadata: {{owner: Person/mari, title: {'t' * size}}}, "
        f"spec: {{state: live}}}}, expect: {verdict}}}\n"
        for size, verdict in ((20, "fail"), (21, "pass"))
    )
    assert say(pinned, mutants=True) == []


# --- what lint is given


def test_examples_that_misbehave_are_found_and_nothing_is_concluded_from_them(say: Say) -> None:
    text = CLEAN.replace("criticality: low}}, expect: pass", "criticality: low}}, expect: fail")
    found = say(text, mutants=True)
    assert [one.split()[1] for one in found] == ["policy-example"]


def test_fail_on_decides_what_fails(here: Repo) -> None:
    here.write("policies/TST-01.yaml", CLEAN.replace("Name a role, such as Role/service-desk.", "TODO"))
    assert here.run("policy", "lint", "--as-of", AS_OF).code == 0
    assert here.run("policy", "lint", "--as-of", AS_OF, "--fail-on", "warning").code == 1
    ran = here.run("policy", "lint", "--fail-on", "warnings")
    assert (ran.code, ran.stdout) == (2, "")
    assert "did you mean warning" in ran.stderr


def test_without_a_policy_there_is_nothing_to_say(here: Repo) -> None:
    ran = here.run("policy", "lint")
    assert (ran.code, ran.stdout) == (3, "")
    assert "itsmctl new Policy" in ran.stderr


def test_outside_of_a_repository_the_built_in_rules_are_looked_at(repo: Repo) -> None:
    ran = repo.run("policy", "lint", "CHG-07")
    assert (ran.code, ran.stdout) == (0, "1 policy: nothing doubtful\n")


def test_every_doubt_can_be_explained(book: Rulebook) -> None:
    for rule in lint.RULES:
        topic = explain.find(rule.id, None, book)
        assert rule.title in " ".join(topic.text(80).split())


def test_advice_may_be_an_error_where_its_description_says_why(say: Say) -> None:
    advice = '  basis: recommendation\n  clause: {part2_2005: "9.2.1"}\n  severity: error\n'
    text = CLEAN.replace("  basis: house\n  severity: warning\n", advice)
    [said] = say(text)
    assert "policy-severity" in said
    assert say(text.replace("any more.", "any more. It is an error all the same, since nobody answers.")) == []


def test_settings_of_this_repository_do_not_hide_a_rule_from_lint(here: Repo) -> None:
    here.write("itsm.yaml", SETTINGS + "policies:\n  off: [{rule: TST-01, reason: Not now.}]\n")
    here.write("policies/TST-01.yaml", CLEAN.replace("Name a role, such as Role/service-desk.", "TODO"))
    assert "policy-text" in here.run("policy", "lint", "--as-of", AS_OF).stdout


# --- the rules that we ship

ACCEPTED = {
    ("CHG-05", "policy-branch"): "an example cannot say that an item is new: the base holds its world as the head does",
    ("CFG-18", "policy-branch"): "what is gone is known before the loops: they only find the place where it is named",
}
"""Doubts about shipped rules that stay, and why."""


def test_the_shipped_rules_leave_no_doubts(book: Rulebook) -> None:
    scene = lint.Scene(book.law, book.types, {})
    found = {
        f"{policy.rule.path} {doubt.rule} {doubt.message}"
        for policy in book.policies
        for doubt in lint.doubts(policy, scene)
        if (policy.rule.id, doubt.rule) not in ACCEPTED
    }
    assert sorted(found) == []
