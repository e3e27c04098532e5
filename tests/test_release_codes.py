"""Codes of requirements: every one that the check can give is explained, and none else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from itsmctl import release
from itsmctl.cli import completing
from itsmctl.gate import codes as reasons
from itsmctl.release import codes

if TYPE_CHECKING:
    from conftest import Repo

PACKAGE = Path(release.__file__).parent
OTHERS = {"REVOKED", "TAG_SIGNATURE", "MANIFEST_GONE", *reasons.BY_CODE}
"""Words in capitals of other rooms."""


def written() -> set[str]:
    """Every text in capitals in the code of the room, as codes are written."""
    found = set()
    for file in PACKAGE.glob("*.py"):
        if not file.name.startswith("codes"):
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    word = node.value
                    if "_" in word and word.isascii() and word.replace("_", "").isalpha() and word.isupper():
                        found.add(word)
    return found - OTHERS


def test_every_code_is_listed_and_none_else() -> None:
    assert set(codes.BY_CODE) == written()


def test_no_code_means_two_things() -> None:
    assert len(codes.RULES) == len(codes.BY_CODE)
    assert not codes.BY_CODE.keys() & reasons.BY_CODE.keys()


@pytest.mark.parametrize("rule", codes.RULES, ids=lambda rule: rule.id)
def test_a_code_says_what_holds_why_and_what_to_do(rule: codes.Rule) -> None:
    assert rule.process == "release-management"
    assert not rule.title.endswith(".")
    assert rule.title[0].isupper()
    for text in (rule.description, rule.remediation):
        assert text.endswith(".")
        assert "  " not in text
    assert len(rule.remediation) < 160


def test_each_is_explained(repo: Repo) -> None:
    for rule in codes.RULES:
        ran = repo.run("explain", rule.id)
        assert ran.code == 0
        assert "itsmctl release check" in ran.stdout
        assert rule.id in completing.topics(rule.id)
