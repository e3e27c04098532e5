"""The mistakes that people make in YAML: where the message points, what it says, and what it advises."""

from __future__ import annotations

import pytest

from itsmctl import yamltext
from itsmctl.yamltext import Refused

RECORD = """\
apiVersion: itsm/v1
kind: ChangeRequest
metadata:
  name: chg-1
  title: Upgrade the database
spec:
  state: draft
  items:
    - item: x
      action: update
    - item: y
  reason: The vendor ends support.
  labels: {a: b}
"""

# What is written where in the record; `line:column-end`; words of the message; words of the hint
MISTAKES: list[tuple[str, str, str, str, str]] = [
    # tabs
    ("  state", "\tstate", "7:1-2", "a tab stands where only spaces may indent", "Replace the tab by spaces"),
    ("      action", "    \taction", "10:5-6", "a tab stands", "spaces"),
    ("ends support.", "|\n    x\n\ty", "14:1-2", "a tab stands", "spaces"),
    ("- item: y", "-\titem: y", "11:6-7", "a tab stands", "spaces"),
    # the colon
    (
        "title: Upgrade",
        "title: Upgrade: 2",
        "5:17-18",
        "the value of `title` holds `: `",
        'title: "Upgrade: 2 the database"',
    ),
    ("- item: x", "- item: x: y", "9:14-15", "the value of `item` holds `: `", 'item: "x: y"'),
    (
        "title: Upgrade the",
        'title: say "hi": the',
        "5:18-19",
        "the value of `title` holds",
        'title: "say \\"hi\\": the database"',
    ),
    ("state: draft", "state:draft", "7:3-9", "a space is missing after `state:`", "Write `state: draft`"),
    ("kind: C", "kind:C", "2:1-6", "a space is missing after `kind:`", "Write `kind: ChangeRequest`"),
    ("- item: y", "-item: y", "11:5-6", "a space is missing after `-`", "Write `- item: y`"),
    ("- item: y", "-item y", "11:5-6", "a space is missing after `-`", "Write `- item y`"),
    (
        "  items:",
        "class: x\n  items:",
        "8:1-6",
        "`class` is indented by 0 spaces, and the lines",
        "Indent it by 2 spaces",
    ),
    ("state: draft", 'state: {a: "b}\n  c: "d"', "7:14-15", "goes on until line 8", "Write the closing"),
    ("state: draft", "state draft", "7:3-14", "the line is no `key: value`", "indent it deeper"),
    ("state: draft", "state = draft", "7:3-16", "the line is no `key: value`", "Write `state: draft`"),
    ("  items:\n", "  items\n", "8:3-8", "the line is no `key: value`", "Write `items:`"),
    ("spec:\n", "spec\n", "6:1-5", "the line is no `key: value`", "Write `spec:`"),
    ("support.\n", "support.\nMore words\n", "13:1-11", "the line is no `key: value`", "indent it deeper"),
    (
        "support.\n",
        "support.\n    Note: late\n",
        "13:5-9",
        "`Note` is indented below a line that already has a value",
        "Indent it by 2 spaces, like line 12",
    ),
    ("items:\n", "items: list\n", "9:5-11", "`item` is indented below a line that already has a value", "line 8"),
    ("      action", "       action", "10:8-14", "`action` is indented below a line", "line 9"),
    (
        "state: draft",
        '"state" draft',
        "7:11-16",
        "text goes on after the closing quote",
        "Put all of it between the quotes",
    ),
    ("labels: {a: b}", "labels: {: b}", "13:12-13", "no key stands before this `:`", "Write the key before"),
    ("labels: {a: b}", "labels: {a:[b]}", "13:13-14", "a space is missing after this `:`", "`key: value`"),
    ("  state: draft", "  : draft", "7:3-4", "no key stands before this `:`", "Write the key before"),
    # indentation
    ("  reason", " reason", "12:2-34", "the line is indented by 1 space, which fits no level", "by 0, 2, 4 and 6"),
    ("  reason", "   reason", "12:4-36", "the line is indented by 3 spaces", "by 0, 2, 4 and 6"),
    ("  name: chg", "    name: chg", "5:3-30", "the line is indented by 2 spaces", "by 0 and 4"),
    ("      action", "     action", "10:6-20", "the line is indented by 5 spaces", "by 0, 2, 4 and 6"),
    (
        "    - item: y",
        "   - item: y",
        "11:4-13",
        "the list item is indented by 3 spaces, the item above by 4",
        "on line 9",
    ),
    (
        "    - item: y",
        "      - item: y",
        "11:7-16",
        "the list item is indented by 6 spaces, the item above by 4",
        "line 9",
    ),
    (
        "    - item: y\n",
        "    - item: y\n    z: 1\n",
        "12:5-9",
        "a key stands where a list item (`- `) is expected",
        "two spaces more",
    ),
    ("spec:\n", "- spec:\n", "6:1-8", "a list item stands where a key is expected", "Write the key"),
    (
        "apiVersion",
        "  apiVersion",
        "2:1-20",
        "starts further left than the first line",
        "Start both in the same column",
    ),
    (
        "The vendor ends support.",
        "|\n  text",
        "13:3-7",
        "the text of a block starts further right than its key",
        "by 4 spaces",
    ),
    # quotes
    ("title: Up", 'title: "Up', "5:10-11", 'the quote `"` opened here is never closed', 'written as \\"'),
    ("title: Up", "title: 'Up", "5:10-11", "the quote `'` opened here is never closed", "written twice"),
    ("Upgrade the", "'It's' the", "5:14-29", "text goes on after the closing quote", "written as ''"),
    ("Upgrade the database", '"The "big" one"', "5:16-25", "text goes on after the closing quote", 'written as \\"'),
    ("Upgrade the database", '"C:\\Users\\x"', "5:13-21", "`\\Users\\x` is no escape", "Use single quotes"),
    ("Upgrade the database", '"C:\\data"', "5:13-15", "`\\d` is no escape", "write each backslash twice"),
    ("Upgrade the database", '"\\ud83d\\ude00"', "5:11-17", "`\\ud83d` is no escape", "Write the character itself"),
    ("Upgrade the database", '"\\UFFFFFFFF"', "5:11-21", "`\\UFFFFFFFF` is no escape", "single quotes"),
    ("title: Up", '"title: Up', "5:3-4", "opened here is never closed", "Write the closing"),
    # brackets
    ("{a: b}", "{a: b", "13:11-12", "the mapping opened here with `{` is not closed", "Write `}`"),
    ("{a: b}", "[a, b", "13:11-12", "the list opened here with `[` is not closed", "Write `]`"),
    ("{a: b}", "[", "13:11-12", "the file ends before this bracket is closed", "Write the closing bracket"),
    ("{a: b}", "{a: b c: d}", "13:18-22", "a comma is missing here", "Put `,` between the parts of a mapping"),
    ("{a: b}", '["a" "b"]', "13:16-20", "a comma is missing here", "Put `,` between the parts of a list"),
    ("{a: b}", '[\n    "a"\n    "b"\n  ]', "15:5-8", "a comma is missing here", "Put `,`"),
    ("{a: b}", "[a, b}", "13:16-17", "`}` stands where `]` must close the list", "Write `]`"),
    ("{a: b}", "[a] b", "13:15-16", "text goes on after the closing bracket", "Put all of the text in quotes"),
    ("{a: b}", "[- a]", "13:12-13", "a `- ` item cannot stand inside brackets", "[a, b]"),
    ("{a: b}", "[a, |]", "13:15-16", "a block text (`|`) cannot stand inside brackets", "in quotes"),
    ("{a: b}", "[,]", "13:12-13", "a `,` stands where a value is expected", "Delete it"),
    # signs that cannot start a text
    ("Upgrade the", "@ops", "5:10-11", "a text cannot start with `@`", 'Put it in quotes: "@ops database"'),
    ("Upgrade the", "`x`", "5:10-11", "a text cannot start with a backtick", 'quotes: "`x` database"'),
    ("Upgrade the", "%x", "5:10-11", "a text cannot start with `%`", 'quotes: "%x database"'),
    ("Upgrade the", "]x", "5:10-11", "`]` closes nothing that is open", "in quotes"),
    ("Upgrade the", ", x", "5:10-11", "a `,` stands where a value is expected", "in quotes"),
    ("Upgrade the", "- x", "5:10-11", "a list item (`- `) cannot start on the line of its key", "needs quotes"),
    ("Upgrade the", "? x", "5:10-11", "a text cannot start with `? ` here", "quotes"),
    ("Upgrade the", ">= 5", "5:10-23", "after `>` a block text starts on the next line", '">= 5 database"'),
    ("Upgrade the", "| x", "5:10-22", "after `|` a block text starts on the next line", '"| x database"'),
    ("Upgrade the", "|0\n   x", "5:10-12", "after `|` a block text", "next line"),
    # git
    (
        "  state: draft\n",
        "<<<<<<< HEAD\n  state: draft\n=======\n  state: done\n>>>>>>> x\n",
        "7:1-13",
        "a conflict marker of git",
        "Finish the merge",
    ),
]


