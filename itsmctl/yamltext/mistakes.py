"""Why a text is not YAML, in plain words: from where the parser stopped to what the writer probably did.

Looks at the text around the place; the parsers' own words never reach a reader. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from itsmctl.yamltext.parsers import Broken
from itsmctl.yamltext.rules import Span

_Words = tuple[str, str, Span]
_Explained = tuple[str, str, str, Span]

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: .*)?$", re.MULTILINE)
_KEY_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[^\s#'\"\[{-][^:]*?|-[^\s:][^:]*?):\s+(?P<value>\S.*)?$")
_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[\w./-]+):(?P<value>[^\s:/].*)$")
_NEXT_KEY = re.compile(r"\s*(?:- +)*[^\s:,\[\]{}'\"-][^:,\[\]{}'\"]*:(?:\s|$)")
_BAD_ESCAPE = re.compile(
    r"\\(?:x(?![0-9A-Fa-f]{2}).{0,2}|u(?![0-9A-Fa-f]{4}).{0,4}|U(?!00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}).{0,8}"
    r'|u[dD][89A-Fa-f][0-9A-Fa-f]{2}|U0000[dD][89A-Fa-f][0-9A-Fa-f]{2}|[^0abt\tnvfre "/\\N_LPxuU\n\r])'
)
_ESCAPE_PAIR = re.compile(r"\\.", re.DOTALL)


class _Scene:
    """The lines of a text with the place where a parser stopped and the place of what it was in the middle of."""

    def __init__(self, text: str, broken: Broken) -> None:
        self.text = text
        self.lines = [line.rstrip("\r") for line in text.split("\n")]
        self.at_end = broken.line >= len(self.lines) or not "".join(self.lines[broken.line :]).strip()
        self.row, self.column = self._within(broken.line, broken.column)
        self.context_row, self.context_column = self._within(broken.context_line, broken.context_column)

    def _within(self, row: int, column: int) -> tuple[int, int]:
        """The end of the file as the end of its last line that holds something."""
        if row < len(self.lines) and self.lines[row][column:].strip():
            return row, column
        row = min(row, len(self.lines) - 1)
        if self.lines[row].strip():
            return row, min(column, len(self.lines[row].rstrip()))
        while row and not self.lines[row].strip():
            row -= 1
        return row, len(self.lines[row].rstrip())

    @property
    def line(self) -> str:
        return self.lines[self.row]

    @property
    def before(self) -> str:
        return self.line[: self.column]

    @property
    def char(self) -> str:
        return self.line[self.column : self.column + 1]

    @property
    def context_line(self) -> str:
        return self.lines[self.context_row]

    @property
    def context_char(self) -> str:
        return self.context_line[self.context_column : self.context_column + 1]

    @property
    def starts_line(self) -> bool:
        return not self.before.strip()

    def previous(self) -> int:
        """The row of the line before, that is neither empty nor a comment; the row itself if there is none."""
        for row in range(self.row - 1, -1, -1):
            if (line := self.lines[row].strip()) and not line.startswith("#"):
                return row
        return self.row

    def here(self, width: int = 1) -> Span:
        return _span(self.row, self.column, width)

    def word(self) -> Span:
        """From the place to the end of its line."""
        return self.here(max(len(self.line.rstrip()) - self.column, 1))

    def context(self, width: int = 1) -> Span:
        return _span(self.context_row, self.context_column, width)

    def whole(self, row: int) -> Span:
        line = self.lines[row]
        indent = _indent(line)
        return _span(row, indent, max(len(line.rstrip()) - indent, 1))


def explain(text: str, broken: Broken) -> _Explained:
    """Rule, message, hint and place of what makes a text no YAML."""
    scene = _Scene(text, broken)
    if conflict := _CONFLICT.search(text):
        row = text.count("\n", 0, conflict.start())
        hint = "Finish the merge: keep what is right of the two sides and delete the marker lines."
        return "yaml-syntax", "This is a conflict marker of git.", hint, scene.whole(row)
    if broken.code in _OTHER_RULES:
        rule, sign, what = _OTHER_RULES[broken.code]
        message = f"A text that starts with `{sign}` is {what}, which records do not have."
        return rule, message, f"Put the text in quotes if the `{sign}` belongs to it.", scene.context()
    if found := _tab(scene, broken.code):
        return "yaml-syntax", *found
    return "yaml-syntax", *_EXPLAINERS.get(broken.code, _unknown)(scene)


_OTHER_RULES = {
    "tag": ("yaml-tag", "!", "a YAML tag"),
    "anchor": ("yaml-anchor", "&", "a YAML anchor"),
    "alias": ("yaml-alias", "*", "a YAML alias"),
    "directive": ("yaml-directive", "%", "a YAML directive"),
}


def _tab(scene: _Scene, code: str) -> _Words | None:
    indent = scene.line[: _indent(scene.line)]
    if "\t" in indent and code in {"tab", "start", "key", "item", "no-colon", "colon-here", "document"}:
        span = _span(scene.row, indent.index("\t"), 1)
    elif code == "tab" or (code == "start" and scene.char == "\t"):
        span = scene.here()
    else:
        return None
    return "A tab stands where only spaces may indent.", "Replace the tab by spaces, two for each level.", span


def _start(scene: _Scene) -> _Words:
    if scene.char in "|>":
        hint = "Put the text in quotes, or write the list or mapping line by line instead of in brackets."
        return f"A block text (`{scene.char}`) cannot stand inside brackets.", hint, scene.here()
    value = scene.line[scene.column :].rstrip()
    return f"A text cannot start with `{scene.char}`.", f"Put it in quotes: {_quoted(value)}.", scene.here()


def _item_here(scene: _Scene) -> _Words:
    message = "A list item (`- `) cannot start on the line of its key."
    hint = "Start the list on the next line, or write it as [a, b]; a text with `- ` in front needs quotes."
    return message, hint, scene.here()


def _question_here(scene: _Scene) -> _Words:
    return "A text cannot start with `? ` here.", "Put the text in quotes.", scene.here()


def _colon_here(scene: _Scene) -> _Words:
    if found := _KEY_VALUE.match(scene.before):
        key, value = found["key"], scene.line[found.start("value") :].rstrip() if found["value"] else ""
        if value[:1] in {'"', "'"}:
            return _after_quote(scene)
        message = f"The value of `{_short(key)}` holds `: `, which YAML takes for another key."
        return message, f"Put the value in quotes: {_short(key)}: {_quoted(value)}", scene.here()
    row = scene.previous()
    line = scene.lines[row]
    if row != scene.row:
        if glued := _GLUED.match(line):
            return _missing_space(row, glued)
        if ":" not in line:
            return _missing_colon(scene, row)
        if scene.line[: scene.column].strip() and _indent(scene.line) > _indent(line):
            key = scene.before.strip()
            message = f"`{_short(key)}` is indented below a line that already has a value."
            hint = f"Start it in the column of its neighbours, or delete the value on line {row + 1}."
            return message, hint, _span(scene.row, _indent(scene.line), len(key))
    return "A `: ` stands where no key can be.", "Put the text in quotes if the `: ` belongs to it.", scene.here()


def _no_colon(scene: _Scene) -> _Words:
    row, line = scene.context_row, scene.context_line
    if scene.context_char in {'"', "'"}:
        if line.count(scene.context_char, scene.context_column) > 1:
            return _missing_colon(scene, row)
        message = f"The quote `{scene.context_char}` opened here is not closed on its line."
        return message, f"Write the closing `{scene.context_char}`, and a `:` if this is a key.", scene.context()
    if glued := _GLUED.match(line):
        return _missing_space(row, glued)
    return _missing_colon(scene, row)


def _missing_space(row: int, glued: re.Match[str]) -> _Words:
    key = glued["key"]
    message = f"A space is missing after `{_short(key)}:`."
    return message, f"Write `{_short(key)}: {_short(glued['value'])}`.", _span(row, glued.start("key"), len(key) + 1)


def _missing_colon(scene: _Scene, row: int) -> _Words:
    word = scene.lines[row].strip()
    if "=" in word:
        key, _, value = word.partition("=")
        hint = f"Write `{_short(key.strip())}: {_short(value.strip())}`."
    else:
        hint = "Write `key: value`; if the line goes on with the text above, indent it deeper than that text's key."
    return "The line is no `key: value`: it has no `: `.", hint, scene.whole(row)


def _after_quote(scene: _Scene) -> _Words:
    quote = scene.before.rstrip()[-1:]
    unescaped = _ESCAPE_PAIR.sub("  ", scene.before) if quote == '"' else scene.before
    if unescaped.count(quote) % 2:
        for row in range(scene.row - 1, -1, -1):
            if scene.lines[row].count(quote) % 2:
                message = f"The quote `{quote}` opened here goes on until line {scene.row + 1}."
                hint = f"Write the closing `{quote}` where the text ends."
                return message, hint, _span(row, scene.lines[row].rindex(quote), 1)
    inside = '\\"' if quote == '"' else "''"
    message = "Text goes on after the closing quote."
    return message, f"Put all of it between the quotes, and write a quote inside as {inside}", scene.word()


def _key(scene: _Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    if scene.line[scene.column : scene.column + 2].strip() == "-":
        hint = "Write the key that the list belongs to above it, or indent the item below its key."
        return "A list item stands where a key is expected.", hint, scene.word()
    if scene.char == ":":
        return _value(scene)
    return _misplaced(scene)


def _item(scene: _Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    if scene.column == scene.context_column and _NEXT_KEY.match(scene.line):
        message = "A key stands where a list item (`- `) is expected."
        hint = "Indent it two spaces more if it belongs to the item above, less if it belongs to what the list is in."
        return message, hint, scene.word()
    return _misplaced(scene)


def _not_at_line_start(scene: _Scene) -> _Words | None:
    before = scene.before.rstrip()
    if scene.char in {"]", "}", ","} and scene.char:
        return _stray(scene)
    if before.endswith(("'", '"')):
        return _after_quote(scene)
    if before.endswith(("]", "}")):
        hint = "Put all of the text in quotes if the brackets belong to it; else delete what follows them."
        return "Text goes on after the closing bracket.", hint, scene.word()
    return None


def _misplaced(scene: _Scene) -> _Words:
    if not scene.starts_line:
        return _unknown(scene)
    message = f"The line is indented by {_spaces(scene.column)}, which fits no level above it."
    row = scene.previous()
    hint = f"Line {row + 1} is indented by {_spaces(_indent(scene.lines[row]))}, the level around it by "
    return message, f"{hint}{_spaces(scene.context_column)}: use one of the two.", scene.word()


def _list(scene: _Scene) -> _Words:
    return _unclosed(scene, "[", "]", "list")


def _mapping(scene: _Scene) -> _Words:
    return _unclosed(scene, "{", "}", "mapping")


def _unclosed(scene: _Scene, opening: str, closing: str, what: str) -> _Words:
    if scene.char in {"]", "}"} and not scene.at_end:
        return f"`{scene.char}` stands where `{closing}` must close the {what}.", f"Write `{closing}`.", scene.here()
    inside = scene.row == scene.context_row or _indent(scene.line) > _indent(scene.context_line)
    if inside and not scene.at_end:
        message = f"A comma is missing here, or the `{closing}` that ends the {what}."
        hint = f"Put `,` between the parts of a {what}; a text with `: `, `,` or brackets inside needs quotes."
        return message, hint, scene.word()
    hint = f"Write `{closing}` where the {what} ends; put the text in quotes if it is no {what}."
    return f"The {what} opened here with `{opening}` is not closed.", hint, scene.context()


def _value(scene: _Scene) -> _Words:
    if scene.at_end:
        last = max(scene.text.rfind("["), scene.text.rfind("{"))
        row = scene.text.count("\n", 0, last)
        span = _span(row, last - scene.text.rfind("\n", 0, last) - 1, 1)
        return "The file ends before this bracket is closed.", "Write the closing bracket.", span
    if scene.char in {"]", "}", ","}:
        return _stray(scene)
    if scene.char == "-":
        return "A `- ` item cannot stand inside brackets.", "Separate the parts with commas: [a, b].", scene.here()
    if scene.char == "%":
        return _start(scene)
    if scene.char in {":", "?"}:
        hint = f"Write the key before the `:`; put the text in quotes if the `{scene.char}` belongs to it."
        return f"No key stands before this `{scene.char}`.", hint, scene.here()
    hint = "Write a value; a list that was opened with a bracket before needs its closing bracket."
    return "A value is expected here.", hint, scene.word()


def _stray(scene: _Scene) -> _Words:
    if scene.char == ",":
        return "A `,` stands where a value is expected.", "Delete it, or put the text in quotes.", scene.here()
    message = f"`{scene.char}` closes nothing that is open."
    return message, "Delete it, or write the opening bracket; put the text in quotes if it belongs to it.", scene.here()


def _document(scene: _Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    first = next((line for line in scene.lines if line.strip() and not line.strip().startswith("#")), "")
    if scene.starts_line and _indent(first) > scene.column:
        message = "The line starts further left than the first line of the file."
        return message, "Start both in the same column.", scene.word()
    hint = "Check the indentation of the lines around."
    return "The record ended above; this does not belong to it.", hint, scene.word()


def _open_quote(scene: _Scene) -> _Words:
    quote = scene.context_char
    message = f"The quote `{quote}` opened here is never closed."
    inside = "An apostrophe inside '…' is written twice." if quote == "'" else 'A quote inside "…" is written as \\".'
    return message, f"Write the closing `{quote}` where the text ends. {inside}", scene.context()


def _escape(scene: _Scene) -> _Words:
    start = sum(len(line) + 1 for line in scene.text.split("\n")[: scene.context_row]) + scene.context_column
    position = start
    while (backslash := scene.text.find("\\", position)) >= 0:
        if bad := _BAD_ESCAPE.match(scene.text, backslash):
            row = scene.text.count("\n", 0, backslash)
            column = backslash - scene.text.rfind("\n", 0, backslash) - 1
            written = bad.group().split("\n")[0].split('"')[0]
            hint = "Use single quotes, where a backslash is only a backslash, or write each backslash twice."
            if written[1:3].lower() == "ud":
                hint = "Write the character itself, or its one code: \\U and eight digits."
            return f"`{written}` is no escape that text in double quotes knows.", hint, _span(row, column, len(written))
        position = backslash + 2
    return _unknown(scene)


def _block_header(scene: _Scene) -> _Words:
    sign = scene.context_char
    message = f"After `{sign}` a block text starts on the next line."
    value = scene.context_line[scene.context_column :].rstrip()
    hint = f"Move the text to the next line and indent it, or put it in quotes: {_quoted(value)}."
    return message, hint, scene.context(max(len(value), 1))


def _flow_colon(scene: _Scene) -> _Words:
    return "A space is missing after this `:`.", "Write `key: value`, also inside brackets.", scene.here()


def _unknown(scene: _Scene) -> _Words:
    hint = "Look for a missing quote, bracket, comma or colon, here or in the lines above."
    return "From here on the file cannot be read as YAML.", hint, scene.word()


_EXPLAINERS: dict[str, Callable[[_Scene], _Words]] = {
    "start": _start,
    "item-here": _item_here,
    "question-here": _question_here,
    "colon-here": _colon_here,
    "no-colon": _no_colon,
    "key": _key,
    "item": _item,
    "list": _list,
    "mapping": _mapping,
    "value": _value,
    "document": _document,
    "open-quote": _open_quote,
    "document-in-quote": _open_quote,
    "escape": _escape,
    "block-header": _block_header,
    "flow-colon": _flow_colon,
}


def _span(row: int, column: int, width: int) -> Span:
    return Span(row + 1, column + 1, row + 1, column + 1 + width)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _quoted(value: str) -> str:
    """The value as it would be written in double quotes, if it is short enough to be shown."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", " ")
    return f'"{escaped}"' if len(escaped) <= 60 else '"…"'
