"""The shipped schemas: each is sound, described and agrees with its own annotation; and what Kind says of them."""

# ruff: noqa: E501, ISC004 - tables with one case a line

from __future__ import annotations

import json
import re
import subprocess
import sys

import jsonschema
import pytest

from itsmctl import bundled, kinds
from itsmctl.kinds import forms
from itsmctl.kinds.pointers import value_at

FILES = bundled.files("schemas", ".json")
KINDS = kinds.load(FILES)
SHARED = [file for file in FILES if file.path.rpartition("/")[2] in ("envelope.schema.json", "x-itsm.meta.json")]
OF_KINDS = [file for file in FILES if file not in SHARED]
EXAMPLES = [(kind.name, i) for kind in KINDS.values() for i in range(len(kind.written["examples"]))]
# kinds that may be referred to before their schema is there; any other name in a schema is misspelt
TO_COME = {
    "AvailabilityPlan", "Budget", "CapacityPlan", "Complaint", "ContinuityTest", "CostActual", "Dispute", "InformationAsset",
    "ManagementReview", "Objective", "ProcessDefinition", "ReportDefinition", "SatisfactionSurvey", "SecurityControl",
    "SecurityRisk", "ServiceManagementPlan", "ServiceReport", "ServiceTransition",
}  # fmt: skip


def named_kinds() -> set[str]:
    """Every kind that a reference of a shipped schema names."""
    named: set[str] = set()
    for kind in KINDS.values():
        for says in kind.written["x-itsm"]["references"].values():
            named |= set(says["to"] if isinstance(says, dict) else says)
    return named - {"any", "controlled", "File"}


def own(document: dict, path: str = "schemas/own.schema.json") -> bundled.Shipped:
    return bundled.Shipped(path, json.dumps(document).encode())


def stub(name: str) -> dict:
    """The schema of a kind with nothing in it."""
    shared = "urn:itsmctl:v1:envelope#/$defs/"
    spec = {"description": "Nothing.", "type": "object", "additionalProperties": False, "properties": {}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": f"A {name}.",
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"$ref": f"{shared}apiVersion"},
            "kind": {"const": name},
            "metadata": {"$ref": f"{shared}metadata"},
            "spec": spec,
        },
        "x-itsm": {
            "process": "testing",
            "plural": re.sub("(?<!^)(?=[A-Z])", "-", name).lower() + "s",
            "controlled": False,
        },
        "examples": [{"apiVersion": "itsm/v1", "kind": name, "metadata": {"name": "one"}, "spec": {}}],
    }


def test_the_kinds_that_decide_how_changes_are_judged_are_these():
    assert set(KINDS.governance) == {
        "ApprovalRule", "CIType", "ChangeModel", "Delegation", "FreezeWindow", "Person", "Role", "Waiver",
    }  # fmt: skip
    assert set(KINDS.governance) <= set(KINDS.controlled)
    assert KINDS.controlled == tuple(name for name in sorted(KINDS) if KINDS[name].controlled)


@pytest.mark.parametrize(
    ("name", "controlled"),
    [("Service", True), ("ServiceLevelAgreement", True), ("OperationalLevelAgreement", True), ("SupplierContract", True),
     ("ConfigurationItem", True), ("Library", True), ("ContinuityPlan", True), ("PolicyDocument", True), ("ReleasePolicy", True),
     ("ChangeRequest", False), ("Release", False), ("Incident", False), ("Problem", False), ("KnownError", False),
     ("Measurement", False), ("Outage", False), ("Review", False), ("ImprovementAction", False), ("Audit", False),
     ("AuditFinding", False), ("ConfigurationAudit", False), ("TrendAnalysis", False)],
)  # fmt: skip
def test_what_is_agreed_or_planned_is_controlled_and_what_happens_is_not(name, controlled):
    assert KINDS[name].controlled is controlled


def test_each_kind_has_a_file_and_a_home_that_follow_from_its_name():
    shorter = {"ci-type": "ci-types", "change-request": "changes"}
    for kind in KINDS.values():
        stem = kind.path.removeprefix("schemas/").removesuffix(".schema.json")
        assert stem.replace("-", "") == kind.name.lower()
        plurals = {f"{stem}s", f"{stem.removesuffix('y')}ies", f"{stem.removesuffix('is')}es", shorter.get(stem)}
        assert kind.plural in plurals
        assert KINDS.by_plural[kind.plural] is kind


