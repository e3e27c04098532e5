"""Any text of a release gives findings or an exit that says why; never a traceback, never exit 0."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Made
from depot import REL, Depot, release
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.errors import CannotJudge

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATH = "records/releases/loans-2.yaml"
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=20), st.just("2026-02-30T10:00:00Z"))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner))


def below(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in plain data."""
    if at:
        yield at
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from below(inner, (*at, key))


GOOD = release()
PLACES = sorted(below(GOOD["spec"]), key=str)


@pytest.fixture
def depot(made: Made) -> Depot:
    found: Depot = made("ready")
    return found


def asked(depot: Depot, content: bytes) -> None:
    depot.court.repo.write(PATH, content)
    depot.court.commit("mari", "Write", at=depot.court.now)
    stage = "ready" if len(content) % 2 else "done"
    ran = depot.court.run("mari", "release", "check", "loans-2", "--stage", stage)
    assert ran.code in (1, 2, 3), ran.stdout + ran.stderr
    assert "a bug" not in ran.stderr
    notes = depot.court.run("mari", "release", "notes", "loans-2", "--audience", "support")
    assert notes.code in (0, 2, 3), notes.stderr
    assert "a bug" not in notes.stderr


@FEW
@given(content=st.binary(max_size=200))
def test_any_bytes(depot: Depot, content: bytes) -> None:
    asked(depot, content)


@FEW
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_in_any_place(depot: Depot, place: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(GOOD)
    at = data["spec"]
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    data["spec"]["remedy"] = {"why": "So that what is harmless elsewhere does not pass."}
    try:
        content = yamltext.dump(data)
    except CannotJudge:
        return  # there is no such text
    asked(depot, content)


LEFT_OUT = ("version", "services", "known_errors")  # nothing that a release has to have


@FEW
@given(place=st.sampled_from([at for at in PLACES if len(at) == 1 and at[0] not in LEFT_OUT]))
def test_no_part_can_be_left_out(depot: Depot, place: tuple[Any, ...]) -> None:
    data = copy.deepcopy(GOOD)
    data["spec"].pop(place[0])
    depot.court.put(data)
    depot.court.commit("mari", "Leave out", at=depot.court.now)
    assert depot.codes("ready") != set()


@pytest.mark.parametrize("name", ["loans-2.yaml", "../x", "", "Release/", "Service/loans", "a\nb", "--", "🙂"])
def test_any_name(depot: Depot, name: str) -> None:
    ran = depot.court.run("mari", "release", "check", "--stage", "ready", "--", name)
    assert ran.code in (1, 2, 3) or name == "loans-2.yaml"
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("ref", ["Person/liis", "Role/release-manager", "ApprovalRule/normal", "ChangeRequest/CHG-1"])
def test_what_decides_has_to_be_readable(depot: Depot, ref: str) -> None:
    from court import path_of

    depot.court.repo.write(path_of(ref), "{")
    depot.court.commit("mari", "Break", at=depot.court.now)
    ran = depot.court.run("mari", "release", "check", "loans-2", "--stage", "ready")
    assert ran.code in (1, 3)
    assert ran.stdout + ran.stderr
    assert REL.partition("/")[2] in ran.stdout or ran.code == 3
