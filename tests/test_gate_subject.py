"""What a vote is on: approvable content, what moved in it, and serials that only rise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from board import CHANGE, basis, builtin, change, database, role, rule
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from itsmctl.gate import serials, subject
from itsmctl.gate.ballots import count
from itsmctl.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from itsmctl.gate.model import Brought

KIND = builtin().kinds["ChangeRequest"]


def _record(data: dict[str, Any]) -> Record:
    return Record("ChangeRequest", CHANGE, "records/changes/x.yaml", "", data)


def test_what_is_unbound_is_no_part_of_what_is_approved() -> None:
    plain = change()
    more = change(state="implemented", test={"result": "passed"}, links={"incidents": ["INC-1"]}, release="r-1")
    assert subject.approvable(_record(plain), KIND) == subject.approvable(_record(more), KIND)
    assert "state" not in subject.approvable(_record(plain), KIND)["spec"]
    assert plain["spec"]["state"] == "implementing", "the record itself stays as it is"


@pytest.mark.parametrize("field", ["risk", "class", "items", "plan", "backout", "schedule", "requester"])
def test_all_the_rest_is(field: str) -> None:
    moved = change(**{field: "other"})
    assert subject.approvable(_record(change()), KIND) != subject.approvable(_record(moved), KIND)
    labelled = change()
    labelled["metadata"]["labels"] = {"site": "tallinn"}
    assert subject.approvable(_record(change()), KIND) != subject.approvable(_record(labelled), KIND)


@pytest.mark.parametrize("spec", [{"a": {}}, {"a": {"b": 1}}, {}])
def test_a_mapping_that_held_only_what_is_unbound_leaves_nothing(spec: dict[str, Any]) -> None:
    kind = replace(KIND, written={**KIND.written, "x-itsm": {**KIND.written["x-itsm"], "unbound": ["/spec/a/b"]}})
    assert subject.approvable(_record({"kind": "x", "spec": {**spec, "c": 1}}), kind) == {"kind": "x", "spec": {"c": 1}}


def test_a_star_stands_for_each_item() -> None:
    kind = replace(KIND, written={**KIND.written, "x-itsm": {**KIND.written["x-itsm"], "unbound": ["/spec/a/*/b"]}})
    found = subject.approvable(_record({"spec": {"a": [{"b": 1, "c": 2}, {"b": 3}]}}), kind)
    assert found == {"spec": {"a": [{"c": 2}, {}]}}


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab~/", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(plain, plain)
@settings(max_examples=200, deadline=None)
def test_data_that_differ_move_and_data_that_do_not_differ_do_not(one: Any, other: Any) -> None:
    moved = list(subject.moves(one, other))
    assert bool(moved) == (not subject.same(one, other))
    for _, old, new in moved:
        assert subject.shown(old)
        assert subject.shown(new)


@given(st.dictionaries(st.text("ab", max_size=2), plain, max_size=3), st.text("0123abc", max_size=64))
@settings(max_examples=60, deadline=None)
def test_whatever_a_vote_says_it_was_on_it_counts_or_has_a_reason(content: dict[str, Any], digest: str) -> None:
    cast = _ASKED[0].vote("liis", content=content, subject=digest)
    (ballot,) = count(_ASKED[0].box(cast))
    assert ballot.code in ("MALFORMED", "STALE")
    assert ballot.says


_ASKED: list[Any] = []


@pytest.fixture(scope="module", autouse=True)
def _asked(tmp_path_factory: pytest.TempPathFactory) -> None:
    _ASKED.append(basis(database(2)).head(database(1), change()).ask(tmp_path_factory.mktemp("asked")))


class Past:
    """A history with these versions."""

    def __init__(self, **serials_of: list[int | None]) -> None:
        self.held = serials_of

    def versions(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        known = self.held.get(ref.replace("/", "_"), [])
        return tuple((n, None if one is None else {"spec": {"serial": one}}) for n, one in enumerate(known))

    def appeared(self, ref: str) -> int | None:
        return None

    def founding(self, ref: str) -> tuple[Mapping[str, Any] | None, ...]:
        return ()

    def states_since(self, ref: str, place: int) -> tuple[str | None, ...]:
        return ()

    def edits_since(self, ref: str, place: int) -> tuple[tuple[str | None, str | None], ...]:
        return ()

    def stood(self, ref: str, place: int) -> frozenset[str | None]:
        return frozenset()

    def ever(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        return self.versions(ref)

    def places(self, ref: str) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
        return self.versions(ref)

    def authored(self, ref: str) -> tuple[Brought, ...]:
        return ()

    def makers(self, ref: str, before: str | None, after: str | None, since: int) -> tuple[Brought, ...]:
        return ()

    def used(self, ref: str) -> bool:
        return False


def _edit(folder: Path, before: Any, after: Any) -> Any:
    held = basis(*([before] if before else []))
    if before is None:
        held = replace(held, records=tuple(r for r in held.records if r["metadata"]["name"] != "board"))
    return held.head(*([after] if after else []), change(), gone=() if after else ("Role/board",)).ask(folder)


@pytest.mark.parametrize(
    ("before", "after", "past", "faulty"),
    [
        (3, 4, [3], False),
        (3, 3, [3], True),
        (3, 2, [3], True),
        (3, None, [3], True),
        (None, None, [], False),
        (None, 1, [], False),
        (2, 3, [1, 3, 2], True),
        (2, 4, [1, 3, 2], False),
    ],
)
def test_an_edit_raises_the_serial_that_was_ever_there(
    tmp_path: Path, before: int | None, after: int | None, past: list[int | None], faulty: bool
) -> None:
    old = role("board", "mari", "liis", "tonu", **({"serial": before} if before else {}))
    new = role("board", "mari", "liis", **({"serial": after} if after else {}))
    found = serials.serial_faults(_edit(tmp_path, old, new).items, Past(Role_board=past))
    assert [one.code for one in found] == (["SERIAL"] if faulty else [])


def test_a_record_that_comes_back_has_a_higher_serial(tmp_path: Path) -> None:
    again = role("board", "mari", "liis", serial=3)
    items = _edit(tmp_path, None, again).items
    assert serials.serial_faults(items, Past(Role_board=[3, None]))
    assert not serials.serial_faults(items, Past(Role_board=[2, None]))


def test_a_new_name_does_not_forget_the_serial(tmp_path: Path) -> None:
    renamed = role("cab", "mari", "liis", serial=1)
    renamed["metadata"]["formerly"] = ["board"]
    items = basis().head(renamed, change(), gone=("Role/board",)).ask(tmp_path).items
    assert serials.serial_faults(items, Past(Role_board=[5]))


def test_a_lower_serial_at_the_base_than_history_has_seen_is_a_rollback(tmp_path: Path) -> None:
    base = basis(rule("all", {"role": "board"}, serial=2)).head(change()).ask(tmp_path).base
    assert [one.name for one in serials.rollback_faults(base, Past(ApprovalRule_all=[1, 3, 2]))] == ["ApprovalRule/all"]
    assert not serials.rollback_faults(base, Past(ApprovalRule_all=[1, 2]))
