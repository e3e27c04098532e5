"""What commands print on a terminal of 40 columns: nothing sticks out but words that fit nowhere, nothing is cut."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Repo
from narrow import WIDTH, overrun
from test_help import COMMANDS

from itsmctl import drawing

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    from conftest import undisturbed

    path = tmp_path_factory.mktemp("town")
    repo = Repo(path, {**undisturbed(path / "home"), "COLUMNS": str(WIDTH)})
    repo.git("init", "--quiet", "--initial-branch=main")
    shutil.copytree(PROJECT / "example-repo", path, dirs_exist_ok=True)
    repo.commit()
    return repo


@pytest.mark.parametrize("name", COMMANDS)
def test_help(town: Repo, name: str) -> None:
    ran = town.run(*name.split()[1:], "--help")
    assert ran.code == 0
    assert [line for line in overrun(ran.stdout) if "='" not in line] == []  # words in quotes stay whole


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not hasattr(command, "commands")])
@pytest.mark.parametrize("width", [20, 40, 80, 100])
def test_the_examples_of_helps_can_be_copied(town: Repo, name: str, width: int) -> None:
    """Joined where a shell joins lines, they are what the help says."""
    told = [line.strip() for line in str(COMMANDS[name].help).split("\n") if line.startswith("  itsmctl ")]
    repo = replace(town, environ={**town.environ, "COLUMNS": str(width)})
    shown = repo.run(*name.split()[1:], "--help").stdout.replace(" \\\n", " ")
    said = [" ".join(line.split()) for line in shown.split("\n")]
    assert [line for line in told if " ".join(line.split()) not in said] == []


LINES = (
    "change list",
    "change schedule",
    "change show CHG-2026-0098",
    "change show CHG-2026-0101",
    "change show CHG-2026-0106",
    "doctor",
    "impact Service/loans --by kind",
    "list",
    "list ConfigurationItem",
    "log Service/loans",
    "policy list",
    "policy coverage",
    "schema list",
    "baseline list",
    "baseline status",
    "explain change-management",
    "explain TAG_MOVED",
    "explain days_between",
    "why CHG-2026-0098 CHG-07",
    "show no-such-record",
    "gate --simulate --without nobody",
    "release check koha-26.05 --stage ready",
)


@pytest.mark.parametrize("line", LINES)
def test_output(town: Repo, line: str) -> None:
    ran = town.run(*shlex.split(line))
    assert overrun(ran.stdout + ran.stderr) == []
    assert line.startswith("why") or "…" not in ran.stdout + ran.stderr  # a trace leaves the middle of values out


def test_a_change_is_listed_with_all_that_the_wide_table_has(town: Repo) -> None:
    wide = replace(town, environ={**town.environ, "COLUMNS": "100"}).run("change", "list").stdout
    said = " ".join(town.run("change", "list").stdout.split())
    for words in (
        "CHG-2026-0098 MariaDB 10.11 to 11.4",
        "normal, scheduled, medium, 2026-11-29T03:00Z/2026-11-29T07:00Z",
    ):
        assert words in said
        assert words in " ".join(wide.split())


def test_an_error_is_folded_for_a_terminal_and_left_alone_elsewhere(repo: Repo) -> None:
    narrow = replace(repo, environ={**repo.environ, "COLUMNS": str(WIDTH)}).run("validate").stderr
    plain = repo.run("validate").stderr
    assert len(narrow.split("\n")) > len(plain.split("\n")) == 3
    assert narrow.split() == plain.split()
    assert narrow.startswith("cannot judge: ")
    assert overrun(narrow) == []


ENTRIES = [("aa", "b", "what it is, in some more words"), ("a-name-of-thirty-columns-or-so", "b", "more")]


def test_a_table_is_one_as_long_as_there_is_room() -> None:
    assert drawing.table([ENTRIES[0]], 40, 0, ("x", "y", "z"), wrap=True) == [
        "x   y  z",
        "aa  b  what it is, in some more words",
    ]
    assert drawing.table(ENTRIES, 40, 0, ("x", "y", "z"), wrap=True) == [
        "aa",
        "  y  b",
        "  z  what it is, in some more words",
        "a-name-of-thirty-columns-or-so",
        "  y  b",
        "  z  more",
    ]
    assert drawing.table(ENTRIES, 40, 0, wrap=True) == [
        "aa b",
        "    what it is, in some more words",
        "a-name-of-thirty-columns-or-so b",
        "    more",
    ]


def test_a_word_that_does_not_fit_beside_stands_below() -> None:
    assert drawing.rows([("window", "a" * 34), ("state", "done")], 40) == [
        "  window",
        "      " + "a" * 34,
        "  state   done",
    ]


def test_a_column_in_which_nothing_stands_is_left_out() -> None:
    assert drawing.grid([("a", "", "b")], 40, ("x", "y", "z")) == ["x  z", "a  b"]
    assert drawing.grid([("", "", "")], 40, ("x", "y", "z")) == []


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("git merge a", ["git merge a"]),
        (
            "itsmctl new Role x --set 'title=An a' --set b=c",
            ["itsmctl new Role x \\", "  --set 'title=An a' \\", "  --set b=c"],
        ),
        ("", [""]),
    ],
)
def test_a_command_that_is_too_long_goes_on_below(line: str, folded: list[str]) -> None:
    assert drawing.command(line, 24) == folded
