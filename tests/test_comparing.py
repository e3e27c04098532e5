"""What differs between two versions of a record: data in, field edits out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.comparing import ABSENT, altered
from itsmctl.records import same


def shown(before: Any, after: Any) -> list[str]:
    """`field: before → after`, with – for what is not written and ~ for another order."""

    def word(value: Any) -> str:
        return "–" if value is ABSENT else repr(value)

    return [
        f"{one.field}: ~" if one.is_order else f"{one.field}: {word(one.before)} → {word(one.after)}"
        for one in altered(before, after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ({"spec": {"state": "draft"}}, {"spec": {"state": "submitted"}}, ["spec.state: 'draft' → 'submitted'"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": 1.0}, ["a: 1 → 1.0"]),
        ({"a": True}, {"a": 1}, ["a: True → 1"]),
        ({"a": None}, {}, ["a: None → –"]),
        ({}, {"a": None}, ["a: – → None"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["a: {'b': 1} → [1]"]),
        (
            {"a": 1, "gone": 2, "z": 3},
            {"new": 0, "a": 2, "z": 4},
            ["new: – → 0", "a: 1 → 2", "gone: 2 → –", "z: 3 → 4"],
        ),
        # keys that are no words
        ({"set": {"/spec/version": "1"}}, {"set": {"/spec/version": "2"}}, ["set[\"/spec/version\"]: '1' → '2'"]),
        # items that are told apart by a name
        (
            {"items": [{"item": "a", "to": "1"}, {"item": "b", "to": "1"}]},
            {"items": [{"item": "b", "to": "2"}, {"item": "c", "to": "1"}]},
            [
                "items[item=a]: {'item': 'a', 'to': '1'} → –",
                "items[item=b].to: '1' → '2'",
                "items[item=c]: – → {'item': 'c', 'to': '1'}",
            ],
        ),
        (
            {"r": [{"type": "on", "target": "a"}, {"type": "on", "target": "b"}]},
            {"r": [{"type": "on", "target": "b"}, {"type": "on", "target": "a", "note": "x"}]},
            ["r[target=a].note: – → 'x'", "r: ~"],
        ),
        # texts and unnamed items
        ({"p": ["jaan", "mari"]}, {"p": ["mari", "kadri"]}, ["p[]: 'jaan' → –", "p[]: – → 'kadri'"]),
        ({"p": ["a", "b"]}, {"p": ["b", "a"]}, ["p: ~"]),
        ({"p": ["a", "b"]}, {"p": ["a", "c"]}, ["p[]: 'b' → 'c'"]),
        ({"p": [{"x": 1, "y": 2}]}, {"p": [{"x": 1, "y": 3}]}, ["p[0].y: 2 → 3"]),
        ({"p": []}, {"p": ["a"]}, ["p[]: – → 'a'"]),
    ],
)
def test_edits(before: Any, after: Any, edits: list[str]) -> None:
    assert shown(before, after) == edits


DATA = st.recursive(
    st.sampled_from(["a", "b", 1, 1.0, True, None]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "item", "x y", "to"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(DATA, DATA)
def test_there_are_edits_where_and_only_where_the_data_differ(before: Any, after: Any) -> None:
    assert (list(altered(before, after)) == []) == same(before, after)
