"""The JSON report: what it holds, and that its published schema is its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from golden.sample import CLEAN, SAMPLE
from msgspec.structs import fields, replace

from itsmctl.findings import Report, Rule, Waived
from itsmctl.formats import FORMATS, Look
from itsmctl.formats.report_model import ReportDocument, document

SCHEMA = json.loads(Path(__file__).parents[1].joinpath("schemas/tool/report.schema.json").read_bytes())


def written(report: Report) -> Any:
    return json.loads(FORMATS["json"].write(report, Look()))


@pytest.mark.parametrize("report", [SAMPLE, CLEAN], ids=["sample", "clean"])
def test_the_document_conforms_to_its_published_schema(report: Report) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(written(report))


def test_the_published_schema_takes_no_unknown_field() -> None:
    made = written(SAMPLE)
    made["findings"][0]["extra"] = 1
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(SCHEMA).validate(made)


def test_the_document_is_read_back_as_it_was_written() -> None:
    text = FORMATS["json"].write(SAMPLE, Look())
    assert ReportDocument.model_validate_json(text).model_dump(mode="json", by_alias=True) == json.loads(text)


def test_it_names_its_version_and_schema() -> None:
    made = written(SAMPLE)
    assert (made["version"], made["$schema"]) == (1, SCHEMA["$id"])


def test_the_summary_explains_the_exit_code() -> None:
    summary = written(SAMPLE)["summary"]
    assert (summary["passed"], summary["exit_code"]) == (False, 1)
    assert summary["exit_meaning"] == "open findings at or above fail_on"
    assert (summary["errors"], summary["warnings"], summary["infos"], summary["waived"]) == (3, 1, 1, 1)
    clean = written(CLEAN)["summary"]
    assert (clean["passed"], clean["exit_code"], clean["waived"]) == (True, 0, 1)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1)])
def test_the_exit_code_follows_fail_on(fail_on: Any, code: int) -> None:
    report = replace(SAMPLE, findings=SAMPLE.findings[-1:], fail_on=fail_on)
    assert written(report)["summary"]["exit_code"] == code


@pytest.mark.parametrize(("part", "value"), [("rules", Rule), ("waived", Waived)])
def test_nothing_of_a_value_is_left_out(part: str, value: type) -> None:
    made = written(SAMPLE)
    found = {"rules": made["rules"][0], "waived": made["findings"][-2]["waived"]}[part]
    assert set(found) == {field.name for field in fields(value)}


def test_the_model_holds_only_what_utf_8_can() -> None:
    odd = replace(SAMPLE, title="\udcff \ud800", prefix="õ")
    found = json.loads(document(odd).model_dump_json())
    assert (found["title"], found["prefix"]) == ("\\xff \\u{d800}", "õ")


def test_record_text_is_kept_as_it_is_but_printed_escaped() -> None:
    text = FORMATS["json"].write(SAMPLE, Look())
    assert "\\u202e.txt" in text
    assert "\\u001b[2J" in text
    odd = next(one for one in json.loads(text)["findings"] if one["rule"] == "yaml-duplicate-key")
    assert odd["message"] == "records/notes, 2026: \u202e.txt is not read \x1b[2J"
    assert odd["place"]["path"] == "records/notes, 2026: \\xff\n.yaml"  # a byte that no JSON can hold
