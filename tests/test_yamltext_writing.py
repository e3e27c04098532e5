"""Writing YAML: fresh text that every reader takes alike, and edits that leave the rest of a file alone."""

from __future__ import annotations

import unicodedata

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.errors import CannotJudge
from itsmctl.yamltext import Refused
from itsmctl.yamltext.writing import same

# dump


def test_fresh_text_is_in_block_style_with_two_spaces() -> None:
    data = {
        "apiVersion": "itsm/v1",
        "metadata": {"name": "db-01", "title": "Loans: database", "labels": {}, "tags": []},
        "spec": {
            "version": "15.4",
            "cores": 8,
            "load": 0.75,
            "live": True,
            "note": None,
            "items": [{"item": "x", "parts": ["a", ["b", "c"]]}, "z", []],
            "text": "one\ntwo\n",
        },
    }

    assert (
        yamltext.dump(data).decode()
        == """\
apiVersion: itsm/v1
metadata:
  name: db-01
  title: "Loans: database"
  labels: {}
  tags: []
spec:
  version: "15.4"
  cores: 8
  load: 0.75
  live: true
  note: null
  items:
    - item: x
      parts:
        - a
        - - b
          - c
    - z
    - []
  text: |
    one
    two
"""
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # a text needs no quotes
        ("plain text", "plain text"),
        ("näitus – õhtul 😀", "näitus – õhtul 😀"),
        ("http://x.org/?a=b#c", "http://x.org/?a=b#c"),
        ("a-b", "a-b"),
        ("-x", "-x"),
        ("x: no", '"x: no"'),
        ("it's", "it's"),
        ("1.2.3", "1.2.3"),
        ("v1.10", "v1.10"),
        ("12:30 h", "12:30 h"),
        ("nothing", "nothing"),
        ("a, [b] {c} & *d* !e %f @g", "a, [b] {c} & *d* !e %f @g"),
        # it does, for a reader of YAML 1.2 or of 1.1
        *[(word, f'"{word}"') for word in ("", "~", "null", "true", "no", "No", "on", "OFF", "y", "N", "=", "<<")],
        *[
            (word, f'"{word}"')
            for word in ("1", "-1", "010", "0o14", "0x1F", "0b1", "1_000", "1,000", "1.10", ".5", "1e3")
        ],
        *[
            (word, f'"{word}"')
            for word in ("12:30", "1:30:00", "2024-01-01", "2024-01-01T10:00:00Z", ".inf", "+1", "1.")
        ],
        *[
            (word, f'"{word}"')
            for word in ("- a", "-", "--- a", "? a", ": a", "a:", "a #b", "#a", " a", "a ", "&a", "*a")
        ],
        *[(word, f'"{word}"') for word in ("!a", "%a", "@a", "`a", "|", "> a", "[a]", "{a}", ", a", "...", "'a'")],
        ('say "hi": now', "'say \"hi\": now'"),
        ('"a"', "'\"a\"'"),
        ("C:\\x: y", "'C:\\x: y'"),
        ("C:\\x", "C:\\x"),
        ("a\tb", '"a\\tb"'),
        ("\n", '"\\n"'),
        ("'a\": b", '"\'a\\": b"'),
        # numbers
        (1.0, "1"),
        (1e16, "1" + "0" * 16),
        (1e21, "1.0e+21"),
        (1.5e-7, "1.5e-07"),
        (-0.0, "0"),
        (10**30, "1" + "0" * 30),
        # blocks
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\n\n", "|+\n  a\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("\na\n", "|2\n\n  a"),
        ("a\n  ", '"a\\n  "'),
        ("# no comment\nb\n", "|\n  # no comment\n  b"),
    ],
)
def test_a_value_is_written_with_the_quotes_it_needs(value: object, written: str) -> None:
    content = yamltext.dump({"a": value})

    assert content.decode() == f"a: {written}\n"
    assert same(yamltext.read(content), {"a": value})


def test_keys_are_quoted_by_the_same_rules() -> None:
    data = {"no": 1, "1": 2, "a: b": 3, "x y": 4, "k" * 2000: {"deep": [1]}, "": 5}

    content = yamltext.dump(data)

    assert content.startswith(b'"no": 1\n"1": 2\n"a: b": 3\nx y: 4\n? kkk')
    assert yamltext.read(content) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"a": "\x07"}, "U+0007 BELL"),
        ({"a": "e\u0301"}, "normal form C"),
        ({"a": "x\ry"}, "carriage return"),
        ({"a": "\ud800"}, "surrogates not allowed"),
        ({"a\nb": 1}, "line break"),
        ({1: "a"}, "the key 1 is no text"),
        ({"a": float("nan")}, "nan is no number that JSON can hold"),
        ({"a": {1, 2}}, "a set is no plain data"),
        ({"a": 10**500}, "number of 501 characters"),
        ({"a": "x" * 2_000_000}, "larger than 1 MiB"),
        ({"a": True, "b": (1,)}, "a tuple is no plain data"),
    ],
)
def test_what_plain_yaml_cannot_hold_is_not_written(data: object, why: str) -> None:
    with pytest.raises(CannotJudge) as caught:
        yamltext.dump(data)

    assert why in caught.value.message


