"""The example repository: clean at the time that its README names, complete, and what it tells is true."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo

from itsmctl import yamltext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import MakeRepo, Ran

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "example-repo"
AS_OF = "2026-11-22T08:00:00Z"
TODAY = AS_OF[:10]


def _records() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((EXAMPLE / "records").rglob("*.yaml")):
        data = yamltext.read(path.read_bytes())
        assert isinstance(data, dict), path
        yield path, data


@pytest.fixture(scope="module")
def records() -> dict[str, dict[str, Any]]:
    """Every record by Kind/name, read from the files."""
    return {f"{data['kind']}/{data['metadata']['name']}": data for _, data in _records()}


@pytest.fixture
def example(make_repo: MakeRepo) -> Repo:
    """The example as somebody gets it who copies it into a git repository of their own and commits it."""
    repo = make_repo("example")
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    repo.commit("The example")
    return repo


def _validate(repo: Repo, *options: str, as_of: str = AS_OF) -> tuple[Ran, dict[str, Any]]:
    ran = repo.run("validate", "--as-of", as_of, "--format", "json", *options)
    assert ran.code in (0, 1), ran.stderr
    return ran, json.loads(ran.stdout)


def _told(report: dict[str, Any], waived: bool = False) -> list[tuple[str, str]]:
    """(rule, record) of the findings that are open, or that are waived."""
    return [(f["rule"], f["record"]) for f in report["findings"] if (f["waived"] is not None) == waived]


# --- clean, and not because nothing looked


def test_the_commit_validates_clean(example: Repo) -> None:
    ran, report = _validate(example, "--rev", "HEAD", "--fail-on", "info")
    assert _told(report) == []
    assert _told(report, waived=True) == [("SLM-11", "Service/notices")]
    assert ran.code == 0
    assert report["seen"]["unreadable"] == 0
    assert report["seen"]["files"] == sum(1 for _ in _records())
    assert {one["reason"] for one in report["seen"]["rules_not_run"]} <= {
        "it compares with an earlier revision: give --since"
    }
    _, working = _validate(example)
    assert working["findings"] == report["findings"]


def test_without_its_waiver_it_fails(example: Repo) -> None:
    ran, report = _validate(example, "--no-waivers")
    assert ("SLM-11", "Service/notices") in _told(report)
    assert ran.code == 1


def test_ten_days_later_the_emergency_is_overdue_and_the_database_window_is_past(example: Repo) -> None:
    _, report = _validate(example, as_of="2026-12-02T08:00:00Z")
    assert ("CHG-23", "ChangeRequest/CHG-2026-0106") in _told(report)
    assert ("CHG-31", "ChangeRequest/CHG-2026-0098") in _told(report)


def test_its_own_rule_watches_its_own_kind(example: Repo) -> None:
    kiosk = example.path / "records/configuration-items/kiosk-sadama-01.yaml"
    text = kiosk.read_text(encoding="utf-8")
    assert text.count("state: live") == 1
    kiosk.write_text(text.replace("state: live", "state: in-acceptance"), encoding="utf-8")
    _, report = _validate(example)
    assert ("TLR-01", "Branch/sadama") in _told(report)


# --- complete


def test_every_kind_is_there(records: dict[str, dict[str, Any]]) -> None:
    schemas = [*(PROJECT / "schemas").glob("*.schema.json"), *(EXAMPLE / "schemas").glob("*.schema.json")]
    kinds = {
        schema["properties"]["kind"]["const"]
        for schema in (json.loads(path.read_text(encoding="utf-8")) for path in schemas)
        if "properties" in schema  # the envelope describes no kind
    }
    assert {"ChangeRequest", "Branch"} <= kinds
    assert kinds - {ref.split("/")[0] for ref in records} == set()


def test_every_owner_is_active(records: dict[str, dict[str, Any]]) -> None:
    unowned = [ref for ref, data in records.items() if not _acting(data["metadata"].get("owner", ""), records)]
    assert unowned == []


def _acting(owner: str, records: dict[str, dict[str, Any]]) -> bool:
    """Is the owner a person who is active today, or a role that such a person holds today?"""
    if owner not in records:
        return False
    spec = records[owner]["spec"]
    if owner.startswith("Person/"):
        return spec["state"] == "active" and spec["active_from"] <= TODAY <= spec.get("active_to", TODAY)
    return any(
        holder["from"] <= TODAY <= holder.get("to", TODAY) and _acting(f"Person/{holder['person']}", records)
        for holder in spec["holders"]
    )


def test_names_survive_commit_and_checkout(example: Repo) -> None:
    for ref, name in {
        "Person/aleksandr": "Aleksandr Šestakov",
        "Person/kylli": "Külli Õunapuu",
        "Supplier/koopiakeskus-srift": "Koopiakeskus Šrift, printers and toner",
    }.items():
        assert name in example.run("show", ref, "--rev", "HEAD").stdout


# --- true


def test_the_readme_names_the_time_and_files_that_exist() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"itsmctl validate --as-of {AS_OF}" in readme
    targets = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(targets) > 15
    assert [target for target in targets if not (EXAMPLE / target).exists()] == []


def test_commands_of_the_readme_run(example: Repo) -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    # what is frozen is a commit of the project itself, which no copy has: see test_example_baselines.py
    commands = re.findall(r"^\$ itsmctl (?!baseline|release)([^#\n]+)", readme, flags=re.MULTILINE)
    assert len(commands) >= 5
    failed = {command: ran.stderr for command in commands if (ran := example.run(*command.split())).code != 0}
    assert failed == {}


def test_documents_that_records_name_are_there(records: dict[str, dict[str, Any]]) -> None:
    named = {path for data in records.values() for path in re.findall(r"\bdocs/[\w./-]+", json.dumps(data))}
    assert {"docs/koha-runbook.md", "docs/mariadb-upgrade.md"} <= named
    assert [path for path in sorted(named) if not (EXAMPLE / path).is_file()] == []


def test_fingerprints_are_those_of_the_keys(records: dict[str, dict[str, Any]]) -> None:
    keys = [key for data in records.values() if data["kind"] == "Person" for key in data["spec"].get("keys", ())]
    assert len({key["public_key"] for key in keys}) == len(keys) > 10
    for key in keys:
        blob = base64.b64decode(key["public_key"].split()[1], validate=True)
        assert blob[4:15] == b"ssh-ed25519"
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        assert key.get("fingerprint", f"SHA256:{digest}") == f"SHA256:{digest}"
