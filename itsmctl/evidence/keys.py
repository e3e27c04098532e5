"""What signed votes need to know of a key, and whether it counts at a time. Values only; the roster holds the keys."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from itsmctl.evidence.statement import instant


class KeyEntry(Protocol):
    """A key of a Person at the base; times are aware, or None where the record says none."""

    @property
    def person(self) -> str:
        """Name of the Person who holds it."""

    @property
    def public_key(self) -> str:
        """`kind base64`, as the record writes it."""

    @property
    def valid_from(self) -> datetime | None:
        """From when on it counts."""

    @property
    def valid_until(self) -> datetime | None:
        """Until when it counts."""

    @property
    def retired_at(self) -> datetime | None:
        """When its holder stopped using it."""

    @property
    def compromised_since(self) -> datetime | None:
        """Since when somebody else may have held it."""


class Keys(Protocol):
    """The roster, as far as it is needed here."""

    def key(self, fingerprint: str) -> KeyEntry | None:
        """The one key with that fingerprint (SHA256:…), or None where it is nobody's, or claimed by two."""

    def today(self, kind: str, name: str) -> str:
        """The name of today of a Person that had another."""


def fault(entry: KeyEntry, now: datetime) -> tuple[str, str] | None:
    """Why the key does not count at that time, as (code, sentence): REVOKED or EXPIRED_KEY; None if it counts.

    It counts in [valid_from, valid_until) and before retired_at; once compromised, nothing that it ever signed does.
    """
    if entry.compromised_since is not None and entry.compromised_since <= now:
        since = instant(entry.compromised_since)
        return "REVOKED", f"the key was somebody else's, too, since {since}: vote again with another key"
    if entry.valid_from is not None and now < entry.valid_from:
        return "EXPIRED_KEY", f"the key counts from {instant(entry.valid_from)} on"
    if entry.retired_at is not None and entry.retired_at <= now:
        return "EXPIRED_KEY", f"the key was retired at {instant(entry.retired_at)}: vote again with another"
    if entry.valid_until is not None and entry.valid_until <= now:
        return "EXPIRED_KEY", f"the key counted until {instant(entry.valid_until)}: vote again with another"
    return None


def until(entry: KeyEntry) -> datetime | None:
    """When the key stops counting, as far as its record says."""
    ends = (entry.valid_until, entry.retired_at, entry.compromised_since)
    return min((end for end in ends if end is not None), default=None)
