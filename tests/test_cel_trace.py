"""Why an expression came out as it did: the places that decided, all places read, and the steps with their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from itsmctl import cel
from itsmctl.cel import DYN, STRING, Environment, EvaluationError, Function, Read, Trace

RECORDS: Mapping[str, dict[str, Any]] = {
    "Service/loans": {"spec": {"state": "retired", "owner": "Person/ann"}},
    "Service/cards": {"spec": {"state": "live", "owner": "Person/bob"}},
    "Person/ann": {"spec": {"mail": "ann@example.org"}},
}
SELF: dict[str, Any] = {
    "metadata": {"name": "c1", "labels": {"team": "a", "x/y~z": "b"}},
    "spec": {
        "state": "draft",
        "urgent": False,
        "days": 3,
        "remedy": "call",
        "items": [{"item": "Service/cards", "action": "add"}, {"item": "Service/loans"}],
        "empty": [],
    },
}
NAMES = {id(data): name for name, data in RECORDS.items()}


def ref(name: str) -> dict[str, Any]:
    if name not in RECORDS:
        raise EvaluationError(f"there is no {name}")
    return RECORDS[name]


FUNCTIONS = {
    "ref": ref,
    "linked": lambda name: [RECORDS[name]],
    "services": lambda: [RECORDS["Service/cards"], RECORDS["Service/loans"]],
}
ENVIRONMENT = Environment(
    {"self": DYN, "as_of": cel.TIMESTAMP, "lets": DYN, "svc": DYN},
    {
        "ref": Function("ref", ((STRING,),), DYN),
        "services": Function("services", ((),), cel.ListType(DYN)),
        "linked": Function("linked", ((STRING,),), cel.LIST),
    },
)


def trace(text: str, **more: Any) -> Trace:
    given = more.pop("given", {})
    data = {"self": SELF, "as_of": cel.Timestamp(0), **more}
    return ENVIRONMENT.compile(text).trace(data, FUNCTIONS, origin_of=lambda value: NAMES.get(id(value)), given=given)


def written(reads: tuple[Read, ...]) -> list[str]:
    """`/pointer` for self, `root/pointer` for others, with ! where nothing was."""
    return [("" if r.root == "self" else f"{r.root}:") + r.pointer + ("" if r.present else "!") for r in reads]


@pytest.mark.parametrize(
    ("text", "value", "blamed"),
    [
        ("self.spec.state == 'live'", False, ["/spec/state"]),
        ("self.spec.state != 'draft' && self.spec.days > 2", False, ["/spec/state"]),
        ("self.spec.days > 2 && self.spec.state == 'live'", False, ["/spec/state"]),
        ("self.spec.days > 5 || self.spec.state == 'live'", False, ["/spec/days", "/spec/state"]),
        ("(self.spec.days > 5 || self.spec.urgent) && has(self.spec.nothing)", False, ["/spec/days", "/spec/urgent"]),
        ("!(self.spec.state == 'draft')", False, ["/spec/state"]),
        ("!(self.spec.days > 2 && self.spec.state == 'draft')", False, ["/spec/days", "/spec/state"]),
        ("!(self.spec.days > 5 || self.spec.state == 'draft')", False, ["/spec/state"]),
        ("self.spec.urgent", False, ["/spec/urgent"]),
        ("has(self.spec.backout)", False, ["/spec/backout!"]),
        ("has(self.spec.backout) && has(self.spec.backout.steps)", False, ["/spec/backout!"]),
        ("!has(self.spec.remedy)", False, ["/spec/remedy"]),
        ("has(self.spec.backout) || has(self.spec.plan)", False, ["/spec/backout!", "/spec/plan!"]),
        ("self.spec.?backout.?steps.hasValue()", False, ["/spec/backout/steps!"]),
        ("self.spec.?days.orValue(0) > 5", False, ["/spec/days"]),
        ("self.spec.items.all(i, has(i.action))", False, ["/spec/items/1/action!"]),
        (
            "self.spec.items.exists(i, i.item == 'x')",
            False,
            ["/spec/items", "/spec/items/0/item", "/spec/items/1/item"],
        ),
        ("self.spec.empty.exists(i, i.item == 'x')", False, ["/spec/empty"]),
        ("!self.spec.items.exists(i, i.item == 'Service/loans')", False, ["/spec/items/1/item"]),
        ("!self.spec.items.all(i, i.item != '')", False, ["/spec/items", "/spec/items/0/item", "/spec/items/1/item"]),
        (
            "self.spec.items.exists_one(i, i.item != '')",
            False,
            ["/spec/items", "/spec/items/0/item", "/spec/items/1/item"],
        ),
        (
            "self.spec.items.exists_one(i, i.item == 'x')",
            False,
            ["/spec/items", "/spec/items/0/item", "/spec/items/1/item"],
        ),
        ("self.spec.items[1].item == 'x'", False, ["/spec/items/1/item"]),
        ("self.spec.items[self.spec.days - 2].item == 'x'", False, ["/spec/items/1/item"]),
        ("size(self.spec.items) > 3", False, ["/spec/items"]),
        (
            "size(self.spec.items.filter(i, has(i.action))) > 3",
            False,
            ["/spec/items", "/spec/items/0/action", "/spec/items/1/action!"],
        ),
        ("self.spec.items.filter(i, !has(i.action)).all(x, x.item == 'y')", False, ["/spec/items/1/item"]),
        ("self.metadata.labels['x/y~z'] == 'c'", False, ["/metadata/labels/x~1y~0z"]),
        ("self.metadata.labels.all(k, k != 'team')", False, ["/metadata/labels/team"]),
        ("self.metadata.labels.all(k, v, v != 'b')", False, ["/metadata/labels/x~1y~0z"]),
        ("self.spec.items.all(i, v, i < 1 || v.item == '')", False, ["/spec/items/1", "/spec/items/1/item"]),
        ("'c' in self.metadata.labels", False, ["/metadata/labels/c!"]),
        ("!('team' in self.metadata.labels)", False, ["/metadata/labels/team"]),
        ("['team', 'c'].all(k, k in self.metadata.labels)", False, ["/metadata/labels/c!"]),
        ("self.spec.state in self.metadata.labels", False, ["/metadata/labels/draft!", "/spec/state"]),
        (
            "self.spec.state in self.spec.items.map(i, i.item)",
            False,
            ["/spec/state", "/spec/items", "/spec/items/0/item", "/spec/items/1/item"],
        ),
        (
            "linked(self.spec.items[1].item).all(s, s.spec.state == 'live')",
            False,
            ["Service/loans:/spec/state", "/spec/items/1/item"],
        ),
        ("size(linked(self.spec.items[1].item)) == 0", False, ["/spec/items/1/item"]),
        ("self.spec.state in ['live', 'retired']", False, ["/spec/state"]),
        ("self.spec.state.startsWith(self.metadata.name)", False, ["/spec/state", "/metadata/name"]),
        ("self.spec.days > 2 ? self.spec.urgent : true", False, ["/spec/urgent", "/spec/days"]),
        ("cel.bind(s, self.spec, s.state == 'live')", False, ["/spec/state"]),
        ("cel.bind(n, self.spec.days * 2, n > 100)", False, ["/spec/days"]),
        ("self.spec.items.sortBy(i, i.item)[0].item == ''", False, ["/spec/items/0/item"]),
        ("cel.bind(n, self.spec.gone.more, n > 100)", None, ["/spec/gone!"]),
        ("cel.bind(n, self.spec.gone, self.spec.state == 'live' && n)", False, ["/spec/state"]),
        ("as_of > timestamp('2020-01-01T00:00:00Z')", False, ["as_of:"]),
        ("ref('Service/loans').spec.state == 'live'", False, ["Service/loans:/spec/state"]),
        (
            "self.spec.items.all(i, ref(i.item).spec.state == 'live')",
            False,
            ["Service/loans:/spec/state", "/spec/items/1/item"],
        ),
        (
            "self.spec.items.map(i, ref(i.item)).all(s, s.spec.state == 'live')",
            False,
            ["Service/loans:/spec/state", "/spec/items/1/item"],
        ),
        (
            "self.spec.items.map(i, ref(i.item)).map(s, ref(s.spec.owner)).all(p, p.spec.mail == '')",
            None,
            ["Service/cards:/spec/owner", "/spec/items/0/item"],
        ),
        (
            "ref(ref(self.spec.items[1].item).spec.owner).spec.mail == ''",
            False,
            ["Person/ann:/spec/mail", "Service/loans:/spec/owner", "/spec/items/1/item"],
        ),
        ("services().all(s, s.spec.state == 'live')", False, ["Service/loans:/spec/state"]),
        (
            "services().filter(s, s.spec.state == 'retired').all(s, s.spec.owner == '')",
            False,
            ["Service/loans:/spec/owner"],
        ),
        ("([ref('Service/loans')] + services()).all(s, s.spec.state == 'live')", False, ["Service/loans:/spec/state"]),
        ("services().first().value().spec.state == 'retired'", False, ["Service/cards:/spec/state"]),
        ("self.spec.backout.steps == ''", None, ["/spec/backout!"]),
        ("has(self.spec.backout.steps)", None, ["/spec/backout!"]),
        ("has(self.spec.backout.steps) || has(self.spec.plan)", None, ["/spec/backout!", "/spec/plan!"]),
        ("self.spec.items[7].item == ''", None, ["/spec/items/7!"]),
        ("self.spec.items.all(i, i.action == 'add')", None, ["/spec/items/1/action!"]),
        ("self.spec.days + self.spec.state == 1", None, ["/spec/days", "/spec/state"]),
        ("ref(self.spec.state).spec.x == 1", None, ["/spec/state"]),
        ("self.spec.state > 1 && true", None, ["/spec/state"]),
        ("self.spec.days.all(x, true)", None, ["/spec/days"]),
        ("self.spec.backout.steps == '' || self.spec.state == 'draft'", True, ["/spec/state"]),
        ("1 == 2", False, []),
    ],
)
def test_the_places_that_decided(text: str, value: bool | None, blamed: list[str]) -> None:
    made = trace(text)
    assert made.value is value
    assert (made.error is None) is (value is not None)
    assert written(made.blame()) == blamed


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("self.spec.state == 'draft' || self.spec.days > 1", ["/spec/state"]),
        ("self.spec.state == 'x' || self.spec.days > 1", ["/spec/state", "/spec/days"]),
        ("has(self.spec.backout) && has(self.spec.backout.steps)", ["/spec/backout!"]),
        ("has(self.spec.backout.steps)", ["/spec/backout!"]),
        ("self.spec.items.all(i, i.item != '')", ["/spec/items", "/spec/items/0/item", "/spec/items/1/item"]),
        ("ref(self.spec.items[1].item).spec.state == ''", ["/spec/items/1/item", "Service/loans:/spec/state"]),
        ("self.spec.items[self.spec.days - 3].item == ''", ["/spec/days", "/spec/items/0/item"]),
        ("cel.bind(s, self.spec, s.state == 'live')", ["/spec", "/spec/state"]),
    ],
)
def test_all_places_that_were_read(text: str, read: list[str]) -> None:
    assert sorted(written(trace(text).reads)) == sorted(read)


def test_a_bound_value_that_nobody_asked_for_was_not_evaluated() -> None:
    assert steps(trace("cel.bind(n, self.spec.gone, self.spec.days > 1)")) == [
        "cel.bind(n, self.spec.gone, self.spec.days > 1) = true",
        "  (self.spec.gone)",
        "  self.spec.days > 1 = true",
        "    self.spec.days = 3",
    ]


def steps(made: Trace) -> list[str]:
    """Each step, indented; in brackets if it was not evaluated."""
    return [
        "  " * line.depth + (f"{line.text} = {line.value}" if line.evaluated else f"({line.text})")
        for line in made.lines()
    ]


def test_the_steps_show_each_value_and_leave_out_what_is_plain() -> None:
    text = "has(self.spec.backout) && self.spec.backout.steps != '' || size(self.spec.items) == 2 && self.spec.urgent"
    assert steps(trace(text)) == [
        f"{text} = false",
        "  has(self.spec.backout) && self.spec.backout.steps != '' = false",
        "    has(self.spec.backout) = false",
        "    (self.spec.backout.steps != '')",
        "  size(self.spec.items) == 2 && self.spec.urgent = false",
        "    size(self.spec.items) == 2 = true",
        "      size(self.spec.items) = 2",
        "        self.spec.items = [{item: 'Service/cards', action: 'add'}, … 2 in all]",
        "    self.spec.urgent = false",
    ]


def test_each_element_of_a_macro_is_a_step() -> None:
    assert steps(trace("self.spec.items.map(i, ref(i.item)).all(s, s.spec.state == 'live')")) == [
        "self.spec.items.map(i, ref(i.item)).all(s, s.spec.state == 'live') = false",
        "  self.spec.items.map(i, ref(i.item)) = [{spec: {state: 'live', owner: 'Person/bob'}}, … 2 in all]",
        "    self.spec.items = [{item: 'Service/cards', action: 'add'}, … 2 in all]",
        "    i = {item: 'Service/cards', action: 'add'}",
        "      ref(i.item) = {spec: {state: 'live', owner: 'Person/bob'}}",
        "        i.item = 'Service/cards'",
        "    i = {item: 'Service/loans'}",
        "      ref(i.item) = {spec: {state: 'retired', owner: 'Person/ann'}}",
        "        i.item = 'Service/loans'",
        "  s = {spec: {state: 'live', owner: 'Person/bob'}}",
        "    s.spec.state == 'live' = true",
        "      s.spec.state = 'live'",
        "  s = {spec: {state: 'retired', owner: 'Person/ann'}}",
        "    s.spec.state == 'live' = false",
        "      s.spec.state = 'retired'",
    ]


def test_an_error_is_shown_where_it_arose() -> None:
    made = trace("self.spec.backout.plan.steps == 'x' && true")
    assert steps(made) == [
        "self.spec.backout.plan.steps == 'x' && true = no such key: backout",
        "  self.spec.backout.plan.steps == 'x' = no such key: backout",
        "    self.spec.backout.plan.steps = no such key: backout",
        "      self.spec.backout = no such key: backout",
    ]
    assert made.error is not None
    assert made.error.render().startswith("1:1: no such key: backout\nself.spec.backout.plan.steps")


def test_a_long_loop_is_cut_in_the_middle() -> None:
    shown = steps(trace("[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19].all(i, i < 19)"))
    assert [line.strip() for line in shown if line.startswith("  i =")] == [
        *(f"i = {n}" for n in (0, 1, 2, 3, 4, 15, 16, 17, 18, 19))
    ]
    assert "  … 10 more = " in shown


def test_a_let_that_was_traced_keeps_where_it_came_from() -> None:
    lets = trace("self.spec.items.map(i, ref(i.item))")
    text = "lets.all(s, s.spec.state == 'live')"
    assert written(trace(text, lets=lets.value, given={"lets": lets}).blame()) == [
        "Service/loans:/spec/state",
        "/spec/items/1/item",
    ]
    assert written(trace(text, lets=lets.value).blame()) == ["Service/loans:/spec/state", "lets:"]
    count = trace("size(self.spec.items)")
    assert written(trace("lets > 5", lets=count.value, given={"lets": count}).blame()) == ["/spec/items"]
    one = trace("ref(self.spec.items[1].item)")
    assert written(trace("svc.spec.state == 'live'", svc=one.value, given={"svc": one}).blame()) == [
        "Service/loans:/spec/state",
        "/spec/items/1/item",
    ]


def test_a_trace_never_raises() -> None:
    made = ENVIRONMENT.compile("ref('x') == 1 && self.a").trace({}, {})
    assert made.error is not None
    assert made.error.fatal
    assert made.blame() == ()
    made = ENVIRONMENT.compile("self.a.b").trace({}, FUNCTIONS)
    assert made.error is not None
    assert made.error.message == "there is no value for the variable self"


def test_where_a_step_stands_in_the_text() -> None:
    made = trace("self.spec.days > 1\n && self.spec.urgent")
    urgent = made.children[1]
    assert (urgent.text, urgent.span) == ("self.spec.urgent", cel.Span(2, 5, 2, 21))
    assert urgent.read == Read("self", "/spec/urgent", present=True)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (cel.Uint(7), "7u"),
        (1.0, "1.0"),
        (1e30, "1e+30"),
        (float("nan"), "NaN"),
        (10**40, "an int beyond 64 bits"),
        ("it's\n\x1b[0m\u202e", r"'it\'s\n\u001b[0m\u202e'"),
        (b"a\xff", "b'aÿ'"),
        ("x" * 100, "'" + "x" * 69 + "…'"),
        ([], "[]"),
        ({}, "{}"),
        ([1, "a", [True]], "[1, 'a', [true]]"),
        ({"a": 1, "b c": 2, 3: None}, "{a: 1, 'b c': 2, 3: null}"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, … 100 in all]"),
        ([[[[[1]]]]], "[[[[[…]]]]]"),
        (cel.Timestamp(0), 'timestamp("1970-01-01T00:00:00Z")'),
        (cel.Duration(10**9), 'duration("1s")'),
        (cel.Optional(1), "optional.of(1)"),
        (cel.Optional(), "optional.none()"),
        (cel.TypeValue("int"), "int"),
    ],
)
def test_a_value_is_shown_short_and_on_one_line(value: object, shown: str) -> None:
    assert cel.render(value) == shown
    assert len(shown) <= 72


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("self.spec.items.all(i, i.item != '')", ["self/spec/items", "self/spec/items/*/item"]),
        ("ref(self.spec.service).spec.state == ''", ["ref()/spec/state", "self/spec/service"]),
        (
            "self.spec.items.map(i, ref(i.item)).all(s, s.spec.state == '')",
            ["ref()", "ref()/spec/state", "self/spec/items", "self/spec/items/*/item"],
        ),
        ("has(self.a.b) && self['c'].d == 1 && self[lets] == 2", ["lets", "self/*", "self/a/b", "self/c/d"]),
        ("self.?a.?b.orValue(svc.c) == 1", ["self/a/b", "svc/c"]),
        ("[self.a, svc.b].exists(x, x.c == 1)", ["self/a", "self/a/c", "svc/b", "svc/b/c"]),
        ("(true ? self.a : svc).b == cel.bind(x, self.c, x.d)", ["self/a/b", "self/c", "self/c/d", "svc/b"]),
        ("[1].all(self, self == 1)", []),
        ("services().first().value().spec == self", ["self", "services()/*/spec"]),
        ("type(self) == google.protobuf.Timestamp", ["self"]),
    ],
)
def test_what_an_expression_may_read_is_known_without_running_it(text: str, paths: list[str]) -> None:
    program = ENVIRONMENT.compile(text)
    assert sorted("/".join((root, *steps)) for root, steps in program.paths) == paths


def test_a_program_says_what_it_calls_and_looks_up() -> None:
    program = ENVIRONMENT.compile("size(self.x) > 1 && ref('a').b.startsWith(lets) && [1].all(svc, svc == 1)")
    assert program.calls == {"size", "ref", "startsWith"}
    assert program.functions == ("ref",)
    assert program.variables == ("lets", "self")


def test_a_step_in_parentheses_keeps_both_of_them() -> None:
    program = Environment({"a": DYN, "b": DYN}).compile("!(a in [1]) && (b || a == 2)")
    shown = {line.text for line in program.trace({"a": 3, "b": True}).lines()}
    assert {"!(a in [1])", "(b || a == 2)"} <= shown
