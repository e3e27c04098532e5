"""Where things are written: pointer in, `line:column-end pointer` out."""

from __future__ import annotations

import pytest

from itsmctl import yamltext
from itsmctl.yamltext import Span

TEXT = """\
# a comment first
apiVersion: itsm/v1
metadata:
  name: db-01   # the name
  "a/b~c": õ x
  'q': "two words"
spec:
  items:
    - item: x
      y: [1, 22]
    - {a: b, c: {d: e}}
    - plain text
      over lines
    - - deep
    - []
    -
    - |
      block
  text: |
    abc
    def

  folded:
    in one line
    and the next
  empty:
  flow: [k: v, w]
  nothing: {}
last: 1
"""

PLACES = [
    # the value, where it stands on one line
    ("/apiVersion", "2:13-20", "/apiVersion"),
    ("/metadata/name", "4:9-14", "/metadata/name"),
    ("/metadata/a~1b~0c", "5:12-15", "/metadata/a~1b~0c"),
    ("/metadata/q", "6:8-19", "/metadata/q"),
    ("/spec/items/0/item", "9:13-14", "/spec/items/0/item"),
    ("/spec/items/0/y/1", "10:14-16", "/spec/items/0/y/1"),
    ("/spec/items/1/c/d", "11:21-22", "/spec/items/1/c/d"),
    ("/spec/items/3/0", "14:9-13", "/spec/items/3/0"),
    ("/spec/flow/0/k", "27:13-14", "/spec/flow/0/k"),
    ("/spec/flow/1", "27:16-17", "/spec/flow/1"),
    ("/last", "29:7-8", "/last"),
    # the key, where the value is a mapping, a list, empty or longer than a line
    ("/metadata", "3:1-9", "/metadata"),
    ("/spec/items", "8:3-8", "/spec/items"),
    ("/spec/items/0/y", "10:7-8", "/spec/items/0/y"),
    ("/spec/text", "19:3-7", "/spec/text"),
    ("/spec/folded", "23:3-9", "/spec/folded"),
    ("/spec/empty", "26:3-8", "/spec/empty"),
    ("/spec/nothing", "28:3-10", "/spec/nothing"),
    # what a list item starts with
    ("/spec/items/0", "9:7-11", "/spec/items/0"),
    ("/spec/items/1", "11:8-9", "/spec/items/1"),
    ("/spec/items/2", "12:7-17", "/spec/items/2"),
    ("/spec/items/3", "14:9-13", "/spec/items/3"),
    ("/spec/items/4", "15:7-9", "/spec/items/4"),
    ("/spec/items/5", "16:6-7", "/spec/items/5"),
    ("/spec/items/6", "17:7-8", "/spec/items/6"),
    ("/spec/flow/0", "27:10-11", "/spec/flow/0"),
    # the whole starts with its first key
    ("", "2:1-11", ""),
    # what is not written: the key of the nearest that is
    ("/metadata/owner", "3:1-9", "/metadata"),
    ("/metadata/name/first", "4:3-7", "/metadata/name"),
    ("/spec/items/0/missing/deep", "9:7-11", "/spec/items/0"),
    ("/spec/items/9", "8:3-8", "/spec/items"),
    ("/spec/items/-1", "8:3-8", "/spec/items"),
    ("/spec/items/01", "8:3-8", "/spec/items"),
    ("/spec/items/x/y", "8:3-8", "/spec/items"),
    ("/spec/empty/x", "26:3-8", "/spec/empty"),
    ("/status", "2:1-11", ""),
    ("/", "2:1-11", ""),
    ("no pointer", "2:1-11", ""),
]


def shown(span: Span) -> str:
    assert span.line == span.end_line
    return f"{span.line}:{span.column}-{span.end_column}"


@pytest.mark.parametrize(("pointer", "place", "used"), PLACES)
def test_a_pointer_is_located_on_one_line(pointer: str, place: str, used: str) -> None:
    span, found = yamltext.spots(TEXT.encode()).locate(pointer)

    assert (shown(span), found) == (place, used)


@pytest.mark.parametrize(
    ("pointer", "place", "used"),
    [
        ("/metadata/name", "4:3-7", "/metadata/name"),
        ("/metadata/a~1b~0c", "5:3-10", "/metadata/a~1b~0c"),
        ("/spec/text", "19:3-7", "/spec/text"),
        ("/spec/items/0/item", "9:7-11", "/spec/items/0/item"),
        ("/spec/items/3/0", "14:9-13", "/spec/items/3/0"),  # has none: its value
        ("/metadata/owner", "3:1-9", "/metadata"),
        ("", "2:1-11", ""),
    ],
)
def test_the_key_is_located_where_it_is_asked_for(pointer: str, place: str, used: str) -> None:
    span, found = yamltext.spots(TEXT.encode()).locate(pointer, key=True)

    assert (shown(span), found) == (place, used)


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ("/metadata/name", Span(4, 9, 4, 14), Span(4, 3, 4, 7)),
        ("/metadata", Span(4, 3, 6, 19), Span(3, 1, 3, 9)),
        ("/spec/items/0", Span(9, 7, 10, 17), None),
        ("/spec/items/1", Span(11, 7, 11, 24), None),
        ("/spec/items/2", Span(12, 7, 13, 17), None),
        ("/spec/text", Span(19, 9, 21, 8), Span(19, 3, 19, 7)),
        ("/spec/items", Span(9, 5, 18, 12), Span(8, 3, 8, 8)),
        ("/spec/empty", Span(26, 9, 26, 9), Span(26, 3, 26, 8)),
        ("/spec/flow/0", Span(27, 10, 27, 14), None),
        ("", Span(2, 1, 29, 8), None),
        ("/metadata/owner", None, None),
        ("/spec/items/9", None, None),
    ],
)
def test_the_whole_of_a_value_and_its_key_have_places(pointer: str, value: Span | None, key: Span | None) -> None:
    spots = yamltext.spots(TEXT.encode())

    assert (spots.value(pointer), spots.key(pointer)) == (value, key)


@pytest.mark.parametrize("content", [b"a: [", b"a: 1\na: 2\n", b"", b"\xff", "a: ä".encode("utf-16"), b"a: &x 1"])
def test_a_file_that_was_refused_has_no_places(content: bytes) -> None:
    spots = yamltext.spots(content)

    assert spots.locate("/a") == (Span(1, 1, 1, 1), "")
    assert (spots.key("/a"), spots.value("/a")) == (None, None)


def test_columns_count_code_points_also_after_carriage_returns() -> None:
    spots = yamltext.spots("näitus: 😀 õ\r\nb: x\r\n".encode())

    assert spots.locate("/näitus")[0] == Span(1, 9, 1, 12)
    assert spots.locate("/b")[0] == Span(2, 4, 2, 5)


def test_a_document_of_one_scalar_has_its_place() -> None:
    assert yamltext.spots(b"--- text\n").locate("/x") == (Span(1, 5, 1, 9), "")
    assert yamltext.spots(b"- a\n").locate("/x") == (Span(1, 3, 1, 4), "")
