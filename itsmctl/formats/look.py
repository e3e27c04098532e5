"""How a report is to look: handed in by the command line, so that formats ask no terminal and no environment."""

from __future__ import annotations

from msgspec import Struct

_LONGEST_LINE = 100
_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "strong": "1",
    "frame": "36",
}


class Look(Struct, frozen=True):
    """What the reader asked for. Formats for programs (json, sarif, junit) say everything and heed none of it."""

    color: bool = False  # ANSI colours
    width: int = 100  # columns of the terminal
    verbose: int = 0  # 1: waived findings, ids of rules that did not run, reasons of waivers
    quiet: bool = False  # one line for each finding and nothing else
    statistics: bool = False  # counts by rule
    base: str = ""  # the governed root as seen from the current folder: paths shown to people begin with it
    web: str = ""  # where a forge shows the files of this commit, "https://…/blob/1a2b3c4/": links begin with it

    @property
    def prose(self) -> int:
        """Columns that running text may take: longer lines are hard to read, however wide the terminal."""
        return min(self.width, _LONGEST_LINE)

    def paint(self, style: str, text: str) -> str:
        """`text` in a style (a severity, `strong`, `frame`), where colours are wanted."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text
