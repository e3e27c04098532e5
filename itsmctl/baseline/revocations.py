"""Since when a key was ever said to be somebody else's, too: by any version of a Person in history. Reads git.

A revocation stays, whoever takes its line out of the record again: nobody can make a key their own a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from itsmctl import yamltext
from itsmctl.records import ROOT, value_at
from itsmctl.roster import fingerprint

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench

_PERSONS = f"{ROOT}/persons"
_WORD = b"compromised_since"


def ever(bench: Bench, tip: str, prefix: str) -> dict[str, datetime]:
    """Fingerprint (SHA256:…) → the earliest compromised_since that any commit up to `tip`, on any line, wrote of it."""
    edits = bench.repo.edits(tip, prefix + _PERSONS)
    blobs = {edit.after for held in edits.values() for edit in held if edit.after}
    found: dict[str, datetime] = {}
    for content in bench.contents(sorted(blobs), yamltext.MAX_BYTES + 1).values():
        if _WORD in content or b"\\" in content:  # the word may be written with escapes
            for key, since in _said(content):
                found[key] = min(since, found.get(key, since))
    return found


def _said(content: bytes) -> Iterator[tuple[str, datetime]]:
    """(fingerprint, since when) of each key of a record, sound or not, that is said to be compromised."""
    try:
        read = yamltext.read(content)
        keys = value_at(read, "/spec/keys") if value_at(read, "/kind") == "Person" else None
    except yamltext.Refused:
        return
    for one in keys if isinstance(keys, list) else ():
        public, since = value_at(one, "/public_key"), value_at(one, f"/{_WORD.decode()}")
        try:
            yield fingerprint(str(public)), datetime.fromisoformat(str(since)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
