"""What the checker finds before any data is there: place, words, remedy; and the types that it gives."""

from __future__ import annotations

import pytest
from celcheck import both, problems

from itsmctl import cel
from itsmctl.cel import (
    BOOL,
    DYN,
    INT,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    CompileError,
    Environment,
    Function,
    ListType,
    MapType,
    ObjectType,
    SignatureError,
    StringType,
    Type,
    union,
)

BACKOUT = ObjectType("Change.spec.backout", {"steps": STRING, "trigger": STRING})
ITEM = ObjectType(
    "Change.spec.items[]", {"item": StringType(tag="Service"), "action": StringType(values=("add", "remove"))}
)
SPEC = ObjectType(
    "Change.spec",
    {
        "state": StringType(values=("draft", "approved", "retired")),
        "backout": BACKOUT,
        "items": ListType(ITEM),
        "cost": NUMBER,
        "days": INT,
        "urgent": BOOL,
        "parent": union((STRING, NULL)),
        "start": STRING,
        "labels": MapType(STRING, STRING),
        "anything": DYN,
    },
)
CHANGE = ObjectType("Change", {"metadata": ObjectType("metadata", {"name": STRING}, open=True), "spec": SPEC})
SERVICE = ObjectType("Service", {"spec": ObjectType("Service.spec", {"owner": STRING, "tier": INT})})
PERSON = ObjectType("Person", {"spec": ObjectType("Person.spec", {"mail": STRING})})
RECORD = ObjectType("record", {"spec": DYN})


def referred(given: tuple[Type, ...]) -> Type:
    """What ref() gives: told by the literal, or by the tag of the field."""
    (name,) = given
    if not isinstance(name, StringType):
        return DYN
    kind = name.literal.split("/")[0] if name.literal is not None else name.tag
    if kind not in ("Service", "Person", None):
        raise SignatureError(f"there is no kind {kind}", cel.suggest(str(kind), ["Service", "Person"]))
    return {"Service": SERVICE, "Person": PERSON}.get(str(kind), DYN)


ENVIRONMENT = Environment(
    variables={"self": CHANGE, "as_of": TIMESTAMP},
    functions={
        "ref": Function("ref", ((STRING,),), referred, "The record of that name."),
        "refs": Function("refs", ((RECORD,), (RECORD, STRING)), ListType(RECORD)),
        "before": Function("before", ((RECORD,),), lambda given: union((given[0], NULL))),
        "now": Function("now", ((),), TIMESTAMP),
        "calendar.next": Function("calendar.next", ((TIMESTAMP,),), TIMESTAMP),
    },
)


