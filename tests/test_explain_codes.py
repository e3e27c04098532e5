"""Every code that a command can print explains itself, and one that means two things explains both."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import itsmctl
from itsmctl.baseline import codes
from itsmctl.baseline.audit.verdicts import STANDINGS
from itsmctl.explain import reasons

if TYPE_CHECKING:
    from conftest import Repo

PACKAGE = Path(itsmctl.__file__).parent
ROOMS = ("baseline", "release", "gate", "evidence")
ALONE = ("announcing", "founding", "hearing", "proposal", "receiving", "recounting", "replaying", "vouching")

NO_CODES = {
    *("ALLOWED", "DENIED", "OVERRIDDEN", "NOTED", "MET", "OWED", "WAITING", "NEXT", "HOLDS", "DONE", "READY"),
    *("NAME", "STANDS", "AHEAD"),  # how a chain of votes stands, inside of it
    *("GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "HEAD", "NFC", "UTC"),
    *("SIGNATURE", "TAG_SIGNATURE"),  # the beginnings of the three codes of each
    "END",  # of what a shell reads, in the check by hand
}
OF_FORGES = {"asking.py", "github.py", "gitlab.py"}  # their capitals are those of the forge's answers


def written() -> dict[str, set[str]]:
    """Every text in capitals in the code of the rooms that give reasons → the files that hold it."""
    files = [file for room in ROOMS for file in sorted((PACKAGE / room).rglob("*.py")) if file.name not in OF_FORGES]
    found: dict[str, set[str]] = {}
    for file in (*files, *(PACKAGE / f"{name}.py" for name in ALONE)):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                word = node.value
                if len(word) > 2 and word.isascii() and word.replace("_", "").isalpha() and word.isupper():
                    found.setdefault(word, set()).add(str(file.relative_to(PACKAGE)))
    return {word: files for word, files in found.items() if word not in NO_CODES and not word.startswith("_")}


def test_every_code_can_be_explained() -> None:
    known = reasons.topics()
    assert {word: files for word, files in written().items() if word not in known} == {}


def test_no_code_of_baselines_is_explained_that_is_never_given() -> None:
    own = {word: {file for file in files if file.startswith("baseline/")} for word, files in written().items()}
    given = {word for word, files in own.items() if any("/codes" not in file for file in files)}
    made = {f"{word}_{end}" for word in ("SIGNATURE", "TAG_SIGNATURE") for end in ("BAD", "UNKNOWN", "KEY")}
    of_keys = {"EXPIRED_KEY"}  # of evidence.keys
    assert {rule.id for rule in codes.FAULTS} <= given | made | of_keys
    assert {rule.id for rule in codes.AUDITED} == {one.upper() for one in (*STANDINGS, "unexpected")}


@pytest.mark.parametrize("rule", [*codes.FAULTS, *codes.DIFFERENCES, *codes.AUDITED], ids=lambda rule: rule.id)
def test_a_code_says_what_holds_why_and_what_to_do(rule: codes.codes_of_files.Rule) -> None:
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    for text in (rule.description, rule.remediation):
        assert text.endswith(".")
        assert "  " not in text


@pytest.fixture
def home(founded: Path, environ: dict[str, str]) -> Repo:
    from conftest import Repo

    return Repo(founded, environ)


@pytest.mark.parametrize("code", ["BASE_NOT_AGREED", "NAME_REUSED", "PACK_DIFFERS", "TAG_SIGNATURE_BAD", "UNEXPLAINED"])
def test_explain_knows_the_codes_of_baselines(home: Repo, code: str) -> None:
    ran = home.run("explain", code)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"{code}  ")
    assert "said by  itsmctl baseline" in ran.stdout
    assert "What to do" in ran.stdout


def test_a_code_with_two_meanings_has_both_explained(home: Repo) -> None:
    said = home.run("explain", "TAG_MOVED").stdout
    assert said.count("TAG_MOVED  ") == 2
    assert said.index("itsmctl gate") < said.index("itsmctl baseline verify")
    told = json.loads(home.run("explain", "TAG_MOVED", "-f", "json").stdout)
    assert told["said_by"] == "itsmctl gate"
    assert [one["said_by"] for one in told["also"]] == ["itsmctl baseline verify"]


@pytest.mark.parametrize(("code", "by"), [("RECEIPT_OVER", "receipt verify"), ("UNGATED_MERGE", "audit history")])
def test_a_code_names_the_command_that_gives_it(home: Repo, code: str, by: str) -> None:
    assert f"said by  itsmctl {by}\n" in home.run("explain", code).stdout
