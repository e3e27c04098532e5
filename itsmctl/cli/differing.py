"""Compares two baselines for a command, and prints that in a shape. Decides nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.cli import say

if TYPE_CHECKING:
    from itsmctl.authorising import Answers
    from itsmctl.baseline.explaining import Comparison
    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.lapsed import Lapsed
    from itsmctl.baseline.place import Place

SHAPES = ("text", "json", "markdown", "csv", "html")
"""What a comparison can be printed as."""


def compared(found: Comparison, shape: str) -> str:
    """A comparison in one of the shapes."""
    from itsmctl.baseline import pages
    from itsmctl.escape import json_text

    if shape == "text":
        return pages.text(found, say.width())
    if shape == "json":
        return json_text(pages.data(found))
    return {"markdown": pages.markdown, "csv": pages.csv_text, "html": pages.html}[shape](found)


def comparison(place: Place, one: Manifest, other: Manifest) -> Comparison:
    """Both held against each other, as the gate would have let changes through, on votes that are still there."""
    from itsmctl.baseline import explaining

    @cache
    def answers() -> Answers:
        from itsmctl import authorising  # long to import, and equal baselines ask nothing of it

        return authorising.Answers(place, other.source.commit, since=one.source.commit)

    @cache
    def lapsed() -> Lapsed:
        from itsmctl.baseline.lapsed import Lapsed

        return Lapsed(place)

    def authorised(change: str, parent: str, commit: str, refs: frozenset[str]) -> tuple[str, bool]:
        lack = answers().lack(change, parent, commit, refs)
        return lack if lack[0] else (lapsed().lack(change, commit), False)

    found = explaining.compare(place, one, other, authorised)
    named = [name for each in found.differences if each.standing == "explained" for name in each.changes]
    return replace(found, since=tuple(lapsed().undone(named))) if named else found
