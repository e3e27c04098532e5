"""Fast and slow validator, and the stock one beside them, say the same of every record; and a refusal is explained."""

# ruff: noqa: E501 - tables with one case a line

from __future__ import annotations

import copy
import json
import random

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import bundled, kinds
from itsmctl.kinds import forms, slow
from itsmctl.kinds.check import MOST_FAULTS, Checker

KINDS = kinds.load(bundled.files("schemas", ".json"))
EXAMPLES = [(kind, example) for kind in KINDS.values() for example in kind.written["examples"]]
RULES = {rule.id for rule in kinds.RULES}
TEXTS = [
    "", " ", "a", "A", "db-01", "Role/x", "role/x", "File/a", "File/../a", "yes", "5", "1.10", "true", "a\n", "a\nb", "ä", "draft", "live", "closed",
    "emergency", "subcontractor", "2026-11-22", "2026-02-30", "22.11.2026", "2026-11-22T08:00:00+02:00", "2026-11-22T08:00", "2026-11-22T08:00Z",
    "Europe/Tallinn", "Europe/Talin", "90m", "2 hours", "08:00", "24:00", "/spec/version", "spec/version", "sha256:" + "0" * 64, "0" * 64, "mari@x.example",
    "(?=a)", "x" * 301, "EUR", "eur", "object", "con",
]  # fmt: skip
KEYS = [
    "name",
    "owner",
    "state",
    "item",
    "items",
    "zone",
    "x",
    "steps",
    "from",
    "to",
    "lead",
    "type",
    "",
    "/a~1b",
    "a b",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 4000)
    | st.sampled_from([0.0, 1.0, 1.5, -0.0, 1e300, float("inf"), 10**30, 2**63, 2**64])
    | st.sampled_from(TEXTS)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def places(data, path=()):
    """The path of every value inside, outer ones first."""
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in inner:
        yield from places(value, (*path, step))


@st.composite
def mutated(draw):
    """An example of some kind with up to three edits: a key less, a key more, another value, an item twice."""
    kind, example = draw(st.sampled_from(EXAMPLES))
    data = copy.deepcopy(example)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(data))))
        edit = draw(st.sampled_from(["replace", "delete", "add", "again"]))
        holder, last = data, None
        for step in path[:-1]:
            holder = holder[step]
        last = path[-1] if path else None
        value = data if last is None else holder[last]
        if edit == "add" and isinstance(value, dict):
            value[draw(st.sampled_from(KEYS))] = draw(VALUES)
        elif edit == "again" and isinstance(value, list) and value:
            value.append(copy.deepcopy(value[0]))
        elif last is None:
            continue
        elif edit == "delete":
            del holder[last]
        else:
            holder[last] = draw(VALUES)
    return kind.name, data


def stock(schema):
    """`jsonschema` as it comes, with our formats; $ is the end of the text, as everywhere but in Python."""

    def ended(part):
        if isinstance(part, dict):
            return {
                key: value.replace("$", r"\Z") if key == "pattern" and isinstance(value, str) else ended(value)
                for key, value in part.items()
            }
        return [ended(item) for item in part] if isinstance(part, list) else part

    checker = jsonschema.FormatChecker(formats=())
    checker.checkers = {name: (check, ()) for name, check in forms.CHECKS.items()}
    return jsonschema.Draft202012Validator(ended(dict(schema)), format_checker=checker)


STOCK = {kind.name: stock(kind.schema) for kind in KINDS.values()}
SLOW = {kind.name: slow.reader(kind.schema) for kind in KINDS.values()}
FINITE = "inf"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_all_validators_say_the_same_and_every_refusal_is_explained(case):
    kind, data = KINDS[case[0]], case[1]
    fast = kind.conforms(data)
    assert fast == (next(SLOW[kind.name](data), None) is None)
    if FINITE not in repr(data):  # JSON has no infinity; the stock validator does not know
        assert fast == STOCK[kind.name].is_valid(data)
    faults = kind.explain(data)
    assert fast == (faults == ())
    for fault in faults:
        assert fault.rule in RULES
        assert fault.rule != "schema-other", fault
        assert fault.message
        assert len(fault.message) < 400
        assert not fault.pointer or fault.pointer.startswith("/")
    assert faults == kind.explain(data)


def test_every_field_taken_away_or_replaced_gets_the_same_verdict_twice():
    """Not left to chance: each place of each example, with a value of every type (a fixed seventh of them)."""
    choose = random.Random(1)
    seen = {True: 0, False: 0}
    for kind, example in EXAMPLES:
        for path in list(places(example))[1:]:
            for value in (None, True, 0, 1.5, "", "x", [], {}, ...):
                if choose.random() > 0.15:
                    continue
                data = copy.deepcopy(example)
                holder = data
                for step in path[:-1]:
                    holder = holder[step]
                if value is ...:
                    del holder[path[-1]]
                else:
                    holder[path[-1]] = value
                verdict = kind.conforms(data)
                assert verdict == (next(SLOW[kind.name](data), None) is None), (kind.name, path, value)
                seen[verdict] += 1
    assert min(seen.values()) > 100


