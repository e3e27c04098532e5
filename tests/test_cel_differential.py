"""What an expression gives here it gives in the C++ implementation of CEL: held to it on expressions made at random.

The run is the same each time. To search further, raise the number of examples and take `derandomize` out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from celcheck import both
from celgrammar import VARIABLES, Grammar, variable_type
from celpeer import MISSING, Peer, canonical
from celspec import claimed, type_of
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from itsmctl import cel

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

EXTENSIONS = frozenset({"optional", "math", "strings", "encoders"})
"""What the binding offers; not cel.bind, which takes the value of another variable there if a macro came before."""
WITHOUT = frozenset(
    [
        "u",  # the binding takes a whole number for an int
        # the text of 1.5s is 1.500s there
        *("duration('1.5s')", "duration('36h2m0.001s')", "timestamp('2024-02-29T23:59:59.5Z')"),
        "timestamp('2026-03-29T01:30:00+02:00')",  # its text is in UTC there
        # in some zones they lie in the years 0 and 10000
        *("timestamp('0001-01-01T00:00:00Z')", "timestamp('9999-12-31T23:59:59.999999999Z')"),
        *("'0x1F'", "'+1'", "' a b '"),  # numbers and base64 there
        *("(0.0 / 0.0)", "(1.0 / 0.0)", "string_format"),  # NaN is the greatest number there; texts differ
        "int_position_from",  # lastIndexOf() from the end is -1 in cel-go
        "bool_among_anything",  # null in a map is an error there, and false in cel-go
        "list_split",  # ''.split('') is [''] there, [] in cel-go
    ]
)
KNOWN = (
    ("error", "value", "is given twice", "", "cel-go and C++ do not look, the specification does"),
    ("error", "value", r"\dt\S+z' is no timestamp", "", "small letters are no RFC 3339 in cel-go"),
    ("error", "value", "NaN has no order", "", "as in cel-go"),
    ("error", "value", r"int\(\) does not take bool", "", "as in cel-go"),
    ("error", "value", "do not agree whether", "", "the first second of 1970 is the zero value in C++, not in cel-go"),
    ("value", "error", "", "<end> is greater than", "substring() up to the end: cel-go gives it"),
    ("value", "error", "", r"int\(duration\)|duration\(int64\)", "as in cel-go"),
    ("value", "error", "", "ALREADY_EXISTS", "a key given twice is an error like others here: || absorbs it"),
    ("value", "error", "", "Invalid map key type", "the key of an entry that is left out is not looked at in cel-go"),
    ("value", "error", "", "No matching overloads found : @in", "null in a map: cel-go says that it is not"),
    ("value", "refused", "", r"\[\]|\{\}|optional\.none\(\)", "elements of nothing are of any type here"),
    (
        "refused",
        "value",
        "is no (duration|timestamp)|out of range",
        "",
        "text that is written out is tried when it is compiled",
    ),
    ("value", "refused", "", "overload for '_[<>]=?_'", "numbers of different types have an order, as in Kubernetes"),
    ("refused", "value", "a key of a map is", "", "what is no key is a mistake"),
    ("refused", "value", "never (equal|in)", "", "what is always false is a mistake"),
    ("refused", "value", "null", "", "null is no duration, timestamp or optional here"),
)
"""Where the two may differ: what each ends in, what stands in ours, and in theirs or the expression; and why."""
TYPES = {name: variable_type(kind) for name, (kind, _) in VARIABLES.items() if name not in WITHOUT}
DATA = {name: cel.Environment().compile(VARIABLES[name][1]).run() for name in TYPES}
ENVIRONMENT = cel.Environment({name: type_of(written) for name, written in TYPES.items()})


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    started = Peer({name: (TYPES[name], DATA[name]) for name in TYPES})
    yield started
    started.close()


@st.composite
def expressions(draw: st.DrawFn) -> str:
    grammar = Grammar(lambda options: draw(st.sampled_from(options)), EXTENSIONS, WITHOUT)
    return grammar.expression(draw(st.integers(1, 3)))


def ours(text: str) -> tuple[str, str]:
    """What we make of the expression, as `Peer.ask` tells it."""
    try:
        program = ENVIRONMENT.compile(text)
    except cel.CompileError as error:
        return "refused", str(error)
    try:
        value = both(program, DATA, budget=10**7)
    except cel.EvaluationError as error:
        claimed(program, DATA, None)
        return "error", error.message
    claimed(program, DATA, value)
    return "value", canonical(value)


def disagreement(text: str, mine: tuple[str, str], theirs: tuple[str, str]) -> str:
    """How the two differ where they must not; "" where they agree."""
    if mine[0] == theirs[0] == "value":
        for written, meant in (("'inf'", "'+Inf'"), ("'-inf'", "'-Inf'"), ("'-nan'", "'NaN'")):  # as cel-go has it
            theirs = (theirs[0], theirs[1].replace(written, meant))
        # a map may be gone through in any order, and a list made that way
        same = mine == theirs or (mine[1][0] == theirs[1][0] == "[" and sorted(mine[1]) == sorted(theirs[1]))
        return "" if same else f"{mine[1]} here, {theirs[1]} there"
    if "value" not in (mine[0], theirs[0]):
        return ""
    for here, there, my_words, their_words, _ in KNOWN:
        spoken = f"{theirs[1]}\n{text}"
        if (here, there) == (mine[0], theirs[0]) and re.search(my_words, mine[1]) and re.search(their_words, spoken):
            return ""
    return f"{mine} here, {theirs} there"


@settings(
    max_examples=450,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(expressions())
@example("cel.bind(x, {}['a'], true)")
@example("cel.bind(x, 1 / 0 > 0, x || true)")
@example("dyn(b'') in {'a': 1}")
@example("math.ceil(-0.5)")
@example("math.trunc(-0.2)")
@example("-dyn(duration('1s')) == duration('-1s')")
@example("{'a': optional.of(1)}[?s].orValue(optional.of(2)) == optional.none()")
@example("[1] + ['a'] == []")
def test_both_implementations_agree(peer: Peer, text: str) -> None:
    theirs = peer.ask(text)
    assert theirs[0] != "crashed"
    assert disagreement(text, ours(text), theirs) == ""


def test_a_disagreement_is_seen() -> None:
    assert disagreement("1", ("value", "int 1"), ("value", "int 2"))
    assert disagreement("1", ("value", "[int 1]"), ("value", "[int 2]"))
    assert not disagreement("1", ("value", "[int 1, int 2]"), ("value", "[int 2, int 1]"))
    assert disagreement("1", ("error", "no such key: a"), ("value", "int 2"))
    assert disagreement("1", ("value", "int 1"), ("error", "no such key"))
    assert disagreement("1", ("refused", "there is no field a"), ("value", "int 2"))
    assert not disagreement("1", ("error", "no such key: a"), ("refused", "no such field"))
