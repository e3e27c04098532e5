"""Kinds that a repository adds: treated like the built-in ones, and refused with place and remedy where broken."""

# ruff: noqa: E501 - tables with one case a line

from __future__ import annotations

import copy
import json
import socket

import pytest

from itsmctl import bundled, kinds
from itsmctl.errors import CannotJudge

BUILTIN = bundled.files("schemas", ".json")
SHARED = "urn:itsmctl:v1:envelope#/$defs/"
SURVEY = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Rack survey",
    "description": "What somebody saw in a rack.",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"$ref": f"{SHARED}apiVersion"},
        "kind": {"const": "RackSurvey"},
        "metadata": {"$ref": f"{SHARED}metadata", "required": ["title"]},
        "spec": {
            "description": "What the record says.",
            "type": "object",
            "additionalProperties": False,
            "required": ["state"],
            "properties": {
                "state": {"description": "planned or done.", "enum": ["planned", "done"]},
                "on": {"description": "The day.", "$ref": f"{SHARED}date"},
                "by": {"description": "Who looked.", "$ref": f"{SHARED}plainReference"},
                "found": {
                    "description": "What was there.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["item"],
                        "properties": {"item": {"description": "The item.", "$ref": f"{SHARED}reference"}, "unit": {"description": "The slot.", "$ref": "#/$defs/unit"}},
                    },
                },
            },
        },
    },
    "$defs": {"unit": {"description": "The slot, from the floor.", "type": "integer", "minimum": 1, "maximum": 48}},
    "x-itsm": {
        "process": "configuration-management",
        "plural": "rack-surveys",
        "controlled": True,
        "references": {"/spec/by": ["Person"], "/spec/found/*/item": {"to": ["ConfigurationItem", "RackSurvey"]}},
        "lifecycle": {"field": "/spec/state", "initial": ["planned"], "transitions": {"planned": ["done"]}},
        "due": {"done": ["/spec/on", "/spec/by|/spec/found"]},
    },
    "examples": [{"apiVersion": "itsm/v1", "kind": "RackSurvey", "metadata": {"name": "r1", "title": "Rack 1"}, "spec": {"state": "planned", "found": [{"item": "ConfigurationItem/db-01", "unit": 3}]}}],
}  # fmt: skip


def file(document, path="schemas/rack-survey.schema.json"):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return bundled.Shipped(path, content)


def load(*documents):
    return kinds.load(BUILTIN, [file(document) for document in documents])


def edited(pointer, value):
    """The survey's schema with one place replaced or added; None takes it away."""
    document = copy.deepcopy(SURVEY)
    *way, last = pointer[1:].split("/")
    holder = document
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step.replace("~1", "/")]
    if value is None:
        del holder[last.replace("~1", "/")]
    else:
        holder[last.replace("~1", "/")] = value
    return document


def refusal(*documents):
    with pytest.raises(CannotJudge) as raised:
        load(*documents)
    return f"{raised.value.message} | {raised.value.hint}"


def test_an_own_kind_is_treated_like_a_built_in_one():
    known = load(SURVEY)
    survey = known["RackSurvey"]
    assert (survey.builtin, survey.path, survey.plural) == (False, "schemas/rack-survey.schema.json", "rack-surveys")
    assert "RackSurvey" in known.controlled
    assert known.by_plural["rack-surveys"] is survey
    assert "RackSurvey" in known["ChangeRequest"].reference_at("/spec/items/0/item").to
    assert survey.reference_at("/metadata/owner").to == ("Person", "Role")
    assert survey.reference_at("/spec/found/2/item").qualified
    assert survey.due_in({"spec": {"state": "done"}}) == (
        ("done", ("/spec/on",)),
        ("done", ("/spec/by", "/spec/found")),
    )
    assert survey.field("/spec/found/0/unit").type == "whole number"
    record = copy.deepcopy(SURVEY["examples"][0])
    assert survey.conforms(record)
    record["spec"].update(found=[{"item": "db-01", "unit": 49, "colour": "red"}], on="1.2.2026")
    assert [(fault.pointer, fault.message) for fault in survey.explain(record)] == [
        ("/spec/on", "on: '1.2.2026' is not a date like 2026-11-22"),
        ("/spec/found/0/colour", "unknown field 'colour' in spec.found[0]"),
        ("/spec/found/0/item", "item: 'db-01' is not a ConfigurationItem or RackSurvey as Kind/name"),
        ("/spec/found/0/unit", "unit is 49, more than 48"),
    ]