@pytest.mark.parametrize(
    ("text", "column", "end", "message", "hint"),
    [
        ("slef.spec.days > 1", 1, 5, "there is no variable slef", "did you mean self?"),
        ("xyz", 1, 4, "there is no variable xyz", "there is as_of and self"),
        ("self.spec.urgent == True", 21, 25, "there is no variable True", "write true"),
        ("self.spec.urgent == None", 21, 25, "there is no variable None", "write null"),
        ("refs == 1", 1, 5, "there is no variable refs", "refs is a function: write refs(…)"),
        ("now == as_of", 1, 4, "there is no variable now", "now is a function: write now(…)"),
        ("self.spec.bakcout.steps", 11, 18, "Change.spec has no field bakcout", "did you mean backout?"),
        ("self.sepc.days", 6, 10, "Change has no field sepc", "did you mean spec?"),
        ("has(self.spec.bakcout)", 15, 22, "Change.spec has no field bakcout", "did you mean backout?"),
        ("has(self.spec.backout.step)", 23, 27, "Change.spec.backout has no field step", "did you mean steps?"),
        ("self.spec.backout.zzz", 19, 22, "Change.spec.backout has no field zzz", "it has steps and trigger"),
        ("self['sepc']", 6, 12, "Change has no field sepc", "did you mean spec?"),
        (
            "self.spec.items.item",
            17,
            21,
            "list(Change.spec.items[]) has no fields, so no .item",
            "a list has elements: write x.all(i, …), x.exists(i, …) or x[0]",
        ),
        ("self.spec.items[0].itm", 20, 23, "Change.spec.items[] has no field itm", "did you mean item?"),
        ("self.spec.items.all(i, i.itm == '')", 26, 29, "Change.spec.items[] has no field itm", "did you mean item?"),
        ("self.spec.state.length > 3", 17, 23, "string has no fields, so no .length", "write size(x)"),
        ("self.spec.items.size > 3", 17, 21, "list(Change.spec.items[]) has no fields, so no .size", "write .size()"),
        ("self.spec.days.x", 16, 17, "int has no fields, so no .x", ""),
        ("ref(self.spec.items[0].item).spec.ownr", 35, 39, "Service.spec has no field ownr", "did you mean owner?"),
        (
            "self.spec.items.map(i, ref(i.item)).all(s, s.spec.ownr == '')",
            51,
            55,
            "Service.spec has no field ownr",
            "did you mean owner?",
        ),
        ("ref('Person/ann').spec.owner", 24, 29, "Person.spec has no field owner", "it has mail"),
        ("ref('Persn/ann').spec.mail", 5, 16, "there is no kind Persn", "did you mean Person?"),
        ("before(self).spec.dayz", 19, 23, "Change.spec has no field dayz", "did you mean days?"),
        ("len(self.spec.items)", 1, 4, "there is no function len()", "write size(x)"),
        ("siez(self.spec.items)", 1, 5, "there is no function siez()", "did you mean size?"),
        ("rfe('a')", 1, 4, "there is no function rfe()", "did you mean ref?"),
        (
            "zzz()",
            1,
            4,
            "there is no function zzz()",
            "there is before, calendar.next, now, ref and refs, and the functions of CEL",
        ),
        ("self.spec.state.startswith('a')", 17, 27, "there is no method startswith()", "did you mean startsWith?"),
        ("self.spec.items.any(i, i.item == '')", 17, 20, "there is no method any()", "write x.exists(i, …)"),
        ("self.spec.state.lower()", 17, 22, "there is no method lower()", "write x.lowerAscii()"),
        ("startsWith('a', 'b')", 1, 11, "startsWith() is a method, not a function", "write x.startsWith(…)"),
        ("'a'.ref()", 5, 8, "ref() is a function, not a method", "write ref(x)"),
        ("math.greatst(1, 2)", 6, 13, "there is no function math.greatst", "did you mean greatest?"),
        ("calendar.nxet(as_of)", 10, 14, "there is no function calendar.nxet", "did you mean next?"),
        (
            "cel.bind(x, 1)",
            5,
            9,
            "cel.bind() takes a name, a value and an expression",
            "write cel.bind(name, value, result)",
        ),
        ("self.spec.items.all(true)", 17, 20, "all() is not used like that", "write x.all(i, condition)"),
        ("self.spec.items.fliter(i, true)", 17, 23, "there is no method fliter()", "did you mean filter?"),
        ("has(self.spec, self.spec)", 1, 4, "has() is not used like that", "write has(a.b)"),
        ("ref()", 1, 6, "ref() takes 1 argument, and here are 0", "write ref(string)"),
        (
            "refs(self, 'a', 'b')",
            1,
            21,
            "refs() takes 1 or 2 arguments, and here are 3",
            "write refs(record) or refs(record, string)",
        ),
        ("now(1)", 1, 7, "now() takes no arguments, and here is 1", "write now()"),
        ("'a'.contains()", 5, 15, "contains() takes 1 argument, and here are 0", ""),
        ("math.greatest()", 6, 16, "math.greatest() takes at least 1 argument, and here are 0", ""),
        ("ref(1)", 5, 6, "ref() takes string here, not int", "write string(x) around it"),
        (
            "ref(self.spec.?state)",
            5,
            21,
            "ref() takes string here, not optional(string)",
            "write x.orValue(…) to get at the value of the optional",
        ),
        (
            "calendar.next('2026-01-01')",
            15,
            27,
            "calendar.next() takes timestamp here, not string",
            "write timestamp(x) around it",
        ),
        ("self.spec.state.contains(1)", 26, 27, "contains() takes string here, not int", "write string(x) around it"),
        ("size(1)", 6, 7, "size() takes string, bytes, list or map here, not int", ""),
        ("refs('Service/a')", 6, 17, "refs() takes record here, not string", ""),
        (
            "self.spec.state",
            1,
            16,
            "the expression gives string, and bool is needed",
            "compare it with something, or ask with has(a.b) whether it is there",
        ),
        (
            "self.spec.items",
            1,
            16,
            "the expression gives list(Change.spec.items[]), and bool is needed",
            "to ask whether there is something in it, write size(x) > 0; whether a field is there, has(a.b)",
        ),
        (
            "self.spec.?urgent",
            1,
            18,
            "the expression gives optional(bool), and bool is needed",
            "write x.hasValue() or x.orValue(false)",
        ),
        (
            "self.spec.urgent && self.spec.days",
            21,
            35,
            "&& needs true or false, and this is int",
            "compare it with something, or ask with has(a.b) whether it is there",
        ),
        (
            "!self.spec.state",
            2,
            17,
            "! needs true or false, and this is string",
            "compare it with something, or ask with has(a.b) whether it is there",
        ),
        (
            "self.spec.days ? true : false",
            1,
            15,
            "the condition before ? needs true or false, and this is int",
            "compare it with something, or ask with has(a.b) whether it is there",
        ),
        (
            "self.spec.items.all(i, i.item)",
            24,
            30,
            "the condition of all() needs true or false, and this is string",
            "compare it with something, or ask with has(a.b) whether it is there",
        ),
        (
            "(true ? 'a' : 1) == 'a'",
            1,
            17,
            "both branches need the same type, and these are string and int",
            "convert one, e.g. string(x), or put dyn(…) around both",
        ),
        ("self.spec.days == '1'", 1, 22, "int and string are never equal", ""),
        (
            "self.spec.days == 1.0",
            1,
            22,
            "int and double are never equal",
            "write the number with or without a point on both sides, or convert it with double(x)",
        ),
        ("self.spec.days == 1u", 1, 21, "int and uint are never equal", "convert one side with int(x) or uint(x)"),
        (
            "self.spec.backout == null",
            1,
            26,
            "Change.spec.backout and null are never equal",
            "a missing field is not null here: write has(a.b) or !has(a.b)",
        ),
        ("self.spec.state == 'retird'", 20, 28, "it is never 'retird'", "did you mean retired?"),
        ("'x' != self.spec.state", 1, 4, "it is never 'x'", "it can be draft, approved or retired"),
        ("self.spec.state in ['draft', 'aproved']", 30, 39, "it is never 'aproved'", "did you mean approved?"),
        ("self.spec.items.all(i, i.action != 'ad')", 36, 40, "it is never 'ad'", "did you mean add?"),
        ("'ad' in self.spec.items.map(i, i.action)", 1, 5, "it is never 'ad'", "did you mean add?"),
        (
            "self.spec.start < as_of",
            1,
            24,
            "< does not work on string and timestamp",
            "write timestamp(x) around the text",
        ),
        (
            "self.spec.start + as_of == as_of",
            1,
            24,
            "+ does not work on string and timestamp",
            "write timestamp(x) around the text",
        ),
        (
            "'a' + self.spec.cost == ''",
            1,
            21,
            "+ does not work on string and number",
            "write string(x) around the other side",
        ),
        ("self.spec.urgent > 1", 1, 21, "> does not work on bool and int", ""),
        (
            "self.spec.items < self.spec.items",
            1,
            34,
            "< does not work on list(Change.spec.items[]) and list(Change.spec.items[])",
            "",
        ),
        ("-self.spec.state == ''", 1, 17, "- does not work on string", ""),
        (
            "1 in self.spec.state",
            1,
            21,
            "in needs a list or map on the right, and this is string",
            "for text write text.contains(part)",
        ),
        ("1 in ['a']", 1, 11, "int is never in list(string)", ""),
        ("1 in self.spec.labels", 1, 22, "int is never in map(string, string)", ""),
        ("self.spec.items['a'].item == ''", 17, 20, "list(Change.spec.items[]) is indexed by int, not by string", ""),
        ("self.spec.labels[1] == ''", 18, 19, "map(string, string) is indexed by string, not by int", ""),
        ("self.spec.days[0] == 1", 1, 18, "int cannot be indexed: only a list or map can", ""),
        ("self.spec.days.all(i, true)", 1, 15, "all() goes through a list or map, and this is int", ""),
        (
            "self.spec.?items.all(i, true)",
            1,
            17,
            "all() goes through a list or map, and this is optional(list(Change.spec.items[]))",
            "an optional: write x.orValue([]) before it",
        ),
        ("{1.5: 'a'} == {}", 2, 5, "a key of a map is a string, int, uint or bool, not double", ""),
        ("[?1] == []", 3, 4, "after ? an optional is needed, and this is int", ""),
        (
            "self.spec.state.matches('a(')",
            27,
            28,
            "the pattern cannot be used: the ( is not closed",
            r"to match a bracket itself write \(",
        ),
        (
            "self.spec.state.matches('(?=a)')",
            26,
            29,
            "the pattern cannot be used: looking ahead ((?=…)) is not supported",
            "match what you want instead of what you do not, or use two calls with && and !",
        ),
        (
            "timestamp('2026-02-30T00:00:00Z') < as_of",
            11,
            33,
            "'2026-02-30T00:00:00Z' is no timestamp: day is out of range for month",
            "",
        ),
        ("as_of + duration('1d') > as_of", 18, 22, "'1d' is no duration: write it like 90s, 1h30m or 24h", ""),
        (
            "as_of.getHours('Europe/Viena') > 1",
            16,
            30,
            "'Europe/Viena' is no time zone: write Europe/Vienna, UTC or +01:00",
            "",
        ),
        ("[1].optMap(v, v).orValue(true)", 1, 4, "optMap() works on an optional, and this is list(int)", "write a.?b"),
        (
            "self.spec.?days.optFlatMap(v, v) == optional.none()",
            31,
            32,
            "optFlatMap() needs an optional here, and this is int",
            "write optMap()",
        ),
        (
            "[1].transformMapEntry(i, v, v) == {}",
            29,
            30,
            "transformMapEntry() needs a map here, like {key: value}, and this is int",
            "",
        ),
        ("duration('1s').getMilliseconds() > 1", 1, 15, "getMilliseconds() takes timestamp here, not duration", ""),
    ],
)
def test_a_mistake_is_found_with_its_place_and_remedy(
    text: str, column: int, end: int, message: str, hint: str
) -> None:
    (problem,) = problems(text, ENVIRONMENT, BOOL)
    assert (problem.message, problem.hint, problem.line) == (message, hint, 1)
    assert (problem.column, problem.end_column) == (column, end)


