"""The shelf of importers: each turns a file of things that were observed into rows. No network, no clock, no records.

A new importer is one module with `ABOUT`, `fits` and `opened`, one line to import it and one to name it here.
"""

from __future__ import annotations

from collections.abc import Mapping

from itsmctl.errors import CannotJudge
from itsmctl.importers import csv_, cyclonedx
from itsmctl.importers.row import LARGEST, MOST_ROWS, Importer, Row, Sheet, Wanted

__all__ = ["IMPORTERS", "LARGEST", "MOST_ROWS", "Importer", "Row", "Sheet", "Wanted", "form_of"]

IMPORTERS: Mapping[str, Importer] = {"cyclonedx": cyclonedx, "csv": csv_}
"""Name of a format → who reads it; asked in this order what a file is."""

_OTHERS = (
    (b"PK\x03\x04", "a spreadsheet or another zip archive", "Save it as CSV, in UTF-8."),
    (b"\xff\xfe", "UTF-16", "Save it as UTF-8: in a spreadsheet, as “CSV UTF-8”."),
    (b"\xfe\xff", "UTF-16", "Save it as UTF-8: in a spreadsheet, as “CSV UTF-8”."),
    (b"%PDF", "a PDF", "Export the list itself, as CSV or CycloneDX JSON."),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet", "Save it as CSV, in UTF-8."),
)


def form_of(content: bytes, path: str) -> str:
    """The name of the format of a file. Raises CannotJudge for an empty file, and for one that nobody here reads."""
    if len(content) > LARGEST:
        raise CannotJudge(f"{path} has more than {LARGEST // 1024 // 1024} MiB", "Split it, and give each part.")
    if not content.strip():
        raise CannotJudge(f"{path} is empty", "Nothing was observed there: export it again.")
    for head, what, hint in _OTHERS:
        if content.startswith(head):
            raise CannotJudge(f"{path} is {what}, which is not read", hint)
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        raise CannotJudge(f"{path} is XML, which is not read", "Convert it to CycloneDX JSON, or export it as such.")
    return next(name for name, importer in IMPORTERS.items() if importer.fits(start))
