"""A governed repository for tests of the gate: persons with real keys, rules, and heads that are judged and merged."""

from __future__ import annotations

import copy
import hashlib
import json
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from again import again
from signing import signed

from itsmctl import canonical, yamltext

if TYPE_CHECKING:
    from conftest import Ran, Repo

NOW = "2026-12-01T22:30:00Z"
WINDOW = {"start": "2026-12-01T22:00:00Z", "end": "2026-12-02T02:00:00Z"}

ROLES: Mapping[str, tuple[str, ...]] = {
    "change-advisory-board": ("liis", "mari", "tonu"),
    "change-manager": ("mari",),
    "database-team": ("jaan", "kadri"),
    "service-manager": ("rein", "sirje", "ene"),
    "security-manager": ("pille",),
    "emergency-approver": ("arvo", "jaan"),
}
PERSONS = ("arvo", "ene", "jaan", "kadri", "liis", "mari", "pille", "rein", "sirje", "tonu")

SETTINGS: dict[str, Any] = {
    "apiVersion": "itsm/v1",
    "kind": "Settings",
    "repository": "town-services",
    "target": "refs/heads/main",
    "owner_fallback": "service-manager",
    "emergency": {"roles": ["emergency-approver"], "review_within": 5, "per_service": 2, "period": 30},
}


def record(
    kind: str, name: str, spec: Mapping[str, Any], owner: str = "Role/service-manager", **metadata: Any
) -> dict[str, Any]:
    """A record with a title and an owner."""
    about = {"name": name, "title": name.replace("-", " ").capitalize(), "owner": owner, **metadata}
    return {"apiVersion": "itsm/v1", "kind": kind, "metadata": about, "spec": dict(spec)}


PLURALS = {
    "ApprovalRule": "approval-rules",
    "ChangeModel": "change-models",
    "ChangeRequest": "changes",
    "CIType": "ci-types",
    "ConfigurationItem": "configuration-items",
    "Delegation": "delegations",
    "FreezeWindow": "freeze-windows",
    "Incident": "incidents",
    "Person": "persons",
    "Problem": "problems",
    "Role": "roles",
    "Service": "services",
    "Waiver": "waivers",
}


def path_of(ref: str) -> str:
    """Where a record stands."""
    kind, _, name = ref.partition("/")
    return f"records/{PLURALS[kind]}/{name}.yaml"


def change(
    name: str, items: Mapping[str, str] | None = None, *, state: str = "implementing", **spec: Any
) -> dict[str, Any]:
    """A change with all that is due, of low risk, by jaan. `items`: Kind/name → action."""
    listed = [{"item": ref, "action": action} for ref, action in (items or {}).items()]
    written: dict[str, Any] = {
        "state": state,
        "class": "normal",
        "category": "minor",
        "reason": "The version in use gets no more fixes.",
        "business_benefit": "It stays safe to use.",
        "requester": "jaan",
        "requested_on": "2026-11-20",
        "implementers": ["jaan"],
        "urgency": "medium",
        "scope": {"in": "What is listed."},
        "items": listed,
        "risk": {"likelihood": "low", "impact": "low", "level": "low", "rationale": "Rehearsed."},
        "impact": {
            "services": ["loans"],
            "availability": {"affected": False, "text": "None."},
            "continuity": {"affected": False, "text": "None."},
            "capacity": {"affected": False, "text": "None."},
            "security": {"affected": False, "text": "None."},
            "release_plan": {"affected": False, "text": "None."},
            "cost": {"affected": False, "text": "None."},
        },
        "assessed": {"by": "jaan", "on": "2026-11-25"},
        "plan": {"steps": ["Do it.", "Look at it."], "duration": "1h"},
        "test": {"evidence": ["build 1"], "by": "kadri", "on": "2026-11-26", "result": "passed"},
        "backout": {
            "steps": ["Put the former version back."],
            "trigger": "The test loan fails.",
            "decision_maker": "Role/change-manager",
            "duration": "1h",
        },
        "schedule": dict(WINDOW),
    }
    written.update(spec)
    return record(
        "ChangeRequest",
        name,
        {key: value for key, value in written.items() if value is not None},
        "Role/change-manager",
    )


