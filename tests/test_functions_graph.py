"""What rules ask of the records around one: those that it names in certain states, found from either end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import ask, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.functions.graph import Missing

if TYPE_CHECKING:
    from pathlib import Path

GONE = "refs(self, 'ConfigurationItem', ['withdrawn', 'disposed']).map(c, c.metadata.name)"


def item(name: str, state: str = "live", on: tuple[str, ...] = (), more: str = "") -> str:
    relations = ", ".join(f"{{type: runs-on, target: {one}}}" for one in on)
    return record("ConfigurationItem", name, f"{{type: server, state: {state}, relations: [{relations}]{more}}}")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ((), []),
        (("here",), []),
        (("old", "here"), ["old"]),
        (("older", "here", "old", "older"), ["older", "old"]),  # in the order of writing, each once
        (("was", "old"), ["old"]),  # by a former name
        (("nowhere", "old"), ["old"]),
    ],
)
def test_those_of_a_kind_in_certain_states(tmp_path: Path, on: tuple[str, ...], expected: list[str]) -> None:
    old = item("old", "withdrawn").replace("title:", "formerly: [was], title:")
    world = [old, item("older", "disposed"), item("here"), item("x", on=on)]
    assert ask(tmp_path, world, GONE, "ConfigurationItem/x") == expected


def test_states_are_asked_one_after_another(tmp_path: Path) -> None:
    """An answer for some states is not one for others."""
    world = [item("old", "withdrawn"), item("here"), item("x", on=("old", "here"))]
    text = "['withdrawn', 'live', 'planned'].map(s, refs(self, 'ConfigurationItem', [s]).map(c, c.metadata.name))"
    assert ask(tmp_path, world, text, "ConfigurationItem/x") == [["old"], ["here"], []]
    assert ask(tmp_path, world, "size(refs(self, 'ConfigurationItem', [])) == 0", "ConfigurationItem/x") is True


def test_what_is_named_is_broken(tmp_path: Path) -> None:
    """That is an error to the record that names it, and nothing to others."""
    world = [item("old", "withdrawn", more=", colour: red"), item("older", "disposed"), item("x", on=("old",))]
    with pytest.raises(Missing) as raised:
        ask(tmp_path, world, GONE, "ConfigurationItem/x")
    assert raised.value.ref == "ConfigurationItem/old"
    assert ask(tmp_path, [item("y", on=("older",))], GONE, "ConfigurationItem/y") == ["older"]


def test_it_is_asked_of_a_whole_record(tmp_path: Path) -> None:
    with pytest.raises(cel.EvaluationError, match="this is not a whole record"):
        ask(
            tmp_path,
            [item("x")],
            "size(refs(dyn(self.spec), 'ConfigurationItem', ['live'])) == 0",
            "ConfigurationItem/x",
        )


NAMES = ("a", "b", "c", "d")
STATES = ("live", "withdrawn", "disposed")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(STATES), st.lists(st.sampled_from(NAMES), max_size=4)), min_size=4, max_size=4)
)
def test_it_is_what_filtering_gives(tmp_path: Path, drawn: list[tuple[str, list[str]]]) -> None:
    world = [item(name, state, tuple(on)) for name, (state, on) in zip(NAMES, drawn, strict=True)]
    text = (
        "records('ConfigurationItem').all(x, refs(x, 'ConfigurationItem', ['withdrawn', 'disposed']) "
        "== refs(x, 'ConfigurationItem').filter(c, c.spec.state in ['withdrawn', 'disposed']))"
    )
    assert ask(tmp_path, world, text) is True