def test_each_kind_belongs_to_a_process():
    assert {kind.process for kind in KINDS.values()} <= {
        "budgeting-and-accounting", "business-relationship-management", "capacity-management", "change-management",
        "configuration-management", "incident-management", "information-security-management", "management-system",
        "problem-management", "release-management", "service-continuity-and-availability-management",
        "service-level-management", "service-reporting", "supplier-management",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "index"), EXAMPLES)
def test_each_example_is_accepted(name, index):
    example = KINDS[name].written["examples"][index]
    assert KINDS[name].explain(example) == ()
    assert KINDS[name].conforms(example)


def test_each_kind_has_two_examples_and_what_is_due_in_their_state_is_written():
    for kind in KINDS.values():
        assert len(kind.written["examples"]) >= 2
        for example in kind.written["examples"]:
            for since, alternatives in kind.due_in(example):
                written = [pointer for pointer in alternatives if value_at(example, pointer) not in (None, "", [], {})]
                assert written, f"{kind.name}/{example['metadata']['name']}: {alternatives} fell due in {since}"


def test_every_schema_passes_all_checks_that_a_repositorys_own_schema_has_to_pass():
    sleeping = named_kinds() - set(KINDS)
    stubs = [own(stub(name), f"schemas/{name}.schema.json") for name in sorted(sleeping)]
    loaded = kinds.load(SHARED, [*OF_KINDS, *stubs])
    assert set(loaded) == {*KINDS, *sleeping}


@pytest.mark.parametrize("file", [*FILES], ids=lambda file: file.path)
def test_every_schema_is_valid_by_the_meta_schema_of_the_draft(file):
    jsonschema.Draft202012Validator.check_schema(json.loads(file.content))


@pytest.mark.parametrize("file", [*FILES], ids=lambda file: file.path)
def test_every_schema_says_which_draft_it_is_written_in_and_has_an_id_of_its_own(file):
    document = json.loads(file.content)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"].startswith("urn:itsmctl:v1:")
    assert sum(json.loads(other.content)["$id"] == document["$id"] for other in FILES) == 1


def test_every_field_of_every_kind_has_a_description():
    bare = [(kind.name, info.pointer) for kind in KINDS.values() for info in kind.fields() if not info.description]
    assert bare == []


