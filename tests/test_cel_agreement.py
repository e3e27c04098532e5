"""The fast and the tracing evaluator are two programs with one meaning: held to each other on generated expressions."""

from __future__ import annotations

from typing import Any

import pytest
from celcheck import both, outcome, shown
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.cel import CompileError, Environment, EvaluationError, Function

DATA: dict[str, Any] = {
    "r": {
        "a": {"b": 1, "c": "x"},
        "l": [1, 2.0, "x", None, True, {"a": 3}],
        "n": None,
        "z": 0,
        "m": {"x": 1, "y": [2]},
    },
    "l": [3, 1, 2],
    "t": cel.Timestamp(10**18),
}
ENVIRONMENT = Environment(
    {"r": cel.DYN, "l": cel.ListType(cel.DYN), "t": cel.TIMESTAMP, "absent": cel.DYN},
    {"f": Function("f", ((cel.DYN,),), cel.DYN), "fail": Function("fail", ((),), cel.DYN)},
)


def _fail() -> object:
    raise EvaluationError("it fails")


FUNCTIONS = {"f": lambda value: [value, {"v": value}], "fail": _fail}

LEAVES = st.sampled_from(
    [
        *("r", "l", "r.a", "r.a.b", "r.a.c", "r.l", "r.n", "r.z", "r.m", "r.gone", "r.gone.more", "r.l[5].a", "absent"),
        *("i", "j", "1", "0", "-1", "2u", "1.0", "'x'", "''", "b'x'", "true", "false", "null", "[]", "{}", "t"),
        *("[1, 'x']", "{'a': 1}", "fail()", "duration('1s')", "optional.none()", "r.?a", "1 / r.z"),
    ]
)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two, three = st.tuples(inner, inner), st.tuples(inner, inner, inner)
    binary = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"])
    macro = st.sampled_from(["all", "exists", "exists_one", "filter", "map"])
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda p: f"(dyn({p[0]}) {p[1]} dyn({p[2]}))"),
        three.map(lambda p: f"(dyn({p[0]}) || dyn({p[1]}) || dyn({p[2]}))"),
        three.map(lambda p: f"(dyn({p[0]}) && dyn({p[1]}) && dyn({p[2]}))"),
        three.map(lambda p: f"(dyn({p[0]}) ? dyn({p[1]}) : dyn({p[2]}))"),
        inner.map(lambda p: f"!dyn({p})"),
        inner.map(lambda p: f"has(dyn({p}).a)"),
        inner.map(lambda p: f"dyn({p}).a"),
        inner.map(lambda p: f"dyn({p}).?a"),
        inner.map(lambda p: f"size(dyn({p}))"),
        inner.map(lambda p: f"f({p})"),
        two.map(lambda p: f"dyn({p[0]})[dyn({p[1]})]"),
        two.map(lambda p: f"dyn({p[0]})[?dyn({p[1]})]"),
        two.map(lambda p: f"dyn({p[0]}).orValue({p[1]})"),
        two.map(lambda p: f"[{p[0]}, {p[1]}]"),
        two.map(lambda p: f"{{'a': {p[0]}, 'b': {p[1]}}}"),
        two.map(lambda p: f"cel.bind(i, {p[0]}, {p[1]})"),
        two.map(lambda p: f"dyn({p[0]}).optMap(i, {p[1]})"),
        st.tuples(inner, macro, st.sampled_from(["i", "j"]), inner).map(
            lambda p: f"dyn({p[0]}).{p[1]}({p[2]}, dyn({p[3]}))"
        ),
        three.map(lambda p: f"dyn({p[0]}).map(i, dyn({p[1]}), {p[2]})"),
        two.map(lambda p: f"dyn({p[0]}).exists(i, j, dyn({p[1]}))"),
        two.map(lambda p: f"dyn({p[0]}).transformMap(i, j, dyn({p[1]}))"),
        two.map(lambda p: f"dyn({p[0]}).transformList(i, j, dyn({p[1]}) == i, j)"),
    )


