"""libyaml, the pure parser and the two ways to read agree on every text: values, refusals, words and places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.yamltext import Refused, judging
from itsmctl.yamltext.scalars import resolve

RECORDS = (
    """\
apiVersion: itsm/v1   # the one version
kind: ConfigurationItem
metadata:
  name: db-01
  title: "Loans: database"
  owner: Role/database-team
  labels: {site: tallinn, tier: 'gold', empty: }
spec:
  type: database
  version: "15.4"
  load: 0.75
  cores: 8
  live: true
  note:
  relations: [{type: runs-on, target: vm-17}, {type: backs-up, target: vm-18}]
""",
    """\
apiVersion: itsm/v1
kind: ChangeRequest
metadata: {name: chg-1, title: Näituse uuendus – õhtul}
spec:
  reason: The vendor ends support
    of the version in June.
  items:
  - item: ConfigurationItem/db-01
    action: update
  - item: ConfigurationItem/db-02

    action: update
  schedule:
    start: 2025-03-01T22:00:00+02:00
  backout: |
    Stop the service, restore:
      - the snapshot # of the day
      - the configuration

    and start it.
  test: >-
    Run the smoke test,
    then compare.
""",
)
PIECES = [
    *("a", "b", "key", "é", "1", "0x1F", "1.5", ".inf", "true", "null", "~", "<<", "9" * 401, "text with words"),
    *(" ", "  ", "    ", "\t", "\n", "\n  ", "\n    ", "\n- ", "\r\n", "\n\n", "- ", "-", "? ", "?", ": ", ":"),
    *("[", "]", "{", "}", ",", ", ", "'", "''", '"', "\\", '\\"', "\\n", "\\\n", "\\u202e", "\\x41", "\\ud800"),
    *("#", " # c", "&x ", "*x", "!t ", "!", "!!str ", "!<a> ", "!a!b ", "|", "|-", "|+2", "|0", ">", ">-\n  "),
    *("%", "%YAML 1.2\n", "---", "\n---\n", "...", "\n...\n", "@", "`", "k: v\n", "x: [a, b]\n", "l:\n  - m: n\n"),
    *("\u2028", "\u200b", "e\u0301", "\x07", "\ufeff", "<<<<<<< x\n", "? a\n: b\n", "[a, [b]]", "{a: {b: c}}"),
]

yaml_like = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A record with a few pieces put in, taken out or put in the place of others."""
    text = draw(st.sampled_from(RECORDS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 0, 1, 1, 3, 20]))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[start + length :]
    return text


def outcome(content: bytes, parser: yamltext.YamlParser, way: object = yamltext.read) -> str:
    """Data or refusals, to the last word: `repr` also tells 1 from 1.0 and from true, and the order of keys."""
    try:
        return repr(way(content, parser))
    except Refused as refused:
        return repr(refused.refusals)


def both() -> tuple[yamltext.YamlParser, yamltext.YamlParser]:
    if yamltext.LIBYAML is None:
        pytest.skip("PyYAML was built without libyaml")
    return yamltext.LIBYAML, yamltext.PURE


@given(st.one_of(yaml_like, mutated()))
@settings(max_examples=400, deadline=None)
@example("? [a]\n: {")
@example("[? : a]")
@example("[?]")
@example("{? , b}")
@example("a\t:\tb")
@example("a:\n\t- b")
@example("- \ta")
@example("{a:b, 'c':d, e: ?f}")
@example("[a?b, c:d]")
@example("a: |1\n  x\n y\n")
@example("a: |\n\tx\n")
@example("a: >\n\n  x\n   y\n  z\n\n\n")
@example("a: 'x\n\ty'")
@example("-\n-")
@example("[-]")
@example("a: b: c")
@example("{")
@example("'a'\n'b'")
@example("--- |\n x\n...\n")
@example("k: &x !a!b %c")
@example("k: &a !t\nl: !t &a\n")
def test_both_parsers_and_both_ways_agree(text: str) -> None:
    libyaml, pure = both()
    content = text.encode()

    short = outcome(content, libyaml)

    assert short == outcome(content, libyaml, judging.judge)
    assert short == outcome(content, pure)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode), mutated().map(str.encode)))
@settings(max_examples=400, deadline=None)
@example(b"\xff\xfe")
@example(b"!%C0%80 a")
@example(b"!<%ED%A0%80> a")
@example(b"\x00" * 8)
def test_any_bytes_give_data_or_refusals(content: bytes) -> None:
    for parser in (yamltext.BEST, yamltext.PURE):
        try:
            data = yamltext.read(content, parser)
        except Refused as refused:
            found = refused.refusals
            assert 0 < len(found) <= yamltext.MAX_REFUSALS
            assert list(found) == sorted(found, key=lambda one: one.order)
            assert {one.rule for one in found} <= {rule.id for rule in yamltext.RULES}
            text = content.decode(errors="surrogateescape").removeprefix("\ufeff").split("\n")
            for one in found:
                assert 1 <= one.span.line <= len(text)
                assert 1 <= one.span.column <= len(text[one.span.line - 1]) + 1
                assert (one.span.end_line, one.span.end_column) >= (one.span.line, one.span.column)
        else:
            assert all(type(value) in {dict, list, str, int, float, bool, type(None)} for _, value in values(data))


def values(data: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    """Every value in plain data with its pointer."""
    yield pointer, data
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, child in children:
        yield from values(child, f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}")


@given(mutated())
@settings(max_examples=250, deadline=None)
@example("[a: b, [], {}, , c]")
@example("? a\n? b\n: - \n  - x\n")
def test_both_parsers_find_the_same_places(text: str) -> None:
    libyaml, pure = both()
    content = text.encode()
    try:
        data = yamltext.read(content)
    except Refused:
        data = {"anything": 1}

    one, other = yamltext.spots(content, libyaml), yamltext.spots(content, pure)

    for pointer in (*(pointer for pointer, _ in values(data)), "/nowhere", "/spec/nowhere/0"):
        assert one.locate(pointer) == other.locate(pointer)
        assert one.locate(pointer, key=True) == other.locate(pointer, key=True)
        assert (one.key(pointer), one.value(pointer)) == (other.key(pointer), other.value(pointer))


@given(mutated())
@settings(max_examples=250, deadline=None)
def test_at_its_place_stands_the_value(text: str) -> None:
    try:
        data = yamltext.read(text.encode())
    except Refused:
        return
    spots = yamltext.spots(text.encode())
    lines = text.split("\n")

    for pointer, value in values(data):
        span, used = spots.locate(pointer)
        assert used == pointer
        assert span.end_line == span.line
        assert span.end_column > span.column
        if pointer.rpartition("/")[2].isdigit() or not pointer:
            assert spots.key(pointer) is None
        else:
            key = spots.key(pointer)
            assert key is not None
            written = lines[key.line - 1][key.column - 1 : key.end_column - 1]
            if key.line == key.end_line and not set(written) & set("'\"\\"):
                assert written == pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        whole = spots.value(pointer)
        assert whole is not None
        written = lines[whole.line - 1][whole.column - 1 : whole.end_column - 1]
        if whole.line == whole.end_line and not isinstance(value, (dict, list)) and written[:1] not in {'"', "'"}:
            assert repr(resolve(written)) == repr(value)
