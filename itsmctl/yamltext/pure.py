"""The pure-Python parser of PyYAML, brought to read exactly what libyaml reads: where the C parser is missing.

The two share their design and differ in corners (tabs, `?` and `:` in brackets, tags, escapes, the end of the file).
Each override below is one such corner; tests compare the two over generated text. Lines must end with LF or CRLF.
"""

# mypy: disable-error-code="no-untyped-call, no-any-return"
# (the scanner and the parser of PyYAML have no types)

from __future__ import annotations

import re
from typing import NoReturn

from yaml.error import Mark
from yaml.events import Event, ScalarEvent
from yaml.parser import Parser, ParserError
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import (
    DirectiveToken,
    FlowEntryToken,
    FlowMappingEndToken,
    FlowSequenceEndToken,
    ScalarToken,
    StreamEndToken,
    TagToken,
    Token,
    ValueToken,
)

_BLANK = frozenset(" \t")
_BREAK = frozenset("\r\n")
_BLANK_OR_END = frozenset("\0 \t\r\n")
_DIGITS = frozenset("0123456789")
_OCTET = "%[89ABab][0-9A-Fa-f]"
_ESCAPED = rf"%(?:[0-7][0-9A-Fa-f]|[C-Dc-d].{_OCTET}|[Ee].(?:{_OCTET}){{2}}|[Ff][0-7](?:{_OCTET}){{3}})"
_URI = rf"(?:[0-9A-Za-z_;/?:@&=+$.!~*'()-]|{_ESCAPED})"
_TAG = re.compile(rf"!<(?:{_URI}|[,\[\]])+>|(![0-9A-Za-z_-]*!){_URI}+|!(?![0-9A-Za-z_-]*!|<){_URI}*")
_DIRECTIVE = re.compile(r"%(?:YAML +1\.[12]|TAG +!(?:[0-9A-Za-z_-]*!)? +[!0-9A-Za-z_-][^ \t\r\n\0]*)(?=[\r\n\0])")
_QUOTED_RUN = re.compile(r"""[^'"\\\0 \t\r\n]+""")
_DOCUMENT_MARK = re.compile(r"(?:---|\.\.\.)[\0 \t\r\n]")
_CODE_LENGTHS = {"x": 2, "u": 4, "U": 8}
_ESCAPES = dict(zip("0abtnvfre", "\0\a\b\t\n\v\f\r\x1b", strict=True)) | {
    "\t": "\t",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}


