"""The shelf of formats: each turns a report into text and does nothing else.

A new format is one module with `ABOUT` and `write`, one line to import it and one to name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from itsmctl.formats import concise, github, json_, junit, sarif, text
from itsmctl.formats.look import Look

if TYPE_CHECKING:
    from itsmctl.findings import Report

__all__ = ["FORMATS", "Format", "Look"]


class Format(Protocol):
    """What a module on this shelf offers."""

    ABOUT: str
    """For whom it is, in a few words: help texts and docs come from it."""

    def write(self, report: Report, look: Look) -> str:
        """The report as text that ends in a line break: the same text for the same report and look.

        Record text in it is hostile and stands escaped. May hold no lone surrogate, so that UTF-8 can encode it.
        """


FORMATS: dict[str, Format] = {
    "text": text,
    "concise": concise,
    "json": json_,
    "sarif": sarif,
    "github": github,
    "junit": junit,
}