@dataclass
class Court:
    """`repo` with `main` as its target. Commits are made by whoever is named, votes signed with their key."""

    repo: Repo
    keys: Mapping[str, Path]
    now: str = NOW
    made: int = field(default=0)

    def found(self) -> Court:
        """The governance and three records, on main."""
        self.repo.write("itsm.yaml", yamltext.dump(SETTINGS))
        self.repo.write(".gitattributes", "records/** text eol=lf\n")
        for one in world(self.keys):
            self.put(one)
        self.commit("rein", "Found the governance")
        return self

    # --- files and commits

    def put(self, data: Mapping[str, Any]) -> None:
        """Write a record at its home."""
        self.repo.write(path_of(f"{data['kind']}/{data['metadata']['name']}"), yamltext.dump(dict(data)))

    def get(self, ref: str) -> dict[str, Any]:
        """A record as it stands in the work tree."""
        data = yamltext.read((self.repo.path / path_of(ref)).read_bytes())
        assert isinstance(data, dict)
        return copy.deepcopy(data)

    def edit(self, ref: str, edits: Mapping[str, Any]) -> None:
        """Set fields of a record, by pointers of mappings; None takes one away."""
        data = self.get(ref)
        for pointer, value in edits.items():
            *above, last = pointer.split("/")[1:]
            at = data
            for step in above:
                at = at.setdefault(step, {}) if isinstance(at, dict) else at[int(step)]
            if value is None:
                at.pop(last, None)
            elif isinstance(at, list):
                at[int(last)] = value
            else:
                at[last] = value
        self.put(data)

    def remove(self, ref: str) -> None:
        """Delete a record."""
        (self.repo.path / path_of(ref)).unlink()

    def commit(self, person: str, message: str = "Work", committer: str = "", at: str = "2026-11-30T12:00:00Z") -> str:
        """Commit all that is in the work tree, as somebody; the new id."""
        self.repo.git("add", "--all")
        return self.commit_staged(person, message, committer, at)

    def commit_staged(self, person: str, message: str, committer: str = "", at: str = "2026-11-30T12:00:00Z") -> str:
        """Commit what is staged, as somebody."""
        self.made += 1
        self._as(person, committer, at).git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.repo.head

    def as_of(self, at: str, person: str) -> Repo:
        """The repository as somebody has it at a time."""
        self.made += 1
        return self._as(person, at=at)

    def _as(self, person: str, committer: str = "", at: str = "2026-11-30T12:00:00Z") -> Repo:
        moment = datetime.fromisoformat(at).timestamp() + self.made
        dated = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        environ = {**self.repo.environ, "GIT_AUTHOR_DATE": dated, "GIT_COMMITTER_DATE": dated}
        for role, name in (("AUTHOR", person), ("COMMITTER", committer or person)):
            environ[f"GIT_{role}_NAME"] = name
            environ[f"GIT_{role}_EMAIL"] = name if "@" in name else f"{name}@town.example"
        return type(self.repo)(self.repo.path, environ)

    def branch(self, name: str, at: str = "main") -> Court:
        """Begin a branch and check it out."""
        self.repo.git("checkout", "--quiet", "-b", name, at)
        return self

    def checkout(self, name: str) -> Court:
        """Check a branch out."""
        self.repo.git("checkout", "--quiet", name)
        return self

    def git(self, person: str, *words: str) -> str:
        """A command of git, as somebody."""
        self.made += 1
        return self._as(person).git(*words)

    def merge(self, name: str, person: str = "mari", how: str = "merge", at: str = "2026-11-30T13:00:00Z") -> str:
        """Merge a branch into main, and stay there: as a merge commit, squashed, or rebased."""
        self.checkout("main")
        self.made += 1
        git = self._as(person, at=at).git
        if how == "merge":
            git("merge", "--quiet", "--no-ff", "-m", f"Merge {name}", name)
        elif how == "squash":
            git("merge", "--quiet", "--squash", name)
            git("commit", "--quiet", "--no-verify", "-m", f"Squash {name}")
        else:
            git("rebase", "--quiet", "main", name)
            self.checkout("main")
            git("merge", "--quiet", "--ff-only", name)
        return self.repo.head

    # --- votes and verdicts

    def vote(self, person: str, name: str, *argv: str, decision: str = "approve") -> Ran:
        """Sign a vote on the current branch, as somebody; it has to be taken."""
        anyway = ("--anyway",) if decision == "approve" else ()  # the gate is asked what it makes of any vote
        keyed = ("--key", str(self.keys[person]), "--yes")
        ran = self.again(person, "change", decision, name, "--base", "main", *keyed, *anyway, *argv)
        assert ran.code == 0, ran.stderr + ran.stdout
        return ran

    def votes(self, name: str, *persons: str) -> None:
        """Approvals of several persons in a row.

        The first who has not voted yet does so by the command, and those after say the same of the same: theirs are
        written, signed and committed by git as the command does it, which a test holds this to.
        """
        folder = self.repo.path / "approvals" / name
        first: Path | None = None
        for one in persons:
            if first is not None and not list(folder.glob(f"{one}-*.json")):
                self._say_the_same(first, one, name)
                continue
            before = set(folder.glob("*.json"))
            self.vote(one, name)
            (made,) = set(folder.glob("*.json")) - before
            first = made if not list(folder.glob(f"{one}-*.json"))[1:] else first

    def _say_the_same(self, first: Path, person: str, name: str) -> None:
        data = json.loads(first.read_bytes())
        said = data["predicate"]
        assert said["prev"] is None
        said["seen"]["head"] = self.repo.head
        said |= {"person": person, "nonce": secrets.token_urlsafe(16)}
        content = canonical.canonical(data) + b"\n"
        file = first.with_name(f"{person}-{hashlib.sha256(content).hexdigest()[:12]}.json")
        signature = signed(self.keys[person], content, "approval@itsmctl")
        file.write_bytes(content)
        Path(f"{file}.sig").write_bytes(signature)
        repo = self._as(person, at=self.now)
        repo.git("add", "--", str(file), f"{file}.sig")
        message = f"approvals: {person} approves {name}"
        repo.git("commit", "--quiet", "--no-verify", "--only", "-m", message, "--", str(file), f"{file}.sig")

    def again(self, person: str, *argv: str) -> Ran:
        """The same as `run`, for a step on the way to what is tested: what it wrote elsewhere is put here."""
        repo = self._as(person, at=self.now)
        return again(repo, lambda: self.run(person, *argv), self.now, *argv)

    def run(self, person: str, *argv: str) -> Ran:
        """A command line of itsmctl, as somebody, at the court's time."""
        with self.clock():
            return self._as(person, at=self.now).run(*argv)

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Whoever asks what time it is hears the court's."""
        from itsmctl.cli import workplace

        moment = workplace.moment
        with patch.object(workplace, "moment", lambda text: moment(text if text is not None else self.now)):
            yield

    def gate(self, *argv: str, head: str = "HEAD", base: str = "main") -> Judged:
        """The verdict on a head."""
        ran = self.run("mari", "gate", "--base", base, "--head", head, "-f", "json", *argv)
        return Judged(ran)


