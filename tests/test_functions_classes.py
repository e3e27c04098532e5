"""What rules ask of classes: what an item's class says with all that it inherits, and which items are one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record

from itsmctl import cel
from itsmctl.functions.graph import Missing

if TYPE_CHECKING:
    from pathlib import Path


def item_class(name: str, spec: str = "", *, formerly: str = "") -> str:
    text = record("CIType", name, f"{{{spec}}}")
    return text.replace("title:", f"formerly: [{formerly}], title:") if formerly else text


def item(name: str, of: str, attributes: str = "", state: str = "live") -> str:
    return record("ConfigurationItem", name, f"{{type: {of}, state: {state}, attributes: {{{attributes}}}}}")


# the worked example, with one more class above
HARDWARE = item_class(
    "hardware",
    "abstract: true, extends: thing, selection: What has a plug., financial: true, digital: false, "
    "attributes: {serial: {type: string, minLength: 2}, colour: {type: string}}, required: [serial], "
    "relations: [{type: stands-in, to: [thing]}, {type: feeds, to: [thing]}], identity: [[serial]], "
    "control: {level: strict, verify_every_days: 365, fields: [/spec/version]}",
)
CABLE = item_class(
    "cable",
    "extends: hardware, financial: false, attributes: {metres: {type: number}, colour: {enum: [red]}}, "
    "required: [metres], relations: [{type: feeds, to: [cable]}], control: {level: basic}",
)
THING = item_class("thing", "abstract: true, control: {level: normal, verify_every_days: 30}")
LINE = [CABLE, HARDWARE, THING]
A_CABLE = item("c-1", "cable", "metres: 2, serial: KH-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ci_class(self).name", "cable"),
        ("ci_class(self).lineage", ["cable", "hardware", "thing"]),
        ("ci_class(self).abstract", False),  # never taken over
        ("ci_class(self).selection", "What has a plug."),
        ("ci_class(self).financial", False),  # the nearer class says otherwise
        ("ci_class(self).digital", False),
        ("ci_class(self).control.level", "basic"),
        ("ci_class(self).control.verify_every_days", 365),  # each field of control on its own
        ("ci_class(self).control.fields", ["/spec/version"]),
        ("ci_class(self).identity", [["serial"]]),
        ("ci_class(self).required", ["metres", "serial"]),
        ("ci_class(self).attributes.map(name, name)", ["colour", "metres", "serial"]),
        ("ci_class(self).attributes.colour", {"enum": ["red"]}),
        ("ci_class(self).relations.map(r, r.type + ' ' + r.to.join(','))", ["stands-in thing", "feeds cable"]),
        ("'hardware' in ci_class(self).lineage", True),
        ("ci_class(ref('CIType/hardware')).control.verify_every_days", 365),
        ("ci_class(ref('CIType/hardware')).abstract", True),
        ("ci_class(ref('CIType/thing')).financial", False),
        ("ci_class(ref('CIType', self.spec.type)) == ci_class(self)", True),
    ],
)
def test_a_class_takes_over_what_it_does_not_say(tmp_path: Path, text: str, expected: object) -> None:
    assert ask(tmp_path, [*LINE, A_CABLE], text, "ConfigurationItem/c-1") == expected


def test_what_nobody_says_is_there_and_empty(tmp_path: Path) -> None:
    text = (
        "ci_class(self) == {'name': 'rope', 'lineage': ['rope'], 'abstract': false, 'selection': '', 'attributes': {}, "
        "'required': [], 'relations': [], 'identity': [], 'financial': false, 'digital': false, "
        "'control': {'level': '', 'verify_every_days': 0, 'fields': [], 'ignore': []}}"
    )
    assert ask(tmp_path, [item_class("rope"), item("r-1", "rope")], text, "ConfigurationItem/r-1") is True


def test_a_class_that_there_is_no_record_of_says_nothing(tmp_path: Path) -> None:
    text = "ci_class(self).name == 'rope' && ci_class(self).lineage == [] && ci_class(self).control.level == ''"
    assert ask(tmp_path, [item("r-1", "rope")], text, "ConfigurationItem/r-1") is True


def test_what_is_taken_over_ends_where_there_is_no_record(tmp_path: Path) -> None:
    rope = item_class("rope", "extends: cord, digital: true")
    text = "ci_class(self).lineage == ['rope'] && ci_class(self).digital"
    assert ask(tmp_path, [rope, item("r-1", "rope")], text, "ConfigurationItem/r-1") is True


@pytest.mark.parametrize(
    "broken",
    [item_class("thing", "colour: red"), item_class("thing", "a: 1, a: 2"), item_class("thing", "control: {}")],
)
def test_a_class_of_which_not_all_can_be_read_is_no_answer(tmp_path: Path, broken: str) -> None:
    """Neither of its own items, nor of those of the classes that extend it."""
    for about, of in (("c-1", "cable"), ("t-1", "thing")):
        with pytest.raises(Missing, match="CIType/thing cannot be read, or breaks its schema") as raised:
            ask(
                tmp_path,
                [CABLE, HARDWARE, broken, item(about, of)],
                "ci_class(self).digital",
                f"ConfigurationItem/{about}",
            )
        assert raised.value.ref == "CIType/thing"


def test_classes_that_extend_each_other_each_begin_with_themselves(tmp_path: Path) -> None:
    """That they do has its finding."""
    ring = [
        item_class("a", "extends: b, selection: A."),
        item_class("b", "extends: c, selection: B., digital: true"),
        item_class("c", "extends: a, control: {level: strict}"),
    ]
    text = "records('CIType').map(c, ci_class(c).name + ci_class(c).lineage.join('') + ci_class(c).control.level)"
    assert ask(tmp_path, ring, text) == ["aabcstrict", "bbcastrict", "ccabstrict"]
    assert ask(tmp_path, ring, "records('CIType').all(c, ci_class(c).digital)") is True
    assert ask(tmp_path, ring, "ci_class(ref('CIType/a')).selection + ci_class(ref('CIType/b')).selection") == "A.B."


def test_a_class_is_known_by_its_former_name(tmp_path: Path) -> None:
    """Of the item as of the class that extends it."""
    world = [item_class("wire", "digital: true", formerly="cord"), item_class("rope", "extends: cord")]
    for of in ("cord", "rope"):
        text = "ci_class(self).digital && 'wire' in ci_class(self).lineage"
        assert ask(tmp_path, [*world, item("r-1", of)], text, "ConfigurationItem/r-1") is True


def test_only_items_and_classes_have_a_class(tmp_path: Path) -> None:
    text = "ci_class(records('Supplier')[0]).digital"
    with pytest.raises(
        cel.EvaluationError, match="Supplier has no class of items: give a ConfigurationItem or a CIType"
    ):
        ask(tmp_path, [record("Supplier", "s", "{state: active, role: lead, contract_manager: mari}")], text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ci_class(self).finanical", "class has no field finanical"),
        ("ci_class(self).control.levle", "class.control has no field levle"),
        ("ci_class(self).control.level == 'srtict'", "it is never 'srtict'"),
        ("ci_class('server').digital", "takes ConfigurationItem"),
    ],
)
def test_a_slip_is_noticed_before_any_record_is_there(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(cel.CompileError, match=says):
        ask(tmp_path, [*LINE, A_CABLE], text, "ConfigurationItem/c-1")


# --- twins


SERVER = item_class("server", "extends: machine")
KIOSK = item_class("kiosk", "extends: machine, identity: [[serial]]")
MACHINE = item_class("machine", "identity: [[asset], [maker, serial]]")
TWINS = "twins(self).map(t, t.metadata.name)"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], []),
        ([item("b", "server", "maker: M, serial: KH-1")], ["b"]),  # the worked example
        ([item("c", "server", "maker: M, serial: KH-1"), item("b", "server", "maker: M, serial: KH-1")], ["b", "c"]),
        ([item("b", "server", "maker: M, serial: KH-2")], []),
        ([item("b", "server", "maker: M")], []),  # no set in full
        ([item("b", "machine", "maker: M, serial: KH-1")], ["b"]),  # the same class gave both the set
        ([item("b", "kiosk", "maker: M, serial: KH-1")], []),  # kiosks are told otherwise
        ([item("b", "server", "asset: P-1, maker: M, serial: KH-1")], []),  # told by the first set that is there
        *(
            ([item("b", "server", "maker: M, serial: KH-1", gone)], [])
            for gone in ("withdrawn", "disposed", "rejected")
        ),
        *(
            ([item("b", "server", "maker: M, serial: KH-1", there)], ["b"])
            for there in ("planned", "ordered", "received", "in-acceptance")
        ),
        ([record("ConfigurationItem", "b", "{type: server, state: live, colour: red}")], []),  # has its own finding
    ],
)
def test_two_records_of_one_thing_are_twins(tmp_path: Path, others: list[str], expected: list[str]) -> None:
    world = [SERVER, KIOSK, MACHINE, item("a", "server", "maker: M, serial: KH-1"), *others]
    assert ask(tmp_path, world, TWINS, "ConfigurationItem/a") == expected


def test_values_are_compared_as_they_are(tmp_path: Path) -> None:
    disk = item_class("disk", "identity: [[slots]]")
    same, text = (
        [item(name, "disk", "slots: [1, 2]") for name in "ab"],
        [item(name, "disk", "slots: '1'") for name in "cd"],
    )
    other = [item("e", "disk", "slots: 1"), item("f", "disk", "slots: true"), item("g", "disk", "slots: [2, 1]")]
    for name, expected in {"a": ["b"], "c": ["d"], "e": [], "f": [], "g": []}.items():
        assert ask(tmp_path, [disk, *same, *text, *other], TWINS, f"ConfigurationItem/{name}") == expected


def test_what_is_gone_has_no_twin(tmp_path: Path) -> None:
    world = [MACHINE, item("a", "machine", "asset: P-1", "withdrawn"), item("b", "machine", "asset: P-1")]
    assert ask(tmp_path, world, TWINS, "ConfigurationItem/a") == []


# --- units


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", 1),
        ("units: 64", 64),
        ("units: 1", 1),
        ("units: 0", 1),
        ("units: -3", 1),
        ("units: many", 1),
        ("units: true", 1),
        ("units: 2.5", 1),
    ],
)
def test_an_item_stands_for_so_many_things(tmp_path: Path, attributes: str, expected: int) -> None:
    assert ask(tmp_path, [item("a", "machine", attributes)], "units_of([self])", "ConfigurationItem/a") == expected


def test_units_are_added_up(tmp_path: Path) -> None:
    world = [item("a", "machine", "units: 64"), item("b", "machine", "")]
    text = "units_of([self, ref('ConfigurationItem', 'b')])"
    assert ask(tmp_path, world, text, "ConfigurationItem/a") == 65
    assert ask(tmp_path, world, "units_of([])", "ConfigurationItem/a") == 0
