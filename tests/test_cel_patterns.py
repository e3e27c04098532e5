"""matches(): RE2 syntax, linear in the text whatever the pattern, and clear about what is left out."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.cel.pattern_tree import BadPattern
from itsmctl.cel.regex import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", ["", "a"], []),
        ("b", ["b", "abc"], ["", "a", "B"]),
        ("^a", ["a", "ab"], ["ba", "b\na"]),
        ("a$", ["a", "ba"], ["ab", "a\n"]),
        ("^a$", ["a"], ["aa", "a\n", ""]),
        ("(?m)^a$", ["b\na\nc"], ["ba"]),
        (r"\Aa\z", ["a"], ["a\n"]),
        ("a.c", ["abc", "aäc", "a\rc"], ["a\nc", "ac"]),
        ("(?s)a.c", ["a\nc"], ["ac"]),
        ("a|b|", ["a", ""], []),
        ("^(a|bc)+$", ["a", "bca"], ["", "b"]),
        ("^a*$", ["", "aaa"], ["b"]),
        ("^a+?$", ["aaa"], [""]),
        ("^a?b$", ["b", "ab"], ["aab"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]),
        ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]),
        ("^a{0}$", [""], ["a"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("a{x", ["a{x"], ["a"]),
        ("^[a-c]$", ["a", "c"], ["d", "-"]),
        ("^[^a-c]$", ["d", "\n"], ["a"]),
        ("^[a-]$", ["a", "-"], ["b"]),
        ("^[]a]$", ["]", "a"], ["b"]),
        ("^[^]a]$", ["b"], ["]", "a"]),
        (r"^[\d\-_]$", ["5", "-", "_"], ["a"]),
        (r"^[[:alpha:][:digit:]]$", ["a", "5"], ["ä", "_"]),
        (r"^[[:^alpha:]]$", ["5"], ["a"]),
        (r"^\d$", ["5"], ["a", "٣"]),
        (r"^\D$", ["a", "٣"], ["5"]),
        (r"^\w$", ["a", "_", "5"], ["ä", "-"]),
        (r"^\W$", ["ä", "-"], ["a"]),
        (r"^\s$", [" ", "\t", "\f"], ["\v", "\u00a0", "a"]),
        (r"^\S$", ["a", "\v"], [" "]),
        (r"\bfoo\b", ["foo", "a foo.", "äfoo"], ["foobar", "_foo"]),
        (r"\Bfoo", ["afoo"], ["foo", " foo"]),
        (r"^\p{Lu}\pL$", ["ÄB", "Aß"], ["aB", "A1"]),
        (r"^\P{L}$", ["1"], ["a"]),
        (r"^\p{^L}$", ["1"], ["a"]),
        (r"^[\p{N}x]$", ["٣", "x"], ["a"]),
        (r"^\x41\x{1F600}\n\t\101\.$", ["A😀\n\tA."], ["A"]),
        (r"^\Qa.b*\E+$", ["a.b*", "a.b**"], ["aXb"]),
        ("(?i)straße", ["STRAßE", "Straẞe"], ["strasse"]),
        ("(?i)^k$", ["k", "K", "\u212a"], ["x"]),
        ("(?i)^\u212a$", ["k", "K"], []),
        ("(?i)^[a-z]$", ["A", "ſ"], ["1", "ä"]),
        ("(?i)^[^a]$", ["b"], ["a", "A"]),
        ("(?i)^ä$", ["Ä"], ["a"]),
        ("a(?i)b", ["ab", "aB"], ["AB"]),
        ("(?i:a)b", ["Ab"], ["AB"]),
        ("(?i)a(?-i)b", ["Ab"], ["AB"]),
        ("(?P<n>a)(?<m>b)(?:c)", ["abc"], ["ab"]),
        ("^(?:a|b){2,3}c$", ["abc", "babc"], ["ac", "aaaac"]),
        ("(a*)*b", ["b", "aab"], ["a"]),
        ("x*", [""], []),
        ("^😀{2}$", ["😀😀"], ["😀"]),
        ("a\x00b", ["a\x00b"], ["ab"]),
    ],
)
def test_a_pattern_matches(pattern: str, matching: list[str], other: list[str]) -> None:
    automaton = compile_pattern(pattern)
    assert [text for text in matching if not automaton.search(text)] == []
    assert [text for text in other if automaton.search(text)] == []


@pytest.mark.parametrize(
    ("pattern", "start", "end", "message"),
    [
        ("a(b", 1, 2, "the ( is not closed"),
        ("a)b", 1, 2, "there is a ) without a ("),
        ("a[b", 1, 2, "the [ is not closed"),
        ("[]", 0, 1, "the [ is not closed"),
        ("*a", 0, 1, "there is nothing before * to repeat"),
        ("a|+", 2, 3, "there is nothing before + to repeat"),
        ("{2}", 0, 1, "there is nothing before { to repeat"),
        ("a**", 2, 3, "two repetitions follow each other"),
        ("a{2}{3}", 4, 7, "two repetitions follow each other"),
        ("a{1001}", 0, 7, "it repeats more than 1000 times"),
        ("a{3,2}", 0, 6, "the repetition ends before it starts"),
        ("((a{99}){99}){99}", 0, 0, "the pattern is too large: its repetitions multiply"),
        ("[z-a]", 1, 4, "the range ends before it starts"),
        ("[[:foo:]]", 1, 8, "there is no class [:foo:]"),
        (r"\p{Greek}", 0, 9, "the class Greek is not supported"),
        (r"(a)\1", 3, 5, "references back to a group are not supported"),
        ("(?=a)", 0, 3, "looking ahead ((?=…)) is not supported"),
        ("(?!a)", 0, 3, "looking ahead ((?!…)) is not supported"),
        ("(?<=a)", 0, 4, "looking back ((?<=…)) is not supported"),
        ("(?<!a)", 0, 4, "looking back ((?<!…)) is not supported"),
        ("(?x)a", 0, 3, "this kind of group is not supported"),
        ("(?>a)", 0, 3, "this kind of group is not supported"),
        (r"a\Z", 1, 3, r"\Z means nothing"),
        ("a\\", 1, 3, "\\ means nothing"),
        (r"\x{110000}", 0, 10, r"\x means nothing"),
        ("(" * 50 + ")" * 50, 41, 42, "the groups are nested more than 40 deep"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(pattern: str, start: int, end: int, message: str) -> None:
    with pytest.raises(BadPattern) as caught:
        compile_pattern(pattern)
    assert (caught.value.message, caught.value.start, caught.value.end) == (message, start, end)


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)(.*)(.*)x$"])
def test_the_text_is_walked_once_whatever_the_pattern(pattern: str) -> None:
    automaton = compile_pattern(pattern)
    assert not automaton.search("a" * 1_000 + "!")
    learnt = automaton.remembered
    assert learnt < 50
    assert not automaton.search("a" * 200_000 + "!")
    assert automaton.remembered == learnt  # every further character was one look-up


def test_ten_megabytes_are_walked_by_what_a_few_characters_taught() -> None:
    automaton = compile_pattern("(a+)+$")
    assert not automaton.search("a" * 10 + "!")
    learnt = automaton.remembered
    assert not automaton.search("a" * 10_000_000 + "!")
    assert automaton.remembered == learnt


def test_a_pattern_with_more_states_than_fit_forgets_and_goes_on() -> None:
    automaton = compile_pattern("(a|b)*a(a|b){12}$")
    chance = random.Random(1)
    text = "".join(chance.choice("ab") for _ in range(60_000))
    assert automaton.search(text) is (text[-13] == "a")
    assert automaton.search(text + "a" + "b" * 12)
    assert not automaton.search(text + "b" + "a" * 12)
    assert automaton.remembered <= 20_000


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "c",
        ".",
        "[ab]",
        "[^a]",
        r"\w",
        r"\d",
        r"\b",
        "^",
        "A",
        r"\n",
        "(?i:A)",
        "(?s:.)",
        "(?m:^)",
        "(?m:$)",
        r"\x61",
        "[a-c]",
    ]
)
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "*?", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.lists(st.text("aabcA \n1_", max_size=8), min_size=1, max_size=6))
def test_it_agrees_with_pythons_re_on_what_both_know(pattern: str, texts: list[str]) -> None:
    automaton, theirs = compile_pattern(pattern), re.compile(pattern, re.ASCII)
    for text in texts:
        assert automaton.search(text) is (theirs.search(text) is not None), (pattern, text)


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.one_of(st.sampled_from(list(r"ab01()[]{}*+?|^$.\\-:,=<>!iPQEdwsxpL&")), st.characters()), max_size=25),
    st.text(max_size=10),
)
def test_any_text_is_a_pattern_or_is_refused(pattern: str, text: str) -> None:
    refused: BadPattern | None = None
    try:
        assert compile_pattern(pattern).search(text) in (True, False)
    except BadPattern as error:
        refused = error
    if refused is not None:
        assert refused.message
        assert 0 <= refused.start <= len(pattern)
