"""What people see of hostile text, and how wide it is."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsmctl import escape

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with \\n as written", "plain, with \\n as written"),
        ("Laenutussüsteemi uuendus – õhtul", "Laenutussüsteemi uuendus – õhtul"),
        ("貸出\u3000データ", "貸出\u3000データ"),
        ("e\u0301tude", "e\u0301tude"),  # a letter and its accent
        ("two\nlines\r\n\tindented", "two\\nlines\\r\\n\\tindented"),
        ("\x00\x07\x1b[31mred\x9b\x7f", "\\x00\\x07\\x1b[31mred\\x9b\\x7f"),
        ("\u202eevil\u2066\u200b\ufeff", "\\u{202e}evil\\u{2066}\\u{200b}\\u{feff}"),
        ("a\u2028b\u0085c", "a\\u{2028}b\\x85c"),
        ("no\u00a0break, so\u00adft", "no\\xa0break, so\\xadft"),
        ("raw \udcff byte, \ud800 half", "raw \\xff byte, \\u{d800} half"),
        ("un\u3164seen \u034f\U000e0101", "un\\u{3164}seen \\u{34f}\\u{e0101}"),
        ("\u0301 on nothing, \u0301 either", "\\u{301} on nothing, \\u{301} either"),
        ("climbing Z" + "\u0351" * 6, "climbing Z" + "\u0351" * 4 + "\\u{351}" * 2),
        ("❤\ufe0f", "❤\ufe0f"),
        ("#\ufe0f#[add-mask]x", "#\\u{fe0f}#[add-mask]x"),
        ("see ##[add-mask]x", "see \\x23#[add-mask]x"),
        ("###vso[task.setvariable]x", "#\\x23#vso[task.setvariable]x"),
        ("## heading [link]", "## heading [link]"),
    ],
)
def test_unseen_and_dangerous_characters_are_spelt_out(text: str, shown: str) -> None:
    assert escape.visible(text) == shown


def test_a_long_text_is_cut() -> None:
    assert escape.visible("x" * 1_000_000) == "x" * escape.LONGEST + "…"


@given(ANYTHING)
def test_visible_text_is_one_line_that_a_terminal_shows_as_it_is(text: str) -> None:
    shown = escape.visible(text)
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert escape.visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("loans", 5),
        ("貸出", 4),
        ("e\u0301", 1),
        ("🛠", 1),
        ("🛠\ufe0f", 2),
        ("📚", 2),
        ("\u1112\u1161\u11ab", 2),
        ("각", 2),
    ],
)
def test_columns(text: str, width: int) -> None:
    assert escape.columns(text) == width


def test_fold_keeps_words_and_paths_whole() -> None:
    text = "Add records/configuration-items/bd-02.yaml or correct it"
    assert escape.fold(text, 20) == ["Add", "records/configuration-items/bd-02.yaml", "or correct it"]


def test_fold_gives_the_first_line_its_own_room() -> None:
    assert escape.fold("aa bb cc dd", 5, first=2) == ["aa", "bb cc", "dd"]


@pytest.mark.parametrize("blank", [" ", "  ", " \u3000"])
def test_fold_never_begins_a_line_with_a_command(blank: str) -> None:
    assert escape.fold(f"title{blank}::add-mask::x and more", 6) == [f"title{blank}::add-mask::x", "and", "more"]


@given(ANYTHING.map(escape.visible), st.integers(1, 40))
def test_folded_lines_hold_the_text(text: str, room: int) -> None:
    lines = escape.fold(text, room)
    assert " ".join(lines) == text
    for line in lines:
        assert escape.columns(line) <= room or " " not in re.sub(r"\s+::", "::", line.strip())


def test_cut_counts_columns() -> None:
    assert escape.cut("貸出データ", 6) == "貸出…"
    assert escape.cut("loans", 5) == "loans"
    assert escape.cut("loans!", 5) == "loan…"


def test_a_line_begins_with_no_command() -> None:
    assert escape.at_line_start("::error::x") == "\\x3a:error::x"
    assert escape.at_line_start("  ::error::x") == "  \\x3a:error::x"
    assert escape.at_line_start("a::b") == "a::b"


@given(st.recursive(ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner), max_leaves=8))
def test_json_text_means_what_was_given(data: object) -> None:
    text = escape.json_text(data)
    assert json.loads(text) == json.loads(json.dumps(storable(data)))
    assert all(char == "\n" or char.isprintable() for char in text)


def storable(data: object) -> object:
    if isinstance(data, str):
        return escape.storable(data)
    if isinstance(data, list):
        return [storable(one) for one in data]
    assert isinstance(data, dict)
    return {escape.storable(key): storable(value) for key, value in data.items()}


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text('aö"\\ud\n\ud800', max_size=3)


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text("aö\n"), inner), max_leaves=8))
def test_json_stands_over_lines_as_json_dumps_itself_puts_it(data: object) -> None:
    assert escape._indented(data) == json.dumps(data, ensure_ascii=False, indent=2)


def test_json_text_reads_well_and_holds_no_command() -> None:
    assert escape.json_text({"title": "õhtul 貸出 \u202e\x9b ##[add-mask]x \U000e0041"}) == (
        '{\n  "title": "õhtul 貸出 \\u202e\\u009b \\u0023#[add-mask]x \\udb40\\udc41"\n}\n'
    )
