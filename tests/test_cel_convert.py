"""The converter of the specification's tests: text format in, a line of JSON out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import celspec
import pytest

TEXT = r"""
# proto-file: simple.proto
name: "sample"
section {
  name: "one"
  test {
    name: "plain"  # a comment
    expr: "1 + x" ' < y'
    type_env: { name: "x", ident: { type: { list_type: { elem_type: { primitive: INT64 } } } } }
    type_env { name: "f" function { overloads { params { well_known: TIMESTAMP } result_type { dyn {} } } } }
    bindings { key: "x" value { value { list_value { values { int64_value: -3 } values { uint64_value: 4 } } } } }
    disable_check: true
    value: { map_value { entries { key { string_value: "\303\244\n\x41" } value { double_value: -inf } } } }
  }
  test { name: "plain" expr: 'true' }
  test: <
    name: "failing" expr: "1 / 0" eval_error { errors { message: "foo" } }
  >
  test {
    name: "typed" expr: "t" check_only: true container: "a.b"
    typed_result { deduced_type { map_type { key_type { wrapper: BOOL } value_type { abstract_type {
      name: "optional_type" parameter_types [{ null: 0 }] } } } } }
  }
  test {
    name: "times" expr: "d"
    value { object_value { [type.googleapis.com/google.protobuf.Duration] { seconds: 1 nanos: 5 } } }
  }
  test {
    name: "message" expr: "m"
    bindings { key: "m" value { value { object_value { [type.googleapis.com/a.B] { c: [1, 2], d: 1.5e3 } } } } }
    value { enum_value { type: "a.E" value: 0x1F } }
  }
}
"""


@pytest.fixture
def convert(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(celspec.FOLDER))
    monkeypatch.delitem(sys.modules, "convert", raising=False)
    monkeypatch.delitem(sys.modules, "textproto", raising=False)
    import convert

    return convert


def test_each_test_becomes_one_entry(convert: Any, tmp_path: Path) -> None:
    file = tmp_path / "sample.textproto"
    file.write_text(TEXT, encoding="utf-8")
    assert convert.tests_of(file) == [
        {
            "id": "sample/one/plain",
            "expr": "1 + x < y",
            "flags": ["unchecked"],
            "vars": {"x": "list(int)"},
            "functions": {"f": [["timestamp"], "dyn"]},
            "bind": {"x": [-3, {"uint": 4}]},
            "value": {"map": [["ä\nA", {"double": "-inf"}]]},
        },
        {"id": "sample/one/plain#2", "expr": "true", "value": True},
        {"id": "sample/one/failing", "expr": "1 / 0", "error": True},
        {
            "id": "sample/one/typed",
            "expr": "t",
            "flags": ["check-only"],
            "container": "a.b",
            "type": "map(wrapper(bool), optional_type(null))",
        },
        {"id": "sample/one/times", "expr": "d", "value": {"duration": 1_000_000_005}},
        {"id": "sample/one/message", "expr": "m", "bind": {"m": {"message": "a.B"}}, "value": {"enum": "a.E"}},
    ]


@pytest.mark.parametrize("text", ["name", "name: }", "name: 'open", "{", "a: @"])
def test_what_is_no_text_format_is_refused(convert: Any, text: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        convert.parse(text)
