"""Persons who vote on a change, for tests: records on disk, votes as values, and the question that they answer."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import canonical, rulebook, snapshot, sources, votes
from itsmctl.gate.applying import Setting
from itsmctl.gate.ballots import Box, Reviewed
from itsmctl.gate.model import Touched
from itsmctl.gate.rules import Answer, judge_rules
from itsmctl.gate.subject import approvable
from itsmctl.gate.weighing import Question
from itsmctl.roster import Roster
from itsmctl.rulebook import Rulebook
from itsmctl.snapshot import Snapshot
from itsmctl.votes import Evidence, FieldMove, Line, NoVote, Vote

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TARGET = "refs/heads/main"
REPOSITORY = "test-services"
ITEM = "ConfigurationItem/db-01"
CHANGE = "CHG-2026-0001"

Data = dict[str, Any]


def key_of(name: str) -> str:
    """A public key that is nobody else's. It has no private half."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + hashlib.sha256(name.encode()).digest()
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def record(kind: str, name: str, spec: Data, owner: str | None = "Role/steering") -> Data:
    metadata = {"name": name, "title": f"{kind} {name}", **({"owner": owner} if owner else {})}
    return {"apiVersion": "itsm/v1", "kind": kind, "metadata": metadata, "spec": spec}


def person(name: str, **spec: Any) -> Data:
    key = {"public_key": key_of(name), "valid_from": "2020-01-01T00:00:00Z"}
    held = {"type": "human", "state": "active", "emails": [f"{name}@example.org"], "keys": [key], **spec}
    return record("Person", name, held)


def role(name: str, *holders: str | Data, **spec: Any) -> Data:
    held = [{"person": one, "from": "2020-01-01"} if isinstance(one, str) else one for one in holders]
    return record("Role", name, {"holders": held, **spec})


def delegation(delegator: str, delegate: str, /, *roles: str, **spec: Any) -> Data:
    held = {
        "state": "granted",
        "delegator": delegator,
        "delegate": delegate,
        "roles": list(roles),
        "from": "2026-11-20",
        "to": "2026-11-30",
        "reason": "Leave.",
        **spec,
    }
    return record("Delegation", f"{delegator}-{delegate}", held)


def rule(name: str, *require: Data, when: str | None = None, **spec: Any) -> Data:
    held = {"for": "changes", "require": list(require), **({"when": when} if when else {}), **spec}
    return record("ApprovalRule", name, held)


def database(tier: int = 2, owner: str | None = "Role/database-team", **spec: Any) -> Data:
    held = {"type": "database", "state": "planned", "environment": "production", "version": str(tier), **spec}
    return record("ConfigurationItem", "db-01", held, owner)


def change(**spec: Any) -> Data:
    held = {
        "state": "implementing",
        "class": "normal",
        "items": [{"item": ITEM, "action": "change"}],
        "risk": {"likelihood": "low", "impact": "low", "level": "low"},
        **spec,
    }
    return record("ChangeRequest", CHANGE, held)


PERSONS = ("jaan", "kadri", "liis", "mari", "pille", "tonu")


def basis(*more: Data, settings: Data | None = None) -> Board:
    """Six persons, a board of three, owners of the database, and one rule: two of the board and the owner agree."""
    held = [
        *(person(name) for name in PERSONS),
        role("steering", "mari", "pille"),
        role("board", "liis", "mari", "tonu"),
        role("database-team", "kadri", "jaan"),
        role("security", "pille"),
        rule("all", {"role": "board", "count": 2}, {"owner_of": "items"}, veto=["security"]),
    ]
    names = {(one["kind"], one["metadata"]["name"]) for one in more}
    kept = [one for one in held if (one["kind"], one["metadata"]["name"]) not in names]
    return Board((*kept, *more), settings or {})


@cache
def builtin() -> Rulebook:
    return rulebook.builtin()


def world(folder: Path, records: tuple[Data, ...], settings: Data) -> Snapshot:
    """The records on disk, read. What is no mapping with a kind is (path, text)."""
    text = {"apiVersion": "itsm/v1", "kind": "Settings", "repository": REPOSITORY, "target": TARGET, **settings}
    folder.mkdir(parents=True)
    (folder / "itsm.yaml").write_text(json.dumps(text))
    kinds = builtin().kinds
    for data in records:
        path = folder / "records" / kinds[data["kind"]].plural / f"{data['metadata']['name']}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    source = sources.WorkTree(folder, None)
    return snapshot.read(source, rulebook.law(source))


