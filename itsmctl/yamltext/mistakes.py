"""Why a text is not YAML, in plain words: from where the parser stopped to what the writer probably did.

Looks at the text around the place; the parsers' own words never reach a reader.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from itsmctl.yamltext.parsers import Broken
from itsmctl.yamltext.rules import Span
from itsmctl.yamltext.scene import Scene, indent_of, stretch

_Words = tuple[str, str, Span]
_Explained = tuple[str, str, str, Span]

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: .*)?$", re.MULTILINE)
_KEY_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[^\s#'\"\[{-][^:]*?|-[^\s:][^:]*?):\s+(?P<value>\S.*)?$")
_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[\w./-]+):(?P<value>[^\s:/].*)$")
_GLUED_ITEM = re.compile(r"-[^\s-]")
_NEXT_KEY = re.compile(r"\s*(?:- +)*[^\s:,\[\]{}'\"-][^:,\[\]{}'\"]*:(?:\s|$)")
_ITEM_START = re.compile(r"(?:- +)+")
_AT_THE_LEFT = frozenset({"apiVersion", "kind", "metadata", "spec"})
_BLOCK_START = re.compile(r"(?:: |- )[ ]*[|>][-+0-9]*\s*$")
_BAD_ESCAPE = re.compile(
    r"\\(?:x(?![0-9A-Fa-f]{2}).{0,2}|u(?![0-9A-Fa-f]{4}).{0,4}|U(?!00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}).{0,8}"
    r'|u[dD][89A-Fa-f][0-9A-Fa-f]{2}|U0000[dD][89A-Fa-f][0-9A-Fa-f]{2}|[^0abt\tnvfre "/\\N_LPxuU\n\r])'
)
_ESCAPE_PAIR = re.compile(r"\\.", re.DOTALL)


def explain(text: str, broken: Broken) -> _Explained:
    """Rule, message, hint and place of what makes a text no YAML."""
    scene = Scene(text, broken)
    if conflict := _CONFLICT.search(text):
        row = text.count("\n", 0, conflict.start())
        hint = "Finish the merge: keep what is right of the two sides and delete the marker lines."
        return "yaml-syntax", "this is a conflict marker of git", hint, scene.whole(row)
    if broken.code in _OTHER_RULES:
        rule, sign, what = _OTHER_RULES[broken.code]
        message = f"a text that starts with `{sign}` is {what}, which records do not have"
        return rule, message, f"Put the text in quotes if the `{sign}` belongs to it.", scene.context()
    if broken.code == "document" and scene.lines[scene.previous()].startswith("..."):
        hint = "Move what follows to a file of its own, or delete the `...`."
        return "yaml-documents", "a second document starts here; a file holds one record", hint, scene.word()
    if found := _tab(scene, broken.code):
        return "yaml-syntax", *found
    return "yaml-syntax", *_EXPLAINERS.get(broken.code, _unknown)(scene)


_OTHER_RULES = {
    "tag": ("yaml-tag", "!", "a YAML tag"),
    "anchor": ("yaml-anchor", "&", "a YAML anchor"),
    "alias": ("yaml-alias", "*", "a YAML alias"),
    "directive": ("yaml-directive", "%", "a YAML directive"),
}


def _tab(scene: Scene, code: str) -> _Words | None:
    indent = scene.line[: indent_of(scene.line)]
    if "\t" in indent and code in {"tab", "start", "key", "item", "no-colon", "colon-here", "document"}:
        span = stretch(scene.row, indent.index("\t"), 1)
    elif code == "tab" or (code == "start" and scene.char == "\t"):
        span = scene.here()
    else:
        return None
    return "a tab stands where only spaces may indent", "Replace the tab by spaces, two for each level.", span


def _start(scene: Scene) -> _Words:
    if scene.char in "|>":
        hint = "Put the text in quotes, or write the list or mapping line by line instead of in brackets."
        return f"a block text (`{scene.char}`) cannot stand inside brackets", hint, scene.here()
    value = scene.line[scene.column :].rstrip()
    sign = "a backtick" if scene.char == "`" else f"`{scene.char}`"
    return f"a text cannot start with {sign}", f"Put it in quotes: {_quoted(value)}", scene.here()


def _item_here(scene: Scene) -> _Words:
    message = "a list item (`- `) cannot start on the line of its key"
    hint = "Start the list on the next line, or write it as [a, b]; a text with `- ` in front needs quotes."
    return message, hint, scene.here()


def _question_here(scene: Scene) -> _Words:
    return "a text cannot start with `? ` here", "Put the text in quotes.", scene.here()


def _colon_here(scene: Scene) -> _Words:
    if found := _KEY_VALUE.match(scene.before):
        key, value = found["key"], scene.line[found.start("value") :].rstrip() if found["value"] else ""
        if value[:1] in {'"', "'"}:
            return _after_quote(scene)
        message = f"the value of `{_short(key)}` holds `: `, which YAML takes for another key"
        return message, f"Put the value in quotes: {_short(key)}: {_quoted(value)}", scene.here()
    row = scene.previous()
    line = scene.lines[row]
    if row != scene.row:
        if glued := _GLUED.match(line):
            return _missing_space(row, glued)
        if ":" not in line:
            return _missing_colon(scene, row)
        if scene.line[: scene.column].strip() and indent_of(scene.line) > indent_of(line):
            if words := _outdented(scene, row):
                return words
            key = scene.before.strip()
            message = f"`{_short(key.removeprefix('- '))}` is indented below a line that already has a value"
            column = len(line) - len(line.lstrip("- "))
            hint = f"Indent it by {_spaces(column)}, like line {row + 1}. If it belongs below that line, delete the "
            hint += "value there; a text over several lines that holds `: ` needs quotes or a block (`|`)."
            return message, hint, stretch(scene.row, indent_of(scene.line), len(key))
    return "a `: ` stands where no key can be", "Put the text in quotes if the `: ` belongs to it.", scene.here()


def _outdented(scene: Scene, row: int) -> _Words | None:
    """The line above stands further left than those around it, which are indented alike."""
    first = scene.previous(row)
    around, indent = indent_of(scene.line), indent_of(scene.lines[row])
    is_among = first != row and indent_of(scene.lines[first]) == around and _NEXT_KEY.match(scene.lines[first], around)
    found = _KEY_VALUE.match(scene.lines[row]) if is_among and not indent else None
    if found is None or _ITEM_START.match(scene.lines[first], around) or found["key"] in _AT_THE_LEFT:
        return None
    message = f"`{_short(found['key'])}` is indented by {_spaces(indent)}, and the lines around it by {around}"
    return message, f"Indent it by {_spaces(around)}.", stretch(row, indent, len(found["key"]))


def _no_colon(scene: Scene) -> _Words:
    row, line = scene.context_row, scene.context_line
    if scene.context_char in {'"', "'"}:
        if line.count(scene.context_char, scene.context_column) > 1:
            return _missing_colon(scene, row)
        message = f"the quote `{scene.context_char}` opened here is not closed on its line"
        return message, f"Write the closing `{scene.context_char}`, and a `:` if this is a key.", scene.context()
    if glued := _GLUED.match(line):
        return _missing_space(row, glued)
    return _missing_colon(scene, row)


def _missing_space(row: int, glued: re.Match[str]) -> _Words:
    key = glued["key"]
    message = f"a space is missing after `{_short(key)}:`"
    return message, f"Write `{_short(key)}: {_short(glued['value'])}`.", stretch(row, glued.start("key"), len(key) + 1)


def _missing_colon(scene: Scene, row: int) -> _Words:
    word, above = scene.lines[row].strip(), scene.lines[scene.previous(row)]
    indent = indent_of(scene.lines[row])
    beside = (scene.lines[one] for one in scene.above(row) if indent_of(scene.lines[one]) <= indent)
    if _GLUED_ITEM.match(word) and next(beside, "")[indent:].startswith("- "):
        return "a space is missing after `-`", f"Write `- {_short(word[1:])}`.", stretch(row, indent, 1)
    if _BLOCK_START.search(above):
        message = "the text of a block starts further right than its key"
        return message, f"Indent it by {_spaces(indent_of(above) + 2)}.", scene.whole(row)
    if "=" in word:
        key, _, value = word.partition("=")
        hint = f"Write `{_short(key.strip())}: {_short(value.strip())}`."
    else:
        key = f"`{word}:`" if re.fullmatch(r"[\w.-]{1,40}", word) else "`key: value`"
        hint = f"Write {key}; if the line goes on with the text above, indent it deeper than that text's key."
    return "the line is no `key: value`: it has no `: `", hint, scene.whole(row)


def _after_quote(scene: Scene) -> _Words:
    quote = scene.before.rstrip()[-1:]
    if found := _opened_above(scene, quote):
        return found
    inside = '\\"' if quote == '"' else "''"
    message = "text goes on after the closing quote"
    return message, f"Put all of it between the quotes; a quote inside is written as {inside}", scene.word()


def _opened_above(scene: Scene, quote: str) -> _Words | None:
    """A quote that ends on this line was opened on one above: most probably its own end was forgotten there."""
    unescaped = _ESCAPE_PAIR.sub("  ", scene.before) if quote == '"' else scene.before
    if unescaped.count(quote) % 2:
        for row in range(scene.row - 1, -1, -1):
            if scene.lines[row].count(quote) % 2:
                message = f"the quote `{quote}` opened here goes on until line {scene.row + 1}"
                hint = f"Write the closing `{quote}` where the text ends."
                return message, hint, stretch(row, scene.lines[row].rindex(quote), 1)
    return None


def _key(scene: Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    if scene.line[scene.column : scene.column + 2].strip() == "-":
        for row in scene.above(scene.row):
            indent = indent_of(scene.lines[row])
            if scene.lines[row][indent:].startswith("- ") and indent != scene.column:
                message = f"the list item is indented by {_spaces(scene.column)}, the item above by {_spaces(indent)}"
                return message, f"Indent the items of a list alike; the other one is on line {row + 1}.", scene.word()
            if indent < scene.column:
                break
        hint = "Write the key that the list belongs to above it, or indent the item below its key."
        return "a list item stands where a key is expected", hint, scene.word()
    if scene.char == ":":
        return _value(scene)
    return _misplaced(scene)


def _item(scene: Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    if scene.column == scene.context_column and _NEXT_KEY.match(scene.line):
        message = "a key stands where a list item (`- `) is expected"
        hint = "Indent it two spaces more if it belongs to the item above, less if it belongs to what the list is in."
        return message, hint, scene.word()
    return _misplaced(scene)


def _not_at_line_start(scene: Scene) -> _Words | None:
    before = scene.before.rstrip()
    if scene.char in {"]", "}", ","} and scene.char:
        return _stray(scene)
    if before.endswith(("'", '"')):
        return _after_quote(scene)
    if before.endswith(("]", "}")):
        hint = "Put all of the text in quotes if the brackets belong to it; else delete what follows them."
        return "text goes on after the closing bracket", hint, scene.word()
    return None


def _misplaced(scene: Scene) -> _Words:
    if not scene.starts_line:
        return _unknown(scene)
    if scene.char == "-":
        return "a space is missing after `-`", f"Write `- {_short(scene.line.strip()[1:])}`.", scene.here()
    message = f"the line is indented by {_spaces(scene.column)}, which fits no level above it"
    *others, last = sorted(_levels(scene))
    levels = f"{', '.join(map(str, others))} and {last}" if others else str(last)
    hint = f"The levels above it are indented by {levels}: use the one that the line belongs to."
    return message, hint, scene.word()


def _levels(scene: Scene) -> set[int]:
    """The columns of the mappings and lists that the lines above have opened."""
    levels: set[int] = set()
    lowest = sys.maxsize
    for row in scene.above(scene.row):
        line = scene.lines[row]
        indent = indent_of(line)
        if indent < lowest:
            lowest = indent
            levels.add(indent)
            item = _ITEM_START.match(line, indent)
            levels.update({item.end()} if item else ())
        if not indent:
            break
    return levels or {0}


def _list(scene: Scene) -> _Words:
    return _unclosed(scene, "[", "]", "list")


def _mapping(scene: Scene) -> _Words:
    return _unclosed(scene, "{", "}", "mapping")


def _unclosed(scene: Scene, opening: str, closing: str, what: str) -> _Words:
    if scene.row != scene.context_row and '"' in scene.context_line and (found := _opened_above(scene, '"')):
        return found
    if scene.char in {"]", "}"} and not scene.at_end:
        return f"`{scene.char}` stands where `{closing}` must close the {what}", f"Write `{closing}`.", scene.here()
    inside = scene.row == scene.context_row or indent_of(scene.line) > indent_of(scene.context_line)
    if inside and not scene.at_end:
        message = f"a comma is missing here, or the `{closing}` that ends the {what}"
        hint = f"Put `,` between the parts of a {what}; a text with `: `, `,` or brackets inside needs quotes."
        return message, hint, scene.word()
    hint = f"Write `{closing}` where the {what} ends; put the text in quotes if it is no {what}."
    return f"the {what} opened here with `{opening}` is not closed", hint, scene.context()


def _value(scene: Scene) -> _Words:
    if scene.at_end:
        last = max(scene.text.rfind("["), scene.text.rfind("{"))
        row = scene.text.count("\n", 0, last)
        span = stretch(row, last - scene.text.rfind("\n", 0, last) - 1, 1)
        return "the file ends before this bracket is closed", "Write the closing bracket.", span
    if scene.char in {"]", "}", ","}:
        return _stray(scene)
    if scene.char == "-":
        return "a `- ` item cannot stand inside brackets", "Separate the parts with commas: [a, b].", scene.here()
    if scene.char == "%":
        return _start(scene)
    if scene.char in {":", "?"}:
        hint = f"Write the key before the `:`; put the text in quotes if the `{scene.char}` belongs to it."
        return f"no key stands before this `{scene.char}`", hint, scene.here()
    hint = "Write a value; a list that was opened with a bracket before needs its closing bracket."
    return "a value is expected here", hint, scene.word()


def _stray(scene: Scene) -> _Words:
    if scene.char == ",":
        return "a `,` stands where a value is expected", "Delete it, or put the text in quotes.", scene.here()
    message = f"`{scene.char}` closes nothing that is open"
    return message, "Delete it, or write the opening bracket; put the text in quotes if it belongs to it.", scene.here()


def _document(scene: Scene) -> _Words:
    if found := _not_at_line_start(scene):
        return found
    first = next((line for line in scene.lines if line.strip() and not line.strip().startswith("#")), "")
    if scene.starts_line and indent_of(first) > scene.column:
        message = "the line starts further left than the first line of the file"
        return message, "Start both in the same column.", scene.word()
    hint = "Check the indentation of the lines around."
    return "the record ended above; this does not belong to it", hint, scene.word()


def _open_quote(scene: Scene) -> _Words:
    quote = scene.context_char
    message = f"the quote `{quote}` opened here is never closed"
    inside = "An apostrophe inside '…' is written twice." if quote == "'" else 'A quote inside "…" is written as \\".'
    return message, f"Write the closing `{quote}` where the text ends. {inside}", scene.context()


def _escape(scene: Scene) -> _Words:
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
            return (
                f"`{written}` is no escape that text in double quotes knows",
                hint,
                stretch(row, column, len(written)),
            )
        position = backslash + 2
    return _unknown(scene)


def _block_header(scene: Scene) -> _Words:
    sign = scene.context_char
    message = f"after `{sign}` a block text starts on the next line"
    value = scene.context_line[scene.context_column :].rstrip()
    hint = f"Move the text to the next line and indent it, or put it in quotes: {_quoted(value)}."
    return message, hint, scene.context(max(len(value), 1))


def _flow_colon(scene: Scene) -> _Words:
    return "a space is missing after this `:`", "Write `key: value`, also inside brackets.", scene.here()


def _unknown(scene: Scene) -> _Words:
    hint = "Look for a missing quote, bracket, comma or colon, here or in the lines above."
    return "from here on the file cannot be read as YAML", hint, scene.word()


_EXPLAINERS: dict[str, Callable[[Scene], _Words]] = {
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


def _spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _quoted(value: str) -> str:
    """The value as it would be written in double quotes, if it is short enough to be shown."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", " ")
    return f'"{escaped}"' if len(escaped) <= 60 else '"…"'
