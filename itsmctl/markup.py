"""Already visible text as Markdown that GitHub and GitLab show as it is: no link, mention, reference, image or HTML.

A backslash stops markup but no `@team`: forges look for those in what is left after it. Only code is left alone, so a
word that could mean something to a forge stands as code, and reads well there, since most are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from itsmctl.escape import visible

_TOKEN = re.compile(r"(?<!\S)(\(?)`([^`]+)`([.,;:!?)']*)(?!\S)|\S+|\s+")
_WRAPPED = re.compile(r"([('\"]*)(.*?)([.,;:!?)'\"]*)", re.DOTALL)

# Markup, and what forges turn into links: @team, #1, !1, %1, $1, GH-1, addresses, :emoji:.
_MEANS_SOMETHING = re.compile(
    r"[\\`*_\[\]<>&|~$#@^{}]|[!%](?=[\w\"'])|://|www\.|\bGH-\d|:[a-z+-][\w+-]*:", re.IGNORECASE
)
# The same for text between tags of HTML.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$#@^{}!\"']|:(?=//|[a-z+-])|(?<=www)\.", re.IGNORECASE)


def prose(text: str) -> str:
    """`text` for the middle of a line, also in a table; what it has in backticks stays code."""
    return "".join(_shown(match) for match in _TOKEN.finditer(text))


def code(text: str) -> str:
    """`text` as code in a line, also in a table."""
    if "|" in text or not text.strip():  # a table ends its cell at a bar, in code as well
        return f"<code>{_entities(text)}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(lines: list[str]) -> str:
    """Lines of source that keep their indentation, also in a table."""
    return f"<pre>{'<br>'.join(_entities(line) for line in lines)}</pre>"


def _shown(match: re.Match[str]) -> str:
    before, quoted, after = match.groups()
    if quoted is not None:
        return f"{before}{code(quoted)}{after}"
    word = match[0]
    if word == "&":
        return "&amp;"
    if not _MEANS_SOMETHING.search(word):
        return word
    wrapped = _WRAPPED.fullmatch(word)
    before, inner, after = wrapped.groups() if wrapped else ("", word, "")
    return f"{before}{code(inner)}{after}"


def _entities(text: str) -> str:
    return _ACTIVE.sub(_entity, text)


def _entity(match: re.Match[str]) -> str:
    """An address of mail is made a link after entities are read, unless an element stands in it."""
    return f"{'<wbr>' if match[0] == '@' else ''}&#{ord(match[0])};"


def heading(level: int, text: str) -> list[str]:
    """A heading and the empty line after it."""
    return [f"{'#' * level} {prose(visible(text))}", ""]


def paragraph(text: str) -> list[str]:
    """Prose as one line and the empty line after it; single line breaks carry no meaning."""
    shown = prose(visible(" ".join(text.split()), longest=10_000))
    return [_BEGINS_A_LIST.sub(r"\1\\\2", shown, count=1), ""]


def row(cells: Iterable[str]) -> str:
    """A row of a table from plain texts."""
    return f"| {' | '.join(prose(visible(text)) for text in cells)} |"


_BEGINS_A_LIST = re.compile(r"^(\d*)([-+=.)])")