@dataclass
class Judged:
    """What the gate said."""

    ran: Ran

    @property
    def code(self) -> int:
        """The exit code."""
        return self.ran.code

    @property
    def verdict(self) -> dict[str, Any]:
        """The tree."""
        assert self.ran.code in (0, 1), f"exit {self.ran.code}: {self.ran.stderr}"
        found = json.loads(self.ran.stdout)["verdict"]
        assert isinstance(found, dict)
        return found

    @property
    def outcome(self) -> str:
        """ALLOWED, OVERRIDDEN or DENIED."""
        return str(self.verdict["outcome"])

    @property
    def codes(self) -> set[str]:
        """The codes of all reasons that deny."""
        return {one["code"] for one in walk(self.verdict) if one["outcome"] == "DENIED" and one["code"]}

    @property
    def ignored(self) -> dict[str, str]:
        """Person → the code of a vote of theirs that does not count."""
        return {one["name"]: one["code"] for one in walk(self.verdict) if one["what"] == "vote" and one["code"]}

    @property
    def says(self) -> str:
        """All sentences, a line each."""
        return "\n".join(one["says"] for one in walk(self.verdict))


def walk(verdict: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The node and all below."""
    yield verdict
    for one in verdict["because"]:
        yield from walk(one)


def world(keys: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    """The records of a small town: who is who, what is decided by whom, and a service on two items."""
    for name in PERSONS:
        yield person(name, keys[name])
    for role, holders in ROLES.items():
        spec = {"holders": [{"person": name, "from": "2020-01-01"} for name in holders], "serial": 1}
        yield record("Role", role, spec)
    yield rule("normal", "change.spec.risk.level != 'high'", [{"role": "change-advisory-board"}, {"owner_of": "items"}])
    yield rule(
        "high",
        "change.spec.risk.level == 'high'",
        [{"role": "change-advisory-board", "count": 2}, {"owner_of": "items"}],
    )
    yield rule("governance", None, [{"role": "service-manager", "count": 2}], family="governance", veto=[])
    yield record("CIType", "database", {"selection": "Databases.", "attributes": {}, "control": {"level": "basic"}})
    yield record("CIType", "application", {"selection": "Programs.", "attributes": {}, "control": {"level": "basic"}})
    for name, kind in (("db-01", "database"), ("app-01", "application")):
        spec = {"type": kind, "state": "live", "version": "1.0.0", "environment": "production"}
        yield record("ConfigurationItem", name, spec, "Role/database-team")
    yield record(
        "Service",
        "loans",
        {"state": "proposed", "criticality": "low", "components": [{"item": "app-01"}, {"item": "db-01"}]},
    )


def person(name: str, key: Path | None, **spec: Any) -> dict[str, Any]:
    """A person with a key."""
    keys = (
        [
            {
                "public_key": " ".join(key.with_name(f"{key.name}.pub").read_text().split()[:2]),
                "valid_from": "2020-01-01T00:00:00Z",
            }
        ]
        if key
        else []
    )
    written = {
        "type": "human",
        "state": "active",
        "emails": [f"{name}@town.example"],
        "keys": keys,
        "active_from": "2020-01-01",
        **spec,
    }
    return record("Person", name, {key: value for key, value in written.items() if value not in (None, [])})


def rule(
    name: str, when: str | None, require: list[dict[str, Any]], *, family: str = "changes", **spec: Any
) -> dict[str, Any]:
    """An approval rule."""
    written = {"for": family, "when": when, "require": require, "veto": ["security-manager"], "serial": 1, **spec}
    return record("ApprovalRule", name, {key: value for key, value in written.items() if value not in (None, [])})


def make_keys(folder: Path, names: tuple[str, ...] = (*PERSONS, "eve")) -> dict[str, Path]:
    """A real ed25519 key for each name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return {name: folder / name for name in names}


MakeCourt = Callable[[], Court]