def test_all_mistakes_are_found_in_the_order_of_the_text() -> None:
    found = problems("slef.spec.days > 1 && len(self.spec.itms) > 'a' ||\n 1 + 'a' == 2", ENVIRONMENT)
    assert [(p.line, p.column, p.message) for p in found] == [
        (1, 1, "there is no variable slef"),
        (1, 23, "there is no function len()"),
        (1, 37, "Change.spec has no field itms"),
        (2, 2, "+ does not work on int and string"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "self.spec.cost == 1 && self.spec.cost == 1.5 && self.spec.cost > 1u",
        "self.spec.parent == null || self.spec.parent.startsWith('a')",
        "before(self) == null || before(self).spec.days < self.spec.days",
        "self.metadata.anything.at.all == 1 && self.metadata.name == 'a'",
        "self.spec.anything.x[0].y == 'a' && self.spec.anything + 1 == 2",
        "self.spec.labels.team == 'a' && has(self.spec.labels.team) && 'team' in self.spec.labels",
        "'spec' in self && self.all(key, key != '')",
        "refs(self).all(r, r.spec.x == 1) && refs(self, 'Service').size() > 0",
        "self.spec.days < 1.5 && self.spec.days < 2u",
        "[self.spec.days, 'a', null].exists(x, x == 1)",
        "{'a': 1, 'b': 'c'}['a'] == 1",
        "[] == [1] && {} == {'a': 1}",
        "(true ? [] : ['a']) == ['a']",
        "(true ? null : dyn('a')) == null",
        "self.spec.state == self.spec.start",
        "as_of - timestamp(self.spec.start) > duration('1h')",
        "self.spec.?backout.?steps.orValue('') != ''",
        "self.spec.?backout.optMap(b, b.steps).orValue('') == ''",
        "math.greatest(1, 2.0) == 2.0 && math.least([1, 2]) == 1",
        "type(self.spec.days) == int && type(as_of) == google.protobuf.Timestamp",
        "calendar.next(as_of) > now()",
        "self.spec.items.exists(self, self.item == 'a')",
        "self.spec.items.all(i, v, i < 3 && v.item != '')",
        "self.spec.labels.transformMap(k, v, size(v)).a == 1",
        "size(self.spec.items.filter(i, i.action == 'add')) == 1",
        "self.spec.urgent",
        "dyn(1) == 1.0 && dyn('a') == 1",
    ],
)
def test_what_is_sound_compiles(text: str) -> None:
    assert problems(text, ENVIRONMENT, BOOL) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("self.spec.items.map(i, i.item)", "list(string)"),
        ("self.spec.items.map(i, ref(i.item))", "list(Service)"),
        ("self.spec.cost", "number"),
        ("self.spec.days + 1", "int"),
        ("dyn(1) + 1", "int"),
        ("dyn(1) + dyn(2)", "dyn"),
        ("[1, 'a']", "list(dyn)"),
        ("[]", "list(dyn)"),
        ("[[], [1]]", "list(list(int))"),
        ("[{}, {'a': 1}]", "list(map(string, int))"),
        ("[optional.none(), optional.of(1)]", "list(optional(int))"),
        ("[optional.of(1), optional.of(dyn(1))]", "list(optional(dyn))"),
        ("{'a': optional.of(1)}[?'a']", "optional(optional(int))"),
        ("self.spec.?items[?0].?item", "optional(string)"),
        ("[dyn(1)] + [2]", "list(dyn)"),
        ("[?optional.none(), 1]", "list(int)"),
        ("{?'a': optional.none(), 'b': 1}", "map(string, int)"),
        ("[2] + [dyn(1)]", "list(dyn)"),
        ("optional.of(dyn(1)).orValue(2)", "dyn"),
        ("math.greatest(1, 2)", "int"),
        ("math.greatest(1, self.spec.cost)", "number"),
        ("math.greatest(1, 1.0)", "dyn"),
        ("math.least([1.5])", "double"),
        ("[3, 1].sort()", "list(int)"),
        ("dyn([3, 1]).sort()", "dyn"),
        ("[1, 2]", "list(int)"),
        ("{'a': [true]}", "map(string, list(bool))"),
        ("self.spec.?days", "optional(int)"),
        ("self.spec.?backout.steps", "optional(string)"),
        ("self.spec.?days.orValue(0)", "int"),
        ("self.spec.labels.map(k, k)", "list(string)"),
        ("[1].transformMap(i, v, 'a')", "map(int, string)"),
        ("before(self)", "Change or null"),
        ("true ? self.spec.days : self.spec.cost", "number"),
        ("cel.bind(x, self.spec.days, x + 1)", "int"),
        ("[[1], [2]].flatten()", "list(int)"),
        ("'a,b'.split(',').first()", "optional(string)"),
        ("type(1)", "type"),
        ("as_of - as_of", "duration"),
        ("self.spec.anything.more", "dyn"),
    ],
)
def test_the_type_of_the_result_is_known(text: str, shown: str) -> None:
    assert str(ENVIRONMENT.compile(text).type) == shown


