"""Reading plain YAML: text in, data or refusals out, the same from the C parser and the pure one."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsmctl import canonical, yamltext
from itsmctl.findings import Rule
from itsmctl.yamltext import Refused, Span

PARSERS = [pytest.param(parser, id=parser.name) for parser in (yamltext.LIBYAML, yamltext.PURE) if parser]


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> yamltext.YamlParser:
    return request.param


def refusals(text: str | bytes, parser: yamltext.YamlParser = yamltext.BEST) -> tuple[yamltext.Refusal, ...]:
    with pytest.raises(Refused) as caught:
        yamltext.read(text if isinstance(text, bytes) else text.encode(), parser)
    return caught.value.refusals


def lines(text: str | bytes, parser: yamltext.YamlParser = yamltext.BEST) -> list[str]:
    """Each refusal as `line:column-end rule`."""
    return [f"{one.span.line}:{one.span.column}-{one.span.end_column} {one.rule}" for one in refusals(text, parser)]


# Values: YAML 1.2 core schema


VALUES: list[tuple[str, object]] = [
    # what YAML 1.1 takes for something else stays what the writer sees
    *[(word, word) for word in ("no", "No", "NO", "yes", "on", "off", "y", "n", "nULL", "tRUE", "NaN", "Infinity")],
    ("12:30", "12:30"),
    ("12:30:45", "12:30:45"),
    ("2024-01-01", "2024-01-01"),
    ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
    ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ("1_000", "1_000"),
    ("0b1", "0b1"),
    ("0B1", "0B1"),
    ("0O14", "0O14"),
    ("0X1F", "0X1F"),
    ("+0x1F", "+0x1F"),
    ("-0o14", "-0o14"),
    ("1,000", "1,000"),
    ("1.10.2", "1.10.2"),
    ("=", "="),
    ("١٢", "١٢"),  # digits, but not ASCII ones
    # null
    *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
    # bool
    *[(word, True) for word in ("true", "True", "TRUE")],
    *[(word, False) for word in ("false", "False", "FALSE")],
    # int
    ("0", 0),
    ("-0", 0),
    ("+1", 1),
    ("-12", -12),
    ("010", 10),
    ("0o14", 12),
    ("0o0", 0),
    ("0x1F", 31),
    ("0xff", 255),
    ("9007199254740993", 9007199254740993),
    ("9" * 400, int("9" * 400)),
    # float
    ("1.10", 1.1),
    ("1.", 1),
    (".5", 0.5),
    ("-.5", -0.5),
    ("1e3", 1000),
    ("1E3", 1000),
    ("+1.5e-3", 0.0015),
    (".5e1", 5),
    ("0.0", 0),
    ("-0.0", 0),
    ("1e20", 10**20),
    ("1e21", 1e21),
    ("9007199254740993.0", 9007199254740992),
    ("1e400x", "1e400x"),
    # not quite numbers
    (".", "."),
    ("+", "+"),
    ("1e", "1e"),
    ("e3", "e3"),
    (".e3", ".e3"),
    ("0x", "0x"),
    ("0o8", "0o8"),
    ("1 2", "1 2"),
    (".infinity", ".infinity"),
    ("+.nan", "+.nan"),
    # quoted
    ('"1"', "1"),
    ("'true'", "true"),
    ('""', ""),
    ("'it''s'", "it's"),
    (r'"\u00e4\x41\t\n\\\/\"\ \_"', 'äA\t\n\\/" \xa0'),
    (r'"\U0001F600"', "😀"),
]


@pytest.mark.parametrize(("written", "value"), VALUES)
def test_a_scalar_means_what_yaml_1_2_core_says(written: str, value: object, parser: yamltext.YamlParser) -> None:
    found = yamltext.read(f"a: {written}\n".encode(), parser)

    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers().map(float))
def test_numbers_that_a_digest_cannot_tell_apart_are_one(number: float) -> None:
    found = yamltext.read(f"a: {number!r}\n".encode())["a"]
    assert canonical.canonical(found) == canonical.canonical(number)
    assert isinstance(found, int) == (re.fullmatch(rb"-?[0-9]+", canonical.canonical(number)) is not None)


DATA: list[tuple[str, object]] = [
    ("a: 1", {"a": 1}),
    ("--- \na: 1\n...\n", {"a": 1}),
    ("---\n", None),
    ("just text", "just text"),
    ("- a\n- - b\n  - c\n-\n", ["a", ["b", "c"], None]),
    ("a:\n- b\n- c\n", {"a": ["b", "c"]}),
    ("a:\n  b: {}\n  c: []\n", {"a": {"b": {}, "c": []}}),
    ("{a: 1, b: [x, 'y'], c, d: }", {"a": 1, "b": ["x", "y"], "c": None, "d": None}),
    ("[a: 1, b]", [{"a": 1}, "b"]),
    ('{"a":1}', {"a": 1}),
    ("a: one\n  two\n\n  three\n", {"a": "one two\nthree"}),
    ("a: |\n  x\n   y\n\n  z\n\nb: >-\n  p\n  q\n", {"a": "x\n y\n\nz\n", "b": "p q"}),
    ("a: |+\n  x\n\n", {"a": "x\n\n"}),
    ("a: |\n  x", {"a": "x"}),
    ("a: b # not text\nc: d#text\n", {"a": "b", "c": "d#text"}),
    ("a: b\tc\n", {"a": "b\tc"}),
    ("a:\t1\n", {"a": 1}),
    ("a: 'x\n\n  y'\n", {"a": "x\ny"}),
    ('a: "x \\\n  y"\n', {"a": "x y"}),
    ("? a\n: 1\n", {"a": 1}),
    ("'1': x\n\"true\": y\n'<<': z\n'': w\n", {"1": "x", "true": "y", "<<": "z", "": "w"}),
    ("no: x\n12:30: y\n2024-01-01: z\n", {"no": "x", "12:30": "y", "2024-01-01": "z"}),
    ("a: http://x.org/?q=a&b=*c!\n", {"a": "http://x.org/?q=a&b=*c!"}),
    ("a: x & y * z ! %\n", {"a": "x & y * z ! %"}),
    ("a: |\n  *one*\n  - &two\n  !three\n  %four\n  ---\n", {"a": "*one*\n- &two\n!three\n%four\n---\n"}),
    ("a: |\n  C:\\Users\\x\nb: C:\\\n", {"a": "C:\\Users\\x\n", "b": "C:\\"}),
    ("näitus: õppija – “ä” 😀 ☎️\n", {"näitus": "õppija – “ä” 😀 ☎️"}),
    ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
]


@pytest.mark.parametrize(("text", "data"), DATA, ids=[repr(text)[:40] for text, _ in DATA])
def test_plain_yaml_is_read(text: str, data: object, parser: yamltext.YamlParser) -> None:
    assert yamltext.read(text.encode(), parser) == data


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 63 + "1" + "]" * 63,
        "{a: " * 64 + "1" + "}" * 64,
        "- " * 64 + "1",
        "\n".join(" " * level + "a:" for level in range(64)) + " 1",
    ],
)
def test_sixty_four_levels_are_read(text: str, parser: yamltext.YamlParser) -> None:
    data, depth = yamltext.read(text.encode(), parser), 0
    while isinstance(data, (dict, list)):
        data, depth = (data["a"] if isinstance(data, dict) else data[0]), depth + 1

    assert (data, depth) == (1, 64)


def test_the_largest_file_is_read(parser: yamltext.YamlParser) -> None:
    content = b"a: " + b"x" * (yamltext.MAX_BYTES - 3)

    assert len(yamltext.read(content, parser)["a"]) == yamltext.MAX_BYTES - 3
    assert lines(content + b"x", parser) == ["1:1-1 yaml-size"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number}: [{number}]\n" for number in range(500)),
        "".join(f"k{number}: õ?\n" for number in range(500)),
        "".join(f"- k: x-{number}\n" for number in range(500)),
        "".join(f"k{number}: õ\r\n" for number in range(500)),
        "a: " + "-" * 500 + "\n",
        "".join(f"k{number}: {'words ' * 30}\n" for number in range(500)),
    ],
)
def test_what_only_looks_odd_is_read_too(text: str, parser: yamltext.YamlParser) -> None:
    data = yamltext.read(text.encode(), parser)

    assert isinstance(data, (dict, list))
    assert len(data) == text.count("\n")


def test_records_share_their_keys_and_short_texts() -> None:
    one, other = (yamltext.read(b"metadata: {name: production, n: 123456789, q: '15.4'}\n") for _ in range(2))

    assert next(iter(one)) is next(iter(other))
    assert all(one["metadata"][key] is other["metadata"][key] for key in ("name", "n", "q"))


def test_the_memo_of_values_is_bounded_and_forgets_without_harm() -> None:
    from itsmctl.yamltext import sharing

    for number in range(30_000):
        record = f"k{number}: v{number}\nn{number}: '{number}'\nwords: [true, null, ~, 'no', x]\n"
        assert yamltext.read(record.encode()) == {
            f"k{number}": f"v{number}",
            f"n{number}": str(number),
            "words": [True, None, None, "no", "x"],
        }
    assert all(len(memo) <= 20_000 for memo in (sharing.KEYS, sharing.PLAIN, sharing.QUOTED))


# Refusals: text -> every `line:column-end rule`, and words of the first message


A_BIDI, A_ZERO = "\u202e", "\u200b"

REFUSALS: list[tuple[str | bytes, list[str], str]] = [
    # duplicate keys
    ("a: 1\nb: 2\na: 3\n", ["3:1-2 yaml-duplicate-key"], "`a` stands twice in this mapping; the first is on line 1"),
    ("a: 1\n'a': 2\n\"a\": 3\n", ["2:1-4 yaml-duplicate-key", "3:1-4 yaml-duplicate-key"], "`a` stands twice"),
    ("x: {a: 1, a: 2}\n", ["1:11-12 yaml-duplicate-key"], "`a` stands twice"),
    (
        "a: {b: 1, b: 2}\nc:\n- d: 1\n  d: 2\na: 3\n",
        ["1:11-12 yaml-duplicate-key", "4:3-4 yaml-duplicate-key", "5:1-2 yaml-duplicate-key"],
        "`b` stands twice",
    ),
    ("'1': a\n'1': b\n", ["2:1-4 yaml-duplicate-key"], "`1` stands twice"),
    # anchors, aliases, merge keys, tags
    ("a: &x 1\n", ["1:4-6 yaml-anchor"], "`&x` is an anchor"),
    ("a: &x\n  b: 1\n", ["1:4-6 yaml-anchor"], "`&x` is an anchor"),
    ("- &x [&y a]\n", ["1:3-5 yaml-anchor", "1:7-9 yaml-anchor"], "`&x` is an anchor"),
    ("&k a: 1\n", ["1:1-3 yaml-anchor"], "`&k` is an anchor"),
    ("a: *x\n", ["1:4-6 yaml-alias"], "`*x` is an alias: it stands for the value marked `&x`"),
    ("*x : 1\n", ["1:1-3 yaml-alias"], "`*x` is an alias"),
    ("a: &x [*x]\n", ["1:4-6 yaml-anchor", "1:8-10 yaml-alias"], "`&x` is an anchor"),
    ("a: *bold*\n", ["1:4-5 yaml-alias"], "starts with `*`"),
    ("a: & b\n", ["1:4-5 yaml-anchor"], "starts with `&`"),
    ("<<: {a: 1}\n", ["1:1-3 yaml-merge-key"], "merges another mapping"),
    ("a: &x {}\nb:\n  <<: *x\n", ["1:4-6 yaml-anchor", "3:3-5 yaml-merge-key", "3:7-9 yaml-alias"], "anchor"),
    ("a: !t 1\n", ["1:4-6 yaml-tag"], "`!t` is a tag"),
    ("a: !!str 1\n", ["1:4-9 yaml-tag"], "`!!str` is a tag"),
    ("a: !<tag:x> 1\n", ["1:4-12 yaml-tag"], "`!<tag:x>` is a tag"),
    ("a: ! 1\n", ["1:4-5 yaml-tag"], "`!` is a tag"),
    ("!t\na: 1\n", ["1:1-3 yaml-tag"], "`!t` is a tag"),
    ("a: !t &x\n  b: 1\n", ["1:4-6 yaml-tag", "1:7-9 yaml-anchor"], "`!t` is a tag"),
    ("a: &x\n  !t b\n", ["1:4-6 yaml-anchor", "2:3-5 yaml-tag"], "`&x` is an anchor"),
    ("a: !x!y b\n", ["1:4-5 yaml-tag"], "starts with `!`"),
    ("a: !python/object/apply:os.system ['x']\n", ["1:4-34 yaml-tag"], "something else than plain data"),
    # directives, documents, nothing
    ("%YAML 1.2\n---\na: 1\n", ["1:1-10 yaml-directive"], "starts with `%`"),
    ("# x\n\n%TAG ! x\n%FOO\n---\na: 1\n", ["3:1-9 yaml-directive", "4:1-5 yaml-directive"], "starts with `%`"),
    ("a: 1\n%YAML 1.2\n---\nb: 2\n", ["2:1-2 yaml-directive", "2:1-2 yaml-documents"], "starts with `%`"),
    ("a: 1\n---\nb: 2\n", ["2:1-4 yaml-documents"], "second document"),
    ("a: 1\n---\n", ["2:1-4 yaml-documents"], "second document"),
    ("a: 1\n...\nb: 2\n", ["3:1-5 yaml-documents"], "second document"),
    (
        "--- a\n--- b\n--- {c: 1, c: 2}\n",
        ["2:1-4 yaml-documents", "3:1-4 yaml-documents", "3:12-13 yaml-duplicate-key"],
        "second document",
    ),
    ("", ["1:1-1 yaml-empty"], "holds nothing"),
    (" \n\n", ["1:1-1 yaml-empty"], "holds nothing"),
    ("# a\n# b\n", ["1:1-1 yaml-empty"], "nothing but comments"),
    # keys
    ("1: a\n", ["1:1-2 yaml-key"], "`1` is a number"),
    ("a: {1.5: x, true: y, ~: z}\n", ["1:5-8 yaml-key", "1:13-17 yaml-key", "1:22-23 yaml-key"], "`1.5` is a number"),
    ("true: a\n", ["1:1-5 yaml-key"], "`true` is true or false"),
    ("null: a\n", ["1:1-5 yaml-key"], "`null` is null"),
    (".inf: a\n", ["1:1-5 yaml-key"], "`.inf` is a number"),
    ("?\n: a\n", ["1:2-3 yaml-key"], "a key is missing here"),
    ("[?]\n", ["1:2-3 yaml-key"], "no key stands behind this `?`"),
    ("a: [why, ? ]\n", ["1:10-11 yaml-key"], "no key stands behind this `?`"),
    ("[? : a]\n", ["1:2-3 yaml-key"], "no key stands behind this `?`"),
    ("{: a}\n", ["1:2-3 yaml-syntax"], "no key stands before this `:`"),
    ("? [a]\n: 1\n", ["1:3-4 yaml-key"], "a list stands where a key is expected"),
    ("[a]: 1\n", ["1:1-2 yaml-key"], "a list stands where a key is expected"),
    ("a: {{ b }}\n", ["1:5-6 yaml-key"], "a mapping stands where a key is expected"),
    ("? |\n  a\n: 1\n", ["1:3-4 yaml-key"], "line break"),
    ('"a\\nb": 1\n', ["1:1-7 yaml-key"], "line break or a tab"),
    ("a\tb: 1\n", ["1:1-4 yaml-key"], "line break or a tab"),
    # numbers
    ("a: .inf\n", ["1:4-8 yaml-number"], "`.inf` is not a number that JSON can hold"),
    ("a: [-.INF, .NaN]\n", ["1:5-10 yaml-number", "1:12-16 yaml-number"], "`-.INF` is not"),
    ("a: 1e999\n", ["1:4-9 yaml-number"], "too large"),
    (f"a: {'9' * 401}\n", ["1:4-405 yaml-number"], "a number of 401 characters"),
    (f"a: {'9' * 5000}\n", ["1:4-5004 yaml-number"], "a number of 5000 characters"),
    (f"a: 0x{'f' * 5000}\n", ["1:4-5006 yaml-number"], "a number of 5002 characters"),
    (f"a: 0.{'3' * 5000}\n", ["1:4-5006 yaml-number"], "a number of 5002 characters"),
    # characters
    ("\ufeffa: 1\n", ["1:1-2 yaml-bom"], "byte order mark"),
    ("\ufeff", ["1:1-2 yaml-bom", "1:1-1 yaml-empty"], "byte order mark"),
    (f"a: 1 # x{A_BIDI}\n", ["1:9-10 yaml-bidi-character"], "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ("ä: \u2066b\u2069\n", ["1:4-5 yaml-bidi-character", "1:6-7 yaml-bidi-character"], "U+2066 LEFT-TO-RIGHT ISOLATE"),
    ("a: \u200fb\n", ["1:4-5 yaml-bidi-character"], "U+200F RIGHT-TO-LEFT MARK"),
    (f"a: x{A_ZERO}y\n", ["1:5-6 yaml-invisible-character"], "U+200B ZERO WIDTH SPACE cannot be seen"),
    ("a: x\u200dy\n", ["1:5-6 yaml-invisible-character"], "U+200D ZERO WIDTH JOINER"),
    ("a: x\u00ady\n", ["1:5-6 yaml-invisible-character"], "U+00AD SOFT HYPHEN"),
    ("a: \U000e0041\n", ["1:4-5 yaml-invisible-character"], "U+E0041 TAG LATIN CAPITAL LETTER A"),
    ("a: x\nb: y\ufeff\n", ["2:5-6 yaml-invisible-character"], "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
    ("a: x\x07y\x1b[31m\n", ["1:5-6 yaml-control-character", "1:7-8 yaml-control-character"], "U+0007 BELL"),
    ("a: \x9bx\n", ["1:4-5 yaml-control-character"], "U+009B is a control character"),
    ("a: \x7f\n", ["1:4-5 yaml-control-character"], "U+007F DELETE"),
    ("a: \0\n", ["1:4-5 yaml-control-character"], "U+0000 NUL"),
    ("a: \ufffe\n", ["1:4-5 yaml-control-character"], "U+FFFE"),
    ("a: \U0001ffff\n", ["1:4-5 yaml-control-character"], "U+1FFFF"),
    ("a: b\x85c: d\n", ["1:5-6 yaml-line-break"], "U+0085 NEXT LINE ends a line for some readers"),
    ("a: b\u2028c\u2029\n", ["1:5-6 yaml-line-break", "1:7-8 yaml-line-break"], "U+2028 LINE SEPARATOR"),
    ("a: 1\rb: 2\r", ["1:5-6 yaml-line-break"], "2 lines of the file end so"),
    ("a: 1\r\nb: 2\r\r\n", ["2:5-6 yaml-line-break"], "carriage return without a line feed"),
    # normal form C
    ("a: cafe\u0301\n", ["1:7-9 yaml-nfc"], "U+0065 U+0301; Unicode's normal form C has U+00E9"),
    ("o\u0303: x\nb: u\u0308 o\u0303\n", ["1:1-3 yaml-nfc", "2:4-6 yaml-nfc", "2:7-9 yaml-nfc"], "U+006F U+0303"),
    ("a: \u212b\n", ["1:4-5 yaml-nfc"], "U+212B; Unicode's normal form C has U+00C5"),
    ("a: \u1100\u1161\u11a8\n", ["1:4-7 yaml-nfc"], "U+1100 U+1161 U+11A8"),
    ("a: \u09c7\u09be\n", ["1:4-6 yaml-nfc"], "U+09C7 U+09BE"),
    ("a: x\u0327\u0301\u0327\n", ["1:4-8 yaml-nfc"], "normal form C"),
    (f"a: x{chr(0x327) + chr(0x301) * 40 + chr(0x327)}\n", ["1:4-47 yaml-nfc"], "42 combining marks"),
    # escapes
    ('a: "\\u202e"\n', ["1:5-11 yaml-bidi-character"], "`\\u202e`: U+202E"),
    (
        'a: "x\\x00\\e"\nb: "\\U000E0001"\n',
        ["1:6-10 yaml-control-character", "1:10-12 yaml-control-character", "2:5-15 yaml-invisible-character"],
        "`\\x00`: U+0000 NUL",
    ),
    ('a: "\\r\\n"\n', ["1:5-7 yaml-line-break"], "`\\r`: U+000D CARRIAGE RETURN"),
    ('a: "x\n  \\u2028\\N"\n', ["2:3-9 yaml-line-break", "2:9-11 yaml-line-break"], "`\\u2028`: U+2028"),
    ('a: "e\\u0301"\n', ["1:4-13 yaml-nfc"], "with its escapes replaced"),
    ('"\\u200b": 1\n', ["1:2-8 yaml-invisible-character"], "`\\u200b`: U+200B"),
    ('a: "e\\\n  \u0301"\n', ["1:4-5 yaml-nfc"], "with its escapes replaced"),
    # encodings
    (b"a: caf\xe9 \xe4\n", ["1:7-8 yaml-encoding"], "byte 0xE9 is not UTF-8 (in Windows-1252 it is “é”), and 1 more"),
    ("ä: ".encode() + b"\xff\n", ["1:4-5 yaml-encoding"], "byte 0xFF is not UTF-8"),
    (b"a: \xed\xa0\x80\n", ["1:4-5 yaml-encoding"], "byte 0xED is not UTF-8"),
    (b"a: \xc0\x80\n", ["1:4-5 yaml-encoding"], "byte 0xC0 is not UTF-8"),
    (b"a: 1\na: \xe4\n", ["2:1-2 yaml-duplicate-key", "2:4-5 yaml-encoding"], "`a` stands twice"),
    ("a: ä\n".encode("utf-16"), ["1:1-1 yaml-encoding"], "the file is UTF-16"),
    ("a: ä\n".encode("utf-16-le"), ["1:1-1 yaml-encoding"], "the file is UTF-16"),
    ("a: ä\n".encode("utf-16-be"), ["1:1-1 yaml-encoding"], "the file is UTF-16"),
    ("a: ä\n".encode("utf-32"), ["1:1-1 yaml-encoding"], "the file is UTF-32"),
    # nesting
    ("[" * 65 + "]" * 65, ["1:65-66 yaml-nesting"], "more than 64"),
    ("- " * 65 + "a", ["1:129-130 yaml-nesting"], "more than 64"),
    ("\n".join(" " * level + "a:" for level in range(65)) + " 1", ["65:65-66 yaml-nesting"], "more than 64"),
]


@pytest.mark.parametrize(("text", "places", "words"), REFUSALS, ids=[repr(text)[:50] for text, _, _ in REFUSALS])
def test_what_is_not_plain_is_refused_with_its_place(
    text: str | bytes, places: list[str], words: str, parser: yamltext.YamlParser
) -> None:
    found = refusals(text, parser)

    assert lines(text, parser) == places
    assert words in found[0].message
    assert not any(one.message.endswith(".") for one in found)
    assert not any(one.message[0].isupper() for one in found if not one.message.startswith("U+"))
    assert all(one.hint[0].isupper() for one in found)


def test_a_duplicate_key_comes_with_the_place_of_the_first() -> None:
    (refusal,) = refusals("a:\n  key: 1\n  other: 2\n  key: 3\n")

    assert refusal.related == ((Span(2, 3, 2, 6), "first written here"),)


def test_all_that_one_pass_can_find_is_told_in_the_order_of_the_file(parser: yamltext.YamlParser) -> None:
    text = "b: &x 1\n1: a\na: .inf\na: x\u200b\nc: e\u0301 *x\nd: *x\ne: [\n"

    assert lines(text, parser) == [
        "1:4-6 yaml-anchor",
        "2:1-2 yaml-key",
        "3:4-8 yaml-number",
        "4:1-2 yaml-duplicate-key",
        "4:5-6 yaml-invisible-character",
        "5:4-6 yaml-nfc",
        "6:4-6 yaml-alias",
        "7:4-5 yaml-syntax",
    ]


@pytest.mark.parametrize("character", ["\x07", "\x85", "\u2028", "\r", "\ufeff"])
def test_no_syntax_error_is_told_that_may_only_echo_a_character(character: str, parser: yamltext.YamlParser) -> None:
    assert "yaml-syntax" in {one.rule for one in refusals("a: 1\n]b: 2\n", parser)}
    assert "yaml-syntax" not in {one.rule for one in refusals(f"a: 1\n{character}]b: 2\n", parser)}


def test_no_more_than_a_hundred_places_are_listed(parser: yamltext.YamlParser) -> None:
    found = refusals("a: 1\n" * 5000, parser)

    assert len(found) == yamltext.MAX_REFUSALS == 100
    assert "No more than 100 places" in found[-1].hint
    assert not any("No more than" in one.hint for one in found[:-1])


def test_emoji_keep_their_presentation_selector() -> None:
    assert yamltext.read("a: ⚠\ufe0f\n".encode()) == {"a": "⚠\ufe0f"}


def test_every_invisible_character_of_unicode_is_refused() -> None:
    """Format characters and controls, but for tab and line ends; what else is invisible is listed by hand."""
    format_characters = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cf", "Cc"}}
    seen = {"\t", "\n", "\r"} | {
        char for char in format_characters if "SIGN" in unicodedata.name(char, "") or _is_shown(ord(char))
    }

    passed = {char for char in format_characters - seen if not _is_refused(char)}

    assert passed == set()
    assert all(map(_is_refused, "\u034f\u115f\u1160\u17b4\u17b5\u180b\u3164\uffa0\ufe00\U000e0100"))


def _is_shown(code: int) -> bool:
    """Format characters that are drawn: shorthand and musical marks have a form, Egyptian ones join signs."""
    return (
        0x110BD <= code <= 0x110CD
        or 0x13430 <= code <= 0x1345F
        or code in {0x602, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2}
    )


def _is_refused(character: str) -> bool:
    try:
        yamltext.read(f"a: x{character}y\n".encode())
    except Refused:
        return True
    return False


# The rules, and what the room promises to others


def test_every_refusal_has_its_rule() -> None:
    told = {place.split(" ")[1] for _, places, _ in REFUSALS for place in places} | {"yaml-syntax", "yaml-size"}

    assert told == {rule.id for rule in yamltext.RULES}
    assert len(yamltext.RULES) == len(told)


@pytest.mark.parametrize("rule", yamltext.RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_holds_and_what_to_do(rule: Rule) -> None:
    assert rule.severity == "error"
    assert rule.basis == "form"
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    for text in (rule.description, rule.remediation):
        assert text.endswith(".")
        assert text[0].isupper()


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_c_parser_the_pure_one_takes_over() -> None:
    assert run(
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from itsmctl import yamltext\n"
        "print(yamltext.LIBYAML, yamltext.BEST.name, yamltext.read(b'a: [1, no]'))\n"
        "print(yamltext.spots(b'a: 1').locate('/a'), yamltext.dump({'a': 'no'}), yamltext.edit(b'a: 1 # c', {'/a': 2}))"
    ).splitlines() == [
        "None PyYAML {'a': [1, 'no']}",
        "(Span(line=1, column=4, end_line=1, end_column=5), '/a') b'a: \"no\"\\n' b'a: 2 # c\\n'",
    ]


def test_reading_and_dumping_leave_the_editor_alone() -> None:
    assert (
        run(
            "import sys\n"
            "from itsmctl import yamltext\n"
            "yamltext.read(b'a: 1'); yamltext.spots(b'a: 1').locate('/a'); yamltext.dump({'a': 1})\n"
            "print([name for name in sys.modules if name.startswith('ruamel')])"
        )
        == "[]\n"
    )
