"""Frames and lines for people: what they hold, and that every caret stands under its place."""

from __future__ import annotations

import unicodedata

import pytest
from golden.sample import CLEAN, FINDINGS, SAMPLE, SEEN
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from itsmctl import escape
from itsmctl.findings import Finding, NotRun, Place, Related, Report
from itsmctl.formats import FORMATS, Look, frames, wording


def text(*findings: Finding, look: Look | None = None) -> str:
    report = Report("validate", findings, SEEN, SAMPLE.rules, "0.1.0")
    return FORMATS["text"].write(report, look or Look(width=60))


def finding(line: str, column: int, end_column: int, **more: object) -> Finding:
    place = Place("records/x.yaml", 7, column, 7, end_column, "", ((7, line),))
    return Finding("CHG-07", "error", "a message", place, **more)  # type: ignore[arg-type]


def drawn(line: str, column: int, end_column: int, width: int = 60) -> list[str]:
    """The source line and the line of carets under it."""
    lines = text(finding(line, column, end_column), look=Look(width=width)).splitlines()
    at = next(number for number, shown in enumerate(lines) if shown.startswith("7 |"))
    return lines[at : at + 2]


def test_a_finding_in_a_frame() -> None:
    assert text(finding("  backout: {}", 3, 10, hint="Describe the steps.")).split("\n\n")[0].splitlines() == [
        "error[CHG-07]: a message",
        " --> records/x.yaml:7:3",
        "  |",
        "7 |   backout: {}",
        "  |   ^^^^^^^",
        "  |",
        "  = help: Describe the steps.",
        "  = explain: itsmctl explain CHG-07",
    ]


def test_the_second_place_has_its_own_frame_and_words() -> None:
    other = Place("records/y.yaml", 9, 9, 9, 10, "", ((9, "  tier: 2"),))
    shown = text(finding("  backout: {}", 3, 10, related=(Related(other, "the service it touches"),)))
    assert (
        "\n".join([" ::: records/y.yaml:9:9", "  |", "9 |   tier: 2", "  |         - the service it touches"]) in shown
    )


def test_the_second_place_without_source_keeps_its_words() -> None:
    shown = text(finding("  a: 1", 3, 4, related=(Related(Place("records/y.yaml", 9, 9), "what it says"),)))
    assert "\n".join([" ::: records/y.yaml:9:9", "  | what it says", "  |"]) in shown


def test_a_place_without_source_is_only_named() -> None:
    shown = text(Finding("CHG-07", "error", "a message", Place("records/x.yaml", 7, 3)))
    assert shown.splitlines()[:4] == [
        "error[CHG-07]: a message",
        " --> records/x.yaml:7:3",
        "  |",
        "  = explain: itsmctl explain CHG-07",
    ]


def test_lines_far_from_the_place_are_left_out() -> None:
    lines = tuple((number, f"line{number}") for number in range(1, 100))
    shown = text(Finding("CHG-07", "error", "a message", Place("records/x.yaml", 50, 1, 50, 5, "", lines)))
    assert [line for line in shown.splitlines() if "line" in line and "|" in line] == [
        f"{number} | line{number}" for number in (48, 49, 50, 51, 52)
    ]


@pytest.mark.parametrize(
    ("line", "column", "end_column", "shown", "under"),
    [
        ("key: value", 6, 11, "key: value", "     ^^^^^"),
        ("key: value", 6, 6, "key: value", "     ^"),  # an empty span
        ("key:", 5, 5, "key:", "    ^"),  # after the end of the line
        ("key:", 90, 95, "key:", "    ^"),  # beyond it
        ("貸出: x", 5, 6, "貸出: x", "      ^"),
        ("貸出: x", 1, 3, "貸出: x", "^^^^"),
        ("e\u0301e\u0301: x", 7, 8, "e\u0301e\u0301: x", "    ^"),
        ("\ta:\tx", 5, 6, "    a:    x", "          ^"),
        ("a: \x1b[31mx", 9, 10, "a: \\x1b[31mx", "           ^"),
        ("a: \u202ex", 4, 5, "a: \\u{202e}x", "   ^^^^^^^^"),
        ("a: 📚 b", 6, 7, "a: 📚 b", "      ^"),
        ("a: ❤\ufe0f b", 7, 8, "a: ❤\ufe0f b", "      ^"),
        ("a: x\r\n", 4, 5, "a: x", "   ^"),
        ("::add-mask::x", 1, 3, "::add-mask::x", "^^"),
    ],
)
def test_carets_stand_under_the_place(line: str, column: int, end_column: int, shown: str, under: str) -> None:
    assert drawn(line, column, end_column) == [f"7 | {shown}", f"  | {under}"]