AT = "schemas/rack-survey.schema.json"
DEFAULT = "Correct the schema; itsmctl schema show Customer prints a good one."
BROKEN = [
    ("/properties/kind/const", "Service", f"{AT}#/properties/kind/const: Service is a built-in kind, which no repository redefines | Give the kind another name."),
    ("/properties/kind/const", "SERVICE", f"{AT}#/properties/kind/const: Service is a built-in kind, which no repository redefines | Give the kind another name."),
    ("/x-itsm/plural", "services", f"{AT}#/x-itsm/plural: records/services/ is the home of Service already (schemas/service.schema.json) | Choose another plural."),
    ("/x-itsm", None, f"{AT}#/x-itsm: x-itsm is missing: what JSON Schema has no words for | "),
    ("/x-itsm/plurals", "x", f"{AT}#/x-itsm/plurals: unknown field 'plurals' in x-itsm | There is plural already: keep that one. "),
    ("/x-itsm/plural", "Rack Surveys", f"{AT}#/x-itsm/plural: plural: 'Rack Surveys' is not a word of small letters and digits, with dashes between them, like change-management | Write: plural: rack-surveys"),
    ("/x-itsm/controlled", "yes", f"{AT}#/x-itsm/controlled: controlled is the text 'yes', but true or false is wanted | "),
    ("/properties/kind/const", "rack-survey", f"{AT}#/properties/kind/const: const: 'rack-survey' is not a name that begins with a capital letter, then has letters and digits, like RackSurvey | "),
    ("/additionalProperties", True, f"{AT}#/additionalProperties: additionalProperties is true, but can only be false | "),
    ("/properties/spec/additionalProperties", None, f"{AT}#/properties/spec/additionalProperties: additionalProperties is missing in properties.spec: misspelt fields must be errors | "),
    ("/properties/metadata/$ref", "#/$defs/unit", f"{AT}#/properties/metadata/$ref: $ref is '#/$defs/unit', but can only be '{SHARED}metadata' | "),
    ("/$schema", "http://json-schema.org/draft-07/schema#", f"{AT}#/$schema: $schema is 'http://json-schema.org/draft-07/schema#', but can only be 'https://json-schema.org/draft/2020-12/schema' | "),
    # what JSON Schema or this program does not read
    ("/properties/spec/properties/on/requred", [], f"{AT}#/properties/spec/properties/on/requred: 'requred' is no keyword of JSON Schema | Did you mean required?"),
    ("/properties/spec/patternProperties", {}, f"{AT}#/properties/spec/patternProperties: patternProperties is not read here | Instead: write propertyNames with additionalProperties."),
    ("/definitions", {}, f"{AT}#/definitions: definitions is not read here | Instead: write $defs."),
    ("/properties/spec/properties/on/type", "strin", f"{AT}#/properties/spec/properties/on/type: there is no type 'strin' | Did you mean string?"),
    ("/properties/spec/properties/on/minLength", -1, f"{AT}#/properties/spec/properties/on/minLength: "),
    ("/properties/spec/properties/on/pattern", "(?=a)", f"{AT}#/properties/spec/properties/on/pattern: the pattern '(?=a)' cannot be used | Patterns have no look-around and no back references."),
    ("/properties/spec/properties/on/pattern", 5, f"{AT}#/properties/spec/properties/on/pattern: the pattern 5 cannot be used | "),
    ("/properties/spec/properties/on/format", "dates", f"{AT}#/properties/spec/properties/on/format: the format 'dates' is not known | Formats: date, date-time, moment, time-zone, regex. Or use pattern."),
    ("/properties/spec/properties/on/$ref", "http://example.org/x.json", f"{AT}#/properties/spec/properties/on/$ref: 'http://example.org/x.json' cannot be referred to | A schema refers to its own #/$defs/NAME, or to {SHARED}NAME; nothing is ever fetched."),
    ("/properties/spec/properties/on/$ref", "other.schema.json", f"{AT}#/properties/spec/properties/on/$ref: 'other.schema.json' cannot be referred to | "),
    ("/properties/spec/properties/on/$ref", "#/$defs/unt", f"{AT}#/properties/spec/properties/on/$ref: there is no '#/$defs/unt' | Did you mean unit?"),
    ("/properties/spec/properties/on/$ref", f"{SHARED}dat", f"{AT}#/properties/spec/properties/on/$ref: there is no '{SHARED}dat' | Did you mean date"),
    ("/properties/spec/properties/on/$ref", 7, f"{AT}#/properties/spec/properties/on/$ref: 7 cannot be referred to | "),
    ("/properties/spec/properties/on/$id", "urn:x", f"{AT}#/properties/spec/properties/on: $id and $schema stand only at the top of a schema | Take them away here."),
    ("/properties/spec/properties/on", "text", f"{AT}#/properties/spec/properties/on: a schema is a mapping, true or false | "),
    ("/$defs/unit", {"$ref": "#/$defs/unit"}, f"{AT}#/$defs/unit: the definition leads to itself | Break the circle."),
    ("/$defs/unit", {"anyOf": [{"type": "string"}, {"allOf": [{"$ref": "#/$defs/unit"}]}]}, f"{AT}#/$defs/unit: the definition leads to itself | "),
    ("/$defs/unit", {"$dynamicRef": "#x"}, f"{AT}#/$defs/unit/$dynamicRef: $dynamicRef is not read here | "),
    # the annotation against the schema
    ("/x-itsm/references/~1spec~1by", ["Persn"], f"{AT}#/x-itsm/references/~1spec~1by: there is no kind Persn | Did you mean Person?"),
    ("/x-itsm/references/~1spec~1buy", ["Person"], f"{AT}#/x-itsm/references/~1spec~1buy: /spec/buy names no field: there is no buy | Did you mean by?"),
    ("/x-itsm/references/spec", ["Person"], f"{AT}#/x-itsm/references/spec: the key 'spec' is not a place in a record, like /spec/items/*/item | "),
    ("/x-itsm/acyclic", ["/spec/on"], f"{AT}#/x-itsm/acyclic/0: /spec/on is not among the references | Add it to references first."),
    ("/x-itsm/unbound", ["/spec/of"], f"{AT}#/x-itsm/unbound/0: /spec/of names no field: there is no of | "),
    ("/x-itsm/lifecycle/initial", ["plan"], f"{AT}#/x-itsm/lifecycle/initial: plan is none of the states that /spec/state lists | Did you mean planned?"),
    ("/x-itsm/lifecycle/transitions", {"planned": ["doen"]}, f"{AT}#/x-itsm/lifecycle/transitions: doen is none of the states that /spec/state lists | Did you mean done?"),
    ("/properties/spec/properties/state/enum", ["planned", "done", "lost"], f"{AT}#/x-itsm/lifecycle/transitions: no step leads to the state lost | Add a step to it, or take it out of the enum."),
    ("/properties/spec/properties/state/enum", None, f"{AT}#/x-itsm/lifecycle/field: /spec/state has no enum of its states | List the states as enum of that field."),
    ("/x-itsm/due", {"done": ["/spec/onn"]}, f"{AT}#/x-itsm/due/done: /spec/onn names no field: there is no onn | Did you mean on?"),
    ("/x-itsm/due", {"dne": ["/spec/on"]}, f"{AT}#/x-itsm/due: dne is none of the states that /spec/state lists | Did you mean done?"),
    ("/x-itsm/variants", [{"when": {"/spec/class": ["a"]}}], f"{AT}#/x-itsm/variants/0/when: /spec/class names no field: there is no class | "),
    ("/x-itsm/variants", [{"when": {"/spec/on": ["a"]}, "transitions": {"planned": ["gone"]}}], f"{AT}#/x-itsm/variants/0/transitions: gone is none of the states that /spec/state lists | "),
    ("/x-itsm/variants", [{"when": {"/spec/on": ["a"]}, "due": {"done": ["/spec/x"]}}], f"{AT}#/x-itsm/variants/0/due/done: /spec/x names no field: there is no x | "),
    ("/x-itsm/lifecycle", None, f"{AT}#/x-itsm/lifecycle: lifecycle is missing in x-itsm, as 'due' is given: the states of a record, and the legal steps between them | "),
    ("/x-itsm/governance", True, ""),
    ("/examples/0/spec/state", "doen", f"{AT}#/examples/0/spec/state: the example is refused: state cannot be 'doen' | Did you mean done? Allowed: planned, done."),
    ("/examples", [], f"{AT}#/examples: examples has no items, fewer than 1 | "),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "value", "expected"), BROKEN)