def test_a_let_carries_its_type_on() -> None:
    services = ENVIRONMENT.compile("self.spec.items.map(i, ref(i.item))")
    extended = ENVIRONMENT.extend({"services": services.type})
    (problem,) = problems("services.all(s, s.spec.ownr == 'a')", extended)
    assert problem.message == "Service.spec has no field ownr"


def test_a_type_may_lead_back_to_itself() -> None:
    fields: dict[str, Type] = {"name": STRING}
    tree = ObjectType("Tree", fields)
    fields["children"] = ListType(tree)
    environment = Environment({"tree": tree})
    assert problems("tree.children.all(c, c.children.all(d, d.name != tree.name))", environment) == []
    assert problems("tree == tree.children[0]", environment) == []
    (problem,) = problems("tree.children[0].children[0].nam == ''", environment)
    assert problem.hint == "did you mean name?"


def test_the_host_may_word_suggestions_itself() -> None:
    environment = Environment({"self": CHANGE}, suggest=lambda word, known: f"{word}: {len(list(known))} known")
    (problem,) = problems("self.sepc == 1", environment)
    assert problem.hint == "sepc: 2 known"


def test_a_function_may_not_take_the_name_of_a_standard_one() -> None:
    with pytest.raises(ValueError, match="functions of its own called size"):
        Environment(functions={"size": Function("size", ((STRING,),), INT)})


