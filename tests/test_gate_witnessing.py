"""A statement that lets nothing go ahead tells nothing of what a change did, wherever its lines may fit."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from court import Court, change, record
from test_gate_debts import CHG, FALSE, PROBLEM, night, owes, pay, word
from test_gate_flows import APP, DB, allowed


def stale(court: Court, person: str, at: str, ref: str, version: str, name: str = "CHG-1") -> None:
    """A vote of theirs for the change on a head from an older commit, in which it does that; brought on main."""
    made = copy.deepcopy(court.get(f"ChangeRequest/{name}"))
    court.branch(f"old-{person}", at)
    made["spec"]["items"] = [{"item": ref, "action": "change"}]
    court.edit(ref, {"/spec/version": version})
    court.put(made)
    court.commit(person, "An older head", at="2026-12-01T22:21:00Z")
    court.repo.git("branch", "--force", "here", "main")
    court.repo.git("branch", "--force", "main", at)
    court.vote(person, name)
    court.repo.git("branch", "--force", "main", "here")
    court.checkout("main")
    court.branch("bring")
    court.repo.git("checkout", f"old-{person}", "--", "approvals")
    court.commit(person, "A vote")
    allowed(court)
    court.merge("bring")


def earlier(court: Court, ref: str = DB) -> str:
    """Version 1.0.1 of an item on main; the commit before."""
    before = court.repo.git("rev-parse", "main")
    court.edit(ref, {"/spec/version": "1.0.1"})
    court.commit("jaan", "An earlier one", at="2026-12-01T22:01:00Z")
    return before


def test_a_makers_own_vote_rewrites_nothing_of_what_an_emergency_did(court: Court) -> None:
    before = earlier(court)
    court.put(PROBLEM)
    night(court, edits={"/spec/version": "1.0.0"})
    court.now = "2026-12-02T08:00:00Z"
    court.vote("jaan", "CHG-1", decision="reject")
    stale(court, "kadri", before, DB, "1.0.1")
    court.branch("false")
    court.edit(CHG, FALSE)
    court.commit("kadri", "It is back", at="2026-12-02T09:00:00Z")
    assert "NOT_BACK" in court.gate().codes


@pytest.mark.parametrize("when", ["before", "after"])
def test_nobody_makes_a_debt_unpayable_by_a_vote_on_something_else(court: Court, when: str) -> None:
    before = earlier(court, APP) if when == "before" else ""
    night(court)
    before = before or earlier(court, APP)
    court.now = "2026-12-02T07:00:00Z"
    stale(court, "sirje", before, APP, "1.0.1")
    pay(court, "liis", "jaan")
    word(court)
    assert owes(court) == ""


def test_nor_ends_a_change_that_was_not_carried_out_yet(court: Court) -> None:
    before = earlier(court)
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Begun", at="2026-12-01T22:10:00Z")
    stale(court, "sirje", before, DB, "1.0.1")
    court.branch("work")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Update\n\nChange: CHG-1")
    for voter in ("liis", "kadri"):
        court.vote(voter, "CHG-1")
    allowed(court)


def rebased(court: Court, *voters: str) -> None:
    """An emergency whose edit lies before its record, and whose votes come last, fast-forwarded."""
    from test_gate_flows import INCIDENT, emergency

    court.put(INCIDENT)
    court.put(record("Service", "other", dict(court.get("Service/loans")["spec"])))
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    made: dict[str, Any] = emergency("CHG-1", {DB: "change"})
    made["spec"] |= {"requester": "kadri", "implementers": ["kadri"]}
    court.put(made)
    court.commit("kadri", "Say so", at="2026-12-01T22:21:00Z")
    for voter in voters:
        court.vote(voter, "CHG-1")
    allowed(court, "OVERRIDDEN")
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--ff-only", "fix")


def test_who_let_it_go_ahead_tells_what_came_before_the_record(court: Court) -> None:
    rebased(court, "arvo")
    court.branch("false")
    court.put(PROBLEM)
    court.edit(CHG, FALSE)
    court.commit("kadri", "It is back")
    assert "NOT_BACK" in court.gate().codes
    # also when that person holds the role no longer
    court.checkout("main")
    court.edit("Role/emergency-approver", {"/spec/holders": [], "/spec/serial": 2})
    court.commit("rein", "Nobody")
    court.branch("again")
    court.put(PROBLEM)
    court.edit(CHG, FALSE)
    court.commit("kadri", "It is back")
    assert "NOT_BACK" in court.gate().codes