def test_a_broken_schema_stops_the_run_with_place_and_remedy(pointer, value, expected):
    document = edited(pointer, value)
    if not expected:
        assert load(document)["RackSurvey"].governance
        return
    said = refusal(document)
    assert said.startswith(expected)
    assert not said.endswith("| ")


def test_a_kind_that_governs_is_controlled():
    document = edited("/x-itsm/governance", True)
    document["x-itsm"]["controlled"] = False
    assert refusal(document).startswith(f"{AT}#/x-itsm/controlled: controlled is false, but can only be true")


def test_two_own_schemas_cannot_describe_one_kind():
    other = edited("/x-itsm/plural", "others")
    assert refusal(SURVEY, other) == (
        f"{AT}#/properties/kind/const: RackSurvey is a kind that {AT} describes already | Give the kind another name."
    )
    assert refusal(SURVEY, edited("/properties/kind/const", "Other")).startswith(
        f"{AT}#/x-itsm/plural: records/rack-surveys/"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", f"{AT}:1:1 is no JSON: Expecting value | Correct the file; an editor shows the place."),
        (b'{"a": 1,\n "b" 2}', f"{AT}:2:6 is no JSON: Expecting ':' delimiter | "),
        (b'{"a": 1, "a": 2}', f'{AT}: the key "a" is written twice in one object | Correct the file.'),
        (b"\xff\xfe", f"{AT} is not UTF-8 text | Save the file as UTF-8."),
        (b"[" * 100_000, f"{AT} is nested too deep | "),
        (b" " * 1_048_577, f"{AT} is larger than a schema may be (1 MiB) | "),
        (b"[]", f"{AT}: the schema of a kind is a JSON object | "),
        (b"9" * 5000, f"{AT}: "),
        (json.dumps(edited("/$defs/unit", json.loads('{"items":' * 70 + "true" + "}" * 70))).encode(), f"{AT}#/$defs/unit/items"),
    ],
    ids=["empty", "no JSON", "key twice", "no UTF-8", "deep", "large", "a list", "long number", "deep schema"],
)  # fmt: skip
def test_a_file_that_is_no_schema_stops_the_run(content, expected):
    assert refusal(content).startswith(expected)


