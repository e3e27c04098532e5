"""History tells the same of changes whichever way a head lands, or the head is denied: merged, or put in the place."""

from __future__ import annotations

import obvious
from court import Court, change, record
from test_audit_history import honest, replayed
from test_gate_attacks import BACKED_OUT, PATCH, standard
from test_gate_debts import CHG, LATE, night, owes
from test_gate_flows import AFTERWARDS, APP, DB, INCIDENT
from test_gate_midway import fox, mended, raised, stopped, updated, votes


def begun(court: Court, start: str, name: str = "fox", at: str = "2026-12-01T22:15:00Z") -> None:
    """A branch from an old commit, with nothing that is governed, that is brought up to date by a merge."""
    court.branch(name, start)
    court.repo.write(f"{name}.txt", "Notes.\n")
    court.commit("jaan", "Notes", at=at)
    court.as_of(at, "jaan").git("merge", "--quiet", "--no-ff", "-m", "Update", "main")


def way_out(court: Court) -> None:
    """The command that the gate prints leads to a head that it lets through, with the same files."""
    tree = court.repo.git("rev-parse", "HEAD^{tree}")
    mended(court)
    assert court.repo.git("rev-parse", "HEAD^{tree}") == tree
    assert court.gate().outcome == "ALLOWED"


def back(court: Court) -> set[str]:
    """What the gate has against taking CHG-2 back as its command does."""
    court.branch("back", "main")
    argv = ("--incident", "INC-1", "--set", "implementation.cause=Worse.", "--commit")
    assert court.run("jaan", "change", "backout", "CHG-2", "--base", "main", *argv).code in (0, 1)
    codes = court.gate().codes
    court.checkout("main")
    court.repo.git("branch", "--quiet", "-D", "back")
    return codes


def test_two_changes_of_one_record_do_not_become_one(court: Court) -> None:
    court.put(INCIDENT)
    start = court.commit("jaan", "Nobody can lend")
    honest(court, "CHG-1", DB, "1.0.1")
    honest(court, "CHG-3", APP, "1.0.1", at="2026-12-01T22:11:00Z")
    tip = court.repo.git("rev-parse", "main")
    begun(court, start)
    court.now = "2026-12-01T22:30:00Z"
    assert court.gate().outcome == "ALLOWED"  # each of them is told as it was
    assert obvious.judge(court.repo.path, "main", "HEAD", court.now) == []
    honest(court.checkout("main"), "CHG-2", DB, "1.0.2", at="2026-12-01T22:12:00Z")
    court.now = "2026-12-01T22:30:00Z"
    begun(court, tip, "late")
    assert court.gate().outcome == "ALLOWED"  # so is what came since
    begun(court, start, "early")
    assert stopped(court) == {"BASE_ASIDE": ""}
    assert any(one.startswith("BASE_ASIDE") for one in obvious.judge(court.repo.path, "main", "HEAD", court.now))
    way_out(court)
    fox(court, court.repo.git("branch", "--show-current"))
    assert back(court) == set()
    court.repo.git("branch", "--quiet", "keep")
    court.git("jaan", "reset", "--quiet", "--hard", "early")  # past the gate
    assert back(court) != set()  # what the denial is for
    code, found = replayed(court, "main")
    assert code == 1
    told = [one["message"] for one in found if "BASE_ASIDE" in one["message"]]
    assert len(told) == 1
    assert "in the place of commit" in told[0]


def test_nor_does_what_went_back_and_forth_become_nothing(court: Court) -> None:
    for name in ("CHG-1", "CHG-2"):
        court.put(change(name, {DB: "change"}))
    start = court.commit("jaan", "Both are being carried out")
    for name, version in (("CHG-1", "1.0.1"), ("CHG-2", "1.0.0")):
        court.edit(DB, {"/spec/version": version})
        court.commit("jaan", f"Work\n\nChange: {name}", at="2026-12-01T22:10:00Z")
    begun(court, start)
    assert stopped(court) == {"BASE_ASIDE": ""}
    way_out(court)


def test_a_line_of_merges_that_the_base_has_already_pays_by_no_law_that_was(court: Court) -> None:
    night(court)
    start = court.repo.git("rev-parse", "main")
    court.branch("pay")
    raised(court)
    court.checkout("pay")
    votes(court, "liis", "jaan")
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--no-ff", "-m", "Votes", "pay")
    assert "full vote" in owes(court)
    court.now = "2026-12-02T12:00:00Z"
    court.branch("fox", start)
    court.as_of("2026-12-02T11:00:00Z", "jaan").git("merge", "--quiet", "--no-ff", "-m", "Votes", "pay")
    court.repo.write("fox.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-02T11:10:00Z")
    updated(court)
    assert stopped(court) == {"BASE_ASIDE": ""}
    way_out(court)
    fox(court, court.repo.git("branch", "--show-current"))
    assert "full vote" in owes(court)


