"""The canonical form of a file: order of keys, quotes, indentation. Moves and spells text; decides and alters no value.

Two blanks a level, lists two blanks below their key, LF, one line feed at the end. Quotes only where a reader of YAML
1.2 needs them; a text that a reader of YAML 1.1 would take for something else keeps the quotes that it has. Comments go
with what they stand beside, above, or, where an empty line parts them from what follows, below. What is written in
brackets stays so, and so do the line breaks of long texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from itsmctl.errors import CannotJudge
from itsmctl.yamltext.gaps import Gap, Side, gap, printed, without_leading_blanks
from itsmctl.yamltext.outline import Entry, Node, column, comments, outline
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import MAX_BYTES, START, Refusal, Refused
from itsmctl.yamltext.spelling import (
    Open,
    Steps,
    block_lines,
    flow_line,
    folded_lines,
    is_spread,
    spelled,
    spread_lines,
)

Order = Callable[[Steps], Sequence[str]]
"""The keys of the mapping at the end of these steps, in their canonical order."""

_STEP = 2
_TOO_LARGE = "Keep the data elsewhere and link to it."
_LONGEST_KEY = 1000  # libyaml looks for the colon of an unmarked key within 1024 characters


def tidy(content: bytes, order: Order) -> bytes:
    """The file in canonical form. Keys that `order` does not name come last, in the order in which they are written.

    Raises Refused if the file is not plain YAML, CannotJudge where its form cannot be changed without its content.
    """
    data = read(content)
    text = content.decode().replace("\r\n", "\n")
    root = outline(text)
    written = _Page(text, order).whole(root)
    if len(written.encode()) > MAX_BYTES:
        raise Refused((Refusal("yaml-size", "in canonical form the file is larger than 1 MiB", _TOO_LARGE, START),))
    if written != text and not _says(written, data, Counter(comments(text, root))):
        raise CannotJudge("the file cannot be formatted without altering what it says", "Please report it.")
    return written.encode()


def _says(written: str, data: object, remarks: Counter[str]) -> bool:
    """Does the text hold that data and these comments, no more and no less?"""
    try:
        return _equal(read(written.encode()), data) and Counter(comments(written, outline(written))) == remarks
    except Refused:
        return False


def _equal(one: object, other: object) -> bool:
    """Do both hold the same data, whatever the order of keys? 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


