"""A snapshot made of another one is what it would be if every file were read anew, and so is all that follows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from court import path_of, record

from itsmctl import rulebook, snapshot, sources, yamltext
from itsmctl.gitdiscovery import discover

if TYPE_CHECKING:
    from court import Court

    from itsmctl.snapshot import Snapshot

WORKED_OUT = ("by_kind", "by_path", "formerly", "marks", "referrers", "_leaning")
"""What is worked out from all records when it is first asked for."""

NAMES = tuple(f"item-{number}" for number in range(8))


def item(chance: random.Random, name: str) -> dict[str, Any]:
    """An item that refers to others, some of them twice or by a former name, to a role and to a class."""
    targets = chance.choices([*NAMES, "former-1", "gone"], k=chance.randint(0, 4))
    relations = [{"type": "depends-on", "target": target} for target in targets]
    spec = {"type": "database", "state": "live", "version": str(chance.randint(1, 3)), "environment": "production"}
    owner = chance.choice(("Role/database-team", "Role/service-manager"))
    former = {"formerly": [chance.choice(("former-1", "former-2"))]} if chance.random() < 0.2 else {}
    return record("ConfigurationItem", name, spec | ({"relations": relations} if relations else {}), owner, **former)


def work(court: Court, chance: random.Random) -> str:
    """A commit that adds, edits, moves and removes at random."""
    for name in chance.sample(NAMES, 3):
        path = court.repo.path / path_of(f"ConfigurationItem/{name}")
        if path.exists() and chance.random() < 0.3:
            path.unlink()
        else:
            court.put(item(chance, name))
    if chance.random() < 0.3:
        secret = {"pin": {"type": "string", "description": "Pin.", "writeOnly": True}} if chance.random() < 0.5 else {}
        spec = {"selection": "Databases.", "attributes": secret, "control": {"level": "basic"}}
        court.put(record("CIType", "database", spec))
    if chance.random() < 0.3:
        court.edit("Service/loans", {"/spec/components": [{"item": one} for one in chance.sample(NAMES, 2)]})
    return court.commit("rein", "Work")


def read(court: Court, oid: str, memo: snapshot.Memo, near: Snapshot | None = None) -> Snapshot:
    repo = discover(court.repo.path, court.repo.environ)
    assert repo is not None
    if near is not None and isinstance(near.source, sources.Commit):
        repo = near.source.repo
    source = sources.Commit(repo, "", repo.resolve(oid))
    return snapshot.read(source, near.law if near is not None else rulebook.law(source), memo, near)


@pytest.mark.parametrize("seed", range(8))
def test_all_that_follows_is_what_reading_everything_anew_gives(court: Court, seed: int) -> None:
    chance = random.Random(seed)
    memo: snapshot.Memo = {}
    near = read(court, work(court, chance), memo)
    asked = chance.sample(WORKED_OUT, 4)
    made = 0
    for step in range(8):
        for name in asked if step else WORKED_OUT:
            getattr(near, name)
        oid = work(court, chance) if step % 4 != 3 else court.repo.head  # once the same commit again
        found, fresh = read(court, oid, memo, near), read(court, oid, {})
        made += "by_kind" in found.__dict__ or "referrers" in found.__dict__
        assert list(found.records) == list(fresh.records)
        assert found.paths == fresh.paths
        for name in WORKED_OUT:
            one, other = told(getattr(found, name)), told(getattr(fresh, name))
            assert one == other, name
        for ref in fresh.records:
            assert found.dependents(ref) == fresh.dependents(ref)
        near = found
    assert made  # something was handed on, or nothing was tested


def told(found: Any) -> object:
    """With each record as what it is and says; the order of what is in a row counts."""
    if isinstance(found, dict):
        return {key: told(value) for key, value in found.items()}
    if isinstance(found, tuple):
        return tuple(told(one) for one in found)
    if hasattr(found, "classes"):
        return found.classes, found.formerly
    return (found.ref, found.path, yamltext.dump(found.data)) if hasattr(found, "ref") else found
