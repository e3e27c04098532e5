"""`release notes`: what users, operations and support each read; the same bytes from the same commit; hostile text."""

from __future__ import annotations

import json

import pytest
from conftest import Made, Repo
from court import Court, record
from depot import REL, Depot, release

AUDIENCES = ("users", "operations", "support")

USERS = """\
# Loans 2

Release loans-2, version 2.0.0 (minor). Live since 2026-12-01, 22:30 (UTC).

## What is new

For: Loans.

- **Chg 1.** It stays safe to use.

## What you may still notice

- **Ke 1.** The receipt shows the old day. What helps: Print it again.

## When

- **Desk.** Kesk: 2026-12-01, 22:30 (UTC).

## Training

None is needed.

## Help

Jaan is on the phone until noon.
"""


def test_what_users_read(made: Made) -> None:
    assert made("done").run("notes", "loans-2").stdout == USERS


def test_operations_read_versions_digests_and_the_way_back(made: Made) -> None:
    said = made("done").run("notes", "loans-2", "--audience", "operations").stdout
    for text in (
        "| ConfigurationItem/app-01 | change | 1.0.0 | 2.0.0 | sha256:2222",
        "| CHG-1 | Chg 1 | normal | low | 2026-12-01T22:00Z to 2026-12-02T02:00Z |",
        "- **When:** The test loan fails.",
        "1. Install 1.0.0.",
        "- **Goes back to:** baseline loans-2-before.",
        "| Desk | Kesk | 2026-12-01, 22:30 (UTC) | 2026-12-01, 23:30 (UTC) | Kadri, 2026-12-01, 23:20 (UTC) |",
    ):
        assert text in said


def test_support_reads_what_helps_and_whom_to_call(made: Made) -> None:
    said = made("done").run("notes", "loans-2", "--audience", "support").stdout
    for text in (
        "  - **Callers say:** The receipt shows the old day.",
        "  - **What helps:** Print it again.",
        "- **On duty:** Jaan is on the phone until noon.",
        "- **Answers for the release:** Release manager: Mari (`mari@town.example`).",
    ):
        assert text in said


def test_users_read_no_digest_and_no_machine(made: Made) -> None:
    said = made("done").run("notes", "loans-2").stdout
    assert "sha256" not in said
    assert "app-01" not in said
    assert "CHG-1" not in said


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_same_commit_gives_the_same_text(made: Made, audience: str) -> None:
    depot = made("done")
    head = depot.vault.head
    first = depot.run("notes", "loans-2", "--audience", audience).stdout
    depot.edit(REL, {"/metadata/title": "Another"})
    depot.court.now = "2030-01-01T00:00:00Z"
    assert depot.run("notes", "loans-2", "--audience", audience).stdout != first
    assert depot.run("notes", "loans-2", "--audience", audience, "--rev", head).stdout == first


HOSTILE = "<script>alert(1)</script> [x](http://e.example) @town/all #1\u202e\n::error::x | y `z`\n# Heading"


@pytest.mark.parametrize("audience", AUDIENCES)
def test_text_of_records_is_shown_as_it_is(made: Made, audience: str) -> None:
    depot = made("planned")
    bad = HOSTILE.replace("\u202e", "")
    depot.edit("KnownError/KE-1", {"/spec/symptom": bad, "/spec/workaround": bad, "/metadata/title": "<b>x</b> @me"})
    plan = {
        **release()["spec"]["plan"],
        "training": bad,
        "support_resources": bad,
        "risks": [bad],
        "dependencies": [bad],
    }
    depot.approve(plan=plan)
    said = depot.run("notes", "loans-2", "--audience", audience).stdout
    plain = said.replace("`", "")
    assert "<script>" not in [word for word in said.split() if not word.startswith("`")]
    assert "`<script>alert(1)</script>`" in said
    assert not any(line.startswith(("::", "# Heading")) for line in said.splitlines())
    assert plain.count("# Loans 2") == 1


def test_a_release_of_which_nothing_is_known_yet(court: Court) -> None:
    depot = Depot.over(court)
    court.put(record("Release", "loans-3", {"state": "planned", "type": "minor"}, "Role/release-manager"))
    court.commit("mari", "Plan it")
    said = depot.run("notes", "loans-3").stdout
    assert said == "# Loans 3\n\nRelease loans-3 (minor). When it goes live is not set yet.\n"
    assert "None is known." in depot.run("notes", "loans-3", "--audience", "support").stdout
    depot.edit("Release/loans-3", {"/spec/changes": ["CHG-9"], "/spec/known_errors": {"carried": ["KE-9"]}})
    assert "KE-9" in depot.run("notes", "loans-3", "--audience", "support").stdout


def test_what_cannot_be_read_has_no_notes(court: Court) -> None:
    depot = Depot.over(court)
    depot.edit(REL, {"/spec/type": "huge"})
    assert "breaks its schema" in depot.run("notes", "loans-2", code=3).stderr
    assert "loans-2?" in depot.run("notes", "loans-22", code=2).stderr
    assert "support?" in depot.run("notes", "loans-2", "--audience", "suport", code=2).stderr
    assert "is no Release" in depot.run("notes", "Service/loans", code=2).stderr


@pytest.mark.parametrize("width", ["80", "40"])
@pytest.mark.parametrize(("how", "stage"), [("ready", "done"), ("done", "done")])
def test_the_check_reads_well_on_a_narrow_terminal(made: Made, how: str, stage: str, width: str) -> None:
    depot = made(how)
    repo = depot.court.repo
    depot.court.repo = Repo(repo.path, {**repo.environ, "COLUMNS": width})
    said = depot.run("check", "loans-2", "--stage", stage, code=0 if how == stage else 1).stdout
    long = [line for line in said.splitlines() if len(line) > int(width) and " " in line.strip()]
    assert long == []
    assert json.loads(depot.court.run("mari", "release", "check", "loans-2", "--stage", stage, "-f", "json").stdout)


def test_the_check_as_markdown(made: Made) -> None:
    said = made("ready").run("check", "loans-2", "--stage", "done", "-f", "markdown", code=1).stdout
    assert said.startswith("# loans-2: NOT DONE\n")
    assert "| code | what | what to do |" in said
    assert "| `BASELINE_AFTER` | no baseline after the release is named |" in said
