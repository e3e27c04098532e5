"""One observed thing as an importer hands it on, before anybody said what its columns mean. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

MOST_ROWS = 200_000
"""Things in one file."""

LARGEST = 256 * 1024 * 1024
"""Bytes of one file."""


class Row(Struct, frozen=True):
    """`at`: where it stands, in words (`line 7`, `/components/3`). `values`: column → text; empty ones are left out.

    Holds only columns that were asked for: what nobody maps is never kept.
    """

    at: str
    values: Mapping[str, str]


class Wanted(Struct, frozen=True):
    """What is asked of a file: the columns, and how it is written (keys of the mapping file's `csv`)."""

    columns: frozenset[str]
    options: Mapping[str, str] = field(default_factory=dict)


class Sheet(Struct, frozen=True):
    """An opened file. `rows` reads on as it is asked, and raises CannotJudge where the file cannot be read."""

    rows: Callable[[], Iterator[Row]]


class Importer(Protocol):
    """What a module on the shelf offers. It turns bytes into rows, and knows nothing of records."""

    ABOUT: str
    """What it reads, in a few words."""

    def fits(self, head: bytes) -> bool:
        """Does the file begin like one of these? `head`: its first bytes."""

    def opened(self, content: bytes, path: str, wanted: Wanted) -> Sheet:
        """The rows of the file. Raises CannotJudge, with the place, for all that is not whole and plain."""