def test_a_place_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    place = Place("records/x.yaml", 7, 3, 9, 4, "", ((7, "  steps:"), (8, "    - a"), (9, "    - b")))
    lines = text(Finding("CHG-07", "error", "a message", place)).splitlines()
    assert lines[3:7] == ["7 |   steps:", "  |   ^^^^^^", "8 |     - a", "9 |     - b"]


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "a" * 500 + "HERE" + "b" * 500
    shown, under = drawn(line, 501, 505, width=40)
    assert shown == "7 | …" + "a" * 15 + "HERE" + "b" * 15 + "…"
    assert under == "  | " + " " * 16 + "^^^^"


def test_a_long_line_is_cut_at_its_end_where_the_place_is_near_its_start() -> None:
    assert drawn("key: " + "v" * 100, 1, 4, width=30) == ["7 | key: " + "v" * 20 + "…", "  | ^^^"]


def test_a_long_line_is_cut_at_its_start_where_the_place_is_near_its_end() -> None:
    assert drawn("v" * 100 + " end", 102, 105, width=30) == ["7 | …" + "v" * 21 + " end", "  | " + " " * 23 + "^^^"]


def test_a_place_longer_than_the_line_has_room_for_is_underlined_as_far_as_it_is_seen() -> None:
    shown, under = drawn("key: " + "v" * 100, 6, 106, width=30)
    assert shown == "7 | …" + "v" * 24 + "…"
    assert under == "  |  " + "^" * 25
    assert drawn("v" * 100, 1, 101, width=30) == ["7 | " + "v" * 25 + "…", "  | " + "^" * 26]


def test_a_long_line_is_cut_so_that_what_is_spelt_out_stays_whole() -> None:
    assert drawn("a" * 14 + "\u202e" + "b" * 90, 15, 15, width=24) == ["7 | …aaaaa\\u{202e}bbbbb…", "  |       ^"]


def test_a_megabyte_on_one_line_is_shown_at_once() -> None:
    assert drawn("k: " + "\u0301" * 1_000_000, 4, 1_000_000)[0].startswith("7 | ")


# letters of one column, wide ones, marks, tabs, and what is spelt out
LINE = st.text(st.sampled_from("abc:貸📚\u0301\t\x1b\u202e\U000e0101❤\ufe0f#[ "), max_size=80)


@given(LINE, st.integers(0, 90), st.integers(0, 90), st.integers(20, 60))
def test_the_marked_text_is_in_sight_and_above_its_carets(line: str, start: int, length: int, room: int) -> None:
    shown, lead, marked = frames.window(line, start, start + length, room)
    assert width(shown) <= room
    assert marked >= 1
    assert lead + marked <= room + 1  # a place after the end of a line that fills the room
    if start < len(line):
        first = "    " if line[start] == "\t" else escape.cells(line, tab="    ")[start][0]
        if len(first) > 1 or unicodedata.category(first) != "Mn":  # a mark leans on the letter before
            assert at_column(shown, lead).startswith(first)


def width(shown: str) -> int:
    """Columns of a visible text, counted without the code under test."""
    columns = 0
    for index, char in enumerate(shown):
        if char == "\ufe0f" and unicodedata.east_asian_width(shown[index - 1]) not in "WF":
            columns += 1
        elif unicodedata.category(char) not in ("Mn", "Me"):
            columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns


def at_column(shown: str, column: int) -> str:
    """The rest of `shown` that begins at `column`, marks of the letter before left out."""
    return shown[max(index for index in range(len(shown)) if width(shown[:index]) == column) :]


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    shown = FORMATS["text"].write(SAMPLE, Look(width=columns, verbose=1, statistics=True))
    assert max(map(width, shown.splitlines())) <= columns


def test_on_a_tiny_terminal_paths_and_words_stay_whole() -> None:
    look = Look(width=20, verbose=1)
    lines = FORMATS["text"].write(SAMPLE, look).splitlines()
    assert "  --> records/changes/CHG-2026-0042.yaml:12:14" in lines
    assert "           records/configuration-items/bd-02.yaml" in lines
    assert "warning[SLM-02] waived: Service/loans" in lines


def test_prose_is_no_longer_than_a_hundred_columns() -> None:
    shown = text(finding("a: 1", 1, 2, hint="word " * 100), look=Look(width=200))
    assert max(map(len, shown.splitlines())) <= 100


def test_colours_add_nothing_but_colours() -> None:
    look = Look(width=80, verbose=1, statistics=True)
    plain = FORMATS["text"].write(SAMPLE, look)
    coloured = FORMATS["text"].write(SAMPLE, replace(look, color=True))
    assert "\x1b[1;31merror[CFG-03]:\x1b[0m" in coloured
    for style in ("1", "36", "1;31", "1;33", "1;36", "0"):
        coloured = coloured.replace(f"\x1b[{style}m", "")
    assert coloured == plain


