"""What somebody reads who never opened the docs: one finding a mistake, with what to write, also where it is narrow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from golden.mistakes import MISTAKES, WORLD, Mistake, judged, law, made, page, told

from itsmctl import yamltext
from itsmctl.drawing import parted

GOLDEN = Path(__file__).parent / "golden" / "newcomer.txt"
each = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_repository_is_clean_without_a_mistake() -> None:
    assert [finding.message for finding in judged(WORLD).findings] == []


@each
def test_a_mistake_gives_one_finding_with_what_to_write(mistake: Mistake) -> None:
    (finding,) = judged(made(mistake)).findings
    assert f"error[{finding.rule}]: {finding.message}" == mistake.says
    assert flat(finding.hint).startswith(mistake.help)
    assert finding.place.path == mistake.path
    assert finding.place.excerpt


@each
@pytest.mark.parametrize("width", [100, 60])
def test_it_says_all_of_it_on_any_terminal(mistake: Mistake, width: int) -> None:
    text = told(mistake, width)
    assert flat(text).startswith(mistake.says)
    assert f"= help: {mistake.help}" in flat(text)
    too_wide = [line for line in text.splitlines() if len(line) > width]
    assert not [line for line in too_wide if " " in line.strip(" =-:>")[:width]]  # a path or an example stays whole


@each
def test_a_log_has_it_in_one_line_with_advice_that_fits(mistake: Mistake) -> None:
    line = told(mistake, 100, "concise")
    says = mistake.says.replace("]: ", "] ", 1)
    assert re.fullmatch(rf"{re.escape(mistake.path)}:\d+:\d+: {re.escape(says)}(; help: .{{1,100}})?", line)


def test_the_page_of_all_of_them_is_read_before_it_is_committed() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == page(), "python -m tests.golden.regenerate, and read the difference"


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.name == "no back-out plan"], ids=str)
def test_the_example_of_a_back_out_can_be_pasted_as_it_is(mistake: Mistake) -> None:
    (finding,) = judged(made(mistake)).findings
    _, example = parted(finding.hint)
    files = made(mistake)
    files[mistake.path] = files[mistake.path].rstrip() + "\n" + "".join(f"          {line}\n" for line in example)
    # the role of the example is not there, which is told with the command that makes it
    assert [finding.message for finding in judged(files).findings] == ["there is no Role called change-manager"]


def test_the_example_in_the_remediation_of_a_rule_is_plain_yaml_with_fields_of_records() -> None:
    known = {field.name for kind in law().kinds.values() for field in kind.fields()}
    examples = 0
    for policy in law().policies:
        _, lines = parted(policy.rule.remediation)
        if not lines:
            continue
        examples += 1
        data = yamltext.read("\n".join(lines).encode())
        names = data if isinstance(data, dict) else data[0] if isinstance(data, list) else {}
        assert names
        assert set(names) <= known, policy.rule.id
    assert examples >= 10


@pytest.mark.parametrize("rule", law().rules, ids=lambda rule: rule.id)
def test_rules_are_worded_alike(rule) -> None:
    assert not rule.title.endswith((".", ":"))
    assert rule.title[0].isupper()
    assert rule.description.rstrip().endswith(".")
    said, example = parted(rule.remediation)
    assert said.rstrip().endswith(":" if example else ".")
