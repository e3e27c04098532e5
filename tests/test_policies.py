"""The policies that we ship: each says what it does, its examples hold, and they pin every operator and constant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from itsmctl import cel, functions, policy, rulebook, yamltext
from itsmctl.policy import mutation, stage, trial
from itsmctl.recordtypes import RecordTypes
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsmctl.policy import Policy
    from itsmctl.rulebook import Rulebook

POLICIES = Path(__file__).resolve().parent.parent / "policies"
FILES = sorted(POLICIES.glob("*/*.yaml"))
IDS = [path.stem for path in FILES]

# What a rule may not say of a record: verdicts that only an auditor gives, or that no rule of ours stands for.
CLAIMS = re.compile(r"complian|certif|conforman|non-?conformit|conforms to iso|\bshall\b", re.IGNORECASE)

# Mutants that no example notices, with the reason why none can: (rule, expression, mutant) → reason.
_IN_FORCE = "edited(self) && before(self) != null && before(self).spec.state == 'in-force'"
_WRONG = (
    "self.spec.items.filter(i, i.action != 'add' && has(i.from) && resolves(i.item) && before(ref(i.item)) != null\n"
    "  && has(before(ref(i.item)).spec.version) && before(ref(i.item)).spec.version != i.from)"
)
SURVIVORS: dict[tuple[str, str, str], str] = {
    ("CHG-05", _WRONG, "before(ref(i.item)) != null -> true at 82"): "an item that comes with the head was nowhere "
    "before it, and in an example the rest of the world stood at the base as it does now: test_gate_honest has one",
    ("SLM-06", _IN_FORCE, "edited(self) -> true at 0"): "an agreement "
    "that nobody edited passes all the same: the condition only saves looking through it field by field",
}


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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "  examples:\n    - {name: a, record: {}, expect: pass}\n",
            "examples has only 1: 2 are needed, one that pass",
        ),
        ("  examples: []\n", "examples is empty"),
    ],
)
def test_too_few_examples_are_told_with_what_is_needed(book: Rulebook, content: str, says: str) -> None:
    head = FILES[0].read_text(encoding="utf-8").partition("  examples:\n")[0]
    file = SourceFile("policies/TST-01.yaml", (head + content).encode())
    [problem] = policy.read(file, book.types, policy.environment(book.types), builtin=False).problems
    assert says in problem


def test_an_empty_file_is_told_how_to_get_a_rule(book: Rulebook) -> None:
    draft = policy.read(SourceFile("policies/TST-01.yaml", b""), book.types, policy.environment(book.types), False)
    [problem] = draft.problems
    assert "itsmctl new Policy" in problem
    assert "record" not in problem


def test_the_examples_behave(written: tuple[Path, dict[str, Any]], book: Rulebook) -> None:
    """Among others: each record and each of its world is valid, and there is one that passes and one that fails."""
    policy = book.policy(written[0].stem)
    assert policy is not None
    outcomes = trial.run(policy, book.law)
    assert [f"{o.name}: {t.message}" for o in outcomes for t in o.troubles] == []
    stages = [stage.set_up(policy, one.position, book.law) for one in outcomes]
    assert [trial.verdict(policy, one) for one in stages if isinstance(one, stage.Stage)] == [
        o.verdict for o in outcomes
    ]
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
    for one in mutation.survivors(policy, book.law, book.types):
        yield policy.rule.id, one.program.text, str(one.mutant)


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
    found = [mutant.text for mutant in mutation.mutants(text, {"closed"})]
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
    near = ("thirty", "analysed")  # both lie a day beside the boundary
    kept = tuple(e for e in policy.examples if not any(word in e.name for word in near))
    blunt = replace(policy, showing=lambda: kept)
    assert any("30 -> 31" in mutant for _, _, mutant in _survivors(blunt, book))


def test_what_is_read_of_a_shipped_file_at_once_is_all_of_it_but_the_examples(
    written: tuple[Path, dict[str, Any]],
) -> None:
    """The rulebook reads a shipped policy up to its examples, and compiles it unchecked when it is needed."""
    path, data = written
    head, mark, _ = path.read_bytes().partition(b"\n  examples:\n")
    assert mark
    spec = {name: value for name, value in data["spec"].items() if name != "examples"}
    assert yamltext.read(head) == {**data, "spec": spec}


def test_every_shipped_policy_loads_as_one_of_a_repository_would(
    book: Rulebook, written: tuple[Path, dict[str, Any]]
) -> None:
    """So it has the form of a policy file, compiles, and says of itself that it needs a base."""
    path, data = written
    types = RecordTypes(book.kinds)
    environment = cel.Environment({"as_of": cel.TIMESTAMP}, functions.signatures(types))
    name = f"policies/{path.parent.name}/{path.name}"
    draft = policy.read(SourceFile(name, path.read_bytes()), types, environment, builtin=True)
    assert draft.problems == ()
    assert draft.policy is not None
    shipped = book.policy(data["metadata"]["name"])
    assert shipped is not None
    assert draft.policy.rule == shipped.rule
    assert draft.policy.examples == shipped.examples
    texts = [[program.text for _, program in one.expressions] for one in (draft.policy, shipped)]
    assert texts[0] == texts[1]
    assert draft.policy.message.text == shipped.message.text


# Rules of a form that only the closures know; each costs several times as much on every record.
SLOW: frozenset[str] = frozenset()


def test_that_a_shipped_policy_holds_is_proven_the_short_way(
    book: Rulebook, written: tuple[Path, dict[str, Any]]
) -> None:
    held = book.policy(written[1]["metadata"]["name"])
    assert held is not None
    assert bool(held.claim.swift.beyond) == (held.rule.id in SLOW)