def test_a_standard_name_as_variable_hides_the_namespace() -> None:
    environment = Environment({"math": MapType(STRING, DYN), "int": INT})
    (problem,) = problems("math.greatest(1, 2) == 2", environment)
    assert problem.message == "there is no method greatest()"
    assert both(environment.compile("math.x + int"), {"math": {"x": 1}, "int": 2}) == 3


def test_problems_of_a_pattern_with_escapes_are_placed_at_the_whole_literal() -> None:
    with pytest.raises(CompileError) as caught:
        Environment().compile("'a'.matches('\\x28')")
    assert caught.value.render().split("\n")[:3] == [
        "1:13: the pattern cannot be used: the ( is not closed",
        "'a'.matches('\\x28')",
        "            ^^^^^^",
    ]


def test_two_objects_are_two_types_even_if_they_look_alike() -> None:
    one, other = ObjectType("One", {"a": INT}), ObjectType("Other", {"b": ListType(STRING)})
    environment = Environment({"x": union((one, other)), "alike": ObjectType("One", {"a": INT})})
    assert str(union((one, other))) == "One or Other"
    assert problems("x.a == 1 && x.b.all(e, e == '')", environment) == []
    (problem,) = problems("x.c == 1", environment)
    assert (problem.message, problem.hint) == ("One or Other has no field c", "it has a and b")
    assert one != environment.variables["alike"]