class Board(Struct, frozen=True):
    """What stands at the base, and what a head makes of it."""

    records: tuple[Data, ...]
    settings: Data = field(default_factory=dict)
    merged: tuple[Data, ...] = ()
    gone: tuple[str, ...] = ()

    def head(self, *records: Data, gone: tuple[str, ...] = ()) -> Board:
        """These records are added or replaced by the head; `gone`: Kind/name of those that it removes."""
        return replace(self, merged=records, gone=gone)

    def ask(self, folder: Path, **facts: Any) -> Asked:
        base = world(folder / "base", self.records, self.settings)
        held = {(one["kind"], one["metadata"]["name"]): one for one in (*self.records, *self.merged)}
        after = tuple(one for (kind, name), one in held.items() if f"{kind}/{name}" not in self.gone)
        return Asked(base, world(folder / "merged", after, self.settings), facts)


def digest(data: Data | None) -> str | None:
    return None if data is None else canonical.digest(data)


@dataclass(frozen=True)
class Asked:
    """A head on a base, to be voted on. `facts` go into the box as they are."""

    base: Snapshot
    merged: Snapshot
    facts: Data

    @property
    def items(self) -> tuple[Touched, ...]:
        found = []
        for ref in sorted({*self.base.records, *self.merged.records}):
            old, new = self.base.records.get(ref), self.merged.records.get(ref)
            kind = builtin().kinds[ref.partition("/")[0]]
            first, last = (digest(one.data) if one is not None else None for one in (old, new))  # type: ignore[arg-type]
            if first != last and kind.controlled:
                line = Line(kind.name, ref.partition("/")[2], first, last)
                path = (new or old).path  # type: ignore[union-attr]
                found.append(Touched(line, old, new, path, kind.controlled, kind.governance))
        return tuple(found)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(one.line for one in self.items)

    @property
    def content(self) -> Data:
        return approvable(self.merged.records[f"ChangeRequest/{CHANGE}"], builtin().kinds["ChangeRequest"])

    @property
    def roster(self) -> Roster:
        return Roster.of(self.base, NOW)

    def vote(self, who: str, decision: str = "approve", **facts: Any) -> Vote:
        """A signed vote on the change as it stands, unless `facts` say otherwise."""
        given: Data = {
            "person": who,
            "decision": decision,
            "change": CHANGE,
            "tier": "T3",
            "source": f"approvals/{CHANGE}/{who}.json",
            "issued_at": NOW - timedelta(hours=1),
            "content": self.content,
            "lines": self.lines,
            "repository": REPOSITORY,
            "target": TARGET,
            "moves": {ITEM: (FieldMove("/spec/version", "2", "1"),)},
            **facts,
        }
        if given["lines"] is not None and "subject" not in facts:
            where = (given["repository"], given["target"], given["content"])
            given["subject"] = votes.subject(given["change"], *where, given["lines"])
        return Vote(**given)

    def review(self, who: str, oid: str = "a" * 40, **facts: Any) -> Vote:
        """A review on a forge."""
        given = {"tier": "T2", "source": "github:o/r#1", "lines": None, "content": {}, "reviewed": oid, **facts}
        return self.vote(who, given.pop("decision", "approve"), repository="", target="", moves={}, **given)

    def reviewed(self, **facts: Any) -> Reviewed:
        return Reviewed(facts.get("content", self.content), facts.get("lines", self.lines))

    def box(self, *cast: Vote, refused: tuple[NoVote, ...] = (), **facts: Any) -> Box:
        given: Data = {
            "change": CHANGE,
            "content": self.content,
            "lines": self.lines,
            "repository": REPOSITORY,
            "target": TARGET,
            "now": NOW,
            "roster": self.roster,
            "evidence": Evidence(votes=cast, refused=refused),
            "items": {one.ref: (one.before, one.after) for one in self.items},
            **self.facts,
            **facts,
        }
        return Box(**given)

    def question(self, *cast: Vote, **facts: Any) -> Question:
        ref = f"ChangeRequest/{CHANGE}"
        held = replace(builtin(), settings=self.base.law.settings)
        before = self.base.records.get(ref)
        setting = Setting(self.merged.records[ref], before, self.items, self.base, self.merged, held, NOW)
        return Question(setting, self.box(*cast, **facts))

    def judge(self, *cast: Vote, **facts: Any) -> Answer:
        return judge_rules(self.question(*cast, **facts))