def refusal(text: str, parser: yamltext.YamlParser = yamltext.BEST) -> yamltext.Refusal:
    with pytest.raises(Refused) as caught:
        yamltext.read(text.encode(), parser)
    (only,) = caught.value.refusals
    return only


@pytest.mark.parametrize(("old", "new", "place", "message", "hint"), MISTAKES, ids=[row[1][:30] for row in MISTAKES])
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(
    old: str, new: str, place: str, message: str, hint: str
) -> None:
    assert old in RECORD
    found = refusal(RECORD.replace(old, new, 1))

    assert (f"{found.span.line}:{found.span.column}-{found.span.end_column}", found.rule) == (place, "yaml-syntax")
    assert found.span.end_line == found.span.line
    assert message in found.message
    assert hint in found.hint


@pytest.mark.skipif(yamltext.LIBYAML is None, reason="there is only one parser here")
@pytest.mark.parametrize(("old", "new"), [row[:2] for row in MISTAKES], ids=[row[1][:30] for row in MISTAKES])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_both_parsers_tell_a_mistake_in_the_same_words(old: str, new: str, newline: str) -> None:
    text = RECORD.replace(old, new, 1)
    written = text.replace("\n", newline)

    assert refusal(written, yamltext.LIBYAML) == refusal(written, yamltext.PURE) == refusal(text)


