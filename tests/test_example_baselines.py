"""The baselines and the release of the example repository: they hold, explain each other, and are what commands write.

They were made in the history of this very repository, so that they are asked there; in a copy without it nobody can.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo

from itsmctl import yamltext

if TYPE_CHECKING:
    from conftest import MakeRepo, Ran

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "example-repo"
FOLDER = EXAMPLE / "baselines"
RELEASE = "print-server-2.4.14"


def _git(*argv: str) -> str:
    """What git says of this checkout; empty where it is none."""
    try:
        done = subprocess.run(["git", *argv], cwd=PROJECT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _why_not() -> str:
    """Why the baselines cannot be asked here; empty where they can."""
    top = _git("rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != PROJECT:
        return "not in a git checkout of this project: baselines are commits of it"
    if _git("rev-parse", "--is-shallow-repository") != "false":
        return "a shallow clone, without the commits that were frozen: git fetch --unshallow"
    if not _git("ls-tree", "HEAD", "example-repo/baselines"):
        return "the commit holds no baseline yet"
    frozen = [json.loads(path.read_bytes())["source"]["commit"] for path in FOLDER.glob("*/baseline.json")]
    if not all(_git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}") for commit in frozen):
        return "a history of its own (squashed or rebased), without the commits that were frozen"
    return ""


WHY_NOT = _why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "-")

NAMES = sorted(path.parent.name for path in FOLDER.glob("*/baseline.json"))


@pytest.fixture
def example() -> Repo:
    """The example where it stands, in the history of this repository. Nothing is written into it."""
    return Repo(EXAMPLE, {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "ITSMCTL_"))})


@pytest.fixture
def release() -> dict[str, Any]:
    """What the record of the release says."""
    data = yamltext.read((EXAMPLE / f"records/releases/{RELEASE}.yaml").read_bytes())
    assert isinstance(data, dict)
    spec = data["spec"]
    assert isinstance(spec, dict)
    return spec


def _read(ran: Ran) -> dict[str, Any]:
    assert ran.code in (0, 1), ran.stderr
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def test_there_are_the_two_of_the_release(release: dict[str, Any]) -> None:
    assert sorted((release["baseline_before"], release["baseline_after"])) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_and_somebody_else_agreed(example: Repo, name: str) -> None:
    ran = example.run("baseline", "verify", name, "-f", "json")
    found = _read(ran)
    # schemas and rules go on: PACK_DIFFERS is a warning where somebody signed the bytes, and the rest is compared
    assert [one["code"] for one in found["faults"] if one["severity"] == "error"] == []
    assert ran.code == 0
    counted = [one for one in found["agreements"] if not one["code"]]
    assert [one["role"] for one in counted] == ["release-manager"]
    makers = _git("log", "--format=%ae %ce", "--diff-filter=A", "--", f"example-repo/baselines/{name}/baseline.json")
    persons = yamltext.read((EXAMPLE / f"records/persons/{counted[0]['person']}.yaml").read_bytes())
    assert isinstance(persons, dict)
    assert makers
    assert set(makers.split()).isdisjoint(persons["spec"]["emails"])


def test_what_differs_is_explained_by_the_change(example: Repo, release: dict[str, Any]) -> None:
    two = release["baseline_before"], release["baseline_after"]
    ran = example.run("baseline", "diff", *two, "-f", "json")
    found = _read(ran)
    assert ran.code == 0
    assert [(one["ref"], one["standing"]) for one in found["differences"]] == [
        ("ConfigurationItem/print-server", "explained")
    ]


def test_the_readme_shows_what_the_commands_say(example: Repo, release: dict[str, Any]) -> None:
    example.environ = {**example.environ, "COLUMNS": "80"}
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    after = release["baseline_after"]
    shown = example.run("baseline", "diff", release["baseline_before"], after).stdout
    assert f"$ itsmctl baseline diff {release['baseline_before']} {after}\n{shown}```\n" in readme
    held = example.run("baseline", "verify", after, "--brief").stdout
    assert f"$ itsmctl baseline verify {after} --brief\n{held}$" in readme


def test_the_release_is_done(example: Repo, release: dict[str, Any]) -> None:
    over = datetime.fromisoformat(release["plan"]["stages"][-1]["end"]) + timedelta(minutes=1)
    ran = example.run("release", "check", RELEASE, "--stage", "done", "--as-of", over.isoformat(), "-f", "json")
    found = _read(ran)
    assert [(one["code"], one["says"]) for one in found["requirements"] if one["outcome"] != "met"] == []
    assert ran.code == 0


@pytest.mark.parametrize("audience", ["users", "operations", "support"])
def test_the_notes_are_what_the_command_writes(example: Repo, audience: str) -> None:
    ran = example.run("release", "notes", RELEASE, "--audience", audience)
    assert ran.code == 0, ran.stderr
    assert ran.stdout == (EXAMPLE / f"docs/releases/{RELEASE}/{audience}.md").read_text(encoding="utf-8")


def test_a_copy_without_the_history_proves_nothing(make_repo: MakeRepo, release: dict[str, Any]) -> None:
    repo = make_repo("copy")
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    repo.commit("A copy")
    ran = repo.run("baseline", "verify", release["baseline_after"], "--brief")
    assert ran.code == 1
    assert "HISTORY_REWRITTEN" in ran.stdout