class _Page:
    """Writes one file anew. Every method gives lines; those of a value come without the indent of the first."""

    def __init__(self, text: str, order: Order) -> None:
        self.text = text
        self.order = order

    def whole(self, root: Node) -> str:
        """The file."""
        begin = root.entries[0].start if root.is_block else root.start
        fixed, lead = _header(self.text[:begin])
        tail = gap(self.text, root.end, len(self.text))
        while tail.lines and not tail.lines[-1].text:
            tail.lines.pop()
        if root.is_block:
            lines = self.collection(root, 0, tail, (), lead)
        elif self.unfolds(root, ()):
            opened, closed = self.inside(root)
            lines = self.collection(root, 0, closed.followed_by(tail), (), [*lead, *opened.all_sides()])
        else:
            lines = [*printed(lead, 0), *self.value(root, 0, 0, ())]
            lines[-1] += tail.inline
            lines += printed(tail.lines, 0)
        return "\n".join([*fixed, *_closed(lines), ""])

    def collection(self, node: Node, indent: int, tail: Gap, steps: Steps, lead: list[Side]) -> list[str]:
        """A mapping or list line by line; `tail` is what follows it, `lead` what stands above its first entry."""
        level = -1 if node.flow else column(self.text, node.entries[0].start)
        units: list[list[str]] = []
        for position, entry in enumerate(node.entries):
            is_last = position == len(node.entries) - 1
            after = tail if is_last else gap(self.text, entry.value.end, node.entries[position + 1].start)
            own, rest = after.split(self._threshold(entry.value, level))
            below = 0 if is_last else _adjacent(rest)
            step = entry.key.text if entry.key else position
            lines = [*printed(lead, indent), *self.entry(entry, indent, own, (*steps, step))]
            units.append([*lines, *printed(rest[:below], indent)])
            lead = rest[below:]
        if node.shape == "mapping":
            units = [units[at] for at in self.arranged(node, steps)]
        lines = without_leading_blanks([line for unit in units for line in unit])
        return [*lines, *printed(lead, indent)]

    def entry(self, entry: Entry, indent: int, own: Gap, steps: Steps) -> list[str]:
        """One entry with what follows it on its line, and the comments below that are indented deeper."""
        margin = " " * indent
        if entry.key is None:
            has_dash = self.text[entry.start] == "-" and entry.start < entry.value.start
            inner = gap(self.text, entry.start + has_dash, entry.value.start)
            return self.attached(f"{margin}-", entry.value, indent, inner, own, steps)
        inner = gap(self.text, entry.key.end, entry.value.start)
        above: list[str] = []
        if self.text[entry.start] == "?" and entry.start < entry.key.start:
            asked = gap(self.text, entry.start + 1, entry.key.start)
            above = printed([*asked.all_sides(), *inner.all_sides()], indent)
            inner = Gap()
        key = spelled(self.text, entry.key, flow=False)
        if len(key) > _LONGEST_KEY:
            above.append(f"{margin}? {key}")
            key = ""
        return [*above, *self.attached(f"{margin}{key}:", entry.value, indent, inner, own, steps)]

    def attached(self, head: str, value: Node, indent: int, inner: Gap, own: Gap, steps: Steps) -> list[str]:
        """A value behind its `key:` or dash."""
        deeper = indent + _STEP
        if value.is_block or self.unfolds(value, steps):
            if value.flow:
                opened, closed = self.inside(value)
                inner, own = inner.followed_by(opened), closed.followed_by(own)
            lead = [*inner.continued, *inner.lines]
            while lead and not lead[0].text:
                del lead[0]
            nested = self.collection(value, deeper, own, steps, lead)
            if head.endswith("-") and not inner.inline and nested[0].lstrip(" ")[0] != "#":
                return [f"{head} {nested[0].lstrip(' ')}", *nested[1:]]
            return [head + inner.inline, *nested]
        if value.is_missing:
            lines = [head]
        elif inner.inline or inner.breaks:
            body = self.value(value, indent, deeper, steps)
            lines = [head + inner.inline, *printed(inner.comments, deeper), " " * deeper + body[0], *body[1:]]
        else:
            body = self.value(value, indent, len(head) + 1, steps)
            lines = [f"{head} {body[0]}", *body[1:]]
        if own.inline:
            lines += printed(own.continued, len(lines[-1]) + len(own.inline) - len(own.inline.lstrip()))
            lines[-1 - len(own.continued)] += own.inline
        # deeper comments right below a block text would become a part of it
        return lines + printed(own.lines, indent if value.style in ("|", ">") else deeper)

    def value(self, node: Node, indent: int, at: int, steps: Steps) -> list[str]:
        """A single value, or one in brackets, that begins in column `at`, in an entry that is indented so far."""
        if node.style in ("|", ">"):
            return block_lines(self.text, node, indent + _STEP)
        if not is_spread(self.text, node):
            return [flow_line(self.text, node, steps, self.arranged, flow=False)]
        if node.shape == "scalar":
            return folded_lines(self.text[node.start : node.end], indent + _STEP)
        return spread_lines(self.text, node, steps, self.arranged, indent + _STEP, at)

    def arranged(self, node: Node, steps: Steps) -> list[int]:
        """The positions of the entries of a mapping in the order that they shall have."""
        rank = {key: place for place, key in enumerate(self.order(steps))}
        keys = [entry.key.text if entry.key else "" for entry in node.entries]
        return sorted(range(len(keys)), key=lambda at: rank.get(keys[at], len(rank)))

    def unfolds(self, node: Node, steps: Steps) -> bool:
        """Is it in brackets over several lines, with keys out of order? Only line by line can these be moved."""
        if not node.flow or not node.entries or not is_spread(self.text, node):
            return False
        if node.shape == "mapping" and self.arranged(node, steps) != list(range(len(node.entries))):
            return True
        return any(
            self.unfolds(entry.value, (*steps, entry.key.text if entry.key else position))
            for position, entry in enumerate(node.entries)
        )

    def inside(self, node: Node) -> tuple[Gap, Gap]:
        """What stands behind an opening bracket, and before the closing one."""
        opened = gap(self.text, node.start + 1, node.entries[0].start)
        return opened, gap(self.text, node.entries[-1].value.end, node.end - 1)

    def _threshold(self, value: Node, level: int) -> int:
        """From which column on a comment below an entry belongs into it; -1 where none does."""
        if level < 0:
            return -1
        if value.is_block:
            return max(column(self.text, value.entries[0].start), level + 1)
        return level + 1


def _closed(lines: list[str]) -> Iterator[str]:
    """Without the empty lines that a block text above would take for its own."""
    is_open = False
    for line in lines:
        if line or not is_open or isinstance(line, Open):
            yield line
        is_open = isinstance(line, Open) or (is_open and not line)


def _adjacent(rest: list[Side]) -> int:
    """How many of the lines between two entries belong to the upper one: comments that an empty line ends."""
    if not rest or not rest[0].text:
        return 0
    return next((at for at, side in enumerate(rest) if not side.text), 0)


def _header(before: str) -> tuple[list[str], list[Side]]:
    """What stays at the top whatever comes first: up to a `---`, then the first block of comments; and the rest."""
    *lines, last = before.split("\n")
    shown = [line.strip() for line in lines] + ([last.strip()] if last.strip() else [])
    marker = next((at + 1 for at, line in enumerate(shown) if line.startswith("---")), 0)
    comment = next((at for at in range(marker, len(shown)) if shown[at]), len(shown))
    blanks = [at + 1 for at in range(comment, len(shown)) if not shown[at]]
    cut = blanks[-1] if blanks else len(shown)
    return without_leading_blanks(shown[:cut]), [Side(0, line) for line in shown[cut:]]
