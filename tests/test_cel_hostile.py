"""Expressions and data made to do harm: each ends soon, in a value or in an error that says what is too much."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from celcheck import both, evaluate, outcome, problems
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.cel import CompileError, Environment, EvaluationError

THOUSAND = list(range(1000))
BIG = "x" * 10_000_000
EXHAUSTED = "the expression needs more than 100,000 steps"


def refused(text: str, **data: object) -> str:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text, **data)
    assert caught.value.fatal
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "v.all(a, v.all(b, v.all(c, a + b + c >= 0)))",
        "v.all(a, v.all(b, v.all(c, a + b + c >= 0))) || true",
        "v.map(a, v.map(b, a + b)).all(x, true)",
        "[1].exists(x, v.all(a, v.all(b, a >= 0)) || true)",
        "v.exists(a, v.all(b, 1 / (a - a) > 0) || v.all(b, 1 / (a - a) > 0))",
        "v.filter(a, size(v.filter(b, a == b)) > 1)",
        "v.all(a, !(a in w))",
        "v.all(a, w == w)",
        "v.all(a, {'k': w} == {'k': w})",
        "v.all(a, sets.contains(w, [[a]]))",
        "sets.equivalent(v + v + v, v + v + v)",
        "v.all(a, size(w.distinct()) > 0 || size(w.map(x, [x]).distinct()) > 0)",
        "v.all(a, size(lists.range(1000000000)) > 0)",
        "v.transformMap(i, x, w).transformMap(i, x, x.map(y, y)).size() > 0",
    ],
)
def test_loops_in_loops_run_out_of_steps(text: str) -> None:
    assert refused(text, v=THOUSAND, w=[[n] for n in THOUSAND]) == EXHAUSTED


@pytest.mark.parametrize(
    "text",
    [
        "[1,2,3,4].map(x, ['xx','xx']" + ".map(x, [x + x, x + x])" * 1 + ")" + ".map(x, x + x)" * 40 + ".size() > 0",
        "cel.bind(a, s + s, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, size(d + d) > 0))))",
        "v.map(i, s + s).size() > 0",
        "v.map(i, s.replace('x', s)).size() > 0",
        "size(s.replace('x', s)) > 0",
        "v.map(i, s).join(s).size() > 0",
        "v.all(i, s.split('').size() > 0)",
        "v.all(i, s.lowerAscii() != '')",
        "v.all(i, '%s%s'.format([s, s]) != '')",
        "v.all(i, bytes(s) != b'')",
        "v.all(i, s.reverse() != '')",
        "v.all(i, !s.contains('y'))",
        "cel.bind(l, v + v, cel.bind(m, l + l, cel.bind(n, m + m, m.map(x, n + n).size() > 0)))",
        "v.all(i, v.all(j, j < 20 ? '%.1000f%.1000f'.format([1.0, 2.0]).size() > 0 : true))",
    ],
)
def test_text_and_lists_that_double_run_out_of_steps(text: str) -> None:
    assert refused(text, v=THOUSAND, s="x" * 1_000_000) == EXHAUSTED


def _shared(inner: object) -> Any:
    """A list of two lists that are one and the same, 40 levels deep: 2^40 elements for whoever counts them out."""
    for _ in range(40):
        inner = [inner, inner]
    return inner


@pytest.mark.parametrize(
    "text",
    [
        "v == w",
        "v in [w]",
        "{'a': v} == {'a': w}",
        "[v, w].distinct().size() > 0",
        "sets.intersects([v], [w])",
        "[v].exists(x, x == w)",
        "optional.of(v) == optional.of(w)",
        "size('%s'.format([v])) > 0",
        "size('%s'.format([[{'a': v}]])) > 0",
        "size(v.flatten(50)) > 0",
    ],
)
def test_values_that_hold_each_other_run_out_of_steps(text: str) -> None:
    assert refused(text, v=_shared(1), w=_shared(1)) == EXHAUSTED


def test_a_rule_that_builds_such_values_runs_out_of_steps() -> None:
    text = "size('%s'.format([v39])) > 0"
    for level in reversed(range(1, 40)):
        text = f"cel.bind(v{level}, [v{level - 1}, v{level - 1}], {text})"
    assert refused(f"cel.bind(v0, [1], {text})") == EXHAUSTED


@pytest.mark.parametrize("text", ["v[w]", "{'a': v}[w]", "v[{'a': w}]"])
def test_such_values_are_not_counted_out_in_messages(text: str) -> None:
    with pytest.raises(EvaluationError, match=r"no such overload: \[\] does not work on (list|map) and (list|map)"):
        evaluate(text, v=_shared(1), w=_shared(1))


def test_a_run_costs_the_same_each_time() -> None:
    program = Environment({"v": cel.DYN}).compile(
        "v.exists(a, a == 500) && v.filter(a, a > 990).all(b, 'x'.matches('^x$'))"
    )

    def passes(budget: int) -> bool:
        return outcome(lambda: both(program, {"v": THOUSAND}, budget=budget))[0] == "value"

    # each loop pays 1000 × 4 before it starts; the first gets back what lies behind 500; the last asks 9 elements
    needed = 4 * 501 + 4 * 1000 + 9 * 4
    assert all(passes(needed) and not passes(needed - 1) for _ in range(3))


def test_what_an_early_end_saves_is_given_back() -> None:
    loop = "v.exists(a, a == 0)"
    assert evaluate(" && ".join([loop] * 60), v=THOUSAND) is True
    with pytest.raises(EvaluationError, match="more than 2,000 steps"):
        evaluate(loop, 2000, v=THOUSAND)  # a loop pays for its whole list before it starts


def test_the_budget_is_the_hosts() -> None:
    assert evaluate("v.all(a, a >= 0)", 4000, v=THOUSAND) is True
    with pytest.raises(EvaluationError, match="the expression needs more than 3,999 steps"):
        evaluate("v.all(a, a >= 0)", 3999, v=THOUSAND)


def test_text_of_ten_megabytes() -> None:
    assert evaluate("size(v) == 10000000 && v.startsWith('xx') && !v.endsWith('y') && !v.contains('y')", v=BIG) is True
    assert evaluate("v == w && v <= w", v=BIG, w=BIG[:-1] + "x") is True
    assert evaluate("v.matches('(a+)+$') || true", v=BIG) is True
    with pytest.raises(EvaluationError, match=r"matches\(\) looks at up to 1,048,576 characters, not at 10,000,000"):
        evaluate("v.matches('(a+)+$')", v=BIG)
    assert evaluate("v.matches('(a+)+$')", v="a" * 1_000_000 + "!") is False
    for text in ("int(v)", "double(v)", "timestamp(v)", "duration(v)", "bool(v)", "v.getHours()", "ip(v)", "cidr(v)"):
        with pytest.raises(EvaluationError) as caught:
            evaluate(text, v=BIG)
        assert len(caught.value.message) < 200
    with pytest.raises(EvaluationError, match="is no int"):
        evaluate("int(v)", v="9" * 10_000_000)
    with pytest.raises(EvaluationError, match="is no duration"):
        evaluate("duration(v)", v="9" * 1_000_000 + "x")
    with pytest.raises(EvaluationError, match="is no duration"):
        evaluate("duration(v)", v="1s" * 1_000_000 + "x")


@pytest.mark.parametrize(
    "text", ["1:" * 5_000_000, "/" * 10_000_000, "1.2.3.4/" + "8" * 10_000_000, "::%" + "x" * 9_999_997]
)
def test_ten_megabytes_are_no_address(text: str) -> None:
    assert evaluate("isIP(v) || isCIDR(v)", v=text) is False


def test_bound_values_in_bound_values_end() -> None:
    deep = "".join(f"cel.bind(v{n}, v{n - 1} + 1 + v{n - 1}, " for n in range(1, 25))
    assert evaluate(f"{deep}v24{')' * 24}", v0=0) == 2**24 - 1
    for_each = "v.all(a, cel.bind(b, v.filter(c, c == a), b.size() == 1 && b.size() == 1))"
    assert refused(for_each, v=THOUSAND) == EXHAUSTED


def test_a_trace_of_large_data_shows_it_short() -> None:
    data = {"v": {"text": BIG, "list": [BIG] * 1000, "map": {str(n): BIG for n in range(1000)}, BIG: BIG}}
    made = Environment({"v": cel.DYN}).compile("v.text == '' || v.list == [] || v.map == {} || v == {}").trace(data)
    assert all(len(line.value) <= 72 for line in made.lines())


def test_numbers_beyond_64_bits() -> None:
    huge = 10**5000
    assert evaluate("v > 1 && v == v && v != 1.0 && !(v < 1.0) && v in [v]", v=huge) is True
    for text in (
        "v + 1",
        "v * v",
        "-v",
        "v / 2",
        "v % 2",
        "int(v)",
        "string(v)",
        "'%d'.format([v])",
        "timestamp(v)",
        "duration(v)",
        "uint(v)",
    ):
        with pytest.raises(EvaluationError) as caught:
            evaluate(text, v=huge)
        assert len(caught.value.message) < 200
    with pytest.raises(EvaluationError, match="too large for a double"):
        evaluate("double(v)", v=huge)
    with pytest.raises(EvaluationError, match="index out of range"):
        evaluate("[1][v]", v=huge)
    assert cel.render(huge) == "an int beyond 64 bits"


def test_nul_and_other_characters_that_are_no_text() -> None:
    assert evaluate("size(v) == 3 && v.contains('\\x00') && v == 'a\\x00b'", v="a\0b") is True
    assert evaluate("v.getHours(z)", v=cel.Timestamp(0), z="UTC") == 0
    for zone in (
        "UTC\0",
        "\0",
        "../../etc/passwd",
        "/etc/localtime",
        "posix",
        "Europe",
        "localtime",
        "x" * 100_000,
        "\ud800",
    ):
        with pytest.raises(EvaluationError, match="is no time zone"):
            evaluate("v.getHours(z)", v=cel.Timestamp(0), z=zone)
    with pytest.raises(EvaluationError, match="surrogate"):
        evaluate("bytes(v)", v="\ud800")
    assert evaluate("v == '' || size(v) == 1", v="\ud800") is True
    assert evaluate("'%x'.format([v])", v="\ud800") == "3f"


def nested(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


@pytest.mark.parametrize(
    "text", ["v == w", "v in [w]", "'%s'.format([v]) == ''", "[v].distinct() == [w]", "{'a': v} == {'a': w}"]
)
def test_data_nested_too_deep_is_an_error(text: str) -> None:
    program = Environment({"v": cel.DYN, "w": cel.DYN}).compile(text)
    data = {"v": nested(100_000), "w": nested(100_000)}
    with pytest.raises(EvaluationError, match="the data is nested too deep"):
        program.run(data)
    made = program.trace(data)
    assert made.error is not None
    assert made.error.message == "the data is nested too deep"
    made.blame()
    assert all(len(line.value) <= 72 for line in made.lines())


def test_little_room_on_the_stack_is_an_error_as_well() -> None:
    text = "(" * 60 + "1" + ")" * 60
    program = Environment({"v": cel.DYN}).compile("v" + " + 1" * 150)

    def deeper(levels: int) -> None:
        if levels:
            deeper(levels - 1)
            return
        with pytest.raises(CompileError, match="nested too deep"):
            Environment().compile(text)
        with pytest.raises(EvaluationError, match="nested too deep"):
            program.run({"v": 1})
        assert program.trace({"v": 1}).error is not None

    used = len(list(_frames()))
    deeper(sys.getrecursionlimit() - used - 110)


def _frames() -> Iterator[object]:
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back  # type: ignore[assignment]


def test_a_pattern_that_multiplies_is_refused_when_it_is_compiled() -> None:
    (problem,) = problems("'a'.matches('((a{500}){500}){500}')")
    assert problem.message == "the pattern cannot be used: the pattern is too large: its repetitions multiply"


def test_names_that_python_knows_mean_nothing() -> None:
    for text in (
        "__import__('os')",
        "v.__class__",
        "v.__dict__",
        "v.keys()",
        "v['__class__']",
        "exec('1')",
        "None",
        "lambda",
        "v.items",
    ):
        outcome_ = problems(text, Environment({"v": cel.DYN}))
        if not outcome_:
            with pytest.raises(EvaluationError, match="no such key"):
                evaluate(text, v={"a": 1})


TEXT = st.text(st.one_of(st.sampled_from(list("abv.()[]{}+-*/%!?:,<>=&|'\"\\rb01 \n`")), st.characters()), max_size=60)
PIECES = [
    *(
        "v",
        "w",
        "1",
        "2u",
        "1.5",
        "'a'",
        "b'x'",
        "true",
        "false",
        "null",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ".",
        ".?",
        ",",
        ":",
    ),
    *(
        "?",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "&&",
        "||",
        "in",
        "has(",
        "size(",
        "all(",
        "i",
    ),
    *("i,", "map(", "filter(", "exists(", "matches(", "cel.bind(", "orValue(", "int(", "string(", "timestamp(", "``"),
    *("duration(", "format(", "math.greatest(", "x", ".x", "[?"),
]
WORDS = st.lists(
    st.sampled_from(PIECES),
    max_size=25,
).map(" ".join)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.binary(max_size=3))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("abx", max_size=2), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXT, WORDS))
def test_any_text_is_a_program_or_is_refused_with_a_place(text: str) -> None:
    found = problems(text, Environment({"v": cel.DYN, "w": cel.INT}))
    for problem in found:
        assert problem.message
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.column >= 1
        assert 0 <= problem.start <= problem.end <= len(text) + 1
    if not found:
        program = Environment({"v": cel.DYN, "w": cel.INT}).compile(text)
        outcome(lambda: both(program, {"v": {"x": 1}, "w": 2}))


READERS = [
    "v",
    "v.a",
    "v[0]",
    "v['a']",
    "v[?'a'].hasValue()",
    "v.?a.b.orValue(1)",
    "has(v.a)",
    "size(v)",
    "v == w",
    "v < w",
    "v + w",
    "v - w",
    "v * w",
    "v / w",
    "v % w",
    "-v",
    "!v",
    "v in w",
    "v && w",
    "v || w",
    "v ? 1 : 2",
    "v.all(i, i == w)",
    "v.exists(i, i.a > 1)",
    "v.exists_one(i, i)",
    "v.map(i, i + w)",
    "v.filter(i, i != null)",
    "v.all(i, x, x == i)",
    "v.transformMap(k, x, [x])",
    "v.transformMapEntry(k, x, {x: k})",
    "[v, w]",
    "{v: w}",
    "int(v)",
    "uint(v)",
    "double(v)",
    "string(v)",
    "bytes(v)",
    "bool(v)",
    "timestamp(v)",
    "duration(v)",
    "type(v)",
    "dyn(v)",
    "v.startsWith(w)",
    "v.contains(w)",
    "v.matches(w)",
    "v.replace(w, w)",
    "v.split(w)",
    "v.join()",
    "v.substring(w)",
    "v.charAt(w)",
    "v.indexOf(w)",
    "v.lastIndexOf(w, 1)",
    "v.trim()",
    "v.reverse()",
    "'%s %d'.format([v, w])",
    "'%f %e'.format([v, w])",
    "'%x%o%b'.format([v, w, w])",
    "v.getHours(w)",
    "v.getFullYear()",
    "math.greatest(v, w)",
    "math.abs(v)",
    "math.sqrt(v)",
    "math.round(v)",
    "math.bitAnd(v, w)",
    "math.bitShiftLeft(v, w)",
    "math.sign(v)",
    "sets.contains(v, w)",
    "sets.equivalent(v, w)",
    "v.distinct()",
    "v.sort()",
    "v.flatten()",
    "v.slice(0, w)",
    "v.first().value()",
    "v.value()",
    "v.or(w)",
    "optional.ofNonZeroValue(v).hasValue()",
    "[?v]",
    "{'a': 1, ?w: v}",
    "v.optMap(x, x)",
    "lists.range(v)",
    "strings.quote(v)",
    "base64.decode(v)",
    "base64.encode(v)",
    "ip(v)",
    "cidr(v)",
    "isIP(v) || isCIDR(w)",
    "ip.isCanonical(v)",
    "v.containsIP(w)",
    "v.masked()",
    "cel.bind(x, v.a, x == w || x != w)",
    "cel.bind(x, v.all(i, i == w), x && x)",
    "cel.bind(x, v, x == w)",
    "v.last().orValue(w)",
]
PROGRAMS = {text: Environment({"v": cel.DYN, "w": cel.DYN}).compile(text) for text in READERS}


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(READERS), JSON, JSON)
def test_any_data_gives_a_value_or_an_error_and_both_evaluators_agree(text: str, v: object, w: object) -> None:
    result = outcome(lambda: both(PROGRAMS[text], {"v": v, "w": w}))
    assert result[0] in {"value", "error"}
    made = PROGRAMS[text].trace({"v": v, "w": w})
    assert all(read.root in {"v", "w"} for read in (*made.blame(), *made.reads))
    assert all(len(line.value) <= 72 or line.failed for line in made.lines())


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"cel.bind(v{n}, [v{n - 1}, v{n - 1}], " for n in range(1, 31)) + "size(v30) == 5" + ")" * 30,
        "v0" + ".map(x, x).sort()" * 20 + " == []",
        "v0" + ".filter(x, x in v0)" * 30 + ".map(x, [x])" * 20 + " == []",
        "v0.all(a, v0.map(b, a + b).sort().map(c, c + a).sort().exists(d, d >= 0))",
    ],
)
def test_where_values_came_from_is_found_in_time_linear_in_the_steps(text: str) -> None:
    made = Environment({"v0": cel.ListType(cel.INT)}).compile(text).trace({"v0": list(range(30))})
    assert made.error is None
    assert cel.Read("v0", "") in made.blame()
    assert made.reads
    assert made.lines()
