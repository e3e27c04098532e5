"""The forms that baselines are written and hashed in, by version. One that was ever used stays as it is, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from itsmctl import canonical

FORMS: Mapping[int, Callable[[object], bytes]] = {1: canonical.canonical}
"""Version → data as canonical bytes. tests/golden/canonical holds what each of them has to give."""

LATEST = 1

LINE = ("kind", "name", "path", "state", "owner", "digest")
"""What of an item the root is over: nothing that depends on git's object format, on schemas, rules or the program."""


def written(data: object, version: int = LATEST) -> bytes:
    """The bytes of a file of ours: canonical JSON and a line feed. Raises ValueError for what has no such form."""
    return FORMS[version](data) + b"\n"


def digest(data: object, version: int = LATEST) -> str:
    """SHA-256 of the canonical form: 64 hexadecimal digits. Raises ValueError as `written` does."""
    return hashlib.sha256(FORMS[version](data)).hexdigest()


def root(items: Iterable[Mapping[str, Any]], version: int = LATEST) -> str:
    """SHA-256 over the items in their order, each a canonical list of LINE and a line feed."""
    form = FORMS[version]
    hashed = hashlib.sha256()
    for item in items:
        hashed.update(form([item[name] for name in LINE]) + b"\n")
    return hashed.hexdigest()


def instant(seconds: int) -> str:
    """A commit's time as baselines write it: RFC 3339 in UTC. Raises ValueError for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{seconds} s after 1970 is no time that can be written down") from None
