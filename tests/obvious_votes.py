"""Votes for the obvious checker: which statements stand where, which verify, and which of a person's is the latest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obvious_git import STATEMENT, Tree, digest

if TYPE_CHECKING:
    from obvious import Case


@dataclass
class Ballot:
    """A statement that verifies."""

    person: str
    change: str
    decision: str
    repository: str
    target: str
    content: dict[str, Any]
    lines: dict[str, tuple[str | None, str | None]]
    subject: str
    digest: str
    prev: str | None
    path: str  # where it was found; "" outside of the repository
    counts: bool  # not expired, not on a draft, not of a forked chain; role held that it claims


def ballots(case: Case, trees: list[Tree], folder: Path | None) -> tuple[list[Ballot], set[str]]:
    """The latest decision of each person on each change (all of a forked chain), and the places of what is broken."""
    pairs: set[tuple[str, bytes, bytes]] = set()
    for tree in trees:
        for path in tree.files:
            if STATEMENT.fullmatch(path):
                sig = case.place.content(tree, f"{path}.sig") if f"{path}.sig" in tree.files else b""
                pairs.add((path, case.place.content(tree, path), sig))
            elif path.startswith("approvals/") and path.removesuffix(".sig") not in tree.files:
                pairs.add((path.removesuffix(".sig"), b"", b""))
    for file in sorted(folder.glob("*.json")) if folder else []:
        pairs.add(("", file.read_bytes(), file.with_name(f"{file.name}.sig").read_bytes()))
    found: dict[tuple[str, str], dict[str, Ballot]] = {}
    broken = set()
    for path, message, sig in pairs:
        ballot = read(case, path, message, sig)
        if ballot is None:
            broken.add(path)
        else:
            found.setdefault((ballot.person, ballot.change), {})[ballot.digest] = ballot
    kept = [one for chain in found.values() for one in latest(list(chain.values()))]
    return kept, broken


def latest(chain: list[Ballot]) -> list[Ballot]:
    """The end of the chain; of a chain with a fork all, and no approval in it counts."""
    befores = Counter(one.prev for one in chain)
    if max(befores.values()) > 1:
        for one in chain:
            one.counts = False
        return chain
    ends = [one for one in chain if one.digest not in befores]
    if len(ends) != 1:
        for one in ends:
            one.counts = False
    return ends


def read(case: Case, path: str, message: bytes, signature: bytes) -> Ballot | None:
    """The statement, if it is somebody's who may sign today, and stands in its place."""
    try:
        data = json.loads(message)
        said = data["predicate"]
        ballot = Ballot(
            said["person"],
            said["change"],
            said["decision"],
            said["repository"],
            said["target"],
            said["content"],
            {f"{one['kind']}/{one['name']}": (one["before"], one["after"]) for one in said["lines"]},
            data["subject"][0]["digest"]["sha256"],
            hashlib.sha256(message).hexdigest(),
            said["prev"],
            path,
            True,
        )
        issued, expires = datetime.fromisoformat(said["issued_at"]), said["expires_at"]
        over = expires is not None and datetime.fromisoformat(expires) <= case.now
        lines = [{key: one[key] for key in ("kind", "name", "before", "after")} for one in said["lines"]]
        subject = digest(
            {
                "change": ballot.change,
                "repository": ballot.repository,
                "target": ballot.target,
                "content": ballot.content,
                "lines": sorted(lines, key=lambda one: (one["kind"], one["name"])),
            }
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    place = f"approvals/{ballot.change}/{ballot.person}-{ballot.digest[:12]}.json"
    if (
        subject != ballot.subject
        or data["subject"][0]["name"] != f"ChangeRequest/{ballot.change}"
        or path not in ("", place)
    ):
        return None
    keys = keys_of(case, ballot.person)
    if not keys or not case.place.verifies(message, signature, ballot.person, keys):
        return None
    if over or said["seen"].get("state") == "draft" or issued > case.now + timedelta(minutes=5):
        ballot.counts = False
    if said["role"] and not case.in_role(ballot.person, said["role"]):
        ballot.counts = False
    return ballot


def keys_of(case: Case, person: str) -> list[str]:
    """Keys of the person at the base that count now, and are nobody else's."""
    found = []
    everybody = [
        (ref.partition("/")[2], key)
        for ref, data in case.base.records.items()
        if ref.startswith("Person/")
        for key in data["spec"].get("keys", [])
    ]
    for name, key in everybody:
        until = [key[one] for one in ("valid_until", "retired_at", "compromised_since") if one in key]
        now = case.now
        current = datetime.fromisoformat(key["valid_from"]) <= now and all(
            now < datetime.fromisoformat(one) for one in until
        )
        owners = {other for other, one in everybody if one["public_key"] == key["public_key"]}
        if name == person and current and owners == {person}:
            found.append(key["public_key"])
    return found