def test_no_debt_that_was_paid_comes_back(court: Court) -> None:
    start = court.repo.git("rev-parse", "main")
    night(court)
    court.branch("pay")
    votes(court, "liis", "jaan")
    court.merge("pay", at="2026-12-02T09:00:00Z")
    assert "full vote" not in owes(court)
    court.now = "2026-12-02T12:00:00Z"
    begun(court, start, at="2026-12-02T11:00:00Z")
    assert court.gate().outcome == "ALLOWED"  # nobody moved the record on
    court.checkout("main")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Go on", at="2026-12-02T10:00:00Z")
    begun(court, start, "later", at="2026-12-02T11:30:00Z")
    assert stopped(court) == {"BASE_ASIDE": ""}
    way_out(court)
    fox(court, court.repo.git("branch", "--show-current"))
    assert "full vote" not in owes(court)


def test_parts_that_were_fast_forwarded_count_each(court: Court) -> None:
    start = court.repo.git("rev-parse", "main")
    night(court, apply="in-parts")
    court.git("jaan", "reset", "--quiet", "--hard", "fix")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "And this\n\nChange: CHG-1", at="2026-12-01T22:51:00Z")
    court.now = "2026-12-01T23:20:00Z"
    begun(court, start, at="2026-12-01T23:10:00Z")
    assert stopped(court) == {"BASE_ASIDE": ""}
    way_out(court)


def test_a_failure_that_was_fast_forwarded_stays_one(court: Court) -> None:
    budget = {"failure_budget": {"failures": 1, "within_days": 30}}
    court.put(record("ChangeModel", "patch", {**PATCH, **budget, "state": "approved"}, "Role/change-manager"))
    start = court.commit("rein", "A model")
    made = standard("CHG-1")
    for minute, (state, result) in enumerate((("implementing", ""), ("failed", "failed"), ("reviewed", "successful"))):
        if not result:
            court.edit(APP, {"/spec/version": "1.0.1"})
        else:
            done = {**BACKED_OUT["/spec/implementation"], "result": result}
            made["spec"] |= {"implementation": done, "links": {"incidents": ["INC-1"]}}
        made["spec"]["state"] = state
        court.put(made)
        court.commit("jaan", state, at=f"2026-12-01T22:0{minute + 6}:00Z")
        if state == "implementing":
            begun(court, start, "first")
            assert court.gate().outcome == "ALLOWED"
            court.checkout("main")
    begun(court, start)
    assert stopped(court) == {"BASE_ASIDE": ""}
    way_out(court)


# --- dates


def test_a_vote_that_ran_out_before_it_lands_pays_nothing(court: Court) -> None:
    night(court)
    court.branch("pay")
    court.now = "2026-12-02T08:00:00Z"
    court.vote("liis", "CHG-1", "--expires", "2026-12-03T08:00:00Z")
    court.vote("jaan", "CHG-1")
    assert stopped(court) == {}
    assert "holds until 2026-12-03T08:00Z: the vote of liis expires" in " ".join(
        court.run("mari", "gate", "--base", "main").stdout.split()
    )
    court.now = "2026-12-04T08:00:00Z"
    assert stopped(court) == {"BY_ITS_DATES": ""}
    mended(court)
    court.as_of(court.now, "jaan").git("commit", "--quiet", "--amend", "--no-edit", "--reset-author")
    assert stopped(court) == {}
    fox(court, court.repo.git("branch", "--show-current"))
    assert "full vote" in owes(court)
    court.git("jaan", "reset", "--quiet", "--hard", "pay")
    assert "full vote" not in owes(court)  # what the denial is for


def test_nor_does_one_of_who_left_the_role_by_then(court: Court) -> None:
    night(court)
    holders = court.get("Role/change-advisory-board")["spec"]["holders"]
    ended = [{**one, "to": "2026-12-03"} if one["person"] == "liis" else one for one in holders]
    court.edit("Role/change-advisory-board", {"/spec/holders": ended, "/spec/serial": 2})
    court.commit("rein", "She goes", at="2026-12-02T06:00:00Z")
    court.branch("pay")
    votes(court, "liis", "jaan")
    assert stopped(court) == {}
    court.now = "2026-12-05T08:00:00Z"
    assert stopped(court) == {"BY_ITS_DATES": ""}
    votes(court, "mari", day=5)
    assert stopped(court) == {}
    fox(court, "pay")
    assert "full vote" not in owes(court, LATE)


def test_what_is_caught_up_on_commit_by_commit_lands_either_way(court: Court) -> None:
    night(court)
    court.branch("pay")
    votes(court, "liis", "jaan")
    done = {at: value for at, value in AFTERWARDS.items() if at in ("/spec/implementation", "/spec/state")}
    court.edit(CHG, {**done, "/spec/review": {**AFTERWARDS["/spec/review"], "on": "2026-12-02"}})
    court.commit("kadri", "Catch up", at="2026-12-02T09:00:00Z")
    court.now = "2026-12-02T10:00:00Z"
    court.vote("mari", "CHG-1")
    court.now = "2026-12-03T10:00:00Z"
    assert stopped(court) == {}
    fox(court, "pay")
    assert owes(court) == ""
