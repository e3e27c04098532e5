"""`policy test` and `policy list` through the front door, and shell completion."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from conftest import Repo
from markdown_it import MarkdownIt
from runner import commands
from world import found_small

from itsmctl.cli import completing

PROJECT = Path(__file__).resolve().parent.parent

RULE = """\
apiVersion: itsm/v1
kind: Policy
metadata:
  name: TST-01
  title: A service is owned by a role
spec:
  process: testing
  basis: house
  severity: error
  description: Persons leave.
  match:
    kind: Service
    when: self.spec.state != 'proposed'
  assert: self.metadata.owner.startsWith('Role/')
  message: "'owned by ' + self.metadata.owner"
  remediation: Write Role/name.
  examples:
"""
FAILS = "    - {name: a person, record: {metadata: {owner: Person/mari}, spec: {state: live}}, expect: fail}\n"
PASSES = "    - {name: a role, record: {metadata: {owner: Role/desk}, spec: {state: live}}, expect: pass}\n"


def rule(*examples: str, text: str = RULE) -> str:
    return text + "".join(f"    - {example}\n" for example in examples) + FAILS + PASSES


@pytest.fixture
def here(repo: Repo) -> Repo:
    found_small(repo)
    repo.write("policies/TST-01.yaml", rule())
    return repo


def told(repo: Repo, *argv: str) -> str:
    ran = repo.run(*argv)
    assert ran.code == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def place(text: str, part: str) -> str:
    """`line:column` of the first `part` in a text."""
    before = text[: text.index(part)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def troubles(repo: Repo, *argv: str) -> list[str]:
    """`line:column pointer message` of what `policy test` finds."""
    ran = repo.run("policy", "test", "-f", "json", *argv)
    assert ran.code in (0, 1), ran.stderr
    found = json.loads(ran.stdout)["findings"]
    assert (ran.code == 1) == bool(found)
    return [f"{f['place']['line']}:{f['place']['column']} {f['place']['pointer']} {f['message']}" for f in found]


# --- policy test


def test_examples_that_behave_are_counted(here: Repo) -> None:
    assert told(here, "policy", "test") == "1 policy, 2 examples, all as expected\n"
    assert told(here, "policy", "test", "-f", "text") == "1 policy, 2 examples, all as expected\n"
    assert told(here, "policy", "test", "-q") == ""


def test_the_policies_that_come_with_the_tool_behave(here: Repo, make_repo: object) -> None:
    text = told(here, "policy", "test", "--builtin")
    count, _, rest = text.partition(" ")
    assert int(count) >= 25
    assert rest.startswith("policies, ")
    assert rest.endswith(" examples, all as expected\n")


def test_outside_of_a_repository_the_built_in_ones_are_tested(repo: Repo) -> None:
    assert told(repo, "policy", "test").endswith(" examples, all as expected\n")
    assert told(repo, "policy", "test", "CHG-07").startswith("1 policy, ")


def test_a_wrong_example_is_a_finding_at_its_place(here: Repo) -> None:
    text = rule("{name: bad, record: {spec: {state: live}}, expect: fail}")
    here.write("policies/TST-01.yaml", text)
    ran = here.run("policy", "test")
    assert ran.code == 1
    assert ran.stdout == (
        f"policies/TST-01.yaml:{place(text, 'fail}')}: error[policy-example] TST-01: example 'bad': expected to fail, "
        "but the rule passes it; help: Mend the rule, or the example. itsmctl policy test FILE runs the examples of "
        "one policy.\n"
        "1 policy, 3 examples, 1 not as expected\n"
    )


PERSON = "record: {metadata: {owner: Person/mari}, spec: {state: live}}"
ROLE = "record: {spec: {state: live}}"


@pytest.mark.parametrize(
    ("example", "part", "trouble"),
    [
        (
            f"{{name: bad, {PERSON}, expect: pass}}",
            "pass}",
            "/expect expected to pass, but the rule fails it at /metadata/owner: owned by Person/mari",
        ),
        (f"{{name: bad, {ROLE}, expect: fail}}", "fail}", "/expect expected to fail, but the rule passes it"),
        (
            f"{{name: bad, {PERSON}, expect: fail}}".replace("live", "proposed"),
            "fail}",
            "/expect expected to fail, but the rule does not look at it: `when` is false of it",
        ),
        (
            f"{{name: bad, {PERSON}, expect: fail}}".replace("live", "retired"),
            "fail}",
            (
                "/expect expected to fail, but the rule does not look at it: "
                "retired is a terminal state, and the rule does not say `closed: true`"
            ),
        ),
        (
            f"{{name: bad, {PERSON}, expect: fail, at: /spec/state}}",
            "/spec/state}",
            "/at expected at /spec/state, but the finding is at /metadata/owner",
        ),
        (
            f"{{name: bad, {ROLE}, expect: pass, at: /spec/state}}",
            "at: /spec/state}",
            "/at a record that passes has no finding, so there is no place to expect",
        ),
        (f"{{name: bad, as_of: yesterday, {ROLE}, expect: pass}}", "yesterday", "/as_of 'yesterday' is no time"),
        (
            "{name: bad, record: {kind: Role, spec: {holders: []}}, expect: pass}",
            "Role, spec",
            "/record/kind the rule looks at Service, not at Role",
        ),
        (
            "{name: bad, record: {kind: Servce, spec: {}}, expect: pass}",
            "Servce,",
            "/record/kind there is no kind Servce",
        ),
        (
            f"{{name: bad, {ROLE}, world: [{{spec: {{holders: []}}}}], expect: pass}}",
            "spec: {holders",
            "/world/0/kind the record does not say its kind",
        ),
        (
            (
                "{name: bad, record: {metadata: {name: a}, spec: {state: live}}, expect: pass,\n"
                "       world: [{kind: Service, metadata: {name: a}, spec: {state: live}}]}"
            ),
            "kind: Service,",
            "/world/0 Service/a is in this example twice",
        ),
    ],
)
def test_what_is_wrong_with_an_example_is_said_with_its_place(
    here: Repo, example: str, part: str, trouble: str
) -> None:
    text = rule(example)
    here.write("policies/TST-01.yaml", text)
    pointer, _, says = trouble.partition(" ")
    assert troubles(here) == [f"{place(text, part)} /spec/examples/0{pointer} TST-01: example 'bad': {says}"]


@pytest.mark.parametrize(
    ("example", "pointer"),
    [
        ("{name: bad, record: {spec: {state: alive}}, expect: pass}", "/spec/examples/0/record/spec/state"),
        ("{name: bad, record: {spec: {state: live, x: 1}}, expect: pass}", "/spec/examples/0/record/spec/x"),
        ("{name: bad, record: {spec: {}}, expect: pass}", "/spec/examples/0/record/spec/state"),
        ("{name: bad, record: {metadata: 1, spec: {state: live}}, expect: pass}", "/spec/examples/0/record/metadata"),
        (
            "{name: bad, record: {spec: {state: live}}, world: [{kind: Role, spec: 1}], expect: pass}",
            "/spec/examples/0/world/0/spec",
        ),
        (
            "{name: bad, record: {spec: {state: live}}, before: {spec: {state: 7}}, expect: pass}",
            "/spec/examples/0/before/spec/state",
        ),
    ],
)
def test_records_of_examples_keep_to_their_schemas(here: Repo, example: str, pointer: str) -> None:
    here.write("policies/TST-01.yaml", rule(example))
    (trouble,) = troubles(here)
    assert trouble.split()[1] == pointer
    assert "the record breaks its schema: " in trouble


def test_what_a_rule_asks_for_and_is_not_in_the_world_is_no_verdict(here: Repo) -> None:
    text = RULE.replace("self.metadata.owner.startsWith('Role/')", "ref(self.metadata.owner).metadata.title != 'x'")
    world = "world: [{kind: Role, metadata: {name: desk}, spec: {holders: []}}]"
    here.write(
        "policies/TST-01.yaml",
        text
        + f"    - {{name: a, {PERSON}, {world}, expect: pass}}\n".replace("Person/mari", "Role/desk")
        + "    - {name: b, record: {metadata: {owner: Role/gone}, spec: {state: live}}, expect: fail}\n",
    )
    says = "example 'b': TST-01 cannot be decided: there is no Role/gone (in assert)"
    assert troubles(here) == [f"19:14 /spec/examples/1/name TST-01: {says}"]


def test_a_message_without_a_value_is_found(here: Repo) -> None:
    text = RULE.replace("'owned by ' + self.metadata.owner", "'see ' + self.metadata.description")
    here.write("policies/TST-01.yaml", text + FAILS + PASSES)
    (trouble,) = troubles(here)
    assert trouble.startswith("15:12 /spec/message TST-01: example 'a person': the message has no value: ")


@pytest.mark.parametrize(("left", "says"), [(FAILS, "no example passes"), (PASSES, "no example fails")])
def test_examples_show_that_the_rule_can_do_both(here: Repo, left: str, says: str) -> None:
    here.write("policies/TST-01.yaml", RULE + left + left)
    (trouble,) = troubles(here)
    assert trouble.startswith(f"17:3 /spec/examples TST-01: {says}")


def test_a_rule_over_edits_has_a_base_in_its_examples(here: Repo) -> None:
    text = RULE.replace("  match:\n", "  needs: base\n  match:\n").replace(
        "self.metadata.owner.startsWith('Role/')",
        "before(self) == null || before(self).metadata.owner == self.metadata.owner",
    )
    here.write(
        "policies/TST-01.yaml",
        text
        + f"    - {{name: new, {PERSON}, expect: pass}}\n"
        + f"    - {{name: the same, {PERSON}, before: {{spec: {{state: proposed}}}}, expect: pass}}\n"
        + f"    - {{name: other, {PERSON}, expect: fail,\n"
        + "       before: {metadata: {owner: Role/old}, spec: {state: live}}}\n",
    )
    assert troubles(here) == []


def test_a_rule_looks_at_edited_records_alone(here: Repo) -> None:
    """What is new is edited as well; what only moved in its file is not."""
    text = RULE.replace("  match:\n", "  needs: base\n  match:\n")
    text = text.replace("self.metadata.owner.startsWith('Role/')", "edited(self) == false")
    same = "before: {spec: {state: live}}"
    here.write(
        "policies/TST-01.yaml",
        text
        + f"    - {{name: new, {PERSON}, expect: fail}}\n"
        + f"    - {{name: the same, {PERSON}, {same}, expect: pass}}\n"
        + f"    - {{name: other, {PERSON}, before: {{spec: {{state: retired}}}}, expect: fail}}\n",
    )
    assert troubles(here) == []


@pytest.mark.parametrize("asked", ["before(self) == null", "held_before('Service')", "edited(self)"])
def test_a_rule_that_asks_the_base_says_that_it_needs_one(here: Repo, asked: str) -> None:
    here.write("policies/TST-01.yaml", RULE.replace("self.metadata.owner.startsWith('Role/')", asked) + PASSES + FAILS)
    ran = here.run("policy", "test")
    assert ran.code == 3
    assert f"the rule calls {asked.split('(')[0]}(…), so it has to say: needs: base" in ran.stderr


def test_time_is_what_the_example_says(here: Repo) -> None:
    text = RULE.replace("self.metadata.owner.startsWith('Role/')", "as_of < timestamp('2026-06-01T00:00:00Z')")
    record = "record: {spec: {state: live}}"
    here.write(
        "policies/TST-01.yaml",
        text
        + f"    - {{name: default, {record}, expect: pass}}\n"
        + f"    - {{name: a day, {record}, as_of: 2026-05-31, expect: pass}}\n"
        + f"    - {{name: an instant, {record}, as_of: 2026-06-01T02:00:00+02:00, expect: fail}}\n",
    )
    assert troubles(here) == []


def test_settings_are_what_the_example_says(here: Repo) -> None:
    """And not those of the repository: an example behaves alike everywhere."""
    settings = (here.path / "itsm.yaml").read_text(encoding="utf-8")
    here.write("itsm.yaml", settings + "intervals: {change-management: 7}\n")
    text = RULE.replace("self.metadata.owner.startsWith('Role/')", "interval('change-management', 30) == 30")
    record = "record: {spec: {state: live}}"
    here.write(
        "policies/TST-01.yaml",
        text
        + f"    - {{name: default, {record}, expect: pass}}\n"
        + f"    - {{name: of another process, {record}, settings: {{intervals: {{testing: 5}}}}, expect: pass}}\n"
        + f"    - {{name: its own, {record}, settings: {{intervals: {{change-management: 31}}}}, expect: fail}}\n",
    )
    assert troubles(here) == []
    said = told(here, "explain", "TST-01")
    assert "  where itsm.yaml says\n  intervals:\n    change-management: 31\n" in said


@pytest.mark.parametrize(
    ("written", "pointer", "says"),
    [
        ("{interval: {}}", "/interval", "interval"),
        (
            "{intervals: {change-management: soon}}",
            "/intervals/change-management",
            "must be a whole number, not 'soon'",
        ),
        ("{emergency: {roles: [duty]}}", "/emergency", "emergency.review_within is missing"),
        ("{repository: 7}", "/repository", "must be text, not 7"),
    ],
)
def test_settings_of_examples_are_right(here: Repo, written: str, pointer: str, says: str) -> None:
    text = rule(f"{{name: bad, record: {{spec: {{state: live}}}}, settings: {written}, expect: pass}}")
    here.write("policies/TST-01.yaml", text)
    found = [trouble for trouble in troubles(here) if f" /spec/examples/0/settings{pointer} " in trouble]
    assert any("the settings are wrong: " in trouble and says in trouble for trouble in found), troubles(here)


# --- which policies are meant


def test_policies_are_named_by_id_file_or_folder(here: Repo) -> None:
    here.write("policies/more/TST-02.yaml", rule().replace("TST-01", "TST-02"))
    assert told(here, "policy", "test").startswith("2 policies, 4 examples")
    assert told(here, "policy", "test", "tst-02").startswith("1 policy, 2 examples")
    assert told(here, "policy", "test", "policies/more/TST-02.yaml").startswith("1 policy, 2 examples")
    assert told(here, "policy", "test", "policies/more").startswith("1 policy, 2 examples")
    assert told(here, "policy", "test", "policies", "TST-01").startswith("2 policies, 4 examples")
    assert told(here, "policy", "test", "policies/TST-01.yaml", "CHG-07").startswith("2 policies, ")


def test_a_file_from_elsewhere_is_tested_under_the_law_of_this_repository(here: Repo, tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    text = rule("{name: bad, record: {spec: {state: live}}, expect: fail}").replace("TST-01", "TST-09")
    file.write_text(text)
    ran = here.run("policy", "test", str(file))
    assert ran.code == 1
    assert ran.stdout.startswith(
        f"{file.as_posix()}:{place(text, 'fail}')}: error[policy-example] TST-09: example 'bad'"
    )


def test_paths_are_printed_as_seen_from_here(here: Repo) -> None:
    here.write("policies/TST-01.yaml", rule("{name: bad, record: {spec: {state: live}}, expect: fail}"))
    below = Repo(here.write("docs/x").parent, here.environ)
    assert below.run("policy", "test").stdout.startswith("../policies/TST-01.yaml:18:")
    assert below.run("policy", "test", "../policies/TST-01.yaml").stdout.startswith("../policies/TST-01.yaml:18:")


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("TST-1",), 2, "there is no policy TST-1: did you mean TST-01"),
        (("policies/gone.yaml",), 3, "cannot read policies/gone.yaml: No such file or directory"),
        (("-f", "jnit"), 2, "no format is called 'jnit': did you mean junit?"),
    ],
)
def test_policies_that_are_not_there_are_refused(here: Repo, argv: tuple[str, ...], code: int, says: str) -> None:
    ran = here.run("policy", "test", *argv)
    assert (ran.code, ran.stdout) == (code, "")
    assert says in ran.stderr


def test_nothing_to_test_is_no_pass(repo: Repo) -> None:
    found_small(repo)
    ran = repo.run("policy", "test")
    assert (ran.code, ran.stdout) == (3, "")
    assert "there is no policy to try out" in ran.stderr
    assert "--builtin" in ran.stderr
    repo.write("policies/empty/readme.txt", "nothing")
    assert repo.run("policy", "test", "policies/empty").code == 3


def test_a_policy_that_does_not_compile_is_no_verdict(here: Repo, tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    file.write_text(rule().replace("TST-01", "TST-09").replace("startsWith", "startWith"))
    ran = here.run("policy", "test", str(file))
    assert (ran.code, ran.stdout) == (3, "")
    assert f"{file.as_posix()}:14:11: assert is not valid CEL:" in ran.stderr
    assert "startsWith" in ran.stderr
    here.write("policies/TST-01.yaml", "kind: [")
    ran = here.run("policy", "test")
    assert (ran.code, ran.stdout) == (3, "")
    assert "policies/TST-01.yaml:1:" in ran.stderr


def test_reports_come_in_every_format_and_to_files(here: Repo) -> None:
    here.write(
        "policies/TST-01.yaml", rule("{name: '::error::x ##[error]', record: {spec: {state: live}}, expect: fail}")
    )
    ran = here.run(
        "policy", "test", "-f", "text", "-f", "junit=out.xml", "-f", "sarif=out.sarif", "-f", "json=out.json"
    )
    assert ran.code == 1
    assert not commands(ran.stdout)
    assert "--> policies/TST-01.yaml:18:" in ran.stdout
    assert "help: Mend the rule, or the example." in ran.stdout
    assert 'failures="1"' in (here.path / "out.xml").read_text()
    assert json.loads((here.path / "out.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "policy-example"
    assert json.loads((here.path / "out.json").read_text())["title"] == "policy test"


# --- policy list


def test_policies_are_listed_by_process(here: Repo) -> None:
    text = told(here, "policy", "list")
    assert "change-management\n  CHG-01" in text
    assert "testing\n  TST-01  error  house  A service is owned by a role\n" in text
    assert "notes\n  TST-01  a rule of this repository: policies/TST-01.yaml\n" in text
    assert "itsmctl explain ID tells more of one." in " ".join(text.split())


def test_a_process_narrows_the_list(here: Repo) -> None:
    text = told(here, "policy", "list", "--process", "Testing")
    assert text.startswith("testing\n  TST-01")
    assert "CHG-" not in text
    assert "1 policy: 1 house. " in text
    both = told(here, "policy", "list", "--process", "testing", "--process", "release-management")
    assert both.startswith("release-management\n")
    assert "TST-01" in both


def test_the_list_says_what_settings_change(here: Repo) -> None:
    settings = (here.path / "itsm.yaml").read_text()
    here.write(
        "itsm.yaml",
        settings + "policies:\n  severity: {CHG-04: info}\n  off: [{rule: CHG-05, reason: Items have no versions.}]\n",
    )
    text = told(here, "policy", "list", "--process", "change-management")
    assert re.search(r"^ *CHG-04 +info\* ", text, re.MULTILINE)
    lines = text.split("\n")
    assert any(re.match(r" +CHG-05 +off ", line) for line in lines)
    assert "  CHG-04  * severity set in itsm.yaml" in lines
    assert "  CHG-05  off in itsm.yaml: Items have no versions." in lines
    assert "; 1 switched off. " in text.replace("\n", " ")
    said = {one["id"]: one for one in json.loads(told(here, "policy", "list", "-f", "json"))}
    assert (said["CHG-04"]["severity"], said["CHG-04"]["severity_set"]) == ("info", True)
    assert said["CHG-05"]["off"] == "Items have no versions."
    assert (said["CHG-06"]["off"], said["CHG-06"]["severity_set"]) == (None, False)


HOSTILE = "'a | b <img src=x> [x](y) `c` *d* @all #1'"


def test_markdown_is_a_reference_in_which_no_text_is_markup(here: Repo) -> None:
    text = rule().replace("A service is owned by a role", HOSTILE).replace("Write Role/name.", "'```\n\n  ```\n  # x'")
    here.write("policies/TST-01.yaml", text)
    said = told(here, "policy", "list", "-f", "markdown", "--process", "testing")
    assert "1 rule: 1 house." in said
    assert "\n## testing\n" in said
    assert "\n### TST-01\n" in said
    assert "of this repository: `policies/TST-01.yaml`." in said
    assert "when: self.spec.state != 'proposed'\nassert: self.metadata.owner.startsWith('Role/')\n```\n" in said
    parts = [part for token in _TOKENS.parse(said) for part in (token.children or [token])]
    made = {part.type.removesuffix("_open").removesuffix("_close") for part in parts}
    blocks = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "fence"}
    assert made <= blocks | {"inline", "text", "text_special", "code_inline", "html_inline", "strong"}
    assert {part.content for part in parts if part.type == "html_inline"} <= {"<code>", "</code>"}
    words = "".join(html.unescape(part.content) for part in parts if not part.type.startswith("html"))
    assert words.count("a | b <img src=x> [x](y) c *d* @all #1") == 2


_TOKENS = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_what_no_rule_checks_is_listed_with_the_reason(repo: Repo) -> None:
    text = told(repo, "policy", "list", "--unchecked", "--process", "change-management")
    assert text.startswith("change-management\n  CHG-08  ")
    assert "  CHG-09  An approval is given by that very person, and can be shown\n    That a vote came" in text
    assert "CFG-05" not in text
    found = {one["id"]: one for one in json.loads(told(repo, "policy", "list", "--unchecked", "-f", "json"))}
    assert found["CHG-09"]["clause"] == {"part1_2005": "9.2", "part1_2018": "8.5.1"}
    assert found["CFG-05"]["clause"]["part1_2018"] == "8.2.6"
    assert all(one["reason"] and one["instead"] for one in found.values())


def test_a_rule_of_the_house_takes_over_what_no_rule_checked(here: Repo) -> None:
    here.write("policies/CHG-09.yaml", rule().replace("TST-01", "CHG-09"))
    (here.path / "policies/TST-01.yaml").unlink()
    assert "CHG-09" not in told(here, "policy", "list", "--unchecked")
    assert told(here, "explain", "CHG-09").startswith("CHG-09  A service is owned by a role\n")


def test_why_a_control_is_not_checked_is_explained(repo: Repo) -> None:
    text = told(repo, "explain", "chg-09")
    assert "checked  not by itsmctl: no rule can" in text
    assert "Why it is not checked\n  That a vote came from a person" in text
    assert json.loads(told(repo, "explain", "CHG-09", "-f", "json"))["checked"] is False


@pytest.mark.parametrize(
    "argv", [("why", "mari", "chg-09"), ("policy", "test", "CHG-09"), ("policy", "lint", "CHG-09")]
)
def test_who_asks_for_a_rule_that_there_cannot_be_is_told_why(here: Repo, argv: tuple[str, ...]) -> None:
    ran = here.run(*argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert "no rule checks CHG-09: An approval is given" in ran.stderr
    assert "itsmctl explain CHG-09 says why." in ran.stderr


@pytest.mark.parametrize(
    ("file", "argv"),
    [
        ("docs/rules.md", ("policy", "list", "-f", "markdown")),
        ("policies/not-checked.md", ("policy", "list", "--unchecked", "-f", "markdown")),
    ],
)
def test_what_is_generated_is_up_to_date(repo: Repo, file: str, argv: tuple[str, ...]) -> None:
    assert (PROJECT / file).read_text() == told(repo, *argv), f"{file} is out of date: run .ci/generate"


def test_policy_list_needs_no_repository(repo: Repo) -> None:
    assert "CHG-07" in told(repo, "policy", "list")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--process", "change-managment"), "did you mean change-management"),
        (("-f", "markdwn"), "no format is called 'markdwn': did you mean markdown?"),
    ],
)
def test_policy_list_refuses_what_is_not_there(here: Repo, argv: tuple[str, ...], says: str) -> None:
    ran = here.run("policy", "list", *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr


# --- completion


def test_records_are_completed_by_kind_and_name_or_by_name(here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    here.write("records/configuration-items/deep/er/db-01.yaml", "not read, so not minded")
    here.write("records/notes.txt", "no record")
    monkeypatch.chdir(here.write("docs/x").parent)
    assert completing.records("") == ["CIType/server", "ConfigurationItem/db-01", "Person/mari", "Role/operations"]
    assert completing.records("conf") == ["ConfigurationItem/db-01"]
    assert completing.records("ma") == ["mari"]


def test_rules_kinds_and_topics_are_completed(here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(here.path)
    assert completing.policies("tst") == ["TST-01"]
    assert completing.policies("ref") == []
    assert completing.rules("reference-c") == ["reference-cycle"]
    assert completing.kinds("Change") == ["ChangeModel", "ChangeRequest"]
    assert "Policy" in completing.schemas("Po")
    assert {"TST-01", "Waiver", "reference"} <= set(completing.topics(""))


def test_completion_is_silent_where_there_is_nothing_to_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert completing.records("") == []
    assert "CHG-07" in completing.policies("CHG")
    (tmp_path / "itsm.yaml").write_text("")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/broken.schema.json").write_text("{")
    assert completing.records("") == []
    assert "Waiver" in completing.kinds("")
    assert capfd.readouterr() == ("", "")


def test_completion_reads_no_record(here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(here.path)
    (here.path / "records/persons/link.yaml").symlink_to("/dev/zero")
    assert "Person/link" in completing.records("Person/")
