"""What a plan alters, as a unified diff for people and for `git apply`. What could drive a runner is spelt out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from itsmctl.escape import at_line_start, cells, visible

_STYLES = {"h": "1", "@": "36", "+": "32", "-": "31"}


def patch(edits: Iterable[tuple[str, str, bytes, bytes]], *, color: bool) -> str:
    """The diff of (path before, path after, content before, content after), in their order. Paths as git has them."""
    lines = (line for edit in edits for line in _file(*edit))
    return "".join(f"{_painted(*line) if color else line[1]}\n" for line in lines)


def _file(old: str, new: str, before: bytes, after: bytes) -> Iterator[tuple[str, str]]:
    """(style, text) of each line on one file: what git writes above a diff, then the hunks."""
    old, new = visible(old), visible(new)
    yield "h", f"diff --git a/{old} b/{new}"
    if old != new:
        yield from (("h", f"rename from {old}"), ("h", f"rename to {new}"))
    for number, line in enumerate(unified_diff(_lines(before), _lines(after), f"a/{old}", f"b/{new}")):
        if number < 2 or line[0] == "@":
            yield ("h" if number < 2 else "@"), line.rstrip("\n")
            continue
        body, end = line.removesuffix("\n"), "\r" if line.endswith("\r\n") else ""
        yield line[0], _harmless(body.removesuffix("\r")) + end
        if body == line:
            yield "", "\\ No newline at end of file"


def _lines(content: bytes) -> list[str]:
    """Each with the line feed that ends it; the last one may have none."""
    *lines, last = content.decode("utf-8", "replace").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _harmless(line: str) -> str:
    return at_line_start("".join(shown for shown, _ in cells(line, tab="\t")))


def _painted(style: str, text: str) -> str:
    code = _STYLES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text
