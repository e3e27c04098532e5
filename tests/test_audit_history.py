"""What came into the branch past the gate comes to light afterwards, and honest history is clean."""

from __future__ import annotations

import json
from typing import Any

from court import Court, change
from test_gate_flows import APP, DB, voted


def replayed(court: Court, span: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and findings of `audit history`."""
    ran = court.run("mari", "audit", "history", span, "-f", "json")
    assert ran.code in (0, 1), ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)["findings"]
    return ran.code, found


def honest(
    court: Court, name: str, item: str, version: str, how: str = "merge", at: str = "2026-12-01T22:10:00Z"
) -> None:
    """A change that went through the gate."""
    court.now = "2026-12-01T22:05:00Z"
    court.branch(name)
    court.edit(item, {"/spec/version": version})
    court.put(change(name, {item: "change"}))
    court.commit("jaan", f"{name}: work", at="2026-11-30T12:00:00Z")
    voted(court, name, "liis", "kadri")
    court.merge(name, how=how, at=at)


def test_an_honest_history_is_clean_whatever_the_way_of_merging(court: Court) -> None:
    honest(court, "CHG-1", DB, "1.0.1")
    honest(court, "CHG-2", APP, "1.0.1", how="squash", at="2026-12-01T22:20:00Z")
    code, found = replayed(court, "main")
    assert (code, [one["rule"] for one in found]) == (0, [])


def test_a_direct_push_comes_to_light(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    honest(court, "CHG-1", DB, "1.0.1")
    court.edit(APP, {"/spec/version": "6.6.6"})
    pushed = court.commit("jaan", "Nobody will notice", at="2026-12-01T23:00:00Z")
    honest(court, "CHG-2", DB, "1.0.2", at="2026-12-01T23:30:00Z")
    code, found = replayed(court, f"{start}..main")
    assert code == 1
    assert [one["rule"] for one in found] == ["UNGATED_MERGE"]
    assert pushed[:7] in found[0]["message"]
    assert "NOT_COVERED" in found[0]["message"]


def test_a_rebase_merge_is_one_merge(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "First the edit", at="2026-12-01T22:01:00Z")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Then its change", at="2026-12-01T22:02:00Z")
    for name in ("liis", "kadri"):
        court.now = "2026-12-01T22:05:00Z"
        court.vote(name, "CHG-1")
    court.git("tonu", "rebase", "--quiet", "--force-rebase", "--committer-date-is-author-date", "main")
    court.merge("pr", how="rebase")
    court.now = "2026-12-01T22:30:00Z"
    code, found = replayed(court, "main")
    assert (code, [one["message"] for one in found]) == (0, [])


def test_a_clock_that_runs_back_is_told(court: Court) -> None:
    honest(court, "CHG-1", DB, "1.0.1", at="2026-12-01T23:10:00Z")
    honest(court, "CHG-2", APP, "1.0.1", at="2026-12-01T22:20:00Z")
    _, found = replayed(court, "main")
    assert [one["rule"] for one in found] == ["NOT_MONOTONE"]
