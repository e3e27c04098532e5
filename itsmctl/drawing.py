"""Plain text for people: rows, tables, prose, quoted blocks. Escapes whatever it is given; knows nothing of records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from itsmctl.escape import at_line_start, columns, cut, fold, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NARROW = 60  # columns of a terminal on which a long word gets a line of its own
_NARROWEST = 20  # columns of text that are kept on however narrow a terminal


def prose(text: str, width: int, indent: int = 0) -> list[str]:
    """Paragraphs folded to `width` columns; they are parted by empty lines, single line breaks carry no meaning."""
    room = max(width - indent, _NARROWEST)
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        folded = fold(visible(" ".join(paragraph.split()), longest=10_000), room)
        lines += ([""] if lines else []) + [f"{' ' * indent}{at_line_start(line)}".rstrip() for line in folded]
    return lines


def parted(text: str) -> tuple[str, tuple[str, ...]]:
    """Advice as (its prose, the lines of its example): what is indented is an example, kept as it is.

    The example loses the indentation that all of its lines share.
    """
    lines = text.split("\n")
    example = [line.rstrip() for line in lines if line.startswith("  ") and line.strip()]
    said = "\n".join(line for line in lines if not line.startswith("  ")).strip()
    left = min((len(line) - len(line.lstrip()) for line in example), default=0)
    return said, tuple(line[left:] for line in example)


def advice(text: str, width: int, indent: int = 0) -> list[str]:
    """Prose, then its example, if it has one, as lines to copy."""
    said, example = parted(text)
    return [*prose(said, width, indent), *(code("\n".join(example), width, indent + 4) if example else [])]


def quoted(text: str, indent: int = 2) -> list[str]:
    """Lines as they are written, escaped one by one."""
    return [f"{' ' * indent}{at_line_start(visible(line))}".rstrip() for line in text.rstrip("\n").split("\n")]


def code(text: str, width: int, indent: int, longest: int = 10_000) -> list[str]:
    """Lines as they are written, escaped; longer ones are folded, and go on two columns to the right.

    `longest`: code points of a line that are shown.
    """
    lines = []
    for written in text.strip("\n").split("\n"):
        bare = visible(written, longest)
        left = indent + len(bare) - len(bare.lstrip())
        head, *rest = fold(bare.strip(), max(width - left - 2, _NARROWEST), first=max(width - left, _NARROWEST))
        lines += [f"{' ' * left}{at_line_start(head)}".rstrip(), *(f"{' ' * left}  {line}" for line in rest)]
    return lines


_WORDS = r"(?:[^\s'\"]|'[^']*'|\"[^\"]*\")+|['\"]"
"""The words of a command line, as far as a shell parts them; what stands in quotes stays together."""


def command(text: str, width: int, indent: int = 0) -> list[str]:
    """A command line that can be copied: too long a one goes on below, behind the sign that tells a shell so."""
    room = max(width - indent - 2, _NARROWEST)
    head, *words = [visible(word, longest=10_000) for word in re.findall(_WORDS, text)] or [""]
    lines = [head]
    for word in words:
        if columns(lines[-1]) + 1 + columns(word) > room:
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}"
    left = " " * indent
    return [*(f"{left}{line} \\" for line in lines[:-1]), f"{left}{lines[-1]}"]


def rows(pairs: Iterable[tuple[str, str]], width: int, indent: int = 2) -> list[str]:
    """`name  text` with all texts in one column and folded there; pairs without a text are left out.

    Where names would take more than half of the width, each text stands below its name.
    """
    kept = [(name, text) for name, text in pairs if text]
    widest = max((columns(visible(name)) for name, _ in kept), default=0)
    if indent + widest + 2 <= width // 2:
        return table(kept, width, indent, wrap=True)
    return [line for name, text in kept for line in (*prose(name, width, indent), *prose(text, width, indent + 4))]


def table(
    entries: Sequence[Sequence[str]], width: int, indent: int = 2, heads: Sequence[str] = (), *, wrap: bool = False
) -> list[str]:
    """Columns two blanks apart, under `heads` if there are any. The last one is cut where too long, or folded.

    Where there is no room for columns, each entry stands by itself: with heads as its first cell with rows below, else
    as its last cell below the others. Then nothing is cut.
    """
    shown = [[visible(cell) for cell in entry] for entry in ((heads, *entries) if heads else entries)]
    if not shown:
        return []
    widths = [max(columns(entry[at]) for entry in shown) for at in range(len(shown[0]))]
    left = indent + sum(widths[:-1]) + 2 * (len(widths) - 1)
    if left + min(widths[-1], _NARROWEST) > width and len(widths) > 1:
        return [line for entry in entries for line in _alone(entry, heads, width, indent)]
    room = max(width - left, 1)
    lines = []
    for entry in shown:
        start = "  ".join(_padded(cell, widths[at]) for at, cell in enumerate(entry[:-1]))
        if not wrap:
            lines.append(_line(start, cut(entry[-1], room), indent))
        elif width < _NARROW and start and left > indent + 4 and max(map(columns, entry[-1].split()), default=0) > room:
            lines += [_line(start, "", indent), *prose(entry[-1], width, indent + 4)]
        else:
            head, *rest = fold(entry[-1], room)
            lines += [_line(start, head, indent), *(" " * left + line for line in rest)]
    return lines


def _line(start: str, text: str, indent: int) -> str:
    return f"{' ' * indent}{at_line_start(f'{start}  {text}' if start else text)}".rstrip()


def _alone(entry: Sequence[str], heads: Sequence[str], width: int, indent: int) -> list[str]:
    """An entry of a table for which there is no room."""
    first = entry[0]
    deeper = indent + len(first) - len(first.lstrip(" "))
    if heads:
        return [*prose(first, width, deeper), *rows(zip(heads[1:], entry[1:], strict=True), width, deeper + 2)]
    names, last = "  ".join(filter(None, entry[:-1])), entry[-1]
    body = code(last, width, deeper + 4) if last.startswith(" ") else prose(last, width, deeper + 4)
    return [*(prose(names, width, deeper) if names.strip() else []), *body]


def grid(entries: Sequence[Sequence[str]], width: int, heads: Sequence[str], indent: int = 0) -> list[str]:
    """A table whose last column is folded, without the columns in which nothing stands."""
    used = [at for at in range(len(heads)) if any(entry[at] for entry in entries)]
    kept = [[entry[at] for at in used] for entry in entries]
    return table(kept, width, indent, [heads[at] for at in used], wrap=True) if used else []


def titled(name: str, title: str, width: int, indent: int = 0) -> list[str]:
    """`name  title`, the title folded beside the name, or below it where there is little room beside."""
    if indent + columns(visible(name)) + 2 <= width * 2 // 3:
        return table([(name, title)], width, indent, wrap=True)
    return [*prose(name, width, indent), *prose(title, width, indent + 2)]


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 record`, `2 records`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def an(noun: str) -> str:
    """The noun behind its article: `a Service`, `an Incident`."""
    return f"{'an' if noun[:1] in 'AEIOaeio' else 'a'} {noun}"


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
