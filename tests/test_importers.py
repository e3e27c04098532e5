"""Importers: a file of observed things in, rows out; what cannot be read is refused with its place, whatever it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsmctl import importers
from itsmctl.errors import CannotJudge
from itsmctl.importers import json_

OBSERVED = Path(__file__).parent / "data/observed"


def rows(content: str | bytes, *columns: str, form: str = "csv", **options: str) -> list[tuple[str, dict[str, str]]]:
    raw = content.encode() if isinstance(content, str) else content
    sheet = importers.IMPORTERS[form].opened(raw, "seen", importers.Wanted(frozenset(columns), options))
    return [(row.at, dict(row.values)) for row in sheet.rows()]


def refused(content: str | bytes, *columns: str, form: str = "csv", **options: str) -> str:
    with pytest.raises(CannotJudge) as caught:
        rows(content, *columns, form=form, **options)
    assert caught.value.hint
    return f"{caught.value.message} | {caught.value.hint}"


def bom(*components: dict[str, Any], version: str = "1.6", **more: Any) -> str:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": version, "components": components, **more})


# --- what a file is


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"\xef\xbb\xbfName,Serial\n", "csv"),
        (b'  {"bomFormat": "CycloneDX"}', "cyclonedx"),
        (b"\xef\xbb\xbf[1]", "cyclonedx"),
        (b"a;b\n1;2", "csv"),
    ],
)
def test_a_file_is_known_by_how_it_begins(content: bytes, form: str) -> None:
    assert importers.form_of(content, "seen") == form


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        ("Name\nä\n".encode("utf-16"), "UTF-16"),
        (b"\xfe\xff\0a", "UTF-16"),
        (b"PK\x03\x04abc", "spreadsheet"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b'<?xml version="1.0"?><bom/>', "XML"),
    ],
)
def test_what_nobody_reads_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(CannotJudge, match=says) as caught:
        importers.form_of(content, "seen")
    assert caught.value.hint


# --- CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_may_be_parted_by_any_usual_delimiter(delimiter: str) -> None:
    text = delimiter.join(["Name", "Serial number"]) + "\r\n" + delimiter.join(["a", "1"]) + "\r\n"
    assert rows(text, "Name", "Serial number") == [("line 2", {"Name": "a", "Serial number": "1"})]


def test_the_delimiter_is_the_one_by_which_the_columns_are_found() -> None:
    text = 'Name;"Rack, row and place";Serial\na;"1, 2";X\n'
    assert rows(text, "Name", "Serial", "Rack, row and place")[0][1] == {
        "Name": "a",
        "Serial": "X",
        "Rack, row and place": "1, 2",
    }


def test_a_byte_order_mark_a_sep_line_and_blank_lines_are_no_data() -> None:
    text = "\ufeffsep=;\r\nName;Serial\r\n\r\na;1\r\n;\r\nb;2\r\n"
    assert rows(text, "Name") == [("line 4", {"Name": "a"}), ("line 6", {"Name": "b"})]


def test_columns_are_found_in_whatever_letter_case_and_others_are_not_kept() -> None:
    assert rows("NAME,Admin Password\na,hunter2\n", "name") == [("line 2", {"name": "a"})]


def test_quotes_line_breaks_in_cells_and_formulas_are_text() -> None:
    text = 'Name,Note\n"a ""b""","one\ntwo"\n=1+1,@x\n'
    assert rows(text, "Name", "Note") == [
        ("line 2", {"Name": 'a "b"', "Note": "one\ntwo"}),
        ("line 4", {"Name": "=1+1", "Note": "@x"}),
    ]


def test_the_old_windows_encoding_is_read_where_the_mapping_says_so() -> None:
    content = "Name\nJõgeva–1\n".encode("cp1252")
    assert "encoding: cp1252" in refused(content, "Name")
    assert rows(content, "Name", encoding="cp1252") == [("line 2", {"Name": "Jõgeva–1"})]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Nmae,Serial\na,1\n", "no column 'Name': did you mean Nmae?"),
        ("Name,name\na,b\n", "stands there twice"),
        ("Name,Serial\na\n", "seen:2: there are 1 cells, and the header has 2"),
        ("Name,Serial\na,1,2\n", "seen:2: there are 3 cells, and the header has 2"),
        ('Name,Serial\na,1\n"b,2\n', "seen:3: it cannot be read"),
        ('Name,Serial\n"a"b,1\n', "seen:2: it cannot be read"),
        ("Name\na\0b\n", "seen:2: there is a NUL byte"),
        (b"Name\nok\n\xff\n", "seen:3: byte 0xff is no utf-8"),
        ('"Name\n', "quote"),
    ],
)
def test_csv_that_could_be_misread_is_refused_with_its_line(content: str | bytes, says: str) -> None:
    assert says in refused(content, "Name")


def test_no_more_rows_are_read_than_one_audit_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsmctl.importers.csv_.MOST_ROWS", 2)
    monkeypatch.setattr("itsmctl.importers.cyclonedx.MOST_ROWS", 2)
    assert len(rows("Name\na\nb\n", "Name")) == 2
    assert "more than 2 rows" in refused("Name\na\nb\nc\n", "Name")
    assert "more than 2 things" in refused(bom(*({"name": str(at)} for at in range(3))), "name", form="cyclonedx")


