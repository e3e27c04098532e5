"""Whoever merges the target into a branch, and puts that in its place, sets no limit and no failure back."""

from __future__ import annotations

from court import Court, record, walk
from test_gate_attacks import BACKED_OUT, PATCH, standard
from test_gate_debts import night, part
from test_gate_flows import APP


def turned(court: Court, start: str, name: str = "fox") -> None:
    """A branch from `start` takes main in and its place; the gate lets it."""
    court.branch(name, start)
    court.repo.write(f"{name}.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-01T22:15:00Z")
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Update", "main")
    assert court.gate().outcome == "ALLOWED"
    court.checkout("main")
    court.git("jaan", "merge", "--quiet", "--ff-only", name)
    court.repo.git("branch", "--quiet", "-D", name)


def parts(court: Court) -> str:
    """Both emergencies that the settings allow, and the third that they do not; the commit before all."""
    start = court.repo.git("rev-parse", "main")
    night(court, apply="in-parts")
    court.now = "2026-12-01T22:50:00Z"
    assert part(court, "1.0.2", "2026-12-01T22:51:00Z") == set()
    court.now = "2026-12-01T23:20:00Z"
    return start


def test_each_part_counts_in_the_limit_whatever_line_it_came_in_on(court: Court) -> None:
    start = parts(court)
    for name in ("fox", "again"):
        turned(court, start, name)
        assert part(court, f"1.0.3-{name}", "2026-12-01T23:21:00Z") == {"EMERGENCY_LIMIT"}
        court.checkout("main")


def test_a_part_counts_once_however_its_branch_grew(court: Court) -> None:
    start = court.repo.git("rev-parse", "main")
    night(court, apply="in-parts")
    turned(court, start)
    court.now = "2026-12-01T22:50:00Z"
    assert part(court, "1.0.2", "2026-12-01T22:51:00Z") == set()


def test_nor_is_it_late_for_a_further_part_later(court: Court) -> None:
    start = court.repo.git("rev-parse", "main")
    night(court, apply="in-parts")
    court.now = "2026-12-05T22:30:00Z"
    court.branch("fox", start)
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-05T22:00:00Z")
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Update", "main")
    court.checkout("main")
    court.git("jaan", "merge", "--quiet", "--ff-only", "fox")
    court.now = "2026-12-06T22:41:00Z"
    assert part(court, "1.0.2", "2026-12-06T22:40:30Z") == {"EMERGENCY_OVER"}


def test_a_failure_stays_one(court: Court) -> None:
    budget = {"failure_budget": {"failures": 1, "within_days": 30}}
    court.put(record("ChangeModel", "patch", {**PATCH, **budget, "state": "approved"}, "Role/change-manager"))
    start = court.commit("rein", "A model")
    made = standard("CHG-1")
    for state, result in (("implementing", ""), ("failed", "failed"), ("reviewed", "successful")):
        court.branch(state)
        if not result:
            court.edit(APP, {"/spec/version": "1.0.1"})
        else:
            done = {**BACKED_OUT["/spec/implementation"], "result": result}
            made["spec"] |= {"implementation": done, "links": {"incidents": ["INC-1"]}}
        made["spec"]["state"] = state
        court.put(made)
        court.commit("jaan", state, at="2026-12-01T22:06:00Z")
        court.merge(state, at="2026-12-01T22:07:00Z")
    for name in ("", "fox", "again"):
        if name:
            turned(court, start, name)
        court.branch(f"next{name}")
        court.edit(APP, {"/spec/version": "1.0.2"})
        court.put(standard("CHG-2"))
        court.commit("jaan", "The next one")
        assert "BUDGET_SPENT" in {one["code"] for one in walk(court.gate().verdict)}
        court.checkout("main")
