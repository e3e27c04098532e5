"""`itsmctl new` and `explain` over every shipped kind: a new kind needs no word about it anywhere but in its schema."""

from __future__ import annotations

import re

import pytest

from itsmctl import bundled, kinds, yamltext
from itsmctl.desk import new
from itsmctl.errors import Misuse
from itsmctl.records import value_at

KINDS = kinds.load(bundled.files("schemas", ".json"))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_template_is_a_record_as_it_stands(name):
    kind = KINDS[name]
    text = new.template(kind, "x-1")
    record = yamltext.read(text.encode())
    assert kind.explain(record) == ()
    assert record["metadata"]["name"] == "x-1"
    lacking = [way for _, way in kind.due_in(record) if not any(is_written(record, pointer) for pointer in way)]
    assert lacking == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_template_offers_every_field(name):
    kind = KINDS[name]
    text = new.template(kind, "x-1")
    for field in kind.fields():
        if field.depth == 2 and "*" not in field.pointer:
            assert re.search(rf'^ *(# )?"?{field.name}"?:', text, re.MULTILINE), field.pointer


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_template_fits_on_a_terminal(name):
    notes = [line for line in new.template(KINDS[name], "x-1").split("\n") if line.lstrip().startswith("# ")]
    assert max(len(line) for line in notes if ": " not in line) <= 100


def is_written(data: object, pointer: str) -> bool:
    """Is there anything at the pointer: not absent, null, or an empty text, list or mapping."""
    value = value_at(data, pointer)
    return not (value is None or (isinstance(value, str | list | dict) and not value))


def test_a_template_says_what_is_enough_instead():
    text = " ".join(new.template(KINDS["Incident"], "x-1").replace("#", "").split())
    assert "The services that suffer. Due when recorded, unless there is items." in text
    assert "\n  services:\n" in new.template(KINDS["Incident"], "x-1")
    assert "\n  # items:\n" in new.template(KINDS["Incident"], "x-1")


@pytest.mark.parametrize(
    ("kind", "given", "lacking"),
    [
        ("Review", {}, "metadata.title metadata.owner spec.type spec.planned_on"),
        ("Review", {"/spec/type": "supplier"}, "metadata.title metadata.owner spec.supplier spec.planned_on"),
        ("Incident", {}, "metadata.title spec.reported_at spec.services spec.impact spec.urgency spec.priority"),
        (
            "Incident",
            {"/spec/items/0": "db-01"},
            "metadata.title spec.reported_at spec.impact spec.urgency spec.priority",
        ),
        (
            "Delegation",
            {"/metadata/title": "T"},
            "metadata.owner spec.delegator spec.delegate spec.roles spec.from spec.to spec.reason",
        ),
    ],
)
def test_what_is_required_and_what_is_due_is_asked_for_in_one_go(kind, given, lacking):
    with pytest.raises(Misuse) as raised:
        new.draft(KINDS[kind], "x-1", given, None)
    named = [line.split("=")[0].split()[1] for line in str(raised.value.message).split("\n")[1:]]
    assert named == lacking.split()


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("Incident", "such as [identity, loans]; or spec.items in its place)"),
        ("Measurement", "such as {from: 2026-10-01, to: 2026-10-31})"),
        ("Outage", "(true or false, such as false)"),
        ("Measurement", "(an OperationalLevelAgreement, Service, ServiceLevelAgreement or SupplierContract as"),
    ],
)
def test_a_field_that_is_lacking_comes_with_a_value_to_copy(kind, line):
    with pytest.raises(Misuse) as raised:
        new.draft(KINDS[kind], "x-1", {}, None)
    assert line in raised.value.message


@pytest.mark.parametrize(
    ("kind", "pointer", "others"),
    [
        ("Incident", "/spec/services", ("/spec/items",)),
        ("Outage", "/spec/change", ("/spec/incidents", "/spec/problem")),
        ("ChangeRequest", "/spec/backout", ("/spec/remedy",)),
    ],
)
def test_fields_of_which_one_is_enough(kind, pointer, others):
    assert KINDS[kind].instead[pointer] == others


def test_a_field_that_nothing_replaces_has_nothing_instead():
    assert "/spec/cause" not in KINDS["Outage"].instead


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_field_is_shown_in_some_example_of_the_kind(name):
    kind = KINDS[name]
    fields = [field.pointer for field in kind.fields() if field.depth == 2 and field.pointer.startswith("/spec/")]
    assert [pointer for pointer in fields if kind.example_for(pointer) is None] == []