def test_data_that_is_nested_too_deep_is_not_written() -> None:
    data: object = 1
    for _ in range(5000):
        data = [data]

    with pytest.raises(CannotJudge, match="nested too deep"):
        yamltext.dump(data)


letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co"])
signs = st.sampled_from(list("\n\t -:#'\"\\|>[]{},&*!%@`?0123456789.eExo_~yn=<é"))
odd = (
    "no",
    "12:30",
    "1.10",
    "~",
    "",
    "- a",
    "a: b",
    "x #y",
    " a",
    "a ",
    "a\nb",
    "a\n\n",
    " a\nb\n",
    "\ta\n",
    "a\n  \nb",
)
texts = (st.text(st.one_of(letters, signs), max_size=12) | st.sampled_from(odd)).filter(
    lambda text: unicodedata.is_normalized("NFC", text) and not yamltext.characters.REFUSED.search(text)
)
keys = texts.filter(lambda text: "\n" not in text and "\t" not in text)
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(plain_data)
@settings(max_examples=250, deadline=None)
def test_what_is_dumped_is_read_back(data: object) -> None:
    content = yamltext.dump(data)

    assert same(yamltext.read(content), data)
    assert same(yamltext.read(content, yamltext.PURE), data)
    assert yamltext.dump(yamltext.read(content)) == content
    # and a reader of YAML 1.1 sees the same
    assert same(yaml.safe_load(content), data)


# edit


RECORD = """\
# A change, by hand

apiVersion: itsm/v1   # the one version
kind:   ChangeRequest
metadata:
  name: chg-1
  # what people call it
  title: "Upgrade: database"
  owner: 'Role/x'
  labels: {site: tallinn, b: [1, 2], none: }  # flow
  number: 010
spec:
  state: draft # for now
  # said in June

  items:
    - item: a
      action: update   # the first
    # between

    - item: b
  reason: Support ends
    in June.
  note: ~
  when: 2025-03-01
  plan: |
    one
      two

# ---- links
links:
- x
- y # last
# the end
"""


def changed(changes: dict[str, object], text: str = RECORD) -> list[str]:
    """The lines that an edit takes away and puts in."""
    before = text.splitlines(keepends=True)
    after = yamltext.edit(text.encode(), changes).decode().splitlines(keepends=True)
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return [*(f"-{line}" for line in before), *(f"+{line}" for line in after)]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"/spec/state": "submitted"}, ["-  state: draft # for now\n", "+  state: submitted # for now\n"]),
        ({"/kind": "no"}, ["-kind:   ChangeRequest\n", '+kind: "no"\n']),
        ({"/metadata/title": "x"}, ['-  title: "Upgrade: database"\n', '+  title: "x"\n']),
        ({"/metadata/title": 5}, ['-  title: "Upgrade: database"\n', "+  title: 5\n"]),
        ({"/metadata/owner": "Role/y"}, ["-  owner: 'Role/x'\n", "+  owner: 'Role/y'\n"]),
        ({"/metadata/number": 7}, ["-  number: 010\n", "+  number: 7\n"]),
        ({"/spec/note": "12:30"}, ["-  note: ~\n", '+  note: "12:30"\n']),
        ({"/spec/when": None}, ["-  when: 2025-03-01\n", "+  when: null\n"]),
        ({"/links/1": "z"}, ["-- y # last\n", "+- z # last\n"]),
        # flow style stays
        (
            {"/metadata/labels/site": "a, b"},
            [
                "-  labels: {site: tallinn, b: [1, 2], none: }  # flow\n",
                '+  labels: {site: "a, b", b: [1, 2], none: null} # flow\n',
            ],
        ),
        # what is added stands with its neighbours, in front of what belongs to the next
        ({"/spec/approved": True}, ["+  approved: true\n"]),
        ({"/spec/items/1/action": "remove"}, ["+      action: remove\n"]),
        ({"/spec/items/-": {"item": "c", "of": [1]}}, ["+    - item: c\n", "+      of:\n", "+        - 1\n"]),
        ({"/spec/items/2": "c"}, ["+    - c\n"]),
        ({"/links/-": "z"}, ["+- z\n"]),
        ({"/review/due": "2025-04-01"}, ["+review:\n", '+  due: "2025-04-01"\n']),
        # blocks
        ({"/spec/plan": "new\n"}, ["-    one\n", "-      two\n", "+    new\n"]),
        # a list is brought to its new value item by item
        (
            {"/spec/items": [{"item": "a", "action": "add"}, {"item": "b"}]},
            ["-      action: update   # the first\n", "+      action: add      # the first\n"],
        ),
        ({"/links": ["x"]}, ["-- y # last\n"]),
        (
            {"/spec/items": [{"item": "a"}]},
            ["-      action: update   # the first\n", "-    # between\n", "-\n", "-    - item: b\n"],
        ),
        # nothing
        ({"/spec/state": "draft"}, []),
        ({}, []),
    ],
    ids=str,
)
def test_an_edit_touches_only_its_lines(changes: dict[str, object], lines: list[str]) -> None:
    assert changed(changes) == lines


