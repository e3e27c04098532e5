"""Workflow commands: what a runner makes of them, and that the worst are annotated first."""

from __future__ import annotations

import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE
from msgspec.structs import replace
from runner import Command, commands, parse

from itsmctl.findings import Finding, Place
from itsmctl.formats import FORMATS, Look


def written(*findings: Finding, look: Look | None = None) -> str:
    return FORMATS["github"].write(replace(SAMPLE, findings=findings), look or Look())


def annotations(*findings: Finding) -> list[Command]:
    return commands(written(*findings))


def test_an_annotation() -> None:
    (first,) = annotations(FINDINGS[2])
    assert first.name == "error"
    assert first.properties == {
        "file": "ops/itsm/records/changes/CHG-2026-0042.yaml",
        "line": "14",
        "endLine": "14",
        "col": "3",
        "endColumn": "10",
        "title": "CHG-07: A change says how it is reversed or remedied",
    }
    assert first.data.split("\n") == [
        "no back-out steps and no remedy for CHG-2026-0042",
        "ops/itsm/records/services/loans.yaml:9:9: the service it touches: tier 2 has to be back within four hours",
        "ops/itsm/records/roles/change-manager.yaml:1:1: the role that decides on the way back",
        "help: Describe the steps, the trigger and who decides, or why it cannot be reversed and what is done instead.",
        "explain: itsmctl explain CHG-07",
    ]


def test_values_reach_the_runner_as_they_are() -> None:
    odd = Finding("CHG-07", "error", "100 %0A sure, 5 % off: a::b", Place("records/a,b:c %2C.yaml"))
    (first,) = annotations(odd)
    assert first.properties["file"] == "ops/itsm/records/a,b:c %2C.yaml"
    assert first.data.startswith("100 %0A sure, 5 % off: a::b\n")


def test_columns_only_on_one_line() -> None:
    (first,) = annotations(replace(FINDINGS[0], place=Place("a", 3, 2, 5, 4)))
    assert {"line": "3", "endLine": "5"}.items() <= first.properties.items()
    assert not {"col", "endColumn"} & set(first.properties)


def test_levels_worst_first_and_waived_ones_not_at_all() -> None:
    assert [command.name for command in annotations(*FINDINGS)] == ["error", "error", "error", "warning", "notice"]


@pytest.mark.parametrize(
    ("number", "levels", "more"),
    [
        (8, ["error"] * 8 + ["warning", "notice"], None),
        (9, ["error"] * 9 + ["warning"], "1 more finding (1 info)"),
        (10, ["error"] * 10, "2 more findings (1 warning, 1 info)"),
        (12, ["error"] * 10, "4 more findings (2 errors, 1 warning, 1 info)"),
    ],
)
def test_the_worst_ten_and_how_many_more(number: int, levels: list[str], more: str | None) -> None:
    findings = tuple(replace(FINDINGS[0], place=Place("a", line)) for line in range(1, number + 1))
    log = written(FINDINGS[1], FINDINGS[-1], *findings)
    assert [command.name for command in commands(log)] == levels
    assert ("without annotation" in log) == (more is not None)
    assert more is None or f"{more} without annotation: the worst 10 have one" in log.splitlines()
    assert log.count("error[CFG-03]") == number  # the log lists them all


def test_the_log_stands_where_commands_are_stopped() -> None:
    lines = written(*FINDINGS).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("::stop-commands::"))
    assert "3 errors, 1 warning, 1 info in 3 files (1 waived, 3 old)" in lines[start:]
    assert lines[-1] == f"::{lines[start].removeprefix('::stop-commands::')}::"


def test_a_clean_run_annotates_nothing_and_says_what_it_looked_at() -> None:
    log = FORMATS["github"].write(CLEAN, Look())
    assert commands(log) == []
    assert "no findings in 138 records" in log


def test_quiet_leaves_out_the_summary() -> None:
    assert "in 3 files" not in written(*FINDINGS, look=Look(quiet=True))
    assert FORMATS["github"].write(CLEAN, Look(quiet=True)) == ""


def test_the_token_that_ends_the_stop_cannot_be_known_beforehand() -> None:
    def token(report_text: str) -> str:
        return next(line for line in report_text.splitlines() if line.startswith("::stop-commands::"))

    first = token(written(FINDINGS[0]))
    assert first == token(written(FINDINGS[0]))
    known = first.removeprefix("::stop-commands::")
    assert token(written(replace(FINDINGS[0], message=f"::{known}::"))) != first


def test_the_specification_knows_commands() -> None:
    assert parse("  ::add-mask::x") == Command("add-mask", {}, "x")
    assert parse("title ##[add-mask]x") == Command("add-mask", {}, "x")
    assert parse("::error file=a%2Cb,line=1::50%25 off%0A") == Command(
        "error", {"file": "a,b", "line": "1"}, "50% off\n"
    )
    assert parse("::: records/a.yaml::b") is None
    assert parse("a ::add-mask::x") is None