def test_a_file_with_another_ending_is_not_passed_over():
    with pytest.raises(CannotJudge) as raised:
        kinds.load(BUILTIN, [file(SURVEY, "schemas/rack-survey.json")])
    assert raised.value.message == "schemas/rack-survey.json does not end in .schema.json"
    assert raised.value.hint == "Rename it, or move it out of schemas/."


def test_nothing_is_ever_fetched(monkeypatch):
    def refuse(*_):
        raise AssertionError("a schema made the program open a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for reference in (
        "http://127.0.0.1:9/x",
        "https://json-schema.org/draft/2020-12/schema",
        "file:///etc/passwd",
        "//x/y",
        "",
        "#",
        "#/properties/spec",
    ):
        assert "cannot be referred to" in refusal(edited("/properties/spec/properties/on/$ref", reference))


def test_without_the_envelope_there_are_no_kinds():
    with pytest.raises(CannotJudge, match=r"the shipped schema envelope.schema.json is not there"):
        kinds.load([])
    without = [each for each in BUILTIN if "meta" not in each.path]
    with pytest.raises(CannotJudge, match=r"the shipped schema x-itsm.meta.json is not there"):
        kinds.load(without, [file(SURVEY)])


@pytest.mark.parametrize(
    ("schema", "pointer", "message"),
    [
        ({"properties": {"a": {"type": "text"}}}, "/properties/a/type", "there is no type 'text'"),
        ({"properties": {"a": {"type": ["string", 5]}}}, "/properties/a/type", "there is no type 5"),
        ({"properties": {"a": {"minLength": -1}}}, "/properties/a/minLength", "-1 is less than the minimum of 0"),
        ({"properties": {"a": {"pattern": "(?<=a)"}}}, "/properties/a/pattern", "the pattern '(?<=a)' cannot be used"),
        ({"properties": {"a": {"mininum": 1}}}, "/properties/a/mininum", "'mininum' is no keyword of JSON Schema"),
        ({"properties": {"a/b": {"$ref": "http://x"}}}, "/properties/a~1b/$ref", "'http://x' cannot be referred to"),
        ({"properties": {"a": {"$ref": f"{SHARED}date"}}}, "/properties/a/$ref", f"there is no '{SHARED}date'"),
    ],
)  # fmt: skip
def test_a_bad_schema_out_of_a_record_is_for_its_author_to_mend(schema, pointer, message):
    with pytest.raises(kinds.BadSchema) as raised:
        kinds.compile_schema(schema)
    assert raised.value.pointer == pointer
    assert raised.value.message.startswith(message)
    assert raised.value.message


def test_attributes_of_a_class_are_judged_by_their_merged_schema():
    attributes = {"engine": {"enum": ["postgresql", "mariadb"]}, "bought": {"type": "string", "format": "date"}}
    checker = kinds.compile_schema({"type": "object", "additionalProperties": False, "properties": attributes})
    assert checker.conforms({"engine": "mariadb", "bought": "2026-02-28"})
    assert [
        (fault.pointer, fault.message, fault.hint) for fault in checker.explain({"engin": 1, "bought": "2026-02-30"})
    ] == [
        ("/engin", "unknown field 'engin'", "Did you mean engine? Fields: engine, bought."),
        ("/bought", "bought: '2026-02-30' is not a date like 2026-11-22", "There is no such day in the calendar."),
    ]