def test_a_quote_that_ends_at_the_next_quote_is_told_where_it_opened() -> None:
    found = refusal('a: "x\nb: 1\nc: "y"\n')

    assert (found.span.line, found.span.column) == (1, 4)
    assert found.message == 'the quote `"` opened here goes on until line 3'


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1,\n "b": [1, 2\n}\n', "3:1", "`}` stands where `]` must close the list"),
        ('{"a": 1\n "b": 2}\n', "2:5", "a comma is missing here, or the `}` that ends the mapping"),
        ("[a", "1:1", "the list opened here with `[` is not closed"),
        ("[", "1:1", "the file ends before this bracket is closed"),
        ("a: 'x\n---\n", "1:4", "the quote `'` opened here is never closed"),
        ('"', "1:1", 'the quote `"` opened here is never closed'),
        ("}", "1:1", "`}` closes nothing that is open"),
        ("a: 1\n]", "2:1", "`]` closes nothing that is open"),
        ("[a]\nb: 1\n", "2:1", "the record ended above; this does not belong to it"),
        ("a: [\n%x\n]\n", "2:1", "a text that starts with `%` is a YAML directive, which records do not have"),
        ("- a\nb: 1\n", "2:1", "a key stands where a list item (`- `) is expected"),
        ("a: 1\n- b\n", "2:1", "a list item stands where a key is expected"),
        ("a\n- b: c\n", "1:1", "the line is no `key: value`: it has no `: `"),
    ],
)
def test_mistakes_in_other_files(text: str, place: str, message: str) -> None:
    found = refusal(text)

    assert (f"{found.span.line}:{found.span.column}", found.message) == (place, message)


def test_long_values_are_shortened_in_hints() -> None:
    assert refusal(f"a: {'x' * 500}: y\n").hint == 'Put the value in quotes: a: "…"'
    assert len(refusal(f"{'k' * 500}:x\nb: 1\n").message) < 100
