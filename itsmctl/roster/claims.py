"""What persons say is theirs: addresses, keys, accounts. What two of them claim is nobody's, and a fault."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec import Struct

from itsmctl.records import Record
from itsmctl.roster.values import Fault, KeyEntry
from itsmctl.snapshot import Snapshot

_PUBLIC = {"github": "github.com", "gitlab": "gitlab.com", "gitea": "gitea.com", "forgejo": "codeberg.org"}


def fingerprint(public_key: str) -> str:
    """SHA256:… of a public key as the .pub file holds it, as `ssh-keygen -l` prints it. Raises ValueError."""
    words = public_key.split()
    if len(words) < 2:
        raise ValueError("a public key is its type and its text, with a blank between them")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the text of the key is no base64") from None
    size = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + size] != words[0].encode():
        raise ValueError(f"the text is not that of a key of type {words[0]}")
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class Claims(Struct, frozen=True):
    """All that the persons say is theirs: what → (who says so, where it stands, the entry) each."""

    emails: dict[Hashable, list[tuple[Record, str, str]]]
    keys: dict[Hashable, list[tuple[Record, str, KeyEntry]]]
    accounts: dict[Hashable, list[tuple[Record, str, str]]]
    broken: list[Fault]

    @classmethod
    def of(cls, persons: tuple[Record, ...]) -> Claims:
        """What these persons, whose records are sound, claim."""
        found = cls({}, {}, {}, [])
        for person in persons:
            spec, name = person.data["spec"], person.name
            for place, address in enumerate(spec["emails"]):
                claim = (person, f"/spec/emails/{place}", name)
                found.emails.setdefault(address.casefold(), []).append(claim)
            for place, one in enumerate(spec.get("accounts", ())):
                account = account_of(one["forge"], one.get("host", ""), one["id"])
                found.accounts.setdefault(account, []).append((person, f"/spec/accounts/{place}", name))
            for place, key in enumerate(spec.get("keys", ())):
                found._take_key(person, f"/spec/keys/{place}", key)
        return found

    def _take_key(self, person: Record, pointer: str, key: Mapping[str, Any]) -> None:
        try:
            computed = fingerprint(key["public_key"])
            times = {name: _instant(key[name]) for name in _TIMES if name in key}
        except (ValueError, OverflowError) as error:
            self.broken.append(Fault(person.path, pointer, f"a key of {person.ref} cannot be used: {error}"))
            return
        if key.get("fingerprint", computed) != computed:
            says = f"the key of {person.ref} has the fingerprint {computed}, and not the one that stands beside it"
            self.broken.append(Fault(person.path, f"{pointer}/fingerprint", says))
        entry = KeyEntry(person.name, key["public_key"], times.pop("valid_from", None), **times)
        self.keys.setdefault(computed, []).append((person, pointer, entry))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What does not belong to one person alone, where the later one claims it; and keys that are none."""
        found = list(self.broken)
        for claims in (self.emails, self.accounts):
            for what, held in claims.items():
                says = " ".join(str(part) for part in what if part) if isinstance(what, tuple) else str(what)
                first = held[0][0]
                found += [
                    Fault(other.path, pointer, f"{says} is claimed by {first.ref} and {other.ref}, so it is nobody's")
                    for other, pointer, _ in held
                    if other is not first
                ]
        for what, keys in self.keys.items():
            first = keys[0][0]
            for other, pointer, _ in keys[1:]:
                says = "is written twice" if other is first else f"is held by {first.ref} and {other.ref}"
                found.append(Fault(other.path, pointer, f"the key {what} {says}, so it is nobody's"))
        return tuple(found)


def claimed(snapshot: Snapshot) -> tuple[Fault, ...]:
    """See Claims.faults, of the persons of a snapshot."""
    return Claims.of(tuple(one for one in snapshot.by_kind.get("Person", ()) if one.sound)).faults


_TIMES = ("valid_from", "valid_until", "retired_at", "compromised_since")

Entry = TypeVar("Entry")


def settled(claims: Mapping[Hashable, list[tuple[Record, str, Entry]]]) -> dict[Any, Entry]:
    """What one person alone claims. An address may stand twice in one record; a key may not."""
    return {
        what: held[0][2]
        for what, held in claims.items()
        if len({record.name for record, _, _ in held}) == 1 and (len(held) == 1 or not isinstance(held[0][2], KeyEntry))
    }


def account_of(forge: str, host: str, account: int) -> tuple[str, str, int]:
    """An account as it is looked up: the public host of a forge may be written out, or left out."""
    folded = host.casefold()
    return forge, "" if folded == _PUBLIC.get(forge) else folded, account


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
