"""What the squash of a forge does to votes that are in the branch: it is lost, and what to do about that is told."""

from __future__ import annotations

import pytest
from court import Court, change
from test_audit_history import replayed
from test_change_backout import WHY
from test_gate_flows import DB, INCIDENT, emergency, voted

KADRI = "Co-authored-by: kadri <kadri@town.example>"


def branch(court: Court) -> None:
    """A branch that the votes in it let through."""
    court.now = "2026-12-01T22:30:00Z"
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update", at="2026-12-01T22:01:00Z")
    voted(court, "CHG-1", "liis", "kadri")
    assert court.gate().outcome == "ALLOWED"


def squashed(court: Court, *names: str, committer: str = "") -> None:
    """As the button of a forge squashes it: one commit, which names the authors of the others."""
    court.checkout("main")
    court.branch("queue")
    court.repo.git("merge", "--quiet", "--squash", "pr")
    lines = "\n".join(f"Co-authored-by: {name} <{name}@town.example>" for name in names)
    court.commit_staged(
        "jaan", f"Update (#1)\n\n* Update\n\n---------\n\n{lines}", committer, at="2026-12-01T22:40:00Z"
    )


@pytest.mark.parametrize(("names", "committer"), [(("kadri", "liis"), ""), ((), "kadri")])
def test_a_vote_that_was_squashed_with_the_work_is_told_as_such(
    court: Court, names: tuple[str, ...], committer: str
) -> None:
    branch(court)
    squashed(court, *names, committer=committer)
    court.now = "2026-12-01T22:45:00Z"
    judged = court.gate()
    assert (judged.outcome, "DEADLOCK" in judged.codes) == ("DENIED", True), judged.says
    role = "committer" if committer else "co-author"
    shown = court.run("mari", "gate", "--base", "main", "-f", "concise").stdout
    assert "CHG-1: note: SQUASHED: of " in shown
    assert "merge the branch itself with a merge commit" in shown
    court.checkout("main")
    shown = court.run("mari", "gate", "--base", "main", "--head", "queue", "-f", "concise").stdout
    assert "somebody else votes: itsmctl change approve CHG-1 --head queue" in shown
    court.repo.git("merge", "--quiet", "--ff-only", "queue")
    code, (found,) = replayed(court, "main~1..main")
    assert (code, found["rule"]) == (1, "UNGATED_MERGE")
    assert f"kadri CONTRIBUTOR ({role} of " in found["message"]
    assert "which holds their vote as well" in found["message"]
    assert "itsmctl explain SQUASHED" in found["hint"]


def test_somebody_elses_vote_mends_what_was_squashed(court: Court) -> None:
    branch(court)
    squashed(court, "liis")
    court.checkout("main")
    court.repo.git("merge", "--quiet", "--ff-only", "queue")
    landed = court.repo.git("rev-parse", "main")
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend", at="2026-12-01T22:41:00Z")
    court.branch("vote")
    court.vote("tonu", "CHG-1")
    assert court.gate().outcome == "ALLOWED"
    court.merge("vote", at="2026-12-01T22:42:00Z")
    court.branch("back")
    ran = court.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert court.gate().outcome == "ALLOWED"
    assert replayed(court, f"{landed}..main") == (0, [])


def test_who_wrote_something_and_voted_is_no_case_of_a_squash(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", f"Update\n\n{KADRI}")
    voted(court, "CHG-1", "liis", "kadri")
    assert court.gate().outcome == "DENIED"
    assert "SQUASHED" not in court.run("mari", "gate", "--base", "main", "-f", "text").stdout


def test_the_command_that_squashes_says_who_may_run_it(court: Court) -> None:
    court.branch("pr")
    for count, who in ((2, "jaan"), (1, "sirje")):
        court.edit("ApprovalRule/normal", {"/spec/require/0/count": count})
        court.commit(who, f"Count {count}")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    assert "let nobody run it" not in court.gate().says
    court.votes("CHG-1", "liis", "sirje")
    shown = court.run("mari", "gate", "--base", "main", "-f", "concise").stdout
    assert "let nobody run it who voted (liis), since whoever commits has a hand in it" in shown
    assert "sirje, who wrote some of it, can then vote on none of it" in shown


def test_an_emergency_whose_vote_was_squashed_says_so(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("mari", "Nobody can lend")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("jaan", "At night")
    court.vote("arvo", "CHG-1")
    squashed(court, "arvo")
    shown = court.run("mari", "gate", "--base", "main", "-f", "concise").stdout
    assert "EMERGENCY_VOTE" in shown
    assert "note: SQUASHED: of " in shown
