"""The canonical form of a file: text in, text out; never another value, never a lost comment."""

from __future__ import annotations

from collections import Counter

import pytest
from hand import Hand
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.records import same
from itsmctl.yamltext import Refused
from itsmctl.yamltext.outline import comments, outline

ORDER = ("first", "second", "third", "a", "b", "c", "spec")


def tidy(text: str) -> str:
    return yamltext.tidy(text.encode(), lambda _: ORDER).decode()


def test_keys_come_in_their_order_and_unknown_ones_last_as_they_were_written() -> None:
    assert tidy("third: 3\nzebra: z\nfirst: {b: 2, other: 0, a: 1}\nant: a\n") == (
        "first: {a: 1, b: 2, other: 0}\nthird: 3\nzebra: z\nant: a\n"
    )


def test_the_order_is_asked_for_by_the_way_to_the_mapping() -> None:
    asked: list[tuple[str | int, ...]] = []

    def order(steps: tuple[str | int, ...]) -> tuple[str, ...]:
        asked.append(steps)
        return ("z", "y") if steps == ("list", 1) else ()

    content = b"list:\n  - {y: 1, z: 2}\n  - {y: 1, z: 2}\nmap: {in: {y: 1, z: 2}}\n"
    assert yamltext.tidy(content, order) == content.replace(b"{y: 1, z: 2}\nmap", b"{z: 2, y: 1}\nmap")
    assert {(), ("list", 0), ("list", 1), ("map",), ("map", "in")} == set(asked)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        # quotes that no reader needs
        ('a: "text"', "a: text"),
        ("a: 'text'", "a: text"),
        ("'a': 1", "a: 1"),
        ('a: "10.11.13"', "a: 10.11.13"),
        ('a: "ticket 9127, on call"', "a: ticket 9127, on call"),
        ('a: "\\u00f5ie"', "a: õie"),
        # that YAML 1.2 needs
        ('a: "15.4"', 'a: "15.4"'),
        ("a: '15.4'", 'a: "15.4"'),
        ('a: "007"', 'a: "007"'),
        ('a: "true"', 'a: "true"'),
        ('a: ""', 'a: ""'),
        ("a: 'b: c'", 'a: "b: c"'),
        ('a: "\'b"', 'a: "\'b"'),
        ('a: "say \\"hi\\": now"', "a: 'say \"hi\": now'"),
        ('a: {b: "c, d"}', 'a: {b: "c, d"}'),
        ("a: ['[', \"x\"]", 'a: ["[", x]'),
        ('"1": x', '"1": x'),
        ('a: "x\\ny"', 'a: "x\\ny"'),
        # that a reader of YAML 1.1 would want, if they are there
        ("a: 'no'", 'a: "no"'),
        ("a: no", "a: no"),
        ('a: "2026-11-22"', 'a: "2026-11-22"'),
        ("a: 2026-11-22", "a: 2026-11-22"),
        ('a: "12:30"', 'a: "12:30"'),
        ("a: 12:30", "a: 12:30"),
        # words and numbers
        ("a: True", "a: true"),
        ("a: ~", "a: null"),
        ("a: NULL", "a: null"),
        ("a:", "a:"),
        ("a: 0x1F", "a: 0x1F"),
        ("a: 1.50", "a: 1.50"),
        # blanks
        ("a:    b   ", "a: b"),
        ("a: {  b :  1 ,c: [ x,y , ] }", "a: {b: 1, c: [x, y]}"),
        ("a: { }", "a: {}"),
        ("a: [b: c, d]", "a: [{b: c}, d]"),
        ("a: {b, c: }", "a: {b: null, c: null}"),
        ('a: {"b":1}', "a: {b: 1}"),
        ('a: {"b":"c"}', "a: {b: c}"),
        ("? a\n: b", "a: b"),
        ("\n\n\na: 1\n\n\n", "a: 1"),
        ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2"),
        ("---\na: 1\n...", "---\na: 1"),
        ("--- {b: 1, a: 2}", "---\n{a: 2, b: 1}"),
        ("a:  # c", "a:  # c"),
        ("a: b\t# c", "a: b # c"),
        ("a: [b]# c", "a: [b] # c"),
        # indentation
        ("a:\n- b\n-  c", "a:\n  - b\n  - c"),
        ("a:\n    b:\n        c: 1", "a:\n  b:\n    c: 1"),
        ("a:\n-\n  b: 1\n  c: 2", "a:\n  - b: 1\n    c: 2"),
        ("a:\n  -   - b\n      -   c", "a:\n  - - b\n    - c"),
        ("a:\n -\n - x", "a:\n  -\n  - x"),
    ],
)
def test_spelling(written: str, canonical: str) -> None:
    assert tidy(written) == canonical + "\n"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a: |\n     one\n       two\n\n     three  \n", "a: |\n  one\n    two\n\n  three  \n"),
        ("a: >-   # why\n    one\n", "a: >-   # why\n  one\n"),
        ("a: |4\n      one\n", "a: |2\n    one\n"),
        ("a: |+\n one\n\n\n", "a: |+\n  one\n\n\n"),
        ("a: |\n one\n\n\n", "a: |\n  one\n"),
        ("b: |+\n one\n\n\na: 1\n", "a: 1\nb: |+\n  one\n\n\n"),
        ("b: |\n one\n\n\na: 1\n", "a: 1\nb: |\n  one\n"),
        ("b: |+\n one\n\nx: 1\n\nc: 1\n", "b: |+\n  one\n\nc: 1\nx: 1\n"),
        ("a: |+\n", "a: |\n"),
        ("a: |+\n\n\n", "a: |+\n\n\n"),
        ("a: |\n one", "a: |-\n  one\n"),
        ("a: |+\n one", "a: |-\n  one\n"),
        ("a: |\n one\n   \n", "a: |\n  one\n    \n"),
        ("a:\n- |2\n    one\n- >\n  two\n", "a:\n  - |2\n      one\n  - >\n    two\n"),
        ("a: one\n    two\n\n      three\n", "a: one\n  two\n\n  three\n"),
        ("a:\n      one\n      two\n", "a:\n  one\n  two\n"),
        ("a:\n   one\n", "a:\n  one\n"),
        ('a: "one\\\n      two\\ \n    three"\n', 'a: "one\\\n  two\\ \n  three"\n'),
        ("a: 'one\n\n  two'\n", "a: 'one\n\n  two'\n"),
    ],
)
def test_long_texts_keep_their_lines(written: str, canonical: str) -> None:
    assert tidy(written) == canonical
    assert yamltext.read(canonical.encode()) == yamltext.read(written.encode())


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        # in order: the lines stay, and move with the first one
        ("a:   [b,\n      'c'] # d\n", "a: [b,\n    c] # d\n"),
        ("a: {\n  b: 1,  # one\n\n  c: 'x'\n}\n", "a: {\n  b: 1,  # one\n\n  c: x\n  }\n"),
        ("a:\n  [b,\n  c]\n", "a:\n  [b,\n  c]\n"),
        ('a: {"b":1,\n  "c":"d"# e\n  }\n', "a: {b: 1,\n  c: d # e\n  }\n"),
        # out of order: line by line
        ("a: {c: 1,  # see\n  # the b\n  b: 2\n  # end\n}\n", "a:\n  # the b\n  b: 2\n  c: 1  # see\n  # end\n"),
        ("a: [{c: 1,\n  b: 2}, {b: 3}, x]\n", "a:\n  - b: 2\n    c: 1\n  - {b: 3}\n  - x\n"),
        ("a: { # open\n  c: 1,\n  b: 2} # close\n", "a: # open\n  b: 2 # close\n  c: 1\n"),
        ("{c: 1,\n b: 2}\n", "b: 2\nc: 1\n"),
    ],
)
def test_brackets_over_several_lines(written: str, canonical: str) -> None:
    assert tidy(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        # beside, above, and below where it is indented deeper: they move with it
        ("b: 2  # beside\na: 1\n", "a: 1\nb: 2  # beside\n"),
        ("x: 0\nb: 2\n# above\na: 1\n", "# above\na: 1\nb: 2\nx: 0\n"),
        ("b: 2\n  # below\na: 1\n", "a: 1\nb: 2\n  # below\n"),
        ("b:\n  - x\n  # in the list\na: 1\n", "a: 1\nb:\n  - x\n  # in the list\n"),
        ("b:\n- x\n  # of x\n# of a\na: 1\n", "# of a\na: 1\nb:\n  - x\n    # of x\n"),
        ("b: # of b\n  c: 1\n   # of c\na: 1\n", "a: 1\nb: # of b\n  c: 1\n    # of c\n"),
        # parted from what follows by an empty line: it belongs to what is above
        ("x: 0\nb: 2\n# still b\n\na: 1\n", "\na: 1\nb: 2\n# still b\nx: 0\n"[1:]),
        # the first block of comments is about the file
        ("# the file\nb: 2\na: 1\n", "# the file\na: 1\nb: 2\n"),
        ("# the file\n\n# of b\nb: 2\na: 1\n", "# the file\n\na: 1\n# of b\nb: 2\n"),
        ("# before\n---\n# the file\nb: 2\na: 1\n", "# before\n---\n# the file\na: 1\nb: 2\n"),
        ("--- # the file\nb: 2\na: 1\n", "--- # the file\na: 1\nb: 2\n"),
        # the last ones stay at the end of what they end
        ("spec:\n  b: 2\n  a: 1\n  # c: 3\n# end\n", "spec:\n  a: 1\n  b: 2\n  # c: 3\n# end\n"),
        ("a: 1\n... # end\n", "a: 1\n# end\n"),
        # one that goes on below keeps its column
        ("b:    x   # one\n          # two\na: 1\n", "a: 1\nb: x   # one\n       # two\n"),
        # between a key and its value
        ("a: # why\n  # how\n  text\n", "a: # why\n  # how\n  text\n"),
        ("a:\n    # how\n    b: 1\n", "a:\n  # how\n  b: 1\n"),
        ("a:\n- # one\n  b: 1\n-\n  # two\n  b: 1\n", "a:\n  - # one\n    b: 1\n  -\n    # two\n    b: 1\n"),
        ("? a # key\n# colon\n: b # value\n", "# key\n# colon\na: b # value\n"),
        # right below a block text nothing may be indented as deep as its lines
        ("b: |\n      x\n  # below\na: 1\n", "a: 1\nb: |\n  x\n# below\n"),
        # empty lines go with what follows, and none begins a mapping
        ("b: 2\n\na: 1\n\nc: 3\n", "a: 1\nb: 2\n\nc: 3\n"),
        ("spec:\n\n  b: 2\n\n\n  c: 3\n", "spec:\n  b: 2\n\n\n  c: 3\n"),
        ("a: 'x' #c\n", "a: x #c\n"),
        ("# \n#\na: 1 #   \n", "#\n#\na: 1 #\n"),
    ],
)
def test_comments_go_with_what_they_belong_to(written: str, canonical: str) -> None:
    assert tidy(written) == canonical
    assert tidy(canonical) == canonical


