"""Markdown as a forge shows it, for tests: a small CommonMark renderer, and what it lets a reader see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

# What forges make of text that is no code: mentions, references, addresses, formulas, shortcodes.
LIVE = re.compile(
    r"@\w|[#!&~%$^*]\w|\w#\d|://|\bwww\.|\bGH-\d|:[a-z+-][\w+-]*:|\[[^\]]*\]\(|\*\*|__|~~|\$", re.IGNORECASE
)
_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass
class Shown(HTMLParser):
    """What a reader gets: elements with their attributes, links, table rows, text that is no code, and all text."""

    tags: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    text: str = ""
    _within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"href", "style"}, (tag, attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("br", "p", "li", "summary", "pre"):
            self._say("\n")
        if tag not in ("br", "wbr"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self._say(data)
        if not {"code", "pre"} & set(self._within):
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def _say(self, text: str) -> None:
        self.text += text
        if {"td", "th"} & set(self._within):
            self.rows[-1][-1] += text


def shown(markdown: str) -> Shown:
    """What a forge shows of `markdown`; every element in it is closed."""
    found = Shown()
    found.feed(_READER.render(markdown))
    found.close()
    assert not found._within, found._within
    return found
