"""How help texts are laid out: as narrow as the terminal is, no word cut, and commands as lines to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer import Typer
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup
from typer.models import Context

from itsmctl.cli import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MARGIN = 2
_NARROW = 60  # columns below which names of options and what they do have no room side by side


class Page(HelpFormatter):
    """A page of help. Its own maker of paragraphs would cut commands at their dashes, and be 50 columns wide."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        super().__init__(indent_increment, width or max(say.width() - _MARGIN, 20), max_width)

    def write_text(self, text: str) -> None:
        """Paragraphs, folded between words."""
        told = [self._paragraph(one) for one in text.strip("\n").split("\n\n")]
        self.write("\n\n".join("\n".join(lines) for lines in told) + "\n")

    def _paragraph(self, text: str) -> list[str]:
        from itsmctl import drawing

        left = self.current_indent + len(text) - len(text.lstrip(" "))
        if text.lstrip().startswith("itsmctl "):
            return drawing.command(text.strip(), self.width, left)
        return drawing.prose(text, self.width, left)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names with what they mean; below each other where there is little room."""
        if self.width >= _NARROW:
            super().write_dl(rows, col_max, col_spacing)
            return
        from itsmctl import drawing

        for name, said in rows:
            lines = [*drawing.prose(name, self.width, 2), *(drawing.prose(said, self.width, 6) if said else [])]
            self.write("\n".join(lines) + "\n")


class _Context(Context):
    formatter_class = Page


class Command(TyperCommand):
    """A command with such pages."""

    context_class = _Context


class Group(TyperGroup):
    """A group of commands with such pages."""

    context_class = _Context


class Shelf(Typer):
    """Takes commands as a Typer does, and gives them such pages."""

    def command(self, name: str | None = None, **told: Any) -> Callable[[Any], Any]:
        """See Typer.command."""
        return super().command(name, cls=Command, **told)
