"""Files made to break their reader: they end, with data or with the right refusal, and never with anything else."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from itsmctl import yamltext
from itsmctl.yamltext import Refused

LIMIT = yamltext.MAX_BYTES


def filled(part: str, before: str = "", after: str = "", size: int = LIMIT) -> bytes:
    """A file of nearly `size` bytes that repeats one part."""
    room = size - len((before + after).encode())
    return f"{before}{part * (room // len(part.encode()))}{after}".encode()


def bomb() -> bytes:
    """Nine levels, each with nine times the last: 9^9 values if anybody counts them out."""
    levels = [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(["a: &a [x, x, x]", *levels]).encode()


# What -> how it is made, the first refusal's rule or "" where the file is plain, if odd
HOSTILE: dict[str, tuple[Callable[[int], bytes], str]] = {
    "alias bomb": (lambda size: bomb(), "yaml-anchor"),
    "50,000 brackets": (lambda size: b"[" * 50_000, "yaml-nesting"),
    "50,000 closed brackets": (lambda size: b"[" * 50_000 + b"]" * 50_000, "yaml-nesting"),
    "50,000 braces": (lambda size: b"{" * 50_000, "yaml-key"),
    "50,000 brackets below": (lambda size: b"a: b\nc: " + b"[" * 50_000, "yaml-nesting"),
    "brackets on lines": (lambda size: filled("[\n", size=size), "yaml-nesting"),
    "brackets in a value": (lambda size: filled("a: [", size=size), "yaml-nesting"),
    "a list in a list in": (lambda size: filled("- ", size=size), "yaml-nesting"),
    "a key in a key in": (lambda size: filled("? ", size=size), "yaml-key"),
    "values of nothing": (lambda size: filled(": ", size=size), "yaml-syntax"),
    "a staircase": (lambda size: b"".join(b" " * step + b"a:\n" for step in range(1300)), "yaml-nesting"),
    "a staircase of lists": (lambda size: b"".join(b"  " * step + b"- a:\n" for step in range(500)), "yaml-nesting"),
    "5,000 digits": (lambda size: b"a: " + b"9" * 5000, "yaml-number"),
    "a million digits": (lambda size: filled("9", "a: ", size=size), "yaml-number"),
    "a million decimals": (lambda size: filled("9", "a: 0.", size=size), "yaml-number"),
    "a large exponent": (lambda size: b"a: 1e" + b"9" * 5000, "yaml-number"),
    "a number as key": (lambda size: b"9" * 5000 + b": a", "yaml-number"),
    "10 MB of text": (lambda size: b"a: " + b"x" * 10_000_000, "yaml-size"),
    "a long text": (lambda size: filled("x", "a: ", size=size), ""),
    "a long quoted text": (lambda size: filled("x", 'a: "', '"', size=size), ""),
    "a long block": (lambda size: filled("x\n ", "a: |\n ", size=size), ""),
    "a folded block of nothing": (lambda size: filled("\n", "a: >\n", size=size), ""),
    "quotes in quotes": (lambda size: filled("''", "a: '", "'", size=size), ""),
    "an open quote": (lambda size: filled("x\n", 'a: "', size=size), "yaml-syntax"),
    "escapes": (lambda size: filled("\\u202e", 'a: "', '"', size=size), "yaml-bidi-character"),
    "a bad escape at the end": (lambda size: filled("\\\\", 'a: "', '\\q"', size=size), "yaml-syntax"),
    "as many keys as fit": (lambda size: "".join(f"k{n}: 1\n" for n in range(size // 11)).encode(), ""),
    "one key again and again": (lambda size: filled("a: 1\n", size=size), "yaml-duplicate-key"),
    "one key again in braces": (lambda size: filled("a: 1, ", "{", "}", size=size), "yaml-duplicate-key"),
    "a long key": (lambda size: filled("a", "", ": 1", size=size), "yaml-syntax"),
    "a list of nothing": (lambda size: filled("-\n", size=size), ""),
    "pairs in a list": (lambda size: filled("a: b, ", "[", "]", size=size), ""),
    "many small lists": (lambda size: filled("- [a]\n", size=size), ""),
    "anchors": (lambda size: filled("- &a x\n", size=size), "yaml-anchor"),
    "aliases": (lambda size: filled("- *a\n", size=size), "yaml-alias"),
    "tags": (lambda size: filled("- !a x\n", size=size), "yaml-tag"),
    "a long tag": (lambda size: filled("a", "!", size=size), "yaml-tag"),
    "merge keys": (lambda size: filled("<<: {}\n", size=size), "yaml-merge-key"),
    "documents": (lambda size: filled("--- a\n", size=size), "yaml-documents"),
    "directives": (lambda size: filled("%A\n", size=size), "yaml-directive"),
    "NULs": (lambda size: b"\0" * size, "yaml-control-character"),
    "control characters": (lambda size: filled("\x01", size=size), "yaml-control-character"),
    "bidi characters": (lambda size: filled("\u202e", size=size), "yaml-bidi-character"),
    "byte order marks": (lambda size: filled("\ufeff", size=size), "yaml-bom"),
    "carriage returns": (lambda size: filled("\r", size=size), "yaml-line-break"),
    "next lines": (lambda size: filled("\x85", size=size), "yaml-line-break"),
    "decomposed letters": (lambda size: filled("e\u0301 ", size=size), "yaml-nfc"),
    "combining marks": (lambda size: filled("\u0301\u0327", "a: x", size=size), "yaml-nfc"),
    "Hangul parts": (lambda size: filled("\u1100\u1161\u11a8", "a: ", size=size), "yaml-nfc"),
    "Latin-1": (lambda size: b"a: " + b"\xe4" * (size - 3), "yaml-encoding"),
    "UTF-16": (lambda size: ("a: b\n" * 1000).encode("utf-16"), "yaml-encoding"),
    "noise": (lambda size: b"a" + random.Random(1).randbytes(size - 1), "yaml-encoding"),
    "tabs": (lambda size: filled("\t\n", size=size), "yaml-syntax"),
    "empty lines": (lambda size: filled("\n", size=size), "yaml-empty"),
    "comments": (lambda size: filled("#\n", size=size), "yaml-empty"),
    "conflict markers": (lambda size: filled("<<<<<<< x\na: b\n", size=size), "yaml-syntax"),
    "spaces before a colon": (lambda size: filled(" ", "a: x", ": y\n", size=60_000), "yaml-syntax"),
    "spaces before a colon in a list": (lambda size: filled(" ", "a: [x", ": y]\n", size=60_000), "yaml-syntax"),
    "spaces behind brackets": (lambda size: filled("]  ", "a: [", "x\n", size=60_000), "yaml-syntax"),
    "lines without colon": (lambda size: filled("a\n", "k: v\n", size=size), "yaml-syntax"),
}


def first_rule(content: bytes, parser: yamltext.YamlParser) -> str:
    try:
        yamltext.read(content, parser)
    except Refused as refused:
        return refused.refusals[0].rule
    return ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_with_its_refusal(name: str) -> None:
    make, rule = HOSTILE[name]
    content = make(LIMIT)

    assert first_rule(content, yamltext.BEST) == rule


@pytest.mark.parametrize("name", HOSTILE)
def test_the_pure_parser_refuses_it_alike(name: str) -> None:
    make, rule = HOSTILE[name]
    content = make(20_000)

    assert first_rule(content, yamltext.PURE) == first_rule(content, yamltext.BEST) == rule


def test_the_bracket_too_many_is_shown() -> None:
    """And not the 1,001st, which libyaml itself refuses."""
    for parser in (yamltext.BEST, yamltext.PURE):
        with pytest.raises(Refused) as caught:
            yamltext.read(b"a: b\nc: " + b"[" * 50_000, parser)

        (refusal,) = caught.value.refusals
        assert (refusal.rule, refusal.span.line, refusal.span.column) == ("yaml-nesting", 2, 67)


@pytest.mark.parametrize("name", ["as many keys as fit", "a list of nothing", "a long text", "one key again and again"])
def test_places_are_found_in_a_hostile_file(name: str) -> None:
    make, _ = HOSTILE[name]
    span, _ = yamltext.spots(make(300_000)).locate("/k9/deeper/0")

    assert span.line in {1, 10}


def test_no_nesting_exhausts_a_small_stack() -> None:
    """In a thread with half a megabyte of stack, as other systems give: the C parser composes by recursion."""
    code = """
import threading
from itsmctl import yamltext

def read_all():
    for depth in (64, 65, 200, 390, 399, 400, 500, 5_000):
        for opening in ("[", "{a: ", "- ", "? ", ": ", "- ? ", "-\\n", "[\\n"):
            for before in ("", "x: y\\n" * 300 + "z: "):
                try:
                    yamltext.read((before + opening * depth).encode())
                except yamltext.Refused:
                    pass
    for step in (1, 2, 3):
        stairs = "".join(" " * at + "a:\\n" + " " * at + "- b:\\n" for at in range(0, 700, step))
        try:
            yamltext.read(stairs.encode())
        except yamltext.Refused:
            pass
    print("alive")

threading.stack_size(512 * 1024)
thread = threading.Thread(target=read_all)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("alive\n", 0)
