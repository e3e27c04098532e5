"""Small edits by place: one text for another, one more text in a list, and not a byte elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from hand import Hand
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.yamltext import Refused


@pytest.mark.parametrize(
    ("before", "pointer", "text", "after"),
    [
        ("a:   x  # c\n", "/a", "w", "a:   w  # c\n"),
        ("a: 'x'\nb: \"x\"\n", "/b", "y", "a: 'x'\nb: \"y\"\n"),
        ("a: [ x,x ,x ]\n", "/a/1", "longer", "a: [ x,longer ,x ]\n"),
        ("a: x\r\nb: x\n", "/a", "w", "a: w\r\nb: x\n"),
        ("a: x\n", "/a", "1.10", 'a: "1.10"\n'),
        ("a: x\n", "/a", "no", 'a: "no"\n'),
        ("a: {/b/c: x}\n", "/a/~1b~1c", "w", "a: {/b/c: w}\n"),
        ("a: õ\nb: [{c: õõ, d: x}]\n", "/b/0/d", "w", "a: õ\nb: [{c: õõ, d: w}]\n"),
        ("a: x", "/a", "w", "a: w"),
        # folded over lines: it cannot stay so
        ("a: x\n  x\nb: 1  # c\n", "/a", "w", "a: w\nb: 1  # c\n"),
    ],
)
def test_another_text_in_the_same_place(before: str, pointer: str, text: str, after: str) -> None:
    assert yamltext.retext(before.encode(), {pointer: text}).decode() == after


def test_several_at_once_do_not_disturb_each_other() -> None:
    before = b"a: {b: x, c: [x, x]}\nd: x\n"
    after = yamltext.retext(before, {"/a/b": "longer", "/a/c/1": "w", "/d": "z", "/a/c/0": "longest"})
    assert after == b"a: {b: longer, c: [longest, w]}\nd: z\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m:\n  a: 1\nz: 2\n", "m:\n  a: 1\n  f:\n    - x\nz: 2\n"),
        ("m:\n    a: 1  # c\n\nz: 2\n", "m:\n    a: 1  # c\n    f:\n      - x\n\nz: 2\n"),
        (
            "m:\n  a:\n    - b\n    # of b\n  # of m\nz: 2\n",
            "m:\n  a:\n    - b\n    # of b\n  f:\n    - x\n  # of m\nz: 2\n",
        ),
        ("m:\n  a: |+\n    t\n\nz: 2\n", "m:\n  a: |+\n    t\n\n  f:\n    - x\nz: 2\n"),
        ("m:\n  a:\nz: 2\n", "m:\n  a:\n  f:\n    - x\nz: 2\n"),
        ("m:\r\n  a: 1\r\nz: 2\r\n", "m:\r\n  a: 1\r\n  f:\r\n    - x\r\nz: 2\r\n"),
        ("m:\n  a: 1", "m:\n  a: 1\n  f:\n    - x"),
        ("m: {a: 1}\n", "m: {a: 1, f: [x]}\n"),
        ("m: {a: 1,  # c\n    b: 2,\n   }\n", "m: {a: 1,  # c\n    b: 2, f: [x],\n   }\n"),
        # the list is there
        ("m:\n  f:\n  - w  # c\nz: 2\n", "m:\n  f:\n  - w  # c\n  - x\nz: 2\n"),
        ("m:\n  f: [w]\n", "m:\n  f: [w, x]\n"),
        ("m:\n  f: []\n", "m:\n  f: [x]\n"),
        ("m: {f: [w,\n   v]}\n", "m: {f: [w,\n   v, x]}\n"),
    ],
)
def test_one_more_text_in_a_list(before: str, after: str) -> None:
    assert yamltext.append(before.encode(), "/m/f", "x").decode() == after


def test_what_cannot_stand_plain_is_quoted() -> None:
    assert yamltext.append(b"m: {a: 1}\n", "/m/f", "1.10") == b'm: {a: 1, f: ["1.10"]}\n'


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_however_a_record_is_written_only_what_was_asked_for_is_altered(seed: int) -> None:
    data: dict[str, Any] = {
        "kind": "Service",
        "metadata": {"name": "loans", "title": "A: b", "labels": {"a": "b"}},
        "spec": {"state": "live", "items": [{"a": 1}, {"b": ["loans"]}], "text": "one\ntwo\n"},
    }
    text = Hand(seed).file(data)
    try:
        assume(yamltext.read(text.encode()) == data)
    except Refused:
        assume(False)
    named = yamltext.retext(text.encode(), {"/metadata/name": "lending", "/spec/items/1/b/0": "lending"})
    assert without(named.decode(), "lending") == without(text, "loans")
    longer = yamltext.append(named, "/metadata/formerly", "loans")
    assert longer != named
    lines = longer.decode().split("\n")
    rest = [line for line in named.decode().split("\n") if line not in lines]
    assert len(rest) <= 1, rest  # in brackets, the line of the last entry is another one


def without(text: str, word: str) -> str:
    return text.replace(f"'{word}'", "@").replace(f'"{word}"', "@").replace(word, "@")
