"""CEL means here what it means elsewhere: the simple tests of google/cel-spec, each as a case of its own."""

from __future__ import annotations

import re

import celspec
import pytest
from celpage import PAGE, rendered

LEFT_OUT = {name: group for group in celspec.left_out() for name in group.tests}
TESTS = {test["id"]: test for test in celspec.tests()}


@pytest.mark.parametrize("name", TESTS)
def test_an_expression_means_what_the_specification_says(name: str) -> None:
    test = TESTS[name]
    failure = celspec.failure(test, celspec.outcome(test, checked="unchecked" not in test.get("flags", ())))
    if name in LEFT_OUT:
        assert failure, "it passes: take it out of left-out.yaml"
        assert re.search(LEFT_OUT[name].shows, failure), failure
    else:
        assert not failure, test["expr"]


@pytest.mark.parametrize("name", [name for name, test in TESTS.items() if "unchecked" in test.get("flags", ())])
def test_what_the_checker_accepts_means_the_same_as_without_it(name: str) -> None:
    ended = celspec.outcome(TESTS[name], checked=True)
    assert ended.kind in {"refused", "foreign"} or not celspec.failure(TESTS[name], ended)


def test_every_test_that_is_left_out_exists_and_has_one_reason() -> None:
    listed = [name for group in celspec.left_out() for name in group.tests]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(TESTS)
    assert all(group.reason and group.shows for group in celspec.left_out())


def test_the_data_names_its_source_and_its_licence() -> None:
    source = celspec.document()["source"]
    assert source["repository"] == "google/cel-spec"
    assert re.fullmatch("[0-9a-f]{40}", source["commit"])
    assert source["licence"] == "Apache-2.0"
    assert "Apache License" in (celspec.FOLDER / "LICENSE").read_text(encoding="utf-8")


def test_the_page_lists_what_is_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == rendered(text), "run python tests/celpage.py"
