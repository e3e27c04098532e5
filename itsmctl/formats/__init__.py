"""The shelf of formats: each turns a report into text and does nothing else.

A new format is one module with `ABOUT`, `write` and `failed`, one line to import it and one to name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from itsmctl.formats import (
    checkstyle,
    concise,
    csv_,
    github,
    gitlab,
    json_,
    junit,
    markdown,
    rdjson,
    sarif,
    text,
)
from itsmctl.formats.failure import Failure
from itsmctl.formats.look import Look

if TYPE_CHECKING:
    from itsmctl.findings import Report

__all__ = ["FORMATS", "Failure", "Format", "Look"]


class Format(Protocol):
    """What a module on this shelf offers."""

    ABOUT: str
    """For whom it is, in a few words: help texts and docs come from it."""

    def write(self, report: Report, look: Look) -> str:
        """The report as text that ends in a line break: the same text for the same report and look.

        Record text in it is hostile and stands escaped. May hold no lone surrogate, so that UTF-8 can encode it.
        """

    def failed(self, failure: Failure) -> str:
        """What a file holds where a run came to no verdict; nothing: no file, least of all an older one."""


FORMATS: dict[str, Format] = {
    "text": text,
    "concise": concise,
    "json": json_,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
    "markdown": markdown,
    "checkstyle": checkstyle,
    "rdjson": rdjson,
    "csv": csv_,
}
