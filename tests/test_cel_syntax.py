"""What is an expression and what is not: each refusal with its place and its remedy."""

from __future__ import annotations

import pytest
from celcheck import evaluate, problems

from itsmctl import cel
from itsmctl.cel import CompileError, Environment


@pytest.mark.parametrize(
    ("text", "column", "end", "message", "hint"),
    [
        ("", 1, 2, "the expression ends too early: expected a value", ""),
        ("   ", 4, 5, "the expression ends too early: expected a value", ""),
        ("// nothing", 11, 12, "the expression ends too early: expected a value", ""),
        ("1 +", 4, 5, "the expression ends too early: expected a value", ""),
        ("1 2", 3, 4, "expected an operator or the end of the expression, found 2", ""),
        ("a and b", 3, 6, "expected an operator or the end of the expression, found and", "write && instead of and"),
        ("a or b", 3, 5, "expected an operator or the end of the expression, found or", "write || instead of or"),
        ("not a", 5, 6, "expected an operator or the end of the expression, found a", "write ! instead of not"),
        ("a = b", 3, 4, "unexpected character =", "write =="),
        ("a & b", 3, 4, "unexpected character &", "write &&"),
        ("a | b", 3, 4, "unexpected character |", "write ||"),
        ("a ≠ b", 3, 4, "unexpected character ≠", "write !="),
        ("‘a’", 1, 2, "unexpected character ‘", "write '"),
        ("a # b", 3, 4, "unexpected character #", ""),
        ("a\x00", 2, 3, "unexpected character U+0000", ""),
        ("(1 + 2", 7, 8, "the expression ends too early: expected ) for the ( at 1:1", ""),
        ("[1, 2", 6, 7, "the expression ends too early: expected ] for the [ at 1:1", ""),
        ("{'a' 1}", 6, 7, "expected : between key and value, found 1", ""),
        ("f(1,)", 5, 6, "expected an argument after the comma, found )", ""),
        ("a.", 3, 4, "the expression ends too early: expected the name of a field after the dot", ""),
        ("a.1b", 2, 5, "a name cannot start with a digit: .1b", ""),
        ("1a", 1, 3, "a name cannot start with a digit: 1a", ""),
        ("'a", 1, 3, "the string is not closed", "close it with '; for several lines use three quotes"),
        ("'a\nb'", 1, 3, "the string is not closed", "close it with '; for several lines use three quotes"),
        ("'''a", 1, 5, "the string is not closed", "close it with '''"),
        ("'\\'", 1, 4, "the string is not closed", "close it with '; for several lines use three quotes"),
        (r"'\d'", 2, 4, r"unknown escape \d", r"to match a backslash itself write \\, or use a raw string r'…'"),
        (r"b'\u0041'", 3, 5, r"unknown escape \u", r"to match a backslash itself write \\, or use a raw string r'…'"),
        (r"'\ud800'", 2, 8, "the escape names no Unicode character", ""),
        (r"'\U00110000'", 2, 12, "the escape names no Unicode character", ""),
        (r"'\400'", 2, 4, r"unknown escape \4", r"to match a backslash itself write \\, or use a raw string r'…'"),
        ("'\ud800'", 1, 4, "the string holds half a surrogate pair, which is no character", ""),
        ("9223372036854775808", 1, 20, "the number is too large for an int", "the largest is 9223372036854775807"),
        ("-9223372036854775809", 2, 21, "the number is too large for an int", "the largest is 9223372036854775807"),
        ("9" * 4000, 1, 4001, "the number is too large for an int", "the largest is 9223372036854775807"),
        ("18446744073709551616u", 1, 22, "the number is too large for a uint", "the largest is 18446744073709551615u"),
        ("1e999", 1, 6, "the number is too large for a double", ""),
        ("if (a) b", 1, 3, "if is a reserved word and cannot be a name", "write condition ? one : other"),
        ("package", 1, 8, "package is a reserved word and cannot be a name", ""),
        ("a.all(package, true)", 7, 14, "package is a reserved word and cannot be a name", ""),
        (
            "a ? b ? 1 : 2 : 3",
            5,
            8,
            "a ? b : c inside of another one, before its :, needs brackets",
            "write a ? (b ? c : d) : e",
        ),
        ("!-a", 2, 3, "! and - need brackets between them, found -", ""),
        ("Message{a: 1}", 1, 9, "messages cannot be built here", "write a map: {'field': value}"),
        ("has(a)", 5, 6, "has() takes a field", "write has(a.b); for a list use size(a) > i, for a key 'k' in a"),
        ("has(a[0])", 5, 9, "has() takes a field", "write has(a.b); for a list use size(a) > i, for a key 'k' in a"),
        (
            "[1].all(a.b, true)",
            9,
            12,
            "all() takes a simple name first",
            "the variable that all() goes through, e.g. items.all(i, …)",
        ),
        ("[1].all(i, i, i == i)", 12, 13, "the two variables need different names", ""),
        ("cel.bind(1, 2, 3)", 10, 11, "bind() takes a simple name first", "e.g. cel.bind(x, value, x + 1)"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, column: int, end: int, message: str, hint: str) -> None:
    (problem,) = problems(text)
    assert (problem.line, problem.column, problem.end_column, problem.message, problem.hint) == (
        1,
        column,
        end,
        message,
        hint,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4 / 2 % 2", 7),
        ("1 < 2 == true", True),
        ("!false && true", True),
        ("!(false && true)", True),
        ("-1 + 1", 0),
        ("- 1", -1),
        ("1 - -1", 2),
        ("1 in [1] == true", True),
        ("false || true && false", False),
        ("true ? (false ? 1 : 2) : 3", 2),
        ("[1, 2][0] + {'a': 3}.a", 4),
        ("'a.b'.size()", 3),
        ("[[1]][0][0]", 1),
        ("(((((1)))))", 1),
        ("\n\t 1\r\n +\f2 ", 3),
        ("1//c\n+2", 3),
        ("'//'", "//"),
        ("1.0e0 + .5E+1", 6.0),
        ("type(-1.5)", cel.TypeValue("double")),
    ],
)
def test_operators_bind_as_the_grammar_says(text: str, value: object) -> None:
    assert evaluate(text) == value


def test_places_count_code_points_and_lines() -> None:
    (problem,) = problems("'😀ä' +\n\t'ö' + nö")
    assert (problem.line, problem.column) == (2, 9)
    (problem,) = problems("'😀' + missing")
    assert (problem.line, problem.column, problem.end_column) == (1, 7, 14)


def test_the_error_is_framed() -> None:
    with pytest.raises(CompileError) as caught:
        Environment({"a": cel.DYN}).compile("a.b &&\n  slef.c == 1")
    assert caught.value.render() == "2:3: there is no variable slef\n  slef.c == 1\n  ^^^^\nthere is a"
    assert str(caught.value) == "2:3: there is no variable slef"


def test_a_long_line_is_cut_around_the_error() -> None:
    with pytest.raises(CompileError) as caught:
        Environment({"a": cel.DYN}).compile("a == 'x' || " * 100 + "b == 1")
    frame = caught.value.render().split("\n")
    assert frame[1].startswith("…")
    assert len(frame[1]) < 110
    assert frame[2].index("^") == frame[1].index("b == 1")


@pytest.mark.parametrize(
    ("opened", "inner", "closed"), [("(", "1", ")"), ("[", "", "]"), ("{'a':", "1", "}"), ("dyn(", "1", ")")]
)
def test_brackets_nest_up_to_a_limit(opened: str, inner: str, closed: str) -> None:
    deepest = cel.MAX_NESTING - 1
    assert not problems(opened * deepest + inner + closed * deepest)
    (problem,) = problems(opened * 70 + inner + closed * 70)
    assert problem.message == f"the expression is nested more than {cel.MAX_NESTING} deep"


def test_branches_nest_up_to_a_limit() -> None:
    assert evaluate("false ? 1 : " * 60 + "2") == 2
    (problem,) = problems("false ? 1 : " * 70 + "2")
    assert problem.message == f"the expression is nested more than {cel.MAX_NESTING} deep"


@pytest.mark.parametrize(
    ("link", "first", "last"),
    [
        (".b", "a", ""),
        ("+1", "1", ""),
        ("[0]", "a", ""),
        (".f()", "a", ""),
        ("-1", "1", ""),
        ("!", "", "true"),
        ("-", "", "1"),
        ("==1", "1", ""),
    ],
)
def test_a_chain_may_have_so_many_links_and_no_more(link: str, first: str, last: str) -> None:
    (problem,) = problems(first + link * 1000 + last)
    assert problem.message == f"the expression is a chain of more than {cel.MAX_DEPTH} links"
    assert "chain" not in str(problems(first + link * 150 + last))


def test_and_and_or_may_have_any_number_of_operands() -> None:
    assert evaluate(" || ".join(["v == 'x'"] * 300), v="x") is True
    assert evaluate(" && ".join(["v == 'x'"] * 300), v="x") is True


def test_an_expression_is_4096_bytes_long_at_most() -> None:
    assert evaluate("1" + " " * 4095) == 1
    (problem,) = problems("1" + " " * 4096)
    assert problem.message == "the expression is 4,097 bytes long, and may have 4,096"
    (problem,) = problems("'" + "ä" * 2048 + "'")
    assert problem.message == "the expression is 4,098 bytes long, and may have 4,096"