def test_comments_are_not_lost_where_all_is_replaced() -> None:
    after = yamltext.edit(RECORD.encode(), {"/metadata/labels": {}, "/spec/items": "none", "/links": "none"}).decode()

    assert [line for line in after.splitlines() if line.lstrip().startswith("#")] == [
        "# A change, by hand",
        "  # what people call it",
        "  # said in June",
        "# ---- links",
        "# the end",
    ]
    assert yamltext.read(after.encode())["spec"]["items"] == "none"


def test_windows_line_ends_and_a_missing_last_one_stay() -> None:
    text = RECORD.replace("\n", "\r\n").removesuffix("\r\n")

    assert changed({"/spec/state": "done"}, text) == [
        "-  state: draft # for now\r\n",
        "+  state: done  # for now\r\n",
    ]
    assert changed({"/spec/more": {"a": 1}}, text) == ["+  more:\r\n", "+    a: 1\r\n"]
    after = yamltext.edit(text.encode(), {"/spec/more": {"a": 1}}).decode()
    assert after.count("\n") == after.count("\r\n") == RECORD.count("\n") + 1
    assert after.endswith("# the end")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"/links/7": 1}, "the list has 2 items, none is number 7"),
        ({"/links/01": 1}, "`01` leads nowhere, a list is written there"),
        ({"/links/x": 1}, "`x` leads nowhere, a list is written there"),
        ({"/links/-/a": 1}, "`-` leads nowhere, a list is written there"),
        ({"/kind/x": 1}, "`x` leads nowhere, no mapping or list is written there"),
        ({"/spec/note/x/y": 1}, "`x` leads nowhere"),
        ({"/spec/state": "\x07"}, "U+0007 BELL"),
        ({"/spec/state": {1, 2}}, "a set is no plain data"),
        ({"/spec/a\nb": 1}, "without losing"),
    ],
    ids=str,
)
def test_an_edit_that_cannot_be_made_is_not(changes: dict[str, object], why: str) -> None:
    with pytest.raises(CannotJudge) as caught:
        yamltext.edit(RECORD.encode(), changes)

    assert why in caught.value.message
    assert caught.value.hint


def test_only_plain_yaml_is_edited() -> None:
    with pytest.raises(Refused):
        yamltext.edit(b"a: 1\na: 2\n", {"/a": 3})


def test_what_was_given_is_not_touched() -> None:
    value = {"a": [1]}

    yamltext.edit(b"x: 1\n", {"/v": value, "/v/a/-": 2})

    assert value == {"a": [1]}


@st.composite
def commented(draw: st.DrawFn) -> str:
    """The record with more comments and empty lines between its lines, but not inside its block text."""
    lines = []
    for line in RECORD.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        inside = line in {"    one", "      two", "    in June."}
        extra = "" if inside else draw(st.sampled_from(["", "", "", f"{indent}# c{len(lines)}\n", "\n"]))
        lines.append(f"{extra}{line}\n")
    return "".join(lines)


pointers = st.sampled_from(
    [
        *(
            "/kind",
            "/metadata/title",
            "/metadata/labels",
            "/metadata/labels/b/0",
            "/metadata/new",
            "/spec",
            "/spec/state",
        ),
        *("/spec/items", "/spec/items/0", "/spec/items/0/action", "/spec/items/1/new", "/spec/items/-", "/spec/reason"),
        *("/spec/plan", "/spec/new/deep", "/links", "/links/0", "/links/-", "/new", "/metadata/labels/none"),
    ]
)


def test_an_empty_line_at_the_top_stays_where_the_file_has_to_be_written_anew() -> None:
    text = "\n# top\nspec:\n  items:\n    # c16\n    - item: a\n    - item: b\n  reason: x\nlinks:\n- y # last\n"
    after = yamltext.edit(text.encode(), {"/kind": None, "/spec/items/1/new": None, "/spec/reason": None}).decode()
    assert after.startswith("\n# top\nspec:\n")


@given(commented(), st.dictionaries(pointers, plain_data, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_an_edited_file_holds_what_was_asked_for_and_its_comments(text: str, changes: dict[str, object]) -> None:
    after, why = b"", ""
    try:
        after = yamltext.edit(text.encode(), changes)
    except CannotJudge as cannot:
        why = cannot.message
    if why:
        # a pointer below what another one replaced, or a comment that ruamel.yaml would lose
        assert "leads nowhere" in why or "the list has" in why or "comments" in why
        return

    data = yamltext.read(after)
    pointer, value = list(changes.items())[-1]
    for step in pointer.split("/")[1:]:
        data = data[step] if isinstance(data, dict) else data[-1 if step == "-" else int(step)]
    assert same(data, value)
    first_comment = next(line for line in text.splitlines() if line.startswith("#"))
    assert after.decode().splitlines()[0] == text.splitlines()[0]
    assert first_comment in after.decode().splitlines()
