"""Reason codes: every one that the gate or its evidence can give is explained, and none else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from itsmctl import gate
from itsmctl.cli import completing
from itsmctl.gate import codes
from itsmctl.votes import BROKEN

if TYPE_CHECKING:
    from conftest import Repo
    from court import Court

PACKAGE = Path(gate.__file__).parents[1]

# words in capitals that are no reasons: outcomes, how a chain stands, and what is not ours
OTHERS = {
    "GIT_OBJECT_DIRECTORY",
    "GIT_QUARANTINE_PATH",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "ALLOWED",
    "DENIED",
    "NOTED",
    "OVERRIDDEN",
    "STANDS",
    "AHEAD",
    "NFC",
    "UTC",
}
OF_FORGES = {"asking.py", "github.py", "gitlab.py"}  # their capitals are those of the forge's answers
OF_DECISIONS = {"REJECT", "WITHDRAW"}  # made from what the vote says


def written() -> set[str]:
    """Every text in capitals in the code of the gate and of the evidence."""
    found = set()
    folders = [sorted((PACKAGE / folder).glob("*.py")) for folder in ("gate", "evidence")]
    alone = [PACKAGE / f"{name}.py" for name in ("founding", "receiving", "recounting", "vouching")]
    for files in (*folders, alone):
        for file in files:
            if file.name.startswith("codes") or file.name in OF_FORGES:
                continue
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    word = node.value
                    if len(word) > 2 and word.isascii() and word.replace("_", "").isalpha() and word.isupper():
                        found.add(word)
    return found - OTHERS


def test_every_code_is_listed_and_none_else() -> None:
    assert set(codes.BY_CODE) == written() | OF_DECISIONS


def test_codes_are_listed_once() -> None:
    assert len(codes.RULES) == len(codes.BY_CODE)
    assert list(codes.BY_CODE) == sorted(codes.BY_CODE)


def test_what_the_evidence_calls_broken_is_explained() -> None:
    assert set(codes.BY_CODE) >= BROKEN


@pytest.mark.parametrize("rule", codes.RULES, ids=lambda rule: rule.id)
def test_a_code_says_what_holds_why_and_what_to_do(rule: codes.Rule) -> None:
    assert rule.process == "change-management"
    assert not rule.title.endswith(".")
    assert rule.title[0].isupper()
    assert rule.title.casefold() != rule.description.casefold()
    for text in (rule.description, rule.remediation):
        assert text.endswith(".")
        assert "  " not in text
    assert len(rule.remediation) < 160


@pytest.fixture
def home(founded: Path, environ: dict[str, str]) -> Repo:
    from conftest import Repo

    return Repo(founded, environ)


@pytest.mark.parametrize("code", list(codes.BY_CODE))
def test_explain_knows_every_code(home: Repo, code: str) -> None:
    ran = home.run("explain", code)
    assert (ran.code, ran.stderr) == (0, "")
    title = codes.BY_CODE[code].title.split()[0]
    assert ran.stdout.split()[:2] == [code, title]
    assert "What to do" in ran.stdout


def test_a_mistyped_code_gets_what_was_meant(home: Repo) -> None:
    ran = home.run("explain", "STAEL")
    assert ran.code == 2
    assert "did you mean STALE" in ran.stderr


def test_a_word_of_the_field_keeps_its_meaning_in_other_letters(home: Repo) -> None:
    assert home.run("explain", "CLOSED").stdout.startswith("CLOSED  What is closed does not change\n")
    assert not home.run("explain", "closed").stdout.startswith("CLOSED")


def test_completion_offers_codes() -> None:
    assert "CONTRIBUTOR" in completing.topics("CONTR")


def test_explain_as_data(home: Repo) -> None:
    assert '"code": "VETO"' in home.run("explain", "VETO", "-f", "json").stdout


def test_a_verdict_declares_every_code_that_it_gives(court: Court) -> None:
    from court import change

    court.branch("pr")
    court.edit("ConfigurationItem/db-01", {"/spec/version": "1.0.1"})
    court.put(change("CHG-1"))
    court.commit("jaan")
    found = court.gate()
    assert found.codes
    assert found.codes <= set(codes.BY_CODE)