def test_waived_findings_are_counted_and_shown_on_request() -> None:
    assert "waived:" not in FORMATS["text"].write(SAMPLE, Look())
    shown = FORMATS["text"].write(SAMPLE, Look(verbose=1))
    assert "warning[SLM-02] waived: Service/loans has no agreement" in shown
    assert "= waived: Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated" in shown
    assert "3 errors, 1 warning, 1 info in 3 files (1 waived, 3 old)" in shown


def test_quiet_is_one_line_for_each_finding() -> None:
    shown = FORMATS["text"].write(SAMPLE, Look(quiet=True))
    assert shown == FORMATS["concise"].write(SAMPLE, Look(quiet=True))
    assert len(shown.splitlines()) == len(SAMPLE.open)
    assert FORMATS["text"].write(CLEAN, Look(quiet=True)) == ""


def test_paths_can_be_shown_from_the_current_folder() -> None:
    assert " --> example-repo/records/x.yaml:7:1" in text(finding("a", 1, 2), look=Look(base="example-repo/"))
    assert (
        FORMATS["concise"].write(SAMPLE, Look(base="../r")).startswith("../r/records/changes/CHG-2026-0042.yaml:12:14:")
    )


def test_a_concise_line() -> None:
    first = FORMATS["concise"].write(SAMPLE, Look()).splitlines()[0]
    assert first == (
        "records/changes/CHG-2026-0042.yaml:12:14: error[CFG-03] "
        "ConfigurationItem/bd-02 does not exist: did you mean db-02?"
    )


def test_a_concise_line_says_that_it_is_waived() -> None:
    assert (
        "records/services/loans.yaml:4:9: waived[SLM-02] Service/loans has no agreement "
        "(Waiver/loans-without-agreement until 2026-12-31: The agreement is being negotiated: 50 % is agreed.)\n"
    ) in FORMATS["concise"].write(SAMPLE, Look(verbose=1))


@pytest.mark.parametrize("name", ["text", "concise", "github"])
def test_a_clean_run_says_what_it_looked_at(name: str) -> None:
    shown = FORMATS[name].write(CLEAN, Look(width=80))
    for said in (
        "no findings in 138 records (1 waived, 3 old)",
        "work tree as of 2026-11-22T10:00:00Z",
        "12 ChangeRequest",
        "139 read; 1 of them unreadable",
        "5 ran",
        "1 did not run: it compares two revisions: name the older one with",
        "Waiver/loans-without-agreement until 2026-12-31",
    ):
        assert said in shown


def test_rules_that_did_not_run_stand_together_by_reason() -> None:
    not_run = tuple(
        NotRun(f"CHG-{number}", "a roster is missing" if number == 20 else "no base") for number in range(20, 24)
    )
    report = replace(CLEAN, seen=replace(SEEN, rules_not_run=not_run))
    listed = [line for line in FORMATS["text"].write(report, Look()).splitlines() if "did not run" in line]
    assert [line.strip() for line in listed] == ["3 did not run: no base", "1 did not run: a roster is missing"]
    assert "3 did not run: no base (CHG-21, CHG-22, CHG-23)\n" in FORMATS["text"].write(report, Look(verbose=1))


@pytest.mark.parametrize(
    ("findings", "seen", "said"),
    [
        (FINDINGS, SEEN, "3 errors, 1 warning, 1 info in 3 files (1 waived, 3 old)"),
        (FINDINGS, replace(SEEN, old=0, hidden=2), "3 errors, 1 warning, 1 info in 3 files (1 waived, 2 hidden)"),
        (FINDINGS[:1], replace(SEEN, since="main"), "1 error in 1 file, new since main (3 old)"),
        ((), replace(SEEN, old=0), "no findings in 138 records"),
        ((), replace(SEEN, since="main"), "no new findings since main in 138 records (3 old)"),
        ((), replace(SEEN, old=0, records=(("Role", 1),)), "no findings in 1 record"),
    ],
)
def test_the_summary(findings: tuple[Finding, ...], seen: object, said: str) -> None:
    report = replace(SAMPLE, findings=findings, seen=seen)
    assert wording.summary(report) == said


def test_statistics_count_by_rule() -> None:
    report = replace(SAMPLE, findings=(*FINDINGS, *FINDINGS[:1] * 9))
    shown = FORMATS["text"].write(report, Look(statistics=True))
    assert (
        "\n".join(
            [
                "10  CFG-03                References name records that exist",
                " 1  SLM-02                A service of tier 1 or 2 has an agreement (and 1 waived)",
                " 1  CHG-07                A change says how it is reversed or remedied",
            ]
        )
        in shown
    )
