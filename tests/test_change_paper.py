"""The ballot paper: whatever a vote binds is on it, whole and escaped, at any width."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from court import change
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itsmctl import canonical
from itsmctl.desk import paper
from itsmctl.desk.voting import Matter
from itsmctl.evidence import statement
from itsmctl.records import Record, same
from itsmctl.votes import Line

ROLE = "Role/board"


def told(before: Any, after: Any, width: int = 100, **spec: Any) -> str:
    """The paper of CHG-1, which brings the role from one content to another."""
    data = change("CHG-1", {ROLE: "change"}, **spec)
    digests = [None if one is None else canonical.digest(one) for one in (before, after)]
    line = Line("Role", "board", *digests)
    record = Record("ChangeRequest", "CHG-1", "records/changes/CHG-1.yaml", "", data, (), True)
    held = Matter(record, data, (line,), {}, False, {ROLE: (before, after)})
    made = statement.draft(
        change="CHG-1",
        repository="town",
        target="refs/heads/main",
        person="liis",
        decision="approve",
        reason="",
        issued_at=datetime(2026, 12, 1, tzinfo=UTC),
        expires_at=None,
        content=data,
        lines=(line,),
        moves={},
        seen={"risk": "low", "window": "", "base": "0" * 40, "head": "1" * 40, "policy": "", "state": "draft"},
        prev=None,
        nonce="n" * 16,
    )
    return "\n".join(paper.told(made, held, width))


def holders(*names: str) -> dict[str, Any]:
    return {"spec": {"holders": [{"person": one, "from": "2026-10-20"} for one in names], "serial": len(names)}}


def test_an_entry_that_is_added_to_a_list_is_shown_alone() -> None:
    said = told(holders("mari", "tonu"), holders("mari", "tonu", "jaan"))
    assert "+ spec.holders[person=jaan]:\n      +   person: jaan\n" in said
    assert "person=mari" not in said
    assert "spec.serial  2 → 3" in said


@pytest.mark.parametrize(("before", "after", "sign"), [(None, holders("mari"), "+"), (holders("mari"), None, "-")])
def test_a_record_that_comes_or_goes_is_shown_field_by_field(before: Any, after: Any, sign: str) -> None:
    assert f"{sign}     - person: mari\n" in told(before, after)


def test_of_a_long_text_what_differs_is_shown_and_never_two_equal_lines() -> None:
    long = "All is as it was. " * 40
    said = told({"spec": {"text": f"{long}Not so.{long}"}}, {"spec": {"text": f"{long}Just so.{long}"}})
    (gone,) = [line for line in said.split("\n") if "Not so." in line]
    (come,) = [line for line in said.split("\n") if "Just so." in line]
    assert gone.strip().startswith("-")
    assert come.strip().startswith("+")
    assert len(said) < 5000


def test_the_change_stands_there_whole() -> None:
    said = told(holders("mari"), holders("rein"), apply="in-parts", reason="Because. " * 400 + "At last.")
    for text in ("apply: in-parts", "At last.", "trigger: The test loan fails.", "- jaan", "requester: jaan"):
        assert text in said


@pytest.mark.parametrize("width", [40, 80])
def test_hostile_text_stays_escaped_and_lines_stay_narrow(width: int) -> None:
    said = told(holders("a", "::error::x"), holders("##[group]c", "##vso[d]"), width, reason="x\n::warning::y")
    assert "##" not in said
    for line in said.split("\n"):
        assert not line.lstrip().startswith("::")
        assert len(line) <= width or " " not in line.strip().removeprefix("+ ").removeprefix("- ").split("  ")[-1]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab ", max_size=90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text("ab", max_size=2), plain, max_size=3), plain, st.text("ab", max_size=2))
@settings(max_examples=40, deadline=None)
def test_whatever_differs_shows(before: dict[str, Any], value: Any, key: str) -> None:
    after = {**before, key: value}
    assume(not same(before, after))
    edits = [line.strip() for line in told(before, after, 10_000).split("edits,")[1].split("\n")[2:-1]]
    gone, come = ([line[2:] for line in edits if line.startswith(sign)] for sign in "-+")
    assert gone != come or any(" → " in line for line in edits)
