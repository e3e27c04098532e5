"""A vault with a release on its way, from plan to tag, for tests: one step after the other, each as somebody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import court as kit
from court import Court, change, record
from vault import Vault

from itsmctl import yamltext

if TYPE_CHECKING:
    from conftest import Ran

kit.PLURALS = {**kit.PLURALS, "Release": "releases", "ReleasePolicy": "release-policies", "Library": "libraries"}
kit.PLURALS |= {"KnownError": "known-errors", "ConfigurationAudit": "configuration-audits"}

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
APP = "ConfigurationItem/app-01"
REL = "Release/loans-2"
BEFORE_IT, IN_IT, AFTER_IT = "2026-12-01T12:00:00Z", "2026-12-01T22:45:00Z", "2026-12-02T09:00:00Z"
AFTERWARDS = "2026-12-02T10:00:00Z"
"""Moments before the roll-out, in its window, after it, and once all is written."""

DOCUMENTS = ("notes", "install", "support", "training", "backout", "test_evidence", "authorisation")


def release(**spec: Any) -> dict[str, Any]:
    """The release as it is approved: all is written but what only comes with the roll-out."""
    written: dict[str, Any] = {
        "state": "approved",
        "type": "minor",
        "version": "2.0.0",
        "changes": ["CHG-1"],
        "items": [{"item": APP, "action": "change", "from": "1.0.0", "to": "2.0.0", "digest": NEW}],
        "services": ["loans"],
        "known_errors": {"carried": ["KE-1"]},
        "plan": {
            "dates": [{"what": "Roll-out", "on": "2026-12-01"}],
            "deliverables": ["Loans 2.0.0"],
            "stages": [
                {"name": "Desk", "sites": ["Kesk"], "start": "2026-12-01T22:30:00Z", "end": "2026-12-01T23:30:00Z"}
            ],
            "sites": ["Kesk"],
            "support_resources": "Jaan is on the phone until noon.",
            "training": "None is needed.",
        },
        "backout": {
            "steps": ["Install 1.0.0."],
            "trigger": "The test loan fails.",
            "decision_maker": "Role/release-manager",
            "duration": "20m",
            "target": "loans-2-before",
        },
        "build": {
            "source_commit": "3f2a1c94b7d0e8f6a5c4b3d2e1f0a9b8c7d6e5f4",
            "source_tag": "v2.0.0",
            "tools": ["python 3.12.7"],
            "artefacts": [{"name": "loans-2.0.0.tar.gz", "digest": NEW, "item": "app-01"}],
        },
        "acceptance": {
            "environment": "vm-acc",
            "equivalence": "Same versions, a tenth of the data.",
            "tests": [{"what": "Lend and return", "result": "passed", "evidence": "docs/release.md"}],
            "signoffs": [
                {"stage": "functional", "role": "database-team", "person": "kadri", "on": "2026-11-29T10:00:00Z"},
                {"stage": "operational", "role": "release-manager", "person": "mari", "on": "2026-11-29T11:00:00Z"},
            ],
        },
        "agreements": [
            {"party": party, "by": "Õnne Pärn", "on": "2026-11-28"}
            for party in ("customers", "users", "operations", "support")
        ],
        "documents": dict.fromkeys(DOCUMENTS, "docs/release.md"),
        "baseline_before": "loans-2-before",
        "go_live": "2026-12-01T22:30:00Z",
        **spec,
    }
    kept = {key: value for key, value in written.items() if value is not None}
    return record("Release", "loans-2", kept, "Role/release-manager")


def policy(**spec: Any) -> dict[str, Any]:
    """The release policy."""
    written = {
        "state": "approved",
        "version": "1.0",
        "types": [
            {"type": "minor", "when": "Nobody has to learn anything.", "frequency": "Once a month."},
            {"type": "emergency", "when": "It cannot wait.", "frequency": "When it is needed."},
        ],
        "stages": [
            {"name": "functional", "roles": ["database-team"], "criteria": "The test loans pass."},
            {"name": "operational", "roles": ["release-manager"], "criteria": "The way back was tried."},
        ],
        "agreed_with": [{"who": "Role/database-team", "by": "Jaan Tamm", "on": "2026-01-19"}],
        "approved_by": "rein",
        "approved_on": "2026-01-20",
        "next_review_on": "2027-01-31",
        **spec,
    }
    return record("ReleasePolicy", "releases", written)


def around() -> list[dict[str, Any]]:
    """What else a release stands on."""
    library = {
        "state": "active",
        "contents": "Packages.",
        "location": "https://packages.town.example",
        "custodian": "Role/release-manager",
        "access": [{"who": "Role/database-team", "may": ["read"]}],
        "backup": {"how": "A copy each night."},
    }
    error = {
        "state": "open",
        "symptom": "The receipt shows the old day.",
        "cause": "It is printed too early.",
        "workaround": "Print it again.",
        "items": ["app-01"],
        "found_on": "2026-11-20",
    }
    box = {"type": "application", "state": "live", "version": "1.0.0", "environment": "acceptance"}
    return [
        policy(),
        record("Library", "artefacts", library),
        record("KnownError", "KE-1", error),
        record("ConfigurationItem", "vm-acc", box, "Role/database-team"),
    ]


@dataclass
class Depot:
    """`vault` on main. Steps are to be taken in their order."""

    vault: Vault

    @property
    def court(self) -> Court:
        """The court behind it."""
        return self.vault.court

    @classmethod
    def over(cls, court: Court) -> Depot:
        """The court with managers, and all that a release stands on."""
        court.now = "2026-11-30T14:00:00Z"
        vault = Vault.over(court)
        for one in around():
            court.put(one)
        court.edit(APP, {"/spec/master": {"library": "artefacts", "path": "loans.tar.gz", "digest": OLD}})
        court.repo.write("docs/release.md", "# Loans 2.0.0\n")
        court.put(release(state="planned", acceptance=None))
        court.commit("rein", "Set up", at=court.now)
        court.now = "2026-11-30T15:00:00Z"  # nobody agrees to a commit before it was made
        return cls(vault)

    def freeze(self, name: str, *argv: str) -> None:
        """A baseline for the release, agreed to."""
        self.vault.create(name, "--release", "loans-2", *argv)
        self.vault.approve(name)

    def plan(self, name: str = "CHG-1", *, votes: tuple[str, ...] = ("liis", "kadri"), **spec: Any) -> None:
        """A change that was approved, with its votes, merged."""
        court = self.court
        items = [{"item": APP, "action": "change", "from": "1.0.0", "to": "2.0.0"}]
        items[0]["set"] = {"/spec/version": "2.0.0", "/spec/master/digest": NEW}  # type: ignore[assignment]
        planned = change(name, state="approved", release="loans-2")
        planned["spec"] |= {"items": items, **spec}
        court.branch(f"plan-{name}")
        court.put(planned)
        court.commit("jaan", f"Plan {name}", at=court.now)
        court.votes(name, *votes)
        court.merge(f"plan-{name}", at=court.now)

    def approve(self, **spec: Any) -> None:
        """The release is approved."""
        self.court.put(release(**spec))
        self.court.commit("mari", "Approve the release", at=self.court.now)

    def carry_out(self, name: str = "CHG-1", *, at: str = IN_IT, how: str = "merge", by: str = "jaan") -> None:
        """The change is carried out in its window."""
        court = self.court
        court.now = at
        court.branch(f"do-{name}")
        court.edit(f"ChangeRequest/{name}", {"/spec/state": "implementing"})
        court.edit(APP, {"/spec/version": "2.0.0", "/spec/master/digest": NEW})
        court.commit(by, f"Carry {name} out\n\nChange: {name}", at=at)
        court.merge(f"do-{name}", at=at, how=how)

    def finish(self, name: str = "CHG-1") -> None:
        """The change is implemented."""
        court = self.court
        court.now = AFTER_IT
        done = {"started": IN_IT, "ended": "2026-12-01T23:10:00Z", "by": ["jaan"], "result": "successful"}
        court.edit(f"ChangeRequest/{name}", {"/spec/state": "implemented", "/spec/implementation": done})
        court.commit("jaan", f"{name} is done", at=AFTER_IT)
        court.now = "2026-12-02T09:30:00Z"

    def go_live(self, **edits: Any) -> None:
        """The release is live, with its stages checked."""
        court = self.court
        stage = release()["spec"]["plan"]["stages"][0]
        seen = {"by": "kadri", "on": "2026-12-01T23:20:00Z"}
        written = {
            "/spec/state": "live",
            "/spec/baseline_after": "loans-2-after",
            "/spec/plan/stages": [{**stage, "verified": seen}],
        }
        court.edit(REL, {**written, **{key: value for key, value in edits.items() if key.startswith("/")}})
        court.commit("mari", "Live", at=court.now)

    def edit(self, ref: str, edits: Mapping[str, Any], person: str = "mari") -> None:
        """Alter a record and commit that on main."""
        self.court.edit(ref, edits)
        self.court.commit(person, f"Edit {ref}", at=self.court.now)

    def amend(self, edits: Mapping[str, Any]) -> None:
        """Alter the release, and have it signed off anew in the same commit."""
        signoffs = release()["spec"]["acceptance"]["signoffs"]
        again = [{**one, "on": one["on"].replace(":00:00Z", ":30:00Z")} for one in signoffs]
        self.edit(REL, {"/spec/acceptance/signoffs": again, **edits})

    # --- what is asked

    def run(self, *argv: str, code: int = 0, person: str = "mari") -> Ran:
        """A command of the group, as somebody; it has to end with that exit code."""
        ran = self.court.run(person, "release", *argv)
        assert ran.code == code, f"exit {ran.code}: {ran.stderr}{ran.stdout}"
        return ran

    def check(self, stage: str, *argv: str) -> dict[str, Any]:
        """What the check says, as data."""
        ran = self.court.run("mari", "release", "check", "loans-2", "--stage", stage, "-f", "json", *argv)
        assert ran.code in (0, 1), f"exit {ran.code}: {ran.stderr}"
        found = json.loads(ran.stdout)
        assert isinstance(found, dict)
        assert found["passes"] is (ran.code == 0)
        return found

    def codes(self, stage: str, *argv: str) -> set[str]:
        """The codes of all that does not pass."""
        found = self.check(stage, *argv)["requirements"]
        return {one["code"] for one in found if one["outcome"] not in ("met", "owed")}


Break = Callable[[Depot], None]
"""Breaks one requirement in the smallest way."""


def read(depot: Depot, ref: str) -> dict[str, Any]:
    """A record of the work tree."""
    found = yamltext.read((depot.court.repo.path / kit.path_of(ref)).read_bytes())
    assert isinstance(found, dict)
    return found
