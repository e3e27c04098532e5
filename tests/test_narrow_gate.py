"""The gate, a change and a release on a terminal of 40 columns: only words that fit nowhere stick out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import Repo
from court import Court, change, record
from narrow import WIDTH, overrun

DB = "ConfigurationItem/db-01"


@pytest.fixture
def pr(court: Court) -> Court:
    """Two changes of two items, one with votes that count and one that does not; a freeze; a file without a change."""
    court.put(record("FreezeWindow", "end-of-year-freeze-of-all-libraries", FREEZE, "Role/change-manager"))
    court.commit("rein")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit("ConfigurationItem/app-01", {"/spec/version": "9.9"})
    court.put(change("CHG-1", {DB: "change"}))
    court.put(change("CHG-2026-0002", {"ConfigurationItem/app-01": "change"}, schedule=None))
    court.repo.write(".gitattributes", "records/** text eol=lf\n# more\n")
    court.commit("jaan", "Update")
    for who in ("liis", "kadri", "jaan"):
        court.vote(who, "CHG-1", "--reason", "It has been tried on the copy for a week")
    repo = Repo(court.repo.path, {**court.repo.environ, "COLUMNS": str(WIDTH)})
    return replace(court, repo=repo)


FREEZE = {
    "state": "planned",
    "start": "2026-11-30T00:00:00Z",
    "end": "2026-12-24T00:00:00Z",
    "reason": "Quiet days.",
    "serial": 1,
}


@pytest.mark.parametrize(
    "line",
    [
        "gate --base main -f text",
        "gate --base main -f text -v",
        "gate --base main -f text --simulate --at 2027-03-01 --without liis",
        "change show CHG-1 --base main",
        "change show CHG-2026-0002 --base main",
        "change list",
        "change schedule",
        "audit history main -f text",
    ],
)
def test_a_narrow_terminal(pr: Court, line: str) -> None:
    ran = pr.run("mari", *line.split())
    assert ran.code in (0, 1), ran.stderr
    assert overrun(ran.stdout + ran.stderr) == []