SCHEMAS = [
    {"uniqueItems": True},
    {"type": "number"},
    {"type": "integer", "minimum": 2},
    {"enum": [1, "a", [1], {"a": 1}, None, False]},
    {"const": 1},
    {"items": {"type": "string", "pattern": "^a+$"}, "minItems": 1},
    {"prefixItems": [{"type": "string"}], "items": False},
    {"propertyNames": {"maxLength": 1}, "additionalProperties": {"type": "integer"}},
    {"dependentRequired": {"a": ["b", "c"]}},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 1}},
    {"oneOf": [{"type": "string"}, {"maxLength": 1}]},
    {"properties": {"a": True}, "unevaluatedProperties": False},
    {"contains": {"type": "string"}, "maxContains": 1},
    {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": ["array", "null"], "items": {"$ref": "#/$defs/tree"}}}},
    {"not": {"type": "object"}},
    {"type": "string", "minLength": 2, "maxLength": 3},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 4, "multipleOf": 0.5},
]  # fmt: skip
SMALL = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.sampled_from([0.0, 1.0, 0.5, 2.0]) | st.sampled_from(["", "a", "aa", "ab", "a\n", "ä"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SCHEMAS), SMALL)
def test_every_keyword_is_read_alike(schema, data):
    checker = kinds.compile_schema(schema)
    verdict = checker.conforms(data)
    assert verdict == (next(slow.reader(schema)(data), None) is None)
    assert verdict == stock(schema).is_valid(data)
    assert (checker.explain(data) == ()) == verdict


@pytest.mark.parametrize("length", [3, 5000])
def test_a_long_list_is_explained_like_a_short_one(length):
    change = KINDS["ChangeRequest"]
    data = copy.deepcopy(change.written["examples"][0])
    data["spec"]["implementers"] = [f"p{i}" for i in range(length)]
    data["spec"]["implementers"][-1] = "a b"
    data["spec"]["impact"]["services"] = [f"s{i}" for i in range(length)] + ["s0"]
    assert [(fault.pointer, fault.message) for fault in change.explain(data)] == [
        (f"/spec/implementers/{length - 1}", f"implementers[{length - 1}]: 'a b' is not the name of a Person"),
        (f"/spec/impact/services/{length}", "services holds 's0' twice"),
    ]


def big(**spec):
    data = copy.deepcopy(KINDS["ChangeRequest"].written["examples"][0])
    data["spec"].update(spec)
    return data


@pytest.mark.parametrize(
    "data",
    [
        big(**{f"backou{i}": 1 for i in range(20_000)}),
        big(implementers=["a b"] * 100_000),
        big(items=[{}] * 30_000),
        big(items=[{"item": "Service/a", "action": "change", "set": {f"k{i}": 1 for i in range(30_000)}}]),
        big(impact={"services": [{"a": i} for i in range(50_000)]}),
    ],
    ids=["unknown keys", "bad names", "bad items", "bad keys", "bad types"],
)  # fmt: skip
def test_a_hostile_record_gets_a_bounded_answer_that_says_so(data):
    faults = KINDS["ChangeRequest"].explain(data)
    assert len(faults) == MOST_FAULTS
    assert faults[-1].message == f"there are more than the {MOST_FAULTS - 1} faults listed"


def test_a_pattern_that_python_would_backtrack_on_is_matched_in_linear_time():
    checker = kinds.compile_schema({"type": "string", "pattern": "^(a+)+$"})
    assert [fault.rule for fault in checker.explain("a" * 5_000 + "!")] == ["schema-format"]


NO_JSON = {
    "half a pair": "\ud800",
    "half a pair as key": {"\ud800": 1},
    "bytes": b"bytes",
    "number as key": {1: 2},
    "5001 digits": 10**5000,
    "not a number": float("nan"),
    "tuple": ("a",),
    "set": {"a"},
    "object": object(),
}


@pytest.mark.parametrize("data", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused_with_a_printable_reason(data):
    for kind in KINDS.values():
        for whole in (data, {**kind.written["examples"][0], "spec": data}):
            assert not kind.conforms(whole)
            faults = kind.explain(whole)
            assert faults
            for fault in faults:
                (fault.message + fault.hint).encode()


def test_what_only_the_fast_validator_refuses_still_gets_a_fault(monkeypatch):
    checker = Checker({"type": "string"})
    monkeypatch.setattr(slow, "reader", lambda schema: lambda data: iter(()))
    assert [(fault.rule, fault.message) for fault in checker.explain(5)] == [
        ("schema-other", 'it does not keep to the schema: 5 is not of type "string"')
    ]


def test_a_verdict_does_not_change_the_data():
    for kind, example in EXAMPLES:
        before = json.dumps(example)
        kind.conforms(example)
        kind.explain({**example, "x": 1})
        assert json.dumps(example) == before