def test_what_is_not_plain_yaml_is_refused() -> None:
    with pytest.raises(Refused):
        yamltext.tidy(b"a: 1\na: 2\n", lambda _: ())


def test_a_file_that_would_grow_too_large_is_refused() -> None:
    with pytest.raises(Refused, match="in canonical form the file is larger than 1 MiB"):
        yamltext.tidy(b"a: |\n" + b" b\n" * 300_000, lambda _: ())


# Whatever is written, however it is written

KEYS = st.sampled_from([*ORDER, "zulu", "no", "1", "x y", "a: b", "ü", "-", "?x", "#", "null"])
NASTY = """no;1.10;10.11.13;2026-11-22;12:30;null;a, b;[x];it's;say "x";a: b;a #b;C:\\x;-;- x;& x;x:;õun;some words"""
TEXTS = st.one_of(
    st.sampled_from(["", "one\ntwo", "one\n\n  two\n", "one\n\n\n", *NASTY.split(";")]),
    st.text(alphabet="ab:#-,'\"{}[]? \\\nõ", max_size=8).filter(lambda text: "\n\n\n\n" not in text),
)
SCALARS = st.one_of(TEXTS, st.integers(-99, 9999), st.booleans(), st.none(), st.sampled_from([1.5, 0.25, -3.0]))
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=14,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=6), st.integers(0, 2**32))
def test_data_and_comments_stay_and_the_second_time_nothing_changes(data: dict[str, object], seed: int) -> None:
    text = Hand(seed).file(data)
    try:
        before = yamltext.read(text.encode())
    except Refused:
        assume(False)  # a tab where only spaces indent, a comment that looks like none
    once = tidy(text)
    assert same(yamltext.read(once.encode()), before)
    plain = text.replace("\r\n", "\n")
    assert Counter(comments(once, outline(once))) == Counter(comments(plain, outline(plain)))
    assert tidy(once) == once
    assert in_order(yamltext.read(once.encode()))


def in_order(value: object) -> bool:
    if isinstance(value, dict):
        known = [key for key in value if key in ORDER]
        ranks = [ORDER.index(key) for key in known]
        return ranks == sorted(ranks) and list(value)[: len(known)] == known and all(map(in_order, value.values()))
    return not isinstance(value, list) or all(map(in_order, value))