def parts(part: object):
    """Every mapping inside a schema."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from parts(value)
    elif isinstance(part, list):
        for value in part:
            yield from parts(value)


def test_every_form_says_how_a_right_value_looks():
    for file in FILES:
        document = json.loads(file.content)
        document.pop("examples", None)
        for part in parts(document):
            if isinstance(part.get("pattern"), str) and "properties" not in part:
                assert part.get("x-itsm-hint"), f"{file.path}: {part['pattern']}"
            if isinstance(part.get("x-itsm-hint"), str) and part.get("type") == "string":
                assert re.match(r"(an?|the|one) ", part["x-itsm-hint"]), part["x-itsm-hint"]


def test_no_word_that_people_also_use_is_the_name_of_a_field_beside_it():
    for kind in KINDS.values():
        for part in parts(kind.schema):
            fields = part.get("properties", {})
            also = [
                word for field in fields.values() if isinstance(field, dict) for word in field.get("x-itsm-also", ())
            ]
            assert not set(also) & set(fields), kind.name
            assert len(also) == len(set(also)), kind.name


def test_patterns_mean_the_same_to_python_and_to_the_fast_validator():
    texts = [
        "",
        "a",
        "a\n",
        "db-01",
        "DB_01.x",
        "a..b",
        "-a",
        "a-",
        "ä",
        "Role/x",
        "File/a/../b",
        "2026-11-22",
        "90m",
        "٣",
    ]
    for file in FILES:
        for part in parts(json.loads(file.content)):
            pattern = part.get("pattern")
            if isinstance(pattern, str):
                compiled = re.compile(pattern.replace("$", r"\Z"))
                assert all(bool(compiled.search(text)) == forms.matches(pattern, text) for text in texts), pattern


def test_references_lead_to_kinds_that_are_there_or_known_to_come():
    assert named_kinds() - set(KINDS) <= TO_COME


def test_a_reference_to_a_kind_that_is_not_there_yet_sleeps_until_it_is():
    pointer = "/spec/links/incidents/0"
    before = kinds.load([file for file in FILES if not file.path.endswith("/incident.schema.json")])
    assert before["ChangeRequest"].reference_at(pointer) is None
    assert before["Outage"].reference_at("/spec/change").to == ("ChangeRequest",)
    grown = kinds.load(
        [file for file in FILES if not file.path.endswith("/incident.schema.json")], [own(stub("Incident"))]
    )
    assert grown["ChangeRequest"].reference_at(pointer).to == ("Incident",)


def test_what_a_reference_rule_says():
    change = KINDS["ChangeRequest"]
    item = change.reference_at("/spec/items/3/item")
    assert item.pattern == ("spec", "items", "*", "item")
    assert (item.qualified, item.files, item.to) == (True, True, KINDS.controlled)
    assert item.allows_absence({"item": "Service/new", "action": "add"})
    assert item.allows_absence({"item": "Service/old", "action": "remove"})
    assert not item.allows_absence({"item": "Service/loans", "action": "change"})
    assert not item.allows_absence("text")
    assert (change.reference_at("/spec/requester").to, change.reference_at("/spec/requester").qualified) == (
        ("Person",),
        False,
    )
    assert change.reference_at("/metadata/owner").to == ("Person", "Role")
    assert KINDS["Waiver"].reference_at("/spec/record").to == tuple(KINDS)
    assert change.reference_at("/spec/reason") is None


CHANGE_DUE = [
    ("normal", "draft", ""),
    ("normal", "submitted", "items|scope reason requester owner"),
    ("normal", "cancelled", ""),
    ("normal", "rejected", "items|scope reason requester owner"),
    (
        "normal",
        "assessed",
        "items|scope reason requester owner risk impact business_benefit plan backout|remedy assessed",
    ),
    (
        "normal",
        "closed",
        "items|scope reason requester owner risk impact business_benefit plan backout|remedy assessed implementers schedule "
        "test implementation review",
    ),
    ("emergency", "submitted", "items|scope reason owner"),
    ("emergency", "implementing", "items|scope reason owner emergency"),
    ("emergency", "failed", "items|scope reason owner emergency implementation"),
    (
        "emergency",
        "reviewed",
        "items|scope reason owner emergency implementation requester implementers risk impact business_benefit plan "
        "backout|remedy assessed test review",
    ),
    ("standard", "implementing", "items|scope reason requester owner model"),
    ("standard", "closed", "items|scope reason requester owner model implementation review"),
    ("normal", "no-such-state", ""),
]


@pytest.mark.parametrize(("change_class", "state", "expected"), CHANGE_DUE)
def test_what_is_due_in_a_change(change_class, state, expected):
    data = {"spec": {"class": change_class, "state": state}}
    due = ["|".join(p.rpartition("/")[2] for p in pointers) for _, pointers in KINDS["ChangeRequest"].due_in(data)]
    assert sorted(due) == sorted(expected.split())


def test_a_field_that_three_states_ask_for_is_due_behind_all_of_them():
    data = {"spec": {"class": "normal", "state": "reviewed"}}
    since = {pointers[0]: since for since, pointers in KINDS["ChangeRequest"].due_in(data)}
    assert since["/spec/implementation"] == "implemented or failed or backed-out"
    assert since["/spec/risk"] == "assessed"
    failed = {"spec": {"class": "normal", "state": "failed"}}
    assert {p[0]: s for s, p in KINDS["ChangeRequest"].due_in(failed)}["/spec/implementation"] == "failed"


@pytest.mark.parametrize("state", [None, 5, ["draft"], {"a": 1}])
def test_a_state_that_is_no_text_has_nothing_due(state):
    assert KINDS["ChangeRequest"].due_in({"spec": {"class": ["x"], "state": state}}) == ()
    assert KINDS["ChangeRequest"].due_in("text") == ()


def test_the_steps_of_a_life_cycle():
    life = KINDS["ChangeRequest"].lifecycle
    assert life.initial == ("draft",)
    assert life.terminal == {"closed", "rejected", "cancelled"}
    assert life.steps({"spec": {"class": "normal"}})["draft"] == ("submitted", "cancelled")
    assert life.steps({"spec": {"class": "emergency"}})["draft"] == ("submitted", "cancelled", "approved")
    assert life.steps({"spec": {"class": "emergency"}})["approved"] == (
        "scheduled",
        "assessed",
        "cancelled",
        "implementing",
    )
    assert KINDS["Person"].lifecycle.terminal == frozenset()  # keys of people who left can still be called in
    assert KINDS["Role"].lifecycle is None


def test_the_states_of_each_life_cycle_are_the_choices_of_its_field():
    for kind in KINDS.values():
        if kind.lifecycle is not None:
            assert set(kind.lifecycle.states) == set(kind.field(kind.lifecycle.field).enum), kind.name


def test_what_an_approval_does_not_bind():
    assert KINDS["ChangeRequest"].unbound == (
        "/spec/state",
        "/spec/test",
        "/spec/implementation",
        "/spec/review",
        "/spec/links",
        "/spec/release",
    )


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [("ChangeRequest", "CHG"), ("Release", "REL"), ("Incident", "INC"), ("Problem", "PRB"), ("KnownError", "KE"), ("Outage", "OUT"),
     ("ImprovementAction", "IMP"), ("AuditFinding", "AF"), ("Service", ""), ("SupplierContract", ""), ("Measurement", "")],
)  # fmt: skip
def test_kinds_whose_records_get_made_up_names(kind, prefix):
    assert KINDS[kind].prefix == prefix


def test_no_two_kinds_make_up_the_same_names():
    prefixes = [kind.prefix for kind in KINDS.values() if kind.prefix]
    assert len(prefixes) == len(set(prefixes))


@pytest.mark.parametrize(
    ("pointer", "answer"),
    [("/spec/reason", True), ("/spec/state", True), ("/apiVersion", True), ("/spec/items", False), ("/spec/nothing", False), ("/spec/items/0/set/x", False)],
)  # fmt: skip
def test_where_a_text_may_stand(pointer, answer):
    assert KINDS["ChangeRequest"].takes_text(pointer) is answer


@pytest.mark.parametrize(
    ("kind", "patterns"),
    [("CIType", [("spec", "extends")]), ("Service", [("spec", "depends_on", "*", "target")]), ("Supplier", [("spec", "lead")]),
     ("OperationalLevelAgreement", [("spec", "supersedes"), ("spec", "supporting_agreements", "*")])],
)  # fmt: skip
def test_references_that_must_not_lead_back(kind, patterns):
    assert list(KINDS[kind].acyclic) == patterns


def test_nothing_takes_the_place_of_itself():
    for kind in KINDS.values():
        if kind.field("/spec/supersedes"):
            assert kind.reference_at("/spec/supersedes").to == (kind.name,)
            assert ("spec", "supersedes") in kind.acyclic, kind.name


FIELDS = [
    ("ChangeRequest", "/spec/requester", "the name of a Person", False, ("submitted",)),
    ("ChangeRequest", "/spec/implementers", "list, each the name of a Person", False, ("approved",)),
    ("ChangeRequest", "/spec/items/0/item", "a record as Kind/name, or a file as File/path", True, ()),
    ("ChangeRequest", "/spec/items", "list, each mapping", False, ("submitted",)),
    ("ChangeRequest", "/spec/schedule/zone", "an IANA time zone like Europe/Tallinn", False, ()),
    ("ChangeRequest", "/spec/class", "one of normal, standard, emergency", True, ()),
    ("ChangeRequest", "/metadata/owner", "a Person or Role as Kind/name", False, ("submitted",)),
    ("Service", "/metadata/owner", "a Person or Role as Kind/name", True, ()),
    ("ConfigurationItem", "/spec/tier", "whole number", False, ()),
    ("Person", "/apiVersion", "always itsm/v1", True, ()),
]


@pytest.mark.parametrize(("kind", "pointer", "words", "required", "due"), FIELDS)
def test_what_a_field_is(kind, pointer, words, required, due):
    info = KINDS[kind].field(pointer)
    assert (info.type, info.required, info.due) == (words, required, due)
    assert info.description
    assert info.name == pointer.rpartition("/")[2]


@pytest.mark.parametrize("pointer", ["/spec/nothing", "/spec/reason/deeper", "/status", "/spec/items/0/nothing"])
def test_a_place_that_no_schema_knows_is_no_field(pointer):
    assert KINDS["ChangeRequest"].field(pointer) is None


def test_fields_come_in_the_order_of_the_schema_outer_ones_first():
    pointers = [info.pointer for info in KINDS["Waiver"].fields()]
    assert pointers[:4] == ["/apiVersion", "/kind", "/metadata", "/metadata/name"]
    assert pointers.index("/spec") < pointers.index("/spec/state") < pointers.index("/spec/expires")
    assert len(pointers) == len(set(pointers))


def test_a_schema_that_refers_to_itself_is_walked_once():
    pointers = [info.pointer for info in KINDS["CIType"].fields()]
    assert "/spec/attributes/*/items" in pointers
    assert "/spec/attributes/*/items/items" not in pointers
    assert KINDS["CIType"].field("/spec/attributes/a/items/items/pattern").type.startswith("a regular expression")


def test_examples_of_single_fields():
    change = KINDS["ChangeRequest"]
    assert change.example_for("/spec/requester") == "kadri"
    assert change.example_for("/spec/items/7/item") == "ConfigurationItem/db-01"
    assert change.example_for("/spec/apply") == "whole"
    assert change.example_for("/spec/nothing") is None


def test_a_bundled_schema_stands_alone():
    for kind in KINDS.values():
        for part in parts(kind.schema):
            if isinstance(part.get("$ref"), str):
                assert part["$ref"].removeprefix("#/$defs/") in kind.schema["$defs"]
        unused = set(kind.schema["$defs"]) - {
            part["$ref"].removeprefix("#/$defs/") for part in parts(kind.schema) if isinstance(part.get("$ref"), str)
        }
        assert unused == set(), kind.name


def test_a_stock_validator_reads_a_bundled_schema_as_it_is():
    for kind in KINDS.values():
        validator = jsonschema.Draft202012Validator(dict(kind.schema))
        for example in kind.written["examples"]:
            assert validator.is_valid(example), kind.name


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", ["2026-11-22", "2024-02-29"], ["2026-02-30", "2025-02-29", "22.11.2026", "20261122", "2026-W01-1", "2026-1-1", "0000-01-01", "２０２６-01-01", "2026-11-22\n"]),
        ("date-time", ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00+02:00", "2026-11-22T08:00:00.123456-14:00"], ["2026-11-22T08:00:00", "2026-11-22T08:00Z", "2026-11-22 08:00:00Z", "2026-11-22t08:00:00z", "2026-02-30T08:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T23:59:60Z", "2026-11-22T08:00:00+15:00", "0001-01-01T00:00:00+14:00"]),
        ("moment", ["2026-11-22T08:00", "2026-11-22T08:00:30", "2026-11-22T08:00:00Z"], ["2026-11-22", "2026-11-31T08:00", "2026-11-22T8:00", "2026-11-22T08:00Z"]),
        ("time-zone", ["Europe/Tallinn", "UTC", "America/Argentina/Buenos_Aires"], ["Europe/Talinn", "../etc/passwd", "/etc/passwd", "America", "", "x" * 500, "Europe/Tallinn\0"]),
        ("regex", ["^a+$", "[0-9]{3}", "(a|b)*"], ["(?=a)", "(?<!a)b", r"(a)\1", "(", "[", "a" * 2000, "(?:a{1000}){1000}"]),
    ],
)  # fmt: skip
def test_forms(form, good, bad):
    check = forms.CHECKS[form]
    assert [text for text in good if not check(text)] == []
    assert [text for text in bad if check(text)] == []
    assert check(5)
    assert check(None)


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("db-01", True), ("CHG-2026-0042", True), ("a", True), ("a__b", True), ("a.b_c-d", True), ("x" * 100, True), ("console", True), ("com10", True),
        ("x" * 101, False), ("", False), ("-a", False), ("a-", False), (".a", False), ("a.", False), ("a..b", False), ("a/b", False), ("ä", False), ("a b", False),
        ("con", False), ("NUL", False), ("nul.yaml", False), ("Com1", False), ("lpt9.x.y", False), ("a\n", False), ("a\\b", False), ("aux", False),
    ],
)  # fmt: skip
def test_names(name, accepted):
    record = {
        "apiVersion": "itsm/v1",
        "kind": "Role",
        "metadata": {"name": name, "title": "T"},
        "spec": {"holders": []},
    }
    assert KINDS["Role"].conforms(record) is accepted


def test_loading_reads_nothing_but_what_it_is_given(monkeypatch):
    monkeypatch.setattr("builtins.open", None)
    assert len(kinds.load(FILES)) == len(KINDS)


def test_judging_good_records_loads_only_the_fast_validator():
    code = (
        "import sys; from itsmctl import bundled, kinds; known = kinds.load(bundled.files('schemas', '.json'));"
        "before = sorted(m for m in ('jsonschema', 'jsonschema_rs', 'referencing', 'zoneinfo') if m in sys.modules);"
        "ok = all(k.conforms(e) for k in known.values() for e in k.written['examples'] if \"'zone'\" not in repr(e));"
        "print(before, ok, sorted(m for m in ('jsonschema', 'referencing', 'zoneinfo') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True []\n"