EXPRESSIONS = st.recursive(LEAVES, _grow, max_leaves=12)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(EXPRESSIONS, st.sampled_from([100_000, 100, 20]))
def test_both_evaluators_give_the_same_value_or_the_same_error(text: str, budget: int) -> None:
    environment = ENVIRONMENT.extend({"i": cel.DYN, "j": cel.DYN})
    try:
        program = environment.compile(text)
    except CompileError:
        assume(False)
        return
    data = {**DATA, "i": 1, "j": "x"}
    outcome(lambda: both(program, data, FUNCTIONS, budget))
    made = program.trace(data, FUNCTIONS, budget)
    made.blame()
    assert made.lines()[0].depth == 0
    known = {(root.removesuffix("()"), steps) for root, steps in program.paths}
    for read in made.reads:
        assert any(root == read.root for root, _ in known), (text, read)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_what_is_evaluated_twice_gives_the_same(text: str) -> None:
    environment = ENVIRONMENT.extend({"i": cel.DYN, "j": cel.DYN})
    try:
        program = environment.compile(text)
    except CompileError:
        assume(False)
        return
    data = {**DATA, "i": 1, "j": "x"}
    before = repr(data)
    first = outcome(lambda: program.run(data, FUNCTIONS))
    assert outcome(lambda: program.run(data, FUNCTIONS)) == first
    assert repr(data) == before


WITNESS = ENVIRONMENT.extend({"it": cel.DYN})
CALLED = Environment(WITNESS.variables, {**ENVIRONMENT.functions, "seen": Function("seen", ((cel.DYN,),), cel.BOOL)})


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, st.booleans())
def test_what_is_proven_quickly_is_what_the_closures_give(text: str, guarded: bool) -> None:
    """The short way may give up wherever it likes; where it ends, the value is that of the closures."""
    try:
        program = ENVIRONMENT.compile(text)
    except CompileError:
        assume(False)
    values: list[object] = []
    functions = {**FUNCTIONS, "seen": lambda value: values.append(value) or True}
    guard = CALLED.compile("size(l) == 3") if guarded else None
    claim = cel.Claim("r", guard, [("it", program)], CALLED.compile("seen(it)"))
    rest = {name: value for name, value in DATA.items() if name != "r"}
    if cel.unproven([claim], rest, functions)(DATA["r"]):
        return
    assert ("value", *shown(values[0])) == outcome(lambda: program.run(DATA, functions)), text


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EXPRESSIONS, min_size=2, max_size=4))
def test_claims_that_are_proven_together_do_not_disturb_each_other(texts: list[str]) -> None:
    claims = []
    for text in texts:
        try:
            claims.append(cel.Claim("r", None, [("it", ENVIRONMENT.compile(text))], CALLED.compile("f(it) == f(it)")))
        except CompileError:
            assume(False)
    rest = {name: value for name, value in DATA.items() if name != "r"}
    together = set(cel.unproven(claims, rest, FUNCTIONS)(DATA["r"]))
    alone = {at for at, claim in enumerate(claims) if cel.unproven([claim], rest, FUNCTIONS)(DATA["r"])}
    assert alone <= together
    if len(together) < len(claims):  # else a part of the subject that one of them asks for is not there
        assert alone == together


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ("self.on", {"on": "yes"}),
        ("self.on || self.off", {"on": 1, "off": True}),
        ("has(self.on.y)", {"on": "xyz"}),
        ("self.on == 1", {"on": True}),
        ("self.on[0 - 1]", {"on": [True]}),
        ("self.on.all(i, i)", {"on": "ab"}),
        ("self.on.all(i, i)", {"on": [1]}),
        ("self.on.?y.orValue(true)", {"on": "x"}),
        ("self.on < 2", {"on": True}),
        ("size(self.on) > 0", {"on": 7}),
        ("self.gone == 'x' || true", {}),
    ],
)
def test_nothing_is_proven_of_a_value_that_python_takes_otherwise(body: str, subject: dict[str, Any]) -> None:
    """Where Python's meaning of the same letters differs from CEL's."""
    program = Environment({"self": cel.DYN}).compile(f"dyn({body})", expect=None)
    claim = cel.Claim("self", None, [], program)
    try:
        exact: object = claim.exact({}, {})(subject)
    except EvaluationError as error:
        exact = error.message
    try:
        found: object = claim.bound({}, {})(subject)
    except EvaluationError as error:
        found = error.message
    assert found == exact
    assert claim.swift.beyond == ()


def test_a_rule_cannot_write_python() -> None:
    """Texts stay texts, whatever they spell."""
    evil = "__import__('os').system('false')"
    program = Environment({"self": cel.DYN}).compile(f"self['x'] != \"{evil}\" && self.__class__ != '\\n'")
    claim = cel.Claim("self", None, [], program)
    assert list(cel.unproven([claim], {}, {})({"x": "y", "__class__": "z"})) == []
    with pytest.raises(EvaluationError, match="no such key: __class__"):
        claim.bound({}, {})({"x": "y"})