def test_no_larger_bill_is_read_than_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsmctl.importers.cyclonedx.LARGEST", 60)
    assert "MiB of JSON" in refused(bom({"name": "a" * 60}), "name", form="cyclonedx")


# --- CycloneDX


@pytest.mark.parametrize("version", ["1.2", "1.4", "1.5", "1.6", "1.7"])
def test_each_component_and_service_is_a_row_with_the_columns_that_were_asked_for(version: str) -> None:
    inner = {"type": "library", "name": "b", "version": "2", "components": [{"type": "file", "name": "c"}]}
    outer = {"type": "application", "name": "a", "components": [inner], "purl": "pkg:x/a", "supplier": {"name": "S"}}
    text = bom(outer, version=version, services=[{"name": "s"}], metadata={"component": {"name": "m"}})
    assert rows(text, "name", "version", "purl", "supplier.name", "section", form="cyclonedx") == [
        ("/metadata/component", {"section": "metadata", "name": "m"}),
        ("/components/0", {"section": "components", "name": "a", "purl": "pkg:x/a", "supplier.name": "S"}),
        ("/components/0/components/0", {"section": "components", "name": "b", "version": "2"}),
        ("/components/0/components/0/components/0", {"section": "components", "name": "c"}),
        ("/services/0", {"section": "services", "name": "s"}),
    ]


def test_properties_and_hashes_are_columns() -> None:
    thing = {
        "name": "a",
        "hashes": [
            {"alg": "SHA-256", "content": "AB"},
            {"alg": "BLAKE3", "content": "x"},
            {"alg": "MD5", "content": "c"},
        ],
        "properties": [
            {"name": "k", "value": "1"},
            {"name": "l", "value": "x"},
            {"name": "l", "value": "y"},
            {"name": "n"},
        ],
    }
    found = rows(bom(thing), "digests", "property:k", "property:l", "property:n", form="cyclonedx")
    assert found[0][1] == {"digests": "sha256:ab md5:c", "property:k": "1", "property:l": '["x", "y"]'}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "no CycloneDX"),
        ('{"bomFormat": "SPDX"}', "no CycloneDX"),
        (bom(version="2.0"), "specVersion is 2.0, and read are 1.2, 1.3, 1.4, 1.5, 1.6, 1.7"),
        (bom(version="1.60"), "cyclonedx convert"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": {}}', "/components is no list"),
        (bom({"version": "1"}), "/components/0 has no name"),
        (bom({"name": "a", "components": [7]}), "/components/0/components/0 has no name"),
        (bom(metadata={"component": {}}), "/metadata/component has no name"),
        ('{\n "a": 1,\n "b": {"a": 1, "a": 2}}', 'line 3, column 16: the key "a" stands there twice'),
        ('{"a": 1,\n "b": NaN}', "line 2, column 7: NaN is no number"),
        ('{"a": 1,\n "b": -Infinity}', "line 2, column 7: -Infinity is no number"),
        ('{"a": 1,\n "b": ' + "7" * 5000 + "}", "line 2, column 7: a number of 5000 digits"),
        ('{"a":\n' + "[" * 100_000, "line 2, column 200: lists and mappings stand more than 200 levels deep"),
        ('{"a":\n' + "[" * 300 + "]" * 300 + "}", "more than 200 levels deep"),
        ('{"a": \n}', "line 2, column 1: it is no JSON"),
        (b'{"a": "\xff"}', "seen:1: byte 0xff is no UTF-8"),
    ],
)
def test_cyclonedx_that_could_be_misread_is_refused_with_its_place(content: str | bytes, says: str) -> None:
    assert says in refused(content, "name", form="cyclonedx")


def test_keys_are_the_same_however_their_letters_are_escaped() -> None:
    with pytest.raises(ValueError, match="line 1, column 10: the key"):
        json_.parse('{"a": 1, "\\u0061": 2}')


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_rows_or_a_sentence(content: bytes) -> None:
    try:
        form = importers.form_of(content, "seen")
        rows(content, form=form)
    except CannotJudge as error:
        assert error.message  # noqa: PT017
        assert error.hint  # noqa: PT017


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_rows_or_a_sentence(data: Any) -> None:
    for text in (
        json.dumps(data),
        bom(metadata=data),
        bom(services=data),
        bom({"name": "a", "properties": data, "hashes": data}),
    ):
        try:
            rows(text, "name", "digests", "property:a", form="cyclonedx")
        except CannotJudge as error:
            assert error.hint  # noqa: PT017


# --- files that nobody here wrote


def test_a_real_bill_of_hardware_is_read() -> None:
    content = (OBSERVED / "pcie-sata-adapter-board.cdx.json").read_bytes()
    found = rows(content, "name", "version", "supplier.name", "property:cdx:device:quantity", form="cyclonedx")
    assert found[0] == ("/metadata/component", {"name": "pcie-sata-adaptor-board", "version": "rev-1"})
    assert found[1][1] == {
        "name": "PCIE-098-02-F-D-EMS2",
        "version": "2.9.10",
        "supplier.name": "Samtec",
        "property:cdx:device:quantity": "1",
    }


def test_real_devices_of_netbox_are_read() -> None:
    found = rows((OBSERVED / "netbox-devices.csv").read_bytes(), "name", "tenant", "serial number")
    assert found[0] == ("line 2", {"name": "dmi01-akron-rtr01", "tenant": "Dunder-Mifflin, Inc."})