ROWS = ListType(ObjectType("row", {"item": STRING}))
CELLS = ListType(ObjectType("cell", {"name": STRING}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.?rows.orValue([]).all(r, r.itm == '')", "row has no field itm"),
        ("(has(a.rows) ? a.rows : []).all(r, r.itm == '')", "row has no field itm"),
        ("(a.rows + []).all(r, r.itm == '')", "row has no field itm"),
        ("([] + a.rows)[0].itm == ''", "row has no field itm"),
        ("cel.bind(l, a.?rows.orValue([]), l.exists(r, r.itm == ''))", "row has no field itm"),
        ("[a.rows, []].all(l, l.all(r, r.itm == ''))", "row has no field itm"),
        ("optional.none().or(a.?rows).value()[0].itm == ''", "row has no field itm"),
        (
            "{'k': []}['k'].exists(r, true) && a.?rows.orValue({}) == 1",
            "orValue() does not take optional(list(row)), map(dyn, dyn) together",
        ),
        ("b.?list.orValue([]).all(r, r.nme == '')", "row or cell has no field nme"),
        ("b.list.first().value().nme == ''", "row or cell has no field nme"),
        ("[b.list[0], b.list[0]].all(r, r.nme == '')", "row or cell has no field nme"),
    ],
)
def test_an_empty_list_beside_it_hides_no_misspelt_field(text: str, message: str) -> None:
    both_ = ObjectType("both", {"list": union((ROWS, CELLS))})
    environment = Environment({"a": ObjectType("a", {"rows": ROWS}), "b": both_})
    (problem,) = problems(text, environment)
    assert problem.message == message


@pytest.mark.parametrize(
    "text",
    [
        "b.?list.orValue([]).all(r, r.item == '' || r.name == '')",
        "b.list.first().value().name == '' && b.list.map(r, r.item).size() == 1",
        "[] == b.list && [].all(x, x.anything) && {}.anything == 1",
        "optional.none().orValue(1) + 1 == 2",
    ],
)
def test_a_field_that_one_of_several_kinds_has_is_no_mistake(text: str) -> None:
    both_ = ObjectType("both", {"list": union((ROWS, CELLS))})
    assert problems(text, Environment({"b": both_})) == []
