"""The policies that we ship: each says what it does, its examples hold, and they pin every operator and constant."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mutation import mutants

from itsmctl import cel, functions, rulebook, yamltext
from itsmctl.policy import trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsmctl.policy import Policy
    from itsmctl.rulebook import Rulebook

POLICIES = Path(__file__).resolve().parent.parent / "policies"
FILES = sorted(POLICIES.rglob("*.yaml"))
IDS = [path.stem for path in FILES]

# What a rule may not say of a record: verdicts that only an auditor gives, or that no rule of ours stands for.
CLAIMS = re.compile(r"complian|certif|conforman|non-?conformit|conforms to iso|\bshall\b", re.IGNORECASE)

# Mutants that no example notices, with the reason why none can: (rule, expression, mutant) → reason.
SURVIVORS: dict[tuple[str, str, str], str] = {}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.builtin()


@pytest.fixture(scope="module", params=FILES, ids=IDS)
def written(request: pytest.FixtureRequest) -> tuple[Path, dict[str, Any]]:
    """A policy file and what stands in it."""
    data = yamltext.read(request.param.read_bytes())
    assert isinstance(data, dict)
    return request.param, data


def test_there_are_policies_for_each_of_the_four_processes() -> None:
    assert {path.parent.name for path in FILES} == {
        "change-management",
        "configuration-management",
        "release-management",
        "service-level-management",
    }
    assert len(FILES) >= 25


def test_every_file_is_loaded(book: Rulebook) -> None:
    assert sorted(policy.rule.id for policy in book.policies) == sorted(IDS)


def test_the_file_stands_where_its_id_and_process_say(written: tuple[Path, dict[str, Any]]) -> None:
    path, data = written
    assert path.stem == data["metadata"]["name"]
    assert path.parent.name == data["spec"]["process"]


def test_the_basis_severity_and_clause_go_together(written: tuple[Path, dict[str, Any]]) -> None:
    spec = written[1]["spec"]
    assert ("clause" in spec) == (spec["basis"] != "house")
    if spec["basis"] == "requirement":
        assert "part1_2005" in spec["clause"]
        assert "part1_2018" in spec["clause"]
    if spec["basis"] == "recommendation":
        assert "part2_2005" in spec["clause"]
        assert "part1_2005" not in spec["clause"]
    if spec["basis"] == "house":
        assert spec["severity"] != "error"
    if spec["enforcement"] == "advisory":
        assert spec["severity"] != "error"


def test_a_rule_without_exceptions_says_why(written: tuple[Path, dict[str, Any]]) -> None:
    spec = written[1]["spec"]
    assert (spec["enforcement"] == "hard") == ("No waiver" in spec["description"])


def test_clauses_are_numbers(written: tuple[Path, dict[str, Any]]) -> None:
    for numbers in written[1]["spec"].get("clause", {}).values():
        assert re.fullmatch(r"\d+(\.\d+)+(, \d+(\.\d+)+)*", numbers)


def test_the_texts_say_something_and_claim_nothing(written: tuple[Path, dict[str, Any]]) -> None:
    data = written[1]
    spec = data["spec"]
    texts = [data["metadata"]["title"], spec["description"], spec["remediation"], spec["message"]]
    texts += [example["name"] for example in spec["examples"]]
    for text in texts:
        assert text.strip()
        assert not CLAIMS.search(text), text
    assert len(spec["description"]) > 80
    assert len(spec["remediation"]) > 40
    assert len({example["name"] for example in spec["examples"]}) == len(spec["examples"])


def test_the_examples_behave(written: tuple[Path, dict[str, Any]], book: Rulebook) -> None:
    """Among others: each record and each of its world is valid, and there is one that passes and one that fails."""
    policy = book.policy(written[0].stem)
    assert policy is not None
    outcomes = trial.run(policy, book.law)
    assert [f"{o.name}: {t.message}" for o in outcomes for t in o.troubles] == []
    assert {"pass", "fail"} <= {outcome.verdict for outcome in outcomes}


def test_some_failing_example_says_where(written: tuple[Path, dict[str, Any]]) -> None:
    spec = written[1]["spec"]
    assert any("at" in example for example in spec["examples"])


def test_messages_name_values_of_the_record(written: tuple[Path, dict[str, Any]], book: Rulebook) -> None:
    """A message that is the same for every record does not help to mend one: failing records get their own."""
    policy = book.policy(written[0].stem)
    assert policy is not None
    for outcome in trial.run(policy, book.law):
        if outcome.verdict == "fail":
            assert outcome.message
            assert outcome.message != f"{policy.rule.title}: this does not hold"
            assert outcome.message == outcome.message.strip()
            assert not outcome.message.endswith((".", ",", ";", ":", ", ", " and"))


# --- mutation


def test_the_examples_notice_every_mutant(written: tuple[Path, dict[str, Any]], book: Rulebook) -> None:
    policy = book.policy(written[0].stem)
    assert policy is not None
    alive = set(_survivors(policy, book))
    explained = {key for key in SURVIVORS if key[0] == policy.rule.id}
    assert alive == explained


def _survivors(policy: Policy, book: Rulebook) -> Iterator[tuple[str, str, str]]:
    """(rule, expression, mutant) of every mutant under which all examples still behave as they say."""
    # nothing is known of the types, so that the examples have to notice what the checker would
    blind = {name: replace(held, result=cel.DYN) for name, held in functions.signatures(book.types).items()}
    for label, program, names in _expressions(policy):
        environment = cel.Environment(dict.fromkeys(names, cel.DYN), blind)
        for mutant in mutants(program.text):
            try:
                changed = environment.compile(mutant.text)
            except cel.CompileError:
                continue  # it is no expression at all, such as a text minus a text
            if not _noticed(_with(policy, label, program, changed), book):
                yield policy.rule.id, program.text, str(mutant)


def _expressions(policy: Policy) -> Iterator[tuple[str, cel.Program, tuple[str, ...]]]:
    """when, each let, and assert; with the names that each may speak of."""
    names: tuple[str, ...] = ("self", "as_of")
    if policy.when is not None:
        yield "when", policy.when, names
    for name, program in policy.lets:
        yield "let", program, names
        names += (name,)
    yield "assert", policy.check, names


def _with(policy: Policy, label: str, old: cel.Program, new: cel.Program) -> Policy:
    if label == "when":
        return replace(policy, when=new)
    if label == "assert":
        return replace(policy, check=new)
    return replace(policy, lets=tuple((name, new if program is old else program) for name, program in policy.lets))


def _noticed(policy: Policy, book: Rulebook) -> bool:
    """Does any example misbehave? Only the verdict counts: places and messages may move with a mutant."""
    for example in policy.examples:
        outcome = trial.run(replace(policy, examples=(example,)), book.law)[0]
        verdict = "pass" if outcome.verdict == "does not apply" else outcome.verdict
        if verdict != example.expect:
            return True
    return False


# --- the mutants themselves


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == b", ["a != b"]),
        ("a < 5", ["a <= 5", "a >= 5", "a < 6"]),
        ("a <= b", ["a < b", "a > b"]),
        ("a in b", ["!(a in b)"]),
        ("a && b", ["true && b", "a || b", "a && true"]),
        ("a || b", ["false || b", "a && b", "a || false"]),
        ("!a", ["a"]),
        ("has(a.b)", ["!has(a.b)"]),
        ("a.all(x, x)", ["a.exists(x, x)"]),
        ("a.exists(x, x)", ["a.all(x, x)"]),
        ("a.filter(x, x)", ["a.filter(x, !(x))"]),
        ("a.map(x, x, y)", ["a.map(x, !(x), y)"]),
        ("a ? b : c", ["!(a) ? b : c"]),
        ("f('x')", ["f('mutant')"]),
        ("closed(a)", ["!closed(a)"]),
        ("true", ["false"]),
        ("-1.5", ["-0.5"]),
        ("(a || b) && c", ["true && c", "(false || b) && c", "(a && b) && c", "(a || false) && c"]),
        ("(a ? b : c) < (d)", ["(!(a) ? b : c) < (d)", "(a ? b : c) <= (d)", "(a ? b : c) >= (d)"]),
    ],
)
def test_a_mutant_is_one_change(text: str, expected: list[str]) -> None:
    found = [mutant.text for mutant in mutants(text)]
    assert set(expected) <= set(found)
    assert text not in found
    environment = cel.Environment(dict.fromkeys("abcdxy", cel.DYN), _FREE)
    for mutant in found:
        environment.compile(mutant)


_FREE = {
    "f": cel.Function("f", ((cel.DYN,),), cel.BOOL, "Any."),
    "closed": cel.Function("closed", ((cel.DYN,),), cel.BOOL, "Any."),
}


def test_a_rule_whose_examples_notice_too_little_has_survivors(book: Rulebook) -> None:
    """The mutation test can fail: without its boundary examples, CHG-19 no longer says how many days there are."""
    policy = book.policy("CHG-19")
    assert policy is not None
    blunt = replace(policy, examples=tuple(e for e in policy.examples if "thirty" not in e.name))
    assert any("30 -> 31" in mutant for _, _, mutant in _survivors(blunt, book))
