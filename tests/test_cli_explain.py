"""`explain` and `why` through the front door: with a repository, and without one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from runner import commands
from world import change, found_small, item

from itsmctl import explain, rulebook, whys, yamltext
from itsmctl.cli import workplace

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.case import Case
    from itsmctl.rulebook import Rulebook

RULE = """\
apiVersion: itsm/v1
kind: Policy
metadata: {name: TST-01, title: An item says what it is worth, labels: {theme: money}}
spec:
  process: testing
  basis: house
  severity: warning
  enforcement: soft
  description: We want to know.
  match: {kind: ConfigurationItem, when: self.spec.state != 'ordered'}
  let: {worth: "has(self.spec.asset_ref) ? self.spec.asset_ref : ''"}
  assert: worth != '' && !worth.startsWith('0')
  message: "'no worth: ' + self.metadata.name"
  remediation: Write asset_ref.
  examples:
    - {name: has none, record: {spec: {type: server, state: planned}}, expect: fail}
    - {name: is not looked at, record: {spec: {type: server, state: ordered}}, expect: pass}
    - {name: has one, record: {spec: {type: server, state: planned, asset_ref: IT-1}}, expect: pass}
"""


@pytest.fixture
def here(repo: Repo) -> Repo:
    """A small repository with a rule of its own and one item that breaks it."""
    found_small(repo)
    repo.write("policies/TST-01.yaml", RULE)
    repo.write("records/configuration-items/db-01.yaml", item("db-01"))
    repo.commit("One item")
    return repo


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.builtin()


def told(repo: Repo, *argv: str) -> str:
    ran = repo.run(*argv)
    assert ran.code == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


# --- explain: rules


def test_a_rule_is_explained_from_why_to_waiver(here: Repo) -> None:
    assert told(here, "explain", "tst-01") == dedent("""\
        TST-01  An item says what it is worth
          process      testing
          severity     warning
          enforcement  soft: a waiver may lift it
          basis        house: good practice that this tool adds; the standard says nothing of it
          looks at     ConfigurationItem, until its last state
          tags         money, theme
          file         policies/TST-01.yaml

        Why
          We want to know.

        To mend
          Write asset_ref.

        In CEL
          when
            self.spec.state != 'ordered'
          let worth
            has(self.spec.asset_ref) ? self.spec.asset_ref : ''
          assert
            worth != '' && !worth.startsWith('0')

        Fails: has none
          spec:
            type: server
            state: planned

          gives, at /spec/asset_ref: no worth: db-01

        Passes: has one
          spec:
            type: server
            state: planned
            asset_ref: IT-1

        To waive
          A record says who accepted the deviation, why, and until when:

            apiVersion: itsm/v1
            kind: Waiver
            metadata:
              name: tst-01-NAME
              title: …
              owner: Role/NAME
            spec:
              state: granted
              rule: TST-01
              record: ConfigurationItem/NAME
              reason: …
              approved_by: NAME
              approved_on: YYYY-MM-DD
              expires: YYYY-MM-DD

          itsmctl new Waiver NAME --set rule=TST-01 --set record=ConfigurationItem/NAME asks for the rest.
          It lifts the finding once its state is granted.

        What it says of one record
          itsmctl why ConfigurationItem/NAME TST-01
        """)


def test_the_waiver_that_is_shown_lifts_the_finding_once_its_blanks_are_filled(here: Repo) -> None:
    text = told(here, "explain", "TST-01")
    block = text.split("until when:\n")[1].split("\n  itsmctl new")[0]
    waiver = dedent(block).strip("\n") + "\n"
    for blank, filled in (
        ("tst-01-NAME", "tst-01-db-01"),
        ("ConfigurationItem/NAME", "ConfigurationItem/db-01"),
        ("Role/NAME", "Role/operations"),
        ("NAME", "mari"),
        ("…", "It is on loan."),
        ("approved_on: YYYY-MM-DD", "approved_on: 2026-11-20"),
        ("YYYY-MM-DD", "2026-12-31"),
    ):
        waiver = waiver.replace(blank, filled)
    here.write("records/waivers/tst-01-db-01.yaml", waiver)
    report = json.loads(here.run("validate", "-f", "json", "--as-of", "2026-11-22").stdout)
    assert [(f["rule"], (f["waived"] or {}).get("waiver")) for f in report["findings"]] == [("TST-01", "tst-01-db-01")]


def test_a_hard_rule_says_that_it_cannot_be_waived(here: Repo) -> None:
    here.write("policies/TST-01.yaml", RULE.replace("enforcement: soft", "enforcement: hard"))
    text = told(here, "explain", "TST-01")
    assert "  enforcement  hard: nothing lifts it\n" in text
    assert "To waive\n  Not possible: the rule is hard.\n" in text
    assert "kind: Waiver" not in text


def test_settings_that_touch_a_rule_are_named(here: Repo) -> None:
    here.write(
        "itsm.yaml",
        (here.path / "itsm.yaml").read_text() + "policies:\n  severity: {TST-01: error}\n"
        "  off: [{rule: CHG-07, reason: We never go back.}]\n",
    )
    assert "  severity     error, as itsm.yaml says\n" in told(here, "explain", "TST-01")
    assert "  off          switched off in itsm.yaml: We never go back.\n" in told(here, "explain", "CHG-07")


def test_an_example_comes_with_its_world(here: Repo) -> None:
    rule = RULE.replace(
        "    - {name: has none, record: {spec: {type: server, state: planned}}, expect: fail}\n",
        "    - {name: has none, expect: fail, as_of: 2026-02-02T00:00:00Z,\n"
        "       record: {spec: {type: server, state: planned}},\n"
        "       before: {spec: {type: server, state: ordered}},\n"
        "       world: [{kind: CIType, metadata: {name: server}, spec: {abstract: false}}]}\n",
    )
    here.write("policies/TST-01.yaml", rule)
    text = told(here, "explain", "TST-01")
    assert "  where it was before\n  spec:\n    type: server\n    state: ordered\n" in text
    assert "  beside\n  kind: CIType\n  metadata:\n    name: server\n" in text
    assert "  as of 2026-02-02T00:00:00Z\n" in text


def test_every_rule_there_is_can_be_explained_and_says_on_what_ground_it_stands(book: Rulebook) -> None:
    for rule in book.rules:
        topic = explain.find(rule.id, None, book)
        text = topic.text(80)
        assert text.startswith(f"{rule.id}  ")
        assert "\nWhy\n" in text
        assert "\nTo mend\n" in text
        assert "\nTo waive\n" in text
        said = " ".join(text.split())
        assert ("the standard does not require it" in said) == (rule.basis == "recommendation")
        assert ("the standard says nothing of it" in said) == (rule.basis == "house")
        assert ("ISO/IEC 20000-1 asks for it" in said) == (rule.basis == "requirement")
        assert topic.data()["id"] == rule.id
        json.dumps(topic.data())


def test_every_policy_shows_an_example_of_each_verdict_and_its_clauses(book: Rulebook) -> None:
    for policy in book.policies:
        text = explain.find(policy.rule.id, None, book).text(80)
        assert "\nFails: " in text, policy.rule.id
        assert "\n  gives, at /" in text, policy.rule.id
        assert "\nPasses: " in text, policy.rule.id
        said = " ".join(text.split())
        for _, number in policy.rule.clause:
            assert f"clause {number}" in said, policy.rule.id


def test_checks_of_form_say_that_they_always_hold(here: Repo) -> None:
    text = told(here, "explain", "reference")
    assert text.startswith("reference  A reference names a record that exists\n  severity  error\n")
    assert text.endswith("To waive\n  Not possible: checks of form always hold.\n")
    assert "policy-example  " in told(here, "explain", "policy-example")


# --- explain: kinds and fields


def test_a_kind_is_explained_with_home_fields_life_cycle_references_and_an_example(here: Repo) -> None:
    text = told(here, "explain", "configurationitem")
    assert text.startswith("ConfigurationItem  Configuration item\n")
    for part in (
        "  file        records/configuration-items/NAME.yaml\n",
        "  controlled  yes: ",
        "    type (required): the name of a CIType\n",
        "    version (due when live): ",
        "    relations: list, each mapping …\n",
        "  planned        -> ordered (begins here)\n",
        "  in-acceptance  -> live, rejected\n",
        "  rejected       (ends here)\n",
        "  spec.relations.*.target  -> ConfigurationItem\n",
        "\nExample\n\n  apiVersion: itsm/v1\n  kind: ConfigurationItem\n",
        "Write one: itsmctl new ConfigurationItem NAME\n",
    ):
        assert part in text, part
    assert "TST-01" in text.split("  schema")[0]


def test_a_variant_of_the_life_cycle_is_drawn_beside_it(here: Repo) -> None:
    text = told(here, "explain", "ChangeRequest")
    assert "  also, where spec.class is emergency:\n  draft     -> approved\n  approved  -> implementing\n" in text


def test_the_example_of_every_kind_is_one_that_conforms(book: Rulebook) -> None:
    for kind in book.kinds.values():
        text = explain.find(kind.name, None, book).text(80)
        block = text.split("\nExample\n\n")[1].split("\n\nWrite one:")[0]
        assert kind.conforms(yamltext.read((dedent(block) + "\n").encode())), kind.name


@pytest.mark.parametrize(
    "argv",
    [
        ("ChangeRequest.spec.backout",),
        ("changerequest.spec.backout",),
        ("ChangeRequest.backout",),
        ("ChangeRequest/spec/backout",),
        ("ChangeRequest", "/spec/backout"),
        ("ChangeRequest", "spec.backout"),
    ],
)
def test_a_field_is_named_by_its_kind_and_its_place(here: Repo, argv: tuple[str, ...]) -> None:
    text = told(here, "explain", *argv)
    assert text.startswith("ChangeRequest spec.backout\n  How the change is taken back.\n")
    for part in (
        "  needed   once it is assessed, unless there is remedy\n",
        "  pointer  /spec/backout\n",
        "  read by  CHG-07",
        "\nInside\n\n  steps: ",
        "\nExample\n\n  backout:\n    steps:\n",
    ):
        assert part in text, part


@pytest.mark.parametrize("place", ["spec.items.item", "spec.items[0].item", "/spec/items/0/item", "/spec/items/*/item"])
def test_a_field_inside_of_a_list_is_found_with_and_without_its_index(here: Repo, place: str) -> None:
    text = told(here, "explain", "ChangeRequest", place)
    assert text.startswith("ChangeRequest spec.items.*.item\n")
    assert "ConfigurationItem" in text.split("  names")[1]


def test_a_bare_field_name_is_the_one_field_or_all_that_are_called_so(here: Repo) -> None:
    assert told(here, "explain", "business_benefit").startswith("ChangeRequest spec.business_benefit\n")
    text = told(here, "explain", "decision_maker")
    assert text.startswith("decision_maker  a field of 2 kinds\n")
    assert "  ChangeRequest.spec.backout.decision_maker\n" in text
    assert "  Release.spec.backout.decision_maker\n" in text


@pytest.mark.parametrize("name", ["ConfigurationItem", "Person"])
def test_every_field_can_be_explained(book: Rulebook, name: str) -> None:
    for info in book.kinds[name].fields():
        assert f"  pointer  {info.pointer}\n" in explain.find(name, info.pointer, book).text(80)


# --- explain: the rest


def test_functions_come_with_signature_and_doc(here: Repo) -> None:
    text = told(here, "explain", "days_between()")
    assert "  days_between(timestamp or string, timestamp or string) -> int\n" in text
    assert "Whole days from the first time to the second" in text
    assert "Called by" in text
    assert "  string.startsWith(string) -> bool\n" in told(here, "explain", "startsWith")
    assert "  x.exists(i, condition)\n" in told(here, "explain", "exists")


def test_the_doc_of_a_function_is_folded_but_what_is_labelled_begins_a_line(book: Rulebook) -> None:
    lines = explain.find("overlap", None, book).text(70).split("\n")
    assert max(map(len, lines)) <= 70
    formula, example = (
        next(at for at, line in enumerate(lines) if line.startswith(f"  {label}: ")) for label in ("Formula", "Example")
    )
    assert lines[formula - 1] == ""
    assert lines[example - 1].endswith("share an instant.")
    assert all(len(line) > 50 for line in lines[formula : example - 1])  # no line is cut short


def test_a_process_a_tag_and_a_prefix_list_their_rules(here: Repo) -> None:
    assert "TST-01  warning  An item says what it is worth\n" in told(here, "explain", "testing")
    assert "TST-01" in told(here, "explain", "money")
    text = told(here, "explain", "change-management")
    assert text.startswith("change-management  a process\n")
    assert re.search(r"^  CHG-07 +error ", text, re.MULTILINE)
    assert "  ChangeRequest  Change request\n" in text
    assert "CHG-07" in told(here, "explain", "chg")


def test_terms_are_explained(here: Repo) -> None:
    assert told(here, "explain", "severity").startswith("severity\n")
    assert "does not require it" in told(here, "explain", "recommendation")
    assert told(here, "explain", "OVERRIDDEN").startswith("OVERRIDDEN\n")
    assert "itsmctl receipt verify" in told(here, "explain", "receipt")
    assert all("tier of votes" in told(here, "explain", tier) for tier in ("T0", "T1", "T2", "T3"))


def test_all_that_can_be_named_can_be_explained(book: Rulebook) -> None:
    topics = explain.topics(book)
    assert {"CHG-07", "yaml-duplicate-key", "Waiver", "referrers", "has", "SLM", "basis", "backout"} <= set(topics)
    for name, made in topics.items():
        topic = made()
        assert topic.text(60).strip(), name
        json.dumps(topic.data())


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("CHG-7",), "nothing here is called CHG-7: did you mean CHG-07"),
        (("ChangeReqest",), "did you mean ChangeRequest"),
        (("days_betwen",), "did you mean days_between"),
        (("change-managment",), "did you mean change-management"),
        (("severty",), "did you mean severity"),
        (("decision_makr",), "did you mean decision_maker"),
        (("ChangeRequest.spec.bakout",), "ChangeRequest has no field spec.bakout: did you mean spec.backout"),
        (
            ("ChangeRequest", "/spec/items/0/itm"),
            "ChangeRequest has no field spec.items.0.itm: did you mean spec.items.item",
        ),
        (("ChangeReqest", "/spec/backout"), "there is no kind ChangeReqest: did you mean ChangeRequest"),
        (("zzzzzz",), "nothing here is called zzzzzz\n"),
    ],
)
def test_an_unknown_word_is_refused_with_what_comes_near(here: Repo, argv: tuple[str, ...], says: str) -> None:
    ran = here.run("explain", *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_explain_needs_no_repository(repo: Repo) -> None:
    assert told(repo, "explain", "CHG-07").startswith("CHG-07  ")
    ran = repo.run("explain", "TST-01")
    assert ran.code == 2


def test_a_repository_whose_law_is_broken_is_not_passed_over_in_silence(here: Repo) -> None:
    here.write("policies/TST-01.yaml", RULE.replace("worth != ''", "wroth != ''"))
    ran = here.run("explain", "TST-01")
    assert (ran.code, ran.stdout) == (3, "")
    assert "policies/TST-01.yaml:12:11" in ran.stderr


def test_explain_as_json(here: Repo) -> None:
    said = json.loads(told(here, "explain", "TST-01", "-f", "json"))
    assert said["basis"] == "house"
    assert said["waivable"] is True
    assert said["assert"] == "worth != '' && !worth.startsWith('0')"
    assert [example["name"] for example in said["examples"]] == ["has none", "is not looked at", "has one"]
    assert json.loads(told(here, "explain", "reference", "-f", "json"))["waivable"] is False
    assert json.loads(told(here, "explain", "Waiver", "-f", "json"))["path"] == "records/waivers/NAME.yaml"
    field = json.loads(told(here, "explain", "Waiver.spec.record", "-f", "json"))
    assert (field["pointer"], field["required"]) == ("/spec/record", True)


def test_a_policy_cannot_speak_to_the_runner(here: Repo) -> None:
    hostile = RULE.replace("An item says what it is worth", "'::error::x ##[error]y'").replace(
        "We want to know.", '"\\n\\n::error::z\\n\\n##[warning]z"'
    )
    here.write("policies/TST-01.yaml", hostile)
    for shape in ("text", "json"):
        assert not commands(told(here, "explain", "TST-01", "-f", shape))


# --- why


def test_why_shows_every_step_with_its_value_then_the_verdict(here: Repo) -> None:
    assert told(here, "why", "db-01", "TST-01") == dedent("""\
        ConfigurationItem/db-01  Item db-01
        TST-01                   An item says what it is worth

        when
          self.spec.state != 'ordered'  → true
            self.spec.state  → 'planned'

        let worth
          has(self.spec.asset_ref) ? self.spec.asset_ref : ''  → ''
            has(self.spec.asset_ref)  → false
            self.spec.asset_ref  → not evaluated

        assert
          worth != '' && !worth.startsWith('0')  → false
            worth != ''  → false
              worth  → ''
            !worth.startsWith('0')  → not evaluated

        what decided assert
          /spec/asset_ref  is not there

        verdict: fails (warning)
          at    records/configuration-items/db-01.yaml:7:1 (/spec/asset_ref)
          says  no worth: db-01
          help  Write asset_ref.
        """)


def test_why_of_what_passes(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01", spec="asset_ref: IT-1\n"))
    text = told(here, "why", "db-01", "tst-01")
    assert text.endswith("\nverdict: passes\n")
    assert "what decided assert\n  /spec/asset_ref  → 'IT-1'\n" in text


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("Person/mari", "TST-01"), "TST-01 looks at ConfigurationItem, and this is a Person."),
        (("Person/mari", "CHG-07"), "CHG-07 looks at ChangeRequest, and this is a Person."),
        (("db-01", "CFG-06"), "CFG-06 compares with an earlier revision: give --since REV."),
        (("db-01", "CFG-20"), "CFG-20 is switched off in itsm.yaml: Nobody audits."),
    ],
)
def test_why_says_that_a_rule_does_not_apply_and_why(here: Repo, argv: tuple[str, str], says: str) -> None:
    here.write(
        "itsm.yaml",
        (here.path / "itsm.yaml").read_text() + "policies:\n  off: [{rule: CFG-20, reason: Nobody audits.}]\n",
    )
    assert told(here, "why", *argv).endswith(f"\nverdict: does not apply\n  {says}\n")


def test_why_of_a_record_in_its_last_state(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01").replace("planned", "disposed"))
    says = "disposed is a terminal state, and TST-01 only looks at records that still change."
    assert told(here, "why", "db-01", "TST-01").endswith(f"verdict: does not apply\n  {says}\n")


def test_why_of_a_record_that_when_leaves_out(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01").replace("planned", "ordered"))
    text = told(here, "why", "db-01", "TST-01")
    assert "  self.spec.state != 'ordered'  → false\n" in text
    assert "assert" not in text
    assert text.endswith("verdict: does not apply\n  TST-01 only looks at records of which `when` is true.\n")


def test_why_of_a_record_that_breaks_its_schema(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01", spec="colour: blue\n"))
    text = " ".join(told(here, "why", "db-01", "TST-01").split())
    assert "does not apply The record breaks its schema, so no policy looks at it: itsmctl validate records/" in text


def test_why_of_a_rule_that_comes_to_no_verdict(here: Repo) -> None:
    here.write(
        "policies/TST-01.yaml",
        RULE.replace("has(self.spec.asset_ref) ? self.spec.asset_ref : ''", "self.spec.asset_ref"),
    )
    text = told(here, "why", "db-01", "TST-01")
    assert "  self.spec.asset_ref  → error: " in text
    assert "\nverdict: cannot be decided\n  at    records/configuration-items/db-01.yaml:" in text


def test_why_of_what_is_waived(here: Repo) -> None:
    here.write(
        "records/waivers/w.yaml",
        "apiVersion: itsm/v1\nkind: Waiver\nmetadata: {name: w, title: T, owner: Role/operations}\n"
        "spec: {state: granted, rule: TST-01, record: ConfigurationItem/db-01, reason: 'On\n\n  loan.',\n"
        '  approved_by: mari, approved_on: "2026-01-01", expires: "2026-12-31"}\n',
    )
    text = told(here, "why", "db-01", "TST-01", "--as-of", "2026-11-22")
    assert "\nverdict: fails, and is waived\n" in text
    assert "  waived by  Waiver/w until 2026-12-31: On loan.\n" in text
    assert "\nverdict: fails (warning)\n" in told(here, "why", "db-01", "TST-01", "--as-of", "2027-01-01")


def test_why_of_a_rule_over_edits_needs_since(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01", spec="tier: 2\n"))
    text = told(here, "why", "db-01", "CFG-06", "--since", "HEAD")
    assert "before(self)" in text
    assert "give --since" not in text


def test_why_names_records_instead_of_spelling_them_out(here: Repo) -> None:
    held = "worth != '' && !worth.startsWith('0')"
    here.write("policies/TST-01.yaml", RULE.replace(held, "refs(self).exists(r, r.metadata.title == worth)"))
    text = told(here, "why", "db-01", "TST-01")
    assert "    self  → this record\n" in text
    assert "  r  → CIType/server\n" in text
    decided = " ".join(text.split("what decided assert")[1].split())
    assert "ConfigurationItem/db-01 as a whole" in decided
    assert "/metadata/title of CIType/server → 'Server'" in decided


def test_why_of_a_check_of_form_tells_its_findings(here: Repo) -> None:
    assert told(here, "why", "db-01", "reference").endswith("\nverdict: passes\n")
    here.write("records/configuration-items/db-01.yaml", item("db-01").replace("Role/operations", "Role/operation"))
    text = told(here, "why", "db-01", "reference")
    assert "\nverdict: fails (error)\n  at    records/configuration-items/db-01.yaml:6:10 (/metadata/owner)\n" in text
    assert "Did you mean Role/operations?" in text


def _opened(repo: Repo) -> tuple[Rulebook, Case]:
    return workplace.find(repo.path).case(None, None, datetime(2026, 11, 22, tzinfo=UTC))


def test_why_agrees_with_validate_on_a_change(here: Repo) -> None:
    spec = """
        reason: Old.
        requester: mari
        items: [{item: ConfigurationItem/db-01, action: change}]
        backout: {trigger: It fails.}
        """
    here.write("records/changes/CHG-2026-0001.yaml", change("CHG-2026-0001", state="assessed", spec=spec))
    report = json.loads(here.run("validate", "-f", "json", "--as-of", "2026-11-22").stdout)
    fired = {f["rule"] for f in report["findings"] if f["record"] == "ChangeRequest/CHG-2026-0001"}
    assert "CHG-07" in fired
    book, case = _opened(here)
    record = case.head.records["ChangeRequest/CHG-2026-0001"]
    for rule in [one.rule.id for one in book.policies]:
        text = whys.text(whys.ask(rule, record, book, case), 80)
        assert ("\nverdict: fails" in text) == (rule in fired), rule


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("db-01", "TST-1"), 2, "there is no rule TST-1: did you mean TST-01?"),
        (("db-1", "TST-01"), 2, "did you mean ConfigurationItem/db-01?"),
        (("db-01", "TST-01", "--as-of", "yesterday"), 2, "--as-of 'yesterday'"),
        (("db-01", "CFG-06", "--since", "nowhere"), 3, "nowhere"),
    ],
)
def test_why_refuses_what_is_not_there(here: Repo, argv: tuple[str, ...], code: int, says: str) -> None:
    ran = here.run("why", *argv)
    assert (ran.code, ran.stdout) == (code, "")
    assert says in ran.stderr


def test_a_record_cannot_speak_to_the_runner_through_why(here: Repo) -> None:
    here.write("records/configuration-items/db-01.yaml", item("db-01", spec='asset_ref: "0\\n::error::x"\n'))
    text = told(here, "why", "db-01", "TST-01")
    assert not commands(text)
    assert "verdict: " in text
