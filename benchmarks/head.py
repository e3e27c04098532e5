"""Makes a git repository of a corpus, with a branch `pr` that edits ten records under one change."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

RULE = """\
apiVersion: itsm/v1
kind: ApprovalRule
metadata: {{name: {name}, owner: Role/operations}}
spec: {{for: {family}, require: [{{role: operations}}]}}
"""
NONE = {"affected": False, "text": "None."}
SPEC = {
    "state": "implementing",
    "class": "normal",
    "category": "minor",
    "reason": "The titles are wrong.",
    "business_benefit": "The titles are right.",
    "requester": "mari",
    "requested_on": "2026-11-01",
    "implementers": ["mari"],
    "urgency": "low",
    "scope": {"in": "Ten titles."},
    "risk": {"likelihood": "low", "impact": "low", "level": "low", "rationale": "Titles."},
    "impact": dict.fromkeys(("availability", "continuity", "capacity", "security", "release_plan", "cost"), NONE),
    "assessed": {"by": "jaan", "on": "2026-11-02"},
    "plan": {"steps": ["Write them."], "duration": "1h"},
    "test": {"evidence": ["Read twice."], "by": "jaan", "on": "2026-11-03", "result": "passed"},
    "backout": {"steps": ["Revert."], "trigger": "A wrong title.", "decision_maker": "Person/jaan", "duration": "1h"},
    "schedule": {"start": "2026-11-20T00:00:00Z", "end": "2099-01-01T00:00:00Z"},
}


def git(folder: Path, *words: str) -> None:
    """One command of git as mari, on whatever day."""
    who = {"NAME": "mari", "EMAIL": "mari@example.org"}
    environ = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}
    subprocess.run(["git", "-C", str(folder), *words], check=True, env={**os.environ, **environ}, capture_output=True)


def _unused(folder: Path) -> list[Path]:
    """Items that nothing is built on: an edit of them affects no customer."""
    used: set[str] = set()
    for path in folder.joinpath("records").rglob("*.yaml"):
        used.update(re.findall(r"(?:target|item): (ci-[0-9]+)", path.read_text()))
    return [path for path in sorted((folder / "records/configuration-items").rglob("*.yaml")) if path.stem not in used]


def main(folder: Path) -> None:
    """Found it, commit it, branch off."""
    rules = folder / "records/approval-rules"
    rules.mkdir(exist_ok=True)
    for family in ("changes", "governance"):
        (rules / f"{family}.yaml").write_text(RULE.format(name=family, family=family))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "Corpus")
    git(folder, "checkout", "-q", "-b", "pr")
    items = _unused(folder)[:10]
    for path in items:
        path.write_text(path.read_text().replace("title: ", "title: Edited ", 1))
    listed = [{"item": f"ConfigurationItem/{path.stem}", "action": "change"} for path in items]
    change = {
        "apiVersion": "itsm/v1",
        "kind": "ChangeRequest",
        "metadata": {"name": "CHG-PR", "title": "Ten edits", "owner": "Role/operations"},
        "spec": {**SPEC, "items": listed},
    }
    home = folder / "records/changes" / hashlib.sha256(b"chg-pr").hexdigest()[:2]
    home.mkdir(exist_ok=True)
    (home / "CHG-PR.yaml").write_text(json.dumps(change, indent=1))
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "Ten edits")


main(Path(sys.argv[1]))
