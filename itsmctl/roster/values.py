"""The values that a roster speaks: Fault, Member, KeyEntry, Standing, Owner. They decide nothing but what they hold."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

KINDS = ("Person", "Role", "Delegation")
"""What a roster is read from."""


class Fault(Struct, frozen=True):
    """Something that keeps the roster from being relied on: where it stands, and what it is."""

    path: str
    pointer: str
    says: str


class Member(Struct, frozen=True):
    """One Person. `active`: in state active, and the day lies between the first and the last day here."""

    name: str
    type: str  # human or bot
    state: str
    active: bool
    path: str

    @property
    def is_bot(self) -> bool:
        """An automation contributes, and never votes."""
        return self.type != "human"


class KeyEntry(Struct, frozen=True):
    """One signing key and when its signatures count. All times are in UTC; None: nothing is said."""

    person: str
    public_key: str
    valid_from: datetime | None
    valid_until: datetime | None = None
    retired_at: datetime | None = None
    compromised_since: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Does the key sign at that time?"""
        ends = (self.valid_until, self.retired_at, self.compromised_since)
        return (self.valid_from is None or self.valid_from <= now) and all(end is None or now < end for end in ends)


class Standing(Struct, frozen=True):
    """That a person may vote in a role. `via`: the holder for whom they act; "" for a holder."""

    role: str
    via: str = ""


class Acting(Struct, frozen=True):
    """A delegation in force, by names of today. `until`: its last day."""

    name: str
    delegator: str
    delegate: str
    roles: frozenset[str]
    until: str

    @property
    def says(self) -> str:
        """That it is, in words."""
        return f"delegation {self.name} is in force until {self.until}"


class Owner(Struct, frozen=True):
    """Who answers for a record. `ref`: Role/name or Person/name, "" for nobody; `persons`: who can agree as the owner.

    `instead_of`: the owner that the record names, where nobody active holds it and the settings' fallback steps in.
    """

    ref: str
    persons: tuple[str, ...]
    instead_of: str = ""
