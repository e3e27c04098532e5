"""What the reader of YAML can refuse, and why: places, refusals and the rules behind their ids. No YAML library."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.findings import Rule

MAX_BYTES = 1_048_576
"""A file may hold so many bytes."""

MAX_DEPTH = 64
"""So many mappings and lists may stand inside each other."""

MAX_REFUSALS = 100
"""One file is refused at so many places at most; what follows is not read."""


class Span(Struct, frozen=True):
    """A stretch of text. Lines and columns count from 1, columns in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)
"""Where a file is pointed at that has no better place."""


class Refusal(Struct, frozen=True):
    """One reason why a file is not plain YAML, where, and what to do about it.

    `related` holds other places that explain it, each with a few words, such as the first use of a key.
    """

    rule: str
    message: str
    hint: str
    span: Span
    related: tuple[tuple[Span, str], ...] = ()

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Sort key: by place, then by rule."""
        return (self.span.line, self.span.column, self.rule, self.message)


class Refused(Exception):
    """The file is not plain YAML: `refusals` says all that was found, sorted by place, never empty."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(f"{one.span.line}:{one.span.column} {one.message}" for one in refusals[:3]))
        self.refusals = refusals


class Full(Exception):
    """A ledger holds as many refusals as anybody would read: reading on can only cost time."""


class Ledger:
    """Collects refusals; raises Full with the last that it has room for."""

    def __init__(self) -> None:
        self._refusals: list[Refusal] = []

    def __bool__(self) -> bool:
        return bool(self._refusals)

    def add(self, rule: str, message: str, hint: str, span: Span, related: tuple[tuple[Span, str], ...] = ()) -> None:
        """Note one refusal."""
        self._refusals.append(Refusal(rule, message, hint, span, related))
        if len(self._refusals) == MAX_REFUSALS:
            raise Full

    def refused(self) -> Refused:
        """All that was noted, sorted by place, as the error to raise."""
        refusals = sorted(self._refusals, key=lambda refusal: refusal.order)
        if len(refusals) == MAX_REFUSALS:
            last = refusals[-1]
            refusals[-1] = replace(last, hint=f"{last.hint} (No more than {MAX_REFUSALS} places of a file are listed.)")
        return Refused(tuple(refusals))


def _rule(rule_id: str, title: str, description: str, remediation: str) -> Rule:
    return Rule(rule_id, title, "error", description, remediation)


RULES: tuple[Rule, ...] = (
    _rule(
        "yaml-alias",
        "Every value is written where it stands, without aliases",
        "An alias (`*name`) repeats a value from elsewhere in the file. A reviewer of a changed line cannot see what "
        "else it changes, and nested aliases can blow a small file up to billions of values.",
        "Write the value out, or put the text in quotes if the `*` belongs to it.",
    ),
    _rule(
        "yaml-anchor",
        "No value is marked with an anchor",
        "An anchor (`&name`) exists only for aliases to repeat it, and records have none.",
        "Delete the `&name`, or put the text in quotes if the `&` belongs to it.",
    ),
    _rule(
        "yaml-bidi-character",
        "No character turns the direction of text",
        "Bidirectional control characters make text look different from what it says, so that a reviewer approves "
        "something that was never shown.",
        "Delete the character. Right-to-left scripts need none: their letters carry their direction.",
    ),
    _rule(
        "yaml-bom",
        "The file starts with its first character, not with a byte order mark",
        "A byte order mark is invisible, UTF-8 has no use for it, and tools that do not expect it read it as part of "
        "the first key.",
        "Save the file as “UTF-8” instead of “UTF-8 with BOM”.",
    ),
    _rule(
        "yaml-control-character",
        "Text holds no control characters",
        "Control characters are invisible in a review, can drive the terminal of whoever reads the record, and most "
        "formats cannot carry them.",
        "Delete the character; for a line break or a tab inside a text use a block text (`|`).",
    ),
    _rule(
        "yaml-directive",
        "The file has no YAML directives",
        "Directives (`%YAML`, `%TAG`) change how the rest of the file is to be read. All records are read as YAML 1.2.",
        "Delete the line that starts with `%`, and the `---` that followed it.",
    ),
    _rule(
        "yaml-documents",
        "One file holds exactly one document",
        "A record's path says which record it is, so a file can hold only one.",
        "Move what follows the `---` to a file of its own, or delete a `---` that ends the file.",
    ),
    _rule(
        "yaml-duplicate-key",
        "No key is written twice in a mapping",
        "Of two values with one key most readers silently keep the last and some the first: what was approved is not "
        "what counts.",
        "Keep one of the two, or merge their values.",
    ),
    _rule(
        "yaml-empty",
        "The file holds a document",
        "An empty file, or one with comments only, says nothing: no key, no value.",
        "Write the record, or delete the file.",
    ),
    _rule(
        "yaml-encoding",
        "The file is UTF-8",
        "Bytes in another encoding are read as other letters by every reader that guesses another way.",
        "Save the file as UTF-8, without byte order mark.",
    ),
    _rule(
        "yaml-invisible-character",
        "Every character can be seen",
        "Zero-width and other invisible characters make two different texts look the same, and carry text past a "
        "reviewer.",
        "Delete the character; it often comes with text that was copied from a web page or a word processor.",
    ),
    _rule(
        "yaml-key",
        "Every key is a plain text on one line",
        "JSON, and so every schema and every report, knows only text as key; `1:`, `true:`, `null:` and `{a: b}:` mean "
        "other things to other readers.",
        "Put the key in quotes; a value that starts with `{` or `[` and is meant as text needs quotes too.",
    ),
    _rule(
        "yaml-line-break",
        "Lines end with LF or CRLF",
        "A lone carriage return and the Unicode line separators end a line for some tools and not for others: what "
        "looks like a comment to one is a key to the other.",
        "Save the file with LF (Unix) or CRLF (Windows) line ends.",
    ),
    _rule(
        "yaml-merge-key",
        "No mapping is merged into another with `<<`",
        "Merge keys are not part of YAML 1.2, and hide from a reviewer which values a mapping has.",
        "Write the keys out where they belong.",
    ),
    _rule(
        "yaml-nesting",
        "Mappings and lists stand at most 64 levels deep",
        "No record needs more, and deeper files exist to break their readers.",
        "Check the brackets and the indentation: the levels are probably not meant.",
    ),
    _rule(
        "yaml-nfc",
        "Text is in Unicode normal form C",
        "The same letters can be written as one character or as a letter and combining marks; they look the same and "
        "compare as different.",
        "Type the text again, or run the file through a normaliser (`uconv -x nfc`).",
    ),
    _rule(
        "yaml-number",
        "Every number can be written in JSON and be read back",
        "Infinity and NaN are no JSON numbers, and a number of hundreds of digits breaks readers.",
        "Write a finite number, or put it in quotes if it is meant as text.",
    ),
    _rule(
        "yaml-size",
        "A file has at most 1 MiB",
        "Records are read and compared by people; a larger file is data that belongs elsewhere.",
        "Keep the data where it is and link to it from the record.",
    ),
    _rule(
        "yaml-syntax",
        "The file is YAML",
        "What is not YAML cannot be read, and a reader that guesses could guess wrong.",
        "See the message; editors with YAML support underline the place as well.",
    ),
    _rule(
        "yaml-tag",
        "No value carries a tag",
        "Tags (`!name`) ask the reader to build something else than plain data, which in some readers runs code.",
        "Delete the tag, or put the text in quotes if the `!` belongs to it.",
    ),
)
