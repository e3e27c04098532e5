"""What is read line by line is what the parsers read, to the type of each value and the order of keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itsmctl import yamltext
from itsmctl.yamltext import judging, lines, reading
from itsmctl.yamltext.flows import NotSimple
from itsmctl.yamltext.sharing import NotPlainKey

HERE = Path(__file__).parent
KEYS = ("a", "b", "two words", "/spec/x", "true", "e1", "'q'", "a:b", "-k")
PLAIN = (
    "x",
    "x y",
    "1",
    "-1",
    "- 1",
    "1.50",
    "0x1f",
    "null",
    "~",
    "true",
    "9" * 401,
    ".inf",
    "it's",
    "a:b",
    "a: b",
    "a:",
)
ODD = (
    "C#",
    "x #y",
    "é",
    "a, b",
    "[",
    "@x",
    "&x",
    "*x",
    "!x",
    "|",
    "2025-01-01",
    "<<",
    "=",
    "?x",
    ":x",
    "%x",
    "`x",
    "(x)",
)
QUOTED = ('"x"', '"x: y"', "'x'", "''", "'it''s'", '"a\\tb"', '" "', "'#'", '"x" y', '"')
FLOW = (
    *("[]", "{}", "[ ]", "[a, b]", "[ a , 1 ]", "{a: 1}", "{ a: x y, b: 'z' }", "{a: [1, {b: c}], d: e}", "{a: it's}"),
    *("[a", "[a,]", "[a: b]", "{a}", "{a: }", "{a: 1, a: 2}", "{true: 1}", "[a]b", "[[[[[[[[[[a]]]]]]]]]]", "{a:1}"),
    *(
        "{a: https://x/y, b: c}",
        "{a: b:}",
        "[a:b]",
        "[a?b]",
        "[?a]",
        "[-1, -, -a]",
        '["a, b", "]"]',
        "[a #]",
        "[a] # b",
    ),
)
BLOCK = ("|", ">", "|-", ">-", "|+", ">+", "|2", "| # c")
AFTER = ("", "", "", " ", "  # c", " #", "#", ":")

scalars = st.sampled_from((*PLAIN, *ODD, *QUOTED, *FLOW, *BLOCK, "", ""))
line = st.one_of(
    st.builds(
        "{}{}: {}{}".format,
        st.sampled_from(("", "", "- ", "-   ", "- - ")),
        st.sampled_from(KEYS),
        scalars,
        st.sampled_from(AFTER),
    ),
    st.builds("- {}{}".format, scalars, st.sampled_from(AFTER)),
    st.sampled_from(("", "", " ", "-", "# c", "---", "...", "text of a block", "  deeper", "\t", "a: b\r")),
    scalars,
)
text = st.lists(st.builds("{}{}".format, st.sampled_from(("", "  ", "  ", "    ", " ")), line), max_size=9).map(
    "\n".join
)


def of_lines(content: bytes) -> str | None:
    """The data as read line by line; None where the file is left to the parsers."""
    try:
        return repr(lines.read(content.decode())) if reading._is_ordinary(content) else None
    except (ValueError, NotSimple, NotPlainKey):
        return None


def of_parser(content: bytes, parser: yamltext.YamlParser) -> str:
    try:
        return repr(judging.judge(content, parser))
    except yamltext.Refused as refused:
        return f"refused: {refused}"


@given(text, st.sampled_from(("\n", "\n", "", "\n\n", "\n# end\n")))
@settings(max_examples=1500, deadline=None)
@example("a: |\n  x\n\n   y\n\n\nb: >-\n  x\n  y\n\n\n  z\n# c\nc: >\n  x", "\n")
@example("a: |\n\n  x", "\n")
@example("a: |\n  x\n \nb: c", "\n")
@example("a: >\n  x\n   y\n  z", "\n")
@example("a:\n- b: c\n  d:\n  - e\n  f: g\n- h\ni:", "\n")
@example("a:\n  - b:\n     - c\n   - d", "\n")
@example("a: b\n  c: d", "\n")
@example("a: b\n  - c", "\n")
@example("a: b\n  c", "\n")
@example("a: b\n- c", "\n")
@example("a:\n    b: c\n  d: e", "\n")
@example("a: |\n    x\n  b: c", "\n")
@example("---\na: b\n---\nc: d", "\n")
@example("a: b\na: c", "\n")
def test_line_by_line_the_same_is_read(text: str, end: str) -> None:
    content = (text + end).encode()
    if (read := of_lines(content)) is not None:
        assert read == of_parser(content, yamltext.BEST)
        assert read == of_parser(content, yamltext.PURE)


@pytest.mark.parametrize("folder", ["example-repo/records", "policies"])
def test_most_files_are_read_line_by_line_and_all_alike(folder: str) -> None:
    files = [path.read_bytes() for path in sorted((HERE.parent / folder).rglob("*.yaml"))]
    read = {content: found for content in files if (found := of_lines(content)) is not None}
    for content, found in read.items():
        assert found == of_parser(content, yamltext.BEST)
    if folder != "policies":  # which hold expressions in several lines
        assert len(read) > 0.9 * len(files)


def test_no_two_files_share_what_could_be_changed() -> None:
    text = "a: [x, y]\nb: {c: [d], e: {f: g}}\nh: []\n"
    one, other = lines.read(text), lines.read(text)
    one["a"].append(1)  # type: ignore[attr-defined]
    one["b"]["c"].append(1)  # type: ignore[index]
    one["b"]["e"]["f"] = 1  # type: ignore[index]
    one["h"].append(1)  # type: ignore[attr-defined]
    assert other == {"a": ["x", "y"], "b": {"c": ["d"], "e": {"f": "g"}}, "h": []}
    assert lines.read(text) == other


def test_the_memo_of_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MOST", 10)
    text = "".join(f"key{n}: {n}\n" for n in range(100))
    assert lines.read(text) == {f"key{n}": n for n in range(100)}
    assert len(lines._LINES) <= 10


def test_collections_deep_in_each_other_are_left_to_the_parsers() -> None:
    text = "".join(f"{' ' * n}a:\n" for n in range(60))
    assert of_lines(text.encode()) is None
