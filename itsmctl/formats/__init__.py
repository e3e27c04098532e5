"""The shelf of formats: each turns a report into text and does nothing else.

A new format is one module with `ABOUT`, `write` and `failed`, and one line to name it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

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


class _Shelf(Mapping[str, Format]):
    """Name → module, which is imported when it is asked for: a run needs one or two of them."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules

    def __getitem__(self, name: str) -> Format:
        return cast("Format", import_module(f"{__name__}.{self._modules[name]}"))

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


FORMATS: Mapping[str, Format] = _Shelf(
    {
        "text": "text",
        "concise": "concise",
        "json": "json_",
        "sarif": "sarif",
        "github": "github",
        "gitlab": "gitlab",
        "junit": "junit",
        "markdown": "markdown",
        "checkstyle": "checkstyle",
        "rdjson": "rdjson",
        "csv": "csv_",
    }
)