class PureParser(Reader, Scanner, Parser):
    """Gives the events of a text one after the other by `get_event`, None at the end, as `yaml.CParser` does."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    # Scanner

    def scan_to_next_token(self) -> None:
        """Tabs count as blanks except where a line, or what follows `-`, `?` and `:`, is indented."""
        while True:
            while (char := self.peek()) == " " or (char == "\t" and (self.flow_level or not self.allow_simple_key)):
                self.forward()
            self._skip_comment()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def need_more_tokens(self) -> bool:
        """A line that must be a key is complained about at the end of the file, too."""
        if self.done and self.tokens:
            self.stale_possible_simple_keys()
        return bool(super().need_more_tokens())

    def fetch_stream_end(self) -> None:
        """The end of the file starts a line of its own."""
        if self.column:
            self.line += 1
            self.column = 0
        self.unwind_indent(-1)
        self.remove_possible_simple_key()
        self.allow_simple_key = False
        mark = self.get_mark()
        self.tokens.append(StreamEndToken(mark, mark))
        self.done = True

    def fetch_flow_collection_end(self, TokenClass: type[Token]) -> None:  # noqa: N803
        """A bracket that closes nothing does not change the level."""
        super().fetch_flow_collection_end(TokenClass)
        self.flow_level = max(self.flow_level, 0)

    def check_plain(self) -> bool:
        """A `-` starts a text also before the end of a line or file, where it is not taken for a list item."""
        char, following = self.peek(), self.peek(1)
        if char == "-":
            return following not in _BLANK
        if char in "?:":
            return not self.flow_level and following not in _BLANK_OR_END
        return char not in "\0 \t\r\n,[]{}#&*!|>'\"%@`"

    def scan_directive(self) -> DirectiveToken:
        """Only `%YAML` and `%TAG` are known."""
        start = self.get_mark()
        if not (found := _DIRECTIVE.match(self.buffer, self.pointer)):
            self._fail("while scanning a directive", start, "found unknown directive name")
        self.forward(found.end() - found.start())
        name, *values = found.group()[1:].split()
        value = (1, int(values[0][-1])) if name == "YAML" else tuple(values)
        token = DirectiveToken(name, value, start, self.get_mark())
        self.scan_line_break()
        return token

    def scan_tag(self) -> TagToken:
        """The characters of a tag, and what may follow it."""
        start = self.get_mark()
        if not (found := _TAG.match(self.buffer, self.pointer)):
            self._fail("while scanning a tag", start, "did not find expected tag URI")
        self.forward(found.end() - found.start())
        if self.peek() not in _BLANK_OR_END and not (self.flow_level and self.peek() == ","):
            self._fail("while scanning a tag", start, "did not find expected whitespace or line break")
        return TagToken((found.group(1), found.group()), start, self.get_mark())

    def scan_block_scalar(self, style: str) -> ScalarToken:
        """Tabs in the header and in the indentation, and where the text ends."""
        start = self.get_mark()
        self.forward()
        chomping, increment = self._scan_block_header(start)
        indent = max(self.indent, 0) + increment if increment else 0
        indent, breaks, end = self._scan_block_breaks(indent, start)
        chunks: list[str] = []
        line_break, after_blank = "", False
        while self.column == indent and self.peek() != "\0":
            blank = self.peek() in _BLANK
            if style == ">" and line_break and not after_blank and not blank:
                chunks.append("" if breaks else " ")
            else:
                chunks.append(line_break)
            chunks.extend(breaks)
            after_blank = blank
            chunks.append(self._take_line())
            line_break = self.scan_line_break()
            indent, breaks, end = self._scan_block_breaks(indent, start)
        if chomping != "-":
            chunks.append(line_break)
        if chomping == "+":
            chunks.extend(breaks)
        return ScalarToken("".join(chunks), False, start, end, style)

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        """Escapes, and where quoted text may not end."""
        context = "while scanning a quoted scalar"
        start = self.get_mark()
        self.forward()
        chunks: list[str] = []
        while True:
            if self.column == 0 and _DOCUMENT_MARK.match(self.buffer, self.pointer):
                self._fail(context, start, "found unexpected document indicator")
            if self.peek() == "\0":
                self._fail(context, start, "found unexpected end of stream")
            escaped_break = self._scan_quoted_words(style, chunks, start)
            if self.peek() == style:
                break
            blanks, breaks = self._scan_blanks()
            if escaped_break:
                chunks.append("\n" * breaks)
            else:
                chunks.append("\n" * (breaks - 1) or " " if breaks else blanks)
        self.forward()
        return ScalarToken("".join(chunks), False, start, self.get_mark(), style)

    def scan_plain(self) -> ScalarToken:
        """Tabs between words, and `:` and `?` in brackets."""
        start = end = self.get_mark()
        indent = self.indent + 1
        chunks: list[str] = []
        blanks, breaks = "", 0
        while not (self.column == 0 and _DOCUMENT_MARK.match(self.buffer, self.pointer)) and self.peek() != "#":
            if word := self._take_plain_word(start):
                chunks.append("\n" * (breaks - 1) or " " if breaks else blanks)
                chunks.append(word)
                blanks, breaks, end = "", 0, self.get_mark()
            if self.peek() not in _BLANK and self.peek() not in _BREAK:
                break
            blanks, breaks = self._scan_blanks(indent, start)
            if not self.flow_level and self.column < indent:
                break
        if breaks:
            self.allow_simple_key = True
        return ScalarToken("".join(chunks), True, start, end)

    def _take_plain_word(self, start: Mark) -> str:
        length = 0
        while (char := self.peek(length)) not in _BLANK_OR_END:
            if char == ":":
                following = self.peek(length + 1)
                if self.flow_level and following in ",?[]{}":
                    self.forward(length)
                    self._fail("while scanning a plain scalar", start, "found unexpected ':'")
                if following in _BLANK_OR_END:
                    break
            elif self.flow_level and char in ",[]{}":
                break
            length += 1
        word: str = self.prefix(length)
        self.forward(length)
        return word

    def _scan_blanks(self, indent: int = 0, start: Mark | None = None) -> tuple[str, int]:
        """Skip blanks and line breaks: the blanks if there was no break, and the number of breaks."""
        context, blanks, breaks = "while scanning a plain scalar", "", 0
        while True:
            if (char := self.peek()) in _BLANK:
                if breaks and char == "\t" and self.column < indent:
                    self._fail(context, start, "found a tab character that violates indentation")
                blanks += char
                self.forward()
            elif char in _BREAK:
                breaks += 1
                self.scan_line_break()
            else:
                return blanks, breaks

    def _scan_quoted_words(self, quote: str, chunks: list[str], start: Mark) -> bool:
        """Take what stands before the next blank or the end of the text; did it end with an escaped line break?"""
        while (char := self.peek()) not in _BLANK_OR_END:
            if char == quote:
                if quote == '"' or self.peek(1) != "'":
                    break
                chunks.append("'")
                self.forward(2)
            elif quote == '"' and char == "\\":
                if self.peek(1) in _BREAK:
                    self.forward()
                    self.scan_line_break()
                    return True
                chunks.append(self._scan_escape(start))
            elif run := _QUOTED_RUN.match(self.buffer, self.pointer):
                chunks.append(run.group())
                self.forward(run.end() - run.start())
            else:
                chunks.append(char)
                self.forward()
        return False

    def _scan_escape(self, start: Mark) -> str:
        context = "while parsing a quoted scalar"
        kind = self.peek(1)
        if kind in _ESCAPES:
            self.forward(2)
            return _ESCAPES[kind]
        if kind not in _CODE_LENGTHS:
            self._fail(context, start, "found unknown escape character")
        self.forward(2)
        digits = self.prefix(_CODE_LENGTHS[kind])
        if not re.fullmatch(f"[0-9A-Fa-f]{{{_CODE_LENGTHS[kind]}}}", digits):
            self._fail(context, start, "did not find expected hexdecimal number")
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            self._fail(context, start, "found invalid Unicode character escape code")
        self.forward(len(digits))
        return chr(code)

    def _scan_block_header(self, start: Mark) -> tuple[str, int]:
        context = "while scanning a block scalar"
        chomping, increment = "", ""
        while ((char := self.peek()) in "+-" and not chomping) or (char in _DIGITS and not increment):
            if char == "0":
                self._fail(context, start, "found an indentation indicator equal to 0")
            chomping, increment = (char, increment) if char in "+-" else (chomping, char)
            self.forward()
        while self.peek() in _BLANK:
            self.forward()
        self._skip_comment()
        if self.peek() not in "\0\r\n":
            self._fail(context, start, "did not find expected comment or line break")
        self.scan_line_break()
        return chomping, int(increment or 0)

    def _scan_block_breaks(self, indent: int, start: Mark) -> tuple[int, list[str], Mark]:
        """Skip empty lines and indentation; `indent` 0 means that the first line of text decides it."""
        breaks: list[str] = []
        deepest, end = 0, self.get_mark()
        while True:
            while (not indent or self.column < indent) and self.peek() == " ":
                self.forward()
            deepest = max(deepest, self.column)
            if (not indent or self.column < indent) and self.peek() == "\t":
                problem = "found a tab character where an indentation space is expected"
                self._fail("while scanning a block scalar", start, problem)
            if self.peek() not in _BREAK:
                return indent or max(deepest, self.indent + 1, 1), breaks, end
            breaks.append(self.scan_line_break())
            end = self.get_mark()

    def _take_line(self) -> str:
        pointer = self.pointer
        while self.peek() not in "\0\r\n":
            self.forward()
        line: str = self.buffer[pointer : self.pointer]
        return line

    def _skip_comment(self) -> None:
        if self.peek() == "#":
            self._take_line()

    def _fail(self, context: str, start: Mark | None, problem: str) -> NoReturn:
        raise ScannerError(context, start, problem, self.get_mark())

    # Parser

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Event:
        """What comes after an unknown tag is looked at before the tag is complained about."""
        try:
            return super().parse_node(block, indentless_sequence)
        except ParserError:
            self.peek_token()
            raise

    def parse_flow_sequence_entry_mapping_key(self) -> ScalarEvent:
        """`?` without a key in a list takes the token after it along, unless that closes the list."""
        self.get_token()
        if not self.check_token(ValueToken, FlowEntryToken, FlowSequenceEndToken):
            self.states.append(self.parse_flow_sequence_entry_mapping_value)
            return self.parse_flow_node()
        if self.check_token(FlowSequenceEndToken):
            self.state = self.parse_flow_sequence_entry_mapping_value
            return self.process_empty_scalar(self.peek_token().start_mark)
        token = self.get_token()
        self.state = self.parse_flow_sequence_entry_mapping_value
        return self.process_empty_scalar(token.end_mark)

    def parse_flow_sequence_entry_mapping_value(self) -> ScalarEvent:
        """A missing value stands before the token that follows."""
        if self.check_token(ValueToken):
            self.get_token()
            if not self.check_token(FlowEntryToken, FlowSequenceEndToken):
                self.states.append(self.parse_flow_sequence_entry_mapping_end)
                return self.parse_flow_node()
        self.state = self.parse_flow_sequence_entry_mapping_end
        return self.process_empty_scalar(self.peek_token().start_mark)

    def parse_flow_mapping_key(self, first: bool = False) -> ScalarEvent:
        """A missing key stands before the token that follows."""
        event = super().parse_flow_mapping_key(first)
        if isinstance(event, ScalarEvent) and event.start_mark is event.end_mark:
            event.start_mark = event.end_mark = self.peek_token().start_mark
        return event

    def parse_flow_mapping_value(self) -> ScalarEvent:
        """A missing value stands before the token that follows."""
        if self.check_token(ValueToken):
            self.get_token()
            if not self.check_token(FlowEntryToken, FlowMappingEndToken):
                self.states.append(self.parse_flow_mapping_key)
                return self.parse_flow_node()
        self.state = self.parse_flow_mapping_key
        return self.process_empty_scalar(self.peek_token().start_mark)
